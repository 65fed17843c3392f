"""What a load said of its files beside refused rows: kept with it, so that it can be read the day after."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "load_notice"
SCOPE = "current_setting('wangge.areas', true) = 'all'"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("notice_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "is_warning",
            sa.Boolean(),
            nullable=False,
            comment="the row was taken but is to be looked at; else what was left out",
        ),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sheet", sa.String(length=120), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True, comment="counted from 1 as Excel shows it; NULL: the whole file"),
        sa.Column(
            "heading", sa.String(length=120), nullable=True, comment="the column it is about, as the file calls it"
        ),
        sa.Column("message_zh", sa.Text(), nullable=False, comment="what is to be looked at, or why it was left out"),
        sa.Column("message_en", sa.Text(), nullable=False, comment="the same in English"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_load_notice_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "notice_no", name=op.f("pk_load_notice")),
        comment="one row per warning or note of a load about its files",
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_areas ON {TABLE} USING ({SCOPE}) WITH CHECK ({SCOPE})")


def downgrade() -> None:
    op.drop_table(TABLE)
