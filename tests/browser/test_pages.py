"""Every page at a desk and on a phone, as a reader meets it: it stays on this machine, its map shows coloured shapes,
and the number at its head is the one that a hand count of the sample files gives.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from portal import colours
from portal.frame import PAGES_OF_ROLE
from tests.support.chromium import DESK, PHONE, Visitor, count_near, picture
from tests.support.foreign import foreign_words
from tests.support.hand_count import TOWN, Sample
from tests.support.server import Server

COMMUNITY = "422825100001"
GRID = "422825100001001"
CLASSES = colours.MORE_IS_BETTER
BLEND = 36
"""How far a colour may be from the one in the legend."""
SHAPES = 250
"""Pixels of one colour that are a shape and not the edge of a letter."""


@dataclass(frozen=True)
class Opened:
    """One page: its address, the number at its head, the colours its map must show and how many of them.

    tap : what is tapped on a phone to see the map. has_map : whether there is one.
    """

    name: str
    address: str
    number: Callable[[Sample], str]
    colours: tuple[str, ...] = CLASSES
    least: int = 2
    map: str = "canvas#deckgl-overlay"
    tap: str = ""
    has_map: bool = True


def n_of_d(counts: tuple[int, int], unit: str) -> str:
    return f"{counts[0]:,} / {counts[1]:,} {unit}"


PAGES = [
    Opened("overview", f"/?area={TOWN}&level=grid&ind=VIS-01&period=2020", lambda s: n_of_d(s.visited(TOWN), "户")),
    Opened("coverage", f"/coverage?area={TOWN}&level=grid&ind=ORG-03&period=2020",
           lambda s: n_of_d(s.covered(TOWN), "栋")),
    Opened("visits", f"/visits?area={COMMUNITY}&ind=VIS-01&period=2020", lambda s: n_of_d(s.visited(COMMUNITY), "户")),
    # Of nine townships eight have too few disputes for a class.
    Opened("disputes", "/disputes?ind=DIS-03&period=2020", lambda s: n_of_d(s.disputes(), "起"), CLASSES, 1),
    Opened("relocation", "/relocation?period=2020", lambda s: n_of_d(s.plots(), "户"), CLASSES[2:], 1),
    # Whole sums of the ledgers on both days; every township rose by more than five points.
    Opened("compare", "/compare?period=2020&since=2020-09-30",
           lambda s: f"新受理{s.accepted('2020-09-30', '2020-12-31')}起", (colours.CHANGE[4],), 1),
    Opened("my_buildings", f"/my_buildings?role=grid_worker&post={GRID}", lambda s: f"全部 {s.own_buildings(GRID)}",
           tuple(colours.CLOCK.values()), 2, "iframe", "地图"),
    Opened("briefing", "/?screen=county&scene=map", lambda s: n_of_d(s.visited(""), "户"), ("#97c6e6", "#62acd9"), 2),
    Opened("intake", "/intake?role=steward", lambda s: f"读入{s.rows():,}行", ("#7b3294",), 1),
    Opened("reconcile", "/reconcile", lambda s: f"台账数{s.visited(TOWN)[0]:,}珠山镇", has_map=False),
    Opened("lineage", f"/lineage?ind=VIS-01&area={COMMUNITY}&period=2020",
           lambda s: n_of_d(s.visited(COMMUNITY), "户"), has_map=False),
    Opened("book", f"/book?area={TOWN}&period=2020", lambda s: n_of_d(s.covered(TOWN), "栋"), has_map=False),
    # The sample was loaded once.
    Opened("audit", "/audit?role=admin", lambda s: "载入 1 次", has_map=False),
]  # fmt: skip


@pytest.fixture(scope="session")
def counted(sample_dir: object) -> Sample:
    return Sample(sample_dir)  # type: ignore[arg-type]


_asked: Counter[str] = Counter()


@pytest.fixture(scope="module")
def one_session(browser: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, server.url, has_one_session=True)
    yield visitor
    visitor.leave()
    print(f"W10: {_asked['pages']} pages opened, {_asked['requests']} requests, 0 left the host, 0 failed")


@pytest.fixture
def reader(one_session: Visitor) -> Iterator[Visitor]:
    """Somebody who reads one page after the other, at the desk or on a phone; each page is judged by itself."""
    one_session.forget()
    yield one_session
    one_session.close_pages()
    one_session.check()
    assert one_session.missing == []
    _asked.update(pages=1, requests=len(one_session.asked))


def shown_colours(page: Page, opened: Opened, seconds: float = 60) -> dict[str, int]:
    """Pixels of each expected colour on the map, as soon as enough of them are there or the time is over."""
    # The legend lies over the map and has the same colours.
    page.add_style_tag(content=".wg-overlay { visibility: hidden }")
    if opened.tap and (page.viewport_size or {})["width"] < 600:
        page.get_by_text(opened.tap, exact=True).last.click()
    drawn: Locator = page.locator(opened.map).first
    deadline = time.monotonic() + seconds
    while True:
        drawn.wait_for(state="visible", timeout=seconds * 1000)
        pixels = picture(drawn)
        found = {colour: count_near(pixels, colour, BLEND) for colour in opened.colours}
        if sum(many >= SHAPES for many in found.values()) >= opened.least or time.monotonic() > deadline:
            return found
        page.wait_for_timeout(500)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("opened", PAGES, ids=[opened.name for opened in PAGES])
def test_a_page(reader: Visitor, counted: Sample, opened: Opened, size: tuple[int, int]) -> None:
    page = reader.open(opened.address, size)
    expect(page.locator("body")).to_contain_text(opened.number(counted), timeout=60_000)
    if opened.has_map:
        found = shown_colours(page, opened)
        assert sum(many >= SHAPES for many in found.values()) >= opened.least, f"pixels by colour: {found}"
        # Every map bears its notice.
        expect(page.locator("body")).to_contain_text("未经审图")
    # No page is wider than its window, and invented data is called so.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("body")).to_contain_text("示例数据")
    assert foreign_words(page) == []


def test_every_page_of_every_role_is_opened_here() -> None:
    # The page of accounts has no map; tests/pages/test_admin.py opens it.
    assert {opened.name for opened in PAGES} == {page for pages in PAGES_OF_ROLE.values() for page in pages} - {"admin"}


def test_a_map_without_its_data_would_be_noticed(browser: Browser, server: Server) -> None:
    visitor = Visitor(browser, server.url)
    page = visitor.open("/nowhere-yet", settle=False)
    page.route("**/map/areas*", lambda route: route.abort())
    page.goto(server.url + PAGES[0].address)
    page.locator(PAGES[0].map).first.wait_for(state="visible", timeout=60_000)
    found = shown_colours(page, PAGES[0], seconds=8)
    visitor.leave()
    assert max(found.values()) < SHAPES, f"pixels by colour: {found}"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_english_is_english(reader: Visitor, size: tuple[int, int]) -> None:
    page = reader.open(f"/?area={TOWN}&level=grid&ind=VIS-01&period=2020&lang=en", size)
    body = page.locator("body")
    expect(body).to_contain_text("Visit coverage", timeout=60_000)
    expect(body).to_contain_text("Sample data")
    expect(body).to_contain_text("31 Dec 2020")


def test_the_address_is_the_view(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_role("button", name="EN", exact=True).click()
    page.wait_for_url("**lang=en**")
    again = visitor.open(page.url.removeprefix(visitor.base))
    expect(again.locator("body")).to_contain_text("Sample data", timeout=60_000)
