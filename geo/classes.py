"""Classes of a classed map (分级): which one a value falls in, and how many fall in each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

UNKNOWN = -1
"""The class of a missing value: it is drawn apart and never as the lowest class."""


def classify(values: ArrayLike | pd.Series, breaks: Sequence[float]) -> NDArray[np.int64]:
    """The class of each value, 0 … len(breaks), or UNKNOWN for a missing one.

    breaks : inner edges, rising. A class holds its lower edge and not its upper one; the first has no lower end and
    the last no upper one, so the last holds both its ends. Raises GeoError when the edges do not rise.

    >>> classify([0.79, 0.8, 0.95, 1.0, None], [0.8, 0.85, 0.9, 0.95]).tolist()
    [0, 1, 4, 4, -1]
    """
    edges = np.asarray(breaks, dtype=np.float64)
    if not np.all(np.diff(edges) > 0) or not np.all(np.isfinite(edges)):
        raise GeoError(f"分级界限应由小到大:{list(breaks)}。", f"Class breaks must rise: {list(breaks)}.")
    numbers = pd.Series(values).to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(numbers), UNKNOWN, np.searchsorted(edges, numbers, side="right"))


def count_classes(classes: ArrayLike, breaks: Sequence[float]) -> tuple[list[int], int]:
    """How many values fall in each class, lowest first, and how many are unknown.

    >>> count_classes([0, 4, 4, -1], [0.8, 0.85, 0.9, 0.95])
    ([1, 0, 0, 0, 2], 1)
    """
    numbers = np.asarray(classes, dtype=np.int64)
    known = numbers[numbers != UNKNOWN]
    return np.bincount(known, minlength=len(breaks) + 1).tolist(), len(numbers) - len(known)
