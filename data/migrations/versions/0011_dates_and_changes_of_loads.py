"""The data date that was stated with a load, and whether a load changed anything."""

from datetime import date, timedelta
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EVENTS = (
    ("visit", "visited_on"), ("case_step", "step_on"),
    *(("case_file", name) for name in ("found_on", "accepted_on", "resolved_on", "closed_on")),
)  # fmt: skip
CLOSE = timedelta(days=45)
"""So far behind the last event a data date was stated; further behind it is left over from a mistyped year."""


def upgrade() -> None:
    comment = "the data date that was stated; NULL while it is that of the latest event"
    op.add_column("batch", sa.Column("stated_on", sa.Date(), nullable=True, comment=comment))
    op.add_column(
        "batch",
        sa.Column(
            "has_changes",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="changed rows, numbers or the data date; else its refused rows alone are new",
        ),
    )
    conn = op.get_bind()
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text("SELECT set_config('wangge.areas', 'all', true)"))
    batches = conn.execute(
        sa.text("SELECT batch_id, data_on, notes, undone_by FROM batch ORDER BY batch_id")
    ).all()  # fmt: skip
    for row in batches:
        # The note of a sample states its day.
        if row.notes is not None and str(row.notes) != "null" and row.data_on is not None:
            _state(conn, row.batch_id)
    if batches and batches[-1].data_on is not None:
        latest = max((day for table, name in EVENTS if (day := _last(conn, table, name))), default=None)
        shown = _day(batches[-1].data_on)
        if latest and latest < shown <= latest + CLOSE:
            _state(conn, batches[-1].batch_id)
    for before, row in pairwise(batches):
        if before.data_on == row.data_on and _is_idle(conn, row.batch_id):
            conn.execute(
                sa.text("UPDATE batch SET has_changes = :no WHERE batch_id = :n"), {"no": False, "n": row.batch_id}
            )


def _state(conn: sa.Connection, batch: int) -> None:
    conn.execute(sa.text("UPDATE batch SET stated_on = data_on WHERE batch_id = :n"), {"n": batch})


def _last(conn: sa.Connection, table: str, name: str) -> date | None:
    found = conn.execute(sa.text(f"SELECT max({name}) FROM {table} WHERE is_void = :no"), {"no": False}).scalar()
    return None if found is None else _day(found)


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _is_idle(conn: sa.Connection, batch: int) -> bool:
    """Whether a load of files changed nothing."""
    counted = "SELECT count(*), coalesce(sum(loaded_count + updated_count), 0) FROM batch_file WHERE batch_id = :n"
    files, rows = conn.execute(sa.text(counted), {"n": batch}).one()
    kept = conn.execute(sa.text("SELECT count(*) FROM batch_change WHERE batch_id = :n"), {"n": batch}).scalar()
    return bool(files) and not rows and not kept


def downgrade() -> None:
    op.drop_column("batch", "has_changes")
    op.drop_column("batch", "stated_on")
