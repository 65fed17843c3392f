"""Nil reports of communities, and which communities are to send a ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCOPE = "current_setting('wangge.areas', true) = 'all'"
OWN = f"{SCOPE} OR community_id IN (SELECT wangge_scope())"


def _trace() -> list[sa.Column[object]]:
    return [
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
    ]


def upgrade() -> None:
    op.create_table(
        "nil_report",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("ledger", sa.String(length=24), nullable=False, comment="a code of ledger"),
        sa.Column("month_on", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("reported_on", sa.Date(), nullable=True, comment="the day it was said; NULL when not stated"),
        *_trace(),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_nil_report_community_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_nil_report_batch_id")),
        sa.PrimaryKeyConstraint("community_id", "ledger", "month_on", name=op.f("pk_nil_report")),
        comment="one row per community, ledger and month of which the community says that there was nothing",
    )
    op.create_table(
        "reporting_scope",
        sa.Column("ledger", sa.String(length=24), nullable=False, comment="a code of ledger"),
        sa.Column(
            "since_on",
            sa.Date(),
            nullable=False,
            comment="from this day on the areas of this day alone, of this ledger",
        ),
        sa.Column("area_id", sa.Integer(), nullable=False, comment="with every community inside"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why these and no others; stands beside the number"),
        *_trace(),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_reporting_scope_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_reporting_scope_batch_id")),
        sa.PrimaryKeyConstraint("ledger", "since_on", "area_id", name=op.f("pk_reporting_scope")),
        comment="one row per ledger, day and area whose communities are to send it from then on",
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE nil_report ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE nil_report FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_areas ON nil_report USING ({OWN}) WITH CHECK ({SCOPE})")


def downgrade() -> None:
    op.drop_table("reporting_scope")
    op.drop_table("nil_report")
