"""Bars (条形图): one count per row with its words written out, or n of d in each of twelve months.

A count that is hidden for privacy is a row without a bar whose "＊" stands in a dotted box; a count that is not known
is "—". Neither looks like 0, which has its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pages.components.first_map import draw_chart
from pages.components.month_marks import FONT, month_marks, unripe_key, unripe_mark
from portal import colours, figures, reads
from portal.choice import Choice, period_label
from portal.compared import UNRIPE
from portal.identity import Viewer
from portal.words import HIDDEN, UNKNOWN, count, lang, t

REST = "#dbe3ea"
ROW = 25
HATCH = {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 4], "rotation": 0.785, "color": colours.UNKNOWN_LINE}


@dataclass(frozen=True)
class Bar:
    """One row. `value` None when not known; `rest` is what is left of the whole, drawn pale behind it.

    `words` stand at the end of the bar. `is_hatched` marks what is counted as unknown.
    """

    name: str
    value: float | None
    words: str
    colour: str = "#2b8cbe"
    rest: float = 0
    is_hidden: bool = False
    is_hatched: bool = False


def draw_bars(rows: Sequence[Bar], *, key: str, names: tuple[str, str] = ("", "")) -> None:
    """Rows from top to bottom in the order given. `names` of the bar and of its rest make a key above them."""
    if not rows:
        return
    with_key = bool(names[1]) and any(row.rest for row in rows)
    top = 26 if with_key else 4
    longest = max((row.value or 0) + row.rest for row in rows)
    draw_chart(
        {
            "animation": False,
            "textStyle": {"fontFamily": FONT},
            "aria": {"enabled": True},
            "grid": {"left": 2, "right": 4, "top": top, "bottom": 2, "containLabel": True},
            "legend": {"show": with_key, "right": 0, "top": 0, "itemWidth": 14, "itemHeight": 10, "selectedMode": False,
                       "textStyle": {"fontSize": 12, "color": colours.QUIET, "fontFamily": FONT}},
            # Room at the right end for the words of the longest bar.
            "xAxis": {"type": "value", "show": False, "min": 0, "max": longest * (1 + _room(rows)) or 1},
            "yAxis": {"type": "category", "inverse": True, "data": [row.name for row in rows],
                      "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": colours.LINE}},
                      "axisLabel": {"fontSize": 12, "color": colours.INK, "fontFamily": FONT, "interval": 0}},
            "series": [
                {"type": "bar", "stack": "all", "name": names[0], "data": [_value(row) for row in rows],
                 "barWidth": 14, "silent": True, "color": rows[0].colour, "markPoint": _zeros(rows)},
                {"type": "bar", "stack": "all", "name": names[1], "data": [_tail(row) for row in rows], "silent": True,
                 "color": REST, "itemStyle": {"color": REST}},
            ],
        },
        height=top + 4 + ROW * len(rows), key=f"bars_{key}",
    )  # fmt: skip


def _room(rows: Sequence[Bar]) -> float:
    """The share of the longest bar that the longest words take; a full-width character counts as two."""
    widest = max(sum(2 if ord(letter) > 0x2E80 else 1 for letter in row.words) for row in rows)
    return min(2.0, 0.045 * widest)


def _value(row: Bar) -> dict[str, Any]:
    style: dict[str, Any] = {"color": row.colour}
    if row.is_hatched:
        style |= {"decal": HATCH, "borderColor": colours.UNKNOWN_LINE, "borderWidth": 1}
    return {"value": 0 if row.is_hidden or row.value is None else row.value, "itemStyle": style}


def _zeros(rows: Sequence[Bar]) -> dict[str, Any]:
    """A hairline on the ground of each row that counts 0: what is not known has none."""
    at = [n for n, row in enumerate(rows) if row.value == 0 and not row.is_hidden]
    return {"symbol": "rect", "symbolSize": [2, 14], "silent": True, "label": {"show": False},
            "itemStyle": {"color": colours.INK}, "data": [{"coord": [0, n]} for n in at]}  # fmt: skip


def _tail(row: Bar) -> dict[str, Any]:
    words = row.words.replace("{", "(").replace("}", ")")
    label: dict[str, Any] = {"show": True, "position": "right", "fontSize": 12, "color": colours.INK,
                             "fontFamily": FONT, "formatter": words}  # fmt: skip
    if row.is_hidden:
        label |= {"formatter": HIDDEN, "borderColor": colours.QUIET, "borderWidth": 1, "borderType": "dotted",
                  "padding": [2, 10, 1, 10], "backgroundColor": colours.UNKNOWN_FILL}  # fmt: skip
    elif row.value is None:
        label |= {"formatter": UNKNOWN}
    return {"value": row.rest, "label": label}


def draw_months(viewer: Viewer, choice: Choice, *, part: str, rest: str, key: str, height: int = 150) -> None:
    """n of d of the chosen indicator in each of the twelve months up to the end of the period, as counts.

    part, rest : what the n are, and what the others are. A month without any says 无, an unknown one "—"; one whose
    cases have not had their time yet is hollow.
    """
    rule, months = choice.indicator, reads.last_months(choice.period)
    found = reads.trends(viewer, rule.code, months, [choice.area.code])[choice.area.code]
    good, others, labels = [], [], []
    hollow = unripe_mark(rule, months)
    for month, measure, mark in zip(months, found, hollow, strict=True):
        known = measure.rate is not None
        n, d = (measure.numerator or 0, measure.denominator or 0) if known else (None, None)
        told = f"{part} {count(n)} / {count(d)}" if known else figures.shown(rule, measure)
        name = f"{period_label(month, lang())}  {told}" + (f" · {t(*UNRIPE)}" if mark else "")
        labels.append(name)
        good.append({"value": n, "name": name, **mark})
        others.append({"value": None if n is None or d is None else d - n, "name": name})
    names = [f"{int(month[5:])}月" if lang() == "zh" else period_label(month, "en")[:3] for month in months]
    first, second = ("#2b8cbe", REST) if choice.indicator.direction == "up" else (colours.LESS_IS_BETTER[3], REST)
    small = {"fontSize": 11, "color": colours.QUIET, "fontFamily": FONT}
    draw_chart(
        {
            "animation": False,
            "textStyle": {"fontFamily": FONT},
            "grid": {"left": 6, "right": 8, "top": 28, "bottom": 4, "containLabel": True},
            "legend": {"right": 0, "top": 0, "itemWidth": 14, "itemHeight": 10, "selectedMode": False,
                       "textStyle": {**small, "fontSize": 12}},
            "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
            "xAxis": {"type": "category", "data": names, "axisTick": {"show": False},
                      "axisLabel": {**small, "interval": "auto"}, "axisLine": {"lineStyle": {"color": colours.LINE}}},
            "yAxis": {"type": "value", "min": 0, "minInterval": 1, "splitNumber": 3, "axisLabel": small,
                      "splitLine": {"lineStyle": {"color": colours.LINE}}},
            "series": [
                {"type": "bar", "stack": "all", "name": part, "data": good, "barWidth": "60%",
                 "itemStyle": {"color": first}},
                {"type": "bar", "stack": "all", "name": rest, "data": others, "itemStyle": {"color": second}},
                month_marks(found, rule, labels),
                *unripe_key(hollow),
            ],
        },
        height=height, key=f"months_{key}",
    )  # fmt: skip


def hidden_note() -> str:
    """Why a row bears the mark of the hidden."""
    return t(
        f"{HIDDEN} 敏感类别不足10起，或能由其他数推算，为保护隐私不显示；另有一类一并隐藏。",
        f"{HIDDEN} Hidden for privacy: a sensitive kind below 10, or that would follow from others, and one beside it.",
    )
