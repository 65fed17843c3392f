"""What needs attention (需要关注): found by rules among the areas shown, each with the way to its rows.

Rules, most pressing first: disputes past due; nobody called on for 30 days where there are households; a rate that got
worse by 5 points or more since the period compared with; the most left to do. An area stands once, by its first rule.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from portal import compared, completeness, figures, goals, reads
from portal.address import link
from portal.choice import Choice, compared_words
from portal.identity import Viewer
from portal.snapshot import Area
from portal.standing import sound_rate
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
    """At most six; none for what is hidden or unknown, and no change of too few."""
    found: dict[str, Notice] = {}
    for rule in (_overdue, _silent, _worse, _left):
        for notice in rule(viewer, choice, areas):
            found.setdefault(notice.area.code, notice)
        if len(found) >= MOST:
            break
    return list(found.values())[:MOST]


def _ranked_areas(viewer: Viewer, indicator: str, period: str, areas: Sequence[Area]) -> list[Area]:
    """The areas shown that may be ranked, or the communities in them: none is named that has reported too little."""
    return completeness.ranked(viewer, indicator, period, areas).areas


def _ranked(some: Iterable[tuple[float, Area]], make: Callable[[Area], Notice]) -> list[Notice]:
    """Notices of the areas with the most; no more than are shown are made."""
    return [make(a) for _, a in sorted(some, key=lambda one: (-one[0], one[1].code))[:MOST]]


def _rows(viewer: Viewer, indicator: str, a: Area, period: str) -> str:
    return link("lineage", ind=indicator, area=a.code, period=period) if viewer.may_see("internal") else ""


def _overdue(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    areas = _ranked_areas(viewer, "DIS-07", choice.period, areas)
    found = reads.measures(viewer, "DIS-07", choice.period, [a.code for a in areas])

    def make(a: Area) -> Notice:
        late = count(found[a.code].numerator)
        words = t(f"{late} 起纠纷超期", f"{late} disputes past due")
        return Notice(a, words, _rows(viewer, "DIS-07", a, choice.period))

    some = ((found[a.code], a) for a in areas)
    return _ranked(((m.numerator, a) for m, a in some if m.rate is not None and m.numerator), make)


def _silent(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    last = f"last{SILENT_DAYS}:{reads.status(viewer).data_on}"
    if last not in reads.periods(viewer):
        return []
    areas = _ranked_areas(viewer, "VIS-06", last, areas)
    codes = [a.code for a in areas]
    calls, homes = (reads.measures(viewer, code, last, codes) for code in ("VIS-06", "VIS-01"))
    words = t(f"{SILENT_DAYS} 天没有走访记录", f"no visit recorded for {SILENT_DAYS} days")
    some = [a for a in areas if homes[a.code].part == "known" and calls[a.code].part in ("none", "unknown")]
    return _ranked(
        ((homes[a.code].denominator or 0, a) for a in some),
        lambda a: Notice(a, words, _rows(viewer, "VIS-01", a, last)),
    )


def _worse(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    if not choice.compared:
        return []
    rule = choice.indicator
    areas = _ranked_areas(viewer, rule.code, choice.period, areas)
    codes = [a.code for a in areas]
    before, now = compared.both(viewer, rule, choice.compared, choice.period, codes)
    sign = 1 if rule.direction == "up" else -1
    since = t(*compared.with_words(viewer, rule, compared_words(choice)))
    steps = {
        a.code: here - then
        for a in areas
        if (here := sound_rate(now[a.code], rule)) is not None
        and (then := sound_rate(before[a.code], rule)) is not None
    }

    def make(a: Area) -> Notice:
        words = f"{' '.join(figures.change(rule, steps[a.code])).strip()} {since}"
        return Notice(a, words, _rows(viewer, rule.code, a, choice.period))

    worse = ((-sign * steps[a.code], a) for a in areas if a.code in steps)
    return _ranked(((drop, a) for drop, a in worse if drop >= WORSE - 1e-9), make)


def _left(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> list[Notice]:
    rule = choice.indicator
    if rule.direction != "up" or not rule.is_share:
        return []
    areas = _ranked_areas(viewer, rule.code, choice.period, areas)
    codes = [a.code for a in areas]
    now, aims = (
        reads.measures(viewer, rule.code, choice.period, codes),
        goals.goals_of(viewer, rule, choice.period, codes),
    )
    left = {a.code: goals.left_to_goal(m, aims[a.code]) for a in areas if (m := now[a.code]).rate is not None}

    def make(a: Area) -> Notice:
        words = f"{figures.shown(rule, now[a.code])} · " + t(
            f"{goals.left_words(aims[a.code], 'zh')} {count(left[a.code])}",
            f"{count(left[a.code])} {goals.left_words(aims[a.code], 'en')}",
        )
        return Notice(a, words, _rows(viewer, rule.code, a, choice.period))

    return _ranked(((float(left[a.code]), a) for a in areas if left.get(a.code, 0) > 0), make)
