"""What a downloaded file says of itself, and that the table in it is read as before."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from data import accounts as kept
from data.settings import settings
from data.store import changing, open_store
from portal import accounts, exports, watermark
from portal.identity import Viewer
from portal.watermark import Mark, mark_of
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS

HEADS = ["编号", "说明", "件数"]
LINES: list[list[Any]] = [["0012", '# 不是注释, "引号"', 3], ["=1+1", "第一行\n# 第二行", -5]]
MARK = Mark("zhao", ("宣恩县",), date(2020, 12, 31), True)


@pytest.fixture(autouse=True)
def _at_half_past_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Clock":
            return cls(2026, 11, 25, 1, 30, tzinfo=UTC)

    monkeypatch.setattr(watermark, "datetime", Clock)


SAID = (
    "导出人：zhao；导出时间：2026-11-25 09:30 UTC+8；区域：宣恩县；数据截至：2020年12月31日；数据性质：示例数据，非真实"
)


def test_a_csv_ends_with_who_made_it_and_is_read_as_before() -> None:
    made = exports.as_csv(HEADS, LINES, MARK)
    assert made.decode("utf-8-sig").splitlines()[-1] == f"# {SAID}"
    read = pd.read_csv(io.BytesIO(made), comment="#", dtype=str)
    assert list(read) == HEADS
    assert read.to_numpy().tolist() == [["0012", '# 不是注释, "引号"', "3"], ["'=1+1", "第一行\n# 第二行", "-5"]]


@pytest.mark.parametrize("name", ["a\r\nb,c", 'a "b" c', "a\u2028b\x0bc", "'a\tb,,c"])
def test_no_name_parts_the_last_line(name: str) -> None:
    made = exports.as_csv(HEADS, LINES, Mark(name, ("一", "二"), None, False))
    whole, plain = made.decode("utf-8-sig"), exports.as_csv(HEADS, LINES, MARK).decode("utf-8-sig")
    assert len(whole.splitlines()) == len(plain.splitlines())
    last = whole.splitlines()[-1]
    assert last.startswith("# 导出人：") and "区域：一、二；数据截至：—" in last and "," not in last and '"' not in last
    assert "示例" not in last


def test_a_workbook_bears_it_in_three_places_and_its_table_is_as_before() -> None:
    made = exports.as_xlsx("表", HEADS, LINES, MARK)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["表", "导出说明"]
    assert [[cell.value for cell in line] for line in book["导出说明"]] == [
        ["导出人", "zhao"], ["导出时间", "2026-11-25 09:30 UTC+8"], ["区域", "宣恩县"], ["数据截至", "2020年12月31日"],
        ["数据性质", "示例数据，非真实"],
    ]  # fmt: skip
    assert (book.properties.creator, book.properties.title, book.properties.description) == ("zhao", "表", SAID)
    assert book["表"].oddHeader.left.text == SAID
    read = pd.read_excel(io.BytesIO(made), dtype=str, engine="openpyxl")
    assert read.to_numpy().tolist() == [["0012", '# 不是注释, "引号"', "3"], ["'=1+1", "第一行\n# 第二行", "-5"]]


def test_a_name_runs_nothing_in_a_workbook() -> None:
    book = load_workbook(
        io.BytesIO(exports.as_xlsx("表", HEADS, LINES, Mark("=1+1 &P\x07", ("x" * 400,), None, False)))
    )
    assert book["导出说明"]["B1"].value == "'=1+1 &P" and book["导出说明"]["B1"].data_type == "s"
    header = book["表"].oddHeader.left.text
    assert str(header).startswith("导出人：=1+1 &&P；") and len(str(header)) == 200
    assert book.properties.creator == "=1+1 &P"


BEGINS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u00a0=", "\ufeff=", "\u200b=", "'="]
BODIES = ["1+1", "cmd|'/C calc'!A1", "HYPERLINK(A1)", "SUM(A1:A9)"]


def test_no_cell_of_any_export_runs() -> None:
    texts = [begin + body for begin in BEGINS for body in BODIES]
    lines: list[list[Any]] = [[text, text, number] for text in texts for number in (-5, 3.25)]
    read = pd.read_csv(io.BytesIO(exports.as_csv(HEADS, lines, MARK)), comment="#", dtype=str, skip_blank_lines=False)
    sheet = load_workbook(io.BytesIO(exports.as_xlsx("表", HEADS, lines, MARK)))["表"]
    running = re.compile(r"[\s\u00a0\ufeff\u200b]*[=+@\-＝＋＠－]")
    for number, (text, *_) in enumerate(lines):
        cell = sheet.cell(number + 2, 1)
        assert cell.data_type == "s" and not running.match(str(cell.value)), repr(text)
        assert not running.match(str(read.iloc[number, 0])), repr(text)
        assert sheet.cell(number + 2, 3).value == lines[number][2] and float(read.iloc[number, 2]) == lines[number][2]
    count = 2 * len(lines)
    print(f"H10: {count} cells that would run, in CSV and workbook, all neutral; {len(lines)} numbers still numbers")


# --- whose mark -------------------------------------------------------------------------------------------------------


def test_in_the_demo_the_role_stands_there(tiny_store: str) -> None:
    mark = mark_of(Viewer("steward", COUNTY, "internal"))
    assert mark == Mark("演示 · 数据员", ("宣恩县",), date(2020, 12, 31), True)
    assert mark_of(Viewer("grid_worker", GRIDS[:2], "households")).areas == ("兴隆社区第1网格", "兴隆社区第2网格")


@pytest.mark.parametrize(("subject", "is_shown"), [("zhao.li", True), ("赵丽", True), ("139" + "12345678", False)])
def test_an_account_stands_there_as_administrators_know_it(
    tiny_store: str, monkeypatch: pytest.MonkeyPatch, subject: str, is_shown: bool
) -> None:
    monkeypatch.setenv("WANGGE_IDENTITY", "oidc")
    settings.cache_clear()
    accounts.forget()
    with changing(open_store(tiny_store)) as conn:
        made = kept.add_account(conn, subject, "leader", [COMMUNITIES[0]], by="t", now=accounts.now())
    viewer, _ = accounts.of_sign_in(accounts.SignIn(subject, int(accounts.now().timestamp() - 1)))
    assert viewer is not None
    mark = mark_of(viewer)
    assert mark.by == (subject if is_shown else f"account:{made.account_id}")
    assert mark.areas == ("兴隆社区",)
    moment = datetime(2026, 11, 25, 20, tzinfo=UTC) + timedelta(hours=1)
    assert dict(MARK.lines(moment))["导出时间"] == "2026-11-26 05:00 UTC+8"
