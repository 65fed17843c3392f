"""Outlines: faults are told with what a repair would change, gaps and overlaps in square metres; nothing vanishes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, select

from data import schema
from data.store import reading
from etl.load import Outcome
from tests.etl import tiny
from tests.etl.tiny import A1, A2, B1, SOUTH, STEP, WEST, A, B, cell

Load = Callable[..., Outcome]


@pytest.fixture
def ready(sqlite_engine: Engine, load: Load, county: Path) -> Engine:
    load(sqlite_engine, county)
    return sqlite_engine


def said(outcome: Outcome) -> list[str]:
    return [notice.zh for notice in outcome.notices]


def footprints(engine: Engine) -> dict[str, Any]:
    t = schema.building
    with reading(engine) as conn:
        return {row.building_code: row for row in conn.execute(select(t).where(t.c.is_void.is_(False)))}


def spike(column: float, row: float) -> Any:
    """A house with a spike of no area, as digitising leaves it."""
    x, y, d = WEST + column * STEP, SOUTH + row * STEP, 2e-4
    return shapely.Polygon([(x, y), (x + d, y), (x + d, y + d), (x + 3 * d, y + 3 * d), (x + d, y + d), (x, y + d)])


def test_a_fault_is_refused_with_its_repair_and_taken_when_told(ready: Engine, load: Load, tmp_path: Path) -> None:
    bowtie = shapely.Polygon([(WEST, SOUTH), (WEST + 2e-4, SOUTH + 2e-4), (WEST + 2e-4, SOUTH), (WEST, SOUTH + 2e-4)])
    faulty = [(f"{A}00006", "6栋", A, "住宅", spike(0.7, 0.7)), (f"{A}00007", "7栋", A, "住宅", bowtie)]
    path = tiny.write_buildings(tmp_path, faulty)
    outcome = load(ready, path)
    spiked, crossed = (reasons[0].zh for _, reasons in sorted(outcome.ledgers[0].reasons.items()))
    assert "可自动修复(面积由" in spiked and "加 --repair" in spiked
    assert "自动修复会改变面积" in crossed and "不采用" in crossed
    outcome = load(ready, path, may_repair=True)
    assert list(outcome.ledgers[0].reasons) == [1], "one that would change its area is not taken even then"
    (notice,) = (n for n in outcome.notices if "已修复" in n.zh)
    assert (notice.row, notice.column) == (1, "图形") and "repaired, area" in notice.en
    stored = footprints(ready)[f"{A}00006"]
    assert shapely.is_valid(shapely.from_wkb(stored.geom)) and 400 < stored.footprint_m2 < 450
    assert load(ready, path, may_repair=True).batch_id is None


def test_gaps_overlaps_and_parts_outside_are_told_in_square_metres(ready: Engine, load: Load, tmp_path: Path) -> None:
    wide = shapely.union(cell(0, 0, 1, 2), cell(1, 0, 0.5, 0.01))
    out = shapely.union(cell(2, 0, 2, 2), cell(1.9, 0.5, 0.1, 0.1))
    grids = [(A1, "东门一", A, wide), (A2, "东门二", A, cell(1, 0, 1, 1.9)), (B1, "新居一", B, out)]
    found = said(load(ready, tiny.write_grids(tmp_path, grids, drawn="2020-06-01")))
    (of_a,) = (text for text in found if text.startswith(f"{A} 内 2 个区域的边界:"))
    (of_b,) = (text for text in found if text.startswith(f"{B} 内 1 个区域的边界:"))
    one = 1.0698e6  # a square of the board, m²
    overlap, gap = (
        float(text.split(" ㎡")[0].replace(",", "")) for text in of_a.split("重叠 ")[1].split("、没有盖住 ")
    )
    assert overlap == pytest.approx(one * 0.005, rel=0.01) and gap == pytest.approx(one * 0.1, rel=0.01)
    assert "超出上级" in of_b and "没有盖住" not in of_b


def test_a_tiled_community_says_nothing(ready: Engine, load: Load, tmp_path: Path) -> None:
    whole = [*tiny.GRIDS[:2], (B1, "新居一", B, cell(2, 0, 2, 2))]
    assert said(load(ready, tiny.write_grids(tmp_path, whole, drawn="2020-06-01"))) == []


def test_footprints_that_stand_twice_and_communities_misstated(ready: Engine, load: Load, tmp_path: Path) -> None:
    again = [
        (f"{A}00006", "旧楼", A, "住宅", tiny.house(0.301, 0.301)),
        (f"{A}00007", "7栋", A, "住宅", tiny.house(2.5, 0.5)),
    ]
    found = said(load(ready, tiny.write_buildings(tmp_path, again)))
    assert found == [
        f"有1行写明的社区(村)不是位置所在的社区(村),如“{A}00007”写的是甲镇东门社区居委会,位置在甲镇新居社区居委会;"
        "按位置所在的计,写明的另存,请核对",
        f"有1栋楼的轮廓与另一编码的大半重叠,如“{A}00006”与“{A}00001”;已照常载入,请核对是否同一栋",
    ]


def test_parts_and_holes_are_kept_whole(ready: Engine, load: Load, tmp_path: Path) -> None:
    court = shapely.difference(tiny.house(0.7, 0.7), tiny.house(0.7, 0.7).buffer(-5e-5, join_style="mitre"))
    twin = shapely.MultiPolygon([tiny.house(0.8, 0.8), tiny.house(0.9, 0.8)])
    holed = shapely.difference(cell(0, 0, 1, 2), cell(0.4, 0.4, 0.1, 0.1))
    buildings = [(f"{A}00006", "6栋", A, "住宅", court), (f"{A}00007", "7栋", A, "住宅", twin)]
    load(ready, tiny.write_buildings(tmp_path, buildings))
    load(ready, tiny.write_grids(tmp_path, [(A1, "东门一", A, holed), *tiny.GRIDS[1:]], drawn="2020-06-01"))
    stored = footprints(ready)
    assert shapely.equals(shapely.from_wkb(stored[f"{A}00006"].geom), court)
    assert shapely.equals(shapely.from_wkb(stored[f"{A}00007"].geom), twin)
    t, a = schema.area_shape, schema.area_code
    with reading(ready) as conn:
        query = select(t.c.geom, t.c.area_m2).join(a, a.c.area_id == t.c.area_id)
        row = conn.execute(query.where(a.c.code == A1, t.c.valid_to.is_(None))).one()
    kept = shapely.from_wkb(row.geom)
    assert len(kept.interiors) == 1 and shapely.area(shapely.symmetric_difference(kept, holed)) < 1e-12
