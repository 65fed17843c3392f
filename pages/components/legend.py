"""Legends (图例) as HTML for `draw_map`: every class with its edges and its count; unknown and hidden apart."""

from collections.abc import Mapping, Sequence

from portal import colours, completeness, figures, reads
from portal.choice import Choice, Indicator
from portal.classes import ClassCount, class_counts
from portal.identity import Viewer
from portal.standing import least
from portal.words import count, esc, lang, t

HATCH = "hatch"
"""Stands for the hatching of what is unknown, where a legend takes a colour."""

PARTIAL = ("部分上报", "Partly reported")


def class_legend(viewer: Viewer, choice: Choice, *, beside: str = "", title: str = "") -> str:
    """The classes of the indicator on the map. The edges say which end they include: a class holds its lower edge.

    beside : a period whose map stands beside this one with the same edges. title : instead of the indicator's name.
    """
    classes, others = class_counts(viewer, choice, beside)
    rows = [
        _row(f"background:{found.colour}", words, found.count)
        for found, words in class_words(choice.indicator, classes)
    ]
    is_public = not viewer.may_see("internal")
    rows += [
        _row(style, words, many, esc(kind))
        for style, words, many, kind in other_rows(choice.indicator, others, is_public=is_public)
    ]
    if many := len(partial_codes(viewer, choice)):
        rows.append(_row(f"border:2px solid {colours.PARTIAL_LINE}", t(*PARTIAL), many))
    return _box(title or choice.indicator.name(lang()), rows)


def partial_codes(viewer: Viewer, choice: Choice) -> list[str]:
    """The codes of the areas on the map that have reported in part."""
    codes = [a.code for a in reads.below(viewer, choice.area.code, choice.level)]
    return completeness.partial(viewer, choice.indicator.code, choice.period, codes)


def other_rows(
    indicator: Indicator, others: Mapping[str, int], *, is_wall: bool = False, is_public: bool = False
) -> list[tuple[str, str, int, str]]:
    """What stands below the classes: too few, nothing to count, unknown, hidden; of each there is its style, words,
    number and class of its box."""
    unit = indicator.of_unit(lang()) or indicator.unit(lang())
    few = f"{least(indicator, is_public=is_public or is_wall)} {unit}"
    told = {
        "small": (t(f"n / d 不到 {few}", f"n / d under {few}"), ""),
        "none": (t("无（没有可统计的）", "Nothing to count"), ""),
        "unknown": (t("没有数据", "No data"), "hatch"),
        "hidden": (t("＊ 隐私隐藏", "＊ Hidden"), "dots"),
    }
    rows = []
    for kind, (words, pattern) in told.items():
        if others.get(kind):
            tint = colours.LIGHT.get(kind, "")
            style = f"background:{colours.on_wall(tint) if is_wall else tint}" if tint else ""
            box = f"wg-{'w-' if is_wall else ''}{pattern}" if pattern else ""
            rows.append((style, words, others[kind], box))
    return rows


def class_words(indicator: Indicator, classes: Sequence[ClassCount]) -> list[tuple[ClassCount, str]]:
    """The classes from the highest down, each with its edges in words."""
    last, told = len(classes) - 1, []
    for i, found in enumerate(reversed(classes)):
        low, high = (figures.edge(indicator, e) if e is not None else "" for e in (found.low, found.high))
        if i == 0:
            words = "100%" if found.low == 1 and indicator.is_share else f"≥ {low}"
        else:
            words = f"< {high}" if i == last else f"{low} – <{high}"
        told.append((found, words))
    return told


def key_legend(title_zh: str, title_en: str, entries: Sequence[tuple[str, str, int | None]]) -> str:
    """A plain legend: (colour or HATCH, words, count or None) for each entry."""
    rows = [
        _row("", words, n, "wg-hatch") if colour == HATCH else _row(f"background:{colour}", words, n)
        for colour, words, n in entries
    ]
    return _box(t(title_zh, title_en), rows)


def mark_legend(entries: Sequence[tuple[str, str]]) -> str:
    """One line of dots for the point layers that are switched on: (colour, words)."""
    dots = "".join(f'<span><i class="wg-dot" style="background:{esc(c)}"></i>{esc(w)}</span>' for c, w in entries)
    return f'<div class="wg-legend wg-marks">{dots}</div>' if entries else ""


def away_legend(viewer: Viewer, code: str) -> str:
    """One line on what the area has and the map does not show in any grid: buildings and facilities outside every grid
    (未落格) and those without a position; nothing where there are none, and for public viewers."""
    rows = reads.unplaced(viewer, code)
    bare = int(rows["lon"].isna().sum())
    words = [
        t(f"未落格 {count(number)}", f"{count(number)} in no grid") if place else
        t(f"无位置 {count(number)}", f"{count(number)} without position")
        for place, number in ((True, len(rows) - bare), (False, bare))
        if number
    ]  # fmt: skip
    if not words:
        return ""
    told = t("楼栋和设施：", "Buildings, facilities: ") + t("，", ", ").join(words)
    return f'<div class="wg-legend wg-away">{esc(told)}</div>'


def _row(style: str, words: str, number: int | None, kind: str = "") -> str:
    tail = "" if number is None else f"<b>{count(number)}</b>"
    return f'<div class="wg-row"><i class="{kind}" style="{esc(style)}"></i><span>{esc(words)}</span>{tail}</div>'


def _box(title: str, rows: Sequence[str]) -> str:
    return f'<div class="wg-legend"><div class="wg-legend-title">{esc(title)}</div>{"".join(rows)}</div>'
