"""A county small enough to count by hand, written as the files that a real one hands over.

One township with the communities A (grids 1 and 2 side by side, west and east) and B (a relocation community, one
grid that leaves its eastern half free). Five buildings: 1 and 2 in grid A1, 3 in grid A2 (a public one) and 4 (lived
in), 5 in B outside every grid. Six households, two disputes, one suggestion.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
from openpyxl import Workbook
from shapely.geometry import box

A, B = "422825100001", "422825100002"
A1, A2, B1 = f"{A}001", f"{A}002", f"{B}001"

WEST, SOUTH, STEP = 109.40, 29.90, 0.01

AREAS = [
    ("NBS2020", "422825", "某县", "", "县", "县", "否", ""),
    ("NBS2020", "422825100", "甲镇", "422825", "乡镇", "镇", "否", ""),
    ("NBS2020", A, "东门社区居委会", "422825100", "社区(村)", "社区", "否", ""),
    ("NBS2020", B, "新居社区居委会", "422825100", "社区(村)", "社区", "是", "推定"),
    ("NBS2019", "422825100", "甲镇", "422825", "乡镇", "镇", "否", ""),
    ("NBS2019", "422825100009", "东门居委会", "422825100", "社区(村)", "社区", "否", ""),
]
AREA_HEADINGS = ("版本", "代码", "名称", "上级代码", "级别", "类型", "是否易迁社区", "易迁依据")


def cell(column: int, row: int, width: float = 1, height: float = 1) -> Any:
    """A rectangle on a board of squares of one hundredth of a degree."""
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return box(x, y, x + width * STEP, y + height * STEP)


def house(column: float, row: float) -> Any:
    """A footprint of some 20 m with its corner at a place of the board."""
    return cell(0, 0, 0, 0) if column < 0 else box(
        WEST + column * STEP, SOUTH + row * STEP, WEST + column * STEP + 2e-4, SOUTH + row * STEP + 2e-4
    )  # fmt: skip


def write_csv(path: Path, headings: Sequence[str], rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> Path:
    lines = [",".join(map(str, row)) for row in (headings, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def write_sheet(
    path: Path, headings: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str = "台账", sheet: str = "Sheet1",
    note: bool = True,
) -> Path:  # fmt: skip
    """A ledger as they come: title in row 1, filling note in row 2, heading in row 3, total and note at the end."""
    write_book(path, {sheet: (headings, rows)}, title=title, note=note)
    return path


def write_book(
    path: Path,
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]],
    *,
    title: str = "台账",
    note: bool = True,
) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, (headings, rows) in sheets.items():
        sheet = book.create_sheet(name)
        if note:
            sheet.append([title])
            sheet.append(["填表说明:带*为必填"])
        sheet.append(list(headings))
        for row in rows:
            sheet.append(list(row))
        if note:
            sheet.append(["合计", len(rows)])
            sheet.append(["注:数据截至月底"])
    book.save(path)
    return path


def write_areas(folder: Path) -> list[Path]:
    names = write_csv(folder / "区划名录.csv", AREA_HEADINGS, AREAS)
    shapes = folder / "行政区划.gpkg"
    layers = {
        "县": [("422825", "某县", cell(0, 0, 4, 2))],
        "乡镇": [("422825100", "甲镇", cell(0, 0, 4, 2))],
        "社区村": [(A, "东门社区", cell(0, 0, 2, 2)), (B, "新居社区", cell(2, 0, 2, 2))],
        "邻县": [("422801", "邻县", cell(4, 0, 1, 2))],
    }
    for layer, rows in layers.items():
        frame = gpd.GeoDataFrame(
            {"代码": [row[0] for row in rows], "名称": [row[1] for row in rows], "图形来源": "示意(虚构)"},
            geometry=[row[2] for row in rows], crs="EPSG:4490",
        )  # fmt: skip
        frame.to_file(shapes, layer=layer, driver="GPKG")
    return [names, shapes]


GRIDS = [(A1, "东门一", A, cell(0, 0, 1, 2)), (A2, "东门二", A, cell(1, 0, 1, 2)), (B1, "新居一", B, cell(2, 0, 1, 2))]


def write_grids(folder: Path, grids: Sequence[tuple[Any, ...]] = GRIDS, drawn: str = "2019-01-01") -> Path:
    path = folder / "网格边界.shp"
    frame = gpd.GeoDataFrame(
        {
            "网格编码": [g[0] for g in grids], "网格名称": [g[1] for g in grids], "社区代码": [g[2] for g in grids],
            "网格类型": "城市网格", "划定日期": drawn, "是否推定": "否", "图形来源": "虚构",
        }, geometry=[g[3] for g in grids], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_crs("EPSG:4525").to_file(path, driver="ESRI Shapefile", encoding="GBK")
    return path


BUILDINGS = [
    (f"{A}00001", "1栋", A, "住宅", house(0.3, 0.3)),
    (f"{A}00002", "2栋", A, "住宅", house(0.5, 0.5)),
    (f"{A}00003", "3栋", A, "公建", house(1.3, 0.3)),
    (f"{A}00004", "4栋", A, "商住", house(1.5, 0.5)),
    (f"{B}00001", "1栋", B, "住宅", house(3.5, 0.5)),
]


def write_buildings(folder: Path, buildings: Sequence[tuple[Any, ...]] = BUILDINGS) -> Path:
    path = folder / "楼栋街道.gpkg"
    frame = gpd.GeoDataFrame(
        {
            "楼栋编码": [b[0] for b in buildings], "楼栋名称": [b[1] for b in buildings],
            "社区代码": [b[2] for b in buildings], "用途": [b[3] for b in buildings],
            "地上层数": 6, "总户数": 12,
        }, geometry=[b[4] for b in buildings], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_file(path, layer="楼栋", driver="GPKG")
    return path


HOUSEHOLD_HEADINGS = ("户编号*", "楼栋编码", "单元", "楼层", "房号", "户类型", "人口数(人)", "迁入日期", "迁出日期")
HOUSEHOLDS: list[tuple[Any, ...]] = [
    ("H1", f"{A}00001", "1", "3", "301", "普通", 3, None, None),
    ("H2", f"{A}00001", "1", "3", "302", "普通", 4, None, None),
    ("H3", f"{A}00002", "1", "1", "101", "关爱", None, None, None),
    ("H4", f"{A}00004", "1", "2", "201", "租住", 2, date(2020, 7, 1), None),
    ("H5", f"{A}00004", "1", "2", "202", "普通", 5, None, date(2020, 3, 1)),
    ("H6", f"{B}00001", "1", "1", "101", "易迁", 1, None, None),
]
VISIT_HEADINGS = (
    "走访编号",
    "户编号",
    "走访日期",
    "走访人编号",
    "走访方式",
    "走访结果",
    "见面人数",
    "有无照片",
    "有无记录",
)
VISITS: list[tuple[Any, ...]] = [
    ("V1", "H1", "2020.5.3", "W01", "入户", "见面", 1, "有", "√"),
    ("V2", "H1", "2020年6月1日", "W01", "入户", "见面", 2, "无", "×"),
    ("V3", "H2", date(2020, 6, 2), "W01", "电话", "未见面", 0, "", ""),
    ("V4", "H4", "20200801", "W02", "入户", "见面", 1, "是", "是"),
    ("V5", "H6", 44175, "W03", "入户", "见面", 1, "1", "0"),
    ("V6", "H5", "2020-02-01", "W02", "入户", "见面", 1, "否", "否"),
]


def write_register(folder: Path, households: Sequence[Sequence[Any]] = HOUSEHOLDS) -> Path:
    return write_sheet(folder / "户登记台账.xlsx", HOUSEHOLD_HEADINGS, households)


def write_visits(folder: Path, visits: Sequence[Sequence[Any]] = VISITS, name: str = "走访台账.xlsx") -> Path:
    return write_sheet(folder / name, VISIT_HEADINGS, visits)


DISPUTE_HEADINGS = ("纠纷编号", "所属社区", "网格编码", "楼栋编码", "经度", "纬度", "纠纷类型", "排查日期", "受理日期",
                    "办理时限", "化解日期", "办结日期", "状态", "结果")  # fmt: skip
DISPUTES: list[tuple[Any, ...]] = [
    ("D1", "东门", "", f"{A}00001", None, None, "邻里", "2020-05-01", "2020-05-02", "2020-06-01", "2020-05-20",
     "2020-05-20", "已化解", "成功"),
    ("D2", "东门社区", "", "", WEST + 1.5 * STEP, SOUTH + 0.5 * STEP, "物业", "2020-06-01", "2020-06-02", "2020-07-02",
     None, None, "调解中", ""),
    ("D3", "新居社区居委会", "", "", None, None, "其他", "2020-08-01", "2020-08-02", "2020-09-01", None, None,
     "已受理", ""),
]  # fmt: skip
STEP_HEADINGS = ("纠纷编号", "步骤序号", "办理环节", "办理日期", "办理后状态", "办理单位")
STEPS: list[tuple[Any, ...]] = [
    ("D1", 1, "登记", "2020-05-01", "登记", "东门社区"),
    ("D1", 2, "受理", "2020-05-02", "已受理", "东门社区"),
    ("D1", 3, "化解", "2020-05-18", "已化解", "东门社区"),
    ("D2", 1, "受理", "2020-06-03", "已受理", "东门社区"),
    ("D2", 2, "化解", "2020-06-20", "已化解", "东门社区"),
    ("D2", 3, "重开", "2020-06-25", "反复", "东门社区"),
]


def write_disputes(
    folder: Path, disputes: Sequence[Sequence[Any]] = DISPUTES, steps: Sequence[Sequence[Any]] = STEPS
) -> Path:
    sheets = {"纠纷登记": (DISPUTE_HEADINGS, disputes), "办理步骤": (STEP_HEADINGS, steps)}
    return write_book(folder / "矛盾纠纷台账.xlsx", sheets)


def write_orgs(folder: Path) -> list[Path]:
    branches = write_sheet(
        folder / "网格党支部台账.xlsx",
        (
            "支部编号",
            "支部名称",
            "组织类型",
            "所属社区",
            "网格编码",
            "成立日期",
            "党员人数",
            "覆盖方式",
            "是否组建",
            "是否覆盖",
        ),
        [
            ("Z0", "东门社区党委", "社区党委", "东门社区", "", "2018-01-01", 9, "", "", ""),
            ("Z1", "东门一支部", "网格党支部", "东门社区", A1, "2019-01-01", 20, "独立", "是", "是"),
            ("Z2", "新居党支部", "易迁社区党组织", "新居社区", B1, "2020-06-01", 8, "延伸", "否", "是"),
        ],
    )
    groups = write_book(
        folder / "楼栋党小组台账.xlsx",
        {
            "党小组": (
                ("党小组编号", "党小组名称", "所属支部编号", "所属社区", "网格编码", "成立日期", "党员人数"),
                [("G1", "一小组", "Z1", "东门社区", A1, "2019-02-01", 5)],
            ),
            "覆盖楼栋": (
                ("党小组编号", "楼栋编码", "楼栋名称", "覆盖起始日期"),
                [("G1", f"{A}00001", "1栋", "2019-02-01"), ("G1", f"{A}00003", "3栋", "2019-02-01")],
            ),
        },
    )
    posts = write_book(
        folder / "岗位台账.xlsx",
        {
            "网格员": (
                ("岗位编号", "岗位", "人员编号", "网格编码", "是否党员", "任职日期", "离任日期"),
                [
                    ("P1", "网格员", "W01", A1, "是", "2019-03-01", ""),
                    ("P2", "网格长", "W09", A2, "否", "2019-03-01", ""),
                ],
            ),
            "楼栋长": (
                ("岗位编号", "岗位", "人员编号", "楼栋编码", "是否党员", "任职日期", "离任日期"),
                [("P3", "楼栋长", "W02", f"{A}00002", "是", "2019-03-01", "2020-07-01")],
            ),
        },
    )
    return [branches, groups, posts]


def write_facilities(folder: Path, encoding: str = "gb18030") -> Path:
    kinds = ("便民服务中心", "文化广场", "生活超市", "标准化卫生室", "创业就业空间")
    rows = [
        (f"F{n}", kind, kind, "甲镇", "新居社区", 109.43, 29.905, "GCJ-02", "2019-06-01", "在用", "是")
        for n, kind in enumerate(kinds, 1)
    ]
    headings = (
        "设施编号",
        "设施名称",
        "设施类别",
        "所属乡镇",
        "所属社区",
        "经度",
        "纬度",
        "坐标系",
        "建成日期",
        "状态",
        "是否达标",
    )
    return write_csv(folder / "配套设施.csv", headings, rows, encoding)


def write_plots(folder: Path) -> Path:
    return write_sheet(
        folder / "菜地分配台账.xlsx", ("社区代码", "所属社区", "统计日期", "总户数", "已分配菜地户数"),
        [(B, "新居社区", "2020-06-30", 80, 79), (B, "新居社区", "2020-12-01", 80, 80)],
    )  # fmt: skip


def write_county(folder: Path) -> Path:
    """All files of the county in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_areas(folder)
    for write in (write_grids, write_buildings, write_register, write_visits, write_disputes, write_orgs,
                  write_facilities, write_plots):  # fmt: skip
        write(folder)
    return folder
