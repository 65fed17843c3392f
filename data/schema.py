"""The tables of the store, in six groups: places, organisation, work, facts, provenance, access.

Every row that came from a file carries `batch_id` (the load that wrote it last), `row_hash` (of its cleaned cells, so
that the same file changes nothing) and `is_void` (taken back, kept until its retention ends). Boundaries, assignments,
posts and covers are dated half-open [valid_from, valid_to); an open end is NULL. `_id` is a key of ours, `_no` or
`_code` the number the ledger uses, `_on` a date, `_at` a time in UTC, `_count` a count, `_m2` square metres.
No table holds the name, identity number or phone of a resident. Audit events lie in a store of their own, with tables
of their own (`data/audit_store.py`).
"""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    true,
)

from data import terms
from data.shape_type import Shape

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

GROUPS: dict[str, list[str]] = {"places": [], "organisation": [], "work": [], "facts": [], "provenance": [],
                                "access": []}  # fmt: skip


def _table(group: str, name: str, comment: str, *items: Any, traced: bool = True) -> Table:
    """A table with its comment; `traced` adds the columns of a row that came from a file."""
    trace: list[Column[Any]] = []
    if traced:
        trace = [
            Column("batch_id", ForeignKey("batch.batch_id"), comment="the load that wrote this row last"),
            Column("row_hash", String(32), comment="of the cleaned cells; NULL for derived rows"),
            Column("is_void", Boolean, nullable=False, default=False, comment="taken back, not shown"),
        ]
    GROUPS[group].append(name)
    return Table(name, metadata, *items, *trace, comment=comment)


def _code(name: str, vocabulary: terms.Vocabulary, *, nullable: bool = True) -> Column[Any]:
    return Column(name, String(24), nullable=nullable, comment=f"a code of {vocabulary.name}")


def _ledger() -> Column[Any]:
    return Column("ledger", String(24), primary_key=True, comment=f"a code of {terms.LEDGERS.name}")


def _bbox() -> list[Column[Any]]:
    """Bounds of `geom` in degrees, so that SQLite too can ask for a viewport."""
    return [Column(name, Float, comment="bounds, degrees") for name in ("min_lon", "min_lat", "max_lon", "max_lat")]


def _matched() -> list[Column[Any]]:
    """How the building of a row was found in its ledger."""
    return [
        Column("building_way", String(8), comment="code, name or address; NULL: loaded before this was kept"),
        Column("building_score", Float, comment="0..1: how much of what the building is called the ledger states"),
    ]


def _stated(*names: str) -> list[Column[Any]]:
    """Where a ledger says a row lies, beside where it was located; areas by their id, but no reference to them."""
    comment = "as the ledger states it; NULL: it says nothing, or was loaded before this was kept"
    return [Column(name, Integer, comment=comment) for name in names]


def _valid(*, in_key: bool = False) -> list[Column[Any]]:
    return [
        Column("valid_from", Date, primary_key=in_key, nullable=False, comment="first day"),
        Column("valid_to", Date, comment="first day no longer; NULL while in force"),
    ]


# --- places -----------------------------------------------------------------------------------------------------------

area = _table(
    "places", "area", "one row per county, township, community or grid; one tree",
    Column("area_id", Integer, primary_key=True, autoincrement=False, comment="immutable"),
    _code("level", terms.LEVELS, nullable=False),
    Column("parent_id", ForeignKey("area.area_id"), comment="NULL for a county"),
    Column("area_name", String(80), nullable=False),
    _code("area_kind", terms.AREA_KINDS),
    Column("is_relocation", Boolean, nullable=False, default=False, comment="a relocation community (易迁社区)"),
    Column("relocation_basis", String(16), comment="declared or inferred"),
    Column("is_inferred", Boolean, nullable=False, default=False, comment="the ledger says it was inferred"),
    Column("is_context", Boolean, nullable=False, default=False, comment="a neighbour, drawn but never counted"),
    Index(None, "parent_id"),
)  # fmt: skip

area_code = _table(
    "places", "area_code", "one row per edition and code; codes are reused between editions, so never a key alone",
    Column("edition", String(16), primary_key=True, comment="NBS2020, NBS2019, or LOCAL for grids"),
    Column("code", String(20), primary_key=True),
    Column("area_id", ForeignKey("area.area_id"), nullable=False),
    Column("code_name", String(80), comment="the name in that edition"),
    Index(None, "area_id"),
)  # fmt: skip

area_lineage = _table(
    "places", "area_lineage", "one row per link between areas of two editions (merged, split, renamed, upgraded)",
    Column("from_area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("to_area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("from_edition", String(16), primary_key=True),
    Column("to_edition", String(16), primary_key=True),
    Column("lineage_kind", String(16), nullable=False, comment="same, renamed, recoded, merged, split, upgraded"),
)  # fmt: skip

area_shape = _table(
    "places", "area_shape", "one row per area and boundary version, EPSG:4490",
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date, comment="first day no longer; NULL while in force"),
    Column("geom", Shape(), nullable=False),
    *_bbox(),
    Column("area_m2", Float, comment="geodesic"),
    _code("geom_status", terms.GEOM_STATUSES, nullable=False),
    Column("source_crs", String(24), comment="of the file, e.g. EPSG:4525"),
)  # fmt: skip

building = _table(
    "places", "building", "one row per building",
    Column("building_id", Integer, primary_key=True, autoincrement=False),
    Column("building_code", String(20), nullable=False, unique=True, comment="12-digit community code + 5 digits"),
    Column("building_name", String(80), comment="as on the door, e.g. 3栋"),
    Column("estate_name", String(80), comment="residential estate (小区)"),
    Column("community_id", ForeignKey("area.area_id"), nullable=False),
    *_stated("stated_community_id"),
    _code("building_use", terms.BUILDING_USES),
    Column("is_residential", Boolean, nullable=False),
    Column("floors_count", Integer), Column("entrances_count", Integer), Column("dwellings_count", Integer),
    Column("built_year", Integer),
    Column("lon", Float, comment="a point inside, degrees"), Column("lat", Float, comment="a point inside, degrees"),
    Column("geom", Shape(), comment="footprint; NULL when only a point is known"),
    *_bbox(),
    Column("footprint_m2", Float, comment="geodesic"),
    _code("geom_status", terms.GEOM_STATUSES),
    Column("source_lon", Float, comment="as in the file, where it gave a point"), Column("source_lat", Float),
    Column("source_crs", String(24)),
    Index(None, "community_id"), Index(None, "min_lon", "max_lon"),
)  # fmt: skip

building_grid = _table(
    "places", "building_grid", "one row per building and the grid it lies in, dated; at most one grid on one day",
    Column("building_id", ForeignKey("building.building_id"), primary_key=True),
    *_valid(in_key=True),
    Column("grid_id", ForeignKey("area.area_id"), nullable=False, comment="未落格 where it lies in no grid"),
    Column("way", String(16), nullable=False, comment="footprint (largest overlap), point, or unplaced"),
    Index(None, "grid_id"),
)  # fmt: skip

dwelling = _table(
    "places", "dwelling", "one row per dwelling (户室)",
    Column("dwelling_id", Integer, primary_key=True, autoincrement=False),
    Column("dwelling_code", String(28), nullable=False, unique=True, comment="building 17 + unit 2 + floor 2 + room 4"),
    Column("building_id", ForeignKey("building.building_id"), nullable=False),
    Column("unit_no", String(8)), Column("floor_no", Integer), Column("room_no", String(8)),
    Index(None, "building_id"),
)  # fmt: skip

household = _table(
    "places", "household", "one row per registered household; no name, only its size",
    Column("household_id", String(16), primary_key=True, comment="random"),
    Column("household_no", String(32), nullable=False, unique=True, comment="the ledger's number"),
    Column("dwelling_id", ForeignKey("dwelling.dwelling_id")),
    Column("building_id", ForeignKey("building.building_id"), nullable=False),
    *_matched(),
    Column("person_count", Integer, comment="NULL when not recorded"),
    _code("household_kind", terms.HOUSEHOLD_KINDS),
    Column("moved_in_on", Date, comment="NULL: before the register began"),
    Column("moved_out_on", Date, comment="first day no longer; NULL while living there"),
    Column("said_on", Date, comment="the day its ledger says it speaks of; NULL: it says none"),
    Index(None, "building_id"),
)  # fmt: skip

household_stay = _table(
    "places", "household_stay", "one row per stay of a household that moved; the others live as their row says",
    Column("household_id", ForeignKey("household.household_id"), primary_key=True),
    Column("stay_no", Integer, primary_key=True, autoincrement=False, comment="from 0, in the order of their days"),
    Column("building_id", ForeignKey("building.building_id"), nullable=False),
    Column("dwelling_id", ForeignKey("dwelling.dwelling_id")),
    Column("valid_from", Date, comment="first day; NULL: before the register began"),
    Column("valid_to", Date, comment="first day no longer; NULL while living there"),
    Column("said_on", Date, comment="the day of the ledger that said it first; NULL: as the row said before it moved"),
    Index(None, "building_id"),
)  # fmt: skip

facility = _table(
    "places", "facility", "one row per facility of a community (配套设施)",
    Column("facility_id", Integer, primary_key=True, autoincrement=False),
    Column("facility_no", String(32), nullable=False, unique=True),
    Column("facility_name", String(80)),
    _code("facility_kind", terms.FACILITY_KINDS, nullable=False),
    _code("facility_state", terms.FACILITY_STATES, nullable=False),
    Column("is_standard_met", Boolean, comment="NULL when not inspected"),
    Column("community_id", ForeignKey("area.area_id"), nullable=False, comment="where the point lies, else as stated"),
    *_stated("stated_community_id"),
    Column("grid_id", ForeignKey("area.area_id"), comment="where the point lies"),
    Column("lon", Float), Column("lat", Float),
    Column("source_lon", Float), Column("source_lat", Float), Column("source_crs", String(24), comment="e.g. GCJ-02"),
    Column("built_on", Date),
)  # fmt: skip

street = _table(
    "places", "street", "one row per street centre line, the walking network",
    Column("street_id", Integer, primary_key=True, autoincrement=False),
    Column("street_code", String(32), nullable=False, unique=True),
    Column("street_name", String(80)), Column("street_class", String(24), comment="main, side or lane"),
    Column("geom", Shape(), nullable=False), *_bbox(),
    _code("geom_status", terms.GEOM_STATUSES), Column("source_crs", String(24)),
)  # fmt: skip

water = _table(
    "places", "water", "one row per river or lake, drawn under the map",
    Column("water_id", Integer, primary_key=True, autoincrement=False),
    Column("water_code", String(32), nullable=False, unique=True), Column("water_name", String(80)),
    Column("geom", Shape(), nullable=False), *_bbox(),
    _code("geom_status", terms.GEOM_STATUSES), Column("source_crs", String(24)),
)  # fmt: skip

plot_allocation = _table(
    "places", "plot_allocation", "one row per community and count day: households with a vegetable plot",
    Column("community_id", ForeignKey("area.area_id"), primary_key=True),
    Column("counted_on", Date, primary_key=True),
    Column("households_count", Integer), Column("households_with_plot_count", Integer),
)  # fmt: skip

# --- organisation -----------------------------------------------------------------------------------------------------

org = _table(
    "organisation", "org", "one row per organisation (grid branch, building group, …)",
    Column("org_id", Integer, primary_key=True, autoincrement=False),
    Column("org_no", String(32), nullable=False, unique=True),
    _code("org_kind", terms.ORG_KINDS, nullable=False),
    Column("org_name", String(120), nullable=False),
    Column("parent_id", ForeignKey("org.org_id")),
    Column("community_id", ForeignKey("area.area_id")), Column("grid_id", ForeignKey("area.area_id")),
    Column("set_up_on", Date), Column("dissolved_on", Date, comment="first day no longer"),
    Column("members_count", Integer),
    Column("lon", Float, comment="of its meeting place"), Column("lat", Float),
)  # fmt: skip

org_cover = _table(
    "organisation", "org_cover", "one row per organisation and target; established (组建) and covered (覆盖) apart",
    Column("org_id", ForeignKey("org.org_id"), primary_key=True),
    Column("target_kind", String(12), primary_key=True, comment="grid or building"),
    Column("target_id", Integer, primary_key=True, comment="area_id or building_id"),
    *_valid(in_key=True),
    Column("is_established", Boolean, nullable=False, comment="has an organisation of its own"),
    Column("is_covered", Boolean, nullable=False, comment="own, joint or extended"),
    Index(None, "target_kind", "target_id"),
)  # fmt: skip

post = _table(
    "organisation", "post", "one row per post held, pseudonymous and dated",
    Column("post_id", Integer, primary_key=True, autoincrement=False),
    Column("post_no", String(32), nullable=False, unique=True),
    _code("post_kind", terms.POST_KINDS, nullable=False),
    Column("person_no", String(32), nullable=False, comment="pseudonym; no name is stored"),
    Column("is_member", Boolean, comment="party member"),
    *_valid(),
)  # fmt: skip

post_target = _table(
    "organisation", "post_target", "one row per post and the grid or building it answers for",
    Column("post_id", ForeignKey("post.post_id"), primary_key=True),
    Column("target_kind", String(12), primary_key=True, comment="grid or building"),
    Column("target_id", Integer, primary_key=True, comment="area_id or building_id"),
    Index(None, "target_kind", "target_id"),
)  # fmt: skip

# --- work -------------------------------------------------------------------------------------------------------------

visit = _table(
    "work", "visit", "one row per call at one household",
    Column("visit_id", Integer, primary_key=True, autoincrement=False),
    Column("visit_no", String(32), nullable=False, unique=True),
    Column("household_id", ForeignKey("household.household_id"), nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("visitor_no", String(32), comment="pseudonym of the visitor"),
    _code("visit_form", terms.VISIT_FORMS), _code("visit_result", terms.VISIT_RESULTS, nullable=False),
    Column("persons_met_count", Integer), Column("has_photo", Boolean), Column("has_note", Boolean),
    Column("lon", Float, comment="where it was recorded, degrees; counted as near or not, shown nowhere"),
    Column("lat", Float, comment="the same; NULL without a position"),
    Column("is_valid", Boolean, nullable=False, comment="someone of the household was met"),
    Index(None, "household_id", "visited_on"),
)  # fmt: skip

visit_plan = _table(
    "work", "visit_plan", "one row per household with a visiting cycle",
    Column("household_id", ForeignKey("household.household_id"), primary_key=True),
    Column("cycle_days", Integer, nullable=False), Column("last_on", Date), Column("next_on", Date),
)  # fmt: skip

case_file = _table(
    "work", "case_file", "one row per dispute, suggestion or wish; state is that of its last step",
    Column("case_id", Integer, primary_key=True, autoincrement=False),
    Column("case_no", String(32), nullable=False, unique=True),
    _code("case_kind", terms.CASE_KINDS, nullable=False),
    Column("category", String(12), comment="a code of dispute_category, suggestion_category or wish_category"),
    Column("source", String(40), comment="screening, application, hotline, visit, …"),
    Column("found_on", Date), Column("accepted_on", Date), Column("due_on", Date),
    Column("resolved_on", Date, comment="化解"), Column("closed_on", Date, comment="办结"),
    _code("lifecycle", terms.LIFECYCLES, nullable=False), _code("outcome", terms.OUTCOMES),
    _code("satisfaction", terms.SATISFACTIONS),
    Column("reopened_count", Integer, nullable=False, default=0),
    Column("building_id", ForeignKey("building.building_id"), comment="where it lies, first choice"),
    *_matched(),
    Column("lon", Float, comment="second choice"), Column("lat", Float),
    Column("source_lon", Float), Column("source_lat", Float), Column("source_crs", String(24), comment="e.g. GCJ-02"),
    Column("community_id", ForeignKey("area.area_id"), nullable=False),
    Column("grid_id", ForeignKey("area.area_id"), nullable=False, comment="未落格 where no grid is known"),
    *_stated("stated_community_id", "stated_grid_id"),
    Column("stated_lifecycle", String(24), comment="that of the register; steps may say otherwise"),
    Index(None, "grid_id", "case_kind"),
)  # fmt: skip

case_step = _table(
    "work", "case_step", "one row per step of a case: the log every rate is computed from",
    Column("case_id", ForeignKey("case_file.case_id"), primary_key=True),
    Column("step_seq", Integer, primary_key=True, autoincrement=False),
    _code("step_op", terms.STEP_OPS, nullable=False),
    Column("step_on", Date, nullable=False),
    _code("lifecycle_after", terms.LIFECYCLES, nullable=False),
    Column("handler_unit", String(80), comment="the unit, never a person"),
)  # fmt: skip

nil_report = _table(
    "work", "nil_report", "one row per community, ledger and month of which the community says that there was nothing",
    Column("community_id", ForeignKey("area.area_id"), primary_key=True),
    _ledger(), Column("month_on", Date, primary_key=True, comment="its first day"),
    Column("reported_on", Date, comment="the day it was said; NULL when not stated"),
)  # fmt: skip

building_state = _table(
    "work", "building_state", "one row per building at the data date; rebuilt by every load",
    Column("building_id", ForeignKey("building.building_id"), primary_key=True),
    Column("as_of_on", Date, nullable=False, comment="the data date"),
    _code("building_state", terms.BUILDING_STATES, nullable=False),
    Column("households_count", Integer, comment="registered; NULL when there is no register"),
    Column("households_visited_count", Integer, comment="met this calendar year"),
    Column("last_visit_on", Date, comment="last valid visit; NULL when never"),
    Column("open_suggestions_count", Integer, nullable=False, default=0),
    Column("open_disputes_count", Integer, nullable=False, default=0),
    traced=False,
)  # fmt: skip

# --- facts ------------------------------------------------------------------------------------------------------------

fact = _table(
    "facts", "fact", "one row per indicator, area and period; nothing is kept for 0 of 0",
    Column("indicator", String(12), primary_key=True),
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("period", String(24), primary_key=True, comment="2020, 2020-Q4, 2020-12, ytd:…, last90:…, todate:…"),
    Column("basis", String(12), primary_key=True, comment="ledger, report or published"),
    Column("numerator", Float, nullable=False), Column("denominator", Float, comment="NULL for a plain count"),
    Column("batch_id", ForeignKey("batch.batch_id")),
    Index(None, "indicator", "period"),
    traced=False,
)  # fmt: skip

visit_month = _table(
    "facts", "visit_month", "one row per area and month with visits: how many of each outcome on each day",
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("month_on", Date, primary_key=True, comment="its first day"),
    Column("cells", LargeBinary, nullable=False, comment="counts by day and outcome, packed (data/visit_cells.py)"),
    Index(None, "month_on"),
    traced=False,
)  # fmt: skip

visit_due = _table(
    "facts", "visit_due", "one row per area, month and kind of household of which visits were due at its end",
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("month_on", Date, primary_key=True, comment="its first day"),
    Column("household_kind", String(24), primary_key=True, comment="a code of household_kind"),
    Column("due_count", Integer, nullable=False, comment="visits due"),
    Column("done_count", Integer, nullable=False, comment="of these the ones paid"),
    Index(None, "month_on"),
    traced=False,
)  # fmt: skip

visit_recency = _table(
    "facts", "visit_recency", "one row per area, days since a household was last met and what this year's calls found",
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("days_from", Integer, primary_key=True, autoincrement=False,
           comment="the first of a band of days, at the data date; -1: never met"),
    Column("year_result", String(24), primary_key=True,
           comment="met this calendar year, else the result of the last call in it, else uncalled"),
    Column("households_count", Integer, nullable=False),
    traced=False,
)  # fmt: skip

target = _table(
    "facts", "target", "one row per indicator, area and first day: a goal of its own instead of the registry's (目标)",
    Column("indicator", String(12), primary_key=True),
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("since_on", Date, primary_key=True, comment="periods that end on this day or later have this goal"),
    Column("goal", Float, nullable=False, comment="0..1; holds for the areas inside too, but for those with their own"),
    Column("reason", Text, nullable=False, comment="why this area has another goal"),
)  # fmt: skip


def _released() -> list[Column[Any]]:
    return [
        Column("release_id", ForeignKey("release.release_id"), primary_key=True),
        Column("indicator", String(12), primary_key=True),
        Column("period", String(24), primary_key=True, comment="a month, quarter or year"),
        Column("area_id", Integer, primary_key=True, autoincrement=False, comment="as in area, while it is there"),
        Column("numerator", Float, nullable=False),
        Column("denominator", Float, comment="NULL for a plain count"),
    ]


release = _table(
    "facts", "release", "one row per dated release of the public numbers",
    Column("release_id", Integer, primary_key=True, autoincrement=False),
    Column("released_on", Date, nullable=False, comment="its day, by the clock of China"),
    Column("data_on", Date, nullable=False, comment="the data date of its numbers"),
    Column("batch_id", ForeignKey("batch.batch_id"), nullable=False, comment="the load whose numbers it holds"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    traced=False,
)  # fmt: skip

release_fact = _table(
    "facts", "release_fact", "one row per fact of a fixed period in the last releases, as it was on their day",
    *_released(), traced=False,
)  # fmt: skip

release_total = _table(
    "facts", "release_total", "one row per exact number of a county and release that showed it",
    *_released(), traced=False,
)  # fmt: skip

# --- provenance -------------------------------------------------------------------------------------------------------

source_file = _table(
    "provenance", "source_file", "one row per file content ever read",
    Column("file_id", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("file_name", String(255), nullable=False), Column("size_bytes", Integer, nullable=False),
    Column("first_read_at", DateTime(timezone=True), nullable=False),
    traced=False,
)  # fmt: skip

batch = _table(
    "provenance", "batch", "one row per load that was written; its number is the version of the data",
    Column("batch_id", Integer, primary_key=True, autoincrement=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    Column("seconds", Float),  # NULL: nothing was loaded, a count or a goal was typed in
    Column("data_on", Date, comment="the data date: every due and days-since counts from it"),
    Column("stated_on", Date, comment="the data date that was stated; NULL while it is that of the latest event"),
    Column("has_changes", Boolean, nullable=False, default=True, server_default=true(),
           comment="changed rows, numbers or the data date; else its refused rows alone are new"),
    Column("is_sample", Boolean, nullable=False, default=False, comment="invented data: flagged on every screen"),
    Column("notes", JSON, comment="what was unusual, e.g. an invented outline"),
    Column("undone_by", Integer, comment="the batch that took this one back; NULL while it stands"),
    traced=False,
)  # fmt: skip

batch_change = _table(
    "provenance", "batch_change", "one row per load and table it changed: what it takes to undo the load",
    Column("batch_id", ForeignKey("batch.batch_id"), primary_key=True),
    Column("table_name", String(40), primary_key=True),
    Column("added", LargeBinary, nullable=False, comment="keys of the rows it added, packed"),
    Column("former", LargeBinary, nullable=False, comment="the rows it changed, as they were before, packed"),
    traced=False,
)  # fmt: skip

batch_file = _table(
    "provenance", "batch_file", "one row per load, file and sheet; read = loaded + updated + unchanged + refused",
    Column("batch_id", ForeignKey("batch.batch_id"), primary_key=True),
    Column("file_id", ForeignKey("source_file.file_id"), primary_key=True),
    Column("sheet", String(120), primary_key=True, comment="sheet or layer; '' for a plain file"),
    Column("file_name", String(255), nullable=False),
    Column("ledger_kind", String(32), nullable=False),
    Column("read_count", Integer, nullable=False), Column("loaded_count", Integer, nullable=False),
    Column("updated_count", Integer, nullable=False), Column("unchanged_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("not_data_count", Integer, nullable=False, comment="title, note and total rows, outside read"),
    Column("layout", JSON, comment="headings and how columns are read from them; NULL where rows are not mended"),
    CheckConstraint(
        "read_count = loaded_count + updated_count + unchanged_count + refused_count", name="rows_accounted_for"
    ),
    traced=False,
)  # fmt: skip

refused_row = _table(
    "provenance", "refused_row", "one row per refused row of a file, with all its reasons",
    Column("batch_id", ForeignKey("batch.batch_id"), primary_key=True),
    Column("refused_no", Integer, primary_key=True, autoincrement=False),
    Column("file_id", ForeignKey("source_file.file_id"), nullable=False),
    Column("file_name", String(255), nullable=False), Column("sheet", String(120), nullable=False),
    Column("row", Integer, nullable=False, comment="counted from 1 as Excel shows it"),
    Column("reasons", JSON, nullable=False, comment="list of {column, code, message_zh, message_en}"),
    Column("cells", JSON, nullable=False, comment="the original cells by heading, personal ones masked"),
    Column("mended_by", Integer, comment="the load that read this row again, mended; NULL while it is refused"),
    traced=False,
)  # fmt: skip

load_notice = _table(
    "provenance", "load_notice", "one row per warning or note of a load about its files",
    Column("batch_id", ForeignKey("batch.batch_id"), primary_key=True),
    Column("notice_no", Integer, primary_key=True, autoincrement=False),
    Column("is_warning", Boolean, nullable=False,
           comment="the row was taken but is to be looked at; else what was left out"),
    Column("file_name", String(255), nullable=False), Column("sheet", String(120), nullable=False),
    Column("row", Integer, comment="counted from 1 as Excel shows it; NULL: the whole file"),
    Column("heading", String(120), comment="the column it is about, as the file calls it"),
    Column("message_zh", Text, nullable=False, comment="what is to be looked at, or why it was left out"),
    Column("message_en", Text, nullable=False, comment="the same in English"),
    traced=False,
)  # fmt: skip

published_figure = _table(
    "provenance", "published_figure", "one row per published figure with its qualifier and interval",
    Column("figure_no", String(8), primary_key=True),
    Column("text", Text, nullable=False), Column("value", Float), Column("unit", String(16)),
    Column("qualifier", String(8)), Column("lowest", Float), Column("highest", Float),
    Column("metric", String(40)), Column("period", String(24)),
    Column("area_id", ForeignKey("area.area_id")),
    traced=False,
)  # fmt: skip

expected_total = _table(
    "provenance", "expected_total", "one row per area and thing counted: how many the county says there are (官方数)",
    Column("area_id", ForeignKey("area.area_id"), primary_key=True),
    Column("what", String(24), primary_key=True, comment="a code of countable"),
    Column("expected_count", Integer, nullable=False),
    Column("counted_on", Date, comment="the day the county's count speaks of; NULL when not stated"),
    Column("source_text", Text, comment="where the county's count stands, in its words"),
    Column("reason", Text, comment="why it is what it is"),
)  # fmt: skip

reporting_scope = _table(
    "provenance", "reporting_scope", "one row per ledger, day and area whose communities are to send it from then on",
    _ledger(),
    Column("since_on", Date, primary_key=True, comment="from this day on the areas of this day alone, of this ledger"),
    Column("area_id", ForeignKey("area.area_id"), primary_key=True, comment="with every community inside"),
    Column("reason", Text, nullable=False, comment="why these and no others; stands beside the number"),
)  # fmt: skip

# --- access -----------------------------------------------------------------------------------------------------------


def _changed() -> list[Column[Any]]:
    return [
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("created_by", String(80), nullable=False, comment="who did it, as the audit log writes them"),
    ]


account = _table(
    "access", "account", "one row per person who may sign in; no name, only what the identity provider calls them",
    Column("account_id", String(16), primary_key=True, comment="random"),
    Column("subject", String(255), nullable=False, unique=True, comment="the identity provider's name for them"),
    _code("role", terms.ROLES, nullable=False),
    Column("detail", String(12), comment="public, internal, buildings or households; NULL: that of the role"),
    Column("is_active", Boolean, nullable=False, default=True, comment="may sign in"),
    Column("signed_out_at", DateTime(timezone=True), comment="sign-ins up to then no longer hold"),
    Column("version_no", Integer, nullable=False, comment="goes up with every change, so that none is lost"),
    *_changed(),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", String(80), nullable=False, comment="who did it, as the audit log writes them"),
    traced=False,
)  # fmt: skip

account_area = _table(
    "access", "account_area", "one row per account and area it may see, with everything inside",
    Column("account_id", ForeignKey("account.account_id"), primary_key=True),
    Column("area_code", String(20), primary_key=True, comment="of the edition on screen; may precede the first load"),
    traced=False,
)  # fmt: skip

screen_link = _table(
    "access", "screen_link", "one row per link that opens a briefing screen without signing in",
    Column("link_id", String(16), primary_key=True, comment="random"),
    Column("token_hash", String(64), nullable=False, unique=True, comment="SHA-256 of the token, which is not kept"),
    Column("area_code", String(20), nullable=False),
    Column("label", String(80), nullable=False, comment="where the screen hangs"),
    *_changed(),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True), comment="NULL while it holds"),
    Column("revoked_by", String(80), comment="who did it, as the audit log writes them"),
    traced=False,
)  # fmt: skip
