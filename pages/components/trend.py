"""Twelve months of one number (走势): bars, pale ones of too few; 0, 无, — and ＊ are told apart on the ground."""

from typing import Any

from pages.components.first_map import draw_chart
from pages.components.month_marks import month_marks, pale
from portal import colours, compared, figures, reads
from portal.choice import Choice, indicators, period_label
from portal.identity import Viewer
from portal.spans import months_word
from portal.words import lang, t


def trend_chart(viewer: Viewer, choice: Choice, code: str = "", *, height: int = 170, key: str = "trend") -> None:
    """The last twelve months of an indicator for the area of a choice, up to the end of its period."""
    indicator = indicators()[code or choice.indicator.code]
    months = reads.last_months(choice.period)
    measures = compared.trends(viewer, indicator, months, [choice.area.code]).get(choice.area.code, [])
    points: list[dict[str, Any]] = []
    for month, measure in zip(months, measures, strict=True):
        rate = measure.rate
        label = f"{figures.shown(indicator, measure)}  {figures.why(indicator, measure)}"
        # A callback cannot travel to the chart, so the name of a point holds the whole tooltip.
        points.append(
            {
                "value": None if rate is None else round(indicator.scale * rate, 1),
                "name": f"{period_label(month, lang())}  {label}",
                **pale(measure, indicator),
            }
        )
    names = [f"{int(m[5:])}{t('月', '')}" if lang() == "zh" else period_label(m, "en")[:3] for m in months]
    top = max([p["value"] for p in points if p["value"] is not None], default=100)
    is_high, sign = top > 60 and indicator.scale == 100, "{value}%" if indicator.is_share else "{value}"
    draw_chart(
        {
            "animation": False,
            "grid": {"left": 6, "right": 8, "top": 14, "bottom": 4, "containLabel": True},
            "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
            "xAxis": {"type": "category", "data": names, "axisTick": {"show": False},
                      "axisLabel": {"fontSize": 11, "color": colours.QUIET, "interval": "auto"},
                      "axisLine": {"lineStyle": {"color": colours.LINE}}},
            "yAxis": {"type": "value", "max": 100 if is_high else None, "min": 0, "splitNumber": 3,
                      "axisLabel": {"fontSize": 11, "color": colours.QUIET, "formatter": sign},
                      "splitLine": {"lineStyle": {"color": colours.LINE}}},
            "series": [{"type": "bar", "data": points, "barWidth": "60%",
                        "itemStyle": {"color": colours.ramp(indicator.direction, 5)[3]}},
                       month_marks(measures, indicator, [point["name"] for point in points])],
        },
        height=height, key=f"trend_{key}",
    )  # fmt: skip


def months_title(viewer: Viewer, choice: Choice) -> str:
    """What the bars are: a rate of each month, which is another number than that of the period, and how counted."""
    rule, word = choice.indicator, months_word(choice.indicator)
    return t(*compared.with_words(viewer, rule, (f"{word}的{rule.zh}", f"{rule.en}, {word}")))


def no_trend(viewer: Viewer, choice: Choice, code: str = "") -> bool:
    """Whether not one of the last twelve months has a number."""
    rule = indicators()[code or choice.indicator.code]
    found = compared.trends(viewer, rule, reads.last_months(choice.period), [choice.area.code])
    return all(m.rate is None for m in found.get(choice.area.code, []))
