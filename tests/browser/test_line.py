"""The line to the server is cut, or the server ends: one band of ours says so on a page, a phone and the wall, nothing
of the framework's does, and with the line back the page works again without being loaded anew."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import assets
from portal.frame import TITLES
from tests.support.chromium import PHONE, Visitor
from tests.support.cut import line_to
from tests.support.foreign import foreign_words
from tests.support.server import Server, free_port, running_server

WALL = "/?screen=county&scene=map&lang={}"
LOST = {
    "zh": r"连接中断，正在重连… 显示的是 (\d\d:\d\d) 的数据",
    "en": r"Connection lost, reconnecting… Data of (\d\d:\d\d)",
}
# What the framework says came four seconds after the line went.
LONG_ENOUGH = 5_500


@pytest.fixture
def reader(browser: Browser) -> Iterator[Visitor]:
    """Somebody who does not mind that requests fail while there is no line."""
    visitor = Visitor(browser, "")
    yield visitor
    visitor.leave()
    assert not visitor.outside


def says_so(page: Page, lang: str = "zh") -> None:
    """The band or, on the wall, the mark in its head, with the time of the data, once."""
    shown = page.locator("#wg-line:visible, .wg-w-offline:visible")
    expect(shown).to_have_text(re.compile(LOST[lang]), timeout=15_000)
    assert shown.count() == 1
    said = re.search(LOST[lang], shown.inner_text())
    assert said
    hour, minute = map(int, said[1].split(":"))
    # The wall goes by the time of China, a page by that of its reader.
    zone = "+8" if page.locator(".wg-w-offline").count() else "-new Date().getTimezoneOffset() / 60"
    now = page.evaluate(f"Math.floor(Date.now() / 60000) + 60 * ({zone})")
    assert (now - hour * 60 - minute) % 1440 <= 5
    # Not a word over the edge of a narrow window.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def says_nothing_else(page: Page, *, is_chinese: bool = True) -> None:
    assert page.locator("[role=dialog], [data-testid=stDialog]").count() == 0
    assert "streamlit" not in page.locator("body").inner_text().lower()
    if is_chinese:
        assert foreign_words(page) == []


def is_back(page: Page) -> None:
    expect(page.locator("#wg-line")).to_have_count(0, timeout=30_000)
    expect(page.locator(".wg-w-offline:visible")).to_have_count(0, timeout=30_000)


def works(page: Page) -> None:
    """Another page by the navigation, without loading anew."""
    page.evaluate("window.is_the_same = true")
    page.get_by_role("link", name=TITLES["book"][0]).or_(page.get_by_role("link", name=TITLES["book"][1])).first.click()
    expect(page.locator(".wg-book").first).to_be_visible(timeout=30_000)
    assert page.evaluate("window.is_the_same")


def test_a_line_or_server_that_goes_is_said_everywhere_and_taken_up_again(reader: Visitor, county_store: str) -> None:
    port, door = free_port(), free_port()
    hosts = f"localhost:{door}"
    with line_to(port, door) as line:
        reader.base = line.url
        with running_server(county_store, port=port, WANGGE_HOSTS=hosts) as first:
            page, phone = reader.open("/reconcile"), reader.open("/book", PHONE)
            wall, english = reader.open(WALL.format("zh")), reader.open("/reconcile?lang=en")
            chinese, everywhere = (page, phone, wall), (page, phone, wall, english)
            assert sum(each.locator("#wg-line, .wg-w-offline:visible").count() for each in everywhere) == 0
            # The browser says that it is offline; the line that still stands ends a moment later.
            for each in (page, phone):
                each.context.set_offline(True)
            line.cut()
            for each in everywhere:
                says_so(each, "en" if each == english else "zh")
            page.wait_for_timeout(LONG_ENOUGH)
            for each in everywhere:
                says_nothing_else(each, is_chinese=each in chinese)
            for each in (page, phone):
                each.context.set_offline(False)
            line.mend()
            for each in everywhere:
                is_back(each)
            works(english)
            first.process.kill()
            first.process.wait(15)
            for each in chinese:
                says_so(each)
            page.wait_for_timeout(LONG_ENOUGH)
            for each in chinese:
                says_nothing_else(each)
        with running_server(county_store, port=port, WANGGE_HOSTS=hosts):
            for each in chinese:
                is_back(each)
            works(page)
    print(f"W17: {len(chinese)} open pages, line cut and server ended: said by each, 0 words or boxes of the framework")


def test_a_page_that_never_found_its_server_says_so_too(reader: Visitor, server: Server) -> None:
    reader.base = server.url
    page = reader.open("/nowhere", settle=False)
    page.route("**/_stcore/**", lambda route: route.abort())
    page.route_web_socket(re.compile("_stcore"), lambda socket: socket.close())
    page.goto(f"{server.url}/book")
    expect(page.locator("#wg-line")).to_have_text("连接中断，正在重连…", timeout=15_000)
    page.wait_for_timeout(LONG_ENOUGH)
    says_nothing_else(page)


def test_nothing_leads_to_a_page_of_the_framework(reader: Visitor, server: Server) -> None:
    reader.base = server.url
    for path in ("/nowhere", "/visits/x", "/index.html", "/static/none.js", "/_stcore/none"):
        page = reader.open(path, settle=False)
        assert f"404 {server.url}{path}" in reader.missing
        expect(page.locator("h1")).to_have_text(["没有这个网址", "There is no such address"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="回到首页").click()
    expect(page.locator(".wg-head").first).to_be_visible(timeout=60_000)


def test_the_band_is_quiet_while_all_is_well(reader: Visitor, server: Server) -> None:
    """A heartbeat is answered, and asks for no new run of the page."""
    reader.base = server.url
    page = reader.open("/book")
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: sent.append(socket.url))
    beat = "{stCommVersion: 1, type: 'SEND_APP_HEARTBEAT', ackTimeoutMilliseconds: 800}"
    page.evaluate(f"window.postMessage({beat}, location.origin)")
    page.wait_for_timeout(1_500)
    assert sent == [] and page.locator("#wg-line").count() == 0
    assert assets.url("shell/line.js") in page.content()
