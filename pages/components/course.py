"""The course of disputes (来龙去脉) as rows of bars with their numbers: clocks, ages, steps aside, answers, months."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards
from pages.components.page import section
from portal import colours
from portal.disputes import AGES, OPS, Course, clock_words, red_words
from portal.words import HIDDEN, UNKNOWN, count, day, esc, lang, percent, t

CLOCK_MARKS = {"in_time": "●", "soon": "◆", "yellow": "▲", "red": "■", "stopped": "–"}
CLOCK_COLOURS = {**colours.CLOCK, "stopped": colours.UNKNOWN_LINE}
OP_WORDS = {
    "escalate": ("曾上报", "Escalated"), "assign": ("曾交办转办", "Assigned to a unit"), "urge": ("曾督办", "Urged"),
    "extend": ("曾批准延期", "Put on hold"), "reopen": ("曾反复", "Reopened"),
}  # fmt: skip
SHADES = ((1, "#fef0d9"), (5, "#fdcc8a"), (10, "#fc8d59"))
"""The ground of a count: the last whose edge it reaches."""


class Row(NamedTuple):
    """One bar: what it counts, of how many, its colour; the mark stands before its name.

    part : as of a Measure, or "count" where only of how many is told.
    """

    name: str
    n: float
    d: float
    colour: str
    mark: str = ""
    part: str = "known"


def draw_rows(rows: Sequence[Row]) -> None:
    """Bars from top to bottom, each with n of d and its share; what is hidden or unknown looks like neither 0."""
    lines = []
    for row in rows:
        width = 100 * row.n / row.d if row.d else 0
        mark = f'<b style="color:{esc(row.colour)}">{esc(row.mark)}</b> ' if row.mark else ""
        if row.part == "known":
            bar = f'<span class="wg-hbar"><i style="width:{width:.1f}%;background:{esc(row.colour)}"></i></span>'
            words = f"<span>{count(row.n)} / {count(row.d)}</span><span>{percent(row.n, row.d)}</span>"
        elif row.part == "count":
            bar, words = '<span class="wg-hbar"></span>', f"<span>{count(row.d)}</span><span></span>"
        else:
            is_hidden = row.part == "hidden"
            bar = f'<span class="wg-hbar {"wg-hidden" if is_hidden else "wg-cell-unknown"}"></span>'
            words = f"<span>{HIDDEN if is_hidden else UNKNOWN}</span><span></span>"
        lines.append(f'<div class="wg-hrow"><span>{mark}{esc(row.name)}</span>{bar}{words}</div>')
    st.html(f'<div class="wg-panel">{"".join(lines)}</div>')


def note(words: str) -> None:
    """A quiet line of text."""
    st.html(f'<div class="wg-note">{esc(words)}</div>')


def draw_open(course: Course, overdue: float | None) -> None:
    """The open ones on their day: the state of their clocks, and for how long they have been open.

    overdue : those past due as the indicator counts them; said where the clocks say otherwise.
    """
    on = day(course.on)
    section("在办的还有多少时间", "Time left of the open ones", t(f"{on}在办 {count(course.open)} 起",
                                                               f"{count(course.open)} open on {on}"))  # fmt: skip
    if not course.open:
        note(t("没有在办的纠纷。", "No dispute was open."))
        return
    clocks = [Row(clock_words(clock), course.clocks[clock], course.open, CLOCK_COLOURS[clock], mark)
              for clock, mark in CLOCK_MARKS.items()]  # fmt: skip
    if course.clocks[""]:
        clocks.append(Row(t("没有办理步骤", "No log"), course.clocks[""], course.open, colours.UNKNOWN_LINE, UNKNOWN))
    draw_rows(clocks)
    if overdue is not None and round(overdue) != course.clocks["red"]:
        late, red = count(overdue), count(course.clocks["red"])
        note(t(f"在办超期 {late} 起，红牌 {red} 起：", f"{late} past due, {red} red cards: ") + red_words())
    section("已经办了多少天", "Days since acceptance", t("在办的，按受理日期", "open ones, by acceptance"))
    ramp = colours.LESS_IS_BETTER
    draw_rows([Row(_age(low, high), n, course.open, colour)
               for (low, high), n, colour in zip(AGES, course.ages, ramp, strict=True)])  # fmt: skip


def _age(low: int, high: int | None) -> str:
    if high is None:
        return t(f"{low - 1}天以上", f"over {low - 1} days")
    return t(f"{low}–{high}天", f"{low}–{high} days")


def draw_times(course: Course) -> None:
    """How long resolution took, and the steps aside."""
    section("化解用了多少天", "Days to resolution", t("从受理到化解", "from acceptance"))
    took, of = course.took, t(f"已化解 {count(course.resolved)} / 受理 {count(course.accepted)} 起",
                              f"{count(course.resolved)} resolved of {count(course.accepted)} accepted")  # fmt: skip
    half, most = t("半数不超过", "Half within"), t("九成不超过", "Nine in ten within")
    if took is None:
        why = t(f"{of}，不足 {course.least} 起，不计算", f"{of}: fewer than {course.least}, not computed")
        draw_cards(card(half, UNKNOWN, why), card(most, UNKNOWN, why))
    else:
        draw_cards(card(half, _days(took.half), of), card(most, _days(took.nine_tenths), of))
    section("中间有过什么", "What came between", t("本期受理的，截至数据日期", "accepted in the period, to date"))
    draw_rows([Row(t(*OP_WORDS[op]), course.ops[op], course.accepted, colours.ACCENT) for op in OPS])


def draw_answers(course: Course) -> None:
    """What people said of the disputes closed in the period: shares of those who answered, and who did not."""
    answered = sum(course.answers[answer] for answer in terms.ANSWERS)
    closed = sum(course.answers.values())
    section("办结后怎么评价", "What people said", t("本期办结的纠纷", "disputes closed in the period"))
    tones = (colours.MORE_IS_BETTER[4], colours.MORE_IS_BETTER[2], colours.LESS_IS_BETTER[3])
    rows = [Row(terms.SATISFACTIONS.label(answer, lang()), course.answers[answer], answered, tone)
            for answer, tone in zip(terms.ANSWERS, tones, strict=True)]  # fmt: skip
    silent = course.answers["no_answer"]
    draw_rows([*rows, Row(terms.SATISFACTIONS.label("no_answer", lang()), silent, closed, colours.UNKNOWN_LINE)])


def _days(many: int) -> str:
    return t(f"{count(many)} 天", f"{count(many)} days")


def draw_season(months: pd.DataFrame) -> None:
    """Months of acceptance over the years, a count in each; months outside the ledger are not 0."""
    section("哪些月份多", "Which months", t("按受理月份，全部年份", "by month of acceptance, all years"))
    heads = "".join(f"<th>{esc(t(f'{month}月', str(month)))}</th>" for month in months.columns)
    rows = []
    for year, found in months.iterrows():
        cells = "".join(count_cell(None if pd.isna(n) else int(n)) for n in found)
        rows.append(f'<tr><th>{esc(year)}</th>{cells}<td class="wg-sum">{count(found.sum())}</td></tr>')
    st.html(f'<div class="wg-matrix-box"><table class="wg-matrix"><thead><tr><th></th>{heads}'
            f"<th>{esc(t('合计', 'All'))}</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>")  # fmt: skip


def count_cell(many: int | None, words: str = "") -> str:
    """A cell of a table of counts, on a ground by its size; unknown hatched, zero pale; HTML."""
    if many is None:
        return f'<td class="wg-cell-unknown">{esc(UNKNOWN)}</td>'
    ground = next((colour for least, colour in reversed(SHADES) if many >= least), "")
    style = f' style="background:{esc(ground)}"' if ground else ' class="wg-cell-zero"'
    return f"<td{style}>{esc(words or count(many))}</td>"
