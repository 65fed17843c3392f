"""Who may call this server by which name, and from which page (主机与来源名单); what of Streamlit stays shut.

A page of somebody else's must not talk to us through a reader's browser: neither by a name that it has pointed at this
machine (Host), nor from its own address (Origin). Streamlit's own lists only add to what is allowed, so the list is
kept here, for HTTP and the WebSocket alike: this machine's names with our own port, and those of WANGGE_HOSTS. A
program that is no browser sends no Origin; that is no way in for a foreign page, so it is let through.
"""

import re
from collections.abc import Iterable

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data.settings import settings
from portal import audit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SHUT = ("/_stcore/metrics", "/_stcore/agent")
"""Streamlit's counters and its interface for programs: nobody of ours needs them."""
_NAME = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?")
_ORIGIN = re.compile(r"(https?)://(.+)")
_USUAL = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_ours(host: str, own_port: int | None, usual_port: int, hosts: Iterable[str] = ()) -> bool:
    """Whether NAME or NAME:PORT is one of this server's. A name of WANGGE_HOSTS without a port stands for any port.

    >>> is_ours("localhost:8501", 8501, 80), is_ours("localhost:3000", 8501, 80), is_ours("evil.example", 8501, 80)
    (True, False, False)
    >>> is_ours("grid.example", 8501, 443, ["grid.example"]), is_ours("a.grid.example", 8501, 443, ["grid.example"])
    (True, False)
    """
    found = _NAME.fullmatch(host.lower())
    if found is None:
        return False
    name, port = found[1], int(found[2] or usual_port)
    if name in LOOPBACK and own_port in (None, port):
        return True
    return any(name == own if re.fullmatch(r"\[.*\]|[^:]*", own) else f"{name}:{port}" == own for own in hosts)


def refusal(scope: Scope, hosts: Iterable[str]) -> str:
    """Why a request or handshake is refused: host, origin, or "" when it is not."""
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    own_port = (scope.get("server") or (None, None))[1]
    usual = _USUAL.get(scope.get("scheme", "http"), 80)
    named = [value for name, value in headers if name == "host"]
    if len(named) != 1 or not is_ours(named[0], own_port, usual, hosts):
        return "host"
    origins = [value for name, value in headers if name == "origin"]
    if not origins:
        return ""
    found = _ORIGIN.fullmatch(origins[0])
    if len(origins) > 1 or found is None or not is_ours(found[2], own_port, _USUAL[found[1]], hosts):
        return "origin"
    return ""


def local_path(scope: Scope) -> str:
    """The path without the prefix the server is mounted under."""
    base = "/" + str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = str(scope["path"])
    return path[len(base) :] if len(base) > 1 and path.startswith(base + "/") else path


class Gate:
    """Refuses by the lists above, before anything else sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        reason = refusal(scope, settings().hosts)
        if reason:
            await run_in_threadpool(audit.door_refused, "socket" if scope["type"] == "websocket" else "http", reason)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            else:
                await refuse(403, "不接受从这个地址的访问。", "Not reachable by this address.")(scope, receive, send)
            return
        path = local_path(scope)
        if any(path == shut or path.startswith(shut + "/") for shut in SHUT):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            else:
                await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def refuse(code: int, zh: str, en: str) -> JSONResponse:
    """A refusal in both languages, with nothing of the inside in it."""
    return JSONResponse({"error": zh, "error_en": en}, status_code=code)
