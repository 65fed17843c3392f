"""What three columns mean, in words (PostgreSQL only, which keeps comments): positions of visits, kinds of wishes."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WORDS = {
    "visit.lon": "where it was recorded, degrees; counted as near or not, shown nowhere",
    "visit.lat": "the same; NULL without a position",
    "case_file.category": "a code of dispute_category, suggestion_category or wish_category",
}
FORMER = {
    "visit.lon": None,
    "visit.lat": None,
    "case_file.category": "a code of dispute_category or suggestion_category",
}


def _comment(words: dict[str, str | None]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column, text in words.items():
            op.execute(f"COMMENT ON COLUMN {column} IS " + (f"'{text}'" if text else "NULL"))


def upgrade() -> None:
    _comment(dict(WORDS))


def downgrade() -> None:
    _comment(FORMER)
