"""Drafting a column map (起草列映射): what was understood of a ledger, written so that a person can put it right.

Headings are compared with the words of the column maps, with looser synonyms, and then by spelling. Samples of values
stand beside the columns that were understood; what is of no use to us may be personal and is never shown.
"""

import tomllib
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from etl.cells import CLEANERS, BadCell
from etl.clean import is_no_data
from etl.columns import Positions, column_of
from etl.errors import LoadError
from etl.extract import RawSheet, extract_files
from etl.files import find_files
from etl.headings import plain
from etl.heads import Head, head_at, heads_of, letter_of
from etl.problems import shorten
from etl.sources import Column, Source, sources

CLOSE = 0.72
"""Spellings as alike as this are taken for the same word, and marked as a guess."""
SAMPLED = 3
COUNTER = "序号"
"""Counts the rows of one file: as a number of its own it would change those of the month before, so it is a guess."""
MOST_WORDS = 30


@dataclass(frozen=True)
class Draft:
    """What was understood of one sheet. columns : our column → position; guessed : those by spelling alone."""

    file: Path
    sheet: RawSheet
    others: list[str]
    source: Source
    head: Head
    columns: dict[str, int]
    guessed: frozenset[str]

    def missing(self) -> list[Column]:
        """Required columns for which nothing was found."""
        columns = self.source.columns.values()
        return [c for c in columns if c.required and self.columns.keys().isdisjoint((c.name, *c.instead))]

    def heading(self, position: int) -> str:
        """How a map names a column: its lowest word if no other has it, else the path, else its letter."""
        path = self.head.paths[position]
        for name in [path[-1], "/".join(path)] if path else []:
            if self.head.find(name) == [position]:
                return name
        return f"@{letter_of(position)}"

    def text(self) -> str:
        """The map as TOML with remarks; it can be loaded once nothing required is left open."""
        lines = [
            f"# 列映射草稿:{self.file.name}。请逐行核对;# 之后是说明,不起作用。",
            "# A draft of a column map: check every line; what follows # is a remark. See docs/column-maps.md.",
            "",
            f"kind = {_quoted(self.source.kind)}  # {self.source.zh} {self.source.en}",
        ]
        if self.sheet.sheet:
            lines.append(f"sheet = {_quoted(self.sheet.sheet)}")
        if self.sheet.headings is None:
            rows = [self.sheet.numbers[row] for row in self.head.rows]
            lines.append(f"heading_rows = {rows}  # 表头所在的行 rows of the heading, as Excel shows them")
        lines.append('mode = "append"  # append 只增改 adds and changes | snapshot 文件是全部 what it lacks ends')
        if "source_lon" in self.columns and "source_crs" not in self.columns:
            lines.append('crs = "请填写"  # 坐标系 datum: CGCS2000 | WGS-84 | GCJ-02 | BD-09 | EPSG:4546 …')
            lines.append(f"# 不知道是哪种 to find out: python -m etl datum {self.file.name}")
        lines += ["", "[columns]  # 本系统的列 our column = 文件的表头 heading of the file"]
        lines += [self._line(column) for column in self.source.columns.values()]
        if unused := self.unused():
            lines.append(f"# 没有用上的表头 headings not used: {'、'.join(unused)}")
        lines += ["", "[fixed]  # 每行都一样的值 the same in every row", '# community_code = "422825100001"']
        for column in self.source.columns.values():
            lines += self._words(column)
        return "\n".join(lines) + "\n"

    def _line(self, column: Column) -> str:
        marks = [column.heading, column.type] + ["必填 required"] * column.required
        if column.name not in self.columns:
            return f'# {column.name} = ""  # {" · ".join(marks)} · 没有找到 not found'
        position = self.columns[column.name]
        if column.name in self.guessed:
            marks.append("猜的,请核对 a guess, check it")
        if samples := self.samples(column, position):
            marks.append("例 e.g. " + "、".join(samples))
        return f"{column.name} = {_quoted(self.heading(position))}  # {' · '.join(marks)}"

    def _values(self, position: int) -> list[Any]:
        """The different cells of a column of data."""
        cells = column_of(self.sheet.rows, position).take(self._data)
        return list(dict.fromkeys(cell for cell in cells.values if cell is not None))

    @cached_property
    def _data(self) -> Positions:
        """The positions of the rows of data."""
        titles, first = set(self.head.labels()), self.head.first
        return np.array(
            [
                position for position, row in enumerate(self.sheet.rows[first:], first)
                if any(cell is not None for cell in row) and not is_no_data(row, titles)
            ], dtype=np.int64,
        )  # fmt: skip

    def samples(self, column: Column, position: int) -> list[str]:
        """A few values of a column of data as one of ours; none where they may tell of a person or a place."""
        if column.type in ("pseudonym", "text", "number"):
            # Where a person's number should be there may be a name, texts may tell anything, numbers are positions.
            return []
        return [shorten(_shown(cell)) for cell in self._values(position)[:SAMPLED]]

    def unused(self) -> list[str]:
        """The headings that no column of ours is read from."""
        used = set(self.columns.values())
        return [self.heading(n) for n, path in enumerate(self.head.paths) if path and n not in used]

    def _words(self, column: Column) -> list[str]:
        """Words of a coded column that are not in its list, each to be given one of ours."""
        strange = self.strange(column)
        if not strange:
            return []
        allowed = allowed_in(column)
        lines = ["", f"[words.{column.name}]  # 台账里的词 = 我们的值 one of: {'、'.join(allowed)}"]
        for word, near in strange.items():
            guess = f"{_quoted(near)}  # 猜的 a guess" if near else '""'
            lines.append(("" if near else "# ") + f"{_quoted(word)} = {guess}")
        return lines

    def strange(self, column: Column) -> dict[str, str]:
        """Words of a coded column that are not in its list → the allowed one spelled most like it, "" for none."""
        if column.type not in ("term", "yes_no") or column.name not in self.columns:
            return {}
        cells = [cell for cell in self._values(self.columns[column.name]) if _is_strange(cell, column)]
        near = {_shown(cell): get_close_matches(str(cell), allowed_in(column), n=1, cutoff=0.5) for cell in cells}
        return {word: found[0] if found else "" for word, found in list(near.items())[:MOST_WORDS]}

    def json(self, path: str | None) -> dict[str, Any]:
        """What a program reads of it."""
        return {
            "kind": self.source.kind, "sheet": self.sheet.sheet, "other_sheets": self.others, "path": path,
            "columns": {name: self.heading(position) for name, position in self.columns.items()},
            "guessed": sorted(self.guessed), "missing": [column.name for column in self.missing()],
            "not_used": self.unused(), "map": self.text(),
        }  # fmt: skip

    def advice(self, lang: str, path: str) -> list[str]:
        """What to do next, in a line or two."""
        zh, lines = lang == "zh", []
        if missing := self.missing():
            names = "、".join(f"{column.name}({column.heading})" for column in missing)
            lines.append(f"还缺必填列:{names}。" if zh else f"Required columns still open: {names}.")
        if self.others:
            names = "、".join(self.others)
            lines.append(f"其他工作表用 --sheet 起草:{names}。" if zh else f"Other sheets, with --sheet: {names}.")
        shown = path or "MAP.toml"
        lines.append(
            f"核对后试装:python -m etl load {self.file} --map {shown} --dry-run"
            if zh
            else f"Once checked, try it: python -m etl load {self.file} --map {shown} --dry-run"
        )
        return lines


def draft_file(path: Path, *, kind: str = "", sheet: str = "") -> Draft:
    """The draft for one file: its named sheet, else the one that is understood best.

    Raises LoadError for a file that cannot be read, a kind or sheet that is not there, or when nothing is understood.
    """
    return draft_of(path, read_sheets(path), kind=kind, sheet=sheet)


def read_sheets(path: Path) -> list[RawSheet]:
    """The sheets of one file that have anything in them. Raises LoadError for a file that cannot be read."""
    return filled(extract_files(find_files([path]).files[:1])[0])


def filled(raws: list[RawSheet]) -> list[RawSheet]:
    """The sheets that have anything in them."""
    return [raw for raw in raws if raw.rows or raw.headings]


def draft_of(path: Path, raws: list[RawSheet], *, kind: str = "", sheet: str = "") -> Draft:
    """As `draft_file`, of a file whose sheets were read."""
    wanted = [raw for raw in raws if not sheet or raw.sheet == sheet]
    if not wanted:
        names = "、".join(raw.sheet for raw in raws) or "(无)"
        raise LoadError(
            "NO_ROWS",
            f"文件“{path.name}”里没有可用的工作表{f'“{sheet}”' if sheet else ''};看到:{names}。",
            f"There is no sheet {sheet!r} with anything in it in {path.name!r}; there are: {names}.",
        )
    drafts = [draft_sheet(path, raw, _kinds(kind)) for raw in wanted]
    best = max((draft for draft in drafts if draft), key=_score, default=None)
    if best is None:
        kinds = "、".join(f"{source.kind}({source.zh})" for source in sources().values())
        raise LoadError(
            "WRONG_COLUMNS",
            f"看不出“{path.name}”是哪种台账;请用 --kind 写明,可写:{kinds}。",
            f"It cannot be told what kind of ledger {path.name!r} is; say it with --kind: {', '.join(sources())}.",
        )
    others = [raw.sheet for raw in raws if raw is not best.sheet and raw.sheet]
    return Draft(best.file, best.sheet, others, best.source, best.head, best.columns, best.guessed)


def allowed_in(column: Column) -> tuple[str, ...]:
    """The words that may stand in a coded column; none where anything may."""
    if column.type == "yes_no":
        return ("是", "否")
    return column.labels() if column.type == "term" else ()


def _kinds(kind: str) -> list[Source]:
    if not kind:
        return list(sources().values())
    if found := [source for source in sources().values() if kind in (source.kind, source.zh)]:
        return found
    raise LoadError(
        "WRONG_KIND",
        f"没有“{kind}”这种台账;可写:{'、'.join(sources())}。",
        f"There is no kind of ledger {kind!r}; write one of {', '.join(sources())}.",
    )


def draft_sheet(file: Path, raw: RawSheet, kinds: list[Source]) -> Draft | None:
    """The best understanding of a sheet as one of some kinds; None when fewer than two columns are understood."""
    heads = list(heads_of(raw)) or [head_at(raw, [])]
    drafts = []
    for head in heads:
        for source in kinds:
            if raw.shapes is None and not source.takes(False):
                continue
            columns, guessed = _match(source, head)
            if len(columns) >= (1 if len(kinds) == 1 else 2):
                drafts.append(Draft(file, raw, [], source, head, columns, frozenset(guessed)))
    if not drafts and len(kinds) == 1:
        return Draft(file, raw, [], kinds[0], heads[0], {}, frozenset())
    return max(drafts, key=_score, default=None)


def _score(draft: Draft) -> tuple[float, ...]:
    """Sure columns count most, then how much of what is required was found, what the file is called, few rows."""
    required = [column.name for column in draft.source.columns.values() if column.required]
    found = sum(name in draft.columns for name in required) / len(required)
    hinted = any(hint in draft.sheet.sheet or hint in draft.file.name for hint in draft.source.hints)
    sure = len(draft.columns) - 0.5 * len(draft.guessed)
    return found * 3 + sure + hinted * 1.5, -len(draft.head.rows), -draft.head.first


def _match(source: Source, head: Head) -> tuple[dict[str, int], set[str]]:
    """Our columns → positions: first by the words of the source, then by synonyms, then by spelling."""
    columns: dict[str, int] = {}
    free = {n for n, path in enumerate(head.paths) if path}
    own = {name: column.headings for name, column in source.columns.items()}
    for words in (own, _synonyms()):
        for name in source.columns:
            for word in words.get(name, ()) if name not in columns else ():
                if found := [n for n in head.find(word) if n in free]:
                    columns[name] = found[0]
                    free.discard(found[0])
                    break
    guessed = {name for name, position in columns.items() if plain(head.paths[position][-1]) == COUNTER}
    for name, column in source.columns.items():
        if name not in columns:
            known = [plain(word) for word in (*column.headings, *_synonyms().get(name, ()))]
            near = max(((max(_alike(head.bare[n], word) for word in known), n) for n in free), default=(0.0, -1))
            if near[0] >= CLOSE:
                columns[name] = near[1]
                free.discard(near[1])
                guessed.add(name)
    return columns, guessed


@lru_cache(maxsize=1 << 18)
def _alike(one: str, other: str) -> float:
    """How alike two words are written, 0..1; 0 for those that are not close, found without comparing them."""
    if 2 * sum(sign in other for sign in one) < CLOSE * (len(one) + len(other)):
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, tuple[str, ...]]:
    text = (Path(__file__).parent / "synonyms.toml").read_text("utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text).items()}


def _is_strange(cell: Any, column: Column) -> bool:
    try:
        CLEANERS[column.type](cell, column)
    except BadCell:
        return True
    return False


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else " ".join(str(cell).split())


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
