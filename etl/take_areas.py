"""Directory, boundaries and grids → rows of the plan (区划与网格入计划)."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import schema, terms
from etl.clean import LOADED, UPDATED, Ledger
from etl.places import LOCAL, Places, name_forms
from etl.plan import Plan
from etl.problems import Reason, not_found
from etl.shapes import areas_m2, check_crs, store_shapes
from etl.take import finish, take_rows

SINCE = date(1900, 1, 1)
"""First day of what a ledger gives without one: it always was so, as far as we know."""

_LEVEL_DIGITS = {"county": 6, "township": 9, "community": 12}


def take_area_names(ledger: Ledger, plan: Plan, edition: str) -> None:
    """The directory: areas by the codes of the main edition, then the codes of other editions beside them."""
    _check_code_lengths(ledger)
    frame = ledger.good()
    for level in _LEVEL_DIGITS:
        _take_level(ledger, plan, edition, frame[(frame["level"] == level) & (frame["edition"] == edition)], level)
    for level in _LEVEL_DIGITS:
        _match_level(ledger, plan, edition, frame[(frame["level"] == level) & (frame["edition"] != edition)], level)
    good = ledger.good()
    rows = pd.DataFrame({n: good[n] for n in ("edition", "code", "code_name", "area_id", "row_hash")}, dtype=object)
    finish(ledger, rows, plan.put(schema.area_code, rows, ["edition", "code"]))


def take_expected(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Official counts of areas of any level, by the code of the area."""
    by_code = Places(plan, edition).by_code
    ledger.frame["area_id"] = pd.Series([by_code.get(code) for code in ledger.frame["area_code"]], dtype=object)
    for row, code, area_id in ledger.good()[["area_code", "area_id"]].itertuples():
        if area_id is None or pd.isna(area_id):
            ledger.refuse(row, not_found(ledger.heading(row, "area_code"), code, "区划", "area"))
    take_rows(ledger, plan, schema.expected_total, key=["area_id", "what"])


def _check_code_lengths(ledger: Ledger) -> None:
    ledger.frame["area_id"] = pd.Series([None] * len(ledger.frame), dtype=object)
    for row, code, level in ledger.good()[["code", "level"]].itertuples():
        digits = _LEVEL_DIGITS.get(level)
        if digits != len(code):
            heading = ledger.heading(row, "code")
            zh = (
                f"“{heading}”为“{code}”,{terms.LEVELS.label(level)}应为{digits}位" if digits else f"“{heading}”级别不对"
            )
            ledger.refuse(row, Reason(heading, "BAD_CODE", zh, f"{heading} {code} has the wrong length for its level"))


def _take_level(ledger: Ledger, plan: Plan, edition: str, frame: pd.DataFrame, level: str) -> None:
    places = Places(plan, edition)
    planned = {code: ledger.frame.at[row, "area_id"] for row, code in _sound(ledger, edition)}
    rows = []
    for row, cells in frame.sort_values("code").iterrows():
        parent = None
        if level != "county":
            above = cells["parent_code"] or cells["code"][: 6 if level == "township" else 9]
            parent = planned.get(above) or places.by_code.get(above)
            if parent is None:
                heading = ledger.heading(row, "parent_code")
                ledger.refuse(row, not_found(heading, above, "上级区划", "area above it"))
                continue
        rows.append(
            {
                "row": row, "area_id": places.by_code.get(cells["code"]), "level": level, "parent_id": parent,
                "area_name": cells["code_name"], "area_kind": cells["area_kind"],
                "is_relocation": bool(cells["is_relocation"]), "relocation_basis": cells["relocation_basis"],
                "is_inferred": cells["relocation_basis"] == "inferred", "is_context": False,
            }
        )  # fmt: skip
    first = plan.next_id(schema.area, "area_id")
    for number, new in enumerate(values for values in rows if values["area_id"] is None):
        new["area_id"] = first + number
    for values in rows:
        ledger.frame.at[values.pop("row"), "area_id"] = values["area_id"]
    plan.put(schema.area, pd.DataFrame(rows, columns=_AREA, dtype=object), ["area_id"])


_AREA = ["area_id", "level", "parent_id", "area_name", "area_kind", "is_relocation", "relocation_basis", "is_inferred",
         "is_context"]  # fmt: skip


def _sound(ledger: Ledger, edition: str) -> list[tuple[Any, str]]:
    good = ledger.good()
    return list(good["code"][good["edition"] == edition].items())


def _match_level(ledger: Ledger, plan: Plan, edition: str, frame: pd.DataFrame, level: str) -> None:
    """Areas of another edition are the same areas when township and name agree: codes are used anew, names seldom."""
    places = Places(plan, edition)
    # The main edition's codes enter the plan at the end, so take them from the ledger.
    code_of: dict[str, Any] = {
        **places.by_code,
        **{code: ledger.frame.at[row, "area_id"] for row, code in _sound(ledger, edition)},
    }
    other: dict[Any, Any] = {
        (cells["edition"], cells["code"]): cells["area_id"]
        for _, cells in ledger.good()[["edition", "code", "area_id"]].iterrows()
    }
    for row, cells in frame.iterrows():
        code, name = cells["code"], cells["code_name"]
        if level == "community":
            above = cells["parent_code"] or code[:9]
            township = other.get((cells["edition"], above)) or places.by_edition.get((cells["edition"], above))
            found = places.named(level, name, township or code_of.get(above))
        else:
            found = [area for area in places.named(level, name) if level == "county" or places.level[area] == level]
            if not found and code in code_of:
                found = [code_of[code]]
        if len(found) == 1:
            ledger.frame.at[row, "area_id"] = found[0]
            continue
        heading = ledger.heading(row, "code_name")
        ledger.refuse(
            row, not_found(heading, f"{name}({name_forms(name)[-1]})", "主版本区划", f"area in edition {edition}")
        )


def take_area_shapes(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Boundaries of the areas of the directory; a county that is not in it is a neighbour, drawn but never counted."""
    check_crs(ledger)
    places = Places(plan, edition)
    good = ledger.good()
    has_county = any(level == "county" and area not in places.context for area, level in places.level.items())
    ids: dict[Any, int] = {}
    neighbours: list[tuple[str, str, int]] = []
    for row, code in sorted(good["code"].items(), key=lambda item: (len(item[1]), item[1])):
        if (area := places.by_code.get(code)) is not None:
            ids[row] = area
        elif len(code) == 6 and has_county:
            ids[row] = plan.next_id(schema.area, "area_id") + len(neighbours)
            neighbours.append((code, str(good.at[row, "code_name"]), ids[row]))
        else:
            ledger.refuse(row, not_found(ledger.heading(row, "code"), code, "区划(请先载入区划名录)", "area"))
    rows = [_area_row(area, "county", name, "county", is_context=True) for _, name, area in neighbours]
    _put_areas(plan, edition, rows, [code for code, _, _ in neighbours])
    good = ledger.good().assign(area_id=pd.Series(ids, dtype=object), valid_from=SINCE)
    finish(ledger, good, _put_shapes(ledger, plan, good))


def _area_row(
    area: int, level: str, name: str, kind: str | None, *, parent: int | None = None, is_inferred: bool = False,
    is_context: bool = False,
) -> dict[str, Any]:  # fmt: skip
    return dict.fromkeys(_AREA) | {
        "area_id": area, "level": level, "parent_id": parent, "area_name": name, "area_kind": kind,
        "is_relocation": False, "is_inferred": is_inferred, "is_context": is_context,
    }  # fmt: skip


def _put_areas(plan: Plan, edition: str, rows: list[dict[str, Any]], codes: list[str]) -> None:
    """Areas, each after the one above it, and their codes."""
    areas = pd.DataFrame(rows, columns=_AREA, dtype=object)
    plan.put(schema.area, areas, ["area_id"])
    named = pd.DataFrame({"edition": edition, "code": codes}, dtype=object)
    plan.put(
        schema.area_code, named.assign(area_id=areas["area_id"], code_name=areas["area_name"]), ["edition", "code"]
    )


def _put_shapes(ledger: Ledger, plan: Plan, good: pd.DataFrame) -> NDArray[np.object_]:
    """Boundary versions; the older ones of an area end where the next begins."""
    known = set(plan.rows(schema.area_shape)["area_id"])
    shapes = store_shapes(ledger, good)
    rows = good[["area_id", "valid_from", "row_hash"]].assign(
        geom_status=[status or "user" for status in good["geom_status"]],
        area_m2=pd.Series(areas_m2(shapes["geometry"]), good.index, dtype=object),
        **{name: shapes[name] for name in shapes.columns if name != "geometry"},
    )
    outcomes = plan.put(schema.area_shape, rows.astype(object), ["area_id", "valid_from"])
    _chain(plan, set(rows["area_id"]))
    outcomes[(outcomes == LOADED) & rows["area_id"].isin(known).to_numpy(bool)] = UPDATED
    return outcomes


def _chain(plan: Plan, areas: set[int]) -> None:
    versions = plan.rows(schema.area_shape)
    versions = versions[versions["area_id"].isin(areas)].sort_values(["area_id", "valid_from"])
    following = versions.groupby("area_id")["valid_from"].shift(-1)
    ends = [None if pd.isna(day) else day for day in following]
    chained = pd.DataFrame({"area_id": versions["area_id"], "valid_from": versions["valid_from"]}, dtype=object)
    chained["valid_to"] = pd.Series(ends, versions.index, dtype=object)
    plan.patch(schema.area_shape, chained)


def take_grids(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Grids: an area under its community, its own code, and a boundary from its day on."""
    check_crs(ledger)
    places = Places(plan, edition)
    good = ledger.good()
    ids: dict[Any, int] = {}
    first, new = plan.next_id(schema.area, "area_id"), 0
    for row, code in sorted(good["grid_code"].items(), key=lambda item: item[1]):
        area = places.find("grid", code)
        ids[row] = first + new if area is None else area
        new += area is None
    good = good.assign(area_id=pd.Series(ids, dtype=object))
    good["valid_from"] = pd.Series([day or SINCE for day in good["valid_from"]], good.index, dtype=object)
    outcomes = _put_shapes(ledger, plan, good)
    changed = good[outcomes != "unchanged"].sort_values("area_id")
    rows = [
        _area_row(
            cells["area_id"], "grid", cells["grid_name"], cells["area_kind"], parent=cells["community_id"],
            is_inferred=bool(cells["is_inferred"]),
        )
        for _, cells in changed.iterrows()
    ]  # fmt: skip
    _put_areas(plan, LOCAL, rows, changed["grid_code"].tolist())
    finish(ledger, good, outcomes)


class Unplaced:
    """The areas that stand for what lies in no grid of a community (未落格), made when they are first needed."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan, self._places = plan, places
        self._first = plan.next_id(schema.area, "area_id")
        self._new: list[tuple[int, str, int]] = []

    def of(self, community: int) -> int:
        """The one of a community."""
        places = self._places
        code = f"{places.code[community]}000"
        if code not in places.by_code:
            area = self._first + len(self._new)
            self._new.append((area, code, community))
            places.add(area, code, "grid", "未落格", community)
        return places.by_code[code]

    def put(self) -> None:
        """Take the new ones into the plan."""
        rows = [_area_row(area, "grid", "未落格", "unplaced", parent=above) for area, _, above in self._new]
        _put_areas(self._plan, LOCAL, rows, [code for _, code, _ in self._new])
