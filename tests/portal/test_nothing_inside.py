"""When the store cannot be reached, nothing of the inside is sent: no user, host, port, path, statement or driver.

By every way in: the root, each page, the link of a screen, the wall, a view, a map layer, health; and what a server
prints holds no session id, no link and no signature.
"""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data.settings import settings
from data.store import open_store
from portal import accounts, snapshot
from portal.log_lines import masked
from portal.middleware import middleware
from portal.routes import routes
from portal.shell import PAGE_PATHS
from tests.portal.asgi import Client
from tests.portal.test_store_states import BACK_SECONDS, TOLD_SECONDS, until
from tests.portal.tiny_county import build, copy_into
from tests.support.cut import Line, line_to
from tests.support.postgres import Cluster
from tests.support.server import ROOT, Server, free_port, running_server
from tests.support.sockets import open_socket

INSIDE = re.compile(
    r"Traceback|File \"|sqlalchemy|sqlite3|psycopg|OperationalError|libpq|connection to server|could not connect|"
    r"password authentication|FATAL|SELECT |site-packages|/portal/\w+\.py|alembic|" + re.escape(str(ROOT)),
    re.IGNORECASE,
)
ADDRESS = "127.0.0.9"
"""An address of this machine that nothing else has, so that it can be looked for in what is sent."""
QUERIES = ("", "screen_link=x", "screen=county", "view=load", "role=admin", "role=steward", "post=1", "area=422825")
OURS = (*PAGE_PATHS, "/health", "/map/areas?area=422825", "/map/none", "/?screen_link=x")
PAGES = tuple(path.strip("/") for path in PAGE_PATHS)
ROUTES = (*OURS, "/nowhere", "/media/none.csv", "/_stcore/host-config")


def ask(url: str, path: str) -> tuple[int, bytes]:
    """Status, and every byte of headers and body, of one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    connection.request("GET", path, headers={"Host": f"localhost:{parts.port}"})
    answer = connection.getresponse()
    found = answer.status, str(answer.getheaders()).encode() + answer.read()
    connection.close()
    return found


def everything(server: Server, pages: tuple[str, ...] = PAGES) -> list[tuple[str, bytes]]:
    """What is sent by every way in: (the way, the bytes). pages : those that are opened without anything asked."""
    found = [(path, ask(server.url, path)[1]) for path in ROUTES]
    with open_socket(server.url) as session:
        for query in QUERIES:
            asked = dict(part.split("=") for part in query.split("&") if part)
            for page in pages if not query else ("",):
                found.append((f"{page}?{query}", session.visit(page, **asked)))
                found.append((f"{page}?{query} later", session.tick()))
    return found


def nothing_inside(sent: list[tuple[str, bytes]], *inner: str) -> None:
    for way, said in sent:
        # The framework itself tells every session the name of its first script.
        text = said.decode("utf-8", "replace").replace(f"{ROOT}/portal/main.py", "")
        if wrong := INSIDE.search(text):
            raise AssertionError((way, text[max(0, wrong.start() - 80) : wrong.end() + 80]))
        for word in inner:
            assert word not in text, (way, word)


def state(server: Server) -> str:
    return str(json.loads(ask(server.url, "/health")[1].partition(b"]")[2])["state"])


@pytest.fixture
def away(postgis: Cluster, postgres_engine: Engine, tmp_path: Path) -> Iterator[tuple[str, Line]]:
    """The filled store behind a line that is cut: its address by that line, and the line."""
    source = open_store(build(tmp_path / "tiny.db"))
    copy_into(source, postgres_engine)
    source.dispose()
    with line_to(postgis.port, at=ADDRESS) as line:
        line.cut()
        url = make_url(postgres_engine.url.render_as_string(hide_password=False)).set(host=ADDRESS, port=line.port)
        yield url.render_as_string(hide_password=False), line


def test_a_database_that_goes_and_comes_is_told_in_our_own_words(
    away: tuple[str, Line], postgis: Cluster, sqlite_template: Path
) -> None:
    url, line = away
    address = make_url(url)
    inner = (str(address.username), str(address.password), ADDRESS, f":{line.port}", f"port {line.port}",
             str(address.database))  # fmt: skip
    with running_server(url, WANGGE_RECHECK_SECONDS="1") as server:
        # Away at the start.
        sent = everything(server)
        nothing_inside(sent, *inner)
        assert state(server) == "unreachable" and ask(server.url, "/health")[0] == 503
        ways = [way for way, said in sent if "连不上数据库".encode() in said]
        assert "?" in ways and "?screen_link=x" in ways and "?screen=county" in ways and "visits?" in ways
        with open_socket(server.url) as early:
            early.visit()
            line.mend()
            back = until(lambda: state(server) == "ok", BACK_SECONDS, "not back")
            until(lambda: "宣恩县".encode() in early.tick() + early.seen, BACK_SECONDS, "the page does not come back")
        # Away later, under an open page and a wall.
        with open_socket(server.url) as page, open_socket(server.url) as wall:
            page.visit("visits")
            wall.visit("", screen="county")
            assert page.shows("宣恩县") and wall.shows("宣恩县")
            line.cut()
            told = until(lambda: state(server) == "unreachable", TOLD_SECONDS, "health says nothing")
            for one in (page, wall):
                until(lambda one=one: "连不上数据库".encode() in one.tick(), TOLD_SECONDS, "a page says nothing")  # type: ignore[misc]
            nothing_inside([*everything(server), ("page", page.seen), ("wall", wall.seen)], *inner)
            line.mend()
            again = until(lambda: state(server) == "ok", BACK_SECONDS, "not back")
        # Dropped and made again: another database, whatever its numbers say.
        assert b'"data_version":1' in ask(server.url, "/health")[1]
        postgis.execute(f"DROP DATABASE {address.database} WITH (FORCE)")
        until(lambda: state(server) == "unreachable", TOLD_SECONDS, "health says nothing of a dropped database")
        nothing_inside(everything(server, ("", "lineage")), *inner)
        postgis.execute(f"CREATE DATABASE {address.database} TEMPLATE template_store STRATEGY FILE_COPY")
        # It has no audit log: health says so, and sums are shown.
        until(lambda: state(server) in ("ok", "audit"), BACK_SECONDS, "not back")
        assert b'"data_version":0' in ask(server.url, "/health")[1]
        with open_socket(server.url) as page:
            page.visit()
            assert not page.shows("双龙湖社区")
    print(
        f"W13: away, told after {told:.1f} s, back after {back:.1f} and {again:.1f} s; {len(sent)} ways, nothing inside"
    )


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings of this test's own."""

    def forget() -> None:
        settings.cache_clear()
        snapshot.forget()
        accounts.forget()

    forget()
    yield monkeypatch
    forget()


def addresses(cluster: Cluster, folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What may be wrong with an address: the address, and the words of it that nobody may read."""
    good = make_url(cluster.url("template_store"))
    wrong = good.set(password="no-such-password").render_as_string(hide_password=False)
    none = good.set(database="no_such_database").render_as_string(hide_password=False)
    inner = (str(good.username), "127.0.0.1", str(good.port), "no_such_database", "no-such-password")
    (folder / "a-folder.db").mkdir()
    (folder / "foreign.db").write_bytes(b"nothing of ours " * 200)
    paths = (str(folder), "a-folder", "foreign.db", "below-it")
    return {
        "wrong password": (wrong, inner),
        "no such database": (none, inner),
        "a folder": (f"sqlite:///{folder}/a-folder.db", paths),
        "another file": (f"sqlite:///{folder}/foreign.db", paths),
        "unreadable": (f"sqlite:///{folder}/foreign.db/below-it.db", paths),
        "no address": ("postgres//admin:secret-word@db.example:5432/x", ("secret-word", "db.example", "5432")),
        "another kind": ("mysql://admin:secret-word@db.example:3306/x", ("secret-word", "db.example", "3306")),
    }


def test_a_wrong_address_says_nothing_of_itself(fresh: pytest.MonkeyPatch, postgis: Cluster, tmp_path: Path) -> None:
    client = Client(Starlette(routes=routes, middleware=middleware))
    for name, (url, inner) in addresses(postgis, tmp_path).items():
        fresh.setenv("WANGGE_DATABASE", url)
        settings.cache_clear()
        sent = [(path, str(reply.headers).encode() + reply.content) for path in OURS
                for reply in [client.get(path)]]  # fmt: skip
        assert client.get("/health").status_code == 503
        for query in ("", "screen_link=x", "screen=county"):
            app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
            app.query_params.update(dict(part.split("=") for part in query.split("&") if part))
            app.run()
            assert not app.exception and not app.error, (name, query, app.exception)
            said = "\n".join(element.proto.body for element in app.get("html")) + repr(app)
            assert "wg-notice" in said or "wg-w-wait" in said, (name, query)
            # The paths of our own pages stand in the tree of the test, not in what is sent.
            sent.append((f"?{query}", "\n".join(e.proto.body for e in app.get("html")).encode()))
            sent.append((f"?{query}", "\n".join(str(e.value) for e in (*app.warning, *app.info)).encode()))
        nothing_inside([(f"{name}: {way}", said) for way, said in sent], *inner)


def test_wrong_settings_say_nothing_of_themselves(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("WANGGE_IDENTITY", "nobody-knows")
    settings.cache_clear()
    for path in OURS:
        reply = Client(Starlette(routes=routes, middleware=middleware)).get(path)
        said = str(reply.headers) + reply.text
        assert reply.status_code == 500 and "nobody-knows" not in said and "WANGGE" not in said, path
        assert not INSIDE.search(said)


def test_a_command_says_the_place_on_its_own_screen_and_not_in_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "etl", "undo", "1", "--dry-run", "--json"], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "WANGGE_DATABASE": "postgresql://some_user:some-word@127.0.0.1:1/some_base"},
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    message = json.loads(done.stdout)["error"]["message"]
    assert message.startswith("无法打开数据库")
    assert not any(word in done.stdout for word in ("some_user", "some-word", "127.0.0.1", "some_base", "port"))
    assert "127.0.0.1" in done.stderr and "some-word" not in done.stderr


# --- logs -------------------------------------------------------------------------------------------------------------


def test_what_a_server_prints_opens_no_door(tmp_path: Path) -> None:
    """Started by the plain command of its web server, which writes a line for every request."""
    url, port, log = build(tmp_path / "tiny.db"), free_port(), tmp_path / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig=TERM", sys.executable, "-m", "uvicorn", "app:app", "--port", str(port),
             "--log-level", "debug"],
            cwd=ROOT, stdout=written, stderr=subprocess.STDOUT,
            env={**os.environ, "WANGGE_DATABASE": url, "STREAMLIT_LOGGER_LEVEL": "debug"},
        )  # fmt: skip
    try:
        until(lambda: _answers(port), 60, log.read_text("utf-8"))
        at = f"http://localhost:{port}"
        with open_socket(at) as session:
            session.visit("overview")
            secret = [session._session, "A-LINK-OF-A-SCREEN", "A-SIGNATURE", *session.downloads()]
            asked = [f"/_stcore/upload_file/{secret[0]}/f1", f"/map/areas?area=1&sig={secret[2]}&until=1",
                     f"/?screen_link={secret[1]}", *secret[3:]]  # fmt: skip
            for path in asked:
                ask(at, path)
            session.visit("", screen_link=secret[1])
        assert len(secret) > 3
        until(lambda: log.read_text("utf-8").count('"GET ') >= len(asked), 30, "the server writes no line for requests")
    finally:
        process.terminate()
        process.wait(20)
    said = log.read_text("utf-8")
    assert "/_stcore/upload_file/…" in said and "screen_link=…" in said and "sig=…" in said
    for word in secret:
        assert word.rpartition("/")[2] not in said
    print(f"W14: {len(said.splitlines())} lines of {len(asked)} requests, no session, link or signature")


def _answers(port: int) -> bool:
    try:
        return ask(f"http://localhost:{port}", "/_stcore/health")[0] == 200
    except OSError:
        return False


def test_a_masked_line_keeps_what_tells_requests_apart() -> None:
    line = '127.0.0.1:5 - "GET /map/areas?area=422825&ind=VIS-01&sig=0af3 HTTP/1.1" 200'
    assert masked(line) == line.replace("0af3", "…")
