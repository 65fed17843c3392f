"""The gate: foreign names and foreign pages are refused, on HTTP and on the WebSocket; headers stand on everything."""

import asyncio
import logging
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from data import audit as store
from data.audit_store import open_audit
from data.settings import settings
from portal import audit
from portal.middleware import middleware

OWN = 8501
HOSTS = [
    "evil.example",
    "evil.example:8501",
    "localhost.evil.example:8501",
    "127.0.0.1.evil.example:8501",
    "localhost:8502",
    "localhost",
    "127.0.0.1",
    "127.0.0.2:8501",
    "10.0.0.8:8501",
    "0.0.0.0:8501",
    "[::]:8501",
    "[::ffff:127.0.0.1]:8501",
    "localhost:8501@evil.example",
    "evil.example#localhost:8501",
    "localhost:8501/evil",
    "localhost:85010",
    "localhost.:8501",
    "2130706433:8501",
    "0x7f.1:8501",
    "",
    "local host:8501",
    "localhost:8501, evil.example",
    "localhost:",
    "localhost:-1",
]
ORIGINS = [
    "https://evil.example",
    "http://evil.example:8501",
    "http://localhost.evil.example:8501",
    "http://localhost:3000",
    "http://localhost",
    "https://localhost",
    "null",
    "",
    "file://",
    "http://127.0.0.1:80",
    "http://127.0.0.1.evil.example:8501",
    "http://localhost:8501@evil.example",
    "http://evil.example#localhost:8501",
    "http://localhost:8501.evil.example",
    "chrome-extension://abcdefgh",
    "ftp://localhost:8501",
    "http://localhost:8501/evil",
    "http://localhost:85010",
    "http://[::ffff:127.0.0.1]:8501",
    "http://0.0.0.0:8501",
    "localhost:8501",
    "http://localhost:8501 http://evil.example",
    "http://xn--localhost-evil:8501",
    "data:text/html,x",
]
GOOD = ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:8501"]


async def _page(request: Request) -> Response:
    response = PlainTextResponse(f"page {request.url.path}")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2", secure=True)
    return response


async def _break(_request: Request) -> Response:
    raise RuntimeError("SELECT secret FROM area at /srv/app/portal/routes.py")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


pytestmark = pytest.mark.usefixtures("only_audit")
APP = Starlette(
    routes=[
        Route("/", _page, methods=["GET", "PUT"]),
        Route("/map/{layer}", _page),
        Route("/static/{x}", _page),
        Route("/_stcore/metrics", _page),
        Route("/_stcore/agent/{x:path}", _page),
        Route("/_stcore/health", _page),
        Route("/auth/broken", _break),
        WebSocketRoute("/_stcore/stream", _socket),
    ],
    middleware=middleware,
)


def ask(path: str = "/", *headers: tuple[str, str], kind: str = "http", **more: Any) -> list[Message]:
    """What the app sends back for one request or handshake."""
    scope = {
        "type": kind,
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "scheme": "http" if kind == "http" else "ws",
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", OWN),
        "subprotocols": [],
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        **more,
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return (
            {"type": "http.request", "body": b"", "more_body": False}
            if kind == "http"
            else {"type": "websocket.connect"}
        )

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    return sent


def status(*headers: tuple[str, str], path: str = "/") -> int:
    return int(ask(path, *headers)[0]["status"])


def is_accepted(*headers: tuple[str, str]) -> bool:
    (first, *_) = ask("/_stcore/stream", *headers, kind="websocket")
    assert first["type"] in ("websocket.accept", "websocket.close")
    return bool(first["type"] == "websocket.accept")


def headers_of(sent: list[Message]) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


def test_twenty_wrong_hosts_are_all_refused() -> None:
    assert len(HOSTS) >= 20
    assert {host: status(("Host", host)) for host in HOSTS} == dict.fromkeys(HOSTS, 403)
    assert [host for host in HOSTS if is_accepted(("Host", host), ("Origin", f"http://{host}"))] == []
    assert [host for host in HOSTS if is_accepted(("Host", host), ("Origin", "http://localhost:8501"))] == []
    assert status() == 403  # none at all
    assert status(("Host", GOOD[0]), ("Host", GOOD[0])) == 403


def test_twenty_wrong_origins_are_all_refused() -> None:
    assert len(ORIGINS) >= 20
    assert {o: status(("Host", GOOD[0]), ("Origin", o)) for o in ORIGINS} == dict.fromkeys(ORIGINS, 403)
    assert [o for o in ORIGINS if is_accepted(("Host", GOOD[0]), ("Origin", o))] == []
    assert not is_accepted(("Host", GOOD[0]), ("Origin", f"http://{GOOD[0]}"), ("Origin", "https://evil.example"))
    print(f"W3: {len(HOSTS)} wrong hosts and {len(ORIGINS)} wrong origins, all refused")


def test_our_own_names_are_let_in() -> None:
    for host in GOOD:
        assert status(("Host", host)) == 200
        assert is_accepted(("Host", host), ("Origin", f"http://{host}"))
        assert is_accepted(("Host", host))  # no browser, so no foreign page


def test_names_of_the_settings_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_HOSTS", "grid.example, wall.example:8443")
    settings.cache_clear()
    for host in ("grid.example", "grid.example:443", "wall.example:8443"):
        assert status(("Host", host), ("Origin", f"https://{host}")) == 200
    for host in ("wall.example", "a.grid.example", "grid.example.evil.example"):
        assert status(("Host", host)) == 403
    assert not is_accepted(("Host", "grid.example"), ("Origin", "https://evil.example"))


def test_what_nobody_needs_is_shut() -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent", "/_stcore/agent/openapi.json", "/_stcore/agent/v1/run"):
        assert status(("Host", GOOD[0]), path=path) == 404
    assert status(("Host", GOOD[0]), path="/_stcore/health") == 200


def test_every_answer_has_the_headers() -> None:
    host = ("Host", GOOD[0])
    for sent in (
        ask("/", host),
        ask("/nowhere", host),
        ask("/auth/broken", host),
        ask("/", ("Host", "evil.example")),
        ask("/", host, method="PUT"),
        ask("/", host, method="DELETE"),
        ask("/_stcore/metrics", host),
    ):
        found = headers_of(sent)
        assert "frame-ancestors 'self'" in found["content-security-policy"]
        assert found["x-content-type-options"] == "nosniff"
        assert found["cache-control"] == "no-store"
        assert "strict-transport-security" not in found
    assert "cache-control" not in headers_of(ask("/static/a.js", host))


def test_behind_tls_the_headers_and_cookies_say_so() -> None:
    sent = ask("/", ("Host", "localhost:8501"), scheme="https")
    assert headers_of(sent)["strict-transport-security"] == "max-age=31536000"
    cookies = [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]
    assert [cookie.count("ecure") for cookie in cookies] == [1, 1]


def test_what_breaks_says_a_number_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        sent = ask("/auth/broken", ("Host", GOOD[0]))
    number = headers_of(sent)["x-request-id"]
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    assert sent[0]["status"] == 500 and number in text
    assert not any(word in text for word in ("SELECT", "/srv", "RuntimeError", ".py", "Traceback"))
    assert number in caplog.text and "SELECT secret" in caplog.text
    page = ask("/auth/broken", ("Host", GOOD[0]), ("Accept", "text/html,*/*"))
    assert b"<p>" in page[1]["body"] and b"SELECT" not in page[1]["body"]


def test_refusals_are_noted_and_a_flood_is_counted(only_audit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "UNKNOWN_PER_MINUTE", 5)
    for _ in range(9):
        assert status(("Host", "evil.example")) == 403
    events = store.read(open_audit(only_audit))
    assert [(e.action, e.actor, e.object) for e in events] == [("refused", "unknown", "door:http")] * 5
    audit._knocks.minute -= 1  # the next minute
    assert not is_accepted(("Host", GOOD[0]), ("Origin", "null"))
    (last, *_) = store.read(open_audit(only_audit))
    assert (last.object, last.details) == ("door:socket", '{"not_noted_before":4,"reason":"origin"}')


def test_json_is_what_a_program_gets() -> None:
    sent = ask("/", ("Host", "evil.example"))
    assert headers_of(sent)["content-type"] == "application/json"
    assert isinstance(JSONResponse, type) and "地址".encode() in sent[1]["body"]
