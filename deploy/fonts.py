"""Cuts the fonts of portal/static/fonts into the pieces that a page needs (字体切分); run by hand when a font changes.

python deploy/fonts.py FOLDER

FOLDER holds NotoSansSC-400.woff2 and NotoSansSC-600.woff2 whole. Needs fonttools and brotli, which nothing else here
does. No character is lost: the first piece of a weight holds what this program itself says, the others what is left,
and a browser fetches those only whose characters stand on a page. The icons are those that Streamlit and our pages
name.
"""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import streamlit
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "portal" / "static" / "fonts"
SPOKEN = ("app.py", "data/", "etl/", "geo/", "pages/", "portal/", "reports/")
WEIGHTS = (400, 600)
COMMON, RARE = 260, 450
"""Characters of a piece: of those of GB 2312 level 1, of all others."""
ICONS = re.compile(r":?material/([a-z0-9_]+)")


def spoken() -> set[int]:
    """Every character that this program's files hold, all of ASCII and the signs of Chinese text."""
    listed = subprocess.run(["git", "ls-files", *SPOKEN], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in listed.splitlines()
        if not name.startswith("portal/static/") and Path(name).suffix in (".py", ".toml", ".css", ".js", ".csv")
    )
    signs = {*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2010, 0x2040), *range(0x3000, 0x3020)}
    return signs | {*range(0xFF01, 0xFF5F)} | {ord(character) for text in texts for character in text}


def level_1() -> list[int]:
    """The 3,755 most used characters of GB 2312, by their sound."""
    cells = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [ord(cell.decode("gb2312")) for cell in cells if cell < b"\xd7\xfa"]


def pieces(held: Iterable[int]) -> Iterator[list[int]]:
    """What each piece of a font holds, the first first; together all that it holds, none twice."""
    left = set(held)
    first = spoken() & left
    yield sorted(first)
    left -= first
    common = [code for code in level_1() if code in left]
    for codes, size in ((common, COMMON), (sorted(left.difference(common)), RARE)):
        for start in range(0, len(codes), size):
            yield sorted(codes[start : start + size])


def ranges(codes: list[int]) -> str:
    """Characters as CSS names them: U+4E00-4E03,U+4E07."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in spans)


def cut(source: Path, target: Path, **wanted: object) -> str:
    """Write a part of a font; returns the name it is served by (portal/assets.py)."""
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True, layout_closure=False)
    options.drop_tables += ["vhea", "vmtx"]
    font = TTFont(source)
    cutter = subset.Subsetter(options)
    cutter.populate(**wanted)
    cutter.subset(font)
    font.flavor = "woff2"
    # The same bytes from the same font, whenever it is cut.
    font.recalcTimestamp = False
    font.save(target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()[:12]
    return f"{target.stem}.{digest}{target.suffix}"


def face(family: str, weight: int, name: str, display: str, span: str = "") -> str:
    """One @font-face rule."""
    limit = f";unicode-range:{span}" if span else ""
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:{display};'
        f'src:url("{name}") format("woff2"){limit}}}\n'
    )


def icons() -> set[str]:
    """The names of the icons that Streamlit's front end and our pages use."""
    scripts = [*(Path(streamlit.__file__).parent / "static" / "static" / "js").glob("*.js")]
    texts = (path.read_text(encoding="utf-8") for path in [*scripts, *(ROOT / "pages").rglob("*.py")])
    return {name for text in texts for name in ICONS.findall(text)}


def main(folder: str) -> None:
    """Write the pieces and the style sheet that names them."""
    for old in [*FONTS.glob("*.woff2"), *FONTS.glob("*.css")]:
        old.unlink()
    rules = []
    for weight in WEIGHTS:
        source = Path(folder) / f"NotoSansSC-{weight}.woff2"
        for number, codes in enumerate(pieces(TTFont(source).getBestCmap())):
            name = cut(source, FONTS / f"NotoSansSC-{weight}-{number:02}.woff2", unicodes=codes)
            rules.append(face("Noto Sans SC", weight, name, "swap", ranges(codes)))
    source = next((Path(streamlit.__file__).parent / "static" / "static" / "media").glob("MaterialSymbols-*.woff2"))
    font = TTFont(source)
    letters = [font.getBestCmap()[code] for code in map(ord, "abcdefghijklmnopqrstuvwxyz0123456789_")]
    names = {name for name in icons() | {f"{name}.fill" for name in icons()} if name in font.getGlyphOrder()}
    name = cut(source, FONTS / "Icons.woff2", glyphs=[*letters, *sorted(names)], text="abcdefghijklmnopqrstuvwxyz_")
    rules.append(face("Wangge Icons", 400, name, "block"))
    (FONTS / "faces.css").write_text("".join(rules), encoding="utf-8")
    print(f"{len(rules)} pieces, {len(names)} icons: {sorted(icons() - names)} have no glyph of their own name")


if __name__ == "__main__":
    main(sys.argv[1])
