"""The result of a load for people and for machines (装载结果)."""

from typing import Any

from etl.expect import expected_json, print_expected
from etl.far_days import far_error, far_json
from etl.snapshot import Ended
from etl.trial import kinds_json, moves_json, trial_lines
from etl.write import Outcome, refused_of

COUNTS = ("read", "loaded", "updated", "unchanged", "refused", "not_data")


def outcome_json(outcome: Outcome, database: str, lang: str = "zh") -> dict[str, Any]:
    """The stable machine-readable form (docs/data-files.md): counts per file and sheet, and each refused row."""
    files = []
    for ledger in outcome.ledgers:
        for number, sheet in enumerate(ledger.sheets):
            refusals = [
                {
                    "file": sheet.file.name, "sheet": sheet.name, "row": ledger.row_of[row],
                    "reasons": [
                        {"column": r.column, "code": r.code, "message": r.zh if lang == "zh" else r.en}
                        for r in ledger.reasons[row]
                    ],
                }
                for row in refused_of(ledger, number)
            ]  # fmt: skip
            files.append(
                {
                    "file": sheet.file.name, "sheet": sheet.name, "kind": ledger.source.kind, "read": sheet.read,
                    **sheet.counts, "not_data": sheet.not_data, "refusals": refusals,
                }
            )  # fmt: skip
    files.sort(key=lambda entry: (entry["file"], entry["sheet"]))
    trial = None
    if outcome.moves is not None:
        trial = {"kinds": kinds_json(outcome.ledgers), "numbers": moves_json(outcome.moves, lang)}
    return {
        "is_trial": trial is not None,
        "batch_id": outcome.batch_id,
        "has_changes": outcome.has_changes,
        "data_date": outcome.data_on.isoformat(),
        "database": database,
        "seconds": round(outcome.seconds, 3),
        "files": files,
        "totals": {name: sum(entry[name] for entry in files) for name in COUNTS},
        "unplaced": outcome.unplaced,
        "expected": expected_json(outcome.expected),
        "notices": [
            {
                "file": n.file,
                "sheet": n.sheet,
                "row": n.row,
                "column": n.column,
                "message": n.zh if lang == "zh" else n.en,
            }
            for n in outcome.notices
        ],
        "ended": ended_json(outcome.ended),
        "far_days": far_json(outcome.far),
        "trial": trial,
        "skipped": [{"file": name, "reason": zh if lang == "zh" else en} for name, zh, en in outcome.skipped],
    }


def ended_json(ended: list[Ended]) -> list[dict[str, Any]]:
    """What ended because a snapshot lacks it; `is_much` where a load asks for --yes-shrink."""
    return [
        {
            "kind": entry.kind, "count": entry.count, "of": entry.of, "on": entry.on.isoformat(),
            "unreadable": entry.unreadable, "is_much": entry.is_much,
        }
        for entry in ended
    ]  # fmt: skip


def print_outcome(result: dict[str, Any], outcome: Outcome, lang: str = "zh") -> None:
    """A table of files and counts, the first refused rows, and what it came to, on stdout."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    zh = lang == "zh"
    console = Console()
    heads = ("文件", "工作表", "读到", "新增", "更新", "未变", "拒收", "非数据") if zh else (
        "File", "Sheet", "Read", "New", "Changed", "Same", "Refused", "Notes"
    )  # fmt: skip
    table = Table(*heads, box=box.SIMPLE, padding=(0, 1, 0, 0))
    # Names are folded, never cut: they are what the reader looks for.
    for column in table.columns[:2]:
        column.overflow = "fold"
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "right", True
    for entry in result["files"]:
        table.add_row(
            entry["file"], entry["sheet"], *(f"{entry[name]:,}" for name in COUNTS)
        )  # fmt: skip
    table.add_section()
    table.add_row("合计" if zh else "Total", "", *(f"{result['totals'][name]:,}" for name in COUNTS))
    console.print(table)
    refusals = [refusal for entry in result["files"] for refusal in entry["refusals"]]
    for refusal in refusals[:20]:
        messages = ("；" if zh else "; ").join(reason["message"] for reason in refusal["reasons"])
        console.print(_place(refusal, zh) + messages, markup=False, highlight=False, soft_wrap=True)
    if len(refusals) > 20:
        more = len(refusals) - 20
        console.print(f"……另有 {more} 行被拒收,见“数据接入”页。" if zh else f"… and {more} more refused rows.")
    for notice in result["notices"]:
        console.print(_place(notice, zh) + notice["message"], markup=False, highlight=False, soft_wrap=True)
    for entry in outcome.ended:
        console.print(entry.line(lang), markup=False, highlight=False, soft_wrap=True)
        if outcome.moves is not None and entry.is_much:
            console.print(entry.error().text(lang), markup=False, highlight=False, soft_wrap=True)
    if outcome.moves is not None and outcome.far:
        for day in outcome.far[:20]:
            console.print(day.words(lang), markup=False, highlight=False, soft_wrap=True)
        console.print(far_error(outcome.far).text(lang), markup=False, highlight=False, soft_wrap=True)
    print_expected(outcome.expected, lang)
    if outcome.moves is not None:
        for line in trial_lines(result["trial"]["kinds"], outcome.moves, lang):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(_last_line(result, zh), markup=False, highlight=False)


def _place(entry: dict[str, Any], zh: bool) -> str:
    where = entry["file"] + (f"[{entry['sheet']}]" if entry["sheet"] else "")
    return f"{where} 第{entry['row']}行:" if zh else f"{where} row {entry['row']}: "


def _last_line(result: dict[str, Any], zh: bool) -> str:
    lost = sum(result["unplaced"].values())
    if result["is_trial"]:
        return (
            "试装:什么都没有写入;去掉 --dry-run 即装载。"
            if zh
            else "A trial run: nothing was written; leave out --dry-run."
        )
    if result["batch_id"] is None:
        return (
            f"没有变化,未写入;数据日期 {result['data_date']};用时 {result['seconds']:.1f} 秒。"
            if zh
            else f"Nothing changed, nothing written; data date {result['data_date']}; {result['seconds']:.1f} s."
        )
    if not result["has_changes"]:
        return (
            f"第 {result['batch_id']} 批:数据没有变化,只记下读到和拒收的行;数据日期 {result['data_date']};"
            f"用时 {result['seconds']:.1f} 秒。"
            if zh
            else f"Batch {result['batch_id']}: the data are as they were, what was read and refused is noted; "
            f"data date {result['data_date']}; {result['seconds']:.1f} s."
        )
    if zh:
        return (
            f"第 {result['batch_id']} 批已写入;数据日期 {result['data_date']};未落格 {lost} 个对象;"
            f"用时 {result['seconds']:.1f} 秒。"
        )
    return (
        f"Batch {result['batch_id']} written; data date {result['data_date']}; {lost} objects in no grid; "
        f"{result['seconds']:.1f} s."
    )
