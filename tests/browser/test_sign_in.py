"""Signing in for real: Chromium, an OIDC provider on this machine, accounts in the store."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from data import accounts
from data.store import changing, open_store
from portal.shell import PAGE_PATHS
from tests.support.chromium import Visitor, settled
from tests.support.provider import Place, running_with_sign_in

COUNTY = "422825"


@pytest.fixture(scope="module")
def place(county_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The sample county behind a provider, rights asked again every second."""
    folder = tmp_path_factory.mktemp("sign_in")
    shutil.copy(county_folder / "county.db", folder / "county.db")
    url = f"sqlite:///{folder / 'county.db'}"
    now = datetime.now(UTC)
    with changing(open_store(url)) as conn:
        accounts.add_account(conn, "leader-1", "leader", ["422825100"], by="test", now=now)
        accounts.add_account(conn, "steward-1", "steward", [COUNTY], by="test", now=now)
        accounts.add_account(conn, "leaver-1", "leader", [COUNTY], by="test", now=now)
    with running_with_sign_in(url, folder, WANGGE_RECHECK_SECONDS="1") as running:
        yield running


def title(page: Page) -> str:
    """The first heading, when it stands."""
    page.locator("h1").first.wait_for(timeout=60_000)
    return page.locator("h1").first.inner_text()


def enter(visitor: Visitor, subject: str) -> Page:
    """Sign in at the provider; the page stands where it brought us."""
    page = visitor.open("/", settle=False)
    page.get_by_role("button", name="登录").click()
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{visitor.base}/**")
    settled(page)
    return page


@pytest.fixture
def someone(browser: Browser, place: Place) -> Iterator[Visitor]:
    visitor = Visitor(browser, place.server.url)
    yield visitor
    visitor.leave()


def test_every_address_opened_first_shows_the_sign_in_page_only(someone: Visitor) -> None:
    # One browser; nobody has signed in with it, so each page is a stranger's first.
    someone.has_one_session = True
    for path in PAGE_PATHS:
        page = someone.open(path, settle=False)
        assert title(page) == "请先登录", path
        assert page.locator(".st-key-wg_bar, canvas, [data-testid='stDataFrame']").count() == 0, path
        page.close()
    assert not any("/map/" in url and "sig=" in url for url in someone.asked)
    assert not someone.outside


def test_somebody_with_an_account_sees_their_own_and_leaves(someone: Visitor) -> None:
    page = enter(someone, "leader-1")
    assert page.locator(".wg-here").first.inner_text() == "珠山镇"
    layers = [url for url in someone.asked if "/map/" in url and "sig=" in url]
    assert layers and all("own=422825100&" in url for url in layers)
    page.goto(f"{someone.base}/?area=422825")
    settled(page)
    assert page.locator(".wg-here").first.inner_text() == "珠山镇"
    cookie = {c["name"]: c for c in page.context.cookies()}["_streamlit_user"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    page.locator(".st-key-wg_me button").first.click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_timeout(3000)
    # The cookie of before, put back: the sign-in it stands for has ended, and so have its map addresses.
    page.context.add_cookies([cookie])
    page.goto(someone.base)
    assert title(page) == "登录已结束"
    page.wait_for_timeout(1500)
    assert page.request.get(layers[-1]).status == 403


def test_a_stranger_reads_what_to_do_next(someone: Visitor) -> None:
    page = enter(someone, "stranger-1")
    assert title(page) == "您还没有账户"
    assert page.locator(".wg-command").inner_text() == "stranger-1"
    assert page.locator(".st-key-wg_bar, canvas").count() == 0
    assert not any("/map/" in url and "sig=" in url for url in someone.asked)


def test_a_steward_starts_on_the_own_page(someone: Visitor) -> None:
    page = enter(someone, "steward-1")
    page.wait_for_url("**/intake*")  # the address changes a moment after the page is there
    assert page.url.split("?")[0].endswith("/intake")


def test_an_account_that_is_switched_off_closes_its_open_page(someone: Visitor, place: Place) -> None:
    page = enter(someone, "leaver-1")
    assert page.locator(".st-key-wg_bar").count() == 1
    with changing(open_store(place.database)) as conn:
        account = accounts.account_of(conn, "leaver-1")
        assert account is not None
        accounts.change_account(conn, account.account_id, 1, by="test", now=datetime.now(UTC), is_active=False)
    # Nobody clicks: the page itself looks again.
    page.get_by_text("您的账户已停用").wait_for(timeout=30_000)
    assert page.locator(".st-key-wg_bar").count() == 0
