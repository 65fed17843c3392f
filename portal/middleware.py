"""Headers on everything that leaves (响应头), and the last word when something breaks (出错编号).

What a page may load, who may frame it, what may be kept, an id. In the order of a request: headers and incidents, the
lists of hosts and origins (`portal.gate`), whose session it is (`portal.seats`), what may be uploaded
(`portal.uploads`), what leads nowhere (`portal.nowhere`), bundles packed (`portal.assets`), then Streamlit and our
routes. Pure ASGI, because all of it also wraps the WebSocket.
"""

import logging
import secrets

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal import log_lines, shell
from portal.assets import Bundles
from portal.gate import Gate, local_path
from portal.nowhere import Nowhere
from portal.seats import Seats
from portal.uploads import Uploads

log = logging.getLogger("wangge.portal")
log_lines.keep_quiet()
# 'unsafe-eval' and 'unsafe-inline' are what streamlit-folium needs; nothing outside this host is allowed.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    "frame-src 'self' blob: data:; frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)
TRANSPORT = "max-age=31536000"
"""Browsers that came by TLS once come by TLS for a year."""
ASSETS = ("/static/", "/app/static/", "/component/", "/_stcore/bidi-components/", "/favicon.png", "/map/")
"""What says itself how long it may be kept: files without data, and map layers. Nothing else may be kept at all."""
WORDS = "出错了，已记下编号 {0}。请把编号告诉管理员。 Something went wrong, noted as {0}; tell the administrator."


class Headers:
    """Adds the headers to every response; answers with a number, and nothing else, when one breaks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        is_safe, may_keep = scope.get("scheme") in ("https", "wss"), local_path(scope).startswith(ASSETS)
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _add(MutableHeaders(scope=message), request_id, is_safe=is_safe, may_keep=may_keep)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("incident %s", request_id, exc_info=error)
            if scope["type"] == "http" and not has_begun:
                await _incident(scope, request_id)(scope, receive, send_with_headers)


def _incident(scope: Scope, number: str) -> Response:
    accepts = b"".join(value for name, value in scope["headers"] if name.lower() == b"accept")
    text = WORDS.format(number)
    if b"text/html" in accepts:
        return HTMLResponse(f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><p>{text}</p></html>', 500)
    return JSONResponse({"error": text, "incident": number}, 500)


def _add(headers: MutableHeaders, request_id: str, *, is_safe: bool, may_keep: bool) -> None:
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self)"
    headers["X-Request-Id"] = request_id
    if not may_keep or headers.get("content-type", "").startswith("text/html"):
        headers["Cache-Control"] = "no-store"
    if is_safe:
        headers["Strict-Transport-Security"] = TRANSPORT
        cookies = headers.getlist("set-cookie")
        del headers["set-cookie"]
        for cookie in cookies:
            headers.append("set-cookie", cookie if "secure" in cookie.lower().split("; ") else f"{cookie}; Secure")


middleware = [
    Middleware(Headers),
    Middleware(Gate),
    Middleware(Seats),
    Middleware(Uploads),
    Middleware(Nowhere),
    Middleware(Bundles, soon=shell.first_bundles),
]
