"""A request to an ASGI app without a server and without a client library."""

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Reply:
    """What came back: `raw` as sent, `content` unpacked."""

    status_code: int
    headers: dict[str, str]
    raw: bytes

    @property
    def content(self) -> bytes:
        is_packed = self.headers.get("content-encoding") == "gzip" and self.raw
        return gzip.decompress(self.raw) if is_packed else self.raw

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """client.get(url) runs one request through the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def get(self, url: str, headers: dict[str, str] | None = None, method: str = "GET") -> Reply:
        asked = {"Host": "127.0.0.1", "Accept-Encoding": "gzip", **(headers or {})}
        return asyncio.run(self._ask(method, url, asked))

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        parts = urlsplit(url)
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": parts.path,
            "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        sent: list[Message] = []
        has_asked = False

        async def receive() -> Message:
            nonlocal has_asked
            if has_asked:
                # The client stays; whoever listens for its leaving waits.
                await asyncio.Event().wait()
            has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, b"".join(m.get("body", b"") for m in sent[1:]))
