"""Three spreadsheets as offices hand them over, shaped unlike ours: other headings and order, titles, merged heads.

They belong to the county of tests/etl/tiny.py. For each, what a steward puts right that cannot be guessed.
"""

from pathlib import Path
from typing import Any

from openpyxl import Workbook

from geo.crs import wgs84_to_gcj02
from tests.etl.tiny import SOUTH, STEP, WEST


def write_calls(path: Path) -> Path:
    """Visits (走访): title and note, a heading in two rows with merged groups, no number of its own, a total."""
    book = Workbook()
    book.active.title = "填表说明"
    book.active.append(["本表由包楼干部填写"])
    sheet = book.create_sheet("2020年12月")
    rows: list[list[Any]] = [
        ["东门社区包楼干部敲门行动登记表"], [None], ["填报单位:东门社区", None, None, None, "2020年12月31日"],
        ["序号", "敲门", None, None, "住户情况", None],
        [None, "敲门时间", "方式", "干部编号", "户编码", "开门没有"],
        [1, "12月3日/2020", "上门", "W01", "H1", "开了"],
        [2, "2020年12月4日", "上门", "W01", "H2", "没人"],
        [3, "2020.12.5", "打电话", "W02", "H4", "开了"],
        [4, "2020.12.6", "上门", "W02", "H404", "开了"],
        ["合计", 4],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    for merged in ("A1:F1", "B4:D4", "E4:F4", "A4:A5"):
        sheet.merge_cells(merged)
    book.save(path)
    return path


CALLS = {
    "kind": "visit",
    "columns": {
        "visit_no": ["户编码", "敲门时间"], "household_no": "户编码", "visited_on": "敲门时间",
        "visitor_no": "干部编号", "visit_form": "方式", "visit_result": "开门没有",
    },
    "words": {"visit_form": {"上门": "入户", "打电话": "电话"}, "visit_result": {"开了": "见面", "没人": "未见面"}},
}  # fmt: skip


def write_places(path: Path) -> Path:
    """Facilities (设施): CSV in GB 18030 with AMap positions, latitude first; the list of one community, unsaid."""
    lon, lat = (float(v[0]) for v in wgs84_to_gcj02([WEST + 2.5 * STEP], [SOUTH + 0.5 * STEP]))
    lines = [
        "新居社区配套一览表,,,,", "",
        "纬度(高德),经度(高德),点位,做什么用,开没开,点位号",
        f"{lat:.6f},{lon:.6f},为民服务站,服务中心,正常,S1",
        f"{lat:.6f},{lon:.6f},小广场,广场,正常,S2",
        "说明:坐标取自高德地图,,,,",
    ]  # fmt: skip
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    return path


PLACES = {
    "kind": "facility", "crs": "GCJ-02",
    "columns": {
        "facility_no": "点位号", "facility_name": "点位", "facility_kind": "做什么用", "facility_state": "开没开",
        "source_lon": "经度(高德)", "source_lat": "纬度(高德)",
    },
    "fixed": {"community_name": "新居社区"},
    "words": {"facility_kind": {"服务中心": "便民服务中心", "广场": "文化广场"}, "facility_state": {"正常": "在用"}},
}  # fmt: skip


def write_register(path: Path) -> Path:
    """Households (户登记): buildings by what people call them, the household's number last, a subtotal in between."""
    book = Workbook()
    sheet = book.active
    sheet.title = "花名册"
    rows: list[list[Any]] = [
        ["东门社区住户花名册(样表)"], ["※ 人数不含外出半年以上的"],
        ["村(居)", "几栋", "单元", "门号", "家里几口人", "住户性质", "户编号(社区自编)"],
        ["东门社区", "1幢", "1", "501", 2, "常住", "N1"], ["东门社区", "四号楼", "2", "102", "3人", "租房", "N2"],
        ["小计", None, None, None, 5, None, None],
        ["东门社区", "9栋", "1", "101", 4, "常住", "N3"],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:G1")
    book.save(path)
    return path


REGISTER = {
    "kind": "household",
    "columns": {
        "household_no": "户编号(社区自编)", "community_name": "村(居)", "building_name": "几栋", "unit_no": "单元",
        "room_no": "门号", "person_count": "家里几口人", "household_kind": "住户性质",
    },
    "words": {"household_kind": {"常住": "普通", "租房": "租住"}},
}  # fmt: skip
