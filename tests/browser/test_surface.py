"""The running server from outside: who gets in by which name, what its answers carry, and what they never say."""

import http.client
import itertools
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from data import audit as store
from data.audit_store import open_audit
from portal.shell import PAGE_PATHS
from tests.portal.test_gate import HOSTS, ORIGINS
from tests.support.server import ROOT, Server, free_port

INSIDE = re.compile(
    r"Traceback|File \"|sqlalchemy|sqlite3|SELECT |site-packages|/portal/|/srv|\.py\b|uvicorn/|starlette/|streamlit/\d|"
    r"1\.67|3\.11\.|" + re.escape(str(ROOT))
)
SECRETS = ("root:x:0", "import streamlit", "[project]", "SQLite format", "WANGGE_", "PRIVATE KEY")
HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "x-request-id")
UPLOAD_APP = """
import streamlit as st
from portal.middleware import middleware
app = st.App("{script}", middleware=middleware)
"""
UPLOAD_SCRIPT = """
import streamlit as st
from portal import uploads
st.write(st.runtime.scriptrunner.get_script_run_ctx().session_id)
if st.query_params.get("offer"):
    uploads.offer((".csv", ".xlsx"))
found = st.file_uploader("file", key="file")
st.write(f"got {found.name} {found.size}" if found else "nothing")
"""


def ask(
    url: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request, sent exactly as written."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": f"localhost:{parts.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body is not None:
        sent["Content-Length"] = str(len(body))
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def own(value: str, port: int) -> str:
    """A wrong name of the list, about this server's own port."""
    return value.replace("8501", str(port))


def test_foreign_names_and_pages_are_refused_everywhere(server: Server) -> None:
    port = urlsplit(server.url).port or 0
    for host in HOSTS:
        assert ask(server.url, "/", Host=own(host, port))[0] in (400, 403), host
    refused = 0
    for origin in (o for o in ORIGINS if o):
        assert ask(server.url, "/", Origin=own(origin, port))[0] == 403, origin
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=own(origin, port), subprotocols=["streamlit"])  # type: ignore[arg-type,list-item]
        refused += caught.value.response.status_code == 403
    assert refused == len([o for o in ORIGINS if o])
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        origin=f"http://localhost:{port}",  # type: ignore[arg-type]
        subprotocols=["streamlit"],
    ):  # type: ignore[list-item]
        pass
    noted = [event.object for event in store.read(open_audit(_database(server)), actions=["refused"])]
    assert noted.count("door:socket") >= 20 and noted.count("door:http") >= 20
    print(f"W3: {refused} foreign handshakes refused")


def _database(server: Server) -> str:
    """The store of a running server, from its environment."""
    for line in Path(f"/proc/{server.process.pid}/environ").read_bytes().split(b"\0"):
        if line.startswith(b"WANGGE_DATABASE="):
            return line.partition(b"=")[2].decode()
    raise AssertionError("the server names no store")


def test_every_answer_has_the_headers(server: Server) -> None:
    paths = [
        *PAGE_PATHS,
        "/health",
        "/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/metrics",
        "/_stcore/agent/x",
        "/map/areas",
        "/media/none.csv",
        "/app/static/fonts/NotoSansSC-400-00.woff2",
        "/app/static/none",
        "/static/none",
        "/component/streamlit_folium.st_folium/index.html",
        "/component/none/x",
        "/nowhere",
        "/favicon.png",
    ]
    asked = [*((path, "GET") for path in paths), ("/", "POST"), ("/map/areas", "DELETE"), ("/", "HEAD")]
    for path, method in asked:
        status, found, _ = ask(server.url, path, method)
        assert all(name in found for name in HEADERS), (path, method, status)
        assert "frame-ancestors 'self'" in found["content-security-policy"]
        if not path.startswith(("/app/static", "/static", "/component", "/favicon", "/map")):
            assert found["cache-control"] == "no-store", path
        assert "strict-transport-security" not in found
    assert ask(server.url, "/_stcore/metrics")[0] == ask(server.url, "/_stcore/agent/openapi.json")[0] == 404
    # Behind a proxy on this machine that ends TLS.
    secure = ask(server.url, "/_stcore/health", X_Forwarded_Proto="https")
    assert secure[1]["strict-transport-security"].startswith("max-age=")
    print(f"W9: {len(asked)} answers of every kind of address, all {len(HEADERS)} headers on each")
    assert "; Secure" in secure[1]["set-cookie"] and "SameSite=Lax" in secure[1]["set-cookie"]


def test_a_hundred_errors_say_nothing_inside(server: Server) -> None:
    odd = [
        "%00",
        "%0d%0aX-Evil:1",
        "%ff%fe",
        "%",
        "%zz",
        "a" * 5000,
        "<script>",
        "..%2f",
        "%2e%2e/",
        "${7*7}",
        "'--",
        "\\\\host\\x",
    ]
    places = [
        "/map/{}",
        "/map/areas?area={}",
        "/map/areas?sig={}&until={}",
        "/{}",
        "/media/{}",
        "/_stcore/{}",
        "/_stcore/upload_file/{}/x",
        "/component/{}",
        "/app/static/{}",
    ]
    asked = 0
    for text, place in itertools.product(odd, places):
        path = place.replace("{}", text if "%" in text else quote(text, safe="<>${}'*"))
        status, found, body = ask(server.url, path)
        asked += 1
        assert status < 600
        if status >= 400:
            assert not INSIDE.search(body.decode("utf-8", "replace")), (path, body[:200])
        assert not INSIDE.search(" ".join(found.values()).replace("application/json", "")), found
        assert "x-evil" not in found
    port = urlsplit(server.url).port
    for payload in (b"\x00\x01garbage", b"\xff" * 100, "text frame"):
        with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"]) as socket:  # type: ignore[list-item]
            socket.send(payload)
            said = b""
            try:
                while True:
                    part = socket.recv(5)
                    said += part if isinstance(part, bytes) else part.encode()
            except Exception:
                asked += 1
        assert b"Traceback" not in said and str(ROOT).encode() not in said
    assert asked >= 100
    print(f"W7: {asked} errors, nothing inside")


def test_two_hundred_ways_up_lead_nowhere(server: Server) -> None:
    ups = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..\\",
        "..%5c",
        "%252e%252e%252f",
        "....//",
        "..;/",
        "%c0%ae%c0%ae/",
        "/./../",
        "..%00/",
    ]
    targets = ["etc/passwd", "app.py", "pyproject.toml", "var/wangge.db", "portal/routes.py", ".streamlit/config.toml"]
    roots = ["/app/static/", "/static/", "/media/", "/component/streamlit_folium.st_folium/"]
    asked = 0
    for root, up, target in itertools.product(roots, ups, targets):
        for deep in (1, 5):
            status, _, body = ask(server.url, root + up * deep + target)
            asked += 1
            assert not any(secret.encode() in body for secret in SECRETS), (root, up, target, status)
    for guess in range(50):
        assert ask(server.url, f"/media/{secrets.token_hex(28)}.csv")[0] == 404, guess
    assert asked >= 200
    print(f"W8: {asked} ways up, 0 files")


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def upload_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small app with an uploader behind our middleware."""
    folder, port = tmp_path_factory.mktemp("upload"), free_port()
    (folder / "inner").mkdir()
    (folder / "inner" / "page.py").write_text(UPLOAD_SCRIPT, encoding="utf-8")
    (folder / "app.py").write_text(UPLOAD_APP.format(script=folder / "inner" / "page.py"), encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "WANGGE_DATABASE": f"sqlite:///{folder / 'none.db'}"}
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.headless=true", "--server.maxUploadSize=1"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(600):
            try:
                if ask(url, "/_stcore/health")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def form(name: str, content: bytes) -> bytes:
    head = f'--XX\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--XX--\r\n"


def test_uploads_are_judged_by_the_server(browser: Browser, upload_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{upload_url}/?offer=1")
    page.get_by_text("nothing").wait_for(timeout=60_000)
    session = page.locator("p").first.inner_text()
    page.locator("input[type=file]").set_input_files(
        {"name": "走访台账.csv", "mimeType": "text/csv", "buffer": "户编号\n1".encode()}
    )
    page.get_by_text("got 走访台账.csv 11").wait_for(timeout=30_000)
    cookies = {c["name"]: c["value"] for c in context.cookies()}
    token = cookies["_streamlit_xsrf"]
    assert next(c for c in context.cookies() if c["name"] == "_streamlit_xsrf")["sameSite"] == "Lax"

    def put(name: str, content: bytes, to: str = session, cookie: str = token) -> int:
        status, _, body = ask(
            upload_url,
            f"/_stcore/upload_file/{to}/f{secrets.token_hex(4)}",
            "PUT",
            form(name, content),
            Content_Type="multipart/form-data; boundary=XX",
            Cookie=f"_streamlit_xsrf={cookie}",
            X_Xsrftoken=cookie,
        )
        assert status == 204 or b'"error_en"' in body, (status, body)  # refused in our words
        return status

    assert put("a.csv", b"a,b") == 204
    for name, content in (
        ("a.exe", b"MZ"),
        ("a.php.csv", b"a"),
        ("a.csv", b"<script>"),
        ("a.xlsx", b"a,b"),
        ("a.gpkg", b"x"),
    ):
        assert put(name, content) == 415, name
    assert put("a.csv", b"1,2\n" * 400_000) == 413
    other = browser.new_context()
    elsewhere = other.new_page()
    elsewhere.goto(f"{upload_url}/?offer=1")
    elsewhere.get_by_text("nothing").wait_for(timeout=60_000)
    theirs = elsewhere.locator("p").first.inner_text()
    assert put("a.csv", b"a,b", to=theirs) == 403
    assert put("a.csv", b"a,b", to="no-such-session") == 403
    assert put("a.csv", b"a,b", cookie="") == 403
    silent = context.new_page()
    silent.goto(upload_url)
    silent.get_by_text("nothing").wait_for(timeout=60_000)
    assert put("a.csv", b"a,b", to=silent.locator("p").first.inner_text()) == 403
    context.close()
    other.close()


def test_this_product_takes_no_file_that_no_page_asked_for(server: Server) -> None:
    health = ask(server.url, "/_stcore/health")[1]["set-cookie"].partition(";")[0]
    token = health.partition("=")[2]
    status, _, body = ask(
        server.url,
        "/_stcore/upload_file/none/f1",
        "PUT",
        form("a.csv", b"a"),
        Content_Type="multipart/form-data; boundary=XX",
        Cookie=health,
        X_Xsrftoken=token,
    )
    assert status == 403 and json.loads(body)["error_en"].startswith("There is no such session")
