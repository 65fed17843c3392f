"""Chromium that can reach nothing but this machine, and that remembers what a page asked for and complained about."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    WebSocket,
    sync_playwright,
)

DESK = (1440, 900)
PHONE = (390, 844)
HOME = ("localhost", "127.0.0.1")
ARGUMENTS = [
    # Names other than our own are not looked up at all: an asset from outside fails instead of loading.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    # WebGL without a graphics card.
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def find_chromium() -> str:
    """The browser's program; raises RuntimeError naming the package when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise RuntimeError("The tests lack a browser. As an administrator run: apt-get install chromium fonts-noto-cjk")


@contextmanager
def running_browser(*arguments: str) -> Iterator[Browser]:
    """A browser; arguments : further ones of its command line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One person at one screen: opens addresses of a server, and keeps what went wrong.

    has_one_session : whether all pages share one browser session for each size of window. Scripts are then fetched and
    compiled once, which is most of what a page costs without a graphics card; cookies stay too.
    """

    browser: Browser
    base: str
    has_one_session: bool = False
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _contexts: dict[tuple[int, int], BrowserContext] = field(default_factory=dict)
    _close: list[Callable[[], None]] = field(default_factory=list)

    def open(self, path: str, size: tuple[int, int] = DESK, *, settle: bool = True) -> Page:
        """A page in a browser session of its own, or in the one of this visitor, at an address such as
        `/visits?area=…`, when its script has ended."""
        page = self._context(size).new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("websocket", self._on_websocket)
        page.goto(self.base + path)
        if settle:
            settled(page)
        return page

    def _context(self, size: tuple[int, int]) -> BrowserContext:
        if self.has_one_session and size in self._contexts:
            return self._contexts[size]
        width, height = size
        is_phone = width < 600
        context = self._contexts[size] = self.browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", has_touch=is_phone, is_mobile=is_phone
        )
        self._close.append(context.close)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        return context

    def leave(self) -> None:
        for close in self._close:
            close()
        self._close.clear()
        self._contexts.clear()

    def close_pages(self) -> None:
        """Close what is open; the browser session goes on."""
        for context in self._contexts.values():
            for page in context.pages:
                page.close()

    def forget(self) -> None:
        """Begin anew with what is kept of the pages; what they said so far was looked at."""
        for kept in (self.outside, self.complaints, self.asked, self.missing):
            kept.clear()

    def check(self) -> None:
        """Fails when a page asked for anything outside this machine or complained in its console."""
        assert not self.outside, f"requests that leave the host: {sorted(set(self.outside))}"
        assert not self.complaints, f"console errors: {self.complaints}"

    def _on_request(self, request: Request) -> None:
        self._note(request.url)

    def _on_response(self, answer: Response) -> None:
        if answer.status >= 400:
            self.missing.append(f"{answer.status} {answer.url}")

    def _on_websocket(self, websocket: WebSocket) -> None:
        self._note(websocket.url)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        self.asked.append(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in HOME:
            self.outside.append(url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")


_SCRIPT_ENDED = """
    (() => {
        const app = document.querySelector('[data-testid="stApp"]');
        return app && app.getAttribute('data-test-script-state') === 'notRunning'
            && app.getAttribute('data-test-connection-state') === 'CONNECTED';
    })()
"""
_STILL_LOADING = '[data-testid="stSkeleton"], [data-testid="stSpinner"], .wg-waits'


def script_ended(page: Page, seconds: float = 60) -> None:
    """Wait until the page's script has ended; its maps and charts may still be drawn."""
    page.wait_for_function(f"() => {_SCRIPT_ENDED}", timeout=seconds * 1000)


def settled(page: Page, seconds: float = 60) -> None:
    """Wait until the page's script has ended, its first map stands and nothing on it still loads."""
    page.wait_for_function(
        f"() => {_SCRIPT_ENDED} && !document.querySelector(`{_STILL_LOADING}`)",
        timeout=seconds * 1000,
    )


def picture(element: Locator) -> NDArray[np.int16]:
    """What an element looks like: rows x columns x (red, green, blue)."""
    with Image.open(BytesIO(element.screenshot())) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)


def count_near(pixels: NDArray[np.int16], colour: str, tolerance: int = 12) -> int:
    """Pixels whose red, green and blue each lie within a tolerance of a colour such as '#74a9cf'."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.int16)
    return int((np.abs(pixels - wanted).max(axis=2) <= tolerance).sum())
