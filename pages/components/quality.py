"""The quality of each source, part by part with its rule, and a map of what lies wrong (台账质量)."""

import pandas as pd
import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards
from pages.components.legend import mark_legend
from pages.components.map import context_layer, draw_map, layer_url, outline_layer
from pages.components.page import is_phone, section
from portal import case_doubts, colours, quality, reads
from portal.case_doubts import CASE_RULE, DOUBTS, OUTCOME_RULE
from portal.identity import Viewer
from portal.quality import PARTS, Score
from portal.words import UNKNOWN, count, esc, lang, percent, t

ROWS = 8
KINDS = {"building": ("楼栋", "Building"), "facility": ("配套设施", "Facility")}
FAULTS = {
    "no_position": ("没有位置", "no position"), "outside": ("在所属社区之外", "outside its community"),
    "elsewhere": ("写明的社区不是位置所在的社区", "states another community than it lies in"),
}  # fmt: skip
PLACE_RULE = (
    "位置在哪个社区就算哪个社区的；没有位置或不在任何社区之内的，按台账写明的算。写明的另存，两者不同的列在这里。",
    "counted in the community where it lies; without a place, or in no community, where its ledger states. What is "
    "stated is kept beside it, and what differs stands here.",
)


def draw_scores(viewer: Viewer) -> None:
    """The table of sources and parts, each n of d; below it the rule of every part."""
    found = quality.scores(viewer)
    section(
        "各类台账的质量", "Quality of the ledgers", t("每格是 n / d，没有总分", "each n of d; there is no single mark")
    )
    if not found:
        words = t(
            "载入台账后，这里列出各类台账的质量。", "The ledgers and their quality stand here once they are loaded."
        )
        st.html(f'<div class="wg-panel">{esc(words)}</div>')
        return
    heads = "".join(f'<th title="{esc(t(*PARTS[part][2:]))}">{esc(t(*PARTS[part][:2]))}</th>' for part in PARTS)
    lines = "".join(_line(score) for score in found)
    heads = f"<th>{esc(t('台账', 'Ledger'))}</th>{heads}"
    st.html(f'<div class="wg-matrix-box"><table class="wg-matrix wg-types"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>")  # fmt: skip
    rules = "".join(f"<div><b>{esc(t(zh, en))}</b><span>{esc(t(rule_zh, rule_en))}</span></div>"
                    for zh, en, rule_zh, rule_en in PARTS.values())  # fmt: skip
    st.html(f'<div class="wg-panel"><div class="wg-list">{rules}</div></div>')


def draw_doubts(viewer: Viewer) -> None:
    """Cases whose state and dates contradict each other: how many of each kind, and how they are counted."""
    found = case_doubts.doubted(viewer)
    kinds = [kind for kind, many in found.of.items() if many]
    if not kinds:
        return
    what = t("照下面的规则算，请在台账里改正", "counted by the rules below; put them right in the ledger")
    section("状态与日期矛盾的事项", "Cases whose state and dates contradict each other", what)
    heads = "".join(f"<th>{esc(terms.CASE_KINDS.label(kind, lang()))}</th>" for kind in kinds)
    total = t("合计（一件只数一次）", "All (each case once)")
    lines = [_doubt_line(total, "", found.doubtful, found.of, kinds)]
    for code, counts in found.by.items():
        doubt = DOUBTS[code]
        rule = t(doubt.rule_zh, doubt.rule_en)
        lines.append(_doubt_line(t(doubt.zh, doubt.en), rule, counts, found.of, kinds))
    st.html(f'<div class="wg-matrix-box"><table class="wg-matrix wg-types"><thead><tr><th></th>{heads}</tr></thead>'
            f"<tbody>{''.join(lines)}</tbody></table></div>")  # fmt: skip
    st.html(f'<div class="wg-note">{esc(t(*CASE_RULE))}{esc(t(*OUTCOME_RULE))}</div>')


def _doubt_line(name: str, rule: str, counts: dict[str, int], of: dict[str, int], kinds: list[str]) -> str:
    cells = "".join(f"<td>{_few(counts[kind], of[kind])}</td>" for kind in kinds)
    note = f'<div class="wg-note">{esc(rule)}</div>' if rule else ""
    return f"<tr><th>{esc(name)}{note}</th>{cells}</tr>"


def _few(n: int, d: int) -> str:
    mark = f' style="color:{colours.SIGNAL}"' if n else ""
    return f"<b{mark}>{count(n)}</b> / {count(d)}"


def _line(score: Score) -> str:
    cells = "".join(f"<td>{_cell(*score.shares[part])}</td>" for part in PARTS)
    tail = ""
    if score.emptiest is not None and not is_phone():
        zh, en, (n, d) = score.emptiest
        words = t(f"最常空：{zh} {count(n)} / {count(d)}", f"emptiest: {en}, {count(n)} of {count(d)}")
        tail = f'<div class="wg-note">{esc(words)}</div>'
    for doubt in score.doubts:
        many, of = count(doubt.count), count(doubt.of)
        tail += f'<div class="wg-note">{esc(t(f"{doubt.zh}：{many} / {of}", f"{doubt.en}: {many} of {of}"))}</div>'
    return f"<tr><th>{esc(t(score.zh, score.en))}{tail}</th>{cells}</tr>"


def _cell(n: int, d: int) -> str:
    if not d:
        return UNKNOWN
    mark = "" if n == d else f' style="color:{colours.SIGNAL}"'
    return f'<b{mark}>{percent(n, d)}</b><div class="wg-note">{count(n)} / {count(d)}</div>'


def draw_faults(viewer: Viewer) -> None:
    """The map of what lies outside its community and of areas that overlap; and the list of all faults of place."""
    home = reads.home(viewer)
    found = quality.faults(viewer, home.code)
    section(
        "位置问题",
        "Faults of place",
        t("点在所属社区之外，面是重叠处", "points outside their community, overlaps as areas"),
    )
    layers = [
        context_layer(viewer, home.code),
        outline_layer(viewer, home.code, "township", "#ffffff", colours.UNKNOWN_LINE),
        outline_layer(viewer, home.code, "grid", colours.COUNTS[0], colours.COUNTS[2]),
        pdk.Layer(
            "GeoJsonLayer", data=layer_url(viewer, "quality", area=home.code), id="quality", pickable=True,
            stroked=True, filled=True, get_fill_color="properties.f", get_line_color="properties.l",
            get_line_width="properties.w",
            line_width_units="'pixels'", get_point_radius=4, point_radius_units="'pixels'",
        ),
    ]  # fmt: skip
    outside = found.points[found.points["fault"] == "outside"]["kind"].value_counts()
    marks = [
        (colours.UNPLACED[kind], t(f"{KINDS[kind][0]}在社区外 {count(outside.get(kind, 0))}",
                                   f"{KINDS[kind][1]} outside {count(outside.get(kind, 0))}"))
        for kind in KINDS
    ]  # fmt: skip
    if len(found.moved):
        many = count(found.moved["cases"].sum())
        marks.append((colours.SIGNAL, t(f"事项写明处 → 所在处 {many}", f"Cases: stated → where they lie {many}")))
    marks.append((colours.NO, t(f"重叠 {count(len(found.overlaps))}", f"Overlaps {count(len(found.overlaps))}")))
    draw_map(layers, home.bounds, key="quality", legend=mark_legend(marks), share=0.4, height=0 if is_phone() else 400)
    _fault_cards(found)
    _fault_tables(found)


def _fault_cards(found: quality.Faults) -> None:
    cards = []
    for kind, fault in ((kind, fault) for kind in KINDS for fault in FAULTS):
        many = int(((found.points["kind"] == kind) & (found.points["fault"] == fault)).sum())
        of = (found.stating if fault == "elsewhere" else found.of)[kind]
        title = f"{KINDS[kind][0]}{FAULTS[fault][0]}", f"{KINDS[kind][1]}: {FAULTS[fault][1]}"
        text = t(
            f"{count(many)} / {count(of)} · {percent(many, of)}", f"{count(many)} of {count(of)} · {percent(many, of)}"
        )
        cards.append(card(t(*title), count(many) if of else UNKNOWN, text))
    many, of = int(found.moved["cases"].sum()), found.stating["case"]
    text = t(
        f"{count(many)} / {count(of)} · {percent(many, of)}", f"{count(many)} of {count(of)} · {percent(many, of)}"
    )
    name = t("事项写明的社区不是位置所在的社区", "Cases: state another community than they lie in")
    cards.append(card(name, count(many) if of else UNKNOWN, text))
    total = float(found.overlaps["overlap_m2"].sum())
    pairs = t(f"{count(len(found.overlaps))} 对区域", f"{count(len(found.overlaps))} pairs of areas")
    draw_cards(*cards, card(t("区域重叠面积", "Areas overlapping"), f"{count(total)} m²", pairs))
    st.html(f'<div class="wg-note">{esc(t(*PLACE_RULE))}</div>')


def _fault_tables(found: quality.Faults) -> None:
    if len(found.points):
        rows = found.points
        table = pd.DataFrame({
            t("类别", "Kind"): [t(*KINDS[kind]) for kind in rows["kind"]],
            t("问题", "Fault"): [t(*FAULTS[fault]) for fault in rows["fault"]],
            t("编号", "Code"): rows["code"].to_list(), t("名称", "Name"): rows["name"].to_list(),
            t("所属社区", "Community"): rows["community_name"].to_list(),
            t("写明的社区", "Stated community"): rows["stated_name"].to_list(),
        })  # fmt: skip
        st.dataframe(table, hide_index=True, key="faults", placeholder=UNKNOWN,
                     height="content" if len(table) <= ROWS else 300)  # fmt: skip
    if len(found.moved):
        table = pd.DataFrame({
            t("事项写明的社区", "Cases state"): found.moved["stated"].to_list(),
            t("位置所在的社区", "and lie in"): found.moved["lies"].to_list(),
            t("件数", "Cases"): found.moved["cases"].to_list(),
        })  # fmt: skip
        st.dataframe(table, hide_index=True, key="moved", height="content" if len(table) <= ROWS else 300)
    if len(found.overlaps):
        levels = {"community": t("社区", "Community"), "grid": t("网格", "Grid")}
        table = pd.DataFrame({
            t("级别", "Level"): [levels[level] for level in found.overlaps["level"]],
            t("区域", "Area"): found.overlaps["one"].to_list(), t("与", "and"): found.overlaps["other"].to_list(),
            t("重叠（m²）", "Overlap (m²)"): found.overlaps["overlap_m2"].round().astype(int).to_list(),
        })  # fmt: skip
        st.dataframe(table, hide_index=True, key="overlaps", height="content" if len(table) <= ROWS else 300)
    if not len(found.points) and not len(found.overlaps) and not len(found.moved):
        words = t("没有发现位置问题。", "No fault of place was found.")
        if not any(found.of.values()):
            words = t("还没有楼栋和设施。", "No buildings or facilities yet.")
        st.html(f'<div class="wg-panel">{esc(words)}</div>')
