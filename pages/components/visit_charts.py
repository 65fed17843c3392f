"""What calls found, how well they are recorded, how long ago homes were met, day by day (走访图表)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from data import terms
from pages.components.bars import FONT
from pages.components.course import Row, draw_rows, note
from pages.components.first_map import draw_chart, draw_table
from pages.components.page import is_phone, section
from pages.components.table_export import table_menu
from portal import colours, reads, visits
from portal.choice import Choice
from portal.identity import Viewer
from portal.reads import HIDDEN, Measure
from portal.splits import Told
from portal.visits import BANDS, NEVER, UNCALLED, Calls, Recency, Workload
from portal.words import UNKNOWN, count, day, lang, percent, t

RESULT_MARKS = {"met": "●", "absent": "▲", "refused": "■", "vacant": "–"}
RESULT_COLOURS = {"met": "#2b8cbe", "absent": "#fdae61", "refused": "#e34a33", "vacant": colours.UNKNOWN_LINE}
BAND_COLOURS = ("#045a8d", "#2b8cbe", "#74a9cf", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000")
WEEKDAYS = (("周一", "Mon"), ("周二", "Tue"), ("周三", "Wed"), ("周四", "Thu"), ("周五", "Fri"), ("周六", "Sat"),
            ("周日", "Sun"))  # fmt: skip


def draw_recency(found: Recency | None) -> None:
    """Households by the days since somebody was met, at the data date."""
    on = day(reads.status().data_on)
    section("距上次见到人多久", "Days since somebody was met", t(f"登记户，截至{on}", f"registered, on {on}"))
    if found is None:
        note(t("还没有户登记，无法计算。", "No household register yet."))
        return
    bands = (*BANDS, NEVER)
    draw_rows([Row(band_words(band), found.bands[band], found.all, colour)
               for band, colour in zip(bands, BAND_COLOURS, strict=True)])  # fmt: skip


def band_words(first: int) -> str:
    """A band of days in words."""
    if first == NEVER:
        return t("台账中从未见到", "Never, in the ledger")
    later = [band for band in BANDS if band > first]
    if not later:
        return t(f"{first - 1}天以上", f"over {first - 1} days")
    return t(f"{first or 0}–{later[0] - 1}天", f"{first}–{later[0] - 1} days")


def draw_missed(found: Recency | None) -> None:
    """The households not met this calendar year: what the last call at each found, or that there was none."""
    missed = sum(many for result, many in found.year.items() if result != "met") if found else 0
    words = t(f"今年还没见到 {count(missed)} 户，按最近一次走访", f"{count(missed)} households, by the last call")
    section("没见到的户，为什么", "Not met this year: why", words if found else "")
    if found is None:
        note(t("还没有户登记，无法计算。", "No household register yet."))
    elif not missed:
        note(t("今年每一户都见到了人。", "Somebody of every household was met this year."))
    else:
        names = {UNCALLED: t("还没去过", "Nobody has called")}
        tones = {**RESULT_COLOURS, UNCALLED: "#b30000"}
        draw_rows([Row(names.get(result) or terms.VISIT_RESULTS.label(result, lang()), found.year[result], missed,
                       tones[result], RESULT_MARKS.get(result, "×"))
                   for result in (UNCALLED, "absent", "refused", "vacant")])  # fmt: skip


def draw_results(found: Calls | None) -> None:
    """What the calls of the period found."""
    many = found.all if found else 0
    section("走访结果", "What the calls found", t(f"本期走访 {count(many)} 次", f"{count(many)} calls in the period"))
    if found is None:
        note(t("这一期没有走访记录。", "No call is recorded in this period."))
        return
    draw_rows([Row(terms.VISIT_RESULTS.label(result, lang()), found.results[result], found.all,
                   RESULT_COLOURS[result], RESULT_MARKS[result]) for result in terms.VISIT_RESULTS])  # fmt: skip


def draw_quality(found: Calls | None) -> None:
    """How well the calls of the period are recorded: met, located, noted, and all of it."""
    section("走得实不实", "How sound they are", t("有效＝见到人、在附近、有记录", "sound: met, near and noted"))
    if found is None:
        note(t("这一期没有走访记录。", "No call is recorded in this period."))
        return
    names = (("见到了人", "Somebody met"), ("记了定位", "Place recorded"), ("有记录或照片", "Note or photo"),
             ("有效走访", "Sound"))  # fmt: skip
    parts = (found.met, found.located, found.noted, found.sound)
    draw_rows([_row(t(*words), part, colours.ACCENT) for words, part in zip(names, parts, strict=True)])
    if any(part.part == "unknown" for part in parts):
        note(t("“—”：台账没有记这一项。", "“—”: the ledger does not keep it."))


def draw_due(found: Told | None, total: Measure) -> None:
    """Visits due in the period and of these the ones paid, by kind of household; `total` is of all together."""
    section("计划与完成", "Plan and done", t("按户类，已走访 / 应走访（次）", "by kind: paid of due"))
    if not total.denominator:
        note(t("这一期没有到期的走访。", "No visit was due in this period."))
        return
    rows = [_row(t("全部", "All"), total, colours.YES)]
    if found is not None:
        rows += [
            _row(terms.HOUSEHOLD_KINDS.label(kind, lang()), part, colours.YES) for kind, part in found.kinds.items()
        ]
    draw_rows(rows)
    if found is None:
        note(t("不按户类分：应走访太少，或分开后能推算出关爱户；可看更大的区域或更长的统计期。",
               "Not by kind: too few visits were due, or the kinds would give care households away; look at a larger "
               "area or a longer period."))  # fmt: skip
    elif found.hides:
        hidden = [terms.HOUSEHOLD_KINDS.label(kind, lang()) for kind, part in found.kinds.items() if part == HIDDEN]
        kinds = t("、", " and ").join(hidden)
        note(t(f"＊ 关爱户的走访太少，或能由其他数推算，为保护隐私不显示；一并隐藏：{kinds}。",
               f"＊ Hidden for privacy: care visits are few, or follow from other numbers: {kinds}."))  # fmt: skip
    if found is not None and not found.is_whole:
        note(t("各户类只列应走访数：没走到的太少，分到各类会推算出关爱户。",
               "By kind only what was due: too few are left to say of which kinds they are."))  # fmt: skip


def _row(name: str, part: Measure, colour: str) -> Row:
    state = "count" if part.part == "known" and part.numerator is None else part.part
    return Row(name, part.numerator or 0, part.denominator or 0, colour, part=state)


# --- day by day -------------------------------------------------------------------------------------------------------


def draw_calendar(viewer: Viewer, choice: Choice) -> None:
    """Twelve months of days as a field of weeks by weekdays, with the same numbers as a table beside it."""
    days = visits.calendar(viewer, choice.period, choice.area.code)
    if days.empty or not days["calls"].sum():
        return
    span = t("近半年", "half a year") if is_phone() else t("近12个月", "twelve months")
    section("逐日走访", "Day by day", t(f"{span}，每格一天的走访次数", f"{span}, calls on each day"))
    weeks = by_week(days)
    left, right = st.columns([0.62, 0.38], gap="medium")
    with left:
        draw_chart(calendar_option(days, lang(), is_narrow=is_phone()), height=232, key="calendar")
    with right:
        heads = {"week": t("周（起）", "Week from"), "calls": t("走访", "Calls"), "met": t("见到", "Met"),
                 **{f"d{n}": t(*words) for n, words in enumerate(WEEKDAYS)}}  # fmt: skip
        widths = {"week": 88, "calls": 56, "met": 56} | {f"d{n}": 44 for n in range(7)}
        draw_table(weeks, height=232, key="table_weeks", column_config={
            name: st.column_config.Column(head, width=widths[name]) for name, head in heads.items()
        })  # fmt: skip
        table_menu(viewer, choice, "visits", t("逐日走访", "Day by day"), weeks, heads, key="weeks")


def by_week(days: pd.DataFrame) -> pd.DataFrame:
    """One row per week, newest first: `week` (its Monday), `calls`, `met`, `d0` to `d6` (calls of each day).

    A day nobody knows of is missing.
    """
    on = days["day"].to_numpy().astype("datetime64[D]")
    first = on[0] - _weekday(on[:1])[0]
    at = (on - first).astype(np.int64)
    size = 7 * (int(at[-1]) // 7 + 1)
    calls, met, is_known = (np.zeros(size, dtype=np.int64) for _ in range(3))
    calls[at], met[at], is_known[at] = days["calls"], days["met"], 1
    field, known = calls.reshape(-1, 7)[::-1], is_known.reshape(-1, 7)[::-1].astype(bool)
    weeks = [str(first + 7 * n) for n in range(len(field))][::-1]
    sums = {"week": weeks, "calls": field.sum(axis=1), "met": met.reshape(-1, 7)[::-1].sum(axis=1)}
    cells = {f"d{n}": pd.arrays.IntegerArray(field[:, n].copy(), ~known[:, n]) for n in range(7)}
    return pd.DataFrame({**sums, **cells})


def _weekday(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 for a Monday; the first day there is was a Thursday."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def calendar_option(days: pd.DataFrame, language: str, *, is_narrow: bool = False) -> dict[str, Any]:
    """The field: weeks across, Monday on top; a day nobody knows of has no cell. A narrow one holds half a year."""
    if is_narrow:
        days = days.tail(26 * 7)
    dates = days["day"].to_numpy().astype("datetime64[D]")
    weekday = _weekday(dates)
    monday = dates - weekday
    week = ((monday - monday[0]).astype(np.int64) // 7).tolist()
    edges = steps_of(days["calls"].tolist())
    small = {"fontSize": 11, "color": colours.QUIET, "fontFamily": FONT}
    numbers = zip(dates.tolist(), week, weekday.tolist(), days["calls"].tolist(), days["met"].tolist(), strict=True)
    cells = [{"value": [x, y, calls], "name": _day_words(on, calls, met, language)} for on, x, y, calls, met in numbers]
    last = dates[-1].item()
    names = [_month_word(on, last, language) for on in np.unique(monday).tolist()]
    return {
        "animation": False, "textStyle": {"fontFamily": FONT}, "aria": {"enabled": True},
        "grid": {"left": 2, "right": 4, "top": 4, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
        "xAxis": {"type": "category", "data": names, "axisTick": {"show": False}, "axisLine": {"show": False},
                  "axisLabel": {**small, "interval": 0}, "splitArea": {"show": False}},
        "yAxis": {"type": "category", "inverse": True, "data": [t(*words, language) for words in WEEKDAYS],
                  "axisTick": {"show": False}, "axisLine": {"show": False}, "axisLabel": {**small, "interval": 0}},
        "visualMap": {"type": "piecewise", "orient": "horizontal", "left": "center", "bottom": 0, "itemWidth": 14,
                      "itemHeight": 10, "itemGap": 12, "selectedMode": False, "textStyle": small,
                      "pieces": [_piece(*edge, colour)
                                 for edge, colour in zip(edges, colours.COUNTS, strict=True)]},
        "series": [{"type": "heatmap", "data": cells, "itemStyle": {"borderColor": "#ffffff", "borderWidth": 1},
                    "emphasis": {"itemStyle": {"borderColor": colours.INK}}}],
    }  # fmt: skip


def steps_of(counts: Sequence[int]) -> list[tuple[int, int | None]]:
    """Classes of counts: 0 alone, then four of one round width, the last open so that one busy day hides no other.

    >>> steps_of([0, 12, 38, 40, 300]), steps_of([0, 1])
    ([(0, 0), (1, 10), (11, 20), (21, 30), (31, None)], [(0, 0), (1, 1), (2, 2), (3, 3), (4, None)])
    """
    busy = sorted(many for many in counts if many) or [0]
    aim = busy[len(busy) * 9 // 10 - 1 if len(busy) > 1 else 0] / 4
    width = next(size * 10**power for power in range(9) for size in (1, 2, 3, 4, 5, 6, 8) if size * 10**power >= aim)
    lows = [n * width + 1 for n in range(4)]
    return [(0, 0), *((low, low + width - 1) for low in lows[:3]), (lows[3], None)]


def _piece(low: int, high: int | None, colour: str) -> dict[str, Any]:
    label = f"≥{low}" if high is None else f"{low}" if low == high else f"{low}–{high}"
    return {"min": low, **({} if high is None else {"max": high}), "label": label, "color": colour}


def _day_words(on: date, calls: int, met: int, language: str) -> str:
    return t(f"{on.month}月{on.day}日 走访 {count(calls)} 次，见到 {count(met)}",
             f"{day(on, 'en')}: {count(calls)} calls, {count(met)} met", language)  # fmt: skip


def _month_word(monday: date, last: date, language: str) -> str:
    """The month that begins in a week, up to the last day shown; nothing where none does."""
    end = min(monday + timedelta(days=6), last)
    return t(f"{end.month}月", f"{end:%b}", language) if end.day <= len(WEEKDAYS) else ""


# --- by area ----------------------------------------------------------------------------------------------------------


def draw_workload(viewer: Viewer, choice: Choice, found: list[Workload]) -> None:
    """Calls, posts and how long ago homes were met, by area in the order of their codes: no ranking of anybody."""
    if not found:
        return
    order = t(
        "按区域排列，不排名次；岗位为数据日期的网格员岗位", "in the order of areas, no ranking; posts at the data date"
    )
    section("各区域的走访量与间隔", "Calls and intervals by area", order)
    rows = workload_rows(found)
    heads = {
        "name": t("区域", "Area"), "calls": t("走访（次）", "Calls"), "met": t("见到 n / d", "Met n / d"),
        "share": t("见面率", "Met"), "posts": t("网格员岗位", "Posts"),
        "per_post": t("每岗每30天（次）", "Per post, 30 days"),
        "lately": t("90天内见到 n / d（户）", "Met within 90 days"), "lately_share": t("占比", "Share"),
        "long": t("超过180天（户）", "Over 180 days"), "never": t("从未见到（户）", "Never met"),
    }  # fmt: skip
    shown = ("name", "calls", "per_post", "lately", "never") if is_phone() else tuple(heads)
    numbers = ("calls", "posts", "long", "never")
    look = {name: st.column_config.NumberColumn(heads[name], format="localized") for name in numbers}
    draw_table(rows, height=420, key="table_workload", column_config={**heads, **look}, column_order=list(shown))
    table_menu(viewer, choice, "visits", t("走访量与间隔", "Calls and intervals"), rows, heads, key="workload")


def workload_rows(found: list[Workload]) -> pd.DataFrame:
    """The rows of the table; a share always beside its n of d, missing numbers where nothing is known."""
    rows = [
        {
            "name": reads.full_name(row.area), "calls": row.calls if row.calls or row.recency else None,
            "met": _of(visits.measure(row.met, row.calls)), "share": percent(row.met, row.calls),
            "posts": row.posts, "per_post": None if row.per_post is None else round(row.per_post, 1),
            **_intervals(row.recency),
        }
        for row in found
    ]  # fmt: skip
    kinds: dict[str, Any] = {**dict.fromkeys(("calls", "posts", "long", "never"), "Int64"), "per_post": "Float64"}
    return pd.DataFrame({
        name: pd.array([row[name] for row in rows], dtype=kinds.get(name, "object")) for name in rows[0]
    })  # fmt: skip


def _intervals(found: Recency | None) -> dict[str, Any]:
    """How long ago the households of an area were met, in the columns of the table."""
    if found is None:
        return {"lately": UNKNOWN, "lately_share": UNKNOWN, "long": None, "never": None}
    return {
        "lately": _of(found.lately), "lately_share": percent(found.lately.numerator, found.lately.denominator),
        "long": _longer(found), "never": found.bands[NEVER],
    }  # fmt: skip


def _longer(found: Recency) -> int:
    """Households met, but more than 180 days ago."""
    return sum(many for band, many in found.bands.items() if band > 180)


def _of(part: Measure) -> str:
    return f"{count(part.numerator)} / {count(part.denominator)}" if part.rate is not None else UNKNOWN
