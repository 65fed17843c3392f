"""What the quality of a ledger is judged by (台账质量): its rows, how many cells are filled, what is refused still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, select

from data import schema
from data.queries import frame, live
from data.stays import visits_outside


@dataclass(frozen=True)
class Judged:
    """One source. kinds : of ledgers that it comes from. columns : that a full row has → words zh, en. only : column
    and values of its rows in a shared table. day : when a row happened, "" for a register.
    """

    code: str
    zh: str
    en: str
    table: str
    kinds: tuple[str, ...]
    columns: Mapping[str, tuple[str, str]]
    only: tuple[str, tuple[str, ...]] | None = None
    day: str = ""


_CASE = {
    "category": ("类型", "type"), "source": ("来源", "source"), "accepted_on": ("受理日期", "accepted on"),
    "due_on": ("办理时限", "due on"), "building_id": ("楼栋", "building"),
}  # fmt: skip
_ORG = {"grid_id": ("网格", "grid"), "set_up_on": ("成立日期", "set up on"), "members_count": ("党员人数", "members")}

JUDGED = (
    Judged("building", "楼栋", "Buildings", "building", ("building",), {
        "building_name": ("楼栋名称", "name"), "estate_name": ("小区", "estate"), "floors_count": ("层数", "storeys"),
        "dwellings_count": ("户室数", "dwellings"), "lon": ("位置", "position"),
    }),
    Judged("facility", "配套设施", "Facilities", "facility", ("facility",), {
        "facility_name": ("名称", "name"), "lon": ("位置", "position"), "built_on": ("建成日期", "built on"),
        "is_standard_met": ("是否达标", "meets the standard"),
    }),
    Judged("household", "户登记", "Households", "household", ("household",), {
        "dwelling_id": ("户室", "dwelling"), "person_count": ("人口数", "persons"),
        "household_kind": ("户类型", "kind"),
    }),
    Judged("visit", "走访", "Visits", "visit", ("visit",), {
        "visitor_no": ("走访人", "visitor"), "visit_form": ("走访方式", "form"), "has_photo": ("照片", "photo"),
        "has_note": ("记录", "note"),
    }, day="visited_on"),
    Judged("dispute", "矛盾纠纷", "Disputes", "case_file", ("dispute", "case_step"), _CASE,
           ("case_kind", ("dispute",)), "accepted_on"),
    Judged("suggestion", "意见建议", "Suggestions", "case_file", ("suggestion",), _CASE,
           ("case_kind", ("suggestion",)), "accepted_on"),
    Judged("wish", "微心愿", "Wishes", "case_file", ("wish",), {"category": _CASE["category"],
           "accepted_on": _CASE["accepted_on"], "building_id": _CASE["building_id"]}, ("case_kind", ("wish",)),
           "accepted_on"),
    Judged("grid_branch", "网格党支部", "Grid branches", "org", ("grid_branch",), _ORG, ("org_kind", ("grid_branch",))),
    Judged("building_group", "楼栋党小组", "Building groups", "org", ("building_group", "group_cover"), _ORG,
           ("org_kind", ("building_group",))),
    Judged("post", "岗位", "Posts", "post", ("post_grid", "post_building"), {
        "is_member": ("是否党员", "party member"),
    }),
)  # fmt: skip
"""Every source, in the order in which it is shown."""


@dataclass(frozen=True)
class Kept:
    """What the store holds of a source: live rows, filled cells by column, days on which rows happened.

    last_read : when a file of it was read last (UTC; None: never). refused : one row per row refused still, `codes` of
    its problems. doubts : what rows that were taken contradict.
    """

    rows: int
    filled: dict[str, int]
    days: list[date]
    last_read: datetime | None
    refused: pd.DataFrame
    doubts: tuple["Doubt", ...] = ()


@dataclass(frozen=True)
class Doubt:
    """Rows that were taken although they contradict others: in words, and how many of how many."""

    zh: str
    en: str
    count: int
    of: int


def _doubts(conn: Connection, one: Judged) -> tuple[Doubt, ...]:
    """What is known to be wrong in rows of a source that were taken; none that does not occur."""
    found = [find(conn) for find in DOUBTS.get(one.code, ())]
    return tuple(doubt for doubt in found if doubt.count)


DOUBTS: Mapping[str, tuple[Callable[[Connection], Doubt], ...]] = {
    "visit": (lambda conn: Doubt("居住期之外", "outside the stay", *visits_outside(conn)),),
}
"""Source → the contradictions that are counted in it."""


def kept(conn: Connection, one: Judged, since: date) -> Kept:
    """What the store holds of a source; `since` is where its days begin."""
    t = schema.metadata.tables[one.table]
    rule = live(t) if one.only is None else live(t) & t.c[one.only[0]].in_(one.only[1])
    counts = conn.execute(select(func.count(), *(func.count(t.c[name]) for name in one.columns)).where(rule)).one()
    days: list[date] = []
    if one.day:
        days = list(conn.execute(select(t.c[one.day]).where(rule, t.c[one.day] >= since).distinct()).scalars())
    files, loads = schema.batch_file, schema.batch
    read = (
        select(func.max(loads.c.loaded_at))
        .join(files, files.c.batch_id == loads.c.batch_id)
        .where(files.c.ledger_kind.in_(one.kinds), loads.c.undone_by.is_(None))
        # Where every row was refused, none was read anew.
        .where(files.c.refused_count < files.c.read_count)
    )
    filled = dict(zip(one.columns, map(int, counts[1:]), strict=True))
    last = conn.execute(read).scalar()
    return Kept(int(counts[0]), filled, days, last, _refused(conn, one.kinds), _doubts(conn, one))


def _refused(conn: Connection, kinds: tuple[str, ...]) -> pd.DataFrame:
    """Rows refused still, of the last load of each sheet: a sheet that was loaded again speaks for itself."""
    t, files, loads = schema.refused_row, schema.batch_file, schema.batch
    last = (
        select(func.max(files.c.batch_id).label("batch_id"), files.c.file_name, files.c.sheet)
        .join(loads, loads.c.batch_id == files.c.batch_id)
        .where(files.c.ledger_kind.in_(kinds), loads.c.undone_by.is_(None))
        .group_by(files.c.file_name, files.c.sheet)
        .subquery()
    )
    query = (
        select(t.c.batch_id, t.c.refused_no, t.c.reasons)
        .join(
            last,
            (last.c.batch_id == t.c.batch_id) & (last.c.file_name == t.c.file_name) & (last.c.sheet == t.c.sheet),
        )
        .where(t.c.mended_by.is_(None))
        .order_by(t.c.batch_id, t.c.refused_no)
    )
    rows = frame(conn, query)
    codes: Any = [tuple(dict.fromkeys(reason["code"] for reason in reasons)) for reasons in rows.pop("reasons")]
    return rows.assign(codes=pd.Series(codes, rows.index, dtype=object))
