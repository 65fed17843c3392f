"""Whose session it is (会话归属): a known session id opens nobody else's session.

Streamlit goes on with an open session for whoever presents its id at the handshake: the state of its page, its timers,
its files. Here each handshake is told from which seat it comes (the browser, and in mode proxy the person the portal
names), by a header that nobody outside can write, and Streamlit goes on with a session only for the seat it was made at
(`server.trustedUserHeaders`); anybody else gets a new one. A signed-in person's claims are compared besides. A program
without the browser's token has a seat of its own at each handshake. Uploads ask the same.
"""

import hmac
import json
import secrets

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

from data.settings import settings

HEADER = "x-wangge-seat"
"""As .streamlit/config.toml names it."""
XSRF_COOKIE = "_streamlit_xsrf"
"""Streamlit's token of a browser; it is written differently every time, and the token in it stays."""


def seat_of(scope: Scope) -> str:
    """Where a request comes from, as 64 hexadecimal digits that say nothing outside this server."""
    person = _values(scope, settings().proxy_header) if settings().identity == "proxy" else []
    browser = _browser(scope) or secrets.token_bytes(16)
    told = json.dumps([browser.hex(), person]).encode()
    return hmac.digest(settings().secret.encode(), told, "sha256").hex()


def is_same(one: str, other: str) -> bool:
    """Whether two seats are one; nothing is the seat of nobody."""
    return bool(one) and secrets.compare_digest(one, other)


def _browser(scope: Scope) -> bytes | None:
    text = cookie_parser("; ".join(_values(scope, "cookie"))).get(XSRF_COOKIE, "")
    return decode_xsrf_token_string(text)[0] if text else None


def _values(scope: Scope, header: str) -> list[str]:
    wanted = header.lower().encode("latin-1")
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]


class Seats:
    """Writes the seat into every handshake, and takes out what came from outside by that name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != HEADER.encode()]
            if scope["type"] == "websocket":
                headers.append((HEADER.encode(), seat_of(scope).encode()))
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)
