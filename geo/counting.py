"""Counting by area and day (计数): what the measures of every family share.

Dates may be datetime64 (fast) or `date` objects; a missing date lies in no period, a missing flag counts as no.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import GeoError

Mask = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Flow:
    """Things that happen on a day at a place (流量): what a measure counts of them is summed over any period.

    ids : the area each lies in, never missing. days : NaT for what lies in no period. numerator, denominator : whole
    numbers or flags, one per thing; without `denominator` each counts 1.
    """

    ids: pd.Series
    days: Days
    numerator: NDArray[Any]
    denominator: NDArray[Any] | None = None

    def within(self, start: date | None, end: date) -> pd.DataFrame:
        """Sums by area over [start, end); see `counted`.

        >>> days = np.array(["2020-05-01", "2020-06-01"], dtype="datetime64[D]")
        >>> Flow(pd.Series([7, 7]), days, np.array([True, True])).within(None, date(2020, 6, 1)).loc[7].to_list()
        [1, 1]
        """
        inside = within(self.days, start, end)
        below = None if self.denominator is None else self.denominator[inside]
        return counted(self.ids[inside], self.numerator[inside], below)


def counted(ids: pd.Series, numerator: NDArray[Any], denominator: NDArray[Any] | None = None) -> pd.DataFrame:
    """Sums by id, sorted, without those that are 0 of 0; without `denominator` every row counts 1.

    Raises GeoError when an id is missing.

    >>> counted(pd.Series([2, 1, 2]), np.array([True, False, False])).to_dict("list")
    {'numerator': [0, 1], 'denominator': [1, 2]}
    """
    codes, groups = pd.factorize(ids, sort=True)
    if len(codes) and codes.min() < 0:
        refuse_missing(ids, int((codes < 0).sum()))
    size = len(groups)
    # Sums of whole numbers in float64 are exact up to 2**53.
    top = np.bincount(codes, numerator, size).astype(np.int64)
    below = np.bincount(codes, denominator, size).astype(np.int64)
    frame = pd.DataFrame({"numerator": top, "denominator": below}, index=pd.Index(groups, name=ids.name))
    return frame[(below > 0) | (top > 0)]


def refuse_missing(ids: pd.Series, missing: int) -> None:
    """Raise GeoError: what lies in no grid is in 未落格, so that children always sum to the parent."""
    raise GeoError(
        f"有 {missing} 行没有 {ids.name};不在任何网格内的应归入“未落格”。",
        f"{missing} rows have no {ids.name}; what lies in no grid belongs to 未落格.",
    )


def is_in(ids: pd.Series, wanted: pd.Series) -> Mask:
    """Whether each id is among the wanted ones; whole numbers by table, which is much faster."""
    if ids.dtype == wanted.dtype and isinstance(ids.dtype, np.dtype) and ids.dtype.kind == "i":
        return np.isin(ids.to_numpy(), wanted.to_numpy())
    return ids.isin(wanted).to_numpy(bool)


def in_force(frame: pd.DataFrame, end: date, begins: str = "valid_from", ends: str = "valid_to") -> Mask:
    """Rows that hold on the last day before `end`; a missing date is an open end, a missing column holds always."""
    holds = np.ones(len(frame), dtype=bool)
    after = np.datetime64(end)
    if begins in frame:
        first = days_of(frame[begins])
        holds &= np.isnat(first) | (first < after)
    if ends in frame:
        last = days_of(frame[ends])
        holds &= np.isnat(last) | (last >= after)
    return holds


def within(days: Days, start: date | None, end: date) -> Mask:
    """Whether a day lies in [start, end); a missing one never does."""
    inside = days < np.datetime64(end)
    return inside if start is None else inside & (days >= np.datetime64(start))


def days_of(dates: pd.Series) -> Days:
    """Dates as whole days, NaT where missing."""
    values = dates if dates.dtype.kind == "M" else pd.to_datetime(dates)
    return values.to_numpy().astype("datetime64[D]")


def flags(values: pd.Series) -> Mask:
    """Flags as plain booleans; a missing one counts as no."""
    return values.to_numpy() if values.dtype == np.bool_ else values.eq(True).fillna(False).to_numpy(bool)


def numbers(values: pd.Series) -> NDArray[np.int64]:
    """Counts as whole numbers; an unknown one counts as 0, so it is in neither number of a rate."""
    plain = values.to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(plain), 0, plain).astype(np.int64)
