"""The ledgers (台账) as tables: which columns, in which order, with totals, and the faults a real one has.

Each ledger gets a few cells that are messy but clear, and a few rows that are plainly wrong. Neither moves a figure:
messy cells mean what they meant before, wrong rows are added to the good ones.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from etl.files import SAMPLE_WORDS
from etl.sample.layers import degrees_of
from etl.sample.people import DATA_DATE
from etl.sample.xlsx import Table, rows_of

_NOTE = "填报单位:宣恩县珠山镇(示例数据,人物与事件均为虚构)    填报日期:2020年12月31日"
_FOOT = "注:本表为示例数据,不含任何真实居民信息;编号均为随机生成。"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_YES = {True: "是", False: "否"}
Rows = list[list[Any]]


def _table(
    name: str, title: str, headings: list[str | tuple[str, str]], rows: Rows, *, totals: dict[str, Any] | None = None
) -> Table:
    pairs = [heading if isinstance(heading, tuple) else ("", heading) for heading in headings]
    last: list[Any] = []
    if totals is not None:
        last = ["合计"] + [totals.get(heading) for _, heading in pairs[1:]]
    return Table(name, f"{title}({SAMPLE_WORDS})", _NOTE, pairs, rows, last, [_FOOT])


def _wide(text: str) -> str:
    """Digits in full width, as some input methods leave them."""
    return text.translate(_WIDE)


def branch_book(branches: pd.DataFrame) -> list[Table]:
    """网格党支部台账.xlsx."""
    columns = [
        "org_no", "name", "kind", "community_name", "grid_code", "grid_name", "since", "members", "way",
        "is_established", "is_covered", "place",
    ]  # fmt: skip
    rows = rows_of(branches[columns])
    rows[9][4] = _wide(rows[9][4])
    rows[12][6] = f"{rows[12][6]:%Y}年{rows[12][6].month}月{rows[12][6].day}日"
    rows[17][6] = f"{rows[17][6].year}.{rows[17][6].month}.{rows[17][6].day}"
    rows[20][10] = "√"
    headings: list[str | tuple[str, str]] = [
        "支部编号", "支部名称", "组织类型", "所属社区", "网格编码", "所属网格", "成立日期", "党员人数", "覆盖方式",
        "是否组建", "是否覆盖", "活动场所楼栋编码",
    ]  # fmt: skip
    total = {"党员人数": int(branches["members"].sum())}
    return [_table("党支部", "宣恩县网格党支部台账", headings, rows, totals=total)]


def group_book(groups: pd.DataFrame, covers: pd.DataFrame, buildings: pd.DataFrame) -> list[Table]:
    """楼栋党小组台账.xlsx: sheets 党小组 and 覆盖楼栋."""
    columns = ["group_no", "name", "branch_no", "community_name", "grid_code", "grid_name", "since", "members"]
    rows = rows_of(groups[columns])
    rows[30][6] = f"{rows[30][6].year}.{rows[30][6].month}.{rows[30][6].day}"
    first = _table(
        "党小组",
        "宣恩县楼栋党小组台账",
        ["党小组编号", "党小组名称", "所属支部编号", "所属社区", "网格编码", "所属网格", "成立日期", "党员人数"],
        rows,
        totals={"党员人数": int(groups["members"].sum())},
    )
    cover = pd.DataFrame(
        {
            "group_no": covers["group_no"],
            "code": buildings["code"].to_numpy()[covers["building"]],
            "name": buildings["name"].to_numpy()[covers["building"]],
            "since": covers["since"],
        }
    )
    rows = rows_of(cover)
    for at, word in ((11, "幢"), (12, "#"), (40, "号楼")):
        rows[at][2] = str(rows[at][2]).replace("栋", word)
    rows[25][1] = _wide(rows[25][1])
    rows.insert(600, [rows[600][0], "42282510000199999", "9栋", rows[600][3]])  # wrong: no such building
    second = _table("覆盖楼栋", "楼栋党小组覆盖楼栋明细", ["党小组编号", "楼栋编码", "楼栋名称", "覆盖起始日期"], rows)
    return [first, second]


def post_book(posts: pd.DataFrame, leads: pd.DataFrame, buildings: pd.DataFrame) -> list[Table]:
    """岗位台账.xlsx: sheets 网格员 and 楼栋长."""
    grid = posts.assign(is_member=posts["is_member"].map(_YES))
    rows = rows_of(grid[["post_no", "kind", "person_no", "grid_code", "grid_name", "is_member", "from_day", "to_day"]])
    rows[5][1] = "专职网格员" if rows[5][1] == "网格员" else rows[5][1]
    rows.append(["GW-9001", "网格员", "W9001", rows[0][3], rows[0][4], "否", "待定", None])  # wrong: not a date
    headings: list[str | tuple[str, str]] = [
        "岗位编号",
        "岗位",
        "人员编号",
        "网格编码",
        "所属网格",
        "是否党员",
        "任职日期",
        "离任日期",
    ]
    first = _table("网格员", "宣恩县网格员、网格长台账", headings, rows)
    lead = leads.assign(
        is_member=leads["is_member"].map(_YES),
        code=buildings["code"].to_numpy()[leads["building"]],
        name=buildings["name"].to_numpy()[leads["building"]],
    )
    rows = rows_of(lead[["post_no", "kind", "person_no", "code", "name", "is_member", "from_day", "to_day"]])
    rows.insert(700, [rows[699][0], *rows[700][1:]])  # wrong: the number of the row above
    headings = ["岗位编号", "岗位", "人员编号", "楼栋编码", "楼栋名称", "是否党员", "任职日期", "离任日期"]
    return [first, _table("楼栋长", "宣恩县楼栋长台账", headings, rows)]


def household_book(register: pd.DataFrame, buildings: pd.DataFrame, grids: pd.DataFrame, *, urban: bool) -> list[Table]:
    """户登记台账_*.xlsx: one row per household, groups of headings merged over the columns."""
    here = register[register["is_urban"] == urban]
    at = here["building"].to_numpy()
    frame = pd.DataFrame(
        {
            "no": here["household_no"],
            "community": buildings["community_name"].to_numpy()[at],
            "grid": grids.set_index("code")["name"].reindex(here["grid_code"]).to_numpy(),
            "code": buildings["code"].to_numpy()[at],
            "building": buildings["name"].to_numpy()[at],
            "unit": here["unit"],
            "floor": here["floor"],
            "room": here["room"],
            "kind": here["kind"],
            "persons": here["persons"],
            "moved_in": here["moved_in"],
            "moved_out": here["moved_out"],
        }
    )
    rows = [[*row, None] for row in rows_of(frame)]
    for at_row in range(37, len(rows), 401):
        rows[at_row][12] = "外出务工,节假日返乡" if at_row % 2 else "人户一致"
    if urban:
        _mess_up_register(rows)
    headings: list[str | tuple[str, str]] = [
        "户编号", "所属社区", "所属网格",
        ("房屋位置", "楼栋编码"), ("房屋位置", "楼栋"), ("房屋位置", "单元"), ("房屋位置", "楼层"),
        ("房屋位置", "房号"),
        ("户情况", "户类型"), ("户情况", "人口数"), ("户情况", "迁入日期"), ("户情况", "迁出日期"), "备注",
    ]  # fmt: skip
    total = {"人口数": int(here["persons"].sum())}
    place = "珠山镇" if urban else "易地扶贫搬迁安置社区"
    return [_table("户登记", f"宣恩县{place}户登记台账", headings, rows, totals=total)]


def _mess_up_register(rows: Rows) -> None:
    by_word = {"栋": ("幢", "#", "号楼")}
    named = [row for row in rows[:3_000] if "栋" in str(row[4])]
    for row, word in zip(named[::200], by_word["栋"] * 3, strict=False):
        row[4] = str(row[4]).replace("栋", word)
    for row in rows[120:4_000:650]:
        row[3] = _wide(row[3])
    dated = [row for row in rows if row[10]]
    for i, row in enumerate(dated[50:6_000:700]):
        day = row[10]
        row[10] = (f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}")[
            i % 3
        ]
    for row in rows[300:9_000:1_450]:
        row[8] = {"普通": "一般户", "租住": "租户"}.get(row[8], row[8])
    counted = [row for row in rows if row[9]]
    for row in counted[77:8_000:1_900]:
        row[9] = _wide(str(row[9]))
    model = rows[10]
    rows.insert(2_500, [None, *model[1:9], 3, None, None, "编号待补"])  # wrong: no number
    rows.insert(
        5_200, ["H190001", *model[1:3], "42282510000188888", "88栋", *model[5:9], 2, None, None, None]
    )  # no such building
    rows.insert(8_100, ["H190002", *model[1:9], "三口人", None, None, None])  # wrong: not a number


def visit_book(visits: pd.DataFrame, place: str, *, faults: bool, located: bool = True) -> list[Table]:
    """走访台账_*.xlsx of one community; `located` when it keeps positions."""
    columns = ["visit_no", "household_no", "day", "worker", "form", "result", "persons_met", "photo", "note"]
    columns += ["lon", "lat", "crs"] if located else []
    rows = rows_of(visits[columns])
    for i, row in enumerate(rows[90:5_000:610]):
        day = row[2]
        row[2] = (f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}")[
            i % 3
        ]
    for row in rows[140:5_000:900]:
        row[4] = {"入户": "入户走访"}.get(row[4], row[4])
    vain = [row for row in rows if row[5] == "未见面"]
    for row in vain[20:900:300]:
        row[5] = "未见面(无人)"
    if faults:
        model = vain[3]
        rows.insert(700, ["ZF2020-900001", model[1], "2020-13-45", *model[3:]])  # wrong: not a date
        rows.insert(1_400, ["ZF2020-900002", "H999999", *model[2:]])  # wrong: no such household
        rows.insert(
            2_100, ["ZF2020-900003", model[1], DATA_DATE.replace(year=2031), *model[3:]]
        )  # wrong: in the future
        rows.append([model[0], vain[4][1], *model[2:]])  # wrong: the number of another visit
    headings: list[str | tuple[str, str]] = [
        "走访编号", "户编号", "走访日期", "走访人编号", ("走访情况", "走访方式"), ("走访情况", "走访结果"),
        ("走访情况", "见面人数"), ("走访情况", "有无照片"), ("走访情况", "有无记录"),
        *([("定位", "经度"), ("定位", "纬度"), ("定位", "坐标系")] if located else []),
    ]  # fmt: skip
    total = {"见面人数": int(visits["persons_met"].sum())}
    return [_table("走访", f"{place}入户走访台账(2020年)", headings, rows, totals=total)]


def dispute_book(disputes: pd.DataFrame, steps: pd.DataFrame) -> list[Table]:
    """矛盾纠纷台账.xlsx: sheets 纠纷登记 and 办理步骤."""
    lon, lat = degrees_of(disputes["x"].to_numpy(), disputes["y"].to_numpy())
    frame = disputes.assign(lon=np.round(lon, 6), lat=np.round(lat, 6))
    columns = [
        "case_no", "community_name", "grid_name", "grid_code", "building", "lon", "lat", "category", "source", "found",
        "accepted", "due", "resolved", "closed", "status", "outcome", "satisfaction",
    ]  # fmt: skip
    rows = rows_of(frame[columns])
    for row in rows[8:100:37]:
        row[7] = f"{row[7]}纠纷" if row[7] != "其他" else row[7]
    rows[21][9] = f"{rows[21][9].year}.{rows[21][9].month}.{rows[21][9].day}"
    rows[33][3] = _wide(rows[33][3])
    model = next(row for row in rows if row[4] and row[12])
    rows.append(["MD2020-9001", *model[1:7], "邻里口角", *model[8:]])  # wrong: no such category
    early = model[10] - timedelta(days=20)
    rows.append(["MD2020-9002", *model[1:12], early, *model[13:]])  # wrong: settled before it was taken up
    headings: list[str | tuple[str, str]] = [
        "纠纷编号", "所属社区", "所属网格", "网格编码", "楼栋编码", "经度", "纬度", "纠纷类型", "来源", "排查日期",
        "受理日期", "办理时限", "化解日期", "办结日期", "状态", "结果", "满意度",
    ]  # fmt: skip
    log = rows_of(steps)
    log.insert(200, ["MD2020-8888", 1, "登记", log[200][3], "登记", log[200][5]])  # wrong: no such case
    return [
        _table("纠纷登记", "宣恩县矛盾纠纷排查化解台账", headings, rows),
        _steps_table("纠纷编号", log),
    ]


def suggestion_book(suggestions: pd.DataFrame, steps: pd.DataFrame) -> list[Table]:
    """意见建议台账.xlsx: sheets 建议登记 and 办理步骤."""
    columns = [
        "case_no", "community_name", "grid_name", "grid_code", "building", "category", "source", "found", "accepted",
        "due", "closed", "status", "satisfaction",
    ]  # fmt: skip
    rows = rows_of(suggestions[columns])
    rows[13][7] = f"{rows[13][7].year}年{rows[13][7].month}月{rows[13][7].day}日"
    rows.append([None, *rows[5][1:]])  # wrong: no number
    headings: list[str | tuple[str, str]] = [
        "建议编号", "所属社区", "所属网格", "网格编码", "楼栋编码", "意见类别", "来源", "收集日期", "受理日期",
        "办理时限",        "办结日期", "状态", "满意度",
    ]  # fmt: skip
    return [_table("建议登记", "宣恩县意见建议台账", headings, rows), _steps_table("建议编号", rows_of(steps))]


def wish_book(wishes: pd.DataFrame) -> list[Table]:
    """微心愿台账.xlsx."""
    columns = [
        "no", "community_name", "grid_name", "grid_code", "building", "category", "source", "found", "claimed",
        "realised", "status",
    ]  # fmt: skip
    rows = rows_of(wishes[columns])
    rows[17][7] = f"{rows[17][7].year}.{rows[17][7].month}.{rows[17][7].day}"
    rows[40][3] = _wide(rows[40][3])
    rows.append(["XY2020-9001", *rows[3][1:5], "环游世界", *rows[3][6:]])  # wrong: no such category
    headings: list[str | tuple[str, str]] = [
        "微心愿编号", "所属社区", "所属网格", "网格编码", "楼栋编码", "心愿类别", "来源", "登记日期", "认领日期",
        "实现日期", "状态",
    ]  # fmt: skip
    return [_table("微心愿", "宣恩县微心愿征集认领台账", headings, rows)]


def _steps_table(number: str, log: Rows) -> Table:
    return _table("办理步骤", "办理步骤", [number, "步骤序号", "办理环节", "办理日期", "办理后状态", "办理单位"], log)


def plot_book(plots: pd.DataFrame) -> list[Table]:
    """菜地分配台账.xlsx."""
    rows = [
        [row.code, row.name_, DATA_DATE, row.households, row.with_plot]
        for row in plots.rename(columns={"name": "name_"}).itertuples()
    ]
    total = {"总户数": int(plots["households"].sum()), "已分配菜地户数": int(plots["with_plot"].sum())}
    headings: list[str | tuple[str, str]] = ["社区代码", "所属社区", "统计日期", "总户数", "已分配菜地户数"]
    return [_table("菜地分配", "易迁社区菜地分配台账", headings, rows, totals=total)]
