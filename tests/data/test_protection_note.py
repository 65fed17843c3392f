"""The data-protection note is what the program would write now, and names every field."""

import pytest

from data import schema
from data.protection_note import PATH, note


def test_the_note_in_docs_is_up_to_date() -> None:
    assert PATH.read_text(encoding="utf-8") == note(), "write it again: python -m data.protection_note"


@pytest.mark.parametrize("table", schema.metadata.tables.values(), ids=list(schema.metadata.tables))
def test_every_field_is_listed(table: schema.Table) -> None:
    part = note().split(f"### `{table.name}`\n")[1].split("\n### ")[0]
    assert [c.name for c in table.columns if f"| `{c.name}` |" not in part] == []
    assert "kept: " in part and "seen from: " in part


def test_what_is_forgotten_early_is_said() -> None:
    assert "730" in note().split("### `visit`\n")[1].split("### ")[0]
