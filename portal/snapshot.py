"""One version of the store, read piece by piece and kept in memory (数据快照): what makes a rerun cheap.

A load gives the data a new version, and the next look makes a new snapshot; the old one goes with its last reader.
Nothing here knows a viewer: only `reads` may use this, and it applies scope and disclosure to everything.
"""

import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Engine

from data import queries
from data.errors import ChangedMeanwhileError
from data.settings import settings
from data.store import reading
from data.watched import Look, Watched
from portal.case_rows import with_states
from portal.recent import Recent


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as plain tuples with names; what a column holds is known to the reader, not to the types."""
    return iter(rows.itertuples(index=False))


T = TypeVar("T")
Numbers = Sequence[tuple[int, str, float, float | None]]
"""Area, period, numerator and denominator."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Area:
    """One area: where it stands in the tree, how it is drawn; `bounds` (degrees), `area_m2` None without a shape."""

    area_id: int
    code: str
    name: str
    official_name: str
    level: str
    kind: str | None
    parent_id: int | None
    is_relocation: bool
    is_inferred: bool
    is_context: bool
    is_unplaced: bool
    geom_status: str | None
    area_m2: float | None
    bounds: Bounds | None


def short_name(name: str) -> str:
    """The name of a place without that of its committee, as people say it.

    >>> short_name("上湖塘社区居民委员会"), short_name("白虎山村村民委员会")
    ('上湖塘社区', '白虎山村')
    """
    return re.sub("(?<=.)((居民|村民)委员会|居委会|村委会)$", "", name)


@dataclass(frozen=True)
class Places:
    """The tree of areas, by id and by code; children in the order of their codes, 未落格 last."""

    by_id: dict[int, Area]
    by_code: dict[str, Area]
    children: dict[int, list[int]]

    def subtree(self, area_id: int) -> list[int]:
        """An area and everything inside it."""
        found = [area_id]
        for inside in found:
            found.extend(self.children.get(inside, []))
        return found

    def path(self, area_id: int) -> list[Area]:
        """From the top down to an area."""
        steps = [self.by_id[area_id]]
        while (parent := steps[0].parent_id) is not None and parent in self.by_id:
            steps.insert(0, self.by_id[parent])
        return steps


_watched: dict[str, Watched] = {}
_watching = threading.Lock()


def watched() -> Watched:
    """The store of the settings, looked after by this process."""
    url = settings().database
    with _watching:
        if url not in _watched:
            _watched[url] = Watched(url)
        return _watched[url]


def store() -> Engine:
    """The store of this process, as it stands at its address now.

    Raises NoStoreError, of the kind that fits, or StoreVersionError when it cannot be used.
    """
    return watched().engine()


def store_to_change() -> Engine:
    """As `store`, for who wants to write. Raises ReadOnlyStoreError where nothing can be changed."""
    found = watched()
    engine = found.engine()
    fault = found.change_fault()
    if fault is not None:
        raise fault
    return engine


KEPT_VIEWS = 128


class Snapshot:
    """The frames of one data version; each is read once, on first use.

    `key` is unlike that of any other state of any store: a restored one may count its loads as this one does. `loads`
    is the last load: later than `version` where every row of it was refused; for what is told of loads alone.
    """

    def __init__(self, found: Look) -> None:
        self.look = found
        self.version, self.key, self.loads = found.version, found.key, found.loads
        self.kept: dict[Any, Any] = {}
        self.recent: Recent[Any] = Recent(KEPT_VIEWS)
        """Answers to whole views, of which there are too many to keep."""
        self._engine = found.engine
        self._watched = watched()
        self._lock = threading.RLock()

    def read(self, query: Callable[[Connection], T], areas: Collection[int] | None = None) -> T:
        """Run a query on this version; raises ChangedMeanwhileError when a load has replaced it.

        areas : ids of the areas whose rows PostgreSQL is to let through, for rows of single people.
        """
        changed = ChangedMeanwhileError(
            "数据刚刚更新，请刷新页面。", "The data has just been updated; reload the page."
        )
        if not self._watched.is_still(self._engine):
            raise changed
        with reading(self._engine, areas) as conn:
            if queries.data_version(conn) != self.version:
                raise changed
            return query(conn)

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """An answer made once for this version; its key holds the viewer's scope wherever the answer depends on it."""
        with self._lock:
            if key not in self.kept:
                self.kept[key] = make()
            answer: T = self.kept[key]
            return answer

    @cached_property
    def status(self) -> dict[str, Any]:
        return self.read(queries.status)

    @cached_property
    def shapes(self) -> gpd.GeoDataFrame:
        """One row per area with a shape on the data date, indexed by `area_id`, EPSG:4490."""
        return self.read(lambda conn: queries.area_shapes(conn, self.status["data_on"])).set_index("area_id")

    @cached_property
    def places(self) -> Places:
        rows = self.read(lambda conn: queries.areas(conn, settings().edition))
        shapes = self.shapes
        extents = dict(zip(shapes.index, shapely.bounds(shapes.geometry.array), strict=True))
        by_id: dict[int, Area] = {}
        children: dict[int, list[int]] = {}
        for row in each(rows.sort_values(["is_unplaced", "area_code"])):
            shape = shapes.loc[row.area_id] if row.area_id in extents else None
            by_id[row.area_id] = Area(
                area_id=row.area_id,
                code=row.area_code,
                name=short_name(row.area_name),
                official_name=row.area_name,
                level=row.level,
                kind=row.area_kind,
                parent_id=None if pd.isna(row.parent_id) else int(row.parent_id),
                is_relocation=bool(row.is_relocation),
                is_inferred=bool(row.is_inferred),
                is_context=bool(row.is_context),
                is_unplaced=bool(row.is_unplaced),
                geom_status=None if shape is None else shape["geom_status"],
                area_m2=None if shape is None or pd.isna(shape["area_m2"]) else float(shape["area_m2"]),
                bounds=None if shape is None else tuple(float(edge) for edge in extents[row.area_id]),  # type: ignore[arg-type]
            )
            if not pd.isna(row.parent_id):
                children.setdefault(int(row.parent_id), []).append(row.area_id)
        return Places(by_id, {area.code: area for area in by_id.values()}, children)

    @cached_property
    def periods(self) -> list[str]:
        return self.read(queries.periods)

    @cached_property
    def buildings(self) -> gpd.GeoDataFrame:
        """Buildings with their grid and state; `grid_id` falls back to nothing. Sorted by `building_code`."""
        rows = self.read(lambda conn: queries.buildings(conn, self.status["data_on"]))
        states = self.read(queries.building_states)
        return rows.merge(states, on="building_id", how="left")

    @cached_property
    def orgs(self) -> pd.DataFrame:
        return self.read(lambda conn: queries.orgs(conn, self.status["data_on"]))

    @cached_property
    def org_covers(self) -> pd.DataFrame:
        return self.covers_on(self.status["data_on"])

    @cached_property
    def _all_covers(self) -> pd.DataFrame:
        return self.read(queries.org_covers)

    def covers_on(self, day: date) -> pd.DataFrame:
        """Who covered what on a day; the columns of `queries.org_covers`."""
        rows, on = self._all_covers, pd.Timestamp(day)
        return rows[(rows["valid_from"] <= on) & ~(rows["valid_to"] <= on)].reset_index(drop=True)

    @cached_property
    def posts(self) -> pd.DataFrame:
        return self.read(lambda conn: queries.posts(conn, self.status["data_on"]))

    @cached_property
    def facilities(self) -> pd.DataFrame:
        return self.read(queries.facilities)

    @cached_property
    def plots(self) -> pd.DataFrame:
        return self.read(queries.plots)

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        return self.read(queries.streets)

    @cached_property
    def waters(self) -> gpd.GeoDataFrame:
        return self.read(queries.waters)

    @cached_property
    def cases(self) -> pd.DataFrame:
        return with_states(self.read(queries.cases))

    @cached_property
    def case_steps(self) -> pd.DataFrame:
        return self.read(queries.case_steps)

    def facts(self, indicator: str, periods: list[str]) -> dict[str, dict[int, tuple[float, float | None]]]:
        """Numerator and denominator by period and area; an absent area was 0 of 0 or never measured."""
        with self._lock:
            kept: dict[str, dict[int, tuple[float, float | None]]] = self.kept.setdefault(("facts", indicator), {})
            missing = [period for period in dict.fromkeys(periods) if period not in kept]
            if missing:
                rows = self._numbers(indicator, missing)
                kept.update({period: {} for period in missing})
                for area_id, period, n, d in rows:
                    kept[period][area_id] = (n, d)
            return {period: kept[period] for period in periods}

    def first_months(self, indicators: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Area and the first month in which one of some indicators had anything to count there."""
        return self.read(lambda conn: queries.first_months(conn, indicators))  # type: ignore[return-value]

    def _numbers(self, indicator: str, periods: list[str]) -> Numbers:
        return self.read(lambda conn: queries.numbers(conn, indicator, periods))  # type: ignore[return-value]


@dataclass
class _Current:
    lock: threading.Lock = field(default_factory=threading.Lock)
    snapshot: Snapshot | None = None


_CURRENT = _Current()


_HELD = threading.local()


@contextmanager
def held() -> Iterator[None]:
    """For one run of a page or one request: one version from beginning to end, and one query to find it."""
    before = getattr(_HELD, "snapshot", None)
    _HELD.snapshot = current()
    try:
        yield
    finally:
        _HELD.snapshot = before


def current() -> Snapshot:
    """The snapshot held by this run, or that of the newest version; one cheap query tells whether it is still that.

    Raises NoStoreError, of the kind that fits, or StoreVersionError when the store cannot be read.
    """
    snapshot: Snapshot | None = getattr(_HELD, "snapshot", None)
    return look() if snapshot is None else snapshot


def look() -> Snapshot:
    """The snapshot of what stands in the store now, whatever this run holds. Raises as `current`."""
    found = watched().look()
    with _CURRENT.lock:
        kept = _CURRENT.snapshot
        if kept is None or kept.key != found.key:
            kept = _CURRENT.snapshot = Snapshot(found)
        kept.loads = found.loads
        return kept


def recent() -> Recent[Any]:
    """Where answers to whole views of this version are kept; a key holds the scope of the viewer."""
    return current().recent


def forget() -> None:
    """Drop engine and snapshot, for a store that was replaced under the same address."""
    with _watching:
        for one in _watched.values():
            one.close()
        _watched.clear()
    with _CURRENT.lock:
        _CURRENT.snapshot = None
