"""数据接入 Data intake: what was loaded, what was refused and why, what lies in no grid."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import pandas as pd
import pydeck as pdk
import streamlit as st

from data import terms
from pages.components.cards import card, draw_cards
from pages.components.desk import draw_desk
from pages.components.job import draw_job, undone
from pages.components.legend import mark_legend
from pages.components.map import FONT, context_layer, draw_map, layer_url, outline_layer
from pages.components.notices import draw_notices
from pages.components.owed import draw_owed
from pages.components.page import heading, is_phone, section
from pages.components.quality import draw_doubts, draw_faults, draw_scores
from pages.components.refused import as_csv, as_xlsx, reasons_table
from portal import address, audit, colours, loading, mending, reads
from portal.colours import rgba
from portal.expected import Expected, expected_totals
from portal.exports import KINDS as KINDS_OF_FILE
from portal.frame import county_code
from portal.identity import Viewer, require_page
from portal.trouble import StoreError
from portal.watermark import mark_of
from portal.words import CHINA, UNKNOWN, count, day, esc, inert, lang, percent, t

# A table of more rows than this scrolls in itself.
ROWS = 8
COUNTS = {
    "read_count": ("读入", "Read"),
    "loaded_count": ("新增", "Loaded"),
    "updated_count": ("更新", "Updated"),
    "unchanged_count": ("不变", "Unchanged"),
    "refused_count": ("拒绝", "Refused"),
    "not_data_count": ("非数据行", "Not data"),
}
KINDS = {
    "building": ("楼栋", "Buildings", "栋", "buildings"),
    "facility": ("配套设施", "Facilities", "处", "facilities"),
    "case": ("纠纷、建议和心愿", "Disputes, suggestions, wishes", "件", "cases"),
}


def moment(value: pd.Timestamp) -> str:
    """A day and time in China."""
    local = value.tz_convert(CHINA)
    return f"{day(local.date())} {local:%H:%M}"


def choose_batch(batches: pd.DataFrame) -> int:
    """The load in the address, else the newest that is one: a goal typed in has no seconds and no files."""
    numbers = [int(n) for n in batches["batch_id"]]
    loads = [int(n) for n in batches.loc[batches["seconds"].notna(), "batch_id"]]
    asked = st.query_params.get("batch", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in numbers else (loads or numbers)[0]
    if len(numbers) > 1:
        times = zip(numbers, batches["loaded_at"].map(moment), strict=True)
        words = {n: f"{t(f'第{n}批', f'Load {n}')} · {time}" for n, time in times}
        key = address.chooser_key("batch", chosen)
        st.selectbox(t("批次", "Load"), numbers, key=key, format_func=words.__getitem__, width=320,
                     on_change=address.write_choice, args=("batch", key))  # fmt: skip
    return chosen


def sums(files: pd.DataFrame) -> None:
    """Files, rows read, refused of read; and that the counts add up."""
    total = {name: int(files[name].sum()) for name in COUNTS}
    read, refused = total["read_count"], total["refused_count"]
    many = files["file_name"].nunique()
    sheets = t(f"{len(files)} 张表或图层", f"{len(files)} sheets or layers")
    share = percent(refused, read)
    draw_cards(
        card(t("文件", "Files"), count(many), sheets),
        card(t("读入行数", "Rows read"), count(read),
             t(f"另有 {count(total['not_data_count'])} 行标题、说明、合计，不算数据",
               f"besides {count(total['not_data_count'])} title, note and total rows")),
        card(t("拒绝", "Refused"), count(refused), t(f"{count(refused)} / {count(read)} 行 · {share}",
                                                     f"{count(refused)} of {count(read)} rows · {share}")),
    )  # fmt: skip
    parts = " + ".join(f"{count(total[name])} {t(*COUNTS[name]).lower()}" for name in list(COUNTS)[1:5])
    st.html(f'<div class="wg-note">{count(read)} {esc(t("读入", "read"))} = {esc(parts)}</div>')


def counts_table(rows: pd.DataFrame, first: dict[str, tuple[str, str]], key: str) -> None:
    """Loads or files with their counts."""
    names = {**first, **COUNTS}
    if is_phone():
        names = {name: names[name] for name in [*list(first)[:1], "read_count", "refused_count"]}
    st.dataframe(
        rows[list(names)], hide_index=True, key=key, height="content" if len(rows) <= ROWS else 250,
        placeholder=UNKNOWN,
        column_config={
            name: st.column_config.NumberColumn(t(*words), format="localized", width=72) if name in COUNTS
            else st.column_config.TextColumn(t(*words))
            for name, words in names.items()
        },
    )  # fmt: skip


def placing(viewer: Viewer) -> None:
    """The map of what lies in no grid, and how much lies in one."""
    code = reads.home(viewer).code
    lost = reads.unplaced(viewer, code)
    section("落格", "Placed in grids", t("橙、紫点不在任何网格内", "dots are in no grid"))
    layers = [
        context_layer(viewer, code),
        outline_layer(viewer, code, "township", "#ffffff", colours.UNKNOWN_LINE),
        outline_layer(viewer, code, "grid", colours.COUNTS[1], colours.COUNTS[3]),
        pdk.Layer(
            "TextLayer", data=layer_url(viewer, "name_labels", area=code, level="township"), id="names", pickable=False,
            get_position="p", get_text="n", get_size=12, get_color=rgba(colours.QUIET), character_set="'auto'",
            font_family=FONT,
        ),
        pdk.Layer(
            "GeoJsonLayer", data=layer_url(viewer, "unplaced", area=code), id="unplaced", pickable=True, stroked=True,
            filled=True, get_fill_color="properties.f", get_line_color=[255, 255, 255], get_line_width=1,
            line_width_units="'pixels'", get_point_radius=4, point_radius_units="'pixels'",
        ),
    ]  # fmt: skip
    drawn = lost[lost["lon"].notna()]["kind"].value_counts()
    marks = [(colours.COUNTS[3], t("网格", "Grids"))]
    marks += [
        (colours.UNPLACED[kind], t(f"未落格{KINDS[kind][0]} {count(drawn.get(kind, 0))}",
                                   f"{KINDS[kind][1]} in no grid {count(drawn.get(kind, 0))}"))
        for kind in colours.UNPLACED
    ]  # fmt: skip
    draw_map(layers, reads.home(viewer).bounds, key="intake", legend=mark_legend(marks), share=0.4,
             height=0 if is_phone() else 400)  # fmt: skip
    found = reads.placing(viewer, code)
    rows = zip(found["kind"], found["placed"], found["total"], strict=True)
    draw_cards(*(_placed_card(kind, int(placed), int(total)) for kind, placed, total in rows))
    bare = int(lost["lon"].isna().sum())
    if bare:
        words = t(f"其中 {bare} 个没有坐标，图上不显示", f"{bare} of them have no position and are not on the map")
        st.html(f'<div class="wg-note">{esc(words)}</div>')


def _placed_card(kind: str, placed: int, total: int) -> str:
    zh, en, zh_unit, en_unit = KINDS[kind]
    left = total - placed
    note = t(f"未落格 {count(left)} {zh_unit}", f"{count(left)} in no grid") if left else ""
    text = t(f"{count(placed)} / {count(total)} {zh_unit}已落格", f"{count(placed)} of {count(total)} {en_unit} placed")
    return card(t(zh, en), percent(placed, total), text, note, share=placed / total if total else None)


def refused(viewer: Viewer, batch: int, files: pd.DataFrame) -> None:
    """The refused rows of a load: filter, read why, download, mend."""
    every = reads.refused_rows(viewer, batch)
    rows = mending.open_rows(every)
    mended = len(every) - len(rows)
    section("被拒绝的行", "Refused rows",
            t("下载改正表，改好后在“载入”里上传，只载入这些行",
              "download them, mend them and upload them under Load: only they are read"))  # fmt: skip
    if mended:
        later = "、".join(str(int(n)) for n in sorted(every["mended_by"].dropna().unique()))
        words = t(f"{count(mended)} / {count(len(every))} 行改后已重新载入，仍被拒的列在第{later}批",
                  f"{count(mended)} of {count(len(every))} rows were mended and read again; what is refused still is "
                  f"in load {later}")  # fmt: skip
        st.html(f'<div class="wg-note">{esc(words)}</div>')
    if rows.empty:
        words = t("这一批没有被拒绝的行。", "No row of this load was refused.")
        if mended:
            words = t("这一批被拒绝的行都已改后重新载入。", "Every refused row of it was mended and read again.")
        st.html(f'<div class="wg-panel">{esc(words)}</div>')
        return
    audit.viewed(viewer, f"refused_rows:batch:{batch}", reads.status().version, rows=len(rows))
    table = reasons_table(rows, lang())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        file = _filter("file", t("文件", "File"), list(dict.fromkeys(table["file_name"])), str)
        codes = sorted({code for found in table["codes"] for code in found})
        code = _filter("problem", t("问题", "Problem"), codes, problem_words)
        keep = table["codes"].map(lambda found: not code or code in found) & (table["file_name"].eq(file) | (not file))
        chosen, mark = rows[keep.to_numpy()], mark_of(viewer)
        if len(to_mend := mending.mendable(chosen, files)):
            _download(
                viewer, ("下载改正表", "Download to mend"), "xlsx",
                lambda: mending.as_workbook(to_mend, files, loading.kinds(), mark), batch, len(to_mend),
                ("改正表", "rows_to_mend"), key="mend", is_first=True,
            )  # fmt: skip
        _download(viewer, ("下载 Excel", "Download Excel"), "xlsx", partial(as_xlsx, chosen, mark), batch, len(chosen))
        _download(viewer, ("下载 CSV", "Download CSV"), "csv", partial(as_csv, chosen, mark), batch, len(chosen))
        many = t(f"{count(len(chosen))} / {count(len(rows))} 行", f"{count(len(chosen))} of {count(len(rows))} rows")
        st.html(f'<span class="wg-note">{esc(many)}</span>', width="content")
    names = {
        "file_name": ("文件", "File"), "sheet": ("工作表", "Sheet"), "row": ("行号", "Row"), "column": ("列", "Column"),
        "problem": ("问题", "Problem"), "reason": ("原因", "Reason"), "cells": ("原始内容", "Original cells"),
    }  # fmt: skip
    widths: dict[str, Literal["small", "large"]] = {
        "row": "small",
        "sheet": "small",
        "reason": "large",
        "cells": "large",
    }
    if is_phone():
        names = {name: names[name] for name in ("row", "reason", "file_name", "sheet", "column")}
    st.dataframe(
        table.loc[keep, list(names)], hide_index=True, key="refused", height="content" if len(chosen) <= ROWS else 420,
        column_config={k: st.column_config.Column(t(*words), width=widths.get(k)) for k, words in names.items()},
    )  # fmt: skip


def _download(
    viewer: Viewer, words: tuple[str, str], ending: str, make: Callable[[], bytes], batch: int, many: int,
    name: tuple[str, str] = ("拒绝行", "refused_rows"), *, key: str = "refused", is_first: bool = False,
) -> None:  # fmt: skip
    """A button; the file is made, and the export noted, when it is pressed."""
    st.download_button(
        t(*words), mime=KINDS_OF_FILE[ending], key=f"{key}_{ending}", on_click="ignore",
        data=audit.exporting(viewer, f"refused_rows:batch:{batch}", make, rows=many, kind=ending),
        file_name=t(f"{name[0]}_第{batch}批", f"{name[1]}_{batch}") + f".{ending}",
        type="primary" if is_first else "secondary",
    )  # fmt: skip


def problem_words(code: str) -> str:
    """A problem code in the reader's language."""
    return terms.PROBLEMS.label(code, lang()) if code in terms.PROBLEMS else code


def _filter(name: str, label: str, options: list[str], words: Callable[[str], str]) -> str:
    asked = st.query_params.get(name, "")
    key = address.chooser_key(name, asked if asked in options else "")
    everything = t("全部", "All")
    return st.selectbox(
        label, ["", *options], key=key, format_func=lambda value: words(value) if value else everything, width=240,
        on_change=address.write_choice, args=(name, key),
    )  # fmt: skip


def official(viewer: Viewer) -> None:
    """Official counts beside what the ledgers hold: 30 of 30, or which are missing."""
    totals = expected_totals(viewer)
    whole = sum(total.missing == 0 for total in totals)
    many = t(f"{whole} / {len(totals)} 项齐全", f"{whole} of {len(totals)} complete")
    section("官方数", "Official counts", many if totals else "")
    if not totals:
        words = t("还没有官方数。载入“官方数”台账，或在服务器上逐个填写：",
                  "No official counts yet. Load a ledger of them, or state them one by one on the server:")  # fmt: skip
        command = "python -m etl expect --area 422825100 --what grid_branch --count 30"
        st.html(f'<div class="wg-panel">{esc(words)}<pre class="wg-command">{esc(command)}</pre></div>')
        return
    rows = []
    for total in totals:
        found = UNKNOWN if total.found is None else count(total.found)
        names = t("、", ", ").join(missing.area_name for missing in total.lacking)
        tail = f'<div class="wg-note">{esc(t("还没有的：", "without one: ") + names)}</div>' if names else ""
        tip = esc(total.source)
        rows.append(
            f'<div title="{tip}"><span class="wg-name">{esc(total.area_name)} '
            f"{esc(terms.COUNTABLES.label(total.what, lang()))}{tail}</span>"
            f"<b>{found} / {count(total.expected)}</b>{official_state(total)}</div>"
        )
    st.html(f'<div class="wg-panel"><div class="wg-list wg-official">{"".join(rows)}</div></div>')


def official_state(total: Expected) -> str:
    """Complete, how many are missing or too many, or no ledger, as HTML with a mark beside the colour."""
    if total.missing is None:
        kind, words = "no_ledger", f"{UNKNOWN} {t('无台账', 'No ledger')}"
    elif not total.missing:
        kind, words = "same", f"✓ {t('齐全', 'Complete')}"
    elif total.missing > 0:
        kind, words = "differs", f"✕ {t(f'缺 {count(total.missing)}', f'{count(total.missing)} missing')}"
    else:
        kind, words = "differs", f"✕ {t(f'多 {count(-total.missing)}', f'{count(-total.missing)} too many')}"
    return f'<span class="wg-verdict wg-verdict-{kind}">{esc(words)}</span>'


def how_to_load() -> None:
    """The steps, and the command that does the same on the server."""
    steps = (
        ("把台账或图层拖到左边；认识的台账不用再设。",
         "Drop ledgers or layers on the left; a known one needs nothing more."),
        ("不认识的，核对种类和各列对应的表头；下次同样表头的台账会照此办理。",
         "For another, check its kind and the headings of its columns; the next with these headings is read the same."),
        ("试装：看会新增、更改、拒收多少行，指标怎么变；什么都不写。",
         "Try: see what would be added, changed and refused, and how the numbers would move; nothing is written."),
        ("载入。被拒的行可下载，改好后上传，只载入这些行；载错了可以撤销。",
         "Load. Refused rows can be downloaded, mended and uploaded; a wrong load can be taken back."),
    )  # fmt: skip
    section("怎么做", "How it goes")
    lines = "".join(
        f"<div><b>{esc(n)}</b><span>{esc(t(*words))}</span></div>" for n, words in enumerate(steps, start=1)
    )
    note = t("服务器上用命令也可以：", "The command on the server does the same:")
    command = t("python -m etl load 台账文件夹", "python -m etl load FOLDER")
    st.html(f'<div class="wg-panel"><div class="wg-list">{lines}</div><div class="wg-note">{esc(note)}</div>'
            f'<pre class="wg-command">{esc(command)}</pre></div>')  # fmt: skip


def what_comes_first() -> None:
    """The kinds of ledgers in the order in which they build on each other; one upload may hold them all."""
    section("先载入什么", "What comes first", t("可以一次全部上传", "all of them may come in one upload"))
    code = county_code()
    note = t(f"区划名录里要有本县（{code}），全部或逐份载入都可以；后面的台账要用前面的代码。",
             f"The directory of places has to hold this county ({code}). Load everything at once, or one after "
             "another in this order: later ledgers use codes of earlier ones.")  # fmt: skip
    names = "".join(f"<li>{esc(t(entry['zh'], entry['en']))}</li>" for entry in loading.kinds().values())
    other = t("是别的县？请用 WANGGE_COUNTY=六位代码 重新启动。",
              "Another county? Start again with WANGGE_COUNTY and its six digits.")  # fmt: skip
    sample = t("只想先看看？在服务器上运行 make run，载入虚构的示例县。",
               "Only looking around? make run on the server loads an invented sample county.")  # fmt: skip
    st.html(f'<div class="wg-panel"><div>{esc(note)}</div><ol class="wg-order">{names}</ol>'
            f'<div class="wg-note">{esc(other)}</div><div class="wg-note">{esc(sample)}</div></div>')  # fmt: skip


def batch_names(batches: pd.DataFrame) -> list[str]:
    """How each batch is called: a load, one taken back, what took it back, or what was typed in."""
    takers = {int(taker): int(taken) for taken, taker in zip(batches["batch_id"], batches["undone_by"], strict=True)
              if pd.notna(taker)}  # fmt: skip
    names = []
    columns = ("batch_id", "seconds", "undone_by", "has_changes")
    for n, seconds, taker, has_changes in zip(*(batches[name] for name in columns), strict=True):
        words = t(f"第{n}批", f"Load {n}")
        if pd.notna(taker):
            words += t(f"（第{int(taker)}批已撤销）", f" (taken back by {int(taker)})")
        elif n in takers:
            words += t(f"（撤销第{takers[n]}批）", f" (took back {takers[n]})")
        elif pd.isna(seconds):
            words += t("（填写）", " (typed in)")
        elif not has_changes:
            words += t("（没有改动数据）", " (changed no data)")
        names.append(words)
    return names


def undo(viewer: Viewer, batches: pd.DataFrame, batch: int) -> None:
    """Take the chosen load back: what that would do is said first, then it is confirmed."""
    chosen = batches[batches["batch_id"] == batch].iloc[0]
    if pd.isna(chosen["seconds"]) or pd.notna(chosen["undone_by"]) or not loading.may(viewer, "undo"):
        return
    with st.popover(t(f"撤销第{batch}批", f"Take back load {batch}"), key=f"undo_{batch}"):
        words = t("它新增的行删去，改过的恢复原样，指标和数据日期随之恢复；后来的批次用到同样的行时不能撤销。",
                  "What it added goes, what it changed is as before, and so are the numbers; not possible while later "
                  "loads build on its rows.")  # fmt: skip
        st.html(f'<div class="wg-note">{esc(words)}</div>')
        if not st.toggle(t("先看会怎样", "See what it would do"), key=f"undo_look_{batch}"):
            return
        try:
            with st.spinner(t("正在计算……", "Working it out …")):
                st.html(f"<div>{esc(undone(loading.undoing(viewer, batch, lang())))}</div>")
        except StoreError as error:
            st.warning(inert(t(error.zh, error.en)))
            return
        if st.button(t("确认撤销", "Take it back"), key=f"undo_now_{batch}", type="primary"):
            try:
                loading.start_undo(viewer, batch, lang())
            except StoreError as error:
                st.warning(inert(t(error.zh, error.en)))
                return
            address.go(view="load")
            st.rerun()


def views() -> list[str]:
    """The parts there are something for: before the county is there only the load, and what was refused of one."""
    if not reads.is_empty():
        return list(VIEWS)
    return ["load", "batches"] if reads.has_loads() else ["load"]


def choose_view(viewer: Viewer) -> str:
    """Which part of the page is shown: as the address says, else the load that runs, else the loads there were."""
    parts, asked = views(), st.query_params.get("view", "")
    going_on = loading.job(viewer)
    is_for_loading = reads.is_empty() or (going_on is not None and going_on.is_running)
    key = address.chooser_key("view", asked if asked in parts else "load" if is_for_loading else "batches")
    if len(parts) > 1:
        st.segmented_control(
            t("内容", "Part"), parts, key=key, format_func=lambda name: t(*VIEWS[name]), required=True,
            label_visibility="collapsed", on_change=address.write_choice, args=("view", key),
        )  # fmt: skip
    return str(st.session_state[key])


def load_view(viewer: Viewer) -> None:
    """Hand in, check, try, load."""
    if reads.is_empty():
        heading("还没有数据：把县里的台账载入进来", "Nothing here yet: load the ledgers of the county")
    else:
        heading("载入台账：上传、核对、试装、载入", "Load ledgers: upload, check, try, load")
    loading.sweep()
    job = loading.job(viewer)
    left, right = st.columns([0.58, 0.42], gap="small")
    with left:
        if job is not None and job.is_running:
            draw_job(viewer)
        else:
            draw_desk(viewer)
    with right:
        if job is not None and not job.is_running:
            draw_job(viewer)
        if reads.is_empty():
            what_comes_first()
        how_to_load()


def batches_view(viewer: Viewer) -> None:
    """What was loaded and refused, and what lies in no grid."""
    batches = reads.batches(viewer)
    left, right = st.columns([0.6, 0.4], gap="small")
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            batch = choose_batch(batches)
            undo(viewer, batches, batch)
        files = reads.batch_files(viewer, batch)
        read, bad = int(files["read_count"].sum()), int(files["refused_count"].sum())
        heading(
            f"第{batch}批：{files['file_name'].nunique()}个文件，读入{count(read)}行，拒绝{count(bad)}行",
            f"Load {batch}: {files['file_name'].nunique()} files, {count(read)} rows read, {count(bad)} refused",
        )
        sums(files)
        section("批次", "Loads", t("最新的在前", "newest first"))
        shown = batches.assign(
            name=batch_names(batches),
            loaded=batches["loaded_at"].map(moment), until=batches["data_on"].map(day),
        )  # fmt: skip
        first = {"name": ("批次", "Load"), "loaded": ("载入时间", "Loaded at"), "until": ("数据截至", "Data as of")}
        counts_table(shown, first, "batches")
        section("文件", "Files", t(f"第{batch}批，拒绝多的在前", f"of load {batch}, most refused first"))
        files = files.sort_values(["refused_count", "file_name", "sheet"], ascending=[False, True, True])
        counts_table(files, {"file_name": ("文件", "File"), "sheet": ("工作表", "Sheet")}, "files")
        refused(viewer, batch, files)
        draw_notices(viewer, batch)
    with right:
        if not reads.is_empty():
            placing(viewer)
            official(viewer)


def quality_view(viewer: Viewer) -> None:
    """How good each ledger is, and what lies wrong."""
    heading("各类台账的质量：全不全、对不对、新不新", "How complete, right and recent each ledger is")
    left, right = st.columns([0.58, 0.42], gap="small")
    with left:
        draw_scores(viewer)
        draw_doubts(viewer)
    with right:
        draw_faults(viewer)


VIEWS = {
    "load": ("载入", "Load"),
    "batches": ("批次与拒绝行", "Loads and refused rows"),
    "quality": ("质量", "Quality"),
    "owed": ("催报", "Ledgers owed"),
}
DRAWN = {"load": load_view, "batches": batches_view, "quality": quality_view, "owed": draw_owed}
viewer = require_page("intake")
DRAWN[choose_view(viewer)](viewer)
