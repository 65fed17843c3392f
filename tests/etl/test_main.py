"""The commands as another program or a person at a terminal meets them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data import schema
from data.store import open_store
from etl.__main__ import app
from tests.etl import tiny
from tests.support.server import ROOT

runner = CliRunner()


def run(*arguments: str | Path) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


def test_load_and_facts_speak_json_and_nothing_else(county: Path, tmp_path: Path) -> None:
    tiny.write_visits(county, [*tiny.VISITS, ("V9", "H99", "2020-05-01", "W01", "入户", "见面", 1, "", "")])
    (county / "读我.txt").write_text("说明", "utf-8")
    database = f"sqlite:///{tmp_path / 'deep' / 'county.db'}"

    def etl(*arguments: str | Path) -> Any:
        command = [sys.executable, "-m", "etl", *map(str, arguments), "--database", database, "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    result = etl("load", county, "--data-date", "2020-12-31")
    assert (result["batch_id"], result["data_date"], result["database"]) == (1, "2020-12-31", database)
    assert result["totals"] == {"read": 57, "loaded": 56, "updated": 0, "unchanged": 0, "refused": 1, "not_data": 40}
    assert result["unplaced"] == {"building": 1, "case_file": 1, "facility": 0}
    assert result["skipped"] == [{"file": "读我.txt", "reason": "不是可读取的文件类型"}]
    first = result["files"][0]
    assert (first["file"], first["sheet"], first["kind"], first["read"]) == ("区划名录.csv", "", "area_name", 6)
    visits = next(f for f in result["files"] if f["kind"] == "visit")
    assert {k: visits[k] for k in ("read", "loaded", "updated", "unchanged", "refused", "not_data")} == {
        "read": 7, "loaded": 6, "updated": 0, "unchanged": 0, "refused": 1, "not_data": 4,
    }  # fmt: skip
    assert visits["refusals"] == [
        {
            "file": "走访台账.xlsx", "sheet": "Sheet1", "row": 10,
            "reasons": [
                {"column": "户编号", "code": "NOT_FOUND", "message": "“户编号”为“H99”,没有这个户;请先载入它,或更正"}
            ],
        }
    ]  # fmt: skip
    again = etl("load", county)
    assert (again["batch_id"], again["data_date"]) == (None, "2020-12-31")
    assert (again["totals"]["unchanged"], again["totals"]["refused"]) == (56, 1)
    facts = etl("facts", "--indicator", "VIS-01", "--level", "community", "--period", "2020")
    assert facts == [
        {"area_code": tiny.A, "area_name": "东门社区居委会", "indicator": "VIS-01", "period": "2020", "numerator": 2,
         "denominator": 4},
        {"area_code": tiny.B, "area_name": "新居社区居委会", "indicator": "VIS-01", "period": "2020", "numerator": 1,
         "denominator": 1},
    ]  # fmt: skip
    status = etl("status")
    assert (status["version"], status["data_date"], status["rows"]["visit"]) == (1, "2020-12-31", 6)


def test_a_person_sees_a_table_and_the_refused_rows(county: Path, sqlite_url: str) -> None:
    tiny.write_visits(county, [("V9", "H99", "2020-05-01", "W01", "入户", "见面", 1, "", "")])
    done = run("load", county, "--database", sqlite_url)
    assert done.exit_code == 0
    assert "合计" in done.stdout and "第4行" in done.stdout and "H99" in done.stdout
    assert "第 1 批已写入" in done.stdout
    shown = run("facts", "--indicator", "VIS-01", "--level", "county", "--database", sqlite_url, "--lang", "en")
    assert "422825" in shown.stdout and "%" in shown.stdout
    # Every visit was refused, so nothing happened after 2 August, when D3 was accepted.
    assert "2020-08-02" in run("status", "--database", sqlite_url).stdout


@pytest.mark.parametrize(("lang", "words"), [("zh", "找不到文件"), ("en", "There is no file")])
def test_bad_input_is_one_sentence_and_status_1(sqlite_url: str, tmp_path: Path, lang: str, words: str) -> None:
    done = run("load", tmp_path / "没有.xlsx", "--database", sqlite_url, "--lang", lang)
    assert done.exit_code == 1 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    done = run("load", tmp_path / "没有.xlsx", "--database", sqlite_url, "--lang", lang, "--json")
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "NO_FILE" and words in error["message"]


def test_what_cannot_be_asked_is_said(sqlite_url: str, tmp_path: Path) -> None:
    def fails(*arguments: str | Path) -> str:
        done = run(*arguments)
        assert done.exit_code == 1 and "Traceback" not in done.stderr
        return str(done.stderr)

    assert "还没有数据" in fails("facts", "--indicator", "VIS-01", "--database", sqlite_url)
    assert "没有指标" in fails("facts", "--indicator", "VIS-99", "--database", sqlite_url)
    assert "找不到数据库文件" in fails("status", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    ledger = tiny.write_visits(tmp_path)
    assert "不是可用的类型" in fails("load", ledger, "--database", "mysql://a/b")
    assert "无法识别" in fails("load", ledger, "--database", "store.db")


def test_a_period_that_is_none_is_said(sqlite_url: str, county: Path) -> None:
    run("load", county, "--database", sqlite_url)
    done = run("facts", "--indicator", "VIS-01", "--period", "2020-13", "--database", sqlite_url)
    assert done.exit_code == 1 and "不认识的统计期" in done.stderr
    assert (
        run("facts", "--indicator", "VIS-01", "--period", "2031", "--database", sqlite_url, "--json").stdout == "[]\n"
    )


def test_the_setting_chooses_the_store(county: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABASE", sqlite_url)
    assert run("load", county).exit_code == 0
    assert "version: 1" in run("status").stdout


def test_a_store_is_made_ready(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'new.db'}"
    assert run("upgrade", "--database", database).exit_code == 0
    assert "version: 0" in run("status", "--database", database).stdout


def test_wrong_usage_is_status_2() -> None:
    assert run("load").exit_code == 2
    assert run("facts", "--indicator", "VIS-01", "--level", "street").exit_code == 2


def test_a_bad_file_leaves_no_store_behind_where_there_was_none(tmp_path: Path) -> None:
    broken = tmp_path / "走访台账.xlsx"
    broken.write_bytes(b"not a workbook")
    store = tmp_path / "new" / "county.db"
    for path in (broken, tmp_path / "没有.xlsx"):
        done = run("load", path, "--database", f"sqlite:///{store}")
        assert done.exit_code == 1
        assert not store.exists()


def test_rollup_proves_the_facts_and_names_what_differs(county: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'county.db'}"
    assert run("load", county, "--database", database, "--data-date", "2020-12-31").exit_code == 0
    proof = run("rollup", "--verify", "--database", database, "--json")
    assert proof.exit_code == 0
    assert (json.loads(proof.stdout)["different"], json.loads(proof.stdout)["differences"]) == (0, [])
    with open_store(database).begin() as conn:
        # Alone of the county, so that it is no sum any more.
        wrong = (schema.fact.c.indicator == "VIS-01", schema.fact.c.period == "2020", schema.fact.c.numerator == 3)
        conn.execute(schema.fact.update().where(*wrong).values(numerator=2))
    refuted = run("rollup", "--verify", "--database", database, "--lang", "en")
    assert refuted.exit_code == 1
    assert "VIS-01 Visit coverage · 2020: stored 2/5, counted 3/5" in refuted.stdout
    assert "2 of" in refuted.stdout and "python -m etl rollup" in refuted.stdout
    found = json.loads(run("rollup", "--verify", "--database", database, "--json").stdout)["differences"]
    assert [(d["area_code"], d["stored"], d["counted"]) for d in found] == [
        (code, {"numerator": 2, "denominator": 5}, {"numerator": 3, "denominator": 5})
        for code in ("422825", "422825100")
    ]
    assert "已按台账重算并写入(第 2 批)" in run("rollup", "--database", database).stdout
    assert run("rollup", "--verify", "--database", database).exit_code == 0
