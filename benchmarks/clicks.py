"""From a click to the drawn map in Chromium: another indicator chosen over the map, at 1440×900.

The clock is the browser's own: from the click to the second frame after the new layer of areas has come, when deck.gl
has drawn it. Every choice is a view that nobody has asked for before in this server's life.
"""

import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import launch
from benchmarks.children import serving
from benchmarks.figures import Figure, median, percentile
from data.registry import indicators

LIMIT_S, LIMIT_PREFECTURE_S = 1.0, 1.5
_FIRST = ("VIS-02", "VIS-06", "APP-01", "ORG-01", "ORG-02", "ORG-03", "ORG-04", "DIS-03", "DIS-04", "DIS-07", "VIS-03")

_CLOCK = """() => {
    window.clicked = 0; window.drawn = 0;
    document.addEventListener('click', (event) => { window.clicked = event.timeStamp; window.drawn = 0; }, true);
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.name.includes('/map/areas?') || entry.startTime < window.clicked) continue;
            requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = performance.now(); }));
        }
    }).observe({ type: 'resource' });
}"""


def measure(database: str, folder: Path) -> list[Figure]:
    """The figure of the sample county."""
    runs = clicks(database, folder, "/?area=422825100&level=grid&ind=VIS-01&period=2020", {})
    return [figure("示例县 sample county", runs, LIMIT_S)]


def figure(what: str, runs: list[float], limit: float) -> Figure:
    note = f"中位 median {median(runs):.2f} s, 最大 max {max(runs):.2f} s, {len(runs)} 次 clicks"
    return Figure(f"点击到画好 click to drawn map p95: {what}", percentile(runs, 0.95), "s", limit, note)


def clicks(database: str, folder: Path, address: str, environ: dict[str, str]) -> list[float]:
    """Seconds of each choice of another indicator on the page of an address."""
    given = {"WANGGE_DATABASE": database, **environ}
    with serving(["-m", "streamlit", "run", "app.py"], given, folder) as url, sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
            page.goto(url + address)
            page.get_by_test_id("stDataFrame").first.wait_for(timeout=120_000)
            page.wait_for_load_state("networkidle")
            page.evaluate(_CLOCK)
            # The first choice fetches what a choice needs of the front end itself.
            return [_choose(page, code) for code in _FIRST][1:]
        finally:
            browser.close()


def _choose(page: Page, code: str) -> float:
    page.locator(".st-key-choose_ind").get_by_role("combobox").click()
    page.get_by_role("option", name=indicators()[code].zh, exact=True).click()
    page.wait_for_function("window.drawn > window.clicked", timeout=60_000, polling=50)
    seconds = float(page.evaluate("(window.drawn - window.clicked) / 1000"))
    page.wait_for_load_state("networkidle")
    time.sleep(0.5)
    return seconds
