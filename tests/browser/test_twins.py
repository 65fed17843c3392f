"""两图并排: the two maps move as one, a change fetches its own side alone, a click opens the area on both."""

import re

from playwright.sync_api import Page, expect

from tests.support.chromium import Visitor
from tests.support.hand_count import TOWN

ADDRESS = f"/compare?show=sides&area={TOWN}&level=grid&ind=VIS-01&period=2020"
SHAPES = ".wg-twin:nth-child({}) path.leaflet-interactive"


def drawn(page: Page) -> None:
    expect(page.locator(".wg-twins[data-drawn]")).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")


def places(page: Page) -> list[str]:
    """Where the panes of both maps stand, with the outline of the first area of each."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".wg-twin")].map((twin) =>
             twin.querySelector(".leaflet-map-pane").style.transform +
             twin.querySelector("path.leaflet-interactive").getAttribute("d"))"""
    )
    return found


def seen(page: Page) -> tuple[float, float]:
    """A point of the window at which an area of the left map lies on top."""
    x, y = page.evaluate(
        """() => [...document.querySelectorAll(".wg-twin:nth-child(1) path.leaflet-interactive")].map((path) => {
             const box = path.getBoundingClientRect();
             const at = [box.x + box.width / 2, box.y + box.height / 2];
             return document.elementFromPoint(...at) === path ? at : null;
           }).find((at) => at)"""
    )
    return x, y


def test_two_maps_as_one(visitor: Visitor) -> None:
    page = visitor.open(ADDRESS)
    drawn(page)
    assert [page.locator(SHAPES.format(side)).count() for side in (1, 2)] == [30, 30]
    before = places(page)
    page.locator(".wg-twin:nth-child(2) .wg-canvas").hover()
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(1000)
    left, right = places(page)
    assert left == right != before[0]

    visitor.asked.clear()
    page.locator(".st-key-choose_ind2").get_by_role("combobox").click()
    with page.expect_response(lambda answer: "/map/areas?" in answer.url, timeout=60_000):
        page.get_by_role("option", name="网格党支部组建率").click()
    expect(page.get_by_role("heading", name=re.compile("与2020年网格党支部组建率"))).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    asked = [url for url in visitor.asked if "/map/areas?" in url]
    assert asked and all("ind=ORG-01" in url for url in asked)

    page.mouse.click(*seen(page))
    expect(page.locator(".wg-here")).to_contain_text("网格", timeout=60_000)
    assert not visitor.complaints and not visitor.outside
