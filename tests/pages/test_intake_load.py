"""A steward at work on the page: hands ledgers in, puts columns right, tries, loads, takes back."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from data import schema
from data.errors import StoreError
from data.store import open_store, reading
from portal import loading
from portal.column_map import as_toml
from portal.identity import Viewer
from tests.etl import odd_ledgers, tiny
from tests.etl.test_turns import held_elsewhere, until
from tests.pages.test_intake import html_of
from tests.support.loaded_county import loaded_county, store
from tests.support.server import ROOT

__all__ = ["loaded_county", "store"]
STEWARD = Viewer("steward", "422825", "internal")


def open_desk(**address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
    app.query_params.update({"role": "steward", "view": "load", **address})
    app.run()
    return app.switch_page(str(ROOT / "pages" / "intake.py")).run()


def hand_in(app: AppTest, *files: Path) -> AppTest:
    app.file_uploader[0].set_value([(file.name, file.read_bytes(), "application/octet-stream") for file in files])
    return app.run()


def settle(app: AppTest) -> AppTest:
    """The page once what runs has ended."""
    for _ in range(300):
        job = loading.job(STEWARD)
        if job is None or not job.is_running:
            return app.run()
        time.sleep(0.1)
    raise AssertionError("it does not end")


def press(app: AppTest, key: str) -> AppTest:
    (button,) = [button for button in app.button if button.key == key]
    button.click()
    return app.run()


def field(app: AppTest, kind: str, column: str) -> Any:
    (found,) = [widget for widget in getattr(app, kind) if widget.key.endswith(f"_{column}")]
    return found


def said(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.success, *app.warning]).replace("\\", "")


def test_a_known_ledger_is_tried_and_loaded_in_two_clicks(store: str, tmp_path: Path) -> None:
    rows = [
        *tiny.VISITS,
        ("V7", "H3", "2020-12-20", "W01", "入户", "见面", 1, "", ""),
        ("V8", "H1", "冬天", "W1", "入户", "见面", 1, "", ""),
    ]
    app = hand_in(open_desk(), tiny.write_visits(tmp_path, rows))
    assert not app.exception
    assert "走访台账 · 认识的台账" in app.expander[0].label
    app = settle(press(app, "try"))
    assert "读入 8 行：新增 1、更改 0、不变 6、拒收 1" in html_of(app)
    assert re.search(r"VIS-01 走访覆盖率</span><span>3 / 5 → <b>4 / 5", html_of(app))
    app = settle(press(app, "load"))
    assert "第 2 批已载入：读入 8 行：新增 1、更改 0、不变 6、拒收 1；数据日期 2020年12月20日。" in said(app)
    assert re.search("view=batches.{1,5}batch=2", html_of(app))
    assert not app.expander or "走访台账" not in app.expander[0].label, "the desk is clear"


def test_another_ledger_is_put_right_by_hand_and_then_remembered(store: str, tmp_path: Path) -> None:
    app = hand_in(open_desk(), odd_ledgers.write_places(tmp_path / "配套.csv"))
    assert "还缺" in app.expander[0].label
    assert [button.disabled for button in app.button if button.key == "try"] == [True]
    for column, heading in odd_ledgers.PLACES["columns"].items():  # type: ignore[attr-defined]
        kind = "multiselect" if column in ("facility_no", "facility_name") else "selectbox"
        field(app, kind, column).set_value([heading] if kind == "multiselect" else heading)
    app.run()
    field(app, "text_input", "community_name_fixed").set_value("新居社区")
    field(app, "selectbox", "crs").set_value("GCJ-02")
    for column, words in odd_ledgers.PLACES["words"].items():  # type: ignore[attr-defined]
        for word, ours in words.items():
            field(app, "selectbox", f"{column}={word}").set_value(ours)
    app.run()
    assert not app.exception
    assert "请核对" in app.expander[0].label
    app = settle(press(app, "try"))
    assert "读入 2 行：新增 2、更改 0、不变 0、拒收 0" in html_of(app)
    app = settle(press(app, "load"))
    assert "第 2 批已载入" in said(app)
    app = hand_in(app, odd_ledgers.write_places(tmp_path / "下月配套.csv"))
    assert "配套设施" in app.expander[0].label and "按上次的对应" in app.expander[0].label
    app = settle(press(app, "try"))
    assert "新增 0、更改 0、不变 2、拒收 0" in html_of(app)


def test_a_register_that_would_lose_much_waits_for_a_yes(store: str, tmp_path: Path) -> None:
    app = hand_in(open_desk(), tiny.write_register(tmp_path, tiny.HOUSEHOLDS[:2]))
    (toggle,) = [toggle for toggle in app.toggle if toggle.key.startswith("adjust_户登记台账.xlsx_")]
    toggle.set_value(True)
    app.run()
    field(app, "radio", "mode").set_value("snapshot")
    app.run()
    assert field(app, "selectbox", "area").options == ["某县", "甲镇", "东门社区", "新居社区"]
    app = settle(press(app, "try"))
    (box,) = app.checkbox
    assert re.search(r"确认.*户登记台账 \d / \d 行", box.label)
    assert [button.disabled for button in app.button if button.key == "load"] == [True]
    box.check()
    app.run()
    app = settle(press(app, "load"))
    assert "第 2 批已载入" in said(app)


def test_a_day_far_beyond_all_others_waits_for_a_yes(store: str, tmp_path: Path) -> None:
    app = hand_in(
        open_desk(), tiny.write_visits(tmp_path, [("V7", "H3", "2025-12-20", "W01", "入户", "见面", 1, "", "")])
    )
    app = settle(press(app, "try"))
    assert "有 1 个日期比其余的晚很多：其余最晚 2020年12月10日，载入后数据截至 2025年12月20日。" in said(app)
    (rows,) = [table.value for table in app.dataframe if "日期" in table.value]
    assert rows.to_dict("records") == [
        {"行号": 4, "列": "走访日期", "日期": "2025年12月20日", "工作表": "Sheet1", "文件": "走访台账.xlsx"}
    ]
    (box,) = app.checkbox
    assert box.label == "确认：1 个远晚于其余的日期没有写错"
    assert [button.disabled for button in app.button if button.key == "load"] == [True]
    box.check()
    app.run()
    app = settle(press(app, "load"))
    assert "第 2 批已载入" in said(app) and "数据日期 2025年12月20日" in said(app)


def test_a_load_that_waits_for_one_by_command_says_so(store: str, tmp_path: Path) -> None:
    app = hand_in(
        open_desk(), tiny.write_visits(tmp_path, [("V8", "H99", "2020-12-01", "W01", "入户", "见面", 1, "", "")])
    )
    app = settle(press(app, "try"))
    with held_elsewhere(open_store(store), "purge"):
        app = press(app, "load")
        assert until(lambda: (job := loading.job(STEWARD)) is not None and job.stage == "wait")
        app.run()
        (bar,) = app.get("progress")
        assert re.match("载入：另一次清理自 .* 起正在进行，正在等它结束 · 已 ", bar.proto.text)
    app = settle(app)
    assert "第 2 批没有改动数据，只记下读到和拒收的行：读入 1 行" in said(app)
    names = open_desk(view="batches").dataframe[0].value["name"].tolist()
    assert names == ["第2批（没有改动数据）", "第1批"]


def test_what_is_changed_after_the_trial_is_tried_again(store: str, tmp_path: Path) -> None:
    app = hand_in(open_desk(), tiny.write_visits(tmp_path))
    app = settle(press(app, "try"))
    app = hand_in(app, tiny.write_plots(tmp_path))
    assert "请再试装一次" in html_of(app)
    assert [button for button in app.button if button.key == "load"] == []


def test_a_load_is_taken_back_after_a_look(store: str, tmp_path: Path) -> None:
    app = hand_in(
        open_desk(), tiny.write_visits(tmp_path, [("V7", "H3", "2020-12-20", "W01", "入户", "见面", 1, "", "")])
    )
    app = settle(press(settle(press(app, "try")), "load"))
    app = open_desk(view="batches", batch="2")
    (look,) = [toggle for toggle in app.toggle if toggle.key == "undo_look_2"]
    look.set_value(True)
    app.run()
    assert "撤销第 2 批会删去 1 行，恢复 0 行。" in html_of(app)
    app = settle(press(app, "undo_now_2"))
    assert "第 2 批已撤销（第 3 批）" in said(app)
    with reading(open_store(store)) as conn:
        assert conn.execute(select(schema.batch.c.undone_by).where(schema.batch.c.batch_id == 2)).scalar_one() == 3


def test_what_is_not_understood_is_said_in_the_language_of_the_reader(store: str, tmp_path: Path) -> None:
    (tmp_path / "甲.csv").write_text("子,丑\n1,2\n", "utf-8")
    app = hand_in(open_desk(), tmp_path / "甲.csv")
    assert not app.exception and "看不出“甲.csv”是哪种台账" in said(app)
    with pytest.raises(StoreError) as error:
        loading.proposal(STEWARD, "甲.csv", lang="en")
    assert error.value.en.startswith("It cannot be told what kind of ledger")


def test_words_of_a_file_are_no_markdown(store: str, tmp_path: Path) -> None:
    evil = "![x](http://a.example/b.png)"
    (tmp_path / "a.csv").write_text(f"户编号,走访日期,走访方式,走访结果\nH1,2020-12-01,{evil},见面\n", "utf-8")
    app = hand_in(open_desk(), tmp_path / "a.csv")
    assert not app.exception
    labels = [box.label for box in app.selectbox if "example" in box.label]
    assert labels and all(evil not in label and "\\!\\[x\\]" in label for label in labels)
    (tmp_path / "b.csv").write_text(f"{evil},丑\n1,2\n", "utf-8")
    app = hand_in(app, tmp_path / "b.csv")
    assert not any(evil in warning.value for warning in app.warning)


def test_a_map_is_written_so_that_it_is_read_the_same() -> None:
    import tomllib

    map_ = {
        "kind": "visit", "sheet": 'a"b\\', "heading_rows": [4, 5], "mode": "append", "as_of": "x",
        "columns": {"visit_no": ["户\x7f", "日期"]}, "fixed": {"visit_form": "入户"},
        "words": {"visit_result": {"见=了": "见面"}},
    }  # fmt: skip
    assert tomllib.loads(as_toml(map_)) == map_
    kept = tomllib.loads(as_toml(map_, for_later=True))
    assert set(kept) == {"kind", "mode", "columns", "fixed", "words"}
