"""`make check` really checks: for each of its rules a planted fault is caught."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.server import ROOT

# One small fault for each family of rules that pyproject.toml turns on.
FAULTS = {
    "E": "import os, sys\n\nprint(os, sys)\n",
    "F": "import os\n",
    "W": 'WORDS = "乡镇"  \n',
    "I": "import sys\nimport os\n\nprint(os, sys)\n",
    "B": "def add(row, rows=[]):\n    rows.append(row)\n    return rows\n",
    "UP": "from typing import List\n\nROWS: List[int] = []\n",
    "SIM": "def is_grid(level):\n    if level == 'grid':\n        return True\n    else:\n        return False\n",
    "C4": "CODES = set([code for code in 'abc'])\n",
    "RUF": "ROWS = [1, 2]\nMORE = ROWS + [3]\n",
    "PTH": 'import os\n\nprint(os.path.join("var", "sample"))\n',
    "DTZ": "import datetime\n\nprint(datetime.datetime.now())\n",
}


def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )


def test_every_rule_that_is_turned_on_has_a_fault_here() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["ruff"]["lint"]["select"] == list(FAULTS)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_lint_fault_is_caught(rule: str) -> None:
    done = run("ruff", "check", "--output-format=concise", "--stdin-filename", "data/planted.py", "-",
               given=FAULTS[rule])  # fmt: skip
    assert done.returncode == 1
    assert any(line.split(": ", 1)[1].startswith(rule) for line in done.stdout.splitlines() if "planted.py" in line)


def test_a_long_line_is_caught() -> None:
    done = run("ruff", "check", "--stdin-filename", "data/planted.py", "-", given=f'LONG = "{"x" * 120}"\n')
    assert done.returncode == 1 and "E501" in done.stdout


def test_full_width_punctuation_is_no_fault() -> None:
    done = run("ruff", "check", "--stdin-filename", "data/planted.py", "-", given='NOTE = "每户一块菜地,共120户。"\n')
    assert done.returncode == 0, done.stdout


def test_a_format_fault_is_caught() -> None:
    done = run("ruff", "format", "--check", "--stdin-filename", "data/planted.py", "-", given="ROWS = [ 1,2 ]\n")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def add(left, right):\n    return left + right\n", "no-untyped-def"),
        ('def count() -> int:\n    return "3"\n', "return-value"),
    ],
)
def test_a_type_fault_is_caught(tmp_path: Path, source: str, error: str) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(source, encoding="utf-8")
    done = run("mypy", f"--cache-dir={tmp_path / 'cache'}", str(planted))
    assert done.returncode == 1 and f"[{error}]" in done.stdout


def test_make_check_runs_all_of_them() -> None:
    recipe = subprocess.run(["make", "-n", "check"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for step in ("ruff format --check", "ruff check", "-m mypy", "tests/test_layers.py"):
        assert step in recipe
    # test_layers.py plants its own faults.


def test_the_types_of_every_folder_of_code_are_checked() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    checked = next(line for line in settings.splitlines() if line.startswith("files = "))
    folders = {file.parent.relative_to(ROOT).parts[0] for file in ROOT.glob("*/*.py")} - {"tests", "var", ".venv"}
    assert {folder for folder in folders if f'"{folder}"' not in checked} == set()


def test_continuous_integration_runs_make_test() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[-1] == "exec make test"
