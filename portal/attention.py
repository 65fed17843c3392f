"""What needs attention (需要关注): found by rules among the areas shown, each with the way to its rows.

Rules, most pressing first: disputes past due; nobody called on for 30 days where there are households; a rate that got
worse by 5 points or more since the period compared with; the most left to do. An area stands once, by its first rule.
"""

from collections.abc import Sequence
from typing import NamedTuple

from portal import figures, goals, reads
from portal.address import link
from portal.choice import Choice, compared_words
from portal.identity import Viewer
from portal.snapshot import Area
from portal.words import count, t

MOST = 6
WORSE = 0.05
"""A rate that got worse by so much is pointed out."""
SILENT_DAYS = 30


class Notice(NamedTuple):
    """One area, why it is here, and where its rows are."""

    area: Area
    words: str
    href: str


def notices(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    """At most six; none for what is hidden or unknown."""
    found: dict[str, Notice] = {}
    for rule in (_overdue, _silent, _worse, _left):
        for notice in rule(viewer, choice, areas):
            found.setdefault(notice.area.code, notice)
        if len(found) >= MOST:
            break
    return list(found.values())[:MOST]


def _ranked(some: list[tuple[float, Notice]]) -> list[Notice]:
    return [notice for _, notice in sorted(some, key=lambda one: (-one[0], one[1].area.code))]


def _rows(viewer: Viewer, indicator: str, a: Area, period: str) -> str:
    return link("lineage", ind=indicator, area=a.code, period=period) if viewer.may_see("internal") else ""


def _overdue(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    found = reads.measures(viewer, "DIS-07", choice.period, [a.code for a in areas])
    return _ranked([
        (m.numerator, Notice(a, t(f"{count(m.numerator)} 起纠纷超期", f"{count(m.numerator)} disputes past due"),
                             _rows(viewer, "DIS-07", a, choice.period)))
        for a in areas if (m := found[a.code]).rate is not None and m.numerator
    ])  # fmt: skip


def _silent(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    data_on, codes = reads.status().data_on, [a.code for a in areas]
    last = f"last{SILENT_DAYS}:{data_on}"
    if last not in reads.periods(viewer):
        return []
    calls, homes = (reads.measures(viewer, code, last, codes) for code in ("VIS-06", "VIS-01"))
    words = t(f"{SILENT_DAYS} 天没有走访记录", f"no visit recorded for {SILENT_DAYS} days")
    return _ranked([
        (homes[a.code].denominator or 0, Notice(a, words, _rows(viewer, "VIS-01", a, last)))
        for a in areas if homes[a.code].part == "known" and calls[a.code].part == "unknown"
    ])  # fmt: skip


def _worse(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    if not choice.compared:
        return []
    rule, codes = choice.indicator, [a.code for a in areas]
    now, before = (reads.measures(viewer, rule.code, period, codes) for period in (choice.period, choice.compared))
    sign = 1 if rule.direction == "up" else -1
    since = t(*compared_words(choice))
    found = []
    for a in areas:
        here, then = now[a.code].rate, before[a.code].rate
        if here is None or then is None or (then - here) * sign < WORSE - 1e-9:
            continue
        words = f"{' '.join(figures.change(rule, here - then)).strip()} {since}"
        found.append(((then - here) * sign, Notice(a, words, _rows(viewer, rule.code, a, choice.period))))
    return _ranked(found)


def _left(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    rule = choice.indicator
    if rule.direction != "up" or not rule.is_share:
        return []
    now, found = reads.measures(viewer, rule.code, choice.period, [a.code for a in areas]), []
    for a in areas:
        m = now[a.code]
        left = goals.left_to_goal(m, goals.goal(viewer, rule, choice.period, a.code).value) if m.rate is not None else 0
        if left > 0:
            words = f"{figures.value(rule, m)} · {t(f'还差 {count(left)}', f'{count(left)} left')}"
            found.append((float(left), Notice(a, words, _rows(viewer, rule.code, a, choice.period))))
    return _ranked(found)
