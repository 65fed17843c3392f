"""Reading the store: every frame the product shows begins here. Only etl and portal.reads call these.

Frames are sorted and hold no void row. Shapes are in EPSG:4490 (degrees). A missing value is NA, NaT or None.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Date, DateTime, Row, Select, Table, and_, func, or_, select, text
from sqlalchemy.sql import ColumnElement

from data import schema
from data.shape_type import STORE_CRS

TRACE = ("batch_id", "row_hash", "is_void")
AS_GIVEN = ("source_lon", "source_lat", "source_crs", "building_way", "building_score")
"""What a file said and how it was understood: kept for whoever checks a load, for no page."""


def frame(conn: Connection, query: Select[Any]) -> pd.DataFrame:
    """The rows of a query as a frame; dates as datetime64 so that missing ones are NaT, times in UTC."""
    result = conn.execute(query)
    # As plain tuples: pandas asks each row of SQLAlchemy for attributes that it answers with an exception.
    rows = pd.DataFrame(list(map(tuple, result)), columns=list(result.keys()))
    for column in query.selected_columns:
        if isinstance(column.type, Date):
            rows[column.key] = pd.to_datetime(rows[column.key])
        elif isinstance(column.type, DateTime):
            rows[column.key] = pd.to_datetime(rows[column.key], utc=True)
    return rows


def shapes(conn: Connection, query: Select[Any]) -> gpd.GeoDataFrame:
    """The rows of a query with a `geom` column as a GeoDataFrame in EPSG:4490, `geometry` last."""
    rows = frame(conn, query)
    geometry = shapely.from_wkb(rows.pop("geom").to_numpy(dtype=object))
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=STORE_CRS)


def live(table: Table) -> ColumnElement[bool]:
    """Rows that were not taken back."""
    return table.c.is_void.is_(False)


def in_force(table: Table, on: date) -> ColumnElement[bool]:
    """Live rows valid on a day; [valid_from, valid_to)."""
    return and_(live(table), table.c.valid_from <= on, or_(table.c.valid_to.is_(None), table.c.valid_to > on))


def live_rows(conn: Connection, table: Table) -> pd.DataFrame:
    """All live rows of a table with all its columns, geometry as WKB, in the order of its key."""
    return frame(conn, select(table).where(live(table)).order_by(*table.primary_key.columns))


# --- the store itself -------------------------------------------------------------------------------------------------


def data_version(conn: Connection) -> int:
    """The number of the last load that changed anything; 0 when nothing was loaded yet. Part of every cache key."""
    t = schema.batch
    return conn.execute(select(func.coalesce(func.max(t.c.batch_id), 0)).where(t.c.has_changes)).scalar_one()


def last_batch(conn: Connection) -> int:
    """The number of the last load, whether it changed anything or was refused row by row; 0 when there was none."""
    return conn.execute(select(func.coalesce(func.max(schema.batch.c.batch_id), 0))).scalar_one()


def identity(conn: Connection) -> str:
    """What tells this state of a store from every other, also from one restored with the same number of a load."""
    t = schema.batch
    told = select(func.count(), func.max(t.c.batch_id), func.max(t.c.loaded_at)).where(t.c.has_changes)
    last = conn.execute(told).one()
    # A database that was dropped and made again is another one.
    own = ""
    if conn.dialect.name == "postgresql":
        own = str(conn.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar())
    release = conn.execute(select(func.max(schema.release.c.release_id))).scalar()
    return f"{own}:{last[0]}:{last[1]}:{last[2]}:{release}"


def status(conn: Connection) -> dict[str, Any]:
    """`version`, `data_on`, `loaded_at` (UTC), `is_sample` (any load was sample data), the last `notes` there are.

    All of them are of loads that changed something: one whose every row was refused makes nothing new. Where every
    load was taken back the store is as before the first: `version` 0 and no `data_on`.
    """
    t = schema.batch
    rows = conn.execute(select(t).where(t.c.has_changes).order_by(t.c.batch_id)).mappings().all()
    if not rows:
        return {"version": 0, "data_on": None, "loaded_at": None, "is_sample": False, "notes": {}}
    last = rows[-1]
    standing = [row for row in rows if row["undone_by"] is None]
    return {
        "version": 0 if last["data_on"] is None else last["batch_id"],
        "data_on": last["data_on"],
        "loaded_at": _utc(last["loaded_at"]),
        "is_sample": any(row["is_sample"] for row in standing),
        "notes": next((row["notes"] for row in reversed(standing) if row["notes"]), {}),
    }


# --- places -----------------------------------------------------------------------------------------------------------


def areas(conn: Connection, edition: str) -> pd.DataFrame:
    """One row per area with its code in an edition (grids: LOCAL), sorted by `area_code`.

    `area_id` (unique), `area_code`, `area_name`, `level`, `parent_id` (NA at the top), `area_kind`, `is_relocation`,
    `relocation_basis`, `is_inferred`, `is_context` (a neighbour), `is_unplaced` (stands for 未落格).
    """
    t, codes = schema.area, schema.area_code
    query = (
        select(codes.c.code.label("area_code"), t)
        .join(codes, codes.c.area_id == t.c.area_id)
        .where(live(t), live(codes), codes.c.edition.in_([edition, "LOCAL"]))
        .order_by(codes.c.code)
    )
    rows = frame(conn, query).drop(columns=list(TRACE))
    rows["parent_id"] = rows["parent_id"].astype("Int64")
    return rows.assign(is_unplaced=rows["area_kind"] == "unplaced")


def area_shapes(conn: Connection, on: date) -> gpd.GeoDataFrame:
    """One row per area with a shape in force on a day; `area_id` (unique), `geom_status`, `area_m2`."""
    t = schema.area_shape
    query = select(t.c.area_id, t.c.geom_status, t.c.area_m2, t.c.geom).where(in_force(t, on)).order_by(t.c.area_id)
    return shapes(conn, query)


def buildings(conn: Connection, on: date) -> gpd.GeoDataFrame:
    """One row per building with its grid on a day, sorted by `building_code`; `grid_id` NA when it has none that day.

    `geometry` is the footprint, or None where only the point `lon`, `lat` is known.
    """
    t, placed = schema.building, schema.building_grid
    unseen = (*TRACE, *AS_GIVEN, "min_lon", "min_lat", "max_lon", "max_lat")
    columns = [c for c in t.c if c.key not in unseen]
    query = (
        select(*columns, placed.c.grid_id)
        .join(placed, and_(placed.c.building_id == t.c.building_id, in_force(placed, on)), isouter=True)
        .where(live(t))
        .order_by(t.c.building_code)
    )
    rows = shapes(conn, query)
    rows["grid_id"] = rows["grid_id"].astype("Int64")
    return rows


def building_states(conn: Connection) -> pd.DataFrame:
    """One row per building at the data date; see schema.building_state."""
    return frame(conn, select(schema.building_state).order_by(schema.building_state.c.building_id))


def facilities(conn: Connection) -> pd.DataFrame:
    """One row per facility, sorted by `facility_no`; `is_standard_met` None when not inspected."""
    return _plain(conn, schema.facility, schema.facility.c.facility_no)


def plots(conn: Connection) -> pd.DataFrame:
    """One row per community and count day: households and households with a plot."""
    return _plain(conn, schema.plot_allocation, schema.plot_allocation.c.community_id)


def streets(conn: Connection) -> gpd.GeoDataFrame:
    """One row per street centre line."""
    t = schema.street
    return shapes(conn, select(t.c.street_code, t.c.street_name, t.c.street_class, t.c.geom).where(live(t)))


def waters(conn: Connection) -> gpd.GeoDataFrame:
    """One row per river or lake."""
    t = schema.water
    return shapes(conn, select(t.c.water_code, t.c.water_name, t.c.geom).where(live(t)))


# --- organisation -----------------------------------------------------------------------------------------------------


def orgs(conn: Connection, on: date) -> pd.DataFrame:
    """One row per organisation set up by a day and not dissolved; `grid_id`, `lon`, `lat` may be missing."""
    t = schema.org
    query = (
        select(*[c for c in t.c if c.key not in TRACE])
        .where(live(t), or_(t.c.set_up_on.is_(None), t.c.set_up_on <= on))
        .where(or_(t.c.dissolved_on.is_(None), t.c.dissolved_on > on))
        .order_by(t.c.org_no)
    )
    return frame(conn, query)


def org_covers(conn: Connection) -> pd.DataFrame:
    """One row per organisation, target and time of covering, past ones too, with `org_kind`; see schema.org_cover."""
    t, orgs_ = schema.org_cover, schema.org
    query = (
        select(*[c for c in t.c if c.key not in TRACE], orgs_.c.org_kind)
        .join(orgs_, orgs_.c.org_id == t.c.org_id)
        .where(live(t), live(orgs_))
        .order_by(t.c.org_id, t.c.target_kind, t.c.target_id, t.c.valid_from)
    )
    return frame(conn, query)


def posts(conn: Connection, on: date) -> pd.DataFrame:
    """One row per post held on a day and target; `person_no` is a pseudonym."""
    t, targets = schema.post, schema.post_target
    query = (
        select(t.c.post_id, t.c.post_no, t.c.post_kind, t.c.person_no, t.c.is_member)
        .add_columns(targets.c.target_kind, targets.c.target_id)
        .join(targets, targets.c.post_id == t.c.post_id)
        .where(in_force(t, on), live(targets))
        .order_by(t.c.post_no, targets.c.target_id)
    )
    return frame(conn, query)


# --- work -------------------------------------------------------------------------------------------------------------


def cases(conn: Connection) -> pd.DataFrame:
    """One row per dispute, suggestion or wish; see schema.case_file."""
    return _plain(conn, schema.case_file, schema.case_file.c.case_no)


def case_steps(conn: Connection) -> pd.DataFrame:
    """One row per step of a case, in order."""
    t = schema.case_step
    query = select(*[c for c in t.c if c.key not in TRACE]).where(live(t)).order_by(t.c.case_id, t.c.step_seq)
    return frame(conn, query)


def visit_months(conn: Connection, area_ids: Sequence[int], first: date | None, last: date) -> pd.DataFrame:
    """One row per area and month up to the one of a day: `area_id`, `month_on`, `cells` (see data.visit_cells).

    first : the day whose month is the first; None for all there are.
    """
    t = schema.visit_month
    query = select(t).where(t.c.area_id.in_([int(i) for i in area_ids]), t.c.month_on <= last)
    if first is not None:
        query = query.where(t.c.month_on >= first.replace(day=1))
    return frame(conn, query.order_by(t.c.area_id, t.c.month_on))


def visits_due(conn: Connection, area_ids: Sequence[int] | None = None, year: int | None = None) -> pd.DataFrame:
    """One row per area, month and kind of household of which visits were due; see schema.visit_due.

    area_ids, year : of these areas, of this year; None for all.
    """
    t = schema.visit_due
    query = select(t)
    if area_ids is not None:
        query = query.where(t.c.area_id.in_([int(i) for i in area_ids]))
    if year is not None:
        query = query.where(t.c.month_on >= date(year, 1, 1), t.c.month_on < date(year + 1, 1, 1))
    return frame(conn, query.order_by(t.c.area_id, t.c.month_on, t.c.household_kind))


def visit_recency(conn: Connection, area_ids: Sequence[int]) -> pd.DataFrame:
    """One row per area, band of days since a household was met, and result of the year; see schema.visit_recency."""
    t = schema.visit_recency
    query = select(t).where(t.c.area_id.in_([int(i) for i in area_ids]))
    return frame(conn, query.order_by(t.c.area_id, t.c.days_from, t.c.year_result))


# --- facts ------------------------------------------------------------------------------------------------------------


def facts(
    conn: Connection,
    indicators: list[str],
    periods: list[str] | None = None,
    area_ids: list[int] | None = None,
) -> pd.DataFrame:
    """One row per indicator, area and period kept; an absent one was 0 of 0 or never measured.

    `numerator`, `denominator` (counts; NA denominator for a plain count). None for periods or areas means all of them.
    """
    t = schema.fact
    query = select(t.c.indicator, t.c.area_id, t.c.period, t.c.numerator, t.c.denominator).where(
        t.c.indicator.in_(indicators), t.c.basis == "ledger"
    )
    if periods is not None:
        query = query.where(t.c.period.in_(periods))
    if area_ids is not None:
        query = query.where(t.c.area_id.in_([int(area_id) for area_id in area_ids]))
    return frame(conn, query.order_by(t.c.indicator, t.c.area_id, t.c.period))


def numbers(conn: Connection, indicator: str, periods: list[str]) -> Sequence[Row[int, str, float, float | None]]:
    """Area, period, numerator and denominator of every fact of an indicator in some periods, in no order.

    Asked for an order, SQLite walks along the primary key through every period there is: twenty times as long for 36
    months of 1,000 grids.
    """
    t = schema.fact
    query = select(t.c.area_id, t.c.period, t.c.numerator, t.c.denominator).where(
        t.c.indicator == indicator, t.c.basis == "ledger", t.c.period.in_(periods)
    )
    return conn.execute(query).all()


def first_months(conn: Connection, indicators: Sequence[str]) -> Sequence[Row[int, str]]:
    """Area and the first month in which an indicator, one of some, had anything to count there; areas without any are
    absent."""
    t = schema.fact
    query = (
        select(t.c.area_id, func.min(t.c.period))
        .where(t.c.indicator.in_(indicators), t.c.basis == "ledger", t.c.denominator > 0)
        .where(t.c.period.like("____-__"), t.c.period.not_like("%Q%"))
        .group_by(t.c.area_id)
    )
    return conn.execute(query).all()


def periods(conn: Connection) -> list[str]:
    """The periods for which facts are kept, in the order of their text."""
    return list(conn.execute(select(schema.fact.c.period).distinct().order_by(schema.fact.c.period)).scalars())


def targets(conn: Connection, edition: str) -> pd.DataFrame:
    """One row per indicator, area and first day with a goal of its own (目标); see schema.target."""
    t, areas_, codes = schema.target, schema.area, schema.area_code
    query = (
        select(*[c for c in t.c if c.key not in TRACE], codes.c.code.label("area_code"), areas_.c.area_name)
        .join(areas_, areas_.c.area_id == t.c.area_id)
        .join(codes, codes.c.area_id == t.c.area_id)
        .where(live(t), live(codes), codes.c.edition.in_([edition, "LOCAL"]))
        .order_by(t.c.indicator, codes.c.code, t.c.since_on)
    )
    return frame(conn, query)


# --- provenance -------------------------------------------------------------------------------------------------------


def batches(conn: Connection) -> pd.DataFrame:
    """One row per load, newest first, with the sums of its files' counts; `undone_by` NA while it stands."""
    t, files = schema.batch, schema.batch_file
    names = ("read", "loaded", "updated", "unchanged", "refused", "not_data")
    sums = [func.coalesce(func.sum(files.c[f"{name}_count"]), 0).label(f"{name}_count") for name in names]
    own = (t.c.batch_id, t.c.loaded_at, t.c.seconds, t.c.data_on, t.c.is_sample, t.c.has_changes, t.c.undone_by)
    query = (
        select(*own, *sums)
        .join(files, files.c.batch_id == t.c.batch_id, isouter=True)
        .group_by(*own)
        .order_by(t.c.batch_id.desc())
    )
    return frame(conn, query)


def batch_files(conn: Connection, batch_id: int) -> pd.DataFrame:
    """One row per file and sheet of a load; read = loaded + updated + unchanged + refused."""
    t = schema.batch_file
    return frame(conn, select(t).where(t.c.batch_id == batch_id).order_by(t.c.file_name, t.c.sheet))


def refused_rows(conn: Connection, batch_id: int) -> pd.DataFrame:
    """One row per refused row of a load; `reasons` a list of dicts, `cells` a dict by heading.

    `mended_by` is the load that read the row again, missing while it is refused.
    """
    t = schema.refused_row
    return frame(conn, select(t).where(t.c.batch_id == batch_id).order_by(t.c.refused_no))


def load_notices(conn: Connection, batch_id: int) -> pd.DataFrame:
    """One row per warning or note of a load about its files, warnings first; `row`, `heading` NA for a whole file."""
    t = schema.load_notice
    return frame(conn, select(t).where(t.c.batch_id == batch_id).order_by(t.c.is_warning.desc(), t.c.notice_no))


def _utc(moment: datetime) -> datetime:
    # SQLite keeps no zone; everything is written in UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _plain(conn: Connection, table: Table, *order: ColumnElement[Any]) -> pd.DataFrame:
    columns = [c for c in table.c if c.key not in (*TRACE, *AS_GIVEN)]
    return frame(conn, select(*columns).where(live(table)).order_by(*order))
