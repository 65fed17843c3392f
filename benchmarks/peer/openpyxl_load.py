"""`python -m benchmarks.peer.openpyxl_load BOOK DATABASE`: the same load, its workbook read by openpyxl."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

import etl.load
from data.store import open_store
from etl.extract import RawSheet
from etl.files import InputFile


def read_books(files: list[InputFile], done: Callable[[str], None] = lambda name: None) -> list[list[RawSheet]]:
    """The sheets of every file, as `etl.extract.extract_files` gives them."""
    found = []
    for file in files:
        book = load_workbook(file.path, read_only=True, data_only=True)
        sheets = []
        for sheet in book.worksheets:
            rows: list[list[Any]] = [list(row) for row in sheet.iter_rows(values_only=True)]
            sheets.append(RawSheet(sheet.title, rows, list(range(1, len(rows) + 1))))
        found.append(sheets)
        done(file.name)
    return found


def main(book: str, database: str) -> None:
    etl.load.extract_files = read_books
    etl.load.load(open_store(database), [Path(book)], edition="NBS2020")


if __name__ == "__main__":
    main(*sys.argv[1:])
