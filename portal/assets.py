"""Files without data, packed and kept (静态文件): our own by names that change with their content, Streamlit's bundles.

    assets.url("map/deck.js")      # -> /app/static/map/deck.3f9a1c2b7d04.js, for a page, a script or a style

A browser keeps what it got by such a name for a year and never asks again; by the plain name it asks each time and is
told when nothing changed. Text goes out packed, packed once: Streamlit leaves its bundles as they are, 7 MB of script
for one page. Nothing is served but the files that were found in the two folders at the start.
"""

import gzip
import hashlib
import mimetypes
import re
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.gate import local_path

STATIC = Path(__file__).parent / "static"
FRAMEWORK = Path(st.__file__).parent / "static"
PREFIX = "/app/static/"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
LEVEL = 9
"""Packed once, so as small as it gets."""
_TEXT = {".js", ".css", ".json", ".svg", ".txt", ".html", ".map"}
_NAMED = re.compile(r"(.+)\.([0-9a-f]{12})(\.\w+)")
mimetypes.add_type("font/woff2", ".woff2")


class Packed(NamedTuple):
    """A file as it goes out packed."""

    body: bytes
    etag: str


@lru_cache(maxsize=1)
def own_files() -> dict[str, Path]:
    """Our files by their path below portal/static."""
    return _files(STATIC)


@lru_cache(maxsize=1)
def framework_files() -> dict[str, Path]:
    """Streamlit's bundles by their path below its static folder; all have a hash of their content in the name."""
    return {name: path for name, path in _files(FRAMEWORK).items() if name.startswith("static/")}


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def digest(path: Path) -> str:
    """Twelve hex digits that change with the content of a file."""
    return _digest(path, _state(path))


def _state(path: Path) -> tuple[int, int]:
    # A file that is replaced under a running server gets a new name at once.
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=512)
def _digest(path: Path, _state: tuple[int, int]) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def base() -> str:
    """What stands before every path of ours where the server is mounted below another; "" at the root."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def url(name: str) -> str:
    """The address of one of our files, such as "map/deck.js", under which it never changes.

    Raises KeyError for a file that portal/static does not have.
    """
    path = own_files()[name]
    return f"{base()}{PREFIX}{name.removesuffix(path.suffix)}.{digest(path)}{path.suffix}"


def folder(name: str) -> str:
    """The address of one of our folders, for files that name each other by plain names (asked for anew each time)."""
    return f"{base()}{PREFIX}{name}"


def packed(path: Path) -> Packed | None:
    """A file in gzip; None for one that packing does not make smaller."""
    return _packed(path, _state(path)) if path.suffix in _TEXT else None


@lru_cache(maxsize=512)
def _packed(path: Path, _state: tuple[int, int]) -> Packed | None:
    plain = path.read_bytes()
    body = gzip.compress(plain, LEVEL, mtime=0)
    return Packed(body, f'"{hashlib.sha256(plain).hexdigest()[:12]}-gz"') if len(body) < len(plain) else None


def pack_soon(names: Iterable[str]) -> None:
    """Pack Streamlit's files of these names beside everything else, so that the first reader need not wait for it."""
    paths = [path for name in names if (path := framework_files().get(name))]
    threading.Thread(target=lambda: [packed(path) for path in paths], name="pack", daemon=True).start()


# --- answers ----------------------------------------------------------------------------------------------------------


def answer(request: Request) -> Response:
    """One of our own files, by the name that `url` gives it or by its plain name; 404 for any other."""
    name = request.path_params["path"]
    named = _NAMED.fullmatch(name)
    if named and (path := own_files().get(named[1] + named[3])) and digest(path) == named[2]:
        return _reply(path, request.headers, FOR_EVER, request.method)
    if path := own_files().get(name):
        return _reply(path, request.headers, ASK_AGAIN, request.method)
    return PlainTextResponse("Not Found", status_code=404, headers={"Cache-Control": "no-store"})


def _reply(path: Path, asked: Headers, keep: str, method: str) -> Response:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    found = packed(path) if takes_gzip(asked) and "range" not in asked else None
    etag = found.etag if found else f'"{digest(path)}"'
    headers = {"ETag": etag, "Cache-Control": keep, "Vary": "Accept-Encoding"}
    if is_known(asked, etag):
        return Response(status_code=304, headers=headers)
    if found is None:
        return FileResponse(path, media_type=kind, headers=headers)
    headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(found.body))}
    return Response(b"" if method == "HEAD" else found.body, media_type=kind, headers=headers)


def takes_gzip(asked: Headers) -> bool:
    """Whether a reader unpacks gzip.

    >>> takes_gzip(Headers({"accept-encoding": "br, gzip"})), takes_gzip(Headers({"accept-encoding": "gzip;q=0, br"}))
    (True, False)
    """
    for part in asked.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", "")) is None
    return False


def is_known(asked: Headers, etag: str) -> bool:
    """Whether the reader has this very content already.

    >>> is_known(Headers({"if-none-match": 'W/"a", "b"'}), '"a"'), is_known(Headers({"if-none-match": '"ab"'}), '"a"')
    (True, False)
    """
    held = [part.strip().removeprefix("W/") for part in asked.get("if-none-match", "").split(",")]
    return "*" in held or etag in held


class Bundles:
    """Streamlit's scripts and styles, packed; whatever else is asked of /static, its own handler answers."""

    def __init__(self, app: ASGIApp, soon: Callable[[], Iterable[str]] = tuple) -> None:
        """soon : names what is packed at the start of the server, so that the first reader need not wait for it."""
        self.app, self.soon = app, soon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            pack_soon(self.soon())
        name = local_path(scope).lstrip("/") if scope["type"] == "http" else ""
        path = framework_files().get(name)
        if path is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        if not takes_gzip(asked) or "range" in asked or await run_in_threadpool(packed, path) is None:
            await self.app(scope, receive, _varying(send) if path.suffix in _TEXT else send)
            return
        await _reply(path, asked, FOR_EVER, scope["method"])(scope, receive, send)


def _varying(send: Send) -> Send:
    """Plain text says as well that it may come packed, or a cache on the way would give the one for the other."""

    async def send_with_vary(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
        await send(message)

    return send_with_vary
