"""What the portal notes: each event once, and nothing of what may not be done without a trace."""

import sqlite3
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data import audit as store
from data.audit_store import open_audit
from data.errors import AuditError
from portal import audit, signing
from portal.identity import Viewer
from portal.routes import routes
from tests.pages.conftest import open_page
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, GRIDS
from tests.support.server import ROOT

__all__ = ["open_page"]
Open = Callable[..., AppTest]
ADMIN = Viewer("admin", COUNTY, "internal")
WORKER = Viewer("grid_worker", GRIDS[0], "households")


def noted(url: str) -> list[tuple[str, str, str, str]]:
    """Action, role, area and object of the events, oldest first."""
    rows = store.read(open_audit(url))
    return [(row.action, row.role, row.area_code, row.object) for row in reversed(rows)]


def broken(url: str) -> None:
    """Make the audit store one that cannot be written."""
    open_audit(url).dispose()
    with sqlite3.connect(url.removeprefix("sqlite:///").replace(".db", ".audit.db")) as conn:
        conn.execute("DROP TABLE audit_event")


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


def test_details_without_a_trace_are_not_shown(open_page: Open, tiny_store: str) -> None:
    open_page("overview")
    broken(tiny_store)
    app = open_page("my_buildings", role="grid_worker", post=GRIDS[1])
    assert not app.exception
    assert "审计" in app.warning[0].value
    assert app.button(key="wg_lang") and not [b for b in app.button if str(b.key).startswith("ownrow_")]
    # Sums go on.
    sums = open_page("overview", area="422825100", ind="VIS-01", period="2020")
    assert "30 / 40" in " ".join(element.proto.body for element in sums.get("html"))


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
        "reads.cases(",
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
