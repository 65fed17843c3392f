"""Which sheets of the files of a load are ledgers of ours (认表): come back mended, named by a map, or recognised."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from etl.clean import no_rows
from etl.errors import LoadError
from etl.extract import RawSheet
from etl.files import SAMPLE_WORDS, Found, InputFile
from etl.headings import Layout, find_layout, unknown_file
from etl.mapped import map_sheets, with_units
from etl.maps import ColumnMap, bad_map

Part = tuple[InputFile, RawSheet, Layout]
_SAMPLE = re.compile(rf"^{SAMPLE_WORDS}$|[(（]{SAMPLE_WORDS}[)）]")
Laid = dict[int, tuple[RawSheet, Layout]]
"""Sheets of a file by position, each with where its columns stand."""


def find_ledgers(
    found: Found,
    sheets: Sequence[list[RawSheet]],
    paths: list[Path],
    maps: Sequence[ColumnMap],
    mended: Callable[[InputFile, list[RawSheet]], Laid],
) -> list[Part]:
    """Every sheet that is a ledger of ours. A file named by itself must hold one, in a folder it may be a stranger.

    sheets : of every file of `found`, which notes what was left aside. mended : the sheets of a file that hold refused
    rows come back. Raises LoadError for a file or a map that leads nowhere.
    """
    parts: list[Part] = []
    unused = {map_.name: map_ for map_ in maps}
    seen: dict[str, None] = {}
    strangers: list[LoadError] = []
    for file, raws in zip(found.files, sheets, strict=True):
        seen.update(dict.fromkeys(raw.sheet or file.name for raw in raws))
        layouts = mended(file, raws) or _mapped(maps, file, raws, unused) or _recognised(file, raws)
        if not layouts:
            if file.path in paths or all(not raw.rows for raw in raws):
                strangers.append(_no_ledger(file, raws))
            found.skipped.append((file.name, "不是认得的台账", "not a ledger that we know"))
            continue
        parts += [(file, raw, layout) for raw, layout in layouts.values()]
        for number, raw in enumerate(raws):
            if number not in layouts and any(any(row) for row in raw.rows):
                name = f"{file.name}[{raw.sheet}]"
                found.skipped.append((name, "不是认得的台账工作表", "not a sheet that we know"))
    for map_ in unused.values():
        raise bad_map(
            map_.name,
            f"没有用上:给的文件里没有名为“{map_.sheet or map_.file}”的表;看到:{'、'.join(seen)}。请改 sheet 或 file。",
            f"was not used: nothing is called {map_.sheet or map_.file!r}; there are {', '.join(seen)}. "
            "Change sheet or file.",
        )
    if strangers:
        raise strangers[0]
    return parts


def _mapped(maps: Sequence[ColumnMap], file: InputFile, raws: list[RawSheet], unused: dict[str, ColumnMap]) -> Laid:
    """The sheets of a file that a map reads, by position. Raises LoadError when two maps want the same one."""
    laid: Laid = {}
    for map_ in maps:
        if not fnmatch(file.name, map_.file):
            continue
        for number, raw, layout in map_sheets(map_, raws, file.name):
            if number in laid:
                raise bad_map(
                    map_.name,
                    f"与另一个列映射读的是同一张表(“{raw.sheet or file.name}”);请分两次载入,或用 sheet 分开。",
                    f"reads the same sheet as another map ({raw.sheet or file.name!r}); load one after the other.",
                )
            laid[number] = raw, layout
            unused.pop(map_.name, None)
    return laid


def _recognised(file: InputFile, raws: list[RawSheet]) -> Laid:
    found = [(number, raw, find_layout(raw, file.name)) for number, raw in enumerate(raws)]
    return {number: with_units(raw, layout, file.name) for number, raw, layout in found if layout}


def is_of_sample(raw: RawSheet, layout: Layout) -> bool:
    """Whether a ledger says above its data, or in a cell of their first row, that it is invented."""
    above = (raw.rows[row] for row in range(min(layout.first + 1, len(raw.rows))))
    return any(isinstance(cell, str) and _SAMPLE.search(cell) for row in above for cell in row)


def _no_ledger(file: InputFile, raws: list[RawSheet]) -> LoadError:
    if all(not any(any(cell is not None for cell in row) for row in raw.rows) for raw in raws):
        return no_rows(file.name)
    first = next(raw for raw in raws if raw.rows or raw.headings)
    fullest = max(first.rows[:15], key=lambda row: sum(cell is not None for cell in row), default=[])
    headings = first.headings or [str(cell) for cell in fullest if cell is not None]
    return unknown_file(file.name, headings)
