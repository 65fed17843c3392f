"""What counts as told (判): hidden cells that can be bounded too well, small differences that stand there openly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geo.periods import parse_period
from tests.attack.answers import ALL, HIDDEN, Label, Served
from tests.attack.bounds import Range
from tests.attack.equations import hidden, told

K, SENSITIVE = 5, 10


@dataclass(frozen=True)
class Finding:
    """A cell and what is known of it."""

    label: Label
    least: int
    most: int

    def __str__(self) -> str:
        return f"{' '.join(self.label)}: {self.least} … {self.most}"


def findings(served: Served, k: int, *, adds_over_periods: bool = True) -> list[Finding]:
    """The hidden cells that do not keep a range of k, but those of a total that is 0 openly."""
    found = told(served, k, adds_over_periods=adds_over_periods)
    zeros = {label for label, value in served.cells.items() if value == 0}
    return [
        Finding(label, one.least, one.most)
        for label, one in found.items()
        if one.width < k and not (one.most == 0 and any(total in zeros for total in totals_of(served, label)))
    ]


def totals_of(served: Served, label: Label) -> Iterator[Label]:
    """The cell's own totals: of all kinds, of the areas it lies in, of the periods it lies in; and these together."""
    areas = [label.area]
    while (above := served.parents[areas[-1]]) is not None:
        areas.append(above)
    own = parse_period(label.period)
    wider = [p for p in served.periods if _is_inside(own, parse_period(p))]
    for kind in {label.kind, ALL}:
        for area in areas:
            for period in {label.period, *wider}:
                for count in {label.count, f"{label.count.partition(' ')[0]} d"}:
                    if (total := Label(count, kind, area, period)) != label:
                        yield total


def _is_inside(inner, outer) -> bool:
    return outer.start is not None and inner.start >= outer.start and inner.end <= outer.end


def small_differences(served: Served, kinds: Iterable[str], k: int) -> list[Finding]:
    """Pairs that stand there openly and of which n, d or what is left is 1 … k − 1."""
    found, wanted = [], set(kinds)
    for label, value in served.cells.items():
        name, _, part = label.count.partition(" ")
        if part != "d" or label.kind not in wanted or not isinstance(value, int):
            continue
        n = served.cells.get(label._replace(count=f"{name} n"), HIDDEN)
        counts = (value, n, value - n) if isinstance(n, int) else (value,)
        if any(0 < count < k for count in counts):
            found.append(Finding(label, min(counts), max(counts)))
    return found


def by_place(found: dict[Label, Range], kind: str, part: str = "") -> dict[tuple[str, str], list[Range]]:
    """The ranges of a kind's numbers by area and period."""
    places: dict[tuple[str, str], list[Range]] = {}
    for label, one in found.items():
        if label.kind == kind and label.count.endswith(part):
            places.setdefault((label.area, label.period), []).append(one)
    return places


__all__ = ["ALL", "SENSITIVE", "Finding", "K", "by_place", "findings", "hidden", "small_differences", "told"]
