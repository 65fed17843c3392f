"""Words of another language on a Chinese page: in its visible text, titles, labels for readers and placeholders."""

import re

from playwright.sync_api import Page

ALLOWED = re.compile(
    # Codes of indicators and editions, kinds of files, the other language's name.
    r"[A-Z]{3}-\d\d[A-Za-z]*|NBS\d+|EN|[A-Z]{3,}|GeoJSON|Shapefile|Excel|zip|km²|[KM]B|"
    # What files, ids and commands are called; a chart's words for readers say NaN where there is no number.
    r"[\w-]+(?:[./][A-Za-z0-9_]+)+|[0-9a-f]{8,}|demo:\w+|NaN"
)
_SCAN = """() => {
    const found = [], latin = /[A-Za-z]{2,}/;
    // Below a canvas stand the cells of a table: what ledgers and logs hold.
    const skip = 'script, style, noscript, [data-testid=stIconMaterial], .wg-command, [lang=en], canvas *';
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const box = node.parentElement;
        if (latin.test(node.data) && !box.closest(skip) && box.checkVisibility({visibilityProperty: true}))
            found.push(node.data.trim());
    }
    for (const name of NAMES)
        for (const box of document.body.querySelectorAll(`[${name}]`)) {
            const value = box.getAttribute(name);
            if (latin.test(value) && !box.closest(skip)) found.push(`${name}: ${value}`);
        }
    return found;
}"""
_WORD = re.compile(r"[A-Za-z][A-Za-z]+")


def foreign_words(page: Page, also: tuple[str, ...] = ()) -> list[str]:
    """Texts with a Latin word that is no code, name or unit. also : texts of the page's own that are meant."""
    texts = page.evaluate(_SCAN.replace("NAMES", str(list(_NAMES))))
    return sorted({text for text in texts if text not in also and _is_foreign(text)})


def _is_foreign(text: str) -> bool:
    _, _, value = text.rpartition(": ") if text.split(":")[0] in _NAMES else ("", "", text)
    return _WORD.search(ALLOWED.sub("", value)) is not None


_NAMES = ("title", "aria-label", "placeholder", "alt", "aria-description", "aria-valuetext", "aria-roledescription")
