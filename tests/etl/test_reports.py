"""Nil reports and who is to report come as ledgers, in every form that offices write months in; faults are refused."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, select

from data import schema
from data.store import reading
from etl.load import Outcome
from tests.etl.tiny import A, B, write_csv, write_sheet

Load = Callable[..., Outcome]
NIL = ("社区代码", "所属社区", "零报告台账", "零报告月份", "上报日期")
SCOPE = ("应报区划代码", "区划名称", "应报台账", "应报起始日期", "依据")


def live(engine: Engine, table: Table) -> list[tuple[object, ...]]:
    columns = [c for c in table.c if c.key not in ("batch_id", "row_hash", "is_void")]
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(select(*columns).where(table.c.is_void.is_(False)))]


def codes(engine: Engine) -> dict[str, int]:
    with reading(engine) as conn:
        t = schema.area_code
        rows = conn.execute(select(t.c.code, t.c.area_id).where(t.c.edition == "NBS2020"))
        return {row.code: row.area_id for row in rows}


@pytest.fixture
def store(county: Path, load: Load, sqlite_engine: Engine) -> Engine:
    load(sqlite_engine, county)
    return sqlite_engine


def test_nil_reports_as_offices_write_them(store: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        (B, "新居社区", "矛盾纠纷台账", "2020-05", "2020-06-02"),
        (B, "新居社区", "矛盾纠纷", "2020年6月", "2020-07-01"),
        (B, "新居社区", "走访", "202007", ""),
        (A, "东门社区", "微心愿台账", "2020/8/1", ""),
    ]
    done = load(store, write_csv(tmp_path / "零报告.csv", NIL, rows))
    assert done.ledgers[0].source.kind == "nil_report" and not done.ledgers[0].reasons
    ids = codes(store)
    assert sorted(live(store, schema.nil_report), key=str) == sorted([
        (ids[B], "dispute", date(2020, 5, 1), date(2020, 6, 2)),
        (ids[B], "dispute", date(2020, 6, 1), date(2020, 7, 1)),
        (ids[B], "visit", date(2020, 7, 1), None),
        (ids[A], "wish", date(2020, 8, 1), None),
    ], key=str)  # fmt: skip
    # The same once more changes nothing.
    assert load(store, write_csv(tmp_path / "零报告再报.csv", NIL, rows)).has_changes is False


def test_a_workbook_with_months_as_days_of_the_sheet(store: Engine, load: Load, tmp_path: Path) -> None:
    rows = [(B, "新居社区", "意见建议", date(2020, 9, 1), date(2020, 10, 3))]
    load(store, write_sheet(tmp_path / "零报告.xlsx", NIL, rows, sheet="零报告", note=False))
    assert live(store, schema.nil_report) == [(codes(store)[B], "suggestion", date(2020, 9, 1), date(2020, 10, 3))]


def test_what_is_no_month_ledger_or_community_is_refused(store: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        (B, "新居社区", "矛盾纠纷台账", "十三月", ""),
        (B, "新居社区", "矛盾纠纷台账", "2020-13", ""),
        (B, "新居社区", "日记", "2020-05", ""),
        ("422825999999", "某社区", "走访", "2020-05", ""),
        (B, "新居社区", "走访", "2020-05", ""),
    ]
    (ledger,) = load(store, write_csv(tmp_path / "零报告.csv", NIL, rows)).ledgers
    said = {ledger.row_of[row]: [reason.code for reason in found] for row, found in ledger.reasons.items()}
    assert said == {2: ["BAD_DATE"], 3: ["BAD_DATE"], 4: ["UNKNOWN_VALUE"], 5: ["NOT_FOUND"]}
    assert len(live(store, schema.nil_report)) == 1


def test_who_is_to_report_comes_with_its_reason(store: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        ("422825100", "甲镇", "矛盾纠纷台账", "2020-07-01", "县委文件"),
        (B, "新居社区", "走访台账", "2020-07-01", "试点"),
        (B, "新居社区", "走访台账", "2020-08-01", ""),
        ("422825900", "", "走访台账", "2020-08-01", "试点"),
    ]
    (ledger,) = load(store, write_csv(tmp_path / "应报范围.csv", SCOPE, rows)).ledgers
    assert ledger.source.kind == "reporting_scope"
    said = {ledger.row_of[row]: [reason.code for reason in found] for row, found in ledger.reasons.items()}
    assert said == {4: ["MISSING"], 5: ["NOT_FOUND"]}
    ids = codes(store)
    assert sorted(live(store, schema.reporting_scope), key=str) == sorted([
        ("dispute", date(2020, 7, 1), ids["422825100"], "县委文件"), ("visit", date(2020, 7, 1), ids[B], "试点"),
    ], key=str)  # fmt: skip
