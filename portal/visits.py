"""Visits of areas (走访情况): what calls found and how well they are recorded, when, how long ago homes were met.

Sums for *internal* viewers and more, within the viewer's areas; nothing for public ones, whose numbers are those of
the indicators. What each kind of household was due is hidden, for all who may not see the rows, where few of them ask
for more visits. Read from counts kept by load (data.schema: visit_month, visit_due, visit_recency), so that it takes
no longer when there are more visits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import queries, terms
from data.visit_cells import WHATS, unpacked_cells
from geo.nested_periods import hidden_areas
from geo.periods import Period, parse_period
from geo.visit_counts import BANDS, NEVER, UNCALLED
from portal import reads
from portal.hiding import HOUSEHOLDS, fixed_periods
from portal.identity import Viewer
from portal.reads import HIDDEN, PROTECTED_KINDS, SMALL_SENSITIVE, Measure
from portal.snapshot import Area, Snapshot, current

__all__ = ["BANDS", "NEVER", "UNCALLED", "Calls", "Recency", "Workload", "calendar", "calls", "due", "recency",
           "workload"]  # fmt: skip

SENSITIVE_KIND, COMPANION = "care", "ordinary"
"""The kind whose households ask for more visits, and the one hidden beside it so that sums do not give it away."""
RECENT_DAYS = 91
"""Homes met fewer days ago than this were met lately."""


@dataclass(frozen=True)
class Calls:
    """The calls of an area in a period: `results` by terms.VISIT_RESULTS.

    located, noted, sound : n of d; unknown where the ledger keeps no places, or does not say whether there is a note.
    """

    results: dict[str, int]
    located: Measure
    noted: Measure
    sound: Measure

    @property
    def all(self) -> int:
        return sum(self.results.values())

    @property
    def met(self) -> Measure:
        return measure(self.results["met"], self.all)


@dataclass(frozen=True)
class Recency:
    """The households registered in an area at the data date.

    bands : by the first of so many days since one was last met (`BANDS`, `NEVER`). year : by what this calendar year's
    calls found (results of visits, `UNCALLED`).
    """

    bands: dict[int, int]
    year: dict[str, int]

    @property
    def all(self) -> int:
        return sum(self.bands.values())

    @property
    def lately(self) -> Measure:
        """Those met within 90 days."""
        near = sum(many for band, many in self.bands.items() if 0 <= band < RECENT_DAYS)
        return measure(near, self.all)


@dataclass(frozen=True)
class Workload:
    """The calls of one area in a period, its grid workers' posts at the data date, and calls a post in 30 days.

    `per_post` is None without a post.
    """

    area: Area
    calls: int
    met: int
    posts: int
    per_post: float | None
    recency: Recency | None


def measure(n: float, d: float) -> Measure:
    """n of d; unknown where there is nothing to count."""
    return Measure(float(n), float(d), "known" if d else "unknown")


def _ids(viewer: Viewer, codes: Sequence[str]) -> dict[str, int]:
    """The areas of some codes that the viewer may see more of than what everybody may."""
    if not viewer.may_see("internal"):
        return {}
    return {a.code: a.area_id for a in (reads.area(viewer, code) for code in codes) if a is not None}


# --- calls ------------------------------------------------------------------------------------------------------------


def calls(viewer: Viewer, period: str, code: str) -> Calls | None:
    """What became of the calls of an area in a period; None for public viewers, outside, and where there was none."""
    ids = _ids(viewer, [code])
    return _calls(current(), tuple(ids.values()), parse_period(period)).get(ids[code]) if ids else None


def _calls(snapshot: Snapshot, ids: tuple[int, ...], period: Period) -> dict[int, Calls]:
    def make() -> dict[int, Calls]:
        rows = _months(snapshot, ids, period.start, period.last_day)
        cells, at, days = _cells(rows)
        inside = days <= np.datetime64(period.last_day)
        if period.start is not None:
            inside &= days >= np.datetime64(period.start)
        areas, area_of = np.unique(rows["area_id"].to_numpy(np.int64), return_inverse=True)
        sums = np.zeros((len(areas), max(WHATS.values()) + 1), dtype=np.int64)
        np.add.at(sums, (area_of[at[inside]], cells["what"][inside]), cells["count"][inside])
        found = {int(area): _told(own) for area, own in zip(areas, sums, strict=True)}
        return {area: told for area, told in found.items() if told.all}

    return snapshot.keep(("calls", ids, period.text), make)


def _months(snapshot: Snapshot, ids: Sequence[int], first: date | None, last: date) -> pd.DataFrame:
    parts = [
        snapshot.read(partial(queries.visit_months, area_ids=ids[start : start + 500], first=first, last=last))
        for start in range(0, len(ids), 500)
    ]
    return pd.concat(parts, ignore_index=True)


def _cells(rows: pd.DataFrame) -> tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.datetime64]]:
    """The cells of some months, the row each came from, and its day."""
    cells, at = unpacked_cells(rows["cells"].tolist())
    months: NDArray[np.datetime64] = rows["month_on"].to_numpy().astype("datetime64[D]")
    return cells, at, months[at] + (cells["day"].astype("timedelta64[D]") - np.timedelta64(1, "D"))


def _told(sums: NDArray[np.int64]) -> Calls:
    of = {what: int(sums[number]) for what, number in WHATS.items()}
    return Calls(
        {result: of[result] for result in terms.VISIT_RESULTS},
        measure(of["located"], of["placed"]), measure(of["noted"], of["told"]), measure(of["sound"], of["placed"]),
    )  # fmt: skip


def calendar(viewer: Viewer, period: str, code: str) -> pd.DataFrame:
    """One row per day of the twelve months up to the end of a period: `day`, `calls`, `met`.

    Days after the data date, and those before facts are kept, are absent: nobody knows. So are all for public viewers.
    """
    snapshot, p = current(), parse_period(period)
    ids = _ids(viewer, [code])
    if not ids:
        return pd.DataFrame({"day": pd.to_datetime([]), "calls": [], "met": []})
    return snapshot.keep(("calendar", ids[code], period), lambda: _calendar(snapshot, ids[code], p))


def _calendar(snapshot: Snapshot, area_id: int, period: Period) -> pd.DataFrame:
    last = min(period.last_day, snapshot.status["data_on"])
    months = reads.last_months(str(period.text))
    first = max(parse_period(months[0]).start or last, _first_day(snapshot))
    days = pd.date_range(first, last)
    rows = _months(snapshot, [area_id], first, last)
    cells, _, on = _cells(rows)
    at = (on - np.datetime64(first)).astype(np.int64)
    inside = (at >= 0) & (at < len(days))
    results = np.isin(cells["what"], [WHATS[result] for result in terms.VISIT_RESULTS])
    counts = [
        np.bincount(at[kept], cells["count"][kept], len(days)).astype(np.int64)
        for kept in (inside & results, inside & (cells["what"] == WHATS["met"]))
    ]
    return pd.DataFrame({"day": days, "calls": counts[0], "met": counts[1]})


def _first_day(snapshot: Snapshot) -> date:
    """The first day that facts are kept from."""
    months = [p.start for p in map(parse_period, snapshot.periods) if p.kind == "month" and p.start]
    return min(months, default=date(1900, 1, 1))


# --- how long ago -----------------------------------------------------------------------------------------------------


def recency(viewer: Viewer, code: str) -> Recency | None:
    """How long ago the households of an area were met; None for public viewers, outside, and without a register."""
    ids = _ids(viewer, [code])
    return _recency(current(), tuple(ids.values())).get(ids[code]) if ids else None


def _recency(snapshot: Snapshot, ids: tuple[int, ...]) -> dict[int, Recency]:
    def make() -> dict[int, Recency]:
        homes: dict[int, tuple[dict[int, int], dict[str, int]]] = {}
        for start in range(0, len(ids), 500):
            rows = snapshot.read(partial(queries.visit_recency, area_ids=ids[start : start + 500]))
            for area_id, band, result, many in rows.itertuples(index=False):
                bands, year = homes.setdefault(area_id, ({}, {}))
                bands[band], year[result] = bands.get(band, 0) + many, year.get(result, 0) + many
        return {
            area_id: Recency({band: bands.get(band, 0) for band in (*BANDS, NEVER)},
                             {result: year.get(result, 0) for result in (*terms.VISIT_RESULTS, UNCALLED)})
            for area_id, (bands, year) in homes.items()
        }  # fmt: skip

    return snapshot.keep(("recency", ids), make)


# --- plan and done ----------------------------------------------------------------------------------------------------


def due(viewer: Viewer, period: str, code: str) -> dict[str, Measure]:
    """Visits due in a period and of these the ones paid, by kind of household of which any were due, in their order.

    They are the visits of VIS-03. Empty for public viewers and outside.
    """
    snapshot, p = current(), parse_period(period)
    ids = _ids(viewer, [code])
    if not ids:
        return {}
    area_id = ids[code]
    rows = snapshot.keep(
        ("visits due", area_id), lambda: snapshot.read(partial(queries.visits_due, area_ids=[area_id]))
    )
    sums = rows[_is_due_in(rows, p)].groupby("household_kind")[["done_count", "due_count"]].sum()
    found = {str(kind): measure(n, d) for kind, n, d in sums.itertuples()}
    if not viewer.may_see("households") and _is_hidden(snapshot, area_id, p):
        found |= dict.fromkeys((SENSITIVE_KIND, COMPANION), HIDDEN)
    return {kind: found[kind] for kind in terms.HOUSEHOLD_KINDS if kind in found}


def _is_due_in(rows: pd.DataFrame, period: Period) -> NDArray[np.bool_]:
    """Whether the last day of each month lies in a period."""
    months = rows["month_on"].to_numpy().astype("datetime64[M]")
    days = (months + 1).astype("datetime64[D]") - 1
    inside = days < np.datetime64(period.end)
    return inside if period.start is None else inside & (days >= np.datetime64(period.start))


def _is_hidden(snapshot: Snapshot, area_id: int, period: Period) -> bool:
    """Whether the sensitive kind is hidden in an area; in windows that are not hidden together it always is."""
    if period.kind not in PROTECTED_KINDS:
        return True
    year = period.last_day.year
    found = snapshot.keep(("hidden kinds", year), lambda: _hidden(snapshot, year))
    return area_id in found.get(period.text, frozenset())


def _hidden(snapshot: Snapshot, year: int) -> dict[str, frozenset[int]]:
    """Where few visits to the sensitive kind were due, paid or left, or where few such households live."""
    rows = snapshot.keep(
        "sensitive visits due", lambda: snapshot.read(partial(queries.visits_due, kind=SENSITIVE_KIND))
    )
    periods = fixed_periods(snapshot, [year], PROTECTED_KINDS)
    homes = snapshot.facts(HOUSEHOLDS, periods)
    of_year = rows[rows["month_on"].dt.year == year]
    # Each of its households is due every month, so a month says how many there are.
    last = of_year[of_year["month_on"] == of_year["month_on"].max()]
    parents = pd.Series({i: a.parent_id for i, a in snapshot.places.by_id.items()}, dtype="Int64")
    few: frozenset[int] = frozenset()
    if len(last):
        counts = {"area_id": last["area_id"], "period": str(year), "numerator": last["due_count"]}
        few = hidden_areas(pd.DataFrame({**counts, "denominator": last["due_count"]}), parents, SMALL_SENSITIVE)[
            str(year)
        ]
    facts = []
    for text in periods:
        sums = rows[_is_due_in(rows, parse_period(text))].groupby("area_id")[["done_count", "due_count"]].sum()
        facts += [(i, text, n, d, homes[text].get(i, (None, None))[1]) for i, n, d in sums.itertuples()]
    if not facts:
        return {}
    frame = pd.DataFrame(facts, columns=["area_id", "period", "numerator", "denominator", "households"])
    found = hidden_areas(frame.astype({"households": float}), parents, SMALL_SENSITIVE, is_sensitive=True)
    return {text: found.get(text, frozenset()) | few for text in periods}


# --- by area ----------------------------------------------------------------------------------------------------------


def workload(viewer: Viewer, period: str, areas: Sequence[Area]) -> list[Workload]:
    """The calls of some areas in a period, in their order; of areas, never of persons. Empty for public viewers."""
    snapshot, p = current(), parse_period(period)
    ids = _ids(viewer, [a.code for a in areas])
    if not ids:
        return []
    order = tuple(ids.values())
    called, homes = _calls(snapshot, order, p), _recency(snapshot, order)
    posts = _posts(snapshot, viewer, order)
    first = max(p.start or _first_day(snapshot), _first_day(snapshot))
    days = (min(p.last_day, snapshot.status["data_on"]) - first + timedelta(days=1)).days
    found = []
    for a in (a for a in areas if a.code in ids):
        own, many = called.get(a.area_id), posts.get(a.area_id, 0)
        all_calls, met = (own.all, own.results["met"]) if own else (0, 0)
        rate = 30 * all_calls / many / days if many and days > 0 else None
        found.append(Workload(a, all_calls, met, many, rate, homes.get(a.area_id)))
    return found


def _posts(snapshot: Snapshot, viewer: Viewer, ids: tuple[int, ...]) -> dict[int, int]:
    """How many posts of grid workers answer for a grid inside each area, at the data date."""
    rows = reads.posts(viewer)
    rows = rows[rows["post_kind"] == "grid_worker"]

    def make() -> dict[int, int]:
        of_grid: dict[int, set[int]] = {}
        for grid, post in zip(rows["target_id"], rows["post_id"], strict=True):
            of_grid.setdefault(int(grid), set()).add(int(post))
        return {i: len(set().union(*(of_grid.get(a, ()) for a in snapshot.places.subtree(i)))) for i in ids}

    return snapshot.keep(("posts of workers", viewer.scope, ids), make)
