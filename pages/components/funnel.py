"""The funnel plot (漏斗图): which areas differ by more than chance, given how many cases each of them has."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.bars import FONT
from pages.components.first_map import draw_chart, draw_table
from pages.components.page import section
from portal import colours, reads
from portal.choice import Choice
from portal.fairness import Funnel, funnel
from portal.identity import Viewer
from portal.snapshot import Area
from portal.words import count, inert, lang, percent, t

HEIGHT = 320
MOST_NAMED = 200
"""Of more areas than this, those within the limits are points without a name: the table has them all."""
SIDES = {
    "far_below": ("▼▼ 远低于", "▼▼ far below"), "far_above": ("▲▲ 远高于", "▲▲ far above"),
    "below": ("▼ 偏低", "▼ below"), "above": ("▲ 偏高", "▲ above"), "inside": ("● 正常波动", "● chance"),
}  # fmt: skip


def is_good(side: str, direction: str) -> bool:
    """Whether lying on a side of the funnel is to the credit of an area.

    >>> is_good("above", "up"), is_good("far_above", "down"), is_good("inside", "up")
    (True, False, False)
    """
    return side.endswith("above" if direction == "up" else "below")


def funnel_option(
    found: Funnel, names: Mapping[str, str], *, direction: str, unit: str, language: str
) -> dict[str, Any]:
    """The chart: areas as points by size and rate, the common rate, the two pairs of limits.

    names : code → name of the area, for the tooltip; of more than MOST_NAMED only those outside the limits have one. A
    point outside the limits is a triangle that shows which way.
    """

    def line(column: str, name: str, kind: str) -> dict[str, Any]:
        data = [
            [size, round(100 * rate, 2)] for size, rate in zip(found.curve["size"], found.curve[column], strict=True)
        ]
        return {"type": "line", "name": name, "data": data, "symbol": "none", "silent": True,
                "itemStyle": {"color": colours.QUIET},  # the legend goes by it
                "lineStyle": {"color": colours.QUIET, "width": 1, "type": kind}}  # fmt: skip

    def point(row: Any) -> dict[str, Any]:
        colour = colours.YES if row.side == "inside" or is_good(row.side, direction) else colours.SIGNAL
        words = f"{names[row.code]}  {percent(row.n, row.d)}  {count(row.n)}/{count(row.d)} {unit}"
        symbol, size = ("circle", 7) if row.side == "inside" else ("triangle", 11)
        return {"value": [row.d, round(100 * row.rate, 2)], "name": f"{words}  {t(*SIDES[row.side], language)}",
                "symbol": symbol, "symbolRotate": 180 if row.side.endswith("below") else 0,
                "symbolSize": size, "itemStyle": {"color": colour}}  # fmt: skip

    is_crowd = (found.points["side"] == "inside") & (len(found.points) > MOST_NAMED)
    inside = found.points[is_crowd]
    bare = [[d, round(100 * rate, 2)] for d, rate in zip(inside["d"], inside["rate"], strict=True)]
    look = {"symbolSize": 5, "itemStyle": {"color": colours.YES, "opacity": 0.5}}
    crowd = [{"type": "scatter", "silent": True, **look, "data": bare}] if bare else []
    inner, outer = t("95% 界限", "95 % limits", language), t("99.8% 界限", "99.8 % limits", language)
    small = {"fontSize": 11, "color": colours.QUIET, "fontFamily": FONT}
    top = max(found.points["rate"].max(), min(found.curve["highest"].max(), 1.0))
    return {
        "animation": False, "textStyle": {"fontFamily": FONT}, "aria": {"enabled": True},
        "grid": {"left": 6, "right": 16, "top": 30, "bottom": 22, "containLabel": True},
        "legend": {"right": 0, "top": 0, "itemWidth": 18, "itemHeight": 8, "selectedMode": False,
                   "data": [t("总体", "overall", language), inner, outer], "textStyle": {**small, "fontSize": 12}},
        "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
        "xAxis": {"type": "value", "name": t(f"分母（{unit}）", f"denominator ({unit})", language),
                  "nameLocation": "middle", "nameGap": 24, "nameTextStyle": small, "axisLabel": small, "min": 0,
                  "splitLine": {"show": False}, "axisLine": {"lineStyle": {"color": colours.LINE}}},
        "yAxis": {"type": "value", "min": 0, "max": 100 if top > 0.6 else None,
                  "axisLabel": {**small, "formatter": "{value}%"}, "splitLine": {"lineStyle": {"color": colours.LINE}}},
        "series": [
            line("lowest", outer, "solid"), line("highest", outer, "solid"),
            line("low", inner, "dashed"), line("high", inner, "dashed"),
            {"type": "line", "name": t("总体", "overall", language), "symbol": "none", "silent": True,
             "data": [[size, round(100 * found.target, 2)] for size in found.curve["size"]],
             "itemStyle": {"color": colours.ACCENT}, "lineStyle": {"color": colours.ACCENT, "width": 1.5}},
            *crowd,
            {"type": "scatter", "name": t("区域", "areas", language),
             "data": [point(row) for row in found.points[~is_crowd].itertuples()]},
        ],
    }  # fmt: skip


def funnel_rows(found: Funnel, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """The table beside the chart: `name`, `rate`, `of`, `side`; those outside the limits first."""
    order = {side: rank for rank, side in enumerate(SIDES)}
    points = found.points.assign(order=found.points["side"].map(order)).sort_values(["order", "rate", "code"])
    return pd.DataFrame(
        {
            "name": [names[code] for code in points["code"]],
            "rate": [percent(n, d) for n, d in zip(points["n"], points["d"], strict=True)],
            "of": [f"{count(n)} / {count(d)}" for n, d in zip(points["n"], points["d"], strict=True)],
            "side": [t(*SIDES[side], language) for side in points["side"]],
        }
    )


def draw_funnel(viewer: Viewer, choice: Choice, areas: list[Area]) -> None:
    """The funnel of the areas shown beside its table; nothing where there is nothing to compare."""
    if not choice.indicator.is_share:
        return
    measures = reads.measures(viewer, choice.indicator.code, choice.period, [a.code for a in areas])
    found = funnel(measures)
    if found is None:
        return
    names, unit = {a.code: reads.full_name(a) for a in areas}, choice.indicator.unit(lang())
    section("偶然，还是真有差别", "Chance, or a real difference", choice.indicator.name(lang()))
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        option = funnel_option(found, names, direction=choice.indicator.direction, unit=unit, language=lang())
        draw_chart(option, height=HEIGHT, key="funnel")
    with right:
        rows = funnel_rows(found, names, lang())
        heads = {"name": t("区域", "Area"), "rate": t("比率", "Rate"), "of": t(f"n / d（{unit}）", "n / d"),
                 "side": t("与总体相比", "Against all")}  # fmt: skip
        draw_table(rows, height=HEIGHT, key="table_funnel", column_config=dict(heads))
    st.caption(inert(funnel_note(found, lang())))


def funnel_note(found: Funnel, language: str) -> str:
    """How to read it, and by how much the limits were widened."""
    overall = percent(found.target, 1)
    words = t(
        f"横轴是分母的大小。真实水平就是总体 {overall} 的区域，有 95% 的机会落在虚线之内、99.8% 的机会落在实线之内；"
        "分母越小，波动越大。虚线以外的才值得追问。",
        f"The fewer the cases, the more chance may do. An area whose true rate is the overall {overall} lies within "
        "the dashed lines 95 times of 100, within the solid ones 998 of 1,000. What lies outside asks for a reason.",
        language,
    )
    if found.spread > 1:
        words += t(
            f"各区域本来就比单纯的偶然差得多（{found.spread:.1f} 倍），界限已相应放宽。",
            f" The areas vary {found.spread:.1f} times as much as by chance; the limits are widened by that.",
            language,
        )
    return words
