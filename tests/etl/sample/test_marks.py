"""Every file of the sample that holds something invented says so itself: it may be loaded without its neighbours."""

from pathlib import Path

from etl.extract import extract_files
from etl.files import find_files
from etl.sheets import find_ledgers, is_of_sample

REAL = {"区划名录.csv", "行政区划.gpkg", "官方数.csv"}
"""Names and codes of places, and what is officially counted; an outline says for itself where it comes from."""


def test_invented_files_say_so(sample_dir: Path) -> None:
    found = find_files([sample_dir])
    parts = find_ledgers(found, extract_files(found.files), [sample_dir], [], lambda _file, _raws: {})
    marked = {file.name for file, raw, layout in parts if is_of_sample(raw, layout)}
    assert {file.name for file in found.files} - marked == REAL
