"""What the county states itself, for the command line: official counts (官方数) and goals of areas (目标)."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, insert, select, update

from data import schema, terms
from data.expected import Expected, expected_totals
from data.queries import last_batch, live, status
from data.registry import indicators
from data.store import reading, writing
from etl.errors import LoadError
from etl.turn import Report, silent, turn

LISTED = 10
"""Names of what is missing in one line of the report; the page and --json have all."""


# --- official counts --------------------------------------------------------------------------------------------------


def expected_json(totals: list[Expected]) -> list[dict[str, Any]]:
    """Each official count with what was found; `missing` names areas that have none, where that is known."""
    return [
        {
            "what": total.what, "area_code": total.area_code, "area_name": total.area_name, "expected": total.expected,
            "found": total.found, "missing_count": total.missing,
            "missing": [{"area_code": m.area_code, "area_name": m.area_name} for m in total.lacking],
            "counted_on": total.counted_on and total.counted_on.isoformat(), "source": total.source,
            "reason": total.reason,
        }
        for total in totals
    ]  # fmt: skip


def expected_line(total: Expected, lang: str) -> str:
    """One official count in words: 30 / 30, or how many are missing and which.

    >>> expected_line(Expected("grid_branch", "422825100", "珠山镇", 30, 30, (), None, "", ""), "zh")
    '珠山镇 网格党支部:30 / 30'
    """
    zh = lang == "zh"
    name = terms.COUNTABLES.label(total.what, lang)
    head = f"{total.area_name} {name}:" if zh else f"{total.area_name}, {name.lower()}: "
    if total.found is None or total.missing is None:
        return head + (f"还没有台账,应有 {total.expected:,}" if zh else f"no ledger yet, {total.expected:,} expected")
    head += f"{total.found:,} / {total.expected:,}" if zh else f"{total.found:,} of {total.expected:,}"
    if total.missing < 0:
        return head + (f",多出 {-total.missing:,}" if zh else f", {-total.missing:,} more than expected")
    if not total.missing:
        return head
    head += f",缺 {total.missing:,}" if zh else f", {total.missing:,} missing"
    names = [f"{m.area_name}({m.area_code})" for m in total.lacking]
    if not names:
        return head
    shown = ("、" if zh else ", ").join(names[:LISTED]) + (" …" if len(names) > LISTED else "")
    return head + (f";还没有的:{shown}" if zh else f"; without one: {shown}")


def print_expected(totals: list[Expected], lang: str) -> None:
    """A line for each official count."""
    from rich.console import Console

    console = Console()
    if totals:
        console.print("官方数" if lang == "zh" else "Official counts", markup=False)
    for total in totals:
        console.print("  " + expected_line(total, lang), markup=False, highlight=False, soft_wrap=True)


def read_expected(engine: Engine, edition: str) -> list[Expected]:
    """Every official count with what the store holds."""
    with reading(engine) as conn:
        return expected_totals(conn, edition)


def state_expected(
    engine: Engine, edition: str, *, area: str, what: str, count: int, on: date | None, source: str, reason: str,
    wait: float | None = None, report: Report = silent,
) -> None:  # fmt: skip
    """Note the official count of a thing in an area. Raises LoadError for an area or a thing that is none."""
    if what not in terms.COUNTABLES:
        known = "、".join(f"{code}({term.zh})" for code, term in terms.COUNTABLES.items())
        raise LoadError(
            "UNKNOWN_VALUE",
            f"不认识的统计对象“{what}”;可用:{known}。",
            f"Unknown thing to count {what!r}; use one of {', '.join(terms.COUNTABLES)}.",
        )
    with turn(engine, "expect", report, wait), writing(engine) as conn:
        key = {"area_id": _area_id(conn, area, edition), "what": what}
        values = {"expected_count": count, "counted_on": on, "source_text": source or None, "reason": reason or None}
        _state(conn, schema.expected_total, key, values)


# --- goals of areas ---------------------------------------------------------------------------------------------------


def state_target(
    engine: Engine, edition: str, *, indicator: str, area: str, goal: float, since: date | None, reason: str,
    wait: float | None = None, report: Report = silent,
) -> None:  # fmt: skip
    """Note the goal of an area for an indicator from a day on (default: the first of the data date's year).

    Raises LoadError for an unknown indicator or area, a goal outside 0..1, or a missing reason.
    """
    if indicator not in indicators():
        known = "、".join(indicators())
        raise LoadError(
            "UNKNOWN_INDICATOR",
            f"没有指标“{indicator}”;可用:{known}。",
            f"There is no indicator {indicator!r}; use one of {', '.join(indicators())}.",
        )
    if not 0 <= goal <= 1:
        raise LoadError(
            "BAD_NUMBER",
            f"目标为 {goal:g},应在 0 和 1 之间,例如 0.95 表示 95%。",
            f"The goal is {goal:g}; write a number from 0 to 1, e.g. 0.95 for 95 %.",
        )
    if not reason.strip():
        raise LoadError(
            "MISSING", "请用 --reason 写明为什么另定目标。", "Say with --reason why this area has a goal of its own."
        )
    with turn(engine, "target", report, wait), writing(engine) as conn:
        if since is None:
            last = status(conn)["data_on"] or datetime.now(UTC).date()
            since = date(last.year, 1, 1)
        key = {"indicator": indicator, "area_id": _area_id(conn, area, edition), "since_on": since}
        _state(conn, schema.target, key, {"goal": goal, "reason": reason.strip()})


def read_targets(engine: Engine, edition: str) -> list[dict[str, Any]]:
    """Every goal of an area, by indicator, area code and first day."""
    from data.queries import targets

    with reading(engine) as conn:
        found: Any = targets(conn, edition).itertuples()
    return [
        {
            "indicator": row.indicator,
            "area_code": row.area_code,
            "area_name": row.area_name,
            "since_on": row.since_on.date().isoformat(),
            "goal": row.goal,
            "reason": row.reason,
        }
        for row in found
    ]


def print_targets(targets: list[dict[str, Any]], lang: str) -> None:
    """A line for each goal of an area."""
    from rich.console import Console

    console = Console()
    for row in targets:
        name = indicators()[row["indicator"]].name(lang) if row["indicator"] in indicators() else row["indicator"]
        since = f"{row['since_on']}起" if lang == "zh" else f"since {row['since_on']}"
        words = f"{row['area_name']} {row['indicator']} {name}: {100 * row['goal']:g}%, {since}, {row['reason']}"
        console.print(words, markup=False, highlight=False, soft_wrap=True)


# --- both -------------------------------------------------------------------------------------------------------------


def _area_id(conn: Connection, code: str, edition: str) -> int:
    t = schema.area_code
    query = select(t.c.area_id).where(live(t), t.c.code == code, t.c.edition.in_([edition, "LOCAL"]))
    found = conn.execute(query).scalar()
    if found is None:
        raise LoadError(
            "NOT_FOUND",
            f"数据里没有代码为“{code}”的区划({edition});请核对代码,或先载入区划名录。",
            f"There is no area with the code {code!r} ({edition}); check the code, or load the directory first.",
        )
    return int(found)


def _state(conn: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Write one row, under a new version of the data so that every page sees it; nothing when it stands already."""
    here = and_(*(table.c[name] == value for name, value in key.items()))
    old = conn.execute(select(table).where(here)).mappings().first()
    if old and not old["is_void"] and all(old[name] == value for name, value in values.items()):
        return
    version = last_batch(conn)
    last = conn.execute(select(schema.batch.c.data_on).where(schema.batch.c.batch_id == version)).scalar()
    # Without seconds: nothing was loaded.
    batch = {"batch_id": version + 1, "loaded_at": datetime.now(UTC), "seconds": None, "data_on": last}
    conn.execute(insert(schema.batch), [{**batch, "is_sample": False}])
    row = {**values, "batch_id": version + 1, "row_hash": None, "is_void": False}
    if old:
        conn.execute(update(table).where(here).values(row))
    else:
        conn.execute(insert(table), [{**key, **row}])
