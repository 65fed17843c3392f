"""The sample's own files, read back with readers that know nothing of the generator."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

Reader = Callable[[str, str], pd.DataFrame]


def read_sheet(path: Path, sheet: str) -> pd.DataFrame:
    """One sheet as a frame of its cells by heading ("" for empty), its totals and notes left out."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    heading = [low or high for high, low in zip(rows[2], rows[3], strict=True)]
    first = 4
    if sum(cell != "" for cell in rows[2]) == len(rows[2]):
        heading, first = rows[2], 3
    frame = pd.DataFrame(rows[first:], columns=heading)
    start = frame.iloc[:, 0].astype("str")
    return frame[(start != "合计") & ~start.str.startswith("注")].reset_index(drop=True)


@pytest.fixture(scope="session")
def ledger(sample_dir: Path) -> Reader:
    """ledger(file name, sheet) → its rows as text and dates, wrong ones among them."""
    return lambda name, sheet: read_sheet(sample_dir / name, sheet)
