"""Organisations, posts, households, visits and cases → rows of the plan (组织与工作入计划)."""

import re
import secrets

import pandas as pd

from data import schema
from etl.clean import Ledger
from etl.link import stated_communities
from etl.places import Places
from etl.plan import Plan
from etl.problems import Reason
from etl.shapes import areas_in_force, county_shape
from etl.take import columns_of, finish, refuse_claimed, take_rows
from etl.take_areas import SINCE
from etl.take_places import moved_points, refuse_outside
from geo.assign import assign_points


def take_branches(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Committees, branches and other organisations with the grid they cover; established and covered kept apart."""
    buildings = plan.rows(schema.building).set_index("building_id")
    at = ledger.frame["building_id"]
    lon, lat = (
        pd.Series([None if b is None else buildings.at[b, name] for b in at], at.index, dtype=object)
        for name in ("lon", "lat")
    )
    put = take_rows(ledger, plan, schema.org, id_name="org_id", lon=lon, lat=lat)
    frame = ledger.frame.loc[put.index]
    ids = _ids(plan, schema.org, "org_no", "org_id")
    is_own = frame["is_established"].where(frame["is_established"].notna(), frame["cover_way"] == "own")
    is_covered = frame["is_covered"].where(frame["is_covered"].notna(), frame["cover_way"].notna() | is_own)
    covers = pd.DataFrame(
        {
            "org_id": [ids[number] for number in frame["org_no"]], "target_kind": "grid", "target_id": frame["grid_id"],
            "valid_from": [day or SINCE for day in frame["set_up_on"]], "valid_to": frame["dissolved_on"],
            "is_established": is_own.astype(bool), "is_covered": is_covered.astype(bool),
        }, index=frame.index, dtype=object,
    )  # fmt: skip
    wanted = covers["target_id"].notna() & (covers["is_established"] | covers["is_covered"]).astype(bool)
    _replace_side_rows(ledger, plan, schema.org_cover, covers[wanted], covers["org_id"], "org_id")


def take_groups(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Building groups."""
    take_rows(ledger, plan, schema.org, id_name="org_id")


def take_group_covers(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Buildings covered by groups; another first day for the same pair corrects the former one."""
    good = ledger.good()
    rows = columns_of(ledger, schema.org_cover, good).assign(target_id=good["building_id"])
    pair = ["org_id", "target_kind", "target_id"]
    outcomes = plan.compare(schema.org_cover, rows, pair)
    changed = rows[outcomes != "unchanged"]
    plan.void_others(schema.org_cover, changed, pair, [*pair, "valid_from"])
    plan.put(schema.org_cover, changed, [*pair, "valid_from"])
    finish(ledger, rows, outcomes)


def take_posts(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Posts with the grid or building they answer for."""
    put = take_rows(ledger, plan, schema.post, id_name="post_id")
    kind = "grid" if "grid" in ledger.source.links else "building"
    ids = _ids(plan, schema.post, "post_no", "post_id")
    targets = pd.DataFrame(
        {
            "post_id": [ids[number] for number in put["post_no"]],
            "target_kind": kind,
            "target_id": ledger.frame.loc[put.index, f"{kind}_id"],
        },
        index=put.index,
        dtype=object,
    )
    _replace_side_rows(ledger, plan, schema.post_target, targets, targets["post_id"], "post_id")


def _replace_side_rows(
    ledger: Ledger, plan: Plan, table: schema.Table, rows: pd.DataFrame, owners: pd.Series, owner: str
) -> None:
    """Rows that hang on changed ones take the place of the former ones."""
    changed = [row for row in owners.index if ledger.outcome[row] != "unchanged"]
    key = [column.key for column in table.primary_key.columns]
    rows = rows.loc[[row for row in rows.index if row in set(changed)]]
    plan.void_others(table, pd.DataFrame({owner: owners.loc[changed]}, dtype=object), [owner], key, keep=rows)
    plan.put(table, rows, key)


def take_households(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Households with their dwelling; ids are drawn at random, so that they say nothing and cannot be guessed."""
    refuse_claimed(ledger, plan, schema.household)
    good = ledger.good()
    codes = pd.Series(
        [_dwelling_code(*cells) for cells in zip(*(good[name] for name in _DWELLING), strict=True)],
        good.index, dtype=object,
    )  # fmt: skip
    dwellings = pd.DataFrame({"dwelling_code": codes, "building_id": good["building_id"]}, dtype=object)
    dwellings = dwellings[codes.notna()].drop_duplicates("dwelling_code")
    dwellings = dwellings.assign(
        unit_no=[code[17:19] for code in dwellings["dwelling_code"]],
        floor_no=pd.Series([int(c[19:21]) or None for c in dwellings["dwelling_code"]], dwellings.index, dtype=object),
        room_no=[code[21:] for code in dwellings["dwelling_code"]],
    ).astype(object)
    plan.put(schema.dwelling, dwellings, ["dwelling_code"], id_name="dwelling_id")
    dwelling_ids = _ids(plan, schema.dwelling, "dwelling_code", "dwelling_id")
    known = _ids(plan, schema.household, "household_no", "household_id")
    rows = columns_of(ledger, schema.household, good).assign(
        dwelling_id=pd.Series([dwelling_ids.get(code) for code in codes], good.index, dtype=object),
        household_id=pd.Series([known.get(n) or secrets.token_hex(8) for n in good["household_no"]], good.index),
        said_on=pd.Series(
            [ledger.sheets[ledger.sheet_of[row]].stated_on for row in good.index], good.index, dtype=object
        ),
    )
    finish(ledger, rows, plan.put(schema.household, rows.astype(object), ["household_no"]))


_DWELLING = ("building_code", "unit_no", "floor_no", "room_no")


def _dwelling_code(building: str, unit: str | None, floor: str | None, room: str | None) -> str | None:
    """25 characters; None without a room number, for then the dwelling is not known.

    >>> _dwelling_code("42282510000100001", "2单元", "3", "301室"), _dwelling_code("42282510000100001", "1", None, None)
    ('4228251000010000102030301', None)
    """
    digits = [re.sub(r"\D", "", part or "") for part in (unit, floor, room)]
    if not digits[2] or len(digits[0]) > 2 or len(digits[1]) > 2 or len(digits[2]) > 4:
        return None
    return building + digits[0].zfill(2) + digits[1].zfill(2) + digits[2].zfill(4)


def take_visits(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Visits; one is valid when someone of the household was met. A position may lie anywhere, but not turned round."""
    x, y = (pd.to_numeric(ledger.frame[name]) for name in ("source_lon", "source_lat"))
    # In China every longitude is larger than every latitude.
    for row in ledger.frame.index[(x < y).to_numpy(bool) & (x < 90).to_numpy(bool)]:
        heading = ledger.heading(row, "source_lon")
        zh, en = f"经度{x[row]:.5f}小于纬度{y[row]:.5f},经度和纬度填反了", "longitude and latitude are swapped"
        ledger.refuse(row, Reason(heading, "OUTSIDE", zh, en))
    lon, lat = moved_points(ledger)
    is_met = ledger.frame["visit_result"] == "met"
    take_rows(ledger, plan, schema.visit, id_name="visit_id", is_valid=is_met, lon=lon, lat=lat)


def take_cases(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Disputes and suggestions; where they lie is settled when all places are known (etl.assign)."""
    lon, lat = _case_points(ledger, plan, edition)
    take_rows(ledger, plan, schema.case_file, id_name="case_id", reopened_count=0, lon=lon, lat=lat)


def take_wishes(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Wishes, as cases; one that came true is closed that day."""
    lon, lat = _case_points(ledger, plan, edition)
    done = ledger.frame["resolved_on"]
    take_rows(ledger, plan, schema.case_file, id_name="case_id", reopened_count=0, closed_on=done, lon=lon, lat=lat)


def _case_points(ledger: Ledger, plan: Plan, edition: str) -> tuple[pd.Series, pd.Series]:
    """The points of cases; those that say nowhere where they lie, or lie outside the county, are refused."""
    lon, lat = moved_points(ledger)
    # A point is the second choice: it does not matter where the building is known.
    asked = ledger.frame["building_id"].isna()
    places = Places(plan, edition)
    _keep_stated(ledger, places)
    refuse_outside(ledger, lon[asked], lat[asked], county_shape(plan, places), "source_lon")
    _refuse_placeless(ledger, plan, places, lon, lat)
    return lon, lat


def _keep_stated(ledger: Ledger, places: Places) -> None:
    """The place and the state that each row states, kept whatever its building, its point or its steps say."""
    frame = ledger.frame
    named = stated_communities(ledger, places)
    grids = frame["grid_id"].tolist()
    stated = [
        community if community is not None or grid is None else places.parent[grid]
        for community, grid in zip(named, grids, strict=True)
    ]
    frame["stated_community_id"] = pd.Series(stated, frame.index, dtype=object)
    frame["stated_grid_id"] = frame["grid_id"]
    frame["stated_lifecycle"] = frame["lifecycle"]


def _refuse_placeless(ledger: Ledger, plan: Plan, places: Places, lon: pd.Series, lat: pd.Series) -> None:
    """A case must lie somewhere: at a building, in a grid or community it names, or at a point in one that is drawn."""
    frame = ledger.good()
    frame = frame[frame[["building_id", "grid_id", "community_id"]].isna().all(axis=1)]
    drawn = pd.concat([areas_in_force(plan, places, level) for level in ("grid", "community")])
    around = assign_points(lon[frame.index].astype(float), lat[frame.index].astype(float), drawn)
    for row in frame.index[pd.isna(around)]:
        heading = ledger.heading(row, "community_name")
        zh = "没有写明位置,或坐标不在任何社区的范围内;楼栋编码、网格和社区至少填一项"
        en = "says nowhere where it lies, or its point is in no community; give a building, a grid or a community"
        ledger.refuse(row, Reason(heading, "MISSING", zh, en))


def take_steps(ledger: Ledger, plan: Plan, edition: str) -> None:
    """Steps of cases; a step dated before the one in front of it is refused."""
    frame = ledger.good().sort_values(["case_id", "step_seq"])
    last: tuple[object, object] = (None, None)
    for row, case, day in frame[["case_id", "step_on"]].itertuples():
        if case == last[0] and day < last[1]:
            heading = ledger.heading(row, "step_on")
            zh, en = f"“{heading}”{day}早于前一步的{last[1]}", f"{heading} {day} is before the step in front, {last[1]}"
            ledger.refuse(row, Reason(heading, "ORDER", zh, en))
        else:
            last = case, day
    take_rows(ledger, plan, schema.case_step, key=["case_id", "step_seq"])


def _ids(plan: Plan, table: schema.Table, number: str, key: str) -> dict[str, object]:
    rows = plan.rows(table)
    return dict(zip(rows[number], rows[key], strict=True))
