"""Finding the heading (找表头): which row it is, which kind of ledger it belongs to, which column is which.

Ledgers put titles and filling notes above the heading, merge group headings over it, mark required columns with `*`
and use words of their own. The heading is the row, or pair of rows, that fits one of the column maps best.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from etl.errors import LoadError
from etl.extract import RawSheet
from etl.sources import Source, sources

SEARCHED_ROWS = 15
NEARLY = 0.6
"""From this share of its required columns on, a sheet that lacks some is an incomplete ledger, not a stranger."""


@dataclass(frozen=True)
class Snapshot:
    """What a file that is the whole register speaks for: an area by its code ("": the county), on a day."""

    area: str = ""
    as_of: date | None = None


@dataclass
class Layout:
    """Where a sheet's data stand. `at` is column name → position; `first` the position of the first row of data.

    width : how many cells of a row are the file's own (None: all); behind them stand cells that were made from these.
    made : position of such a cell → the positions it was made from. snapshot : None: what the sheet lacks stays.
    by_map : what a map says besides columns: `fixed`, `factors`, `words`, `crs`; for reading mended rows the same way.
    is_layer : the rows come from a layer, so that their places stand in no cell.
    """

    source: Source
    at: dict[str, int]
    headings: list[str]
    first: int
    heading_rows: list[int] = field(default_factory=list)
    width: int | None = None
    made: dict[int, tuple[int, ...]] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    by_map: dict[str, Any] = field(default_factory=dict)
    is_layer: bool = False

    def own_positions(self, name: str) -> tuple[int, ...]:
        """Where the file itself has what a column is read from; none when it does not."""
        if name not in self.at:
            return ()
        return self.made.get(self.at[name], (self.at[name],))

    def names(self) -> list[str]:
        """What each of the file's own columns is called, each name once: headings may be empty or stand twice."""
        names: list[str] = []
        taken: set[str] = set()  # a damaged sheet has tens of thousands
        for position, heading in enumerate(self.headings[: self.width]):
            name = heading or f"#{position + 1}"
            while name in taken:
                name = f"{name} #{position + 1}"
            names.append(name)
            taken.add(name)
        return names


def plain(text: Any) -> str:
    """A heading or a word without the accidents of writing: widths, spaces, marks, brackets in one form.

    >>> plain(" *走访日期 "), plain("人口数（人）")
    ('走访日期', '人口数(人)')
    """
    return _plain(str(text))


@lru_cache(maxsize=10_000)
def _plain(text: str) -> str:
    return re.sub(r"[\s*:·]+", "", unicodedata.normalize("NFKC", text)).casefold()


def find_layout(sheet: RawSheet, file: str) -> Layout | None:
    """The layout of a sheet, None when it is no ledger of ours. Raises LoadError when it nearly is one."""
    best: tuple[tuple[float, ...], Layout] | None = None
    nearly: tuple[tuple[float, float], Source, list[str], list[str]] | None = None
    for first, heading_rows, headings in _candidates(sheet):
        words = _words(headings)
        for source in sources().values():
            if not source.takes(sheet.shapes is not None):
                continue
            at = _match(source, words)
            required = source.needed(sheet.shapes is not None)
            missing = [name for name in required if name not in at]
            hinted = any(hint in sheet.sheet or hint in file for hint in source.hints)
            if missing:
                share = (1 - len(missing) / len(required)) + 0.01 * len(at) / len(source.columns)
                rank = (hinted, share)
                if any(name in at for name in source.key) and share >= NEARLY and (not nearly or rank > nearly[0]):
                    nearly = (rank, source, missing, [h for h in headings if h])
                continue
            # More columns recognised is better; then the map that is filled best; then what the sheet is called.
            score = (len(at), len(at) / len(source.columns), hinted, -len(heading_rows), -first)
            if best is None or score > best[0]:
                best = score, Layout(source, at, headings, first, heading_rows)
    if best:
        return best[1]
    if nearly:
        raise _lacks_columns(file, sheet.sheet, nearly[1], nearly[2], nearly[3])
    return None


def _candidates(sheet: RawSheet) -> list[tuple[int, list[int], list[str]]]:
    """(first row of data, rows of the heading, headings) for every row and pair of rows that may be the heading."""
    if sheet.headings is not None:
        return [(0, [], sheet.headings)]
    found = []
    for i, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
        texts = [_text(cell) for cell in row]
        if sum(map(bool, texts)) < 2:
            continue
        found.append((i + 1, [i], texts))
        if i + 1 < len(sheet.rows):
            below = [_text(cell) for cell in sheet.rows[i + 1]]
            width = max(len(texts), len(below))
            texts, below = (side + [""] * (width - len(side)) for side in (texts, below))
            # Under a merged group heading stand the headings proper; other columns are merged downwards.
            found.append((i + 2, [i, i + 1], [low or high for high, low in zip(texts, below, strict=True)]))
    return found


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _words(headings: list[str]) -> dict[str, int]:
    """Every way to read a heading → its position; a bracketed unit or note may be left out."""
    words: dict[str, int] = {}
    for position, heading in enumerate(headings):
        if heading:
            words.setdefault(plain(heading), position)
    for position, heading in enumerate(headings):
        if short := re.sub(r"[(\[].*?[)\]]", "", plain(heading)):
            words.setdefault(short, position)
    return words


def _match(source: Source, words: dict[str, int]) -> dict[str, int]:
    at: dict[str, int] = {}
    for name, column in source.columns.items():
        for heading in () if column.by_map else column.headings:
            position = words.get(plain(heading))
            if position is not None and position not in at.values():
                at[name] = position
                break
    return at


def _lacks_columns(file: str, sheet: str, source: Source, missing: list[str], headings: list[str]) -> LoadError:
    wanted = [source.columns[name].heading for name in missing]
    place_zh = f"文件“{file}”" + (f"的工作表“{sheet}”" if sheet else "")
    place_en = f"The file {file!r}" + (f", sheet {sheet!r}," if sheet else "")
    like = [f"“{near[0]}”" for name in wanted if (near := get_close_matches(name, headings, n=1, cutoff=0.5))]
    near_zh = f"(是否就是{'、'.join(like)}?)" if like else ""
    return LoadError(
        "WRONG_COLUMNS",
        f"{place_zh}像是{source.zh},但缺少必需的列:{'、'.join(wanted)}{near_zh};请补上后再载入。",
        f"{place_en} looks like {source.en} but lacks required columns: {', '.join(wanted)}; add them and load again.",
    )


def unknown_file(file: str, headings: list[str]) -> LoadError:
    """The error for a file in which no sheet is a ledger of ours."""
    shown = "、".join(headings[:8]) or "(无)"
    kinds_zh = "、".join(source.zh for source in sources().values())
    return LoadError(
        "WRONG_COLUMNS",
        f"文件“{file}”里没有认得的台账;看到的列:{shown};可载入的台账:{kinds_zh}。请对照 docs/data-files.md 的列名。",
        f"There is no known ledger in {file!r}; columns found: {shown}. See docs/data-files.md for those we read.",
    )
