"""The nginx of deploy/identity.md, word for word: a page, its socket, an upload, nothing that is to stay outside."""

import http.client
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from websockets.exceptions import InvalidStatus

from data import accounts
from data.store import changing, open_store
from tests.portal.tiny_county import COUNTY, GRIDS, build
from tests.support.chromium import running_browser, settled
from tests.support.nginx import running_nginx
from tests.support.server import ROOT, Server, free_port, running_server
from tests.support.sockets import a_browser, open_socket

TEXT = (ROOT / "deploy" / "identity.md").read_text(encoding="utf-8")
NAME = "wangge.example.org"
MEGABYTE = 2**20


class Whoami(BaseHTTPRequestHandler):
    """The office's portal: knows a person by its cookie."""

    def do_GET(self) -> None:
        found = re.search(r"portal=(\w+)", self.headers.get("Cookie", ""))
        self.send_response(200 if found else 401)
        if found:
            self.send_header("X-Person", found[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Site:
    """A dashboard behind nginx: its address, the one without TLS, what a client trusts, where nginx writes its logs."""

    url: str
    plain: str
    tls: ssl.SSLContext
    server: Server
    logs: Path

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPSConnection(self.url.removeprefix("https://"), timeout=60, context=self.tls)
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}


def block() -> str:
    """The configuration as it stands in the text."""
    lines = TEXT[TEXT.index("      map $http_upgrade") :].splitlines()
    end = next(number for number, line in enumerate(lines) if line and not line.startswith("      "))
    return "\n".join(lines[:end])


def environ() -> dict[str, str]:
    """What the text says to start the dashboard with."""
    (line,) = re.findall(r"^ +(WANGGE_IDENTITY=proxy .*) make run$", TEXT, flags=re.MULTILINE)
    return dict(part.split("=", 1) for part in line.replace(NAME, "localhost").split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    url = build(folder / "tiny.db")
    with changing(open_store(url)) as conn:
        for subject, role, area in (("l", "leader", COUNTY), ("w", "grid_worker", GRIDS[4]), ("s", "steward", COUNTY)):
            accounts.add_account(conn, subject, role, [area], by="test", now=datetime.now(UTC))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Whoami)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    secure, plain = free_port(), free_port()
    with running_server(url, **environ()) as server:
        text = block()
        for told, here in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("http://127.0.0.1:8501", server.url.replace("localhost", "127.0.0.1")),
            ("http://127.0.0.1:9000/", f"http://127.0.0.1:{portal.server_port}/"),
            ("/etc/nginx/wangge.crt", str(folder / "crt")),
            ("/etc/nginx/wangge.key", str(folder / "key")),
            ("/var/log/nginx/", f"{folder}/"),
            (NAME, "localhost"),
        ):
            assert told in text, told
            text = text.replace(told, here)
        with running_nginx(text, folder, secure):
            tls = ssl.create_default_context(cafile=str(folder / "crt"))
            yield Site(f"https://localhost:{secure}", f"localhost:{plain}", tls, server, folder)
    portal.shutdown()
    portal.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium that takes the certificate of this test, which nobody else knows."""
    with running_browser("--ignore-certificate-errors") as running:
        yield running


def test_a_page_opens_with_its_socket(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="zh-CN")
    context.add_cookies([{"name": "portal", "value": "l", "url": site.url}])
    page, complaints, sockets = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(site.url)
    settled(page)
    assert "宣恩县" in page.locator("body").inner_text()
    assert sockets and all(url.startswith(site.url.replace("https", "wss")) for url in sockets)
    assert complaints == []
    # The server knows that people come by TLS, as the proxy says.
    assert all(cookie["secure"] for cookie in context.cookies() if cookie["name"] == "_streamlit_xsrf")
    context.close()


def test_the_portal_says_who_it_is_whatever_comes_from_outside(site: Site) -> None:
    for headers in ([], [("X-Forwarded-User", "l")], [("X-Forwarded-User", "l"), ("x-forwarded-user", "s")]):
        cookie = [("Cookie", "portal=w"), *headers, ("X_Forwarded_User", "l")]
        with open_socket(site.url, cookie, browser=a_browser(), tls=site.tls) as session:
            session.visit()
            assert session.shows("凉风") or session.shows("栋走访完成")
            assert not session.shows("珠山镇")
        with pytest.raises(InvalidStatus, match="401"), open_socket(site.url, headers, tls=site.tls):
            pass


def test_an_upload_of_the_size_allowed_passes_and_no_larger_one(site: Site) -> None:
    browser, most = a_browser(), 50 * MEGABYTE - 1024
    with open_socket(site.url, {"Cookie": "portal=s"}, browser=browser, tls=site.tls) as session:
        session.visit("intake", view="load")
        for name, size, status in (("a.csv", most, 204), ("a.csv", most + 1024, 413), ("a.exe", 20 * MEGABYTE, 415)):
            head = f'--XX\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
            content = b"a,b\n".ljust(size, b"1")
            told = {"Content_Type": "multipart/form-data; boundary=XX", "X_Xsrftoken": browser,
                    "Cookie": f"portal=s; _streamlit_xsrf={browser}"}  # fmt: skip
            path = f"/_stcore/upload_file/{session.session_id}/f{size}"
            assert site.ask("PUT", path, head + content + b"\r\n--XX--\r\n", **told)[0] == status, (name, size)


def test_nothing_else_is_reached(site: Site) -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent", "/_stcore/agent/x", "/portal-whoami"):
        assert site.ask("GET", path, Cookie="portal=l")[0] == 404, path
    assert site.ask("GET", "/")[0] == 401
    status, headers = site.ask("GET", "/", Cookie="portal=l")
    assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")
    assert site.ask("GET", "/health")[0] == 200  # from this machine
    connection = http.client.HTTPConnection(site.plain, timeout=60)
    connection.request("GET", "/visits")
    assert connection.getresponse().getheader("Location") == "https://localhost/visits"
    connection.close()


def test_its_log_holds_nothing_that_opens_a_door(site: Site) -> None:
    told = {"/?screen_link=KEEPME1": "/", "/map/areas?sig=KEEPME2": "/map/areas", "/media/KEEPME3.csv": "/media/-",
            "/_stcore/upload_file/KEEPME4/x": "/_stcore/upload_file/-"}  # fmt: skip
    for path in told:
        site.ask("GET", path, Cookie="portal=l", Referer=f"{site.url}/?screen_link=KEEPME5")
    # A line is written once its answer has gone, which the asker may have before.
    for _ in range(50):
        written = "".join(log.read_text(encoding="utf-8") for log in site.logs.glob("*.log"))
        missing = [shown for shown in told.values() if f" GET {shown} " not in written]
        if not missing:
            break
        time.sleep(0.1)
    assert "KEEPME" not in written and not missing
    print(f"W16: {len(written.splitlines())} lines of nginx, 0 with a link, a signature, a session or a download")
