"""Data intake: counts that add up, why rows were refused, files that run nothing, what lies in no grid."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from data import schema
from data.cells import neutral
from data.store import open_store, writing
from pages.components.refused import as_csv, as_xlsx, reasons_table
from portal import snapshot
from portal.watermark import Mark
from tests.support.maps import the_map

Open = Callable[..., AppTest]
BAD_DATE = {"column": "走访日期", "code": "BAD_DATE", "message_zh": "不是日期", "message_en": "not a date"}
MISSING = {"column": "户编号", "code": "MISSING", "message_zh": "不能为空", "message_en": "is empty"}
MARK = Mark("zhao", ("宣恩县",), date(2020, 12, 31), True)


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def frame(app: AppTest, column: str) -> pd.DataFrame:
    (found,) = [element.value for element in app.dataframe if column in element.value]
    return found


def rows(*cells: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file_name": "走访台账.xlsx", "sheet": "走访", "row": range(5, 5 + len(cells)),
            "reasons": [[BAD_DATE, MISSING]] * len(cells), "cells": list(cells),
        }
    )  # fmt: skip


def test_the_sums_of_a_load_add_up(open_page: Open) -> None:
    app = open_page("intake", role="steward")
    assert not app.exception
    text = html_of(app)
    assert "第1批：1个文件，读入48行，拒绝1行" in text
    assert "48 读入 = 47 新增 + 0 更新 + 0 不变 + 1 拒绝" in text
    assert "1 / 48 行 · 2.1 %" in text
    assert "另有 4 行标题、说明、合计，不算数据" in text
    (line,) = frame(app, "loaded").to_dict("records")
    assert line["loaded"] == "2026年1月2日 16:00"  # eight in the morning UTC, in China


def test_a_refused_row_says_where_and_why(open_page: Open) -> None:
    (line,) = frame(open_page("intake", role="steward"), "reason").to_dict("records")
    assert (line["file_name"], line["sheet"], line["row"]) == ("户登记台账.xlsx", "户", 17)
    assert (line["column"], line["problem"], line["reason"]) == ("迁入日期", "日期无法识别", "日期无法识别")
    assert line["cells"] == "迁入日期=二月"


def test_the_reasons_are_in_the_language_of_the_reader() -> None:
    (line,) = reasons_table(rows({"户编号": "x"}), "en").to_dict("records")
    assert (line["problem"], line["reason"]) == ("Not a date; Required value is empty", "not a date; is empty")


def test_the_newest_load_comes_first_and_another_can_be_chosen(open_page: Open, tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        first = conn.execute(schema.batch.select()).mappings().one()
        conn.execute(insert(schema.batch), [{**first, "batch_id": 2}])
    engine.dispose()
    app = open_page("intake", role="steward")
    assert "第2批：0个文件，读入0行，拒绝0行" in html_of(app)
    assert "这一批没有被拒绝的行" in html_of(app)
    assert frame(app, "loaded")["name"].tolist() == ["第2批", "第1批"]
    app.selectbox(key="choose_batch").set_value(1).run()
    assert "第1批：1个文件" in html_of(app)
    assert app.query_params["batch"] in ("1", ["1"])


def test_a_load_that_was_taken_back_is_said_to_be(open_page: Open, tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        batch = schema.batch
        made = {"loaded_at": datetime(2026, 1, 3, tzinfo=UTC), "data_on": date(2020, 12, 31), "is_sample": True,
                "notes": {}}  # fmt: skip
        conn.execute(insert(batch), [{**made, "batch_id": 2, "seconds": 1.0}, {**made, "batch_id": 3, "seconds": 1.0}])
        conn.execute(update(batch).where(batch.c.batch_id == 2).values(undone_by=3))
    engine.dispose()
    snapshot.forget()
    names = frame(open_page("intake", role="steward", batch="1"), "loaded")["name"].tolist()
    assert names == ["第3批（撤销第2批）", "第2批（第3批已撤销）", "第1批"]


def test_rows_are_filtered_by_file_and_problem(open_page: Open, tiny_store: str) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        kept = dict(conn.execute(schema.refused_row.select()).mappings().one())
        conn.execute(insert(schema.refused_row), [{**kept, "refused_no": 2, "row": 18, "reasons": [MISSING]}])
    engine.dispose()
    assert frame(open_page("intake", role="steward"), "reason")["row"].tolist() == [17, 18]
    app = open_page("intake", role="steward", problem="MISSING")
    assert frame(app, "reason")["row"].tolist() == [18]
    assert "1 / 2 行" in html_of(app)


def test_warnings_and_notes_of_a_load_stand_beside_its_refused_rows(open_page: Open, tiny_store: str) -> None:
    assert "警告和说明" not in html_of(open_page("intake", role="steward"))
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        said = {
            "batch_id": 1,
            "file_name": "菜地.xlsx",
            "sheet": "菜地",
            "message_zh": "合计不符",
            "message_en": "total",
        }
        conn.execute(insert(schema.load_notice), [
            {**said, "notice_no": 1, "is_warning": True, "row": 7, "heading": "户数"},
            {**said, "notice_no": 2, "is_warning": False, "row": None, "heading": None, "message_zh": "不是台账"},
        ])  # fmt: skip
    engine.dispose()
    app = open_page("intake", role="steward")
    assert "警告和说明" in html_of(app)
    titles = [expander.label for expander in app.expander]
    assert titles == ["警告：已收，请看一看 · 1", "说明 · 1"]
    warning, note = (element.value for element in app.dataframe if "内容" in element.value)
    assert warning.to_dict("list") == {"行号": [7], "内容": ["合计不符"], "工作表": ["菜地"], "文件": ["菜地.xlsx"]}
    assert note["内容"].tolist() == ["不是台账"]


def test_what_lies_in_no_grid_is_counted_and_drawn(open_page: Open, tiny_store: str) -> None:
    assert "12 / 12 栋已落格" in html_of(open_page("intake", role="steward"))
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        # 21 stands for 未落格 of the community of building 101; a new load, so that the page looks again.
        conn.execute(update(schema.building_grid).where(schema.building_grid.c.building_id == 101).values(grid_id=21))
        first = conn.execute(schema.batch.select()).mappings().one()
        conn.execute(insert(schema.batch), [{**first, "batch_id": 2}])
    engine.dispose()
    app = open_page("intake", role="steward")
    assert "11 / 12 栋已落格" in html_of(app)
    assert "未落格 1 栋" in html_of(app)
    assert "6 / 6 处已落格" in html_of(app)
    assert "内部工作用图 · 未经审图" in html_of(app)
    assert "/map/unplaced?" in the_map(app)


def test_official_counts_are_held_beside_the_ledgers(open_page: Open, tiny_store: str) -> None:
    assert "还没有官方数" in html_of(open_page("intake", role="steward"))
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        for what, many in (("grid", 6), ("community", 5), ("household", 47)):
            row = {"area_id": 1, "what": what, "expected_count": many, "source_text": "<文件>", "is_void": False}
            conn.execute(insert(schema.expected_total), [row])
        first = conn.execute(schema.batch.select()).mappings().one()
        conn.execute(insert(schema.batch), [{**first, "batch_id": 2, "seconds": None}])
    engine.dispose()
    app = open_page("intake", role="steward")
    html = html_of(app)
    assert re.search("宣恩县 网格</span><b>6 / 6</b>.{0,60}✓ 齐全", html)
    assert re.search("<b>4 / 5</b>.{0,70}✕ 缺 1", html)
    assert "1 / 3 项齐全" in html
    assert "<文件>" not in html
    # What was typed in is no load: the page stays with the last one.
    assert "第1批：1个文件" in html
    assert frame(app, "loaded")["name"].tolist() == ["第2批（填写）", "第1批"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("+86", "+86"), ("+cmd", "'+cmd"), ("-5", "-5"), ("-1,234.50", "-1,234.50"), ("-A1", "'-A1"),
        ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"),
        ("＠x", "'＠x"), ("  =1", "'  =1"), ("42282510000100001", "42282510000100001"), ("3栋", "3栋"), (7, "7"),
    ],
)  # fmt: skip
def test_nothing_is_left_that_begins_like_a_formula(value: Any, text: str) -> None:
    assert neutral(value) == text


def test_the_workbook_has_the_reasons_first_and_every_cell_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(
        as_xlsx(rows({"户编号": "=1+1", "人口数": -5, "=x": "\x07响"}, {"户编号": "0012", "备注": "空"}), MARK)
    )
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["拒绝行", "导出说明"]
    assert sheet is not None
    heading, first, second = ([cell.value for cell in line] for line in sheet.iter_rows())
    assert heading == ["文件", "工作表", "行号", "列", "问题", "原因", "户编号", "人口数", "'=x", "备注"]
    assert first[:3] == ["走访台账.xlsx", "走访", 5]
    assert first[3:6] == ["走访日期；户编号", "日期无法识别；必填项为空", "不是日期；不能为空"]
    assert first[6:] == ["'=1+1", "-5", "响", None]
    assert second[6:] == ["0012", None, None, "空"]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    assert sheet["G2"].data_type == "s"


def test_the_csv_opens_in_excel_and_runs_nothing() -> None:
    data = as_csv(rows({"户编号": "=1+1", "备注": "第一行\n第二行"}), replace(MARK, language="en"))
    assert data.startswith(b"\xef\xbb\xbf")
    heading, line, (said,) = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert said.startswith("# Exported by：zhao；")
    assert heading == ["File", "Sheet", "Row", "Column", "Problem", "Reason", "户编号", "备注"]
    assert line[5:] == ["not a date; is empty", "'=1+1", "第一行\n第二行"]


def test_no_refused_rows_make_an_empty_table() -> None:
    assert reasons_table(rows(), "zh").empty
