"""No page is reached past the frame: on a fresh server, the first thing ever asked for is the page's own address."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Visitor, script_ended
from tests.support.server import Server, running_server

# An address that its reader may not see, the first page of that reader, the same page for somebody who may see it.
FORBIDDEN = [
    ("/my_buildings", "/", "/my_buildings?role=grid_worker"),
    ("/intake", "/", "/intake?role=steward"),
    ("/intake?role=screen", "/?role=screen", "/intake?role=steward"),
    ("/visits?role=grid_worker", "/?role=grid_worker", "/visits"),
]


@pytest.fixture(scope="module")
def known(browser: Browser, server: Server) -> Iterator[Visitor]:
    """Somebody at a server that has shown its pages before."""
    visitor = Visitor(browser, server.url, has_one_session=True)
    yield visitor
    visitor.leave()


@pytest.fixture(scope="module")
def known_title(known: Visitor) -> Callable[[str], str]:
    """The title shown there at an address."""
    return lru_cache(lambda address: title(known, address))


def title(visitor: Visitor, address: str) -> str:
    """The title shown at an address, on a page that is closed at once."""
    page = visitor.open(address, settle=False)
    script_ended(page)
    shown = page.locator("h1").first.inner_text()
    page.close()
    return shown


@pytest.mark.parametrize(("address", "home", "allowed"), FORBIDDEN)
def test_a_page_that_is_not_theirs_opens_their_first_page(
    browser: Browser, county_store: str, known: Visitor, known_title: Callable[[str], str], address: str, home: str,
    allowed: str,
) -> None:  # fmt: skip
    with running_server(county_store) as fresh:
        stranger = Visitor(browser, fresh.url)
        shown = title(stranger, address)
        stranger.leave()
    assert shown == known_title(home)
    assert shown != known_title(allowed)
    # Streamlit itself says in the console that it has no such page; nothing else may be wrong.
    said = [*stranger.complaints, *known.complaints]
    assert [one for one in said if "does not seem to exist" not in one] == []
    assert stranger.outside == known.outside == []


def test_an_allowed_page_opened_first_stands_in_the_frame(browser: Browser, county_store: str) -> None:
    with running_server(county_store) as fresh:
        visitor = Visitor(browser, fresh.url)
        page = visitor.open("/visits")
        assert page.locator(".st-key-wg_bar").count() == 1
        visitor.leave()
        visitor.check()


def test_the_data_of_a_map_needs_a_signature(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.locator("canvas#deckgl-overlay").wait_for(timeout=60_000)
    deadline = time.monotonic() + 30
    while (
        not (layers := [url for url in visitor.asked if "/map/" in url and "sig=" in url])
        and time.monotonic() < deadline
    ):
        page.wait_for_timeout(200)
    assert layers, "the overview fetched no map data"
    signed = layers[0]
    assert page.request.get(signed).status == 200
    assert page.request.get(signed.split("?")[0]).status == 403
    assert page.request.get(signed.replace("sig=", "sig=0")).status == 403
    assert page.request.get(signed.replace("area=422825", "area=422801")).status in (403, 404)
