"""Which rows a number is made of (数从哪来): every row's own share in numerator and denominator.

There is no second formula. A measure groups rows by the grid they lie in; here it gets the same frames with every row
in a grid of its own, so that the very function that made the number says what each row brings in. Where a measure looks
beyond the single row, and the shares would not add up to it, its numbers stand by grid instead.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.as_stood import AT_END
from geo.measures import FACTS, Tables
from geo.stays import homes_of

GRIDS, BUILDINGS, HOUSEHOLDS, VISITS, CASES, SITES = "grids", "buildings", "households", "visits", "cases", "sites"
KEYS = {
    GRIDS: "grid_id", BUILDINGS: "building_id", HOUSEHOLDS: "household_id", VISITS: "visit", CASES: "case_id",
    SITES: "community_id",
}  # fmt: skip
"""Kind of rows → what names one; a visit is named by its position in the frame."""
_KINDS = {"ORG-01": (GRIDS,), "ORG-02": (GRIDS,), "VIS-01": (HOUSEHOLDS,), "VIS-02": (HOUSEHOLDS,),
          "VIS-03": (HOUSEHOLDS,), "DIS-06": (CASES, HOUSEHOLDS)}  # fmt: skip
_KINDS_OF_TOPIC = {"ORG": BUILDINGS, "VIS": VISITS, "REL": SITES}
_RECORDED = {"VIS-04": "is_located", "VIS-05": "is_located", "VIS-07": "has_photo"}
"""What a ledger need not record of a visit, which then is in neither number."""
_BY_DUE_DAY = ("APP-02", "DIS-04", "CAS-01", "CAS-02", "CAS-03", "CAS-04")
CASE_KINDS = {"DIS": "dispute", "APP": "suggestion", "WIS": "wish"}
"""Topic of an indicator → the kind of case it counts; the others count all."""


def kinds_of(code: str) -> tuple[str, ...]:
    """The kinds of rows that an indicator counts, the numerator's first."""
    code = code.removesuffix(AT_END)
    return _KINDS.get(code) or (_KINDS_OF_TOPIC.get(code[:3], CASES),)


def shares(code: str, tables: Tables, start: date | None, end: date) -> pd.DataFrame:
    """What each row brings into an indicator for the period [start, end).

    Returns one row per row counted, in the order of the frames: `kind` (of row), `key` (its name, see KEYS), `area_id`
    (the grid it lies in; for sites the community), `numerator`, `denominator`. Sums by `area_id` are what the measure
    gives. A row that is not here is in neither number.

    >>> homes = pd.DataFrame({"household_id": ["h1", "h2"], "grid_id": [7, 7]})
    >>> calls = pd.DataFrame({"household_id": ["h2"], "visited_on": [date(2020, 3, 2)], "is_valid": [True]})
    >>> nothing = pd.DataFrame()
    >>> tables = Tables(nothing, nothing, homes, calls, *[nothing] * 6, kinds=())
    >>> found = shares("VIS-01", tables, date(2020, 1, 1), date(2021, 1, 1))
    >>> found[["key", "area_id", "numerator"]].to_dict("list")
    {'key': ['h1', 'h2'], 'area_id': [7, 7], 'numerator': [0, 1]}
    """
    whole = FACTS[code](tables, start, end)[["numerator", "denominator"]]
    kinds = kinds_of(code)
    parts = [_split(code, tables, start, end, kind, others=[k for k in kinds if k != kind]) for kind in kinds]
    found = pd.concat(parts, ignore_index=True)
    sums = found.groupby("area_id")[["numerator", "denominator"]].sum()
    if _differ(sums, whole):
        return _by_area(whole, GRIDS)
    return found


def _differ(sums: pd.DataFrame, whole: pd.DataFrame) -> bool:
    sums = sums[(sums != 0).any(axis=1)]
    whole = whole[(whole != 0).any(axis=1)]
    return not (
        sums.index.sort_values().equals(whole.index.sort_values())
        and (sums.sort_index() == whole.sort_index()).all(axis=None)
    )


def _split(
    code: str, tables: Tables, start: date | None, end: date, kind: str, *, others: Iterable[str]
) -> pd.DataFrame:
    """The measure with every row of a kind in a grid of its own, and nothing of the other kinds."""
    measure = FACTS[code]
    nothing: dict[str, Any] = {other: getattr(tables, other).iloc[:0] for other in others}
    tables = replace(tables, **nothing)
    if kind in (GRIDS, SITES):
        return _by_area(measure(tables, start, end), kind)
    alone, areas = _alone(tables, kind)
    found = measure(alone, start, end)
    rows = found.index.to_numpy(np.int64)
    return pd.DataFrame(
        {
            "kind": kind, "key": names_of(tables, kind)[rows], "area_id": areas[rows],
            "numerator": found["numerator"].to_numpy(), "denominator": found["denominator"].to_numpy(),
        }
    )  # fmt: skip


def _alone(tables: Tables, kind: str) -> tuple[Tables, NDArray[np.int64]]:
    """The tables with each row of a kind in the grid numbered like it, and the grids the rows truly lie in."""
    frame: pd.DataFrame = getattr(tables, kind)
    own = np.arange(len(frame))
    if kind != VISITS:
        changed: dict[str, Any] = {kind: frame.assign(grid_id=own)}
        return replace(tables, **changed), frame["grid_id"].to_numpy(np.int64)
    # Visits lie where their household did: each gets a household of its own.
    at = homes_of(tables.households, frame)
    known = at >= 0
    homes = tables.households.drop(columns="household", errors="ignore").iloc[at[known]]
    homes = homes.assign(household_id=own[known], grid_id=own[known])
    areas = np.full(len(frame), -1, dtype=np.int64)
    areas[known] = tables.households["grid_id"].to_numpy(np.int64)[at[known]]
    visits = frame.drop(columns=["home", "household"], errors="ignore").assign(household_id=np.where(known, own, -1))
    return replace(tables, households=homes.reset_index(drop=True), visits=visits), areas


def names_of(tables: Tables, kind: str) -> NDArray[np.object_]:
    """What names each row of a kind, in the order of its frame."""
    frame: pd.DataFrame = getattr(tables, kind)
    return np.arange(len(frame)).astype(object) if kind == VISITS else frame[KEYS[kind]].to_numpy(object)


def _by_area(found: pd.DataFrame, kind: str) -> pd.DataFrame:
    ids = found.index.to_numpy()
    return pd.DataFrame(
        {
            "kind": kind, "key": ids.astype(object), "area_id": ids,
            "numerator": found["numerator"].to_numpy(), "denominator": found["denominator"].to_numpy(),
        }
    )  # fmt: skip


def left_out(code: str, tables: Tables, end: date, found: pd.DataFrame, areas: Iterable[int]) -> dict[str, int]:
    """Rows of the areas that are in neither number, by why: a code of terms.LEFT_OUT. Reasons of none are absent.

    found : the shares. A row has one reason, the first that holds; those counted and those left out are all rows of the
    kind (of a topic's own kind of case) in the areas.
    """
    kind = kinds_of(code)[0]
    if (found["kind"] != kind).all() and len(found):
        return {}  # by grid: which rows they are is not known
    frame: pd.DataFrame = getattr(tables, kind)
    inside = np.isin(_areas(tables, kind), list(areas))
    counted = pd.Series(names_of(tables, kind)).isin(set(found.loc[found["kind"] == kind, "key"])).to_numpy(bool)
    out = inside & ~counted
    if kind == HOUSEHOLDS:
        # A household that moved stands there once, with its last stay in the areas.
        out[out] = ~frame[out]["household_id"].duplicated(keep="last").to_numpy(bool)
    if kind == CASES and code[:3] in CASE_KINDS:
        out &= (frame["case_kind"] == CASE_KINDS[code[:3]]).to_numpy(bool)
    answer = {}
    for reason, holds in _reasons(code, kind, frame, end):
        if many := int((out & holds).sum()):
            answer[reason] = many
        out &= ~holds
    if rest := int(out.sum()):
        answer["other_period"] = rest
    return answer


def _areas(tables: Tables, kind: str) -> NDArray[np.int64]:
    if kind in (GRIDS, SITES):
        return getattr(tables, kind)[KEYS[kind]].to_numpy(np.int64)  # type: ignore[no-any-return]
    return _alone(tables, kind)[1]


def _reasons(code: str, kind: str, frame: pd.DataFrame, end: date) -> list[tuple[str, NDArray[np.bool_]]]:
    """Why a row of a kind may be in neither number, most telling first."""

    def known(name: str) -> NDArray[np.bool_]:
        return pd.to_datetime(frame[name]).notna().to_numpy(bool)

    def after(name: str) -> NDArray[np.bool_]:
        return (pd.to_datetime(frame[name]) >= pd.Timestamp(end)).to_numpy(bool)

    if kind == HOUSEHOLDS:
        gone = known("moved_out_on") & ~after("moved_out_on")
        found = [("moved_out", gone), ("not_there_yet", after("moved_in_on"))]
        if code == "VIS-02":
            size = frame["person_count"].to_numpy(np.float64, na_value=np.nan)
            found += [("no_size", np.isnan(size) | (size == 0))]
        return found
    if kind == BUILDINGS:
        return [("not_residential", ~frame["is_residential"].eq(True).to_numpy(bool))]
    if kind == GRIDS:
        return [("not_there_yet", after("valid_from"))] if "valid_from" in frame else []
    if kind == VISITS and code in _RECORDED:
        return [("not_recorded", frame[_RECORDED[code]].isna().to_numpy(bool))]
    if kind == CASES:
        not_taken_up = ("not_taken_up", ~frame["is_valid"].eq(True).to_numpy(bool))
        if code.removesuffix(AT_END) in _BY_DUE_DAY:
            on_hold = ~known("due_on") & known("first_due_on")
            return [not_taken_up, ("on_hold", on_hold), ("no_due_day", ~known("due_on"))]
        found = [not_taken_up, ("not_accepted", ~known("accepted_on"))]
        if code == "DIS-07":
            found.append(("no_closing_day", frame["is_closed"].eq(True).to_numpy(bool) & ~known("closed_on")))
        return found
    return []
