"""数从哪来 Lineage: what a number is made of, which files it came from, what was left out and why."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.cards import card, draw_cards, where_from
from pages.components.page import heading, is_phone, section
from portal import address, audit, figures, reads
from portal.choice import Choice, Indicator, choose, indicators
from portal.identity import Viewer, require_page
from portal.lineage import as_stood, has_rows, lineage, may_see_rows
from portal.snapshot import short_name
from portal.standing import STANDINGS, sound_rate, standing
from portal.words import UNKNOWN, count, day, esc, lang, per, t

ROWS = 8
LEDGERS = {
    "grid": ("网格边界", "Grid boundaries"), "grid_branch": ("网格党支部台账", "Grid branches"),
    "building": ("楼栋", "Buildings"), "building_group": ("楼栋党小组台账", "Building groups"),
    "group_cover": ("覆盖楼栋", "Buildings covered"), "post_building": ("楼栋长", "Building leads"),
    "household": ("户登记台账", "Households"), "visit": ("走访台账", "Visits"), "area_name": ("区划名录", "Places"),
    "facility": ("配套设施", "Facilities"), "plot": ("菜地分配台账", "Plots"),
    "suggestion": ("意见建议台账", "Suggestions"), "dispute": ("矛盾纠纷台账", "Disputes"),
    "wish": ("微心愿台账", "Wishes"), "case_step": ("办理步骤", "Steps of cases"),
}  # fmt: skip


def ask(choice: Choice) -> None:
    """The indicator; the area and the period are chosen in the frame and by the links of other pages."""
    key = address.chooser_key("ind", choice.indicator.code)
    st.selectbox(t("指标", "Indicator"), list(indicators()), key=key, label_visibility="collapsed", width=260,
                 format_func=lambda code: f"{code} {indicators()[code].name(lang())}",
                 on_change=address.write_choice, args=("ind", key))  # fmt: skip


def is_asked_as_stood(choice: Choice) -> bool:
    """Whether the address asks for the number as it stood at the period's end, where there is one."""
    return choice.indicator.is_at_end and st.query_params.get("stood") == "end"


def ask_when(choice: Choice) -> None:
    """Which of its two numbers, of a rate that is compared as it stood."""
    if not choice.indicator.is_at_end:
        return
    words = {"now": t("现在的数", "The number now"), "end": t("期末时点的数", "As it stood at the period's end")}
    current = "end" if is_asked_as_stood(choice) else "now"
    key = address.chooser_key("stood", current)
    st.segmented_control(
        t("哪个数", "Which number"), list(words), key=key, format_func=words.__getitem__, required=True,
        label_visibility="collapsed", on_change=address.write_choice, args=("stood", key),
    )  # fmt: skip


def cards(choice: Choice, found: dict[str, Any]) -> None:
    """The number, the rows in its numerator and denominator, and whether the stored number is the same."""
    n, d, kind = found["numerator"], found["denominator"], found["row_kind_name"]
    same = {
        None: (UNKNOWN, t("这个统计期没有存数", "no number is kept for this period")),
        True: (t("✓ 一致", "✓ Same"), t("重新数一遍，与页面上的数相同", "counted anew, it is the number on the pages")),
        False: (t("✕ 不一致", "✕ Differs"), t("请数据员重新载入", "ask the data steward to load again")),
    }[found["agrees"]]
    measure = _measure(found)
    draw_cards(
        card(choice.indicator.name(lang()), figures.shown(choice.indicator, measure),
             figures.why(choice.indicator, measure),
             share=sound_rate(measure, choice.indicator) if choice.indicator.is_share else None),
        card(t("分子", "Numerator"), count(n), found["numerator_words"],
             change=_quiet(t(f"来自 {count(found['rows_in_numerator'])} 条{kind}",
                             f"from {count(found['rows_in_numerator'])} rows: {kind.lower()}"))),
        card(t("分母", "Denominator"), count(d), choice.indicator.denominator(lang()),
             change=_quiet(t(f"来自 {count(found['rows_in_denominator'])} 条{kind}",
                             f"from {count(found['rows_in_denominator'])} rows: {kind.lower()}"))),
        card(t("复核", "Checked"), *same),
    )  # fmt: skip


def _measure(found: dict[str, Any]) -> reads.Measure:
    n, d = found["numerator"], found["denominator"]
    return reads.Measure(n, d, "known" if d else "none" if d == 0 else "unknown")


def parts_of_index(viewer: Viewer, choice: Choice) -> None:
    """What an index is made of: each rate with its weight and the points it brings, and the way to its own rows."""
    items = []
    for code, weight in choice.indicator.parts.items():
        part = indicators()[code]
        measure = reads.measure(viewer, code, choice.period, choice.area.code)
        note = t(f"权重 {abs(weight):g}", f"weight {abs(weight):g}")
        if weight < 0:
            note += t("，取 1 减去它", ", of 1 minus it")
        if measure.rate is not None:
            brought = per(abs(weight) * (measure.rate if weight > 0 else 1 - measure.rate), 1, 1)
            note += t(f" · 得 {brought} 分", f" · {brought} points")
        value = figures.shown(part, measure)
        of = t("还没有数据", "no data yet") if measure.part == "unknown" else figures.why(part, measure)
        href = where_from(viewer, choice, code)
        items.append(card(f"{code} {part.name(lang())}", value, of, change=_quiet(note), href=href))
    section("由哪几个率得来", "Made of these rates", choice.indicator.numerator(lang()))
    draw_cards(*items)


def _quiet(text: str) -> str:
    return f'<span class="wg-note">{esc(text)}</span>'


def left_out(found: dict[str, Any]) -> None:
    """What is in neither number, and why; what lies in no grid; what was refused by the load."""
    section("没有计入的", "Left out", t("逐条都有原因", "each for a reason"))
    kind = found["row_kind_name"]
    lines = [
        (t(f"{kind}：{entry['words']}", f"{kind}: {entry['words'].lower()}"), entry["count"])
        for entry in found["left_out"]
    ]
    refused: dict[str, int] = {}
    for file in found["files"]:
        for reason in file.get("reasons", ()):
            name = f"{t(*LEDGERS.get(file['kind'], (file['kind'],) * 2))} · {reason['words']}"
            refused[name] = refused.get(name, 0) + reason["count"]
    if undated := found.get("without_day"):
        lines.append(
            (t("已到这一步但没有日期：只算在现在的数里", "On a day not known: in the number now only"), undated)
        )
    lines += [(t(f"全县载入时被拒：{name}", f"refused at the load, whole county: {name}"), many)
              for name, many in refused.items()]  # fmt: skip
    lost = found["unplaced"]
    if lost["denominator"]:
        lines.append(
            (t("未落格：计入社区，不属于任何网格", "In no grid: counted for the community only"), lost["denominator"])
        )
    if not lines:
        st.html(f'<div class="wg-panel">{esc(t("全部计入，没有遗漏。", "Nothing was left out."))}</div>')
        return
    items = "".join(
        f'<div><span class="wg-name" title="{esc(words)}">{esc(words)}</span><b>{count(many)}</b></div>'
        for words, many in lines
    )
    st.html(f'<div class="wg-panel"><div class="wg-list">{items}</div></div>')


def files(found: dict[str, Any]) -> None:
    """The files the rows came from: what was read, refused, when it was loaded, its fingerprint. Only the loads, for
    those who have less than the county."""
    if not all("file" in f for f in found["files"]):
        _loads(found["files"])
        return
    section("来自哪些文件", "Files", t(f"{len(found['files'])} 张表", f"{len(found['files'])} sheets"))
    rows = pd.DataFrame(
        {
            "kind": [t(*LEDGERS.get(f["kind"], (f["kind"],) * 2)) for f in found["files"]],
            "file": [f["file"] + (f" [{f['sheet']}]" if f["sheet"] else "") for f in found["files"]],
            "read": [f["read"] for f in found["files"]],
            "refused": [f["refused"] for f in found["files"]],
            "loaded": [day(pd.Timestamp(f["loaded_at"]).date()) for f in found["files"]],
            "batch": [t(f"第{f['batch_id']}批", f"Load {f['batch_id']}") for f in found["files"]],
            "sha256": [f["sha256"][:12] for f in found["files"]],
        }
    )
    names = {
        "file": ("文件", "File"), "read": ("读入", "Read"), "refused": ("拒绝", "Refused"),
        "kind": ("台账", "Ledger"), "loaded": ("载入", "Loaded"), "batch": ("批次", "Load"),
        "sha256": ("指纹", "SHA-256"),
    }  # fmt: skip
    _table(rows, {name: names[name] for name in (list(names)[:3] if is_phone() else names)}, "files")


def _loads(files: list[dict[str, Any]]) -> None:
    section(
        "来自哪些台账",
        "Ledgers",
        t("文件和被拒的行不分区域，全县的数据员可查", "files lie in no area: see the steward"),
    )
    rows = pd.DataFrame(
        {
            "kind": [t(*LEDGERS.get(f["kind"], (f["kind"],) * 2)) for f in files],
            "loaded": [day(pd.Timestamp(f["loaded_at"]).date()) for f in files],
            "batch": [t(f"第{f['batch_id']}批", f"Load {f['batch_id']}") for f in files],
        }
    )
    _table(rows, {"kind": ("台账", "Ledger"), "loaded": ("载入", "Loaded"), "batch": ("批次", "Load")}, "files")


def by_area(rule: Indicator, found: dict[str, Any]) -> None:
    """The number by grid; they sum to it."""
    rows = found["by_area"]
    is_sites = found["row_kind"] == "sites"
    names = (("社区", "Community"), ("所属", "Part of")) if is_sites else (("网格", "Grid"), ("所属", "Part of"))
    section(f"逐个{names[0][0]}", f"By {names[0][1].lower()}", t("加起来就是上面的数", "they sum to the number above"))
    n, d = sum(row["numerator"] for row in rows), sum(row["denominator"] for row in rows)
    table = pd.DataFrame(
        [
            {"area": short_name(row["area_name"]), "parent": short_name(row["parent_name"]), "n": row["numerator"],
             "d": row["denominator"], "rate": _rate(rule, row)}
            for row in rows
        ],
        columns=["area", "parent", "n", "d", "rate"],
    )  # fmt: skip
    heads = {"area": names[0], "parent": names[1], "n": ("分子", "Numerator"), "d": ("分母", "Denominator"),
             "rate": ("比率", "Rate")}  # fmt: skip
    _table(table, heads, "by_area")
    st.html(f'<div class="wg-note">{esc(t("合计", "Sum"))} {count(n)} / {count(d)}</div>')


def _rate(rule: Indicator, row: dict[str, Any]) -> str:
    """The rate of an area; that it is of too few, or of none."""
    measure = _measure(row)
    found = standing(measure, rule)
    return figures.value(rule, measure) if found in ("known", "zero", "unknown") else t(*STANDINGS[found])


def single_rows(viewer: Viewer, choice: Choice, found: dict[str, Any]) -> None:
    """Every row, for those who may see them; a line that says why not for others."""
    section("逐条明细", "Row by row")
    if "rows" not in found or not may_see_rows(viewer, choice.indicator.code):
        words = t(
            "您的身份看到网格为止；逐户、逐件的明细只有负责的网格员可以看。",
            "Your role sees down to grids; single households and cases are for their own grid worker.",
        )
        st.html(f'<div class="wg-panel">{esc(words)}</div>')
        return
    thing = f"lineage:{choice.indicator.code}:{choice.area.code}"
    audit.viewed(viewer, thing, reads.status().version, rows=len(found["rows"]))
    # Where a row brings in more than itself (people, facilities), how many.
    is_plain = all(row["numerator"] <= 1 and row["denominator"] <= 1 for row in found["rows"])
    yes, no = t("计入", "yes"), t("没有", "no")

    def part(share: int) -> int | str:
        return (yes if share else no) if is_plain else share

    table = pd.DataFrame(
        [
            {"no": row["no"], "about": row["about"], "area": short_name(row["area_name"]),
             "n": part(row["numerator"]), "d": part(row["denominator"]),
             "batch": t(f"第{row['batch_id']}批", f"Load {row['batch_id']}") if row["batch_id"] else UNKNOWN}
            for row in found["rows"]
        ],
        columns=["no", "about", "area", "n", "d", "batch"],
    )  # fmt: skip
    names = {"no": ("编号", "No."), "about": ("说明", "About"), "area": ("网格", "Grid"), "n": ("分子", "Numerator"),
             "d": ("分母", "Denominator"), "batch": ("批次", "Load")}  # fmt: skip
    if not table["about"].any():
        names.pop("about")
    _table(table, names, "rows")


def _table(rows: pd.DataFrame, names: dict[str, tuple[str, str]], key: str) -> None:
    numbers = ("read", "refused", "n", "d")
    st.dataframe(
        rows[list(names)], hide_index=True, key=key, height="content" if len(rows) <= ROWS else 320,
        placeholder=UNKNOWN,
        column_config={
            name: st.column_config.NumberColumn(t(*words), format="localized", width=80)
            if name in numbers and pd.api.types.is_numeric_dtype(rows[name])
            else st.column_config.TextColumn(t(*words))
            for name, words in names.items()
        },
    )  # fmt: skip


def index_page(viewer: Viewer, choice: Choice, when: str, where: str) -> None:
    """An index has no rows of its own: the rates it is made of, each with theirs."""
    measure, name = reads.measure(viewer, choice.indicator.code, choice.period, choice.area.code), choice.indicator.name
    number = figures.shown(choice.indicator, measure)
    heading(f"{when}，{where}的{name('zh')} {number} 从哪来",
            f"Where {number} comes from: {name('en')}, {where}, {when}")  # fmt: skip
    ask(choice)
    parts_of_index(viewer, choice)


def page(viewer: Viewer) -> None:
    choice = choose(viewer)
    when, where = choice.period_words, reads.full_name(choice.area)
    if not has_rows(choice.indicator.code):
        index_page(viewer, choice, when, where)
        return
    with st.spinner(t("正在逐条核对……", "Going through the rows …")):
        code = as_stood(choice.indicator.code) if is_asked_as_stood(choice) else choice.indicator.code
        found = lineage(viewer, code, choice.period, choice.area.code, lang())
    name = choice.indicator.name
    if found is None:
        heading(
            f"{when}，{where}的{name('zh')}为保护隐私不显示", f"{name('en')} of {where}, {when}, is hidden for privacy"
        )
        ask(choice)
        return
    number = figures.shown(choice.indicator, _measure(found))
    heading(f"{when}，{where}的{name('zh')} {number} 从哪来",
            f"Where {number} comes from: {name('en')}, {where}, {when}")  # fmt: skip
    ask(choice)
    ask_when(choice)
    cards(choice, found)
    left, right = st.columns([0.45, 0.55], gap="small")
    with left:
        left_out(found)
        by_area(choice.indicator, found)
    with right:
        files(found)
        single_rows(viewer, choice, found)


page(require_page("lineage"))
