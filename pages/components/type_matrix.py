"""Type by area (类别与区域): resolved of accepted disputes in each cell, on a ground by how many there were."""

import streamlit as st

from data import terms
from pages.components.bars import hidden_note
from pages.components.course import count_cell, note
from pages.components.page import section
from portal.disputes import Matrix
from portal.reads import Measure
from portal.splits import Told
from portal.words import HIDDEN, HIDDEN_WHY, count, esc, lang, t

MOST = 60
"""More areas than this are no table to read, and too much to send at a click."""


def draw_type_matrix(found: Matrix, whole: str, total: Measure) -> None:
    """The areas down, the types across, sums at the left and on top; `whole` and `total` are of all together."""
    key = t("化解 / 受理，底色越深受理越多", "resolved / accepted; the darker, the more were accepted")
    section("哪里多哪一类", "Type by area", key)
    heads = "".join(f"<th>{esc(category(kind))}</th>" for kind in found.types)
    rows = [_row(whole, total, found.whole, found.types, "wg-whole")]
    many = {area.code: found.sums[area.code].denominator or 0 for area in found.areas}
    most = set(sorted(many, key=lambda code: -many[code])[:MOST])
    for area in (area for area in found.areas if area.code in most):
        rows.append(_row(area.name, found.sums[area.code], found.rows.get(area.code), found.types))
    top = f"<tr><th></th><th>{esc(t('合计', 'All'))}</th>{heads}</tr>"
    st.html(f'<div class="wg-matrix-box wg-tall"><table class="wg-matrix wg-types"><thead>{top}</thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>")  # fmt: skip
    told = [row for row in (found.whole, *found.rows.values()) if row]
    if any(row.hides for row in told):
        note(hidden_note())
    if len(told) < 1 + len(found.areas):
        note(untold_note())
    if not all(row.is_whole for row in told):
        note(done_note())
    missing = (total.denominator or 0) - sum(measure.denominator or 0 for measure in found.sums.values())
    if missing:
        note(
            t(f"{count(missing)} 起不在以上任何一个区域内（未落格）。", f"{count(missing)} lie in none of these areas.")
        )
    if len(many) > MOST:
        note(t(f"只列受理最多的 {MOST} 个区域，另有 {count(len(many) - MOST)} 个；下钻可看全。",
               f"The {MOST} areas with most accepted; {count(len(many) - MOST)} more are seen below."))  # fmt: skip
    if found.without:
        note(t(f"另有 {count(found.without)} 个区域这一期没有受理过纠纷，不列。",
               f"{count(found.without)} more areas had none accepted in this period."))  # fmt: skip


def _row(name: str, total: Measure, told: Told | None, types: list[str], kind: str = "") -> str:
    words = f"{count(total.numerator)} / {count(total.denominator)}"
    if told is None:
        inside = (
            f'<td class="wg-untold" colspan="{len(types)}">{esc(t("不分类别", "not by kind"))}</td>' if types else ""
        )
    else:
        inside = "".join(_cell(told.kinds.get(one)) for one in types)
    return f'<tr class="{kind}"><th>{esc(name)}</th><td class="wg-sum">{esc(words)}</td>{inside}</tr>'


def _cell(measure: Measure | None) -> str:
    if measure is None:
        return count_cell(0)
    if measure.part == "hidden":
        return f'<td class="wg-cell-hidden" title="{esc(t(*HIDDEN_WHY))}">{HIDDEN}</td>'
    accepted = int(measure.denominator or 0)
    if measure.numerator is None:
        return count_cell(accepted)
    return count_cell(accepted, f"{count(measure.numerator)}/{count(accepted)}")


def category(kind: str) -> str:
    """The name of a category of disputes; one that the ledger does not say."""
    return terms.DISPUTE_CATEGORIES.label(kind, lang()) if kind else t("没有写明", "Not stated")


def untold_note() -> str:
    """Why the kinds of some areas are not told."""
    return t(
        "“不分类别”：这一期受理太少（不足20起），或分开后能推算出敏感类别；可看更大的区域或更长的统计期。",
        "“Not by kind”: too few were accepted (below 20), or kinds would give sensitive ones away; look at a larger "
        "area or a longer period.",
    )


def done_note() -> str:
    """Why some kinds have one number alone."""
    return t(
        "只有一个数的是受理数：未化解的太少，分到各类会推算出敏感类别。",
        "A single number is that of the accepted: too few are unresolved to say of which kinds they are.",
    )
