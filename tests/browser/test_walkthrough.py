"""The five questions of docs/walkthrough.md, each answered in three clicks or fewer; pictures for it where one asks.

WANGGE_PICTURES=docs/pictures writes the pictures of the document while the long tests run.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.chromium import Visitor, settled

Step = Callable[[Page], None]


def page_named(name: str) -> Step:
    """A click on the navigation."""
    return lambda page: page.get_by_role("link", name=name, exact=True).click()


def open_chooser(label: str) -> Step:
    return lambda page: page.get_by_role("combobox", name=label).click()


def option(words: str) -> Step:
    return lambda page: page.get_by_role("option", name=words, exact=True).click()


QUESTIONS: list[tuple[str, Sequence[Step], Sequence[str]]] = [
    ("visits", [], ["17,275 / 18,932 户", "还差 1,657 户", "起纠纷超期"]),
    ("changes", [page_named("前后对比"), open_chooser("从哪天起"), option("与2020年9月30日相比")],
     ["新受理59起，办结47起", "新覆盖楼栋590栋"]),
    ("disputes", [page_named("矛盾纠纷"), open_chooser("指标"), option("在办超期占比")], ["15 / 23 起", "红牌"]),
    ("relocation", [page_named("易迁社区")], ["6 / 9 个社区", "再增一处，最有用的是"]),
    ("lineage", [lambda page: page.locator(".wg-headline .wg-why").click()], ["17,275 / 18,932 户", "户登记台账"]),
]  # fmt: skip


@pytest.mark.soak
@pytest.mark.parametrize(("name", "steps", "answers"), QUESTIONS, ids=[question[0] for question in QUESTIONS])
def test_a_question_is_answered_in_three_clicks(
    visitor: Visitor, name: str, steps: Sequence[Step], answers: Sequence[str]
) -> None:
    assert len(steps) <= 3
    page = visitor.open("/?period=2020")
    for step in steps:
        step(page)
        settled(page)
    for answer in answers:
        expect(page.locator("body")).to_contain_text(answer, timeout=60_000)
    if folder := os.environ.get("WANGGE_PICTURES"):
        page.wait_for_timeout(3000)
        file = Path(folder) / f"walk-{name}.png"
        page.screenshot(path=file)
        Image.open(file).convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(file, optimize=True)
