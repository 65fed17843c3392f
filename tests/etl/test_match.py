"""Buildings and households are found by code, name or address; what fits several is asked, what looks doubled said."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from data import schema
from data.store import reading, writing
from etl.load import Outcome
from etl.maps import read_map
from tests.etl import tiny
from tests.etl.tiny import A, B

Load = Callable[..., Outcome]


@pytest.fixture
def ready(sqlite_engine: Engine, load: Load, county: Path) -> Engine:
    """The tiny county; building 2 is 1幢 of the estate 北苑, so that 1栋 of 东门 may be either."""
    load(sqlite_engine, county)
    with writing(sqlite_engine) as conn:
        t = schema.building
        conn.execute(update(t).where(t.c.building_code == f"{A}00002").values(building_name="1幢", estate_name="北苑"))
    return sqlite_engine


def loaded(
    engine: Engine, load: Load, folder: Path, kind: str, columns: dict[str, str], rows: Sequence[Sequence[Any]],
    more: str = "",
) -> Outcome:  # fmt: skip
    path = tiny.write_sheet(folder / "表.xlsx", tuple(columns.values()), rows)
    lines = [f'kind = "{kind}"', "[columns]", *(f'{name} = "{heading}"' for name, heading in columns.items()), more]
    (folder / "m.toml").write_text("\n".join(lines), "utf-8")
    return load(engine, path, maps=[read_map(folder / "m.toml")])


def reasons(outcome: Outcome) -> dict[int, list[tuple[str, str]]]:
    (ledger,) = outcome.ledgers
    return {ledger.row_of[row]: [(r.code, r.zh) for r in found] for row, found in ledger.reasons.items()}


HOUSEHOLD = {"household_no": "户码", "building_code": "编码", "building_name": "楼", "estate_name": "小区",
             "community_name": "社区", "address": "住址", "room_no": "房"}  # fmt: skip


def test_every_match_says_its_way_and_its_score(ready: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        ("N1", f"'{A}00002", None, None, None, None, "101"),
        ("N2", None, "1栋", "北苑", "东门", None, "102"),
        ("N3", None, "4#", None, "东门社区", None, "103"),
        ("N4", None, None, None, None, "珠山镇东门社区北苑1号楼2单元3层304室", None),
        ("N5", None, "1栋", None, None, "新居社区1栋1-302", None),
        ("N6", None, "1栋", None, "东门", "东门社区北苑1栋101室", None),
    ]
    outcome = loaded(ready, load, tmp_path, "household", HOUSEHOLD, rows)
    assert reasons(outcome) == {}
    t, b, d = schema.household, schema.building, schema.dwelling
    query = (
        select(t.c.household_no, b.c.building_code, t.c.building_way, t.c.building_score, d.c.dwelling_code)
        .join(b, b.c.building_id == t.c.building_id)
        .join(d, d.c.dwelling_id == t.c.dwelling_id)
        .where(t.c.household_no.like("N%"))
        .order_by(t.c.household_no)
    )
    with reading(ready) as conn:
        found = [tuple(row) for row in conn.execute(query)]
    assert found == [
        ("N1", f"{A}00002", "code", 1.0, f"{A}0000200000101"),
        ("N2", f"{A}00002", "name", 1.0, f"{A}0000200000102"),
        ("N3", f"{A}00004", "name", 1.0, f"{A}0000400000103"),
        ("N4", f"{A}00002", "address", 1.0, f"{A}0000202030304"),
        ("N5", f"{B}00001", "address", 1.0, f"{B}0000101000302"),
        # The name fits two; the address tells which.
        ("N6", f"{A}00002", "address", 1.0, f"{A}0000200000101"),
    ]


def test_what_fits_several_is_asked_and_what_fits_none_is_told_what_is_alike(
    ready: Engine, load: Load, tmp_path: Path
) -> None:
    rows = [
        ("N1", None, "1栋", None, "东门", None, "101"),
        ("N2", None, "北苑11幢", None, "东门", None, "101"),
        ("N3", None, None, None, None, "1栋101室", None),
        ("N4", None, None, None, None, "街心花园", "101"),
    ]
    found = reasons(loaded(ready, load, tmp_path, "household", HOUSEHOLD, rows))
    both = f"1栋({A}00001)、北苑1幢({A}00002)"
    assert found[4] == [("AMBIGUOUS", f"“楼”为“1栋”,能对上的有2个:{both};请写明是哪一个")]
    assert [code for code, _ in found[5]] == ["NOT_FOUND"]
    # An address that names neither community nor estate names no building; what it says is not repeated.
    assert found[6] == found[7] == [("NOT_FOUND", "“住址”为“***”,没有这个楼栋;请先载入它,或更正")]


def test_an_address_is_kept_nowhere(ready: Engine, load: Load, tmp_path: Path) -> None:
    rows = [("N4", None, None, None, None, "张三家,街心花园", "101")]
    (ledger,) = loaded(ready, load, tmp_path, "household", HOUSEHOLD, rows).ledgers
    assert ledger.kept_cells(0)["住址"] == "***"


DISPUTE = {"case_no": "号", "category": "类", "accepted_on": "受理", "lifecycle": "态", "community_name": "社区",
           "address": "地点"}  # fmt: skip


def test_disputes_lie_at_the_building_their_place_names(ready: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        ("N1", "邻里", "2020-05-02", "调解中", "东门", "北苑1号楼楼道"),
        ("N2", "邻里", "2020-05-02", "调解中", "东门", "街心花园"),
        ("N3", "邻里", "2020-05-02", "调解中", "东门", "1栋前"),
        ("N4", "邻里", "2020-05-02", "调解中", "东门", "南苑1栋"),
        ("N5", "邻里", "2020-05-02", "调解中", "东门", "解放路12号3栋"),
    ]
    outcome = loaded(ready, load, tmp_path, "dispute", DISPUTE, rows)
    assert {row: found[0][0] for row, found in reasons(outcome).items()} == {6: "AMBIGUOUS"}
    t, b = schema.case_file, schema.building
    query = select(t.c.case_no, b.c.building_code, t.c.building_way).join(
        b, b.c.building_id == t.c.building_id, isouter=True
    )
    with reading(ready) as conn:
        found = {row[0]: tuple(row[1:]) for row in conn.execute(query)}
    assert found["N1"] == (f"{A}00002", "address") and found["N2"] == found["N4"] == (None, None)
    assert found["N5"] == (f"{A}00003", "address")


VISIT = {
    "visit_no": "次", "visited_on": "何时", "visit_result": "结果", "community_name": "社区", "building_name": "楼",
    "unit_no": "单元", "room_no": "房",
}  # fmt: skip


def test_visits_without_a_number_are_told_by_their_door(ready: Engine, load: Load, tmp_path: Path) -> None:
    rows = [
        ("N1", "2020-06-02", "见面", "东门", "4栋", "1", "202"),
        ("N2", "2020-06-02", "见面", "东门", "4栋", "1", "201"),
        ("N3", "2020-08-02", "见面", "东门", "4栋", None, "201"),
        ("N4", "2020-08-02", "见面", "东门", "4栋", None, None),
        ("N5", "2020-02-02", "见面", "东门", "4栋", "1单元", "202室"),
    ]
    outcome = loaded(ready, load, tmp_path, "visit", VISIT, rows)
    assert {row: [code for code, _ in found] for row, found in reasons(outcome).items()} == {
        # Who lived there had moved out, or not yet in.
        4: ["NOT_FOUND"], 5: ["NOT_FOUND"], 7: ["MISSING"],
    }  # fmt: skip
    t, h = schema.visit, schema.household
    query = select(t.c.visit_no, h.c.household_no).join(h, h.c.household_id == t.c.household_id)
    with reading(ready) as conn:
        found = {row[0]: row[1] for row in conn.execute(query)}
    assert (found["N3"], found["N5"]) == ("H4", "H5")


def test_a_door_with_two_households_is_asked(ready: Engine, load: Load, tmp_path: Path) -> None:
    two = [("H8", f"'{A}00004", "1", "2", "201", "租住", 1, None, None)]
    outcome = load(ready, tiny.write_register(tmp_path, two))
    (notice,) = outcome.notices
    assert notice.zh == "有1行疑似重复:同一户室有两户,如“H8”与“H4”;已照常载入,请核对是否同一件"
    rows = [("N1", "2020-08-02", "见面", "东门", "4栋", "1", "201")]
    found = reasons(loaded(ready, load, tmp_path, "visit", VISIT, rows))
    assert found == {4: [("AMBIGUOUS", "“房”为“***”,能对上的有2个:H4、H8;请写明是哪一个")]}


def test_what_looks_doubled_is_said_and_loaded(ready: Engine, load: Load, tmp_path: Path) -> None:
    spot = tiny.BUILDINGS[3][4]
    twin = tiny.write_buildings(
        tmp_path, [(f"{A}00044", "四号楼", A, "住宅", spot), (f"{A}00045", "5栋", A, "住宅", spot)]
    )
    (notice,) = (n for n in load(ready, twin).notices if "疑似" in n.zh)
    assert f"如“{A}00044”与“{A}00004”" in notice.zh and "有1行" in notice.zh
    visits = tiny.write_visits(tmp_path, [("V91", "H1", "2020.5.3", "W01", "入户", "见面", 1, "有", "√")])
    (notice,) = load(ready, visits).notices
    assert "如“V91”与“V1”" in notice.zh and "e.g. V91 and V1" in notice.en

    def case(number: str, day: str) -> tuple[Any, ...]:
        return (number, "东门", "", f"{A}00001", None, None, "邻里", day, day, "2020-06-01", "", "", "调解中", "")

    cases = tiny.write_disputes(tmp_path, [case("D91", "2020-05-03"), case("D92", "2020-05-08")], [])
    outcome = load(ready, cases)
    assert ["“D91”与“D1”" in n.zh for n in outcome.notices if "疑似" in n.zh] == [True]
    assert outcome.ledgers[0].sheets[0].counts["loaded"] == 2
    # Said once, when they come; not again with every load of the same file.
    assert not [n for n in load(ready, cases).notices if "疑似" in n.zh]
