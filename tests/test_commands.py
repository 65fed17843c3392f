"""The shell behind `make run` and `make test`: what they say when something is missing or in the way."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.server import ROOT


def run(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / script)], cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def few_programs(tmp_path: Path) -> str:
    """A PATH with the ordinary programs, but no browser and no way to install one."""
    absent = ("chrom", "google-chrome", "apt", "sudo")
    for folder in ("/usr/bin", "/bin"):
        for program in Path(folder).iterdir():
            if not program.name.startswith(absent) and not (tmp_path / program.name).exists():
                (tmp_path / program.name).symlink_to(program)
    return str(tmp_path)


def test_what_the_tests_need_is_here() -> None:
    done = run("tests/needs.sh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_missing_is_named_in_both_languages(few_programs: str) -> None:
    done = run("tests/needs.sh", PATH=few_programs)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "!! 测试缺少:chromium。请以管理员身份运行:apt-get install chromium",
        "   The tests lack: chromium. As an administrator run: apt-get install chromium",
    ]


def test_a_port_in_use_is_said_before_anything_is_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("deploy/run.sh", WANGGE_PORT=str(port))
    assert done.returncode == 1 and done.stdout == ""
    assert f"端口 {port} 已被占用" in done.stderr and f"Port {port} is in use" in done.stderr


def test_a_port_that_is_none_is_refused() -> None:
    done = run("deploy/run.sh", WANGGE_PORT="eighty")
    assert done.returncode == 1
    assert "WANGGE_PORT must be a port number" in done.stderr
