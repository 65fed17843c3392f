"""What a file said: where a building or a case lies in its own coordinates, and how a row's building was found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AS_GIVEN = "as in the file, where it gave a point"
WAY = "code, name or address; NULL: loaded before this was kept"
SCORE = "0..1: how much of what the building is called the ledger states"


def upgrade() -> None:
    op.add_column("building", sa.Column("source_lon", sa.Float(), nullable=True, comment=AS_GIVEN))
    op.add_column("building", sa.Column("source_lat", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_lon", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_lat", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_crs", sa.String(length=24), nullable=True, comment="e.g. GCJ-02"))
    for table in ("household", "case_file"):
        op.add_column(table, sa.Column("building_way", sa.String(length=8), nullable=True, comment=WAY))
        op.add_column(table, sa.Column("building_score", sa.Float(), nullable=True, comment=SCORE))


def downgrade() -> None:
    for table, column in (
        ("case_file", "building_score"), ("case_file", "building_way"),
        ("household", "building_score"), ("household", "building_way"),
        ("case_file", "source_crs"), ("case_file", "source_lat"), ("case_file", "source_lon"),
        ("building", "source_lat"), ("building", "source_lon"),
    ):  # fmt: skip
        op.drop_column(table, column)
