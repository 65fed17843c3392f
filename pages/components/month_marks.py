"""What stands on the ground of a chart of months where there is no bar (月份标记): 0 is told from 无, — and ＊."""

from collections.abc import Sequence
from typing import Any

from portal import colours, figures
from portal.choice import Indicator
from portal.compared import UNRIPE, is_unripe
from portal.reads import Measure
from portal.standing import standing
from portal.words import t

FONT = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def month_marks(months: Sequence[Measure], indicator: Indicator, names: Sequence[str]) -> dict[str, Any]:
    """A series for ECharts: a hairline and "0" for 0, a word alone where there is no number.

    names : what stands in the tooltip of each month.
    """
    data: list[dict[str, Any]] = []
    for at, (month, name) in enumerate(zip(months, names, strict=True)):
        is_zero = month.rate == 0
        if month.rate is None or is_zero:
            words = "0" if is_zero else figures.shown(indicator, month)
            data.append({"value": [at, 0], "name": name, "symbolSize": [14, 2] if is_zero else [14, 0],
                         "label": {"show": True, "position": "top", "distance": 2, "formatter": words}})  # fmt: skip
    return {"type": "scatter", "symbol": "rect", "data": data, "z": 3, "itemStyle": {"color": colours.INK},
            "label": {"fontSize": 11, "color": colours.QUIET, "fontFamily": FONT}}  # fmt: skip


def pale(month: Measure, indicator: Indicator) -> dict[str, Any]:
    """The look of a bar of too few, for its point; nothing for another."""
    if standing(month, indicator) != "small":
        return {}
    return {"itemStyle": {"color": colours.LIGHT["small"], "borderColor": colours.UNKNOWN_LINE, "borderWidth": 1}}


HOLLOW = {"color": "#ffffff", "borderColor": colours.QUIET, "borderWidth": 1.5, "borderType": "dashed"}


def unripe_mark(indicator: Indicator, months: Sequence[str]) -> list[dict[str, Any]]:
    """The look of the bar of each month, for its point: hollow where its cases have not had their time."""
    return [{"itemStyle": HOLLOW} if is_unripe(indicator, month) else {} for month in months]


def unripe_key(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A series without bars that names the hollow ones in the legend; none where there are none."""
    return [{"type": "bar", "name": t(*UNRIPE), "data": [], "itemStyle": HOLLOW}] if any(marks) else []
