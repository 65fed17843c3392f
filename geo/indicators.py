"""The measures (指标): one pure function per indicator, frames in, numerator and denominator out.

Every function returns one row per grid (REL-01: per community), indexed and sorted by its id, with the whole-number
columns `numerator` and `denominator`. Where the denominator is 0 the row is absent: the rate is undefined, not zero.
Only DIS-06, whose two numbers count different things, may be so many of none.

Periods are half-open [start, end) and `start` None means from the beginning. What is counted "at the end" is counted
on the last day, `end` − 1. Dated rows hold from `valid_from` or `moved_in_on` up to, and without, `valid_to` or
`moved_out_on`; a missing date is an open end, and a frame without such columns holds always. Dates may be datetime64
(fast) or `date` objects; a missing flag counts as no. An id that measures are grouped by is never missing: what lies
in no grid is in 未落格, so that children always sum to the parent (GeoError otherwise).

Codes such as `building_group` are those of the vocabulary; flags such as `is_resolved` come from it by way of etl.
"""

import pandas as pd

from geo.errors import GeoError
from geo.measure_cases import (
    answers_content,
    answers_satisfied,
    cases_closed,
    cases_disposed,
    cases_in_time,
    cases_reworked,
    composite_index,
    disputes_handled,
    disputes_in_time,
    disputes_overdue,
    disputes_per_household,
    disputes_reopened,
    disputes_resolved,
    disputes_successful,
    suggestions_closed,
    suggestions_in_time,
    wishes_claimed,
    wishes_realised,
)
from geo.measure_org import buildings_in_group, buildings_with_lead, grids_covered, grids_with_branch
from geo.measure_sites import households_with_plot, items_present, sites_complete
from geo.measure_visits import (
    households_visited,
    residents_visited,
    visits_in_time,
    visits_located,
    visits_met,
    visits_pictured,
    visits_sound,
)

__all__ = [
    "answers_content", "answers_satisfied", "buildings_in_group", "buildings_with_lead", "cases_closed",
    "cases_disposed", "cases_in_time", "cases_reworked", "composite_index", "disputes_handled", "disputes_in_time",
    "disputes_overdue", "disputes_per_household", "disputes_reopened", "disputes_resolved", "disputes_successful",
    "grids_covered", "grids_with_branch", "households_visited", "households_with_plot", "items_present",
    "residents_visited", "roll_up", "sites_complete", "suggestions_closed", "suggestions_in_time", "visits_in_time",
    "visits_located", "visits_met", "visits_pictured", "visits_sound", "wishes_claimed", "wishes_realised",
]  # fmt: skip


def roll_up(per_area: pd.DataFrame, parents: pd.Series) -> pd.DataFrame:
    """Measures of areas summed up the tree (汇总), the areas given and every one above.

    per_area : `numerator`, `denominator`, indexed by area id, or by several levels of which the last is the area id
    (indicator, period, area). Areas may be given at several levels: an area's own row is added to its children's.
    parents : area id → parent id, missing for the top; an area that is not listed is a top.

    Returns the same columns and index levels, sorted, one row per area, without those that are 0 of 0. Raises GeoError
    when the tree has a loop.

    >>> grids = pd.DataFrame({"numerator": [1, 2], "denominator": [4, 5]}, index=pd.Index([11, 12], name="grid_id"))
    >>> roll_up(grids, pd.Series({11: 1, 12: 1, 1: None})).to_dict("index")[1]
    {'numerator': 3, 'denominator': 9}
    """
    above = parents.dropna()
    names = list(per_area.index.names)
    columns = ["numerator", "denominator"]
    level = per_area[columns].reset_index(allow_duplicates=True)
    level.columns = pd.Index([*(f"key{n}" for n in range(len(names))), *columns])
    keys = [f"key{n}" for n in range(len(names))]
    own, stack = keys[-1], [level]
    while not (level := _one_up(level, own, above)).empty:
        if len(stack) > 32:
            raise GeoError("区划上下级关系成环,请检查上级代码。", "The areas form a loop; check the parent codes.")
        stack.append(level)
    total = pd.concat(stack, ignore_index=True).groupby(keys, sort=True)[columns].sum()
    total.index = total.index.set_names(names)
    return total[(total["numerator"] != 0) | (total["denominator"] != 0)]


def _one_up(level: pd.DataFrame, own: str, above: pd.Series) -> pd.DataFrame:
    parent = level[own].map(above)
    level = level[parent.notna()]
    return level.assign(**{own: parent.dropna().astype(level[own].dtype)})
