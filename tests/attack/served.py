"""How a viewer's answers are collected (采集): the functions the pages draw from, asked with a viewer.

Every area and every fixed period the viewer may choose is asked for; nothing is looked at that pages do not draw.
"""

from collections.abc import Iterable

from data import terms
from geo.periods import parse_period
from portal import disputes, reads, splits, visits
from portal.identity import Viewer
from tests.attack.answers import ALL, HIDDEN, Label, Served, Value

FIXED = ("month", "quarter", "year", "ytd")
NO_KIND = ""
NONE = reads.Measure(0, 0, "known")


def tree(viewer: Viewer) -> dict[str, str | None]:
    """The areas a viewer may open with the area above each, as the ways on every page say; 未落格 too."""
    found: dict[str, str | None] = {}
    for level in reads.LEVELS:
        for area in reads.below(viewer, viewer.area_code, level, with_unplaced=True):
            above = reads.trail(viewer, area.code)
            found[area.code] = above[-2].code if len(above) > 1 else None
    return found


def started(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Nothing yet: the areas, and the fixed periods (of some years) that may be chosen."""
    wanted = set(years)
    periods = [
        text for text in reads.periods(viewer)
        if parse_period(text).kind in FIXED and (not wanted or parse_period(text).last_day.year in wanted)
    ]  # fmt: skip
    return Served(tree(viewer), periods)


def put_measures(served: Served, viewer: Viewer, indicator: str, *, is_rounded: bool = False) -> None:
    """The n and d of an indicator for every area and period."""
    for period in served.periods:
        for code, measure in reads.measures(viewer, indicator, period, served.parents).items():
            put_pair(served, indicator, ALL, code, period, measure, is_rounded=is_rounded and not is_top(served, code))


def is_top(served: Served, code: str) -> bool:
    return served.parents[code] is None


def put_pair(
    served: Served, count: str, kind: str, code: str, period: str, measure: reads.Measure, *, is_rounded: bool = False
) -> None:
    """n and d of one place: as they are, hidden, or rounded to 5."""
    for name, number in (("n", measure.numerator), ("d", measure.denominator)):
        if measure.part == "hidden":
            value: Value = HIDDEN
        elif number is None:
            value = 0  # nothing was counted, or never: either way there is none
        else:
            value = (max(0, int(number) - 2), int(number) + 2) if is_rounded else int(number)
        served.put(f"{count} {name}", kind, code, period, value)


# --- families ---------------------------------------------------------------------------------------------------------


def dispute_types(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Disputes accepted and resolved by type, area and period, with all their totals."""
    served = started(viewer, years)
    put_measures(served, viewer, "DIS-03")
    kinds = [*terms.DISPUTE_CATEGORIES, NO_KIND]
    top = viewer.area_code
    for period in served.periods:
        put_split(served, "DIS-03", kinds, top, period, disputes.categories(viewer, period, top))
        for level in reads.LEVELS[1:]:
            found = disputes.matrix(viewer, period, top, reads.below(viewer, top, level))
            for area in found.areas if found else ():
                put_split(served, "DIS-03", kinds, area.code, period, found.rows.get(area.code) if found else None)
        for code in served.parents:
            # It has a page, and no line in a table.
            if is_unplaced(code) and served.cells[Label("DIS-03 d", ALL, code, period)] != 0:
                put_split(served, "DIS-03", kinds, code, period, disputes.categories(viewer, period, code))
    return served


def visits_due(viewer: Viewer, years: Iterable[int] = ()) -> Served:
    """Visits due and paid by kind of household, area and period, with all their totals."""
    served = started(viewer, years)
    put_measures(served, viewer, "VIS-03")
    for code in served.parents:
        if all(served.cells[Label("VIS-03 d", ALL, code, period)] == 0 for period in served.periods):
            continue  # the page says that none was due
        for period in served.periods:
            put_split(served, "VIS-03", terms.HOUSEHOLD_KINDS, code, period, visits.due(viewer, period, code))
    return served


def put_split(
    served: Served, count: str, kinds: Iterable[str], code: str, period: str, told: splits.Told | None
) -> None:
    """The kinds of one area and period: a list leaves out those of which there was none; no list, no cells.

    A list without numerators has one number per kind, and hides one where it hides any.
    """
    if told is None:
        return
    for kind in kinds:
        measure = told.kinds.get(kind, NONE)
        if measure.part == "hidden":
            served.put(f"{count} d", kind, code, period, HIDDEN)
            if told.has_done:
                served.put(f"{count} n", kind, code, period, HIDDEN)
        else:
            served.put(f"{count} d", kind, code, period, int(measure.denominator or 0))
            if measure.numerator is not None:
                served.put(f"{count} n", kind, code, period, int(measure.numerator))


def is_unplaced(code: str) -> bool:
    """Whether an area stands for what lies in no grid."""
    return len(code) == 15 and code.endswith("000")
