"""`python -m benchmarks.peer.some_facts ADDRESS`: a load of 10,000 visits in three communities, on the same data date.

Prints the seconds that its facts and building states take, counted and written; reading the store and writing the
visits themselves belong to the load and are left out.
"""

import sys
import time
from datetime import timedelta

import numpy as np

from benchmarks.prefecture import DATA_ON, visit_rows
from data import schema, writes
from data.store import open_store, reading, writing
from etl.plan import read_plan
from etl.refresh import fact_changes
from etl.states import state_changes
from etl.write import write_facts, write_states

ROWS, COMMUNITIES = 10_000, 3


def main(address: str) -> None:
    """Load and tell."""
    engine = open_store(address)
    with reading(engine) as conn:
        plan = read_plan(conn)
    buildings = plan.rows(schema.building)
    chosen = sorted(set(buildings["community_id"]))[:COMMUNITIES]
    inside = set(buildings["building_id"][buildings["community_id"].isin(chosen)])
    households = plan.columns(schema.household, "household_id", only=("building_id", inside))["household_id"]
    rng = np.random.default_rng(2)
    days = (np.datetime64(DATA_ON - timedelta(days=30)) + rng.integers(0, 31, ROWS)).astype(object)
    homes = [int(number, 16) for number in households]
    visits = visit_rows(rng, ROWS, days, homes, first=plan.next_id(schema.visit, "visit_id"))
    plan.put(schema.visit, visits, ["visit_no"])
    began = time.perf_counter()
    with reading(engine) as conn:
        facts = fact_changes(conn, plan, DATA_ON, DATA_ON)
    states = state_changes(plan, DATA_ON, DATA_ON, facts.part)
    counted = time.perf_counter()
    with writing(engine) as conn:
        # As in a load: rows first, or verify would find facts of visits that are not there.
        writes.insert_rows(conn, schema.visit, visits.assign(batch_id=1, is_void=False))
        written = time.perf_counter()
        write_facts(conn, facts, 2)
        write_states(conn, states)
        done = time.perf_counter()
    print(counted - began + done - written)


if __name__ == "__main__":
    main(sys.argv[1])
