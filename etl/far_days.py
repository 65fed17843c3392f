"""Days far beyond all others (远日): a mistyped year would move the data date, and with it every number of the county.

The data date is the latest day on which something happened. Where a few rows of a load lie far beyond the rest of it
and beyond the data date, they are asked about first, as a register that shrinks is. A whole ledger of later days is
believed, and so is what lies within the day that the file itself says it goes up to.

How far is far: more days than data/limits.toml says, and more than four times what nine in ten of the gaps between two
days with events come to, as days lie thin in a small county. A file of a month that comes a month late is within it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from data.limits import FarLimit, limits
from etl.clean import UNCHANGED, Ledger
from etl.errors import LoadError
from etl.plan import Plan
from etl.rollup import EVENTS, event_days

THIN = 4
"""So many times a usual gap is no accident."""
NAMED = 3
"""Rows that are named in the sentence; a trial names them all."""


@dataclass(frozen=True)
class FarDay:
    """One day far beyond the others, where it stands, and the last of the others."""

    file: str
    sheet: str
    row: int
    column: str
    day: date
    others: date

    def words(self, lang: str) -> str:
        """Where it stands, and what it says.

        >>> FarDay("走访.xlsx", "", 2, "走访日期", date(2026, 3, 5), date(2020, 12, 31)).words("zh")
        '走访.xlsx第2行“走访日期”2026-03-05'
        """
        where = self.file + (f"[{self.sheet}]" if self.sheet else "")
        if lang == "zh":
            return f"{where}第{self.row}行“{self.column}”{self.day}"
        return f"{where} row {self.row}, {self.column}: {self.day}"


def far_days(plan: Plan, ledgers: Sequence[Ledger], known: date | None, today: date) -> list[FarDay]:
    """The days of a load that lie far beyond all others and would move the data date, in the order of the ledgers.

    plan : the store as it will be, cases settled. known : the day up to which everything is believed; None where
    nothing is known.
    """
    rule = limits().far
    if not any(table.name == ledger.source.table for ledger in ledgers for table, _ in EVENTS):
        return []
    live = sorted(day for day in event_days(plan) if day <= today)
    if not any(_gaps(live, known, rule)):
        # As in nearly every load: not a row needs to be looked at.
        return []
    cells = _cells(ledgers, known)
    if cells.empty:
        return []
    is_stated = cells["day"] <= cells["stated"].where(cells["stated"] <= today, date.min)
    believed = max([*cells["day"][is_stated], *([known] if known else [])], default=None)
    counted = Counter(cells["day"][~is_stated].tolist())
    first = far_from(live, {day: counted[day] for day in live if counted[day]}, believed, rule)
    if first is None:
        return []
    others = max([day for day in live if day < first] + ([believed] if believed else []))
    found = cells[~is_stated & (cells["day"] >= first)].sort_values(["ledger", "row"], kind="stable")
    return [
        FarDay(
            ledgers[n].sheets[ledgers[n].sheet_of[row]].file.name, ledgers[n].sheets[ledgers[n].sheet_of[row]].name,
            ledgers[n].row_of[row], ledgers[n].heading(row, column), day, others,
        )
        for n, row, column, day in found[["ledger", "row", "column", "day"]].itertuples(index=False)
    ]  # fmt: skip


def _cells(ledgers: Sequence[Ledger], known: date | None) -> pd.DataFrame:
    """The days later than a day in new and changed rows, in columns that move the data date.

    One row per cell: `ledger` and `row` by number, `column`, `day`, `stated` (the day the sheet goes up to).
    """
    parts = [pd.DataFrame({"ledger": [], "row": [], "column": [], "day": [], "stated": []}, dtype=object)]
    for number, ledger in enumerate(ledgers):
        names = [name for table, name in EVENTS if table.name == ledger.source.table and name in ledger.frame]
        days = {name: set(ledger.frame[name]) - {None} for name in names}
        later = [name for name in names if any(known is None or day > known for day in days[name])]
        if not later:
            continue
        changed = ledger.outcome != UNCHANGED
        changed[list(ledger.reasons)] = False
        rows = ledger.frame[changed]
        stated = [sheet.stated_on or date.min for sheet in ledger.sheets]
        for name in later:
            cells = rows[name][[day is not None and (known is None or day > known) for day in rows[name]]]
            at = {"ledger": number, "row": cells.index, "column": name}
            said = [stated[ledger.sheet_of[row]] for row in cells.index]
            parts.append(pd.DataFrame({**at, "day": cells.to_numpy(object), "stated": said}, dtype=object))
    return pd.concat(parts, ignore_index=True)


def far_from(live: Sequence[date], counted: Mapping[date, int], known: date | None, rule: FarLimit) -> date | None:
    """The day from which on everything is far beyond the rest; None where nothing is.

    live : every day with events as it will be, sorted. counted : how often each stands in the load. known : the day up
    to which everything is believed.

    >>> march = [date(2020, 3, day) for day in range(1, 32)]
    >>> typed, rule = date(2026, 3, 5), FarLimit(45, 5, 0.1)
    >>> far_from([*march, typed], dict.fromkeys([*march, typed], 1), None, rule)
    datetime.date(2026, 3, 5)
    >>> far_from(march, dict.fromkeys(march, 1), date(2019, 3, 31), rule) is None
    True
    """
    total = sum(counted.values())
    for n in _gaps(live, known, rule):
        beyond = {day: many for day, many in counted.items() if day >= live[n]}
        many = sum(beyond.values())
        is_less = known is not None or 2 * many < total
        if beyond and is_less and (len(beyond) < rule.days or many < rule.share * total):
            return live[n]
    return None


def _gaps(live: Sequence[date], known: date | None, rule: FarLimit) -> Iterator[int]:
    """The positions of days that are far from what lies before them."""
    begin = sum(day <= known for day in live) if known else 1
    for n in range(begin, len(live)):
        gap = (live[n] - (known if known and n == begin else live[n - 1])).days
        if gap > rule.gap_days and gap > _limit(live[:n], rule):
            yield n


def _limit(days: Sequence[date], rule: FarLimit) -> int:
    """How many days after these another is far."""
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = gaps[len(gaps) - 1 - len(gaps) // 10] if gaps else 0
    return max(rule.gap_days, THIN * usual)


def far_error(far: Sequence[FarDay]) -> LoadError:
    """Why a load stops here unless told to go on."""
    many, others = len(far), far[0].others
    zh = ";".join(one.words("zh") for one in far[:NAMED]) + (" ……" if many > NAMED else "")
    en = "; ".join(one.words("en") for one in far[:NAMED]) + (" …" if many > NAMED else "")
    return LoadError(
        "FAR_DAY",
        f"有 {many:,} 个日期比其余的晚很多(其余最晚 {others}),数据日期会随之改变,未装载:{zh};"
        "请更正,确实无误再加 --yes-far-day。",
        f"{many:,} days lie far beyond all others (the last of which is {others}) and would move the data date, "
        f"nothing was loaded: {en}; correct them, or if they are right add --yes-far-day.",
    )


def far_json(far: Sequence[FarDay]) -> list[dict[str, Any]]:
    """What a program reads of them."""
    return [
        {
            "file": one.file, "sheet": one.sheet, "row": one.row, "column": one.column, "day": one.day.isoformat(),
            "others": one.others.isoformat(),
        }
        for one in far
    ]  # fmt: skip
