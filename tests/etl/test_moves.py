"""A household that moves leaves its past where it was: months already reported stay as they were said."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from benchmarks.prefecture import DATA_ON, Sizes
from data import schema
from data.counts import count_households, subtree
from data.quality import JUDGED, kept
from data.store import reading, writing
from etl.lineage import read_lineage
from etl.load import Outcome
from etl.plan import Plan
from etl.take_stays import Days, settle_stays
from etl.undo import undo
from etl.verify import verify
from tests.etl import tiny
from tests.etl.test_mend import download
from tests.etl.test_refresh import copy_of, is_right, row
from tests.etl.test_refresh import load as load_plan
from tests.etl.test_undo import answers, differing
from tests.etl.tiny import A1, A2, A, B
from tests.support.made_prefecture import made_prefecture

Load = Callable[..., Outcome]
EDITION = "NBS2020"
MONTHS = tuple(f"2020-{month:02}" for month in range(1, 13))


def write_moved(folder: Path, building: str, moved_in: date | None = None, *, title: str = "台账", home: str = "H1",
                number: str = "台账") -> Path:  # fmt: skip
    """The register of the tiny county with one household in another building."""
    folder.mkdir(exist_ok=True)
    rows = [(own[0], building, "1", "3", "301", *own[5:7], moved_in, own[8]) if own[0] == home else own
            for own in tiny.HOUSEHOLDS]  # fmt: skip
    path = folder / f"户登记{number}.xlsx"
    return tiny.write_sheet(path, tiny.HOUSEHOLD_HEADINGS, rows, title=title)


def facts(engine: Engine, code: str, *periods: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Numerator and denominator by place and period."""
    t, codes = schema.fact, schema.area_code
    query = select(codes.c.code, t.c.period, t.c.numerator, t.c.denominator).join(
        codes, (codes.c.area_id == t.c.area_id) & codes.c.edition.in_((EDITION, "LOCAL"))
    )
    with reading(engine) as conn:
        rows = conn.execute(query.where(t.c.indicator == code, t.c.basis == "ledger")).all()
    return {(row.code, row.period): (int(row.numerator), int(row.denominator)) for row in rows
            if not periods or row.period in periods}  # fmt: skip


def every(engine: Engine, periods: tuple[str, ...]) -> dict[str, Any]:
    return {
        code: facts(engine, code, *periods) for code in ("VIS-01", "VIS-02", "VIS-03", "VIS-06", "VIS-07", "DIS-06")
    }


def stays(engine: Engine) -> list[tuple[Any, ...]]:
    t, h, b = schema.household_stay, schema.household, schema.building
    query = (
        select(h.c.household_no, b.c.building_code, t.c.valid_from, t.c.valid_to)
        .join(h, h.c.household_id == t.c.household_id).join(b, b.c.building_id == t.c.building_id)
        .where(t.c.is_void.is_(False)).order_by(h.c.household_no, t.c.stay_no)
    )  # fmt: skip
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(query)]


def test_a_month_already_reported_stays_as_it_was(engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(engine, county)
    before, whole = every(engine, MONTHS[:11]), answers(engine)
    assert facts(engine, "VIS-01")[A1, "2020-05"] == (1, 3)
    # From the first building (grid A1) into the other community, by a ledger without a day of moving in.
    load(engine, write_moved(tmp_path / "later", f"{B}00001", title="户登记台账(截至2020年12月10日)"))
    assert every(engine, MONTHS[:11]) == before
    year = facts(engine, "VIS-01", "2020")
    assert (year[A1, "2020"], year[B, "2020"]) == ((0, 2), (2, 2))
    assert facts(engine, "VIS-06", "2020")[A1, "2020"] == (2, 3)
    moved = date(2020, 12, 10)
    assert stays(engine) == [("H1", f"{A}00001", None, moved), ("H1", f"{B}00001", moved, None)]
    assert not verify(engine, EDITION).different
    with reading(engine) as conn:
        community = subtree(conn, conn.execute(select(schema.area_code.c.area_id).where(
            schema.area_code.c.code == B, schema.area_code.c.edition == EDITION)).scalar_one())  # fmt: skip
        assert [count_households(conn, community, day) for day in (date(2020, 12, 9), moved)] == [1, 2]
    assert undo(engine, 2, edition=EDITION).restored == {"household": 1}
    assert not differing(whole, answers(engine)) and not stays(engine)
    assert not verify(engine, EDITION).different
    print(f"R15: {len(before):,} facts of {len(MONTHS[:11])} reported months are as they were after a home moved")


@pytest.mark.parametrize(
    ("moved_in", "title", "begins"),
    [
        (date(2020, 7, 20), "台账", date(2020, 7, 20)),
        (None, "台账", date(2020, 12, 10)),  # the data date
        (None, "台账(截至2020-09-30)", date(2020, 9, 30)),
        (date(2020, 12, 1), "台账(截至2020-09-30)", date(2020, 9, 30)),
    ],
)
def test_a_stay_begins_on_the_day_of_moving_in_else_of_the_ledger(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path, moved_in: date | None, title: str, begins: date
) -> None:
    load(sqlite_engine, county)
    earlier = tuple(month for month in MONTHS if month < f"{begins:%Y-%m}")
    before = every(sqlite_engine, earlier)
    load(sqlite_engine, write_moved(tmp_path / "later", f"{A}00004", moved_in, title=title))
    assert every(sqlite_engine, earlier) == before
    assert [stay[2] for stay in stays(sqlite_engine)] == [None, begins]
    assert not verify(sqlite_engine, EDITION).different


def test_the_same_ledger_once_more_and_one_that_takes_it_back(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    before = every(sqlite_engine, ("2020",))
    path = write_moved(tmp_path / "later", f"{A}00004", title="截至2020年12月10日")
    load(sqlite_engine, path)
    known = stays(sqlite_engine)
    assert load(sqlite_engine, path).batch_id is None and stays(sqlite_engine) == known
    # A correction of the same day: it never moved.
    load(sqlite_engine, write_moved(tmp_path / "back", f"{A}00001", title="截至2020年12月10日", number="更正"))
    assert not stays(sqlite_engine) and every(sqlite_engine, ("2020",)) == before
    assert not verify(sqlite_engine, EDITION).different


def test_an_older_register_loaded_late_moves_nobody_back(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    load(sqlite_engine, write_moved(tmp_path / "later", f"{A}00004", title="截至2020年12月1日"))
    known, counted = stays(sqlite_engine), every(sqlite_engine, ("2020", *MONTHS))
    load(sqlite_engine, write_moved(tmp_path / "late", f"{A}00001", title="截至2020年6月30日", number="六月"))
    assert stays(sqlite_engine) == known and every(sqlite_engine, ("2020", *MONTHS)) == counted
    with reading(sqlite_engine) as conn:
        home, at = schema.household, schema.building
        query = select(at.c.building_code).join(home, home.c.building_id == at.c.building_id)
        assert conn.execute(query.where(home.c.household_no == "H1")).scalar_one() == f"{A}00004"


def test_a_household_told_of_later_begins_then_where_a_register_was_known(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    before = every(sqlite_engine, MONTHS[:9])
    rows = [("H7", f"{A}00002", "1", "1", "102", "普通", 2, None, None),
            ("H8", f"{A}00002", "1", "1", "103", "普通", 2, date(2020, 11, 3), None)]  # fmt: skip
    path = tiny.write_sheet(tmp_path / "户登记新增.xlsx", tiny.HOUSEHOLD_HEADINGS, rows, title="截至2020-10-20")
    with writing(sqlite_engine) as conn:
        conn.execute(update(schema.household).values(said_on=date(2020, 3, 31)))
    load(sqlite_engine, path)
    assert every(sqlite_engine, MONTHS[:9]) == before
    assert [facts(sqlite_engine, "VIS-01")[A1, month][1] for month in MONTHS[8:11]] == [3, 4, 5]
    assert not verify(sqlite_engine, EDITION).different


def test_visits_outside_the_stay_are_named(engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    outcome = load(engine, county)
    assert not [notice for notice in outcome.notices if "居住期" in notice.zh]
    # H4 moved in on 1 July, H5 left on 1 March.
    calls = [("V7", "H4", "2020-06-30", "W02", "入户", "见面", 1, "", ""),
             ("V8", "H4", "2020-07-01", "W02", "入户", "见面", 1, "", ""),
             ("V9", "H5", "2020-03-01", "W02", "入户", "见面", 1, "", "")]  # fmt: skip
    outcome = load(engine, tiny.write_visits(tmp_path, calls))
    (notice,) = [notice for notice in outcome.notices if "居住期" in notice.zh]
    assert "有2次走访" in notice.zh and "V7" in notice.zh and "2 visits lie outside" in notice.en and notice.row == 4
    # A move by a day before which the household was called on in its new home is no fault; one that began later is.
    path = write_moved(tmp_path / "later", f"{A}00002", date(2020, 7, 10), home="H4")
    (notice,) = [notice for notice in load(engine, path).notices if "居住期" in notice.zh]
    assert "有1次走访" in notice.zh and notice.column.startswith("户编号")
    judged = next(one for one in JUDGED if one.code == "visit")
    with reading(engine) as conn:
        (doubt,) = kept(conn, judged, date(2020, 1, 1)).doubts
    assert (doubt.count, doubt.of) == (2, 9)
    assert facts(engine, "VIS-06", "2020")["422825", "2020"] == (8, 9)


def test_the_rows_of_a_number_are_where_they_were(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    load(sqlite_engine, write_moved(tmp_path / "later", f"{A}00004", date(2020, 5, 20)))
    for code, area, period in [(code, area, period) for code in ("VIS-01", "VIS-02", "VIS-03", "VIS-06", "DIS-06")
                               for area in (A1, A2, A) for period in ("2020-05", "2020-06", "2020")]:  # fmt: skip
        found = read_lineage(sqlite_engine, code, area, period, EDITION, with_rows=True, lang="zh")
        assert found["agrees"] is not False, (code, area, period)
    (call,) = read_lineage(sqlite_engine, "VIS-06", A1, "2020-05", EDITION, with_rows=True, lang="zh")["rows"]
    assert (call["no"], call["area_code"]) == ("V1", A1)
    found = read_lineage(sqlite_engine, "VIS-01", A1, "2020", EDITION, with_rows=True, lang="zh")
    assert {"H1"}.isdisjoint(row["no"] for row in found["rows"])
    assert {"reason": "moved_out", "count": 1} in [
        {"reason": gone["reason"], "count": gone["count"]} for gone in found["left_out"]
    ]


def test_a_mended_row_corrects_and_moves_nothing(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    # The size of H1 cannot be read, and the building is another; a new household likewise.
    rows = [("H1", f"{A}00004", "1", "3", "301", "普通", "三个", None, None),
            ("H7", f"{A}00002", "1", "1", "102", "普通", "两个", None, None)]  # fmt: skip
    path = tiny.write_sheet(tmp_path / "户登记补.xlsx", tiny.HOUSEHOLD_HEADINGS, rows, title="截至2020-10-20")
    assert load(sqlite_engine, path).batch_id == 2 and not stays(sqlite_engine)
    book = download(sqlite_engine, 2, tmp_path / "改正表.xlsx")
    sheet: Any = book.worksheets[0]
    at = [cell.value for cell in sheet[1]].index("人口数(人)") + 1
    for number in (2, 3):
        sheet.cell(number, at).value = 3
    book.save(tmp_path / "改正表.xlsx")
    load(sqlite_engine, tmp_path / "改正表.xlsx")
    # As if the ledger had said so from the beginning.
    assert not stays(sqlite_engine)
    assert [facts(sqlite_engine, "VIS-01")[area, "2020-05"] for area in (A1, A2)] == [(0, 3), (1, 1)]
    assert not verify(sqlite_engine, EDITION).different


# --- any moves --------------------------------------------------------------------------------------------------------

SIZES = Sizes(townships=2, communities=4, grids_each=2, buildings=20, households=40, visits=200, cases=20, months=3)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_prefecture(tmp_path_factory.mktemp("moves") / "store.db", SIZES)


def move(plan: Plan, home: int, building: int, days: int, is_dated: bool, left: int) -> None:
    """A ledger of a day says that a household lives in a building, since when, and whether it left."""
    said = DATA_ON - timedelta(days=days)
    plan.patch(schema.household, row(
        schema.household, household_id=f"{home:016x}", building_id=building, said_on=said,
        moved_in_on=said - timedelta(days=7) if is_dated else None,
        moved_out_on=DATA_ON - timedelta(days=left) if left else None,
    ))  # fmt: skip


def call(plan: Plan, home: int, days: int) -> None:
    values = {"visited_on": DATA_ON - timedelta(days=days), "is_valid": True, "visit_result": "met"}
    plan.put(schema.visit, row(schema.visit, visit_no=f"N{home}-{days}", household_id=f"{home:016x}", **values),
             ["visit_no"], id_name="visit_id")  # fmt: skip


homes, days = st.integers(0, SIZES.households - 1), st.integers(0, 100)
MOVE = st.tuples(
    st.just(move), st.sampled_from([1, 2, 3, 4]), st.integers(1, SIZES.buildings), days, st.booleans(),
    st.sampled_from([0, 0, 0, 5, 50]),
)  # fmt: skip
LOADS = st.lists(st.lists(st.one_of(MOVE, MOVE, st.tuples(st.just(call), homes, days)), min_size=1, max_size=4),
                 min_size=1, max_size=4)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(loads=LOADS)
def test_facts_after_any_moves_are_what_a_plain_count_gives(base: Path, loads: list[Any]) -> None:
    engine = copy_of(base, "moves.db")
    for changes in loads:

        def apply(plan: Plan, changes: list[Any] = changes) -> None:
            for change, *arguments in changes:
                change(plan, *arguments)
            settle_stays(plan, Days(DATA_ON, {}))

        load_plan(engine, apply)
    assert is_right(engine)
    months = [f"{DATA_ON:%Y-%m}", f"{DATA_ON - timedelta(days=40):%Y-%m}"]
    assert plainly(engine, months) == stored(engine, months)
    engine.dispose()


def stored(engine: Engine, months: list[str]) -> dict[tuple[str, int, str], tuple[int, int]]:
    t = schema.fact
    query = select(t).where(t.c.indicator.in_(("VIS-01", "VIS-06", "DIS-06")), t.c.period.in_(months))
    with reading(engine) as conn:
        grids = set(conn.execute(select(schema.area.c.area_id).where(schema.area.c.level == "grid")).scalars())
        rows = conn.execute(query).all()
    return {
        (row.indicator, row.area_id, row.period): (
            0 if row.indicator == "DIS-06" else int(row.numerator), int(row.denominator)
        )
        for row in rows if row.area_id in grids and row.denominator
    }  # fmt: skip


def plainly(engine: Engine, months: list[str]) -> dict[tuple[str, int, str], tuple[int, int]]:
    """The same counted one household after the other, of the rows alone; of DIS-06 the households."""
    with reading(engine) as conn:
        grid = {r.building_id: r.grid_id for r in conn.execute(select(schema.building_grid))}
        own = defaultdict(list)
        for stay in conn.execute(select(schema.household_stay).where(schema.household_stay.c.is_void.is_(False))):
            own[stay.household_id].append((stay.valid_from, stay.valid_to, grid[stay.building_id]))
        for home in conn.execute(select(schema.household)):
            own[home.household_id] = own[home.household_id] or [
                (home.moved_in_on, home.moved_out_on, grid[home.building_id])
            ]
        calls = conn.execute(select(schema.visit).where(schema.visit.c.is_void.is_(False))).all()
    found: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0])
    for spans in own.values():
        spans.sort(key=lambda span: span[0] or date.min)
        assert all(one[1] is not None and one[1] <= next_[0] for one, next_ in itertools.pairwise(spans))
    for month in months:
        start = date.fromisoformat(f"{month}-01")
        last = min((start + timedelta(days=40)).replace(day=1) - timedelta(days=1), DATA_ON)
        here = [c for c in calls if start <= c.visited_on <= last]
        met = {c.household_id for c in here if c.is_valid}
        for home, spans in own.items():
            for since, until, place in spans:
                if (since is None or since <= last) and (until is None or until > last):
                    found["VIS-01", place, month][1] += 1
                    found["VIS-01", place, month][0] += home in met
                    found["DIS-06", place, month][1] += 1
        for c in here:
            spans = own[c.household_id]
            begun = [place for since, _, place in spans if since is None or since <= c.visited_on]
            place = begun[-1] if begun else spans[0][2]
            found["VIS-06", place, month][1] += 1
            found["VIS-06", place, month][0] += c.visit_result == "met"
    return {key: (top, below) for key, (top, below) in found.items()}
