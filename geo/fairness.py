"""Fair comparison (公平比较) of areas of different size: shrunk rates for rankings, and the limits of a funnel plot.

A grid with 3 of 4 and one with 300 of 400 have the same rate; the first may owe it to chance. Two answers:

* `shrunk_rates`: empirical Bayes. Each area's rate is drawn towards that of all areas, the more the smaller its
  denominator, by as much as the areas differ among each other beyond chance. Empirical-Bayes rates of small areas are
  those of Clayton and Kaldor (Biometrics 1987) and Marshall (Applied Statistics 1991, by moments). Their counts are
  Poisson; ours are n of d, so the model is beta-binomial, and its two moments are estimated as Kleinman (JASA 1973)
  does with the denominators as weights.
* `funnel_limits`: the limits within which an area of a given denominator would lie by chance alone if its true rate
  were the target (Spiegelhalter, Statistics in Medicine 2005): 95 % and 99.8 %.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

WARNING, ALARM = 0.95, 0.998
"""The two usual limits of a funnel: about two and three standard deviations."""
ALIKE = 1e9
"""The weight of a prior for areas that differ by chance alone. Not infinite, so that those far above or below what is
expected of their number still stand first and last when they are ranked."""
_TAILS = 12
"""Beyond so many standard deviations a binomial probability is below the precision of a float."""


@dataclass(frozen=True)
class Prior:
    """What all areas together say: their common rate, and how many cases that knowledge is worth (ALIKE at most)."""

    rate: float
    weight: float


def estimate_prior(numerator: Numbers, denominator: Numbers) -> Prior:
    """The beta-binomial prior of some areas by the method of moments; those without a denominator do not count.

    With rates p = n/d, weights d, N = Σd and m = Σn/N: S = Σd(p − m)² has the expectation
    m(1 − m)(I − 1) + A(N − Σd²/N − (I − 1)) for I areas whose true rates vary by A; the weight is m(1 − m)/A − 1. Where
    the areas differ no more than by chance (A ≤ 0), or there is one, or all are 0 or 1, they are taken to be alike.

    >>> estimate_prior(np.array([10.0, 30]), np.array([40.0, 40]))
    Prior(rate=0.5, weight=1.0526315789473686)
    """
    known = (denominator > 0) & ~np.isnan(numerator)
    n, d = numerator[known], denominator[known]
    total = d.sum()
    if not total:
        return Prior(math.nan, ALIKE)
    rate = float(n.sum() / total)
    noise = rate * (1 - rate)
    others = len(d) - 1
    room = total - (d**2).sum() / total - others
    spread = (d * (n / d - rate) ** 2).sum() - noise * others
    if spread <= 0 or room <= 0 or noise <= 0:
        return Prior(rate, ALIKE)
    between = min(spread / room, noise)
    return Prior(rate, min(float(noise / between - 1), ALIKE))


def shrunk_rates(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """The rate of each area as far as its own numbers carry it: (n + w·m) / (d + w) with the prior's rate m, weight w.

    Missing where the number is missing or its denominator 0: an unknown rate is not an average one. Numerators above
    their denominators are no shares, and such rows keep their own rate.

    >>> few, many = (3, 4), (300, 400)
    >>> n, d = pd.Series([few[0], many[0], 100, 350]), pd.Series([few[1], many[1], 400, 400])
    >>> shrunk_rates(n, d).round(3).to_list()
    [0.722, 0.75, 0.251, 0.874]
    """
    n, d = (column.to_numpy(np.float64, na_value=np.nan) for column in (numerator, denominator))
    known = (d > 0) & ~np.isnan(n)
    is_share = known & (n <= d)
    rates = np.full(len(n), np.nan)
    rates[known] = n[known] / d[known]
    prior = estimate_prior(n[is_share], d[is_share])
    rates[is_share] = (n[is_share] + prior.weight * prior.rate) / (d[is_share] + prior.weight)
    return pd.Series(rates, index=numerator.index)


def funnel_limits(
    denominator: pd.Series, target: float, share: float = WARNING, *, overdispersion: float = 1.0
) -> pd.DataFrame:
    """The limits of a funnel plot: one row per denominator, `lower` and `upper` rate.

    target : the rate of all areas, or a goal, 0..1. share : how many areas of that rate lie inside by chance. From the
    binomial distribution, between whole numbers by interpolation, as in Spiegelhalter 2005. overdispersion :
    the factor φ by which areas vary more than by chance (his multiplicative model); above 1 the limits are the normal
    ones, target ± z·√(φ·target·(1 − target)/d), cut off at 0 and 1. Missing for denominators of 0 or missing ones.

    >>> funnel_limits(pd.Series([10, 100, 0]), 0.5).round(3).to_dict("list")
    {'lower': [0.132, 0.397, nan], 'upper': [0.768, 0.593, nan]}
    """
    sizes = denominator.to_numpy(np.float64, na_value=np.nan)
    limits = {size: _limits(size, target, share, overdispersion) for size in np.unique(sizes[sizes > 0])}
    rows = [limits.get(size, (math.nan, math.nan)) for size in sizes]
    return pd.DataFrame(rows, columns=["lower", "upper"], index=denominator.index)


def overdispersion_of(numerator: pd.Series, denominator: pd.Series, target: float, *, winsorised: float = 0.1) -> float:
    """How much more the areas vary than by chance: the mean square z-score, extremes drawn in; 1 at least.

    winsorised : the share of areas at each end whose z-score is replaced by that of the last one inside (Spiegelhalter
    2005, so that the outliers that the funnel is to show do not widen it).

    >>> round(overdispersion_of(pd.Series([10, 30]), pd.Series([40, 40]), 0.5), 6)
    10.0
    """
    n, d = (column.to_numpy(np.float64, na_value=np.nan) for column in (numerator, denominator))
    known = (d > 0) & ~np.isnan(n)
    if not known.any() or not 0 < target < 1:
        return 1.0
    scores = np.sort((n[known] / d[known] - target) / np.sqrt(target * (1 - target) / d[known]))
    cut = int(winsorised * len(scores))
    drawn = np.clip(scores, scores[cut], scores[len(scores) - 1 - cut])
    return max(1.0, float(np.mean(drawn**2)))


def _limits(size: float, target: float, share: float, overdispersion: float) -> tuple[float, float]:
    tail = (1 - share) / 2
    if not 0 < target < 1:
        return target, target
    if overdispersion > 1:
        half = _z(tail) * math.sqrt(overdispersion * target * (1 - target) / size)
        return max(0.0, target - half), min(1.0, target + half)
    first, probabilities = _binomial(int(size), target)
    reached = np.cumsum(probabilities)
    return tuple(_quantile(first, reached, probabilities, at) / size for at in (tail, 1 - tail))  # type: ignore[return-value]


def _binomial(size: int, target: float) -> tuple[int, Numbers]:
    """The first count that is not practically impossible, and the probabilities of it and those that follow."""
    middle, reach = size * target, _TAILS * math.sqrt(size * target * (1 - target)) + _TAILS
    first, last = max(0, math.floor(middle - reach)), min(size, math.ceil(middle + reach))
    counts = np.arange(first, last)
    # From one count to the next the probability changes by (d − r)/(r + 1) · p/(1 − p).
    steps = np.log((size - counts) / (counts + 1)) + math.log(target / (1 - target))
    logs = np.append(0.0, np.cumsum(steps))
    weights = np.exp(logs - logs.max())
    return first, weights / weights.sum()


def _quantile(first: int, reached: Numbers, probabilities: Numbers, at: float) -> float:
    """The count below which a share of the distribution lies, between two whole ones by interpolation; 0 at least."""
    i = min(int(np.searchsorted(reached, at, side="right")), len(reached) - 1)
    return max(0.0, first + i - float((reached[i] - at) / probabilities[i]))


def _z(tail: float) -> float:
    """The standard normal quantile that leaves a tail above it, by bisection of the error function."""
    low, high = 0.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) / 2 > tail else (low, middle)
    return low
