"""A hand at the map: the wheel, buttons, keys and fingers; names that have room; one frame for a change of values."""

import math
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import PHONE, Visitor, count_near, picture, settled
from tests.support.hand_count import TOWN
from tests.support.server import Server

ADDRESS = f"/?area={TOWN}&level=grid&ind=VIS-01&period=2020-12"
MAP = ".wg-deck"
HAS_AREAS = "document.querySelector('.wg-deck').map.layers.some((one) => one.layer.id.startsWith('areas-'))"
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def wait_drawn(page: Page) -> None:
    page.wait_for_function("document.querySelector('.wg-deck')?.dataset.drawn === 'yes'", timeout=60_000)


def view(page: Page) -> tuple[float, float, float]:
    """Longitude, latitude and zoom of the map."""
    longitude, latitude, zoom = str(page.locator(MAP).get_attribute("data-view")).split()
    return float(longitude), float(latitude), float(zoom)


def frames(page: Page) -> int:
    return int(str(page.locator(MAP).get_attribute("data-frames")))


def quiet(page: Page) -> None:
    """Wait until nothing is drawn any more."""
    page.mouse.move(3, 3)
    before = -1
    while (now := frames(page)) != before:
        before = now
        page.wait_for_timeout(400)


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(MAP).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Visitor, Page]]:
    """The grids of the town at a desk, one page for all the tests here."""
    visitor = Visitor(browser, server.url)
    page = visitor.open(ADDRESS)
    yield visitor, page
    visitor.leave()
    visitor.check()


@pytest.fixture
def desk(opened: tuple[Visitor, Page]) -> Page:
    """That page as it is first seen: at the top, the map at its first view."""
    page = opened[1]
    wait_drawn(page)
    page.evaluate(f"{SCROLLED} = 0")
    page.get_by_role("button", name="回到全图").click()
    quiet(page)
    return page


def choose_month(page: Page, words: str) -> None:
    page.locator(".st-key-choose_period").get_by_role("combobox").click()
    page.keyboard.type(words)
    page.get_by_role("option", name=words, exact=True).wait_for()
    quiet(page)
    page.keyboard.press("Enter")
    expect(page.locator(".wg-head h1")).to_contain_text(words, timeout=60_000)
    settled(page)
    wait_drawn(page)


def test_the_wheel_scrolls_the_page_and_leaves_the_map_alone(desk: Page) -> None:
    first = view(desk)
    desk.mouse.move(*middle(desk))
    desk.mouse.wheel(0, 240)
    desk.wait_for_function(f"{SCROLLED} >= 200")
    assert view(desk) == first
    expect(desk.locator(".wg-deck-hint")).to_have_text("按住 Ctrl 滚动可缩放")
    expect(desk.locator(".wg-deck-hint")).to_have_class(re.compile(r"\bon\b"))
    print("W20: 240 px of wheel scrolled the page, 0 px of map moved")


def test_ctrl_and_the_wheel_zoom_within_limits(desk: Page) -> None:
    first = view(desk)
    x, y = middle(desk)
    desk.mouse.move(x - 150, y)
    desk.keyboard.down("Control")
    desk.mouse.wheel(0, -100)
    desk.wait_for_function(f"!document.querySelector('{MAP}').dataset.view.endsWith('{first[2]:.3f}')")
    # The place under the pointer stays where it is: half a step nearer, it is 150 of 1.41 × as many pixels away.
    longitude, _, zoom = view(desk)
    assert zoom == pytest.approx(first[2] + 0.5, abs=0.01)
    apart = 150 / 512 / 2 ** first[2] * 360
    assert longitude == pytest.approx(first[0] - apart + apart / math.sqrt(2), abs=apart / 100)
    for _ in range(4):
        desk.mouse.wheel(0, 400)
    desk.wait_for_timeout(200)
    assert view(desk)[2] == pytest.approx(first[2] - 1, abs=0.001)
    for _ in range(12):
        desk.mouse.wheel(0, -400)
    desk.wait_for_timeout(200)
    assert view(desk)[2] == 20
    desk.keyboard.up("Control")
    assert desk.evaluate(SCROLLED) == 0
    desk.get_by_role("button", name="回到全图").click()
    assert view(desk) == first


def test_buttons_zoom_and_home_heals(desk: Page) -> None:
    first = view(desk)
    for name, zoom in (("放大", first[2] + 1), ("缩小", first[2]), ("缩小", first[2] - 1), ("缩小", first[2] - 1)):
        button = desk.get_by_role("button", name=name)
        button.click(force=True)  # at its end a button is out of use
        assert view(desk)[2] == pytest.approx(zoom, abs=0.001)
        box = button.bounding_box()
        assert box and min(box["width"], box["height"]) >= 40
    expect(desk.get_by_role("button", name="缩小")).to_have_attribute("aria-disabled", "true")
    desk.get_by_role("button", name="回到全图").click()
    assert view(desk) == first


def test_keys_move_and_zoom_and_nothing_is_ever_lost(desk: Page) -> None:
    first = view(desk)
    drawn = desk.get_by_role("application", name="走访覆盖率")
    drawn.focus()
    for key, axis, sign in (("ArrowRight", 0, 1), ("ArrowUp", 1, 1), ("ArrowLeft", 0, -1), ("ArrowDown", 1, -1)):
        before = view(desk)
        desk.keyboard.press(key)
        assert (view(desk)[axis] - before[axis]) * sign > 0, key
    desk.keyboard.press("+")
    assert view(desk)[2] == pytest.approx(first[2] + 1, abs=0.001)
    desk.keyboard.press("-")
    for _ in range(40):
        desk.keyboard.press("ArrowRight")
    box = desk.locator(MAP).bounding_box()
    assert box
    assert view(desk)[0] - first[0] == pytest.approx(box["width"] / 2 / 512 / 2 ** first[2] * 360, rel=0.01)
    assert desk.evaluate(SCROLLED) == 0
    desk.keyboard.press("0")
    assert view(desk) == first


def names_shown(page: Page) -> list[dict[str, Any]]:
    """The names on the map: point in pixels of the plane at this zoom, text."""
    shown: list[dict[str, Any]] = page.evaluate(
        """() => { const map = document.querySelector('.wg-deck').map;
                   const [id] = [...map.placed.keys()];
                   return map.placed.get(id).shown.map((row) => ({ p: map.viewport().project(row.p), t: row.t })) }"""
    )
    return shown


def test_names_never_touch_at_any_zoom_and_more_of_them_come_nearer(desk: Page) -> None:
    many = []
    for step in ("缩小", "放大", "放大"):
        desk.get_by_role("button", name=step).click()
        quiet(desk)
        shown = names_shown(desk)
        many.append(len(shown))
        boxes = []
        for one in shown:
            lines = one["t"].split("\n")
            # A Chinese letter is as wide as the type is high, a digit half of it.
            wide = max(sum(1 if ord(mark) > 0x2E7F else 0.5 for mark in line) for line in lines) * 13 / 2
            high = len(lines) * 13 / 2
            x, y = one["p"]
            boxes.append((x - wide, y - high, x + wide, y + high))
        for (w, n, e, s), (w2, n2, e2, s2) in combinations(boxes, 2):
            assert w >= e2 or e <= w2 or n >= s2 or s <= n2, f"two names touch after {step}"
    assert 3 <= many[0] < many[1] < many[2] <= 30


def test_a_change_of_values_is_one_frame_and_leaves_shapes_and_view_alone(
    desk: Page, opened: tuple[Visitor, Page]
) -> None:
    visitor = opened[0]
    desk.get_by_role("button", name="放大").click()
    choose_month(desk, "2020年10月")
    quiet(desk)
    seen, before, looked = view(desk), frames(desk), picture(desk.locator("canvas#deckgl-overlay"))
    visitor.asked.clear()
    choose_month(desk, "2020年11月")
    quiet(desk)
    assert frames(desk) == before + 1
    assert view(desk) == seen
    assert np.abs(picture(desk.locator("canvas#deckgl-overlay")) - looked).max() > 30
    fetched = [url.split("/map/")[1].split("?")[0] for url in visitor.asked if "/map/" in url and "?" in url]
    assert sorted(fetched) == ["areas", "labels"]
    assert all("only=values" in url for url in visitor.asked if "/map/areas?" in url)
    # The hand's view is there again after another page; another area begins with its own.
    desk.get_by_role("link", name="指标口径").click()
    expect(desk.locator("h1")).to_contain_text("指标", timeout=60_000)
    expect(desk.locator(MAP)).to_have_count(0)
    desk.get_by_role("link", name="总览").click()
    desk.locator(MAP).wait_for(timeout=60_000)
    wait_drawn(desk)
    assert view(desk) == seen
    print("W21: 1 frame for a change of values, 0 shapes fetched again")


def test_what_did_not_come_is_asked_for_again(desk: Page, opened: tuple[Visitor, Page]) -> None:
    desk.route("**/map/areas*", lambda route: route.abort())
    with desk.expect_console_message(lambda message: "map layer areas" in message.text):
        choose_month(desk, "2020年9月")
    assert not desk.evaluate(HAS_AREAS)
    desk.unroute("**/map/areas*")
    desk.wait_for_function(HAS_AREAS, timeout=30_000)
    complaints = opened[0].complaints
    complaints[:] = [one for one in complaints if "/map/areas" not in one]


def test_a_lost_picture_is_drawn_anew(desk: Page) -> None:
    before = frames(desk)
    desk.evaluate("document.querySelector('.wg-deck canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
                  ".loseContext()")  # fmt: skip
    desk.wait_for_function(f"Number(document.querySelector('.wg-deck').dataset.frames) > {before}", timeout=30_000)
    quiet(desk)
    assert count_near(picture(desk.locator("canvas#deckgl-overlay")), "#ffffff", 30) > 500
    assert desk.locator(".wg-deck canvas").count() == 1
    print("W22: 1 of 1 lost pictures drawn anew")


def test_a_click_opens_an_area(desk: Page) -> None:
    x, y = desk.evaluate(
        """() => { const { map } = document.querySelector('.wg-deck'), [id] = [...map.placed.keys()];
                   const [dx, dy] = map.viewport().project(map.placed.get(id).shown[0].p);
                   const box = map.box.getBoundingClientRect(); return [box.x + dx, box.y + dy] }"""
    )
    desk.mouse.move(x, y)
    expect(desk.locator(".wg-deck-tip")).to_contain_text("户", timeout=10_000)
    desk.mouse.click(x, y)
    expect(desk.locator(".wg-deck")).to_have_attribute("data-drawn", "yes", timeout=60_000)
    desk.wait_for_function(f"new URLSearchParams(location.search).get('area').length > {len(TOWN)}", timeout=60_000)


def test_on_a_phone_one_finger_scrolls_and_two_zoom(browser: Browser, server: Server) -> None:
    visitor = Visitor(browser, server.url)
    page = visitor.open(ADDRESS, PHONE)
    page.bring_to_front()
    wait_drawn(page)
    first = view(page)
    x, y = middle(page)
    # What stands below the map is there: a page of one screen has nowhere to go.
    page.wait_for_function("(main => main.scrollHeight > main.clientHeight + 300)"
                           "(document.querySelector('[data-testid=stMain]'))", timeout=60_000)  # fmt: skip
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y + 100}]})
    for step in range(1, 11):
        moved = {"x": x, "y": y + 100 - 20 * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
        page.wait_for_timeout(20)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(f"{SCROLLED} >= 100")
    assert view(page) == first
    page.locator(MAP).scroll_into_view_if_needed()
    x, y = middle(page)
    touch.send("Input.synthesizePinchGesture", {"x": x, "y": y, "scaleFactor": 2.0, "gestureSourceType": "touch"})
    assert 0.5 < view(page)[2] - first[2] < 1.5
    for name in ("放大", "缩小", "回到全图"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box and min(box["width"], box["height"]) >= 44
    visitor.leave()
    visitor.check()


def test_a_browser_that_cannot_draw_says_so_and_shows_the_rest(browser: Browser, server: Server) -> None:
    visitor = Visitor(browser, server.url)
    page = visitor.open("/nowhere-yet", settle=False)
    page.add_init_script(
        "const old = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
        "function (kind, more) { return kind.startsWith('webgl') ? null : old.call(this, kind, more) }"
    )
    page.goto(server.url + ADDRESS)
    expect(page.locator(".wg-deck-said")).to_contain_text("这个浏览器画不出地图", timeout=60_000)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=60_000)
    visitor.leave()
