"""A folder that loads what is dropped into it (投递文件夹): with its saved maps, the results beside each file.

    DIR/            ledgers are dropped here, each with NAME.toml beside it where it has a map of its own
    DIR/maps/       maps for whatever fits them
    DIR/done/       what was loaded, with NAME.result.json, NAME.result.txt and, if rows were refused, NAME.refused.xlsx
    DIR/refused/    what was not, with the reason

A file is taken once its size and time have stood still. A load is one transaction and loading twice changes nothing, so
a watch that is killed at any point simply begins again. What is not the fault of a file leaves it where it is.
"""

import fcntl
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.errors import StoreError
from data.load_lock import Holder, StillRunningError
from etl import audit
from etl.errors import LoadError
from etl.extract import RawSheet, extract_files
from etl.files import READABLE, SHAPEFILE_PARTS, find_files
from etl.headings import find_layout
from etl.load import load
from etl.mapped import map_sheets
from etl.maps import ColumnMap, read_map
from etl.refused_sheet import write_refused
from etl.release import release_lines, release_where_due
from etl.report import outcome_json
from etl.turn import Report
from etl.write import Outcome

LOCK = ".watch.lock"
UNFINISHED = ("~$", ".")
NOT_THE_FILE = ("CHANGED", "WRITE_FAILED")
"""Errors after which the same file may well be loaded: it stays, and is tried again."""

State = tuple[tuple[str, int, int], ...]
"""Name, size and time of every part of a file."""


@dataclass(frozen=True)
class Taken:
    """What became of one file. outcome : None where it was refused, then `error` says why."""

    name: str
    outcome: Outcome | None
    error: LoadError | None
    maps: tuple[str, ...]


class Watch:
    """One folder and one store."""

    def __init__(
        self, folder: Path, engine: Engine, *, edition: str, url: str, still_seconds: float = 5.0,
        may_be_far: bool = False,
    ) -> None:  # fmt: skip
        self._folder, self._engine, self._edition, self._url = folder, engine, edition, url
        self._still, self._may_be_far = still_seconds, may_be_far
        self._seen: dict[str, tuple[State, float]] = {}
        self._tried: set[str] = set()

    def look(self, now: Callable[[], float] = time.monotonic) -> list[Taken]:
        """Load every file that has stood still since an earlier look; returns what became of them, in order."""
        names = self._waiting()
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        still = [name for name in names if self._stands_still(name, now())]
        taken = []
        for name in self._in_order(still):
            if done := self._take(name):
                taken.append(done)
                del self._seen[name]
            else:
                self._tried.add(name)
                self._seen[name] = self._seen[name][0], now()
        return taken

    def release(self) -> str:
        """Release the public numbers anew where it is time; returns what is to be said of it, else nothing."""
        try:
            made = release_where_due(self._engine)
        except (SQLAlchemyError, StoreError):
            # Nothing was lost: it is time at the next look too.
            return ""
        return release_lines(made, "zh", is_new=True)[0] if made else ""

    def _stands_still(self, name: str, now: float) -> bool:
        try:
            state = self._state(name)
        except FileNotFoundError:
            # Somebody took it away between the two calls.
            self._seen.pop(name, None)
            return False
        known, since = self._seen.setdefault(name, (state, now))
        if known != state:
            self._seen[name] = state, now
        return known == state and now - since >= self._still

    def _in_order(self, names: list[str]) -> list[str]:
        """What others refer to first, where several are ready: a whole county may be dropped at once."""
        return sorted(names, key=lambda name: (self._order(name), name)) if len(names) > 1 else names

    def _order(self, name: str) -> int:
        try:
            maps = self._maps_for(self._folder / name)
            if maps:
                return min(map_.source.order for map_ in maps)
            layouts = [find_layout(raw, name) for raw in self._raws(self._folder / name)]
            return min((layout.source.order for layout in layouts if layout), default=0)
        except (LoadError, OSError):
            # The load will say what is wrong with it.
            return 0

    def _raws(self, path: Path) -> list[RawSheet]:
        return extract_files(find_files([path]).files)[0]

    def is_waiting(self) -> bool:
        """Whether there is a file that has not been tried yet."""
        return not self._seen.keys() <= self._tried

    def _waiting(self) -> list[str]:
        found = (path for path in self._folder.iterdir() if path.is_file() and not path.is_symlink())
        wanted = (path for path in found if path.suffix.lower() in READABLE)
        return sorted(path.name for path in wanted if not path.name.startswith(UNFINISHED))

    def _parts(self, name: str) -> list[Path]:
        """A file with its own map, and the parts of a shapefile."""
        path, own = self._folder / name, self._own_map(name)
        parts = [path, own] if own.exists() else [path]
        if path.suffix.lower() == ".shp":
            parts += [p for p in self._folder.iterdir() if p.stem == path.stem and p.suffix.lower() in SHAPEFILE_PARTS]
        return sorted(parts)

    def _own_map(self, name: str) -> Path:
        return (self._folder / name).with_suffix(".toml")

    def _state(self, name: str) -> State:
        return tuple((part.name, (about := part.stat()).st_size, about.st_mtime_ns) for part in self._parts(name))

    def _take(self, name: str) -> Taken | None:
        """Load one file and put it away; None where it must wait for another try."""
        path = self._folder / name
        maps: tuple[ColumnMap, ...] = ()
        try:
            maps = self._maps_for(path)
            outcome = load(
                self._engine, [path], edition=self._edition, maps=maps, may_be_far=self._may_be_far,
                report=_waiting_aloud(name),
            )  # fmt: skip
        except StillRunningError as error:
            print(f"{name}: {error.zh} {error.en}", file=sys.stderr)
            return None
        except LoadError as error:
            if error.code in NOT_THE_FILE:
                print(f"{name}: {error.zh} {error.en}", file=sys.stderr)
                return None
            taken = Taken(name, None, error, tuple(map_.name for map_ in maps))
        except (SQLAlchemyError, StoreError, OSError):
            traceback.print_exc()
            return None
        except Exception:
            # A fault of ours must not keep the files behind this one from being loaded; the log has it.
            traceback.print_exc()
            zh, en = (
                "程序出错,没有载入;请把文件交给维护人员。",
                "The program failed on it; hand it to whoever maintains it.",
            )
            taken = Taken(name, None, LoadError("INTERNAL", zh, en), tuple(map_.name for map_ in maps))
        else:
            if warning := audit.note_load(self._url, outcome):
                print(warning, file=sys.stderr)
            taken = Taken(name, outcome, None, tuple(map_.name for map_ in maps))
        self._put_away(taken)
        return taken

    def _maps_for(self, path: Path) -> tuple[ColumnMap, ...]:
        """The map beside a file, else those in maps/ that are for files of its name and find their headings in it."""
        own = self._own_map(path.name)
        if own.exists():
            return (read_map(own),)
        saved = [read_map(path) for path in sorted((self._folder / "maps").glob("*.toml"))]
        asked = [map_ for map_ in saved if fnmatch(path.name, map_.file)]
        if not asked:
            return ()
        raws = self._raws(path)
        return tuple(map_ for map_ in asked if _fits(map_, raws, path.name))

    def _put_away(self, taken: Taken) -> None:
        folder = self._folder / ("done" if taken.outcome else "refused")
        folder.mkdir(exist_ok=True)
        parts = self._parts(taken.name)
        stem = _free_stem(folder, Path(taken.name).stem, [p.suffix for p in parts])
        name = stem + Path(taken.name).suffix
        result = taken_json(taken)
        _write(folder / f"{name}.result.json", json.dumps(result, ensure_ascii=False, indent=1, default=str) + "\n")
        _write(folder / f"{name}.result.txt", "\n".join(taken_lines(taken)) + "\n")
        if taken.outcome:
            write_refused(folder / f"{name}.refused.xlsx", taken.outcome.ledgers)
        # The file itself last: while it lies in the folder it is not done.
        for part in sorted(parts, key=lambda p: p.name == taken.name):
            part.replace(folder / (stem + part.suffix))


def _waiting_aloud(name: str) -> Report:
    """A report that says on stderr for whom a file waits, once for each."""
    known: list[Holder | None] = [None]

    def report(stage: str, done: int, of: int, holder: Holder | None = None) -> None:
        if holder is not None and holder != known[0]:
            known[0] = holder
            print(f"{name}: {holder.waiting('zh')} {holder.waiting('en')}", file=sys.stderr, flush=True)

    return report


def _fits(map_: ColumnMap, raws: list[RawSheet], name: str) -> bool:
    try:
        return bool(map_sheets(map_, raws, name))
    except LoadError:
        return False


def _free_stem(folder: Path, stem: str, suffixes: list[str]) -> str:
    """The name, with the time behind it where there is one already."""
    if not any((folder / (stem + suffix)).exists() for suffix in suffixes):
        return stem
    return f"{stem}.{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


# --- what is said -----------------------------------------------------------------------------------------------------


def taken_json(taken: Taken) -> dict[str, Any]:
    """What a program reads of it; `load` is as `python -m etl load --json` prints it."""
    error = taken.error and {"code": taken.error.code, "message_zh": taken.error.zh, "message_en": taken.error.en}
    return {
        "file": taken.name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "is_loaded": error is None,
        "maps": list(taken.maps), "error": error, "load": taken.outcome and outcome_json(taken.outcome, ""),
    }  # fmt: skip


def taken_lines(taken: Taken) -> list[str]:
    """What a person reads of it, in both languages."""
    if taken.outcome is None:
        error = taken.error or LoadError("UNREADABLE", "", "")
        return [f"{taken.name} 没有载入:{error.zh}", f"{taken.name} was not loaded: {error.en}"]
    totals = outcome_json(taken.outcome, "")["totals"]
    counts = tuple(f"{totals[name]:,}" for name in ("read", "loaded", "updated", "unchanged", "refused"))
    batch = taken.outcome.batch_id
    lines = [
        "{}:读到 {},新增 {},更新 {},未变 {},拒收 {}".format(taken.name, *counts)
        + (f";第 {batch} 批" if batch else ";没有变化,未写入"),
        "{}: {} read, {} new, {} changed, {} the same, {} refused".format(taken.name, *counts)
        + (f"; batch {batch}" if batch else "; nothing written"),
    ]
    return [*lines, *(f"{n.file} {n.row}: {n.zh} {n.en}" for n in taken.outcome.notices)]


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; it ends with the process. Raises LoadError where another watch holds it."""
    if not folder.is_dir():
        raise LoadError(
            "NO_FILE", f"没有文件夹“{folder}”;请先建立。", f"There is no folder {str(folder)!r}; make it first."
        )
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LoadError(
                "CHANGED", f"另一个程序正在看守“{folder}”。", f"Another watch holds {str(folder)!r}."
            ) from error
        yield


def run(
    watch: Watch, *, is_once: bool, every_seconds: float, still_seconds: float, said: Callable[[str], None]
) -> None:
    """Look again and again; once means until nothing that was there at the start waits any more."""
    while True:
        for taken in watch.look():
            for line in taken_lines(taken):
                said(line)
        if line := watch.release():
            said(line)
        if is_once and not watch.is_waiting():
            return
        time.sleep(min(every_seconds, still_seconds) if watch.is_waiting() else every_seconds)
