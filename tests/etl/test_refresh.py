"""What a load changes of the facts is what counting everything anew would give, whatever the load was."""

import itertools
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from benchmarks.prefecture import DATA_ON, Sizes
from data import schema
from data.queries import building_states
from data.store import open_store, reading
from etl.load import _known
from etl.plan import Plan, read_plan
from etl.refresh import FactChanges, fact_changes
from etl.states import building_states_of, state_changes
from etl.touched import touched_communities
from etl.verify import rebuild, verify
from etl.write import Outcome, write_load
from tests.support.made_prefecture import made_prefecture

SIZES = Sizes(townships=2, communities=5, grids_each=2, buildings=40, households=90, visits=250, cases=120, months=3)
# Ids are dealt out in order: county 1, townships 2 and 3, communities 4 to 8, then three grids each.
COMMUNITIES = range(4, 9)
GRIDS = range(9, 24)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small invented prefecture with all its facts."""
    return made_prefecture(tmp_path_factory.mktemp("base") / "store.db", SIZES)


def copy_of(base: Path, name: str) -> Engine:
    # A file of its own each time: the log of an earlier one under the same name would be read as part of it.
    return open_store(f"sqlite:///{shutil.copy(base, base.with_name(f'{next(_copies)}-{name}'))}")


_copies = itertools.count()


def load(engine: Engine, change: Callable[[Plan], Any], data_on: date | None = None) -> FactChanges:
    """A load that makes some changes of the plan, as etl.load writes it."""
    with reading(engine) as conn:
        known, plan = _known(conn), read_plan(conn)
    change(plan)
    day = data_on or known.data_on
    assert day is not None
    with reading(engine) as conn:
        facts = fact_changes(conn, plan, day, known.data_on)
    states = state_changes(plan, day, known.data_on, facts.part)
    write_load(engine, plan, Outcome(None, day, [], [], {}), known, facts, states)
    return facts


def is_right(engine: Engine) -> bool:
    """Whether every fact and building state is what the rows give."""
    found = verify(engine, "NBS2020").differences
    assert not found, found[:3]
    with reading(engine) as conn:
        stored, plan, day = building_states(conn), read_plan(conn), _known(conn).data_on
    assert day is not None
    counted = building_states_of(plan, day).sort_values("building_id", ignore_index=True)
    for name in stored.columns:
        pairs = zip(stored[name], counted[name], strict=True)
        assert all((pd.isna(a) and pd.isna(b)) or a == b or pd.Timestamp(a) == pd.Timestamp(b) for a, b in pairs), name
    return True


# --- what one load may do ---------------------------------------------------------------------------------------------


def row(table: schema.Table, **values: Any) -> pd.DataFrame:
    del table
    return pd.DataFrame([values], dtype=object)


def call_on(plan: Plan, home: int, days: int, met: bool) -> None:
    day = DATA_ON - timedelta(days=days)
    plan.put(
        schema.visit,
        row(
            schema.visit, visit_no=f"N{home}-{days}", household_id=f"{home:016x}", visited_on=day, is_valid=met,
            visit_result="met" if met else "absent", has_photo=None, lon=109.5, lat=30.5,
        ),
        ["visit_no"], id_name="visit_id",
    )  # fmt: skip


def take_back_visits(plan: Plan, number: int) -> None:
    visits = plan.rows(schema.visit)
    visit = visits.iloc[[number % len(visits)]]
    plan.void_others(schema.visit, visit[["visit_no"]], ["visit_no"], ["visit_no"], keep=visit.iloc[:0])


def move_household(plan: Plan, home: int, building: int, left: bool) -> None:
    moved = row(schema.household, household_id=f"{home:016x}", building_id=building,
                moved_out_on=DATA_ON - timedelta(days=20) if left else None)  # fmt: skip
    plan.patch(schema.household, moved)


def settle(plan: Plan, case: int, lifecycle: str, days: int) -> None:
    day = DATA_ON - timedelta(days=days)
    plan.patch(schema.case_file, row(schema.case_file, case_id=case, lifecycle=lifecycle, outcome="success",
                                     closed_on=day, resolved_on=day, due_on=None))  # fmt: skip


def send_back(plan: Plan, case: int) -> None:
    plan.put(schema.case_step, row(schema.case_step, case_id=case, step_seq=2, step_op="return", step_on=DATA_ON,
                                   lifecycle_after="30"), ["case_id", "step_seq"])  # fmt: skip


def hold(plan: Plan, case: int, days: int, length: int) -> None:
    """An extension that was approved, and the day the handling goes on."""
    for seq, (day, after) in enumerate(((days, "33"), (days - length, "30")), start=2):
        plan.put(schema.case_step, row(schema.case_step, case_id=case, step_seq=seq, step_op="extend",
                                       step_on=DATA_ON - timedelta(days=day), lifecycle_after=after),
                 ["case_id", "step_seq"])  # fmt: skip


def move_building(plan: Plan, building: int, grid: int, days: int) -> None:
    """A boundary drawn on a day brings a building to another grid; the former one holds before."""
    day = DATA_ON - timedelta(days=days)
    plan.patch(schema.building_grid, row(schema.building_grid, building_id=building, valid_from=date(2015, 1, 1),
                                         valid_to=day))  # fmt: skip
    plan.put(schema.building_grid, row(schema.building_grid, building_id=building, valid_from=day, grid_id=grid,
                                       way="footprint"), ["building_id", "valid_from"])  # fmt: skip


def correct_building(plan: Plan, building: int, grid: int) -> None:
    """It never lay where it was said to."""
    plan.patch(schema.building_grid, row(schema.building_grid, building_id=building, valid_from=date(2015, 1, 1),
                                         grid_id=grid))  # fmt: skip


def dissolve_org(plan: Plan, org: int) -> None:
    plan.patch(schema.org, row(schema.org, org_id=org, org_kind="unit"))
    plan.void_others(schema.post, row(schema.post, post_no=f"P{org}"), ["post_no"], ["post_no"],
                     keep=pd.DataFrame({"post_no": []}))  # fmt: skip


def close_facility(plan: Plan, facility: int, community: int) -> None:
    plan.patch(schema.facility, row(schema.facility, facility_id=facility, facility_state="closed",
                                    community_id=community))  # fmt: skip


def found_grid(plan: Plan, community: int) -> None:
    number = plan.next_id(schema.area, "area_id")
    plan.put(schema.area, row(schema.area, area_id=number, level="grid", parent_id=community, area_name="新网格",
                              is_relocation=False, is_inferred=False, is_context=False), ["area_id"])  # fmt: skip


def drop_building(plan: Plan, building: int) -> None:
    gone = row(schema.building, building_code=f"{building:017}")
    plan.void_others(schema.building, gone, ["building_code"], ["building_code"], keep=gone.iloc[:0])


def make_site(plan: Plan, community: int) -> None:
    plan.patch(schema.area, row(schema.area, area_id=community, is_relocation=True))


def nothing(plan: Plan) -> None:
    """A load of what is there already."""


homes, buildings, days = st.integers(0, 89), st.integers(1, 40), st.integers(0, 100)
grids, cases = st.sampled_from(GRIDS), st.integers(1, 120)


def one(change: Callable[..., None], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(change), *arguments)


CHANGES = st.lists(
    st.one_of(
        one(call_on, homes, st.integers(-20, 400), st.booleans()),
        one(take_back_visits, st.integers(0, 300)),
        one(move_household, homes, buildings, st.booleans()),
        one(settle, cases, st.sampled_from(["50", "60", "70", "80", "30"]), days),
        one(send_back, cases),
        one(hold, cases, days, st.integers(0, 90)),
        one(move_building, buildings, grids, days),
        one(correct_building, buildings, grids),
        one(dissolve_org, st.integers(1, 20)),
        one(close_facility, st.integers(1, 5), st.sampled_from(COMMUNITIES)),
        one(found_grid, st.sampled_from(COMMUNITIES)),
        one(drop_building, buildings),
        one(make_site, st.sampled_from(COMMUNITIES)),
        one(nothing),
    ),
    min_size=1, max_size=4,
)  # fmt: skip
LOADS = st.lists(st.tuples(CHANGES, st.sampled_from([0, 0, 0, 1, 14, 45])), min_size=1, max_size=2)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(loads=LOADS)
def test_facts_after_any_loads_are_those_of_counting_everything(base: Path, loads: list[Any]) -> None:
    engine = copy_of(base, "any.db")
    day = DATA_ON
    for changes, later in loads:
        day += timedelta(days=later)

        def apply(plan: Plan, changes: list[Any] = changes) -> None:
            for change, *arguments in changes:
                change(plan, *arguments)

        load(engine, apply, day)
    assert is_right(engine)
    engine.dispose()


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(st.tuples(homes, days, st.booleans()), min_size=2, max_size=12), data=st.data())
def test_a_shuffled_or_split_load_gives_the_same_facts(base: Path, calls: list[Any], data: st.DataObject) -> None:
    calls = list({call[:2]: call for call in calls}.values())
    shuffled = data.draw(st.permutations(calls))
    cut = data.draw(st.integers(0, len(calls)))

    def put(plan: Plan, some: list[Any]) -> None:
        for call in some:
            call_on(plan, *call)

    whole, split = copy_of(base, "whole.db"), copy_of(base, "split.db")
    load(whole, lambda plan: put(plan, calls))
    load(split, lambda plan: put(plan, shuffled[:cut]))
    load(split, lambda plan: put(plan, shuffled[cut:]))
    assert stored(whole) == stored(split)
    whole.dispose()
    split.dispose()


def stored(engine: Engine, before: str = "9999") -> dict[tuple[str, int, str], tuple[float, float]]:
    """The facts of months before one."""
    with reading(engine) as conn:
        rows = conn.execute(select(schema.fact)).all()
    is_month = {row.period for row in rows if len(row.period) == 7 and "Q" not in row.period}
    return {
        (row.indicator, row.area_id, row.period): (row.numerator, row.denominator)
        for row in rows
        if before == "9999" or (row.period in is_month and row.period < before)
    }


def test_a_line_moved_on_a_date_changes_no_earlier_month(base: Path) -> None:
    engine = copy_of(base, "line.db")
    earlier = stored(engine, "2020-11")
    here = place(engine, 1)
    other = next(grid for grid in GRIDS if grid not in (here, here + 1, here - 1))
    # 1 November: everything in the building, its visits and its cases move with it.
    load(engine, lambda plan: move_building(plan, 1, other, days=60))
    assert stored(engine, "2020-11") == earlier
    assert stored(engine) != stored(copy_of(base, "base.db"))
    assert is_right(engine)


def place(engine: Engine, building: int) -> int:
    t = schema.building_grid
    with reading(engine) as conn:
        return int(conn.execute(select(t.c.grid_id).where(t.c.building_id == building)).scalar_one())


# --- how much it does -------------------------------------------------------------------------------------------------


def test_only_the_community_of_a_visit_is_counted_and_only_what_differs_is_written(base: Path) -> None:
    engine = copy_of(base, "few.db")
    changes = load(engine, lambda plan: call_on(plan, 5, 3, met=False))
    assert changes.part is not None and len(changes.part.communities) == 1
    assert not changes.is_full and not changes.dropped
    # It is the first call whose place was recorded: these two were not stored.
    assert {counts.code for counts in changes.whole} <= {"VIS-04", "VIS-05"}
    written = pd.concat([*changes.updated, *changes.added])
    # A call that met nobody: one more of all calls; no photo was told, no place kept there before.
    assert "VIS-06" in set(written["indicator"]) and set(written["indicator"]) <= {"VIS-03", "VIS-06"}
    assert is_right(engine)


def test_facts_that_did_not_change_stay_those_of_their_batch(base: Path) -> None:
    engine = copy_of(base, "batch.db")
    load(engine, lambda plan: settle(plan, 3, "60", 4))
    with reading(engine) as conn:
        of = dict(conn.execute(select(schema.fact.c.batch_id, func.count()).group_by(schema.fact.c.batch_id)).all())
    assert set(of) == {2, 3} and of[2] > of[3]


def test_a_later_data_date_changes_only_periods_that_reach_it(base: Path) -> None:
    engine = copy_of(base, "later.db")
    changes = load(engine, nothing, date(2021, 1, 10))
    assert changes.part is not None and not changes.part.communities
    assert {period for counts in changes.whole for period in counts.periods} == {
        "2021-01", "2021-Q1", "2021", *(f"{kind}:2021-01-10" for kind in ("ytd", "last30", "last90", "last365",
                                                                         "todate")),
    }  # fmt: skip
    assert changes.dropped == []
    assert is_right(engine)
    # From within a month to another day of it: that month, its quarter and its year are counted again.
    changes = load(engine, nothing, date(2021, 1, 12))
    assert "2021-01" in changes.dropped and "ytd:2021-01-10" in changes.dropped and "2020-12" not in changes.dropped
    assert is_right(engine)


def test_an_indicator_new_in_this_version_is_counted_for_all(base: Path) -> None:
    engine = copy_of(base, "new.db")
    with engine.begin() as conn:
        conn.execute(schema.fact.delete().where(schema.fact.c.indicator == "SAT-02"))
    load(engine, lambda plan: call_on(plan, 5, 3, met=True))
    assert is_right(engine)


def test_a_new_township_or_parent_means_everything(base: Path) -> None:
    engine = copy_of(base, "tree.db")
    with reading(engine) as conn:
        plan = read_plan(conn)
    assert touched_communities(plan) == frozenset()
    plan.patch(schema.area, row(schema.area, area_id=5, parent_id=3))
    assert touched_communities(plan) is None
    changes = load(engine, lambda plan: plan.patch(schema.area, row(schema.area, area_id=4, parent_id=3)))
    assert changes.is_full and is_right(engine)


# --- python -m etl rollup ---------------------------------------------------------------------------------------------


def test_verify_names_every_difference_and_rollup_mends_it(base: Path) -> None:
    engine = copy_of(base, "wrong.db")
    t = schema.fact
    at = (t.c.area_id == 1, t.c.period == "2020")
    with engine.begin() as conn:
        conn.execute(t.update().where(t.c.indicator == "VIS-01", *at).values(numerator=t.c.numerator + 1))
        conn.execute(t.delete().where(t.c.indicator == "DIS-03", *at))
        conn.execute(t.insert().values(indicator="OLD-01", area_id=1, period="2020", basis="ledger", numerator=1,
                                       denominator=2))  # fmt: skip
        conn.execute(t.insert().values(indicator="VIS-01", area_id=1, period="2020", basis="published", numerator=7))
    found = verify(engine, "NBS2020").differences
    assert [(d.indicator, d.area_code, d.period) for d in found] == [
        (code, "000000000001", "2020") for code in ("DIS-03", "OLD-01", "VIS-01")
    ]
    missing, stranger, wrong = found
    assert missing.stored == (0, 0) != missing.counted
    assert stranger.counted == (0, 0) and stranger.stored == (1, 2)
    assert wrong.stored == (wrong.counted[0] + 1, wrong.counted[1])
    assert "000000000001 区域1 · VIS-01 走访覆盖率 · 2020" in wrong.words("zh")
    assert rebuild(engine, "NBS2020").batch_id == 3
    assert is_right(engine)
    with engine.connect() as conn:
        assert conn.execute(select(func.count()).where(t.c.basis == "published")).scalar() == 1
    assert rebuild(engine, "NBS2020").batch_id is None


def test_children_and_unplaced_sum_to_their_parent_everywhere(base: Path) -> None:
    engine = copy_of(base, "sums.db")
    with reading(engine) as conn:
        rows = [tuple(row)[:6] for row in conn.execute(select(schema.fact))]
        parents = dict(conn.execute(select(schema.area.c.area_id, schema.area.c.parent_id)).all())
        unplaced = set(
            conn.execute(select(schema.area.c.area_id).where(schema.area.c.area_kind == "unplaced")).scalars()
        )
    facts = pd.DataFrame(rows, columns=["indicator", "area_id", "period", "basis", "numerator", "denominator"])
    assert facts["area_id"].isin(unplaced).any()
    # REL is counted by community: there are no grids below.
    facts = facts[~((facts["area_id"] >= GRIDS[0]) & facts["indicator"].str.startswith("REL"))]
    facts["parent_id"] = facts["area_id"].map(parents)
    keys = ["indicator", "period"]
    sums = facts.groupby([*keys, "parent_id"])[["numerator", "denominator"]].sum()
    sums.index = sums.index.set_names([*keys, "area_id"])
    own = facts.set_index([*keys, "area_id"])[["numerator", "denominator"]].sort_index()
    above = own[own.index.get_level_values("area_id") < COMMUNITIES[0]]
    assert len(above) and above.equals(sums.reindex(above.index))
    communities = own[own.index.get_level_values("area_id").isin(COMMUNITIES)]
    communities = communities[~communities.index.get_level_values("indicator").str.startswith("REL")]
    assert len(communities) and communities.equals(sums.reindex(communities.index))
