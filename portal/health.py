"""Whether all is well (健康): for a watchdog at /health, the band above a page and the wall, by one list of checks.

A fault has a code and one sentence in each language, and says whether reading goes on. No path, user or driver is in
any of it; those are in the log, once for each change.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from data.errors import NoStoreError, StoreError, StoreVersionError
from data.watched import Watched
from portal import audit, snapshot

log = logging.getLogger("wangge.health")


@dataclass(frozen=True)
class Fault:
    """What is wrong. `state` : a short code, such as missing, replaced, locked, read_only (data.errors)."""

    state: str
    zh: str
    en: str
    is_readable: bool = False
    inner: str = ""


def _of(error: StoreError, *, is_readable: bool = False) -> Fault:
    return Fault(getattr(error, "state", "unreachable"), error.zh, error.en, is_readable, error.inner)


def _store() -> Fault | None:
    """Whether the store can be read."""
    try:
        snapshot.look()
    except (NoStoreError, StoreVersionError) as error:
        return _of(error)
    return None


def _changes() -> Fault | None:
    """Whether accounts can be changed and ledgers loaded."""
    error = snapshot.watched().change_fault()
    return _of(error, is_readable=True) if error else None


def _notes() -> Fault | None:
    """Whether audit events can be noted: nobody is shown a single building, household or file that leaves no trace."""
    if not audit.fault():
        return None
    return Fault(
        audit.FAULT,
        "审计记录现在写不进去：合计数照常显示，下载和逐条明细暂停。请告诉管理员；恢复后自动继续。",
        "Nothing can be noted in the audit log now: sums are shown as usual, no file is made and no single row shown. "
        "Tell the administrator; it goes on by itself once that is mended.",
        is_readable=True,
    )


CHECKS: tuple[Callable[[], Fault | None], ...] = (_store, _changes, _notes)
"""Asked in this order; the first fault is the state, and what is checked later rests on what was checked before."""


MEMORY_SECONDS = 0.3
"""One run of a page asks several times, and many sessions ask at once: they get one answer."""


@dataclass
class _Said:
    lock: threading.Lock
    state: str = "ok"
    of: Watched | None = None
    at: float = 0.0
    fault: Fault | None = None


_said = _Said(threading.Lock())


def fault(*, anew: bool = False) -> Fault | None:
    """The first thing that is wrong; None when all is well. anew : not even a moment ago, but now."""
    of = snapshot.watched()
    with _said.lock:
        if not anew and _said.of is of and time.monotonic() - _said.at < MEMORY_SECONDS:
            return _said.fault
    found = next((one for check in CHECKS if (one := check()) is not None), None)
    state = found.state if found else "ok"
    with _said.lock:
        is_new, _said.state = state != _said.state, state
        _said.of, _said.at, _said.fault = of, time.monotonic(), found
    if is_new and found:
        log.warning("state: %s (%s)%s", state, found.en, f" {found.inner}" if found.inner else "")
    elif is_new:
        log.warning("state: ok")
    return found


def state() -> str:
    """A word that changes whenever a page should be drawn anew: a fault by its code, else which store it is.

    A load of the same store is no such change: a page shows the data it was opened with.
    """
    found = fault()
    return found.state if found and not found.is_readable else snapshot.watched().file_key()


def route(_request: Request) -> Response:
    """503 when nothing can be read; `ok` is true when all is well, `state` says what is not."""
    found = fault(anew=True)
    if found is None and snapshot.watched().is_waiting():
        # Somebody writes: the end of a load, or a lock that stays. Only waiting tells.
        snapshot.watched().wait_for_writers()
        found = fault(anew=True)
    body = {"ok": found is None, "state": found.state if found else "ok"}
    if found is None or found.is_readable:
        try:
            body["data_version"] = snapshot.look().status["version"]
        except StoreError as error:
            found = _of(error)
            body = {"ok": False, "state": found.state}
    code = 200 if found is None or found.is_readable else 503
    return JSONResponse(body, status_code=code, headers={"Cache-Control": "no-store"})
