"""What the reader has chosen (当前选择): the address, with the page's own defaults where it is silent."""

from dataclasses import dataclass

from data import terms
from data.registry import Indicator, indicators
from geo.breaks import METHODS
from geo.errors import GeoError
from geo.periods import parse_period, period_label
from portal import put_right, reads
from portal.address import view
from portal.identity import Viewer
from portal.snapshot import Area
from portal.words import lang

__all__ = [
    "Choice", "choose", "chosen_period", "comparable", "compared_period", "compared_words", "indicators",
    "period_label", "period_options",
]  # fmt: skip

MOVING = ("ytd", "last30", "last90", "last365", "todate")


@dataclass(frozen=True)
class Choice:
    """One view: the area, the indicator, the period, the level shown inside the area, the layers switched on."""

    area: Area
    indicator: Indicator
    period: str
    level: str
    layers: tuple[str, ...]
    lang: str
    compared: str | None = None
    """The period that changes are counted from; None where there is none."""
    classes: str = ""
    """How the classes of the map are made: a method of `geo.breaks`, or "" for the edges of the definition."""

    @property
    def period_words(self) -> str:
        return period_label(self.period, self.lang)


def period_options(viewer: Viewer) -> list[str]:
    """The periods to choose from, latest first: years, those that move with the data date, quarters, months, and what
    stood at the ends of earlier months."""
    kept = reads.periods(viewer)
    data_on = str(reads.status(viewer).data_on)
    by_kind: dict[str, list[str]] = {}
    for text in kept:
        by_kind.setdefault(parse_period(text).kind, []).append(text)
    moving = [f"{kind}:{data_on}" for kind in MOVING if f"{kind}:{data_on}" in kept]
    ends = [text for text in by_kind.get("todate", []) if text not in moving]
    return by_kind.get("year", []) + moving + by_kind.get("quarter", []) + by_kind.get("month", []) + ends


def chosen_period(viewer: Viewer, default: str = "") -> str:
    """The period in the address, where it can have begun and is for this viewer; else the one that moves with the data
    date as it does, the default, the year of the data date."""
    kept = reads.periods(viewer)
    asked = view().period
    if asked in kept or (asked and _is_past(viewer, asked)):
        return asked
    data_on = str(reads.status(viewer).data_on)
    year = data_on[:4]
    moved = f"{asked.partition(':')[0]}:{data_on}"
    wanted = (moved, default, year)
    found = next((period for period in wanted if period in kept), kept[0] if kept else year)
    put_right.wrong("period", ("期间", "period"), _period_words(found), _why_not(asked))
    return found


def _is_past(viewer: Viewer, period: str) -> bool:
    """Whether a fixed period began by the data date: before the first numbers it is shown, and empty."""
    try:
        found = parse_period(period)
    except GeoError:
        return False
    data_on = reads.status(viewer).data_on
    return ":" not in period and (data_on is None or found.start is None or found.start <= data_on)


def _period_words(period: str) -> tuple[str, str]:
    return period_label(period), period_label(period, "en")


def _why_not(period: str) -> tuple[str, str]:
    """Why a period cannot be shown: it is none, or there is nothing of it (for this viewer)."""
    try:
        parse_period(period)
    except GeoError:
        return "无法识别", "is no period"
    return "这里没有数据", "has no data here"


def comparable(viewer: Viewer, period: str) -> list[str]:
    """The periods that one can be compared with: of its kind, as long, earlier ones and later ones; latest first."""
    asked = parse_period(period)
    if asked.start is None:
        return []
    kept = (text for text in reads.periods(viewer) if text != period)
    return [text for text in kept if parse_period(text).kind == asked.kind]


def compared_period(viewer: Viewer, period: str) -> str | None:
    """The period in the address to compare with, where it can be; else the one before."""
    asked, before = view().vs, reads.previous(period)
    if asked and asked in comparable(viewer, period):
        return asked
    shown = _period_words(before) if before else ("不作对比", "no comparison")
    put_right.wrong(
        "vs", ("对比期间", "period to compare with"), shown, ("不能与现在的期间对比", "cannot be compared with")
    )
    return before


def earlier_period(viewer: Viewer, choice: Choice) -> str:
    """What the chosen period is compared with where that has numbers; else the year up to the end of an earlier month,
    for a period within that year; "" where there is neither."""
    kept = reads.periods(viewer)
    if choice.compared in kept:
        return str(choice.compared)
    shown = parse_period(choice.period)
    if shown.start is None or (shown.start.month, shown.start.day) != (1, 1):
        return ""
    last = min(shown.last_day, reads.status(viewer).data_on or shown.last_day)
    earlier = (text for text in kept if text.startswith(f"ytd:{last.year}-") and text < f"ytd:{last}")
    return next(earlier, "")


def compared_words(choice: Choice) -> tuple[str, str]:
    """What a change is counted from, in both languages: the period before, or the one that was chosen."""
    if choice.compared is None or choice.compared == reads.previous(choice.period):
        return "比上期", "on the period before"
    return f"比{period_label(choice.compared)}", f"on {period_label(choice.compared, 'en')}"


def chosen_area(viewer: Viewer) -> Area:
    """The area in the address where it is the viewer's, else the first own one."""
    if found := reads.area(viewer, view().area):
        return found
    home = reads.home(viewer)
    # Whoever has the whole county knows that there is none; nobody else learns whether there is.
    is_whole = home.level == "county"
    why = ("不存在", "is not there") if is_whole else (
        "不存在，或不在您的区域内", "is not there, or not among your areas")  # fmt: skip
    put_right.wrong("area", ("区域", "area"), (home.name, home.name), why, is_repeated=is_whole)
    return home


def _not_offered(asked: str, shown: Indicator) -> None:
    why = ("这一页没有", "is not on this page") if asked in indicators() else ("不存在", "is not there")
    put_right.wrong("ind", ("指标", "indicator"), (shown.zh, shown.en), why)


def choose(
    viewer: Viewer,
    among: tuple[str, ...] = (),
    *,
    layers: tuple[str, ...] = (),
    level: str = "",
    period: str = "",
) -> Choice:
    """The view of this page.

    among : the indicators this page offers, its own first; all of them when empty. layers, level, period : what the
    page shows when the address is silent. An area outside the viewer's own, or a level that has no areas, falls back.
    """
    asked = view()
    offered = among or tuple(indicators())
    code = asked.ind if asked.ind in offered else offered[0]
    if code != asked.ind:
        _not_offered(asked.ind, indicators()[code])
    area = chosen_area(viewer)
    levels = reads.levels_below(viewer, area.code)
    wanted = asked.level if asked.level in levels else level if level in levels else levels[0]
    if wanted != asked.level:
        shown_level = terms.LEVELS.label(wanted), terms.LEVELS.label(wanted, "en").lower()
        put_right.wrong("level", ("层级", "level"), shown_level, ("这里没有", "is not here"))
    if asked.classes not in METHODS:
        put_right.wrong("classes", ("分级方法", "way to make classes"), ("指标自己的分级", "the indicator's own"))
    shown = chosen_period(viewer, period)
    return Choice(
        area=area,
        indicator=indicators()[code],
        period=shown,
        level=wanted,
        layers=layers if asked.layers is None else asked.layers,
        lang=lang(),
        compared=compared_period(viewer, shown),
        classes=asked.classes if asked.classes in METHODS else "",
    )
