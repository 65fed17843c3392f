"""The empty page: what it loads early exists, is named once, and is what the front end asks for later."""

import re
from pathlib import Path

import streamlit
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

from portal import assets, rules, shell
from portal.routes import routes
from tests.portal.asgi import Client

STATIC = Path(streamlit.__file__).parent / "static"
EARLY = re.findall(r'"href":"([^"]+)"', shell.html(has_map=True))
WITHOUT_MAP = re.findall(r'"href":"([^"]+)"', shell.html(has_map=False))


def test_everything_loaded_early_exists() -> None:
    ours = {assets.url(name) for name in assets.own_files()}
    assert EARLY and [path for path in EARLY if path not in ours and not (STATIC / path).is_file()] == []
    named = re.findall(r'(?:href|src)="(/app/static/[^"]+)"', shell.html())
    assert named and set(named) <= ours
    assert set(shell.first_bundles()) <= set(assets.framework_files())


def test_the_map_is_among_it_and_nothing_twice() -> None:
    assert set(shell.map_scripts()) <= set(EARLY) and shell.map_scripts()
    assert len(EARLY) == len(set(EARLY))
    # What the page itself loads already is not named again.
    original = (STATIC / "index.html").read_text(encoding="utf-8")
    assert [path for path in EARLY if path in original] == []


def test_a_page_without_a_map_waits_for_none() -> None:
    assert [path for path in WITHOUT_MAP if path.endswith(".js")] == []
    assert [assets.url(font) for font in shell.FONTS] == WITHOUT_MAP
    client = Client(Starlette(routes=routes))
    for path in shell.PAGE_PATHS:
        has_map = path.strip("/") in rules.MAP_PAGES
        assert (shell.map_scripts()[0] in client.get(path).text) == has_map, path
    assert set(rules.MAP_PAGES) - {""} < set(rules.PAGES)


def test_the_heavy_scripts_of_charts_and_tables_wait() -> None:
    assert [path for path in EARLY if "EChartsChart" in path or "DataFrame" in path or "Plotly" in path] == []


def test_the_framework_does_not_speak_first() -> None:
    """Neither its name, nor its picture, nor its words for a browser without scripts."""
    text = re.sub(r"<!--.*?-->", "", shell.html(), flags=re.DOTALL)
    assert "Streamlit" not in re.sub(r"<(script|link)[^>]*>", "", text)
    assert "favicon.png" not in text and "请允许本页运行脚本" in text


def test_the_page_brings_the_token_that_a_browser_is_known_by() -> None:
    client = Client(Starlette(routes=routes))

    def token(**headers: str) -> bytes | None:
        (cookie,) = re.findall(r"_streamlit_xsrf=([^;]+)", client.get("/", headers).headers["set-cookie"])
        return decode_xsrf_token_string(cookie)[0]

    given = client.get("/").headers["set-cookie"].split(";")[0]
    first = decode_xsrf_token_string(given.partition("=")[2])[0]
    # Whoever has one keeps it, so whatever is asked for at once afterwards is asked for by one browser.
    assert first and token(Cookie=given) == first and token() != first
