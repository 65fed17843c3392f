"""Names and codes of the county's areas (区划名录), in the two editions committed under data/sample."""

import re
from pathlib import Path

import pandas as pd

COUNTY_CODE, COUNTY_NAME = "422825", "宣恩县"
FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample"
EDITIONS = ("NBS2020", "NBS2019")

TOWN_CODE = "422825100"
URBAN_CODES = tuple(f"422825100{serial:03d}" for serial in range(1, 6))
"""The five original communities of the county seat, which the thirty urban grids tile."""

RELOCATION_NAMES = ("康庄", "酉水情", "酉水苑", "柚乡苑", "歌乐城", "向阳", "长兴", "下坝", "林苑")
"""Communities that are new in 2020; taken for the nine relocation communities by inference, no source says so."""


def short_name(name: str) -> str:
    """A community's name as ledgers write it, without the words for its committee.

    >>> short_name("工农街社区居民委员会"), short_name("七里桥村村民委员会"), short_name("七里桥村民委员会")
    ('工农街社区', '七里桥村', '七里桥村')
    """
    if name.endswith("社区居民委员会"):
        return name.removesuffix("居民委员会")
    stem = re.sub("村?村民委员会$", "", name)
    return f"{stem}村" if stem != name else name


def read_names(edition: str) -> pd.DataFrame:
    """Every area of one edition: the county, its townships, its communities.

    One row per area, sorted by `code` within its level; `code` (unique), `name` as published, `short_name`,
    `parent_code` ("" for the county), `level`, `kind`, `is_relocation` (false throughout in 2019).
    """
    stem = FOLDER / edition.lower()
    towns = pd.read_csv(f"{stem}_streets.csv", dtype="str", encoding="utf-8")
    units = pd.read_csv(f"{stem}_villages.csv", dtype="str", encoding="utf-8")
    county = pd.DataFrame({"code": [COUNTY_CODE], "name": [COUNTY_NAME], "parent_code": [""]})
    areas = pd.concat(
        [county.assign(level="县"), towns.assign(level="乡镇"), units.assign(level="社区(村)")], ignore_index=True
    )
    areas["short_name"] = areas["name"].map(short_name)
    areas["kind"] = [_kind(level, name) for level, name in zip(areas["level"], areas["name"], strict=True)]
    relocation = {f"{name}社区" for name in RELOCATION_NAMES}
    is_new = (areas["level"] == "社区(村)") & areas["short_name"].isin(relocation)
    areas["is_relocation"] = is_new & (edition == "NBS2020")
    return areas


def _kind(level: str, name: str) -> str:
    if level == "社区(村)":
        return "社区" if name.endswith("社区居民委员会") else "村"
    return level if level == "县" else name[-1]


def register_of_names() -> pd.DataFrame:
    """区划名录.csv: one row per edition and area, both editions one after the other."""
    parts = []
    for edition in EDITIONS:
        areas = read_names(edition)
        parts.append(
            pd.DataFrame(
                {
                    "版本": edition,
                    "代码": areas["code"],
                    "名称": areas["name"],
                    "上级代码": areas["parent_code"],
                    "级别": areas["level"],
                    "类型": areas["kind"],
                    "是否易迁社区": areas["is_relocation"].map({True: "是", False: "否"}),
                    "易迁依据": areas["is_relocation"].map({True: "推定", False: ""}),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def official_counts() -> pd.DataFrame:
    """官方数.csv: what the county says there is, from the published figures and the directory."""
    report = "公开报道:{}"
    rows = [
        (COUNTY_CODE, COUNTY_NAME, "乡镇", 9, "区划名录"),
        (COUNTY_CODE, COUNTY_NAME, "社区(村)", 293, "区划名录(2020年版)"),
        (COUNTY_CODE, COUNTY_NAME, "村综合服务文化中心", 128, report.format("128个村综合服务文化中心")),
        (COUNTY_CODE, COUNTY_NAME, "易迁社区党组织", 9, report.format("易迁社区党组织9个")),
        (TOWN_CODE, "珠山镇", "网格", 30, report.format("网格党支部30个")),
        (TOWN_CODE, "珠山镇", "网格党支部", 30, report.format("网格党支部30个")),
        (TOWN_CODE, "珠山镇", "楼栋党小组", 205, report.format("楼栋党小组205个")),
    ]
    frame = pd.DataFrame(rows, columns=["区划代码", "区划名称", "统计对象", "官方数", "依据"])
    return frame.assign(截止日期="2020-12-31")[["区划代码", "区划名称", "统计对象", "官方数", "截止日期", "依据"]]
