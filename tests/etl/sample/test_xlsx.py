"""A ledger as Excel keeps it, read back by two readers."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
from python_calamine import CalamineWorkbook

from etl.sample.xlsx import Table, rows_of, write_workbook

TABLE = Table(
    "户",
    "户登记台账",
    "填报单位:某镇",
    [("", "户编号"), ("房屋", "楼栋"), ("房屋", "房号"), ("", "迁入日期"), ("", "人口数")],
    [["H1", "3栋 <东>", "302", date(2020, 2, 29), 3], ["H2", "3栋 <东>", None, "2020.5.3", None]],
    ["合计", None, None, None, 3],
    ["注:示例"],
)


def test_cells_read_back(tmp_path: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(write_workbook(tmp_path / "a.xlsx", [TABLE]))).get_sheet_by_name("户")
    assert sheet.to_python() == [
        ["户登记台账", "", "", "", ""],
        ["填报单位:某镇", "", "", "", ""],
        ["户编号", "房屋", "", "迁入日期", "人口数"],
        ["", "楼栋", "房号", "", ""],
        ["H1", "3栋 <东>", "302", date(2020, 2, 29), 3.0],
        ["H2", "3栋 <东>", "", "2020.5.3", ""],
        ["合计", "", "", "", 3.0],
        ["注:示例", "", "", "", ""],
    ]


def test_merged_headings_and_dates_in_excels_own_terms(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(tmp_path / "a.xlsx", [TABLE]))
    merged = {str(part) for part in book["户"].merged_cells.ranges}
    assert merged == {"A1:E1", "A2:E2", "A3:A4", "B3:C3", "D3:D4", "E3:E4", "A8:E8"}
    assert book["户"]["D5"].value == datetime(2020, 2, 29)  # noqa: DTZ001


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_workbook(tmp_path / name, [TABLE]).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def test_missing_values_become_empty_cells() -> None:
    frame = pd.DataFrame(
        {
            "no": ["H1", ""],
            "day": pd.to_datetime(["2020-05-03", None]),
            "persons": pd.array([2, None], dtype="Int64"),
        }
    )
    assert rows_of(frame) == [["H1", date(2020, 5, 3), 2], [None, None, None]]
