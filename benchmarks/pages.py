"""Pages over an invented prefecture of 1,000 grids, 50,000 buildings and 1,000,000 visits, against the plain way.

The server notes the seconds of each script run. One visitor goes through indicators, periods and areas on every page,
as in `script_time`; the same on a prefecture with a tenth of the visits. The plain way is geopandas, folium.Choropleth
and st_folium on every rerun (`peer.plain_choropleth`), on the same store, in the same run, in turn.
"""

import time
import urllib.request
from dataclasses import replace
from pathlib import Path

from benchmarks.children import run_measured, serving
from benchmarks.clicks import LIMIT_PREFECTURE_S, clicks, figure
from benchmarks.figures import Figure, median, percentile
from benchmarks.payload import fetch
from benchmarks.prefecture import Sizes, make_prefecture
from benchmarks.session import Session, open_session
from benchmarks.timed import LOG

LIMIT_MS, LARGEST_KB, LAYER_KB, FASTER = 200.0, 50.0, 150.0, 20.0
PAGES = ("", "coverage", "visits", "disputes", "relocation", "compare")
COUNTY = f"{1:012}"
_PERIODS = ("2020", "2020-12", "2020-11", "2020-Q4", "2019")
_VIEWS = [
    *({"area": COUNTY, "level": "grid", "period": period} for period in _PERIODS),
    *({"area": f"{area:012}", "period": period} for area, period in zip(range(2, 12), _PERIODS * 2, strict=True)),
    *({"area": f"{area:012}", "level": "grid", "period": "2020"} for area in range(2, 7)),
]
ROUNDS = 9


def make(folder: Path, name: str, sizes: Sizes) -> str:
    """A prefecture with all its facts; returns the address of its store."""
    address = f"sqlite:///{folder / name}"
    make_prefecture(address, sizes).dispose()
    run_measured(["-m", "etl", "rollup", "--database", address, "--json"])
    return address


def measure(database: str, folder: Path, *, sizes: Sizes | None = None) -> list[Figure]:
    """The figures; `database`, the sample, is not looked at."""
    sizes = sizes or Sizes()
    whole = make(folder, "pages.db", sizes)
    tenth = make(folder, "pages-tenth.db", replace(sizes, visits=sizes.visits // 10))
    found = _script(whole, folder)
    few = _script(tenth, folder)
    figures = []
    for page in PAGES:
        runs, largest = found[page]
        name = page or "overview"
        note = (
            f"中位 median {median(runs):.0f} ms,走访十分之一时 with a tenth of the visits {median(few[page][0]):.0f} ms"
        )
        figures += [
            Figure(f"{name}:脚本时间 p95 script time p95", percentile(runs, 0.95), "ms", LIMIT_MS, note),
            Figure(f"{name}:最大一条消息 largest message", largest / 1024, "KB", LARGEST_KB),
        ]
    growth = max(median(found[page][0]) / median(few[page][0]) for page in PAGES)
    figures.append(
        Figure("走访多十倍:脚本时间之比,最差的页 ten times the visits: script time, the worst page", growth, "×")
    )
    view = f"/?area={COUNTY}&level=grid&ind=VIS-01&period=2020"
    drawn = clicks(whole, folder, view, {"WANGGE_COUNTY": COUNTY})
    return [*figures, figure("1000个网格 1,000 grids", drawn, LIMIT_PREFECTURE_S), *_beside(whole, folder)]


def _script(database: str, folder: Path) -> dict[str, tuple[list[float], int]]:
    """By page the milliseconds of each run and the bytes of the largest message; the first looks are not counted."""
    log = folder / "script-seconds"
    with _server(database, folder, log) as url, open_session(url) as session:
        return {page: _page(session, log, page) for page in PAGES}


def _page(session: Session, log: Path, page: str) -> tuple[list[float], int]:
    for query in _VIEWS:
        session.visit(page, **query)
    log.write_text("")
    largest = max(session.visit(page, **query).largest_bytes for query in _VIEWS * 2)
    return [1000 * float(line) for line in log.read_text().split()], largest


def _server(database: str, folder: Path, log: Path, script: str = "app.py"):  # type: ignore[no-untyped-def]
    environ = {"WANGGE_DATABASE": database, "WANGGE_COUNTY": COUNTY, LOG: str(log)}
    return serving(["-m", "benchmarks.timed", "run", script], environ, folder)


def _noted(log: Path) -> float:
    """Seconds of the run that has just ended, which the server notes a moment after its last message."""
    for _ in range(200):
        if log.exists() and (lines := log.read_text().split()):
            log.write_text("")
            return float(lines[-1])
        time.sleep(0.01)
    raise RuntimeError("The server noted no run.")


def _beside(database: str, folder: Path) -> list[Figure]:
    """A change of month on our overview, its layer and names fetched too, and on the plain page."""
    ours_log, plain_log = folder / "ours-seconds", folder / "plain-seconds"
    months = [f"2020-{month:02}" for month in range(1, ROUNDS + 2)]
    with (
        _server(database, folder, ours_log) as ours,
        _server(database, folder, plain_log, "benchmarks/peer/plain_choropleth.py") as plain,
        open_session(ours) as us,
        open_session(plain) as them,
    ):
        view = {"area": COUNTY, "level": "grid", "ind": "VIS-01"}
        us.visit(**view, period="2020")
        them.visit(period="2020")
        for log in (ours_log, plain_log):
            _noted(log)
        pairs, again, fetched, sent = [], [], [], []
        for month in months:
            run = us.visit(**view, period=month)
            urls = [ours + url for url in run.layer_urls if month in url]
            started = time.perf_counter()
            for url in urls:
                urllib.request.urlopen(url, timeout=60).read()
            layers = time.perf_counter() - started
            theirs = them.visit(period=month)
            pairs.append((_noted(ours_log) + layers, _noted(plain_log)))
            us.visit(**view, period=month)
            them.visit(period=month)
            again.append((_noted(ours_log), _noted(plain_log)))
            fetched.append(len(urls))
            sent.append(theirs.sent_bytes)
        sizes = [fetch(ours + url)[0] for url in run.layer_urls if "/map/areas" in url]
    # The first month is not counted: it fills what all visitors share.
    mine, his = median([pair[0] for pair in pairs[1:]]), median([pair[1] for pair in pairs[1:]])
    rerun, redone = median([pair[0] for pair in again[1:]]), median([pair[1] for pair in again[1:]])
    return [
        Figure("1000个网格的分级图 choropleth of 1,000 grids, compressed", max(sizes), "KB", LAYER_KB),
        Figure("再运行一次,与朴素做法之比 a rerun / the plain way", rerun / redone, "", 1 / FASTER,
               f"{redone / rerun:.1f}×, {1000 * rerun:.0f} / {1000 * redone:.0f} ms;整页总览 the whole overview"),
        Figure("换到没人看过的月,与朴素做法之比 a month nobody has looked at / the plain way", mine / his, "",
               note=f"{his / mine:.1f}×;含取图层 layers fetched too ({max(fetched)})"),
        Figure("其中 of it: ours", 1000 * mine, "ms", note=f"{ROUNDS} 次 rounds"),
        Figure("其中 of it: geopandas + folium.Choropleth + st_folium", 1000 * his, "ms",
               note=f"每次消息 each sends {median(sent) / 1024:,.0f} KB"),
    ]  # fmt: skip
