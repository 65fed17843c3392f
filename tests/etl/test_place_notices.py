"""Where a ledger says a row lies and where it lies: located wins, the other is kept, counted and said."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, Table, select, update

from data import schema
from data.store import reading, writing
from etl.load import Outcome
from etl.totals import Notice
from tests.etl.tiny import DISPUTE_HEADINGS, SOUTH, STEP, WEST, A, write_book, write_csv

Load = Callable[..., Outcome]
FACILITY = ("设施编号", "设施名称", "设施类别", "所属乡镇", "所属社区", "经度", "纬度", "坐标系", "建成日期", "状态")


def places(engine: Engine, table: Table, key: str) -> dict[str, tuple[str | None, str]]:
    """Number → the community stated and the one it lies in, by name."""
    with reading(engine) as conn:
        names = dict(conn.execute(select(schema.area.c.area_id, schema.area.c.area_name)).all())
        rows = conn.execute(select(table.c[key], table.c.stated_community_id, table.c.community_id)).all()
    return {row[0]: (None if row[1] is None else names[row[1]][:2], names[row[2]][:2]) for row in rows}


def said(outcome: Outcome) -> list[Notice]:
    """What is said of places."""
    return [notice for notice in outcome.notices if "另存" in notice.zh]


def point(column: float, row: float = 0.5) -> tuple[float, float]:
    return round(WEST + column * STEP, 6), round(SOUTH + row * STEP, 6)


def facilities(path: Path, *rows: tuple[str, str, float]) -> Path:
    """(number, stated community, column of the board); communities A lie in columns 0 and 1, B in 2 and 3."""
    return write_csv(path, FACILITY, [
        (no, "药房", "标准化卫生室", "甲镇", community, *point(column), "CGCS2000", "2019-06-01", "在用")
        for no, community, column in rows
    ])  # fmt: skip


def test_a_facility_lies_where_its_point_lies(county: Path, load: Load, engine: Engine, tmp_path: Path) -> None:
    load(engine, county)
    # One as stated, one in a grid of the other community, one in no grid but inside the other community.
    path = facilities(tmp_path / "设施.csv", ("P1", "东门社区", 0.5), ("P2", "东门社区", 2.5), ("P3", "东门社区", 3.5))
    outcome = load(engine, path)
    found = places(engine, schema.facility, "facility_no")
    assert {no: found[no] for no in ("P1", "P2", "P3")} == {
        "P1": ("东门", "东门"), "P2": ("东门", "新居"), "P3": ("东门", "新居"),
    }  # fmt: skip
    (notice,) = said(outcome)
    assert notice.zh.startswith("有2行写明的社区(村)不是位置所在的社区(村),如“P2”写的是甲镇东门社区")
    assert "位置在甲镇新居社区" in notice.zh and notice.row == 3
    # Once more, in another order: nothing changes and nothing is placed back.
    again = load(engine, facilities(path, ("P3", "东门社区", 3.5), ("P2", "东门社区", 2.5), ("P1", "东门社区", 0.5)))
    assert not again.has_changes and places(engine, schema.facility, "facility_no") == found


def test_a_store_from_before_keeps_what_it_knows(
    county: Path, load: Load, sqlite_engine: Engine, tmp_path: Path
) -> None:
    """There a facility had the stated community as its own: that one is kept when the point decides."""
    load(sqlite_engine, county)
    load(sqlite_engine, facilities(tmp_path / "设施.csv", ("P2", "东门社区", 2.5), ("P4", "新居社区", 2.5)))
    with writing(sqlite_engine) as conn:
        t = schema.facility
        stated = conn.execute(select(t.c.stated_community_id).where(t.c.facility_no == "P2")).scalar_one()
        conn.execute(update(t).values(stated_community_id=None))
        conn.execute(update(t).where(t.c.facility_no == "P2").values(community_id=stated))
    load(sqlite_engine, facilities(tmp_path / "别的.csv", ("P5", "东门社区", 0.5)))
    found = places(sqlite_engine, schema.facility, "facility_no")
    assert (found["P2"], found["P4"]) == (("东门", "新居"), (None, "新居"))


def test_cases_keep_what_they_state(county: Path, load: Load, sqlite_engine: Engine, tmp_path: Path) -> None:
    load(sqlite_engine, county)
    day = ("2020-09-01", "2020-09-02", "2020-10-02", None, None, "调解中", "")
    rows = [
        # stated community, grid, building, point
        ("K1", "新居社区", "", f"{A}00001", None, None, "邻里", *day),  # at a building of the other community
        ("K2", "东门社区", "", "", *point(2.5), "邻里", *day),  # at a point in the other community
        ("K3", "", f"{A}002", f"{A}00001", None, None, "邻里", *day),  # the same community, another grid
        ("K4", "东门社区", f"{A}001", f"{A}00001", None, None, "邻里", *day),  # as stated
        ("K5", "", "", f"{A}00001", None, None, "邻里", *day),  # states nothing
        ("K6", "新居社区", "", "", None, None, "邻里", *day),  # no place of its own
    ]
    outcome = load(sqlite_engine, write_book(tmp_path / "纠纷.xlsx", {"纠纷登记": (DISPUTE_HEADINGS, rows)}))
    found = places(sqlite_engine, schema.case_file, "case_no")
    assert {no: found[no] for no in ("K1", "K2", "K3", "K4", "K5", "K6")} == {
        "K1": ("新居", "东门"), "K2": ("东门", "新居"), "K3": ("东门", "东门"), "K4": ("东门", "东门"),
        "K5": (None, "东门"), "K6": ("新居", "新居"),
    }  # fmt: skip
    by_community, by_grid = said(outcome)
    assert by_community.zh.startswith("有2行写明的社区(村)") and "“K1”写的是甲镇新居社区" in by_community.zh
    assert by_grid.zh.startswith("有1行写明的网格不是位置所在的网格,如“K3”写的是东门社区")


def test_buildings_too(county: Path, load: Load, sqlite_engine: Engine) -> None:
    outcome = load(sqlite_engine, county)
    found = places(sqlite_engine, schema.building, "building_code")
    assert all(stated == lies for stated, lies in found.values()) and not said(outcome)
    rows = [("楼栋编码", "楼栋名称", "社区代码", "用途", "经度", "纬度", "坐标系"),
            (f"{A}00009", "9栋", A, "住宅", *point(2.5, 1.5), "CGCS2000")]  # fmt: skip
    outcome = load(sqlite_engine, write_csv(county / "新楼.csv", rows[0], rows[1:]))
    assert places(sqlite_engine, schema.building, "building_code")[f"{A}00009"] == ("东门", "新居")
    assert [n.zh[:15] for n in said(outcome)] == ["有1行写明的社区(村)不是位置"]
