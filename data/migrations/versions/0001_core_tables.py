"""The core tables: places, organisation, work, facts, provenance."""

import sqlalchemy as sa
from alembic import op

import data.shape_type

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SHAPES = ("area_shape", "building", "street", "water")


def upgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column(
            "data_on", sa.Date(), nullable=True, comment="the data date: every due and days-since counts from it"
        ),
        sa.Column("is_sample", sa.Boolean(), nullable=False, comment="invented data: flagged on every screen"),
        sa.Column("notes", sa.JSON(), nullable=True, comment="what was unusual, e.g. an invented outline"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        comment="one row per load that was written; its number is the version of the data",
    )
    op.create_table(
        "source_file",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("first_read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_source_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_source_file_sha256")),
        comment="one row per file content ever read",
    )
    op.create_table(
        "area",
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False, comment="immutable"),
        sa.Column("level", sa.String(length=24), nullable=False, comment="a code of level"),
        sa.Column("parent_id", sa.Integer(), nullable=True, comment="NULL for a county"),
        sa.Column("area_name", sa.String(length=80), nullable=False),
        sa.Column("area_kind", sa.String(length=24), nullable=True, comment="a code of area_kind"),
        sa.Column("is_relocation", sa.Boolean(), nullable=False, comment="a relocation community (易迁社区)"),
        sa.Column("relocation_basis", sa.String(length=16), nullable=True, comment="declared or inferred"),
        sa.Column("is_inferred", sa.Boolean(), nullable=False, comment="the ledger says it was inferred"),
        sa.Column("is_context", sa.Boolean(), nullable=False, comment="a neighbour, drawn but never counted"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_area_batch_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["area.area_id"], name=op.f("fk_area_parent_id")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area")),
        comment="one row per county, township, community or grid; one tree",
    )
    op.create_index(op.f("ix_area_parent_id"), "area", ["parent_id"], unique=False)
    op.create_table(
        "batch_file",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(length=120), nullable=False, comment="sheet or layer; '' for a plain file"),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("ledger_kind", sa.String(length=32), nullable=False),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("loaded_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("not_data_count", sa.Integer(), nullable=False, comment="title, note and total rows, outside read"),
        sa.CheckConstraint(
            "read_count = loaded_count + updated_count + unchanged_count + refused_count",
            name=op.f("ck_batch_file_rows_accounted_for"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_batch_file_batch_id")),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.file_id"], name=op.f("fk_batch_file_file_id")),
        sa.PrimaryKeyConstraint("batch_id", "file_id", "sheet", name=op.f("pk_batch_file")),
        comment="one row per load, file and sheet; read = loaded + updated + unchanged + refused",
    )
    op.create_table(
        "post",
        sa.Column("post_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("post_no", sa.String(length=32), nullable=False),
        sa.Column("post_kind", sa.String(length=24), nullable=False, comment="a code of post_kind"),
        sa.Column("person_no", sa.String(length=32), nullable=False, comment="pseudonym; no name is stored"),
        sa.Column("is_member", sa.Boolean(), nullable=True, comment="party member"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="first day no longer; NULL while in force"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_post_batch_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post")),
        sa.UniqueConstraint("post_no", name=op.f("uq_post_post_no")),
        comment="one row per post held, pseudonymous and dated",
    )
    op.create_table(
        "refused_row",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("refused_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sheet", sa.String(length=120), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="counted from 1 as Excel shows it"),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="list of {column, code, message_zh, message_en}"),
        sa.Column("cells", sa.JSON(), nullable=False, comment="the original cells by heading, personal ones masked"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_refused_row_batch_id")),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.file_id"], name=op.f("fk_refused_row_file_id")),
        sa.PrimaryKeyConstraint("batch_id", "refused_no", name=op.f("pk_refused_row")),
        comment="one row per refused row of a file, with all its reasons",
    )
    op.create_table(
        "street",
        sa.Column("street_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("street_code", sa.String(length=32), nullable=False),
        sa.Column("street_name", sa.String(length=80), nullable=True),
        sa.Column("street_class", sa.String(length=24), nullable=True, comment="main, side or lane"),
        sa.Column("geom", data.shape_type.Shape(), nullable=False),
        sa.Column("min_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("min_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("geom_status", sa.String(length=24), nullable=True, comment="a code of geom_status"),
        sa.Column("source_crs", sa.String(length=24), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_street_batch_id")),
        sa.PrimaryKeyConstraint("street_id", name=op.f("pk_street")),
        sa.UniqueConstraint("street_code", name=op.f("uq_street_street_code")),
        comment="one row per street centre line, the walking network",
    )
    op.create_table(
        "water",
        sa.Column("water_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("water_code", sa.String(length=32), nullable=False),
        sa.Column("water_name", sa.String(length=80), nullable=True),
        sa.Column("geom", data.shape_type.Shape(), nullable=False),
        sa.Column("min_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("min_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("geom_status", sa.String(length=24), nullable=True, comment="a code of geom_status"),
        sa.Column("source_crs", sa.String(length=24), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_water_batch_id")),
        sa.PrimaryKeyConstraint("water_id", name=op.f("pk_water")),
        sa.UniqueConstraint("water_code", name=op.f("uq_water_water_code")),
        comment="one row per river or lake, drawn under the map",
    )
    op.create_table(
        "area_code",
        sa.Column("edition", sa.String(length=16), nullable=False, comment="NBS2020, NBS2019, or LOCAL for grids"),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("code_name", sa.String(length=80), nullable=True, comment="the name in that edition"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_area_code_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_area_code_batch_id")),
        sa.PrimaryKeyConstraint("edition", "code", name=op.f("pk_area_code")),
        comment="one row per edition and code; codes are reused between editions, so never a key alone",
    )
    op.create_index(op.f("ix_area_code_area_id"), "area_code", ["area_id"], unique=False)
    op.create_table(
        "area_lineage",
        sa.Column("from_area_id", sa.Integer(), nullable=False),
        sa.Column("to_area_id", sa.Integer(), nullable=False),
        sa.Column("from_edition", sa.String(length=16), nullable=False),
        sa.Column("to_edition", sa.String(length=16), nullable=False),
        sa.Column(
            "lineage_kind",
            sa.String(length=16),
            nullable=False,
            comment="same, renamed, recoded, merged, split, upgraded",
        ),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_area_lineage_batch_id")),
        sa.ForeignKeyConstraint(["from_area_id"], ["area.area_id"], name=op.f("fk_area_lineage_from_area_id")),
        sa.ForeignKeyConstraint(["to_area_id"], ["area.area_id"], name=op.f("fk_area_lineage_to_area_id")),
        sa.PrimaryKeyConstraint(
            "from_area_id", "to_area_id", "from_edition", "to_edition", name=op.f("pk_area_lineage")
        ),
        comment="one row per link between areas of two editions (merged, split, renamed, upgraded)",
    )
    op.create_table(
        "area_shape",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="first day no longer; NULL while in force"),
        sa.Column("geom", data.shape_type.Shape(), nullable=False),
        sa.Column("min_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("min_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("area_m2", sa.Float(), nullable=True, comment="geodesic"),
        sa.Column("geom_status", sa.String(length=24), nullable=False, comment="a code of geom_status"),
        sa.Column("source_crs", sa.String(length=24), nullable=True, comment="of the file, e.g. EPSG:4525"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_area_shape_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_area_shape_batch_id")),
        sa.PrimaryKeyConstraint("area_id", "valid_from", name=op.f("pk_area_shape")),
        comment="one row per area and boundary version, EPSG:4490",
    )
    op.create_table(
        "building",
        sa.Column("building_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("building_code", sa.String(length=20), nullable=False, comment="12-digit community code + 5 digits"),
        sa.Column("building_name", sa.String(length=80), nullable=True, comment="as on the door, e.g. 3栋"),
        sa.Column("estate_name", sa.String(length=80), nullable=True, comment="residential estate (小区)"),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("building_use", sa.String(length=24), nullable=True, comment="a code of building_use"),
        sa.Column("is_residential", sa.Boolean(), nullable=False),
        sa.Column("floors_count", sa.Integer(), nullable=True),
        sa.Column("entrances_count", sa.Integer(), nullable=True),
        sa.Column("dwellings_count", sa.Integer(), nullable=True),
        sa.Column("built_year", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True, comment="a point inside, degrees"),
        sa.Column("lat", sa.Float(), nullable=True, comment="a point inside, degrees"),
        sa.Column("geom", data.shape_type.Shape(), nullable=True, comment="footprint; NULL when only a point is known"),
        sa.Column("min_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("min_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lon", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("max_lat", sa.Float(), nullable=True, comment="bounds, degrees"),
        sa.Column("footprint_m2", sa.Float(), nullable=True, comment="geodesic"),
        sa.Column("geom_status", sa.String(length=24), nullable=True, comment="a code of geom_status"),
        sa.Column("source_crs", sa.String(length=24), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_building_batch_id")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_building_community_id")),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building")),
        sa.UniqueConstraint("building_code", name=op.f("uq_building_building_code")),
        comment="one row per building",
    )
    op.create_index(op.f("ix_building_community_id"), "building", ["community_id"], unique=False)
    op.create_index(op.f("ix_building_min_lon_max_lon"), "building", ["min_lon", "max_lon"], unique=False)
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facility_no", sa.String(length=32), nullable=False),
        sa.Column("facility_name", sa.String(length=80), nullable=True),
        sa.Column("facility_kind", sa.String(length=24), nullable=False, comment="a code of facility_kind"),
        sa.Column("facility_state", sa.String(length=24), nullable=False, comment="a code of facility_state"),
        sa.Column("is_standard_met", sa.Boolean(), nullable=True, comment="NULL when not inspected"),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True, comment="where the point lies"),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("source_lon", sa.Float(), nullable=True),
        sa.Column("source_lat", sa.Float(), nullable=True),
        sa.Column("source_crs", sa.String(length=24), nullable=True, comment="e.g. GCJ-02"),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_facility_batch_id")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_facility_community_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["area.area_id"], name=op.f("fk_facility_grid_id")),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility")),
        sa.UniqueConstraint("facility_no", name=op.f("uq_facility_facility_no")),
        comment="one row per facility of a community (配套设施)",
    )
    op.create_table(
        "fact",
        sa.Column("indicator", sa.String(length=12), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "period", sa.String(length=24), nullable=False, comment="2020, 2020-Q4, 2020-12, ytd:…, last90:…, todate:…"
        ),
        sa.Column("basis", sa.String(length=12), nullable=False, comment="ledger, report or published"),
        sa.Column("numerator", sa.Float(), nullable=False),
        sa.Column("denominator", sa.Float(), nullable=True, comment="NULL for a plain count"),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_fact_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_fact_batch_id")),
        sa.PrimaryKeyConstraint("indicator", "area_id", "period", "basis", name=op.f("pk_fact")),
        comment="one row per indicator, area and period; nothing is kept for 0 of 0",
    )
    op.create_index(op.f("ix_fact_indicator_period"), "fact", ["indicator", "period"], unique=False)
    op.create_table(
        "org",
        sa.Column("org_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("org_no", sa.String(length=32), nullable=False),
        sa.Column("org_kind", sa.String(length=24), nullable=False, comment="a code of org_kind"),
        sa.Column("org_name", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("set_up_on", sa.Date(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True, comment="first day no longer"),
        sa.Column("members_count", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True, comment="of its meeting place"),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_org_batch_id")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_org_community_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["area.area_id"], name=op.f("fk_org_grid_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["org.org_id"], name=op.f("fk_org_parent_id")),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_org")),
        sa.UniqueConstraint("org_no", name=op.f("uq_org_org_no")),
        comment="one row per organisation (grid branch, building group, …)",
    )
    op.create_table(
        "plot_allocation",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("households_count", sa.Integer(), nullable=True),
        sa.Column("households_with_plot_count", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_plot_allocation_batch_id")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_plot_allocation_community_id")),
        sa.PrimaryKeyConstraint("community_id", "counted_on", name=op.f("pk_plot_allocation")),
        comment="one row per community and count day: households with a vegetable plot",
    )
    op.create_table(
        "post_target",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(length=12), nullable=False, comment="grid or building"),
        sa.Column("target_id", sa.Integer(), nullable=False, comment="area_id or building_id"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_post_target_batch_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.post_id"], name=op.f("fk_post_target_post_id")),
        sa.PrimaryKeyConstraint("post_id", "target_kind", "target_id", name=op.f("pk_post_target")),
        comment="one row per post and the grid or building it answers for",
    )
    op.create_index(
        op.f("ix_post_target_target_kind_target_id"), "post_target", ["target_kind", "target_id"], unique=False
    )
    op.create_table(
        "published_figure",
        sa.Column("figure_no", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("qualifier", sa.String(length=8), nullable=True),
        sa.Column("lowest", sa.Float(), nullable=True),
        sa.Column("highest", sa.Float(), nullable=True),
        sa.Column("metric", sa.String(length=40), nullable=True),
        sa.Column("period", sa.String(length=24), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_published_figure_area_id")),
        sa.PrimaryKeyConstraint("figure_no", name=op.f("pk_published_figure")),
        comment="one row per published figure with its qualifier and interval",
    )
    op.create_table(
        "building_grid",
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="first day no longer; NULL while in force"),
        sa.Column("grid_id", sa.Integer(), nullable=False, comment="未落格 where it lies in no grid"),
        sa.Column(
            "way", sa.String(length=16), nullable=False, comment="footprint (largest overlap), point, or unplaced"
        ),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_building_grid_batch_id")),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_building_grid_building_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["area.area_id"], name=op.f("fk_building_grid_grid_id")),
        sa.PrimaryKeyConstraint("building_id", "valid_from", name=op.f("pk_building_grid")),
        comment="one row per building and the grid it lies in, dated; at most one grid on one day",
    )
    op.create_index(op.f("ix_building_grid_grid_id"), "building_grid", ["grid_id"], unique=False)
    op.create_table(
        "building_state",
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=False, comment="the data date"),
        sa.Column("building_state", sa.String(length=24), nullable=False, comment="a code of building_state"),
        sa.Column(
            "households_count", sa.Integer(), nullable=True, comment="registered; NULL when there is no register"
        ),
        sa.Column("households_visited_count", sa.Integer(), nullable=True, comment="met this calendar year"),
        sa.Column("last_visit_on", sa.Date(), nullable=True, comment="last valid visit; NULL when never"),
        sa.Column("open_suggestions_count", sa.Integer(), nullable=False),
        sa.Column("open_disputes_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_building_state_building_id")),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building_state")),
        comment="one row per building at the data date; rebuilt by every load",
    )
    op.create_table(
        "case_file",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("case_kind", sa.String(length=24), nullable=False, comment="a code of case_kind"),
        sa.Column(
            "category", sa.String(length=12), nullable=True, comment="a code of dispute_category or suggestion_category"
        ),
        sa.Column("source", sa.String(length=40), nullable=True, comment="screening, application, hotline, visit, …"),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True, comment="化解"),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="办结"),
        sa.Column("lifecycle", sa.String(length=24), nullable=False, comment="a code of lifecycle"),
        sa.Column("outcome", sa.String(length=24), nullable=True, comment="a code of outcome"),
        sa.Column("satisfaction", sa.String(length=24), nullable=True, comment="a code of satisfaction"),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True, comment="where it lies, first choice"),
        sa.Column("lon", sa.Float(), nullable=True, comment="second choice"),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False, comment="未落格 where no grid is known"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_case_file_batch_id")),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_case_file_building_id")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_case_file_community_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["area.area_id"], name=op.f("fk_case_file_grid_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("case_no", name=op.f("uq_case_file_case_no")),
        comment="one row per dispute, suggestion or wish; state is that of its last step",
    )
    op.create_index(op.f("ix_case_file_grid_id_case_kind"), "case_file", ["grid_id", "case_kind"], unique=False)
    op.create_table(
        "dwelling",
        sa.Column("dwelling_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "dwelling_code", sa.String(length=28), nullable=False, comment="building 17 + unit 2 + floor 2 + room 4"
        ),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("unit_no", sa.String(length=8), nullable=True),
        sa.Column("floor_no", sa.Integer(), nullable=True),
        sa.Column("room_no", sa.String(length=8), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_dwelling_batch_id")),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_dwelling_building_id")),
        sa.PrimaryKeyConstraint("dwelling_id", name=op.f("pk_dwelling")),
        sa.UniqueConstraint("dwelling_code", name=op.f("uq_dwelling_dwelling_code")),
        comment="one row per dwelling (户室)",
    )
    op.create_index(op.f("ix_dwelling_building_id"), "dwelling", ["building_id"], unique=False)
    op.create_table(
        "org_cover",
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(length=12), nullable=False, comment="grid or building"),
        sa.Column("target_id", sa.Integer(), nullable=False, comment="area_id or building_id"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="first day"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="first day no longer; NULL while in force"),
        sa.Column("is_established", sa.Boolean(), nullable=False, comment="has an organisation of its own"),
        sa.Column("is_covered", sa.Boolean(), nullable=False, comment="own, joint or extended"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_org_cover_batch_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org.org_id"], name=op.f("fk_org_cover_org_id")),
        sa.PrimaryKeyConstraint("org_id", "target_kind", "target_id", "valid_from", name=op.f("pk_org_cover")),
        comment="one row per organisation and target; established (组建) and covered (覆盖) apart",
    )
    op.create_index(op.f("ix_org_cover_target_kind_target_id"), "org_cover", ["target_kind", "target_id"], unique=False)
    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_op", sa.String(length=24), nullable=False, comment="a code of step_op"),
        sa.Column("step_on", sa.Date(), nullable=False),
        sa.Column("lifecycle_after", sa.String(length=24), nullable=False, comment="a code of lifecycle"),
        sa.Column("handler_unit", sa.String(length=80), nullable=True, comment="the unit, never a person"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_case_step_batch_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name=op.f("fk_case_step_case_id")),
        sa.PrimaryKeyConstraint("case_id", "step_seq", name=op.f("pk_case_step")),
        comment="one row per step of a case: the log every rate is computed from",
    )
    op.create_table(
        "household",
        sa.Column("household_id", sa.String(length=16), nullable=False, comment="random"),
        sa.Column("household_no", sa.String(length=32), nullable=False, comment="the ledger's number"),
        sa.Column("dwelling_id", sa.Integer(), nullable=True),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("person_count", sa.Integer(), nullable=True, comment="NULL when not recorded"),
        sa.Column("household_kind", sa.String(length=24), nullable=True, comment="a code of household_kind"),
        sa.Column("moved_in_on", sa.Date(), nullable=True, comment="NULL: before the register began"),
        sa.Column("moved_out_on", sa.Date(), nullable=True, comment="first day no longer; NULL while living there"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_household_batch_id")),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_household_building_id")),
        sa.ForeignKeyConstraint(["dwelling_id"], ["dwelling.dwelling_id"], name=op.f("fk_household_dwelling_id")),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household")),
        sa.UniqueConstraint("household_no", name=op.f("uq_household_household_no")),
        comment="one row per registered household; no name, only its size",
    )
    op.create_index(op.f("ix_household_building_id"), "household", ["building_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("visit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visit_no", sa.String(length=32), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("visitor_no", sa.String(length=32), nullable=True, comment="pseudonym of the visitor"),
        sa.Column("visit_form", sa.String(length=24), nullable=True, comment="a code of visit_form"),
        sa.Column("visit_result", sa.String(length=24), nullable=False, comment="a code of visit_result"),
        sa.Column("persons_met_count", sa.Integer(), nullable=True),
        sa.Column("has_photo", sa.Boolean(), nullable=True),
        sa.Column("has_note", sa.Boolean(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("is_valid", sa.Boolean(), nullable=False, comment="someone of the household was met"),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_visit_batch_id")),
        sa.ForeignKeyConstraint(["household_id"], ["household.household_id"], name=op.f("fk_visit_household_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit")),
        sa.UniqueConstraint("visit_no", name=op.f("uq_visit_visit_no")),
        comment="one row per call at one household",
    )
    op.create_index(op.f("ix_visit_household_id_visited_on"), "visit", ["household_id", "visited_on"], unique=False)
    op.create_table(
        "visit_plan",
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("cycle_days", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_visit_plan_batch_id")),
        sa.ForeignKeyConstraint(["household_id"], ["household.household_id"], name=op.f("fk_visit_plan_household_id")),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_visit_plan")),
        comment="one row per household with a visiting cycle",
    )
    if is_postgres:
        for table in SHAPES:
            op.execute(f"CREATE INDEX ix_{table}_geom ON {table} USING gist (geom)")


def downgrade() -> None:
    op.drop_table("visit_plan")
    op.drop_index(op.f("ix_visit_household_id_visited_on"), table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_household_building_id"), table_name="household")
    op.drop_table("household")
    op.drop_table("case_step")
    op.drop_index(op.f("ix_org_cover_target_kind_target_id"), table_name="org_cover")
    op.drop_table("org_cover")
    op.drop_index(op.f("ix_dwelling_building_id"), table_name="dwelling")
    op.drop_table("dwelling")
    op.drop_index(op.f("ix_case_file_grid_id_case_kind"), table_name="case_file")
    op.drop_table("case_file")
    op.drop_table("building_state")
    op.drop_index(op.f("ix_building_grid_grid_id"), table_name="building_grid")
    op.drop_table("building_grid")
    op.drop_table("published_figure")
    op.drop_index(op.f("ix_post_target_target_kind_target_id"), table_name="post_target")
    op.drop_table("post_target")
    op.drop_table("plot_allocation")
    op.drop_table("org")
    op.drop_index(op.f("ix_fact_indicator_period"), table_name="fact")
    op.drop_table("fact")
    op.drop_table("facility")
    op.drop_index(op.f("ix_building_min_lon_max_lon"), table_name="building")
    op.drop_index(op.f("ix_building_community_id"), table_name="building")
    op.drop_table("building")
    op.drop_table("area_shape")
    op.drop_table("area_lineage")
    op.drop_index(op.f("ix_area_code_area_id"), table_name="area_code")
    op.drop_table("area_code")
    op.drop_table("water")
    op.drop_table("street")
    op.drop_table("refused_row")
    op.drop_table("post")
    op.drop_table("batch_file")
    op.drop_index(op.f("ix_area_parent_id"), table_name="area")
    op.drop_table("area")
    op.drop_table("source_file")
    op.drop_table("batch")
