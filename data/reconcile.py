"""Published figures beside the ledger (对账): which count of the store answers which figure, and what follows.

A figure has a ledger when the store keeps rows of what it counts. No two figures are answered by the same count:
look-alikes (97 units twice, 24 sessions twice) stay apart because their metrics do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from data import schema, terms
from data.counts import count_facilities, count_orgs, subtree
from data.published import NO_LEDGER, Figure, figures, verdict
from data.queries import live


@dataclass(frozen=True)
class Scope:
    """What a count is taken over: the areas inside `area_id` (itself too) in a period, as known at the end of it."""

    area_id: int
    area_ids: tuple[int, ...]
    period: str
    on: date


@dataclass(frozen=True)
class LedgerCount:
    """How the store answers a figure: the count of each of its numbers (None: no ledger), and of what, in words.

    Where the count is a part of an indicator, `indicator` and `part` (numerator or denominator) say of which.
    """

    count: Callable[[Connection, Scope], tuple[int | None, ...]]
    zh: str
    en: str
    indicator: str = ""
    part: str = ""


@dataclass(frozen=True)
class Reconciled:
    """One figure with the ledger's counts and the verdict (a code of terms.VERDICTS)."""

    figure: Figure
    found: tuple[int | None, ...]
    verdict: str
    ledger: LedgerCount | None
    area_name: str


def reconcile(conn: Connection) -> list[Reconciled]:
    """Every published figure, in the order of the article. Figures of a county that is not in the store have none."""
    codes = schema.area_code
    rows = conn.execute(select(codes.c.code, codes.c.area_id).where(live(codes)).order_by(codes.c.edition.desc()))
    ids: dict[str, int] = {}
    for code, area_id in rows:
        ids.setdefault(code, area_id)
    names = {row.area_id: row.area_name for row in conn.execute(select(schema.area.c.area_id, schema.area.c.area_name))}
    on = conn.execute(select(schema.batch.c.data_on).order_by(schema.batch.c.batch_id.desc()).limit(1)).scalar()
    scopes: dict[tuple[str, str], Scope] = {}
    found = []
    for figure in figures().values():
        area_id = ids.get(figure.area)
        ledger = LEDGERS.get(figure.metric) if area_id is not None and on is not None else None
        if ledger is None:
            nothing = (None,) * len(figure.values)
            found.append(Reconciled(figure, nothing, NO_LEDGER, None, names.get(area_id or 0, "")))
            continue
        assert area_id is not None and on is not None
        key = figure.area, figure.period
        if key not in scopes:
            last_day = min(on, date(int(figure.period), 12, 31))
            scopes[key] = Scope(area_id, subtree(conn, area_id), figure.period, last_day)
        counts = ledger.count(conn, scopes[key])
        found.append(Reconciled(figure, counts, verdict(figure.values, counts), ledger, names[area_id]))
    return found


# --- the counts -------------------------------------------------------------------------------------------------------


def _fact(indicator: str, part: str) -> Callable[[Connection, Scope], tuple[int | None, ...]]:
    """A part of an indicator's fact; None when it was never measured there."""

    def count(conn: Connection, scope: Scope) -> tuple[int | None, ...]:
        t = schema.fact
        query = select(t.c[part]).where(
            t.c.indicator == indicator, t.c.area_id == scope.area_id, t.c.period == scope.period, t.c.basis == "ledger"
        )
        value = conn.execute(query).scalar()
        return (None if value is None else int(value),)

    return count


def _orgs(org_kind: str) -> Callable[[Connection, Scope], tuple[int | None, ...]]:
    return lambda conn, scope: (count_orgs(conn, org_kind, scope.area_ids, scope.on),)


LEDGERS: dict[str, LedgerCount] = {
    "visit.household": LedgerCount(
        _fact("VIS-01", "numerator"), "登记户中期内见面走访过的户", "registered households met in the period",
        "VIS-01", "numerator",
    ),
    "visit.person": LedgerCount(
        _fact("VIS-02", "numerator"), "走访过的登记户的人口", "people in the registered households met",
        "VIS-02", "numerator",
    ),
    "appeal.count": LedgerCount(
        _fact("APP-01", "denominator"), "期内受理的意见建议", "suggestions accepted in the period",
        "APP-01", "denominator",
    ),
    "dispute.resolved": LedgerCount(
        _fact("DIS-03", "numerator"), "期内受理、已化解的纠纷", "disputes accepted in the period and resolved",
        "DIS-03", "numerator",
    ),
    "wish.realised": LedgerCount(
        _fact("WIS-01", "numerator"), "已实现的微心愿", "wishes realised", "WIS-01", "numerator"
    ),
    "org.grid_branch": LedgerCount(_orgs("grid_branch"), "期末的网格党支部", "grid branches at the end of the period"),
    "org.building_group": LedgerCount(
        _orgs("building_group"), "期末的楼栋党小组", "building groups at the end of the period"
    ),
    "reloc.party_org": LedgerCount(
        _orgs("relocation_org"), "期末的易迁社区党组织",
        "party organisations of relocation communities at the end of the period",
    ),
    "facility.village_centre": LedgerCount(
        lambda conn, scope: (count_facilities(conn, "village_centre", scope.area_ids, scope.on),),
        "期末在用的村综合服务文化中心", "village service centres in use at the end of the period",
    ),
    "reloc.standard": LedgerCount(
        lambda conn, scope: (1, len(terms.ONE_PLUS_SIX)),
        "本系统按此核对:每个易迁社区六项配套", "what this program asks of each relocation community",
    ),
}  # fmt: skip
"""Metric of a figure → the count that answers it. A figure whose metric is not here has no ledger."""
