"""A store whose loader is killed: two loads that are always the same, a fork that does the second, states compared."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from data import schema, writes
from data.store import open_store, reading
from tests.etl import tiny

CLOCKED = {"batch": ["loaded_at", "seconds"], "source_file": ["first_read_at"]}
"""What differs between two loads of the same files."""
State = dict[str, pd.DataFrame]


def second_load(folder: Path) -> Path:
    """Files that add, change and refuse rows of the tiny county, and draw no random number."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(7)
    homes = ("H1", "H2", "H3", "H4", "H6", "H99")
    days = [f"2020-{rng.randrange(1, 13)}-{rng.randrange(1, 28)}" for _ in range(300)]
    visits = [(f"W{n}", rng.choice(homes), day, "W01", "入户", "见面", 1, "有", "√") for n, day in enumerate(days)]
    tiny.write_visits(folder, [*tiny.VISITS[:-1], *visits])
    changed = [(*row[:-2], "调解中", "") for row in tiny.DISPUTES[:1]]
    tiny.write_disputes(folder, [*changed, *tiny.DISPUTES[1:]], tiny.STEPS[3:])
    tiny.write_grids(folder, [*tiny.GRIDS[:2], (tiny.B1, "新居一", tiny.B, tiny.cell(2, 0, 2, 2))], drawn="2020-06-01")
    return folder


def state(engine: Engine) -> State:
    """Every row of every table, but for the clock."""
    with reading(engine) as conn:
        return {
            name: writes.read_rows(conn, table).drop(columns=CLOCKED.get(name, []))
            for name, table in schema.metadata.tables.items()
        }


def same(one: State, other: State) -> bool:
    return all(one[name].equals(other[name]) for name in one)


def is_whole(engine: Engine) -> bool:
    """What SQLite says of its file."""
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok")


@dataclass
class Killed:
    """What was found after a number of kills."""

    points: int = 0
    as_before: int = 0
    as_after: int = 0
    whole: int = 0
    repeated: int = 0

    def figure(self) -> str:
        partial = self.points - self.as_before - self.as_after
        return (
            f"{self.points} points: {partial} partial batches, {self.as_before} as before, {self.as_after} as after, "
            f"{self.whole} of {self.points} whole, {self.repeated} of {self.points} equal to an undisturbed load again"
        )


def forked(work: Callable[[Callable[[str], None]], None], after: Callable[[str], float | None]) -> bool:
    """Do some work in a fork and kill it -9; returns whether it was killed before it had ended.

    work : tells the stages it reaches. after : for each stage told, how many seconds later to kill; None: not there.
    """
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(told)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work(lambda stage: os.write(tells, f"{stage}\n".encode()) and None)
        finally:
            os._exit(0)
    os.close(tells)
    with os.fdopen(told, encoding="utf-8") as stages:
        for line in stages:
            if (wait := after(line.strip())) is not None:
                time.sleep(wait)
                os.kill(child, signal.SIGKILL)
                break
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def loading(url: str, folder: Path, load: Callable[..., Any]) -> Callable[[Callable[[str], None]], None]:
    """The second load as work for `forked`, with an engine of its own."""

    def work(tell: Callable[[str], None]) -> None:
        load(open_store(url), folder, report=lambda stage, done, of: tell(stage))

    return work
