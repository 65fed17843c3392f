"""Uploads are judged on the server: session, browser, offer, size, name, content; everything else never gets on."""

import asyncio
import doctest
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string, generate_xsrf_token_string

from data import audit as store
from data.audit_store import open_audit
from portal import seats, uploads

COOKIE, OTHER = generate_xsrf_token_string(), generate_xsrf_token_string()
SESSION = "0a1b2c3d"
ZIP, CSV = b"PK\x03\x04" + b"x" * 600, "户编号,走访日期\n1,2020-05-03\n".encode()
GOOD = [
    ("走访台账.xlsx", ZIP),
    ("走访台账.2020.12.xlsx", ZIP),
    ("a.v2.csv", CSV),
    ("a.csv", b"\xef\xbb\xbf" + CSV),
    ("a.csv", b""),
    ("a.csv", "户编号,日期".encode("gb18030")),
    ("A.GEOJSON", b' {"type":"FeatureCollection"}'),
    ("网格边界.shp", b"\x00\x00\x27\x0a"),
    ("a.xls", uploads._OLD_EXCEL),
    ("a.gpkg", b"SQLite format 3\x00"),
    ("filename.csv", CSV),
    ("a.csv", "a,b".encode("utf-16")),
]
BAD_NAMES = [
    "a.exe",
    "a.html",
    "a.svg",
    "a.vrt",
    "a.gml",
    "a",
    ".csv",
    "a.php.csv",
    "a.exe.xlsx",
    "a.xlsx.exe",
    "a.html.csv",
    "a.xlsx.csv",
    "a.sh.xlsx",
    "../a.csv",
    "..\\a.csv",
    "/etc/a.csv",
    "C:a.csv",
    "a\x00.csv",
    "a\u202evsc.csv",
    "a.csv ",
    " a.csv",
    "a" * 300 + ".csv",
    "a\r\nb.csv",
    "a?.csv",
    "",
    ".htaccess.csv",
]
BAD_CONTENT = [
    ("a.xlsx", CSV),
    ("a.xlsx", b"<html>"),
    ("a.csv", ZIP),
    ("a.csv", b"<script>alert(1)</script>"),
    ("a.csv", b"MZ\x90\x00"),
    ("a.csv", b"a\x00b"),
    ("a.csv", b"  <?xml version='1.0'?>"),
    ("a.geojson", b"<OGRVRTDataset>"),
    ("a.gpkg", b"PK\x03\x04"),
    ("a.shp", b"<OGRVRTDataset>"),
    ("a.xls", ZIP),
    ("a.csv", b"%PDF-1.7"),
    ("a.csv", b"\x7fELF"),
    ("a.zip", b"Rar!"),
]


class Inner:
    """Stands for Streamlit: keeps what got through."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if scope["method"] == "PUT":
            form = await request.form()
            self.files += [(f.filename, await f.read()) for f in form.values()]  # type: ignore[union-attr]
        await Response(status_code=204)(scope, receive, send)


@pytest.fixture
def inner(only_audit: str, monkeypatch: pytest.MonkeyPatch) -> Inner:
    seat = seats.seat_of({"headers": [(b"cookie", f"{seats.XSRF_COOKIE}={COOKIE}".encode())]})
    clients = {SESSION: SimpleNamespace(client_context=SimpleNamespace(headers=[(seats.HEADER, seat)]))}
    monkeypatch.setattr(uploads.runtime, "exists", lambda: True)
    monkeypatch.setattr(uploads.runtime, "get_instance", lambda: SimpleNamespace(get_client=clients.get))
    monkeypatch.setattr(uploads, "_offers", uploads.OrderedDict())
    uploads._keep(SESSION, tuple(uploads.BEGINS), 100_000)
    return Inner()


def body_of(name: str, content: bytes, field: str = "") -> bytes:
    head = field or f'Content-Disposition: form-data; name="file"; filename="{name}"'
    return (
        b"--XX\r\n"
        + head.encode("utf-8", "surrogateescape")
        + b"\r\nContent-Type: text/csv\r\n\r\n"
        + content
        + b"\r\n--XX--\r\n"
    )


def put(
    inner: Inner,
    body: bytes,
    *,
    session: str = SESSION,
    cookie: str = COOKIE,
    method: str = "PUT",
    path: str = "",
    length: str = "",
    kind: str = "multipart/form-data; boundary=XX",
    piece: int = 300,
) -> int:
    """Status of a request to the upload address whose body comes in pieces."""
    headers = [(b"content-type", kind.encode()), (b"cookie", f"{seats.XSRF_COOKIE}={cookie}".encode())]
    if length:
        headers.append((b"content-length", length.encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path or f"{uploads.PREFIX}{session}/f1",
        "headers": headers,
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
    }
    pieces = [body[i : i + piece] for i in range(0, len(body), piece)] or [b""]
    sent: list[Message] = []

    async def receive() -> Message:
        part = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": part, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(uploads.Uploads(inner)(scope, receive, send))
    return int(sent[0]["status"])


def test_the_examples_hold() -> None:
    assert doctest.testmod(uploads).failed == 0


@pytest.mark.parametrize(("name", "content"), GOOD)
@pytest.mark.parametrize("piece", [7, 10_000])
def test_a_good_file_gets_through_whole(inner: Inner, name: str, content: bytes, piece: int) -> None:
    assert put(inner, body_of(name, content), piece=piece) == 204
    assert inner.files == [(name, content)]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused(inner: Inner, name: str) -> None:
    assert put(inner, body_of(name, CSV)) == 415
    assert inner.files == []


@pytest.mark.parametrize(("name", "content"), BAD_CONTENT)
def test_content_that_is_something_else_is_refused(inner: Inner, name: str, content: bytes) -> None:
    assert put(inner, body_of(name, content)) == 415
    assert inner.files == []


@pytest.mark.parametrize(
    "field",
    [
        'Content-Disposition: form-data; name="file"',
        'Content-Disposition: form-data; name="file"; filename="a.csv"; filename*=utf-8\'\'a.exe',
        'Content-Disposition: form-data; name="file"; filename="a.csv"; filename="a.exe"',
        'Content-Disposition: form-data; filename="a.csv"\r\nContent-Disposition: form-data; filename="a.exe"',
        "X-Nothing: 1",
    ],
)
def test_a_form_that_names_its_file_oddly_is_refused(inner: Inner, field: str) -> None:
    assert put(inner, body_of("", CSV, field)) == 415
    assert inner.files == []


def test_a_body_that_is_no_form_is_refused(inner: Inner) -> None:
    for body, kind in (
        (CSV, "text/csv"),
        (body_of("a.csv", CSV), "multipart/form-data"),
        (b"preamble\r\n" + body_of("a.csv", CSV), ""),
        (b"", ""),
        (b"--XX\r\n" + b"A: b\r\n" * 5000, ""),
        (b"--YY\r\n" + body_of("a.csv", CSV), ""),
    ):
        assert put(inner, body, kind=kind or "multipart/form-data; boundary=XX") == 415
    assert inner.files == []


def test_another_session_no_session_and_no_offer_are_refused(inner: Inner) -> None:
    body = body_of("a.csv", CSV)
    assert put(inner, body, session="ffff") == 403
    assert put(inner, body, cookie=OTHER) == 403
    assert put(inner, body, cookie="") == 403
    assert put(inner, body, cookie="2|broken") == 403
    assert put(inner, body, method="DELETE", cookie=OTHER) == 403
    assert put(inner, body, path=uploads.PREFIX) == 403
    assert put(inner, body, path=f"{uploads.PREFIX}{SESSION}/a/b") == 403
    uploads._offers.clear()
    assert put(inner, body) == 403
    assert inner.files == []


def test_a_cookie_written_anew_is_still_the_same_browser(inner: Inner) -> None:
    token, made = decode_xsrf_token_string(COOKIE)
    again = generate_xsrf_token_string(token, made)
    assert again != COOKIE
    assert put(inner, body_of("a.csv", CSV), cookie=again) == 204


def test_an_offer_ends(inner: Inner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.time, "monotonic", lambda: 1e12)
    assert put(inner, body_of("a.csv", CSV)) == 403


def test_a_file_that_is_too_large_is_refused_by_its_length_and_while_it_comes(inner: Inner) -> None:
    large = body_of("a.csv", b"1,2\n" * 30_000)
    assert put(inner, b"", length=str(10**9)) == 413
    assert put(inner, b"", length="-1") == 413
    assert put(inner, b"", length="many") == 413
    assert put(inner, large, piece=5000) == 413
    assert put(inner, large, piece=5000, length="10") == 413
    assert inner.files == []


def test_only_endings_that_were_offered_are_taken(inner: Inner) -> None:
    uploads._keep(SESSION, (".csv",), 0)
    assert put(inner, body_of("a.xlsx", ZIP)) == 415
    assert put(inner, body_of("a.csv", CSV)) == 204


def test_refusals_are_noted(inner: Inner, only_audit: str) -> None:
    put(inner, body_of("a.exe", CSV))
    put(inner, body_of("a.csv", CSV), session="ffff")
    put(inner, body_of("a.csv", CSV))
    events = store.read(open_audit(only_audit))
    assert [(e.object, e.details) for e in events] == [
        ("door:upload", '{"reason":"session"}'),
        ("door:upload", '{"reason":"name"}'),
    ]


@pytest.mark.soak
def test_every_wrong_upload_in_every_way(inner: Inner) -> None:
    bad = [(name, content) for name in BAD_NAMES for content in (CSV, ZIP, b"")]
    programs = (b"<html>", b"MZ\x90\x00", b"\x7fELF", b"%PDF-1.7", b"<OGRVRTDataset>", b"Rar!\x1a\x07\x00")
    bad += [(f"a.{ending}", content) for ending in uploads.BEGINS for content in programs]
    ways: list[dict[str, Any]] = [{}, {"piece": 1}, {"piece": 100_000}]
    strangers: list[dict[str, Any]] = [
        {"session": "ffff"}, {"cookie": OTHER}, {"cookie": ""}, {"cookie": "2|broken"}, {"path": uploads.PREFIX},
    ]  # fmt: skip
    refused = Counter(put(inner, body_of(name, content), **way) for name, content in bad for way in ways)
    refused += Counter(put(inner, body_of(name, content), **who) for name, content in GOOD for who in strangers)
    assert inner.files == [] and set(refused) <= {403, 413, 415}
    print(f"W6: {sum(refused.values())} wrong uploads, all refused by the server ({dict(refused)}), 0 got through")
