"""Visits counted for their page: by day and outcome, due by kind of household, and by days since the last one.

They are empty until the next load or `python -m etl rollup`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("visit_month", "visit_due", "visit_recency")
SCOPE = "current_setting('wangge.areas', true) = 'all'"


def upgrade() -> None:
    op.create_table(
        "visit_month",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False, comment="its first day"),
        sa.Column(
            "cells",
            sa.LargeBinary(),
            nullable=False,
            comment="counts by day and outcome, packed (data/visit_cells.py)",
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_visit_month_area_id")),
        sa.PrimaryKeyConstraint("area_id", "month_on", name=op.f("pk_visit_month")),
        comment="one row per area and month with visits: how many of each outcome on each day",
    )
    op.create_index(op.f("ix_visit_month_month_on"), "visit_month", ["month_on"])
    op.create_table(
        "visit_due",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("household_kind", sa.String(length=24), nullable=False, comment="a code of household_kind"),
        sa.Column("due_count", sa.Integer(), nullable=False, comment="visits due"),
        sa.Column("done_count", sa.Integer(), nullable=False, comment="of these the ones paid"),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_visit_due_area_id")),
        sa.PrimaryKeyConstraint("area_id", "month_on", "household_kind", name=op.f("pk_visit_due")),
        comment="one row per area, month and kind of household of which visits were due at its end",
    )
    op.create_index(op.f("ix_visit_due_month_on"), "visit_due", ["month_on"])
    op.create_table(
        "visit_recency",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "days_from",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="the first of a band of days, at the data date; -1: never met",
        ),
        sa.Column(
            "year_result",
            sa.String(length=24),
            nullable=False,
            comment="met this calendar year, else the result of the last call in it, else uncalled",
        ),
        sa.Column("households_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_visit_recency_area_id")),
        sa.PrimaryKeyConstraint("area_id", "days_from", "year_result", name=op.f("pk_visit_recency")),
        comment="one row per area, days since a household was last met and what this year's calls found",
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            using = f"{SCOPE} OR area_id IN (SELECT wangge_scope())"
            op.execute(f"CREATE POLICY own_areas ON {table} USING ({using}) WITH CHECK ({SCOPE})")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
