"""What a process that reads a file from outside may do (读文件的进程): so much memory and time, and no network at all.

Where the kernel allows it the process gets a network namespace of its own, in which there is no way out for code in any
language; elsewhere Python's own sockets are refused, which does not bind the C libraries below it. Both say so.
"""

import contextlib
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import warnings
from typing import Any

MEMORY_LIMIT_BYTES = 4 * 2**30
CPU_LIMIT_SECONDS = 600
"""For all files of a load together."""
FILE_SECONDS = 10
"""For one file, and a second more for every megabyte; the slowest sound ones need a tenth of it."""
CORE_FREE = (0, 0)
"""A reader that crashes leaves no copy of what it read."""

NAMESPACE, HOOK = "namespace", "hook"
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DEATH_SIGNAL = 1


def confine() -> None:
    """Make this process a reader; there is no way back. What its libraries say of a file is for nobody: it goes."""
    warnings.simplefilter("ignore")
    # It reads and is done: looking for what refers to itself among millions of cells is time lost.
    gc.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_SECONDS, CPU_LIMIT_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, CORE_FREE)
    without_network()
    end_with_parent()


def end_with_parent() -> None:
    """End this process when the one that started it has ended, be it killed: nobody would take what it reads.

    After the namespace, which would make the kernel forget it.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    # Where there is no such call, and where the parent was gone before it; it needs Python to get a turn.
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: Any) -> None:
    parent.join()
    os._exit(1)


def allow(bytes_: int) -> None:
    """Let this process spend on the file it opens next what a file of that size may need; beyond it is ended."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(used.ru_utime + used.ru_stime) + FILE_SECONDS + bytes_ // 2**20
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def without_network() -> str:
    """Cut this process off from every network; returns how: "namespace" or "hook"."""
    # As an administrator directly, else as one of a namespace of its own, which most systems let anybody make.
    how = HOOK
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        if any(library.unshare(flags) == 0 for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK)):
            how = NAMESPACE
    sys.addaudithook(_refuse_network)
    return how


def _refuse_network(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"):
        # The pool of readers talks to its parent through pipes and sockets of the file system.
        if event == "socket.connect" and getattr(args[0], "family", None) == socket.AF_UNIX:
            return
        raise PermissionError("a reader of files has no network")
