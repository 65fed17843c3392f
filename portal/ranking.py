"""The rows of a ranking (排名): the areas shown with their number, what is left to do, the change and twelve months."""

import pandas as pd

from portal import compared, completeness, figures, goals, reads
from portal.choice import Choice
from portal.fairness import fair_rates
from portal.identity import Viewer
from portal.snapshot import Area, recent
from portal.standing import sound_rate, standing
from portal.words import UNKNOWN, lang

COLUMNS = [
    "code", "name", "parent", "rate", "value", "of", "units", "reporting_units", "expected_units", "left", "rest",
    "change", "months", "standing",
]  # fmt: skip
LAST = ("known", "zero", "small", "none", "hidden", "unknown")
"""Where what has no rate to be ranked by stands: behind all that has, in this order."""


def ranked_rows(viewer: Viewer, choice: Choice, areas: list[Area]) -> pd.DataFrame:
    """The rows of the table: COLUMNS.

    `rate` is missing where it is of too few; `value` is what stands for it (`figures.shown`). `left` is what is left to
    do up to the goal of the area (or what is above it, where less is better), `rest` those that are not in the
    numerator. `units` is how many communities have the ledger, of all that are to: "14 / 293". `months` are twelve
    measures, or missing where none has a rate; `standing` as in `portal.standing`. Areas that have reported too little
    to be ranked stand at the end.
    """
    codes = tuple(a.code for a in areas)
    key = "ranked", viewer.scope, choice.indicator.code, choice.period, choice.compared, lang(), codes
    rows: pd.DataFrame = recent().get(key, lambda: _ranked(viewer, choice, areas))
    return rows.copy(deep=False)


def _ranked(viewer: Viewer, choice: Choice, areas: list[Area]) -> pd.DataFrame:
    rule, codes, ind = choice.indicator, [a.code for a in areas], choice.indicator.code
    now = reads.measures(viewer, ind, choice.period, codes)
    period_before = choice.compared
    before, after = compared.both(viewer, rule, period_before, choice.period, codes)
    months = compared.trends(viewer, rule, reads.last_months(choice.period), codes)
    parents, units = reads.parent_names(viewer, codes), completeness.reported(viewer, ind, choice.period, codes)
    told = completeness.fractions(viewer, ind, choice.period, codes)
    lacking = {code for code, found in units.items() if not found.is_complete}
    fair = fair_rates({code: m for code, m in now.items() if code not in lacking})
    is_up, aims = rule.direction == "up", goals.goals_of(viewer, rule, choice.period, codes)
    rows = []
    for a in areas:
        m, kind = now[a.code], standing(now[a.code], rule)
        known = m.rate is not None
        rate, here, then = (sound_rate(one, rule) for one in (m, after[a.code], before[a.code]))
        left = goals.left_to_goal(m, aims[a.code]) if is_up else goals.above_goal(m, aims[a.code])
        rows.append(
            {
                "code": a.code,
                "name": a.name,
                "parent": parents.get(a.code, ""),
                "rate": rate,
                "value": figures.shown(rule, m),
                "of": figures.of(m) if known else UNKNOWN,
                "units": told[a.code],
                "reporting_units": units[a.code].n if a.code in units else None,
                "expected_units": units[a.code].d if a.code in units else None,
                "left": left if known else None,
                "rest": (m.denominator or 0) - (m.numerator or 0) if known else None,
                "change": UNKNOWN if here is None or then is None else figures.step(rule, here - then),
                "months": months[a.code] if any(x.rate is not None for x in months[a.code]) else None,
                "standing": kind,
                "last": len(LAST) if a.code in lacking else max(LAST.index(kind), 1),
                "order": (fair[a.code] if is_up else -fair[a.code]) if a.code in fair else 0,
            }
        )
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "last", "order"])
    return frame.sort_values(["last", "order", "code"], ignore_index=True)[COLUMNS]
