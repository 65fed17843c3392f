"""A column map written by hand is enough for a ledger shaped like none of ours; a wrong map costs one sentence."""

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from openpyxl import Workbook
from shapely.geometry import Point, Polygon
from sqlalchemy import Engine
from typer.testing import CliRunner

from data import schema
from etl.__main__ import app
from etl.draft import draft_file
from etl.errors import LoadError
from etl.load import Outcome
from etl.maps import KEYS, read_map
from geo.crs import wgs84_to_gcj02
from tests.etl import tiny
from tests.etl.test_load import column, counts, few_periods, refusals  # noqa: F401 (a fixture)
from tests.etl.tiny import A1, SOUTH, STEP, WEST, A, B
from tests.support.server import ROOT

Load = Callable[..., Outcome]
runner = CliRunner()


def write_map(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def visits_book(path: Path) -> Path:
    """Notes above, a heading in two rows with merged groups, a subtotal in the middle, totals and a signature below."""
    book = Workbook()
    book.active.title = "说明"
    book.active.append(["填报单位:甲镇"])
    sheet = book.create_sheet("十二月入户")
    rows: list[list[Any]] = [
        ["甲镇入户情况一览表"], ["填报单位:甲镇", None, None, "填报人:某"], ["※ 未见面的请写明原因"], [],
        ["序号", "住户", None, "入户", None, None, "备注"],
        [None, "门牌", "户码", "何日", "怎么去的", "见着没有", None],
        [1, "东门1-301", "H1", "2020.12.3", "上门", "见着了", "好"],
        [2, "东门1-302", "H2", "2020年12月4日", "上门", "没见着", None],
        ["小计", None, 2, None, None, None, None],
        [3, "东门4-201", "H4", 44170, "打电话", "没见着", None],
        [4, "东门9-999", "H99", 44170, "打电话", "没见着", None],
        ["合计", None, 4, None, None, None, None],
        ["制表:某"],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("B5:C5")
    sheet.merge_cells("D5:F5")
    book.save(path)
    return path


VISITS_MAP = """
kind = "走访台账"
sheet = "十二月入户"
[columns]
visit_no = ["户码", "何日"]
"户编号" = "住户/户码"
visited_on = "何日"
visit_form = "怎么去的"
visit_result = "见着没有"
[words.visit_form]
"上门" = "入户"
"打电话" = "电话"
[words.visit_result]
"见着了" = "met"
"没见着" = "未见面"
"""


def test_visits_with_a_heading_in_two_rows_and_words_of_their_own(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    book, given = visits_book(tmp_path / "表3.xlsx"), read_map(write_map(tmp_path / "走访.toml", VISITS_MAP))
    outcome = load(sqlite_engine, book, maps=[given])
    assert refusals(outcome) == [("十二月入户", 11, [("户码", "NOT_FOUND")])]
    assert counts(outcome) == {"loaded": 3, "updated": 0, "unchanged": 0, "refused": 1}
    ledger = outcome.ledgers[0]
    assert ledger.sheets[0].not_data == 6, "three notes, a subtotal, a total, a signature"
    # What stood in the refused row; cells that we have no use for are masked, those we made are left out.
    assert ledger.kept_cells(next(iter(ledger.reasons))) == {
        "序号": "***", "门牌": "***", "户码": "H99", "何日": "44170", "怎么去的": "打电话", "见着没有": "没见着",
    }  # fmt: skip
    found = column(sqlite_engine, schema.visit, "visit_no", "visited_on")
    assert found["H1-2020.12.3"] == date(2020, 12, 3) and found["H4-44170"] == date(2020, 12, 5)
    results = column(sqlite_engine, schema.visit, "visit_no", "is_valid")
    assert results["H1-2020.12.3"] is True and results["H2-2020年12月4日"] is False
    again = load(sqlite_engine, book, maps=[given])
    assert counts(again)["unchanged"] == 3 and again.batch_id is None


def test_a_register_without_a_heading_in_another_order(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    lines = ["东门社区 二〇二〇年花名册", "", f"2,N7,{A}00004,3,租户", f"１,N8,{A}00004,４,本地", ",合计,,7,"]
    path = tmp_path / "花名册.csv"
    path.write_text("\r\n".join(lines), encoding="gb18030")
    given = write_map(
        tmp_path / "户.toml",
        'kind = "household"\nheading_rows = []\nfirst_row = 3\n[columns]\nhousehold_no = "@B"\nbuilding_code = "@C"\n'
        'person_count = "@D"\nhousehold_kind = "@E"\n[fixed]\nmoved_in_on = 2020-02-01\n'
        '[words.household_kind]\n"租户" = "租住"\n"本地" = "普通"\n',
    )
    outcome = load(sqlite_engine, path, maps=[read_map(given)])
    assert refusals(outcome) == [] and counts(outcome)["loaded"] == 2
    people = column(sqlite_engine, schema.household, "household_no", "person_count")
    assert (people["N7"], people["N8"]) == (3, 4)
    kinds = column(sqlite_engine, schema.household, "household_no", "household_kind")
    assert (kinds["N7"], kinds["N8"]) == ("tenant", "ordinary")
    since = column(sqlite_engine, schema.household, "household_no", "moved_in_on")
    assert since["N7"] == date(2020, 2, 1)


def test_disputes_in_shifted_coordinates_with_fixed_values(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    lon, lat = (float(v[0]) for v in wgs84_to_gcj02([WEST + 0.5 * STEP], [SOUTH + 0.5 * STEP]))
    path = tiny.write_sheet(
        tmp_path / "排查.xlsx",
        ("Y", "X", "事由类", "日期", "日期", "进展", "号"),
        [
            (lat, lon, "隔壁吵架", "2020-05-01", "2020/05/06", "办完了", "甲1"),
            (None, None, "隔壁吵架", None, "2020/6/1", "在办", "甲2"),
        ],
        title="东门社区矛盾排查表",
    )  # fmt: skip
    text = (
        'kind = "dispute"\ncrs = "GCJ-02"\n[columns]\ncase_no = "号"\nlon = "X"\nlat = "Y"\ncategory = "事由类"\n'
        'accepted_on = "@E"\nlifecycle = "进展"\n[fixed]\ncommunity_name = "东门"\n'
        '[words.category]\n"隔壁吵架" = "邻里"\n[words.lifecycle]\n"办完了" = "已化解"\n"在办" = "已受理"\n'
    )
    outcome = load(sqlite_engine, path, maps=[read_map(write_map(tmp_path / "m.toml", text))])
    assert refusals(outcome) == []
    assert column(sqlite_engine, schema.case_file, "case_no", "lon")["甲1"] == pytest.approx(
        WEST + 0.5 * STEP, abs=1e-8
    )
    areas = column(sqlite_engine, schema.area_code, "area_id", "code")
    grids = column(sqlite_engine, schema.case_file, "case_no", "grid_id")
    assert areas[grids["甲1"]] == A1 and areas[grids["甲2"]] == f"{A}000"
    ambiguous = write_map(tmp_path / "b.toml", text.replace('"@E"', '"日期"'))
    with pytest.raises(LoadError, match=r"2 个表头“日期”\(@D、@E\)"):
        load(sqlite_engine, path, maps=[read_map(ambiguous)])


def test_a_unit_in_the_heading_counts(sqlite_engine: Engine, load: Load, county: Path) -> None:
    """Without a map as well: hundreds of households were read as households."""
    load(sqlite_engine, county)
    headings = ("社区代码", "统计日期", "总户数(百户)", "已分配菜地户数")
    load(sqlite_engine, tiny.write_sheet(county / "菜地.xlsx", headings, [(A, "2020-12-01", 1.2, 80)]))
    counted = column(sqlite_engine, schema.plot_allocation, "community_id", "households_count")
    assert 120 in counted.values()
    wrong = tiny.write_sheet(
        county / "菜地.xlsx", ("社区代码", "统计日期", "总户数(亩)", "已分配菜地户数"), [(A, "2020-12-02", 2, 1)]
    )
    with pytest.raises(LoadError, match="单位是“亩”"):
        load(sqlite_engine, wrong)


def test_a_layer_in_shifted_coordinates_and_with_names_of_its_own(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    corners = [(WEST + x * STEP, SOUTH + y * STEP) for x, y in ((3, 0), (4, 0), (4, 2), (3, 2))]
    lon, lat = wgs84_to_gcj02([x for x, _ in corners], [y for _, y in corners])
    frame = gpd.GeoDataFrame(
        {"号": [f"{B}002"], "叫": ["新居二"]}, geometry=[Polygon(zip(lon, lat, strict=True))], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "片区.gpkg", layer="片区", driver="GPKG")
    text = 'kind = "grid"\ncrs = "GCJ-02"\n[columns]\ngrid_code = "号"\ngrid_name = "叫"\n'
    outcome = load(sqlite_engine, tmp_path / "片区.gpkg", maps=[read_map(write_map(tmp_path / "m.toml", text))])
    assert refusals(outcome) == []
    ids = {code: area for area, code in column(sqlite_engine, schema.area_code, "area_id", "code").items()}
    west = column(sqlite_engine, schema.area_shape, "area_id", "min_lon")[ids[f"{B}002"]]
    assert west == pytest.approx(WEST + 3 * STEP, abs=1e-8)


def test_points_of_a_layer_are_where_its_facilities_lie(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    point = gpd.GeoSeries([Point(WEST + 2.5 * STEP, SOUTH + STEP)], crs="EPSG:4490").to_crs("EPSG:4546")
    gpd.GeoDataFrame({"号": ["S1"], "类": ["文化广场"]}, geometry=point).to_file(tmp_path / "点.gpkg", driver="GPKG")
    text = (
        'kind = "facility"\n[columns]\nfacility_no = "号"\nfacility_kind = "类"\n'
        '[fixed]\ncommunity_name = "新居"\nfacility_state = "在用"\n'
    )
    outcome = load(sqlite_engine, tmp_path / "点.gpkg", maps=[read_map(write_map(tmp_path / "m.toml", text))])
    assert refusals(outcome) == []
    assert column(sqlite_engine, schema.facility, "facility_no", "lon")["S1"] == pytest.approx(
        WEST + 2.5 * STEP, abs=1e-8
    )
    assert column(sqlite_engine, schema.facility, "facility_no", "source_crs")["S1"] == "EPSG:4546"


GOOD = 'kind = "visit"\n[columns]\nvisit_no = "a"\nhousehold_no = "b"\nvisited_on = "c"\nvisit_result = "d"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 'visit'\n[columns\n", r"不是有效的 TOML.*line 2"),
        ("", r"没有写 kind"),
        (GOOD.replace("visit\"", "visits\""), r"kind 为“visits”.*是否就是“visit”"),
        ("modes = 1\n" + GOOD, r"没有“modes”这一项\(是否就是“mode”"),
        ('mode = "replace"\n' + GOOD, r"mode 为“replace”;应写 append"),
        ('crs = "北京54"\n' + GOOD, r"crs:.*北京54"),
        ("heading_rows = [3, 5]\n" + GOOD, r"heading_rows 为 \[3, 5\]"),
        ("heading_rows = ['x']\n" + GOOD, r"heading_rows 为"),
        ("first_row = 0\n" + GOOD, r"first_row 为 0"),
        ('as_of = "2020"\n' + GOOD, r"as_of 为 '2020'"),
        ("sheet = 3\n" + GOOD, r"sheet 应写成带引号的文字"),
        (GOOD + 'visitd_on = "e"\n', r"“visitd_on”不是走访台账的列\(是否就是“visited_on”"),
        (GOOD.replace('visit_result = "d"\n', ""), r"必需的列没有着落:visit_result\(走访结果\)"),
        (GOOD + 'visit_form = 3\n', r"visit_form\(走访方式\) 应写文件里的表头"),
        (GOOD.replace('"c"', '["c", "d"]'), r"visited_on\(走访日期\) 只能对一个表头"),
        (GOOD + "[fixed]\nvisit_result = '见面'\n", r"同时写在 \[columns\] 和 \[fixed\]"),
        (GOOD + "[fixed]\nvisit_form = '飞鸽'\n", r"\[fixed\] visit_form\(走访方式\) 为“飞鸽”:不在允许的选项内"),
        (GOOD + "[words.visit_result]\n'好' = '见了'\n", r"\[words.visit_result\] “好” 为“见了”:不在允许的选项内"),
        (GOOD + "[words]\nvisit_result = '见了'\n", r"应写成一节:\[words.visit_result\]"),
        (GOOD + "[units]\npersons_met_count = '亩'\n", r"单位“亩”不适用;可写 户"),
        (GOOD + "[units]\nvisited_on = '户'\n", r"这一列没有单位"),
        ("columns = 3\nkind = 'visit'\n", r"columns 应写成一节"),
    ],
)  # fmt: skip
def test_a_wrong_map_costs_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=said) as wrong:
        read_map(write_map(tmp_path / "映射.toml", text))
    assert wrong.value.code == "BAD_MAP" and "映射.toml" in wrong.value.zh and "映射.toml" in wrong.value.en
    assert "\n" not in wrong.value.zh


def test_a_map_that_does_not_fit_its_file_says_where(sqlite_engine: Engine, load: Load, tmp_path: Path) -> None:
    book = visits_book(tmp_path / "表3.xlsx")
    for text, said in (
        (VISITS_MAP.replace("怎么去的", "怎么去"), r"“表3.xlsx”的“十二月入户”里找不到表头“怎么去”.*是否就是“怎么去的”"),
        (VISITS_MAP.replace("十二月入户", "十月入户"), r"没有用上:.*没有名为“十月入户”的表;看到:说明、十二月入户"),
        ('heading_rows = [99]\n' + VISITS_MAP, r"heading_rows 指到第99行"),
    ):  # fmt: skip
        with pytest.raises(LoadError, match=said):
            load(sqlite_engine, book, maps=[read_map(write_map(tmp_path / "m.toml", text))])


def test_the_document_explains_every_entry_and_its_example_is_sound(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "column-maps.md").read_text("utf-8")
    for key in KEYS:
        assert f"| `{key}` |" in text or f"| `[{key}" in text, key
    given = read_map(write_map(tmp_path / "m.toml", text.split("```toml\n")[1].split("```")[0]))
    assert given.columns["household_no"] == ("住户/户码",) and given.words["visit_result"][""] == "未见面"


def test_a_missing_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"列映射“没有.toml”:无法打开"):
        read_map(tmp_path / "没有.toml")


# --- drafting ---------------------------------------------------------------------------------------------------------


def test_a_draft_says_what_was_understood(tmp_path: Path) -> None:
    draft = draft_file(visits_book(tmp_path / "入户表.xlsx"), kind="visit")
    assert draft.sheet.sheet == "十二月入户" and draft.others == ["说明"]
    given = tomllib.loads(draft.text())
    assert given["heading_rows"] == [5, 6]
    assert given["columns"]["household_no"] == "户码" and given["columns"]["visit_no"] == "序号"
    assert "例 e.g. H1、H2、H4" in draft.text()
    assert [column.name for column in draft.missing()] == ["visited_on", "visit_result"]
    assert "门牌" in draft.text() and "东门1-301" not in draft.text(), "what is of no use to us is not shown"


def test_the_draft_of_a_ledger_of_ours_can_be_loaded_as_it_is(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    load(sqlite_engine, county)
    for name in ("走访台账.xlsx", "户登记台账.xlsx", "菜地分配台账.xlsx", "配套设施.csv"):
        text = draft_file(county / name).text()
        outcome = load(sqlite_engine, county / name, maps=[read_map(write_map(tmp_path / "m.toml", text))])
        assert set(counts(outcome)) >= {"unchanged"} and counts(outcome)["loaded"] == 0, name
        assert outcome.batch_id is None


def test_words_that_are_not_in_the_list_are_asked_for(tmp_path: Path) -> None:
    rows = [(1, "H1", "2020-1-1", "见面了"), (2, "H2", "2020-1-2", "?")]
    path = tiny.write_sheet(tmp_path / "走访.xlsx", ("记录编号", "户号", "入户时间", "走访结果"), rows)
    text = draft_file(path).text()
    assert '"见面了" = "见面"  # 猜的 a guess' in text and '# "?" = ""' in text


def test_nothing_understood_asks_for_the_kind(tmp_path: Path) -> None:
    path = tiny.write_sheet(tmp_path / "工资.xlsx", ("甲列", "乙列", "丙列"), [(1, 2, 3)], note=False)
    with pytest.raises(LoadError, match="请用 --kind 写明"):
        draft_file(path)
    with pytest.raises(LoadError, match="没有“工资”这种台账"):
        draft_file(path, kind="工资")


def test_the_command_drafts_and_loads(county: Path, tmp_path: Path, sqlite_url: str) -> None:
    def run(*arguments: str | Path) -> Any:
        return runner.invoke(app, [str(argument) for argument in arguments])

    run("load", county, "--database", sqlite_url)
    out = tmp_path / "m.toml"
    done = run("plan", county / "走访台账.xlsx", "--out", out, "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["missing"] == []
    tiny.write_visits(county, [*tiny.VISITS, ("V9", "H1", "2020-12-09", "W01", "入户", "见面", 1, "", "")])
    done = run("load", county / "走访台账.xlsx", "--map", out, "--database", sqlite_url, "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["totals"]["loaded"] == 1
    bad = run("load", county / "走访台账.xlsx", "--map", write_map(out, "kind ="), "--database", sqlite_url)
    assert bad.exit_code == 1 and bad.stderr.count("\n") == 1
