"""A known session id opens nobody else's session: real handshakes behind a portal, in the demo, by link, signed in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from data import accounts
from data.settings import settings
from data.store import changing, open_store
from portal import seats
from tests.portal.tiny_county import COUNTY, GRIDS, build
from tests.support.provider import secrets_file
from tests.support.server import Server, free_port, running_server
from tests.support.sockets import Socket, a_browser, open_socket

HEADER = "X-Forwarded-User"
OWN = "栋走访完成"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = build(Path(tmp_path_factory.mktemp("seats") / "tiny.db"))
    with changing(open_store(url)) as conn:
        for subject, role, area in (("w", "grid_worker", GRIDS[0]), ("v", "grid_worker", GRIDS[4])):
            accounts.add_account(conn, subject, role, [area], by="test", now=datetime.now(UTC))
    return url


@pytest.fixture(scope="module")
def portal(store: str) -> Iterator[Server]:
    with running_server(store, WANGGE_IDENTITY="proxy") as server:
        yield server


def is_taken(owner: Socket, thief: Socket) -> bool:
    """Whether somebody who presented the owner's id has the owner's session."""
    for timer in owner.timers:
        thief.ring(timer)
    thief.visit("my_buildings")
    return thief.session_id == owner.session_id


def test_behind_a_portal_a_session_is_its_persons(portal: Server) -> None:
    own, other = a_browser(), a_browser()
    with open_socket(portal.url, {HEADER: "w"}, browser=own) as owner:
        owner.visit("my_buildings")
        assert owner.shows(OWN) and owner.timers
        stolen = owner.session_id
        # Another person, at their own browser and at the owner's; the owner's name from another browser, or from none.
        for headers, browser in (({HEADER: "v"}, other), ({HEADER: "v"}, own), ({}, own), ({HEADER: "w"}, other),
                                 ({HEADER: "w"}, "")):  # fmt: skip
            with open_socket(portal.url, headers, browser=browser, session=stolen) as thief:
                assert not is_taken(owner, thief), (headers, browser == own)
                assert thief.shows("兴隆") is (headers == {HEADER: "w"})
        # The owner was not thrown out meanwhile.
        owner.click()
        assert owner.shows(OWN) and owner.session_id == stolen
    # Nor is it anybody's once its line is cut; its owner goes on with it.
    with open_socket(portal.url, {HEADER: "v"}, browser=other, session=stolen) as thief:
        assert not is_taken(owner, thief) and not thief.shows("兴隆")
    with open_socket(portal.url, {HEADER: "w"}, browser=own, session=stolen) as back:
        back.visit("my_buildings")
        assert back.shows(OWN) and back.session_id == stolen
    print("W15: 4 handshakes with a foreign id, 0 sessions taken")


def test_a_seat_cannot_be_told_from_outside(portal: Server) -> None:
    with open_socket(portal.url, {HEADER: "w", seats.HEADER: "x"}) as owner:
        owner.visit("my_buildings")
        with open_socket(portal.url, {HEADER: "v", seats.HEADER: "x"}, session=owner.session_id) as thief:
            assert not is_taken(owner, thief)


def test_the_screen_of_a_link_is_its_browsers(portal: Server, store: str) -> None:
    now = datetime.now(UTC)
    with changing(open_store(store)) as conn:
        _, token = accounts.add_link(conn, COUNTY, "大厅", now + timedelta(days=1), by="t", now=now)
    with open_socket(portal.url, browser=a_browser()) as owner:
        owner.visit(screen_link=token)
        assert owner.shows("宣恩县")
        for browser in (a_browser(), ""):
            with open_socket(portal.url, browser=browser, session=owner.session_id) as thief:
                assert not is_taken(owner, thief) and not thief.shows("宣恩县")


def test_in_the_demo_a_session_is_its_browsers(store: str) -> None:
    own = a_browser()
    with running_server(store) as demo:
        with open_socket(demo.url, browser=own) as owner:
            owner.visit("my_buildings", role="grid_worker", post=GRIDS[0])
            assert owner.shows(OWN)
            with open_socket(demo.url, browser=a_browser(), session=owner.session_id) as thief:
                thief.visit("my_buildings")
                assert thief.session_id != owner.session_id
        with open_socket(demo.url, browser=own, session=owner.session_id) as back:
            back.visit("my_buildings", role="grid_worker", post=GRIDS[0])
            assert back.session_id == owner.session_id


def test_a_signed_in_session_is_its_persons_and_its_browsers(store: str, tmp_path: Path) -> None:
    port = free_port()
    secrets = secrets_file(tmp_path, "http://localhost:9", port)
    key = next(line.split('"')[1] for line in secrets.read_text().splitlines() if "cookie_secret" in line)
    own, origin = a_browser(), f"http://localhost:{port}"

    def signed_in(subject: str) -> dict[str, str]:
        said = {"sub": subject, "iat": int(datetime.now(UTC).timestamp()), "is_logged_in": True, "origin": origin}
        value = create_signed_value(key, "_streamlit_user", json.dumps(said)).decode()
        return {"Origin": origin, "Cookie": f"_streamlit_user={value}"}

    with running_server(store, "--secrets.files", str(secrets), port=port, WANGGE_IDENTITY="oidc") as server:
        first = signed_in("w")
        with open_socket(server.url, first, browser=own) as owner:
            owner.visit("my_buildings")
            assert owner.shows(OWN)
            for headers, browser in ((signed_in("v"), own), (signed_in("v"), a_browser()), (first, a_browser())):
                with open_socket(server.url, headers, browser=browser, session=owner.session_id) as thief:
                    assert not is_taken(owner, thief)


def test_a_seat_says_nothing_of_who_sits_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_IDENTITY", "proxy")
    settings.cache_clear()
    cookie = (b"cookie", f"a=b; {seats.XSRF_COOKIE}={a_browser()}".encode())
    named = (b"X-Forwarded-User", b"w")
    found = {seats.seat_of({"headers": headers}) for headers in ([cookie], [cookie, named], [cookie, named, named])}
    assert len(found) == 3 and all(len(seat) == 64 for seat in found)
    assert seats.seat_of({"headers": [named]}) != seats.seat_of({"headers": [named]})
    settings.cache_clear()
