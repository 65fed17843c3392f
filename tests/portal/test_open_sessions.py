"""Sessions that are open while rights change (A7, A8): a real server behind a trusted proxy's header, real sockets."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data import accounts, audit
from data.audit_store import open_audit
from data.store import changing, open_store
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP, build
from tests.support.server import Server, running_server
from tests.support.sockets import Socket, open_socket

HEADER = "X-Forwarded-User"
CLOSES_SECONDS = 60
RECHECK_SECONDS = 1


@dataclass(frozen=True)
class Place:
    """A running server and its store."""

    server: Server
    url: str

    def add(self, subject: str, role: str, *areas: str) -> accounts.Account:
        with changing(open_store(self.url)) as conn:
            return accounts.add_account(conn, subject, role, areas, by="test", now=datetime.now(UTC))

    def change(self, account: accounts.Account, **changes: Any) -> accounts.Account:
        with changing(open_store(self.url)) as conn:
            now = datetime.now(UTC)
            return accounts.change_account(conn, account.account_id, account.version_no, by="t", now=now, **changes)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    url = build(Path(tmp_path_factory.mktemp("open") / "tiny.db"))
    environ = {"WANGGE_IDENTITY": "proxy", "WANGGE_RECHECK_SECONDS": str(RECHECK_SECONDS)}
    with running_server(url, **environ) as server:
        yield Place(server, url)


def closed_after(sessions: list[Socket], words: str) -> list[float]:
    """Seconds until each session shows some words, its timers ringing as in a browser and nobody clicking."""
    started, after = time.monotonic(), dict[int, float]()
    while len(after) < len(sessions) and time.monotonic() - started < CLOSES_SECONDS:
        time.sleep(RECHECK_SECONDS)
        for number, session in enumerate(sessions):
            if number not in after:
                session.tick()
                if session.shows(words):
                    after[number] = time.monotonic() - started
    return list(after.values())


def test_a_person_who_is_switched_off_is_out_everywhere(place: Place) -> None:
    account = place.add("a7", "leader", COUNTY)
    with ExitStack() as stack:
        sessions = [stack.enter_context(open_socket(place.server.url, {HEADER: "a7"})) for _ in range(3)]
        for session, page in zip(sessions, ("", "visits", "briefing"), strict=True):
            session.visit(page)
            assert session.shows("宣恩县")
        place.change(account, is_active=False)
        after = closed_after(sessions, "您的账户已停用")
        assert len(after) == 3
        for session in sessions:
            # Whatever is asked for now, by a click or by a timer of before, shows nothing.
            assert "宣恩县".encode() not in session.tick() + session.click()
    print(f"A7: 3 of 3 open sessions closed, the last after {max(after):.1f} s (rechecked every {RECHECK_SECONDS} s)")


def test_changed_areas_hold_in_the_open_session(place: Place) -> None:
    account = place.add("mover", "leader", TOWN)
    with open_socket(place.server.url, {HEADER: "mover"}) as session:
        session.visit()
        assert session.shows("珠山镇") and not session.shows(TOWNSHIP)
        place.change(account, areas=[TOWNSHIP])
        assert len(closed_after([session], "椒园镇")) == 1
        assert not session.shows(COMMUNITIES[0])


def test_who_is_not_named_or_not_known_sees_nothing(place: Place) -> None:
    for headers, words in (
        ({}, "请从单位门户进入"),
        ([(HEADER, "a"), (HEADER, "b")], "请从单位门户进入"),
        ({HEADER: "stranger"}, "您还没有账户"),
        ({"X_Forwarded_User": "a7"}, "请从单位门户进入"),
    ):
        with open_socket(place.server.url, headers) as session:
            for page in ("", "visits", "admin"):
                session.visit(page, role="steward", screen="county", area=COUNTY)
                assert session.shows(words), (headers, page)
                assert not session.shows("宣恩县")


def test_the_demos_choice_of_role_is_no_way_in(place: Place) -> None:
    place.add("worker", "grid_worker", COMMUNITIES[0])
    with open_socket(place.server.url, {HEADER: "worker"}) as session:
        session.visit("intake", role="steward")
        assert not session.shows("拒绝") and not session.shows(TOWNSHIP)


def test_a_revoked_screen_goes_dark(place: Place) -> None:
    now = datetime.now(UTC)
    with changing(open_store(place.url)) as conn:
        link, token = accounts.add_link(conn, COUNTY, "大厅", now + timedelta(days=1), by="t", now=now)
    with open_socket(place.server.url) as screen:
        screen.visit(screen_link=token)
        assert screen.shows("宣恩县")
        with changing(open_store(place.url)) as conn:
            accounts.revoke_link(conn, link.link_id, by="t", now=now)
        after = closed_after([screen], "屏幕链接无效")
        assert len(after) == 1
        assert "宣恩县".encode() not in screen.tick() + screen.click()
    print(f"A8: a revoked screen went dark after {after[0]:.1f} s")


def test_a_timer_that_goes_on_alone_gets_nothing_either(place: Place) -> None:
    now = datetime.now(UTC)
    with changing(open_store(place.url)) as conn:
        link, token = accounts.add_link(conn, COUNTY, "走廊", now + timedelta(days=1), by="t", now=now)
    with open_socket(place.server.url) as screen:
        screen.visit(screen_link=token)
        assert "宣恩县".encode() in screen.tick(skip=1)
        with changing(open_store(place.url)) as conn:
            accounts.revoke_link(conn, link.link_id, by="t", now=now)
        time.sleep(2 * RECHECK_SECONDS)
        # A browser that has learned to leave out the watch asks for the wall alone.
        assert "宣恩县".encode() not in screen.tick(skip=1)


def test_a_screen_shows_its_area_and_no_other(place: Place) -> None:
    now = datetime.now(UTC)
    with changing(open_store(place.url)) as conn:
        _, token = accounts.add_link(conn, TOWN, "镇政府", now + timedelta(days=1), by="t", now=now)
    with open_socket(place.server.url) as screen:
        for page in ("", "visits", "intake", "admin"):
            screen.visit(page, screen_link=token, screen=COUNTY, area=TOWNSHIP, role="leader")
            assert screen.shows("珠山镇") and not screen.shows("椒园镇"), page


def noted_once(place: Place, sessions: int) -> None:
    """Sessions of a worker and a leader that open and reopen their own page and one that is not theirs."""
    place.add(f"worker-{sessions}", "grid_worker", GRIDS[0])
    place.add(f"leader-{sessions}", "leader", COUNTY)
    last, _ = audit.head(open_audit(place.url))
    for _ in range(sessions):
        for subject, own, foreign in (("worker", "my_buildings", "intake"), ("leader", "visits", "admin")):
            with open_socket(place.server.url, {HEADER: f"{subject}-{sessions}"}) as session:
                for page in (own, own, foreign, foreign, own):
                    session.visit(page)
                    session.click()
    events = [event for event in audit.read(open_audit(place.url), limit=100_000) if event.event_no > last]
    found = Counter((event.role, event.action, event.object) for event in events)
    assert found == Counter({
        ("grid_worker", "sign_in", "role:grid_worker"): sessions, ("leader", "sign_in", "role:leader"): sessions,
        ("grid_worker", "detail_view", f"buildings:{GRIDS[0]}"): sessions,
        ("grid_worker", "refused", "page:intake"): sessions, ("leader", "refused", "page:admin"): sessions,
    })  # fmt: skip
    assert audit.verify(open_audit(place.url)).is_whole
    print(f"L1: {len(events)} events of {2 * sessions} sessions with ten runs each, each noted once, 0 doubles")


def test_each_event_of_a_session_is_noted_once(place: Place) -> None:
    noted_once(place, 2)


@pytest.mark.soak
def test_each_event_of_two_hundred_sessions_is_noted_once(place: Place) -> None:
    noted_once(place, 100)
