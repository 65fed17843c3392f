"""The one door for tables split by a sensitive kind (敏感分类表): disputes by category, visits due by household.

Whoever may see the rows sees every number. For others with *internal* detail `geo.splits` decides row by row, for a
whole year and all its areas at once, so that the answer is the same whatever is asked for. Nothing for the public.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.registry import SMALL_SENSITIVE
from geo.periods import Period, parse_period
from geo.splits import Row, Served, Split, rows_served
from portal.hiding import fixed_periods
from portal.identity import Viewer
from portal.reads import HIDDEN, PROTECTED_KINDS, Measure
from portal.snapshot import Area, Snapshot, current

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Source:
    """A table that is split. `name` is unlike that of any other.

    kinds : all it knows, `sensitive` among them. count : numerators and denominators of a period, areas × kinds.
    of_year : the leaves of a year, for `geo.splits`. is_monthly : as there.
    """

    name: str
    sensitive: str
    kinds: Callable[[], Sequence[str]]
    count: Callable[[Period, Sequence[Area]], Counts]
    of_year: Callable[[int], Split]
    is_monthly: bool = False


@dataclass(frozen=True)
class Told:
    """The kinds of one area and period: those shown, the most frequent first, then the hidden ones in a fixed order.

    has_done : whether numerators are told of any; a measure without one has a denominator alone.
    """

    kinds: Mapping[str, Measure] = field(default_factory=dict)
    has_done: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether every kind has its numerator."""
        return all(measure.numerator is not None or measure == HIDDEN for measure in self.kinds.values())

    @property
    def hides(self) -> bool:
        """Whether any of them is hidden."""
        return any(measure == HIDDEN for measure in self.kinds.values())


def told(viewer: Viewer, source: Source, period: str, areas: Sequence[Area]) -> dict[str, Told]:
    """The kinds of each area in a period, by code; one of which only the total may be told is absent.

    areas : within the viewer's own. Kinds of which there was none are left out, unless they are hidden.
    """
    if not viewer.may_see("internal") or not areas:
        return {}
    p, snapshot = parse_period(period), current()
    kinds = list(source.kinds())
    good, every = source.count(p, areas)
    if viewer.may_see("households"):
        whole = Row(is_hidden=False, has_done=True)
        return {a.code: _told(kinds, good[n], every[n], whole, ()) for n, a in enumerate(areas) if every[n].sum()}
    if p.kind not in PROTECTED_KINDS:
        return {}
    served = _served(snapshot, source, p.last_day.year)
    return {
        a.code: _told(kinds, good[n], every[n], served.rows[a.area_id, p.text], served.hidden)
        for n, a in enumerate(areas)
        if (a.area_id, p.text) in served.rows
    }


def _served(snapshot: Snapshot, source: Source, year: int) -> Served:
    def make() -> Served:
        periods = [parse_period(text) for text in fixed_periods(snapshot, [year], PROTECTED_KINDS)]
        parents = {area_id: area.parent_id for area_id, area in snapshot.places.by_id.items()}
        return rows_served(source.of_year(year), parents, source.sensitive, periods, SMALL_SENSITIVE,
                           is_monthly=source.is_monthly)  # fmt: skip

    return snapshot.keep(("split", source.name, year), make)


def _told(
    kinds: Sequence[str], good: NDArray[np.int64], every: NDArray[np.int64], row: Row, hidden: Sequence[str]
) -> Told:
    concealed = sorted(hidden) if row.is_hidden else []
    shown = [n for n, kind in enumerate(kinds) if every[n] and kind not in concealed]
    shown.sort(key=lambda n: (-int(every[n]), n))
    untold = kinds if not row.has_done else hidden if row.hides_done else ()
    numbers = {
        kinds[n]: Measure(None if kinds[n] in untold else float(good[n]), float(every[n]), "known") for n in shown
    }
    return Told(numbers | dict.fromkeys(concealed, HIDDEN), row.has_done)


def empty_year(year: int, leaves: Sequence[int], kinds: Sequence[str]) -> Split:
    """A year of a split with nothing in it, to be filled."""
    shape = (len(leaves), 12, len(kinds))
    return Split(year, leaves, kinds, np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64))
