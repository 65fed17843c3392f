"""Writes the sample county (生成示例县): geometry, then people and work, then the files a county would hand over."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from etl.sample import cases, facilities, ledgers, organisation, people, visits, wishes
from etl.sample.buildings import raise_buildings
from etl.sample.county import County, lay_county
from etl.sample.doors import building_ledger
from etl.sample.layers import facility_table, write_areas, write_buildings, write_grids
from etl.sample.names import official_counts, register_of_names
from etl.sample.outline import BOUNDARY_PACKAGE, PLANE_CRS, Outline, read_outline, to_plane
from etl.sample.posts import fill_posts
from etl.sample.relocation import Sites, raise_sites
from etl.sample.streets import Town, lay_town
from etl.sample.valley import LENGTH_M, lay_valley, river_shape, stream_shape
from etl.sample.xlsx import Table, write_workbook

SEED = 422825
WITHOUT_POSITIONS = "兴隆街社区"
SEAT = (109.47722, 29.99028)
# Way-points of the rivers beyond the town, degrees; invented, as all of it.
_UPSTREAM = ((109.53, 30.02), (109.585, 30.005), (109.65, 29.985), (109.72, 30.02), (109.79, 30.06))
_DOWNSTREAM = ((109.44, 29.968), (109.40, 29.985), (109.365, 30.02), (109.33, 30.06))
_STREAM = (
    (109.72, 29.86),
    (109.66, 29.79),
    (109.60, 29.72),
    (109.53, 29.69),
    (109.46, 29.66),
    (109.40, 29.61),
    (109.34, 29.58),
    (109.30, 29.54),
)


def write_sample(
    out: Path,
    *,
    seed: int = SEED,
    progress: Callable[[str], None] | None = None,
    boundary_package: str = BOUNDARY_PACKAGE,
) -> list[Path]:
    """All files of the sample county, written into `out` (made if need be); files of the same names are replaced.

    The same seed gives the same bytes. `progress` is told in Chinese what is being done. Without the package that
    holds the county's outline an invented one is used, and the note 样例说明.json says so.
    Returns the files written, in order; the parts of the Shapefile count as one.
    """
    tell = progress or (lambda text: None)
    rng = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    tell("绘制边界:县、乡镇、社区(村)、网格")
    outline = read_outline(rng, boundary_package)
    town = lay_town(lay_valley(to_plane(*SEAT)), rng)
    county, town = lay_county(outline.county, town, rng)
    tell("铺设河流、街道与楼栋")
    waters = _waters(outline, town, rng)
    homes = raise_buildings(town, waters.geometry.iloc[0], rng)
    sites = raise_sites(county, waters.geometry.union_all(), rng)
    buildings = building_ledger(county, town, homes, sites, rng)
    grids = organisation.grid_ledger(county, town, rng)
    written = [
        _write_text(out / "样例说明.json", json.dumps(_note(outline, seed), ensure_ascii=False, indent=1)),
        _write_csv(out / "区划名录.csv", register_of_names()),
        write_areas(out / "行政区划.gpkg", outline, county),
        write_grids(out / "网格边界.shp", grids),
        write_buildings(out / "楼栋街道.gpkg", buildings, _streets(town, sites, county), waters),
    ]
    tell("登记住户、走访、纠纷与建议")
    register = visits.choose_met(people.register_households(buildings, rng), rng)
    books = _books(register, buildings, grids, county, sites, rng, seed)
    places = facility_table(facilities.place_facilities(county, town, sites, rng))
    written.append(_write_csv(out / "配套设施.csv", _spoiled(places)))
    written.append(_write_csv(out / "官方数.csv", official_counts()))
    for name, tables in books.items():
        tell(f"写出台账:{name}")
        written.append(write_workbook(out / name, tables))
    return written


def _books(
    register: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    grids: gpd.GeoDataFrame,
    county: County,
    sites: Sites,
    rng: np.random.Generator,
    seed: int,
) -> dict[str, list[Table]]:
    """Every ledger by file name. What came to the sample later draws from generators of its own."""
    branches = organisation.found_branches(grids, buildings, rng)
    groups, covers = organisation.found_groups(branches, buildings, rng)
    posts, leads = fill_posts(grids, buildings, covers, rng)
    calls = visits.make_visits(register, posts, rng)
    calls = visits.locate_visits(calls, register, buildings, np.random.default_rng([seed, 1]))
    disputes = cases.make_disputes(register, buildings, grids, rng)
    suggestions = cases.make_suggestions(register, buildings, grids, rng)
    books = {
        "网格党支部台账.xlsx": ledgers.branch_book(branches),
        "楼栋党小组台账.xlsx": ledgers.group_book(groups, covers, buildings),
        "岗位台账.xlsx": ledgers.post_book(posts, leads, buildings),
        "户登记台账_珠山镇.xlsx": ledgers.household_book(register, buildings, grids, urban=True),
        "户登记台账_易迁社区.xlsx": ledgers.household_book(register, buildings, grids, urban=False),
    }
    urban = grids[~grids["is_inferred"]].drop_duplicates("community")
    for i, (code, name) in enumerate(zip(urban["community"], urban["community_name"], strict=True)):
        # One community keeps no positions: there these rates are unknown, not 0.
        books[f"走访台账_{name}.xlsx"] = ledgers.visit_book(
            calls[calls["community"] == code], name, faults=i == 1, located=name != WITHOUT_POSITIONS
        )
    books["走访台账_易迁社区.xlsx"] = ledgers.visit_book(calls[~calls["is_urban"]], "易迁社区", faults=False)
    books["矛盾纠纷台账.xlsx"] = ledgers.dispute_book(*disputes)
    books["意见建议台账.xlsx"] = ledgers.suggestion_book(*suggestions)
    made = wishes.make_wishes(register, buildings, grids, np.random.default_rng([seed, 2]))
    books["微心愿台账.xlsx"] = ledgers.wish_book(made)
    books["菜地分配台账.xlsx"] = ledgers.plot_book(facilities.allot_plots(county, register, sites, rng))
    return books


def _waters(outline: Outline, town: Town, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """The river through the town and a stream in the south, inside the county."""
    ways = [[to_plane(*point) for point in way] for way in (_UPSTREAM, _DOWNSTREAM)]
    away = town.valley.place(np.array([-700.0, LENGTH_M + 700.0]), np.zeros(2))
    courses = [([tuple(away[i]), *way], 15.0) for i, way in enumerate(ways)]
    river = river_shape(town.valley, town.bend, courses, rng)
    stream = stream_shape([to_plane(*point) for point in _STREAM], 13.0, rng)
    shapes = shapely.intersection(np.array([river, stream]), outline.county)
    codes = {"code": ["SX-001", "SX-002"], "name": ["贡水河", "酉水河"]}
    return gpd.GeoDataFrame(codes, geometry=shapely.set_precision(shapes, 0.01), crs=PLANE_CRS)


def _streets(town: Town, sites: Sites, county: County) -> gpd.GeoDataFrame:
    names = county.units["name"].str.removesuffix("社区")
    moved = sites.streets.copy()
    serial = (moved.groupby("unit").cumcount()).astype("str")
    word = np.where(moved["kind"] == "支路", "安置路", "安置" + serial + "巷")
    moved["name"] = moved["unit"].map(names) + word
    streets = pd.concat([town.streets, moved.drop(columns="unit")], ignore_index=True)
    streets["code"] = [f"JD-{i:04d}" for i in range(1, len(streets) + 1)]
    return streets


def _spoiled(places: pd.DataFrame) -> pd.DataFrame:
    """The facility table with a messy date and two wrong rows: a kind we do not know, a place outside the county."""
    places = places.copy()
    dated = places.index[places["建成日期"] != ""][[15, 60]]
    for row, form in zip(dated, ("%Y.%m.%d", "%Y年%m月%d日"), strict=True):
        places.loc[row, "建成日期"] = pd.Timestamp(places.loc[row, "建成日期"]).strftime(form)
    wrong = places.iloc[[30, 31]].copy()
    wrong["设施编号"] = ["SS-9001", "SS-9002"]
    wrong["设施类别"] = ["游泳池", "村综合服务文化中心"]
    wrong.loc[wrong.index[1], ["经度", "纬度"]] = ["114.305500", "30.593100"]
    return pd.concat([places, wrong], ignore_index=True)


def _note(outline: Outline, seed: int) -> dict[str, Any]:
    note: dict[str, Any] = {
        "wangge_sample": True,
        "data_date": people.DATA_DATE.isoformat(),
        "seed": seed,
        "outline": outline.source,
        "notes_zh": ["示例数据:乡镇、社区、网格边界,街道,楼栋,人物与事件均为虚构;9个易迁社区为推定。"],
        "notes_en": [
            "Sample data: township, community and grid borders, streets, buildings, people and events are invented; "
            "the nine relocation communities are inferred."
        ],
    }
    if outline.source != "third_party":
        note["notes_zh"].append("未找到县界数据包,县界与邻县轮廓也为虚构。")
        note["notes_en"].append("The boundary package was not found: the outline of the county is invented as well.")
    return note


def _write_text(path: Path, text: str) -> Path:
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _write_csv(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return path
