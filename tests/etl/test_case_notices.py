"""What a load says of the states of its cases, and what the numbers make of them."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data import schema
from data.store import reading
from etl.load import Outcome
from etl.maps import read_map
from etl.plan import read_plan
from etl.tables import flag_cases
from tests.etl.tiny import DISPUTE_HEADINGS, DISPUTES, write_disputes, write_sheet

Load = Callable[..., Outcome]
WITHOUT = tuple(heading for heading in DISPUTE_HEADINGS if heading != "结果")


def flags(engine: Engine) -> pd.DataFrame:
    """The flags of every case by its number, as the measures get them."""
    with reading(engine) as conn:
        plan, rows = read_plan(conn), conn.execute(select(schema.case_file.c.case_id, schema.case_file.c.case_no)).all()
    names = {row.case_id: row.case_no for row in rows}
    found = flag_cases(plan, pd.Timestamp("2020-12-31").date())
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
