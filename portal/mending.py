"""Refused rows as a workbook to mend (改正表): the ledger's own columns behind what is wrong, lists where codes stand.

`etl.mend` reads it back: the first heading and the number of columns of ours are the same there.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from portal.exports import Table, as_book
from portal.watermark import Mark

MARK = "拒收编号 Refused no."
HEADINGS = {"zh": (MARK, "原行号", "问题列", "原因"), "en": (MARK, "Row before", "Column", "Reason")}


def open_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that are refused still: not those that a later load read again, mended."""
    return rows[rows["mended_by"].isna()]


def mendable(rows: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """Of refused rows those that can be mended in a workbook: not rows of a layer, nor of loads before there was this.

    files : as `reads.batch_files`.
    """
    known = {(row["file_id"], row["sheet"]) for row in files.to_dict("records") if row["layout"]}
    keep = [pair in known for pair in zip(rows["file_id"], rows["sheet"], strict=True)]
    return open_rows(rows[keep])


def as_workbook(rows: pd.DataFrame, files: pd.DataFrame, kinds: Mapping[str, dict[str, Any]], mark: Mark) -> bytes:
    """The workbook: one sheet for each sheet of each file.

    rows : as `mendable` gives them. kinds : as `loading.kinds`, for the words of coded columns.
    """
    tables = []
    for (file_id, sheet), part in rows.groupby(["file_id", "sheet"], sort=False):
        about = files[(files["file_id"] == file_id) & (files["sheet"] == sheet)].iloc[0]
        tables.append(_table(part, about, kinds, mark.language))
    return as_book("改正表" if mark.language == "zh" else "Rows to mend", tables, mark)


def _table(rows: pd.DataFrame, about: Any, kinds: Mapping[str, dict[str, Any]], lang: str) -> Table:
    own = about["layout"]["headings"]
    joint = "；" if lang == "zh" else "; "
    lines = []
    for row in rows.to_dict("records"):
        cells = dict(row["cells"] or {})
        columns = dict.fromkeys(reason["column"] for reason in row["reasons"] if reason["column"])
        why = joint.join(reason[f"message_{lang}"] for reason in row["reasons"])
        where = [f"{row['batch_id']}-{row['refused_no']}", int(row["row"]), joint.join(columns), why]
        # What was read is text, whatever it looks like.
        lines.append([*where, *(str(cells.get(name, "")) for name in own)])
    title = f"{about['sheet'] or about['file_name'].rpartition('.')[0]}"
    return Table(title, [*HEADINGS[lang], *own], lines, strong=len(HEADINGS[lang]), lists=_lists(about, kinds))


def _lists(about: Any, kinds: Mapping[str, dict[str, Any]]) -> dict[int, list[str]]:
    """Position → the words that may stand in a coded column."""
    kind = kinds.get(about["ledger_kind"])
    allowed = {column["name"]: column["allowed"] for column in kind["columns"]} if kind else {}
    columns = about["layout"]["columns"]
    return {
        len(HEADINGS["zh"]) + of[0]: allowed[name] for name, of in columns.items() if len(of) == 1 and allowed.get(name)
    }
