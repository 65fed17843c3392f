"""The report of the bench of assignment: a Markdown table for each case, and one picture."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import surroundings

NAMES = {
    "ours": "格元表(已备好)cell table, ready",
    "ours once": "格元表(现建现用一次)cell table, built and used once",
    "sjoin": "geopandas.sjoin(intersects)",
    "tree": "STRtree(points).query, 2 线程 threads",
    "duckdb": "DuckDB spatial",
    "sedonadb": "SedonaDB",
    "footprints": "格元表 + 两段式 cell table, two-phase",
    "footprints sjoin": "geopandas.sjoin + 重叠面积 overlap areas",
}
_OURS = ("ours", "footprints")

_HEAD = """# 落格实测 Benchmark of assignment

`make bench-assign` 生成合成数据(固定种子),每个引擎在自己的进程里运行,轮流进行,同一次运行中核对答案,并写出本页。
比值可以比较,秒数因机器而异;CPU 秒数受其他程序影响较小。内存是超出已载入数据的部分。数值为中位数。
`make bench-assign` makes seeded synthetic data, runs each engine in a process of its own, in turns, checks the answers
in the same run and writes this page. Ratios carry over to other machines, seconds do not; CPU seconds suffer least
from other work on the machine. Memory is what a step takes above the loaded data. Figures are medians.

![](pictures/bench-assign.png)
"""

_NOTES = """## 说明 Notes

* 规则:相交者中网格代码最小的一个。答案按点逐一核对(SHA-256);把配对归并为每点一个网格不计时,有利于其他引擎。
  Rule: intersects, then the lowest grid code. Answers are compared point by point (SHA-256 of the assignment); the
  clock stops before pairs are brought to one grid a point, to the advantage of the others.
* SedonaDB 对恰在边界上的点可能少给几对,因此答案可以不同。
  SedonaDB may leave out pairs of points exactly on a boundary, so its answer may differ; it is no authority here.
* 下限:每个点读一次坐标,再随机读一次 64 MB 的表,两个线程平分,速率在同一次运行中测得。
  Floor: the coordinates of each point read once and one random read in a table of 64 MB, divided over two threads,
  both rates measured in the same run.
* 与下限之间:落在有边界经过的格元里的点(约一成二)要取出那一格的线段并判断方向,约占一半;换算格元号和查表约占四分之一;
  其余是把位置换成网格编号,以及两个线程争用解释器。
  What stands between: about half is the edges of the cells that boundaries pass, fetched and tested for some 12 % of
  the points; about a quarter the numbers of cells and their labels (a dozen passes of numpy where a compiled loop
  needs one); the rest turns positions into ids and is lost where two threads wait for one interpreter.
* 内存:计时的那一步超出已载入数据的峰值。已备好的格元表是从磁盘映射的文件,各进程共用,内存紧张时系统可随时丢弃,因此单列。
  Memory: the peak of the timed step above what was loaded. The ready table is a file mapped from disk, which processes
  share and the system may drop when it needs memory, so it stands in a column of its own.
"""


@dataclass
class Found:
    """What the processes of one engine said, one after another."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    mapped_mb: float = 0.0
    hashes: set[str] = field(default_factory=set)
    answered: int = 0

    def add(self, answer: dict[str, Any]) -> None:
        """Take in the answer of a process."""
        self.wall += answer["wall"]
        self.cpu += answer["cpu"]
        self.peak_mb.append(answer["peak_mb"])
        self.mapped_mb = answer["mapped_mb"]
        self.hashes.add(answer["hash"])
        self.answered = answer["answered"]

    @property
    def seconds(self) -> float:
        return statistics.median(self.wall)

    @property
    def cpu_seconds(self) -> float:
        return statistics.median(self.cpu)


@dataclass(frozen=True)
class Case:
    """One data set and what the engines did with it; floor in seconds."""

    title: str
    count: int
    grids: int
    found: dict[str, Found]
    floor: float

    @property
    def ours(self) -> Found:
        return next(self.found[name] for name in _OURS if name in self.found)


def report(cases: list[Case], page: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join([_HEAD, f"{surroundings()}\n", *map(case_part, cases), page_part(page), _NOTES])


def case_part(case: Case) -> str:
    """The table of one case."""
    ours = case.ours
    lines = [
        f"## {case.title}\n",
        f"{case.grids:,} 个网格 grids.\n",
        "| 引擎 Engine | 秒 wall s | CPU s | 倍数 wall : ours | CPU : ours | 内存 peak MB | 映射 mapped MB "
        "| 答案 answer |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, found in case.found.items():
        equal = "相同 same" if found.hashes == ours.hashes else f"不同 differs ({found.answered:,} 有网格 in a grid)"
        lines.append(
            f"| {NAMES[name]} | {found.seconds:.3f} | {found.cpu_seconds:.3f} | {found.seconds / ours.seconds:.1f} × "
            f"| {found.cpu_seconds / ours.cpu_seconds:.1f} × | {max(found.peak_mb):,.0f} | {found.mapped_mb:,.0f} "
            f"| {equal} |"
        )
    if "ours" in case.found:
        lines.append(
            f"\n下限 floor {case.floor * 1000:.1f} ms;中位数是它的 the median is {ours.seconds / case.floor:.1f} ×,"
            f"最快一轮 the fastest round {min(ours.wall) / case.floor:.1f} ×."
        )
    return "\n".join(lines) + "\n"


def page_part(page: dict[str, Any]) -> str:
    """The table of the map."""
    cpu = {name: statistics.median(values) for name, values in page["cpu"].items()}
    wall = {name: statistics.median(values) for name, values in page["wall"].items()}
    names = {
        "folium": "folium.GeoJson",
        "cold": "首次:简化、编码、填值 cold: simplify, encode, set values",
        "warm": "换值 warm: set values",
    }
    lines = [
        "## 一万个区域的地图:从数值到字节 map of 10k areas, values to bytes\n",
        "| 方式 Way | 秒 wall s | CPU s | folium : wall | folium : CPU | MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, text in names.items():
        lines.append(
            f"| {text} | {wall[name]:.4f} | {cpu[name]:.4f} | {wall['folium'] / wall[name]:,.0f} × "
            f"| {cpu['folium'] / cpu[name]:,.0f} × | {page['bytes'][name] / 1e6:.1f} |"
        )
    return "\n".join(lines) + "\n"


def draw(cases: list[Case], path: Path) -> None:
    """Bars of how many times longer the other engines take, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, plots = pyplot.subplots(1, len(cases), figsize=(3.1 * len(cases), 2.6), dpi=110)
    labels = {
        "ours": "cell table", "ours once": "…built once", "sjoin": "sjoin", "tree": "STRtree ×2", "duckdb": "DuckDB",
        "sedonadb": "SedonaDB", "footprints": "cell table", "footprints sjoin": "sjoin + areas",
    }  # fmt: skip
    for case, plot in zip(cases, plots, strict=True):
        names = list(case.found)[::-1]
        seconds = [case.found[name].seconds for name in names]
        colours = ["#1f6f8b" if name in (*_OURS, "ours once") else "#b8c4cc" for name in names]
        bars = plot.barh([labels[name] for name in names], seconds, color=colours)
        plot.bar_label(bars, [f"{value:.3g} s" for value in seconds], padding=2, fontsize=7)
        plot.set_xscale("log")
        plot.set_xlim(min(seconds) / 2, max(seconds) * 6)
        plot.set_title(
            "".join(mark for mark in case.title if ord(mark) < 0x2E7F).replace("  ", " ").strip(), fontsize=8
        )
        plot.tick_params(labelsize=7)
        plot.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
