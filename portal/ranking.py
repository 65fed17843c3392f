"""The rows of a ranking (排名): the areas shown with their number, what is left to do, the change and twelve months."""

import pandas as pd

from portal import figures, goals, reads
from portal.choice import Choice
from portal.fairness import fair_rates
from portal.identity import Viewer
from portal.snapshot import Area, recent
from portal.words import HIDDEN, UNKNOWN, count, lang


def ranked_rows(viewer: Viewer, choice: Choice, areas: list[Area]) -> pd.DataFrame:
    """The rows of the table: `code`, `name`, `parent`, `rate`, `value`, `of`, `left`, `rest`, `change`, `months`.

    `left` is what is left to do up to the goal of the area (or the number itself, where less is better), `rest`
    those that are not in the numerator.
    """
    codes = tuple(a.code for a in areas)
    key = "ranked", viewer.scope, choice.indicator.code, choice.period, choice.compared, lang(), codes
    rows: pd.DataFrame = recent().get(key, lambda: _ranked(viewer, choice, areas))
    return rows.copy(deep=False)


def _ranked(viewer: Viewer, choice: Choice, areas: list[Area]) -> pd.DataFrame:
    codes, ind = [a.code for a in areas], choice.indicator.code
    now = reads.measures(viewer, ind, choice.period, codes)
    period_before = choice.compared
    before = reads.measures(viewer, ind, period_before, codes) if period_before else {}
    months = reads.trends(viewer, ind, reads.last_months(choice.period), codes)
    parents, fair = reads.parent_names(viewer, codes), fair_rates(now)
    is_up, aims = choice.indicator.direction == "up", goals.goals_of(viewer, choice.indicator, choice.period, codes)
    rows = []
    for a in areas:
        m, b = now[a.code], before.get(a.code, reads.UNKNOWN)
        known = m.rate is not None
        values = [x.rate for x in months[a.code]]
        left = goals.left_to_goal(m, aims[a.code]) if is_up else m.numerator
        rows.append(
            {
                "code": a.code,
                "name": a.name,
                "parent": parents.get(a.code, ""),
                "rate": m.rate,
                "value": HIDDEN if m.part == "hidden" else figures.value(choice.indicator, m),
                "of": f"{count(m.numerator)} / {count(m.denominator)}" if known else UNKNOWN,
                "left": left if known else None,
                "rest": (m.denominator or 0) - (m.numerator or 0) if known else None,
                "change": figures.step(choice.indicator, m.rate - b.rate)
                if m.rate is not None and b.rate is not None
                else UNKNOWN,
                "months": [v if v is not None else 0.0 for v in values] if any(v is not None for v in values) else None,
                "order": (fair[a.code] if is_up else -fair[a.code]) if a.code in fair else 2,
            }
        )
    frame = pd.DataFrame(
        rows, columns=["code", "name", "parent", "rate", "value", "of", "left", "rest", "change", "months", "order"]
    )
    return frame.sort_values(["order", "code"], ignore_index=True).drop(columns="order")
