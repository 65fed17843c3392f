"""Sums of the daily work for pages (工作汇总): buildings by the state of their visits, disputes still open.

Everything goes through `reads`, so scope and detail are the viewer's.
"""

from collections.abc import Iterable

import orjson

from data import terms
from portal import colours, reads
from portal.identity import Viewer
from portal.reads import Measure
from portal.snapshot import recent


def building_states(viewer: Viewer, code: str) -> dict[str, int]:
    """How many buildings of an area are in each of the six states, in their order; empty for public viewers.

    The states are those of the data date and its calendar year, whatever the period of the page.
    """

    def make() -> dict[str, int]:
        rows = reads.buildings(viewer, code)
        if rows.empty:
            return {}
        found = rows["building_state"].value_counts()
        return {state: int(found.get(state, 0)) for state in terms.BUILDING_STATES}

    states: dict[str, int] = recent().get(("building states", viewer.scope, code), make)
    return states


def open_disputes(viewer: Viewer, period: str, codes: Iterable[str]) -> dict[str, Measure]:
    """Disputes open at the end of a period (denominator) and of these past due (numerator), by area code.

    An area without any open dispute has no rate; its count is 0 all the same where it has a ledger of disputes.
    """
    return {
        code: Measure(*measure.counts, "known") if measure.part == "none" else measure
        for code, measure in reads.measures(viewer, "DIS-07", period, codes).items()
    }


def building_marks(viewer: Viewer, code: str) -> bytes:
    """A map layer: the mark of each building's state; `p` point, `t` mark. Nothing of how many live there."""
    rows = reads.buildings(viewer, code)
    if rows.empty:
        return b"[]"
    rows = rows[rows["lon"].notna() & rows["lat"].notna()]
    points = rows[["lon", "lat"]].astype(float).round(6).to_numpy().tolist()
    marks = [colours.BUILDING_MARKS[state] for state in rows["building_state"]]
    return orjson.dumps([{"p": point, "t": mark} for point, mark in zip(points, marks, strict=True)])
