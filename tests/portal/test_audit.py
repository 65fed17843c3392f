"""What the portal notes: each event once, and nothing of what may not be done without a trace."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data import accounts as kept
from data import audit as store
from data.audit_store import open_audit
from data.errors import AuditError
from data.settings import settings
from data.store import changing, open_store
from portal import accounts, audit, health, sign_in, signing
from portal.accounts import SignIn
from portal.identity import Viewer
from portal.routes import routes
from portal.sign_in import Refusal
from tests.pages.conftest import open_page
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, GRIDS
from tests.support.server import ROOT

__all__ = ["open_page"]
Open = Callable[..., AppTest]
ADMIN = Viewer("admin", COUNTY, "internal")
LEADER = Viewer("leader", COUNTY, "internal")
WORKER = Viewer("grid_worker", GRIDS[0], "households")


def noted(url: str) -> list[tuple[str, str, str, str]]:
    """Action, role, area and object of the events, oldest first."""
    rows = store.read(open_audit(url))
    return [(row.action, row.role, row.area_code, row.object) for row in reversed(rows)]


def broken(url: str) -> None:
    """Make the audit store one that cannot be written."""
    change(url, "ALTER TABLE audit_event RENAME TO away")


def mended(url: str) -> None:
    change(url, "ALTER TABLE away RENAME TO audit_event")


def change(url: str, statement: str) -> None:
    open_audit(url).dispose()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///").replace(".db", ".audit.db"))) as conn:
        conn.execute(statement)


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_coming_in_is_noted_once_however_often_the_page_runs(open_page: Open, tiny_store: str) -> None:
    app = open_page("overview")
    app.run()
    app.run()
    assert noted(tiny_store) == [("sign_in", "leader", COUNTY, "role:leader")]
    app.query_params["role"] = "steward"
    app.run()
    assert noted(tiny_store)[1:] == [("sign_in", "steward", COUNTY, "role:steward")]
    (one, other) = store.read(open_audit(tiny_store))
    assert (one.actor, other.actor) == ("demo:steward", "demo:leader")  # newest first
    assert one.happened_at.endswith("+00:00")


def test_a_screen_is_noted_too(open_page: Open, tiny_store: str) -> None:
    open_page("overview", screen="county")
    assert noted(tiny_store) == [("sign_in", "screen", COUNTY, "role:screen")]


def test_looking_at_own_buildings_is_noted_once_for_a_version_of_the_data(open_page: Open, tiny_store: str) -> None:
    app = open_page("my_buildings", role="grid_worker", post=GRIDS[1])
    app.run()
    views = [event for event in noted(tiny_store) if event[0] == "detail_view"]
    assert views == [("detail_view", "grid_worker", GRIDS[1], f"buildings:{GRIDS[1]}")]
    assert store.read(open_audit(tiny_store), actions=["detail_view"])[0].details == '{"buildings":2,"version":1}'


def test_details_without_a_trace_are_not_shown(
    open_page: Open, tiny_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "MEMORY_SECONDS", 0)
    open_page("overview")
    broken(tiny_store)
    app = open_page("my_buildings", role="grid_worker", post=GRIDS[1])
    assert not app.exception
    # That and nothing else: no warning beside anything that was drawn before it was found out.
    assert not app.warning and "审计记录写不进去，暂不显示" in html_of(app) and "我的楼栋 ·" not in html_of(app)
    assert app.button(key="wg_lang") and not [b for b in app.button if str(b.key).startswith("ownrow_")]
    # Sums go on, with a sentence; no map of single buildings, no file.
    sums = open_page("overview", area="422825100", ind="VIS-01", period="2020")
    assert "30 / 40" in html_of(sums) and "下载和逐条明细暂停" in html_of(sums)
    for layer, viewer, status in (("areas", LEADER, 200), ("areas", WORKER, 503), ("buildings", WORKER, 503)):
        asked = {"area": viewer.area_code, "level": "grid", "ind": "VIS-01", "period": "2020"}
        address = signing.signed_url(f"/map/{layer}", asked, viewer)
        assert Client(Starlette(routes=routes)).get(address).status_code == status, layer


def test_health_and_the_log_say_that_nothing_can_be_noted(
    open_page: Open, tiny_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moment = time.monotonic()
    monkeypatch.setattr(audit, "time", SimpleNamespace(monotonic=lambda: moment))
    client = Client(Starlette(routes=routes))
    assert client.get("/health").status_code == 200
    assert f"audit head 0:{'0' * 64}" in caplog.text
    broken(tiny_store)
    # Known for ten seconds at most, by trying out; nothing of the inside is said.
    assert client.get("/health").status_code == 200
    moment += 11
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "state": "audit", "data_version": 1})
    assert "no audit event can be noted" in caplog.text
    open_page("overview")
    mended(tiny_store)
    moment += 11
    assert client.get("/health").json()["ok"] is True
    verdict = store.verify(open_audit(tiny_store))
    assert (verdict.lost, verdict.is_unbroken, verdict.is_whole) == (1, True, False)
    assert [event[0] for event in noted(tiny_store)] == ["not_noted"]
    print("L5: known within 10 s, 1 of 1 things not noted counted")


def test_an_open_page_of_single_buildings_goes_and_comes_back(
    open_page: Open, tiny_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "TRY_SECONDS", 0)
    app = open_page("my_buildings", role="grid_worker", post=GRIDS[1])
    assert "我的楼栋 ·" in html_of(app)
    broken(tiny_store)
    app.run()
    assert "暂不显示" in html_of(app) and "我的楼栋 ·" not in html_of(app)
    mended(tiny_store)
    app.run()
    assert "我的楼栋 ·" in html_of(app)


def test_the_end_of_the_log_is_said_once_an_hour_and_a_cut_at_once_then(
    tiny_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moment = time.monotonic()
    monkeypatch.setattr(audit, "time", SimpleNamespace(monotonic=lambda: moment))
    for _ in range(3):
        audit.note(WORKER, "sign_in", "role:grid_worker")
    assert caplog.text.count("audit head") == 1
    with open_audit(tiny_store).begin() as conn:
        conn.exec_driver_sql("DELETE FROM audit_event")
        conn.exec_driver_sql("UPDATE audit_head SET event_no = 0")
    moment += 3601
    audit.note(WORKER, "sign_in", "role:grid_worker")
    assert caplog.text.count("audit head") == 2 and "does not hold what was noted outside it" in caplog.text


def test_a_file_without_a_trace_is_not_made(tiny_store: str) -> None:
    made = []
    make = audit.exporting(WORKER, "refused_rows:batch:1", lambda: made.append(1) or b"x", rows=3)
    assert make() == b"x"
    (event,) = store.read(open_audit(tiny_store))
    assert (event.action, event.object, event.details) == ("export", "refused_rows:batch:1", '{"rows":3}')
    broken(tiny_store)
    with pytest.raises(AuditError):
        make()
    assert made == [1]


def test_refusals_of_addresses_are_noted_each(tiny_store: str) -> None:
    client = Client(Starlette(routes=routes))
    assert client.get("/map/areas?area=1").status_code == 403
    foreign = signing.signed_url("/map/areas", {"area": COUNTY, "level": "grid"}, WORKER)
    assert [client.get(foreign).status_code for _ in range(3)] == [404] * 3
    assert noted(tiny_store) == [
        ("refused", "", "", "route:/map/areas"),
        *[("refused", "grid_worker", GRIDS[0], "route:/map/areas")] * 3,
    ]
    details = [event.details for event in store.read(open_audit(tiny_store))]
    assert details == ['{"reason":"area"}'] * 3 + ['{"reason":"signature"}']


def test_an_address_cannot_forge_a_line(tiny_store: str) -> None:
    Client(Starlette(routes=routes)).get("/map/areas%0d%0a2026%20admin?area=张三")
    Client(Starlette(routes=routes)).get("/map/a\nb")
    assert {event[3] for event in noted(tiny_store)} <= {"＊", "route:/map/ab", "route:/map/areas%0d%0a2026%20admin"}


# --- who does not come in ---------------------------------------------------------------------------------------------


@pytest.fixture
def by_provider(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[SignIn | Refusal], None]:
    """Says whom the identity provider names from now on."""
    monkeypatch.setenv("WANGGE_IDENTITY", "oidc")
    settings.cache_clear()
    accounts.forget()
    sign_in.forget()
    return lambda found: monkeypatch.setattr(sign_in, "sign_in", lambda: found)


def not_let_in(url: str) -> list[tuple[str, str, str]]:
    """Actor, object and details of refused sign-ins, oldest first."""
    rows = store.read(open_audit(url), actions=["sign_in_refused"])
    return [(row.actor, row.object, row.details) for row in reversed(rows)]


def test_a_refused_sign_in_is_noted_once_for_a_session_and_a_reason(
    open_page: Open, tiny_store: str, by_provider: Callable[[SignIn | Refusal], None]
) -> None:
    by_provider(SignIn("stranger-7"))
    app = open_page("overview")
    app.run()
    unknown = ("unknown", "sign_in", '{"reason":"unknown","subject":"stranger-7"}')
    assert not_let_in(tiny_store) == [unknown]
    with changing(open_store(tiny_store)) as conn:
        made = kept.add_account(conn, "gone", "leader", [COUNTY], by="t", now=accounts.now())
        kept.change_account(conn, made.account_id, 1, by="t", now=accounts.now(), is_active=False)
    by_provider(SignIn("gone"))
    app.run()
    app.run()
    off = (f"account:{made.account_id}", "sign_in", '{"reason":"off"}')
    assert not_let_in(tiny_store) == [unknown, off]
    open_page("overview")
    assert not_let_in(tiny_store) == [unknown, off, off]


def test_who_has_not_signed_in_yet_was_refused_nothing(
    open_page: Open, tiny_store: str, by_provider: Callable[[SignIn | Refusal], None]
) -> None:
    by_provider(Refusal("sign_in"))
    open_page("overview")
    assert noted(tiny_store) == []
    by_provider(Refusal("no_claim"))
    open_page("overview")
    assert not_let_in(tiny_store) == [("unknown", "sign_in", '{"reason":"no_claim"}')]


def test_what_a_stranger_is_called_is_noted_unless_it_is_personal(
    open_page: Open, tiny_store: str, by_provider: Callable[[SignIn | Refusal], None]
) -> None:
    for subject in ("张三", "139" + "12345678", "a\r\nb"):
        by_provider(SignIn(subject))
        open_page("overview")
    assert not_let_in(tiny_store) == [("unknown", "sign_in", '{"reason":"unknown","subject":"＊"}')] * 3


def test_a_refused_link_is_noted_by_its_number_or_its_hash(open_page: Open, tiny_store: str) -> None:
    sign_in.forget()
    now = accounts.now()
    with changing(open_store(tiny_store)) as conn:
        link, token = kept.add_link(conn, COUNTY, "大厅", now + timedelta(days=1), by="t", now=now)
        kept.revoke_link(conn, link.link_id, by="t", now=now)
    for wrong in (token, "0123456789abcdef"):
        app = open_page("overview", screen_link=wrong)
        app.run()
    by_hash = f"link:sha256:{kept.token_hash('0123456789abcdef')[:16]}"
    assert not_let_in(tiny_store) == [
        (f"link:{link.link_id}", f"link:{link.link_id}", '{"reason":"link"}'),
        ("unknown", by_hash, '{"reason":"link"}'),
    ]
    assert all(token not in row and "0123456789abcdef" not in row for event in not_let_in(tiny_store) for row in event)


def test_knocking_at_the_sign_in_does_not_fill_the_store(
    open_page: Open, tiny_store: str, by_provider: Callable[[SignIn | Refusal], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "UNKNOWN_PER_MINUTE", 3)
    monkeypatch.setattr(audit, "_knocks", audit._Knocks())
    monkeypatch.setattr(audit, "time", SimpleNamespace(monotonic=lambda: 90.0))
    by_provider(SignIn("stranger"))
    for _ in range(6):
        open_page("overview")
    assert len(not_let_in(tiny_store)) == 3


@pytest.mark.parametrize("page", ["audit", "intake"])
def test_a_page_run_by_somebody_else_is_noted(tiny_store: str, page: str) -> None:
    run = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    run.session_state["_viewer"] = WORKER
    run.run()
    run.run()
    assert [event[:3] for event in noted(tiny_store)] == [("refused", "grid_worker", GRIDS[0])]


def test_only_an_administrator_reads_the_events(tiny_store: str) -> None:
    for ask in (audit.events, audit.counts, audit.chain):
        with pytest.raises(AuditError, match="管理员"):
            ask(WORKER)
    assert audit.chain(ADMIN).is_whole
    assert audit.counts(ADMIN)["load"] == 0


def test_a_chain_is_checked_again_when_it_has_grown_and_after_a_minute(tiny_store: str) -> None:
    store.append(open_audit(tiny_store), "load", actor="cli")
    assert audit.chain(ADMIN, now=0).kept == 1
    store.append(open_audit(tiny_store), "load", actor="cli")
    assert audit.chain(ADMIN, now=1).kept == 2
    with open_audit(tiny_store).begin() as conn:
        conn.exec_driver_sql("UPDATE audit_event SET actor = 'x' WHERE event_no = 1")
    assert audit.chain(ADMIN, now=30).is_whole
    assert audit.chain(ADMIN, now=92).broken_no == 1


def test_every_page_with_rows_of_people_notes_it() -> None:
    """Whatever reads single buildings, households or cases says so before it shows them."""
    details = (
        "own_buildings(",
        "reads.refused_rows(",
        "cases.rows(",
        "disputes.listed(",
        "disputes.log_of(",
        "reads.case_steps(",
        "reads.households(",
        "may_see_rows(",
    )
    silent = [
        page.name for page in sorted((ROOT / "pages").glob("*.py"))
        if any(call in (text := page.read_text(encoding="utf-8")) for call in details) and "audit.viewed(" not in text
    ]  # fmt: skip
    assert silent == []


def test_every_download_is_noted() -> None:
    loud = 0
    for page in [*(ROOT / "pages").rglob("*.py"), *(ROOT / "portal").rglob("*.py")]:
        text = page.read_text(encoding="utf-8")
        for part in text.split("st.download_button(")[1:]:
            assert "data=audit.exporting(" in part[: part.index(")  # fmt" if ")  # fmt" in part else "\n\n")], (
                page.name
            )
            loud += 1
    assert loud >= 2
