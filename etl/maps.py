"""A column map written by hand (列映射): what a ledger that this program has never seen calls our columns.

docs/column-maps.md is the reference. A map is checked as a whole when it is read, so that a wrong one costs one clear
sentence and no load: LoadError BAD_MAP names the map, the line it is about and what to write instead.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

from etl.cells import CLEANERS, BadCell
from etl.errors import LoadError
from etl.headings import Snapshot, plain
from etl.snapshot import REGISTERS
from etl.sources import Column, Source, sources
from etl.units import WrongUnit, factor_of, measure_of
from geo.crs import points_to_store
from geo.errors import GeoError

MODES = ("append", "snapshot")
KEYS = (
    "kind", "file", "sheet", "heading_rows", "first_row", "mode", "area", "as_of", "crs", "columns", "fixed", "units",
    "words",
)  # fmt: skip
JOINABLE = ("text", "number_id", "code")


@dataclass(frozen=True)
class ColumnMap:
    """One map. Columns are named as in etl/sources; `name` is the file of the map, for messages.

    columns : our column → the headings it is read from, joined by a hyphen where there are several. fixed : our column
    → the same cell in every row. factors : our column → what its numbers are multiplied by. words : our column → word
    of the ledger in plain form → the cell that is read instead; "" stands for an empty one. file : pattern of file
    names. heading_rows : as Excel shows them; None: to be found; (): there is none, columns are named by letter.
    area : a snapshot speaks for what lies inside this area only. as_of : the day of a snapshot.
    """

    name: str
    source: Source
    columns: dict[str, tuple[str, ...]]
    fixed: dict[str, Any] = field(default_factory=dict)
    factors: dict[str, Fraction] = field(default_factory=dict)
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    file: str = "*"
    sheet: str = ""
    heading_rows: tuple[int, ...] | None = None
    first_row: int | None = None
    mode: str = "append"
    area: str = ""
    as_of: date | None = None
    crs: str = ""

    @property
    def snapshot(self) -> Snapshot | None:
        """What the file speaks for when it is the whole register."""
        return Snapshot(self.area, self.as_of) if self.mode == "snapshot" else None


def bad_map(name: str, zh: str, en: str) -> LoadError:
    """The error for a map, or a map that does not fit its file."""
    return LoadError("BAD_MAP", f"列映射“{name}”:{zh}", f"The column map {name!r}: {en}")


def read_map(path: Path, *, believes_crs: bool = True) -> ColumnMap:
    """The map in a file. Raises LoadError BAD_MAP with one sentence for what is wrong with it.

    believes_crs : False leaves its `crs` out, for whoever wants to find out what it should be.
    """
    name = path.name
    try:
        given = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise bad_map(
            name, f"无法打开({error.strerror});请检查路径。", f"cannot be opened ({error.strerror})."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad_map(
            name,
            f"不是有效的 TOML({error});请检查这一处的引号、等号和括号,文件存为 UTF-8。",
            f"is no valid TOML ({error}); check quotes, equals signs and brackets there, and save it as UTF-8.",
        ) from error
    if not believes_crs:
        given.pop("crs", None)
    return _checked(name, given)


def _checked(name: str, given: dict[str, Any]) -> ColumnMap:
    for key in given:
        if key not in KEYS:
            raise bad_map(
                name,
                f"没有“{key}”这一项{_near_zh(key, KEYS)};可写:{'、'.join(KEYS)}。",
                f"there is no entry {key!r}; write one of {', '.join(KEYS)}.",
            )
    source = _source(name, given.get("kind"))
    own = _Names(name, source)
    headings = {
        own.of(key, "columns"): _headings(name, own, key, value) for key, value in _part(name, given, "columns")
    }
    fixed = {own.of(key, "fixed"): value for key, value in _part(name, given, "fixed")}
    columns = {column: of for column, of in headings.items() if of}
    if both := columns.keys() & fixed.keys():
        column = sorted(both)[0]
        raise bad_map(
            name,
            f"“{own.label(column)}”同时写在 [columns] 和 [fixed] 里;请只留一处。",
            f"{own.label(column)} stands in [columns] and in [fixed]; keep one of them.",
        )
    for column, value in fixed.items():
        _clean(name, source.columns[column], value, f"[fixed] {own.label(column)}")
    _check_required(name, source, columns.keys() | fixed.keys())
    return ColumnMap(
        name,
        source,
        columns,
        fixed,
        {own.of(key, "units"): _factor(name, own, key, value) for key, value in _part(name, given, "units")},
        {own.of(key, "words"): _words(name, own, key, value) for key, value in _part(name, given, "words")},
        file=_text(name, given, "file") or "*",
        sheet=_text(name, given, "sheet"),
        heading_rows=_heading_rows(name, given),
        first_row=_row(name, given),
        mode=_mode(name, source, given),
        area=_text(name, given, "area"),
        as_of=_as_of(name, given),
        crs=_crs(name, given),
    )


def _source(name: str, kind: Any) -> Source:
    known = sources()
    for source in known.values():
        if kind in (source.kind, source.zh):
            return source
    all_zh, all_en = "、".join(f"{s.kind}({s.zh})" for s in known.values()), ", ".join(known)
    if kind is None:
        raise bad_map(
            name, f"没有写 kind(哪种台账);可写:{all_zh}。", f"kind, the kind of ledger, is missing: one of {all_en}."
        )
    raise bad_map(
        name,
        f"kind 为“{kind}”,没有这种台账{_near_zh(kind, known)};可写:{all_zh}。",
        f"kind is {kind!r}, and there is no such ledger; write one of {all_en}.",
    )


class _Names:
    """Our columns by either of their names: that of the store, or our heading."""

    def __init__(self, map_name: str, source: Source) -> None:
        self._map, self._source = map_name, source
        self._names = {
            plain(word): name for name, column in source.columns.items() for word in reversed(column.headings)
        }
        self._names |= {name: name for name in source.columns}

    def of(self, key: str, part: str) -> str:
        """The column a key of the map means."""
        name = self._names.get(key) or self._names.get(plain(key))
        if name is None:
            every = [f"{name}({column.heading})" for name, column in self._source.columns.items()]
            raise bad_map(
                self._map,
                f"[{part}] 里的“{key}”不是{self._source.zh}的列{_near_zh(key, self._names)};可写:{'、'.join(every)}。",
                f"{key!r} in [{part}] is no column of {self._source.en}; write one of "
                f"{', '.join(self._source.columns)}.",
            )
        return name

    def label(self, column: str) -> str:
        return f"{column}({self._source.columns[column].heading})"

    def column(self, key: str, part: str) -> Column:
        return self._source.columns[self.of(key, part)]


def _near_zh(word: Any, known: Iterable[str]) -> str:
    near = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f"(是否就是“{near[0]}”?)" if near else ""


def _part(name: str, given: dict[str, Any], part: str) -> Iterable[tuple[str, Any]]:
    found = given.get(part, {})
    if not isinstance(found, dict):
        raise bad_map(
            name,
            f"{part} 应写成一节:先写 [{part}],下面每行一项。",
            f"{part} must be a section: [{part}], and one entry in each line below it.",
        )
    return found.items()


def _headings(name: str, own: _Names, key: str, value: Any) -> tuple[str, ...]:
    """The headings of one column; none for an empty text, which is how a draft says that nothing was found."""
    column = own.column(key, "columns")
    words = value if isinstance(value, list) else [value]
    if not all(isinstance(word, str) for word in words):
        raise bad_map(
            name,
            f'[columns] {own.label(column.name)} 应写文件里的表头,如 "编号",或几个表头 ["户号", "日期"]。',
            f"[columns] {own.label(column.name)} must be a heading of the file in quotes, or a list of them.",
        )
    words = [word for word in words if word.strip()]
    if len(words) > 1 and column.type not in JOINABLE:
        raise bad_map(
            name,
            f"[columns] {own.label(column.name)} 只能对一个表头;只有文字和编号可以由几列合成。",
            f"[columns] {own.label(column.name)} takes one heading; only texts and numbers of a ledger can be joined.",
        )
    return tuple(words)


def _clean(name: str, column: Column, value: Any, where: str) -> None:
    try:
        CLEANERS[column.type](value, column)
    except BadCell as bad:
        raise bad_map(name, f"{where} 为“{value}”:{bad.zh}。", f"{where} is {value!r}: it {bad.en}.") from bad


def _factor(name: str, own: _Names, key: str, unit: Any) -> Fraction:
    column = own.column(key, "units")
    measure = measure_of(column.name, column.type)
    try:
        factor = factor_of(str(unit), measure) if measure else None
    except WrongUnit:
        factor = None
    if factor is None:
        raise bad_map(
            name,
            f"[units] {own.label(column.name)} 的单位“{unit}”不适用;"
            + ("可写 户、百户、万人 之类。" if measure else "这一列没有单位。"),
            f"[units] the unit {unit!r} does not fit {own.label(column.name)}"
            + ("; write 户, 百户, 万人 and the like." if measure else ", which has none."),
        )
    return factor


def _words(name: str, own: _Names, key: str, given: Any) -> dict[str, Any]:
    column = own.column(key, "words")
    if not isinstance(given, dict):
        raise bad_map(
            name,
            f'[words] {own.label(column.name)} 应写成一节:[words.{column.name}],下面每行 "台账里的词" = "我们的值"。',
            f"[words] {own.label(column.name)} must be a section [words.{column.name}] with one word in each line.",
        )
    for word, value in given.items():
        _clean(name, column, value, f"[words.{column.name}] “{word}”")
    return {plain(word): value for word, value in given.items()}


def _check_required(name: str, source: Source, given: Iterable[str]) -> None:
    named = set(given)
    missing = [c for c in source.columns.values() if c.required and named.isdisjoint((c.name, *c.instead))]
    if missing:
        zh = "、".join(f"{column.name}({column.heading})" for column in missing)
        raise bad_map(
            name,
            f"{source.zh}必需的列没有着落:{zh};请在 [columns] 写明对应的表头,或在 [fixed] 写固定值。",
            f"required columns of {source.en} are not given: {', '.join(c.name for c in missing)}; name their headings "
            "in [columns], or a value in [fixed].",
        )


def _text(name: str, given: dict[str, Any], key: str) -> str:
    value = given.get(key, "")
    if not isinstance(value, str):
        raise bad_map(name, f"{key} 应写成带引号的文字。", f"{key} must be a text in quotes.")
    return value


def _heading_rows(name: str, given: dict[str, Any]) -> tuple[int, ...] | None:
    rows = given.get("heading_rows")
    if rows is None:
        return None
    rows = rows if isinstance(rows, list) else [rows]
    if not all(type(row) is int and row > 0 for row in rows) or rows != list(
        range(min(rows, default=0), max(rows, default=-1) + 1)
    ):
        raise bad_map(
            name,
            f"heading_rows 为 {rows};应写 Excel 显示的行号,如 [4] 或相连的 [4, 5],没有表头写 []。",
            f"heading_rows is {rows}; write row numbers as Excel shows them: [4], or [4, 5] side by side, [] for none.",
        )
    return tuple(rows)


def _row(name: str, given: dict[str, Any]) -> int | None:
    row = given.get("first_row")
    if row is not None and (type(row) is not int or row < 1):
        raise bad_map(
            name,
            f"first_row 为 {row!r};应写数据第一行的行号,如 6。",
            f"first_row is {row!r}; write a row number such as 6.",
        )
    return row


def _mode(name: str, source: Source, given: dict[str, Any]) -> str:
    mode = given.get("mode", "append")
    if mode not in MODES:
        raise bad_map(
            name,
            f"mode 为“{mode}”;应写 append(只增改,文件里没有的不动)或 snapshot(文件是全部,没有的即终止)。",
            f"mode is {mode!r}; write append (what the file lacks stays) or snapshot (what it lacks ends).",
        )
    if mode == "snapshot" and source.kind not in REGISTERS:
        raise bad_map(
            name,
            f"{source.zh}不能用 snapshot(它有自己的历史);请写 append。",
            f"{source.en} cannot be a snapshot, since it has a history of its own; write append.",
        )
    return str(mode)


def _as_of(name: str, given: dict[str, Any]) -> date | None:
    day = given.get("as_of")
    if day is not None and type(day) is not date:
        raise bad_map(
            name,
            f"as_of 为 {day!r};应写日期,不带引号,如 2020-12-31。",
            f"as_of is {day!r}; write a date without quotes.",
        )
    return day


def _crs(name: str, given: dict[str, Any]) -> str:
    crs = _text(name, given, "crs")
    try:
        points_to_store([], [], crs or "CGCS2000")
    except GeoError as error:
        zh, en = "不知道时先运行 python -m etl datum 文件。", "To find out, run python -m etl datum FILE."
        raise bad_map(name, f"crs:{error.zh}{zh}", f"crs: {error.en} {en}") from error
    return crs
