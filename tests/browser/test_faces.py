"""One view, four faces: the leader's page, a phone, the wall and the export say the same of every area.

Where a face may see less, the number is hidden or coarse, and never another one.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.chromium import DESK, PHONE, Visitor
from tests.support.hand_count import TOWN, Sample

HIDDEN, COARSE = "＊", 3
"""Counts below a community are rounded to 5 for the public: each is off by less than this."""


@dataclass(frozen=True)
class Numbers:
    """What one face says of one area: the rate and "n / d unit" as they are written."""

    value: str
    parts: str


def drawn(visitor: Visitor, page: Page) -> dict[str, Numbers]:
    """What the map of a page says, by code, from the layers it fetched."""
    page.wait_for_load_state("networkidle")
    found: dict[str, Numbers] = {}
    for url in {url for url in visitor.asked if "/map/areas?" in url}:
        answer = page.request.get(url).json()
        # The wall's areas bring their shapes, on other maps the values come alone, a list for each property.
        rows = [one["properties"] for one in answer["features"]] if "features" in answer else [
            dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)
        ]  # fmt: skip
        found.update({row["c"]: Numbers(row["v"], row["x"].partition(" · ")[0]) for row in rows})
    return found


def exported(page: Page, unit: str) -> dict[str, Numbers]:
    """What the file says that the page hands out."""
    page.get_by_role("button", name="导出").last.click()
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name="CSV 表格").click()
    lines = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    at = next(i for i, line in enumerate(lines) if line[:2] == ["代码", "名称"])
    heads = lines[at]
    rows = (dict(zip(heads, line, strict=False)) for line in lines[at + 1 :])
    return {
        row["代码"]: Numbers(row["数值"], f"{int(row['分子']):,} / {int(row['分母']):,} {unit}")
        for row in rows
        if row.get("分子")
    }


def counts(parts: str) -> list[int]:
    """n and d of "n / d unit"."""
    return [int(number.replace(",", "")) for number in parts.split(" ")[0:3:2]]


@pytest.mark.parametrize(("level", "ind", "unit"), [("grid", "VIS-01", "户"), ("community", "ORG-03", "栋")])
def test_one_view_has_four_faces(visitor: Visitor, sample_dir: Path, level: str, ind: str, unit: str) -> None:
    view = f"area={TOWN}&level={level}&ind={ind}&period=2020"
    hand = Sample(sample_dir)
    n, d = hand.visited(TOWN) if ind == "VIS-01" else hand.covered(TOWN)
    headline = f"{n:,} / {d:,}"

    page = visitor.open(f"/?{view}", DESK)
    expect(page.get_by_text(headline).first).to_be_visible(timeout=60_000)
    leader = drawn(visitor, page)
    file = exported(page, unit)

    visitor.asked.clear()
    page = visitor.open(f"/?{view}", PHONE)
    expect(page.get_by_text(headline).first).to_be_visible(timeout=60_000)
    phone = drawn(visitor, page)

    visitor.asked.clear()
    page = visitor.open(f"/?{view}&screen={TOWN}&scene=map&role=screen", (1920, 1080))
    # Counts of homes below the county leave the office as multiples of 5; those of buildings are of things.
    said_there = page.locator(".wg-w-block").first
    expect(said_there).to_contain_text(f" {unit}" if unit == "户" else headline, timeout=60_000)
    if unit == "户":
        words = " ".join(said_there.inner_text().split())
        n_there, d_there = (int(one.replace(",", "")) for one in re.findall(r"([\d,]+) / ([\d,]+) ?户", words)[0])
        assert n_there % 5 == d_there % 5 == 0 and max(abs(n_there - n), abs(d_there - d)) < 5 + COARSE
    wall = drawn(visitor, page)

    assert leader == phone
    known = {code: said for code, said in leader.items() if said.value != "—"}
    assert file.items() >= known.items() and len(known) >= 5
    # The wall chooses the level it shows by itself.
    assert wall and (level != "grid" or set(wall) <= set(leader))
    for code in wall.keys() & leader.keys():
        said = wall[code]
        if said.value in (HIDDEN, "—") or said == leader[code]:
            continue
        assert level == "grid", (code, said, leader[code])
        pairs = zip(counts(said.parts), counts(leader[code].parts), strict=True)
        assert all(abs(coarse - exact) < COARSE for coarse, exact in pairs), (code, said, leader[code])
