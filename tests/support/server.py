"""The product as its users start it: `streamlit run app.py` in a process of its own, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A running dashboard: where it listens, and what it wrote to its log."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def obeying(is_wanted: bool = True) -> tuple[str, ...]:
    """Options of setpriv after which root, too, may do with a file what its mode allows, and no more."""
    return ("--bounding-set=-dac_override,-dac_read_search",) if is_wanted and os.geteuid() == 0 else ()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    database: str, *arguments: str, port: int = 0, obeys_modes: bool = False, **environ: str
) -> Iterator[Server]:
    """A fresh server over a store; ends with the block, and with its parent process.

    database : the store's address (WANGGE_DATABASE). arguments : options of streamlit run. port : a free one by
    default. obeys_modes : what a file's mode forbids is forbidden to it, also where root runs the tests. environ :
    further settings.
    Raises RuntimeError with the server's log when it does not answer.
    """
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="wangge-server-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", *obeying(obeys_modes), sys.executable, "-m", "streamlit", "run",
                 "app.py", "--server.port", str(port), *arguments],
                cwd=ROOT, stdout=written, stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, "WANGGE_DATABASE": database, **environ},
            )  # fmt: skip
        server = Server(f"http://localhost:{port}", log, process)
        try:
            _wait(server, port)
            yield server
        finally:
            _stop(process)


def _wait(server: Server, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"The server ended at its start:\n{server.said()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"The server did not answer within {START_SECONDS} s:\n{server.said()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
