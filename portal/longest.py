"""What stands in for a hidden number (能显示的最长一期): the longest fixed period of which it may be shown, by name.

One line that says ＊ for the whole county tells nobody anything; the year nearly always may be shown.
"""

from datetime import date

from geo.periods import Period, parse_period, period_label
from portal import reads
from portal.identity import Viewer
from portal.words import lang, t

KINDS = ("year", "quarter", "month")
"""Fixed periods, the longest first."""


def shown_for(viewer: Viewer, indicator: str, period: str, code: str) -> tuple[str, reads.Measure]:
    """The number of an area for a period; where it is hidden, of the longest period it may be shown of, with that.

    Among periods as long as each other, one that the asked one lies in comes first, then the nearest, then the later.
    The hidden number itself where there is none.
    """
    own = reads.measure(viewer, indicator, period, code)
    if own.part != "hidden":
        return period, own
    asked = parse_period(period)
    offered = [parse_period(text) for text in reads.periods(viewer) if text != period]
    fixed = [p for p in offered if p.kind in KINDS]
    fixed.sort(
        key=lambda p: (KINDS.index(p.kind), not _holds(p, asked), abs((p.end - asked.end).days), -p.end.toordinal())
    )
    texts = [p.text for p in fixed]
    found = reads.trends(viewer, indicator, texts, [code]).get(code, [])
    return next(
        ((text, m) for text, m in zip(texts, found, strict=True) if m.part in ("known", "small")), (period, own)
    )


def _holds(whole: Period, part: Period) -> bool:
    return (whole.start or date.min) <= (part.start or date.min) and part.end <= whole.end


def name_of(period: str) -> str:
    """The period in words; of a year that it is all of it.

    >>> name_of("2020"), name_of("2020-Q4")
    ('2020年全年', '2020年第四季度')
    """
    label = period_label(period, lang())
    return t(f"{label}全年", f"all of {label}") if parse_period(period).kind == "year" else label
