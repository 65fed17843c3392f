"""A tiny county in a folder, and a load that reads in this process: starting readers takes longer than reading."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio  # noqa: F401 (imported before the drivers are cut down, so that tests can still write what they like)
import pytest
from sqlalchemy import Engine

import etl.load
from etl.extract import extract_file
from etl.load import Outcome
from tests.etl.tiny import write_county

TODAY = date(2021, 1, 15)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """All files of the tiny county in a folder of this test's own."""
    return write_county(tmp_path / "county")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """load(engine, path, …): a load on 15 January 2021."""
    monkeypatch.setenv("OGR_SKIP", "")
    monkeypatch.setattr(etl.load, "extract_files", lambda files, heard: [extract_file(file.path) for file in files])

    def run(engine: Engine, *paths: Path, **options: Any) -> Outcome:
        return etl.load.load(engine, list(paths), **{"edition": "NBS2020", "today": TODAY, **options})

    return run
