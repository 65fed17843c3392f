"""Which community owes which ledger for which month (催报), for data stewards: days late, last received, words to send.

A ledger that every month brings anew is due on a day of the next month (`data/limits.toml`); late is counted from then
to the data date. A community owes it from the first month in which any community sent it, or from the day the county
named who is to send it. A nil report settles a month. The last twelve months are looked at.
"""

from datetime import date

import pandas as pd

from data import reporting, terms
from data.limits import limits
from geo.completeness import owed_months
from geo.periods import period_label
from portal import completeness, reads
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import Snapshot, current
from portal.words import CHINA, count, day, t

COLUMNS = ["code", "name", "parent", "ledger", "month", "late", "last_month", "last_load"]
MONTHS = 12


def owed(viewer: Viewer) -> pd.DataFrame:
    """One row per community, ledger and month owed, in the order of codes, ledgers and months.

    `code`, `name`, `parent` (its township), `ledger` (a code of terms.LEDGERS), `month` ("2020-11"), `late` (days since
    it was due), `last_month` (the last month received, "" for none), `last_load` (the day of the load that brought
    something last, in China; None for none). Raises NotAllowedError for others than stewards.
    """
    if viewer.role != "steward":
        raise NotAllowedError("只有数据员可以查看催报。", "Only a data steward may see what is owed.")
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, None)
    rows: pd.DataFrame = snapshot.keep("owed ledgers", lambda: _owed(snapshot))
    return rows[rows["area_id"].isin(inside)][COLUMNS].reset_index(drop=True)


def _owed(snapshot: Snapshot) -> pd.DataFrame:
    sent, loads = snapshot.read(reporting.months_sent), snapshot.read(reporting.last_loads)
    on, by_id = snapshot.status["data_on"], snapshot.places.by_id
    rows = []
    for ledger in terms.MONTHLY_LEDGERS if on is not None else ():
        begun = min((min(months) for months in sent[ledger].values()), default=None)
        scope = completeness.scope_on(snapshot, ledger, on)
        first = scope.since_on if scope else begun
        if first is None:
            continue  # a ledger that nobody sends and nobody asked for
        first = max(first, _months_before(on, MONTHS))
        for unit in completeness.units_of(snapshot, ledger, on):
            own = sent[ledger].get(unit, frozenset())
            area, last = by_id[unit], loads[ledger].get(unit)
            above = by_id.get(area.parent_id or 0)
            told = (f"{max(own):%Y-%m}" if own else "", last.astimezone(CHINA).date() if last else None)
            rows += [
                (unit, area.code, area.name, above.name if above else "", ledger, f"{month:%Y-%m}", late, *told)
                for month, late in owed_months(first, on, limits().report.due_day, own)
            ]
    order = {ledger: number for number, ledger in enumerate(terms.MONTHLY_LEDGERS)}
    rows.sort(key=lambda row: (row[1], order[row[4]], row[5]))
    return pd.DataFrame(rows, columns=["area_id", *COLUMNS])


def _months_before(on: date, many: int) -> date:
    number = on.year * 12 + on.month - 1 - many
    return date(number // 12, number % 12 + 1, 1)


def due_day() -> int:
    """The day of the next month on which the ledger of a month is due."""
    return limits().report.due_day


def letter(rows: pd.DataFrame, lang: str) -> str:
    """What to send to one community: the ledgers and months it owes, how late, what came last. rows : its own ones."""
    name, on = str(rows["name"].iloc[0]), current().status["data_on"]
    lines = [
        t(f"{name}：截至{day(on, 'zh')}，以下台账还没有收到，请补报；当月没有事项的，请报零报告。",
          f"{name}: up to {day(on, 'en')} these ledgers have not come. Please send them; for a month without any entry "
          "send a nil report.", lang)
    ]  # fmt: skip
    for ledger, part in rows.groupby("ledger", sort=False):
        months = t("、", ", ", lang).join(period_label(month, lang) for month in part["month"])
        late, last = count(part["late"].max()), part["last_month"].iloc[0]
        zh = f"{terms.LEDGERS.label(str(ledger), 'zh')}：{months}（最早的已迟 {late} 天；"
        en = f"{terms.LEDGERS.label(str(ledger), 'en')}: {months} (the oldest {late} days late; "
        zh += f"上次收到的是{period_label(last, 'zh')}的）" if last else "从未收到过）"
        en += f"last received: {period_label(last, 'en')})" if last else "never received)"
        lines.append("· " + t(zh, en, lang))
    return "\n".join(lines)


def owed_words(rows: pd.DataFrame, lang: str) -> str:
    """How much is owed in one sentence."""
    many, whom = count(len(rows)), count(rows["code"].nunique())
    return t(f"{whom} 个社区欠报 {many} 期", f"{whom} communities owe {many} months", lang)
