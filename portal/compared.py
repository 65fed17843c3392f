"""How one period is set against another (怎么比): as they are now, or as each stood at its own end (按期末时点).

What came in during a young period has had less time, so a rate whose result is seen up to the data date is set against
that of another period as each stood at its own end: both are then of one age. Which indicators, says the registry
(`Indicator.is_at_end`). Every change, ranking of changes, sentence and row of months asks here.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from data.limits import limits
from data.registry import Indicator
from geo.lineage import CASE_KINDS
from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer
from portal.reads import Measure

AT_END = ("按期末时点比", "as each stood at its period's end")
NOT_IN_PUBLIC = ("期末时点的数不公开，不作对比", "numbers at a period's end are not public: no comparison")
UNRIPE = ("尚未到期", "not yet ripe")
DAYS = {"month": 31, "natural_day": 1, "work_day": 1.6, "natural_hour": 1 / 24, "work_hour": 0.2}
"""At most so many days each unit of a limit is (a week of work days and a long holiday now and then)."""


def both(
    viewer: Viewer, rule: Indicator, earlier: str | None, period: str, codes: Iterable[str]
) -> tuple[dict[str, Measure], dict[str, Measure]]:
    """The measures of each area to compare, by code: of the earlier period, then of the period. Unknown without one."""
    wanted = list(codes)
    over = [period] if earlier is None else [earlier, period]
    found = trends(viewer, rule, over, wanted)
    before = {code: reads.UNKNOWN if earlier is None else some[0] for code, some in found.items()}
    return before, {code: some[-1] for code, some in found.items()}


def trends(viewer: Viewer, rule: Indicator, over: Sequence[str], codes: Iterable[str]) -> dict[str, list[Measure]]:
    """The measures of each area over several periods that may be set against each other, by code, as `reads.trends`.

    What is no number at present is none as it stood, for the same reason.
    """
    wanted = list(codes)
    now = reads.trends(viewer, rule.code, over, wanted)
    if not rule.is_at_end:
        return now
    stood = reads.as_stood(viewer, rule.code, over, wanted)
    return {
        code: [then if one.part == "known" else one for one, then in zip(now[code], stood[code], strict=True)]
        for code in now
    }


def words(viewer: Viewer, rule: Indicator) -> tuple[str, str]:
    """How the change of an indicator is counted, in both languages; "" where it is that of the numbers shown."""
    if not rule.is_at_end:
        return "", ""
    return AT_END if viewer.may_see("internal") else NOT_IN_PUBLIC


def why_not(viewer: Viewer, rule: Indicator) -> tuple[str, str]:
    """Why this viewer is shown no change of an indicator at all, in both languages; "" where there may be one."""
    return words(viewer, rule) if rule.is_at_end and not viewer.may_see("internal") else ("", "")


def with_words(viewer: Viewer, rule: Indicator, said: tuple[str, str]) -> tuple[str, str]:
    """Words about a change, with how it is counted behind them."""
    zh, en = words(viewer, rule)
    return (" · ".join(filter(None, (said[0], zh))), " · ".join(filter(None, (said[1], en))))


def is_unripe(rule: Indicator, period: str) -> bool:
    """Whether the time to handle what came in during a period is not over yet on the data date: its present number will
    still move. One as it stood will not, once the period is over.
    """
    days = ripe_after(rule)
    data_on = reads.status().data_on
    return bool(days and data_on) and parse_period(period).last_day + timedelta(days=days) > data_on  # type: ignore[operator]


def ripe_after(rule: Indicator) -> int:
    """Days from the end of a period until all that came in has had its time; 0 where there is no such time.

    >>> from data.registry import indicators
    >>> [ripe_after(indicators()[code]) for code in ("DIS-03", "APP-01", "WIS-01", "CAS-01", "VIS-01")]
    [31, 60, 30, 0, 0]
    """
    limit = limits().cases.get((CASE_KINDS.get(rule.code[:3], ""), "handle"))
    if rule.ripe_after_days or not rule.is_at_end or limit is None:
        return rule.ripe_after_days
    return int(-(-limit.amount * DAYS[limit.unit] // 1))
