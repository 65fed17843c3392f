"""Which coordinate system a file is in (坐标系查证), held against what the store knows; nothing is converted or loaded.

The file is read and its rows are linked to buildings as a load would do it, and `geo.datum_fit` says which system puts
them where they belong. A load asks the same of what files state, and warns when they are wrong.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from data import schema
from data.store import reading
from etl.clean import Ledger, clean_ledger
from etl.datum_report import SheetDatum, system_words
from etl.draft import draft_sheet
from etl.errors import LoadError
from etl.extract import RawSheet, extract_files
from etl.files import InputFile, find_files
from etl.headings import Layout, find_layout
from etl.link import link_ledger
from etl.mapped import map_sheets
from etl.maps import ColumnMap
from etl.places import Places
from etl.plan import Plan, picked, read_plan
from etl.shapes import county_shape
from etl.sources import sources
from etl.totals import Notice
from geo.crs import datum_kind, shapes_to_store
from geo.datum_fit import MOST_POINTS, NAMED, NEAREST, System, fit_datums
from geo.errors import GeoError

WARN_M = 30.0
"""A stated system is doubted when another fits better by more than this."""


def find_datum(engine: Engine, path: Path, *, edition: str, maps: tuple[ColumnMap, ...] = ()) -> list[SheetDatum]:
    """What system each sheet of a file with coordinates is in. What the file or the map states is not believed.

    Raises LoadError when the file cannot be read, has no coordinates, or the store has nothing to hold them against.
    """
    with reading(engine) as conn:
        plan = read_plan(conn)
    places = Places(plan, edition)
    outline = county_shape(plan, places)
    if outline is None:
        raise LoadError(
            "NO_ROWS",
            "库里还没有本县边界,无从比对坐标系;请先载入行政区划边界。",
            "The store has no boundary of the county to hold coordinates against; load the boundaries first.",
        )
    found = []
    for file in find_files([path]).files[:1]:
        for raw, layout in _laid_out(file, extract_files([file])[0], maps):
            ledger = clean_ledger(layout.source, [(file, raw, layout)])
            link_ledger(ledger, plan, places)
            x, y, columns = _coordinates(ledger)
            if not (np.isfinite(x) & np.isfinite(y)).any():
                continue
            finding = fit_datums(x, y, outline, **_known_places(ledger, plan, x, is_loading=False))
            found.append(SheetDatum(file.name, raw.sheet, columns, finding))
    if not found:
        raise LoadError(
            "WRONG_COLUMNS",
            f"文件“{path.name}”里没有找到坐标;有经纬度列而表头特别时,请用 --map 指明。",
            f"No coordinates were found in {path.name!r}; if its columns have unusual headings, name them with --map.",
        )
    return found


def _laid_out(file: InputFile, raws: list[RawSheet], maps: tuple[ColumnMap, ...]) -> list[tuple[RawSheet, Layout]]:
    """The sheets by the map, by their headings, or as well as a draft would understand them."""
    if maps:
        bare = [replace(map_, crs="") for map_ in maps]
        return [(raw, layout) for map_ in bare for _, raw, layout in map_sheets(map_, raws, file.name)]
    laid = []
    for raw in raws:
        try:
            layout = find_layout(raw, file.name)
        except LoadError:
            layout = None
        if layout is None and (draft := draft_sheet(file.path, raw, list(sources().values()))):
            rows = draft.head.rows
            layout = Layout(draft.source, draft.columns, draft.head.labels(), draft.head.first, rows)
        if layout is not None:
            laid.append((raw, layout))
    return laid


def _coordinates(ledger: Ledger) -> tuple[Any, Any, tuple[str, ...]]:
    """What the rows say where they lie, as the file has it: middles of shapes, else the columns."""
    frame = ledger.frame
    x, y = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    headings: tuple[str, ...] = ()
    if "source_lon" in frame:
        x, y = (pd.to_numeric(frame[name]).to_numpy(float) for name in ("source_lon", "source_lat"))
        headings = tuple(ledger.sheets[0].heading(ledger.source.columns[name]) for name in ("source_lon", "source_lat"))
    if "geom" in frame and frame["geom"].notna().any():
        middles = shapely.centroid(shapely.from_wkb(frame["geom"].to_numpy(object), on_invalid="ignore"))
        is_drawn = ~shapely.is_missing(middles) & ~shapely.is_empty(middles)
        middles[~is_drawn] = None
        x, y = (np.where(is_drawn, of(middles), own) for of, own in ((shapely.get_x, x), (shapely.get_y, y)))
        headings = ()
    return x, y, headings


# --- what is known ----------------------------------------------------------------------------------------------------


def _known_places(ledger: Ledger, plan: Plan, x: Any, *, is_loading: bool) -> dict[str, Any]:
    """For `fit_datums`: the stored shape of the building or area each row is about, else those of all buildings."""
    asked = np.flatnonzero(np.isfinite(x))[: 20 * MOST_POINTS]
    own = np.full(len(ledger.frame), None, dtype=object)
    own[asked] = _own_places(ledger, plan, ledger.frame.index[asked])
    if (~shapely.is_missing(own)).sum() >= 3:
        return {"named": own}
    # What this very load brings proves nothing about itself.
    about_buildings = ledger.source.table == "building" and is_loading
    buildings = plan.stored(schema.building) if about_buildings else plan.rows(schema.building)
    return {"around": _shapes_of(buildings)} if len(buildings) else {}


def _own_places(ledger: Ledger, plan: Plan, rows: Any) -> list[Any]:
    frame = ledger.frame.loc[rows]
    if ledger.source.table == "building":
        stored = plan.stored(schema.building)
        return _looked_up(stored["building_code"], _shapes_of(stored), frame["building_code"])
    if "household_id" in frame:
        homes = plan.columns(schema.household, "household_id", "building_id")
        of_home = dict(zip(homes["household_id"], homes["building_id"], strict=True))
        ids = [of_home.get(home) for home in frame["household_id"]]
    elif "building_id" in frame:
        ids = list(frame["building_id"])
    else:
        return _own_areas(ledger, plan, frame)
    wanted = {building for building in ids if building is not None}
    known = plan.rows(schema.building)
    known = known[known["building_id"].isin(wanted)]
    return _looked_up(known["building_id"], _shapes_of(known), ids)


def _own_areas(ledger: Ledger, plan: Plan, frame: pd.DataFrame) -> list[Any]:
    """Grids and places by their code, as the middle of their stored boundary."""
    column = next((name for name in ledger.source.key if name in ("grid_code", "code")), "")
    if ledger.source.geometry != "polygon" or not column:
        return [None] * len(frame)
    codes = plan.stored(schema.area_code)
    of_code = dict(zip(codes["code"], codes["area_id"], strict=True))
    shapes = plan.stored(schema.area_shape)
    shapes = picked(shapes, (end is None for end in shapes["valid_to"]))
    middles = shapely.centroid(shapely.from_wkb(shapes["geom"].to_numpy(object)))
    return _looked_up(shapes["area_id"], middles, [of_code.get(code) for code in frame[column]])


def _looked_up(keys: Any, shapes: Any, wanted: Any) -> list[Any]:
    at = dict(zip(keys, shapes, strict=True))
    return [None if key is None else at.get(key) for key in wanted]


def _shapes_of(buildings: pd.DataFrame) -> Any:
    """Footprints, points where there is no footprint."""
    shapes = shapely.from_wkb(buildings["geom"].to_numpy(object))
    bare = shapely.is_missing(shapes)
    shapes[bare] = shapely.points(*(buildings[name][bare].astype(float) for name in ("lon", "lat")))
    return shapes


# --- warnings of a load -----------------------------------------------------------------------------------------------


def doubted_datums(ledger: Ledger, plan: Plan, edition: str) -> list[Notice]:
    """A warning for each sheet whose stated system is contradicted by where things are known to lie."""
    if "source_lon" not in ledger.frame and "geom" not in ledger.frame:
        return []
    x, y, _ = _coordinates(ledger)
    known = np.isfinite(x) & np.isfinite(y) & ~ledger.frame.index.isin(list(ledger.reasons))
    if not known.any() or (outline := county_shape(plan, Places(plan, edition))) is None:
        return []
    stated = _stated(ledger)
    notices = []
    for number, sheet in enumerate(ledger.sheets):
        own = known & (np.array(ledger.sheet_of) == number)
        for system in sorted(set(stated[own].tolist()) - {""}):
            rows = np.flatnonzero(own & (stated == system))
            at_x, at_y = np.where(np.isin(np.arange(len(x)), rows), x, np.nan), y
            kinds = _known_places(ledger, plan, at_x, is_loading=True)
            try:
                doubt = _doubt(at_x, at_y, outline, system, kinds)
            except GeoError:
                continue
            if doubt:
                column = "" if "geom" in ledger.frame else ledger.heading(rows[0], "source_crs")
                notices.append(Notice(sheet.file.name, sheet.name, ledger.row_of[rows[0]], column, *doubt))
    return notices


def _stated(ledger: Ledger) -> Any:
    """For each row the system it is loaded in; "" where it states none that is known."""
    default = ledger.source.crs
    systems = [default] * len(ledger.frame)
    if "source_crs" in ledger.frame:
        column = ledger.columns["source_crs"]
        systems = column.told([str(system or default) for system in column.values]).cells().tolist()
    if "geom" in ledger.frame:
        drawn = ledger.frame["geom"].notna()
        systems = [str(crs or "") if has else own for crs, has, own in zip(ledger.crs, drawn, systems, strict=True)]
    return np.array(systems, dtype=object)


def _doubt(x: Any, y: Any, outline: Any, stated: str, kinds: dict[str, Any]) -> tuple[str, str] | None:
    """What to say when another system than the stated one fits, and better by more than WARN_M."""
    kind = datum_kind(stated)
    if kind is None:
        # As the store has it: a label on the shapes, which is right as a projection, may still hide a shift.
        points = shapes_to_store(
            np.where(np.isfinite(x), shapely.points(np.nan_to_num(x), np.nan_to_num(y)), None), stated
        )
        x, y = shapely.get_x(points), shapely.get_y(points)
    names = {"cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09", None: "CGCS2000"}
    systems = [System(name, swapped) for name in ("CGCS2000", "GCJ-02", "BD-09") for swapped in (False, True)]
    finding = fit_datums(x, y, outline, systems=systems, **kinds)
    own, best = finding.of(System(names[kind])), finding.best
    if finding.way not in (NAMED, NEAREST) or best is None or own is None or best is own:
        return None
    if best.median_m is None or (own.median_m is not None and own.median_m - best.median_m <= WARN_M):
        return None
    off = "" if own.median_m is None else f"{own.median_m:,.0f}"
    zh = (
        f"写明的坐标系是“{stated}”,但按{system_words(best.system, 'zh')}与库中楼栋只差 {best.median_m:,.0f} 米"
        f"(按写明的差 {off or '很多'}{' 米' if off else ''},{best.points_count} 个点);请核对,详见 python -m etl datum"
    )
    en = (
        f"the stated system is {stated}, yet as {system_words(best.system, 'en')} the points lie "
        f"{best.median_m:,.0f} m from their buildings (as stated {f'{off} m' if off else 'far off'}, "
        f"{best.points_count} points); check it, see python -m etl datum"
    )
    return zh, en
