"""Where households that moved lived on each day, and the day that the ledger of a household speaks of.

A household without stays of its own has one, as its row says: so nothing is to be filled in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ALL = "current_setting('wangge.areas', true) = 'all'"
OF_BUILDING = "EXISTS (SELECT 1 FROM building WHERE building.building_id = household_stay.building_id)"


def upgrade() -> None:
    op.add_column(
        "household",
        sa.Column(
            "said_on", sa.Date(), nullable=True, comment="the day its ledger says it speaks of; NULL: it says none"
        ),
    )
    op.create_table(
        "household_stay",
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column(
            "stay_no", sa.Integer(), autoincrement=False, nullable=False, comment="from 0, in the order of their days"
        ),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("dwelling_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="first day; NULL: before the register began"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="first day no longer; NULL while living there"),
        sa.Column(
            "said_on",
            sa.Date(),
            nullable=True,
            comment="the day of the ledger that said it first; NULL: as the row said before it moved",
        ),
        sa.Column("batch_id", sa.Integer(), nullable=True, comment="the load that wrote this row last"),
        sa.Column(
            "row_hash", sa.String(length=32), nullable=True, comment="of the cleaned cells; NULL for derived rows"
        ),
        sa.Column("is_void", sa.Boolean(), nullable=False, comment="taken back, not shown"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_household_stay_batch_id")),
        sa.ForeignKeyConstraint(["building_id"], ["building.building_id"], name=op.f("fk_household_stay_building_id")),
        sa.ForeignKeyConstraint(["dwelling_id"], ["dwelling.dwelling_id"], name=op.f("fk_household_stay_dwelling_id")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.household_id"], name=op.f("fk_household_stay_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "stay_no", name=op.f("pk_household_stay")),
        comment="one row per stay of a household that moved; the others live as their row says",
    )
    op.create_index(op.f("ix_household_stay_building_id"), "household_stay", ["building_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE household_stay ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE household_stay FORCE ROW LEVEL SECURITY")
        using = f"{ALL} OR {OF_BUILDING}"
        op.execute(f"CREATE POLICY own_areas ON household_stay USING ({using}) WITH CHECK ({ALL})")


def downgrade() -> None:
    op.drop_index(op.f("ix_household_stay_building_id"), table_name="household_stay")
    op.drop_table("household_stay")
    op.drop_column("household", "said_on")
