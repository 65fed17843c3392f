"""A sheet read by a column map (按列映射读表): where its headings are, and the cells that the map makes from others.

Cells that are joined, translated, multiplied, moved to our datum or the same in every row are put behind the file's
own, so that everything after this works as for a ledger that is known, and a refused row still shows what stood there.
"""

from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import shapely

from etl.columns import Coded, beside, coded, column_of, constant, width_of
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.headings import Layout, Snapshot, plain
from etl.heads import Head, head_at, heads_of, letter_of
from etl.maps import ColumnMap, bad_map
from etl.sources import Source
from etl.units import WrongUnit, bracketed, factor_of, measure_of, scaled

POINT = ("source_lon", "source_lat")


def map_sheets(map_: ColumnMap, raws: list[RawSheet], file: str) -> list[tuple[int, RawSheet, Layout]]:
    """The sheets of one file that a map reads, by position; none when it names another sheet.

    Raises LoadError BAD_MAP when it fits none, saying what the nearest one lacks.
    """
    wanted = [
        n for n, raw in enumerate(raws) if (not map_.sheet or raw.sheet == map_.sheet) and (raw.rows or raw.headings)
    ]
    if map_.sheet and not any(raw.sheet == map_.sheet for raw in raws):
        return []
    found: list[tuple[int, RawSheet, Layout]] = []
    faults: list[tuple[int, LoadError]] = []
    for number in wanted:
        head, missing = _best_head(map_, raws[number], file)
        if missing:
            faults.append((len(missing), _not_there(map_, raws[number], file, head, missing)))
        else:
            found.append((number, *_lay_out(map_, raws[number], file, head)))
    if not found and faults:
        raise min(faults, key=lambda fault: fault[0])[1]
    return found


def _best_head(map_: ColumnMap, raw: RawSheet, file: str) -> tuple[Head, list[str]]:
    """The heading that has most of the words of the map, and the words that it lacks."""
    wanted = [word for words in map_.columns.values() for word in words]
    if map_.heading_rows is not None and raw.headings is None:
        at = {number: position for position, number in enumerate(raw.numbers)}
        if missing_rows := [row for row in map_.heading_rows if row not in at]:
            raise bad_map(
                map_.name,
                f"heading_rows 指到第{missing_rows[0]}行,而{_place_zh(raw, file)}没有这一行;请核对行号。",
                f"heading_rows names row {missing_rows[0]}, which {_place_en(raw, file)} does not have.",
            )
        heads = [head_at(raw, [at[row] for row in map_.heading_rows])]
    else:
        heads = list(heads_of(raw)) or [head_at(raw, [])]
    lacking = [[word for word in wanted if not head.find(word)] for head in heads]
    # The fewest rows that have them all; a row of data below a heading adds words that nobody asked for.
    best = min(range(len(heads)), key=lambda n: (len(lacking[n]), len(heads[n].rows), n))
    return _begun(map_, raw, heads[best]), lacking[best]


def _begun(map_: ColumnMap, raw: RawSheet, head: Head) -> Head:
    """The heading with the first row of data that the map states."""
    if map_.first_row is None:
        return head
    return replace(
        head, first=next((p for p, number in enumerate(raw.numbers) if number >= map_.first_row), len(raw.rows))
    )


def _not_there(map_: ColumnMap, raw: RawSheet, file: str, head: Head, missing: list[str]) -> LoadError:
    labels = [label for label in head.labels() if label]
    column = next(name for name, words in map_.columns.items() if missing[0] in words)
    near = get_close_matches(missing[0], labels, n=1, cutoff=0.5)
    near_zh, near_en = (f",是否就是“{near[0]}”?", f"; is it {near[0]!r}?") if near else ("。", ".")
    return bad_map(
        map_.name,
        f"{_place_zh(raw, file)}里找不到表头“{missing[0]}”(用于 {column}),请改成文件里的写法或 @列号{near_zh}"
        + (f"看到的表头:{'、'.join(labels[:12])}。" if labels else "这张表没有表头,请写 @A、@B 这样的列号。"),
        f"{_place_en(raw, file)} has no heading {missing[0]!r} (for {column}); write it as the file does, or @ and the "
        f"letter of the column{near_en}",
    )


def _place_zh(raw: RawSheet, file: str) -> str:
    return f"文件“{file}”" + (f"的“{raw.sheet}”" if raw.sheet else "")


def _place_en(raw: RawSheet, file: str) -> str:
    return f"{file!r}" + (f", sheet {raw.sheet!r}," if raw.sheet else "")


def _lay_out(map_: ColumnMap, raw: RawSheet, file: str, head: Head) -> tuple[RawSheet, Layout]:
    positions = {
        name: tuple(_one(map_, raw, file, head, word) for word in words) for name, words in map_.columns.items()
    }
    sheet = _Making(raw, head, max((position for of in positions.values() for position in of), default=-1) + 1)
    at: dict[str, int] = {}
    factors: dict[str, str] = {}
    for name, of in positions.items():
        factor = map_.factors.get(name, Fraction(1))
        if name not in map_.factors and len(of) == 1:
            factor = unit_of(map_.source, name, " ".join(head.paths[of[0]] if of[0] < len(head.paths) else []), file)
        factors[name] = str(factor)
        words = map_.words.get(name, {})
        if len(of) == 1 and factor == 1 and not words:
            at[name] = of[0]
        else:
            at[name] = sheet.make(
                head.labels()[of[0]] if of[0] < len(head.paths) else "", of, factor=factor, words=words
            )
    for name, value in map_.fixed.items():
        at[name] = sheet.add(map_.source.columns[name].heading, (), constant(value, len(raw.rows)))
    _place(map_, raw, sheet, at)
    sheet_, layout = sheet.done(map_.source, at, map_.snapshot)
    layout.is_layer = raw.shapes is not None
    fixed = {name: str(value) if isinstance(value, date) else value for name, value in map_.fixed.items()}
    layout.by_map = {"fixed": fixed, "factors": factors, "words": map_.words, "crs": map_.crs}
    return sheet_, layout


def with_units(raw: RawSheet, layout: Layout, file: str) -> tuple[RawSheet, Layout]:
    """A sheet that was recognised by its headings, its counts multiplied by the units that these state."""
    factors = {name: unit_of(layout.source, name, layout.headings[of], file) for name, of in layout.at.items()}
    factors = {name: factor for name, factor in factors.items() if factor != 1}
    if not factors:
        return raw, layout
    head = Head(layout.heading_rows, [[word] if word else [] for word in layout.headings], layout.first)
    sheet = _Making(raw, head, len(layout.headings))
    at = dict(layout.at)
    for name, factor in factors.items():
        at[name] = sheet.make(layout.headings[at[name]], (at[name],), factor=factor, words={})
    return sheet.done(layout.source, at, layout.snapshot)


def _one(map_: ColumnMap, raw: RawSheet, file: str, head: Head, word: str) -> int:
    found = head.find(word)
    if len(found) > 1:
        letters = [f"@{letter_of(position)}" for position in found]
        paths = [f"“{'/'.join(head.paths[position])}”" for position in found]
        raise bad_map(
            map_.name,
            f"{_place_zh(raw, file)}里有 {len(found)} 个表头“{word}”({'、'.join(letters)});"
            f"请写明是哪一个,如 {letters[0]}" + (f" 或 {paths[0]}。" if len(set(paths)) > 1 else "。"),
            f"{_place_en(raw, file)} has {len(found)} headings {word!r} ({', '.join(letters)}); say which, e.g. "
            f"{letters[0]}.",
        )
    return found[0]


def unit_of(source: Source, name: str, heading: str, file: str) -> Fraction:
    """What the unit in a heading multiplies a column by. Raises LoadError when it measures something else."""
    column = source.columns[name]
    measure = measure_of(name, column.type)
    for unit in bracketed(heading) if measure else ():
        try:
            if (factor := factor_of(unit, measure or "")) is not None:
                return factor
        except WrongUnit as error:
            raise LoadError(
                "WRONG_COLUMNS",
                f"文件“{file}”的“{heading}”单位是“{unit}”,而{source.zh}的“{column.heading}”按个数计;请改正表头或换一列。",
                f"In {file!r} the unit of {heading!r} is {unit!r}, while {column.heading} of {source.en} is a count.",
            ) from error
    return Fraction(1)


class _Making:
    """The rows of a sheet with cells made behind their own."""

    def __init__(self, raw: RawSheet, head: Head, least: int) -> None:
        self._raw, self._head = raw, head
        self.width = max(least, len(head.paths), width_of(raw.rows))
        self._headings = [*head.labels(), *[""] * (self.width - len(head.paths))]
        self._columns: list[Coded] = []
        self._made: dict[int, tuple[int, ...]] = {}
        self.shapes, self.crs = raw.shapes, raw.crs

    def heading(self, position: int) -> str:
        return self._headings[position]

    def origin(self, position: int) -> tuple[int, ...]:
        """What a column was made from; itself when it is the file's own."""
        return self._made.get(position, (position,))

    def add(self, heading: str, of: tuple[int, ...], cells: Coded) -> int:
        """Put a column behind; returns its position."""
        position = self.width + len(self._columns)
        self._columns.append(cells)
        self._headings.append(heading)
        self._made[position] = of
        return position

    def make(self, heading: str, of: tuple[int, ...], *, factor: Fraction, words: dict[str, Any]) -> int:
        """A column joined, multiplied and translated from others."""
        cells = [column_of(self._raw.rows, position) for position in of]
        column = (
            cells[0] if len(of) == 1 else coded([_joined(row) for row in zip(*map(Coded.cells, cells), strict=True)])
        )
        values = [scaled(cell, factor) for cell in column.values] if factor != 1 else column.values
        if words:
            values = [words.get(plain("" if cell is None else _written(cell)), cell) for cell in values]
        return self.add(heading, of, column.told(values))

    def done(self, source: Source, at: dict[str, int], snapshot: Snapshot | None) -> tuple[RawSheet, Layout]:
        """The sheet as it is now, and its layout."""
        rows = beside(self._raw.rows, self.width, self._columns) if self._columns else self._raw.rows
        layout = Layout(source, at, self._headings, self._head.first, self._head.rows, self.width, self._made, snapshot)
        return replace(self._raw, rows=rows, shapes=self.shapes, crs=self.crs), layout


def _joined(cells: tuple[Any, ...]) -> str | None:
    """Several cells as one number; None when one of them is empty, for then it names nothing."""
    return None if any(cell is None for cell in cells) else "-".join(_written(cell) for cell in cells)


def _written(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else str(cell).strip()


# --- where things lie -------------------------------------------------------------------------------------------------


def _place(map_: ColumnMap, raw: RawSheet, sheet: _Making, at: dict[str, int]) -> None:
    """Shapes and points in the datum the map states; the points of a layer become columns of a ledger of points."""
    source, (x, y) = map_.source, POINT
    crs = map_.crs or raw.crs or ""
    if source.takes(raw.shapes is not None) and raw.shapes is not None:
        if map_.crs:
            sheet.crs = map_.crs
        return
    if raw.shapes is not None:
        if x in source.columns and x not in at:
            centres = [_middle(shape) for shape in raw.shapes]
            at[x] = sheet.add(source.columns[x].heading, (), coded([None if c is None else c.x for c in centres]))
            at[y] = sheet.add(source.columns[y].heading, (), coded([None if c is None else c.y for c in centres]))
        sheet.shapes = None
    if crs and x in at and "source_crs" not in at:
        at["source_crs"] = sheet.add(source.columns["source_crs"].heading, (), constant(crs, len(raw.rows)))


def _middle(shape: bytes | None) -> Any:
    """A point in a shape; None where there is no shape or nothing in it."""
    geom = None if shape is None else shapely.from_wkb(shape)
    return None if geom is None or geom.is_empty else geom.representative_point()
