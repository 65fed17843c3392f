"""How long until the first coloured shape of the overview stands on screen, against the plainest page with a map.

Both pages are served side by side and opened in turn by the same Chromium, each time as a new visitor with an empty
cache. The clock starts with the navigation and stops when a canvas of the map holds pixels of a shape's colour. Only
the ratio of the two means something on another machine.
"""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import launch
from benchmarks.children import serving
from benchmarks.figures import Figure, median
from portal.colours import MORE_IS_BETTER, rgba

LIMIT_RATIO = 1.5
ROUNDS = 7
PEER_COLOUR = (54, 144, 192)
_PEER = "benchmarks/peer/one_polygon.py"
_SCREEN = {"width": 1440, "height": 900}

# Looks at every WebGL canvas until enough pixels are of one of the colours, then notes the time since navigation.
_WATCH = """colours => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, options) {
        if (!kind.startsWith('webgl')) return original.call(this, kind, options);
        this.isMap = true;
        return original.call(this, kind, { ...options, preserveDrawingBuffer: true });
    };
    const small = document.createElement('canvas');
    small.width = 120; small.height = 90;
    const pen = original.call(small, '2d', { willReadFrequently: true });
    pen.imageSmoothingEnabled = false;
    const look = () => {
        for (const canvas of document.querySelectorAll('canvas')) {
            if (!canvas.isMap || canvas.width < 100) continue;
            pen.clearRect(0, 0, small.width, small.height);
            pen.drawImage(canvas, 0, 0, small.width, small.height);
            const pixels = pen.getImageData(0, 0, small.width, small.height).data;
            let count = 0;
            for (let at = 0; at < pixels.length; at += 4) {
                if (pixels[at + 3] < 100) continue;
                for (const [red, green, blue] of colours) {
                    if (Math.abs(pixels[at] - red) < 10 && Math.abs(pixels[at + 1] - green) < 10
                        && Math.abs(pixels[at + 2] - blue) < 10) { count += 1; break; }
                }
            }
            if (count >= 20) { window.firstPaint = performance.now(); return; }
        }
        setTimeout(look, 15);
    };
    document.addEventListener('DOMContentLoaded', look);
}"""


def measure(database: str, folder: Path) -> list[Figure]:
    """Medians of both pages and their ratio."""
    environ = {"WANGGE_DATABASE": database}
    peer_colours = [PEER_COLOUR]
    # The lightest class is left out: on screen it cannot be told from the ground.
    colours = [rgba(colour)[:3] for colour in MORE_IS_BETTER[1:]]
    with (
        serving(["-m", "streamlit", "run", "app.py"], environ, folder) as ours,
        serving(["-m", "streamlit", "run", _PEER], {}, folder) as peer,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        try:
            paint(browser, peer, peer_colours)
            paint(browser, ours, colours)
            pairs = [(paint(browser, peer, peer_colours), paint(browser, ours, colours)) for _ in range(ROUNDS)]
        finally:
            browser.close()
    plain, overview = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
    spread = f"{ROUNDS} 次 rounds, {min(pair[1] for pair in pairs):.2f}–{max(pair[1] for pair in pairs):.2f} s"
    return [
        Figure("首个着色图形:总览 / 单一多边形页 first coloured shape, ratio", overview / plain, "×", LIMIT_RATIO),
        Figure("其中 of it: 总览 overview", overview, "s", note=spread),
        Figure("其中 of it: 单一多边形 one polygon", plain, "s"),
    ]


def paint(browser: Browser, url: str, colours: Sequence[Sequence[int]]) -> float:
    """Seconds from navigation to the first coloured shape, for a new visitor."""
    context = browser.new_context(viewport=_SCREEN, locale="zh-CN")  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.add_init_script(f"({_WATCH})({[list(colour) for colour in colours]})")
        page.goto(url, wait_until="commit")
        page.wait_for_function("window.firstPaint", timeout=60_000, polling=50)
        return float(page.evaluate("window.firstPaint")) / 1000
    finally:
        context.close()
