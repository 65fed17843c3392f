"""What may be sent to the upload address (上传检查): checked on the server, whatever the page in the browser says.

Streamlit takes any file for any session whose id is known. Here a file is taken only for a session of the same seat
(`portal.seats`) to which a page of ours has offered an upload, with a name of one ending that we read, of no more than
the size allowed, and with content that begins as files of that ending do. So a page with an uploader calls `offer`
first.
"""

import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from portal import audit, seats
from portal.gate import local_path, refuse

PREFIX = "/_stcore/upload_file/"
OFFER_SECONDS = 12 * 3600
MOST_OFFERS = 10_000
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BEGINS = {
    ".xlsx": (_ZIP,), ".xlsm": (_ZIP,), ".ods": (_ZIP,), ".zip": (_ZIP,), ".xls": (_OLD_EXCEL,),
    ".kmz": (_ZIP,), ".kml": (b"<?xml", b"<kml"), ".fgb": (b"fgb",), ".parquet": (b"PAR1",),
    ".gpkg": (b"SQLite format 3\x00",), ".shp": (b"\x00\x00\x27\x0a",), ".shx": (b"\x00\x00\x27\x0a",),
    ".geojson": (b"{",), ".dbf": (b"\x03", b"\x30", b"\x83", b"\x8b", b"\xf5"), ".csv": (), ".tsv": (), ".prj": (),
    ".cpg": (),
}  # fmt: skip
"""How a file of each ending we read begins; text files have no sign, but hold no zero byte and no markup."""
_TEXTS = (".csv", ".tsv", ".prj", ".cpg")
# An ending before the ending: two to four letters, or one of the few with digits.
_INNER = re.compile(r"[a-z]{2,4}|7z|mp[34]|html5?|xhtml|class|shtml|php\d|ps1|xlsx|xlsm|docx|docm|pptx|geojson|jpeg")
_LONGEST_HEAD = 16_384


@dataclass(frozen=True)
class Offer:
    """What a session may send: endings, bytes, until when (monotonic seconds)."""

    endings: tuple[str, ...]
    largest: int
    until: float


_offers: OrderedDict[str, Offer] = OrderedDict()
_lock = threading.Lock()


def offer(endings: tuple[str, ...] = tuple(BEGINS), largest: int = 0) -> None:
    """Let the session of this run send files of these endings (".xlsx"), of at most `largest` bytes each."""
    context = get_script_run_ctx()
    if context is not None:
        _keep(context.session_id, endings, largest)


def _keep(session_id: str, endings: tuple[str, ...], largest: int) -> None:
    most = int(st.get_option("server.maxUploadSize")) * 2**20
    with _lock:
        _offers[session_id] = Offer(endings, min(largest or most, most), time.monotonic() + OFFER_SECONDS)
        _offers.move_to_end(session_id)
        while len(_offers) > MOST_OFFERS:
            _offers.popitem(last=False)


def bad_name(name: str, endings: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a file's name, in both languages; None for a good one.

    >>> bad_name("走访台账.2020.xlsx", (".xlsx",)) is None
    True
    >>> for name in ("a.exe", "a.php.csv", "../a.csv"):
    ...     print(bad_name(name, (".xlsx", ".csv"))[1])
    Not a kind of file that is read.
    The name has two endings.
    Not a file name.
    """
    if not 0 < len(name) <= 255 or name != name.strip() or not name.isprintable() or re.search(r'[/\\:*?"<>|]', name):
        return "文件名不合规。", "Not a file name."
    parts = name.lower().split(".")
    if len(parts) < 2 or f".{parts[-1]}" not in endings:
        return "不是可读取的文件类型。", "Not a kind of file that is read."
    if any(_INNER.fullmatch(part) for part in parts[1:-1]) or not parts[0]:
        return "文件名有两个扩展名。", "The name has two endings."
    return None


def bad_content(ending: str, begins: bytes) -> bool:
    """Whether the first bytes of a file are not those of its ending."""
    bare = (
        begins.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n") if ending in (*_TEXTS, ".geojson", ".kml") else begins
    )
    if ending in _TEXTS:
        return bare.startswith((b"<", b"%PDF", b"MZ", b"\x7fELF", _ZIP)) or (
            b"\x00" in begins and not begins.startswith((b"\xff\xfe", b"\xfe\xff"))
        )
    return not bare.startswith(BEGINS[ending])


# --- the middleware ---------------------------------------------------------------------------------------------------


class _RefusedError(Exception):
    """An upload that is not taken: status, words, and the reason the audit keeps."""

    def __init__(self, code: int, zh: str, en: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.zh, self.en, self.reason = code, zh, en, reason


class Uploads:
    """Checks every request to the upload address before Streamlit sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = local_path(scope) if scope["type"] == "http" else ""
        if not path.startswith(PREFIX) or scope["method"] not in ("PUT", "DELETE", "POST", "PATCH"):
            await self.app(scope, receive, send)
            return
        body = _Body(receive)
        try:
            allowed = _allowed(path, scope)
            checked = await _checked(scope, body, allowed) if scope["method"] == "PUT" else body
            await self.app(scope, checked, send)
        except _RefusedError as no:
            await body.read_out()
            await run_in_threadpool(audit.door_refused, "upload", no.reason)
            await refuse(no.code, no.zh, no.en)(scope, receive, send)


class _Body:
    """A request's body as it comes in."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._is_over, self._bytes = receive, False, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._is_over = not message.get("more_body")
        self._bytes += len(message.get("body", b""))
        return message

    async def read_out(self) -> None:
        """Take what is left, up to what could be allowed: a proxy that is cut off in the middle would tell its client
        of a fault of ours instead of what we say is wrong."""
        most = int(st.get_option("server.maxUploadSize")) * 2**20 + _LONGEST_HEAD
        while not self._is_over and self._bytes <= most:
            await self()


def _allowed(path: str, scope: Scope) -> Offer:
    """The offer that a request is made on; raises _RefusedError where there is none."""
    parts = path.removeprefix(PREFIX).split("/")
    client = runtime.get_instance().get_client(parts[0]) if len(parts) == 2 and runtime.exists() else None
    if client is None:
        raise _RefusedError(403, "没有这个会话，请刷新页面。", "There is no such session; reload the page.", "session")
    headers = dict(getattr(getattr(client, "client_context", None), "headers", ()))
    if not seats.is_same(headers.get(seats.HEADER, ""), seats.seat_of(scope)):
        raise _RefusedError(403, "没有这个会话，请刷新页面。", "There is no such session; reload the page.", "foreign")
    with _lock:
        found = _offers.get(parts[0])
    if found is None or found.until < time.monotonic():
        raise _RefusedError(403, "此页不接受上传。", "This page takes no files.", "not_offered")
    return found


async def _checked(scope: Scope, receive: Receive, allowed: Offer) -> Receive:
    """What goes on to Streamlit: the same body, once its head is found good, and never more than allowed."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    length = headers.get(b"content-length", b"0")
    most = allowed.largest + _LONGEST_HEAD
    if not length.isdigit() or int(length) > most:
        raise _too_large()
    kind, options = parse_options_header(headers.get(b"content-type", b""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise _wrong("文件没有按规定发送。", "Not sent as a file.", "form")
    read: list[Message] = []
    head = b""
    while len(head) < _LONGEST_HEAD and (not read or read[-1].get("more_body")):
        message = await receive()
        read.append(message)
        head += message.get("body", b"")
        if len(head.partition(b"\r\n\r\n")[2]) >= 512:
            break
    _check_head(head, boundary, allowed)
    received = 0

    async def go_on() -> Message:
        nonlocal received
        message = read.pop(0) if read else await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _too_large()
        return message

    return go_on


def _check_head(head: bytes, boundary: bytes, allowed: Offer) -> None:
    """The name and the first bytes of the one file in a form; raises _RefusedError."""
    lines, ends, content = head.partition(b"\r\n\r\n")
    first, *fields = lines.split(b"\r\n")
    named = [field for field in fields if field.lower().startswith(b"content-disposition:")]
    if first != b"--" + boundary or not ends or len(named) != 1:
        raise _wrong("文件没有按规定发送。", "Not sent as a file.", "form")
    _, options = parse_options_header(named[0].partition(b":")[2].strip())
    if b"filename" not in options or len(re.findall(rb"filename\*?\s*=", named[0].lower())) != 1:
        raise _wrong("文件没有按规定发送。", "Not sent as a file.", "form")
    name = options[b"filename"].decode("utf-8", "replace")
    if wrong := bad_name(name, allowed.endings):
        raise _wrong(*wrong, "name")
    ending = "." + name.lower().rpartition(".")[2]
    if bad_content(ending, content.split(b"\r\n--" + boundary)[0][:512]):
        raise _wrong("内容与扩展名不符。", "The content is not what the ending says.", "content")


def _wrong(zh: str, en: str, reason: str) -> _RefusedError:
    return _RefusedError(415, zh, en, reason)


def _too_large() -> _RefusedError:
    return _RefusedError(413, "文件太大。", "The file is too large.", "size")
