"""Nothing to count, or no ledger (无与未知): whether the unit that an area belongs to had ever sent what is counted.

Nothing is kept for 0 of 0, so an absent fact may mean either. A community has a ledger from the first month in which
anything of it was counted there, or of which it said that there was nothing (零报告); a grid has what its community
has, an area above what one of its communities has.
"""

from datetime import date

from data import reporting
from data.registry import indicators
from geo.periods import parse_period
from portal.snapshot import Snapshot

REGISTER, CALLS, DISPUTES = ("VIS-01",), ("VIS-06",), ("DIS-01", "DIS-03")
CASES = (*DISPUTES, "APP-01", "WIS-01")
PROOFS: dict[str, tuple[str, ...]] = {
    "ORG-02": ("ORG-01",), "ORG-04": ("ORG-03",),
    "VIS-02": REGISTER, "VIS-03": CALLS, "DIS-06": REGISTER,
    # Of calls those of communities that record the place: another one's ledger says nothing of it.
    "VIS-04": ("VIS-05",),
    "APP-02": ("APP-01",), "WIS-02": ("WIS-01",),
    **dict.fromkeys(("DIS-01", "DIS-02", "DIS-03", "DIS-04", "DIS-05", "DIS-07"), DISPUTES),
    **dict.fromkeys(("CAS-01", "CAS-02", "CAS-03", "CAS-04", "CAS-05"), CASES),
    "SAT-02": ("SAT-01",), "REL-02": ("REL-01",),
}  # fmt: skip
"""By indicator, those whose denominators show that the ledger is there which its own is counted from; an indicator that
is not named shows it itself."""


def has_ledger(snapshot: Snapshot, indicator: str, area_id: int, last: date) -> bool:
    """Whether the ledger that an indicator is counted from was there for an area by a day."""
    since = _since(snapshot, PROOFS.get(indicator, (indicator,)))
    places, step = snapshot.places.by_id, area_id
    first = since.get(step)
    while first is None and step in places and places[step].level == "grid":
        step = places[step].parent_id or 0
        first = since.get(step)
    if first is not None and first <= last:
        return True
    said = snapshot.keep("nil reports since", lambda: _nil_since(snapshot))
    return all(
        any(said.get((ledger, step), date.max) <= last for ledger in entry.split("|"))
        for entry in indicators()[indicator].ledgers
    )


def _nil_since(snapshot: Snapshot) -> dict[tuple[str, int], date]:
    """The first month of which a community, or one inside an area, said that there was nothing, by ledger and area."""
    found: dict[tuple[str, int], date] = {}
    for ledger, community, month in snapshot.read(reporting.nil_reports):
        for area in snapshot.places.path(community) if community in snapshot.places.by_id else ():
            found[ledger, area.area_id] = min(month, found.get((ledger, area.area_id), month))
    return found


def _since(snapshot: Snapshot, proofs: tuple[str, ...]) -> dict[int, date]:
    """The first day of the first month with a denominator in one of some indicators, by area."""

    def make() -> dict[int, date]:
        found = snapshot.first_months(proofs)
        return {area_id: parse_period(month).start or date.min for area_id, month in found}

    return snapshot.keep(("ledgers since", proofs), make)
