"""The kinds of ledger we read, each a column map in a .toml file here; a new kind is added mostly by a new file.

A file states: `kind`, `zh`, `en`, `table` (where its rows go), `order` (what others refer to comes first), `mode`
(append: rows it lacks stay as they are), `key` (columns that name one row), `links` (what a row refers to),
`geometry` (polygon, line, "polygon or point", or none), `hints` (words in the sheet name that settle a tie),
`constants` (columns with the same value in every row), `crs` (of points that do not name theirs; without it they are
refused), and one table per column:

    headings   the words a ledger may use, the first is our own
    type       text | code | number_id | pseudonym | date | count | year | number | yes_no | term
    required   an empty cell refuses the row, a missing column the file
    digits     exact length of a code
    vocabulary list of allowed values in data/terms.py; or `values`: word → what is stored
    future     a date may lie after today
    into       the column of the store's table, when it has another name
    by_map     read only where a column map names it: its headings are too common to recognise a ledger by
    instead    columns, one of which does instead of a required one where a column map names it
"""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import terms

FOLDER = Path(__file__).parent
TYPES = (
    "text", "code", "number_id", "pseudonym", "date", "count", "year", "number", "yes_no", "term",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a ledger."""

    name: str
    headings: tuple[str, ...]
    type: str
    required: bool = False
    digits: int | None = None
    vocabulary: str = ""
    values: dict[str, str] = field(default_factory=dict)
    is_open: bool = False
    future: bool = False
    into: str = ""
    by_map: bool = False
    instead: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Our own heading, for messages about a column the file lacks."""
        return self.headings[0]

    def words(self) -> dict[str, str]:
        """What a cell may say → what is stored; empty when anything may stand there."""
        return self.values or (terms.ALL[self.vocabulary].by_word() if self.vocabulary else {})

    def labels(self) -> tuple[str, ...]:
        """The allowed values in Chinese, for messages."""
        return tuple(self.values) or tuple(term.zh for term in terms.ALL[self.vocabulary].values())


@dataclass(frozen=True)
class Source:
    """One kind of ledger (台账)."""

    kind: str
    zh: str
    en: str
    table: str
    order: int
    mode: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    links: dict[str, str] = field(default_factory=dict)
    dates_in_order: tuple[tuple[str, ...], ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    geometry: str = ""
    hints: tuple[str, ...] = ()
    crs: str = ""

    def takes(self, has_shapes: bool) -> bool:
        """Whether a sheet with shapes, or one without, may be a ledger of this kind."""
        return bool(self.geometry) if has_shapes else not self.geometry or self.may_be_points

    @property
    def may_be_points(self) -> bool:
        """Whether a point, in columns or as a shape, does where there is no outline."""
        return "point" in self.geometry

    def needed(self, has_shapes: bool) -> list[str]:
        """The columns a sheet must have; one without shapes says in columns where things lie."""
        names = [column.name for column in self.columns.values() if column.required]
        return names if has_shapes or not self.geometry else [*names, "source_lon", "source_lat"]


@lru_cache(maxsize=1)
def sources() -> dict[str, Source]:
    """Every kind of ledger in the order of loading. Raises ValueError naming a map that contradicts itself."""
    found = [_source(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {source.kind: source for source in sorted(found, key=lambda s: (s.order, s.kind))}


def _source(path: Path) -> Source:
    given = tomllib.loads(path.read_text("utf-8"))
    columns = {name: _column(path.name, name, spec) for name, spec in given.pop("columns").items()}
    for name in ("key", "hints"):
        given[name] = tuple(given.get(name, ()))
    given["dates_in_order"] = tuple(tuple(dates) for dates in given.get("dates_in_order", ()))
    source = Source(columns=columns, **given)
    named = {*source.key, *(name for dates in source.dates_in_order for name in dates)}
    if unknown := named - columns.keys():
        raise ValueError(f"{path.name}: no such column: {', '.join(sorted(unknown))}")
    if source.mode != "append":
        raise ValueError(f"{path.name}: mode {source.mode!r} is not known")
    return source


def _column(file: str, name: str, spec: dict[str, Any]) -> Column:
    values = dict(spec)
    values["headings"], values["instead"] = tuple(values["headings"]), tuple(values.get("instead", ()))
    column = Column(name=name, **values)
    if column.type not in TYPES:
        raise ValueError(f"{file}: column {name} has the unknown type {column.type!r}")
    if column.vocabulary and column.vocabulary not in terms.ALL:
        raise ValueError(f"{file}: column {name} names the unknown vocabulary {column.vocabulary!r}")
    return column
