"""Official counts beside what the ledgers hold (官方数): 30 of 30, or which are missing."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, or_, select

from data import schema, terms
from data.counts import count_areas, count_buildings, count_facilities, count_households, count_orgs, subtree
from data.queries import in_force, live


@dataclass(frozen=True)
class Missing:
    """An area that has none of what is counted; which of several it is that the county means, is not known."""

    area_code: str
    area_name: str


@dataclass(frozen=True)
class Expected:
    """One official count. `found` None: no ledger of it was loaded. `lacking`: areas without one, where that is known.

    `what` is a code of terms.COUNTABLES.
    """

    what: str
    area_code: str
    area_name: str
    expected: int
    found: int | None
    lacking: tuple[Missing, ...]
    counted_on: date | None
    source: str
    reason: str

    @property
    def missing(self) -> int | None:
        """How many are missing, below 0 when there are more than expected; None without a ledger."""
        return None if self.found is None else self.expected - self.found


def expected_totals(conn: Connection, edition: str) -> list[Expected]:
    """Every official count of the county with what the store holds on the data date.

    By area code, and in the order of terms.COUNTABLES.
    """
    t, areas, codes = schema.expected_total, schema.area, schema.area_code
    query = (
        select(t, areas.c.area_name, codes.c.code)
        .join(areas, areas.c.area_id == t.c.area_id)
        .join(codes, codes.c.area_id == t.c.area_id)
        .where(live(t), live(codes), codes.c.edition.in_([edition, "LOCAL"]))
        .order_by(codes.c.code, t.c.what)
    )
    rows = conn.execute(query).mappings().all()
    on = conn.execute(select(schema.batch.c.data_on).order_by(schema.batch.c.batch_id.desc()).limit(1)).scalar()
    if not rows or on is None:
        return []
    inside = {area_id: subtree(conn, area_id) for area_id in {row["area_id"] for row in rows}}
    found = []
    for row in rows:
        area_ids = inside[row["area_id"]]
        many = count_of(conn, row["what"], area_ids, on)
        is_short = many is not None and many < row["expected_count"]
        found.append(
            Expected(
                what=row["what"], area_code=row["code"], area_name=row["area_name"], expected=row["expected_count"],
                found=many, lacking=_lacking(conn, row["what"], area_ids, on, edition) if is_short else (),
                counted_on=row["counted_on"], source=row["source_text"] or "", reason=row["reason"] or "",
            )
        )  # fmt: skip
    order = list(terms.COUNTABLES)
    return sorted(found, key=lambda total: (total.area_code, order.index(total.what)))


def count_of(conn: Connection, what: str, area_ids: tuple[int, ...], on: date) -> int | None:
    """How many of a countable thing lie inside the areas on a day; None without a ledger of it."""
    if what in ("township", "community", "grid"):
        return count_areas(conn, what, area_ids)
    if what == "building":
        return count_buildings(conn, area_ids)
    if what == "household":
        return count_households(conn, area_ids, on)
    if what == "village_centre":
        return count_facilities(conn, what, area_ids, on)
    return count_orgs(conn, what, area_ids, on)


def _lacking(conn: Connection, what: str, area_ids: tuple[int, ...], on: date, edition: str) -> tuple[Missing, ...]:
    """The grids without a branch of their own, the relocation communities without an organisation; else nothing."""
    areas, codes, orgs, covers = schema.area, schema.area_code, schema.org, schema.org_cover
    wanted = [live(areas), live(codes), areas.c.area_id.in_(area_ids), codes.c.edition.in_([edition, "LOCAL"])]
    has = select(orgs.c.org_id).where(live(orgs), or_(orgs.c.dissolved_on.is_(None), orgs.c.dissolved_on > on))
    if what == "grid_branch":
        wanted += [areas.c.level == "grid", or_(areas.c.area_kind.is_(None), areas.c.area_kind != "unplaced")]
        own = select(covers.c.target_id).where(
            in_force(covers, on), covers.c.target_kind == "grid", covers.c.is_established.is_(True),
            covers.c.org_id.in_(has.where(orgs.c.org_kind == what)),
        )  # fmt: skip
        wanted.append(areas.c.area_id.not_in(own))
    elif what == "relocation_org":
        wanted += [areas.c.level == "community", areas.c.is_relocation.is_(True)]
        own = select(orgs.c.community_id).where(live(orgs), orgs.c.org_kind == what, orgs.c.community_id.is_not(None))
        wanted.append(areas.c.area_id.not_in(own))
    else:
        return ()
    query = select(codes.c.code, areas.c.area_name).join(areas, areas.c.area_id == codes.c.area_id).where(*wanted)
    return tuple(Missing(code, name) for code, name in conn.execute(query.order_by(codes.c.code)))
