"""Every page at a desk, on a phone and on a large screen, in both languages: nothing wider than its window, no error.

WANGGE_PICTURES=docs/pictures writes the sheets that docs/pages.md shows while the long tests run.
"""

import os
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.test_pages import PAGES, Opened
from tests.support.chromium import DESK, PHONE, Visitor, settled
from tests.support.hand_count import TOWN

WALL = (1920, 1080)
SIZES = (DESK, WALL, PHONE)
SCALE = 0.5
"""Of the sheet; a phone's picture is not made smaller than its text can be read."""
ALSO = [
    Opened("sides", f"/compare?show=sides&area={TOWN}&level=grid", lambda s: ""),
    Opened("admin", "/admin?role=admin", lambda s: ""),
]


@pytest.mark.soak
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("opened", [*PAGES, *ALSO], ids=[opened.name for opened in [*PAGES, *ALSO]])
def test_a_page_in_three_sizes(visitor: Visitor, tmp_path: Path, opened: Opened, lang: str) -> None:
    shots = []
    for number, size in enumerate(SIZES):
        page = visitor.open(f"{opened.address}{'&' if '?' in opened.address else '?'}lang={lang}", size)
        settled(page)
        page.wait_for_timeout(4000)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("[data-testid='stException']").count() == 0
        shots.append(tmp_path / f"{number}.png")
        page.screenshot(path=shots[-1])
        page.close()
    if folder := os.environ.get("WANGGE_PICTURES"):
        target = Path(folder) / "pages"
        target.mkdir(parents=True, exist_ok=True)
        sheet(shots).save(target / f"{opened.name}-{lang}.webp", quality=72, method=6)


def sheet(shots: list[Path]) -> Image.Image:
    """Pictures side by side, tops in line."""
    parts = []
    for shot in shots:
        part = Image.open(shot).convert("RGB")
        scale = SCALE if part.width > 600 else 0.75
        parts.append(part.resize((round(part.width * scale), round(part.height * scale)), Image.Resampling.LANCZOS))
    whole = Image.new("RGB", (sum(p.width + 12 for p in parts) - 12, max(p.height for p in parts)), "white")
    left = 0
    for part in parts:
        whole.paste(part, (left, 0))
        left += part.width + 12
    return whole
