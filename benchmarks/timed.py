"""`python -m benchmarks.timed run app.py …`: the dashboard's server, which also notes how long every script run took.

The seconds are appended to the file named by BENCH_LOG, one a line. Nothing else differs from `streamlit run`.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web import cli

LOG = "BENCH_LOG"

_run = ScriptRunner._run_script


def _noted_run(self: ScriptRunner, rerun_data: Any) -> None:
    started = time.perf_counter()
    try:
        _run(self, rerun_data)
    finally:
        with Path(os.environ[LOG]).open("a", encoding="ascii") as log:
            log.write(f"{time.perf_counter() - started:.6f}\n")


if __name__ == "__main__":
    ScriptRunner._run_script = _noted_run  # type: ignore[method-assign]
    sys.exit(cli.main(prog_name="streamlit"))
