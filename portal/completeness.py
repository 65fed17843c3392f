"""Who has reported (台账上报): how many units of an area have the ledgers that a rate needs, for pages, maps and files.

Units are the communities of the edition on screen, for relocation indicators the marked ones; a county may state fewer
for a ledger (`reporting_scope`). A unit never leaves the count because it has sent nothing. These are counts of
communities, not of people: everybody may see them. Answers are made once for a data version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from data import reporting, terms
from data.limits import limits
from data.registry import Indicator, indicators
from geo.completeness import units_reported
from geo.errors import GeoError
from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer
from portal.snapshot import Area, Snapshot, current
from portal.words import UNKNOWN, count, day, t

HOUSEHOLDS = "VIS-01"
"""The indicator whose denominator is the register of households at the end of a period."""
FEWEST = 2
"""Fewer complete areas than these are no ranking."""


@dataclass(frozen=True)
class Reported:
    """So many of the units of an area have the ledger: `n` of `d`.

    reason, since : why not all units are to send it, and from which day on; "" and None where all are.
    """

    n: int
    d: int
    reason: str = ""
    since: date | None = None

    @property
    def is_partial(self) -> bool:
        """Whether a unit that was to report has not."""
        return self.n < self.d

    @property
    def is_complete(self) -> bool:
        """Whether enough units have reported for the area to be ranked among others."""
        return self.n >= limits().report.complete_from * self.d


@dataclass(frozen=True)
class Ranked:
    """The areas that are ranked, and of the areas shown those that are not, as too little of them has reported.

    has_units : whether the communities that have reported are ranked in place of the areas shown.
    """

    areas: list[Area]
    left_out: list[Area]
    has_units: bool = False

    @property
    def listed(self) -> list[Area]:
        """The rows of a table of the ranking: those not ranked at its end, unless others stand in their place."""
        return self.areas if self.has_units else [*self.areas, *self.left_out]


def reported(viewer: Viewer, indicator: str, period: str, codes: Iterable[str]) -> dict[str, Reported]:
    """How many units of each area have the ledgers of an indicator by the end of a period, by code.

    Areas outside the viewer's own, grids, and areas in which no unit is to report are left out.
    """
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, None)
    kept = snapshot.keep(("reported", indicator, period), lambda: _reported(snapshot, indicators()[indicator], period))
    found = (snapshot.places.by_code.get(code) for code in codes)
    return {a.code: kept[a.area_id] for a in found if a and a.area_id in inside and a.area_id in kept}


def of_area(viewer: Viewer, indicator: str, period: str, code: str) -> Reported | None:
    """That of one area; None where there is none."""
    return reported(viewer, indicator, period, [code]).get(code)


def ranked(viewer: Viewer, indicator: str, period: str, areas: Sequence[Area]) -> Ranked:
    """The areas shown that may be ranked; where these are too few, the communities in them that have reported."""
    found = reported(viewer, indicator, period, [a.code for a in areas])
    lacking = {code for code, units in found.items() if not units.is_complete}
    out = [a for a in areas if a.code in lacking]
    whole = [a for a in areas if a.code not in lacking]
    if not out or len(whole) >= FEWEST or all(a.level in ("community", "grid") for a in areas):
        return Ranked(whole, out)
    units = [unit for a in areas for unit in reads.below(viewer, a.code, "community")]
    have = reported(viewer, indicator, period, [unit.code for unit in units])
    return Ranked([unit for unit in units if unit.code in have and not have[unit.code].is_partial], out, has_units=True)


def is_outlined(measure: reads.Measure, units: Reported | None) -> bool:
    """Whether an area bears the outline of those that have reported in part: it has a number, of some of its units."""
    return measure.part == "known" and units is not None and units.is_partial


def partial(viewer: Viewer, indicator: str, period: str, codes: Sequence[str]) -> list[str]:
    """The codes of the areas that bear that outline."""
    units, found = reported(viewer, indicator, period, codes), reads.measures(viewer, indicator, period, codes)
    return [code for code in codes if code in found and is_outlined(found[code], units.get(code))]


# --- words ------------------------------------------------------------------------------------------------------------


def words(found: Reported, lang: str | None = None) -> str:
    """ "14 / 293 个社区有台账", and why fewer than all are to report where the county says so."""
    n, d = count(found.n), count(found.d)
    zh, en = (
        f"{n} / {d} 个社区有台账",
        f"{n} of {d} {'community' if found.d == 1 else 'communities'} reported",
    )
    if found.reason and found.since:
        zh += f"（应报 {d} 个社区，依据{found.reason}，自{day(found.since, 'zh')}起）"
        en += f" ({d} are to report since {day(found.since, 'en')}: {found.reason})"
    return t(zh, en, lang)


def area_words(viewer: Viewer, indicator: str, period: str, code: str, lang: str | None = None) -> str:
    """The same for an area; "" for a grid, and where no unit is to report."""
    found = of_area(viewer, indicator, period, code)
    return words(found, lang) if found else ""


def fractions(viewer: Viewer, indicator: str, period: str, codes: Sequence[str]) -> dict[str, str]:
    """Such as "14 / 293", by code; "—" for a grid, and where no unit is to report."""
    found = reported(viewer, indicator, period, codes)
    return {code: f"{count(found[code].n)} / {count(found[code].d)}" if code in found else UNKNOWN for code in codes}


LEVELS = {
    "county": ("个县", "counties"),
    "township": ("个乡镇", "townships"),
    "community": ("个社区（村）", "communities"),
}


def left_out_words(found: Ranked) -> str:
    """Which areas are not ranked and what is instead; "" where all are ranked."""
    if not found.left_out:
        return ""
    share = f"{100 * limits().report.complete_from:g}"
    zh_unit, en_units = LEVELS[found.left_out[0].level]
    many, units = count(len(found.left_out)), count(len(found.areas))
    zh = f"{many} {zh_unit}台账不足 {share}%，不参加排名"
    en = f"{many} {en_units} with less than {share} % of the ledgers are not ranked"
    if found.left_out[0].level == "community":
        zh, en = f"{many} {zh_unit}没有台账，不参加排名", f"{many} {en_units} without the ledger are not ranked"
    if not found.has_units:
        zh, en = f"{zh}，列在最后", f"{en} and stand at the end"
    else:
        zh += f"；下面排的是已有台账的 {units} 个社区" if found.areas else "；还没有社区报来台账"
        en += f"; ranked here are the {units} communities that have reported" if found.areas else "; none has reported"
    return t(f"{zh}。", f"{en}.")


# --- counting ---------------------------------------------------------------------------------------------------------


def _reported(snapshot: Snapshot, rule: Indicator, period: str) -> dict[int, Reported]:
    try:
        on = parse_period(period).last_day
    except GeoError:
        return {}
    units = all_units(snapshot, is_of_relocation=rule.is_of_relocation)
    expected, have, scopes = units, set(units), []
    for entry in rule.ledgers:
        kinds = entry.split("|")
        stated = [scope_on(snapshot, ledger, on) for ledger in kinds]
        if all(stated):
            # Where any of several ledgers does, a community that is to send one of them is to report.
            scopes += [scope for scope in stated if scope]
            expected &= frozenset(unit for scope in stated if scope for unit in _inside(snapshot, scope.area_ids))
        have &= {unit for ledger in kinds for unit in _have(snapshot, ledger, period, on)}
    parents = {i: a.parent_id for i, a in snapshot.places.by_id.items()}
    reason, since = "；".join(dict.fromkeys(s.reason for s in scopes)), max((s.since_on for s in scopes), default=None)
    sums = units_reported(parents, sorted(expected), have)
    return {area_id: Reported(n, d, reason, since) for area_id, (n, d) in sums.items()}


def all_units(snapshot: Snapshot, *, is_of_relocation: bool = False) -> frozenset[int]:
    """The ids of the communities of the edition on screen, or of the relocation communities alone."""
    return frozenset(
        i for i, a in snapshot.places.by_id.items()
        if a.level == "community" and not a.is_context and (a.is_relocation or not is_of_relocation)
    )  # fmt: skip


def scope_on(snapshot: Snapshot, ledger: str, on: date) -> reporting.Scope | None:
    """Who is to send a ledger as the county said it last up to a day; None where all are."""
    stated = snapshot.keep("reporting scopes", lambda: snapshot.read(reporting.scopes))
    return next((scope for scope in reversed(stated.get(ledger, [])) if scope.since_on <= on), None)


def units_of(snapshot: Snapshot, ledger: str, on: date) -> frozenset[int]:
    """The ids of the communities that are to send a ledger on a day."""
    scope = scope_on(snapshot, ledger, on)
    return all_units(snapshot) if scope is None else _inside(snapshot, scope.area_ids) & all_units(snapshot)


def _inside(snapshot: Snapshot, area_ids: Iterable[int]) -> frozenset[int]:
    return frozenset(i for top in area_ids if top in snapshot.places.by_id for i in snapshot.places.subtree(top))


def _have(snapshot: Snapshot, ledger: str, period: str, on: date) -> set[int]:
    """The communities with something of a ledger up to the end of a period."""
    firsts = snapshot.keep("first days of ledgers", lambda: snapshot.read(reporting.first_days))
    found = {unit for unit, first in firsts[ledger].items() if first <= on}
    if ledger in terms.COUNTY_LEDGERS and found:
        return set(all_units(snapshot))
    if ledger == "household":
        found |= {area_id for area_id, (_, homes) in snapshot.facts(HOUSEHOLDS, [period])[period].items() if homes}
    return found
