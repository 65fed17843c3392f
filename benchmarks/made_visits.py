"""A year of visits to an invented prefecture as a ledger file, and the store they are loaded into.

Grids are squares of a board, buildings lie inside theirs, and each visit was recorded some steps from its building, so
that the spatial join of the plain way and the register of the product put every visit into the same grid.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from openpyxl import Workbook
from sqlalchemy import select

from benchmarks.prefecture import DATA_ON, Sizes, make_prefecture
from data import schema, writes
from data.store import reading, writing

SIZES = Sizes(visits=0, cases=0, months=12)
VISITS, CHANGED = 1_000_000, 0.01
COLUMNS = (
    "走访编号",
    "户编号",
    "走访日期",
    "走访人编号",
    "走访方式",
    "走访结果",
    "见面人数",
    "有无照片",
    "有无记录",
    "经度",
    "纬度",
    "坐标系",
)
WEST, SOUTH, STEP, HALF = 109.0, 29.5, 0.01, 1e-4


def make_store(address: str, sizes: Sizes) -> pd.DataFrame:
    """The prefecture without a visit; returns `household_no` and the point of the building of each household."""
    engine = make_prefecture(address, sizes)
    placed, home = schema.building_grid.c, schema.household.c
    with reading(engine) as conn:
        grids = pd.read_sql(select(placed.building_id, placed.grid_id), conn)
        homes = pd.read_sql(select(home.household_no, home.building_id), conn)
        ids = pd.read_sql(select(schema.area_shape.c.area_id), conn)["area_id"].to_numpy()
    rng = np.random.default_rng(3)
    column, row = _square(grids["grid_id"].to_numpy())
    points = grids[["building_id"]].assign(
        lon=WEST + (column + rng.uniform(0.1, 0.9, len(grids))) * STEP,
        lat=SOUTH + (row + rng.uniform(0.1, 0.9, len(grids))) * STEP,
    )
    with writing(engine) as conn:
        lon, lat = points["lon"], points["lat"]
        houses = points.assign(geom=shapely.to_wkb(shapely.box(lon - HALF, lat - HALF, lon + HALF, lat + HALF)))
        writes.update_rows(conn, schema.building, houses.astype(object))
        shapes = pd.DataFrame({"area_id": ids, "valid_from": date(2015, 1, 1), "geom": shapely.to_wkb(_box(ids))})
        writes.update_rows(conn, schema.area_shape, shapes.astype(object))
    engine.dispose()
    return homes.merge(points, on="building_id")


def _square(ids: Any) -> tuple[Any, Any]:
    return np.asarray(ids) % 40, np.asarray(ids) // 40


def _box(ids: Any) -> Any:
    column, row = _square(ids)
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + STEP, south + STEP)


def write_grids(path: Path, ids: Sequence[int]) -> None:
    """The squares of some grids as a layer with `grid_id`."""
    gpd.GeoDataFrame({"grid_id": list(ids)}, geometry=_box(ids), crs="EPSG:4490").to_file(path, driver="GPKG")


def visit_lines(homes: pd.DataFrame, many: int, *, seed: int = 4) -> pd.DataFrame:
    """Visits as the cells of a ledger, by COLUMNS."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(homes), many)
    days = np.array([str(DATA_ON - timedelta(days=n)) for n in range(365)], dtype=object)
    words = {"见面": 0.8, "未见面": 0.15, "拒访": 0.05}
    result = rng.choice(np.array(list(words), dtype=object), many, p=list(words.values()))
    lon, lat = (homes[name].to_numpy()[at] + rng.uniform(-3e-4, 3e-4, many) for name in ("lon", "lat"))
    cells = (
        [f"V{n:07}" for n in range(many)], homes["household_no"].to_numpy()[at], days[rng.integers(0, 365, many)],
        [f"W{n:04}" for n in rng.integers(0, 2000, many)], "入户", result,
        np.where(result == "见面", rng.integers(1, 5, many), 0), np.where(rng.random(many) < 0.5, "有", "无"),
        np.where(rng.random(many) < 0.6, "有", "无"), lon.round(6), lat.round(6), "CGCS2000",
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, cells, strict=True)), index=range(many))


def changed(lines: pd.DataFrame, share: float) -> pd.DataFrame:
    """The same visits, some of them with another result and day."""
    rows = np.random.default_rng(5).choice(len(lines), int(share * len(lines)), replace=False)
    other = lines.copy()
    other.iloc[rows, [2, 5]] = ["2020-06-15", "拒访"]
    return other


def write_csv(path: Path, lines: pd.DataFrame) -> Path:
    """The ledger as a CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(lines))
    return path


def write_xlsx(path: Path, lines: pd.DataFrame) -> Path:
    """The ledger as a workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("走访")
    sheet.append(COLUMNS)
    for row in _rows(lines):
        sheet.append(row)
    book.save(path)
    return path


def _rows(lines: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    return zip(*(lines[name].tolist() for name in COLUMNS), strict=True)
