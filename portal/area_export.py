"""The numbers of a view as files (视图导出): what the table of a page shows, with the same scope and suppression.

One row per area of the level shown, 未落格 and areas without a number included. GeoJSON and GeoPackage carry the shapes
as they are stored (EPSG:4490) and say of themselves who made them, as every download does.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from data import terms
from data.registry import Indicator, indicators
from geo.crs import STORE_CRS
from geo.periods import period_label
from portal import completeness, exports, figures, reads, rules
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import current
from portal.standing import STANDINGS, standing
from portal.watermark import Mark
from portal.words import HIDDEN_WHY, t

HEADS = {
    "code": ("代码", "code"), "name": ("名称", "name"), "parent": ("所属", "part of"),
    "indicator": ("指标", "indicator"),
    "period": ("统计期", "period"), "value": ("数值", "value"), "numerator": ("分子", "numerator"),
    "denominator": ("分母", "denominator"), "unit": ("单位", "unit"), "state": ("说明", "state"),
    "reporting_units": ("有台账的社区", "reporting_units"), "expected_units": ("应报的社区", "expected_units"),
    "outline": ("边界来源", "outline"),
}  # fmt: skip
COUNTS = ("numerator", "denominator", "reporting_units", "expected_units")
KINDS = {**exports.KINDS, "geojson": "application/geo+json", "gpkg": "application/geopackage+sqlite3"}


@dataclass(frozen=True)
class Asked:
    """Which numbers: of a level inside an area, for an indicator and a period."""

    area: str
    level: str
    indicator: str
    period: str


def rows(viewer: Viewer, asked: Asked, lang: str) -> pd.DataFrame:
    """One row per area, in the order of the codes; columns as HEADS. Counts are missing where hidden or unknown.

    Raises NotAllowedError for a role without this export and for an area outside the viewer's own.
    """
    if viewer.role not in rules.EXPORTS["areas"] or reads.area(viewer, asked.area) is None:
        raise NotAllowedError("您的身份不能导出这些数。", "Your role may not export these numbers.")
    rule = indicators()[asked.indicator]
    inside = reads.below(viewer, asked.area, asked.level, with_unplaced=True)
    codes = [a.code for a in inside]
    found, parents = reads.measures(viewer, rule.code, asked.period, codes), reads.parent_names(viewer, codes)
    units = completeness.reported(viewer, rule.code, asked.period, codes)
    lines = []
    for a in inside:
        measure = found[a.code]
        is_known = measure.rate is not None
        has_parts = is_known and not rule.is_index
        lines.append({
            "code": a.code, "name": a.name, "parent": parents.get(a.code, ""), "indicator": rule.name(lang),
            "period": period_label(asked.period, lang),
            "value": figures.shown(rule, measure, lang),
            "numerator": measure.numerator if has_parts else None,
            "denominator": measure.denominator if has_parts else None, "unit": rule.unit(lang),
            "state": _state(rule, measure, lang),
            "reporting_units": units[a.code].n if a.code in units else None,
            "expected_units": units[a.code].d if a.code in units else None,
            "outline": terms.GEOM_STATUSES.label(a.geom_status, lang) if a.geom_status else "",
        })  # fmt: skip
    return pd.DataFrame(lines, columns=list(HEADS)).astype(dict.fromkeys(COUNTS, "Int64"))


def _state(rule: Indicator, measure: reads.Measure, lang: str) -> str:
    """Why the value is no rate; nothing beside one that is."""
    found = standing(measure, rule)
    return "" if found in ("known", "zero") else t(*HIDDEN_WHY if found == "hidden" else STANDINGS[found], lang)


def _lines(table: pd.DataFrame) -> list[list[Any]]:
    return [[None if pd.isna(value) else value for value in line] for line in table.astype(object).to_numpy().tolist()]


def _heads(lang: str) -> list[str]:
    return [t(*words, lang) for words in HEADS.values()]


def _csv(viewer: Viewer, asked: Asked, mark: Mark) -> bytes:
    return exports.as_csv(_heads(mark.language), _lines(rows(viewer, asked, mark.language)), mark)


def _xlsx(viewer: Viewer, asked: Asked, mark: Mark) -> bytes:
    title = indicators()[asked.indicator].name(mark.language)
    return exports.as_xlsx(title, _heads(mark.language), _lines(rows(viewer, asked, mark.language)), mark)


def _shapes(table: pd.DataFrame) -> list[shapely.Geometry | None]:
    """The stored shape of each row; None for 未落格 and areas without one."""
    snapshot = current()
    ids = [snapshot.places.by_code[code].area_id for code in table["code"]]
    found: list[shapely.Geometry | None] = snapshot.shapes.geometry.reindex(ids).tolist()
    return found


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """To a decimetre, which is finer than any boundary was measured."""
    return np.round(points, 6)


def _geojson(viewer: Viewer, asked: Asked, mark: Mark) -> bytes:
    table = rows(viewer, asked, mark.language)
    heads = _heads(mark.language)
    shapes = shapely.to_geojson(shapely.transform(np.array(_shapes(table), dtype=object), _rounded))
    features = [
        {"type": "Feature", "properties": dict(zip(heads, line, strict=True)),
         "geometry": orjson.Fragment(shape) if shape else None}
        for line, shape in zip(_lines(table), shapes, strict=True)
    ]  # fmt: skip
    return orjson.dumps({"type": "FeatureCollection", "about": dict(mark.lines()), "features": features})


def _gpkg(viewer: Viewer, asked: Asked, mark: Mark) -> bytes:
    table = rows(viewer, asked, mark.language)
    named = table.set_axis(_heads(mark.language), axis="columns")
    frame = gpd.GeoDataFrame(named, geometry=_shapes(table), crs=STORE_CRS)
    about = pd.DataFrame(mark.lines(), columns=["heading", "text"])
    with tempfile.TemporaryDirectory(prefix="wangge-export-") as folder:
        file = Path(folder) / "areas.gpkg"
        frame.to_file(file, layer="areas", driver="GPKG")
        gpd.GeoDataFrame(about, geometry=[None] * len(about), crs=STORE_CRS).to_file(
            file, layer="about", driver="GPKG", mode="a"
        )
        return file.read_bytes()


MAKERS: dict[str, Callable[[Viewer, Asked, Mark], bytes]] = {
    "xlsx": _xlsx, "csv": _csv, "geojson": _geojson, "gpkg": _gpkg,
}  # fmt: skip


def maker(viewer: Viewer, asked: Asked, mark: Mark, kind: str) -> Callable[[], bytes]:
    """A function that makes the file of a kind when a button is pressed; it needs no session."""
    return partial(MAKERS[kind], viewer, asked, mark)
