"""docs/promises.md names every promise; every test it names exists, every long run is one and prints its figure."""

import ast
import re
from functools import lru_cache

import pytest

from tests.support.server import ROOT

PROMISES = [
    *(f"A{n}" for n in range(1, 9)), *(f"D{n}" for n in range(1, 10)),
    *(f"W{n}" for n in (1, 2, 3, 4, *range(6, 25))), *(f"L{n}" for n in range(1, 7)),
    *(f"R{n}" for n in range(1, 16)), *(f"H{n}" for n in range(1, 14)),
]  # fmt: skip
FULL = "每次都是全量 in full every time"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CHINESE, ENGLISH = re.compile("[\u4e00-\u9fff]{4,}"), re.compile("[A-Za-z]{2,} [a-z]{2,} [a-z]+")


def table() -> dict[str, list[str]]:
    """The cells of each promise: what is promised, tests, long run, figure."""
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:2] == "| "]
    return {row[0]: row[1:] for row in rows[1:]}


@lru_cache
def _tests_of(file: str) -> dict[str, bool]:
    """The tests of a file, and whether each is a long run."""
    found = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    return {
        node.name: any("soak" in ast.unparse(mark) for mark in node.decorator_list)
        for node in found
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_promise_is_in_the_table() -> None:
    assert list(table()) == PROMISES


@pytest.mark.parametrize("number", PROMISES)
def test_a_promise_is_said_and_proved(number: str) -> None:
    said, short, long, figure = table()[number]
    assert CHINESE.search(said) and ENGLISH.search(said)
    assert TEST.findall(short) and len(TEST.findall(short)) == short.count("`") // 2
    for file, name in TEST.findall(short):
        assert _tests_of(file).get(name) is False, f"{file} has no short test {name}"
    if long != FULL:
        ((file, name),) = TEST.findall(long)
        assert _tests_of(file).get(name) is True, f"{file} has no long run {name}"
    assert re.search(r"\d", figure), f"{number} has no figure"


@pytest.mark.parametrize("number", PROMISES)
def test_the_figure_is_printed(number: str) -> None:
    files = {file for cell in table()[number] for file, _ in TEST.findall(cell)}
    printed = re.compile(rf'print\(\s*f?"[^"]*\b{number}\b[^"]*:')
    assert any(printed.search((ROOT / file).read_text(encoding="utf-8")) for file in files)
