"""A store that holds the county of tests/etl/tiny.py, as the store of this process: for pages that load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.settings import settings
from data.store import open_store
from etl.load import load as load_files
from portal import snapshot
from tests.etl import tiny


@pytest.fixture(scope="session")
def loaded_county(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a store that holds the county of tests/etl/tiny.py."""
    folder = tmp_path_factory.mktemp("county")
    tiny.write_county(folder / "county")
    engine = open_store(f"sqlite:///{folder / 'w.db'}")
    load_files(engine, [folder / "county"], edition="NBS2020")
    # The last connection writes everything into the one file.
    engine.dispose()
    return (folder / "w.db").read_bytes()


@pytest.fixture
def store(loaded_county: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    path = tmp_path / "store" / "w.db"
    path.parent.mkdir()
    path.write_bytes(loaded_county)
    monkeypatch.setenv("WANGGE_DATABASE", f"sqlite:///{path}")
    settings.cache_clear()
    snapshot.forget()
    yield f"sqlite:///{path}"
    settings.cache_clear()
    snapshot.forget()
