"""`python -m benchmarks.assign [--small] [--out docs]`: which grid is it in, our way beside other exact engines.

Makes the data, runs every engine in a process of its own, the engines taking turns, checks that the answers are equal,
and prints a Markdown table; --out writes it and a picture into a folder. --small is for trying it out.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from benchmarks.assign.engines import read_grids
from benchmarks.assign.floor import floor_seconds
from benchmarks.assign.made import made_footprints, made_grids, made_points
from benchmarks.assign.report import Case, Found, case_part, draw, page_part, report
from benchmarks.children import ROOT
from geo.assign import ready_grids

_POINTS = ("ours", "ours once", "sjoin", "tree", "duckdb", "sedonadb")
_FOOTPRINTS = ("footprints", "footprints sjoin")


def _cases(small: bool) -> list[tuple[str, int, int, Sequence[str], int]]:
    """Title, points or footprints, grids, engines, rounds of the peers."""
    if small:
        return [
            ("50k 点 points × 1k", 50_000, 1_000, _POINTS, 1),
            ("50k 楼栋轮廓 footprints × 1k", 50_000, 1_000, _FOOTPRINTS, 1),
        ]
    return [
        ("1M 点 points × 1k", 1_000_000, 1_000, _POINTS, 1),
        ("1M 点 points × 10k", 1_000_000, 10_000, _POINTS, 3),
        ("5M 点 points × 60k", 5_000_000, 60_000, ("ours", "tree"), 1),
        ("1M 楼栋轮廓 footprints × 10k", 1_000_000, 10_000, _FOOTPRINTS, 1),
    ]


def main(arguments: list[str]) -> int:
    """Run all cases and print the report."""
    reader = argparse.ArgumentParser(prog="python -m benchmarks.assign", description=__doc__.partition("\n")[0])
    reader.add_argument("--small", action="store_true", help="small data, to try it out")
    reader.add_argument("--out", type=Path, help="folder for the report and its picture")
    chosen = reader.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wangge-assign-") as name:
        page = _child("benchmarks.assign.map_page", str(_data(Path(name), 1_000 if chosen.small else 10_000)), "3")
        print(page_part(page), flush=True)
        cases = []
        for case in _cases(chosen.small):
            cases.append(_run_case(Path(name), *case))
            # Told as it is found: a run takes long.
            print(case_part(cases[-1]), flush=True)
    text = report(cases, page)
    if chosen.out:
        (chosen.out / "benchmarks-assign.md").write_text(text, encoding="utf-8")
        draw(cases, chosen.out / "pictures" / "bench-assign.png")
    return 0


def _data(folder: Path, grids: int) -> Path:
    """The folder with the grids of one size, made when it is first asked for, and their cell table beside them."""
    place = folder / str(grids)
    if not place.exists():
        place.mkdir()
        shapes = made_grids(grids)
        frame = gpd.GeoDataFrame(
            {"grid_id": np.arange(len(shapes)), "grid_code": [f"{number:07}" for number in range(len(shapes))]},
            geometry=shapes,
            crs=4490,
        )
        frame.to_parquet(place / "grids.parquet")
        ready_grids(frame, place / "cells")
    return place


def _run_case(folder: Path, title: str, count: int, grids: int, engines: Sequence[str], rounds: int) -> Case:
    place = _data(folder, grids)
    shapes = np.asarray(read_grids(place).geometry.array, dtype=object)
    points = made_points(shapes, count)
    np.save(place / "points.npy", points)
    if engines is _FOOTPRINTS:
        houses = made_footprints(points)
        frame = gpd.GeoDataFrame({"house": np.arange(count)}, geometry=houses, crs=4490)
        frame.to_parquet(place / "footprints.parquet")
    found: dict[str, Found] = {}
    for turn in range(rounds):
        for engine in engines:
            # Ours takes so little that one process can hold several rounds of it.
            times = 5 if engine in ("ours", "footprints") else 1
            print(f"… {title}: {engine} ({turn + 1}/{rounds})", file=sys.stderr, flush=True)
            answer = _child("benchmarks.assign.engines", engine, str(place), str(times))
            found.setdefault(engine, Found()).add(answer)
    return Case(title, count, len(shapes), found, statistics.median(floor_seconds(count) for _ in range(3)))


def _child(module: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
