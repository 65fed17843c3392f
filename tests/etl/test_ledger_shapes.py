"""What ledgers look like in practice: days counted from 1904, strokes, totals, buildings by their name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Engine, update

from data import schema
from data.queries import load_notices
from data.store import reading, writing
from etl.buildings import building_key
from etl.load import Outcome
from etl.maps import read_map
from etl.places import name_forms
from tests.etl import tiny
from tests.etl.test_load import column, few_periods, refusals  # noqa: F401 (a fixture)
from tests.etl.tiny import A, B

Load = Callable[..., Outcome]


def test_days_counted_from_1904(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(list(tiny.VISIT_HEADINGS[:6]))
    # The same day as a date cell, as a bare number, and as text.
    for number, cell in enumerate((date(2020, 12, 1), 44166 - 1462, "2020-12-01")):
        book.active.append([f"N{number}", "H1", cell, "W01", "入户", "见面"])
    book.save(county / "走访1904.xlsx")
    assert refusals(load(sqlite_engine, county / "走访1904.xlsx")) == []
    days = column(sqlite_engine, schema.visit, "visit_no", "visited_on")
    assert {days[f"N{number}"] for number in range(3)} == {date(2020, 12, 1)}


def test_a_stroke_says_that_nothing_is_known(sqlite_engine: Engine, load: Load, county: Path) -> None:
    tiny.write_register(county, [*tiny.HOUSEHOLDS[:5], (*tiny.HOUSEHOLDS[5][:5], "易迁", "/", "—", "--")])
    assert refusals(load(sqlite_engine, county)) == []
    assert column(sqlite_engine, schema.household, "household_no", "person_count")["H6"] is None


def test_three_spellings_of_a_community_meet() -> None:
    spellings = ("工农街", "工农街社区", "工农街社区居民委员会", "工农街社区居委会", "工农街居委会", " 工农街 社区 ")
    assert {name_forms(name)[-1] for name in spellings} == {"工农街"}
    assert {name_forms(name)[-1] for name in ("水井坳", "水井坳村", "水井坳村民委员会", "水井坳村委会")} == {"水井坳"}


# --- totals -----------------------------------------------------------------------------------------------------------

PLOTS = ("社区代码", "所属社区", "统计日期", "总户数", "已分配菜地户数")


def plots(folder: Path, *rows: tuple[object, ...]) -> Path:
    return tiny.write_sheet(folder / "菜地.xlsx", PLOTS, rows, note=False)


def test_totals_are_not_loaded_but_held_against_their_rows(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    path = plots(
        county, ("合计", None, None, 60, 40), (A, "东门", "2020-01-01", 10, 5), (A, "东门", "2020-02-01", 20, 15),
        ("东门小计", None, None, 30, 20), (B, "新居", "2020-03-01", 30, 20), ("小计:", None, None, "30户", 21),
        ("总 计", None, None, 60, 40),
    )  # fmt: skip
    outcome = load(sqlite_engine, path)
    sheet = outcome.ledgers[0].sheets[0]
    assert (sheet.read, sheet.not_data, sheet.counts["loaded"]) == (3, 4, 3)
    assert [(notice.row, notice.column) for notice in outcome.notices] == [(7, "已分配菜地户数")]
    assert "合计写的是21,各行相加为20" in outcome.notices[0].zh


def test_what_was_said_of_the_files_is_kept_with_the_load(engine: Engine, load: Load, county: Path) -> None:
    (county / "会议记录.csv").write_text("会议,人数\n一月,3\n", "utf-8")
    plots(county, (A, "东门", "2020-01-01", 10, 5), ("合计", None, None, 10, 6))
    batch = load(engine, county).batch_id
    with reading(engine) as conn:
        kept = load_notices(conn, batch or 0)
    columns = ["is_warning", "file_name", "row", "heading", "message_en"]
    kept = kept[kept["file_name"].isin(["菜地.xlsx", "会议记录.csv"])][columns].astype(object)
    assert kept.where(kept.notna(), None).to_numpy().tolist() == [
        [True, "菜地.xlsx", 3, "已分配菜地户数",
         "the total of 已分配菜地户数 says 6, its rows sum to 5; check whether rows are missing"],
        [False, "会议记录.csv", None, None, "not a ledger that we know"],
    ]  # fmt: skip


def test_a_total_over_rows_that_could_not_be_read_is_left_alone(
    sqlite_engine: Engine, load: Load, county: Path
) -> None:
    load(sqlite_engine, county)
    path = plots(
        county, (A, "东门", "2020-01-01", "约10", 5), (A, "东门", "2020-02-01", 20, 15), ("合计", None, None, 30, 21)
    )
    assert [notice.column for notice in load(sqlite_engine, path).notices] == ["已分配菜地户数"]


def test_a_missing_page_shows_in_the_total(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    path = plots(county, (A, "东门", "2020-01-01", 10, 5), ("合计", None, None, 130, 95))
    assert [notice.en for notice in load(sqlite_engine, path).notices] == [
        "the total of 总户数 says 130, its rows sum to 10; check whether rows are missing",
        "the total of 已分配菜地户数 says 95, its rows sum to 5; check whether rows are missing",
    ]


# --- buildings by name ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["2栋", "2幢", "2#", "２号楼", "二号楼", "第2栋", "02栋", "2栋1单元", "东门小区2栋"])
def test_spellings_of_a_building_meet(name: str) -> None:
    assert building_key(name).removeprefix("东门小区") == "2"


def test_households_whose_building_is_told_by_its_name(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    rows = [
        ("N1", "东门社区居委会", "2幢", "1", "101"), ("N2", "东门", "三号楼", "1", "102"),
        ("N3", "新居", "1#", "2", "201"), ("N4", "东门", "99栋", "1", "101"),
        ("N5", None, "1栋", "1", "101"), ("N6", "东门", None, "1", "101"),
    ]  # fmt: skip
    path = tiny.write_sheet(county / "住户.xlsx", ("户码", "居委会", "几号楼", "单元", "门牌"), rows)
    text = (
        'kind = "household"\n[columns]\nhousehold_no = "户码"\ncommunity_name = "居委会"\nbuilding_name = "几号楼"\n'
        'unit_no = "单元"\nroom_no = "门牌"\n'
    )
    given = county / "m.toml"
    given.write_text(text, "utf-8")
    outcome = load(sqlite_engine, path, maps=[read_map(given)])
    assert refusals(outcome) == [
        ("Sheet1", 7, [("几号楼", "NOT_FOUND")]), ("Sheet1", 8, [("几号楼", "NOT_FOUND")]),
        ("Sheet1", 9, [("楼栋编码", "MISSING")]),
    ]  # fmt: skip
    codes = column(sqlite_engine, schema.building, "building_id", "building_code")
    homes = column(sqlite_engine, schema.household, "household_no", "building_id")
    assert [codes[homes[number]] for number in ("N1", "N2", "N3")] == [f"{A}00002", f"{A}00003", f"{B}00001"]
    dwellings = set(column(sqlite_engine, schema.dwelling, "dwelling_id", "dwelling_code").values())
    assert f"{A}000020100" + "0101" in dwellings
    again = load(sqlite_engine, path, maps=[read_map(given)])
    assert again.batch_id is None


def test_a_name_of_two_buildings_asks_for_the_estate(sqlite_engine: Engine, load: Load, county: Path) -> None:
    load(sqlite_engine, county)
    with writing(sqlite_engine) as conn:
        t = schema.building
        conn.execute(update(t).where(t.c.building_code == f"{A}00002").values(building_name="1幢", estate_name="北苑"))
    headings = ("户码", "社区", "小区", "楼")
    rows = [("N1", "东门", None, "1栋"), ("N2", "东门", "北苑", "1栋"), ("N3", "东门", None, "北苑1号楼")]
    path = tiny.write_sheet(county / "住户.xlsx", headings, rows)
    given = county / "m.toml"
    given.write_text(
        'kind = "household"\n[columns]\nhousehold_no = "户码"\ncommunity_name = "社区"\nestate_name = "小区"\n'
        'building_name = "楼"\n',
        "utf-8",
    )
    outcome = load(sqlite_engine, path, maps=[read_map(given)])
    assert [reason.zh for reasons in outcome.ledgers[0].reasons.values() for reason in reasons] == [
        f"“楼”为“1栋”,能对上的有2个:1栋({A}00001)、北苑1幢({A}00002);请写明是哪一个"
    ]
    assert outcome.ledgers[0].sheets[0].counts["loaded"] == 2
