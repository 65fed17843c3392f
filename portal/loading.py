"""The door for ledgers that come in by a page (数据接入): who may, what was handed in, what is understood, loads.

What a steward hands in lies on a desk of their own, a folder, until it is loaded; it is opened only by commands in
processes of their own (`portal.children`, `portal.jobs`). Each step is noted in the audit log; the load itself is noted
by the command, in the name of the steward. A ledger holds rows of the whole county, so all of this is for stewards of
the whole county, as reading the intake is.
"""

import contextlib
import hashlib
import shutil
import time
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from data.errors import StoreError
from data.registry import SMALL_SENSITIVE, indicators
from data.settings import settings
from portal import accounts, audit, children, health, jobs, rules
from portal.column_map import as_toml
from portal.identity import NotAllowedError, Viewer
from portal.jobs import Job
from portal.recent import Recent
from portal.uploads import BEGINS, bad_content, bad_name

SECONDS = 150
"""How long a file may take to be understood; its readers have limits of their own."""
KEPT_DAYS = 2
"""After so long what was handed in and never loaded is taken away."""
MOST_FILES = 200
MOST_BYTES = 500 * 2**20
PARTS = (".shx", ".dbf", ".prj", ".cpg")
"""Files that belong to the shapefile of their name."""
SORRY = (
    "文件没有在规定的时间和内存内读完，可能过大或已损坏；请拆分或重新保存后再上传。",
    "The file was not read within its limits of time and memory: it may be too large or damaged; split it or save it "
    "anew, and upload it again.",
)
ASKED_BYTES, ASKED_FILES = 16 * 2**20, 50
"""How much is asked about in one command."""
_proposals: Recent[dict[str, Any]] = Recent(2 * MOST_FILES)
"""What the command said of a file; what is wrong with one as well, so that it is not asked again."""


def may(viewer: Viewer, action: str) -> bool:
    """Whether a viewer may take a step, without a word."""
    return viewer.role in rules.ACTIONS.get(action, ()) and settings().county in viewer.areas


def _check(viewer: Viewer, action: str) -> None:
    accounts.check(viewer)
    if not may(viewer, action):
        audit.note(viewer, "refused", action)
        raise NotAllowedError(
            "台账按县载入，只有负责全县的数据员可以操作。",
            "Ledgers are loaded for the county, by data stewards of the whole county only.",
        )


def _may_write() -> None:
    """Raises the fault of a store that nothing may be written to now: a load would begin a new one, or fail late."""
    found = health.fault(anew=True)
    if found is not None and found.state not in ("empty", "locked", "audit"):
        raise StoreError(found.zh, found.en)


# --- the desk ---------------------------------------------------------------------------------------------------------


def _desk(viewer: Viewer) -> Path:
    """The folder of what a steward handed in."""
    return settings().uploads / f"desk-{hashlib.sha256(viewer.actor.encode()).hexdigest()[:16]}"


def files(viewer: Viewer) -> list[str]:
    """What lies on the desk to be loaded, by name; parts of a shapefile go with it and are left out."""
    _check(viewer, "upload")
    return sorted(file.name for file in _lying(viewer) if file.suffix.lower() not in PARTS)


def parts_alone(viewer: Viewer) -> list[str]:
    """Parts of a shapefile that lie on the desk without it."""
    whole = {Path(name).stem for name in files(viewer)}
    return sorted(f.name for f in _lying(viewer) if f.suffix.lower() in PARTS and f.stem not in whole)


def _lying(viewer: Viewer) -> list[Path]:
    folder = _desk(viewer)
    return [file for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []


def put(viewer: Viewer, name: str, content: bytes, lang: str = "zh") -> list[str]:
    """Lay a file on the desk, in place of one of that name; an archive is unpacked. Returns the names now lying there.

    Raises StoreError for a file that is not taken, saying why.
    """
    _check(viewer, "upload")
    _check_idle()
    if wrong := bad_name(name, tuple(BEGINS)):
        raise StoreError(f"“{name}”：{wrong[0]}", f"{name}: {wrong[1]}")
    ending = "." + name.lower().rpartition(".")[2]
    if bad_content(ending, content[:512]):
        raise StoreError(
            f"“{name}”的内容与扩展名不符；请用原软件重新保存后再上传。",
            f"The content of {name} is not what its ending says; save it again and upload it.",
        )
    there = _lying(viewer)
    if len(there) >= MOST_FILES or sum(file.stat().st_size for file in there) + len(content) > MOST_BYTES:
        raise StoreError(
            f"一次最多放 {MOST_FILES} 个文件、{MOST_BYTES // 2**20} MB；请先载入或清空已放的文件。",
            f"At most {MOST_FILES} files and {MOST_BYTES // 2**20} MB at a time; load or clear what is there first.",
        )
    folder = _desk(viewer)
    settings().uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    audit.note(
        viewer, "upload", f"sha256:{hashlib.sha256(content).hexdigest()[:16]}", is_needed=True, bytes=len(content)
    )
    target = folder / name
    _map_file(viewer, name).unlink(missing_ok=True)
    target.write_bytes(content)
    if ending == ".zip":
        try:
            args = ["unpack", str(target), "--out", str(folder), "--json", "--lang", lang]
            children.ask(args, seconds=SECONDS, sorry=SORRY, memory=children.MEMORY_BYTES)
        finally:
            target.unlink(missing_ok=True)
    return files(viewer)


def stamp(viewer: Viewer, name: str) -> int:
    """When a file was laid on the desk, to tell it from another of its name."""
    _check(viewer, "upload")
    file = _desk(viewer) / name
    return file.stat().st_mtime_ns if file.exists() else 0


def take_away(viewer: Viewer, name: str) -> None:
    """Take a file, with the parts that belong to it and the map made for it, off the desk."""
    _check(viewer, "upload")
    _check_idle()
    for file in _lying(viewer):
        if file.name == name or (file.stem == Path(name).stem and file.suffix.lower() in PARTS):
            file.unlink(missing_ok=True)
    _map_file(viewer, name).unlink(missing_ok=True)


def clear(viewer: Viewer) -> None:
    """Take everything off the desk."""
    _check(viewer, "upload")
    _check_idle()
    shutil.rmtree(_desk(viewer), ignore_errors=True)


def sweep() -> None:
    """Take away what was handed in days ago and never loaded, and what loads said then: it may hold names."""
    oldest = time.time() - KEPT_DAYS * 86_400
    for folder in settings().uploads.glob("desk-*"):
        if max((file.stat().st_mtime for file in folder.rglob("*")), default=0.0) < oldest:
            shutil.rmtree(folder, ignore_errors=True)
    last = jobs.last(settings().uploads)
    if last is None or not last.is_running:
        for folder in settings().uploads.glob("job-*"):
            if folder.stat().st_mtime < oldest:
                jobs.forget(folder)


def _check_idle() -> None:
    job = jobs.last(settings().uploads)
    if job is not None and job.is_running:
        raise jobs.BusyError(
            "另一次载入正在进行，请等它结束后再开始。", "Another load is running; begin when it has ended."
        )


# --- what is understood -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def kinds() -> dict[str, dict[str, Any]]:
    """Every kind of ledger by its code, in the order of loading, as `etl.proposal.kinds_json` describes it."""
    sorry = ("暂时读不到台账种类，请刷新页面。", "The kinds of ledger could not be read; reload the page.")
    return {entry["kind"]: entry for entry in children.ask(["kinds", "--json"], seconds=SECONDS, sorry=sorry)}


def proposal(
    viewer: Viewer, name: str, *, kind: str = "", sheet: str = "", assigned: Mapping[str, str] | None = None,
    lang: str = "zh",
) -> dict[str, Any]:  # fmt: skip
    """What is understood of a file on the desk, as `etl.proposal.propose` says. Raises StoreError when nothing is.

    kind, sheet : as the steward says, "" to guess. assigned : our column → its heading, as the steward says.
    """
    _check(viewer, "upload")
    file = _desk(viewer) / name
    if name not in files(viewer):
        raise StoreError("这个文件已不在；请重新上传。", "This file is no longer there; upload it again.")
    told = tuple(sorted((assigned or {}).items()))

    def make() -> dict[str, Any]:
        args = ["plan", str(file), "--json", "--lang", lang, "--kept", str(settings().maps)]
        args += [part for column, heading in told for part in ("--assign", f"{column}={heading}")]
        args += [*(["--kind", kind] if kind else []), *(["--sheet", sheet] if sheet else [])]
        return children.answer(args, seconds=SECONDS, sorry=SORRY, memory=children.MEMORY_BYTES)

    found = _proposals.get(_asked_of(file, kind, sheet, told, lang), make)
    wrong = children.said_error(found)
    if wrong is None:
        return found
    if wrong.code != "WRONG_COLUMNS" or kind:
        raise wrong
    # The command would have it said by an option.
    raise StoreError(
        f"看不出“{name}”是哪种台账；请在下面选台账种类，若不是台账请移除。",
        f"It cannot be told what kind of ledger {name} is; choose its kind below, or remove it.",
    )


def _asked_of(
    file: Path, kind: str = "", sheet: str = "", told: tuple[tuple[str, str], ...] = (), lang: str = "zh"
) -> tuple[Any, ...]:
    """All that a proposal depends on: what lies there, what was said of it, the maps that are kept."""
    maps = settings().maps
    known = maps.stat().st_mtime_ns if maps.is_dir() else 0
    return file, file.stat().st_mtime_ns, kind, sheet, told, lang, known


def understand(viewer: Viewer, lang: str = "zh") -> None:
    """Ask about the files on the desk of which nothing is known yet, many in one command: `proposal` then answers.

    A file by itself, and what goes wrong with a command, is left to `proposal`, which asks about one and says so.
    """
    _check(viewer, "upload")
    named = [_desk(viewer) / name for name in files(viewer) if not _map_file(viewer, name).exists()]
    new = [file for file in named if _asked_of(file, lang=lang) not in _proposals]
    for some in [portion for portion in portions(new) if len(portion) > 1]:
        keys = [_asked_of(file, lang=lang) for file in some]
        args = ["plan", *map(str, some), "--json", "--lang", lang, "--kept", str(settings().maps)]
        with contextlib.suppress(StoreError):
            answers = children.ask(args, seconds=SECONDS, sorry=SORRY, memory=children.MEMORY_BYTES)
            for key, answer in zip(keys, answers, strict=True):
                _proposals.put(key, answer)


def portions(some: list[Path]) -> list[list[Path]]:
    """Files in their order, as many together as one command is asked about."""
    found: list[list[Path]] = []
    room = 0
    for file in some:
        size = file.stat().st_size
        if not found or size > room or len(found[-1]) >= ASKED_FILES:
            found.append([])
            room = ASKED_BYTES
        found[-1].append(file)
        room -= size
    return found


def _map_file(viewer: Viewer, name: str) -> Path:
    return _desk(viewer) / "maps" / f"{name}.toml"


def set_maps(viewer: Viewer, maps: Mapping[str, tuple[str, dict[str, Any]] | None]) -> None:
    """Lay down how each file is to be read: by a map, with the signature of the headings it is for, or as it is."""
    _check(viewer, "upload")
    (_desk(viewer) / "maps").mkdir(parents=True, exist_ok=True)
    for name, given in maps.items():
        file = _map_file(viewer, name)
        if given is None:
            file.unlink(missing_ok=True)
            continue
        own, map_ = given
        text = f"# {own}\n" + as_toml({"kind": map_["kind"], "file": _pattern(name), **map_})
        if not file.exists() or file.read_text("utf-8") != text:
            # Left alone when it is the same: what was tried then still is what is loaded.
            file.write_text(text, "utf-8")


def map_text(viewer: Viewer, map_: dict[str, Any]) -> str:
    """A map as a file to download, for the command or another county."""
    _check(viewer, "upload")
    return as_toml(map_)


def laid_map(viewer: Viewer, name: str) -> tuple[str, dict[str, Any]] | None:
    """How a file is to be read, as was laid down: the signature of its headings, and the map; None as it is."""
    _check(viewer, "upload")
    file = _map_file(viewer, name)
    return _read_map(file) if file.exists() else None


def _read_map(file: Path) -> tuple[str, dict[str, Any]]:
    text = file.read_text("utf-8")
    return text.partition("\n")[0].removeprefix("# "), tomllib.loads(text)


def _pattern(name: str) -> str:
    """A file's name as a pattern that fits it alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _keep_maps(viewer: Viewer) -> None:
    """Remember the maps of what is being loaded for the next ledgers with these headings."""
    _check(viewer, "keep_map")
    folder = settings().maps
    for name in files(viewer):
        file = _map_file(viewer, name)
        if not file.exists():
            continue
        own, map_ = _read_map(file)
        folder.mkdir(parents=True, exist_ok=True)
        target, kept = folder / f"{map_['kind']}-{own}.toml", as_toml(map_, for_later=True)
        if target.exists() and target.read_text("utf-8") == kept:
            continue
        for old in folder.glob(f"*-{own}.toml"):
            old.unlink()
        target.write_text(kept, "utf-8")
        audit.note(viewer, "keep_map", f"map:{map_['kind']}-{own}")


# --- loads ------------------------------------------------------------------------------------------------------------


def job(viewer: Viewer) -> Job | None:
    """The last load, trial or undoing of any steward; None when there was none. One that loaded clears its desk."""
    _check(viewer, "load")
    found = jobs.last(settings().uploads)
    if found is None or found.is_running or found.kind != "load" or found.result is None:
        return found
    if "error" not in found.result and not (found.folder / "cleared").exists():
        shutil.rmtree(settings().uploads / str(found.about["desk"]), ignore_errors=True)
        (found.folder / "cleared").touch()
    return found


def fingerprint(viewer: Viewer) -> str:
    """Of everything on the desk and how it is to be read: a load must be of what was tried."""
    folder = _desk(viewer)
    found = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else []
    lines = [f"{file.relative_to(folder)}|{file.stat().st_size}|{file.stat().st_mtime_ns}" for file in found]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def start_trial(viewer: Viewer, lang: str = "zh") -> None:
    """Begin a trial run of everything on the desk: nothing is written. Raises StoreError when it cannot be begun."""
    _check(viewer, "trial")
    _start(viewer, "trial", ["--dry-run"], lang)
    audit.note(viewer, "trial", "desk", files=len(files(viewer)))


def start_load(viewer: Viewer, lang: str = "zh", *, may_shrink: bool = False, may_be_far: bool = False) -> None:
    """Begin to load everything on the desk, as the trial run before has shown. Raises StoreError when it may not be.

    may_shrink : the steward said yes to a register that loses more than 30 % of its rows. may_be_far : to days far
    beyond all others.
    """
    _check(viewer, "load")
    tried = job(viewer)
    if not is_tried(viewer, tried):
        raise StoreError(
            "文件或列的对应在试装之后又改过；请再试装一次。",
            "Files or columns were changed since the trial run; try again first.",
        )
    options = [*(["--yes-shrink"] if may_shrink else []), *(["--yes-far-day"] if may_be_far else [])]
    _start(viewer, "load", options, lang)
    _keep_maps(viewer)


def is_tried(viewer: Viewer, tried: Job | None) -> bool:
    """Whether a job is a trial run of just what lies on the desk now, and went well."""
    return (
        tried is not None
        and tried.kind == "trial"
        and tried.result is not None
        and "error" not in tried.result
        and tried.about.get("of") == fingerprint(viewer)
    )


def _start(viewer: Viewer, kind: str, options: list[str], lang: str) -> None:
    _may_write()
    desk = _desk(viewer)
    names = files(viewer)
    if not names:
        raise StoreError("还没有文件；请先上传。", "There is no file yet; upload one first.")
    args = ["load", *(str(desk / name) for name in names), "--json", "--progress", "--lang", lang, *options]
    for name in names:
        if _map_file(viewer, name).exists():
            args += ["--map", str(_map_file(viewer, name))]
    about = {"actor": viewer.actor, "desk": desk.name, "files": names, "of": fingerprint(viewer)}
    environ = children.environment(viewer.actor, is_writing=True)
    jobs.start(settings().uploads, kind, args, environ, **about)


def end(viewer: Viewer) -> None:
    """Stop the load that runs; the data stay as they were before it."""
    _check(viewer, "load")
    jobs.end(settings().uploads)


def undoing(viewer: Viewer, batch: int, lang: str = "zh") -> dict[str, Any]:
    """What taking a load back would do, as `etl.undo.undone_json` says. Raises StoreError when it cannot be done."""
    _check(viewer, "undo")
    sorry = ("暂时算不出撤销的结果，请稍后再试。", "What undoing would do could not be worked out; try again later.")
    args = ["undo", str(int(batch)), "--dry-run", "--json", "--lang", lang]
    answer: dict[str, Any] = children.ask(
        args, seconds=SECONDS, sorry=sorry, environ=children.environment(viewer.actor, is_writing=True)
    )
    return answer


def start_undo(viewer: Viewer, batch: int, lang: str = "zh") -> None:
    """Begin to take a load back; the command notes it in the audit log."""
    _check(viewer, "undo")
    _may_write()
    args = ["undo", str(int(batch)), "--json", "--progress", "--lang", lang]
    environ = children.environment(viewer.actor, is_writing=True)
    jobs.start(settings().uploads, "undo", args, environ, actor=viewer.actor, batch=int(batch))


# --- what a trial run says --------------------------------------------------------------------------------------------


def moves(viewer: Viewer, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The county's numbers that a trial run would move, as `etl.trial.moves_json` says.

    Those of sensitive topics that are small before or after are without numbers (`is_hidden`), as everywhere else.
    """
    found = [move for move in result["trial"]["numbers"] if move["is_moved"]]
    return [{**move, "is_hidden": _is_small(viewer, move)} for move in found]


def _is_small(viewer: Viewer, move: dict[str, Any]) -> bool:
    if viewer.may_see("households") or not indicators()[move["indicator"]].is_sensitive:
        return False
    pairs = [move[side] for side in ("before", "after") if move[side] is not None]
    counts = [n for pair in pairs for n in (pair["numerator"], pair["denominator"] - pair["numerator"])]
    before, after = (move[side] or {"numerator": 0, "denominator": 0} for side in ("before", "after"))
    counts += [abs(after[name] - before[name]) for name in ("numerator", "denominator")]
    return any(0 < n < SMALL_SENSITIVE for n in counts)
