"""What a reader relies on is described: terms, tables, indicators, settings, columns of files, README commands."""

import re
import tomllib
from dataclasses import fields

import pytest

from data import schema, terms
from data.registry import indicators
from data.settings import Settings
from etl.sources import sources
from tests.support.server import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DATA_FILES = (ROOT / "docs" / "data-files.md").read_text(encoding="utf-8")
CHINESE = re.compile("[\u4e00-\u9fff]")

# Explained once at the head of data/schema.py, or by the word itself.
SPEAKING_ENDS = ("_id", "_no", "_code", "_on", "_at", "_count", "_m2", "_name", "_year")
SPEAKING = {
    *("action", "actor", "code", "cycle_days", "details", "event_hash", "previous_hash", "object"),
    *("geom", "lon", "lat", "source_lon", "source_lat", "source_crs", "valid_from", "from_edition", "to_edition"),
    *("file_name", "ledger_kind", "seconds", "sha256", "sheet", "size_bytes", "step_seq"),
    *("indicator", "numerator", "period", "text", "unit", "value", "lowest", "highest", "qualifier", "metric"),
    *("has_note", "has_photo", "is_residential"),
}


@pytest.mark.parametrize("vocabulary", terms.ALL.values(), ids=list(terms.ALL))
def test_every_term_has_words_in_both_languages(vocabulary: terms.Vocabulary) -> None:
    assert len(vocabulary) > 1
    for term in vocabulary.values():
        assert CHINESE.search(term.zh), f"{vocabulary.name}.{term.code} has no Chinese label"
        assert re.search("[A-Za-z]", term.en) and not CHINESE.search(term.en), (
            f"{vocabulary.name}.{term.code}: {term.en}"
        )
    assert len({term.zh for term in vocabulary.values()}) == len(vocabulary), f"{vocabulary.name}: a label stands twice"


def test_every_vocabulary_of_the_module_is_listed() -> None:
    found = {value.name for value in vars(terms).values() if isinstance(value, terms.Vocabulary)}
    assert found == set(terms.ALL)


@pytest.mark.parametrize("table", schema.metadata.tables.values(), ids=list(schema.metadata.tables))
def test_every_table_and_column_is_described(table: schema.Table) -> None:
    assert table.comment and table.comment.startswith("one row per")
    columns = [column for column in table.columns if not column.comment and column.name not in SPEAKING]
    silent = [column.name for column in columns if not column.name.endswith(SPEAKING_ENDS)]
    assert not silent, f"{table.name}: columns that nobody explains: {silent}"


def test_every_table_belongs_to_a_group() -> None:
    assert sorted(name for names in schema.GROUPS.values() for name in names) == sorted(schema.metadata.tables)


@pytest.mark.parametrize("indicator", indicators().values(), ids=list(indicators()))
def test_every_indicator_has_words_in_both_languages(indicator: object) -> None:
    for part in ("", "numerator_", "denominator_", "unit_"):
        assert CHINESE.search(getattr(indicator, f"{part}zh"))
        english = getattr(indicator, f"{part}en")
        assert english and not CHINESE.search(english)


def test_every_setting_is_explained() -> None:
    explained = (ROOT / "data" / "settings.py").read_text(encoding="utf-8").split('"""')[1]
    read = set(re.findall(r'"(WANGGE_[A-Z_]+)"', (ROOT / "data" / "settings.py").read_text(encoding="utf-8")))
    assert len(read) == len(fields(Settings))
    assert read == set(re.findall(r"^(WANGGE_[A-Z_]+) ", explained, flags=re.MULTILINE))


@pytest.mark.parametrize("source", sources().values(), ids=list(sources()))
def test_every_column_of_a_file_is_described(source: object) -> None:
    zh, en, columns = (getattr(source, name) for name in ("zh", "en", "columns"))
    section = next((part for part in DATA_FILES.split("\n## ") if part.startswith(f"{zh} {en}\n")), None)
    assert section, f"docs/data-files.md has no section {zh} {en}"
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")
    ]
    described = {row[0]: row for row in rows[1:]}
    assert list(described) == [column.heading for column in columns.values()]
    for column in columns.values():
        _, required, _, meaning_zh, meaning_en, also = described[column.heading]
        assert (required == "●") == column.required, f"{column.heading}: required or not?"
        assert CHINESE.search(meaning_zh) and meaning_en
        assert tuple(filter(None, also.split("、"))) == column.headings[1:]


def test_the_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"run", "test", "check", "bench", "soak", "help"} <= named <= targets
    assert targets == set(re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)[0].split())


def test_the_files_that_documents_point_to_exist() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} points to {target}, which is not there"


def test_the_documents_speak_both_languages() -> None:
    for name in ("README.md", "CHANGELOG.md", "docs/data-files.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert CHINESE.search(text) and re.search(r"[A-Za-z]{4,} [a-z]{2,} [a-z]{2,}", text), name


def test_decisions_are_newest_first() -> None:
    days = re.findall(
        r"^## (\d{4}-\d{2}-\d{2}) · \S", (ROOT / "docs" / "decisions.md").read_text("utf-8"), re.MULTILINE
    )
    assert days and days == sorted(days, reverse=True)


def test_the_version_has_a_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
