"""Footprints in town (楼栋): estates of slabs and towers, old streets of small houses, public buildings.

Footprints stand along the streets, turned with them; none overlaps another, a street or the river.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from etl.sample.outline import PLANE_CRS
from etl.sample.streets import HALF_WIDTH_M, Row, Town, cross_line
from etl.sample.valley import Floats

HOMES, PUBLIC = 1_600, 120
LEAST_HOMES, MOST_HOMES = 40, 74  # of one grid
RESIDENTIAL = ("住宅", "商住")
ESTATE_WORDS = (
    "滨江花园", "映山小区", "龙湖佳苑", "茶乡名居", "和谐家园", "民生苑", "金桂园", "锦绣华庭", "康馨苑",
    "文昌里", "贡水湾", "翠屏小区", "福星苑", "聚贤居", "阳光新城", "书香门第", "碧水苑", "兴宣花园",
    "凤凰里", "龙泉居", "悦江名邸", "苗圃小区", "林语苑", "电力小区", "粮食局小区", "水电家园", "供销小区",
    "教师新村", "医苑小区", "车站小区", "景苑", "明珠花园", "金色家园", "万福里", "天和苑", "紫荆苑",
    "望江楼", "清江小区", "楚风苑", "侗寨新居",
)  # fmt: skip
PUBLIC_WORDS = (
    "办公楼",
    "教学楼",
    "门诊楼",
    "综合楼",
    "农贸市场",
    "客运站",
    "文化馆",
    "会议中心",
    "实训楼",
    "服务中心",
)


@dataclass(frozen=True)
class Lot:
    """A footprint to be: its middle, its length and depth in metres, and what stands on it.

    The middle is u along and v across its block, on a hillside s along and t across the valley.
    """

    u: float
    v: float
    length: float
    depth: float
    style: str  # house, slab, tower, public
    block: int
    wing: float = 0.0  # length of a second wing, for L shapes
    turn: float = 0.0


@dataclass(frozen=True)
class Block:
    """What lies between two streets along the valley and two across it; a hillside has no `left` and `right`."""

    number: int
    row: Row
    left: float = 0.0
    right: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Length along and depth across, in metres."""
        at = np.array([(self.left + self.right) / 2])
        return self.right - self.left, abs(float(self.row.high(at)[0] - self.row.low(at)[0]))

    def place(self, town: Town, u: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
        """(s, t) of places in the block, and how far the nearer street is turned away from the valley there."""
        if self.right == self.left:
            return u, v, np.zeros(u.size)
        width, deep = self.size
        s = self.left + u
        for _ in range(2):
            t = self.row.low(s) + self.row.zone.side * v
            left, right = (cross_line(town.shear, place)(t) for place in (self.left, self.right))
            s = left + (right - left) * u / width
        rise = np.where(v < deep / 2, *(street(s + 10) - street(s - 10) for street in (self.row.low, self.row.high)))
        return s, t, np.arctan2(rise, 20.0)


def raise_buildings(town: Town, river: BaseGeometry, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """The buildings of the town: 1,600 residential ones and 120 others.

    One row per building in PLANE_CRS; `grid` (position in `town.grids` of the grid it overlaps most), `use`, `style`,
    `block`, `geometry`. Footprints that no grid holds for three fifths are left out, so that no ledger rule can differ.
    """
    blocks = _blocks(town)
    lots = [
        lot for block, draw in zip(blocks, _draws(blocks, rng), strict=True) for lot in _lots(town, block, draw, rng)
    ]
    shapes = _footprints(town, blocks, lots)
    order = np.argsort([{"public": 0, "tower": 1, "slab": 2, "house": 3}[lot.style] for lot in lots], kind="stable")
    shapes, lots = shapes[order], [lots[i] for i in order]
    free = _free(shapes, town, river)
    shapes, lots = shapes[free], [lot for lot, keep in zip(lots, free, strict=True) if keep]
    grid, share = overlaps(shapes, town.grids.geometry.values)
    frame = gpd.GeoDataFrame(
        {
            "grid": grid,
            "style": [lot.style for lot in lots],
            "block": [lot.block for lot in lots],
            "straddles": share < 0.999,
        },
        geometry=shapes,
        crs=PLANE_CRS,
    )[share > 0.6]
    return _chosen(frame, rng)


def overlaps(shapes: NDArray[np.object_], areas: NDArray[np.object_]) -> tuple[NDArray[np.int64], Floats]:
    """Of each shape the area it overlaps most (-1: none), and the share of the shape lying there."""
    best, share = np.full(len(shapes), -1), np.zeros(len(shapes))
    pairs = shapely.STRtree(areas).query(shapes, predicate="intersects")
    part = shapely.area(shapely.intersection(shapes[pairs[0]], areas[pairs[1]])) / shapely.area(shapes[pairs[0]])
    for i in np.lexsort((-pairs[1], part)):
        best[pairs[0][i]], share[pairs[0][i]] = pairs[1][i], part[i]
    return best, share


def rectangle(middle: Floats, length: Floats, depth: Floats, turn: Floats) -> Floats:
    """Corners of turned rectangles, shape (n, 5, 2)."""
    along = np.stack([np.cos(turn), np.sin(turn)], axis=-1)[:, None, :] * (length / 2)[:, None, None]
    across = np.stack([-np.sin(turn), np.cos(turn)], axis=-1)[:, None, :] * (depth / 2)[:, None, None]
    a, b = np.array([-1, 1, 1, -1, -1])[None, :, None], np.array([-1, -1, 1, 1, -1])[None, :, None]
    return middle[:, None, :] + a * along + b * across


def _footprints(town: Town, blocks: list[Block], lots: list[Lot]) -> NDArray[np.object_]:
    u, v, length, depth, wing, turn = np.array(
        [(lot.u, lot.v, lot.length, lot.depth, lot.wing, lot.turn) for lot in lots]
    ).T
    number = np.array([lot.block for lot in lots])
    s, t, lean = np.zeros(u.size), np.zeros(u.size), np.zeros(u.size)
    for block in blocks:
        here = np.flatnonzero(number == block.number)
        s[here], t[here], lean[here] = block.place(town, u[here], v[here])
    middle = town.valley.place(s, t)
    heading = town.valley.turn(s) + lean + turn
    shapes = shapely.polygons(rectangle(middle, length, depth, heading))
    bent = wing > 0
    out = np.stack([np.cos(heading), np.sin(heading)], axis=-1) * ((length - depth) / 2)[:, None]
    off = np.stack([-np.sin(heading), np.cos(heading)], axis=-1) * (wing / 2)[:, None]
    wings = shapely.polygons(
        rectangle((middle + out + off)[bent], depth[bent], wing[bent] + depth[bent], heading[bent])
    )
    shapes[bent] = shapely.union(shapes[bent], wings)
    return shapely.set_precision(shapes, 0.01)


def _free(shapes: NDArray[np.object_], town: Town, river: BaseGeometry) -> NDArray[np.bool_]:
    """Which footprints stay: off the streets and the river, and clear of every earlier footprint."""
    width = town.streets["kind"].map(HALF_WIDTH_M).to_numpy() + 1.2
    roads = shapely.buffer(town.streets.geometry.values, width)
    blocked = np.append(roads, shapely.buffer(river, 6.0))
    free = np.ones(len(shapes), dtype=bool)
    free[shapely.STRtree(blocked).query(shapes, predicate="intersects")[0]] = False
    free &= (shapely.get_type_id(shapes) == 3) & shapely.is_valid(shapes)
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.5)
    for later, earlier in near.T[near[0] > near[1]]:
        if free[earlier]:
            free[later] = False
    return free


def _chosen(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Exactly as many buildings as wanted, spread unevenly over the grids."""
    homes = frame[frame["style"] != "public"]
    public = frame[frame["style"] == "public"]
    public = public.sample(min(PUBLIC, len(public)), random_state=rng)
    room = homes.groupby("grid").size()
    want = _quota(room.to_numpy(), rng)
    kept = []
    for grid, count in zip(room.index, want, strict=True):
        here = homes[homes["grid"] == grid]
        # What stands astride a border stays, for the rule of the largest share to matter; estates stay, and blocks
        # fill up one after the other, so that a street is built up or is not.
        turn = dict(zip(blocks := here["block"].unique(), rng.random(blocks.size), strict=True))
        rank = here["block"].map(turn).to_numpy() + rng.random(len(here)) * 0.3
        rank -= here["straddles"].to_numpy() * 3.0 + (here["style"] != "house").to_numpy() * 2.0
        kept.append(here.iloc[np.sort(np.argsort(rank, kind="stable")[:count])])
    chosen = pd.concat([*kept, public], ignore_index=True)
    on_street = (chosen["style"] == "house") & (rng.random(len(chosen)) < 0.3)
    chosen["use"] = np.where(chosen["style"] == "public", "公建", np.where(on_street, "商住", "住宅"))
    other = chosen.index[chosen["use"] == "公建"][::4]
    chosen.loc[other, "use"] = "其他"
    return chosen


def _quota(room: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """How many homes each grid gets: in proportion to its room, evened out, 1,600 in all."""
    wish = np.clip(np.sqrt(room) * rng.uniform(0.85, 1.15, room.size), 4.0, None)
    share = 1.0
    for _ in range(60):
        want = np.clip(np.floor(wish * share), np.minimum(room, LEAST_HOMES), np.minimum(room, MOST_HOMES)).astype(int)
        share *= (HOMES / want.sum()) ** 0.7
    while want.sum() != HOMES:
        step = 1 if want.sum() < HOMES else -1
        spare = room - want if step > 0 else want - LEAST_HOMES
        if spare.max() <= 0:
            raise ValueError(f"room for {room.sum()} homes, {HOMES} wanted")
        want[np.argmax(spare)] += step
    return want


def _blocks(town: Town) -> list[Block]:
    blocks: list[Block] = []
    for row in town.rows:
        edges = list(zip(row.cuts[:-1], row.cuts[1:], strict=True)) if row.built else [(0.0, 0.0)]
        blocks += [Block(len(blocks) + i, row, left, right) for i, (left, right) in enumerate(edges)]
    return blocks


def _draws(blocks: list[Block], rng: np.random.Generator) -> list[float]:
    """A draw between 0 and 1 for every block, evenly spread within each grid, so that each gets houses and estates."""
    grid = [(b.row.zone.name, int(np.searchsorted(b.row.zone.cuts, b.left, side="right"))) for b in blocks]
    draw = np.zeros(len(blocks))
    for one in dict.fromkeys(grid):
        here = [i for i, other in enumerate(grid) if other == one]
        even = (np.arange(len(here)) + rng.random(len(here))) / len(here)
        if len(here) <= 4:  # a small grid cannot spare a whole block for a school, nor two for estates
            even = 0.13 + 0.57 * even
        draw[here] = rng.permutation(even)
    return [float(one) for one in draw]


def _lots(town: Town, block: Block, draw: float, rng: np.random.Generator) -> Iterator[Lot]:
    if not block.row.built:
        yield from _hillside(town, block, rng)
        return
    density = 1.0 if block.row.zone.inner else 0.85
    if draw < 0.26:
        yield from _estate(block, rng)
    elif draw < 0.26 + 0.46 * density:
        yield from _old_street(block, rng, 0.93 * density)
    elif draw < 0.96:
        yield from _institution(block, rng)


def _old_street(block: Block, rng: np.random.Generator, fill: float) -> Iterator[Lot]:
    """Small houses side by side along both streets, and a second line behind where the block is deep."""
    width, deep = block.size
    for base, inward in ((10.5, 1), (deep - 10.5, -1), (36.0, 1)):
        depth = float(rng.uniform(12.5, 17.0))
        second = base == 36.0
        if second and (deep < 92 or rng.random() < 0.2):
            continue
        u = 8.0
        while u < width - 14:
            length = float(rng.uniform(9.5, 15.0))
            if rng.random() < fill * (0.75 if second else 1.0):
                v = base + inward * (depth / 2 + float(rng.uniform(0, 1.6)))
                yield Lot(u + length / 2, v, length, depth * float(rng.uniform(0.85, 1.1)), "house", block.number)
            u += length + float(rng.choice([0.7, 0.9, 1.2, 4.5], p=[0.4, 0.3, 0.22, 0.08]))


def _estate(block: Block, rng: np.random.Generator) -> Iterator[Lot]:
    """Slabs in parallel lines, some with a wing; now and then towers instead."""
    width, deep = block.size
    towers = rng.random() < 0.08
    length, depth, gap = (
        (22.0, 19.0, 24.0) if towers else (float(rng.uniform(30, 46)), float(rng.uniform(11, 12.5)), 13.0)
    )
    lines = max(1, int((deep - 24 + gap) // (depth + gap)))
    columns = max(1, int((width - 22 + 8) // (length + 8)))
    turn = float(rng.normal(0, 0.03))
    for line in range(lines):
        v = 12 + depth / 2 + (deep - 24 - depth) * (line / (lines - 1) if lines > 1 else 0.5)
        for column in range(columns):
            if rng.random() < 0.1:
                continue
            u = 11 + length / 2 + (width - 22 - length) * (column / (columns - 1) if columns > 1 else 0.5)
            wing = float(rng.uniform(9, 12)) if not towers and lines < 4 and rng.random() < 0.13 else 0.0
            yield Lot(u, v, length, depth, "tower" if towers else "slab", block.number, wing, turn)


def _institution(block: Block, rng: np.random.Generator) -> Iterator[Lot]:
    """A school, a hospital, a market: few large footprints, often with houses along the streets."""
    width, deep = block.size
    for _ in range(int(rng.integers(3, 7))):
        u, v = float(rng.uniform(0.24, 0.76)) * width, float(rng.uniform(0.25, 0.75)) * deep
        length, depth = float(rng.uniform(24, 58)), float(rng.uniform(13, 22))
        wing = float(rng.uniform(14, 26)) if rng.random() < 0.45 else 0.0
        yield Lot(u, v, length, depth, "public", block.number, wing, float(rng.choice([0, np.pi])))
    if rng.random() < 0.6:
        yield from _old_street(block, rng, 0.5)


def _hillside(town: Town, block: Block, rng: np.random.Generator) -> Iterator[Lot]:
    """Scattered houses on the slope: most in hamlets, some astride a grid border that no street marks."""
    row, number = block.row, block.number
    for cut in row.zone.cuts[1:-1]:
        if rng.random() < 0.75:
            t = float(row.low(np.array([cut]))[0]) + row.zone.side * float(rng.uniform(25, 90))
            s = float(cross_line(town.shear, cut)(np.array([t]))[0]) + float(
                rng.choice([-1, 1]) * rng.uniform(1.8, 2.6)
            )
            yield Lot(s, t, 11.0, 12.0, "house", number, turn=float(rng.normal(0, 0.1)))
    for start, end in zip(row.zone.cuts[:-1], row.zone.cuts[1:], strict=True):
        for _ in range(max(2, int((end - start) / 170))):
            s0 = float(rng.uniform(start + 40, end - 40))
            low, high = float(row.low(np.array([s0]))[0]), float(row.high(np.array([s0]))[0])
            t0 = low + (high - low) * float(rng.beta(1.2, 3.0) * 0.8 + 0.06)
            turn = float(rng.normal(0, 0.35))
            for _ in range(int(rng.integers(2, 7))):
                s, t = s0 + float(rng.normal(0, 26)), t0 + float(rng.normal(0, 17))
                length, depth = float(rng.uniform(9.5, 14)), float(rng.uniform(9, 12))
                yield Lot(s, t, length, depth, "house", number, turn=turn + float(rng.normal(0, 0.06)))
