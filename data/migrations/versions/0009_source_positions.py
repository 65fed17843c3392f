"""Where a file said a building or a case lies, in its own coordinate system, beside where it lies in the store's."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None

AS_GIVEN = "as in the file, where it gave a point"


def upgrade() -> None:
    op.add_column("building", sa.Column("source_lon", sa.Float(), nullable=True, comment=AS_GIVEN))
    op.add_column("building", sa.Column("source_lat", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_lon", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_lat", sa.Float(), nullable=True))
    op.add_column("case_file", sa.Column("source_crs", sa.String(length=24), nullable=True, comment="e.g. GCJ-02"))


def downgrade() -> None:
    for table, column in (
        ("case_file", "source_crs"), ("case_file", "source_lat"), ("case_file", "source_lon"),
        ("building", "source_lat"), ("building", "source_lon"),
    ):  # fmt: skip
        op.drop_column(table, column)
