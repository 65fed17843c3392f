"""What looks as if it stood there twice (疑似重复): said beside the load, refused by nobody.

One notice for each sheet and kind of doubt, with how many rows and one example; both rows are in the store.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema
from etl.buildings import building_key
from etl.clean import LOADED, Ledger
from etl.plan import Plan
from etl.totals import Notice
from geo.crs import geodesic_m

NEAR_M = 30.0
NEAR_DAYS = 3
MANY = 50_000
Mask = NDArray[np.bool_]
Pair = tuple[Any, Any]
"""The numbers of two that seem to be one, the later one behind."""


def likely_twice(ledger: Ledger, plan: Plan) -> list[Notice]:
    """Rows new in this load that seem to say again what another row, or the store, says already."""
    find, zh, en = _KINDS.get(ledger.source.table, (None, "", ""))
    fresh = ledger.outcome == LOADED
    if find is None or not fresh.any():
        return []
    pairs = list(find(ledger.frame, fresh, plan))
    twins = _of_rows(ledger.frame[ledger.source.key[0]][fresh], pairs) if pairs else {}
    notices = []
    for number, sheet in enumerate(ledger.sheets):
        rows = sorted(row for row in twins if ledger.sheet_of[row] == number)
        if not rows:
            continue
        first, key = rows[0], ledger.source.key[0]
        own, other = str(ledger.frame.at[first, key]), twins[first]
        notices.append(
            Notice(
                sheet.file.name, sheet.name, ledger.row_of[first], ledger.heading(first, key),
                f"有{len(rows)}行疑似重复:{zh},如“{own}”与“{other}”;已照常载入,请核对是否同一件",
                f"{len(rows)} rows may stand there twice: {en}, e.g. {own} and {other}; loaded all the same, check",
            )
        )  # fmt: skip
    return notices


def _buildings(frame: pd.DataFrame, fresh: Mask, plan: Plan) -> Iterator[Pair]:
    """The same name in the same community, within NEAR_M of each other, under two codes."""
    names = ("building_code", "building_name", "estate_name", "community_id", "lon", "lat")
    known = plan.columns(schema.building, *names)
    known = known[known["building_name"].notna() & known["lon"].notna()].reset_index(drop=True)
    keys = [
        (community, building_key(name).removeprefix(building_key(estate or "")))
        for community, name, estate in known[["community_id", "building_name", "estate_name"]].itertuples(index=False)
    ]
    lon, lat = (known[name].to_numpy(float) for name in ("lon", "lat"))
    for first, second in _pairs(keys):
        if geodesic_m(lon[[first]], lat[[first]], lon[[second]], lat[[second]])[0] <= NEAR_M:
            yield known.at[first, "building_code"], known.at[second, "building_code"]


def _households(frame: pd.DataFrame, fresh: Mask, plan: Plan) -> Iterator[Pair]:
    """Two households that live behind one door now."""
    known = plan.columns(schema.household, "household_no", "dwelling_id", "moved_out_on")
    known = known[known["dwelling_id"].notna() & known["moved_out_on"].isna()]
    known = known.sort_values("household_no").reset_index(drop=True)
    for first, second in _pairs(known["dwelling_id"].tolist()):
        yield known.at[first, "household_no"], known.at[second, "household_no"]


def _visits(frame: pd.DataFrame, fresh: Mask, plan: Plan) -> Iterator[Pair]:
    """The same household, day and visitor under two numbers."""
    names = ("visit_no", "household_id", "visited_on", "visitor_no")
    called = set(frame["household_id"][fresh])
    # Most households in a large file: to look at all costs less than to ask for each whether it is one of them.
    known = plan.columns(schema.visit, *names, only=("household_id", called) if len(called) < MANY else None)
    again = known[known.duplicated(list(names[1:]), keep=False)].reset_index(drop=True)
    for first, second in _pairs(list(again[list(names[1:])].itertuples(index=False, name=None))):
        yield again.at[first, "visit_no"], again.at[second, "visit_no"]


def _cases(frame: pd.DataFrame, fresh: Mask, plan: Plan) -> Iterator[Pair]:
    """The same kind and category at the same building within NEAR_DAYS under two numbers."""
    known = plan.columns(schema.case_file, "case_no", "case_kind", "category", "building_id", "found_on", "accepted_on")
    days = known["found_on"].where(known["found_on"].notna(), known["accepted_on"])
    is_placed = (known["building_id"].notna() & days.notna()).to_numpy(bool)
    known = known[is_placed].assign(day=days[is_placed]).sort_values("day", kind="stable").reset_index(drop=True)
    keys = list(known[["case_kind", "category", "building_id"]].itertuples(index=False, name=None))
    day: list[date] = known["day"].tolist()
    for first, second in _pairs(keys):
        if (day[second] - day[first]).days <= NEAR_DAYS:
            yield known.at[first, "case_no"], known.at[second, "case_no"]


def _pairs(keys: list[Any]) -> Iterator[tuple[int, int]]:
    """Neighbours among the positions with equal keys; of three that are equal, the first with the second, and so on."""
    last: dict[Any, int] = {}
    for position, key in enumerate(keys):
        if key in last:
            yield last[key], position
        last[key] = position


def _of_rows(numbers: pd.Series, pairs: list[Pair]) -> dict[Any, Any]:
    """New row → the number of what it seems to repeat; the later one where both are new."""
    rows = dict(zip(numbers, numbers.index, strict=True))
    sides = [next(((own, other) for own, other in (pair[::-1], pair) if own in rows), None) for pair in pairs]
    return {rows[side[0]]: side[1] for side in sides if side}


_KINDS: dict[str, tuple[Callable[[pd.DataFrame, Mask, Plan], Iterator[Pair]], str, str]] = {
    "building": (_buildings, f"{NEAR_M:.0f} 米内、同名的楼栋有两个编码", "buildings of one name, close together"),
    "household": (_households, "同一户室有两户", "two households behind one door"),
    "visit": (_visits, "同一户、同一天、同一走访人的走访", "visits to one household on one day by one visitor"),
    "case_file": (_cases, f"同一楼栋、同一类别、相隔不过 {NEAR_DAYS} 天的事项", "cases of one kind at one building"),
}  # fmt: skip
