"""Visits of areas (走访情况): what calls found and how well they are recorded, when, how long ago homes were met.

Sums for *internal* viewers and more, within the viewer's areas; nothing for public ones, whose numbers are those of
the indicators. What was due at each kind of household is told as `portal.splits` allows. Read from counts kept by load
(data.schema: visit_month, visit_due, visit_recency), so that it takes no longer when there are more visits.
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
from geo.periods import Period, parse_period
from geo.splits import Split
from geo.visit_counts import BANDS, NEVER, UNCALLED
from portal import reads
from portal.identity import Viewer
from portal.reads import Measure
from portal.snapshot import Area, Snapshot, current
from portal.splits import Source, Told, empty_year, told

__all__ = ["BANDS", "NEVER", "UNCALLED", "Calls", "Recency", "Workload", "calendar", "calls", "due", "due_of_all",
           "recency", "workload"]  # fmt: skip

SENSITIVE_KIND = "care"
"""The kind whose households ask for more visits: how many there are of them is told by `portal.splits` alone."""
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


def due(viewer: Viewer, period: str, code: str) -> Told | None:
    """Visits due in a period and of these the ones paid, by kind of household.

    They are the visits of VIS-03. None where no more than their number may be told (see `portal.splits`), for public
    viewers, outside, and where none was due.
    """
    area = reads.area(viewer, code)
    return told(viewer, BY_KIND, period, [area]).get(code) if area else None


def due_of_all(viewer: Viewer, period: str, code: str) -> Measure:
    """Visits due in a period and of these the ones paid, of all kinds: what VIS-03 says. Unknown as `due` is None."""
    area = reads.area(viewer, code)
    if area is None or not viewer.may_see("internal"):
        return measure(0, 0)
    good, every = _due_in(parse_period(period), [area])
    return measure(good.sum(), every.sum())


def _due_rows(snapshot: Snapshot, areas: Sequence[Area]) -> pd.DataFrame:
    ids = [a.area_id for a in areas]
    return snapshot.keep(("visits due", *ids), lambda: snapshot.read(partial(queries.visits_due, area_ids=ids)))


def _due_in(period: Period, areas: Sequence[Area]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Visits paid and due by area and kind."""
    rows = _due_rows(current(), areas)
    rows = rows[_is_due_in(rows, period)]
    place = pd.Index([a.area_id for a in areas]).get_indexer(pd.Index(rows["area_id"]))
    kind = pd.Index(KINDS).get_indexer(pd.Index(rows["household_kind"]))
    good, every = (np.zeros((len(areas), len(KINDS)), dtype=np.int64) for _ in range(2))
    for counts, name in ((good, "done_count"), (every, "due_count")):
        np.add.at(counts, (place, kind), rows[name].to_numpy(np.int64))
    return good, every


def _due_of_year(year: int) -> Split:
    """The visits due in a year by grid, month and kind."""
    snapshot = current()
    grids = [a for a in snapshot.places.by_id.values() if a.level == "grid"]
    rows = snapshot.read(partial(queries.visits_due, year=year))
    at = pd.Index([a.area_id for a in grids]).get_indexer(pd.Index(rows["area_id"]))
    rows, at = rows[at >= 0], at[at >= 0]
    split = empty_year(year, [a.area_id for a in grids], list(KINDS))
    month = rows["month_on"].dt.month.to_numpy(np.int64) - 1
    kind = pd.Index(KINDS).get_indexer(pd.Index(rows["household_kind"]))
    done, every = (rows[name].to_numpy(np.int64) for name in ("done_count", "due_count"))
    np.add.at(split.done, (at, month, kind), done)
    np.add.at(split.left, (at, month, kind), every - done)
    return split


KINDS = tuple(terms.HOUSEHOLD_KINDS)
BY_KIND = Source(
    "visits due by kind of household", SENSITIVE_KIND, lambda: KINDS, lambda p, areas: _due_in(p, areas), _due_of_year,
    is_monthly=True,
)  # fmt: skip


def _is_due_in(rows: pd.DataFrame, period: Period) -> NDArray[np.bool_]:
    """Whether the last day of each month lies in a period."""
    months = rows["month_on"].to_numpy().astype("datetime64[M]")
    days = (months + 1).astype("datetime64[D]") - 1
    inside = days < np.datetime64(period.end)
    return inside if period.start is None else inside & (days >= np.datetime64(period.start))


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
