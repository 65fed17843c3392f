"""The whole web as PostgreSQL is documented: one role loads, another reads and notes, and can undo nothing it noted."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from subprocess import CompletedProcess

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from data import accounts, audit, roles
from data.audit_store import open_audit
from data.errors import AuditError, StoreError
from data.store import changing, open_store
from portal import rules
from tests.portal.tiny_county import COUNTY, GRIDS, build, copy_into
from tests.support.postgres import Cluster
from tests.support.server import ROOT, Server, running_server
from tests.support.sockets import Socket, open_socket

Etl = Callable[..., CompletedProcess[str]]
HEADER = "X-Forwarded-User"
PEOPLE = {"leader": "l", "grid_worker": "w", "steward": "s", "admin": "a"}
BACK_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """A running dashboard of the plain role, and the address of the role that loads."""

    server: Server
    loader: str
    plain: str
    admin: Callable[[str], None]

    def health(self) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(f"{self.server.url}/health", timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def documented(name: str) -> list[str]:
    """The statements of deploy/postgresql.md, for roles and a database of this test."""
    lines = (ROOT / "deploy" / "postgresql.md").read_text(encoding="utf-8").split("2. ")[0].splitlines()
    found = [line.strip() for line in lines if line.strip().startswith(("CREATE ROLE", "CREATE DATABASE"))]
    assert len(found) == 3
    said = [line.replace("wangge_load", f"{name}_load").replace("wangge_app", f"{name}_app") for line in found]
    said[2] = said[2].replace("DATABASE wangge ", f"DATABASE {name} ").rstrip(";") + " TEMPLATE template_postgis"
    return said


@pytest.fixture(scope="module")
def place(postgis: Cluster, etl: Etl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    for statement in documented("granted"):
        postgis.execute(statement.replace("'…'", "'of-this-test'"))
    url = make_url(postgis.url("granted"))
    loader, plain = (
        url.set(username=f"granted_{who}", password="of-this-test").render_as_string(hide_password=False)
        for who in ("load", "app")
    )
    for command in (("upgrade",), ("database", "roles", "granted_app")):
        done = etl(*command, "--database", loader)
        assert done.returncode == 0, done.stderr
    source, target = open_store(build(tmp_path_factory.mktemp("granted") / "tiny.db")), open_store(loader)
    copy_into(source, target)
    with changing(target) as conn:
        for role, subject in PEOPLE.items():
            areas = [GRIDS[0]] if role == "grid_worker" else [COUNTY]
            accounts.add_account(conn, subject, role, areas, by="test", now=datetime.now(UTC))
    target.dispose()
    with running_server(plain, WANGGE_IDENTITY="proxy", WANGGE_RECHECK_SECONDS="1") as server:
        yield Place(server, loader, plain, lambda statement: postgis.execute(statement, "granted"))
    open_audit(loader).dispose()
    open_audit.cache_clear()
    postgis.execute("DROP DATABASE granted WITH (FORCE)")
    for who in ("load", "app"):
        postgis.execute(f"DROP ROLE granted_{who}")


def test_whatever_people_do_is_noted_and_the_check_counts_it(place: Place, etl: Etl) -> None:
    seen: set[str] = set()
    for role, subject in PEOPLE.items():
        with open_socket(place.server.url, {HEADER: subject}) as session:
            for page in [page for page in rules.pages_of(role) if page not in seen or page == "my_buildings"]:
                seen.add(page)
                session.visit("" if page == "overview" else page)
                assert not session.shows("审计记录") or page == "audit", (role, page)
    assert place.health() == (200, {"ok": True, "state": "ok", "data_version": 1})
    said = place.server.said()
    assert "incident" not in said and "permission denied" not in said and "not noted" not in said
    counted = audit.count(open_audit(place.loader))
    assert (counted["sign_in"], counted["detail_view"] >= 2, counted["not_noted"]) == (4, True, 0)
    done = etl("audit", "verify", "--json", "--database", place.loader)
    found = json.loads(done.stdout)
    assert (done.returncode, found["is_whole"], found["kept"]) == (0, True, sum(counted.values()))


def test_the_role_can_take_back_nothing(place: Place) -> None:
    audit.append(open_audit(place.plain), "sign_in", actor="test")
    with psycopg.connect(place.plain.replace("+psycopg", ""), autocommit=True) as conn:
        for statement in (
            "UPDATE audit.audit_event SET actor = 'x'",
            "DELETE FROM audit.audit_event",
            "TRUNCATE audit.audit_event",
            "UPDATE audit.audit_head SET purged_no = 1",
            "DELETE FROM audit.audit_head",
            "INSERT INTO audit.audit_head VALUES (2, 0, '', 0, '')",
            "CREATE TABLE audit.x (a int)",
            "CREATE TABLE public.x (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
        for statement in ("DROP SCHEMA audit CASCADE", "ALTER TABLE audit.audit_event DISABLE TRIGGER ALL"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
                conn.execute(statement.encode())
    with pytest.raises(AuditError):
        audit.purge(open_audit(place.plain), 400, actor="test", now=datetime(2099, 1, 1, tzinfo=UTC))
    print("L6: 10 statements refused")


def test_without_its_rights_nothing_single_is_shown_until_they_are_back(place: Place, etl: Etl) -> None:
    kept = audit.verify(open_audit(place.loader)).kept
    with open_socket(place.server.url, {HEADER: "w"}) as before:
        before.visit("my_buildings")
        assert before.shows("栋走访完成")
        # As a role was that the command of an earlier version had granted.
        place.admin("REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM granted_app")
        place.admin("REVOKE ALL ON SCHEMA audit FROM granted_app")
        with open_socket(place.server.url, {HEADER: "w"}) as session:
            session.visit("my_buildings")
            assert session.shows("审计记录写不进去，暂不显示") and not session.shows("栋走访完成")
        assert place.health() == (200, {"ok": False, "state": "audit", "data_version": 1})
        assert until(before, lambda: before.shows("暂不显示"))
        assert not before.shows("栋走访完成")
        with open_socket(place.server.url, {HEADER: "l"}) as session:
            session.visit()
            assert session.shows("宣恩县") and session.shows("下载和逐条明细暂停")
        assert "audit event not noted: sign_in" in place.server.said()
        done = etl("audit", "verify", "--database", place.loader)
        assert done.returncode == 1 and "完整" not in done.stdout
        assert "网页角色 granted_app 无权写审计" in done.stdout and "2 件事发生时没能记下" in done.stdout
        # An upgrade, a load or the command itself give the role what it lacks.
        again = etl("upgrade", "--database", place.loader)
        assert again.returncode == 0, again.stderr
        assert until(before, lambda: before.shows("栋走访完成"))
    assert place.health()[0] == 200
    found = audit.verify(open_audit(place.loader))
    assert (found.unable, found.lost, found.is_unbroken, found.is_whole) == ((), 2, True, False)
    assert (
        audit.read(open_audit(place.loader), actions=["not_noted"])[0].event_no == kept + 3
    )  # after a sign-in and a look
    assert audit.verify(open_audit(place.loader), audit.head(open_audit(place.loader))).is_whole


def until(session: Socket, holds: Callable[[], bool]) -> bool:
    """Whether something holds within a minute, the session's timers ringing and nobody clicking."""
    deadline = time.monotonic() + BACK_SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(1)
        session.tick()
    return holds()


def test_a_role_that_owns_the_log_is_no_dashboard(place: Place) -> None:
    place.admin("CREATE ROLE granted_owner")
    try:
        place.admin("CREATE SCHEMA elsewhere AUTHORIZATION granted_owner")
        engine = open_store(place.loader)
        with changing(engine) as conn:
            roles.grant(conn, "granted_owner")  # what it owns elsewhere is all the same
        place.admin("ALTER SCHEMA audit OWNER TO granted_owner")
        with changing(engine) as conn, pytest.raises(StoreError, match="audit"):
            roles.grant(conn, "granted_owner")
        engine.dispose()
    finally:
        place.admin("ALTER SCHEMA audit OWNER TO granted_load")
        place.admin("DROP OWNED BY granted_owner")
        place.admin("DROP ROLE granted_owner")


def test_the_database_says_who_is_a_dashboard(place: Place) -> None:
    engine = open_store(place.loader)
    with engine.connect() as conn:
        assert roles.granted(conn) == ["granted_app"]
        assert conn.execute(text("SELECT count(*) FROM audit.audit_head")).scalar_one() == 1
    engine.dispose()
