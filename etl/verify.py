"""Everything counted anew from the stored rows (全量汇总), to replace the facts or to prove them (核对)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, select

from data import schema, writes
from data.queries import areas, last_batch
from data.registry import indicators
from data.store import reading, writing
from etl.errors import LoadError, changed_meanwhile
from etl.refresh import FactChanges, all_facts
from etl.release import release_if_due
from etl.rollup import fact_rows
from etl.states import StateChanges, building_states_of
from etl.stored import StoreRows
from etl.turn import Report, silent, turn
from etl.verify_visits import NAMES, visit_differences
from etl.write import write_facts, write_states
from geo.as_stood import AT_END
from geo.measures import FACTS


@dataclass(frozen=True)
class Difference:
    """One fact, or count of visits, that is not what its rows give; a missing one counts as 0 of 0."""

    area_code: str
    area_name: str
    indicator: str
    period: str
    stored: tuple[int, int]
    counted: tuple[int, int]

    def words(self, lang: str) -> str:
        """Area, indicator, period, and both numbers."""
        entry = indicators().get(self.indicator)
        name = f"{self.indicator} {entry.name(lang)}" if entry else self.indicator
        if self.indicator in NAMES:
            name = NAMES[self.indicator][lang != "zh"]
        stored, counted = (f"{n}/{d}" for n, d in (self.stored, self.counted))
        where = f"{self.area_code} {self.area_name}"
        if lang == "zh":
            return f"{where} · {name} · {self.period}:库中 {stored},按行重算 {counted}"
        return f"{where} · {name} · {self.period}: stored {stored}, counted {counted}"


@dataclass(frozen=True)
class Rollup:
    """What counting everything came to: how many facts, how many of them differ, and the first of these.

    `batch_id` is None when nothing was written.
    """

    facts: int
    different: int
    differences: list[Difference]
    seconds: float
    batch_id: int | None = None


def verify(engine: Engine, edition: str) -> Rollup:
    """Count everything from the rows and compare; nothing is written."""
    began = perf_counter()
    with reading(engine) as conn:
        _, data_on = state_of(conn)
        counted = all_facts(StoreRows(conn), data_on)
        different, found = _differences(conn, counted, edition)
    return Rollup(_many(counted), different, found, perf_counter() - began)


def rebuild(engine: Engine, edition: str, *, wait: float | None = None, report: Report = silent) -> Rollup:
    """Count everything from the rows and put it in place of what is stored, as a batch of its own.

    When the facts agree already nothing is written.
    """
    with turn(engine, "rollup", report, wait):
        return _rebuild(engine, edition)


def rebuild_where_lacking(
    engine: Engine, edition: str, *, wait: float | None = None, report: Report = silent
) -> Rollup | None:
    """Count everything anew where a store of before has none of the numbers as they stood; None where it has."""
    t = schema.fact
    with reading(engine) as conn:
        known = set(conn.execute(select(t.c.indicator).where(t.c.basis == "ledger").distinct()).scalars())
    courses = [code for code in FACTS if code.endswith(AT_END)]
    if not any(code.removesuffix(AT_END) in known for code in courses) or not known.isdisjoint(courses):
        return None
    return rebuild(engine, edition, wait=wait, report=report)


def _rebuild(engine: Engine, edition: str) -> Rollup:
    began = perf_counter()
    with reading(engine) as conn:
        version, data_on = state_of(conn)
        rows = StoreRows(conn)
        counted = all_facts(rows, data_on)
        different, found = _differences(conn, counted, edition)
        states = StateChanges(building_states_of(rows, data_on))
    if not different:
        return Rollup(_many(counted), 0, [], perf_counter() - began)
    with writing(engine) as conn:
        if last_batch(conn) != version:
            raise changed_meanwhile()
        batch = write_anew(conn, counted, states, perf_counter() - began)
    return Rollup(_many(counted), different, found, perf_counter() - began, batch)


def write_anew(conn: Connection, counted: FactChanges, states: StateChanges, seconds: float) -> int:
    """Put facts and states that were counted from all rows in place of those stored; returns the batch they are of."""
    version, data_on = state_of(conn)
    row = {"batch_id": version + 1, "loaded_at": datetime.now(UTC), "data_on": data_on, "is_sample": False}
    writes.insert_rows(conn, schema.batch, pd.DataFrame([row | {"seconds": round(seconds, 3)}], dtype=object))
    write_facts(conn, counted, version + 1)
    write_states(conn, states)
    release_if_due(conn)
    return version + 1


def state_of(conn: Connection) -> tuple[int, date]:
    """The last batch and the data date of the store. Raises LoadError while it is empty."""
    t = schema.batch
    last = conn.execute(select(t.c.batch_id, t.c.data_on).order_by(t.c.batch_id.desc()).limit(1)).first()
    if last is None or last.data_on is None:
        raise LoadError(
            "EMPTY",
            "数据库里还没有数据;请先运行 python -m etl load。",
            "The database holds no data yet; run python -m etl load first.",
        )
    return last.batch_id, last.data_on


def _many(counted: FactChanges) -> int:
    facts = sum(int(np.count_nonzero(c.numerator | c.denominator)) for c in counted.whole)
    return facts + sum(len(rows) for rows in counted.visits.added.values())


NAMED = 1000
"""Differences that are named; a store without facts has millions."""


def _differences(conn: Connection, counted: FactChanges, edition: str) -> tuple[int, list[Difference]]:
    """How many facts differ, and the first of them by indicator, period and area; read one indicator at a time."""
    t = schema.fact
    known = conn.execute(select(t.c.indicator).where(t.c.basis == "ledger").distinct()).scalars()
    many, found = 0, list[pd.DataFrame]()
    for code in sorted({*FACTS, *known}):
        parts = [fact_rows(counts) for counts in counted.whole if counts.code == code]
        fresh = _keyed(pd.concat(parts) if parts else pd.DataFrame(columns=_COLUMNS))
        query = select(*(t.c[name] for name in _COLUMNS)).where(t.c.indicator == code, t.c.basis == "ledger")
        rows = [tuple(row) for row in conn.execute(query)]
        stored = _keyed(pd.DataFrame(rows, columns=_COLUMNS))
        if len(fresh) == len(stored) and fresh.equals(stored):
            continue
        both = stored.add_suffix("_stored").join(fresh, how="outer").fillna(0).astype("int64")
        differs = (both["numerator_stored"] != both["numerator"]) | (both["denominator_stored"] != both["denominator"])
        if many < NAMED:
            found.append(both[differs].iloc[: NAMED - many].reset_index().assign(indicator=code))
        many += int(differs.sum())
    visits = visit_differences(conn, counted.visits)
    found.append(visits.iloc[: max(0, NAMED - many)])
    return many + len(visits), _named(conn, found, edition)


_COLUMNS = ["area_id", "period", "numerator", "denominator"]


def _keyed(rows: pd.DataFrame) -> pd.DataFrame:
    keyed = rows[_COLUMNS].astype({"area_id": "int64", "numerator": "float64", "denominator": "float64"})
    return keyed.set_index(["period", "area_id"]).sort_index()


def _named(conn: Connection, found: list[pd.DataFrame], edition: str) -> list[Difference]:
    if not found:
        return []
    places = areas(conn, edition).drop_duplicates("area_id").set_index("area_id")
    codes, names = places["area_code"].to_dict(), places["area_name"].to_dict()
    rows: Any = pd.concat(found).itertuples()
    return [
        Difference(
            codes.get(row.area_id, str(row.area_id)), names.get(row.area_id, ""), row.indicator, row.period,
            (row.numerator_stored, row.denominator_stored), (row.numerator, row.denominator),
        )
        for row in rows
    ]  # fmt: skip


def rollup_json(result: Rollup, lang: str) -> dict[str, Any]:
    """What a program reads of it."""
    return {
        "facts": result.facts,
        "seconds": round(result.seconds, 3),
        "batch_id": result.batch_id,
        "different": result.different,
        "differences": [
            {
                "area_code": d.area_code, "area_name": d.area_name, "indicator": d.indicator, "period": d.period,
                "stored": {"numerator": d.stored[0], "denominator": d.stored[1]},
                "counted": {"numerator": d.counted[0], "denominator": d.counted[1]}, "message": d.words(lang),
            }
            for d in result.differences
        ],
    }  # fmt: skip


def rollup_lines(result: Rollup, lang: str, *, most: int = 50) -> list[str]:
    """What a person reads of it: the first differences, and how many there are."""
    zh = lang == "zh"
    lines = [difference.words(lang) for difference in result.differences[:most]]
    more = result.different - len(lines)
    if more > 0:
        lines.append(f"…… 另有 {more:,} 处" if zh else f"… and {more:,} more")
    many, facts, seconds = result.different, result.facts, round(result.seconds, 1)
    if not many:
        done = f"{facts:,} 个指标值与台账逐一相符;用时 {seconds} 秒。"
        return [done if zh else f"All {facts:,} facts are what the rows give; {seconds} s."]
    end = (f"共 {facts:,} 个指标值,{many:,} 处不符", f"{many:,} of {facts:,} facts differ")
    if result.batch_id is None:
        advice = (
            "。请运行 python -m etl rollup 重算。", ". Run python -m etl rollup to count anew.",
        )  # fmt: skip
    else:
        advice = (
            f",已按台账重算并写入(第 {result.batch_id} 批);用时 {seconds} 秒。",
            f"; counted anew and written as batch {result.batch_id}; {seconds} s.",
        )
    return [*lines, end[not zh] + advice[not zh]]
