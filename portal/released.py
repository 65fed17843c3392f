"""The public numbers of the last release (已发布的数): what was put aside on its day, as a snapshot of its own.

To those who ask it is a `Snapshot` whose facts, periods and status are those of the release; places, and things such as
organisations and facilities, are those of now. What is hidden is decided from these facts, by the same rule as ever.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from data import releases
from data.registry import Indicator
from geo.coarse import coarse_tree
from geo.release import Number
from portal.snapshot import Numbers, Places, Snapshot

SMALL_BASE = 50
"""Below this many, as they are shown, there is no rate below the county: rounding says too much of it, and chance."""


def released(snapshot: Snapshot) -> "Released":
    """The release that is public while this snapshot is the newest."""
    return snapshot.keep("released", lambda: Released(snapshot))


class Released(Snapshot):
    """The last release; without any number while there was none."""

    def __init__(self, of: Snapshot) -> None:
        super().__init__(of.look)
        self._of = of
        self.release = self.read(releases.last_release)
        made = self.release and (self.release.release_id, self.release.made_at)
        self.key = "r" + sha256(repr((of.look.engine.url, made)).encode()).hexdigest()[:16]

    @cached_property
    def status(self) -> dict[str, Any]:
        """As that of the data, of the day of the release; `version` 0 while there is none."""
        found = self._of.status
        if self.release is None:
            return {**found, "version": 0, "data_on": None, "loaded_at": None}
        return {**found, "data_on": self.release.data_on, "loaded_at": self.release.made_at}

    @cached_property
    def places(self) -> Places:
        return self._of.places

    @cached_property
    def periods(self) -> list[str]:
        if self.release is None:
            return []
        number = self.release.release_id
        return self.read(lambda conn: releases.periods(conn, number))

    def _numbers(self, indicator: str, periods: list[str]) -> Numbers:
        if self.release is None:
            return []
        number = self.release.release_id
        return self.read(lambda conn: releases.numbers(conn, number, indicator, periods))

    def first_months(self, indicators: Sequence[str]) -> Sequence[tuple[int, str]]:
        if self.release is None:
            return []
        number = self.release.release_id
        return self.read(lambda conn: releases.first_months(conn, number, indicators))  # type: ignore[return-value]

    def shown(
        self, rule: Indicator, periods: list[str], hidden: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, tuple[float, float | None, str]]]:
        """Numerator, denominator and part ("known", "small", "unknown") by period and area, of those not hidden too.

        Of a county the totals of the release, below it multiples of 5; "small" are those of so few that they have no
        rate. Counts of things are as they are.
        """
        found: dict[str, dict[int, tuple[float, float | None, str]]] = {}
        exact = self._totals(rule.code, periods) if rule.k else {}
        places = self.places.by_id
        parents = {area_id: area.parent_id for area_id, area in places.items()}
        for period, numbers in self.facts(rule.code, periods).items():
            inside = {area_id: number for area_id, number in numbers.items() if area_id in places}
            if rule.k:
                inside = _coarse(inside, parents, hidden.get(period, ()), exact.get(period, {}))
            found[period] = {
                area_id: (n, d, _part(d, may_be_small=bool(rule.k) and places[area_id].level != "county"))
                for area_id, (n, d) in inside.items()
            }
        return found

    def _totals(self, indicator: str, periods: list[str]) -> dict[str, dict[int, tuple[float, float | None]]]:
        if self.release is None:
            return {}
        number = self.release.release_id
        found: dict[str, dict[int, tuple[float, float | None]]] = {}
        for area_id, period, n, d in self.read(lambda conn: releases.totals(conn, number, indicator, periods)):
            found.setdefault(period, {})[area_id] = (n, d)
        return found


def _coarse(
    numbers: Mapping[int, Number], parents: Mapping[int, int | None], hidden: Collection[int],
    exact: Mapping[int, Number],
) -> dict[int, Number]:  # fmt: skip
    """Both counts of every area as they are shown; a numerator is never more than its denominator was rounded to."""
    is_share = all(d is None or n <= d for n, d in numbers.values())
    tops = {area: number for area, number in exact.items() if area in numbers}
    counts = [
        coarse_tree({area: number[at] or 0.0 for area, number in numbers.items()}, parents, hidden,
                    {area: number[at] or 0.0 for area, number in tops.items()})
        for at in (0, 1)
    ]  # fmt: skip
    return {
        area: (min(n, counts[1][area]) if is_share and d is not None else n, None if d is None else counts[1][area])
        for (area, (_, d)), n in zip(numbers.items(), (counts[0][area] for area in numbers), strict=True)
    }


def _part(d: float | None, *, may_be_small: bool) -> str:
    if not d:
        return "unknown"
    return "small" if may_be_small and d < SMALL_BASE else "known"
