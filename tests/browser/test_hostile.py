"""Hostile texts in every column that somebody typed: nothing runs on any page, no page breaks, no asset is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from data.store import open_store, writing
from portal.frame import PAGES_OF_ROLE
from tests.portal.tiny_county import COMMUNITIES, GRIDS, build
from tests.support.canaries import fill, let_in
from tests.support.chromium import Visitor
from tests.support.hostile import STRINGS, TURNS, plant, text_columns
from tests.support.server import Server, running_server

ROLE_OF_PAGE = {page: role for role, pages in PAGES_OF_ROLE.items() for page in pages}
MORE = {
    "my_buildings": f"&post={GRIDS[0]}",
    "overview": f"&area={COMMUNITIES[0]}&level=grid&layers=buildings,orgs,facilities",
    "intake": f"&file={quote(STRINGS[2])}&problem={quote(STRINGS[0])}",
    "briefing": "&scene=map",
}
COUNT = "() => window.top.__canary || 0"


@contextmanager
def serve(folder: Path, turn: int) -> Iterator[tuple[Server, set[tuple[str, str]]]]:
    """A server over the tiny county whose every text is hostile, and which string stands in which column."""
    url = build(folder / "hostile.db")
    engine = open_store(url)
    with writing(engine) as conn:
        fill(conn)
    let_in(engine)
    reached = plant(engine, turn)
    engine.dispose()
    with running_server(url) as running:
        yield running, reached


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the tiny county whose every text is hostile."""
    with serve(tmp_path_factory.mktemp("hostile"), 0) as (running, _):
        yield running


def look_around(page: Page) -> None:
    """Move over the map, so that its tooltips are made."""
    drawn = page.locator("canvas#deckgl-overlay, iframe").first
    if drawn.count() and (box := drawn.bounding_box()):
        for share in (0.3, 0.42, 0.5, 0.58, 0.7):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5)
            page.wait_for_timeout(60)


def address(page: str) -> str:
    return f"/{'' if page == 'overview' else page}?role={ROLE_OF_PAGE[page]}{MORE.get(page, '')}"


@pytest.fixture(scope="module")
def onlooker(browser: Browser, hostile: Server) -> Iterator[Visitor]:
    """Somebody who opens one page after the other."""
    visitor = Visitor(browser, hostile.url, has_one_session=True)
    yield visitor
    visitor.leave()


def check(visitor: Visitor, name: str) -> None:
    visitor.forget()
    page = visitor.open(address(name))
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.wait_for_timeout(500)
    look_around(page)
    ran = [frame.evaluate(COUNT) for frame in page.frames]
    text = page.locator("body").inner_text()
    page.close()
    assert ran == [0] * len(ran), f"{name}: hostile text ran"
    assert visitor.missing == [], f"{name}: {visitor.missing}"
    assert visitor.outside == [], f"{name}: requests that leave the host: {visitor.outside}"
    assert visitor.complaints == [], f"{name}: console errors: {visitor.complaints}"
    assert "页面出错了" not in text, name
    if name not in ("audit", "my_buildings"):
        assert "onerror" in text or "canary" in text or "DROP" in text or len(text) > 100, name


@pytest.mark.parametrize("name", sorted(ROLE_OF_PAGE))
def test_nothing_runs(onlooker: Visitor, name: str) -> None:
    check(onlooker, name)


def test_the_list_is_long_and_reaches_what_people_type() -> None:
    from data import schema

    assert len(STRINGS) >= 40
    reached = {f"{t.name}.{c}" for t in schema.metadata.tables.values() for c in text_columns(t)}
    assert {
        "area.area_name",
        "building.building_name",
        "org.org_name",
        "facility.facility_name",
        "post.person_no",
        "building.estate_name",
        "source_file.file_name",
        "refused_row.sheet",
        "case_file.source",
        "account.subject",
        "screen_link.label",
        "household.household_no",
        "visit.visitor_no",
        "case_step.handler_unit",
    } <= reached


def test_a_text_that_runs_would_be_seen(onlooker: Visitor) -> None:
    page = onlooker.open("/?role=leader")
    page.evaluate(f"document.body.insertAdjacentHTML('beforeend', {STRINGS[2]!r})")
    page.wait_for_function("window.top.__canary > 0")
    page.close()


@pytest.mark.soak
def test_nothing_runs_wherever_the_texts_stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every string in every column of text, every page each time."""
    reached: set[tuple[str, str]] = set()
    opened = 0
    for turn in range(TURNS):
        with serve(tmp_path_factory.mktemp("turn"), turn) as (server, here):
            visitor = Visitor(browser, server.url, has_one_session=True)
            for name in sorted(ROLE_OF_PAGE):
                check(visitor, name)
                opened += 1
            visitor.leave()
        reached |= here
    columns = {column for column, _ in reached}
    assert len(reached) == len(columns) * len(STRINGS)
    print(f"W1: {len(STRINGS)} strings in each of {len(columns)} columns, {opened} pages opened, 0 executions")
