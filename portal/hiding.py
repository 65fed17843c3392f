"""What is hidden from whom (谁看不到什么): the rule of `geo.disclosure` applied to the areas and periods of the store.

Nothing here knows a viewer; `reads` asks and decides. The answer for one area and period is the same whatever else is
asked for: it is made for all areas and for all the fixed periods of a year at once.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geo.nested_periods import FIXED, hidden_areas
from geo.periods import Period, kept_periods, parse_period
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


def hidden_cases(snapshot: Snapshot, cases: pd.DataFrame, k: int) -> dict[str, frozenset[int]]:
    """The areas where the number of some cases is hidden, by period of acceptance, for every kept period of `FIXED`.

    cases : rows of `snapshot.cases`; one that lies in no grid counts in its community alone.
    """
    places, data_on = snapshot.places, snapshot.status["data_on"]
    days = cases["accepted_on"].dropna()
    if days.empty or data_on is None:
        return {}
    parents = {i: area.parent_id for i, area in places.by_id.items()}
    # What lies in no grid is a leaf of its own under its community, or children would not add up.
    leaves = cases["grid_id"].fillna(-cases["community_id"]).astype("Int64")
    parents |= {int(leaf): -int(leaf) for leaf in leaves.dropna().unique() if leaf < 0}
    facts = []
    for period in kept_periods(days.min().date(), data_on):
        if period.kind in FIXED:
            counts = leaves[_within(cases, period)].value_counts()
            facts += [(area, period.text, many, many) for area, many in _up(counts, parents).items()]
    frame = pd.DataFrame(facts, columns=["area_id", "period", "numerator", "denominator"])
    return hidden_areas(frame, pd.Series(parents, dtype="Int64"), k)


def _within(cases: pd.DataFrame, period: Period) -> np.ndarray:
    inside = cases["accepted_on"] < pd.Timestamp(period.end)
    return (inside & (cases["accepted_on"] >= pd.Timestamp(period.start or "1900-01-01"))).to_numpy(bool)


def _up(counts: pd.Series, parents: dict[int, int | None]) -> dict[int, int]:
    """Counts of leaves summed up the tree."""
    sums: dict[int, int] = {}
    for leaf, many in counts.items():
        area: int | None = int(str(leaf))
        while area is not None and area in parents:
            sums[area] = sums.get(area, 0) + int(many)
            area = parents[area]
    return sums


def _parents(snapshot: Snapshot) -> pd.Series:
    return snapshot.keep(
        "parents of all areas",
        lambda: pd.Series({i: a.parent_id for i, a in snapshot.places.by_id.items()}, dtype="Int64"),
    )
