"""Where a heading may stand in a sheet, and what its columns are called (表头): for ledgers read by a column map.

Unlike etl.headings it knows no kind of ledger: a heading is up to three rows, a merged word holds for all the columns
under it, and a column may also be named by the letter that Excel shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from etl.columns import width_of
from etl.extract import RawSheet
from etl.headings import plain

SEARCHED_ROWS = 30
DEEPEST = 3
"""Rows that a heading may be made of."""
_LETTER = re.compile(r"@([A-Z]{1,3})", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[].*?[)\]]")


@dataclass(frozen=True)
class Head:
    """A heading: its rows (positions), the words of each column from the top down, and the first row of data."""

    rows: list[int]
    paths: list[list[str]]
    first: int

    def labels(self) -> list[str]:
        """What each column is called: the lowest word of it."""
        return [path[-1] if path else "" for path in self.paths]

    def find(self, heading: str) -> list[int]:
        """The columns that a heading means: @ and a letter, the whole path with strokes between, or its lowest word."""
        if letter := _LETTER.fullmatch(heading.strip()):
            return [position_of(letter[1])]
        wanted = plain(heading)
        return next((found[wanted] for found in self._written if wanted in found), [])

    @cached_property
    def bare(self) -> list[str]:
        """The lowest word of each column without what stands in brackets; "" where there is none."""
        return [_BRACKETS.sub("", plain(path[-1])) if path else "" for path in self.paths]

    @cached_property
    def _written(self) -> tuple[dict[str, list[int]], ...]:
        """The columns by their whole path, by its lowest word, and by that without brackets."""
        whole: dict[str, list[int]] = {}
        low: dict[str, list[int]] = {}
        short: dict[str, list[int]] = {}
        for n, path in enumerate(self.paths):
            if path:
                whole.setdefault(plain("/".join(path)), []).append(n)
                low.setdefault(plain(path[-1]), []).append(n)
                short.setdefault(self.bare[n], []).append(n)
        return whole, low, short


def position_of(letter: str) -> int:
    """The position of a column by the letter that Excel shows.

    >>> position_of("A"), position_of("AB")
    (0, 27)
    """
    number = 0
    for sign in letter.upper():
        number = number * 26 + ord(sign) - ord("A") + 1
    return number - 1


def letter_of(position: int) -> str:
    """The letter that Excel shows for a position.

    >>> letter_of(0), letter_of(27)
    ('A', 'AB')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def heads_of(raw: RawSheet) -> Iterator[Head]:
    """Every place where the heading of a sheet may be: one row, or up to three below each other."""
    if raw.headings is not None:
        yield Head([], [[word] if word else [] for word in raw.headings], 0)
        return
    for top in range(min(SEARCHED_ROWS, len(raw.rows))):
        if sum(isinstance(cell, str) for cell in raw.rows[top]) < 2:
            continue
        for deep in range(1, DEEPEST + 1):
            if top + deep <= len(raw.rows):
                yield head_at(raw, list(range(top, top + deep)))


def head_at(raw: RawSheet, rows: list[int]) -> Head:
    """The heading in some rows; a word that is merged over several columns holds for all of them."""
    width = width_of(raw.rows)
    levels = []
    for row in rows:
        levels.append([_text(cell) for cell in raw.rows[row]] + [""] * (width - len(raw.rows[row])))
    for number, words in enumerate(levels[:-1]):
        for column in range(1, width):
            if not words[column] and levels[number + 1][column] and _reaches(levels, number, column):
                words[column] = words[column - 1]
    paths = [[words[column] for words in levels if words[column]] for column in range(width)]
    return Head(rows, paths, rows[-1] + 1 if rows else 0)


def _reaches(levels: list[list[str]], number: int, column: int) -> bool:
    """Whether a merged word reaches into a column: no word above begins there, and its neighbour is divided as well."""
    is_under_one = all(words[column] == words[column - 1] for words in levels[:number])
    return is_under_one and bool(levels[number + 1][column - 1])


def _text(cell: Any) -> str:
    return " ".join(cell.split()).strip("*＊ ") if isinstance(cell, str) else ""
