"""Chromium without a graphics card and without a way out of this machine."""

import shutil

from playwright.sync_api import Browser, Playwright

_ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def launch(playwright: Playwright) -> Browser:
    """A browser of this machine; raises RuntimeError naming the package when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
    raise RuntimeError("There is no browser. As an administrator run: apt-get install chromium")
