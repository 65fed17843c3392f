"""`make run` in a clean copy, twice: the first time it writes and loads the sample, the second time nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.repository import tracked_files
from tests.support.server import ROOT, free_port

START_SECONDS = 180


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as a clone would have it, beside an environment that is installed already."""
    for path in tracked_files(ROOT):
        target = tmp_path / "clone" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / "clone" / ".venv").symlink_to(sys.prefix)
    return tmp_path / "clone"


def run_and_stop(copy: Path) -> tuple[str, int]:
    """Start `make run`, wait until it answers, stop it as Ctrl-C does; what it said, and the version of its data."""
    port = free_port()
    environ = {**os.environ, "WANGGE_PORT": str(port)}
    environ.pop("WANGGE_DATABASE", None)
    log = copy.parent / "log"
    with log.open("w") as written:
        process = subprocess.Popen(["make", "run"], cwd=copy, env=environ, stdout=written, stderr=subprocess.STDOUT,
                                   start_new_session=True)  # fmt: skip
    try:
        version = _data_version(port, process)
        # Ctrl-C reaches the dashboard and make alike.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return log.read_text(encoding="utf-8"), version


@contextmanager
def opened_by_a_server(copy: Path) -> Iterator[None]:
    """A process that serves the database of a copy, until the block ends."""
    environ = {**os.environ, "WANGGE_DATABASE": f"sqlite:///{copy / 'var' / 'wangge.db'}"}
    script = "from portal import snapshot; snapshot.look(); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], cwd=copy, env=environ, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
        process.kill()


def run_until(copy: Path, words: str) -> str:
    """Start `make run` and end it once it has said some words; what it said."""
    environ = {**os.environ, "WANGGE_PORT": str(free_port())}
    environ.pop("WANGGE_DATABASE", None)
    log = copy.parent / "log"
    with log.open("w") as written:
        process = subprocess.Popen(["make", "run"], cwd=copy, env=environ, stdout=written, stderr=subprocess.STDOUT,
                                   start_new_session=True)  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while words not in log.read_text("utf-8"):
            assert time.monotonic() < deadline and process.poll() is None, log.read_text("utf-8")
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    return log.read_text("utf-8")


def _data_version(port: int, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=5) as answer:
                return int(json.load(answer)["data_version"])
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("make run did not open the dashboard")


def test_make_run_twice(copy: Path) -> None:
    said, version = run_and_stop(copy)
    assert version == 1
    for step in ("Writing the ledgers", "正在生成", "Loading the sample", "正在把示例台账载入", "http://localhost:"):
        assert step in said
    assert "Installing" not in said and "Traceback" not in said
    assert said.rstrip().splitlines()[-1] == "== 已停止。Stopped."

    files = {path: path.stat().st_mtime_ns for path in (copy / "var" / "sample").iterdir()}
    said, version = run_and_stop(copy)
    assert version == 1, "the sample was loaded twice"
    assert "Writing" not in said and "Loading" not in said and "http://localhost:" in said
    assert files == {path: path.stat().st_mtime_ns for path in (copy / "var" / "sample").iterdir()}

    # A new version of the sample, while a server (on another port) has the database open: it stays as it is.
    (copy / "var" / "wangge.version").write_text("of another sample")
    store = copy / "var" / "wangge.db"
    before = store.stat().st_ino
    with opened_by_a_server(copy):
        said = run_until(copy, "a server has var/wangge.db open")
    assert "building the sample database again" not in said and "Loading" not in said
    assert store.stat().st_ino == before and (copy / "var" / "wangge.version").read_text() == "of another sample"
