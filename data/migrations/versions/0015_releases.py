"""Dated releases of the public numbers: what the public sees, and what it was shown before."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ALL = "current_setting('wangge.areas', true) = 'all'"
TABLES = ("release_fact", "release_total")


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("release_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False, comment="its day, by the clock of China"),
        sa.Column("data_on", sa.Date(), nullable=False, comment="the data date of its numbers"),
        sa.Column("batch_id", sa.Integer(), nullable=False, comment="the load whose numbers it holds"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_release_batch_id")),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
        comment="one row per dated release of the public numbers",
    )
    for table, comment in (
        ("release_fact", "one row per fact of a fixed period in the last releases, as it was on their day"),
        ("release_total", "one row per exact number of a county and release that showed it"),
    ):
        op.create_table(
            table,
            sa.Column("release_id", sa.Integer(), nullable=False),
            sa.Column("indicator", sa.String(length=12), nullable=False),
            sa.Column(
                "area_id", sa.Integer(), autoincrement=False, nullable=False, comment="as in area, while it is there"
            ),
            sa.Column("period", sa.String(length=24), nullable=False, comment="a month, quarter or year"),
            sa.Column("numerator", sa.Float(), nullable=False),
            sa.Column("denominator", sa.Float(), nullable=True, comment="NULL for a plain count"),
            sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f(f"fk_{table}_release_id")),
            sa.PrimaryKeyConstraint("release_id", "indicator", "period", "area_id", name=op.f(f"pk_{table}")),
            comment=comment,
        )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            using = f"{ALL} OR area_id IN (SELECT wangge_scope())"
            op.execute(f"CREATE POLICY own_areas ON {table} USING ({using}) WITH CHECK ({ALL})")


def downgrade() -> None:
    for table in (*TABLES, "release"):
        op.drop_table(table)
