"""A proposal (载入方案) for one file, for a page or a program: what it is, where its columns are, and what was kept of
the last time a ledger with these headings was loaded.

A map that was put right once is kept under the headings it was made for, so that the ledger of next month, in a file or
sheet of another name and with its heading in another row, needs nothing more.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from etl.columns import column_of
from etl.draft import Draft, allowed_in, draft_of, filled, read_sheets
from etl.errors import LoadError
from etl.extract import RawSheet, extract_files
from etl.files import Found, find_files
from etl.headings import find_layout, plain
from etl.heads import Head, head_at, heads_of, letter_of
from etl.mend import OWN, is_mended
from etl.snapshot import REGISTERS
from etl.sources import Source, sources

T = TypeVar("T")
OF_ONE_FILE = ("file", "sheet", "heading_rows", "first_row", "as_of")
"""Entries of a map that hold for one file and are found anew for the next."""


def propose(
    path: Path, *, kind: str = "", sheet: str = "", kept: Path | None = None, assigned: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What is understood of a file.

    kind, sheet : as told, "" to guess. kept : folder of maps that were kept, each `KIND-SIGNATURE.toml`. assigned : our
    column → the heading that it is read from, whatever was guessed.

    Raises LoadError when the file cannot be read, or nothing is understood and no kind was told.
    """
    return _understood(path, read_sheets(path), kind, sheet, kept, assigned or {})


def propose_all(paths: list[Path], *, kept: Path | None = None) -> list[dict[str, Any] | LoadError]:
    """What is understood of each of some files, or what is wrong with it, in their order; read side by side."""
    found = [_fault_or(partial(find_files, [path])) for path in paths]
    files = [one.files[0] for one in found if isinstance(one, Found) and one.files]
    read = _fault_or(partial(extract_files, files))
    # Where one of them cannot be read, each is read by itself.
    sheets = {} if isinstance(read, LoadError) else {f.path: filled(raws) for f, raws in zip(files, read, strict=True)}
    return [
        _fault_or(partial(_understood, path, sheets[path], "", "", kept, {}))
        if path in sheets
        else _fault_or(partial(propose, path, kept=kept))
        for path in paths
    ]


def _fault_or(make: Callable[[], T]) -> T | LoadError:
    try:
        return make()
    except LoadError as error:
        return error


def _understood(
    path: Path, raws: list[RawSheet], kind: str, sheet: str, kept: Path | None, assigned: Mapping[str, str]
) -> dict[str, Any]:
    if any(is_mended(raw) for raw in raws):
        return _of_mended(raws)
    recognised = [entry for raw in raws if (entry := _recognised(raw, path.name))]
    found = _kept_draft(path, raws, kept, sheet) if kept and not kind else None
    if not kind and (known := [entry for entry in recognised if sheet in ("", entry["sheet"])]):
        # Nothing is guessed of a ledger that is known as it is.
        kind, sheet = known[0]["kind"], known[0]["sheet"]
    draft, map_ = found or (draft_of(path, raws, kind=kind, sheet=sheet), None)
    draft = _assigned(draft, assigned)
    head = draft.head
    return {
        **draft.json(None),
        "missing": [column.name for column in draft.missing() if column.name not in (map_ or {}).get("fixed", {})],
        "sheets": [raw.sheet for raw in raws if raw.sheet],
        "heading_rows": None if draft.sheet.headings is not None else [draft.sheet.numbers[row] for row in head.rows],
        "row_count": len(draft.sheet.rows) - head.first,
        "headings": [_heading(draft, position) for position, words in enumerate(head.paths) if words],
        "samples": {
            name: draft.samples(draft.source.columns[name], position) for name, position in draft.columns.items()
        },
        "words": {
            column.name: strange for column in draft.source.columns.values() if (strange := draft.strange(column))
        },
        "is_layer": draft.sheet.shapes is not None,
        "crs": draft.sheet.crs or "",
        "recognised": recognised,
        "signature": signature(head),
        "kept": map_,
        "is_mended": False,
    }


def _assigned(draft: Draft, assigned: Mapping[str, str]) -> Draft:
    columns = dict(draft.columns)
    for name, heading in assigned.items():
        if name in draft.source.columns and (found := draft.head.find(heading)):
            columns[name] = found[0]
    return replace(draft, columns=columns, guessed=draft.guessed - assigned.keys())


def signature(head: Head) -> str:
    """What tells ledgers apart by their headings, whatever the order of these.

    >>> one, other = Head([0], [["户号"], ["日期"]], 1), Head([4], [["日期 "], [], ["户号"]], 5)
    >>> signature(one) == signature(other)
    True
    """
    words = sorted("/".join(plain(word) for word in path) for path in head.paths if path)
    return hashlib.blake2b("\n".join(words).encode(), digest_size=8).hexdigest()


def kinds_json() -> list[dict[str, Any]]:
    """Every kind of ledger with its columns, in the order of loading."""
    return [_kind(source) for source in sources().values()]


def _of_mended(raws: list[RawSheet]) -> dict[str, Any]:
    """A workbook of refused rows that were mended: it says itself how it is to be read."""
    found = [raw for raw in raws if is_mended(raw)]
    known = [
        {"sheet": raw.sheet, "kind": "", "zh": "改正表", "en": "Mended rows",
         "columns": {str(cell): str(cell) for cell in raw.rows[0][OWN:] if cell is not None}}
        for raw in found
    ]  # fmt: skip
    rows = sum(len(raw.rows) - 1 for raw in found)
    return {
        "kind": "",
        "sheets": [raw.sheet for raw in found],
        "row_count": rows,
        "recognised": known,
        "is_mended": True,
    }


def _kind(source: Source) -> dict[str, Any]:
    columns = [
        {
            "name": column.name, "heading": column.heading, "type": column.type, "is_required": column.required,
            "instead": column.instead, "allowed": list(allowed_in(column)),
        }
        for column in source.columns.values()
    ]  # fmt: skip
    return {
        "kind": source.kind, "zh": source.zh, "en": source.en, "columns": columns, "geometry": source.geometry,
        "may_be_snapshot": source.kind in REGISTERS,
    }  # fmt: skip


def _recognised(raw: RawSheet, file: str) -> dict[str, Any] | None:
    """The kind of a sheet that is loaded as it is; None for one that needs a map."""
    try:
        layout = find_layout(raw, file)
    except LoadError:
        return None
    if layout is None:
        return None
    source = layout.source
    columns = {source.columns[name].heading: layout.headings[position] for name, position in layout.at.items()}
    return {"sheet": raw.sheet, "kind": source.kind, "zh": source.zh, "en": source.en, "columns": columns}


def _heading(draft: Draft, position: int) -> dict[str, Any]:
    """A heading as a map names it, and how its cells look; the cells themselves may be personal."""
    cells = column_of(draft.sheet.rows, position)
    filled = [cell for cell in cells.cells()[draft.head.first :].tolist() if cell is not None]
    return {
        "name": draft.heading(position), "path": "/".join(draft.head.paths[position]), "letter": letter_of(position),
        "filled": len(filled), "distinct": len(set(map(str, filled))), "looks": _look(filled),
    }  # fmt: skip


def _look(cells: list[Any]) -> str:
    """date, number or text, by what most cells are; "" for an empty column."""
    if not cells:
        return ""
    dates = sum(isinstance(cell, date | datetime) for cell in cells)
    numbers = sum(isinstance(cell, int | float) for cell in cells)
    return "date" if 2 * dates > len(cells) else "number" if 2 * numbers > len(cells) else "text"


def _kept_draft(path: Path, raws: list[RawSheet], folder: Path, sheet: str) -> tuple[Draft, dict[str, Any]] | None:
    """The draft that a kept map gives, and the map; None where none was kept for a heading of this file."""
    known = {file.stem.rpartition("-")[2]: file for file in sorted(folder.glob("*-*.toml"))}
    for raw in raws if known else []:
        if sheet and raw.sheet != sheet:
            continue
        for head in list(heads_of(raw)) or [head_at(raw, [])]:
            file = known.get(signature(head))
            if file is not None and (map_ := _read_kept(file)):
                others = [other.sheet for other in raws if other is not raw and other.sheet]
                columns = {name: head.find(_first(words))[0] for name, words in map_["columns"].items()}
                draft = Draft(path, raw, others, sources()[map_["kind"]], head, columns, frozenset())
                return draft, map_
    return None


def _read_kept(file: Path) -> dict[str, Any] | None:
    """A kept map without what held for its file alone; None for one that this program no longer understands."""
    try:
        map_ = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    source = sources().get(map_.get("kind", ""))
    columns = map_.get("columns")
    if source is None or not isinstance(columns, dict) or not columns.keys() <= source.columns.keys():
        return None
    return {key: value for key, value in map_.items() if key not in OF_ONE_FILE}


def _first(words: str | list[str]) -> str:
    return words if isinstance(words, str) else words[0]
