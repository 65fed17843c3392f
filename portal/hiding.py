"""What is hidden from whom (谁看不到什么): the rule of `geo.disclosure` applied to the areas and periods of the store.

Nothing here knows a viewer; `reads` asks and decides. The answer for one area and period is the same whatever else is
asked for: it is made for all areas and for all the fixed periods of a year at once.
"""

from collections.abc import Iterable

import pandas as pd

from geo.nested_periods import FIXED, hidden_areas
from geo.periods import parse_period
from portal.snapshot import Snapshot

HOUSEHOLDS = "VIS-01"
"""The indicator whose denominator is the population of an area in households."""


def fixed_periods(snapshot: Snapshot, years: Iterable[int], kinds: tuple[str, ...] = FIXED) -> list[str]:
    """The periods of some years that are shown where numbers are hidden."""
    wanted = set(years)
    kept = [parse_period(text) for text in snapshot.periods]
    return [p.text for p in kept if p.kind in kinds and p.last_day.year in wanted]


def hidden_in(
    snapshot: Snapshot, indicator: str, periods: list[str], k: int, *, is_sensitive: bool
) -> dict[str, frozenset[int]]:
    """The areas whose number of an indicator is hidden, by period; `periods` are all that are shown of their years."""
    homes = snapshot.facts(HOUSEHOLDS, periods)
    rows = [
        (area_id, period, n, d, homes[period].get(area_id, (None, None))[1])
        for period, numbers in snapshot.facts(indicator, periods).items()
        for area_id, (n, d) in numbers.items()
        if d is not None
    ]
    facts = pd.DataFrame(rows, columns=["area_id", "period", "numerator", "denominator", "households"])
    return hidden_areas(facts.astype({"households": float}), _parents(snapshot), k, is_sensitive=is_sensitive)


def _parents(snapshot: Snapshot) -> pd.Series:
    return snapshot.keep(
        "parents of all areas",
        lambda: pd.Series({i: a.parent_id for i, a in snapshot.places.by_id.items()}, dtype="Int64"),
    )
