"""Counts rounded on a tree of areas (公开数取整) so that no level undoes the rounding of another.

A count below the county is shown as the nearest multiple of 5. An area is the sum of those in it, so that it and they
could give each other away: two areas of 12 each are shown as 10, their sum of 24 as 25, and 23 to 27 meets 16 to 24 in
two numbers alone. Take m parts that are not 0, shown as numbers whose sum is R, p of them as more than 0 (what is shown
as 0 is not less). Each part can still be all that it is shown for when the whole is shown as R − 2 (p − 1) to
R + 2 (m − 1); then the same holds all the way up, since a tree has no circles. Otherwise the whole is shown as the
multiple of 5 in that range that is nearest to its own. A county that is shown exactly is 2 further inside on either
side, else it is rounded as well; where all of it lies in one area, that one stands for it.

Where a part is hidden nothing is so narrow, and the whole is rounded as it is.
"""

from collections.abc import Collection, Mapping
from math import ceil, floor

import numpy as np

from geo.disclosure import rounded

BASE = 5
"""What counts are rounded to; each is within 2 of what is shown."""
OFF = 2


def coarse(count: float) -> float:
    """One count as it is shown below the county.

    >>> coarse(12), coarse(13)
    (10.0, 15.0)
    """
    return float(rounded(np.array([count]), BASE)[0])


def coarse_tree(
    counts: Mapping[int, float],
    parents: Mapping[int, int | None],
    hidden: Collection[int] = (),
    exact: Mapping[int, float] | None = None,
) -> dict[int, float]:
    """Counts of one thing in one period as they are shown.

    counts : by area, each the sum of those in it. parents : the area above each; None, or absent, at the top.
    hidden : areas whose number is not shown. exact : areas to be shown exactly, as their number stood.

    >>> coarse_tree({1: 24, 2: 12, 3: 12}, {2: 1, 3: 1})
    {2: 10.0, 3: 10.0, 1: 20.0}
    """
    parts: dict[int, list[int]] = {}
    depth: dict[int, int] = {}
    for area in counts:
        steps, above = 0, parents.get(area)
        if above is not None and counts[area]:
            parts.setdefault(above, []).append(area)
        while above is not None:
            steps, above = steps + 1, parents.get(above)
        depth[area] = steps
    shown: dict[int, float] = {}
    for area in sorted(counts, key=lambda one: -depth[one]):
        shown[area] = _near(counts[area], parts.get(area, ()), shown, hidden)
    for area, number in (exact or {}).items():
        inside = parts.get(area, [])
        while len(inside) == 1 and inside[0] not in hidden:
            inside = parts.get(inside[0], [])
        if inside and (_is_open(inside, hidden) or _is_inside(number, inside, shown)):
            shown[area] = number
    return shown


def _is_open(parts: Collection[int], hidden: Collection[int]) -> bool:
    return any(part in hidden for part in parts)


def _range(parts: Collection[int], shown: Mapping[int, float]) -> tuple[float, float]:
    """What a whole may be shown as beside its parts."""
    total, more = sum(shown[part] for part in parts), sum(shown[part] > 0 for part in parts)
    return total - OFF * max(more - 1, 0), total + OFF * (len(parts) - 1)


def _is_inside(number: float, parts: Collection[int], shown: Mapping[int, float]) -> bool:
    """Whether a whole may be shown exactly beside its parts."""
    least, most = _range(parts, shown)
    return least + OFF <= number <= most - OFF


def _near(count: float, parts: Collection[int], shown: Mapping[int, float], hidden: Collection[int]) -> float:
    own = coarse(count)
    if not parts or _is_open(parts, hidden):
        return own
    least, most = _range(parts, shown)
    return float(min(max(own, BASE * ceil(least / BASE)), BASE * floor(most / BASE)))
