"""Vendored files: each listed with its source, version and hash, none from elsewhere, none that may not be public."""

import hashlib
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "portal" / "static"


def test_every_file_is_in_the_manifest_with_its_hash() -> None:
    listed = tomllib.loads((STATIC / "MANIFEST.toml").read_text(encoding="utf-8"))["file"]
    found = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in STATIC.rglob("*")
        if path.is_file() and path.name != "MANIFEST.toml"
    }
    assert {entry["path"]: entry["sha256"] for entry in listed} == found
    assert all(entry["package"] and entry["version"] and entry["licence"] for entry in listed)


def test_fonts_of_the_theme_are_there() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    for face in theme["fontFaces"]:
        assert (STATIC / face["url"].removeprefix("app/static/")).is_file()


def test_the_server_is_shut_to_the_outside() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
