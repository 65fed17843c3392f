"""Time limits and visiting cycles (时限与走访周期), read from limits.toml: configuration, not code."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from data import terms

UNITS = ("month", "natural_day", "work_day", "natural_hour", "work_hour")
STAGES = ("accept", "handle", "verify")


@dataclass(frozen=True)
class CaseLimit:
    """How long one stage of a case may take, and when cards are given; see limits.toml."""

    amount: int
    unit: str
    soon: int = 0
    yellow: int = 0
    red: int = 0


@dataclass(frozen=True)
class FarLimit:
    """When a few days of a load are asked about before they move the data date; see limits.toml."""

    gap_days: int
    days: int
    share: float


@dataclass(frozen=True)
class ReportLimit:
    """When the ledger of a month is due in the next one, and the share of units from which an area is ranked."""

    due_day: int
    complete_from: float


@dataclass(frozen=True)
class Limits:
    """`cases` by kind of case and stage (accept, handle, verify), `cycle_months` by kind of household.

    `near_m`: metres within which a visit is near its building. `most_households`: of one building lead.
    """

    cases: dict[tuple[str, str], CaseLimit]
    cycle_months: dict[str, int]
    near_m: float
    most_households: int
    far: FarLimit
    report: ReportLimit


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The limits of this county; raises ValueError naming a faulty entry."""
    return read_limits((Path(__file__).parent / "limits.toml").read_text(encoding="utf-8"))


def read_limits(text: str) -> Limits:
    """Limits from the text of a limits.toml; raises ValueError naming a faulty entry."""
    found = tomllib.loads(text)
    cases = {
        (kind, stage): _limit(kind, stage, entry)
        for kind, stages in found.get("case", {}).items()
        for stage, entry in stages.items()
    }
    visit = found["visit"]
    cycles = visit["cycle_months"]
    if unknown := set(cycles) - set(terms.HOUSEHOLD_KINDS):
        raise ValueError(f"limits.toml, visit.cycle_months: unknown kind {', '.join(sorted(unknown))}")
    if faulty := [kind for kind, months in cycles.items() if type(months) is not int or not 0 <= months <= 12]:
        raise ValueError(f"limits.toml, visit.cycle_months.{faulty[0]}: must be 0 to 12")
    most = found["lead"]["most_households"]
    if type(most) is not int or most < 1:
        raise ValueError("limits.toml, lead.most_households: must be a whole number from 1 on")
    return Limits(cases, cycles, float(visit["near_m"]), most, _far(found["far_day"]), _report(found["report"]))


def _report(entry: dict[str, Any]) -> ReportLimit:
    day, share = entry["due_day"], entry["complete_from"]
    if type(day) is not int or not 1 <= day <= 28:
        raise ValueError("limits.toml, report.due_day: must be a day from 1 to 28")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError("limits.toml, report.complete_from: must be 0 to 1")
    return ReportLimit(day, float(share))


def _far(entry: dict[str, Any]) -> FarLimit:
    gap, days, share = entry["gap_days"], entry["believed_days"], entry["believed_share"]
    if any(type(number) is not int or number < 1 for number in (gap, days)):
        raise ValueError("limits.toml, far_day: gap_days and believed_days must be whole numbers from 1 on")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError("limits.toml, far_day.believed_share: must be 0 to 1")
    return FarLimit(gap, days, float(share))


def _limit(kind: str, stage: str, entry: dict[str, Any]) -> CaseLimit:
    where = f"limits.toml, case.{kind}.{stage}"
    if kind not in terms.CASE_KINDS or stage not in STAGES:
        raise ValueError(f"{where}: unknown kind or stage")
    try:
        limit = CaseLimit(**entry)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from error
    if limit.unit not in UNITS or limit.amount < 1:
        raise ValueError(f"{where}: amount must be at least 1, unit one of {', '.join(UNITS)}")
    if not limit.soon >= limit.yellow >= 0 <= limit.red:
        raise ValueError(f"{where}: soon must not be less than yellow, nor any of them less than 0")
    return limit
