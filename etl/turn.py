"""Whose turn it is (排队): what writes data waits for what writes now, and says so as it says how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine

from data.load_lock import Holder, load_lock

WAIT = "wait"
"""The stage of one that waits: `done` seconds so far, `of` at most."""


class Report(Protocol):
    """Hears what is going on: the stage, how much of it is done, of how much; while waiting, for whom."""

    def __call__(self, stage: str, done: int, of: int, holder: Holder | None = None) -> None: ...


def silent(stage: str, done: int, of: int, holder: Holder | None = None) -> None:
    """A report to nobody."""


@contextmanager
def turn(engine: Engine, kind: str, report: Report = silent, wait: float | None = None) -> Iterator[None]:
    """Hold the lock of the store's loads.

    kind : of data.load_lock.KINDS. wait : seconds to wait at most, default WANGGE_LOAD_WAIT.

    Raises StillRunningError when it is not free by then.
    """
    with load_lock(
        engine, kind, seconds=wait, told=lambda holder, waited, most: report(WAIT, int(waited), int(most), holder)
    ):
        yield
