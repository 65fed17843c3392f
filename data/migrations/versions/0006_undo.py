"""What it takes to undo a load: the rows it changed as they were before, and which batch took another back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "batch",
        sa.Column(
            "undone_by", sa.Integer(), nullable=True, comment="the batch that took this one back; NULL while it stands"
        ),
    )
    op.create_table(
        "batch_change",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("added", sa.LargeBinary(), nullable=False, comment="keys of the rows it added, packed"),
        sa.Column(
            "former", sa.LargeBinary(), nullable=False, comment="the rows it changed, as they were before, packed"
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_batch_change_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "table_name", name=op.f("pk_batch_change")),
        comment="one row per load and table it changed: what it takes to undo the load",
    )


def downgrade() -> None:
    op.drop_table("batch_change")
    op.drop_column("batch", "undone_by")
