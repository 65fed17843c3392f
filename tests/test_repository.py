"""What must never stand in the repository: people's numbers, machine paths, package sources, calls to the outside."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from tests.support.repository import (
    CODE_FOLDERS,
    EMOJI,
    INDEX_ADDRESS,
    MACHINE_PATH,
    personal_numbers,
    text_of,
    tracked_files,
    traps,
)
from tests.support.server import ROOT

FILES = tracked_files(ROOT)
TEXTS = [(path.relative_to(ROOT).as_posix(), text) for path in FILES if (text := text_of(path)) is not None]
CODE = [
    (name, text) for name, text in TEXTS if name.endswith(".py") and name.split("/")[0] in (*CODE_FOLDERS, "app.py")
]
LARGEST_BYTES = 3_000_000


def test_there_are_files_to_look_at() -> None:
    assert {"Makefile", "README.md", "pyproject.toml"} <= {name for name, _ in TEXTS}
    assert {"data/terms.py", "app.py"} <= {name for name, _ in CODE}


def test_no_numbers_of_people() -> None:
    found = {name: numbers for name, text in TEXTS if (numbers := personal_numbers(text))}
    assert not found, f"identity or mobile numbers: {found}"


def test_no_machine_paths() -> None:
    found = {name: match.group() for name, text in TEXTS if (match := MACHINE_PATH.search(text))}
    assert not found, f"paths of one machine: {found}"


def test_no_package_source_is_named() -> None:
    found = {name: match.group() for name, text in TEXTS if (match := INDEX_ADDRESS.search(text))}
    assert not found, f"addresses of a package source: {found}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_every_requirement_is_pinned_with_a_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = [
        entry for entry in text.replace("\\\n", " ").splitlines() if entry and not entry.lstrip().startswith("#")
    ]
    assert len(entries) > 15
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_no_call_that_leaves_the_host() -> None:
    # What others do is measured as they do it, and nobody is shown it.
    found = {name: hits for name, text in CODE if "/peer/" not in name and (hits := traps(text))}
    assert not found, f"calls to the outside or unescaped text: {found}"


def test_no_emoji_on_the_screen() -> None:
    found = {name: match.group() for name, text in CODE if (match := EMOJI.search(text))}
    assert not found


def test_no_boundaries_and_no_large_files() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in FILES]
    assert [name for name in names if name.endswith((".shp", ".gpkg", ".geojson", ".db", ".pmtiles"))] == []
    assert [path.name for path in FILES if path.stat().st_size > LARGEST_BYTES] == []


def test_migrations_have_one_head() -> None:
    heads = ScriptDirectory(str(ROOT / "data" / "migrations")).get_heads()
    assert len(heads) == 1, f"migrations branch: {heads}"


# --- the rules themselves ---------------------------------------------------------------------------------------------


def an_id_number(check: str) -> str:
    # Put together here, so that no such number stands in the file; the standard's own example.
    return "110105" + "19491231" + "002" + check


def test_a_planted_identity_number_is_found() -> None:
    assert personal_numbers(f"证件:{an_id_number('X')}。") == [an_id_number("X")]
    assert personal_numbers(an_id_number("1")) == []


def test_a_planted_mobile_number_is_found() -> None:
    mobile = "1380013" + "8000"
    assert personal_numbers(f"电话 {mobile}.") == [mobile]
    assert personal_numbers(f"0.{mobile}") == []


def test_codes_of_places_are_no_numbers_of_people() -> None:
    assert personal_numbers("422825100003 422825100003001 42282510000300001 4228251000030000101020101") == []


@pytest.mark.parametrize("root", ["root", "home/someone", "Users", "work"])
def test_a_planted_machine_path_is_found(root: str) -> None:
    assert MACHINE_PATH.search(f'OUT = "/{root}/main"')
    assert not MACHINE_PATH.search(f"https://example.org/{root}/main, docs/{root}/, ./{root}/main")


def test_a_planted_package_source_is_found() -> None:
    assert INDEX_ADDRESS.search("--index" + "-url https://packages.example.org")
    assert INDEX_ADDRESS.search("index" + "-url = https://packages.example.org")


@pytest.mark.parametrize(
    "source",
    [
        "pdk.Deck(layers, map_style=None)",
        "pdk.Deck(layers, map_style='light')",
        "st.map(frame)",
        "st.markdown(text, unsafe_allow_html=True)",
        "folium.Choropleth(geo)",
        "from folium import Icon",
        "folium.Marker(icon=folium.Icon(color='red'))",
        "import branca.colormap as cm",
        "from branca.colormap import LinearColormap",
        "st.Page(path, icon=':material/map:')",
        "st.set_page_config(page_icon=':material/map:')",
    ],
)
def test_a_planted_trap_is_found(source: str) -> None:
    assert len(traps(source)) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "pdk.Deck(layers, map_provider=None)  # never map_style=None",
        "pdk.Deck(layers, map_provider=None, map_style='/map/style.json')",
        "frame['grid_id'].map(names)",
        "st.button('x', icon=':material/map:')",
    ],
)
def test_what_stays_at_home_is_no_trap(source: str) -> None:
    assert traps(source) == []


def test_files_are_those_of_the_repository(tmp_path: Path) -> None:
    assert not [path for path in FILES if ".venv" in path.parts or "__pycache__" in path.parts]
    for name in ("a.txt", ".mypy_cache/3.11/cache.db", ".venv/b.txt", "geo/__pycache__/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    # Without git, as after unpacking an archive.
    assert tracked_files(tmp_path) == [tmp_path / "a.txt"]
