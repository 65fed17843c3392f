"""Refused rows that come back mended (改正表): a workbook of the page's, read as the sheet they came from was read.

Its first columns say which refused row each line is, where it stood and why it was refused; behind them stand the
columns of the ledger. What it lacks was not mended and stays refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from data import schema
from data.cells import neutral
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.headings import Layout, plain
from etl.heads import letter_of
from etl.mapped import map_sheets
from etl.maps import ColumnMap
from etl.sources import sources

MARK = "拒收编号 Refused no."
"""The first heading of such a sheet; portal.mending writes it."""
OWN = 4
"""Columns of ours before those of the ledger."""


@dataclass(frozen=True)
class Mended:
    """A sheet of mended rows: as it is read now, and which refused row (batch, number) each row number is.

    Rows that were mended before are read like the others, but are no refused rows any more.
    """

    raw: RawSheet
    layout: Layout
    rows: dict[int, tuple[int, int]]


def is_mended(raw: RawSheet) -> bool:
    """Whether a sheet holds mended rows."""
    return bool(raw.rows and raw.rows[0]) and raw.rows[0][0] == MARK


def read_mended(conn: Connection, raw: RawSheet, file: str) -> Mended:
    """The mended rows of a sheet. Raises LoadError when it is not as the page made it."""
    rows = {
        number: _identity(row, number, raw, file)
        for number, row in zip(raw.numbers[1:], raw.rows[1:], strict=True)
        if any(cell is not None for cell in row)
    }
    before, still = _sheet_of(conn, set(rows.values()), raw, file)
    layout = before.layout
    if [_given(cell) for cell in _padded(raw.rows[0][OWN:], len(layout["headings"]))] != [
        plain(heading) for heading in layout["headings"]
    ]:
        raise _spoilt(raw, file, "表头和下载时不同;请勿增减、移动或改名", "its headings are not those it was made with")
    cells = [[_unquoted(cell) for cell in row[OWN:]] for row in raw.rows]
    own = replace(raw, rows=cells)
    map_ = ColumnMap(
        file,
        sources()[before.ledger_kind],
        {name: tuple(f"@{letter_of(n)}" for n in of) for name, of in layout["columns"].items()},
        fixed=layout.get("fixed", {}),
        factors={name: Fraction(text) for name, text in layout.get("factors", {}).items()},
        words=layout.get("words", {}),
        heading_rows=(raw.numbers[0],),
        crs=layout.get("crs", ""),
    )
    _, sheet, found = map_sheets(map_, [own], file)[0]
    return Mended(sheet, found, {number: key for number, key in rows.items() if key in still})


def _identity(row: Sequence[Any], number: int, raw: RawSheet, file: str) -> tuple[int, int]:
    batch, _, refused = str(row[0] or "").strip().partition("-")
    if not (batch.isascii() and batch.isdecimal() and refused.isascii() and refused.isdecimal()):
        raise _spoilt(
            raw, file, f"第{number}行没有拒收编号;新的行请写在原来的台账里载入", f"row {number} has no refused number"
        )
    return int(batch), int(refused)


def _sheet_of(
    conn: Connection, wanted: set[tuple[int, int]], raw: RawSheet, file: str
) -> tuple[Any, set[tuple[int, int]]]:
    """The one sheet of one load that all the rows came from, and the rows that are still refused."""
    if not wanted:
        raise _spoilt(raw, file, "没有一行", "it has no rows")
    t, files = schema.refused_row, schema.batch_file
    batches = {batch for batch, _ in wanted}
    own = (t.c.batch_id, t.c.refused_no, t.c.file_id, t.c.sheet, t.c.mended_by)
    refused = conn.execute(select(*own).where(t.c.batch_id.in_(batches))).all()
    known = {(row.batch_id, row.refused_no): (row.batch_id, row.file_id, row.sheet) for row in refused}
    if strange := sorted(wanted - known.keys()):
        batch, number = strange[0]
        raise _spoilt(
            raw,
            file,
            f"没有拒收编号 {batch}-{number};它可能已过保存期,请重新下载",
            f"there is no refused number {batch}-{number}; it may be past its time, download the rows again",
        )
    sheets = {known[key] for key in wanted}
    if len(sheets) > 1:
        raise _spoilt(
            raw, file, "行来自不同的台账;请勿合并改正表", "its rows are of several ledgers; do not merge them"
        )
    batch, file_id, sheet = sheets.pop()
    found = conn.execute(
        select(files).where(files.c.batch_id == batch, files.c.file_id == file_id, files.c.sheet == sheet)
    ).one()
    if found.layout is None:
        raise _spoilt(raw, file, "这些行要在原来的图层或台账里改", "its rows are to be mended in their layer or ledger")
    return found, {(row.batch_id, row.refused_no) for row in refused if row.mended_by is None}


def _spoilt(raw: RawSheet, file: str, zh: str, en: str) -> LoadError:
    return LoadError(
        "BAD_MENDED",
        f"改正表“{file}”的“{raw.sheet}”:{zh}。请重新下载改正表再填。",
        f"The mended rows in {file!r}, sheet {raw.sheet!r}: {en}. Download them again and fill those in.",
    )


def _padded(cells: Sequence[Any], width: int) -> list[Any]:
    return [*cells, *[None] * (width - len(cells))]


def _given(cell: Any) -> str:
    return "" if cell is None else plain(_unquoted(cell))


def _unquoted(cell: Any) -> Any:
    """A cell without the mark that kept a spreadsheet from running it."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and neutral(cell[1:]) == cell else cell
