"""What ledgers look like in practice: days counted from 1904, strokes, totals, buildings by their name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Engine

from data import schema
from etl.load import Outcome
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
