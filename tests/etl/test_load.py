"""A whole load: what is counted, what is refused and why, and that it is all or nothing."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, select

import etl.load
import etl.rollup
from data import schema, writes
from data.store import open_store, reading, upgrade
from etl.errors import LoadError
from etl.files import SHAPEFILE_PARTS
from etl.load import Outcome
from etl.verify import verify
from geo.crs import wgs84_to_gcj02
from geo.periods import parse_period
from tests.etl import tiny
from tests.etl.tiny import A1, A2, B1, A, B

Load = Callable[..., Outcome]
FACTS_APART = {"batch", "batch_file", "source_file", "load_notice"}


def counts(outcome: Outcome) -> dict[str, int]:
    total = dict.fromkeys(("loaded", "updated", "unchanged", "refused"), 0)
    for ledger in outcome.ledgers:
        for sheet in ledger.sheets:
            assert sheet.read == sum(sheet.counts.values())
            for name, count in sheet.counts.items():
                total[name] += count
    return total


def refusals(outcome: Outcome) -> list[tuple[str, int, list[tuple[str, str]]]]:
    """(sheet, row, [(column, code)]) of every refused row."""
    return [
        (ledger.sheets[ledger.sheet_of[row]].name, ledger.row_of[row], [(r.column, r.code) for r in reasons])
        for ledger in outcome.ledgers
        for row, reasons in sorted(ledger.reasons.items())
    ]


def stored(engine: Engine, without: tuple[str, ...] = ()) -> dict[str, pd.DataFrame]:
    with reading(engine) as conn:
        return {name: writes.read_rows(conn, t).drop(columns=list(without), errors="ignore")
                for name, t in schema.metadata.tables.items()}  # fmt: skip


def same(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame], apart: set[str] = frozenset()) -> bool:  # type: ignore[assignment]
    return all(before[name].equals(after[name]) for name in before if name not in apart)


def column(engine: Engine, table: Any, key: str, value: str) -> dict[Any, Any]:
    with reading(engine) as conn:
        rows = conn.execute(select(table.c[key], table.c[value]).where(table.c.is_void.is_(False))).all()
    return {row[0]: row[1] for row in rows}


def code_of_area(engine: Engine) -> dict[int, str]:
    with reading(engine) as conn:
        t = schema.area_code
        rows = conn.execute(select(t.c.area_id, t.c.code).where(t.c.edition.in_(["NBS2020", "LOCAL"]))).all()
    return {row.area_id: row.code for row in rows}


@pytest.fixture(autouse=True)
def few_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted when is the matter of test_rollup."""
    monkeypatch.setattr(etl.rollup, "kept_periods", lambda first, data_on: [parse_period(f"{data_on.year}")])


# --- the whole county -------------------------------------------------------------------------------------------------


def test_every_row_is_loaded_and_lies_where_it_should(engine: Engine, load: Load, county: Path) -> None:
    outcome = load(engine, county)
    assert refusals(outcome) == []
    assert counts(outcome) == {"loaded": 56, "updated": 0, "unchanged": 0, "refused": 0}
    assert outcome.batch_id == 1
    assert outcome.unplaced == {"building": 1, "case_file": 1, "facility": 0}
    codes = code_of_area(engine)
    places = column(engine, schema.building, "building_code", "building_id")
    grids = column(engine, schema.building_grid, "building_id", "grid_id")
    assert {code: codes[grids[number]] for code, number in places.items()} == {
        f"{A}00001": A1, f"{A}00002": A1, f"{A}00003": A2, f"{A}00004": A2, f"{B}00001": f"{B}000",
    }  # fmt: skip
    cases = column(engine, schema.case_file, "case_no", "grid_id")
    # By its building, by its point, by nothing but its community.
    assert {number: codes[grid] for number, grid in cases.items()} == {"D1": A1, "D2": A2, "D3": f"{B}000"}
    assert column(engine, schema.facility, "facility_no", "grid_id")["F1"] == places_by(codes)[B1]


def places_by(codes: dict[int, str]) -> dict[str, int]:
    return {code: area for area, code in codes.items()}


def test_the_latest_event_is_the_data_date(sqlite_engine: Engine, load: Load, county: Path) -> None:
    assert load(sqlite_engine, county).data_on == date(2020, 12, 10)


def test_the_files_again_change_nothing(engine: Engine, load: Load, county: Path) -> None:
    load(engine, county)
    before = stored(engine)
    again = load(engine, county)
    assert counts(again) == {"loaded": 0, "updated": 0, "unchanged": 56, "refused": 0}
    assert again.batch_id is None
    assert same(before, stored(engine))


def test_the_order_of_the_files_is_all_the_same(
    load: Load, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(p for p in county.iterdir() if p.suffix in (".xlsx", ".csv", ".gpkg", ".shp"))
    apart = ("loaded_at", "first_read_at", "seconds", "made_at")
    results = []
    for number, paths in enumerate([files, files[::-1], files[3:] + files[:3]]):
        engine = open_store(f"sqlite:///{tmp_path / f'{number}.db'}")
        upgrade(engine)
        drawn = itertools.count()
        monkeypatch.setattr("secrets.token_hex", lambda length, drawn=drawn: f"{next(drawn):016x}")
        assert refusals(load(engine, *paths)) == []
        results.append(stored(engine, apart))
    assert same(results[0], results[1]) and same(results[0], results[2])


def test_one_file_again_changes_nothing_and_keeps_the_data_date(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    load(sqlite_engine, county, data_on=date(2020, 12, 31))
    before = stored(sqlite_engine)
    for name in ("走访台账.xlsx", "网格边界.shp", "矛盾纠纷台账.xlsx"):
        again = load(sqlite_engine, county / name)
        assert (again.batch_id, again.data_on) == (None, date(2020, 12, 31))
    assert same(before, stored(sqlite_engine))


def test_the_same_rows_in_a_new_file_are_unchanged(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    before = stored(sqlite_engine, ("batch_id",))
    tiny.write_sheet(county / "走访台账.xlsx", tiny.VISIT_HEADINGS, tiny.VISITS, title="另存一份")
    again = load(sqlite_engine, county)
    assert counts(again) == {"loaded": 0, "updated": 0, "unchanged": 56, "refused": 0}
    assert again.batch_id == 2, "a file that was never read leaves its trace"
    assert same(before, stored(sqlite_engine, ("batch_id",)), FACTS_APART)


def test_a_changed_row_is_updated_in_place(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    ids = column(sqlite_engine, schema.household, "household_no", "household_id")
    households = [("H1", f"{A}00001", "1", "3", "301", "普通", 7, None, None), *tiny.HOUSEHOLDS[1:]]
    tiny.write_register(county, households)
    again = load(sqlite_engine, county)
    assert counts(again) == {"loaded": 0, "updated": 1, "unchanged": 55, "refused": 0}
    assert column(sqlite_engine, schema.household, "household_no", "household_id") == ids
    assert column(sqlite_engine, schema.household, "household_no", "person_count")["H1"] == 7


def test_known_and_new_codes_of_another_edition_name_the_same_place(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    load(sqlite_engine, county)
    with reading(sqlite_engine) as conn:
        t = schema.area_code
        rows = conn.execute(select(t.c.edition, t.c.code, t.c.area_id)).all()
    ids = {(row.edition, row.code): row.area_id for row in rows}
    assert ids["NBS2019", "422825100009"] == ids["NBS2020", A]
    neighbours = column(sqlite_engine, schema.area, "area_name", "is_context")
    assert neighbours["邻县"] and not neighbours["某县"]


def test_a_bare_register_fills_in_what_the_log_lacks(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    with reading(sqlite_engine) as conn:
        t = schema.case_file
        rows = {row.case_no: row for row in conn.execute(select(t)).all()}
    assert rows["D1"].resolved_on == date(2020, 5, 18), "the log decides, not the register"
    assert (rows["D2"].lifecycle, rows["D2"].accepted_on) == ("90", date(2020, 6, 3))
    assert rows["D2"].reopened_count == 1 and rows["D2"].resolved_on is None
    assert (rows["D3"].lifecycle, rows["D3"].accepted_on) == ("20", date(2020, 8, 2)), "no log: the register stands"


def test_a_longer_log_alone_moves_the_case(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    steps = [*tiny.STEPS, ("D2", 4, "调解不成", "2020-07-20", "调解不成", "东门社区")]
    path = tiny.write_book(county / "步骤.xlsx", {"办理步骤": (tiny.STEP_HEADINGS, steps)})
    assert counts(load(sqlite_engine, path)) == {"loaded": 1, "updated": 0, "unchanged": 6, "refused": 0}
    assert column(sqlite_engine, schema.case_file, "case_no", "lifecycle")["D2"] == "70"
    assert column(sqlite_engine, schema.case_file, "case_no", "closed_on")["D2"] == date(2020, 7, 20)


def test_a_new_boundary_keeps_the_old_one_for_the_days_before(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    # The border between the two grids of A moves west: building 2 comes to the eastern grid, D2 stays.
    moved = [
        (A1, "东门一", A, tiny.cell(0, 0, 0.4, 2)), (A2, "东门二", A, tiny.cell(0.4, 0, 1.6, 2)), tiny.GRIDS[2],
    ]  # fmt: skip
    tiny.write_grids(county, moved, drawn="2020-10-01")
    outcome = load(sqlite_engine, county / "网格边界.shp")
    assert counts(outcome)["updated"] == 3
    codes = code_of_area(sqlite_engine)
    number = column(sqlite_engine, schema.building, "building_code", "building_id")[f"{A}00002"]
    with reading(sqlite_engine) as conn:
        t = schema.building_grid
        rows = conn.execute(select(t).where(t.c.building_id == number).order_by(t.c.valid_from)).all()
    assert [(codes[r.grid_id], r.valid_from, r.valid_to) for r in rows] == [
        (A1, date(2019, 1, 1), date(2020, 10, 1)), (A2, date(2020, 10, 1), None),
    ]  # fmt: skip


def test_what_a_later_grid_catches_is_placed_then(sqlite_engine: Engine, load: Load, county: Path) -> None:
    assert load(sqlite_engine, county).unplaced["building"] == 1
    wide = [*tiny.GRIDS, (f"{B}002", "新居二", B, tiny.cell(3, 0, 1, 2))]
    tiny.write_grids(county, wide)
    outcome = load(sqlite_engine, county / "网格边界.shp")
    assert counts(outcome) == {"loaded": 1, "updated": 0, "unchanged": 3, "refused": 0}
    assert outcome.unplaced == {"building": 0, "case_file": 1, "facility": 0}


def test_a_corrected_cover_takes_the_place_of_the_former(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    rows = [("G1", f"{A}00001", "1栋", "2019-03-01"), ("G1", f"{A}00003", "3栋", "2019-02-01")]
    headings = ("党小组编号", "楼栋编码", "楼栋名称", "覆盖起始日期")
    path = tiny.write_book(county / "楼栋党小组台账2.xlsx", {"覆盖楼栋": (headings, rows)})
    assert counts(load(sqlite_engine, path)) == {"loaded": 0, "updated": 1, "unchanged": 1, "refused": 0}
    with reading(sqlite_engine) as conn:
        t = schema.org_cover
        query = select(t.c.valid_from).where(t.c.target_kind == "building", t.c.is_void.is_(False))
        assert sorted(conn.execute(query.order_by(t.c.valid_from)).scalars()) == [date(2019, 2, 1), date(2019, 3, 1)]
    assert load(sqlite_engine, path).batch_id is None


def test_sample_data_are_flagged(sqlite_engine: Engine, load: Load, county: Path) -> None:
    note = '{"wangge_sample": true, "data_date": "2020-12-31", "seed": 1, "outline": "synthetic", "notes_zh": ["虚构"]}'
    (county / "样例说明.json").write_text(note, "utf-8")
    assert load(sqlite_engine, county).data_on == date(2020, 12, 31)
    with reading(sqlite_engine) as conn:
        row = conn.execute(select(schema.batch)).one()
    assert row.is_sample and row.notes["zh"] == ["虚构"]


@pytest.mark.parametrize(("title", "is_sample"), [("走访台账(示例数据)", True), ("走访台账(填法见示例数据表)", False)])
def test_sample_ledgers_without_their_note_are_flagged(
    title: str, is_sample: bool, sqlite_engine: Engine, load: Load, county: Path
) -> None:
    tiny.write_book(county / "走访台账.xlsx", {"走访": (tiny.VISIT_HEADINGS, tiny.VISITS)}, title=title)
    load(sqlite_engine, county)
    with reading(sqlite_engine) as conn:
        assert conn.execute(select(schema.batch.c.is_sample)).scalar_one() is is_sample


def test_the_day_of_a_first_load_without_events_gives_way_to_the_first_of_them(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    files = sorted(file for file in county.iterdir() if file.suffix not in SHAPEFILE_PARTS)
    later = [file for file in files if file.name.startswith(("走访", "矛盾"))]
    first = [file for file in files if file not in later]
    assert load(sqlite_engine, *first, today=date(2021, 1, 20)).data_on == date(2021, 1, 20)
    again = load(sqlite_engine, *first, today=date(2021, 1, 21))
    assert (again.batch_id, again.data_on) == (None, date(2021, 1, 20)), "the next day changes nothing"
    assert load(sqlite_engine, *later).data_on == date(2020, 12, 10)
    assert verify(sqlite_engine, "NBS2020").differences == []
    # What has happened holds the date: a register loaded later does not move it.
    assert load(sqlite_engine, tiny.write_plots(county), today=date(2021, 1, 22)).data_on == date(2020, 12, 10)


# --- refused rows -----------------------------------------------------------------------------------------------------

VISIT = tiny.VISITS[0]
HOME = tiny.HOUSEHOLDS[0]


def changed(row: tuple[Any, ...], **cells: Any) -> tuple[Any, ...]:
    values = list(row)
    for position, value in cells.items():
        values[int(position[1:])] = value
    return tuple(values)


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"c0": ""}, [("走访编号", "MISSING")]),
        ({"c1": None}, [("户编号", "MISSING")]),
        ({"c1": "H99"}, [("户编号", "NOT_FOUND")]),
        ({"c2": "2020年13月1日"}, [("走访日期", "BAD_DATE")]),
        ({"c2": "2021-01-16"}, [("走访日期", "FUTURE")]),
        ({"c3": "张某某"}, [("走访人编号", "BAD_CODE")]),
        ({"c5": "不详"}, [("走访结果", "UNKNOWN_VALUE")]),
        ({"c6": "约3"}, [("见面人数", "BAD_NUMBER")]),
        ({"c0": "V2"}, [("走访编号", "DUPLICATE")]),
        ({"c1": "H99", "c2": "昨天", "c5": ""},
         [("走访日期", "BAD_DATE"), ("走访结果", "MISSING"), ("户编号", "NOT_FOUND")]),
    ],
)  # fmt: skip
def test_a_faulty_visit_is_refused_by_name(
    sqlite_engine: Engine, load: Load, county: Path, cells: dict[str, Any], reasons: list[tuple[str, str]]
) -> None:
    tiny.write_visits(county, [*tiny.VISITS, changed(("V9", *VISIT[1:]), **cells)])
    outcome = load(sqlite_engine, county)
    # Title, note and heading stand above, so the seventh visit is row 10 of the sheet.
    assert refusals(outcome) == [("Sheet1", 10, reasons)]
    assert counts(outcome)["loaded"] == 56


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"c1": "4.22825E+16"}, [("楼栋编码", "BAD_CODE")]),
        ({"c1": 4.22825100001e16}, [("楼栋编码", "BAD_CODE")]),
        ({"c1": f"{A}99999"}, [("楼栋编码", "NOT_FOUND")]),
        ({"c1": f"{A}0001"}, [("楼栋编码", "BAD_CODE")]),
        ({"c5": "贫困"}, [("户类型", "UNKNOWN_VALUE")]),
        ({"c7": date(2020, 5, 2), "c8": date(2020, 5, 1)}, [("迁出日期", "ORDER")]),
    ],
)
def test_a_faulty_household_is_refused_and_its_visits_with_it(
    sqlite_engine: Engine, load: Load, county: Path, cells: dict[str, Any], reasons: list[tuple[str, str]]
) -> None:
    tiny.write_register(county, [changed(HOME, **cells), *tiny.HOUSEHOLDS[1:]])
    outcome = load(sqlite_engine, county)
    # H1 is the first row of data; both visits to it refer to a row that is not there.
    assert refusals(outcome) == [
        ("Sheet1", 4, reasons), ("Sheet1", 4, [("户编号", "NOT_FOUND")]), ("Sheet1", 5, [("户编号", "NOT_FOUND")]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"c1": "西门社区", "c3": ""}, [("所属社区", "NOT_FOUND")]),
        ({"c1": "", "c3": ""}, [("所属社区", "MISSING")]),
        ({"c2": f"{A}777", "c3": ""}, [("网格编码", "NOT_FOUND")]),
        ({"c3": f"{A}77777"}, [("楼栋编码", "NOT_FOUND")]),
        ({"c3": "", "c4": 111.0, "c5": 29.9}, [("经度", "OUTSIDE")]),
        ({"c3": "", "c4": 29.905, "c5": 109.405}, [("经度", "OUTSIDE")]),
        ({"c6": "口角"}, [("纠纷类型", "UNKNOWN_VALUE")]),
        ({"c8": "2020-04-30"}, [("受理日期", "ORDER")]),
        ({"c10": "2020-05-01"}, [("化解日期", "ORDER")]),
        ({"c9": "2020-05-01"}, [("办理时限", "ORDER")]),
        ({"c12": "悬着"}, [("状态", "UNKNOWN_VALUE")]),
    ],
)
def test_a_faulty_dispute_is_refused_and_its_steps_with_it(
    sqlite_engine: Engine, load: Load, county: Path, cells: dict[str, Any], reasons: list[tuple[str, str]]
) -> None:
    tiny.write_disputes(county, [changed(tiny.DISPUTES[0], **cells), *tiny.DISPUTES[1:]])
    found = refusals(load(sqlite_engine, county))
    assert found[0] == ("纠纷登记", 4, reasons)
    assert found[1:] == [("办理步骤", row, [("纠纷编号", "NOT_FOUND")]) for row in (4, 5, 6)]


def test_a_point_in_no_community_needs_a_place_in_words(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_disputes(county, [changed(tiny.DISPUTES[1], c1="")], [])
    for name in ("行政区划.gpkg", "网格边界.shp", "配套设施.csv", "楼栋街道.gpkg"):
        (county / name).unlink()
    names = [county / "区划名录.csv", county / "矛盾纠纷台账.xlsx"]
    assert refusals(load(sqlite_engine, *names)) == [("纠纷登记", 4, [("所属社区", "MISSING")])]
    tiny.write_disputes(county, [tiny.DISPUTES[1]], [])
    outcome = load(sqlite_engine, *names)
    assert refusals(outcome) == [] and outcome.unplaced["case_file"] == 1


def test_swapped_coordinates_are_said_to_be_swapped(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_disputes(county, [changed(tiny.DISPUTES[1], c4=29.905, c5=109.415)], [])
    outcome = load(sqlite_engine, county)
    assert "填反" in next(iter(outcome.ledgers[-2].reasons.values()))[0].zh


def test_a_due_day_may_lie_ahead(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_disputes(county, [changed(tiny.DISPUTES[1], c9="2021-03-01")], [])
    assert refusals(load(sqlite_engine, county)) == []


def test_a_step_before_its_predecessor_is_refused(sqlite_engine: Engine, load: Load, county: Path) -> None:
    steps = [*tiny.STEPS[:2], ("D1", 3, "化解", "2020-05-01", "已化解", "")]
    tiny.write_disputes(county, steps=steps)
    assert refusals(load(sqlite_engine, county)) == [("办理步骤", 6, [("办理日期", "ORDER")])]


def test_a_building_outside_or_with_a_bad_shape_is_refused(sqlite_engine: Engine, load: Load, county: Path) -> None:
    bowtie = shapely.Polygon([(109.401, 29.901), (109.402, 29.902), (109.402, 29.901), (109.401, 29.902)])
    tiny.write_buildings(
        county,
        [
            *tiny.BUILDINGS,
            (f"{A}00006", "6栋", A, "住宅", tiny.house(50, 50)), (f"{A}00007", "7栋", A, "住宅", bowtie),
            (f"{A}00008", "8栋", A, "住宅", None), ("999999999999", "9栋", A, "住宅", tiny.house(0.1, 0.1)),
            (f"{A}00010", "10栋", A, "车库", tiny.house(0.1, 0.1)),
            (f"{A}00001", "1栋", A, "住宅", tiny.house(0.1, 0.1)),
        ],
    )  # fmt: skip
    assert refusals(load(sqlite_engine, county)) == [
        ("楼栋", 6, [("楼栋编码", "OUTSIDE")]), ("楼栋", 7, [("图形", "BAD_GEOMETRY")]),
        ("楼栋", 8, [("图形", "BAD_GEOMETRY")]), ("楼栋", 9, [("楼栋编码", "BAD_CODE")]),
        ("楼栋", 10, [("用途", "UNKNOWN_VALUE")]), ("楼栋", 11, [("楼栋编码", "DUPLICATE")]),
    ]  # fmt: skip


POINT_HEADINGS = ("楼栋编码", "楼栋名称", "社区代码", "用途", "经度", "纬度", "坐标系")


def test_buildings_of_which_only_a_point_is_known(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    middle = tiny.house(0.7, 0.7).centroid
    x, y = (float(v) for v in wgs84_to_gcj02(middle.x, middle.y))
    known = tiny.BUILDINGS[0][4].centroid
    rows = [
        (f"{A}00006", "6栋", A, "住宅", x, y, "GCJ-02"),
        (f"{A}00001", "1号楼", A, "住宅", known.x, known.y, "CGCS2000"),
        (f"{A}00007", "7栋", A, "住宅", None, None, "GCJ-02"),
        (f"{A}00008", "8栋", A, "住宅", x, y, ""),
        (f"{A}00009", "9栋", A, "住宅", y, x, "CGCS2000"),
    ]
    outcome = load(sqlite_engine, tiny.write_sheet(county / "楼栋点位.xlsx", POINT_HEADINGS, rows))
    assert refusals(outcome) == [
        ("Sheet1", 6, [("经度", "MISSING")]), ("Sheet1", 7, [("坐标系", "MISSING")]),
        ("Sheet1", 8, [("经度", "OUTSIDE")]),
    ]  # fmt: skip
    assert "经度和纬度填反了" in next(r.zh for r in outcome.ledgers[0].reasons[4])
    with reading(sqlite_engine) as conn:
        by_code = {row.building_code: row for row in conn.execute(select(schema.building))}
        ways = {row.building_id: row.way for row in conn.execute(select(schema.building_grid))}
    point, outlined = by_code[f"{A}00006"], by_code[f"{A}00001"]
    assert (point.geom, point.footprint_m2) == (None, None)
    assert (point.lon, point.lat) == pytest.approx((middle.x, middle.y), abs=1e-8)
    assert (point.source_lon, point.source_lat) == pytest.approx((x, y), abs=1e-12) and point.source_crs == "GCJ-02"
    assert ways[point.building_id] == "point" and ways[outlined.building_id] == "footprint"
    # What is known better stays: the new name is taken, the footprint is kept.
    assert outlined.building_name == "1号楼" and outlined.geom is not None and outlined.source_lon is None
    again = load(sqlite_engine, county / "楼栋点位.xlsx")
    assert again.batch_id is None
    # Its footprint, once drawn, takes the place of the point.
    load(sqlite_engine, tiny.write_buildings(county, [(f"{A}00006", "6栋", A, "住宅", tiny.house(0.7, 0.7))]))
    with reading(sqlite_engine) as conn:
        t = schema.building
        drawn = conn.execute(select(t).where(t.c.building_code == f"{A}00006")).one()
    assert drawn.geom is not None and drawn.footprint_m2 > 100 and drawn.source_lon is None


def test_a_layer_of_points_makes_buildings(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    spot = tiny.house(0.7, 0.7).centroid
    load(sqlite_engine, tiny.write_buildings(county, [(f"{A}00006", "6栋", A, "住宅", spot)]))
    with reading(sqlite_engine) as conn:
        t = schema.building
        row = conn.execute(select(t).where(t.c.building_code == f"{A}00006")).one()
    assert (row.geom, row.lon, row.lat, row.source_crs) == (None, spot.x, spot.y, "EPSG:4490")


def test_a_facility_needs_a_known_datum_and_community(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = ("设施编号", "设施类别", "所属乡镇", "所属社区", "经度", "纬度", "坐标系", "状态")
    tiny.write_csv(
        county / "配套设施.csv", headings,
        [
            ("F1", "文化广场", "甲镇", "新居社区", 109.43, 29.905, "GCJ-02", "在用"),
            ("F2", "文化广场", "甲镇", "新居社区", 109.43, 29.905, "某地坐标", "在用"),
            ("F3", "文化广场", "甲镇", "新居社区", 109.43, 29.905, "", "在用"),
            ("F4", "文化广场", "乙镇", "新居社区", "", "", "", "在用"),
            ("F5", "喷泉", "甲镇", "新居社区", 111.0, 29.905, "CGCS2000", "在用"),
        ],
    )  # fmt: skip
    outcome = load(sqlite_engine, county)
    assert refusals(outcome) == [
        ("", 3, [("坐标系", "UNKNOWN_VALUE")]), ("", 4, [("坐标系", "MISSING")]), ("", 5, [("所属社区", "NOT_FOUND")]),
        ("", 6, [("设施类别", "UNKNOWN_VALUE"), ("经度", "OUTSIDE")]),
    ]  # fmt: skip
    with reading(sqlite_engine) as conn:
        row = conn.execute(select(schema.facility)).one()
    # GCJ-02 lies some 540 m from WGS-84 here; both are kept.
    assert (row.source_lon, row.source_lat, row.source_crs) == (109.43, 29.905, "GCJ-02")
    assert 0.004 < row.source_lon - row.lon < 0.006 and -0.004 < row.source_lat - row.lat < -0.002


def test_a_visit_may_have_a_position_whose_datum_is_named(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = (*tiny.VISIT_HEADINGS, "经度", "纬度", "坐标系")
    places = [
        (109.43, 29.905, "GCJ-02"), (114.3, 30.6, "CGCS2000"), (29.905, 109.43, "GCJ-02"), (109.43, 29.905, ""),
        (109.43, None, ""), (None, None, ""),
    ]  # fmt: skip
    rows = [(*visit, *place) for visit, place in zip(tiny.VISITS, places, strict=True)]
    tiny.write_sheet(county / "走访台账.xlsx", headings, rows)
    outcome = load(sqlite_engine, county)
    assert refusals(outcome) == [("Sheet1", 6, [("经度", "OUTSIDE")]), ("Sheet1", 7, [("坐标系", "MISSING")])]
    lon, lat = (column(sqlite_engine, schema.visit, "visit_no", name) for name in ("lon", "lat"))
    found = {no: (lon[no], lat[no]) for no in lon}
    # A position far away is one; half a one is none.
    assert found["V2"] == (114.3, 30.6) and found["V5"] == found["V6"] == (None, None)
    assert 0.004 < 109.43 - found["V1"][0] < 0.006
    assert set(found) == {"V1", "V2", "V5", "V6"}


def test_wishes_are_cases_with_a_claim_and_an_end(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = ("微心愿编号", "所属社区", "楼栋编码", "心愿类别", "登记日期", "认领日期", "实现日期", "状态")
    rows = [
        ("X1", "东门", f"{A}00001", "生活用品", "2020-05-01", "2020-05-03", "2020-05-09", "已实现"),
        ("X2", "东门", f"{A}00001", "其他", "2020-05-02", "2020-05-04", "", "办理中"),
        ("X3", "东门", f"{A}00001", "维修帮忙", "2020-05-02", "", "", "登记"),
        ("X4", "东门", f"{A}00001", "维修帮忙", "2020-05-02", "", "", "取消"),
        ("X5", "东门", f"{A}00001", "维修帮忙", "2020-05-09", "2020-05-04", "", "已认领"),
    ]
    tiny.write_sheet(county / "微心愿台账.xlsx", headings, rows)
    outcome = load(sqlite_engine, county)
    assert refusals(outcome) == [("Sheet1", 8, [("认领日期", "ORDER")])]
    kinds = column(sqlite_engine, schema.case_file, "case_no", "case_kind")
    assert [no for no, kind in kinds.items() if kind == "wish"] == ["X1", "X2", "X3", "X4"]
    assert column(sqlite_engine, schema.case_file, "case_no", "closed_on")["X1"] == date(2020, 5, 9)
    with reading(sqlite_engine) as conn:
        t, a = schema.fact, schema.area_code
        query = select(t.c.indicator, t.c.numerator, t.c.denominator).join(a, a.c.area_id == t.c.area_id)
        found = {row[0]: row[1:] for row in conn.execute(query.where(a.c.code == A1, t.c.period == "2020"))}
    # Of three that were not called off one came true, two were taken on; no other number counts them.
    assert (found["WIS-01"], found["WIS-02"]) == ((1, 3), (2, 3))
    assert (found["CAS-01"], found["DIS-03"]) == ((1, 1), (1, 1)) and "SAT-01" not in found


def test_one_number_in_two_kinds_of_ledger_is_refused(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = ("建议编号", "所属社区", "意见类别", "收集日期", "状态")
    tiny.write_book(county / "意见.xlsx", {"建议登记": (headings, [("D1", "东门", "道路停车", "2020-05-01", "登记")])})
    assert refusals(load(sqlite_engine, county)) == [("建议登记", 4, [("建议编号", "DUPLICATE")])]


def test_refused_rows_are_kept_with_their_cells_but_no_persons(sqlite_engine: Engine, load: Load, county: Path) -> None:
    headings = (*tiny.VISIT_HEADINGS, "户主姓名")
    tiny.write_sheet(county / "走访台账.xlsx", headings, [(*changed(VISIT, c1="H99", c3="张某某"), "李某某")])
    outcome = load(sqlite_engine, county)
    with reading(sqlite_engine) as conn:
        row = conn.execute(select(schema.refused_row)).one()
        files = conn.execute(select(schema.batch_file)).all()
    assert (row.file_name, row.sheet, row.row) == ("走访台账.xlsx", "Sheet1", 4)
    assert [(r["column"], r["code"]) for r in row.reasons] == [("走访人编号", "BAD_CODE"), ("户编号", "NOT_FOUND")]
    assert row.reasons[1]["message_zh"] == "“户编号”为“H99”,没有这个户;请先载入它,或更正"
    assert row.cells["户编号"] == "H99" and row.cells["户主姓名"] == row.cells["走访人编号"] == "***"
    text = str(stored(sqlite_engine)) + str(outcome)
    assert "某某" not in str(row) and "李某某" not in text.replace(str(outcome.ledgers), "")
    assert all(f.read_count == f.loaded_count + f.updated_count + f.unchanged_count + f.refused_count for f in files)


def test_a_row_refused_once_is_loaded_when_its_reference_came(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_register(county, tiny.HOUSEHOLDS[1:])
    assert counts(load(sqlite_engine, county))["refused"] == 2
    tiny.write_register(county)
    assert counts(load(sqlite_engine, county)) == {"loaded": 3, "updated": 0, "unchanged": 53, "refused": 0}


def test_two_communities_of_one_name_need_more(sqlite_engine: Engine, load: Load, county: Path) -> None:
    twice = [
        *tiny.AREAS[:4], ("NBS2020", "422825101", "乙镇", "422825", "乡镇", "镇", "否", ""),
        ("NBS2020", "422825101001", "东门村", "422825101", "社区(村)", "村", "否", ""),
    ]  # fmt: skip
    tiny.write_csv(county / "区划名录.csv", tiny.AREA_HEADINGS, twice)
    third = ("D3", "东门", *tiny.DISPUTES[2][2:])
    tiny.write_disputes(county, [third], [])
    assert refusals(load(sqlite_engine, county)) == [("纠纷登记", 4, [("所属社区", "AMBIGUOUS")])]
    # The full name is enough.
    tiny.write_disputes(county, [("D3", "东门村", *third[2:])], [])
    assert refusals(load(sqlite_engine, county)) == []


# --- all or nothing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", range(1, 24, 3))
def test_a_failure_while_writing_leaves_the_store_as_it_was(
    engine: Engine, load: Load, county: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    load(engine, county)
    before = stored(engine)
    tiny.write_register(county, [("H1", f"{A}00001", "1", "3", "301", "普通", 7, None, None), *tiny.HOUSEHOLDS[1:]])
    calls, insert = itertools.count(1), writes.insert_rows

    def fails(*arguments: Any) -> int:
        if next(calls) == call:
            raise RuntimeError("the disk is gone")
        return insert(*arguments)

    monkeypatch.setattr(writes, "insert_rows", fails)
    with pytest.raises(RuntimeError):
        load(engine, county)
    assert same(before, stored(engine))
    monkeypatch.setattr(writes, "insert_rows", insert)
    assert counts(load(engine, county))["updated"] == 1


def test_a_load_beside_another_is_not_written(
    engine: Engine, load: Load, county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, county)
    tiny.write_visits(county, [*tiny.VISITS, ("V8", *VISIT[1:])])
    other = tiny.write_visits(county, [("V7", *VISIT[1:])], "走访台账2.xlsx")
    fact_changes = etl.load.fact_changes

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(etl.load, "fact_changes", fact_changes)
        load(engine, other)
        return fact_changes(*arguments)

    monkeypatch.setattr(etl.load, "fact_changes", meanwhile)
    with pytest.raises(LoadError) as error:
        load(engine, county)
    assert error.value.code == "CHANGED" and "重新运行" in error.value.zh
    assert set(column(engine, schema.visit, "visit_no", "visit_id")) == {"V1", "V2", "V3", "V4", "V5", "V6", "V7"}
    assert counts(load(engine, county))["loaded"] == 1


# --- files that stop a load -------------------------------------------------------------------------------------------


def test_bad_files_stop_a_load_and_leave_the_store(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    before = stored(sqlite_engine)

    def stops(path: Path, code: str, *words: str) -> None:
        with pytest.raises(LoadError) as error:
            load(sqlite_engine, path)
        assert error.value.code == code, error.value.zh
        for word in words:
            assert word in error.value.zh
        assert path.name in error.value.zh and path.name in error.value.en

    stops(county / "没有.xlsx", "NO_FILE")
    stops(tiny.write_visits(county, [], "空.xlsx"), "NO_ROWS")
    (county / "空.csv").write_text("", "utf-8")
    stops(county / "空.csv", "NO_ROWS")
    stops(tiny.write_sheet(county / "工资.xlsx", ("姓名", "工资"), [("甲", 1)]), "WRONG_COLUMNS", "姓名、工资")
    headings = tiny.VISIT_HEADINGS[:2] + tiny.VISIT_HEADINGS[3:]
    path = tiny.write_sheet(county / "缺列.xlsx", headings, [("V9", "H1", "W1", "入户", "见面", 1, "", "")])
    stops(path, "WRONG_COLUMNS", "走访日期")
    (county / "网格边界.prj").unlink()
    stops(county / "网格边界.shp", "NO_CRS", ".prj")
    (county / "说明.docx").write_bytes(b"PK")
    stops(county / "说明.docx", "WRONG_KIND", ".xlsx")
    stops(county / "网格边界.dbf", "WRONG_KIND", ".shp")
    assert same(before, stored(sqlite_engine))


def test_strangers_in_a_folder_are_skipped_and_listed(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_sheet(county / "工资.xlsx", ("姓名", "工资"), [("甲", 1)])
    (county / "读我.txt").write_text("说明", "utf-8")
    (county / "副本.csv").write_bytes((county / "区划名录.csv").read_bytes())
    outcome = load(sqlite_engine, county)
    assert sorted(name for name, _, _ in outcome.skipped) == ["区划名录.csv", "工资.xlsx", "读我.txt"]
    assert counts(outcome)["loaded"] == 56


def test_a_data_date_ahead_is_refused(sqlite_engine: Engine, load: Load, county: Path) -> None:
    with pytest.raises(LoadError, match="晚于今天"):
        load(sqlite_engine, county, data_on=date(2021, 1, 15) + timedelta(days=1))


def test_the_datum_of_a_layer_makes_no_difference(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    frame = gpd.read_file(county / "网格边界.shp")
    # Three-degree coordinates with the zone in front came in; the shapes are where they were drawn.
    assert frame.crs.to_epsg() == 4525 and frame.total_bounds[0] > 37_000_000
    with reading(sqlite_engine) as conn:
        t = schema.area_shape
        rows = conn.execute(select(t.c.min_lon, t.c.max_lon, t.c.source_crs).where(t.c.source_crs == "EPSG:4525")).all()
    assert min(row.min_lon for row in rows) == pytest.approx(tiny.WEST, abs=1e-8)
    assert max(row.max_lon for row in rows) == pytest.approx(tiny.WEST + 3 * tiny.STEP, abs=1e-8)
