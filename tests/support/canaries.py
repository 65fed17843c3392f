"""Canaries (金丝雀值): a value of its own in every text of every row, to be found again wherever it comes out.

Who may see one is what data/retention.toml says of its table, and no further than the areas of the viewer; a few are
for nobody at all. Positions of visits and cases are canaries too: numbers nothing else in the store has.
"""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select, update

from data import accounts, audit, schema
from data.audit_store import open_audit
from data.retention import rules
from data.settings import DETAILS
from data.store import changing, writing
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, YEAR
from tests.support.hostile import text_columns

MARK = re.compile(rb"Zq\d{6}K")
NEVER, ADMIN = "nobody", "admin"
ROLE_AREAS = {
    "leader": COMMUNITIES[0], "org_department": COUNTY, "community_lead": COMMUNITIES[0], "grid_worker": GRIDS[0],
    "unit_liaison": COMMUNITIES[0], "steward": COUNTY, "admin": COUNTY,
}  # fmt: skip
"""The account of each role and its area; the screen has a link."""


@dataclass(frozen=True)
class Canary:
    """Where it was planted (table.column), from which detail on it may be seen, and the areas its row lies in; no area
    for what lies in none."""

    place: str
    seen_by: str
    area_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Onlooker:
    """Who looks: role, detail, the ids of the own areas with all inside, and what they are called themselves."""

    role: str
    detail: str
    area_ids: frozenset[int]
    above: frozenset[int]
    subject: str = ""

    def may_see(self, canary: Canary) -> bool:
        if canary.seen_by in (NEVER, ADMIN):
            return canary.seen_by == self.role
        if canary.place.startswith(("refused_row.", "load_notice.")):
            return self.role == "steward"
        if DETAILS.index(self.detail) < DETAILS.index(canary.seen_by):
            return False
        # The name of the area above one's own is no secret; nothing else lies outside.
        own = self.area_ids | (self.above if canary.seen_by == "public" else frozenset())
        return not canary.area_ids or bool(own & canary.area_ids)


@dataclass
class Planted:
    """The canaries of a store by their bytes, and how its people get in: role → subject; the token of the screen."""

    canaries: dict[bytes, Canary] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    screen_token: str = ""
    parents: dict[int, int | None] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    events: int = 0

    @property
    def many(self) -> int:
        """How many values were planted; a position is one, though it has two spellings."""
        return len({mark for mark in self.canaries if (mark.isascii() and mark.isalnum()) or mark[:3] == b"109"})

    @property
    def places(self) -> set[str]:
        return {canary.place for canary in self.canaries.values()}

    def onlooker(self, role: str, detail: str) -> Onlooker:
        top = self.codes[ROLE_AREAS.get(role, COUNTY)]
        inside = frozenset(i for i in self.parents if top in self._above(i))
        return Onlooker(role, detail, inside, frozenset(self._above(top)), self.subjects.get(role, ""))

    def _above(self, area_id: int | None) -> Iterator[int]:
        while area_id is not None:
            yield area_id
            area_id = self.parents[area_id]

    def found(self, sent: bytes) -> dict[bytes, Canary]:
        """The canaries in what was sent."""
        found = {mark: self.canaries[mark] for mark in MARK.findall(sent) if mark in self.canaries}
        return found | {mark: canary for mark, canary in self.canaries.items() if mark[:2] != b"Zq" and mark in sent}

    def leaks(self, sent: bytes, to: Onlooker | None = None) -> list[str]:
        """What was sent and should not have been: to this onlooker, or to anybody at all."""
        return sorted(
            f"{canary.place} ({canary.seen_by}): {mark!r}"
            for mark, canary in self.found(sent).items()
            if to is None or (mark.decode("latin-1") != to.subject and not to.may_see(canary))
        )


def plant(engine: Engine, database: str) -> Planted:
    """Fill the tiny county with households, visits and all else it lacks, then put a canary into every text."""
    planted = Planted()
    with writing(engine) as conn:
        fill(conn)
        planted.parents = {row.area_id: row.parent_id for row in conn.execute(select(schema.area))}
        planted.codes = {row.code: row.area_id for row in conn.execute(select(schema.area_code))}
    tokens = let_in(engine)
    planted.screen_token = tokens[0]
    for token in tokens:
        planted.canaries[token.encode()] = Canary("screen_link.token", NEVER)
        planted.canaries[accounts.token_hash(token).encode()] = Canary("screen_link.token_hash", NEVER)
    numbers = count(1)
    with writing(engine) as conn:
        where = _Where(conn)
        for table in schema.metadata.sorted_tables:
            _plant_table(conn, table, where, numbers, planted)
        _plant_positions(conn, where, planted)
        _plant_refused(conn, numbers, planted)
        rows = {row.role: row.subject for row in conn.execute(select(schema.account))}
        planted.subjects = rows
    _plant_events(database, numbers, planted)
    return planted


# --- what the tiny county lacks ---------------------------------------------------------------------------------------


def fill(conn: Connection) -> None:
    """What the tiny county lacks: homes, visits, steps, and six rows at least of everything else that has texts."""
    traced = {"batch_id": 1, "is_void": False}
    homes, visits = [], []
    for serial in range(12):
        for nth in range(YEAR["VIS-01"][serial // 2][1] // 2):
            homes.append((serial, nth, f"H{serial:02}{nth:02}"))
    conn.execute(insert(schema.dwelling), [
        {**traced, "dwelling_id": n, "dwelling_code": f"W{n}", "building_id": 101 + b, "unit_no": "1", "floor_no": nth,
         "room_no": "01"} for n, (b, nth, _) in enumerate(homes)])  # fmt: skip
    conn.execute(insert(schema.household), [
        {**traced, "household_id": home, "household_no": home, "dwelling_id": n, "building_id": 101 + b,
         "person_count": 3} for n, (b, _, home) in enumerate(homes)])  # fmt: skip
    for n, (_, nth, home) in enumerate(homes):
        for again in range(4):
            visits.append({**traced, "visit_id": 4 * n + again, "visit_no": f"V{n}-{again}", "household_id": home,
                           "visited_on": date(2020, 1 + (n + nth) % 12, 5), "visitor_no": "W1", "visit_form": "home",
                           "visit_result": "met", "persons_met_count": 1, "has_photo": True, "has_note": True,
                           "is_valid": True})  # fmt: skip
    conn.execute(insert(schema.visit), visits)
    conn.execute(insert(schema.visit_plan), [{**traced, "household_id": home, "cycle_days": 30} for *_, home in homes])
    conn.execute(insert(schema.case_step), [
        {**traced, "case_id": case, "step_seq": seq, "step_op": op, "step_on": date(2020, 6, seq),
         "lifecycle_after": state, "handler_unit": "综治中心"}
        for case in range(1, 10) for seq, op, state in ((1, "accept", "20"), (2, "handle", "30"))])  # fmt: skip
    six = range(1, 7)
    conn.execute(insert(schema.target), [
        {**traced, "indicator": "VIS-01", "area_id": area, "since_on": date(2020, 1, 1), "goal": 0.9, "reason": "x"}
        for area in six])  # fmt: skip
    conn.execute(insert(schema.expected_total), [
        {**traced, "area_id": area, "what": "grid_branch", "expected_count": 30, "source_text": "x", "reason": "x"}
        for area in six])  # fmt: skip
    conn.execute(insert(schema.nil_report), [
        {**traced, "community_id": 4 + n % 3, "ledger": "wish", "month_on": date(2020, n, 1)}
        for n in six])  # fmt: skip
    conn.execute(insert(schema.reporting_scope), [
        {**traced, "ledger": "wish", "since_on": date(2020, 1, 1), "area_id": area, "reason": "x"}
        for area in six])  # fmt: skip
    conn.execute(insert(schema.published_figure), [
        {"figure_no": f"F0{n}", "text": "x", "value": 1.0, "area_id": n} for n in six])  # fmt: skip
    for table, key, once in (
        (schema.source_file, "file_id", "sha256"), (schema.batch_file, "file_id", ""),
        (schema.refused_row, "refused_no", ""), (schema.street, "street_id", "street_code"),
        (schema.water, "water_id", "water_code"),
    ):  # fmt: skip
        first = conn.execute(select(table)).one()._mapping
        conn.execute(insert(table), [{**first, key: n, **({once: f"{n}"} if once else {})} for n in six[1:]])
    said = {"batch_id": 1, "file_name": "户登记台账.xlsx", "sheet": "户", "row": 7, "heading": "户类型"}
    words = {"message_zh": "合计不符", "message_en": "the total differs"}
    conn.execute(insert(schema.load_notice), [{**said, **words, "notice_no": n, "is_warning": n % 2} for n in six])


def let_in(engine: Engine) -> list[str]:
    """An account for each role and six links of screens; returns the tokens of these."""
    now = datetime.now(UTC)
    with changing(engine) as conn:
        for role, area in ROLE_AREAS.items():
            accounts.add_account(conn, role, role, [area], by="test", now=now)
        end = now + timedelta(days=1)
        return [accounts.add_link(conn, COUNTY, f"x{n}", end, by="test", now=now)[1] for n in range(6)]


# --- planting ---------------------------------------------------------------------------------------------------------


class _Where:
    """The areas that rows lie in, by what they are tied to."""

    def __init__(self, conn: Connection) -> None:
        def pairs(table: Table, key: str, value: str) -> dict[Any, Any]:
            return {row[0]: row[1] for row in conn.execute(select(table.c[key], table.c[value]))}

        self._building = pairs(schema.building_grid, "building_id", "grid_id")
        self._household = pairs(schema.household, "household_id", "building_id")
        self._case = pairs(schema.case_file, "case_id", "grid_id")
        self._posts: dict[int, set[int]] = {}
        for row in conn.execute(select(schema.post_target)):
            grid = row.target_id if row.target_kind == "grid" else self._building.get(row.target_id)
            self._posts.setdefault(row.post_id, set()).add(grid)

    def areas(self, table: Table, row: Any) -> frozenset[int]:
        known = row._mapping
        if table.name == "post":
            return frozenset(self._posts.get(known["post_id"], ()))
        if table.name == "case_step":
            return frozenset({self._case[known["case_id"]]})
        for column in ("grid_id", "area_id"):
            if known.get(column) is not None:
                return frozenset({known[column]})
        building = known.get("building_id") or self._household.get(known.get("household_id"))
        if building is not None:
            return frozenset({self._building[building]})
        return frozenset({known["community_id"]}) if known.get("community_id") is not None else frozenset()


def _next(numbers: Iterator[int]) -> str:
    return f"Zq{next(numbers):06}K"


def _plant_table(conn: Connection, table: Table, where: _Where, numbers: Iterator[int], planted: Planted) -> None:
    names = text_columns(table)
    keys = list(table.primary_key.columns)
    for row in conn.execute(select(table)).fetchall() if names else []:
        values = {name: _next(numbers) for name in names}
        here = [key == row._mapping[key.name] for key in keys]
        conn.execute(update(table).where(*here).values(values))
        for name, value in values.items():
            place = f"{table.name}.{name}"
            planted.canaries[value.encode()] = Canary(place, rules()[table.name].seen_by, where.areas(table, row))


def _plant_positions(conn: Connection, where: _Where, planted: Planted) -> None:
    """Longitudes with digits of their own, as text and as the eight bytes that a table on its way holds."""
    for table, head, seen_by in ((schema.visit, 109.44, NEVER), (schema.case_file, 109.45, "households")):
        (key,) = table.primary_key.columns
        for nth, row in enumerate(conn.execute(select(table)).fetchall()):
            value = round(head + 0.000137 + nth * 1e-6, 6)
            conn.execute(update(table).where(key == row._mapping[key.name]).values(lon=value, lat=29.953))
            canary = Canary(f"{table.name}.lon", seen_by, where.areas(table, row))
            planted.canaries[str(value).encode()] = planted.canaries[struct.pack("<d", value)] = canary


def _plant_refused(conn: Connection, numbers: Iterator[int], planted: Planted) -> None:
    for number in conn.execute(select(schema.refused_row.c.refused_no)).scalars().all():
        reason = {"code": "BAD_DATE", **{part: _next(numbers) for part in ("column", "message_zh", "message_en")}}
        cells = {_next(numbers): _next(numbers) for _ in range(5)}
        here = schema.refused_row.c.refused_no == number
        conn.execute(update(schema.refused_row).where(here).values(reasons=[reason], cells=cells))
        for value in MARK.findall(json.dumps([reason, cells]).encode()):
            planted.canaries[value] = Canary("refused_row.cells", rules()["refused_row"].seen_by)
    note = _next(numbers)
    conn.execute(update(schema.batch).values(notes={"note": note}))
    planted.canaries[note.encode()] = Canary("batch.notes", rules()["batch"].seen_by)


def _plant_events(database: str, numbers: Iterator[int], planted: Planted) -> None:
    """Audit events whose actor, object and details are canaries."""
    for action in ("export", "refused", "sign_in_refused"):
        actor, thing, detail = (_next(numbers) for _ in range(3))
        planted.events = audit.append(open_audit(database), action, actor=actor, object=thing, details={"x": detail})
        for value, column in ((actor, "actor"), (thing, "object"), (detail, "details")):
            planted.canaries[value.encode()] = Canary(f"audit_event.{column}", ADMIN)
