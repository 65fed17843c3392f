"""What a ledger states of place and state, kept beside where a row was located and what its steps say."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATED = "as the ledger states it; NULL: it says nothing, or was loaded before this was kept"
LIFECYCLE = "that of the register; steps may say otherwise"
LOCATED = "where the point lies, else as stated"
PLACES = (
    ("building", "stated_community_id"), ("facility", "stated_community_id"),
    ("case_file", "stated_community_id"), ("case_file", "stated_grid_id"),
)  # fmt: skip


def upgrade() -> None:
    for table, column in PLACES:
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=True, comment=STATED))
    op.add_column("case_file", sa.Column("stated_lifecycle", sa.String(length=24), nullable=True, comment=LIFECYCLE))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("facility", "community_id", existing_type=sa.Integer(), comment=LOCATED)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("facility", "community_id", existing_type=sa.Integer(), comment=None)
    op.drop_column("case_file", "stated_lifecycle")
    for table, column in reversed(PLACES):
        op.drop_column(table, column)
