"""The wall (大屏): two scenes over one map that is never taken down, and the last picture when the store is away.

`take_picture` reads everything that is shown in one go; `draw_picture` draws it and reads nothing, so that a picture
can stay on the wall for as long as the store cannot be read. All values pass `esc` on their way into HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pydeck as pdk
import streamlit as st

from pages.components.deck import draw_deck
from pages.components.legend import PARTIAL, class_words, other_rows, partial_codes
from pages.components.map import Bounds, first_bounds, no_shapes_words, notice_words, scale_patterns
from pages.components.wall_map import wall_height, wall_layers, wall_view
from portal import colours, compared, completeness, figures, goals, reads
from portal.choice import Choice, Indicator, indicators
from portal.classes import class_counts
from portal.identity import Viewer
from portal.longest import name_of, shown_for
from portal.snapshot import Area
from portal.spans import months_word, span_word
from portal.standing import drawn, sound_rate, standing
from portal.words import CHINA, count, day, esc, lang, points, t

STYLE = Path(__file__).parent / "wall.css"
KEY_NUMBERS = ("VIS-01", "ORG-01", "ORG-03", "DIS-03", "APP-01", "REL-01")
"""The six numbers of the second scene, always in the same places."""
SCENES = ("map", "numbers")
OLD_AFTER = timedelta(hours=48)
"""Numbers are released anew once a day, at no set hour."""
RELOAD_HOURS = 4

_LEVELS = {
    "township": ("各乡镇", "by township"),
    "community": ("各社区(村)", "by community"),
    "grid": ("各网格", "by grid"),
}


@dataclass(frozen=True)
class Picture:
    """All that the wall shows of one state of the store. The HTML is safe: every value in it went through `esc`."""

    titles: dict[str, str]
    layers: tuple[pdk.Layer, ...]
    bounds: Bounds | None
    side: str
    numbers: str
    data_on: date | None
    loaded_at: datetime | None
    released_on: date | None
    is_sample: bool


# --- what to show -----------------------------------------------------------------------------------------------------


def best_level(viewer: Viewer, code: str, indicator: str, period: str) -> str:
    """The highest level under an area where half of the areas or more have a number; else the one with most of them."""
    shares = []
    for level in reads.levels_below(viewer, code):
        found = reads.measures(viewer, indicator, period, [a.code for a in reads.below(viewer, code, level)]).values()
        share = sum(m.part in ("known", "none") for m in found) / max(len(found), 1)
        if share >= 0.5:
            return level
        shares.append((share, level))
    return max(shares, key=lambda pair: pair[0])[1]


def take_picture(viewer: Viewer, choice: Choice) -> Picture:
    """Read what both scenes show. Raises StoreError when the store cannot be read."""
    status = reads.status(viewer)
    inside = reads.below(viewer, choice.area.code, choice.level)
    found = reads.measures(viewer, choice.indicator.code, choice.period, [a.code for a in inside])
    name, level = choice.area.name, _LEVELS.get(choice.level, ("", ""))
    if choice.level == choice.area.level:
        level = ("", "")
    titles = {
        "map": t(f"{choice.period_words}，{name}{level[0]}{choice.indicator.zh}",
                 f"{choice.indicator.en} {level[1]}, {name}, {choice.period_words}"),
        "numbers": t(f"{choice.period_words}，{name}六项关键指标", f"Six key figures of {name}, {choice.period_words}"),
    }  # fmt: skip
    parts = {drawn(m, choice.indicator) for m in found.values()}
    bounds = first_bounds(viewer, choice)
    return Picture(
        titles=titles,
        layers=tuple(wall_layers(viewer, choice, parts, bounds)),
        bounds=bounds,
        side=_side(viewer, choice, inside),
        numbers="".join(_number(viewer, choice, code) for code in KEY_NUMBERS),
        data_on=status.data_on,
        loaded_at=status.loaded_at,
        released_on=reads.released_on(viewer),
        is_sample=status.is_sample,
    )


def _side(viewer: Viewer, choice: Choice, inside: Sequence[Area]) -> str:
    """The panel beside the map: the number of the whole area, the legend, the three areas with the most left to do."""
    indicator = choice.indicator
    shown, whole = shown_for(viewer, indicator.code, choice.period, choice.area.code)
    head = (
        f'<div class="wg-w-block"><div class="quiet">{esc(choice.area.name)} · {esc(indicator.name(lang()))}'
        f" · {esc(span_word(indicator, shown))}</div>"
        f"{_instead(choice, shown)}{_value(indicator.code, whole)}"
        f"{_units(viewer, replace(choice, period=shown), indicator.code)}"
        f"{_left_words(viewer, replace(choice, period=shown), indicator.code, whole)}</div>"
    )
    # Of the areas that have reported too little none is named.
    inside = completeness.ranked(viewer, indicator.code, choice.period, inside).areas
    found = reads.measures(viewer, indicator.code, choice.period, [a.code for a in inside])
    aims = {a.code: goals.goal(viewer, indicator, choice.period, a.code).value for a in inside}
    left = {a.name: _left(indicator, found[a.code], aims[a.code]) for a in inside if found[a.code].rate is not None}
    worst = sorted((pair for pair in left.items() if pair[1] > 0), key=lambda pair: -pair[1])[:3]
    title = (
        t("距目标还差最多", "Most left to the goal")
        if indicator.direction == "up"
        else t("超出目标最多", "Furthest above the goal")
    )
    rows = "".join(
        f'<div class="wg-w-row"><span>{esc(name)}</span><b>{count(many)}</b>{esc(indicator.unit(lang()))}</div>'
        for name, many in worst
    )
    block = (
        f'<div class="wg-w-block"><div class="quiet">{esc(title)}</div>{rows}</div>' if len(left) > 1 and rows else ""
    )
    return head + _legend(viewer, choice) + block


def _legend(viewer: Viewer, choice: Choice) -> str:
    """The classes from the highest down, with how many areas each holds; a class holds its lower edge."""
    classes, others = class_counts(viewer, choice)
    rows = [
        _legend_row(f"background:{colours.on_wall(found.colour)}", words, found.count)
        for found, words in class_words(choice.indicator, classes)
    ]
    for style, words, many, kind in other_rows(choice.indicator, others, is_wall=True):
        rows.append(_legend_row(style, words, many, esc(kind)))
    if many := len(partial_codes(viewer, choice)):
        rows.append(_legend_row(f"border:2px solid {colours.WALL_PARTIAL_LINE}", t(*PARTIAL), many))
    title = t("高度和颜色：", "Height and colour: ") + choice.indicator.name(lang())
    return f'<div class="wg-w-block"><div class="quiet">{esc(title)}</div>{"".join(rows)}</div>'


def _legend_row(style: str, words: str, many: int, kind: str = "") -> str:
    box = f'<i class="{kind}" style="{esc(style)}"></i>'
    return f'<div class="wg-w-row">{box}<span>{esc(words)}</span><b>{count(many)}</b></div>'


def _number(viewer: Viewer, choice: Choice, code: str) -> str:
    """One of the six: the rate, n of d, the change, twelve months."""
    indicator = indicators()[code]
    shown, now = shown_for(viewer, code, choice.period, choice.area.code)
    before_period = reads.previous(choice.period) if shown == choice.period else None
    area = choice.area.code
    before, after = (some[area] for some in compared.both(viewer, indicator, before_period, choice.period, [area]))
    change = ""
    here, then = sound_rate(after, indicator), sound_rate(before, indicator)
    if here is not None and then is not None:
        said = f"比上期 {points(here - then)} 个百分点", f"{points(here - then)} pts on the period before"
        change = f'<div class="quiet">{esc(t(*compared.with_words(viewer, indicator, said)))}</div>'
    elif note := t(*compared.why_not(viewer, indicator)):
        change = f'<div class="quiet">{esc(note)}</div>'
    months = reads.last_months(choice.period)
    trend = compared.trends(viewer, indicator, months, [area]).get(area, [])
    return (
        f'<div class="wg-w-card"><div class="quiet">{esc(indicator.name(lang()))} · '
        f"{esc(span_word(indicator, shown))}</div>"
        f"{_instead(choice, shown)}{_value(code, now)}{_units(viewer, replace(choice, period=shown), code)}"
        f"{_left_words(viewer, replace(choice, period=shown), code, now)}{change}"
        f"<div>{_spark(trend, indicator)}</div></div>"
    )


def _instead(choice: Choice, shown: str) -> str:
    """The name of the period that stands in for the chosen one, where that is hidden; else nothing."""
    if shown == choice.period:
        return ""
    words = t(f"{name_of(shown)}（所选期间为保护隐私不显示）", f"{name_of(shown)} (hidden for the chosen period)")
    return f'<div class="quiet wg-w-instead">{esc(words)}</div>'


def _value(code: str, measure: reads.Measure) -> str:
    """The number large and n of d under it; one of too few, and what is none, say why."""
    indicator, unit = indicators()[code], ""
    value, text = figures.shown(indicator, measure), figures.why(indicator, measure)
    if standing(measure, indicator) in ("known", "zero"):
        text = figures.of(measure)
        unit = f' <span class="wg-w-unit">{esc(indicator.unit(lang()))}</span>'
    elif standing(measure, indicator) == "unknown":
        text = t("还没有数据", "no data yet")
    return f'<div class="wg-w-value">{esc(value)}</div><div class="wg-w-of">{esc(text)}{unit}</div>'


def _units(viewer: Viewer, choice: Choice, code: str) -> str:
    """How many of the communities have the ledger, under the number."""
    words = completeness.area_words(viewer, code, choice.period, choice.area.code)
    return f'<div class="quiet">{esc(words)}</div>' if words else ""


def _left(indicator: Indicator, measure: reads.Measure, goal: float) -> int:
    """How many more are needed for the goal, or are above it where less is better."""
    return goals.left_to_goal(measure, goal) if indicator.direction == "up" else goals.above_goal(measure, goal)


def _left_words(viewer: Viewer, choice: Choice, code: str, measure: reads.Measure) -> str:
    if measure.rate is None:
        return ""
    indicator = indicators()[code]
    aim = goals.goal(viewer, indicator, choice.period, choice.area.code).value
    left, unit = _left(indicator, measure, aim), indicator.unit(lang())
    if not left:
        return f'<div class="quiet">{esc(t("已达目标", "goal reached"))}</div>'
    goal = (
        ""
        if aim == 1
        else t(f"距目标 {figures.goal(indicator, aim)} ", f"to the goal of {figures.goal(indicator, aim)}")
    )
    zh = f"{goal}还差 {count(left)} {unit}" if indicator.direction == "up" else f"超出目标 {count(left)} {unit}"
    en = (
        f"{count(left)} {unit} left {goal or 'to do'}"
        if indicator.direction == "up"
        else f"{count(left)} above the goal"
    )
    return f'<div class="left">{esc(t(zh, en))}</div>'


def _spark(trend: Sequence[reads.Measure], indicator: Indicator) -> str:
    """Twelve bars: pale ones of too few, a line for 0, a ring where there was nothing to count, a gap where nothing is
    known, dots where it is hidden. Nothing when no month has a number."""
    top = max((m.rate for m in trend if m.rate is not None), default=None)
    if top is None:
        return ""
    looks = {"known": "", "zero": "", "small": "few", "none": "nil", "unknown": "none", "hidden": "hid"}
    kinds = [standing(m, indicator) for m in trend]
    highs = [25 if m.rate is None else 100 * m.rate / (top or 1) for m in trend]
    bars = "".join(
        f'<i class="{esc(looks[kind])}" style="height:{high:.1f}%"></i>'
        for kind, high in zip(kinds, highs, strict=True)
    )
    notes = [
        f"{t('近12个月，', 'Last 12 months, ')}{months_word(indicator)}",
        *([t("淡色：数太少", "pale: too few")] if "small" in kinds else []),
        *([t("○：无", "○: none")] if "none" in kinds else []),
        *([t("点纹：为保护隐私，不显示", "dotted: hidden for privacy")] if "hidden" in kinds else []),
    ]
    words = t("；", "; ").join(notes)
    return f'<div class="wg-w-spark">{bars}</div><div class="quiet">{esc(words)}</div>'


# --- age --------------------------------------------------------------------------------------------------------------


def age_words(age: timedelta) -> tuple[str, str]:
    """How long ago in words, in Chinese and English: minutes, then hours up to two days, then days.

    >>> age_words(timedelta(minutes=5)), age_words(timedelta(hours=30)), age_words(timedelta(days=3, hours=5))
    (('5分钟', '5 min'), ('30小时', '30 hours'), ('3天', '3 days'))
    """
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}分钟", f"{minutes} min"
    if minutes < 48 * 60:
        hours = minutes // 60
        return f"{hours}小时", f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{minutes // 1440}天", f"{minutes // 1440} days"


def lost_words(seen_at: datetime, now: datetime, why: str = "", *, is_line: bool = False) -> str:
    """That the picture is an old one, why where that is known, and of which moment (China time).

    With its day when that is not today.
    is_line : the line from this screen to the server is meant, which it takes up again itself (shell/line.js).
    """
    local, today = seen_at.astimezone(CHINA), now.astimezone(CHINA).date()
    moment = f"{local:%H:%M}" if local.date() == today else f"{day(local.date())} {local:%H:%M}"
    if is_line:
        return t(f"连接中断，正在重连… 显示的是 {moment} 的数据",
                 f"Connection lost, reconnecting… Data of {moment}")  # fmt: skip
    lost = why or t("数据连接中断", "Data connection lost")
    return t(f"{lost}，显示的是 {moment} 的数据", f"{lost}; showing the data of {moment}")


# --- drawing ----------------------------------------------------------------------------------------------------------


def _head(
    picture: Picture,
    scene: str,
    seen_at: datetime,
    now: datetime,
    *,
    is_lost: bool,
    link: str,
    notes: Sequence[str],
    why: str,
) -> str:
    parts = [f'<span class="wg-w-badge">{esc(note)}</span>' for note in notes]
    if picture.is_sample:
        parts.append(f'<span class="wg-w-tag">{esc(t("示例数据", "Sample data"))}</span>')
    offline = f'<span class="wg-w-badge wg-w-offline">{esc(lost_words(seen_at, now, is_line=True))}</span>'
    age = now - picture.loaded_at if picture.loaded_at else None
    if is_lost:
        parts.append(f'<span class="wg-w-badge">{esc(lost_words(seen_at, now, why))}</span>')
    else:
        parts.append(offline)
        parts += [f'<span class="wg-w-badge">{esc(why)}</span>'] if why else []
        if age is not None and age >= OLD_AFTER:
            zh, en = age_words(age)
            parts.append(f'<span class="wg-w-badge">{esc(t(f"已 {zh}没有更新", f"Not updated for {en}"))}</span>')
    parts.append(f"<span>{esc(t('数据截至', 'Data as of'))} <b>{esc(day(picture.data_on))}</b></span>")
    if picture.released_on is not None:
        on = day(picture.released_on)
        parts.append(f"<span>{esc(t(f'公开数据 {on} 发布', f'released {on}'))}</span>")
    return (
        f'<div class="wg-w wg-w-head"><div class="wg-w-title">{esc(picture.titles[scene])}</div>'
        f'<div class="wg-w-asof">{"".join(parts)}{link}</div></div>'
    )


def draw_picture(
    picture: Picture, scene: str, turn: int, stay: float | None, seen_at: datetime, *, is_lost: bool, top: int = 0,
    link: str = "", notes: Sequence[str] = (), why: str = "",
) -> None:  # fmt: skip
    """Draw a picture with one of the scenes in front. The map is drawn in both, at the same place, and never goes.

    turn : counts the scenes, so that the bar starts anew with each. stay : seconds of a scene, None when it does not
    change. seen_at : when the store was last read. is_lost : it cannot be read now. top : pixels above the wall, not
    its own. link : HTML after the as-of words. notes : sentences in the head, such as that the address was wrong.
    why : what is wrong with the store, in a few words.
    """
    view = wall_view(picture.bounds, top)
    scale_patterns(picture.layers, view)
    deck = pdk.Deck(layers=list(picture.layers), initial_view_state=view, map_provider=None,
                    views=[pdk.View(type="MapView")])  # fmt: skip
    now = datetime.now(UTC)
    # One element for each part: what does not change keeps its place in the page, and the bar its motion.
    st.html(_head(picture, scene, seen_at, now, is_lost=is_lost, link=link, notes=notes, why=why))
    motion = f'class="{"ab"[turn % 2]}" style="animation-duration:{stay:g}s"' if stay else 'class="still"'
    st.html(f'<div class="wg-w wg-w-stay"><i {motion}></i></div>')
    with st.container(key="wg_wall_map", gap=None):
        draw_deck(deck, key="map_wall", height=wall_height(top), has_controls=False)
    words = notice_words() if picture.bounds else f"{no_shapes_words()} {notice_words()}"
    st.html(f'<div class="wg-w wg-w-mapno">{esc(words)}</div>')
    st.html(f'<div class="wg-w wg-w-side">{picture.side}</div>')
    st.html(f'<div class="wg-w wg-w-numbers {"" if scene == "numbers" else "off"}">{picture.numbers}</div>')


def draw_waiting(why: str = "") -> None:
    """There was no picture yet: say so, why where that is known, and that nobody has to do anything."""
    title = t("正在等待数据", "Waiting for data")
    text = t(
        "现在读不到数据库，或还没有载入台账。恢复后这里会自动显示，不需要操作。",
        "The store cannot be read, or nothing was loaded yet. This screen returns by itself.",
    )
    known = f'<div class="quiet">{esc(why)}</div>' if why else ""
    st.html(f'<div class="wg-w wg-w-wait"><div>{esc(title)}</div>{known}<div class="quiet">{esc(text)}</div></div>')


def draw_ground(top: int) -> None:
    """What the wall stands on, drawn once for a visit: its style, and the reload every few hours.

    Long-lived pages grow; the page is loaded anew only when the server says that the store can be read, so that a
    reload never takes down the last picture. The script holds nothing but numbers of ours.
    """
    st.html(STYLE)
    if top:
        st.html(f"<style>:root{{--top:{top}px}}</style>")
    st.html(
        "<script>if(!window.wanggeReload){window.wanggeReload=1;const later=()=>setTimeout(async()=>{"
        "try{const a=await fetch('./health',{cache:'no-store'});if(a.ok){location.reload();return}}catch(e){}"
        f"wait=60e3;later()}},wait);let wait={RELOAD_HOURS}*3600e3;later()}}</script>",
        unsafe_allow_javascript=True,
    )


def public(viewer: Viewer) -> Viewer:
    """The wall is public, whoever opens it: sums alone, small counts hidden."""
    return replace(viewer, role="screen", detail="public")
