"""What a visit weighs on the wire, counted by the browser: the first with nothing kept, the next with what was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.chromium import ARGUMENTS, DESK, PHONE, find_chromium, settled
from tests.support.server import Server

MAP, NO_MAP, NEXT = 2_500_000, 1_200_000, 100_000
"""Bytes: the first visit of a page with a map, of one without, the next visit of either."""
FULL = "/?ind=VIS-01&period=2020"
Weigh = Callable[[str, tuple[int, int]], dict[str, int]]


@pytest.fixture
def weigh(server: Server, tmp_path: Path) -> Iterator[Weigh]:
    """Opens an address with a profile of its own, kept from one visit to the next; bytes by address of what came."""
    with sync_playwright() as playwright:

        def visit(path: str, size: tuple[int, int]) -> dict[str, int]:
            context = playwright.chromium.launch_persistent_context(
                tmp_path / "x".join(map(str, size)), executable_path=find_chromium(), args=ARGUMENTS, locale="zh-CN",
                viewport={"width": size[0], "height": size[1]}, is_mobile=size == PHONE, has_touch=size == PHONE,
            )  # fmt: skip
            try:
                return _visit(context.pages[0], server.url + path)
            finally:
                context.close()

        yield visit


def _visit(page: Page, url: str) -> dict[str, int]:
    watch = page.context.new_cdp_session(page)
    watch.send("Network.enable")
    named: dict[str, str] = {}
    came: dict[str, int] = {}
    watch.on("Network.requestWillBeSent", lambda event: named.update({event["requestId"]: event["request"]["url"]}))
    watch.on(
        "Network.loadingFinished",
        lambda event: came.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    page.goto(url)
    settled(page)
    if FULL in url:
        # Tables and charts come after the first map, with scripts of their own.
        expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=60_000)
        expect(page.locator("[data-testid=stEChartsChart] canvas, .stEChartsChart canvas").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    return {named[number]: size for number, size in came.items()}


@pytest.mark.parametrize(
    ("path", "size", "most"),
    [(FULL, DESK, MAP), (FULL, PHONE, MAP), ("/book", DESK, NO_MAP)],
    ids=["desk", "phone", "book"],
)
def test_a_visit_and_the_next(weigh: Weigh, path: str, size: tuple[int, int], most: int) -> None:
    first, following = weigh(path, size), weigh(path, size)
    print(
        f"W19: weight of {path} at {size[0]} px: {sum(first.values()):,} B, the next time {sum(following.values()):,} B"
    )
    assert sum(first.values()) <= most, _heaviest(first)
    assert sum(following.values()) <= NEXT, _heaviest(following)
    # The pieces of the font that every page needs, and nothing of the framework's own fonts.
    assert sum("-00." in url and "NotoSansSC" in url for url in first) == 2
    assert not [url for url in first if "MaterialSymbols" in url or "SourceSans" in url]
    if most == NO_MAP:
        # What draws maps, charts and tables is not fetched for a page that has none.
        heavy = ("deck", "Deck", "ECharts", "DataFrame")
        assert not [url for url in first if any(name in url for name in heavy)]


def _heaviest(came: dict[str, int]) -> str:
    return ", ".join(f"{url[-60:]} {size:,}" for url, size in sorted(came.items(), key=lambda pair: -pair[1])[:12])
