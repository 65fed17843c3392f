"""What is known of the audit log outside it (锚点): where it ended, and what could not be written into it.

Two small files of this machine, beside a SQLite store or in WANGGE_AUDIT_STATE where the store is a server.
`NAME.audit.head` holds number and hash of the last event, and since which event that is so. It is written when the
event is safe, so it may lag behind the log (a process was killed in between), and never leads it: an event that stands
here and not in the log was taken out. `NAME.audit.lost` has a line for each event that happened and could not be
noted, until the log can be written again and says so itself.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from data.settings import settings

_LINE = re.compile(r"(\d{1,12}) ([0-9a-f]{64}) (\d{1,12})\n")
MOST_BYTES = 2**20
"""What could not be noted is counted up to here (some 25,000 things): nobody may fill the disk by knocking."""


class BadAnchorError(ValueError):
    """The file is there and says nothing that an anchor says."""


@dataclass(frozen=True)
class Anchor:
    """The last event that this machine knows of; `since`: the number of the event at which the file was first made."""

    event_no: int
    event_hash: str
    since: int


def place(address: str) -> Path | None:
    """The anchor of the audit log at an address; None for one in memory.

    >>> place("sqlite:////a/county.audit.db")
    PosixPath('/a/county.audit.head')
    >>> place("postgresql://u@h/wangge").name
    'h-5432-wangge.audit.head'
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        is_file = url.database and url.database != ":memory:"
        return Path(str(url.database)).with_suffix(".head") if is_file else None
    name = f"{url.host or 'local'}-{url.port or 5432}-{url.database}"
    return settings().audit_state / (re.sub(r"[^A-Za-z0-9_.-]", "_", name) + ".audit.head")


def read(address: str) -> Anchor | None:
    """The anchor of a log; None when there is none. Raises BadAnchorError, OSError when it cannot be read."""
    path = place(address)
    try:
        text = path.read_text(encoding="ascii", errors="replace") if path else ""
    except FileNotFoundError:
        return None
    found = _LINE.fullmatch(text)
    if path and not found:
        raise BadAnchorError(str(path))
    return Anchor(int(found[1]), found[2], int(found[3])) if found else None


def write(address: str, anchor: Anchor) -> None:
    """Put an anchor in the place of the one before, whole or not at all. Raises OSError."""
    path = place(address)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with new.open("w", encoding="ascii") as file:
            file.write(f"{anchor.event_no} {anchor.event_hash} {anchor.since}\n")
            file.flush()
            os.fsync(file.fileno())
        # Not made safe over a power cut as well: the one before would stand there, and that may be.
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


# --- what could not be noted ------------------------------------------------------------------------------------------


def _lost(address: str) -> Path | None:
    path = place(address)
    return path.with_suffix(".lost") if path else None


def lose(address: str, action: str) -> None:
    """Keep in mind that something happened and could not be noted. Raises OSError."""
    path = _lost(address)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() > MOST_BYTES:
            return
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {action}\n")
        file.flush()
        os.fsync(file.fileno())


def lost(address: str) -> int:
    """How many events could not be noted and are not yet told of in the log."""
    path = _lost(address)
    try:
        return len(path.read_text(encoding="ascii", errors="replace").splitlines()) if path else 0
    except FileNotFoundError:
        return 0


@contextmanager
def telling(address: str) -> Iterator[list[str]]:
    """The lines of what could not be noted, forgotten when the block ends well; others wait meanwhile.

    Killed at the end of the block, they are told of twice: too many rather than too few.
    """
    path = _lost(address)
    file: IO[str] | None
    try:
        file = path.open("r+", encoding="ascii", errors="replace") if path and path.stat().st_size else None
    except OSError:
        file = None
    if file is None:
        yield []
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.read().splitlines()
        file.truncate(0)
