"""The households a load changed → their stays in the plan (居住期入计划), by the rules of etl.stays.

Only a household that lived elsewhere before, or began later than its row says, has stays of its own; every other has
the one that its row says. The row names the building of the last stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from data import schema
from etl.clean import Ledger
from etl.plan import INSERT, UPDATE, Plan
from etl.stays import Stay, Stays, Word, begins_on, is_elsewhere, later_than, told

_PLACE = ("building_id", "dwelling_id", "moved_in_on", "moved_out_on")
_ROW = ["household_id", "household_no", *_PLACE, "said_on", "batch_id", "is_void"]
_STAY = ["household_id", "stay_no", "building_id", "dwelling_id", "valid_from", "valid_to", "said_on"]


@dataclass(frozen=True)
class Days:
    """What is known of the day a ledger speaks of. data_on : the data date, for those that state none. of_batch : the
    data date of each load before. mended : the numbers of households whose row was refused before.
    """

    data_on: date
    of_batch: Mapping[int, date | None]
    mended: frozenset[str] = frozenset()


def settle_stays(plan: Plan, days: Days) -> None:
    """Put the stays of every household that a load brought, changed or ended into the plan."""
    known = _stored_stays(plan)
    changes = _Changes()
    fresh = plan.changes(schema.household, INSERT)
    if len(fresh):
        _begin(plan, fresh, days, changes)
    now, before = plan.changes(schema.household, UPDATE)[_ROW], plan.before(schema.household)[_ROW]
    for row, former in _moved(now, before, known):
        _tell(row, former, known.get(row.household_id, ()), days, changes)
    changes.put(plan)


class _Changes:
    """What is to be written: stays, those no longer needed, and columns of households."""

    def __init__(self) -> None:
        self.stays: list[tuple[Any, ...]] = []
        self.gone: list[tuple[Any, int]] = []
        self.homes: list[tuple[Any, ...]] = []

    def note(self, household: Any, stays: Sequence[Stay], many: int) -> None:
        """The stays of a household that had `many`."""
        self.stays += [
            (household, no, stay.building, stay.dwelling, stay.since, stay.until, stay.said_on)
            for no, stay in enumerate(stays)
        ]
        self.gone += [(household, no) for no in range(len(stays), many)]

    def put(self, plan: Plan) -> None:
        if self.stays:
            rows = pd.DataFrame(self.stays, columns=_STAY, dtype=object)
            plan.put(schema.household_stay, rows, ["household_id", "stay_no"])
        if self.gone:
            plan.take_back(
                schema.household_stay, pd.DataFrame(self.gone, columns=["household_id", "stay_no"], dtype=object)
            )
        if self.homes:
            plan.patch(
                schema.household, pd.DataFrame(self.homes, columns=["household_id", *_PLACE, "said_on"], dtype=object)
            )


def _stored_stays(plan: Plan) -> dict[Any, Stays]:
    rows = plan.rows(schema.household_stay)[_STAY].sort_values(["household_id", "stay_no"])
    found: dict[Any, list[Stay]] = {}
    stay: Any
    for stay in rows.itertuples(index=False):
        own = Stay(stay.building_id, stay.dwelling_id, stay.valid_from, stay.valid_to, stay.said_on)
        found.setdefault(stay.household_id, []).append(own)
    return {household: tuple(stays) for household, stays in found.items()}


def _begin(plan: Plan, fresh: pd.DataFrame, days: Days, changes: _Changes) -> None:
    """Households that were not known: an undated one of a community known before begins on the day of its ledger."""
    undated = fresh[[day is None for day in fresh["moved_in_on"]]]
    if undated.empty:
        return
    buildings = plan.columns(schema.building, "building_id", "community_id")
    community = dict(zip(buildings["building_id"], buildings["community_id"], strict=True))
    first = _first_said(plan, community, days)
    if not first:
        return
    row: Any
    for row in undated[_ROW].itertuples(index=False):
        word = _word(row, days)
        heard = first.get(community.get(row.building_id))
        since = begins_on(word, is_first=heard is None or heard >= word.day)
        if since is not None:
            changes.note(row.household_id, [Stay(row.building_id, row.dwelling_id, since, word.moved_out, word.day)], 0)


def _first_said(plan: Plan, community: Mapping[Any, Any], days: Days) -> dict[Any, date]:
    """The first day on which each community is known to have had a register before this load."""
    stored = plan.stored(schema.household)
    found: dict[Any, date] = {}
    cells = (stored[name] for name in ("building_id", "said_on", "batch_id", "is_void"))
    for building, said_on, batch, is_void in zip(*cells, strict=True):
        if not is_void:
            day, of = said_on or days.of_batch.get(batch) or date.min, community.get(building)
            found[of] = min(day, found.get(of, day))
    return found


def _moved(now: pd.DataFrame, before: pd.DataFrame, known: Mapping[Any, Stays]) -> Iterator[tuple[Any, Any]]:
    """The changed households of which more may have changed than what they are: the row and the one before."""
    for row, former in zip(now.itertuples(index=False), before.itertuples(index=False), strict=True):
        is_other = any(getattr(row, name) != getattr(former, name) for name in (*_PLACE, "is_void"))
        if is_other or row.household_id in known:
            yield row, former


def _tell(row: Any, former: Any, known: Stays, days: Days, changes: _Changes) -> None:
    if row.is_void or former.is_void:
        # Taken back, or there again: what its row says holds.
        changes.note(row.household_id, (), len(known))
        return
    own = Stay(former.building_id, former.dwelling_id, former.moved_in_on, former.moved_out_on, former.said_on)
    before = known or (own,)
    word = _word(row, days, before[-1])
    stays = told(before, word)
    home, said_on = (row.building_id, row.dwelling_id, row.moved_in_on, row.moved_out_on), row.said_on
    if later_than(before, word):
        home = (former.building_id, former.dwelling_id, former.moved_in_on, former.moved_out_on)
        said_on = former.said_on
    elif row.moved_in_on is None and not is_elsewhere(own, word):
        home = (row.building_id, row.dwelling_id, former.moved_in_on, row.moved_out_on)
    changes.homes.append((row.household_id, *home, said_on))
    is_as_its_row = len(stays) == 1 and (stays[0].since, stays[0].until) == home[2:] and not is_elsewhere(
        stays[0], Stay(*home)
    )  # fmt: skip
    changes.note(row.household_id, () if is_as_its_row else stays, len(known))


def _word(row: Any, days: Days, last: Stay | None = None) -> Word:
    """What a row says; a ledger that states no day is newer than all that was said and dated."""
    day = row.said_on
    if day is None:
        dated = (days.data_on, None if last is None else last.said_on, row.moved_in_on)
        day = max(one for one in dated if one is not None)
    return Word(
        row.building_id, row.dwelling_id, row.moved_in_on, row.moved_out_on, day,
        is_stated=row.said_on is not None, is_mended=row.household_no in days.mended,
    )  # fmt: skip


def mended_households(ledgers: Sequence[Ledger], rows: Mapping[Any, Any]) -> frozenset[str]:
    """The numbers of households whose refused row came back mended. rows : (path, sheet, row) of what came back."""
    return frozenset(
        str(ledger.frame.at[at, "household_no"])
        for ledger in ledgers if rows and ledger.source.kind == "household"
        for at in ledger.frame.index
        if (ledger.sheets[ledger.sheet_of[at]].file.path, ledger.sheets[ledger.sheet_of[at]].name, ledger.row_of[at])
        in rows
    )  # fmt: skip
