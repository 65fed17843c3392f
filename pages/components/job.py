"""The load that is running or was last (试装与载入): its progress, what a trial run found, what became of it."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.notices import LISTS, draw_list, line
from pages.components.page import section
from portal import loading
from portal.address import link
from portal.identity import Viewer
from portal.jobs import Job
from portal.trouble import StoreError
from portal.words import HIDDEN, HIDDEN_WHY, UNKNOWN, count, day, esc, inert, lang, percent, t

STAGES = {
    "": ("正在开始", "Beginning"), "wait": ("等待", "Waiting"), "read": ("读取文件", "Reading files"),
    "check": ("核对各类台账", "Checking ledgers"), "facts": ("计算指标", "Counting the numbers"),
    "write": ("写入数据库", "Writing"), "done": ("完成", "Done"),
}  # fmt: skip
SHOWN_SECONDS = 86_400
"""How long the outcome of a load stays on the page; afterwards it stands among the loads."""
KINDS = {
    "trial": ("试装", "Trial run"),
    "load": ("载入", "Load"),
    "undo": ("撤销", "Undo"),
    "mend": ("载入改好的行", "Load of mended rows"),
}
_SAID = "_job_said"


def draw_job(viewer: Viewer) -> None:
    """Nothing when there was no load; else its progress or its outcome."""
    job = loading.job(viewer)
    if said := st.session_state.pop(_SAID, ""):
        st.warning(inert(said))
    if job is None:
        return
    if job.is_running:
        _watch(viewer)
        return
    if job.seconds > SHOWN_SECONDS:
        return
    result = job.result or {}
    if "error" in result:
        _failed(job, result)
    elif job.kind == "trial":
        _trial(viewer, job, result)
    elif job.kind == "undo":
        st.success(inert(undone(result)))
    else:
        _loaded(result)


@st.fragment(run_every=1.0)
def _watch(viewer: Viewer) -> None:
    """The progress; the whole page is drawn anew once there is an outcome."""
    job = loading.job(viewer)
    if job is None or not job.is_running:
        st.rerun()
    zh, en = KINDS[job.kind]
    words = t(f"{zh}：{STAGES.get(job.stage, STAGES[''])[0]}", f"{en}: {STAGES.get(job.stage, STAGES[''])[1]}")
    steps = list(STAGES)
    share = steps.index(job.stage) / (len(steps) - 1) if job.stage in STAGES else 0.0
    share += (job.done / job.of if job.of else 0.0) / (len(steps) - 1)
    many = f" {job.done} / {job.of}" if job.of > 1 else ""
    if job.stage == "wait":
        words = t(f"{zh}：{job.whom.words('zh')}，正在等它结束",
                  f"{en}: {job.whom.words('en')}, waiting for it to end")  # fmt: skip
        many, share = "", 0.0
    seconds = t(f"已 {round(job.seconds)} 秒", f"{round(job.seconds)} s so far")
    st.progress(min(share, 1.0), f"{words}{many} · {seconds}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(t("停止", "Stop"), key="stop", on_click=_attempt, args=(viewer,))
        leave = t("可以离开本页，回来接着看。", "You may leave this page and come back.")
        st.html(f'<span class="wg-note">{esc(leave)}</span>', width="content")


def _attempt(viewer: Viewer) -> None:
    try:
        loading.end(viewer)
    except StoreError as error:
        st.session_state[_SAID] = t(error.zh, error.en)


def _failed(job: Job, result: dict[str, Any]) -> None:
    zh, en = KINDS[job.kind]
    message = result["error"]["message"] or t("中途停止，数据保持原样；可以再试一次。",
                                              "it was stopped; the data are as they were, try again.")  # fmt: skip
    st.warning(inert(t(f"{zh}没有完成：{message}", f"{en} did not succeed: {message}")))


# --- an outcome -------------------------------------------------------------------------------------------------------


def counts_words(totals: dict[str, int]) -> str:
    """Rows read and what became of them, which adds up."""
    n = {name: count(totals[name]) for name in ("read", "loaded", "updated", "unchanged", "refused")}
    return t(f"读入 {n['read']} 行：新增 {n['loaded']}、更改 {n['updated']}、不变 {n['unchanged']}、"
             f"拒收 {n['refused']}",
             f"{n['read']} rows read: {n['loaded']} added, {n['updated']} changed, {n['unchanged']} unchanged, "
             f"{n['refused']} refused")  # fmt: skip


def _loaded(result: dict[str, Any]) -> None:
    """What became of a load, in one sentence; then what to look at."""
    on = day(pd.Timestamp(result["data_date"]).date())
    if result["batch_id"] is not None and not result["has_changes"]:
        words = t(f"第 {result['batch_id']} 批没有改动数据，只记下读到和拒收的行：{counts_words(result['totals'])}；"
                  f"数据日期 {on}。",
                  f"Load {result['batch_id']} left the data as they were; what was read and refused is noted: "
                  f"{counts_words(result['totals'])}; data date {on}.")  # fmt: skip
    elif result["batch_id"] is None:
        words = t(f"没有变化，未写入：{counts_words(result['totals'])}；数据日期 {on}。",
                  f"Nothing changed, nothing written: {counts_words(result['totals'])}; data date {on}.")  # fmt: skip
    else:
        words = t(f"第 {result['batch_id']} 批已载入：{counts_words(result['totals'])}；数据日期 {on}。",
                  f"Load {result['batch_id']} is in: {counts_words(result['totals'])}; data date {on}.")  # fmt: skip
    st.success(inert(words))
    if result["totals"]["refused"] and result["batch_id"] is not None:
        href = link("intake", view="batches", batch=result["batch_id"])
        where = t("下载被拒的行，改好后上传，只载入这些行", "Download the refused rows, mend and upload them")
        st.html(f'<div class="wg-list"><a class="wg-why" href="{esc(href)}" target="_self">{esc(where)}</a></div>')
    _to_look_at(result)


def undone(result: dict[str, Any]) -> str:
    """What an undoing did or would do, in a sentence."""
    gone, back = sum(result["removed"].values()), sum(result["restored"].values())
    batch, by = result["undone"], result["batch_id"]
    if by is None:
        return t(f"撤销第 {batch} 批会删去 {count(gone)} 行，恢复 {count(back)} 行。",
                 f"Taking back load {batch} removes {count(gone)} rows and restores {count(back)}.")  # fmt: skip
    return t(f"第 {batch} 批已撤销（第 {by} 批）：删去 {count(gone)} 行，恢复 {count(back)} 行。",
             f"Load {batch} was taken back by {by}: {count(gone)} rows went, {count(back)} were restored.")  # fmt: skip


def _trial(viewer: Viewer, job: Job, result: dict[str, Any]) -> None:
    """What a load would do, and the button that does it."""
    section("试装结果", "What a load would do", t("什么都还没有写入", "nothing is written yet"))
    st.html(f'<div class="wg-panel">{esc(counts_words(result["totals"]))}</div>')
    _far_days(result)
    _kinds_table(result["trial"]["kinds"])
    _moves(viewer, result)
    _go_on(viewer, job, result)
    _to_look_at(result)


def _go_on(viewer: Viewer, job: Job, result: dict[str, Any]) -> None:
    """The button that loads what was tried; what may be a slip wants a yes first."""
    much = [entry for entry in result["ended"] if entry["is_much"]]
    far = result["far_days"]
    is_agreed = True
    if far:
        is_agreed = st.checkbox(
            t(
                f"确认：{count(len(far))} 个远晚于其余的日期没有写错",
                f"Yes, {count(len(far))} days far beyond all others are right",
            ),
            key=f"far_{job.folder.name}",
        )
    if much:
        words = [
            t(f"{_kind_name(entry['kind'])} {count(entry['count'])} / {count(entry['of'])} 行"
              f"（{percent(entry['count'], entry['of'])}）",
              f"{count(entry['count'])} of {count(entry['of'])} rows of {_kind_name(entry['kind'])} "
              f"({percent(entry['count'], entry['of'])})")
            for entry in much
        ]  # fmt: skip
        is_agreed &= st.checkbox(
            inert(
                t(
                    f"确认：文件里没有的即终止，将终止 {'、'.join(words)}",
                    f"Yes, end what the file lacks: {', '.join(words)}",
                )
            ),
            key=f"shrink_{job.folder.name}",
        )
    if not loading.is_tried(viewer, job):
        if loading.files(viewer):
            words_ = t("文件或对应已改过，请再试装一次。", "Files or columns were changed since; try again.")
            st.html(f'<div class="wg-note">{esc(words_)}</div>')
        return
    if st.button(t("载入", "Load"), type="primary", key="load", disabled=not is_agreed):
        try:
            loading.start_load(viewer, lang(), may_shrink=bool(much) and is_agreed, may_be_far=bool(far) and is_agreed)
        except StoreError as error:
            st.session_state[_SAID] = t(error.zh, error.en)
        st.rerun()


def _far_days(result: dict[str, Any]) -> None:
    """Days far beyond all others, each with its place: first of all, for they move every number."""
    far = result["far_days"]
    if not far:
        return
    others, last = (day(pd.Timestamp(text).date()) for text in (far[0]["others"], result["data_date"]))
    words = t(f"有 {count(len(far))} 个日期比其余的晚很多：其余最晚 {others}，载入后数据截至 {last}。"
              "年份写错时请改正后再上传。",
              f"{count(len(far))} days lie far beyond all others, the last of which is {others}; data would be as of "
              f"{last}. If a year is mistyped, correct the file and upload it again.")  # fmt: skip
    st.warning(inert(words))
    rows = [
        {
            t("行号", "Row"): entry["row"], t("列", "Column"): entry["column"],
            t("日期", "Day"): day(pd.Timestamp(entry["day"]).date()), t("工作表", "Sheet"): entry["sheet"] or None,
            t("文件", "File"): entry["file"],
        }
        for entry in far
    ]  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, key="far_days", height="content" if len(rows) <= 8 else 250,
        placeholder=UNKNOWN,
    )  # fmt: skip


def _kind_name(kind: str) -> str:
    entry = loading.kinds().get(kind)
    return t(entry["zh"], entry["en"]) if entry else kind


def _kinds_table(found: list[dict[str, Any]]) -> None:
    names = {"added": ("新增", "Added"), "changed": ("更改", "Changed"), "unchanged": ("不变", "Unchanged"),
             "refused": ("拒收", "Refused")}  # fmt: skip
    rows = [
        {
            "kind": t(entry["zh"], entry["en"]),
            "read": sum(entry[name] for name in names),
            **{n: entry[n] for n in names},
        }
        for entry in found
    ]
    heads = {"kind": ("台账", "Ledger"), "read": ("读入", "Read"), **names}
    st.dataframe(
        pd.DataFrame(rows, columns=list(heads)), hide_index=True, key="trial_kinds", height="content",
        column_config={
            name: st.column_config.TextColumn(t(*words)) if name == "kind"
            else st.column_config.NumberColumn(t(*words), format="localized", width=72)
            for name, words in heads.items()
        },
    )  # fmt: skip


def _moves(viewer: Viewer, result: dict[str, Any]) -> None:
    """How the county's numbers would move: n of d before and after."""
    moved, all_ = loading.moves(viewer, result), result["trial"]["numbers"]
    still = len(all_) - len(moved)
    many = t(f"{len(moved)} / {len(all_)} 项会变，{still} 项不变", f"{len(moved)} of {len(all_)} move, {still} stay")
    section("指标变化", "How the numbers would move", many)
    lines = []
    for move in moved:
        name = f"{move['indicator']} {move['name']}"
        if move["is_hidden"]:
            lines.append(f'<div title="{esc(t(*HIDDEN_WHY))}"><span class="wg-name">{esc(name)}</span>{HIDDEN}</div>')
            continue
        before, after = _pair(move["before"]), _pair(move["after"])
        lines.append(f'<div><span class="wg-name">{esc(name)}</span><span>{before} → <b>{after}</b></span></div>')
    if lines:
        st.html(f'<div class="wg-panel"><div class="wg-list wg-official">{"".join(lines)}</div></div>')


def _pair(pair: dict[str, int] | None) -> str:
    if pair is None:
        return UNKNOWN
    top, below = pair["numerator"], pair["denominator"]
    return f"{count(top)} / {count(below)}" if below else count(top)


def _to_look_at(result: dict[str, Any]) -> None:
    """Errors (rows refused), warnings (loaded, but to be looked at) and notes (what was left out), each apart."""
    refusals = [refusal for entry in result["files"] for refusal in entry["refusals"]]
    notes = [{"file": entry["file"], "message": entry["reason"]} for entry in result["skipped"]]
    notes += [
        {"file": entry["file"], "sheet": entry["sheet"],
         "message": t(f"{count(entry['not_data'])} 行标题、说明、合计，不算数据",
                      f"{count(entry['not_data'])} title, note and total rows, no data")}
        for entry in result["files"] if entry["not_data"]
    ]  # fmt: skip
    lists = (
        [_refusal(refusal) for refusal in refusals],
        [_notice(notice) for notice in result["notices"]],
        [_notice(note) for note in notes],
    )
    for number, rows in enumerate(lists):
        draw_list(LISTS[number], rows, key=f"look_{number}", is_open=number == 0)


def _refusal(refusal: dict[str, Any]) -> dict[str, Any]:
    joint = t("；", "; ")
    return {
        t("行号", "Row"): refusal["row"], t("原因", "Reason"): joint.join(r["message"] for r in refusal["reasons"]),
        t("工作表", "Sheet"): refusal["sheet"] or None, t("文件", "File"): refusal["file"],
    }  # fmt: skip


def _notice(notice: dict[str, Any]) -> dict[str, Any]:
    return line(notice.get("row"), notice["message"], notice.get("sheet", ""), notice["file"])
