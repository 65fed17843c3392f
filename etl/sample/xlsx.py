"""Ledgers as offices keep them in Excel: title, filling note, merged headings, totals, notes below.

Written by hand, part by part: half a million cells take openpyxl a quarter of a minute and this one or two seconds,
and the same rows always give the same bytes.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

_STAMP = (2020, 12, 31, 18, 0, 0)  # of every part, so that the same content is the same file
_EPOCH = date(1899, 12, 30)
_TITLE, _NOTE, _HEAD, _DATE = 1, 2, 3, 4
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEADER}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="3"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="16"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/>'
    '<xf fontId="1" applyFont="1" applyAlignment="1"><alignment horizontal="center"/></xf>'
    '<xf applyAlignment="1"><alignment horizontal="left"/></xf>'
    '<xf fontId="2" applyFont="1" applyAlignment="1"><alignment horizontal="center" vertical="center"/></xf>'
    '<xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Table:
    """One sheet. `headings`: (group, heading) of each column, the group "" where nothing is merged over it.

    `rows` holds str, int, float, date or None by row; `totals` and `notes` stand below.
    """

    name: str
    title: str
    note: str
    headings: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any] = ()
    notes: Sequence[str] = field(default_factory=list)


def rows_of(frame: pd.DataFrame) -> list[list[Any]]:
    """A frame as rows of plain values: missing ones None, days as dates."""
    columns = []
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            values: list[Any] = [None if pd.isna(v) else v.date() for v in column]
        else:
            values = [None if v is None or v is pd.NA or v != v or v == "" else v for v in column.tolist()]
        columns.append(values)
    return [list(row) for row in zip(*columns, strict=True)]


def write_workbook(path: Path, tables: Sequence[Table]) -> Path:
    """Writes a workbook with one sheet per table; the same tables always give the same bytes."""
    shared: dict[str, int] = {}
    sheets = ["".join(_sheet(table, shared)) for table in tables]
    parts = {
        "[Content_Types].xml": _content_types(len(tables)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(tables),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(tables) + 1)]
            + [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{i}.xml": sheet for i, sheet in enumerate(sheets, start=1)},
        "xl/sharedStrings.xml": _strings(shared),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode(), compresslevel=4)
    return path


def _letters(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def _sheet(table: Table, shared: dict[str, int]) -> Iterator[str]:
    width = len(table.headings)
    letters = [_letters(i) for i in range(width)]
    merged = [f"A1:{letters[-1]}1", f"A2:{letters[-1]}2"]
    groups = [group for group, _ in table.headings]
    two_lines = any(groups)
    yield f'{_HEADER}<worksheet xmlns="{_MAIN}"><sheetFormatPr defaultRowHeight="15"/>'
    yield f'<cols><col min="1" max="{width}" width="16" customWidth="1"/></cols><sheetData>'
    yield _row(1, [table.title], letters, shared, _TITLE)
    yield _row(2, [table.note], letters, shared, _NOTE)
    at = 3
    if two_lines:
        # A group's name stands once, over its first column; columns without a group are merged downwards.
        first = [g if g and (i == 0 or groups[i - 1] != g) else None for i, g in enumerate(groups)]
        tops = [heading if not group else top for (group, heading), top in zip(table.headings, first, strict=True)]
        yield _row(3, tops, letters, shared, _HEAD)
        yield _row(4, [heading if group else None for group, heading in table.headings], letters, shared, _HEAD)
        merged += [f"{letter}3:{letter}4" for letter, group in zip(letters, groups, strict=True) if not group]
        for i, top in enumerate(first):
            if top:
                span = next((j for j in range(i, width) if groups[j] != top), width) - 1
                merged += [f"{letters[i]}3:{letters[span]}3"] if span > i else []
        at = 5
    else:
        yield _row(3, [heading for _, heading in table.headings], letters, shared, _HEAD)
        at = 4
    for values in table.rows:
        yield _row(at, values, letters, shared)
        at += 1
    if table.totals:
        yield _row(at, table.totals, letters, shared, _HEAD)
        at += 1
    for note in table.notes:
        yield _row(at, [note], letters, shared, _NOTE)
        merged.append(f"A{at}:{letters[-1]}{at}")
        at += 1
    yield f'</sheetData><mergeCells count="{len(merged)}">'
    yield "".join(f'<mergeCell ref="{ref}"/>' for ref in merged) + "</mergeCells></worksheet>"


def _row(number: int, values: Sequence[Any], letters: list[str], shared: dict[str, int], style: int = 0) -> str:
    cells = []
    marked = f' s="{style}"' if style else ""
    for letter, value in zip(letters, values, strict=False):
        if value is None:
            continue
        if isinstance(value, str):
            text = shared.setdefault(value, len(shared))
            cells.append(f'<c r="{letter}{number}"{marked} t="s"><v>{text}</v></c>')
        elif isinstance(value, date):
            serial = (value - _EPOCH).days
            cells.append(f'<c r="{letter}{number}" s="{_DATE}"><v>{serial}</v></c>')
        else:
            cells.append(f'<c r="{letter}{number}"{marked}><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def _strings(shared: dict[str, int]) -> str:
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in shared)
    return f'{_HEADER}<sst xmlns="{_MAIN}" uniqueCount="{len(shared)}">{items}</sst>'


def _workbook(tables: Sequence[Table]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(table.name)}" sheetId="{i}" r:id="rId{i}"/>' for i, table in enumerate(tables, start=1)
    )
    return f'{_HEADER}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'


def _relations(targets: list[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_REL}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEADER}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [
        ("/xl/workbook.xml", "sheet.main"),
        ("/xl/styles.xml", "styles"),
        ("/xl/sharedStrings.xml", "sharedStrings"),
    ]
    parts += [(f"/xl/worksheets/sheet{i}.xml", "worksheet") for i in range(1, sheets + 1)]
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}.{what}+xml"/>' for name, what in parts)
    return (
        f'{_HEADER}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
