"""The lock file holds no version with a known hole that concerns us, and what the readers need against XML tricks."""

import re
from importlib.metadata import version

import pyogrio
import pytest

from tests.support.server import ROOT

LEAST = {
    "streamlit": (1, 61),  # CVE-2026-33682, CVE-2026-10804, CVE-2025-1684, CVE-2024-42474, CVE-2022-35918; allowedHosts
    "starlette": (1, 1, 0),  # CVE-2026-48818
    "geopandas": (1, 1, 2),  # CVE-2025-69662
}
LEAST_GDAL = (3, 9, 3)


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {found[1].lower(): found[2] for found in re.finditer(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)}


@pytest.mark.parametrize("package", LEAST)
def test_versions_without_a_known_hole_are_locked(package: str) -> None:
    assert numbers(locked("requirements.txt")[package]) >= LEAST[package]
    assert numbers(version(package)) >= LEAST[package]


def test_the_reader_of_shapes_is_new_enough() -> None:
    assert pyogrio.__gdal_version__ >= LEAST_GDAL


def test_no_xml_is_read_by_readers_that_expand_entities() -> None:
    """Workbooks are read by calamine, shapes by GDAL; whoever brings in another reader of XML locks defusedxml too."""
    readers = re.compile(r"openpyxl import load_workbook|openpyxl\.load_workbook|xml\.(etree|dom|sax)|\blxml\b|expat")
    found = [
        path.name for folder in ("data", "etl", "geo", "pages", "portal") for path in (ROOT / folder).rglob("*.py")
        if readers.search(path.read_text(encoding="utf-8"))
    ]  # fmt: skip
    assert found == [] or "defusedxml" in locked("requirements.txt"), found


def test_one_package_has_one_version_in_all_lock_files() -> None:
    main, tools = locked("requirements.txt"), locked("requirements-dev.txt")
    assert len(main) > 15
    assert {name: (main[name], tools[name]) for name in main.keys() & tools.keys() if main[name] != tools[name]} == {}


def test_an_older_version_would_be_noticed() -> None:
    assert numbers("1.60.3") < LEAST["streamlit"] <= numbers("1.61.0") and numbers("1.1.1") < LEAST["geopandas"]
