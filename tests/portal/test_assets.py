"""Files without data: packed once, kept for a year by a name that changes with them, and nothing beside them."""

import gzip
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from portal import assets
from portal.routes import routes
from tests.portal.asgi import Client

SCRIPT = "/" + max((n for n in assets.framework_files() if n.endswith(".js")), key=lambda n: "/index." in n)
FONT = next(name for name in assets.own_files() if name.endswith(".woff2"))
LEAFLET = "vendor/leaflet/leaflet.js"


@pytest.fixture(scope="module")
def client() -> Client:
    """Our routes and Streamlit's handler of its folder, as the server has them."""
    return Client(
        Starlette(routes=[*routes, *create_streamlit_static_assets_routes("")], middleware=[Middleware(assets.Bundles)])
    )


def test_bundles_go_out_packed_and_are_kept(client: Client) -> None:
    plain = (assets.FRAMEWORK / SCRIPT.lstrip("/")).read_bytes()
    found = client.get(SCRIPT)
    assert found.headers["content-encoding"] == "gzip" and found.content == plain
    assert int(found.headers["content-length"]) == len(found.raw) < len(plain) / 3
    assert "immutable" in found.headers["cache-control"] and found.headers["vary"] == "Accept-Encoding"
    again = client.get(SCRIPT, {"If-None-Match": f'"x", W/{found.headers["etag"]}'})
    assert (again.status_code, again.raw) == (304, b"")
    head = client.get(SCRIPT, method="HEAD")
    assert (head.status_code, head.raw, head.headers["content-length"]) == (200, b"", str(len(found.raw)))


def test_who_does_not_unpack_gets_plain_bytes(client: Client) -> None:
    plain = (assets.FRAMEWORK / SCRIPT.lstrip("/")).read_bytes()
    for asked in ({"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}):
        found = client.get(SCRIPT, asked)
        assert "content-encoding" not in found.headers and found.raw == plain
        assert found.headers["vary"] == "Accept-Encoding"
    part = client.get(SCRIPT, {"Range": "bytes=5-14"})
    assert (part.status_code, part.raw) == (206, plain[5:15]) and "content-encoding" not in part.headers


def test_ours_have_names_that_are_kept_and_plain_ones_that_are_asked_for(client: Client) -> None:
    for name in (FONT, LEAFLET):
        content = assets.own_files()[name].read_bytes()
        kept, plain = client.get(assets.url(name)), client.get(assets.folder(name))
        assert kept.content == plain.content == content
        assert "immutable" in kept.headers["cache-control"] and "no-cache" in plain.headers["cache-control"]
        assert kept.headers["etag"] == plain.headers["etag"]
        for url in (assets.url(name), assets.folder(name)):
            assert client.get(url, {"If-None-Match": kept.headers["etag"]}).status_code == 304
            assert client.get(url, {"If-None-Match": '"another"'}).status_code == 200
    assert client.get(assets.url(LEAFLET)).headers["content-encoding"] == "gzip"
    # A font is packed already.
    assert "content-encoding" not in client.get(assets.url(FONT)).headers
    part = client.get(assets.url(FONT), {"Range": "bytes=0-3"})
    assert (part.status_code, part.raw) == (206, b"wOF2")


def test_a_replaced_file_gets_another_name(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "deck.js"
    script.write_text("let a = 1;" * 100)
    monkeypatch.setattr(assets, "own_files", lambda: {"map/deck.js": script})
    before = assets.url("map/deck.js")
    assert client.get(before).content == script.read_bytes()
    script.write_text("let a = 2;" * 100)
    os.utime(script, ns=(1, 1))
    after = assets.url("map/deck.js")
    assert before != after and client.get(after).content == script.read_bytes()
    assert client.get(before).status_code == 404
    with pytest.raises(KeyError):
        assets.url("map/none.js")


def test_nothing_but_the_files_of_the_folders(client: Client) -> None:
    up = ("../middleware.py", "..%2fmiddleware.py", "fonts/../../middleware.py", "%2e%2e/middleware.py", "//etc/passwd")
    for path in (*up, "MANIFEST.000000000000.toml", "vendor", "", "fonts/", "vendor/leaflet/leaflet.%00.js"):
        found = client.get(assets.folder(path))
        assert found.status_code == 404 and found.raw == b"Not Found", path
        assert "POLICY" not in client.get("/static/" + path).text
    assert client.get("/static/js/none.js").headers.get("content-encoding") is None
    assert not [name for name in assets.framework_files() if not name.startswith("static/")]


def test_what_is_packed_unpacks_to_the_same() -> None:
    for path in assets.own_files().values():
        found = assets.packed(path)
        assert found is None or gzip.decompress(found.body) == path.read_bytes()
