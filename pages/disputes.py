"""矛盾纠纷 Disputes: how many were settled, how many in time, and which are still open past their day.

Closed (办结, the paperwork is finished) and resolved (化解, the parties agree) are two numbers. Sums; single cases for
those alone who may see the rows.
"""

from typing import Any

import pandas as pd
import streamlit as st

from data import terms
from pages.components.bars import Bar, draw_bars, draw_months, hidden_note
from pages.components.cards import card, draw_cards, indicator_card
from pages.components.case_log import draw_cases, draw_log
from pages.components.course import draw_answers, draw_open, draw_season, draw_times, note
from pages.components.first_map import draw_table
from pages.components.funnel import draw_funnel
from pages.components.legend import class_legend
from pages.components.map import (
    area_layers,
    context_layer,
    draw_map,
    drill,
    first_bounds,
    label_layer,
    shown_areas,
)
from pages.components.page import heading, is_phone, section
from pages.components.question import ask, question, trend_height
from pages.components.table import rank_note, ranking_of, rate_top
from pages.components.table_export import table_menu
from pages.components.trend import months_title, no_trend, trend_chart
from pages.components.type_matrix import category, done_note, draw_type_matrix, untold_note
from portal import address, audit, cases, colours, disputes, put_right, reads
from portal.choice import Choice, choose
from portal.identity import Viewer, require_page
from portal.ranking import ranked_rows
from portal.snapshot import Area
from portal.words import NONE, UNKNOWN, count, lang, t

CARDS = ("DIS-03", "DIS-04", "DIS-07")
INDICATORS = (
    *CARDS, "DIS-01", "DIS-02", "DIS-05", "DIS-06", "SAT-01", "SAT-02", "CAS-01", "CAS-02", "CAS-03", "CAS-04",
    "CAS-05",
)  # fmt: skip
# What is counted in a month; what the n of the indicator are, and what the others are.
MONTHS = {
    "DIS-03": (("每月受理的纠纷（起）", "accepted in the month"), ("已化解", "Resolved"), ("未化解", "Not resolved")),
    "DIS-04": (("每月到期的纠纷（起）", "due in the month"), ("按期化解", "In time"), ("未按期化解", "Not in time")),
    "DIS-07": (("月末在办的纠纷（起）", "open at the month's end"), ("已超期", "Past due"), ("未超期", "Not yet due")),
    "DIS-01": (("每月排查出的纠纷（起）", "found in the month"), ("已调处", "Taken up"), ("未调处", "Not taken up")),
    "DIS-02": (("每月排查出并已调处的纠纷（起）", "found in the month and taken up"), ("成功", "With success"),
               ("尚未成功", "Not yet")),
    "DIS-05": (("每月受理、曾经化解的纠纷（起）", "accepted in the month and ever settled"),
               ("又反复", "Came up again"), ("没有反复", "Did not")),
    "SAT-01": (("每月办结并有评价的事项（件）", "closed in the month with an answer"), ("满意", "Satisfied"),
               ("其他评价", "Other answers")),
    "SAT-02": (("每月办结并有评价的事项（件）", "closed in the month with an answer"),
               ("满意或基本满意", "Satisfied or fairly"), ("不满意", "Dissatisfied")),
    "CAS-01": (("每月到期的事项（件）", "due in the month"), ("已处置", "Disposed of"), ("未处置", "Not disposed of")),
    "CAS-04": (("每月到期并已处置的事项（件）", "due in the month and disposed of"), ("返工", "Done over"),
               ("没有返工", "Not done over")),
    "CAS-02": (("每月到期的事项（件）", "due in the month"), ("已结案", "Closed"), ("未结案", "Not closed")),
    "CAS-03": (("每月到期的事项（件）", "due in the month"), ("按期结案", "In time"), ("未按期结案", "Not in time")),
}  # fmt: skip
# The lifecycle in the order a dispute goes through it; the words say of an end whether it is a resolution.
STAGES = ("20", "30", "31", "32", "33", "90", "40", "45", "50", "60", "70")
STAGE_WORDS = {
    "20": ("已受理，还没调解", "Accepted, not yet in mediation"),
    "33": ("挂起（批准延期）", "On hold, approved"),
    "90": ("又反复，重新办理", "Reopened"),
    "40": ("达成协议，待履行", "Agreement, to be carried out"),
    "45": ("已化解，还没办结", "Resolved, not closed"),
    "50": ("已化解，待回访", "Resolved, follow-up to come"),
    "60": ("已化解，已归档", "Resolved, archived"),
    "70": ("调解不成，已办结", "Mediation failed, closed"),
}
STAGE_COLOURS = {"40": "#74a9cf", "45": "#2b8cbe", "50": "#2b8cbe", "60": "#2b8cbe", "70": colours.SIGNAL}
ALWAYS = ("30", "40", "50", "60", "70")  # These stand there with a 0 as well.


def draw(viewer: Viewer, choice: Choice) -> None:
    """The map: areas by class."""
    layers = [context_layer(viewer, choice.area.code), *area_layers(viewer, choice), label_layer(viewer, choice)]
    bounds = first_bounds(viewer, choice)
    draw_map(layers, bounds, key="disputes", legend=class_legend(viewer, choice), on_click=drill)


def stages(viewer: Viewer, choice: Choice) -> dict[str, int]:
    """How many of the disputes accepted in the period stand at each stage on the data date; see `cases.sums`."""
    sums = cases.sums(viewer, "dispute", "stage", choice.period, choice.area.code)
    return {row["stage"]: int(row["accepted"]) for _, row in sums.iterrows() if not row["is_hidden"]}


def figures(viewer: Viewer, choice: Choice, found: dict[str, int]) -> None:
    """The main figure, the others, closed apart from resolved, and the twelve months."""
    section(choice.area.name, choice.area.name)
    others = [code for code in CARDS if code != choice.indicator.code]
    draw_cards(
        indicator_card(viewer, choice, is_headline=True),
        *(indicator_card(viewer, choice, code) for code in others),
        *closed_cards(found),
    )
    if not no_trend(viewer, choice):
        if not choice.indicator.is_share:
            section("近12个月", "Twelve months", months_title(viewer, choice))
            trend_chart(viewer, choice, key="disputes", height=trend_height())
            return
        counted, part, rest = MONTHS[choice.indicator.code]
        section("近12个月", "Twelve months", t(*counted))
        draw_months(viewer, choice, part=t(*part), rest=t(*rest), key="disputes", height=trend_height())


def closed_cards(found: dict[str, int]) -> list[str]:
    """Closed and not resolved: the two numbers that must not be taken for resolved."""
    title, failed_title = t("已办结（手续办完）", "Closed (paperwork done)"), terms.LIFECYCLES.label("70", lang())
    if not found:
        none = t("这一期没有受理的纠纷", "No dispute accepted in this period")
        return [card(title, UNKNOWN, none), card(failed_title, UNKNOWN, none)]
    closed = sum(found.get(stage, 0) for stage in terms.CLOSED_LIFECYCLES)
    # At a closed stage that is a resolved one: what was closed unresolved stands where mediation failed.
    resolved = sum(found.get(stage, 0) for stage in terms.CLOSED_LIFECYCLES if stage in terms.RESOLVED_LIFECYCLES)
    accepted, failed = sum(found.values()), found.get("70", 0)
    return [
        card(title, count(closed), t(f"其中化解 {count(resolved)} 起 · 共受理 {count(accepted)} 起",
                                     f"{count(resolved)} of them resolved · {count(accepted)} accepted")),
        card(failed_title, count(failed), t("已办结，但没有化解", "closed, but not resolved")),
    ]  # fmt: skip


def lifecycle(found: dict[str, int]) -> None:
    """Where the disputes accepted in the period stand now."""
    section(
        "办到哪一步", "Where they stand", t("本期受理的纠纷，截至数据日期", "accepted in the period, on the data date")
    )
    if not found:
        st.caption(t("这一期没有受理的纠纷。", "No dispute was accepted in this period."))
        return
    everything = sum(found.values())
    rows = [Bar(t("受理", "Accepted"), everything, _disputes(everything), colour=colours.QUIET)]
    for stage in STAGES:
        many = found.get(stage, 0)
        if many or stage in ALWAYS:
            name = t(*STAGE_WORDS[stage]) if stage in STAGE_WORDS else terms.LIFECYCLES.label(stage, lang())
            rows.append(Bar(name, many, _disputes(many), colour=STAGE_COLOURS.get(stage, "#fdae61")))
    draw_bars(rows, key="lifecycle")


def categories(viewer: Viewer, choice: Choice) -> None:
    """What the disputes are about; the most frequent first, hidden ones at the end in the order of the list."""
    accepted = reads.measure(viewer, "DIS-03", choice.period, choice.area.code).denominator
    if not accepted or not viewer.may_see("internal"):
        return
    told = disputes.categories(viewer, choice.period, choice.area.code)
    if told is None:
        section("纠纷类别", "What they are about")
        note(untold_note())
        return
    section("纠纷类别", "What they are about",
            t("化解 / 受理", "resolved / accepted") if told.has_done else t("受理（起）", "accepted"))  # fmt: skip
    rows = []
    for kind, measure in told.kinds.items():
        name, many = category(kind), int(measure.denominator or 0)
        if measure.part == "hidden":
            rows.append(Bar(name, None, "", is_hidden=True))
        elif measure.numerator is None:
            rows.append(Bar(name, many, count(many)))
        else:
            resolved = int(measure.numerator)
            rows.append(Bar(name, resolved, f"{count(resolved)} / {count(many)}", rest=many - resolved))
    draw_bars(rows, key="category", names=(t("已化解", "Resolved"), t("未化解", "Not resolved")))
    if told.hides:
        note(hidden_note())
    if not told.is_whole:
        note(done_note())


def _disputes(many: int) -> str:
    return t(f"{count(many)} 起", count(many))


def table(viewer: Viewer, choice: Choice, areas: list[Area]) -> pd.DataFrame:
    """Draw and return it: the chosen rate, accepted and resolved in the period, open and overdue at its end."""
    rows = ranked_rows(viewer, choice, areas)
    codes = list(rows["code"])
    cohort = reads.measures(viewer, "DIS-03", choice.period, codes)
    in_time = reads.measures(viewer, "DIS-04", choice.period, codes)
    still = reads.measures(viewer, "DIS-07", choice.period, codes)
    columns = {
        "accepted": [cohort[code].counts[1] for code in codes],
        "resolved": [cohort[code].counts[0] for code in codes],
        "due": [_of(in_time[code]) for code in codes],
        "open": [still[code].counts[1] for code in codes],
        "overdue": [still[code].counts[0] for code in codes],
    }
    rows = pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis=1)
    order = ["name", "parent", "rate", "value", "units", "accepted", "resolved", "due", "open", "overdue"]
    draw_table(
        rows, height=min(420, 38 + 35 * max(len(rows), 1)), key="table_disputes",
        column_order=[name for name in order if name not in ("parent", "rate") or not is_phone()],
        column_config={
            "name": st.column_config.TextColumn(t("区域", "Area"), width="small" if is_phone() else "medium"),
            "parent": st.column_config.TextColumn(t("所属", "Part of"), width="small"),
            "rate": st.column_config.ProgressColumn(choice.indicator.name(lang()), min_value=0, format=" ",
                                                    max_value=rate_top(choice, rows), width="small"),
            "value": st.column_config.TextColumn(t("数值", "Value"), width="small"),
            "units": st.column_config.TextColumn(t("有台账的社区", "Reported"), width="small"),
            "accepted": _number("本期受理", "Accepted"),
            "resolved": _number("其中化解", "Resolved"),
            "due": st.column_config.TextColumn(t("按期 / 到期", "In time / due"), width="small"),
            "open": _number("期末在办", "Open at the end"),
            "overdue": _number("其中超期", "Past due"),
        },
    )  # fmt: skip
    rank_note(choice, rows)
    heads = {"code": t("代码", "Code"), "name": t("区域", "Area"), "parent": t("所属", "Part of"),
             "value": choice.indicator.name(lang()), "of": t("完成/总数", "Done / all"),
             "reporting_units": t("有台账的社区", "Reporting units"), "expected_units": t("应报的社区", "Expected"),
             "accepted": t("本期受理", "Accepted"), "resolved": t("其中化解", "Resolved"),
             "due": t("按期 / 到期", "In time / due"), "open": t("期末在办", "Open at the end"),
             "overdue": t("其中超期", "Past due")}  # fmt: skip
    table_menu(viewer, choice, "disputes", t("各区域纠纷", "Disputes by area"), rows, heads, key="disputes")
    return rows


def _number(zh: str, en: str) -> Any:
    return st.column_config.NumberColumn(t(zh, en), format="localized", width="small")


def _of(measure: reads.Measure) -> str:
    if measure.part == "none":
        return t(*NONE)
    return f"{count(measure.numerator)} / {count(measure.denominator)}" if measure.rate is not None else UNKNOWN


def single_cases(viewer: Viewer, choice: Choice) -> None:
    """The disputes of the period one by one and the log of one, for those who may see the rows."""
    code, version = choice.area.code, reads.status().version
    rows = disputes.listed(viewer, choice.period, code)
    audit.viewed(viewer, f"disputes:{code}:{choice.period}", version, cases=len(rows))
    many = count(len(rows))
    section("逐件", "One by one", t(f"本期受理 {many} 起，在办的在前", f"{many} accepted, open ones first"))
    if rows.empty:
        return
    numbers = rows["case_no"].to_list()
    asked = address.view().case
    left, right = st.columns([0.62, 0.38], gap="medium")
    with left:
        draw_cases(rows)
    with right:
        if asked not in numbers:
            why = ("不在这里的清单中", "is not in this list")
            put_right.wrong("case", ("案件编号", "number of a case"), (numbers[0], numbers[0]), why)
        key = address.chooser_key("case", asked if asked in numbers else numbers[0])
        st.selectbox(t("看哪一件的办理过程", "The log of"), numbers, key=key, on_change=address.write_choice,
                     args=("case", key))  # fmt: skip
        number = str(st.session_state[key])
        steps = disputes.log_of(viewer, number, code)
        audit.viewed(viewer, f"dispute:{number}", version, steps=len(steps))
        draw_log(steps)


viewer = require_page("disputes")
choice = choose(viewer, INDICATORS)
areas = shown_areas(viewer, choice)
found = stages(viewer, choice)
heading(*question(viewer, choice, areas))
left, right = st.columns([0.67, 0.33], gap="small")
with left:
    ask(viewer, choice, INDICATORS)
    draw(viewer, choice)
with right:
    figures(viewer, choice, found)
left, right = st.columns(2, gap="medium")
with left:
    lifecycle(found)
with right:
    categories(viewer, choice)
if course := disputes.course(viewer, choice.period, choice.area.code):
    left, middle, right = st.columns(3, gap="medium")
    with left:
        past_due = reads.measure(viewer, "DIS-07", choice.period, choice.area.code)
        draw_open(course, past_due.numerator)
    with middle:
        draw_times(course)
    with right:
        draw_season(course.months)
        draw_answers(course)
if types := disputes.matrix(viewer, choice.period, choice.area.code, areas):
    accepted = reads.measure(viewer, "DIS-03", choice.period, choice.area.code)
    draw_type_matrix(types, reads.full_name(choice.area), accepted)
order = t("低的在前", "lowest first") if choice.indicator.direction == "up" else t("高的在前", "highest first")
section("各区域", "By area", order + t("，数太少的、没有数据的列在最后", "; too few and no data at the end"))
ranking = ranking_of(viewer, choice, areas)
table(viewer, choice, ranking.listed)
draw_funnel(viewer, choice, ranking.areas)
if viewer.may_see("households"):
    single_cases(viewer, choice)
