"""A trial run (试装): what a load would do, kind by kind, and how the county's numbers would move."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from data import schema
from data.errors import EmptyStoreError
from data.registry import indicators
from data.store import check_ready, open_store, upgrade
from etl.clean import LOADED, REFUSED, UNCHANGED, UPDATED, Ledger
from etl.plan import Plan
from etl.rollup import facts_frame, rolled_up
from geo.periods import parse_period

Pair = tuple[int, int]


@dataclass(frozen=True)
class Move:
    """One number of the county, (numerator, denominator) before and after; None where it is unknown."""

    indicator: str
    period: str
    before: Pair | None
    after: Pair | None

    @property
    def is_moved(self) -> bool:
        return self.before != self.after


def trial_store(url: str) -> Engine:
    """The store at an address as it is, never made or upgraded; an empty one in memory where there is none yet.

    Raises StoreVersionError for a store of another version, NoStoreError for one that cannot be opened.
    """
    try:
        engine = open_store(url, must_exist=True)
        check_ready(engine)
    except EmptyStoreError:
        engine = open_store("sqlite://")
        upgrade(engine)
    return engine


def moves_of(conn: Connection, plan: Plan, data_on: date) -> list[Move]:
    """Every indicator of the county that is known before or after, for the year of the data date."""
    areas = plan.columns(schema.area, "area_id", "level", "is_context")
    counties = areas["area_id"][(areas["level"] == "county") & (areas["is_context"] != True)].tolist()  # noqa: E712
    period = str(data_on.year)
    t = schema.fact
    query = select(t.c.indicator, t.c.numerator, t.c.denominator).where(
        t.c.area_id.in_(counties), t.c.period == period, t.c.basis == "ledger"
    )
    before = _sums((row.indicator, row.numerator, row.denominator) for row in conn.execute(query))
    counted = facts_frame(rolled_up(plan, [parse_period(period)], data_on)) if counties else None
    after: dict[str, Pair] = {}
    if counted is not None:
        own = counted[counted["area_id"].isin(counties)]
        after = _sums(zip(own["indicator"], own["numerator"], own["denominator"], strict=True))
    codes = [code for code in indicators() if code in before or code in after]
    return [Move(code, period, before.get(code), after.get(code)) for code in codes]


def _sums(rows: Any) -> dict[str, Pair]:
    sums: dict[str, Pair] = {}
    for code, numerator, denominator in rows:
        top, below = sums.get(code, (0, 0))
        sums[code] = top + int(numerator), below + int(denominator or 0)
    return sums


def kinds_json(ledgers: list[Ledger]) -> list[dict[str, Any]]:
    """For every kind of ledger how many rows would be added, changed, left alone and refused."""
    found = []
    for ledger in ledgers:
        counts = {
            name: sum(sheet.counts[name] for sheet in ledger.sheets) for name in (LOADED, UPDATED, UNCHANGED, REFUSED)
        }
        found.append(
            {
                "kind": ledger.source.kind, "zh": ledger.source.zh, "en": ledger.source.en, "added": counts[LOADED],
                "changed": counts[UPDATED], "unchanged": counts[UNCHANGED], "refused": counts[REFUSED],
            }
        )  # fmt: skip
    return found


def moves_json(moves: list[Move], lang: str) -> list[dict[str, Any]]:
    """What a program reads of the numbers."""
    return [
        {
            "indicator": move.indicator, "name": indicators()[move.indicator].name(lang), "period": move.period,
            "before": _pair_json(move.before), "after": _pair_json(move.after), "is_moved": move.is_moved,
        }
        for move in moves
    ]  # fmt: skip


def _pair_json(pair: Pair | None) -> dict[str, int] | None:
    return None if pair is None else {"numerator": pair[0], "denominator": pair[1]}


def trial_lines(kinds: list[dict[str, Any]], moves: list[Move], lang: str) -> list[str]:
    """What a person reads of it: a line for each kind, then for each number that moves."""
    zh = lang == "zh"
    lines = []
    for entry in kinds:
        counts = tuple(f"{entry[name]:,}" for name in ("added", "changed", "unchanged", "refused"))
        lines.append(
            "{}:将新增 {},更改 {},不变 {},拒收 {}".format(entry["zh"], *counts)
            if zh
            else "{}: {} would be added, {} changed, {} left alone, {} refused".format(entry["en"], *counts)
        )
    moved = [move for move in moves if move.is_moved]
    for move in moved:
        name = f"{move.indicator} {indicators()[move.indicator].name(lang)}"
        lines.append(f"{name} · {move.period}:{_words(move.before)} → {_words(move.after)}")
    still, all_zh, all_en = len(moves) - len(moved), "其余" if moved else "", "other " if moved else ""
    lines.append(f"全县{all_zh} {still} 项指标不变。" if zh else f"The {all_en}{still} numbers of the county stay.")
    return lines


def _words(pair: Pair | None) -> str:
    return "—" if pair is None else f"{pair[0]:,} / {pair[1]:,}"
