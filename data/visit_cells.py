"""Visits of a month packed into one cell of `visit_month` (逐日走访的存法): six bytes for each day and thing counted.

One row per area, day and thing counted would be nearly as many as there are visits; one per area and month is not.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WHATS = {"met": 1, "absent": 2, "refused": 3, "vacant": 4, "placed": 5, "located": 6, "told": 7, "noted": 8,
         "sound": 9}  # fmt: skip
"""What is counted, by the number it is stored under: results of visits, then how well they are recorded. A number is
never used for anything else."""

_CELL = np.dtype([("day", "u1"), ("what", "u1"), ("count", "<u4")])
_NAMES = np.array(["", *WHATS], dtype=object)


def packed(counts: pd.DataFrame) -> pd.DataFrame:
    """Rows of `visit_month` from one row per `area_id`, `day` and `what`, sorted by area and day; `count`.

    Raises KeyError for something that has no number.
    """
    names, levels = pd.factorize(counts["what"])
    numbers = np.array([WHATS[name] for name in levels], dtype=np.uint8)
    days = counts["day"].to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    cells = np.empty(len(counts), dtype=_CELL)
    cells["day"] = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    cells["what"] = numbers[names]
    cells["count"] = counts["count"].to_numpy()
    areas, content = counts["area_id"].to_numpy(np.int64), cells.tobytes()
    is_first = np.ones(len(cells), dtype=bool)
    is_first[1:] = (areas[1:] != areas[:-1]) | (months[1:] != months[:-1])
    starts = np.flatnonzero(is_first)
    bounds = (np.append(starts, len(cells)) * _CELL.itemsize).tolist()
    return pd.DataFrame(
        {
            "area_id": areas[starts], "month_on": months[starts].astype("datetime64[D]").astype(object),
            "cells": [content[a:b] for a, b in pairwise(bounds)],
        }
    )  # fmt: skip


def unpacked(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per `area_id`, `day` and `what` with its `count`, in the order of the rows of `visit_month` given."""
    cells, at = unpacked_cells(rows["cells"].tolist())
    months = rows["month_on"].to_numpy().astype("datetime64[D]")[at]
    return pd.DataFrame(
        {
            "area_id": rows["area_id"].to_numpy(np.int64)[at], "day": months + (cells["day"].astype(np.int64) - 1),
            "what": _NAMES[cells["what"]], "count": cells["count"].astype(np.int64),
        }
    )  # fmt: skip


def unpacked_cells(contents: Sequence[bytes]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Cells as one array (`day` of the month, number of the `what`, `count`), and the position each came from."""
    lengths = [len(content) // _CELL.itemsize for content in contents]
    return np.frombuffer(b"".join(contents), dtype=_CELL), np.repeat(np.arange(len(contents)), lengths)
