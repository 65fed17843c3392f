"""Shared set-up: an empty store on both engines, the sample county written and loaded once, a server, a browser.

Everything is made in temporary folders; the store of the person who runs the tests is never touched. The workers of
one run share the sample and its store: the first that needs it makes it, the others wait.
"""

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as drawn
from playwright.sync_api import Browser
from sqlalchemy import Engine

from data.settings import settings
from data.store import open_store, upgrade
from tests.support.chromium import Visitor, running_browser
from tests.support.postgres import Cluster, running_cluster
from tests.support.server import ROOT, Server, running_server

_database_number = itertools.count(1)


# The same cases are drawn in every run of the quick tests; the long ones (`make soak`) draw new ones each time.
drawn.register_profile("same", derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr != "soak":
        drawn.load_profile("same")
    # A test that forgot to name its store must not find the developer's own.
    os.environ["WANGGE_DATABASE"] = "sqlite:////dev/null/no-store-was-named"
    os.environ["WANGGE_AUDIT_STATE"] = tempfile.mkdtemp(prefix="wangge-audit-state-")


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Browser tests stay on one worker, so that one server and one browser are enough.
    for item in items:
        if "browser" in item.path.relative_to(ROOT).parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True)
def _environment_as_found() -> Iterator[None]:
    """What one test sets in the environment, directly or by what it calls, ends with it.

    A page that was run here stands as the main module, which processes that read files would run anew.
    """
    before, main = dict(os.environ), sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def pytest_report_header() -> list[str]:
    return ["stores: SQLite and a PostGIS of this run's own; browser: Chromium without a way out"]


# --- stores -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgis() -> Iterator[Cluster]:
    """A running PostGIS; its database `template_store` has the tables of this program."""
    with running_cluster() as cluster:
        cluster.execute("CREATE DATABASE template_store TEMPLATE template_postgis")
        engine = open_store(cluster.url("template_store"))
        upgrade(engine)
        engine.dispose()
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables of this program."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    engine = open_store(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of an empty store in a SQLite file of this test's own."""
    path = tmp_path / "store.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgis: Cluster) -> Iterator[str]:
    """Address of an empty store in a PostGIS database of this test's own."""
    name = f"test_{next(_database_number)}"
    postgis.execute(f"CREATE DATABASE {name} TEMPLATE template_store STRATEGY FILE_COPY")
    yield postgis.url(name)
    postgis.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty store; the test runs once on each engine."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An empty store; the test runs once on each engine."""
    engine = open_store(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An empty store in SQLite, for a test to which the engine is all the same."""
    engine = open_store(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """An empty store in PostGIS, for what only that engine has."""
    engine = open_store(postgres_url)
    yield engine
    engine.dispose()


# --- the sample county ------------------------------------------------------------------------------------------------


def run_etl(*arguments: str | Path, database: str | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m etl …` as a user would type it; the caller looks at the status."""
    command = [sys.executable, "-m", "etl", *map(str, arguments)]
    environ = {**os.environ, "WANGGE_DATABASE": database} if database else dict(os.environ)
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def etl() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m etl`: etl("load", folder, "--json", database=url)."""
    return run_etl


def _made_once(shared: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this run, made by the first worker that asks while the others wait."""
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / ".made").touch()
    return folder


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def sample_dir(shared_folder: Path) -> Path:
    """The files of the sample county, as `python -m etl sample` writes them. Read only."""

    def make(folder: Path) -> None:
        done = run_etl("sample", "--out", folder / "files")
        assert done.returncode == 0, f"etl sample failed:\n{done.stdout}\n{done.stderr}"

    return _made_once(shared_folder, "sample", make) / "files"


@pytest.fixture(scope="session")
def county_folder(shared_folder: Path, sample_dir: Path) -> Path:
    """A folder with the loaded sample (`county.db`) and what the load said (`load.json`)."""

    def make(folder: Path) -> None:
        done = run_etl("load", sample_dir, "--json", database=f"sqlite:///{folder / 'county.db'}")
        assert done.returncode == 0, f"etl load failed:\n{done.stdout}\n{done.stderr}"
        (folder / "load.json").write_text(done.stdout, encoding="utf-8")

    return _made_once(shared_folder, "county", make)


@pytest.fixture(scope="session")
def county_store(county_folder: Path) -> str:
    """Address of a SQLite store with the sample county. Read only: copy it before writing."""
    return f"sqlite:///{county_folder / 'county.db'}"


@pytest.fixture(scope="session")
def county_load(county_folder: Path) -> dict[str, Any]:
    """What the load of the sample county reported, as JSON."""
    report: dict[str, Any] = json.loads((county_folder / "load.json").read_text(encoding="utf-8"))
    return report


@pytest.fixture(scope="session")
def county_engine(county_store: str) -> Iterator[Engine]:
    """The store of the sample county. Read only."""
    engine = open_store(county_store, must_exist=True)
    yield engine
    engine.dispose()


@pytest.fixture
def county_settings(county_store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages and commands of this test's own process use the sample county."""
    monkeypatch.setenv("WANGGE_DATABASE", county_store)
    settings.cache_clear()
    yield
    settings.cache_clear()


# --- server and browser -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(county_store: str) -> Iterator[Server]:
    """The dashboard over the sample county, one for the run."""
    with running_server(county_store) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a way out. Not for the whole run: while it is open, nothing else here can run asyncio."""
    with running_browser() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    """Someone at the dashboard; the test fails on a request that leaves the host and on a console error."""
    someone = Visitor(browser, server.url)
    yield someone
    someone.leave()
    someone.check()
