"""What each relocation community has within a walk (步行可达): households out of reach by kind, and the best new place.

A facility that is being built is coming: it is not proposed again, and what it will bring into reach is said.

As things stand on the data date, whatever the period of the page: the households of buildings are those of that day,
and one answer for a version of the data leaves no two to compare. A facility serves its own community. Sums of
households are for *internal* viewers and more; who may not see single buildings does not see a sum that tells of one.
Unknown is apart from out of reach: no ledger of facilities, one in use without a position, plots allotted nobody says
where.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import shapely

from data import terms
from geo.reach import Gain, best_place, is_out, nearest_m, reach_rings, sums_to_hide, walks_m
from geo.simplify import encode_features
from portal import reads
from portal.colours import NO, SIGNAL, UNKNOWN_FILL, YES, rgba
from portal.features import drawn_shapes
from portal.identity import Viewer
from portal.reads import HIDDEN, UNKNOWN, Measure
from portal.relocation import ITEMS, PLOT, Site, sites
from portal.snapshot import Area, current, each
from portal.words import count, door_name, t

LIMITS = (300, 500, 1000)
"""The longest walks to choose from, metres."""
USUAL = 500
FEWEST = 5
"""Fewer households than these are not told of any group of buildings."""


@dataclass(frozen=True)
class Best:
    """Where one more facility of a kind brings most households into reach.

    place : the building it would stand at, by code and by name. buildings : codes of those it brings into reach.
    households : n of those out of reach now; without a denominator where these are hidden.
    """

    kind: str
    area: Area
    code: str
    place: str
    lon: float
    lat: float
    buildings: frozenset[str]
    households: Measure


@dataclass(frozen=True)
class Reach:
    """One relocation community; `limit_m` is the longest walk that counts as within reach.

    walks : one row per residential building, `building_code`, `name`, and for each of ITEMS the walk in metres to the
    nearest one in use (inf: there is none; NaN: not known). out : by kind the households out of reach, of all counted.
    best : by kind, absent where nothing is known, nobody is out of reach, or one is coming. coming : by kind that has
    one under construction, the households out of reach now that will have it within the walk, of all out of reach;
    unknown where it has no position. states : of ITEMS, see `Site`.
    left_out : residential buildings without a register of households or without a position; they count nowhere.
    """

    area: Area
    limit_m: int
    walks: pd.DataFrame
    out: dict[str, Measure]
    best: dict[str, Best]
    coming: dict[str, Measure]
    states: dict[str, str]
    left_out: int


@dataclass(frozen=True)
class _Measured:
    """What holds for all viewers: exact, with the sums that tell of a single building (what, kind, limit)."""

    rows: pd.DataFrame
    places: pd.DataFrame
    facilities: pd.DataFrame
    unknown: frozenset[str]
    gains: dict[tuple[str, int], Gain]
    coming: dict[str, np.ndarray]
    telling: frozenset[tuple[str, str, int]]
    states: dict[str, str]

    @property
    def is_counted(self) -> pd.Series:
        return self.rows["households"].notna() & self.rows["lon"].notna()


def reaches(viewer: Viewer, code: str | None = None, limit_m: int = USUAL) -> list[Reach]:
    """The relocation communities inside an area, in the order of their codes; none for public viewers."""
    # Asked first and every time: it is where a right that has ended is noticed.
    if not reads.relocation_communities(viewer, code) or not viewer.may_see("internal"):
        return []
    return current().keep(
        ("reach", viewer.scope, code, limit_m),
        lambda: [_reach(viewer, site, measured, limit_m) for site, measured in _all_measured(viewer, code)],
    )


def next_one(reach: Reach) -> Best | None:
    """The facility that a community is to have next: of what it has not in use the first needed (`terms.FIRST_NEEDED`),
    else of the others the place that brings most households into reach. What is hidden stands behind all others.
    """
    kinds = [kind for kind in terms.FIRST_NEEDED if kind in reach.best]
    lacking = next((kind for kind in kinds if reach.states[kind] not in ("present", "partial")), None)
    if lacking:
        return reach.best[lacking]
    return max((reach.best[kind] for kind in kinds), key=lambda best: best.households.numerator or 0, default=None)


def _all_measured(viewer: Viewer, code: str | None) -> list[tuple[Site, _Measured]]:
    found = sites(viewer, f"todate:{reads.status().data_on}", code)
    # The same for all who have the community in their areas.
    return [(site, current().keep(("reach", site.area.area_id), partial(_measure, viewer, site))) for site in found]


def _reach(viewer: Viewer, site: Site, measured: _Measured, limit_m: int) -> Reach:
    def seen(what: str, kind: str, n: float, d: float) -> Measure:
        if (what, kind, limit_m) in measured.telling and not viewer.may_see("buildings"):
            return HIDDEN
        return Measure(n, d, "known") if d else UNKNOWN

    counted = measured.rows[measured.is_counted]
    homes = counted["households"].to_numpy(float)
    out, best, coming = {}, {}, {}
    for kind in ITEMS:
        if kind in measured.coming:
            coming[kind] = UNKNOWN
        if kind in measured.unknown:
            out[kind] = UNKNOWN
            continue
        n = float(homes[is_out(counted[kind].to_numpy(float), limit_m)].sum())
        out[kind] = seen("out", kind, n, float(homes.sum()))
        if kind in coming and not np.isnan(later := measured.coming[kind][measured.is_counted]).any():
            many = float(homes[_comes(counted[kind].to_numpy(float), later, limit_m)].sum())
            coming[kind] = _of(seen("coming", kind, many, n), out[kind])
        if gain := measured.gains.get((kind, limit_m)):
            at = measured.places.iloc[gain.place]
            reached = frozenset(counted["building_code"][gain.reached])
            best[kind] = Best(kind, site.area, at["building_code"], at["name"], float(at["lon"]), float(at["lat"]),
                              reached, _of(seen("gain", kind, gain.households, n), out[kind]))  # fmt: skip
    walks = measured.rows[["building_code", "name", *ITEMS]]
    return Reach(site.area, limit_m, walks, out, best, coming, measured.states, int((~measured.is_counted).sum()))


def _comes(now: np.ndarray, coming: np.ndarray, limit_m: int) -> np.ndarray:
    """The buildings out of reach now that what is being built brings within the walk."""
    found: np.ndarray = is_out(now, limit_m) & ~is_out(coming, limit_m)
    return found


def _of(gain: Measure, out: Measure) -> Measure:
    """A gain without the households it is of, where these are hidden."""
    return replace(gain, denominator=None) if out.part == "hidden" else gain


def _measure(viewer: Viewer, site: Site) -> _Measured:
    found = reads.buildings(viewer, site.area.code)
    counts = current().keep("households of buildings", _homes)
    rows = pd.DataFrame({
        "building_code": found["building_code"], "lon": found["lon"].astype(float), "lat": found["lat"].astype(float),
        "name": [door_name(*pair) for pair in zip(found["estate_name"], found["building_name"], strict=True)],
        "households": found["building_id"].map(counts).astype(float),
        "is_residential": found["is_residential"].astype(bool),
    }).reset_index(drop=True)  # fmt: skip
    places = rows[rows["lon"].notna() & rows["lat"].notna()]
    rows = rows[rows["is_residential"]].reset_index(drop=True)
    unknown, (facilities, building) = set(), _facilities(viewer, site)
    for kind in ITEMS:
        walks = _walks(facilities[facilities["facility_kind"] == kind], site, kind, rows)
        rows[kind] = np.nan if walks is None else walks
        if walks is None:
            unknown.add(kind)
    coming = {
        str(kind): _nearest(of_kind, rows) if of_kind["lon"].notna().all() else np.full(len(rows), np.nan)
        for kind, of_kind in building.groupby("facility_kind") if kind in ITEMS
    }  # fmt: skip
    plain = _Measured(rows, places, facilities, frozenset(unknown), {}, coming, frozenset(), site.states)
    counted = rows[plain.is_counted]
    gains = _gains(counted, places, unknown | set(coming))
    news = {kind: walks[plain.is_counted] for kind, walks in coming.items() if kind not in unknown}
    return replace(plain, gains=gains, telling=_telling(counted, gains, unknown, news))


def _homes() -> pd.Series:
    return current().buildings.set_index("building_id")["households_count"]


def _facilities(viewer: Viewer, site: Site) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The facilities of a community in use on the data date, and those under construction that day."""
    found = reads.facilities(viewer, site.area.code)
    found = found[found["community_id"] == site.area.area_id]
    found = found.assign(lon=found["lon"].astype(float), lat=found["lat"].astype(float))
    is_later = pd.to_datetime(found["built_on"]) > pd.Timestamp(str(reads.status().data_on))
    is_there = found["facility_state"] == "present"
    return found[is_there & ~is_later], found[(found["facility_state"] == "planned") | (is_there & is_later)]


def _nearest(facilities: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    walks = walks_m(rows["lon"], rows["lat"], facilities["lon"], facilities["lat"])
    return nearest_m(walks, rows["lon"].notna().to_numpy(bool))


def _walks(in_use: pd.DataFrame, site: Site, kind: str, rows: pd.DataFrame) -> np.ndarray | None:
    """The walk from each building to the nearest facility of a kind that is in use; None when that is not known."""
    is_allotted = kind == PLOT and site.plots is not None and site.plots.with_plot > 0
    if site.states[kind] == "unknown" or in_use["lon"].isna().any() or (is_allotted and in_use.empty):
        return None
    return _nearest(in_use, rows)


def _gains(counted: pd.DataFrame, places: pd.DataFrame, unknown: set[str]) -> dict[tuple[str, int], Gain]:
    walks = walks_m(counted["lon"], counted["lat"], places["lon"], places["lat"])
    homes = counted["households"].to_numpy(float)
    every = {
        (kind, limit): best_place(walks, counted[kind].to_numpy(float), homes, limit)
        for kind in ITEMS if kind not in unknown for limit in LIMITS
    }  # fmt: skip
    return {at: gain for at, gain in every.items() if gain}


def _telling(
    counted: pd.DataFrame, gains: dict[tuple[str, int], Gain], unknown: set[str], coming: dict[str, np.ndarray]
) -> frozenset[tuple[str, str, int]]:
    """The sums that tell of a single building, or of few households; the usual walk is the last to be hidden."""
    limits = sorted(LIMITS, key=lambda limit: limit != USUAL)
    known = [(kind, limit) for limit in limits for kind in ITEMS if kind not in unknown]
    sums = {("out", *at): np.flatnonzero(is_out(counted[at[0]].to_numpy(float), at[1])).tolist() for at in known}
    sums |= {("gain", *at): np.flatnonzero(gains[at].reached).tolist() for at in known if at in gains}
    sums |= {
        ("coming", kind, limit): np.flatnonzero(_comes(counted[kind].to_numpy(float), coming[kind], limit)).tolist()
        for kind, limit in known if kind in coming and not np.isnan(coming[kind]).any()
    }  # fmt: skip
    homes = [int(many) for many in counted["households"]]
    hidden = sums_to_hide(list(sums.values()), homes, FEWEST)
    return frozenset(what for what, is_hidden in zip(sums, hidden, strict=True) if is_hidden)


# --- map layers -------------------------------------------------------------------------------------------------------


def _asked(viewer: Viewer, p: dict[str, str]) -> tuple[_Measured | None, str, int]:
    """What is known of the community asked for, the kind and the limit."""
    found = [measured for site, measured in _all_measured(viewer, p["area"]) if site.area.code == p["area"]]
    return found[0] if found else None, p.get("item", ITEMS[0]), int(p.get("within", USUAL))


def houses_layer(viewer: Viewer, p: dict[str, str]) -> bytes:
    """The buildings of a community by their walk to the nearest facility of a kind; no households."""
    measured, kind, limit = _asked(viewer, p)
    if measured is None:
        return encode_features([], [])
    rows = reads.buildings(viewer, p["area"])
    walks = measured.rows.set_index("building_code")[kind]
    properties = []
    for row in each(rows):
        walk = float(walks.get(row.building_code, np.nan))
        fill = UNKNOWN_FILL if np.isnan(walk) else NO if walk > limit else YES
        properties.append({"c": row.building_code, "n": door_name(row.estate_name, row.building_name),
                           "v": terms.FACILITY_KINDS.label(kind, p["lang"]),
                           "x": walk_words(walk, p["lang"]) if row.is_residential else t("非住宅", "Not residential",
                                                                                       p["lang"]),
                           "f": rgba(fill, 235)})  # fmt: skip
    return encode_features(drawn_shapes(rows), properties)


def walk_words(walk_m: float, lang: str | None = None) -> str:
    """A walk in words, to ten metres."""
    if np.isnan(walk_m):
        return t("步行距离未知", "walk not known", lang)
    if np.isinf(walk_m):
        return t("没有在用的", "none in use", lang)
    metres = count(10 * round(walk_m / 10))
    return t(f"步行约 {metres} 米", f"about {metres} m on foot", lang)


def rings_layer(viewer: Viewer, p: dict[str, str]) -> bytes:
    """What lies within a walk of each facility of a kind in use, one circle each."""
    measured, kind, limit = _asked(viewer, p)
    if measured is None or kind in measured.unknown:
        return encode_features([], [])
    found = measured.facilities[measured.facilities["facility_kind"] == kind]
    blank = [{"c": "", "n": name or "", "v": "", "x": ""} for name in found["facility_name"]]
    return encode_features(reach_rings(found["lon"], found["lat"], limit), blank)


def best_layer(viewer: Viewer, p: dict[str, str]) -> bytes:
    """Where one more facility of a kind would help most, as a point; and what it would have within a walk."""
    measured, kind, limit = _asked(viewer, p)
    gain = measured.gains.get((kind, limit)) if measured else None
    if measured is None or gain is None:
        return encode_features([], [])
    at = measured.places.iloc[gain.place]
    lon, lat = [float(at["lon"])], [float(at["lat"])]
    kind_words = terms.FACILITY_KINDS.label(kind, p["lang"])
    words = t(f"＋ 增设{kind_words}", f"＋ {kind_words} here", p["lang"])
    look = {"c": "", "n": words, "v": at["name"], "x": "", "f": [0, 0, 0, 0]}
    shapes = np.concatenate([reach_rings(lon, lat, limit), shapely.points(lon, lat)])
    return encode_features(shapes, [{**look, "n": ""}, {**look, "f": rgba(SIGNAL)}])


LAYERS: dict[str, Callable[[Viewer, dict[str, str]], bytes]] = {
    "reach_houses": houses_layer,
    "reach_rings": rings_layer,
    "reach_best": best_layer,
}
