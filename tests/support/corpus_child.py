"""Loads files one after the other as a load's reading process would, and says what became of each.

Run as a process of its own: `python -m tests.support.corpus_child DATABASE FOLDER WHERE`, names of files on stdin.
"begin NAME" is written before a file is touched, so that one which brings the process down is known by name.
WHERE: "here" reads in this process, which saves starting a reader for each file; "apart" in readers, as loads do.
"""

import json
import resource
import sys
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import etl.load
import etl.rollup
from data.store import open_store
from etl.errors import LoadError
from etl.extract import extract_file
from etl.sandbox import CORE_FREE, MEMORY_LIMIT_BYTES, allow, without_network
from geo.periods import parse_period


def became(engine: Any, path: Path) -> dict[str, Any]:
    """Loaded with its counts, refused with the code and words of its error, or how it failed."""
    try:
        outcome = etl.load.load(engine, [path], edition="NBS2020", today=date(2021, 1, 15))
    except LoadError as error:
        return {"is_loaded": False, "code": error.code, "zh": error.zh, "en": error.en}
    except BaseException as error:
        return {"failed": f"{type(error).__name__}: {error}"[:300]}
    sheets = [sheet for ledger in outcome.ledgers for sheet in ledger.sheets]
    told = [reason.zh for ledger in outcome.ledgers for reasons in ledger.reasons.values() for reason in reasons]
    cells = [ledger.kept_cells(row) for ledger in outcome.ledgers for row in ledger.reasons]
    return {
        "is_loaded": True,
        "unaccounted": sum(sheet.read != sum(sheet.counts.values()) for sheet in sheets),
        "rows": sum(sheet.read for sheet in sheets),
        "told": json.dumps([told, cells], ensure_ascii=False, default=str),
    }


def main() -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, CORE_FREE)
    without_network()
    if sys.argv[3] == "here":
        etl.load.extract_files = lambda files, heard: [extract_file(file.path) for file in files]
    # What is counted when is the matter of test_rollup.
    etl.rollup.kept_periods = lambda first, data_on: [parse_period(f"{data_on.year}")]
    engine = open_store(sys.argv[1])
    for name in sys.stdin.read().split("\0"):
        sys.stdout.write(f"begin {json.dumps(name)}\n")
        sys.stdout.flush()
        allow((Path(sys.argv[2]) / name).stat().st_size)
        began = time.perf_counter()
        found = became(engine, Path(sys.argv[2]) / name)
        found["seconds"] = round(time.perf_counter() - began, 3)
        found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
