"""Taking away what has been kept long enough (到期清理): rows and the facts counted from them, in one transaction."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Engine

from data.retention import Purged, purge_rows
from data.store import writing
from etl.refresh import all_facts
from etl.states import StateChanges, building_states_of
from etl.stored import StoreRows
from etl.turn import Report, silent, turn
from etl.verify import state_of, write_anew


@dataclass(frozen=True)
class Purge:
    """What went, or would go; `batch_id` is None when nothing was written."""

    gone: list[Purged]
    batch_id: int | None = None


def purge(
    engine: Engine, *, is_trial: bool = False, now: datetime | None = None, wait: float | None = None,
    report: Report = silent,
) -> Purge:  # fmt: skip
    """Purge by data.retention and count every fact anew. is_trial : only say what would go.

    Raises LoadError while the store is empty.
    """
    with nullcontext() if is_trial else turn(engine, "purge", report, wait):
        return _purge(engine, now or datetime.now(UTC), is_trial=is_trial)


def _purge(engine: Engine, now: datetime, *, is_trial: bool) -> Purge:
    began = perf_counter()
    with writing(engine) as conn:
        _, data_on = state_of(conn)
        gone = purge_rows(conn, data_on, now)
        if is_trial or not gone:
            conn.rollback()
            return Purge(gone)
        rows = StoreRows(conn)
        states = StateChanges(building_states_of(rows, data_on))
        return Purge(gone, write_anew(conn, all_facts(rows, data_on), states, perf_counter() - began))


WHY = {"expired": ("到期", "expired"), "void": ("已撤回", "taken back"), "blanked": ("清空字段", "column emptied")}


def purge_json(result: Purge, *, is_trial: bool) -> dict[str, Any]:
    """What a program reads of it."""
    gone = [{"table": p.table, "why": p.why, "count": p.count} for p in result.gone]
    return {"is_trial": is_trial, "batch_id": result.batch_id, "gone": gone}


def purge_lines(result: Purge, lang: str, *, is_trial: bool) -> list[str]:
    """What a person reads of it."""
    number = lang == "en"
    lines = [f"{p.table} · {WHY[p.why][number]} · {p.count:,}" for p in result.gone]
    if not lines:
        return ["没有到期的内容。" if lang == "zh" else "Nothing has been kept too long."]
    if is_trial:
        return [
            *lines,
            "以上尚未清理;去掉 --dry-run 即可清理。" if lang == "zh" else "Nothing was done yet; leave out --dry-run.",
        ]
    return [*lines, "已清理,指标已重算。" if lang == "zh" else "Purged; the facts were counted anew."]
