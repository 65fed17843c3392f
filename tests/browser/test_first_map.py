"""The first picture of a session: the areas before everything else, then the whole page; also when no map comes."""

from playwright.sync_api import Browser, expect

from tests.support.chromium import Visitor, settled
from tests.support.hand_count import TOWN
from tests.support.server import Server

ADDRESS = f"/?area={TOWN}&level=grid&ind=VIS-01&period=2020"


def position(asked: list[str], part: str) -> int:
    """Where the first address with a part stands in the order of asking."""
    return next(n for n, url in enumerate(asked) if part in url)


def test_areas_come_first_and_then_the_rest(visitor: Visitor) -> None:
    page = visitor.open(ADDRESS)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    areas = position(visitor.asked, "/map/areas?")
    for later in ("/map/labels?", "/map/context?", "/DataFrame.", "/EChartsChart."):
        assert position(visitor.asked, later) > areas, later
    # What was drawn first is not fetched twice.
    assert sum("/map/areas?" in url for url in visitor.asked) == 1


def test_the_map_is_asked_for_before_the_page_has_named_it(visitor: Visitor) -> None:
    visitor.open("/")
    for script in ("/map/deck_map.", "/deck.gl/deck."):
        assert sum(script in url and ".js" in url for url in visitor.asked) == 1, script
        assert position(visitor.asked, script) < position(visitor.asked, "/map/areas?"), script
    # Streamlit's own map, three times as heavy, is not loaded at all.
    assert not [url for url in visitor.asked if "/DeckGlJsonChart." in url]


def test_a_later_view_of_the_session_is_whole_at_once(visitor: Visitor) -> None:
    page = visitor.open(ADDRESS)
    page.get_by_role("link", name="入户走访").click()
    expect(page.get_by_text("的走访覆盖率").first).to_be_visible(timeout=60_000)
    settled(page)
    assert page.locator(".wg-waits").count() == 0
    expect(page.locator("canvas#deckgl-overlay")).to_be_visible(timeout=60_000)


def test_without_a_map_the_page_becomes_whole_all_the_same(browser: Browser, server: Server) -> None:
    visitor = Visitor(browser, server.url)
    page = visitor.open("/nowhere-yet", settle=False)
    page.route("**/deck_map*.js*", lambda route: route.abort())
    page.goto(server.url + ADDRESS)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=30_000)
    visitor.leave()
