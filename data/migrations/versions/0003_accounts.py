"""Accounts, their areas, and the links of briefing screens."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOER = "who did it, as the audit log writes them"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(length=16), nullable=False, comment="random"),
        sa.Column("subject", sa.String(length=255), nullable=False, comment="the identity provider's name for them"),
        sa.Column("role", sa.String(length=24), nullable=False, comment="a code of role"),
        sa.Column(
            "detail",
            sa.String(length=12),
            nullable=True,
            comment="public, internal, buildings or households; NULL: that of the role",
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False, comment="may sign in"),
        sa.Column(
            "signed_out_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="sign-ins up to then no longer hold",
        ),
        sa.Column(
            "version_no", sa.Integer(), nullable=False, comment="goes up with every change, so that none is lost"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False, comment=DOER),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False, comment=DOER),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("subject", name=op.f("uq_account_subject")),
        comment="one row per person who may sign in; no name, only what the identity provider calls them",
    )
    op.create_table(
        "account_area",
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column(
            "area_code",
            sa.String(length=20),
            nullable=False,
            comment="of the edition on screen; may precede the first load",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name=op.f("fk_account_area_account_id")),
        sa.PrimaryKeyConstraint("account_id", "area_code", name=op.f("pk_account_area")),
        comment="one row per account and area it may see, with everything inside",
    )
    op.create_table(
        "screen_link",
        sa.Column("link_id", sa.String(length=16), nullable=False, comment="random"),
        sa.Column(
            "token_hash",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the token, which is not kept",
        ),
        sa.Column("area_code", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False, comment="where the screen hangs"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False, comment=DOER),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="NULL while it holds"),
        sa.Column("revoked_by", sa.String(length=80), nullable=True, comment=DOER),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_screen_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_screen_link_token_hash")),
        comment="one row per link that opens a briefing screen without signing in",
    )


def downgrade() -> None:
    for table in ("screen_link", "account_area", "account"):
        op.drop_table(table)
