"""Ledgers that are the whole register (快照): what the file lacks ends, unless that would be too much at once.

What is dated ends on the day of the snapshot and keeps its past: a household moves out, a post or a cover ends, an
organisation is dissolved. What is not dated, or began that day or later, is taken back. A row whose number stands in
the file is there, even when it was refused. While a row's number cannot be read nothing ends: it may be any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Table

from data import schema
from etl.clean import Ledger
from etl.errors import LoadError
from etl.places import Places
from etl.plan import CHANGE, INSERT, Plan, picked

MOST = 0.3
"""The share of a register that may end in one load unasked."""


@dataclass(frozen=True)
class Register:
    """How the rows of a kind end. since, until : their first day and first day no longer, where they are dated.

    place : what a row says of where it lies: building, household, target, or own (grid_id and community_id).
    """

    table: Table
    number: str
    place: str
    since: str = ""
    until: str = ""
    zh: str = "行"


_CASES = Register(schema.case_file, "case_no", "own", zh="件")
REGISTERS: dict[str, Register] = {
    "building": Register(schema.building, "building_code", "building", zh="栋"),
    "facility": Register(schema.facility, "facility_no", "own", zh="处"),
    "street": Register(schema.street, "street_code", ""),
    "water": Register(schema.water, "water_code", ""),
    "grid_branch": Register(schema.org, "org_no", "own", "set_up_on", "dissolved_on", "个"),
    "building_group": Register(schema.org, "org_no", "own", "set_up_on", "dissolved_on", "个"),
    "group_cover": Register(schema.org_cover, "", "target", "valid_from", "valid_to"),
    "post_grid": Register(schema.post, "post_no", "target", "valid_from", "valid_to", "个"),
    "post_building": Register(schema.post, "post_no", "target", "valid_from", "valid_to", "个"),
    "household": Register(schema.household, "household_no", "building", "moved_in_on", "moved_out_on", "户"),
    "visit": Register(schema.visit, "visit_no", "household", zh="次"),
    "dispute": _CASES, "suggestion": _CASES, "wish": _CASES,
}  # fmt: skip
"""Kinds that can be a snapshot. Boundaries and directories have a history of their own; steps go with their case."""

ATTACHED: dict[str, tuple[tuple[Table, str], ...]] = {
    "org": ((schema.org_cover, "org_id"),),
    "post": ((schema.post_target, "post_id"),),
    "case_file": ((schema.case_step, "case_id"),),
    "building": ((schema.building_grid, "building_id"),),
}
"""Rows that end, or are taken back, with the row they hang on."""

NEEDED_BY: dict[str, tuple[tuple[Table, str], ...]] = {
    "building": (
        (schema.household, "building_id"), (schema.household_stay, "building_id"), (schema.case_file, "building_id"),
        (schema.org_cover, "target_id"), (schema.post_target, "target_id"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """What ended of one kind: `count` of the `of` rows that were in force before, on a day. why : none ended since."""

    kind: str
    zh: str
    en: str
    count: int
    of: int
    on: date
    unreadable: int = 0

    @property
    def is_much(self) -> bool:
        return self.count > MOST * self.of

    def error(self) -> LoadError:
        """Why a load stops here unless told to go on."""
        return LoadError(
            "SHRINK",
            f"“{self.zh}”的 {self.of:,} 行中有 {self.count:,} 行不在文件里(超过三成),未装载;"
            "文件若确是全部,请加 --yes-shrink,否则请补全文件或改用 append。",
            f"{self.count:,} of {self.of:,} rows of {self.en} are not in the file (over 30 %), nothing was loaded; "
            "if the file is complete add --yes-shrink, else complete it or use append.",
        )

    def line(self, lang: str) -> str:
        """What a person reads of it."""
        if self.unreadable:
            return (
                f"{self.zh}:有 {self.unreadable} 行编号无法识别,本次不终止任何行"
                if lang == "zh"
                else f"{self.en}: {self.unreadable} rows have no readable number, so nothing was ended"
            )
        return (
            f"{self.zh}:{self.count:,} / {self.of:,} 行不在文件中,自 {self.on} 起终止"
            if lang == "zh"
            else f"{self.en}: {self.count:,} of {self.of:,} rows are not in the file and end on {self.on}"
        )


def end_missing(plan: Plan, ledgers: Sequence[Ledger], edition: str, data_on: date) -> list[Ended]:
    """End what snapshots lack, in the plan; returns what ended, a kind at a time."""
    found = []
    # What hangs on others first, as a file of posts may let go of a building that ends in the same load.
    for ledger in reversed(ledgers):
        snapshots = [sheet.layout.snapshot for sheet in ledger.sheets if sheet.layout.snapshot is not None]
        if not snapshots:
            continue
        day = max((s.as_of for s in snapshots if s.as_of is not None), default=data_on)
        areas = [s.area for s in snapshots]
        scope = None if "" in areas else _scope(plan, edition, areas)
        found.append(_end(plan, ledger, REGISTERS[ledger.source.kind], scope, day))
    return found[::-1]


def _scope(plan: Plan, edition: str, codes: list[str]) -> set[Any]:
    """The ids of some areas and of all inside. Raises LoadError for a code that is not there."""
    places = Places(plan, edition)
    inside: set[Any] = set()
    for code in codes:
        if (area := places.by_code.get(code)) is None:
            raise LoadError(
                "BAD_MAP",
                f"列映射的 area 为“{code}”,没有这个区划;请核对代码。",
                f"area of the column map is {code!r}, and there is no such area; check the code.",
            )
        inside.add(area)
    while more := {area for area, parent in places.parent.items() if parent in inside} - inside:
        inside |= more
    return inside


def _end(plan: Plan, ledger: Ledger, register: Register, scope: set[Any] | None, day: date) -> Ended:
    rows = _register(plan, ledger, register, day)
    if scope is not None:
        rows = picked(rows, _lies_in(plan, register, rows, scope))
    keys = ["org_id", "building_id"] if not register.number else [register.number]
    present = set(zip(*(ledger.frame[name] for name in keys), strict=True))
    stored = ["org_id", "target_id"] if not register.number else [register.number]
    is_gone = [key not in present for key in zip(*(rows[name] for name in stored), strict=True)]
    old = picked(rows, (change != INSERT for change in rows[CHANGE]))
    gone = picked(rows, is_gone)
    unreadable = int(ledger.frame[keys].isna().any(axis=1).sum())
    source = ledger.source
    if unreadable:
        return Ended(source.kind, source.zh, source.en, 0, len(old), day, unreadable)
    _check_needed(plan, register.table, gone, source.zh, source.en)
    _put_out(plan, register.table, gone, register.since, register.until, day)
    return Ended(source.kind, source.zh, source.en, len(gone), len(old), day)


def _register(plan: Plan, ledger: Ledger, register: Register, day: date) -> pd.DataFrame:
    """The rows of the kind that are in force on a day."""
    rows = plan.rows(register.table)
    for name, value in ledger.source.constants.items():
        if name in ("case_kind", "org_kind", "target_kind"):
            rows = rows[rows[name] == value]
    if ledger.source.kind == "grid_branch":
        # The ledger of one kind of organisation says nothing of the others.
        rows = rows[rows["org_kind"].isin(set(ledger.frame["org_kind"]))]
    if register.table is schema.post:
        targets = plan.rows(schema.post_target)
        kind = "grid" if ledger.source.kind == "post_grid" else "building"
        rows = rows[rows["post_id"].isin(targets["post_id"][targets["target_kind"] == kind])]
    if register.until:
        rows = picked(rows, (end is None or end > day for end in rows[register.until]))
    return rows


def _lies_in(plan: Plan, register: Register, rows: pd.DataFrame, scope: set[Any]) -> list[bool]:
    """Which rows lie inside some areas; by their own word, or where their building does."""
    buildings = plan.rows(schema.building)
    grids = plan.in_force(schema.building_grid)
    inside = set(buildings["building_id"][buildings["community_id"].isin(scope)])
    inside |= set(grids["building_id"][grids["grid_id"].isin(scope)])
    if register.place == "own":
        return (rows["grid_id"].isin(scope) | rows["community_id"].isin(scope)).tolist()
    if register.place == "building":
        return rows["building_id"].isin(inside).tolist()
    if register.place == "household":
        households = plan.rows(schema.household)
        homes = set(households["household_id"][households["building_id"].isin(inside)])
        return rows["household_id"].isin(homes).tolist()
    if register.table is schema.post:
        targets = plan.rows(schema.post_target)
        here = _on(targets, inside, scope)
        return rows["post_id"].isin(set(picked(targets, here)["post_id"])).tolist()
    if register.place == "target":
        return _on(rows, inside, scope)
    raise LoadError(
        "BAD_MAP",
        "列映射写了 area,但这种台账不分区域;请去掉 area。",
        "The column map states an area, but this kind of ledger lies in none; leave it out.",
    )


def _on(targets: pd.DataFrame, buildings: set[Any], areas: set[Any]) -> list[bool]:
    return [
        target in (areas if kind == "grid" else buildings)
        for kind, target in zip(targets["target_kind"], targets["target_id"], strict=True)
    ]


def _check_needed(plan: Plan, table: Table, gone: pd.DataFrame, zh: str, en: str) -> None:
    """Raises LoadError when something live still refers to a row that would be taken back."""
    if gone.empty:
        return
    ids = set(gone[f"{table.name}_id"]) if f"{table.name}_id" in gone else set()
    for other, column in NEEDED_BY.get(table.name, ()):
        rows = plan.rows(other)
        if "target_kind" in rows:
            rows = rows[rows["target_kind"] == table.name]
        if used := int(rows[column].isin(ids).sum()):
            raise LoadError(
                "REFERRED",
                f"“{zh}”文件里没有的行仍被 {used} 行引用({other.comment});请先更正那些行,或改用 append。",
                f"Rows that the file of {en} lacks are still referred to by {used} rows of {other.name}; "
                "correct those first, or use append.",
            )


def _put_out(plan: Plan, table: Table, gone: pd.DataFrame, since: str, until: str, day: date) -> None:
    if gone.empty:
        return
    key = [column.key for column in table.primary_key.columns]
    began = [bool(until) and (start is None or start < day) for start in (gone[since] if since else [None] * len(gone))]
    past = picked(gone, began)
    plan.end(table, past[key].assign(**{until: day}) if until else past[key])
    rest = picked(gone, (not begun for begun in began))
    plan.take_back(table, rest[key])
    for other, column in ATTACHED.get(table.name, ()):
        rows = plan.rows(other)
        if "valid_to" in other.c and until:
            theirs = rows[rows[column].isin(set(past[column]))]
            theirs = picked(theirs, (end is None or end > day for end in theirs["valid_to"]))
            _put_out(plan, other, theirs, "valid_from", "valid_to", day)
        theirs = rows[rows[column].isin(set(rest[column]))]
        plan.take_back(other, theirs[[c.key for c in other.primary_key.columns]])
