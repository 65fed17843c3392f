"""The facts of the tiny county, each counted by hand from tests/etl/tiny.py."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, delete

import etl.load
from data import schema
from data.queries import building_states
from data.store import open_store, reading, upgrade, writing
from etl.ask import read_facts
from etl.errors import LoadError
from etl.load import Outcome
from etl.verify import rebuild, rebuild_where_lacking, verify
from tests.etl import tiny
from tests.etl.tiny import A1, A2, B1, A, B

Load = Callable[..., Outcome]
LOST = f"{B}000"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The tiny county, loaded; the data date is its last visit, 10 December 2020. Read only."""
    folder = tmp_path_factory.mktemp("counted")
    engine = open_store(f"sqlite:///{folder / 'store.db'}")
    upgrade(engine)
    etl.load.load(engine, [tiny.write_county(folder / "county")], edition="NBS2020", today=date(2021, 1, 15))
    return engine


def facts(engine: Engine, indicator: str, level: str, period: str) -> dict[str, tuple[int, int]]:
    rows = read_facts(engine, indicator, level, period, "NBS2020")
    return {row["area_code"]: (row["numerator"], row["denominator"]) for row in rows}


@pytest.mark.parametrize(
    ("indicator", "period", "expected"),
    [
        # Z1 is established and covers A1; Z2 covers B1 without being its own; A2 has none; 未落格 is no grid.
        ("ORG-01", "2020", {A1: (1, 1), A2: (0, 1), B1: (0, 1)}),
        ("ORG-02", "2020", {A1: (1, 1), A2: (0, 1), B1: (1, 1)}),
        # Z2 was set up in June.
        ("ORG-02", "2020-05", {A1: (1, 1), A2: (0, 1), B1: (0, 1)}),
        # Of the lived-in buildings 1 and 2 one has a group; the public building 3 does not count.
        ("ORG-03", "2020", {A1: (1, 2), A2: (0, 1), LOST: (0, 1)}),
        # The lead of building 2 left on 1 July.
        ("ORG-04", "2020-06", {A1: (1, 2), A2: (0, 1), LOST: (0, 1)}),
        ("ORG-04", "2020", {A1: (0, 2), A2: (0, 1), LOST: (0, 1)}),
        # H1 was met, H2 was not in, H3 never called on; H4 moved in on 1 July, H5 out on 1 March; H6 is in 未落格.
        ("VIS-01", "2020", {A1: (1, 3), A2: (1, 1), LOST: (1, 1)}),
        ("VIS-01", "2020-02", {A1: (0, 3), A2: (1, 1), LOST: (0, 1)}),
        ("VIS-01", "2020-06", {A1: (1, 3), LOST: (0, 1)}),
        ("VIS-01", "2020-Q3", {A1: (0, 3), A2: (1, 1), LOST: (0, 1)}),
        ("VIS-01", "last30:2020-12-10", {A1: (0, 3), A2: (0, 1), LOST: (1, 1)}),
        # H1 has 3 people, H2 4, H3 is not recorded.
        ("VIS-02", "ytd:2020-12-10", {A1: (3, 7), A2: (2, 2), LOST: (1, 1)}),
        # V1, V2 met, V3 not; V4 and V6 (of the household that moved out) met; V5 met.
        ("VIS-06", "todate:2020-12-10", {A1: (2, 3), A2: (2, 2), LOST: (1, 1)}),
        # D1 resolved; D2 reopened; D3 accepted only.
        ("DIS-03", "2020", {A1: (1, 1), A2: (0, 1), LOST: (0, 1)}),
        ("DIS-03", "2020-06", {A2: (0, 1)}),
        ("DIS-04", "2020", {A1: (1, 1), A2: (0, 1), LOST: (0, 1)}),
        # D1 was closed on 18 May; at the end of May nothing was open, at the end of July D2 and past its day.
        ("DIS-07", "2020-05", {}),
        ("DIS-07", "2020-07", {A2: (1, 1)}),
        ("DIS-07", "2020-08", {A2: (1, 1), LOST: (0, 1)}),
    ],
)
def test_facts_of_grids(counted: Engine, indicator: str, period: str, expected: dict[str, tuple[int, int]]) -> None:
    assert facts(counted, indicator, "grid", period) == expected


def test_children_sum_to_their_parents(counted: Engine) -> None:
    assert facts(counted, "VIS-01", "community", "2020") == {A: (2, 4), B: (1, 1)}
    assert facts(counted, "VIS-01", "township", "2020") == {"422825100": (3, 5)}
    assert facts(counted, "VIS-01", "county", "2020") == {"422825": (3, 5)}


def test_a_relocation_community_is_complete_when_every_household_has_a_plot(counted: Engine) -> None:
    # The five other facilities stand since 2019; 79 of 80 plots in June, all of them on 1 December.
    assert facts(counted, "REL-01", "community", "2020-11") == {B: (0, 1)}
    assert facts(counted, "REL-01", "community", "2020-12") == {B: (1, 1)}
    assert facts(counted, "REL-01", "county", "2020") == {"422825": (1, 1)}


def test_every_period_of_the_year_is_kept(counted: Engine) -> None:
    with reading(counted) as conn:
        periods = set(pd.read_sql(schema.fact.select(), conn)["period"])
    # From the first visit, 1 February.
    assert {"2020-02", "2020-12", "2020-Q1", "2020", "ytd:2020-12-10", "last365:2020-11-30"} <= periods
    assert "2020-01" not in periods and "todate:2020-12-10" in periods


def test_building_states_say_what_the_year_brought(counted: Engine) -> None:
    with reading(counted) as conn:
        states = building_states(conn)
        ids = dict(conn.execute(schema.building.select().with_only_columns(
            schema.building.c.building_id, schema.building.c.building_code)).all())  # fmt: skip
    states.index = pd.Index(states["building_id"].map(ids))
    assert states["building_state"].to_dict() == {
        f"{A}00001": "partly", f"{A}00002": "not_visited", f"{A}00003": "not_applicable", f"{A}00004": "visited",
        f"{B}00001": "visited",
    }  # fmt: skip
    first = states.loc[f"{A}00001"]
    assert (first["households_count"], first["households_visited_count"]) == (2, 1)
    assert first["last_visit_on"].date() == date(2020, 6, 1) and first["as_of_on"].date() == date(2020, 12, 10)
    # D1 is closed; D2 lies at a point, not at a building.
    assert states["open_disputes_count"].sum() == 0
    # H5 moved out: building 4 has one household left.
    assert states.loc[f"{A}00004", "households_count"] == 1
    assert pd.isna(states.loc[f"{A}00003", "households_count"])


def test_a_building_called_on_in_vain_is_absent_and_one_without_register_unknown(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    tiny.write_register(county, tiny.HOUSEHOLDS[:2])
    tiny.write_visits(county, [tiny.VISITS[2]])
    headings = ("建议编号", "所属社区", "楼栋编码", "意见类别", "收集日期", "受理日期", "状态")
    rows = [("S1", "东门", f"{A}00001", "道路停车", "2020-05-01", "2020-05-02", "办理中")]
    tiny.write_book(county / "意见建议台账.xlsx", {"建议登记": (headings, rows)})
    load(sqlite_engine, county)
    with reading(sqlite_engine) as conn:
        states = building_states(conn).set_index("building_id")
    assert states["building_state"].tolist() == ["absent", "unknown", "not_applicable", "unknown", "unknown"]
    assert states["open_suggestions_count"].tolist() == [1, 0, 0, 0, 0]
    assert facts(sqlite_engine, "APP-01", "grid", "2020") == {A1: (0, 1)}


def test_a_suggestion_needs_no_outcome_to_be_closed(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = ("建议编号", "所属社区", "网格编码", "意见类别", "收集日期", "受理日期", "办结日期", "状态")
    rows = [
        ("S1", "东门", A1, "道路停车", "2020-05-01", "2020-05-02", "2020-05-09", "已办结"),
        ("S2", "东门", A1, "其他", "2020-05-01", "2020-05-02", "", "不予受理"),
    ]
    tiny.write_book(county / "意见建议台账.xlsx", {"建议登记": (headings, rows)})
    load(sqlite_engine, county)
    assert facts(sqlite_engine, "APP-01", "grid", "2020") == {A1: (1, 1)}


def test_buildings_are_counted_in_the_grid_they_lay_in_then(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    moved = [(A1, "东门一", A, tiny.cell(0, 0, 0.4, 2)), (A2, "东门二", A, tiny.cell(0.4, 0, 1.6, 2)), tiny.GRIDS[2]]
    tiny.write_grids(county, moved, drawn="2020-10-01")
    load(sqlite_engine, county / "网格边界.shp")
    # Building 2 and its household H3 belonged to A1 until the end of September.
    assert facts(sqlite_engine, "VIS-01", "grid", "2020-09") == {A1: (0, 3), A2: (0, 1), LOST: (0, 1)}
    assert facts(sqlite_engine, "VIS-01", "grid", "2020-10") == {A1: (0, 2), A2: (0, 2), LOST: (0, 1)}


def test_cases_are_counted_in_the_grid_they_lay_in_then(sqlite_engine: Engine, load: Load, county: Path) -> None:
    # D1 lies at building 1, D2 at a point in A2; at the end of June D2 is open.
    load(sqlite_engine, county)
    before = {period: facts(sqlite_engine, "DIS-03", "grid", period) for period in ("2020-05", "2020-06")}
    assert before == {"2020-05": {A1: (1, 1)}, "2020-06": {A2: (0, 1)}}
    moved = [(A1, "东门一", A, tiny.cell(0.4, 0, 1.6, 2)), (A2, "东门二", A, tiny.cell(0, 0, 0.4, 2)), tiny.GRIDS[2]]
    tiny.write_grids(county, moved, drawn="2020-10-01")
    load(sqlite_engine, county / "网格边界.shp")
    # Since October building 1 lies in A2 and the point in A1; the months before are as they were.
    assert {period: facts(sqlite_engine, "DIS-03", "grid", period) for period in before} == before
    assert facts(sqlite_engine, "DIS-07", "grid", "2020-09") == {A2: (1, 1), LOST: (1, 1)}
    assert facts(sqlite_engine, "DIS-07", "grid", "2020-10") == {A1: (1, 1), LOST: (1, 1)}
    assert facts(sqlite_engine, "DIS-03", "grid", "2020") == {A1: (0, 1), A2: (1, 1), LOST: (0, 1)}
    assert verify(sqlite_engine, "NBS2020").different == 0


def test_a_case_without_a_due_day_is_due_by_the_limit_of_its_kind(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    silent = [(*row[:9], None, *row[10:]) for row in tiny.DISPUTES]
    tiny.write_disputes(county, silent)
    load(sqlite_engine, county)
    # One month after their acceptance on 2 May, 3 June and 2 August; D1 was resolved on 18 May.
    assert facts(sqlite_engine, "DIS-04", "grid", "2020") == {A1: (1, 1), A2: (0, 1), LOST: (0, 1)}
    assert facts(sqlite_engine, "DIS-04", "grid", "2020-07") == {A2: (0, 1)}


HELD = [
    *tiny.STEPS[:4],
    ("D2", 2, "办理", "2020-06-10", "调解中", "东门社区"),
    ("D2", 3, "延期", "2020-06-20", "挂起", "东门社区"),
    ("D2", 4, "办理", "2020-08-09", "调解中", "东门社区"),
    ("D3", 1, "延期", "2020-08-20", "挂起", "新居社区"),
]


@pytest.mark.parametrize("at_once", [True, False])
def test_an_approved_hold_stops_the_clock_and_moves_the_due_day(
    sqlite_engine: Engine, load: Load, county: Path, at_once: bool
) -> None:
    tiny.write_disputes(county, steps=HELD if at_once else HELD[:5])
    load(sqlite_engine, county)
    if not at_once:
        # D2 is past its day since 2 July, D3 since 1 September; then the log of their holds comes.
        assert facts(sqlite_engine, "DIS-07", "grid", "2020-07") == {A2: (1, 1)}
        assert facts(sqlite_engine, "DIS-07", "grid", "2020") == {A2: (1, 1), LOST: (1, 1)}
        tiny.write_disputes(county, steps=HELD)
        load(sqlite_engine, county / "矛盾纠纷台账.xlsx")
    # On hold at the end of July; 50 days later than 2 July is 21 August; D3 is on hold to this day.
    assert facts(sqlite_engine, "DIS-07", "grid", "2020-07") == {A2: (0, 1)}
    assert facts(sqlite_engine, "DIS-07", "grid", "2020-08") == {A2: (1, 1), LOST: (0, 1)}
    assert facts(sqlite_engine, "DIS-07", "grid", "todate:2020-08-31") == {A2: (1, 1), LOST: (0, 1)}
    assert facts(sqlite_engine, "DIS-07", "grid", "2020") == {A2: (1, 1), LOST: (0, 1)}
    # Due when its hold has passed, and not at all as long as it lasts.
    for code in ("DIS-04", "CAS-03"):
        assert facts(sqlite_engine, code, "grid", "2020-07") == {}
        assert facts(sqlite_engine, code, "grid", "2020-08") == {A2: (0, 1)}
        assert LOST not in facts(sqlite_engine, code, "grid", "2020")
    assert verify(sqlite_engine, "NBS2020").different == 0


def test_places_of_visits_count_only_where_the_ledger_keeps_them(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    load(sqlite_engine, county)
    assert facts(sqlite_engine, "VIS-05", "grid", "2020") == {}
    with sqlite_engine.begin() as conn:
        # At the door of building 1, which is the household's own.
        door = conn.execute(schema.building.select().where(schema.building.c.building_code == f"{A}00001")).one()
        home = conn.execute(schema.household.select().where(schema.household.c.building_id == door.building_id)).first()
        at = schema.visit.update().where(schema.visit.c.household_id == home.household_id)
        conn.execute(at.values(lon=door.lon, lat=door.lat, has_note=True))
    rebuild(sqlite_engine, "NBS2020")
    located = facts(sqlite_engine, "VIS-05", "grid", "2020")
    assert set(located) == {A1, A2} and located[A1][0] > 0 and located[A2][0] == 0
    assert facts(sqlite_engine, "VIS-04", "grid", "2020")[A1][0] <= located[A1][0]


def test_an_upgrade_counts_what_a_store_of_before_has_no_numbers_of(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    load(sqlite_engine, county)
    with writing(sqlite_engine) as conn:
        gone = conn.execute(delete(schema.fact).where(schema.fact.c.indicator.endswith("@end"))).rowcount
    assert gone and verify(sqlite_engine, "NBS2020").different == gone
    found = rebuild_where_lacking(sqlite_engine, "NBS2020")
    assert found is not None and found.different == gone and verify(sqlite_engine, "NBS2020").different == 0
    assert rebuild_where_lacking(sqlite_engine, "NBS2020") is None


def test_a_rollup_is_refused_while_the_store_is_empty(sqlite_engine: Engine) -> None:
    with pytest.raises(LoadError, match="还没有数据"):
        verify(sqlite_engine, "NBS2020")
