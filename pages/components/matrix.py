"""The "1+6" matrix (“1+6”配套一览): relocation communities down, six facilities across; a mark beside every colour."""

from collections.abc import Sequence

import streamlit as st

from data import terms
from pages.components.page import is_phone
from portal.relocation import ITEMS, ZONES, Site, state_word
from portal.words import UNKNOWN, count, esc, lang, t

MARKS = {"present": "●", "planned": "◐", "closed": "○", "partial": "◑", "missing": "×", "unknown": UNKNOWN}
SHORT = {"service_centre": "Centre", "plaza": "Square", "shop": "Shop", "clinic": "Clinic", "work_space": "Jobs",
         "plot": "Plots"}  # fmt: skip


def draw_matrix(sites: Sequence[Site]) -> None:
    """Draw the communities with their six items; on a wide screen also plots per household and the centre's zones."""
    zones = [f'<th class="{_zone(n)}">{esc(kind_name(kind))}</th>' for n, kind in enumerate(ZONES)]
    plots = f'<th class="wg-zone">{esc(t("菜地到户", "Households with a plot"))}</th>'
    heads = "".join([*(f"<th>{esc(item_name(item))}</th>" for item in ITEMS), plots, *zones])
    total = esc(t("在用", "In use"))
    if is_phone():
        top = f"<tr><th></th><th>{total}</th>{heads}</tr>"
    else:
        six, inside = esc(t("六项配套", "The six facilities")), esc(t("便民服务中心内设", "Inside the service centre"))
        top = (
            f'<tr><th rowspan="2"></th><th rowspan="2">{total}</th><th colspan="{len(ITEMS) + 1}">{six}</th>'
            f'<th colspan="{len(ZONES)}" class="wg-zone-first">{inside}</th></tr><tr>{heads}</tr>'
        )
    rows = "".join(_row(site) for site in sites)
    st.html(
        f'<div class="wg-matrix-box"><table class="wg-matrix"><thead>{top}</thead><tbody>{rows}</tbody></table></div>'
    )


def _row(site: Site) -> str:
    total = UNKNOWN if site.in_use is None else f"{site.in_use}/{len(ITEMS)}"
    cells = [_cell(site, item) for item in ITEMS]
    words = f"{count(site.plots.with_plot)}/{count(site.plots.households)}" if site.plots else UNKNOWN
    kind = "wg-left" if site.plots and site.plots.left else ""
    cells.append(f'<td class="wg-zone"><span class="{kind}">{esc(words)}</span></td>')
    cells += [
        f'<td class="{_zone(n)} wg-cell-{esc(site.states[zone])}">{mark(site.states[zone])}</td>'
        for n, zone in enumerate(ZONES)
    ]
    head = f'<th>{esc(site.area.name)}{inferred_tag(site)}</th><td class="wg-sum">{esc(total)}</td>'
    return f"<tr>{head}{''.join(cells)}</tr>"


def _cell(site: Site, item: str) -> str:
    state = site.states[item]
    words = "" if is_phone() or state == "unknown" else esc(state_word(state, lang()))
    return f'<td class="wg-cell-{esc(state)}">{mark(state)}{words}</td>'


def _zone(number: int) -> str:
    return "wg-zone wg-zone-first" if number == 0 else "wg-zone"


def mark(state: str) -> str:
    """The mark of a state as HTML, its word as a tooltip."""
    return f'<span class="wg-mark wg-mark-{esc(state)}" title="{esc(state_word(state, lang()))}">{MARKS[state]}</span>'


def mark_key(sites: Sequence[Site]) -> str:
    """What the marks mean, with how many of the six items of these communities are in each state; HTML."""
    parts = []
    for state in MARKS:
        many = sum(site.states[item] == state for site in sites for item in ITEMS)
        if state in ("unknown", "partial") and not many:
            continue
        word = t("没有登记", "No record") if state == "unknown" else state_word(state, lang())
        parts.append(f"<span>{mark(state)}{esc(word)} <b>{count(many)}</b></span>")
    return f'<div class="wg-facts">{"".join(parts)}</div>'


def inferred_tag(site: Site) -> str:
    """A small 推定 behind the name of a community that no official list names; HTML."""
    if not site.area.is_inferred:
        return ""
    why = t(
        "按区划名录的变化推断为易迁社区，尚无正式名单确认",
        "taken to be one from the list of areas; no official list confirms it",
    )
    return f'<span class="wg-inferred" title="{esc(why)}">{esc(t("推定", "inferred"))}</span>'


def item_name(item: str) -> str:
    """The name of one of the six items, short on an English phone."""
    return SHORT[item] if is_phone() and lang() == "en" else kind_name(item)


def kind_name(kind: str) -> str:
    """The name of a kind of facility in the reader's language."""
    return terms.FACILITY_KINDS.label(kind, lang())
