"""Refused rows there and back: the workbook that is downloaded, mended, loaded; what was mended is refused no more."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine, func, select

import etl.mend
from data import queries, schema
from data.quality import JUDGED, kept
from data.store import reading
from etl.errors import LoadError
from etl.load import Outcome
from etl.maps import read_map
from etl.proposal import kinds_json
from etl.undo import undo
from portal import mending
from portal.watermark import Mark
from tests.etl import tiny
from tests.etl.test_load import few_periods  # noqa: F401 (a fixture)

Load = Callable[..., Outcome]
MARK = Mark("zhao", ("某县",), date(2020, 12, 31), True)
KINDS = {entry["kind"]: entry for entry in kinds_json()}
BAD = [
    *tiny.VISITS,
    ("V7", "H1", "二月", "W01", "入户", "见面", 1, "有", "有"),
    ("V8", "H2", "2020-12-05", "张三", "入户", "没在家", 1, "有", "有"),
    ("V9", "H404", "2020-12-06", "W01", "入户", "见面", 1, "@SUM(1)", "有"),
]


def download(engine: Engine, batch: int, path: Path) -> Workbook:
    """The workbook of a load's refused rows, as the page gives it."""
    with reading(engine) as conn:
        rows, files = queries.refused_rows(conn, batch), queries.batch_files(conn, batch)
    path.write_bytes(mending.as_workbook(mending.mendable(rows, files), files, KINDS, MARK))
    return load_workbook(path)


def still_refused(engine: Engine, batch: int) -> list[int]:
    with reading(engine) as conn:
        return mending.open_rows(queries.refused_rows(conn, batch))["row"].tolist()


def visits(engine: Engine) -> int:
    t = schema.visit
    with reading(engine) as conn:
        return conn.execute(select(func.count()).select_from(t).where(t.c.is_void.is_(False))).scalar_one()


def counts(outcome: Outcome) -> dict[str, int]:
    return {k: v for ledger in outcome.ledgers for sheet in ledger.sheets for k, v in sheet.counts.items()}


@pytest.fixture
def refused(sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path) -> Engine:
    load(sqlite_engine, county)
    outcome = load(sqlite_engine, tiny.write_visits(tmp_path, BAD, "十二月.xlsx"))
    assert counts(outcome)["refused"] == 3 and outcome.batch_id == 2
    return sqlite_engine


def test_both_sides_of_the_workbook_agree() -> None:
    assert (mending.MARK, len(mending.HEADINGS["zh"])) == (etl.mend.MARK, etl.mend.OWN)


def test_the_workbook_is_the_ledger_with_reasons_before_it(refused: Engine, tmp_path: Path) -> None:
    book = download(refused, 2, tmp_path / "改正表.xlsx")
    sheet = book["Sheet1"]
    headings, *lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert headings == [*mending.HEADINGS["zh"], *tiny.VISIT_HEADINGS]
    assert [line[:2] for line in lines] == [["2-1", 10], ["2-2", 11], ["2-3", 12]]
    assert lines[0][2] == "走访日期" and "二月" in lines[0][3]
    assert lines[0][4:8] == ["V7", "H1", "二月", "W01"]
    assert lines[1][4:8] == ["V8", "H2", "2020-12-05", "***"], "what may name a person is not kept"
    assert lines[2][11] == "'@SUM(1)"
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    rules = {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert rules == {"I2:I4", "J2:J4", "L2:L4", "M2:M4"}
    assert book["选项"].sheet_state == "hidden" and book["选项"]["A1"].value == "入户"


def mend(book: Workbook, path: Path, **cells: Any) -> Path:
    for place, value in cells.items():
        book["Sheet1"][place] = value
    book.save(path)
    return path


def test_only_the_mended_rows_are_loaded_and_refused_no_more(refused: Engine, load: Load, tmp_path: Path) -> None:
    before = visits(refused)
    book = download(refused, 2, tmp_path / "a.xlsx")
    file = mend(book, tmp_path / "改好.xlsx", G2="2020-12-04", H3="W01", J3="未见面")
    trial = load(refused, file, is_trial=True)
    assert counts(trial)["loaded"] == 2 and still_refused(refused, 2) == [10, 11, 12]
    outcome = load(refused, file)
    assert counts(outcome) == {"loaded": 2, "updated": 0, "unchanged": 0, "refused": 1}
    assert visits(refused) == before + 2
    assert still_refused(refused, 2) == [], "what is refused once more stands in the new load alone"
    assert still_refused(refused, 3) == [4]
    # The same file again changes nothing.
    assert load(refused, file).batch_id is None
    # And what is left is mended in a second round; the words come back as they were.
    book = download(refused, 3, tmp_path / "b.xlsx")
    assert [cell.value for cell in book["Sheet1"][2]][4:7] == ["V9", "H404", "2020-12-06"]
    outcome = load(refused, mend(book, tmp_path / "改好2.xlsx", F2="H6", L2="有"))
    assert counts(outcome)["loaded"] == 1 and still_refused(refused, 3) == []


def test_what_looks_like_a_number_of_a_person_is_masked_in_refused_rows(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    row = ("V7", "H1", "422825" + "19900101" + "123X", "W01", "入户", "见面", 1, "139" + "12345678", "有")
    load(sqlite_engine, tiny.write_visits(tmp_path, [row], "十二月.xlsx"))
    with reading(sqlite_engine) as conn:
        (found,) = queries.refused_rows(conn, 2).to_dict("records")
    assert found["cells"]["走访日期"] == found["cells"]["有无照片"] == "***"
    assert "1990" not in str(found) and "12345678" not in str(found)
    assert [reason["column"] for reason in found["reasons"]] == ["走访日期", "有无照片"]


def test_postgres_keeps_the_same(postgres_engine: Engine, load: Load, county: Path, tmp_path: Path) -> None:
    load(postgres_engine, county)
    load(postgres_engine, tiny.write_visits(tmp_path, BAD, "十二月.xlsx"))
    book = download(postgres_engine, 2, tmp_path / "a.xlsx")
    file = mend(book, tmp_path / "改好.xlsx", G2="2020-12-04")
    assert counts(load(postgres_engine, file))["loaded"] == 1
    assert still_refused(postgres_engine, 2) == [] and len(still_refused(postgres_engine, 3)) == 2
    with reading(postgres_engine) as conn:
        held = {one.code: kept(conn, one, date(2020, 1, 1)) for one in JUDGED}
    assert held["visit"].rows == visits(postgres_engine) and held["visit"].filled["visitor_no"] == held["visit"].rows
    assert len(held["visit"].refused) == 2 and held["building"].rows == 5


def test_an_undone_mending_leaves_the_rows_refused(refused: Engine, load: Load, tmp_path: Path) -> None:
    book = download(refused, 2, tmp_path / "a.xlsx")
    file = mend(book, tmp_path / "改好.xlsx", G2="2020-12-04")
    assert load(refused, file).batch_id == 3 and still_refused(refused, 2) == []
    undo(refused, 3, edition="NBS2020")
    assert still_refused(refused, 2) == [10, 11, 12]


def test_rows_read_by_a_map_are_mended_by_the_same_map(
    sqlite_engine: Engine,
    load: Load,
    county: Path,
    tmp_path: Path,
) -> None:
    load(sqlite_engine, county)
    (tmp_path / "调查.csv").write_text(
        "见没见,日期,户,日期,户数(百户)\n开门了,2020-12-03,H1,,3\n开门了,冬天,H2,x,4\n没人,2020-12-03,H7,,\n", "utf-8"
    )
    map_ = tmp_path / "m.toml"
    map_.write_text(
        'kind = "visit"\n[columns]\nvisit_no = ["户", "@B"]\nhousehold_no = "户"\nvisited_on = "@B"\n'
        'visit_result = "见没见"\n[fixed]\nvisit_form = "入户"\n[words.visit_result]\n"开门了" = "见面"\n'
        '"没人" = "未见面"\n',
        "utf-8",
    )
    assert counts(load(sqlite_engine, tmp_path / "调查.csv", maps=[read_map(map_)]))["refused"] == 2
    book = download(sqlite_engine, 2, tmp_path / "a.xlsx")
    sheet = book["调查"]
    assert [cell.value for cell in sheet[1]][4:] == ["见没见", "日期", "户", "日期 #4", "户数(百户)"]
    sheet["F2"], sheet["G3"] = "2020-12-08", "H3"
    book.save(tmp_path / "b.xlsx")
    outcome = load(sqlite_engine, tmp_path / "b.xlsx")
    assert counts(outcome) == {"loaded": 2, "updated": 0, "unchanged": 0, "refused": 0}
    with reading(sqlite_engine) as conn:
        found = conn.execute(select(schema.visit.c.visit_no).where(schema.visit.c.batch_id == 3)).scalars().all()
    assert sorted(found) == ["H2-2020-12-08", "H3-2020-12-03"]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"A2": None}, "第2行没有拒收编号"),
        ({"A2": "9-1"}, "没有拒收编号 9-1"),
        ({"A2": "1-1"}, "没有拒收编号 1-1"),
        ({"F1": "户号"}, "表头和下载时不同"),
        ({"A2": "二-1"}, "第2行没有拒收编号"),
    ],
)
def test_a_spoilt_workbook_costs_one_sentence(
    cells: dict[str, Any],
    says: str,
    refused: Engine,
    load: Load,
    tmp_path: Path,
) -> None:
    file = mend(download(refused, 2, tmp_path / "a.xlsx"), tmp_path / "改好.xlsx", **cells)
    with pytest.raises(LoadError, match=says) as error:
        load(refused, file)
    assert error.value.code == "BAD_MENDED" and still_refused(refused, 2) == [10, 11, 12]


def test_rows_of_a_layer_are_mended_in_the_layer(
    sqlite_engine: Engine,
    load: Load,
    county: Path,
    tmp_path: Path,
) -> None:
    load(sqlite_engine, county)
    load(
        sqlite_engine,
        tiny.write_buildings(tmp_path, [(f"{tiny.A}00009", "9栋", tiny.A, "不知道", tiny.house(0.3, 0.3))]),
    )
    with reading(sqlite_engine) as conn:
        rows, files = queries.refused_rows(conn, 2), queries.batch_files(conn, 2)
    assert len(rows) == 1 and mending.mendable(rows, files).empty


def test_lists_and_titles_of_a_book() -> None:
    from portal.exports import Table, as_book

    made = as_book("x", [Table("户[1]", ["a"], [["1"]], lists={0: ["甲"]}), Table("户[1]", ["a"], [])], MARK)
    names = load_workbook(io.BytesIO(made)).sheetnames
    assert names == ["户 1 ", "选项", "户 1  2", "导出说明"]
    assert load_workbook(io.BytesIO(made))["户 1 "]["A2"].value == "1"
