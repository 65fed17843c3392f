"""Where a number stands (数的状态): known, zero, small, nothing to count, unknown and hidden are told in one place.

The first three have a rate. A small one is too few to go by: it is drawn light with n / d, and never stands first or
last, or as what changed most.
"""

from data.registry import Indicator
from portal.reads import Measure
from portal.released import SMALL_BASE

STANDINGS = {
    "known": ("有比率", "with a rate"), "zero": ("零", "zero"), "small": ("数太少", "too few"),
    "none": ("无可统计", "nothing to count"), "unknown": ("没有数据", "no data"), "hidden": ("隐私隐藏", "hidden"),
}  # fmt: skip
"""Each with its words in Chinese and English."""
LIGHT = ("small", "none")
"""Those drawn light."""


def standing(measure: Measure, indicator: Indicator) -> str:
    """One of STANDINGS.

    >>> from data.registry import indicators
    >>> dis = indicators()["DIS-03"]
    >>> [standing(Measure(n, d, "known"), dis) for n, d in ((1, 1), (0, 20), (19, 20))]
    ['small', 'zero', 'known']
    >>> standing(Measure(35, 45, "small"), dis)
    'small'
    """
    if measure.rate is None:
        return measure.part if measure.part in ("hidden", "none", "small") else "unknown"
    if is_small(measure, indicator):
        return "small"
    return "known" if measure.numerator else "zero"


def least(indicator: Indicator, *, is_public: bool) -> int:
    """So many there must be for a rate; for the public, whose counts are rounded, of people and cases more."""
    return max(indicator.min_sample, SMALL_BASE) if is_public and indicator.k else indicator.min_sample


def is_small(measure: Measure, indicator: Indicator) -> bool:
    """Whether a rate is there and of too few to go by; an index where one of its parts is."""
    many = measure.made_of if indicator.is_index else measure.denominator
    return measure.rate is not None and (many or 0) < indicator.min_sample


def sound_rate(measure: Measure, indicator: Indicator) -> float | None:
    """The rate where it may be compared and ranked; None where there is none, or of too few."""
    return None if is_small(measure, indicator) else measure.rate


def drawn(measure: Measure, indicator: Indicator) -> str:
    """How a map draws it: known (by its class), light, unknown (hatched) or hidden (dotted)."""
    found = standing(measure, indicator)
    return "light" if found in LIGHT else found if found in ("unknown", "hidden") else "known"
