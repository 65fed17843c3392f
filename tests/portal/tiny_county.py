"""A county small enough to know by heart: 2 townships, 4 communities (one without data), 6 grids, 12 buildings.

Visit coverage in 2020 by grid: 9/10, 8/10, 10/10, 3/10, 4/5, 2/2 → county 36 of 47. `build(path)` makes the store.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection, Engine, Table, delete, insert

from data import schema
from data.registry import indicators
from data.settings import settings
from data.store import open_store, reading, upgrade, writing
from data.visit_cells import packed
from etl.release import release_if_due
from portal import snapshot

DATA_ON = date(2020, 12, 31)
COUNTY, TOWN, TOWNSHIP = "422825", "422825100", "422825200"
COMMUNITIES = ("422825100001", "422825100002", "422825200001", "422825200201")
GRIDS = tuple(f"{community}{serial}" for community in COMMUNITIES[:3] for serial in ("001", "002"))
WEST, SOUTH, STEP = 109.40, 29.94, 0.02
YEAR = {"VIS-01": [(9, 10), (8, 10), (10, 10), (3, 10), (4, 5), (2, 2)],
        "VIS-02": [(19, 21), (15, 20), (22, 22), (6, 21), (9, 11), (4, 4)],
        "VIS-06": [(12, 14), (9, 12), (11, 11), (3, 6), (4, 5), (2, 2)],
        "ORG-01": [(1, 1), (1, 1), (1, 1), (1, 1), (0, 1), (0, 1)],
        "ORG-02": [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1)],
        "ORG-03": [(2, 2), (2, 2), (1, 2), (2, 2), (0, 2), (0, 2)],
        "ORG-04": [(2, 2), (1, 2), (1, 2), (2, 2), (0, 2), (0, 2)],
        "APP-01": [(2, 3), (1, 1), (0, 0), (0, 1), (0, 0), (0, 0)],
        "DIS-03": [(3, 4), (2, 2), (1, 1), (0, 1), (0, 0), (1, 1)],
        "DIS-04": [(2, 4), (2, 2), (1, 1), (0, 1), (0, 0), (1, 1)],
        "DIS-07": [(1, 1), (0, 0), (0, 0), (1, 1), (0, 0), (0, 0)]}  # fmt: skip
"""Numerator and denominator by grid, for 2020 and everything that ends with it."""


def _put(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if "is_void" in table.c:
        rows = [{"batch_id": 1, "is_void": False, **row} for row in rows]
    conn.execute(insert(table), rows)


def _box(column: int, row: int, width: int = 1, height: int = 1) -> shapely.Geometry:
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + width * STEP, south + height * STEP)


def _areas() -> list[tuple[int, str, str, str, int | None, str, shapely.Geometry | None]]:
    """id, code, name, level, parent, kind, shape. Grids 11-16 in pairs; 21-23 stand for 未落格."""
    rows = [
        (1, COUNTY, "宣恩县", "county", None, "county", _box(0, 0, 4, 2)),
        (2, TOWN, "珠山镇", "township", 1, "town", _box(0, 0, 2, 2)),
        (3, TOWNSHIP, "椒园镇", "township", 1, "town", _box(2, 0, 2, 2)),
        (4, COMMUNITIES[0], "兴隆社区", "community", 2, "community", _box(0, 0, 2, 1)),
        (5, COMMUNITIES[1], "双龙湖社区", "community", 2, "community", _box(0, 1, 2, 1)),
        (6, COMMUNITIES[2], "椒园社区", "community", 3, "community", _box(2, 0, 2, 1)),
        (7, COMMUNITIES[3], "庆阳坝村", "community", 3, "village", _box(2, 1, 2, 1)),
        (90, "422801", "恩施市", "county", None, "county", _box(0, 2, 4, 1)),
    ]
    for serial, code in enumerate(GRIDS):
        parent = 4 + serial // 2
        column, row = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (3, 0)][serial]
        kind = "urban_grid"
        rows.append((11 + serial, code, f"第{serial % 2 + 1}网格", "grid", parent, kind, _box(column, row)))
    for serial in range(3):
        rows.append((21 + serial, f"{COMMUNITIES[serial]}000", "未落格", "grid", 4 + serial, "unplaced", None))
    return rows


def _places(conn: Connection) -> None:
    areas = _areas()
    _put(conn, schema.area, [
        {"area_id": i, "level": level, "parent_id": parent, "area_name": name, "area_kind": kind,
         "is_relocation": i == 6, "relocation_basis": "inferred" if i == 6 else None, "is_inferred": i in (6, 15, 16),
         "is_context": i == 90}
        for i, _, name, level, parent, kind, _ in areas])  # fmt: skip
    _put(conn, schema.area_code, [
        {"edition": "LOCAL" if level == "grid" else "NBS2020", "code": code, "area_id": i, "code_name": name}
        for i, code, name, level, *_ in areas])  # fmt: skip
    _put(conn, schema.area_shape, [
        {"area_id": i, "valid_from": date(2000, 1, 1), "geom": shapely.to_wkb(shape), "area_m2": 4.3e6,
         "geom_status": "synthetic", **_bbox(shape)}
        for i, *_, shape in areas if shape is not None])  # fmt: skip
    river = shapely.box(WEST + 0.0385, SOUTH, WEST + 0.0400, SOUTH + 0.04)
    road = shapely.LineString([(WEST + 0.002, SOUTH + 0.01), (WEST + 0.078, SOUTH + 0.012)])
    _put(
        conn, schema.water, [{"water_id": 1, "water_code": "R1", "water_name": "贡水河", "geom": shapely.to_wkb(river)}]
    )
    _put(conn, schema.street, [{"street_id": 1, "street_code": "S1", "street_name": "解放路", "street_class": "main",
                                "geom": shapely.to_wkb(road)}])  # fmt: skip


def _bbox(shape: shapely.Geometry) -> dict[str, float]:
    return dict(zip(("min_lon", "min_lat", "max_lon", "max_lat"), shape.bounds, strict=True))


def _buildings(conn: Connection) -> None:
    buildings, placed, states = [], [], []
    for serial in range(12):
        grid, side = serial // 2, serial % 2
        home = _areas()[8 + grid][6]
        assert home is not None
        lon, lat = home.centroid.x + (side - 0.5) * 0.006, home.centroid.y
        foot = shapely.box(lon - 0.0012, lat - 0.0008, lon + 0.0012, lat + 0.0008)
        buildings.append({"building_id": 101 + serial, "building_code": f"{COMMUNITIES[grid // 2]}{serial:05}",
                          "building_name": f"{serial + 1}栋", "community_id": 4 + grid // 2,
                          "building_use": "residential",
                          "is_residential": True, "floors_count": 6, "dwellings_count": 12, "lon": lon, "lat": lat,
                          "geom": shapely.to_wkb(foot), "geom_status": "synthetic", **_bbox(foot)})  # fmt: skip
        placed.append({"building_id": 101 + serial, "valid_from": date(2000, 1, 1), "grid_id": 11 + grid,
                       "way": "footprint"})  # fmt: skip
        households = YEAR["VIS-01"][grid][1] // 2
        states.append({"building_id": 101 + serial, "as_of_on": DATA_ON,
                       "building_state": ("visited", "partly", "not_visited", "absent")[serial % 4],
                       "households_count": households, "households_visited_count": max(0, households - serial % 4),
                       "last_visit_on": None if serial == 2 else date(2020, 12, 31 - serial),
                       "open_suggestions_count": int(serial == 0),
                       "open_disputes_count": int(serial == 7)})  # fmt: skip
    _put(conn, schema.building, buildings)
    _put(conn, schema.building_grid, placed)
    _put(conn, schema.building_state, states)


def _organisation(conn: Connection) -> None:
    branches = [{"org_id": 1 + g, "org_no": f"ZB{g:03}", "org_kind": "grid_branch", "org_name": f"第{g + 1}网格党支部",
                 "community_id": 4 + g // 2, "grid_id": 11 + g, "set_up_on": date(2019, 5, 1), "members_count": 9 + g,
                 "lon": WEST + 0.01 + 0.02 * (g % 2), "lat": SOUTH + 0.013 + 0.02 * (g // 2)}
                for g in range(4)]  # fmt: skip
    groups = [{"org_id": 11 + g, "org_no": f"DZ{g:03}", "org_kind": "building_group",
               "org_name": f"{g + 1}号楼栋党小组",
               "community_id": 4 + g // 2, "grid_id": 11 + g, "parent_id": 1 + g, "members_count": 4,
               "lon": None, "lat": None} for g in range(4)]  # fmt: skip
    _put(conn, schema.org, branches)
    _put(conn, schema.org, groups)
    covers = [(1 + g, "grid", 11 + g) for g in range(4)]
    covers += [
        (11 + g, "building", b) for g, b in [(0, 101), (0, 102), (1, 103), (1, 104), (2, 105), (3, 107), (3, 108)]
    ]
    _put(conn, schema.org_cover, [
        {"org_id": org, "target_kind": kind, "target_id": target, "valid_from": date(2019, 5, 1),
         "is_established": True, "is_covered": True} for org, kind, target in covers])  # fmt: skip
    posts = [(1 + g, "grid_worker", "grid", 11 + g) for g in range(6)]
    posts += [(20 + n, "building_lead", "building", b) for n, b in enumerate([101, 102, 103, 105, 107, 108])]
    _put(conn, schema.post, [
        {"post_id": i, "post_no": f"P{i:03}", "post_kind": kind, "person_no": f"W{i:04}", "is_member": True,
         "valid_from": date(2019, 5, 1)} for i, kind, _, _ in posts])  # fmt: skip
    _put(conn, schema.post_target, [
        {"post_id": i, "target_kind": kind, "target_id": target} for i, _, kind, target in posts])  # fmt: skip


def _work(conn: Connection) -> None:
    base = {"case_kind": "dispute", "source": "排查", "reopened_count": 0, "outcome": None, "satisfaction": None}
    rows = [
        ("D-1", "D02", "60", 11, 101, date(2020, 5, 3), date(2020, 6, 2), date(2020, 5, 20)),
        ("D-2", "D02", "60", 11, 102, date(2020, 7, 1), date(2020, 7, 31), date(2020, 8, 9)),
        ("D-3", "D14", "50", 11, None, date(2020, 9, 1), date(2020, 10, 1), date(2020, 9, 30)),
        ("D-4", "D01", "30", 11, None, date(2020, 11, 1), date(2020, 12, 1), None),
        ("D-5", "D14", "60", 12, 103, date(2020, 3, 1), date(2020, 3, 31), date(2020, 3, 5)),
        ("D-6", "D03", "60", 12, None, date(2020, 4, 1), date(2020, 5, 1), date(2020, 4, 9)),
        ("D-7", "D03", "60", 13, None, date(2020, 4, 1), date(2020, 5, 1), date(2020, 4, 9)),
        ("D-8", "D10", "30", 14, 108, date(2020, 10, 1), date(2020, 10, 31), None),
        ("D-9", "D15", "60", 16, None, date(2020, 8, 1), date(2020, 8, 31), date(2020, 8, 7)),
    ]
    _put(conn, schema.case_file, [
        {**base, "case_id": n + 1, "case_no": no, "category": category, "lifecycle": state, "grid_id": grid,
         "community_id": 4 + (grid - 11) // 2, "building_id": building, "found_on": accepted, "accepted_on": accepted,
         "due_on": due, "resolved_on": resolved, "closed_on": resolved,
         "lon": WEST + 0.01 if building is None else None, "lat": SOUTH + 0.01 if building is None else None}
        for n, (no, category, state, grid, building, accepted, due, resolved) in enumerate(rows)])  # fmt: skip
    kinds = ("service_centre", "plaza", "shop", "clinic", "work_space", "plot")
    _put(conn, schema.facility, [
        {"facility_id": n + 1, "facility_no": f"F{n}", "facility_name": f"椒园{kind}", "facility_kind": kind,
         "facility_state": "planned" if kind == "clinic" else "present", "is_standard_met": None, "community_id": 6,
         "grid_id": 15, "lon": WEST + 0.045 + 0.005 * n, "lat": SOUTH + 0.005, "built_on": date(2018, 1, 1)}
        for n, kind in enumerate(kinds)])  # fmt: skip
    _put(conn, schema.plot_allocation, [{"community_id": 6, "counted_on": DATA_ON, "households_count": 7,
                                         "households_with_plot_count": 6}])  # fmt: skip


def _facts(conn: Connection) -> None:
    """Grid parts summed up the tree; a month holds a tenth of the year's visits, everything else is the year's."""
    parents = {i: parent for i, _, _, _, parent, _, _ in _areas()}
    sums: dict[tuple[str, int, str], list[float]] = {}
    months = [f"2020-{month:02}" for month in range(1, 13)]
    for indicator, pairs in YEAR.items():
        for serial, (numerator, denominator) in enumerate(pairs):
            for period in ["2020", "2020-Q4", "ytd:2020-12-31", "last90:2020-12-31", "todate:2020-12-31", *months]:
                part = numerator
                if indicator.startswith("VIS-0") and period in months:
                    part = min(numerator, int(period[-2:]) % 4)
                area: int | None = 11 + serial
                while area is not None and denominator:
                    kept = sums.setdefault((indicator, area, period), [0, 0])
                    kept[0] += part
                    kept[1] += denominator
                    area = parents[area]
    for area in (6, 3, 1):
        sums["REL-01", area, "2020"] = [0, 1]
    _put(conn, schema.fact, [
        {"indicator": indicator, "area_id": area, "period": period, "basis": "ledger", "numerator": n, "denominator": d,
         "batch_id": 1} for (indicator, area, period), (n, d) in sums.items()])  # fmt: skip


def _visits(conn: Connection) -> None:
    """Calls of VIS-06 on 1 June (one met in each grid) and 28 December, one of them refused; visits due in December."""
    parents = {i: parent for i, _, _, _, parent, _, _ in _areas()}
    calls: dict[tuple[int, date, str], int] = {}
    due: dict[tuple[int, str], list[int]] = {}
    homes: dict[tuple[int, int, str], int] = {}
    for serial, ((met, every), (seen, registered)) in enumerate(zip(YEAR["VIS-06"], YEAR["VIS-01"], strict=True)):
        refused = int(serial == 3)
        found = {(date(2020, 6, 1), "met"): 1, (date(2020, 12, 28), "met"): met - 1,
                 (date(2020, 12, 28), "absent"): every - met - refused, (date(2020, 12, 28), "refused"): refused,
                 (date(2020, 12, 28), "told"): every - 1, (date(2020, 12, 28), "noted"): met - 1}  # fmt: skip
        area: int | None = 11 + serial
        while area is not None:
            for (on, what), many in found.items():
                calls[area, on, what] = calls.get((area, on, what), 0) + many
            for kind, (n, d) in {"ordinary": (seen, registered), "care": CARE[serial]}.items():
                pair = due.setdefault((area, kind), [0, 0])
                pair[0], pair[1] = pair[0] + n, pair[1] + d
            for key, many in {(0, "met"): seen, (-1, "uncalled"): registered - seen - refused,
                              (-1, "refused"): refused}.items():  # fmt: skip
                homes[area, *key] = homes.get((area, *key), 0) + many
            area = parents[area]
    rows = [(area, np.datetime64(on), what, n) for (area, on, what), n in sorted(calls.items()) if n]
    _put(conn, schema.visit_month, packed(pd.DataFrame(rows, columns=["area_id", "day", "what", "count"])).to_dict(
        "records"))  # fmt: skip
    _put(conn, schema.visit_due, [
        {"area_id": area, "month_on": date(2020, 12, 1), "household_kind": kind, "due_count": d, "done_count": n}
        for (area, kind), (n, d) in due.items() if d])  # fmt: skip
    _put(conn, schema.visit_recency, [
        {"area_id": area, "days_from": band, "year_result": result, "households_count": n}
        for (area, band, result), n in homes.items() if n])  # fmt: skip


CARE = [(20, 40), (2, 3), (0, 0), (12, 30), (0, 0), (0, 0)]
"""Visits paid and due to households that ask for more, by grid, in December 2020."""


def _intake(conn: Connection) -> None:
    _put(conn, schema.source_file, [{"file_id": 1, "sha256": "0" * 64, "file_name": "户登记台账.xlsx",
                                     "size_bytes": 1024,
                                     "first_read_at": datetime(2026, 1, 1, tzinfo=UTC)}])  # fmt: skip
    _put(conn, schema.batch_file, [{"batch_id": 1, "file_id": 1, "sheet": "户", "file_name": "户登记台账.xlsx",
                                    "ledger_kind": "household", "read_count": 48, "loaded_count": 47,
                                    "updated_count": 0, "unchanged_count": 0, "refused_count": 1,
                                    "not_data_count": 4}])  # fmt: skip
    reasons = [{"column": "迁入日期", "code": "BAD_DATE", "message_zh": "日期无法识别", "message_en": "Not a date"}]
    _put(conn, schema.refused_row, [{"batch_id": 1, "refused_no": 1, "file_id": 1, "file_name": "户登记台账.xlsx",
                                     "sheet": "户", "row": 17, "reasons": reasons,
                                     "cells": {"迁入日期": "二月"}}])  # fmt: skip


def build(path: Path) -> str:
    """Make the store in a file that is not there yet; returns its address."""
    url = f"sqlite:///{path}"
    engine = open_store(url)
    upgrade(engine)
    with writing(engine) as conn:
        _put(conn, schema.batch, [{"batch_id": 1, "loaded_at": datetime(2026, 1, 2, 8, tzinfo=UTC), "seconds": 1.0,
                                   "data_on": DATA_ON, "is_sample": True, "notes": {}}])  # fmt: skip
        for fill in (_places, _buildings, _organisation, _work, _facts, _visits, _intake):
            fill(conn)
        release_if_due(conn, datetime(2026, 1, 2, 8, tzinfo=UTC))
    engine.dispose()
    return url


def release_anew(url: str) -> None:
    """Release the numbers that stand in the store now, as if none had been public before."""
    engine = open_store(url, must_exist=True)
    with writing(engine) as conn:
        for table in (schema.release_fact, schema.release_total, schema.release):
            conn.execute(delete(table))
        release_if_due(conn, is_wanted=True)
    engine.dispose()
    snapshot.forget()


@lru_cache(maxsize=1)
def _made_once() -> bytes:
    """The file of the tiny county; making its tables takes longer than most tests that use it."""
    with TemporaryDirectory(prefix="wangge-tiny-") as folder:
        path = Path(folder) / "tiny.db"
        build(path)
        return path.read_bytes()


@pytest.fixture
def tiny_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The tiny county as the store of this process; its address."""
    path = tmp_path / "tiny.db"
    path.write_bytes(_made_once())
    url = f"sqlite:///{path}"
    monkeypatch.setenv("WANGGE_DATABASE", url)
    monkeypatch.setenv("WANGGE_SECRET", "a secret of the tests")
    settings.cache_clear()
    snapshot.forget()
    yield url
    settings.cache_clear()
    snapshot.forget()


@pytest.fixture
def any_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grids of the tiny county are smaller than any minimum sample: for tests about something else, none is."""
    for code, rule in indicators().items():
        monkeypatch.setitem(indicators(), code, replace(rule, min_sample=1))


def copy_into(source: Engine, target: Engine) -> None:
    """The tiny county with households, visits and steps besides, in PostgreSQL."""
    with reading(source) as old, writing(target) as new:
        for table in schema.metadata.sorted_tables:
            rows = [dict(row) for row in old.execute(table.select()).mappings()]
            rows = sorted(rows, key=lambda row: row.get("parent_id") or 0) if table.name in ("area", "org") else rows
            if rows:
                new.execute(insert(table), rows)
        traced = {"batch_id": 1, "is_void": False}
        homes = [(f"h{n}", 101 + n) for n in range(12)]
        new.execute(insert(schema.dwelling), [
            {"dwelling_id": n, "dwelling_code": f"d{n}", "building_id": b, **traced}
            for n, (_, b) in enumerate(homes)])  # fmt: skip
        new.execute(insert(schema.household), [
            {"household_id": h, "household_no": h, "building_id": b, **traced} for h, b in homes])  # fmt: skip
        new.execute(
            insert(schema.household_stay),
            [{"household_id": "h0", "stay_no": n, "building_id": b, **traced} for n, b in enumerate((105, 101))],
        )
        new.execute(insert(schema.visit), [
            {"visit_id": n, "visit_no": h, "household_id": h, "visited_on": date(2020, 1, 1), "visit_result": "met",
             "is_valid": True, **traced} for n, (h, _) in enumerate(homes)])  # fmt: skip
        new.execute(insert(schema.visit_plan), [
            {"household_id": h, "cycle_days": 30, **traced} for h, _ in homes])  # fmt: skip
        new.execute(insert(schema.case_step), [
            {"case_id": n, "step_seq": 1, "step_op": "accept", "step_on": date(2020, 1, 1), "lifecycle_after": "30",
             **traced} for n in range(1, 10)])  # fmt: skip
