"""Visits outside every stay of their household (居住期之外的走访): before it moved in, or after it had left."""

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from data import schema
from data.queries import live


def visits_outside(conn: Connection) -> tuple[int, int]:
    """How many live visits lie outside the stays of their household, of how many."""
    t, homes, stays = schema.visit, schema.household, schema.household_stay
    own = stays.c.household_id == t.c.household_id
    has_stays = exists().where(own, live(stays))
    is_in_one = exists().where(own, live(stays), _holds(stays.c.valid_from, stays.c.valid_to))
    as_its_row = exists().where(
        homes.c.household_id == t.c.household_id, _holds(homes.c.moved_in_on, homes.c.moved_out_on)
    )
    is_outside = or_(and_(has_stays, ~is_in_one), and_(~has_stays, ~as_its_row))
    every = conn.execute(select(func.count()).select_from(t).where(live(t))).scalar_one()
    return conn.execute(select(func.count()).select_from(t).where(live(t), is_outside)).scalar_one(), every


def _holds(since: ColumnElement[object], until: ColumnElement[object]) -> ColumnElement[bool]:
    day = schema.visit.c.visited_on
    return and_(or_(since.is_(None), since <= day), or_(until.is_(None), until > day))
