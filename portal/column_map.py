"""A column map as a text (列映射, docs/column-maps.md): what a steward put right, to load with and to keep."""

import json
from typing import Any

SECTIONS = ("columns", "fixed", "units")
OF_ONE_FILE = ("file", "sheet", "heading_rows", "first_row", "as_of")
"""Entries that hold for one file alone."""


def as_toml(map_: dict[str, Any], *, for_later: bool = False) -> str:
    """A map as TOML; without what holds for one file alone when it is kept for later ones.

    >>> print(as_toml({"kind": "visit", "sheet": "十二月", "columns": {"visit_no": ["户号", "日期"]}}), end="")
    kind = "visit"
    sheet = "十二月"
    <BLANKLINE>
    [columns]
    visit_no = ["户号", "日期"]
    """
    left_out = {*SECTIONS, "words", *(OF_ONE_FILE if for_later else ())}
    lines = [
        f"{key} = {_value(value)}" for key, value in map_.items() if key not in left_out and value not in ("", None)
    ]
    for section in SECTIONS:
        if entries := map_.get(section):
            lines += ["", f"[{section}]", *(f"{_key(key)} = {_value(value)}" for key, value in entries.items())]
    for column, words in (map_.get("words") or {}).items():
        if words:
            lines += ["", f"[words.{_key(column)}]", *(f"{_value(word)} = {_value(to)}" for word, to in words.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _value(name)


def _value(value: Any) -> str:
    """A value as TOML writes it; a text is written as JSON does, which is the same but for one sign."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
