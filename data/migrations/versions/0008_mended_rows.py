"""What it takes to mend refused rows: how a sheet was read, and which load read a refused row again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "batch_file",
        sa.Column(
            "layout",
            sa.JSON(),
            nullable=True,
            comment="headings and how columns are read from them; NULL where rows are not mended",
        ),
    )
    op.add_column(
        "refused_row",
        sa.Column(
            "mended_by",
            sa.Integer(),
            nullable=True,
            comment="the load that read this row again, mended; NULL while it is refused",
        ),
    )


def downgrade() -> None:
    op.drop_column("refused_row", "mended_by")
    op.drop_column("batch_file", "layout")
