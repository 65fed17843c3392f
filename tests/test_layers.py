"""The import table of DESIGN.md §3: geo and data alone, etl on the way in, portal out, pages choose, call, draw."""

from pathlib import Path

import pytest

from tests.support.layers import MAY_IMPORT, violations
from tests.support.server import ROOT


def test_every_import_is_allowed() -> None:
    found = violations(ROOT)
    assert not found, "not allowed by the import table: " + "; ".join(map(str, found))


def test_every_folder_of_code_is_in_the_table() -> None:
    folders = {file.parent.relative_to(ROOT).parts[0] for file in ROOT.glob("*/*.py")}
    assert folders - {"tests", "var", ".venv"} <= set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("file", "source", "imported"),
    [
        ("geo/assign.py", "import data.store", "data.store"),
        ("geo/assign.py", "from data import terms", "data.terms"),
        ("data/queries.py", "from geo.crs import MAP_CRS", "geo.crs.MAP_CRS"),
        ("data/terms.py", "from data import schema", "data.schema"),
        ("etl/load.py", "from portal import reads", "portal.reads"),
        ("etl/sources/visits.py", "from ...data import queries\nfrom ...pages import overview", "pages.overview"),
        ("portal/reads.py", "import etl.load as load", "etl.load"),
        ("portal/reads.py", "def f():\n    from pages import overview", "pages.overview"),
        ("portal/cases.py", "from etl import load", "etl.load"),
        ("pages/disputes.py", "from data.queries import cases", "data.queries.cases"),
        ("portal/reads.py", "from tests.support import server", "tests.support.server"),
        ("reports/a4.py", "from data import queries", "data.queries"),
        ("pages/overview.py", "from data.queries import facts", "data.queries.facts"),
        ("pages/overview.py", "from data import *", "data"),
        ("pages/overview.py", "from geo import disclosure", "geo.disclosure"),
        ("pages/overview.py", "from pages import visits", "pages.visits"),
        ("pages/components/frame.py", "import importlib\nimportlib.import_module('data.store')", "data.store"),
        ("app.py", "from data.settings import settings", "data.settings.settings"),
        ("portal/features.py", "from data import queries", "data.queries"),
        ("portal/routes.py", "from data.queries import cases", "data.queries.cases"),
        ("portal/entrance.py", "from data import accounts", "data.accounts"),
        ("portal/frame.py", "import data.writes", "data.writes"),
        ("portal/work.py", "def f():\n    from data.store import open_store", "data.store.open_store"),
        ("portal/choice.py", "from portal.snapshot import current", "portal.snapshot.current"),
        ("pages/visits.py", "from portal import snapshot", "portal.snapshot"),
        ("pages/visits.py", "from portal.snapshot import Snapshot", "portal.snapshot.Snapshot"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, source: str, imported: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(source, encoding="utf-8")
    assert [(found.file, found.imported) for found in violations(tmp_path)] == [(file, imported)]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("geo/assign.py", "from geo.crs import MAP_CRS"),
        ("data/queries.py", "from data.schema import area\nfrom .terms import LEVELS"),
        ("etl/load.py", "from data import writes\nfrom geo import assign\nimport pandas"),
        ("portal/reads.py", "from geo import disclosure\nfrom data import queries"),
        ("portal/cases.py", "from data import queries, terms\nfrom portal.snapshot import Snapshot, current"),
        ("pages/disputes.py", "from portal import cases"),
        ("portal/actions.py", "from data import accounts, writes\nfrom data.store import changing"),
        ("portal/choice.py", "from portal.snapshot import Area"),
        ("portal/routes.py", "from portal import snapshot"),
        ("reports/a4.py", "from data import terms\nfrom data.terms import LEVELS\nfrom geo import disclosure"),
        (
            "pages/overview.py",
            "from portal import reads\nfrom data.terms import LEVELS\nfrom pages.components import map",
        ),
        ("app.py", "import streamlit as st\nfrom portal.routes import routes"),
    ],
)
def test_what_the_table_allows_is_not_found(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(source, encoding="utf-8")
    assert violations(tmp_path) == []
