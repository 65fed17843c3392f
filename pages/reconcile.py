"""对账 Reconciliation: do our ledgers agree with what the county has published?"""

import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards
from pages.components.page import heading, section
from portal import address, reconcile
from portal.identity import Viewer, require_page
from portal.reconcile import ALL, MARKS, WITH_LEDGER
from portal.words import UNKNOWN, count, esc, lang, percent, t

NOTES = {
    "same": ("台账数等于公开数", "the ledger has the published number"),
    "within": ("公开数是约数，台账数在可接受的范围内", "published as a rounded number; the ledger's count fits it"),
    "differs": ("台账数与公开数对不上，需要核实", "the ledger does not fit what was published: find out why"),
}


def words(which: str) -> str:
    """A choice of the filter in the reader's language."""
    if which == ALL:
        return t("全部", "All")
    return t("有台账", "With a ledger") if which == WITH_LEDGER else terms.VERDICTS.label(which, lang())


def cards(found: dict[str, int]) -> None:
    """Of the figures with a ledger: the same, within, differing; and how many have none."""
    whole, many = found[WITH_LEDGER], found[ALL]
    of = t(f"{{}} / {count(whole)} 个有台账的数", f"{{}} of {count(whole)} with a ledger")
    draw_cards(
        *(
            card(f"{MARKS[code]} {words(code)}", count(found[code]), of.format(count(found[code])),
                 "" if code == "differs" and not found[code] else t(*NOTES[code]) if code == "differs" else "",
                 change="" if code == "differs" else f'<span class="wg-note">{esc(t(*NOTES[code]))}</span>')
            for code in NOTES
        ),
        card(f"{MARKS['no_ledger']} {words('no_ledger')}", count(found["no_ledger"]),
             t(f"{count(found['no_ledger'])} / {count(many)} 个公开数 · {percent(found['no_ledger'], many)}",
               f"{count(found['no_ledger'])} of {count(many)} published · {percent(found['no_ledger'], many)}"),
             change=f'<span class="wg-note">{esc(t("还没有接入这类台账，不能对账", "no such ledger yet"))}</span>'),
    )  # fmt: skip


def choose_verdict(found: dict[str, int]) -> str:
    """The filter in the address, else the figures that have a ledger."""
    asked = st.query_params.get("verdict", "")
    current = asked if asked in found else WITH_LEDGER if found[WITH_LEDGER] else ALL
    key = address.chooser_key("verdict", current)
    st.segmented_control(
        t("结论", "Verdict"), list(found), key=key, format_func=lambda code: f"{words(code)} {count(found[code])}",
        required=True, label_visibility="collapsed", on_change=address.write_choice, args=("verdict", key),
    )  # fmt: skip
    return current


def line(row: reconcile.Reconciled) -> str:
    """One figure as HTML: number, what it counts, published, what agrees, the ledger's count, the verdict."""
    figure = row.figure
    tags = [t("规则", "rule")] if figure.is_rule else []
    if figure.look_alikes:
        others = "、".join(figure.look_alikes) if lang() == "zh" else ", ".join(figure.look_alikes)
        tags.append(t(f"与 {others} 相近，不是一回事", f"not the same as {others}"))
    counted = esc(reconcile.counted_words(row))
    ledger_words = ""
    if row.ledger and row.verdict != "no_ledger":
        ledger_words = f"{row.area_name}，{t(row.ledger.zh, row.ledger.en)}"
        if row.ledger.indicator:
            link = address.link("lineage", ind=row.ledger.indicator, area=figure.area, period=figure.period)
            tip = esc(t("数从哪来", "Where the number comes from"))
            counted = f'<a href="{esc(link)}" target="_self" title="{tip}">{counted}</a>'
    notes = "".join(f'<span class="wg-tag">{esc(tag)}</span>' for tag in tags)
    fits = reconcile.interval_words(row)
    fits = f'<span class="wg-note">{esc(t("可接受 ", "fits: ") + fits)}</span>' if fits else ""
    verdict = f"{MARKS[row.verdict]} {terms.VERDICTS.label(row.verdict, lang())}"
    return (
        f'<div class="wg-rec"><span class="wg-rec-no">{figure.figure_no}</span>'
        f'<div class="wg-rec-name">{esc(figure.name(lang()))}{notes}</div>'
        f'<div class="wg-rec-said"><small>{esc(t("公开数", "Published"))}</small>'
        f"<b>{esc(reconcile.published_words(row, lang()))}</b>{fits}</div>"
        f'<div class="wg-rec-found"><small>{esc(t("台账数", "Ledger"))}</small><b>{counted}</b>'
        f'<span class="wg-note">{esc(ledger_words)}</span></div>'
        f'<div class="wg-verdict wg-verdict-{row.verdict}">{esc(verdict)}</div></div>'
    )


def draw_part(part: reconcile.Part) -> None:
    """One part of the article: each sentence, and below it its figures."""
    many = sum(len(rows) for _, rows in part.sentences)
    section(f"{part.place} {reconcile.heading_of(part, 'zh')}", f"{part.place} {reconcile.heading_of(part, 'en')}",
            t(f"{many} 个数", f"{many} figure{'s' if many > 1 else ''}"))  # fmt: skip
    blocks = "".join(
        f'<blockquote class="wg-quote" lang="zh">{reconcile.marked(sentence, rows)}</blockquote>'
        + "".join(line(row) for row in rows)
        for sentence, rows in part.sentences
    )
    names = (t("编号", "No."), t("指标", "What"), t("公开数", "Published"), t("台账数", "Ledger"), t("结论", "Verdict"))
    head = "".join(f"<span>{esc(name)}</span>" for name in names)
    st.html(f'<div class="wg-panel"><div class="wg-rec wg-rec-head">{head}</div>{blocks}</div>')


def page(viewer: Viewer) -> None:
    rows = reconcile.reconciled(viewer)
    found = reconcile.tally(rows)
    agree = found["same"] + found["within"]
    heading(
        f"公开的{found[ALL]}个数，有台账的{found[WITH_LEDGER]}个中{agree}个对得上",
        f"{found[ALL]} published figures: {agree} of the {found[WITH_LEDGER]} with a ledger agree",
        "公开数出自县里2020年的公开报道", "published by the county for 2020; sentences are quoted in Chinese",
    )  # fmt: skip
    if not rows:
        empty = t("公开数说的是全县，不在您负责的区域。", "The published figures are of the county, not of your area.")
        st.html(f'<div class="wg-panel">{UNKNOWN} {esc(empty)}</div>')
        return
    cards(found)
    shown = reconcile.chosen(rows, choose_verdict(found))
    if not shown:
        st.html(f'<div class="wg-panel">{esc(t("没有这样的数。", "There is no such figure."))}</div>')
    for part in reconcile.parts(shown):
        draw_part(part)


page(require_page("reconcile"))
