"""The only door from pages and routes to the store (唯一读取口): every answer is within a viewer's scope and detail.

Every function takes the viewer first. No area given means the viewer's own areas, never everything; an area outside is
as if it were not there. Whether the viewer still may is asked again each time (`portal.accounts`). Numbers for
*public* viewers, and those of sensitive topics for all who may not see the rows, pass `geo.disclosure`; counts of one
building are for *buildings* and above. Cases are read by `portal.cases`. Answers are made once for a data version and a
scope.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from data import queries, terms
from data.accounts import Account, ScreenLink
from data.accounts import accounts as list_accounts
from data.accounts import links as list_links
from data.errors import EmptyStoreError
from data.registry import Indicator, indicators
from data.settings import settings
from geo.as_stood import AT_END
from geo.checks import points_inside
from geo.errors import GeoError
from geo.indicators import composite_index
from geo.periods import parse_period
from portal import accounts, ledgers
from portal.hiding import fixed_periods, hidden_in
from portal.identity import NotAllowedError, Viewer
from portal.released import Released, released
from portal.snapshot import Area, Snapshot, current

LEVELS = tuple(terms.LEVELS)
PUBLIC_KINDS = ("month", "quarter", "year")
"""The kinds of periods that public viewers see: fixed ones only, as a moving window would part months."""
PROTECTED_KINDS = (*PUBLIC_KINDS, "ytd")
"""Those of sensitive topics for all others: what can be hidden together. Rolling windows and sums to date cannot."""


@dataclass(frozen=True)
class Status:
    """The state of the data: `version` 0 when nothing was loaded yet."""

    version: int
    data_on: date | None
    loaded_at: datetime | None
    is_sample: bool
    notes: dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """One number of one area: known, small (of so few that the public gets no rate), none (a ledger, and nothing in it
    to count), unknown (no ledger) or hidden (for privacy). `portal.standing` tells known ones that are small or zero.
    """

    numerator: float | None = None
    denominator: float | None = None
    part: str = "unknown"
    made_of: float | None = None
    """Of an index, how many the smallest of its parts counts; None for others."""

    @property
    def counts(self) -> tuple[float | None, float | None]:
        """Numerator and denominator, 0 and 0 where there was nothing to count."""
        return (0, 0) if self.part == "none" else (self.numerator, self.denominator)

    @property
    def rate(self) -> float | None:
        """0..1, or None when it is not known."""
        if self.part != "known" or not self.denominator or self.numerator is None:
            return None
        return self.numerator / self.denominator


UNKNOWN = Measure()
NONE = Measure(part="none")
HIDDEN = Measure(part="hidden")


def status(viewer: Viewer | None = None) -> Status:
    """The state of the store, for the public that of the last release; without a viewer the one thing that may be read
    before anybody is known to be here."""
    return Status(**(current() if viewer is None else _seen_by(viewer, current())).status)


def data_key(viewer: Viewer) -> str:
    """A word for the state of the data a viewer sees that no other state of any store has; for keys of what is kept."""
    return _seen_by(viewer, current()).key


def released_on(viewer: Viewer) -> date | None:
    """The day of the release whose numbers a viewer sees; None for those who see the numbers of now."""
    seen = _seen_by(viewer, current())
    return seen.release.released_on if isinstance(seen, Released) and seen.release else None


def _seen_by(viewer: Viewer, snapshot: Snapshot) -> Snapshot:
    """Where the numbers of a viewer come from: the last release for the public, the data of now for all others."""
    return snapshot if viewer.may_see("internal") else released(snapshot)


def has_loads() -> bool:
    """Whether anything was loaded and not taken back; like `status` asked before anybody is known to be here."""
    try:
        return status().version > 0
    except EmptyStoreError:
        return False


def is_empty() -> bool:
    """Whether the county of the settings is not in the store: nothing was loaded yet, or not its areas."""
    return not has_loads() or settings().county not in current().places.by_code


def other_counties() -> list[str]:
    """Codes of the counties that are in the store, where that of the settings is not."""
    if not has_loads() or not is_empty():
        return []
    found = current().places.by_id.values()
    return sorted(a.code for a in found if a.level == "county" and not a.is_context)


def sign_in_choices() -> tuple[str, list[tuple[str, str, str]]]:
    """For the demo's role chooser: the county's code, and (code, name, community name) of each grid with a worker."""
    snapshot = current()
    places, posts = snapshot.places, snapshot.posts
    held = posts[(posts["post_kind"] == "grid_worker") & (posts["target_kind"] == "grid")]["target_id"]
    grids = [places.by_id[area_id] for area_id in dict.fromkeys(held) if area_id in places.by_id]
    names = [(g.code, g.name, places.by_id[g.parent_id].name if g.parent_id in places.by_id else "") for g in grids]
    return settings().county, sorted(names)


# --- places -----------------------------------------------------------------------------------------------------------


def _scope(snapshot: Snapshot, viewer: Viewer) -> frozenset[int]:
    """The ids of the viewer's own areas and everything in them; raises NotAllowedError when they may no more."""
    accounts.check(viewer)

    def make() -> frozenset[int]:
        own = (snapshot.places.by_code.get(code) for code in viewer.areas)
        return frozenset(area_id for a in own if a for area_id in snapshot.places.subtree(a.area_id))

    return snapshot.keep(("scope", viewer.areas), make)


def own_areas(viewer: Viewer) -> list[Area]:
    """The viewer's own areas, larger ones first; one inside another is left out, and so is one not in the store."""
    snapshot = current()
    places, scope = snapshot.places, _scope(snapshot, viewer)
    own = [places.by_code[code] for code in viewer.areas if code in places.by_code]
    tops = [a for a in own if a.parent_id not in scope]
    return sorted(tops, key=lambda a: (LEVELS.index(a.level), a.code))


def home(viewer: Viewer) -> Area:
    """The area shown when nothing is asked for: the first own one; raises NotAllowedError when none is in the store."""
    own = own_areas(viewer)
    if not own:
        raise NotAllowedError(
            "数据中没有您负责的区域；请联系管理员核对您的区域。",
            "Your area is not in the data; ask the administrator to check your areas.",
        )
    return own[0]


def area(viewer: Viewer, code: str) -> Area | None:
    """An area by its code; None when there is none, or when it lies outside the viewer's own."""
    snapshot = current()
    found = snapshot.places.by_code.get(code)
    return found if found and found.area_id in _scope(snapshot, viewer) else None


def trail(viewer: Viewer, code: str) -> list[Area]:
    """From the viewer's own area down to an area: the breadcrumb. Empty for an area outside."""
    snapshot = current()
    found = area(viewer, code)
    scope = _scope(snapshot, viewer)
    return [step for step in snapshot.places.path(found.area_id) if step.area_id in scope] if found else []


def below(viewer: Viewer, code: str, level: str, *, with_unplaced: bool = False) -> list[Area]:
    """The areas of a level inside an area (the area itself, where it is of that level), in the order of their codes.

    未落格 stands last in its community and is left out unless asked for.
    """
    top = area(viewer, code)
    if top is None:
        return []
    snapshot = current()

    def make() -> list[Area]:
        inside = (snapshot.places.by_id[area_id] for area_id in snapshot.places.subtree(top.area_id))
        found = [a for a in inside if a.level == level and not a.is_context]
        return sorted(found, key=lambda a: (a.is_unplaced, a.code))

    found = snapshot.keep(("below", top.area_id, level), make)
    return [a for a in found if with_unplaced or not a.is_unplaced]


def levels_below(viewer: Viewer, code: str) -> list[str]:
    """The levels under an area that have areas, highest first; its own level for a leaf."""
    top = area(viewer, code)
    if top is None:
        return []
    lower = LEVELS[LEVELS.index(top.level) + 1 :]
    return [level for level in lower if below(viewer, code, level)] or [top.level]


def parent_names(viewer: Viewer, codes: Iterable[str]) -> dict[str, str]:
    """The name of the area above each area, by code."""
    snapshot = current()
    places, scope = snapshot.places, _scope(snapshot, viewer)
    found = [places.by_code[code] for code in codes if code in places.by_code]
    return {a.code: places.by_id[a.parent_id].name for a in found if a.area_id in scope and a.parent_id in places.by_id}


def full_name(a: Area) -> str:
    """A name that can stand alone: that of a grid with its community's before it, unless it says it already."""
    places = current().places
    above = places.by_id.get(a.parent_id) if a.parent_id is not None else None
    return f"{above.name}{a.name}" if a.level == "grid" and above and above.name not in a.name else a.name


# --- numbers ----------------------------------------------------------------------------------------------------------


def periods(viewer: Viewer) -> list[str]:
    """The periods with numbers, latest first, longer ones before shorter; fixed periods only for public viewers."""
    snapshot = current()

    def make() -> list[str]:
        kept = [parse_period(text) for text in _seen_by(viewer, snapshot).periods]
        kept = [p for p in kept if viewer.may_see("internal") or ":" not in p.text]
        return [p.text for p in sorted(kept, key=lambda p: (p.end, p.end - (p.start or date.min)), reverse=True)]

    return snapshot.keep(("periods", viewer.may_see("internal")), make)


def measures(viewer: Viewer, indicator: str, period: str, codes: Iterable[str]) -> dict[str, Measure]:
    """The number of each area for an indicator and a period, by code; areas outside the viewer's own are left out."""
    snapshot = current()
    scope = _scope(snapshot, viewer)
    kept = _parts(snapshot, viewer, indicator, [period])[period]
    found = (snapshot.places.by_code.get(code) for code in codes)
    seen = _seen_by(viewer, snapshot)
    can_be_none = _can_be_none(seen, viewer, period)
    return {
        a.code: _or_none(seen, indicator, a.area_id, kept.get(a.area_id, UNKNOWN), can_be_none)
        for a in found if a and a.area_id in scope
    }  # fmt: skip


def _can_be_none(snapshot: Snapshot, viewer: Viewer, period: str) -> date | None:
    """The last day of a period of which an absent number may mean that there was nothing to count; None for others: not
    kept, not begun on the data date, or not shown to this viewer."""
    shown: frozenset[str] = snapshot.keep(
        ("periods shown", viewer.may_see("internal")), lambda: frozenset(periods(viewer))
    )
    data_on, p = snapshot.status["data_on"], parse_period(period)
    has_begun = data_on is not None and (p.start is None or p.start <= data_on)
    return p.last_day if has_begun and period in shown else None


def _or_none(snapshot: Snapshot, indicator: str, area_id: int, measure: Measure, last: date | None) -> Measure:
    """A measure that is none where it looks unknown and there is a ledger."""
    if measure.part != "unknown" or last is None or not ledgers.has_ledger(snapshot, indicator, area_id, last):
        return measure
    return NONE if measure is UNKNOWN else replace(measure, part="none")


def measure(viewer: Viewer, indicator: str, period: str, code: str) -> Measure:
    """The number of one area; unknown for an area outside the viewer's own."""
    return measures(viewer, indicator, period, [code]).get(code, UNKNOWN)


def trends(viewer: Viewer, indicator: str, over: Sequence[str], codes: Iterable[str]) -> dict[str, list[Measure]]:
    """The numbers of each area over several periods, by code, in the order of `over`."""
    snapshot = current()
    scope = _scope(snapshot, viewer)
    kept = _parts(snapshot, viewer, indicator, list(over))
    found = (snapshot.places.by_code.get(code) for code in codes)
    seen = _seen_by(viewer, snapshot)
    each = [(kept[period], _can_be_none(seen, viewer, period)) for period in over]
    return {
        a.code: [_or_none(seen, indicator, a.area_id, one.get(a.area_id, UNKNOWN), last) for one, last in each]
        for a in found if a and a.area_id in scope
    }  # fmt: skip


def _parts(snapshot: Snapshot, viewer: Viewer, indicator: str, over: list[str]) -> dict[str, dict[int, Measure]]:
    """Measures of all areas by period. What is hidden is so over the whole tree, whatever part is asked for."""
    if indicator not in indicators():
        raise NotAllowedError(f"没有这个指标：{indicator}", f"There is no indicator {indicator}")
    is_public, snapshot = not viewer.may_see("internal"), _seen_by(viewer, snapshot)
    if indicators()[indicator].is_index:
        return _index_parts(snapshot, viewer, indicators()[indicator], over)
    is_sensitive = indicators()[indicator].is_sensitive
    if is_public or (is_sensitive and not viewer.may_see("households")):
        return _protected_parts(snapshot, indicator, over, is_public=is_public)
    store: dict[str, dict[int, Measure]] = snapshot.keep(("measures", indicator), dict)
    for period, numbers in snapshot.facts(indicator, [p for p in over if p not in store]).items():
        store[period] = {area_id: _shown(n, d) for area_id, (n, d) in numbers.items()}
    return store


def as_stood(viewer: Viewer, indicator: str, over: Sequence[str], codes: Iterable[str]) -> dict[str, list[Measure]]:
    """The numbers of each area over several periods, as each stood at its own end, by code, in the order of `over`.

    For indicators that are compared so (`Indicator.is_at_end`). Hidden from all from whom small numbers of it are: this
    one beside the present one tells how many came after, and what no one is shown need not be hidden in part.
    """
    snapshot = current()
    scope = _scope(snapshot, viewer)
    kept = _stood(snapshot, viewer, indicators()[indicator], list(over))
    found = (snapshot.places.by_code.get(code) for code in codes)
    return {
        a.code: [kept[period].get(a.area_id, UNKNOWN) for period in over] for a in found if a and a.area_id in scope
    }


def may_see_stood(viewer: Viewer, indicator: str) -> bool:
    """Whether numbers as they stood are for this viewer: not for whom small ones of the indicator are hidden."""
    return viewer.may_see("internal") and (not indicators()[indicator].is_sensitive or viewer.may_see("households"))


def _stood(snapshot: Snapshot, viewer: Viewer, rule: Indicator, over: list[str]) -> dict[str, dict[int, Measure]]:
    """Measures of all areas by period as each stood at its end; of an index from those of its parts."""
    if not may_see_stood(viewer, rule.code):
        return {period: dict.fromkeys(snapshot.places.by_id, HIDDEN) for period in over}
    if rule.is_index:
        parts = [indicators()[code] for code in rule.parts]
        made = [(_stood if p.is_at_end else _now)(snapshot, viewer, p, over) for p in parts]
        every = {period: {area_id for part in made for area_id in part[period]} for period in over}
        return {
            period: {i: _index_of(rule, [part[period].get(i, UNKNOWN) for part in made]) for i in areas}
            for period, areas in every.items()
        }
    store: dict[str, dict[int, Measure]] = snapshot.keep(("as stood", rule.code), dict)
    for period, numbers in snapshot.facts(rule.code + AT_END, [p for p in over if p not in store]).items():
        store[period] = {area_id: _shown(n, d) for area_id, (n, d) in numbers.items()}
    return store


def _now(snapshot: Snapshot, viewer: Viewer, rule: Indicator, over: list[str]) -> dict[str, dict[int, Measure]]:
    return _parts(snapshot, viewer, rule.code, over)


def _index_parts(snapshot: Snapshot, viewer: Viewer, rule: Indicator, over: list[str]) -> dict[str, dict[int, Measure]]:
    """An index of every area from what the viewer sees of its parts: hidden where one of them is."""
    seen = viewer.may_see("internal"), viewer.may_see("households")
    store: dict[str, dict[int, Measure]] = snapshot.keep(("index", rule.code, *seen), dict)
    missing = [period for period in over if period not in store]
    made = [_parts(snapshot, viewer, code, missing) for code in rule.parts]
    for period in missing:
        areas = {area_id for part in made for area_id in part[period]}
        store[period] = {i: _index_of(rule, [part[period].get(i, UNKNOWN) for part in made]) for i in areas}
    return store


def _index_of(rule: Indicator, parts: list[Measure]) -> Measure:
    """So many points of 100."""
    if any(part.part in ("hidden", "small") for part in parts):
        return HIDDEN
    rates = [part.rate for part in parts]
    if any(rate is None for rate in rates):
        return UNKNOWN
    first, second, third = (abs(weight) for weight in rule.parts.values())
    points = composite_index(*rates, weights=(first, second, third))  # type: ignore[arg-type]
    return Measure(points, 100.0, "known", min(part.denominator or 0 for part in parts))


def _protected_parts(
    snapshot: Snapshot, indicator: str, over: list[str], *, is_public: bool
) -> dict[str, dict[int, Measure]]:
    """Measures with the small ones hidden, made for whole years at once, so that no period gives another away.

    For the public, these are the numbers of a release (`portal.released`). A period that is not shown here has unknown
    numbers for the public, who are not offered it, and hidden ones for the others, who are.
    """
    rule = indicators()[indicator]
    k = rule.hidden_below
    store: dict[str, dict[int, Measure]] = snapshot.keep(("measures", indicator, is_public), dict)
    years = {parse_period(period).last_day.year for period in over if period not in store}
    for year in sorted(years):
        periods = fixed_periods(snapshot, [year], PUBLIC_KINDS if is_public else PROTECTED_KINDS)
        hidden: dict[str, frozenset[int]] = {}
        if periods and k:  # k is 0 where things are counted, not people
            hidden = hidden_in(snapshot, indicator, periods, k, is_sensitive=rule.is_sensitive)
        for period, numbers in _numbers(snapshot, rule, periods, hidden).items():
            store[period] = numbers | dict.fromkeys(hidden.get(period, ()), HIDDEN)
    for period in [p for p in over if p not in store]:
        store[period] = {} if is_public else dict.fromkeys(snapshot.facts(indicator, [period])[period], HIDDEN)
    return store


def _numbers(
    snapshot: Snapshot, rule: Indicator, periods: list[str], hidden: Mapping[str, frozenset[int]]
) -> dict[str, dict[int, Measure]]:
    if isinstance(snapshot, Released):
        found = snapshot.shown(rule, periods, hidden)
        return {period: {i: Measure(*number) for i, number in numbers.items()} for period, numbers in found.items()}
    places, facts = snapshot.places.by_id, snapshot.facts(rule.code, periods)
    return {
        period: {i: _shown(n, d) for i, (n, d) in numbers.items() if i in places} for period, numbers in facts.items()
    }


def _shown(n: float, d: float | None) -> Measure:
    return Measure(n, d, "known" if d else "unknown")


def previous(period: str) -> str | None:
    """The period of the same length before this one; None where there is none to compare with (to date, unknown)."""
    try:
        p = parse_period(period)
    except GeoError:
        return None
    if p.start is None:
        return None
    last = p.start - pd.Timedelta(days=1).to_pytimedelta()
    if p.kind == "month":
        return f"{last.year:04}-{last.month:02}"
    if p.kind == "quarter":
        return f"{last.year:04}-Q{(last.month + 2) // 3}"
    if p.kind == "year":
        return f"{last.year:04}"
    return f"ytd:{last.year:04}-{p.last_day:%m-%d}" if p.kind == "ytd" else f"{p.kind}:{last}"


def last_months(period: str, many: int = 12) -> list[str]:
    """The months up to the one a period ends in, oldest first."""
    end = parse_period(period).last_day
    numbers = range(end.year * 12 + end.month - many, end.year * 12 + end.month)
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in numbers]


# --- buildings, organisations, facilities -----------------------------------------------------------------------------

_BUILDING_COUNTS = [
    "households_count", "households_visited_count", "last_visit_on", "open_suggestions_count", "open_disputes_count",
]  # fmt: skip


def ids_inside(snapshot: Snapshot, viewer: Viewer, code: str | None) -> frozenset[int]:
    """The ids of an area and everything in it, of all own areas when none is given; empty for one outside."""
    scope = _scope(snapshot, viewer)
    if not code:
        return scope
    top = snapshot.places.by_code.get(code)
    return frozenset(snapshot.places.subtree(top.area_id)) if top and top.area_id in scope else frozenset()


def lie_in(rows: pd.DataFrame, inside: frozenset[int]) -> pd.Series:
    """Rows whose grid lies inside, or whose community does and who have no grid of their own."""
    return rows["grid_id"].isin(inside) | (rows["grid_id"].isna() & rows["community_id"].isin(inside))


def buildings(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per building inside an area: where it is, what it is, its state, its group and its building lead's post.

    `building_code`, `building_name`, `estate_name`, `grid_code`, `grid_name`, `community_code`, `community_name`,
    `is_residential`, `lon`, `lat`, `geometry`, `building_state`, `has_group`, `group_no`, `group_name`, `has_lead`,
    `lead_post` (number of the post). With the detail *buildings* or more also households, visits and open cases;
    nothing at all for public viewers.
    """
    if not viewer.may_see("internal"):
        return pd.DataFrame(columns=["building_code", "geometry"])
    snapshot = current()
    rows = snapshot.keep("buildings", lambda: _described(snapshot))
    rows = rows[lie_in(rows, ids_inside(snapshot, viewer, code))]
    return rows if viewer.may_see("buildings") else rows.drop(columns=_BUILDING_COUNTS)


def _described(snapshot: Snapshot) -> pd.DataFrame:
    rows = pd.DataFrame(snapshot.buildings)
    by_id = snapshot.places.by_id
    for level in ("grid", "community"):
        areas = [by_id.get(i) if not pd.isna(i) else None for i in rows[f"{level}_id"]]
        rows[f"{level}_code"] = [a.code if a else None for a in areas]
        rows[f"{level}_name"] = [a.name if a else None for a in areas]
    groups = covers_of_groups(snapshot.org_covers).merge(
        snapshot.orgs[["org_id", "org_no", "org_name"]], on="org_id", how="left"
    )
    own = groups.drop_duplicates("target_id").set_index("target_id")
    posts = snapshot.posts
    led = posts[(posts["post_kind"] == "building_lead") & (posts["target_kind"] == "building")]
    leads = led.drop_duplicates("target_id").set_index("target_id")["post_no"]
    return rows.assign(
        has_group=rows["building_id"].isin(groups["target_id"]),
        # Where there is no group yet they are texts too, not numbers.
        group_no=rows["building_id"].map(own["org_no"]).astype(object),
        group_name=rows["building_id"].map(own["org_name"]).astype(object),
        has_lead=rows["building_id"].isin(leads.index),
        lead_post=rows["building_id"].map(leads),
        building_state=rows["building_state"].fillna("unknown"),
    )


def covers_of_groups(covers: pd.DataFrame) -> pd.DataFrame:
    """Of the covers of a day those of buildings by a building group; `target_id` is the building."""
    is_group = (covers["org_kind"] == "building_group") & (covers["target_kind"] == "building")
    return covers[is_group & covers["is_covered"].astype(bool)]


def orgs(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per organisation inside an area: kind, name, number, its grid, members, point; `covers_count` targets.

    `is_outside`: its own point lies outside its grid. A building group without a point of its own is placed in the
    middle of its buildings. `members_count` is missing for public viewers.
    """
    snapshot = current()
    rows = snapshot.keep("orgs", lambda: _placed_orgs(snapshot))
    return _told(viewer, rows[lie_in(rows, ids_inside(snapshot, viewer, code))], ["members_count"])


def _told(viewer: Viewer, rows: pd.DataFrame, people: list[str]) -> pd.DataFrame:
    """Rows of single things as a viewer may have them: what counts people in each is missing for the public.

    A small one would say who it is, and one that is hidden for being small says that it is small.
    """
    return rows if viewer.may_see("internal") else rows.assign(**dict.fromkeys(people, np.nan))


def _placed_orgs(snapshot: Snapshot) -> pd.DataFrame:
    covers = snapshot.org_covers[snapshot.org_covers["target_kind"] == "building"]
    points = pd.DataFrame(snapshot.buildings)[["building_id", "lon", "lat"]]
    middle = covers.merge(points, left_on="target_id", right_on="building_id").groupby("org_id")[["lon", "lat"]].mean()
    many = snapshot.org_covers[snapshot.org_covers["is_covered"].astype(bool)].groupby("org_id").size()
    rows = snapshot.orgs.copy()
    for axis in ("lon", "lat"):
        rows[axis] = pd.to_numeric(rows[axis])
    own = snapshot.shapes.geometry.reindex(rows["grid_id"])
    is_known = rows["lon"].notna().to_numpy() & own.notna().to_numpy()
    is_outside = is_known & ~points_inside(rows["lon"], rows["lat"], np.asarray(own.array, dtype=object))
    for axis in ("lon", "lat"):
        rows[axis] = rows[axis].fillna(rows["org_id"].map(middle[axis]))
    covered = rows["org_id"].map(many).fillna(0).astype(int)
    return rows.assign(covers_count=covered, is_outside=is_outside)


def org_covers(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per organisation and grid it covers inside an area; established and covered apart."""
    snapshot = current()
    rows = snapshot.org_covers
    return rows[(rows["target_kind"] == "grid") & rows["target_id"].isin(ids_inside(snapshot, viewer, code))]


def posts(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per post and grid it answers for inside an area; `person_no` is a pseudonym. Not for public viewers."""
    snapshot = current()
    rows = snapshot.posts
    inside = ids_inside(snapshot, viewer, code) if viewer.may_see("internal") else frozenset()
    return rows[(rows["target_kind"] == "grid") & rows["target_id"].isin(inside)]


def facilities(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per facility inside an area: kind, state, name, point, day it was built, community."""
    snapshot = current()
    inside = ids_inside(snapshot, viewer, code)
    rows = snapshot.facilities
    rows = rows[lie_in(rows, inside) | rows["community_id"].isin(inside)]
    names = {i: a.name for i, a in snapshot.places.by_id.items()}
    return rows.assign(community_name=rows["community_id"].map(names))


def plots(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per community and count day inside an area: households, and those with a vegetable plot.

    A day without both counts is left out. `plot_state`: present where every household has a plot, partial where some
    have, missing where none has, unknown where there are no households. The counts are missing for public viewers.
    """
    snapshot = current()
    rows = snapshot.keep("plots", lambda: _judged_plots(snapshot.plots))
    counts = ["households_count", "households_with_plot_count"]
    return _told(viewer, rows[rows["community_id"].isin(ids_inside(snapshot, viewer, code))], counts)


def _judged_plots(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.dropna(subset=["households_count", "households_with_plot_count"])
    homes, have = rows["households_count"].astype(int), rows["households_with_plot_count"].astype(int)
    states = np.select([homes == 0, have == 0, have < homes], ["unknown", "missing", "partial"], "present")
    return rows.assign(plot_state=states)


def relocation_communities(viewer: Viewer, code: str | None = None) -> list[Area]:
    """The relocation communities (易迁社区) inside an area, in the order of their codes."""
    tops = [code] if code else [a.code for a in own_areas(viewer)]
    return [a for top in tops for a in below(viewer, top, "community") if a.is_relocation]


# --- placing ----------------------------------------------------------------------------------------------------------


def _is_placed(snapshot: Snapshot, grid_ids: pd.Series) -> pd.Series:
    """Whether each lies in a real grid: not in none, and not in the one that stands for 未落格."""
    real = [i for i, a in snapshot.places.by_id.items() if a.level == "grid" and not a.is_unplaced]
    return grid_ids.isin(real)


def placing(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """How much inside an area lies in a grid (落格): one row per kind (building, facility, case), `placed` and `total`.

    Sums, for viewers of *internal* detail or more; no row for others.
    """
    if not viewer.may_see("internal"):
        return pd.DataFrame(columns=["kind", "placed", "total"])
    snapshot = current()
    inside = ids_inside(snapshot, viewer, code)
    rows = []
    for kind, found in (
        ("building", buildings(viewer, code)),
        ("facility", facilities(viewer, code)),
        ("case", snapshot.cases[lie_in(snapshot.cases, inside)]),
    ):
        placed = _is_placed(snapshot, found["grid_id"])
        rows.append({"kind": kind, "placed": int(placed.sum()), "total": len(found)})
    return pd.DataFrame(rows)


def unplaced(viewer: Viewer, code: str | None = None) -> pd.DataFrame:
    """One row per building or facility inside an area that lies in no grid (未落格), sorted by kind and code.

    `kind`, `code`, `name`, `community_name`, `lon`, `lat` (missing without a position). Not for public viewers.
    """
    columns = ["kind", "code", "name", "community_name", "lon", "lat"]
    if not viewer.may_see("internal"):
        return pd.DataFrame(columns=columns)
    snapshot = current()
    parts = [
        buildings(viewer, code)
        .rename(columns={"building_code": "code", "building_name": "name"})
        .assign(kind="building"),
        facilities(viewer, code)
        .rename(columns={"facility_no": "code", "facility_name": "name"})
        .assign(kind="facility"),
    ]
    parts = [part.loc[~_is_placed(snapshot, part["grid_id"]), columns] for part in parts]
    return pd.concat(parts, ignore_index=True).sort_values(["kind", "code"], ignore_index=True)


# --- provenance -------------------------------------------------------------------------------------------------------


def has_county(viewer: Viewer) -> bool:
    """Whether the whole county is theirs, and so what lies in no area yet: files, and the rows refused of them."""
    return settings().county in viewer.areas


def _steward(viewer: Viewer) -> Snapshot:
    accounts.check(viewer)
    if viewer.role != "steward":
        raise NotAllowedError("只有数据员可以查看数据接入。", "Only a data steward may see the intake.")
    if not has_county(viewer):
        # A file holds rows of the whole county, and a refused row lies in no area yet.
        raise NotAllowedError(
            "台账按县载入，只有负责全县的数据员可以查看数据接入。",
            "Ledgers are loaded for the county, so the intake is for stewards of the whole county.",
        )
    return current()


def batches(viewer: Viewer) -> pd.DataFrame:
    """One row per load, newest first, with counts that add up. Stewards only."""
    return _steward(viewer).read(queries.batches)


def batch_files(viewer: Viewer, batch_id: int) -> pd.DataFrame:
    """One row per file and sheet of a load. Stewards only."""
    return _steward(viewer).read(lambda conn: queries.batch_files(conn, batch_id))


def refused_rows(viewer: Viewer, batch_id: int) -> pd.DataFrame:
    """One row per refused row of a load, with reasons and cells; `mended_by` is the load that read it again, mended,
    missing while it is refused. Stewards only."""
    return _steward(viewer).read(lambda conn: queries.refused_rows(conn, batch_id))


def load_notices(viewer: Viewer, batch_id: int) -> pd.DataFrame:
    """One row per warning or note of a load about its files, warnings first. Stewards only."""
    return _steward(viewer).read(lambda conn: queries.load_notices(conn, batch_id))


# --- access -----------------------------------------------------------------------------------------------------------


def _admin(viewer: Viewer) -> frozenset[str]:
    """The codes of all areas that an administrator manages."""
    snapshot = current()
    scope = _scope(snapshot, viewer)
    if viewer.role != "admin":
        raise NotAllowedError("只有管理员可以查看账户。", "Only an administrator may see the accounts.")
    return frozenset(a.code for a in snapshot.places.by_id.values() if a.area_id in scope)


def accounts_of(viewer: Viewer) -> list[Account]:
    """The accounts all of whose areas are the administrator's own, in the order of subjects."""
    own = _admin(viewer)
    return [a for a in current().read(list_accounts) if own.issuperset(a.areas)]


def links_of(viewer: Viewer) -> list[ScreenLink]:
    """The links of screens in the administrator's own areas, newest first."""
    own = _admin(viewer)
    return [link for link in current().read(list_links) if link.area_code in own]
