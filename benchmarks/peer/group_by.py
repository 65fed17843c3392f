"""`python -m benchmarks.peer.group_by STORE OUT`: the facts of grids by one SQL GROUP BY per indicator on SQLite.

What somebody would write who has the store and SQLite and no program: every kept period in a table, joined on the day
of each row. Only grids: nothing is summed up the tree, which spares it a third of the work. Prints the seconds and
writes one line per number (indicator, period, grid, numerator, denominator) to OUT.
"""

import csv
import sqlite3
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from geo.periods import kept_periods

VALID = "c.is_void = 0 AND c.lifecycle <> '80'"
RESOLVED = (
    "(c.lifecycle IN ('45', '50', '60') AND (c.case_kind <> 'dispute' OR c.outcome IS NULL OR c.outcome = 'success'))"
)
CLOSED = "c.lifecycle IN ('50', '60', '70')"
DISPOSED = "c.lifecycle IN ('40', '45', '50', '60', '70')"
HANDLED = "c.lifecycle NOT IN ('10', '20', '80')"
ANSWERED = "c.satisfaction IN ('satisfied', 'fairly', 'dissatisfied')"
AGAIN = "c.reopened_count > 0"
RETURNED = "EXISTS (SELECT 1 FROM case_step s WHERE s.case_id = c.case_id AND s.step_op = 'return')"
FOUND = "COALESCE(c.found_on, c.accepted_on)"

CASES = {
    "APP-01": ("c.accepted_on", "c.case_kind = 'suggestion'", CLOSED),
    "APP-02": ("c.due_on", "c.case_kind = 'suggestion'", "c.closed_on <= c.due_on"),
    "DIS-01": (FOUND, "c.case_kind = 'dispute'", HANDLED),
    "DIS-02": (FOUND, f"c.case_kind = 'dispute' AND {HANDLED}", RESOLVED),
    "DIS-03": ("c.accepted_on", "c.case_kind = 'dispute'", RESOLVED),
    "DIS-04": ("c.due_on", "c.case_kind = 'dispute'", f"{RESOLVED} AND c.resolved_on <= c.due_on"),
    "DIS-05": ("c.accepted_on", f"c.case_kind = 'dispute' AND ({RESOLVED} OR {AGAIN})", AGAIN),
    "CAS-01": ("c.due_on", "1", DISPOSED),
    "CAS-02": ("c.due_on", "1", CLOSED),
    "CAS-03": ("c.due_on", "1", "c.closed_on <= c.due_on"),
    "CAS-04": ("c.due_on", DISPOSED, f"({AGAIN} OR {RETURNED})"),
    "SAT-01": ("c.closed_on", ANSWERED, "c.satisfaction = 'satisfied'"),
    "SAT-02": ("c.closed_on", ANSWERED, "c.satisfaction IN ('satisfied', 'fairly')"),
    "WIS-01": (FOUND, "c.case_kind = 'wish'", RESOLVED),
    "WIS-02": (FOUND, "c.case_kind = 'wish'", HANDLED),
}
"""Indicator → the day that counts, which cases, which of them are in the numerator."""

_CALLS = "visit v JOIN household h USING (household_id) JOIN building_grid g USING (building_id)"
_WHEN = "v.visited_on >= p.start AND v.visited_on < p.end"
_HERE = "(h.moved_in_on IS NULL OR h.moved_in_on < p.end) AND (h.moved_out_on IS NULL OR h.moved_out_on >= p.end)"
_COVER = "o.valid_from < p.end AND (o.valid_to IS NULL OR o.valid_to >= p.end)"
_GRIDS = "FROM area a JOIN p WHERE a.level = 'grid' AND a.area_kind IS NULL GROUP BY 1, 2"
_HOUSES = "FROM building b JOIN building_grid g USING (building_id) JOIN p WHERE b.is_residential GROUP BY 1, 2"


def queries() -> dict[str, str]:
    """One query per indicator: period, grid, numerator, denominator."""
    found = {
        code: f"SELECT p.text, c.grid_id, SUM(COALESCE({good}, 0)), COUNT(*) FROM case_file c JOIN p "
        f"ON {day} >= p.start AND {day} < p.end WHERE {VALID} AND {among} GROUP BY 1, 2"
        for code, (day, among, good) in CASES.items()
    }
    found["DIS-07"] = (
        "SELECT p.text, c.grid_id, SUM(COALESCE(c.due_on < date(p.end, '-1 day'), 0)), COUNT(*) FROM case_file c "
        f"JOIN p ON c.accepted_on < p.end AND (c.closed_on IS NULL OR c.closed_on >= p.end) "
        f"WHERE {VALID} AND c.case_kind = 'dispute' GROUP BY 1, 2"
    )
    for code, among, good in (("VIS-06", "1", "v.visit_result = 'met'"), ("VIS-07", "v.has_photo IS NOT NULL",
                                                                          "v.has_photo")):  # fmt: skip
        found[code] = (
            f"SELECT p.text, g.grid_id, SUM({good}), COUNT(*) FROM {_CALLS} JOIN p ON {_WHEN} WHERE {among} "
            "GROUP BY 1, 2"
        )
    met = f"SELECT DISTINCT p.text, v.household_id FROM visit v JOIN p ON {_WHEN} WHERE v.is_valid"
    homes = "household h JOIN building_grid g USING (building_id) JOIN p"
    for code, many in (("VIS-01", "1"), ("VIS-02", "COALESCE(h.person_count, 0)")):
        found[code] = (
            f"SELECT p.text, g.grid_id, SUM({many} * (m.household_id IS NOT NULL)), SUM({many}) FROM {homes} "
            f"LEFT JOIN ({met}) m ON m.text = p.text AND m.household_id = h.household_id WHERE {_HERE} GROUP BY 1, 2"
        )
    for code, of in (("ORG-01", "k.org_kind = 'grid_branch' AND o.is_established"), ("ORG-02", "o.is_covered")):
        found[code] = (
            "SELECT p.text, a.area_id, SUM(EXISTS (SELECT 1 FROM org_cover o JOIN org k USING (org_id) WHERE "
            f"o.target_kind = 'grid' AND o.target_id = a.area_id AND {of} AND {_COVER})), COUNT(*) {_GRIDS}"
        )
    found["ORG-03"] = (
        "SELECT p.text, g.grid_id, SUM(EXISTS (SELECT 1 FROM org_cover o JOIN org k USING (org_id) WHERE "
        "o.target_kind = 'building' AND o.target_id = b.building_id AND k.org_kind = 'building_group' "
        f"AND o.is_covered AND {_COVER})), COUNT(*) {_HOUSES}"
    )
    found["ORG-04"] = (
        "SELECT p.text, g.grid_id, SUM(EXISTS (SELECT 1 FROM post_target t JOIN post o USING (post_id) WHERE "
        "t.target_kind = 'building' AND t.target_id = b.building_id AND o.post_kind = 'building_lead' "
        f"AND {_COVER})), COUNT(*) {_HOUSES}"
    )
    return found


def main(store: str, out: Path) -> None:
    """Ask, tell, write."""
    conn = sqlite3.connect(store)
    conn.execute("PRAGMA cache_size = -1000000")  # a gigabyte: the store stays in memory
    data_on = date.fromisoformat(conn.execute("SELECT MAX(data_on) FROM batch").fetchone()[0])
    days = "SELECT MIN(visited_on) FROM visit", "SELECT MIN(accepted_on) FROM case_file"
    first = min(date.fromisoformat(conn.execute(query).fetchone()[0]) for query in days)
    cut = data_on + timedelta(days=1)
    periods = [
        (p.text, (p.start or date(1900, 1, 1)).isoformat(), min(p.end, cut).isoformat())
        for p in kept_periods(first, data_on)
    ]
    conn.execute("CREATE TEMP TABLE p (text TEXT PRIMARY KEY, start TEXT, end TEXT)")
    conn.executemany("INSERT INTO p VALUES (?, ?, ?)", periods)
    began = time.perf_counter()
    found = {code: conn.execute(query).fetchall() for code, query in queries().items()}
    print(time.perf_counter() - began)
    with out.open("w", newline="") as file:
        writer = csv.writer(file)
        for code, rows in found.items():
            writer.writerows((code, *row) for row in rows if row[2] or row[3])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
