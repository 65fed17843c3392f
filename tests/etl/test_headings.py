from typing import Any

import pytest

from etl.errors import LoadError
from etl.extract import RawSheet
from etl.headings import Layout, find_layout
from etl.sources import sources

VISIT = ["走访编号", "户编号", "走访日期", "走访结果"]


def sheet(*rows: list[Any], name: str = "Sheet1") -> RawSheet:
    return RawSheet(name, list(rows), list(range(1, len(rows) + 1)))


def test_the_heading_stands_below_title_and_note() -> None:
    layout = find_layout(
        sheet(["走访台账", None, None, None], ["填表说明"], VISIT, ["V1", "H1", "2020-01-01", "见面"]), "a.xlsx"
    )
    assert layout and layout.source.kind == "visit"
    assert layout.first == 3 and layout.at == {"visit_no": 0, "household_no": 1, "visited_on": 2, "visit_result": 3}


def test_merged_group_headings_stand_above_the_headings() -> None:
    top = ["户编号", "房屋位置", None, None, None, "户情况", None, "备注"]
    below = [None, "楼栋编码", "单元", "楼层", "房号", "户类型", "人口数", None]
    layout = find_layout(sheet(["户登记台账"], top, below, ["H1", "1", "1", "1", "1", "普通", 3, None]), "a.xlsx")
    assert layout and layout.source.kind == "household" and layout.first == 3
    assert layout.at["household_no"] == 0 and layout.at["room_no"] == 4 and layout.at["person_count"] == 6


def test_marks_widths_spaces_and_units_do_not_matter() -> None:
    headings = ["＊走访编号", "户 编 号*", "走访\n日期", "走访结果（必填）", "见面人数(人)"]
    layout = find_layout(sheet(headings, ["V1", "H1", "2020-01-01", "见面", 1]), "a.xlsx")
    assert layout and set(layout.at) == {"visit_no", "household_no", "visited_on", "visit_result", "persons_met_count"}


def test_synonyms_are_understood() -> None:
    layout = find_layout(sheet(["走访记录编号", "户号", "入户日期", "走访结果"], ["1", "2", "3", "见面"]), "a.xlsx")
    assert layout and layout.source.kind == "visit"


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["党小组编号", "党小组名称", "所属支部编号", "所属社区"], "building_group"),
        (["党小组编号", "楼栋编码", "楼栋名称", "覆盖起始日期"], "group_cover"),
        (["岗位编号", "岗位", "人员编号", "网格编码", "任职日期"], "post_grid"),
        (["岗位编号", "岗位", "人员编号", "楼栋编码", "楼栋名称", "任职日期"], "post_building"),
        (["纠纷编号", "步骤序号", "办理环节", "办理日期", "办理后状态"], "case_step"),
        (["纠纷编号", "所属社区", "纠纷类型", "受理日期", "状态"], "dispute"),
        (["建议编号", "所属社区", "意见类别", "受理日期", "状态"], "suggestion"),
        (["微心愿编号", "所属社区", "心愿类别", "登记日期", "状态"], "wish"),
        (["建议编号", "步骤序号", "办理环节", "办理日期", "办理后状态"], "case_step"),
    ],
)
def test_the_columns_tell_the_kind(headings: list[str], kind: str) -> None:
    layout = find_layout(sheet(headings, ["x"] * len(headings)), "台账.xlsx")
    assert layout and layout.source.kind == kind


def test_a_ledger_that_lacks_a_required_column_is_named_with_it() -> None:
    with pytest.raises(LoadError) as error:
        find_layout(sheet(["走访编号", "户编号", "走访日期", "备注"], ["V1", "H1", "2020-01-01", ""]), "走访.xlsx")
    assert error.value.code == "WRONG_COLUMNS"
    assert "走访.xlsx" in error.value.zh and "走访结果" in error.value.zh and "走访结果" in error.value.en


def test_a_stranger_is_no_ledger() -> None:
    assert find_layout(sheet(["姓名", "电话", "工资"], ["甲", "1", 2]), "a.xlsx") is None
    assert find_layout(sheet([]), "a.xlsx") is None


def test_layers_match_by_their_fields_and_need_shapes() -> None:
    rows: list[list[Any]] = [["422825100001001", "东门一"]]
    layer = RawSheet("", rows, [1], ["网格编码", "网格名称"], [b""], "EPSG:4525")
    layout = find_layout(layer, "网格.shp")
    assert layout and layout.source.kind == "grid" and layout.first == 0
    assert find_layout(RawSheet("", rows, [1], ["网格编码", "网格名称"]), "网格.csv") is None


def test_each_column_has_a_name_of_its_own_in_its_place() -> None:
    layout = Layout(sources()["visit"], {}, ["a #3", "a", "a", "", ""], 1)
    assert layout.names() == ["a #3", "a", "a #3 #3", "#4", "#5"]
    # As many as a damaged workbook has; to look for each among all before it took minutes.
    assert len(set(Layout(sources()["visit"], {}, ["编号"] * 65_536, 1).names())) == 65_536
