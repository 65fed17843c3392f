"""Who gets in: trusted proxies, idle and long sign-ins, links and guesses, changed rights on every read."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data import accounts as kept
from data.settings import settings
from data.store import changing, open_store
from portal import accounts, actions, reads, sign_in
from portal.accounts import SignIn
from portal.identity import NotAllowedError, Viewer, detail_of, is_loopback
from portal.sign_in import Refusal
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.fixture(autouse=True)
def _fresh(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_IDENTITY", "oidc")
    settings.cache_clear()
    accounts.forget()
    sign_in.forget()
    clock(monkeypatch, NOW)


def clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(accounts, "now", lambda: moment)


def add(url: str, subject: str = "s", role: str = "leader", areas: tuple[str, ...] = (TOWN,), **more: Any) -> Any:
    with changing(open_store(url)) as conn:
        return kept.add_account(conn, subject, role, areas, by="t", now=NOW, **more)


def let_in(subject: str = "s", at: int = AT) -> Viewer:
    found = sign_in.viewer_of(SignIn(subject, at), is_click=True)
    assert isinstance(found, Viewer), found
    return found


def refused(subject: str = "s", at: int = AT) -> str:
    found = sign_in.viewer_of(SignIn(subject, at), is_click=True)
    assert isinstance(found, Refusal)
    return found.why


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_an_account_gives_role_areas_and_detail(tiny_store: str) -> None:
    made = add(tiny_store, areas=(GRIDS[3], GRIDS[0]), role="grid_worker")
    viewer = let_in()
    assert viewer == Viewer("grid_worker", (GRIDS[0], GRIDS[3]), "households")
    assert viewer.actor == f"account:{made.account_id}"
    assert set(reads.buildings(viewer)["grid_code"]) == {GRIDS[0], GRIDS[3]}
    assert [a.code for a in reads.own_areas(viewer)] == [GRIDS[0], GRIDS[3]]
    assert reads.area(viewer, COMMUNITIES[0]) is None


def test_an_own_area_inside_another_is_not_counted_twice(tiny_store: str) -> None:
    add(tiny_store, areas=(TOWN, GRIDS[0], TOWNSHIP))
    viewer = let_in()
    assert [a.code for a in reads.own_areas(viewer)] == [TOWN, TOWNSHIP]
    assert len(reads.buildings(viewer)) == 12
    assert reads.home(viewer).code == TOWN


def test_the_detail_of_an_account_comes_before_that_of_the_role(
    tiny_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tiny_store, detail="public")
    assert let_in().detail == "public"
    monkeypatch.setenv("WANGGE_DETAILS", "leader=buildings, community_lead=households")
    settings.cache_clear()
    assert (detail_of("leader"), detail_of("community_lead"), detail_of("screen")) == (
        "buildings", "households", "public",
    )  # fmt: skip


def test_strangers_and_those_switched_off_stay_out(tiny_store: str) -> None:
    assert refused("nobody") == "unknown"
    made = add(tiny_store)
    with changing(open_store(tiny_store)) as conn:
        kept.change_account(conn, made.account_id, 1, by="t", now=NOW, is_active=False)
    assert refused() == "off"


def test_without_an_account_nothing_is_read_outside_the_demo() -> None:
    for viewer in (Viewer("leader", (COUNTY,), "internal"), Viewer("leader", (COUNTY,), "internal", "account:none:0")):
        for read in (reads.home, reads.buildings, lambda v: reads.measure(v, "VIS-01", "2020", COUNTY)):
            with pytest.raises(NotAllowedError):
                read(viewer)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"areas": [TOWNSHIP]}, {"role": "screen"}, {"detail": "public"}]
)
def test_a_right_taken_away_ends_every_read(
    tiny_store: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    made = add(tiny_store)
    viewer = let_in()
    assert len(reads.buildings(viewer)) == 8
    with changing(open_store(tiny_store)) as conn:
        kept.change_account(conn, made.account_id, 1, by="t", now=NOW, **change)
    # Known at the latest when the kept answer is too old, and not asked again before.
    assert len(reads.buildings(viewer)) == 8
    later = time.monotonic() + settings().recheck_seconds + 1
    monkeypatch.setattr(accounts, "ticks", lambda: later)
    with pytest.raises(NotAllowedError):
        reads.buildings(viewer)


def test_a_leaders_wall_is_less_than_the_leader_and_holds(tiny_store: str) -> None:
    add(tiny_store)
    viewer = let_in()
    wall = Viewer("screen", viewer.areas, "public", viewer.who)
    assert reads.home(wall).code == TOWN
    with pytest.raises(NotAllowedError):
        reads.home(Viewer("steward", viewer.areas, "internal", viewer.who))
    with pytest.raises(NotAllowedError):
        reads.home(Viewer("leader", viewer.areas, "households", viewer.who))
    with pytest.raises(NotAllowedError):
        reads.home(Viewer("leader", (COUNTY,), "internal", viewer.who))


# --- sessions (W4) ----------------------------------------------------------------------------------------------------


def test_a_sign_in_ends_after_half_an_hour_without_a_click(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tiny_store)
    let_in()
    clock(monkeypatch, NOW + timedelta(minutes=29))
    assert isinstance(sign_in.viewer_of(SignIn("s", AT), is_click=False), Viewer)
    clock(monkeypatch, NOW + timedelta(minutes=31))
    assert refused() == "idle"
    # Opening it again does not wake it; signing in anew does.
    assert refused() == "idle"
    let_in(at=AT + 31 * 60)


def test_clicks_keep_a_sign_in_for_twelve_hours_at_most(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tiny_store)
    for minutes in range(0, 12 * 60, 20):
        clock(monkeypatch, NOW + timedelta(minutes=minutes))
        viewer = let_in()
    clock(monkeypatch, NOW + timedelta(hours=12))
    assert refused() == "ended"
    with pytest.raises(NotAllowedError):
        reads.home(viewer)


def test_a_sign_in_that_was_ended_cannot_be_played_again(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tiny_store)
    viewer, other = let_in(), let_in(at=AT - 60)
    clock(monkeypatch, NOW + timedelta(seconds=5))
    actions.sign_out(viewer)
    assert refused() == refused(at=AT - 60) == "ended"
    for old in (viewer, other):
        with pytest.raises(NotAllowedError):
            reads.home(old)
    assert let_in(at=AT + 6).who != viewer.who


@pytest.mark.soak
def test_three_hundred_sign_ins_end_when_they_must(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    idle, over, ended = 0, 0, 0
    for n in range(100):
        add(tiny_store, subject=f"p{n}")
        clock(monkeypatch, NOW)
        assert let_in(f"p{n}").who != let_in(f"p{n}", at=AT - 1 - n).who
        clock(monkeypatch, NOW + timedelta(minutes=30, seconds=1 + n))
        idle += refused(f"p{n}") == "idle"
        clock(monkeypatch, NOW)
        sign_in.forget()
        # Clicked every 25 minutes: awake for twelve hours, and no longer.
        for step in range(0, 12 * 60, 25):
            clock(monkeypatch, NOW + timedelta(minutes=step))
            let_in(f"p{n}")
        clock(monkeypatch, NOW + timedelta(hours=12, seconds=n + 1))
        over += refused(f"p{n}") != "idle"
        clock(monkeypatch, NOW + timedelta(seconds=5))
        sign_in.forget()
        actions.sign_out(let_in(f"p{n}"))
        ended += refused(f"p{n}") == "ended"
    assert idle == over == ended == 100
    print(f"W4: {idle} idle for 30 minutes, {over} older than 12 hours, {ended} played again after their end: 0 let in")


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "bound_to", "allow", "is_good"),
    [
        (None, "127.0.0.1", None, True),
        ("10.0.0.9", "127.0.0.1", None, True),  # behind a proxy on this machine, which says where they are
        (None, "0.0.0.0", None, True),
        ("10.0.0.5", "0.0.0.0", None, True),
        ("10.0.0.9", "0.0.0.0", None, False),
        ("10.0.0.9", "", None, False),
        ("10.0.0.5", "0.0.0.0", "*", False),  # anybody could claim to be the proxy
        ("10.0.0.5", "0.0.0.0", "127.0.0.1,10.0.0.5", False),
        ("10.0.0.5", "0.0.0.0", "127.0.0.1", True),
        ("10.0.0.50", "0.0.0.0", None, False),
    ],
)
def test_a_header_counts_from_listed_proxies_alone(
    monkeypatch: pytest.MonkeyPatch, peer: str | None, bound_to: str, allow: str | None, is_good: bool
) -> None:
    monkeypatch.setenv("WANGGE_PROXIES", "10.0.0.4, 10.0.0.5")
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    if allow is not None:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", allow)
    settings.cache_clear()
    assert sign_in.is_trusted(peer, bound_to) is is_good


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_loopback(address: str) -> None:
    assert is_loopback(address) and not is_loopback("0.0.0.0") and not is_loopback(None)


# --- screens (A8) -----------------------------------------------------------------------------------------------------


def new_link(url: str, area: str = TOWN, days: int = 1) -> tuple[Any, str]:
    with changing(open_store(url)) as conn:
        return kept.add_link(conn, area, "大厅", NOW + timedelta(days=days), by="t", now=NOW)


def test_a_link_shows_public_sums_of_one_area_until_it_ends(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = new_link(tiny_store)
    viewer = accounts.of_link(token)
    assert viewer == Viewer("screen", (TOWN,), "public")
    assert reads.home(viewer).code == TOWN and reads.area(viewer, COUNTY) is None
    clock(monkeypatch, NOW + timedelta(days=1))
    assert accounts.of_link(token) is None
    with pytest.raises(NotAllowedError):
        reads.home(viewer)


def guess_links(url: str, many: int) -> int:
    """How many of as many random guesses, near misses among them, open a screen."""
    _, token = new_link(url)
    near = [token[:-1], token + "A", token.swapcase(), "", token[::-1], token[:16]]
    near += [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token))]
    guesses = near + [secrets.token_urlsafe(kept.TOKEN_BYTES) for _ in range(many - len(near))]
    engine = open_store(url)
    with engine.connect() as conn:
        found = sum(kept.link_of(conn, kept.token_hash(guess)) is not None for guess in guesses)
        assert kept.link_of(conn, kept.token_hash(token)) is not None
    assert kept.TOKEN_BYTES * 8 >= 128
    print(f"A8: {found} of {len(guesses):,} guesses opened a screen")
    return found


def test_no_guess_opens_a_screen(tiny_store: str) -> None:
    assert guess_links(tiny_store, 10_000) == 0


@pytest.mark.soak
def test_no_guess_of_a_million_opens_a_screen(tiny_store: str) -> None:
    assert guess_links(tiny_store, 1_000_000) == 0


def test_who_guesses_waits_and_who_knows_does_not(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr(sign_in, "_pause", lambda: waited.append(1))
    _, token = new_link(tiny_store)
    for _ in range(8):
        assert sign_in.by_link("wrong") == Refusal("link")
    assert waited == [1, 1, 1]
    assert isinstance(sign_in.by_link(token), Viewer)
    assert len(waited) == 3


# --- changes by people ------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(tiny_store: str) -> Viewer:
    add(tiny_store, "boss", "admin", (TOWN,))
    return let_in("boss")


def test_an_administrator_gives_away_own_areas_only(admin: Viewer) -> None:
    made = actions.add_account(admin, "n", "leader", [COMMUNITIES[0]])
    for change in (
        lambda: actions.add_account(admin, "m", "leader", [COMMUNITIES[0], TOWNSHIP]),
        lambda: actions.add_account(admin, "m", "leader", ["999999"]),
        lambda: actions.change_account(admin, made.account_id, 1, areas=[COUNTY]),
        lambda: actions.add_link(admin, COUNTY, "x", NOW + timedelta(days=1)),
    ):
        with pytest.raises(actions.AccountError, match="没有这个区域"):
            change()
    assert [a.subject for a in reads.accounts_of(admin)] == ["boss", "n"]


def test_an_account_elsewhere_is_as_if_it_were_not_there(admin: Viewer, tiny_store: str) -> None:
    other = add(tiny_store, "far", "leader", (TOWNSHIP,))
    wide = add(tiny_store, "wide", "leader", (TOWN, TOWNSHIP))
    link, _ = new_link(tiny_store, TOWNSHIP)
    assert [a.subject for a in reads.accounts_of(admin)] == ["boss"] and reads.links_of(admin) == []
    said = set()
    for account_id in (other.account_id, wide.account_id, "nothing"):
        with pytest.raises(actions.AccountError) as error:
            actions.change_account(admin, account_id, 1, is_active=False)
        said.add(str(error.value))
    assert len(said) == 1
    with pytest.raises(actions.AccountError):
        actions.revoke_link(admin, link.link_id)


def test_nobody_changes_their_own_account(admin: Viewer) -> None:
    own = admin.actor.partition(":")[2]
    with pytest.raises(NotAllowedError):
        actions.change_account(admin, own, 1, areas=[TOWN, COMMUNITIES[0]])


@pytest.mark.parametrize("role", ["leader", "steward", "grid_worker", "screen"])
def test_others_change_nothing(tiny_store: str, role: str) -> None:
    other = add(tiny_store, "o")
    add(tiny_store, "x", role, (COUNTY,))
    viewer = let_in("x")
    for change in _changes(viewer, other.account_id):
        with pytest.raises(NotAllowedError):
            change()
    for read in (reads.accounts_of, reads.links_of):
        with pytest.raises(NotAllowedError):
            read(viewer)


def _changes(viewer: Viewer, account_id: str) -> list[Callable[[], object]]:
    return [
        lambda: actions.add_account(viewer, "m", "leader", [COMMUNITIES[0]]),
        lambda: actions.change_account(viewer, account_id, 1, is_active=False),
        lambda: actions.add_link(viewer, TOWN, "x", NOW + timedelta(days=1)),
        lambda: actions.revoke_link(viewer, "any"),
    ]
