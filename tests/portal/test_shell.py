"""The empty page: what it loads early exists, is named once, and is what the front end asks for later."""

import re
from pathlib import Path

import streamlit

from portal import shell

STATIC = Path(streamlit.__file__).parent / "static"
EARLY = re.findall(r'"href":"(\./[^"]+)"', shell.html())


def test_everything_loaded_early_exists() -> None:
    scripts = [path for path in EARLY if path.endswith(".js")]
    assert scripts and [path for path in scripts if not (STATIC / path).is_file()] == []
    fonts = [path for path in EARLY if path.endswith(".woff2")]
    root = Path(shell.__file__).parent / "static"
    assert len(fonts) == 2 and all((root / path.removeprefix("./app/static/")).is_file() for path in fonts)


def test_the_map_is_among_it_and_nothing_twice() -> None:
    assert any("DeckGlJsonChart." in path for path in EARLY)
    assert len(EARLY) == len(set(EARLY))
    # What the page itself loads already is not named again.
    original = (STATIC / "index.html").read_text(encoding="utf-8")
    assert [path for path in EARLY if path in original] == []


def test_the_heavy_scripts_of_charts_and_tables_wait() -> None:
    assert [path for path in EARLY if "EChartsChart" in path or "DataFrame" in path or "Plotly" in path] == []
