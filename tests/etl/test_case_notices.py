"""What a load says of the states of its cases, and what the numbers make of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data import queries, schema, terms
from data.case_doubts import DOUBTS
from data.store import reading
from etl.load import Outcome
from etl.maps import read_map
from etl.plan import read_plan
from etl.tables import flag_cases, measure_tables
from geo.case_doubts import case_doubts
from geo.measures import MEASURES
from tests.etl.tiny import DISPUTE_HEADINGS, DISPUTES, STEP_HEADINGS, write_book, write_disputes, write_sheet

Load = Callable[..., Outcome]
WITHOUT = tuple(heading for heading in DISPUTE_HEADINGS if heading != "结果")


def flags(engine: Engine) -> pd.DataFrame:
    """The flags of every case by its number, as the measures get them."""
    with reading(engine) as conn:
        plan, rows = read_plan(conn), conn.execute(select(schema.case_file.c.case_id, schema.case_file.c.case_no)).all()
    names = {row.case_id: row.case_no for row in rows}
    found = flag_cases(plan, date(2020, 12, 31))
    return found.set_index(found["case_id"].map(names))


@pytest.mark.parametrize("way", ["no column", "empty column"])
def test_a_ledger_without_outcomes_is_said_once_and_its_states_count(
    way: str, county: Path, load: Load, sqlite_engine: Engine
) -> None:
    rows = [(*row[:-1], "") for row in DISPUTES]
    if way == "no column":
        (county / "矛盾纠纷台账.xlsx").unlink()
        write_sheet(county / "矛盾纠纷.xlsx", WITHOUT, [row[:-1] for row in rows], sheet="纠纷登记")
    else:
        write_disputes(county, rows)
    said = [notice for notice in load(sqlite_engine, county).notices if "“结果”" in notice.zh]
    assert len(said) == 1 and said[0].sheet == "纠纷登记" and said[0].row == 4
    assert said[0].zh.startswith("矛盾纠纷台账没有“结果”:状态为已化解、已归档的1起都按化解计")
    assert "[words.lifecycle]" in said[0].zh and "1 whose state is resolved or archived" in said[0].en
    assert flags(sqlite_engine)["is_resolved"].to_dict() == {"D1": True, "D2": False, "D3": False}


def test_nothing_is_said_where_outcomes_are_known_or_nothing_is_resolved(
    county: Path, load: Load, sqlite_engine: Engine
) -> None:
    assert not [n for n in load(sqlite_engine, county).notices if "结果" in n.zh]
    write_disputes(county, DISPUTES[1:], steps=[])
    assert not [n for n in load(sqlite_engine, county / "矛盾纠纷台账.xlsx").notices if "结果" in n.zh]


def test_a_column_map_tells_resolved_from_closed(
    county: Path, load: Load, sqlite_engine: Engine, tmp_path: Path
) -> None:
    """Of a county's own words one is resolved and still open, one archived without success."""
    load(sqlite_engine, county)
    days = ("2020-09-01", "2020-09-02", "2020-10-02", "2020-09-10")
    path = write_sheet(tmp_path / "排查.xlsx", ("号", "村", "类", "查", "收", "限", "解", "结", "到哪了"), [
        ("M1", "东门社区", "邻里", *days, None, "化解待销号"),
        ("M2", "东门社区", "邻里", *days, "2020-09-11", "销号(未成)"),
        ("M3", "东门社区", "邻里", *days, "2020-09-12", "销号"),
    ])  # fmt: skip
    (tmp_path / "排查.toml").write_text(
        """kind = "dispute"
[columns]
case_no = "号"
community_name = "村"
category = "类"
found_on = "查"
accepted_on = "收"
due_on = "限"
resolved_on = "解"
closed_on = "结"
lifecycle = "到哪了"
[words.lifecycle]
"化解待销号" = "已化解未办结"
"销号(未成)" = "调解不成"
"销号" = "已归档"
""",
        encoding="utf-8",
    )
    load(sqlite_engine, path, maps=[read_map(tmp_path / "排查.toml")])
    found = flags(sqlite_engine).loc[["M1", "M2", "M3"]]
    assert found["is_resolved"].tolist() == [True, False, True]
    assert found["is_closed"].tolist() == [False, True, True]
    assert found["resolved_on"].notna().tolist() == [True, False, True]
    assert found["closed_on"].notna().tolist() == [False, True, True]


# --- states against dates ---------------------------------------------------------------------------------------------

AGAINST = {
    # number: accepted, due, resolved, closed, state, outcome; every row without a building, in 东门社区
    "T-A": ("2020-12-01", None, None, None, "已归档", "成功"),
    "T-B": ("2020-12-01", None, "2020-12-05", "2020-12-06", "登记", ""),
    "T-C": ("2020-12-01", None, "2020-12-05", None, "已化解", "不成功"),
    "T-D": ("2020-12-01", None, "2020-12-05", "2020-12-06", "不予受理", "成功"),
    "T-E": ("2020-12-01", None, "2020-12-05", "2020-12-06", "反复", "成功"),
    "T-F": ("2020-12-10", None, "2020-12-05", "2020-12-06", "已归档", "成功"),
    "T-G": (None, None, "2020-12-05", "2020-12-06", "已归档", "成功"),
    "T-I": ("2020-12-01", None, None, "2020-12-06", "已归档", "成功"),
    "T-J": ("2020-12-01", None, "2020-12-05", None, "已归档", "不成功"),
    "T-K": ("2020-12-01", "2020-11-01", None, None, "调解中", ""),
    "T-L": ("2020-12-01", None, None, None, "调解中", "成功"),
    "T-M": ("2020-12-01", None, "2020-12-05", "2020-12-05", "已归档", ""),
    "T-N": ("2021-06-01", None, None, None, "已受理", ""),
}


def write_against(path: Path) -> Path:
    rows = [
        (no, "东门社区", "", "", None, None, "邻里", None, accepted, due, resolved, closed, state, outcome)
        for no, (accepted, due, resolved, closed, state, outcome) in AGAINST.items()
    ]
    path.mkdir()
    return write_disputes(path, rows, steps=[("T-Z", 1, "受理", "2020-05-01", "已受理", "东门社区")])


def doubts(engine: Engine) -> dict[str, set[str]]:
    """Kind of doubt → the numbers of the cases in the store that have it."""
    with reading(engine) as conn:
        rows = queries.cases(conn)
    found = case_doubts(rows, terms.CASE_CODES)
    return {kind: set(rows["case_no"][odd]) for kind, odd in found.items() if odd.any()}


def test_every_contradiction_is_said_counted_and_follows_one_rule(
    county: Path, load: Load, sqlite_engine: Engine, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    outcome = load(sqlite_engine, write_against(tmp_path / "against"), may_be_far=True)
    refused = {ledger.frame.at[row, "case_no"]: reasons[0].code
               for ledger in outcome.ledgers for row, reasons in ledger.reasons.items()}  # fmt: skip
    assert refused == {"T-F": "ORDER", "T-K": "ORDER", "T-N": "FUTURE", "T-Z": "NOT_FOUND"}
    wanted = {
        "closed_no_day": {"T-A", "T-C", "T-J"}, "resolved_no_day": {"T-I"}, "day_not_closed": {"T-B"},
        "day_not_resolved": {"T-C", "T-D", "T-J"}, "closed_not_accepted": {"T-G"},
        "success_not_resolved": {"T-D", "T-L"}, "resolved_not_success": {"T-C"}, "no_outcome": {"T-M"},
    }  # fmt: skip
    assert doubts(sqlite_engine) == wanted
    said = {n.zh.split("件", 1)[1].split(",如")[0]: n for n in outcome.notices if n.file == "矛盾纠纷台账.xlsx"}
    for kind, numbers in wanted.items():
        notice = said[DOUBTS[kind].zh.translate(str.maketrans("，（）", ",()"))]
        assert notice.zh.startswith(f"有{len(numbers)}件") and sorted(numbers)[0] in notice.zh, kind
    assert len(said) == len(wanted)
    found = flags(sqlite_engine)
    assert set(found.index[found["is_resolved"]]) == {"D1", "T-A", "T-G", "T-I", "T-M"}
    # Open: what the state says is open, whatever day stands beside it.
    assert set(found.index[found["is_valid"] & ~found["is_closed"]]) == {"D2", "D3", "T-B", "T-E", "T-L"}
    with reading(sqlite_engine) as conn:
        plan = read_plan(conn)
    overdue = MEASURES["DIS-07"](measure_tables(plan, date(2020, 12, 31)), None, date(2021, 1, 1))
    assert overdue["denominator"].sum() == 5, "what is closed without a day is open on none"


def test_suggestions_and_wishes_are_looked_at_too(
    county: Path, load: Load, sqlite_engine: Engine, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    path = write_book(tmp_path / "意见.xlsx", {
        "建议登记": (("建议编号", "所属社区", "意见类别", "受理日期", "办理时限", "办结日期", "状态"), [
            ("S-A", "东门社区", "环境卫生", "2020-11-01", None, None, "已办结"),
            ("S-B", "东门社区", "环境卫生", "2020-11-01", None, "2020-11-05", "办理中"),
            ("S-C", "东门社区", "环境卫生", None, None, "2020-11-05", "已办结"),
            ("S-D", "东门社区", "环境卫生", "2020-11-01", "2020-10-01", None, "办理中"),
            ("S-E", "东门社区", "环境卫生", "2020-11-01", None, "2020-11-05", "已办结"),
        ]),
        "微心愿": (("微心愿编号", "所属社区", "心愿类别", "登记日期", "认领日期", "实现日期", "状态"), [
            ("W-A", "东门社区", "生活用品", "2020-11-01", "2020-11-02", None, "已实现"),
            ("W-B", "东门社区", "生活用品", "2020-11-01", "2020-11-02", "2020-11-05", "已认领"),
            ("W-C", "东门社区", "生活用品", "2020-11-01", None, "2020-11-05", "已实现"),
        ]),
    })  # fmt: skip
    outcome = load(sqlite_engine, path)
    assert sum(len(ledger.reasons) for ledger in outcome.ledgers) == 1, "S-D is due before it was accepted"
    assert doubts(sqlite_engine) == {
        "closed_no_day": {"S-A", "W-A"}, "day_not_closed": {"S-B", "W-B"}, "closed_not_accepted": {"S-C", "W-C"},
    }  # fmt: skip
    assert len(outcome.notices) == 6


def test_the_log_against_the_register(county: Path, load: Load, sqlite_engine: Engine) -> None:
    """D1's register says resolved, its log says failed; steps that come alone are looked at as well."""
    load(sqlite_engine, county)
    assert doubts(sqlite_engine) == {}
    steps = [("D1", 4, "重开", "2020-05-21", "反复", "东门社区"),
             ("D1", 5, "调解不成", "2020-05-22", "调解不成", "东门社区")]  # fmt: skip
    path = write_sheet(county / "步骤.xlsx", STEP_HEADINGS, steps, sheet="办理步骤")
    outcome = load(sqlite_engine, path)
    assert doubts(sqlite_engine)["log_differs"] == {"D1"}
    (notice,) = outcome.notices
    assert notice.zh == "有1件登记的状态与办理步骤不一致,如“D1”:以办理步骤为准;请核对"
