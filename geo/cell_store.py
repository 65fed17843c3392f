"""Cell tables kept on disk (格元表存盘): one file per boundary version, memory-mapped, checked before use.

A file holds a line that says what it is, the SHA-256 of all that follows, a JSON head (key, numbers, where each array
lies) and the arrays. The key is the SHA-256 of the shapes in their order, so other boundaries never find this file, and
a file under a wrong name is not taken. Writing goes to a temporary file that then takes the name in one step.
"""

import contextlib
import hashlib
import json
import math
import os
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_table import CellTable, build_cell_table

_MAGIC = b"wangge cell table 1\n"
"""Its number goes up whenever the arrays or the way they are made change."""
_START = len(_MAGIC) + 32 + 8
_ALIGNED = 64
_KEPT_FILES = 12
"""Tables of older boundaries are removed when there are more than this many."""


def boundary_hash(shapes: NDArray[Any]) -> str:
    """The SHA-256 of shapes in their order; a missing one counts too.

    >>> boundary_hash(np.array([shapely.box(0, 0, 1, 1)])) == boundary_hash(np.array([shapely.box(0, 0, 1, 2)]))
    False
    """
    digest = hashlib.sha256()
    for text in shapely.to_wkb(shapes, byte_order=1):
        digest.update(len(text or b"").to_bytes(8, "little"))
        digest.update(text or b"")
    return digest.hexdigest()


def kept_table(shapes: NDArray[Any], folder: Path, *, may_build: bool = True) -> CellTable | None:
    """The table of some shapes from a folder; built and put there when it is missing, damaged or of other shapes.

    Returns None where there is none and `may_build` is off, or where the shapes have none (see build_cell_table). A
    folder that cannot be written is no error: the table is then only in memory.
    """
    key = boundary_hash(shapes)
    path = folder / f"{key}.cells"
    table = read_table(path, key)
    if table is None and may_build:
        table = build_cell_table(shapes)
        if table is not None:
            with contextlib.suppress(OSError):
                write_table(table, path, key)
                _remove_old(folder)
    return table


def write_table(table: CellTable, path: Path, key: str) -> None:
    """Write a table in one step; makes the folder. Raises OSError where that is not possible."""
    arrays = {name: np.ascontiguousarray(value) for name, value in vars(table).items() if isinstance(value, np.ndarray)}
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, array.shape, end]
        end += array.nbytes + -array.nbytes % _ALIGNED
    numbers = {name: value for name, value in vars(table).items() if name not in arrays}
    head = json.dumps({"key": key, "numbers": numbers, "arrays": places}).encode()
    head += b" " * (-(_START + len(head)) % _ALIGNED)
    parts: list[Any] = [len(head).to_bytes(8, "little"), head]
    for array in arrays.values():
        parts += [array.reshape(-1).view(np.uint8), bytes(-array.nbytes % _ALIGNED)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(number, "wb") as file:
            file.writelines([_MAGIC, digest.digest(), *parts])
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_table(path: Path, key: str) -> CellTable | None:
    """The table in a file, its arrays mapped from disk; None where it is missing, damaged or not of this key."""
    try:
        held = np.memmap(path, dtype=np.uint8, mode="r")
        said = held[: _START - 8].tobytes()
        if said != _MAGIC + _digest(held[_START - 8 :]):
            return None
        body = _START + int.from_bytes(held[_START - 8 : _START].tobytes(), "little")
        head = json.loads(held[_START:body].tobytes())
        if head["key"] != key:
            return None
        arrays = {
            name: np.asarray(held[body + at :][: math.prod(shape) * np.dtype(kind).itemsize]).view(kind).reshape(shape)
            for name, (kind, shape, at) in head["arrays"].items()
        }
        if set(arrays) | set(head["numbers"]) != {field.name for field in fields(CellTable)}:
            return None
        return CellTable(**head["numbers"], **arrays)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _digest(held: Any) -> bytes:
    return hashlib.sha256(held).digest()


def _remove_old(folder: Path) -> None:
    tables = sorted(folder.glob("*.cells"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in tables[_KEPT_FILES:]:
        path.unlink(missing_ok=True)
