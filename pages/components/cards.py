"""Number cards (指标卡): a value is never alone — n of d, what is left to do, the change, the goal."""

import streamlit as st

from portal import compared, completeness, figures, goals, reads
from portal.address import link
from portal.choice import Choice, compared_words, indicators
from portal.identity import Viewer
from portal.spans import span_word
from portal.standing import sound_rate
from portal.words import UNKNOWN, count, esc, lang, t


def indicator_card(viewer: Viewer, choice: Choice, code: str = "", *, is_headline: bool = False) -> str:
    """The card of an indicator for the area and period of a choice, as HTML for `draw_cards`."""
    indicator = indicators()[code or choice.indicator.code]
    measure = reads.measure(viewer, indicator.code, choice.period, choice.area.code)
    code = choice.area.code
    before, after = (some[code] for some in compared.both(viewer, indicator, choice.compared, choice.period, [code]))
    name, unit = f"{indicator.name(lang())} · {span_word(indicator, choice.period)}", indicator.unit(lang())
    units = completeness.area_words(viewer, indicator.code, choice.period, choice.area.code)
    if measure.part in ("hidden", "none"):
        text = figures.why(indicator, measure)
        return card(name, figures.shown(indicator, measure), text, units=units, is_headline=is_headline)
    if measure.rate is None:
        text = t(f"还没有{indicator.denominator('zh')}，无法计算", f"No {indicator.denominator('en')} yet")
        return card(name, UNKNOWN, text, units=units, is_headline=is_headline)
    text = figures.why(indicator, measure)
    aim = goals.goal(viewer, indicator, choice.period, choice.area.code)
    if indicator.direction == "up":
        left = goals.left_to_goal(measure, aim.value)
    else:
        left = goals.above_goal(measure, aim.value)
    notes = []
    if left > 0 and indicator.is_share:
        verb = goals.left_words(aim.value) if indicator.direction == "up" else t("超出目标", "above the goal")
        notes.append(t(f"{verb} {count(left)} {unit}", f"{count(left)} {verb}"))
    if indicator.direction == "down" or aim.value != 1 or aim.is_own:
        why = t(f"（{aim.area_name}：{aim.reason}）", f" ({aim.area_name}: {aim.reason})") if aim.is_own else ""
        notes.append(t("目标 ", "goal ") + figures.goal(indicator, aim.value) + why)
    if (left <= 0 or not indicator.is_share) and notes:
        # Nothing is wrong: said quietly, beside the counts.
        text, notes = " · ".join([text, *notes]), []
    change = ""
    here, then = sound_rate(after, indicator), sound_rate(before, indicator)
    if here is not None and then is not None:
        step = here - then
        good = step == 0 or (step > 0) == (indicator.direction == "up")
        words = " ".join(figures.change(indicator, step)).strip()
        since = compared.with_words(viewer, indicator, compared_words(choice))
        change = f'<span class="{"wg-good" if good else "wg-bad"}">{esc(words)}</span>'
        change += f' <span class="wg-note">{esc(t(*since))}</span>'
    rate = sound_rate(measure, indicator)
    return card(name, figures.shown(indicator, measure), text, " · ".join(notes), change=change, units=units,
                share=rate if indicator.scale == 100 else None,
                is_headline=is_headline, is_warm=indicator.direction == "down",
                href=where_from(viewer, choice, indicator.code))  # fmt: skip


def where_from(viewer: Viewer, choice: Choice, code: str, area_code: str = "") -> str:
    """The address of where a number of the chosen period comes from, for those who may follow it; else ""."""
    if not viewer.may_see("internal"):
        return ""
    return link("lineage", ind=code, area=area_code or choice.area.code, period=choice.period)


def card(
    title: str,
    value: str,
    text: str = "",
    note: str = "",
    *,
    units: str = "",
    change: str = "",
    share: float | None = None,
    is_warm: bool = False,
    is_headline: bool = False,
    href: str = "",
) -> str:
    """A card as HTML. `change` is HTML already; everything else is text. `units` says who has reported. `share`
    (0..1) draws a bar under it, a warm one where less is better. `href` is the address of where the number comes from.
    """
    bar = ""
    if share is not None:
        kind = "wg-bar wg-warm" if is_warm else "wg-bar"
        bar = f'<div class="{kind}"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></div>'
    lines = "".join(
        f'<div class="{kind}">{esc(words)}</div>'
        for kind, words in (("wg-of", text), ("wg-of wg-units", units), ("wg-left", note))
        if words
    )
    tail = f'<div class="wg-change">{change}</div>' if change else ""
    size = " wg-headline" if is_headline else ""
    why = f'<a class="wg-why" href="{esc(href)}" target="_self">{esc(t("数从哪来", "where from"))}</a>' if href else ""
    return (
        f'<div class="wg-card{size}"><div class="wg-card-title">{esc(title)}{why}</div>'
        f'<div class="wg-value">{esc(value)}</div>{bar}{lines}{tail}</div>'
    )


def draw_cards(*cards: str) -> None:
    """Cards side by side as far as the width goes; a headline card takes a whole row."""
    st.html(f'<div class="wg-cards">{"".join(cards)}</div>')
