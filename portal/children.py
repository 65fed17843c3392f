"""Commands of `python -m etl` started for a page (子进程): files from outside are never opened in the server.

A command answers with one JSON object; what went wrong in it is a sentence in the language asked for.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from data.errors import StoreError
from data.settings import ROOT, settings

MEMORY_BYTES = 4 * 2**30
"""What a command that opens a file from outside may use; as etl.extract allows its readers."""


class SaidError(StoreError):
    """What a command says is wrong; `code` names the kind of fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, message)
        self.code = code


def command(args: Sequence[str]) -> list[str]:
    """What is run for a command of ours."""
    return [sys.executable, "-m", "etl", *args]


def environment(actor: str = "", *, is_writing: bool = False) -> dict[str, str]:
    """The environment of a command: our store and, for the audit log, on whose word it is run."""
    database = settings().load_database if is_writing else settings().database
    return {**os.environ, "WANGGE_DATABASE": database, **({"WANGGE_ACTOR": actor} if actor else {})}


def ask(
    args: Sequence[str], *, seconds: float, sorry: tuple[str, str], environ: Mapping[str, str] | None = None,
    memory: int = 0,
) -> Any:  # fmt: skip
    """The answer of a command. Raises SaidError with what it says is wrong, StoreError as `answer` does."""
    found = answer(args, seconds=seconds, sorry=sorry, environ=environ, memory=memory)
    if (wrong := said_error(found)) is not None:
        raise wrong
    return found


def answer(
    args: Sequence[str], *, seconds: float, sorry: tuple[str, str], environ: Mapping[str, str] | None = None,
    memory: int = 0,
) -> Any:  # fmt: skip
    """What a command says, be it what is wrong (`said_error`). Raises StoreError with `sorry` when it says nothing.

    memory : most bytes of address space; 0 for no limit.
    """
    try:
        with subprocess.Popen(
            command(args), cwd=ROOT, env=dict(environ or environment()), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            if memory:
                _limit(process.pid, memory)
            try:
                said, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                stop(process.pid)
                raise
        return json.loads(said)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise StoreError(*sorry) from error


def said_error(found: Any) -> SaidError | None:
    """What an answer says is wrong; None where it says something else."""
    if isinstance(found, dict) and "error" in found:
        return SaidError(found["error"]["code"], found["error"]["message"])
    return None


def stop(pid: int) -> None:
    """End a command with everything it started."""
    with contextlib.suppress(OSError, ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _limit(pid: int, memory: int) -> None:
    import resource

    # From outside: a hook between fork and exec is not safe in a server with threads.
    if hasattr(resource, "prlimit"):
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
