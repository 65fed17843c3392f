"""Vendored files: each listed with its source, version and hash, none from elsewhere, none that may not be public."""

import hashlib
import re
import tomllib
from pathlib import Path

from portal import assets
from portal.frame import TITLES

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "portal" / "static"
CHARACTERS = 7_946
"""Of Noto Sans SC as its package has it, before it was cut."""


def test_every_file_is_in_the_manifest_with_its_hash() -> None:
    listed = tomllib.loads((STATIC / "MANIFEST.toml").read_text(encoding="utf-8"))["file"]
    found = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in STATIC.rglob("*")
        if path.is_file() and path.name != "MANIFEST.toml"
    }
    assert {entry["path"]: entry["sha256"] for entry in listed} == found
    assert all(entry["package"] and entry["version"] and entry["licence"] for entry in listed)


FACE = re.compile(r'font-family:"([^"]+)";font-weight:(\d+).*?url\("([^"]+)"\)[^;}]*(?:;unicode-range:([^}]+))?}')


def codes(ranges: str) -> list[int]:
    spans = [part.removeprefix("U+").split("-") for part in ranges.split(",")]
    return [code for span in spans for code in range(int(span[0], 16), int(span[-1], 16) + 1)]


def test_fonts_are_whole_in_pieces() -> None:
    """Every character of the font lies in one piece of each weight, and every piece is served by the name given."""
    faces = FACE.findall((STATIC / "fonts" / "faces.css").read_text(encoding="utf-8"))
    named = {assets.url(f"fonts/{path.name}").rpartition("/")[2] for path in (STATIC / "fonts").glob("*.woff2")}
    assert {name for _, _, name, _ in faces} == named and len(faces) == len(named)
    held = {
        weight: [code for family, own, _, ranges in faces if (family, own) == ("Noto Sans SC", weight)
                 for code in codes(ranges)]
        for weight in ("400", "600")
    }  # fmt: skip
    assert held["400"] == held["600"] and len(held["400"]) == len(set(held["400"])) == CHARACTERS
    # What every page says lies in the first piece, which is fetched before all others.
    first = set(codes(next(ranges for _, weight, name, ranges in faces if "-400-00." in name)))
    assert {ord(sign) for page in TITLES.values() for words in page for sign in words} <= first
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert theme["font"].startswith("Noto Sans SC") and "fontFaces" not in theme


def test_the_server_is_shut_to_the_outside() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
