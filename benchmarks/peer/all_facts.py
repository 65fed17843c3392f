"""`python -m benchmarks.peer.all_facts ADDRESS OUT [CODE …]`: what `etl rollup` counts, timed apart from writing it.

Prints the seconds from an open store to every number of every area; with codes only those, and then writes the numbers
of grids to OUT, one line each (indicator, period, grid, numerator, denominator).
"""

import csv
import sys
import time
from pathlib import Path

from sqlalchemy import select

from data import schema
from data.store import open_store, reading
from etl.rollup import fact_rows, periods_of, rolled_up
from etl.stored import StoreRows


def main(address: str, out: Path, codes: list[str]) -> None:
    """Count and tell."""
    engine = open_store(address)
    with reading(engine) as conn:
        data_on = conn.execute(select(schema.batch.c.data_on)).scalars().all()[-1]
        began = time.perf_counter()
        rows = StoreRows(conn)
        found = list(rolled_up(rows, periods_of(rows, data_on), data_on, codes=codes or None))
        print(time.perf_counter() - began)
        areas = rows.columns(schema.area, "area_id", "level")
    grids = set(areas["area_id"][areas["level"] == "grid"])
    if codes:
        with out.open("w", newline="") as file:
            writer = csv.writer(file)
            for counts in found:
                facts = fact_rows(counts)
                facts = facts[facts["area_id"].isin(grids)]
                names = ["indicator", "period", "area_id", "numerator", "denominator"]
                writer.writerows(facts[names].itertuples(index=False))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
