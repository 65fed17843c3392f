"""Releasing the public numbers anew (公开数发布): once a day, with the first write of that day, or by command.

What the public sees changes on the days of releases alone, never with each load. A release is made in the transaction
of what writes the numbers; the rule for its exact totals is `geo.release`.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row

from data import queries, releases
from data.load_lock import CHINA
from data.registry import indicators
from data.releases import Release
from data.settings import read_settings
from data.store import reading, writing
from etl.turn import Report, silent, turn
from geo.release import Number, held

DAYS = {"daily": 1, "weekly": 7}
"""Days from one release to the next, by what WANGGE_RELEASE says."""


def is_due(last: Release | None, today: date, how: str) -> bool:
    """Whether a release is to be made on a day.

    >>> is_due(None, date(2026, 11, 30), "daily"), is_due(None, date(2026, 11, 30), "manual")
    (True, False)
    """
    if how not in DAYS:
        return False
    return last is None or today - last.released_on >= timedelta(days=DAYS[how])


def release_if_due(conn: Connection, now: datetime | None = None, *, is_wanted: bool = False) -> Release | None:
    """Make a release of the numbers as they stand in this transaction, where it is time for one; else None.

    now : with zone; its day in China is that of the release. is_wanted : whether it is time or not.
    """
    now = now or datetime.now(UTC)
    today, last = now.astimezone(CHINA).date(), releases.last_release(conn)
    data_on = queries.status(conn)["data_on"]
    if data_on is None or not (is_wanted or is_due(last, today, read_settings().release)):
        return None
    number = last.release_id + 1 if last else 1
    made = Release(number, today, data_on, queries.last_batch(conn), now)
    releases.add_release(conn, made)
    rows = list(_totals(conn, number))
    releases.add_totals(conn, rows)
    releases.drop_older(conn, number)
    return made


def release(
    engine: Engine, *, is_wanted: bool = False, wait: float | None = None, report: Report = silent
) -> tuple[Release | None, bool]:
    """Make a release where it is time for one, in its turn; returns the one that is public now, and whether it is new.

    is_wanted : whether it is time or not.
    """
    with turn(engine, "release", report, wait), writing(engine) as conn:
        made = release_if_due(conn, is_wanted=is_wanted)
        return made or releases.last_release(conn), made is not None


def release_where_due(engine: Engine, *, wait: float | None = None, report: Report = silent) -> Release | None:
    """Make a release where it is time for one, or none was made of what the store holds; else leave it alone."""
    with reading(engine) as conn:
        last, data_on = releases.last_release(conn), queries.status(conn)["data_on"]
    if data_on is None or not is_due(last, datetime.now(CHINA).date(), read_settings().release):
        return None
    found, is_new = release(engine, wait=wait, report=report)
    return found if is_new else None


def release_json(found: Release | None, *, is_new: bool) -> dict[str, Any]:
    """What a program reads of the release that is public now."""
    if found is None:
        return {"release_id": None, "is_new": False}
    days = {"released_on": found.released_on.isoformat(), "data_date": found.data_on.isoformat()}
    return {"release_id": found.release_id, **days, "batch_id": found.batch_id, "is_new": is_new}


def release_lines(found: Release | None, lang: str, *, is_new: bool) -> list[str]:
    """What a person reads of it."""
    if found is None:
        return ["还没有发布过公开数。" if lang == "zh" else "No public numbers were released yet."]
    on, data_on = found.released_on, found.data_on
    if is_new:
        return [f"公开数已发布:{on},数据截至 {data_on}。" if lang == "zh" else f"Released {on}, data as of {data_on}."]
    return [
        f"还没到日子:公开的仍是 {on} 的发布(数据截至 {data_on});要马上发布,加 --now。" if lang == "zh" else
        f"It is not time yet: the release of {on} stays (data as of {data_on}); --now releases at once."
    ]  # fmt: skip


def _totals(conn: Connection, number: int) -> Iterable[dict[str, Any]]:
    """The exact totals that a release shows, held back where they changed by little."""
    shown = [row for row in releases.all_totals(conn) if row.release_id < number]
    for top in releases.tops(conn):
        own = _by_indicator(row for row in shown if row.area_id == top)
        last = _by_indicator(row for row in shown if row.area_id == top and row.release_id == number - 1)
        here = _by_area(releases.facts_around(conn, number, top))
        for code in sorted({*own, *(code for numbers in here.values() for code in numbers)}):
            now = _latest(here.get(top, {}).get(code, {}))
            if code not in indicators():
                continue  # of a program before this one
            k = indicators()[code].hidden_below
            for period, (n, d) in held(
                now, _latest(last.get(code, {})) if number > 1 else None, own.get(code, {}), k
            ).items():
                yield {
                    "release_id": number, "indicator": code, "area_id": top, "period": period, "numerator": n,
                    "denominator": d,
                }  # fmt: skip


History = dict[str, dict[str, list[Number]]]
"""By indicator and period what was there, older first."""


def _by_indicator(rows: Iterable[Row[Any]]) -> History:
    found: History = {}
    for row in rows:
        found.setdefault(row.indicator, {}).setdefault(row.period, []).append((row.numerator, row.denominator))
    return found


def _by_area(rows: Iterable[Row[Any]]) -> dict[int, History]:
    by_area: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_area.setdefault(row.area_id, []).append(row)
    return {area: _by_indicator(own) for area, own in by_area.items()}


def _latest(numbers: dict[str, list[Number]]) -> dict[str, Number]:
    return {period: found[-1] for period, found in numbers.items()}
