"""Loads that go on while nobody looks (后台任务): one at a time for a store, followed by files, left and come back to.

A command runs in a process of its own; what it says goes into a folder, its progress into another file. It holds a lock
for as long as it lives, whichever server process began it, so a second one cannot begin and nothing is thought to run
that does not. That lock is of the pages alone; the command itself waits for loads by command and by the watched folder.
"""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import StoreError
from data.load_lock import Holder
from data.settings import ROOT
from portal import children

KEPT = 10
"""How many of the last jobs are remembered."""
NOBODY = Holder()
_running: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Job:
    """One run of a command. about : who began it, when, and what of. result : what it said, None while it runs.

    stage, done, of : how far it is; "" before it has said so. whom : of one that waits, for whom, as `Holder`.
    """

    folder: Path
    about: dict[str, Any]
    is_running: bool
    stage: str = ""
    done: int = 0
    of: int = 0
    whom: Holder = NOBODY
    result: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        return str(self.about["kind"])

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return max(0.0, time.time() - float(self.about["began"]))


class BusyError(StoreError):
    """A load is running already."""


def start(root: Path, kind: str, args: Sequence[str], environ: dict[str, str], **about: Any) -> None:
    """Begin a job. Raises BusyError while another one runs, StoreError when it cannot be begun."""
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(root) as lock:
            folder = root / f"job-{time.time_ns()}"
            folder.mkdir()
            with (folder / "result.json").open("wb") as said, (folder / "progress").open("wb") as progress:
                process = subprocess.Popen(
                    children.command(args), cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=said,
                    stderr=progress, start_new_session=True, pass_fds=(lock,),
                )  # fmt: skip
            note = {"kind": kind, "began": time.time(), "pid": process.pid, **about}
            (folder / "job.json").write_text(json.dumps(note, ensure_ascii=False), "utf-8")
    except OSError as error:
        raise StoreError(
            f"无法开始（{error.strerror}）；请检查上传文件夹的磁盘空间和权限。",
            f"Cannot begin ({error.strerror}); check disk and rights of the folder for uploads.",
        ) from error
    # Ended ones are buried here, or they would stay as zombies.
    _running[:] = [one for one in [*_running, process] if one.poll() is None]
    for old in sorted(root.glob("job-*"))[:-KEPT]:
        forget(old)


def last(root: Path) -> Job | None:
    """The job that was begun last; None when there is none."""
    for one in _running:
        one.poll()
    folders = sorted(root.glob("job-*/job.json"))
    if not folders:
        return None
    folder = folders[-1].parent
    is_running = _is_busy(root)
    try:
        about = json.loads((folder / "job.json").read_text("utf-8"))
        stage = _stage(folder / "progress")
        result = None if is_running else _result(folder / "result.json")
    except (OSError, ValueError):
        return None
    return Job(folder, about, is_running, *stage, result=result)


def end(root: Path) -> None:
    """Stop the job that runs; a load is one transaction, so the data are then as before."""
    job = last(root)
    if job is not None and job.is_running:
        children.stop(int(job.about["pid"]))


def forget(folder: Path) -> None:
    """Remove what is left of a job."""
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()


@contextmanager
def _locked(root: Path) -> Iterator[int]:
    """The lock of a store's loads; whoever inherits it holds it as well, until the last of them has ended."""
    lock = os.open(root / "load.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for wait in (0.05, 0.2, 0.5, 0):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # Somebody may only be asking whether it is held.
                if not wait:
                    raise BusyError(
                        "另一次载入正在进行，请等它结束后再开始。", "Another load is running; begin when it has ended."
                    ) from None
                time.sleep(wait)
        yield lock
    finally:
        os.close(lock)


def _is_busy(root: Path) -> bool:
    try:
        lock = os.open(root / "load.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def _stage(file: Path) -> tuple[str, int, int, Holder]:
    for line in reversed(file.read_text("utf-8", errors="replace").splitlines()):
        try:
            said = json.loads(line)
            whom = Holder(str(said.get("kind", "")), str(said.get("since", "")))
            return str(said["stage"]), int(said["done"]), int(said["of"]), whom
        except (ValueError, TypeError, KeyError):
            continue
    return "", 0, 0, NOBODY


def _result(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text("utf-8"))
    except ValueError:
        said = None
    # Nothing said: it was stopped, or the machine ended it.
    return said if isinstance(said, dict) else {"error": {"code": "STOPPED", "message": ""}}
