"""Measures of relocation communities (易迁社区): the "1+6" facilities and the vegetable plots."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.counting import counted, days_of, flags, is_in, numbers

PLOT = "plot"


def sites_complete(
    sites: pd.DataFrame, facilities: pd.DataFrame, plots: pd.DataFrame, end: date, *, kinds: Iterable[str]
) -> pd.DataFrame:
    """Relocation communities with every facility of the "1+6" list in use at the end of a period (REL-01).

    sites : one row per relocation community; `community_id` (unique).
    facilities : one row per facility; `community_id`, `facility_kind`, `is_in_use`, `built_on` (missing: long ago).
    plots : one row per community and count day; `community_id`, `counted_on`, `households_count`,
    `households_with_plot_count`. The kind "plot" is met by a plot facility, or when at the last count every
    household had one.
    kinds : the facility kinds asked for.

    Returns one row per community, numerator 0 or 1, denominator 1.

    >>> sites = pd.DataFrame({"community_id": [1, 2]})
    >>> facilities = pd.DataFrame({"community_id": [1, 2], "facility_kind": ["clinic", "clinic"],
    ...                            "is_in_use": [True, False], "built_on": [None, None]})
    >>> plots = pd.DataFrame({"community_id": [1], "counted_on": [date(2020, 12, 1)], "households_count": [80],
    ...                       "households_with_plot_count": [80]})
    >>> sites_complete(sites, facilities, plots, date(2021, 1, 1), kinds=["clinic", "plot"])["numerator"].tolist()
    [1, 0]
    """
    has = _has(sites, facilities, plots, end, kinds)
    return counted(sites["community_id"], np.asarray(has.all(axis=1)))


def items_present(
    sites: pd.DataFrame, facilities: pd.DataFrame, plots: pd.DataFrame, end: date, *, kinds: Iterable[str]
) -> pd.DataFrame:
    """Facilities of the "1+6" list in use at the end of a period, of all those asked for (REL-02 单项配套率).

    sites, facilities, plots, kinds : as for `sites_complete`.

    >>> sites = pd.DataFrame({"community_id": [1, 2]})
    >>> facilities = pd.DataFrame({"community_id": [1, 2], "facility_kind": ["clinic", "clinic"],
    ...                            "is_in_use": [True, False], "built_on": [None, None]})
    >>> plots = pd.DataFrame({"community_id": [1], "counted_on": [date(2020, 12, 1)], "households_count": [80],
    ...                       "households_with_plot_count": [80]})
    >>> items_present(sites, facilities, plots, date(2021, 1, 1), kinds=["clinic", "plot"]).to_dict("list")
    {'numerator': [2, 0], 'denominator': [2, 2]}
    """
    has = _has(sites, facilities, plots, end, kinds)
    return counted(sites["community_id"], has.sum(axis=1), np.full(len(sites), has.shape[1]))


def households_with_plot(sites: pd.DataFrame, plots: pd.DataFrame, end: date) -> pd.DataFrame:
    """Households with a vegetable plot at the last count before `end`, of those counted (REL-03 菜地覆盖率).

    sites, plots : as for `sites_complete`. Where the last count lacks one of its two
    numbers the community is absent: it is not known.

    >>> plots = pd.DataFrame({"community_id": [1, 1], "counted_on": [date(2020, 6, 1), date(2020, 12, 1)],
    ...                       "households_count": [80, 82], "households_with_plot_count": [70, 80]})
    >>> households_with_plot(pd.DataFrame({"community_id": [1]}), plots, date(2021, 1, 1)).loc[1].to_list()
    [80, 82]
    """
    last = _last_count(plots, end)
    last = last[is_in(last["community_id"], sites["community_id"])]
    known = last[["households_count", "households_with_plot_count"]].notna().all(axis=1).to_numpy(bool)
    last = last[known]
    return counted(last["community_id"], numbers(last["households_with_plot_count"]), numbers(last["households_count"]))


def _has(
    sites: pd.DataFrame, facilities: pd.DataFrame, plots: pd.DataFrame, end: date, kinds: Iterable[str]
) -> NDArray[np.bool_]:
    """Which site (rows) has which kind (columns)."""
    built = days_of(facilities["built_on"])
    ready = facilities[flags(facilities["is_in_use"]) & (np.isnat(built) | (built < np.datetime64(end)))]
    columns = []
    for kind in kinds:
        has = is_in(sites["community_id"], ready["community_id"][(ready["facility_kind"] == kind).to_numpy(bool)])
        if kind == PLOT:
            has = has | is_in(sites["community_id"], _all_with_plot(plots, end))
        columns.append(has)
    return np.column_stack(columns) if columns else np.ones((len(sites), 0), dtype=bool)


def _all_with_plot(plots: pd.DataFrame, end: date) -> pd.Series:
    """Communities where every household had a plot at the last count before `end`; an unknown number is not every."""
    last = _last_count(plots, end)
    homes = last["households_count"].to_numpy(np.float64, na_value=np.nan)
    with_plot = last["households_with_plot_count"].to_numpy(np.float64, na_value=np.nan)
    return last["community_id"][(homes > 0) & (with_plot >= homes)]


def _last_count(plots: pd.DataFrame, end: date) -> pd.DataFrame:
    days = days_of(plots["counted_on"])
    counted_before = plots.assign(day=days)[days < np.datetime64(end)]
    return counted_before.sort_values("day", kind="stable").drop_duplicates("community_id", keep="last")
