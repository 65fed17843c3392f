"""What the county states itself: expected totals of what its ledgers should hold, and goals of areas."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _trace() -> list[sa.Column]:
    return [
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
    ]


def upgrade() -> None:
    op.create_table(
        "expected_total",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False, comment="a code of countable"),
        sa.Column("expected_count", sa.Integer(), nullable=False),
        sa.Column(
            "counted_on", sa.Date(), nullable=True, comment="the day the county's count speaks of; NULL when not stated"
        ),
        sa.Column("source_text", sa.Text(), nullable=True, comment="where the county's count stands, in its words"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it is what it is"),
        *_trace(),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_expected_total_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_expected_total_batch_id")),
        sa.PrimaryKeyConstraint("area_id", "what", name=op.f("pk_expected_total")),
        comment="one row per area and thing counted: how many the county says there are (官方数)",
    )
    op.create_table(
        "target",
        sa.Column("indicator", sa.String(length=12), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "since_on", sa.Date(), nullable=False, comment="periods that end on this day or later have this goal"
        ),
        sa.Column(
            "goal",
            sa.Float(),
            nullable=False,
            comment="0..1; holds for the areas inside too, but for those with their own",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why this area has another goal"),
        *_trace(),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_target_area_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_target_batch_id")),
        sa.PrimaryKeyConstraint("indicator", "area_id", "since_on", name=op.f("pk_target")),
        comment="one row per indicator, area and first day: a goal of its own instead of the registry's (目标)",
    )


def downgrade() -> None:
    op.drop_table("target")
    op.drop_table("expected_total")
