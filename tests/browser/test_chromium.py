"""The browser of the tests notices what it must: a request that leaves the host, a console error, a colour."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import PHONE, Visitor, count_near, picture


@pytest.fixture
def someone(browser: Browser, tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of a small server that serves the files of `tmp_path`."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    (tmp_path / "favicon.ico").touch()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path)) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        visitor = Visitor(browser, f"http://localhost:{served.server_port}")
        yield visitor
        visitor.leave()
        served.shutdown()


def test_a_quiet_page_passes(someone: Visitor, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>网格</p>", encoding="utf-8")
    someone.open("/a.html", settle=False)
    someone.check()


def test_a_request_that_leaves_the_host_is_found_and_fails(someone: Visitor, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<img src="https://tiles.example.org/1.png">', encoding="utf-8")
    someone.open("/a.html", settle=False)
    assert someone.outside == ["https://tiles.example.org/1.png"]
    assert any("ERR_NAME_NOT_RESOLVED" in complaint for complaint in someone.complaints)
    with pytest.raises(AssertionError, match=r"tiles\.example\.org"):
        someone.check()


def test_a_console_error_is_found(someone: Visitor, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<script>throw new Error('broken page')</script>", encoding="utf-8")
    someone.open("/a.html", settle=False)
    with pytest.raises(AssertionError, match="broken page"):
        someone.check()


def test_colours_are_counted(someone: Visitor, tmp_path: Path) -> None:
    square = '<div id="map" style="width:20px;height:10px;background:#74a9cf"></div>'
    (tmp_path / "a.html").write_text(square, encoding="utf-8")
    page = someone.open("/a.html", settle=False)
    pixels = picture(page.locator("#map"))
    assert (count_near(pixels, "#74a9cf"), count_near(pixels, "#b30000")) == (200, 0)


def test_webgl_draws_without_a_graphics_card(someone: Visitor, tmp_path: Path) -> None:
    script = """<canvas id="map" width="20" height="10"></canvas><script>
        const gl = document.getElementById('map').getContext('webgl2', {preserveDrawingBuffer: true});
        gl.clearColor(1, 0, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT);</script>"""
    (tmp_path / "a.html").write_text(script, encoding="utf-8")
    page = someone.open("/a.html", settle=False)
    assert count_near(picture(page.locator("#map")), "#ff0000") == 200


def test_a_phone_is_a_phone(someone: Visitor, tmp_path: Path) -> None:
    head = '<meta name="viewport" content="width=device-width">'
    (tmp_path / "a.html").write_text(f"{head}<p>我的楼栋</p>", encoding="utf-8")
    page = someone.open("/a.html", PHONE, settle=False)
    assert page.evaluate("[innerWidth, innerHeight, 'ontouchstart' in window]") == [390, 844, True]
