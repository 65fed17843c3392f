"""Twelve months in a cell of a table (走势小图): a picture, as the framework's own chart of a cell knows no gaps.

A bar for each month with a rate, pale where it is of too few; a line on the ground for 0; a ring where there was
nothing to count; nothing where nothing is known; dots where it is hidden.
"""

from collections.abc import Sequence
from urllib.parse import quote

from portal import colours
from portal.choice import Indicator
from portal.reads import Measure
from portal.standing import standing

HIGH, STEP, WIDE = 24, 12, 8
IMAGE = "data:image/svg+xml,"


def sparkline(months: Sequence[Measure], indicator: Indicator) -> str | None:
    """The address of the picture, as high as the highest rate in it; None where no month has a rate."""
    top = max((m.rate for m in months if m.rate is not None), default=None)
    if top is None:
        return None
    solid, pale, zero, rings, dots = "", "", "", "", ""
    for at, month in enumerate(months):
        x = at * STEP + STEP // 2
        kind = standing(month, indicator)
        if kind in ("known", "small") and month.rate:
            bar = f"M{x} {HIGH - 1}V{HIGH - 1 - max(2, round((HIGH - 2) * month.rate / top))}"
            solid, pale = (solid + bar, pale) if kind == "known" else (solid, pale + bar)
        elif kind in ("zero", "small"):
            zero += f"M{x - WIDE // 2} {HIGH - 1}h{WIDE}"
        elif kind == "none":
            rings += f"M{x - 2} {HIGH - 4}a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
        elif kind == "hidden":
            dots += "".join(f"M{x - 2 + dx} {HIGH - 3 - dy}h1" for dx in (0, 3) for dy in (0, 3, 6))
    look = [
        (solid, colours.ramp(indicator.direction, 5)[3], WIDE), (pale, colours.UNKNOWN_LINE, WIDE // 2),
        (zero, colours.INK, 2), (rings, colours.QUIET, 1), (dots, colours.QUIET, 1),
    ]  # fmt: skip
    paths = "".join(f"<path d='{d}' stroke='{tone}' stroke-width='{wide}'/>" for d, tone, wide in look if d)
    size = f"width='{STEP * len(months)}' height='{HIGH}'"
    return IMAGE + quote(f"<svg xmlns='http://www.w3.org/2000/svg' {size} fill='none'>{paths}</svg>", safe=" ='/:")
