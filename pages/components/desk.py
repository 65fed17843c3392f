"""The desk of a data steward (上传与核对): files are dropped, what was understood is put right, then tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.page import is_phone, section
from portal import audit, loading, reads, uploads
from portal.identity import Viewer
from portal.trouble import StoreError
from portal.words import count, esc, inert, lang, t

JOINABLE = ("number_id", "text", "code")
"""Kinds of columns that may be read from several headings, joined."""
COUNTER = "序号"
DATUMS = ("CGCS2000", "WGS-84", "GCJ-02", "BD-09")
POINTS = ("source_lon", "lon")
FIXABLE = ("township_name", "community_code", "community_name")
"""Columns that a ledger of one community often leaves out, because every row would say the same."""
_SAID, _ROUND = "_desk_said", "_desk_round"
TYPES = {
    "text": ("文字", "text"), "code": ("编码", "code"), "number_id": ("编号", "number"),
    "pseudonym": ("人员编号", "person's number"), "date": ("日期", "date"), "count": ("整数", "whole number"),
    "year": ("年份", "year"), "number": ("数字", "decimal"), "yes_no": ("是/否", "yes/no"), "term": ("选项", "choice"),
}  # fmt: skip
LOOKS = {"date": ("日期", "dates"), "number": ("数字", "numbers"), "text": ("文字", "texts")}


@dataclass(frozen=True)
class Read:
    """How one file is to be read: `map` None for one that is known as it is; `missing` what stands in the way."""

    name: str
    signature: str = ""
    map: dict[str, Any] | None = None
    missing: tuple[str, ...] = ()


def draw_desk(viewer: Viewer) -> None:
    """The uploader, each file with what was understood of it, and the button that begins a trial run."""
    section("载入台账", "Load ledgers", t("上传 → 核对 → 试装 → 载入", "upload → check → try → load"))
    _uploader(viewer)
    for is_good, words in st.session_state.pop(_SAID, []):
        (st.success if is_good else st.warning)(inert(words))
    if lone := loading.parts_alone(viewer):
        words = t(f"{'、'.join(lone)} 是 Shapefile 的附属文件，还缺同名的 .shp；请一起上传。",
                  f"{', '.join(lone)}: parts of a shapefile whose .shp is missing; upload it as well.")  # fmt: skip
        st.warning(inert(words))
    names = loading.files(viewer)
    if not names:
        return
    with st.spinner(t(f"正在读 {len(names)} 个文件……", f"Reading {len(names)} files …")):
        loading.understand(viewer, lang())
    read = [_file(viewer, name, is_open=len(names) == 1) for name in names]
    # Laid down at once, so that a change after a trial run asks for another.
    loading.set_maps(viewer, {one.name: (one.signature, one.map) if one.map else None for one in read})
    open_ones = [one.name for one in read if one.missing]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(t("试装", "Try"), type="primary", key="try", disabled=bool(open_ones)):
            _try(viewer)
        st.button(t("清空", "Clear"), key="clear", on_click=_attempt, args=(lambda: loading.clear(viewer),))
        words = t("试装只算不写，载入前先看会怎样。", "A trial run writes nothing: see first what would happen.")
        if open_ones:
            names_zh = "、".join(open_ones)
            words = t(f"还不能试装：{names_zh} 有必填列没有着落。",
                      f"Cannot be tried yet: required columns are open in {', '.join(open_ones)}.")  # fmt: skip
        st.html(f'<span class="wg-note">{esc(words)}</span>', width="content")


def _uploader(viewer: Viewer) -> None:
    uploads.offer()
    turn = st.session_state.setdefault(_ROUND, 0)
    given = st.file_uploader(
        t("台账或图层，可以一次多个；Shapefile 请连同附属文件一起，或打成 zip",
          "Ledgers or layers, several at once; a shapefile with its parts, or as a zip"),
        type=[ending.lstrip(".") for ending in uploads.BEGINS], accept_multiple_files=True, key=f"upload_{turn}",
    )  # fmt: skip
    _name_uploader()
    if not given:
        return
    said = []
    with st.spinner(t("正在检查文件……", "Checking the files …")):
        for file in given:
            try:
                loading.put(viewer, file.name, file.getvalue(), lang())
            except StoreError as error:
                said.append((False, t(error.zh, error.en)))
    st.session_state[_SAID] = said
    # A new uploader: the old one would hand in the same files again with every click.
    st.session_state[_ROUND] = turn + 1
    st.rerun()


def _attempt(change: Callable[[], object]) -> None:
    try:
        change()
    except StoreError as error:
        st.session_state[_SAID] = [(False, t(error.zh, error.en))]


def _try(viewer: Viewer) -> None:
    try:
        loading.start_trial(viewer, lang())
    except StoreError as error:
        st.session_state[_SAID] = [(False, t(error.zh, error.en))]
    st.rerun()


# --- one file ---------------------------------------------------------------------------------------------------------


def _name_uploader() -> None:
    """The words of Streamlit's own uploader, which knows English alone."""
    button, drop = esc(t("选择文件", "Choose files")), esc(t("或拖到这里", "or drop them here"))
    st.html(f"""<style>
[data-testid="stFileUploaderDropzone"] button p, [data-testid="stFileUploaderDropzoneInstructions"] {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{ content: "{button}"; font-size: 14px; }}
[data-testid="stFileUploaderDropzoneInstructions"] * {{ display: none; }}
[data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{drop}"; font-size: 12px; color: #5b6b7b; }}
</style>""")


def _file(viewer: Viewer, name: str, *, is_open: bool) -> Read:
    """One file: what it was taken for, and the fields to put that right."""
    kinds = loading.kinds()
    laid = loading.laid_map(viewer, name)
    # Another file of that name has fields of its own.
    own = f"{name}_{loading.stamp(viewer, name)}"
    before = laid[1] if laid else {}
    kind, sheet = (str(st.session_state.get(f"{what}_{own}", before.get(what, ""))) for what in ("kind", "sheet"))
    error: StoreError | None = None
    found: dict[str, Any] = {}
    try:
        with st.spinner(t(f"正在读 {inert(name)}……", f"Reading {inert(name)} …")):
            found = loading.proposal(viewer, name, kind=kind, sheet=sheet, lang=lang())
            found = _with_laid(found, laid)
            if not found["is_mended"] and (told := _told(name, found)):
                again = loading.proposal(viewer, name, kind=kind, sheet=sheet, assigned=told, lang=lang())
                found = {**again, "kept": found["kept"]}
    except StoreError as problem:
        error = problem
    is_known = bool(found.get("recognised")) and not st.session_state.get(f"adjust_{own}", bool(laid))
    missing = _open_columns(name, found) if found and not is_known else ()
    with st.expander(
        inert(_title(name, found, is_known=is_known, missing=missing)), expanded=is_open or bool(missing or error)
    ):
        if error is not None:
            st.warning(inert(t(error.zh, error.en)))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if not is_known:
                st.selectbox(
                    t("台账种类", "Kind of ledger"), ["", *kinds], ["", *kinds].index(kind), key=f"kind_{own}",
                    width=220,
                    format_func=lambda code: t(kinds[code]["zh"], kinds[code]["en"]) if code else
                    t("自动判断", "As guessed"),
                )  # fmt: skip
                if len(sheets := ["", *found.get("sheets", ())]) > 2:
                    st.selectbox(
                        t("工作表或图层", "Sheet or layer"), sheets, sheets.index(sheet), key=f"sheet_{own}",
                        width=200,
                        format_func=lambda text: text or t("自动选择", "As chosen"),
                    )  # fmt: skip
            if found.get("recognised") and not found["is_mended"]:
                st.toggle(t("自己对应各列", "Assign the columns myself"), bool(laid), key=f"adjust_{own}")
            st.button(t("移除", "Remove"), key=f"remove_{name}", on_click=_attempt,
                      args=(lambda: loading.take_away(viewer, name),))  # fmt: skip
        if is_known:
            _as_it_is(found)
            return Read(name)
        if not found:
            return Read(name, missing=("kind",))
        map_ = _columns(viewer, name, found)
        st.download_button(
            t("下载列映射", "Download the column map"), mime="application/toml", key=f"toml_{name}", on_click="ignore",
            data=audit.exporting(viewer, "column_map", lambda: loading.map_text(viewer, map_).encode()),
            file_name=f"{name.rpartition('.')[0]}.toml",
        )  # fmt: skip
    return Read(name, found["signature"], map_, tuple(missing))


def _title(name: str, found: dict[str, Any], *, is_known: bool, missing: Sequence[str]) -> str:
    """The line of a file: its name, what it was taken for, and how sure that is."""
    if not found:
        return f"{name} — {t('看不懂，请看里面的说明', 'not understood, see inside')}"
    if is_known:
        kinds = "、".join(dict.fromkeys(t(entry["zh"], entry["en"]) for entry in found["recognised"]))
        if found["is_mended"]:
            rows = t(f"{count(found['row_count'])} 行", f"{count(found['row_count'])} rows")
            return f"{name} — {kinds} · {rows} · {t('只载入这些行', 'only these are read')}"
        return f"{name} — {kinds} · {t('认识的台账', 'known as it is')}"
    entry = loading.kinds()[found["kind"]]
    state = t("请核对", "please check")
    if missing:
        state = t(f"还缺 {len(missing)} 个必填列", f"{len(missing)} required columns open")
    elif found["kept"] and "file" not in found["kept"]:
        state = t("按上次的对应", "as last time")
    rows = t(f"约 {count(found['row_count'])} 行", f"about {count(found['row_count'])} rows")
    return f"{name} — {t(entry['zh'], entry['en'])} · {rows} · {state}"


def _as_it_is(found: dict[str, Any]) -> None:
    """A file that needs no map: its sheets and the headings found in them."""
    lines = []
    for entry in found["recognised"]:
        sheet = f"{entry['sheet']}：" if entry["sheet"] else ""
        lines.append(f"<div>{esc(sheet)}<b>{esc(t(entry['zh'], entry['en']))}</b> "
                     f'<span class="wg-note">{esc("、".join(entry["columns"].values()))}</span></div>')  # fmt: skip
    known = {entry["sheet"] for entry in found["recognised"]}
    if left := [sheet for sheet in found["sheets"] if sheet not in known]:
        words = t(
            f"不是台账、不会读的工作表：{'、'.join(left)}",
            f"Sheets that are no ledger and are not read: {', '.join(left)}",
        )
        lines.append(f'<div class="wg-note">{esc(words)}</div>')
    st.html(f'<div class="wg-panel">{"".join(lines)}</div>')


# --- the columns of a file --------------------------------------------------------------------------------------------


def _key(name: str, found: dict[str, Any], column: str) -> str:
    """Of the field of a column; other columns after a change of kind or sheet are other fields."""
    return f"map_{name}_{found['kind']}_{found['sheet']}_{found['signature']}_{column}"


def _with_laid(found: dict[str, Any], laid: tuple[str, dict[str, Any]] | None) -> dict[str, Any]:
    """What was understood, begun from what the steward said before; fields are forgotten when they are not drawn."""
    if not laid or found["is_mended"] or (laid[0], laid[1]["kind"]) != (found["signature"], found["kind"]):
        return found
    return {**found, "kept": laid[1]}


def _start(found: dict[str, Any], column: str) -> list[str]:
    """The headings a column is read from, before the steward changes anything."""
    given = (found["kept"] or found)["columns"].get(column, [])
    return [given] if isinstance(given, str) else list(given)


def _guessed(found: dict[str, Any], column: str) -> list[str]:
    """The heading that a column was looked up under."""
    return [found["columns"][column]] if column in found["columns"] else []


def _chosen(name: str, found: dict[str, Any], column: str) -> list[str]:
    """The headings a column is read from, as the fields say."""
    value = st.session_state.get(_key(name, found, column))
    if value is None:
        return _start(found, column)
    return [value] if isinstance(value, str) and value else list(value)


def _told(name: str, found: dict[str, Any]) -> dict[str, str]:
    """Coded columns that the steward reads from another heading: the words under it are to be looked up."""
    columns = loading.kinds()[found["kind"]]["columns"]
    chosen = {column["name"]: _chosen(name, found, column["name"]) for column in columns if column["allowed"]}
    return {own: words[0] for own, words in chosen.items() if words and words != _guessed(found, own)}


def _fixed(name: str, found: dict[str, Any], column: str) -> str:
    """What every row says in a column that the file lacks."""
    kept = (found["kept"] or {}).get("fixed", {}).get(column, "")
    return str(st.session_state.get(_key(name, found, f"{column}_fixed"), kept)).strip()


def _open_columns(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    """Required columns with neither a heading nor a fixed value; and the datum of positions."""
    columns = {column["name"]: column for column in loading.kinds()[found["kind"]]["columns"]}
    given = {n for n in columns if _chosen(name, found, n) or _fixed(name, found, n)}
    missing = [
        n for n, column in columns.items() if column["is_required"] and given.isdisjoint((n, *column["instead"]))
    ]
    if _wants_datum(name, found) and not _datum(name, found):
        missing.append("crs")
    return tuple(missing)


def _wants_datum(name: str, found: dict[str, Any]) -> bool:
    return any(_chosen(name, found, point) for point in POINTS) and not _chosen(name, found, "source_crs")


def _datum(name: str, found: dict[str, Any]) -> str:
    return str(st.session_state.get(_key(name, found, "crs"), (found["kept"] or {}).get("crs", "")) or "")


def _columns(viewer: Viewer, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """The fields of the columns; returns the map they make."""
    entry = loading.kinds()[found["kind"]]
    kept = found["kept"] or {}
    _where(name, found)
    map_: dict[str, Any] = {"kind": found["kind"], "sheet": found["sheet"]}
    if found["heading_rows"] is not None:
        map_["heading_rows"] = found["heading_rows"]
    map_["mode"] = _mode(name, found, entry)
    if map_["mode"] == "snapshot":
        map_["area"] = _area(viewer, name, found)
    if _wants_datum(name, found) or found["is_layer"]:
        map_["crs"] = _ask_datum(name, found)
    headings = {heading["name"]: heading for heading in found["headings"]}
    map_["columns"], map_["fixed"], map_["words"] = {}, {}, {}
    for column in entry["columns"]:
        own = column["name"]
        chosen, fixed = _column(name, found, column, headings)
        if chosen:
            map_["columns"][own] = chosen[0] if len(chosen) == 1 else chosen
        elif fixed:
            map_["fixed"][own] = fixed
        if words := _words(name, found, column) if chosen else {}:
            map_["words"][own] = words
    if "units" in kept:
        map_["units"] = {own: unit for own, unit in kept["units"].items() if own in map_["columns"]}
    return map_


def _where(name: str, found: dict[str, Any]) -> None:
    """Where the heading stands, and which headings nothing is read from."""
    rows = found["heading_rows"]
    words = t("图层的字段就是表头", "the fields of the layer are the heading")
    if rows:
        many = "、".join(map(str, rows))
        words = t(f"表头在第 {many} 行", f"heading in row {many}")
    if found["sheet"]:
        words = t(f"工作表“{found['sheet']}”，", f"sheet {found['sheet']}, ") + words
    columns = loading.kinds()[found["kind"]]["columns"]
    used = {heading for column in columns for heading in _chosen(name, found, column["name"])}
    if left := [heading["name"] for heading in found["headings"] if heading["name"] not in used]:
        words += t("；没有用上的表头：", "; headings not used: ") + "、".join(left)
    st.html(f'<div class="wg-note">{esc(words)}</div>')


def _mode(name: str, found: dict[str, Any], entry: dict[str, Any]) -> str:
    if not entry["may_be_snapshot"]:
        return "append"
    kept = (found["kept"] or {}).get("mode", "append")
    modes = {
        "append": t("只增改，文件里没有的不动", "adds and changes; what it lacks stays"),
        "snapshot": t("文件是全部，没有的即终止", "is the whole register; what it lacks ends"),
    }
    return st.radio(
        t("这份文件", "This file"), list(modes), index=list(modes).index(kept), format_func=modes.__getitem__,
        key=_key(name, found, "mode"), horizontal=not is_phone(),
    )  # fmt: skip


def _area(viewer: Viewer, name: str, found: dict[str, Any]) -> str:
    """What a snapshot speaks for; "" is the county: what lies elsewhere is left alone."""
    names = {"": t("全县", "The county")}
    if not reads.is_empty():
        home = reads.home(viewer)
        levels = ("township", "community")
        names = {"": home.name, **{a.code: a.name for level in levels for a in reads.below(viewer, home.code, level)}}
    kept = (found["kept"] or {}).get("area", "")
    return str(
        st.selectbox(
            t("是哪里的全部", "The whole register of"), list(names), list(names).index(kept) if kept in names else 0,
            key=_key(name, found, "area"), format_func=names.__getitem__, width=280,
        )
    )  # fmt: skip


def _ask_datum(name: str, found: dict[str, Any]) -> str:
    """The datum of positions; of a layer only where the file's own is wrong."""
    kept = (found["kept"] or {}).get("crs", "")
    options = list(dict.fromkeys(["", *DATUMS, *([kept] if kept else [])]))
    own = (
        t(f"按文件：{found['crs']}", f"As the file says: {found['crs']}")
        if found["crs"]
        else t("请选择", "Please choose")
    )
    return str(
        st.selectbox(
            t("坐标系", "Datum of the positions"), options, index=options.index(kept), key=_key(name, found, "crs"),
            format_func=lambda text: text or own, width=240, accept_new_options=True,
            help=t("天地图、测绘成果多为 CGCS2000；高德、腾讯是 GCJ-02；百度是 BD-09。也可填 EPSG:4546 之类。",
                   "Surveys are mostly CGCS2000, AMap and Tencent GCJ-02, Baidu BD-09; or write EPSG:4546 and so on."),
        ) or ""
    )  # fmt: skip


def _column(
    name: str, found: dict[str, Any], column: dict[str, Any], headings: dict[str, dict[str, Any]]
) -> tuple[list[str], str]:
    """One line: our column, the heading it is read from, a few values. Returns the headings, and the fixed value."""
    own = column["name"]
    label = column["heading"] + (" *" if column["is_required"] else "") + ("" if lang() == "zh" else f" · {own}")
    start = [heading for heading in _start(found, own) if heading in headings]
    left, right = st.columns([0.55, 0.45], vertical_alignment="center", gap="small")
    options = list(headings)
    key = _key(name, found, own)
    with left:
        if column["type"] in JOINABLE:
            chosen = st.multiselect(
                inert(label), options, start, key=key, placeholder=t("没有", "None"),
                help=t("可选几列，合成一个编号", "several columns are joined to one"),
            )  # fmt: skip
        else:
            index = 1 + options.index(start[0]) if start else 0
            one = st.selectbox(
                inert(label), ["", *options], index=index, key=key, format_func=lambda text: text or t("没有", "None")
            )
            chosen = [one] if one else []
    with right:
        can_be_fixed = not chosen and (column["is_required"] or own in FIXABLE)
        if can_be_fixed:
            kept = (found["kept"] or {}).get("fixed", {}).get(own, "")
            fixed = st.text_input(
                t("文件里没有？每行都填", "Not in the file? The same in every row"), str(kept),
                key=_key(name, found, f"{own}_fixed"),
            )  # fmt: skip
            return [], fixed.strip()
        st.html(f'<div class="wg-note">{_about(found, column, chosen, headings)}</div>')
    return list(chosen), ""


def _about(
    found: dict[str, Any], column: dict[str, Any], chosen: list[str], headings: dict[str, dict[str, Any]]
) -> str:
    """What is known of the cells of a column, as HTML; the cells themselves only where they tell of nobody."""
    wanted = t(*TYPES[column["type"]])
    if not chosen:
        return esc(wanted)
    parts = [wanted]
    heading = headings[chosen[0]]
    if heading["looks"]:
        parts.append(t(f"{count(heading['filled'])} 格有内容，多为{LOOKS[heading['looks']][0]}",
                       f"{count(heading['filled'])} filled, mostly {LOOKS[heading['looks']][1]}"))  # fmt: skip
    if column["type"] == "number_id" and heading["path"].rpartition("/")[2] == COUNTER:
        parts.append(t("行号每份文件都从头数，不宜作编号；可选几列合成",
                       "a row number begins anew in every file and names nothing; join columns instead"))  # fmt: skip
    elif column["name"] in found["guessed"] and chosen == _guessed(found, column["name"]):
        parts.append(t("猜的，请核对", "a guess, please check"))
    if chosen == _guessed(found, column["name"]) and (samples := found["samples"].get(column["name"])):
        parts.append(t("例 ", "e.g. ") + "、".join(samples))
    return esc(" · ".join(parts))


def _words(name: str, found: dict[str, Any], column: dict[str, Any]) -> dict[str, str]:
    """Words of the ledger that are not in the list of a column, each to be given one of ours."""
    own = column["name"]
    kept = dict((found["kept"] or {}).get("words", {}).get(own, {}))
    strange = {word: kept.get(word, near) for word, near in found["words"].get(own, {}).items()}
    allowed = column["allowed"]
    for word, near in strange.items():
        start = near if near in allowed else ""
        kept[word] = st.selectbox(
            t(f"“{inert(word)}”算作", f"“{inert(word)}” means"), ["", *allowed], index=["", *allowed].index(start),
            key=_key(name, found, f"{own}={word}"),
            format_func=lambda text: text or t("不认，拒收", "nothing: refuse it"),
        )  # fmt: skip
    return {word: to for word, to in kept.items() if to}
