"""Headers on everything that leaves (响应头): what a page may load, who may frame it, what may be kept, an id.

Pure ASGI, because it also wraps the WebSocket, which passes through untouched.
"""

import secrets
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# 'unsafe-eval' and 'unsafe-inline' are what streamlit-folium needs; nothing outside this host is allowed.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    "frame-src 'self' blob: data:; frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


class Headers:
    """Adds the headers to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), request_id)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _add(headers: Any, request_id: str) -> None:
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Request-Id"] = request_id
    if headers.get("content-type", "").startswith("text/html"):
        headers["Cache-Control"] = "no-store"


middleware = [Middleware(Headers)]
