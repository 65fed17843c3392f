"""Small counties whose numbers are split by kind (小县), made by chance, and what `geo.splits` would serve of them."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.periods import kept_periods
from geo.splits import Split, rows_served
from tests.attack.answers import ALL, HIDDEN, Served

KINDS = ("family", "noise", "land", "wages")
SENSITIVE_KIND = KINDS[0]
LAST_DAY = {2: 29, 3: 31, 6: 30, 12: 31}


class County(NamedTuple):
    """A tree, its leaves, the kinds there are, months with numbers, and counts by leaf, month and kind."""

    parents: dict[int, int | None]
    leaves: list[int]
    kinds: list[str]
    months: int
    done: NDArray[np.int64]
    left: NDArray[np.int64]


def made(rng: np.random.Generator) -> County:
    """A county of up to three townships, nine communities and eighteen grids; some kinds are rare, some areas empty."""
    parents: dict[int, int | None] = {1: None}
    leaves: list[int] = []
    for _ in range(rng.integers(1, 4)):
        township = len(parents) + 1
        parents[township] = 1
        for _ in range(rng.integers(1, 4)):
            community = len(parents) + 1
            parents[community] = township
            grids = [len(parents) + 1 + n for n in range(int(rng.choice([0, 1, 2], p=[0.4, 0.3, 0.3])))]
            parents |= dict.fromkeys(grids, community)
            leaves += grids or [community]
    kinds = list(KINDS[: rng.integers(2, 5)])
    months = int(rng.choice([2, 3, 6, 12]))
    rate = rng.gamma(1, rng.choice([0.3, 1, 3, 10]), (len(leaves), 1, len(kinds))) * rng.gamma(1, 1, len(kinds))
    every = np.zeros((len(leaves), 12, len(kinds)), dtype=np.int64)
    every[:, :months] = rng.poisson(np.broadcast_to(rate, (len(leaves), months, len(kinds))))
    done = rng.binomial(every, rng.choice([0.5, 0.9, 1.0]))
    return County(parents, leaves, kinds, months, done, every - done)


def served_of(county: County, k: int, *, is_monthly: bool) -> Served:
    """Its totals, all of them, and the rows of kinds that the rule serves."""
    data_on = date(2020, county.months, LAST_DAY[county.months])
    periods = [p for p in kept_periods(date(2020, 1, 1), data_on) if p.kind in ("month", "quarter", "year", "ytd")]
    split = Split(2020, county.leaves, county.kinds, county.done, county.left)
    found = rows_served(split, county.parents, SENSITIVE_KIND, periods, k, is_monthly=is_monthly)
    names = {area: None if above is None else str(above) for area, above in county.parents.items()}
    served = Served({str(area): above for area, above in names.items()}, [p.text for p in periods])
    counts = _up(county)
    for period in periods:
        assert period.start is not None
        months = slice(period.start.month - 1, min(period.last_day.month, county.months))
        for area in county.parents:
            done, left = counts[area][:, months].sum(axis=1)
            served.put("made n", ALL, str(area), period.text, int(done.sum()))
            served.put("made d", ALL, str(area), period.text, int((done + left).sum()))
            row = found.rows.get((area, period.text))
            for n, kind in enumerate(county.kinds if row else ()):
                is_hidden = kind in found.hidden and row.is_hidden
                served.put("made d", kind, str(area), period.text, HIDDEN if is_hidden else int(done[n] + left[n]))
                if row.has_done:
                    is_hidden |= kind in found.hidden and row.hides_done
                    served.put("made n", kind, str(area), period.text, HIDDEN if is_hidden else int(done[n]))
    return served


def _up(county: County) -> dict[int, NDArray[np.int64]]:
    """Done and left by month and kind of every area."""
    counts = {area: np.zeros((2, *county.done.shape[1:]), dtype=np.int64) for area in county.parents}
    for n, leaf in enumerate(county.leaves):
        area: int | None = leaf
        while area is not None:
            counts[area] += np.stack([county.done[n], county.left[n]])
            area = county.parents[area]
    return counts
