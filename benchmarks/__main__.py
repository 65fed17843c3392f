"""`python -m benchmarks [NAME …] [--out FILE]`: run the benches on a freshly written and loaded sample county.

Names: load, paint, script, clicks, payload, distinct, rollup, moves, visits, pages, disclosure; default all, of which
`load` always runs because the others show what it loads.
Prints Markdown tables; --out writes them to a file too.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    clicks,
    disclosure,
    distinct,
    first_paint,
    load,
    load_visits,
    moves,
    pages,
    payload,
    rollup,
    script_time,
)
from benchmarks.figures import Figure, surroundings, table

_HEAD = """# 性能实测 Benchmarks

`make bench` 在刚生成并载入的示例县上测量并打印;秒数因机器而异,比值可以比较。不作为测试断言。
`make bench` measures on a freshly written and loaded sample county and prints this. Seconds differ between machines,
ratios carry over. Nothing here is asserted by a test.
"""

_BENCHES: dict[str, tuple[str, Callable[[str, Path], list[Figure]]]] = {
    "paint": ("首屏 First paint", first_paint.measure),
    "script": ("服务器脚本时间 Server script time", script_time.measure),
    "clicks": ("点击到画好 From a click to the drawn map", clicks.measure),
    "payload": ("地图数据量(压缩后)Map payload, compressed", payload.measure),
    "distinct": ("去重走访户 Distinct households visited", distinct.measure),
    "rollup": ("全量与增量汇总 Rolling up", rollup.measure),
    "moves": ("搬家之后的汇总 Rolling up where homes move", moves.measure),
    "visits": ("载入一百万次走访 Loading a million visits", load_visits.measure),
    "pages": ("1000个网格的页面 Pages over 1,000 grids", pages.measure),
    "disclosure": ("隐私隐藏 Disclosure control", disclosure.measure),
}


def main(arguments: list[str]) -> int:
    """Run the benches named and print their tables."""
    reader = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    reader.add_argument("names", nargs="*", choices=["load", *_BENCHES, []], metavar="NAME")
    reader.add_argument("--out", type=Path, help="write the tables to this file too")
    chosen = reader.parse_args(arguments)
    parts = [_HEAD, f"{surroundings()}\n"]
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        figures, database = load.measure(folder)
        parts.append(_part("示例与载入 Sample and load", figures))
        for bench, (title, measure) in _BENCHES.items():
            if not chosen.names or bench in chosen.names:
                parts.append(_part(title, measure(database, folder)))
    if chosen.out:
        chosen.out.write_text("\n".join(parts), encoding="utf-8")
    return 0


def _part(title: str, figures: list[Figure]) -> str:
    text = f"## {title}\n\n{table(figures)}\n"
    print(text, flush=True)
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
