"""What happened, in sentences (变化说明): drafted by rules from the numbers, each with the way to its rows."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from data import terms
from data.registry import Indicator, indicators
from portal import compared, figures
from portal.address import link
from portal.changes import Happened, Pair, Rows, Span, happened, pairs
from portal.choice import Choice
from portal.identity import Viewer
from portal.reads import Measure
from portal.snapshot import Area
from portal.standing import is_small
from portal.words import count, day, lang, t

MOST = 3
"""So many areas or facilities are named; the rest is in the tables."""


class Sentence(NamedTuple):
    """One thing that happened: its matter, what is said, where its rows are and how that way is called."""

    title: str
    words: str
    href: str = ""
    link: str = ""


def told(viewer: Viewer, choice: Choice, over: Span, rows: Rows, areas: Sequence[Area]) -> list[Sentence]:
    """Visits, coverage, disputes, facilities, then the areas that moved most; what is not known is said to be so."""
    code = choice.area.code
    event = happened(viewer, over, rows, [choice.area])[code]
    found = [_visits(viewer, over, code), _coverage(viewer, over, code, event), _disputes(viewer, over, code, event),
             _facilities(rows.built, code)]  # fmt: skip
    if choice.level != choice.area.level:
        found.append(_moved(viewer, choice, over, areas))
    # A number keeps its sign, and n its d, at the end of a line.
    return [one._replace(words=one.words.replace(" %", "\u00a0%").replace(" / ", "\u00a0/\u00a0")) for one in found]


def _rows(viewer: Viewer, indicator: str, period: str, code: str) -> tuple[str, str]:
    """The way to the rows of a number."""
    return link("lineage", ind=indicator, area=code, period=period), t("数从哪来", "where from")


def _rates(indicator: str, pair: Pair) -> str:
    """The rate of an indicator on both days, with n of d."""
    rule = indicators()[indicator]
    name = rule.name(lang())
    before, after = (_told(rule, m) for m in pair)
    if pair.after.part == "none":
        return t(f"{name}：{figures.why(rule, pair.after)}。", f"{name}: {figures.why(rule, pair.after)}.")
    if pair.after.rate is None:
        return t(f"{name}还没有数据。", f"There is no {name.lower()} yet.")
    if pair.before.rate is None:
        return t(f"{name}{after}，之前没有数据。", f"{name} {after}; nothing before.")
    if pair.before == pair.after:
        return t(f"{name}仍为{after}。", f"{name} still {after}.")
    return t(f"{name}由{before}变为{after}。", f"{name}: {before}, now {after}.")


def _told(rule: Indicator, measure: Measure) -> str:
    """The rate with n of d; n of d alone where it is of too few."""
    if is_small(measure, rule):
        return figures.parts(rule, measure)
    return f"{figures.shown(rule, measure)}{t('（', ' (')}{figures.why(rule, measure)}{t('）', ')')}"


def _visits(viewer: Viewer, over: Span, code: str) -> Sentence:
    pair = pairs(viewer, "VIS-01", over, [code])[code]
    words = ""
    if over.kind == "ytd" and pair.more is not None:
        n = count(abs(pair.more))
        words = t(f"本年走访到的户{'净增' if pair.more >= 0 else '净减'}{n}户。",
                  f"{n} {'more' if pair.more >= 0 else 'fewer'} households met this year. ")  # fmt: skip
    return Sentence(
        t("入户走访", "Visits"), words + _rates("VIS-01", pair), *_rows(viewer, "VIS-01", over.periods[1], code)
    )


def _coverage(viewer: Viewer, over: Span, code: str, event: Happened) -> Sentence:
    pair = pairs(viewer, "ORG-03", over, [code])[code]
    words = ""
    if event.covered is not None and event.lapsed is not None and pair.after.rate is not None:
        lost = t(f"失去覆盖{count(event.lapsed)}栋", f"{count(event.lapsed)} lost theirs")
        words = t(
            f"新覆盖楼栋{count(event.covered)}栋，{lost}。",
            f"{count(event.covered)} buildings newly under a group, {lost}. ",
        )
    return Sentence(
        t("组织覆盖", "Coverage"), words + _rates("ORG-03", pair), *_rows(viewer, "ORG-03", over.periods[1], code)
    )


def _disputes(viewer: Viewer, over: Span, code: str, event: Happened) -> Sentence:
    title = t("矛盾纠纷", "Disputes")
    way = _rows(viewer, "DIS-07", over.periods[1], code)
    if event.accepted is None:
        return Sentence(title, t("还没有数据。", "No data yet."))
    parts = [t(f"新受理{count(event.accepted)}起", f"{count(event.accepted)} accepted")]
    if event.closed is not None:
        parts.append(t(f"办结{count(event.closed)}起", f"{count(event.closed)} closed"))
    if event.reopened:
        parts.append(t(f"又反复{count(event.reopened)}起", f"{count(event.reopened)} opened again"))
    words = t("，", ", ").join(parts)
    (open_then, open_now), (late_then, late_now) = event.still, event.late
    if open_now is not None and late_now is not None:
        then = t(f"由{count(open_then or 0)}起变为", f"{count(open_then or 0)} open then, now ")
        late = t(f"，其中超期{count(late_now)}起（此前{count(late_then or 0)}起）",
                 f", {count(late_now)} of them past due ({count(late_then or 0)} then)")  # fmt: skip
        words += t(f"；在办{then}{count(open_now)}起{late}", f"; {then}{count(open_now)}{late}")
    return Sentence(title, words + t("。", "."), *way)


def _facilities(rows: pd.DataFrame, code: str) -> Sentence:
    title = t("配套设施", "Facilities")
    if rows.empty:
        return Sentence(title, t("没有新投用的设施。", "No facility came into use."))
    names = [
        t(f"{community or ''}{terms.FACILITY_KINDS.label(kind, 'zh')}（{day(on, 'zh')}）",
          f"{terms.FACILITY_KINDS.label(kind, 'en')} in {community} ({day(on, 'en')})")
        for community, kind, on in rows[["community_name", "facility_kind", "built_on"]].head(MOST).to_numpy()
    ]  # fmt: skip
    more = t("等", " and others") if len(rows) > MOST else ""
    listed = t("、", ", ").join(names) + more
    return Sentence(title, t(f"新投用{count(len(rows))}处：{listed}。", f"{count(len(rows))} came into use: {listed}."),
                    link("relocation", area=code), t("看配套", "facilities"))  # fmt: skip


def _moved(viewer: Viewer, choice: Choice, over: Span, areas: Sequence[Area]) -> Sentence:
    """The areas whose rate changed most for the better and for the worse."""
    rule = choice.indicator
    found = pairs(viewer, rule.code, over, [a.code for a in areas])
    sign = 1 if rule.direction == "up" else -1
    some = ((step, a) for a in areas if (step := found[a.code].sound_step(rule)))
    steps = sorted(((step * sign, a) for step, a in some), key=lambda one: -one[0])
    title = t(*compared.with_words(viewer, rule, (rule.zh, rule.en)))
    if not steps:
        return Sentence(title, t("各区域没有变化，或还无法比较。", "No area changed, or none can be compared."))

    def names(some: list[tuple[float, Area]]) -> str:
        return t("、", ", ").join(f"{a.name} {' '.join(figures.change(rule, step * sign)).strip()}" for step, a in some)

    better = [one for one in steps if one[0] > 0][:MOST]
    worse = [one for one in reversed(steps) if one[0] < 0][:MOST]
    parts = [t(f"好转最多：{names(better)}", f"Most improved: {names(better)}")] if better else []
    if worse:
        parts.append(t(f"变差的：{names(worse)}", f"Worse: {names(worse)}"))
    few = sum(pair.is_small(rule) for pair in found.values())
    if few:
        parts.append(t(f"{count(few)}个区域数太少，不比", f"{count(few)} areas have too few to compare"))
    silent = sum(pair.step is None for pair in found.values())
    if silent:
        parts.append(t(f"{count(silent)}个区域无法比较", f"{count(silent)} areas cannot be compared"))
    return Sentence(title, t("；", "; ").join(parts) + t("。", "."))
