"""Plain counts of what the store holds inside an area (台账数): organisations, facilities, places, households.

None is not zero: it means that no ledger of that kind was ever loaded.
"""

from datetime import date

from sqlalchemy import ColumnElement, Connection, func, or_, select, true

from data import schema
from data.queries import live


def subtree(conn: Connection, area_id: int) -> tuple[int, ...]:
    """An area and everything inside it."""
    t = schema.area
    rows = conn.execute(select(t.c.area_id, t.c.parent_id).where(live(t))).all()
    inside: dict[int | None, list[int]] = {}
    for row in rows:
        inside.setdefault(row.parent_id, []).append(row.area_id)
    found = [area_id]
    for parent in found:
        found.extend(inside.get(parent, []))
    return tuple(found)


def has_ledger(conn: Connection, kind: str) -> bool:
    """Whether a file of a kind was ever loaded, by a load that stands: only then does no row mean none."""
    t, loads = schema.batch_file, schema.batch
    query = select(func.count()).select_from(t.join(loads)).where(t.c.ledger_kind == kind, loads.c.undone_by.is_(None))
    return conn.execute(query).scalar_one() > 0


def orgs_of_kind(org_kind: str, area_ids: tuple[int, ...], on: date) -> list[ColumnElement[bool]]:
    """What holds of an organisation of a kind that stands inside the areas on a day."""
    t = schema.org
    return [
        live(t),
        t.c.org_kind == org_kind,
        or_(t.c.grid_id.in_(area_ids), t.c.community_id.in_(area_ids)),
        or_(t.c.set_up_on.is_(None), t.c.set_up_on <= on),
        or_(t.c.dissolved_on.is_(None), t.c.dissolved_on > on),
    ]


def count_orgs(conn: Connection, org_kind: str, area_ids: tuple[int, ...], on: date) -> int | None:
    """Organisations of a kind inside the areas on a day; None without a ledger of them."""
    if not has_ledger(conn, "building_group" if org_kind == "building_group" else "grid_branch"):
        return None
    query = select(func.count()).select_from(schema.org).where(*orgs_of_kind(org_kind, area_ids, on))
    return conn.execute(query).scalar_one()


def count_facilities(conn: Connection, facility_kind: str, area_ids: tuple[int, ...], on: date) -> int | None:
    """Facilities of a kind in use inside the areas on a day; None without a ledger of them."""
    if not has_ledger(conn, "facility"):
        return None
    t = schema.facility
    query = select(func.count()).select_from(t).where(
        live(t), t.c.facility_kind == facility_kind, t.c.facility_state == "present", t.c.community_id.in_(area_ids),
        or_(t.c.built_on.is_(None), t.c.built_on <= on),
    )  # fmt: skip
    return conn.execute(query).scalar_one()


def count_areas(conn: Connection, level: str, area_ids: tuple[int, ...]) -> int:
    """Areas of a level inside the areas; what stands for 未落格 is none, neither is a neighbour."""
    t = schema.area
    query = select(func.count()).select_from(t).where(
        live(t), t.c.level == level, t.c.area_id.in_(area_ids), t.c.is_context.is_(False),
        or_(t.c.area_kind.is_(None), t.c.area_kind != "unplaced"),
    )  # fmt: skip
    return conn.execute(query).scalar_one()


def count_buildings(conn: Connection, area_ids: tuple[int, ...]) -> int | None:
    """Buildings of the communities inside the areas; None without a layer of them."""
    if not has_ledger(conn, "building"):
        return None
    t = schema.building
    query = select(func.count()).select_from(t).where(live(t), t.c.community_id.in_(area_ids))
    return conn.execute(query).scalar_one()


def count_households(conn: Connection, area_ids: tuple[int, ...], on: date) -> int | None:
    """Households registered on a day in the communities inside the areas; None without a register."""
    if not has_ledger(conn, "household"):
        return None
    t, stays, homes = schema.household, schema.household_stay, schema.building
    of_their_own = select(stays.c.household_id).where(live(stays))
    total = 0
    for table, since, until, which in (
        (t, t.c.moved_in_on, t.c.moved_out_on, t.c.household_id.not_in(of_their_own)),
        (stays, stays.c.valid_from, stays.c.valid_to, true()),
    ):
        query = select(func.count()).select_from(table).join(homes, homes.c.building_id == table.c.building_id).where(
            live(table), which, homes.c.community_id.in_(area_ids), or_(since.is_(None), since <= on),
            or_(until.is_(None), until > on),
        )  # fmt: skip
        total += conn.execute(query).scalar_one()
    return total
