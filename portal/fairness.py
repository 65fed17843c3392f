"""Rates made fit for comparison (公平比较): shrunk ones for a ranking, and the funnel of chance; see `geo.fairness`.

Both are made from what the viewer sees, so they add nothing to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.fairness import ALARM, WARNING, funnel_limits, overdispersion_of, shrunk_rates
from portal.reads import Measure

FEWEST = 3
"""Fewer areas than these are not compared with what all of them have in common."""
_STEPS = 60


@dataclass(frozen=True)
class Funnel:
    """The funnel plot of some areas around their common rate.

    target : the rate of all of them together, 0..1. spread : by how much they vary more than by chance (1: no more);
    the limits allow for it. curve : one row per `size` of the denominator, rising; `low`, `high` (95 %), `lowest`,
    `highest` (99.8 %). points : one row per area, `code`, `n`, `d`, `rate` and `side`: inside, below, above, far_below
    or far_above (beyond the outer limits).
    """

    target: float
    spread: float
    curve: pd.DataFrame
    points: pd.DataFrame


def fair_rates(found: Mapping[str, Measure]) -> dict[str, float]:
    """The shrunk rate of each area whose rate is known, by code."""
    counts = _counts(found)
    return {str(code): float(rate) for code, rate in shrunk_rates(counts["n"], counts["d"]).items()}


def funnel(found: Mapping[str, Measure]) -> Funnel | None:
    """The funnel of the areas whose rate is known; None for fewer than three, or where all rates are 0 or all are 1.

    >>> found = {code: Measure(n, 100.0, "known") for code, n in (("a", 50.0), ("b", 52.0), ("c", 48.0), ("d", 80.0))}
    >>> funnel(found).target
    0.575
    """
    counts = _counts(found)
    counts = counts[counts["n"] <= counts["d"]]
    target = float(counts["n"].sum() / counts["d"].sum()) if len(counts) else 0.0
    if len(counts) < FEWEST or not 0 < target < 1:
        return None
    spread = overdispersion_of(counts["n"], counts["d"], target)
    low, high = counts["d"].min(), counts["d"].max()
    sizes = pd.Series(np.unique(np.round(np.geomspace(max(1.0, low * 0.8), high * 1.1, _STEPS))))
    curve = _limits(sizes, target, spread).assign(size=sizes)
    limits = _limits(counts["d"], target, spread)
    rate = counts["n"] / counts["d"]
    side = np.select(
        [rate < limits["lowest"], rate > limits["highest"], rate < limits["low"], rate > limits["high"]],
        ["far_below", "far_above", "below", "above"], "inside",
    )  # fmt: skip
    points = counts.assign(rate=rate, side=side).rename_axis("code").reset_index()
    return Funnel(target, spread, curve, points)


def _limits(sizes: pd.Series, target: float, spread: float) -> pd.DataFrame:
    inner = funnel_limits(sizes, target, WARNING, overdispersion=spread)
    outer = funnel_limits(sizes, target, ALARM, overdispersion=spread)
    # Exact limits lie within the step up to the last count that chance explains. At the upper end that count is itself
    # inside: 1 of 1 is no rarity.
    last = 0.0 if spread > 1 else 1 / sizes
    high, highest = (limits["upper"].add(last).clip(upper=1.0) for limits in (inner, outer))
    return pd.DataFrame({"low": inner["lower"], "high": high, "lowest": outer["lower"], "highest": highest})


def _counts(found: Mapping[str, Measure]) -> pd.DataFrame:
    known = {code: measure for code, measure in found.items() if measure.rate is not None}
    return pd.DataFrame(
        [(measure.numerator, measure.denominator) for measure in known.values()], list(known), ["n", "d"], dtype=float
    )
