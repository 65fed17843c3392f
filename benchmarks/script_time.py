"""What the server spends on a change of indicator or period and on drilling down: the time of the script run itself.

One visitor goes through every indicator and several periods at county level, then down and up the tree of areas, then
through the other pages by area and period. The server notes the seconds of each run, its own clean-up after it
included. The first look at each kind of page is not counted: it fills the snapshot that all visitors share.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import serving
from benchmarks.figures import Figure, median, percentile
from benchmarks.session import Session, open_session
from benchmarks.timed import LOG
from data.queries import areas
from data.registry import indicators
from data.settings import settings
from data.store import open_store, reading

LIMIT_MS = 100.0
LARGEST_KB = 50.0
PAGES = ("coverage", "visits", "disputes", "relocation", "compare")
_PERIODS = ("2020", "2020-12", "2020-Q4", "last90:2020-12-31", "todate:2020-12-31")


def measure(database: str, folder: Path) -> list[Figure]:
    """95th percentile of the script time of the two kinds of change, with medians."""
    log = folder / "script-seconds"
    environ = {"WANGGE_DATABASE": database, LOG: str(log)}
    changes, drills = list(_changes()), list(_drills(database))
    with serving(["-m", "benchmarks.timed", "run", "app.py"], environ, folder) as url, open_session(url) as session:
        session.visit()
        session.visit(**changes[0])
        session.visit(**drills[-1])
        log.write_text("")
        for query in changes:
            session.visit(**query)
        changing = _milliseconds(log)
        for query in drills:
            session.visit(**query)
        drilling = _milliseconds(log)
        pages = [_page(session, log, page, drills) for page in PAGES]
    return [
        _figure("换指标或统计期:脚本时间 p95 change of indicator or period, script time p95", changing),
        _figure("下钻:脚本时间 p95 drilling, script time p95", drilling),
        *[figure for figures in pages for figure in figures],
    ]


def _page(session: Session, log: Path, page: str, drills: list[dict[str, str]]) -> list[Figure]:
    """A page at every fourth place and in every period in turn; the first looks at it fill what visitors share."""
    views = [{**query, "period": _PERIODS[n % len(_PERIODS)]} for n, query in enumerate(drills[::4])]
    for query in views[: len(_PERIODS)]:
        session.visit(page, **query)
    log.write_text("")
    largest = max(session.visit(page, **query).largest_bytes for query in views)
    runs = _milliseconds(log)
    return [
        _figure(f"{page}:脚本时间 p95 script time p95", runs),
        Figure(f"{page}:最大一条消息 largest message", largest / 1024, "KB", LARGEST_KB),
    ]


def _changes() -> Iterator[dict[str, str]]:
    """Every indicator with every period, both changing at every step."""
    for start in range(len(_PERIODS)):
        for number, code in enumerate(indicators()):
            yield {"ind": code, "period": _PERIODS[(start + number) % len(_PERIODS)]}


def _drills(database: str) -> Iterator[dict[str, str]]:
    """Down from the county to every urban grid and up again, by way of its township and community."""
    with reading(open_store(database)) as conn:
        tree = areas(conn, settings().edition)
    tree = tree[~tree["is_context"] & ~tree["is_unplaced"]]
    code: dict[int, str] = dict(zip(tree["area_id"], tree["area_code"], strict=True))
    parent: dict[int, int] = dict(zip(tree["area_id"], tree["parent_id"], strict=True))
    for grid in tree.loc[tree["level"] == "grid", "area_id"]:
        community = parent[grid]
        for area in (parent[community], community, grid, community):
            yield {"area": code[area]}


def _milliseconds(log: Path) -> list[float]:
    """The runs noted since the last call."""
    seconds = [float(line) for line in log.read_text().split()]
    log.write_text("")
    return [1000 * value for value in seconds]


def _figure(what: str, runs: list[float]) -> Figure:
    note = f"中位 median {median(runs):.0f} ms, 最大 max {max(runs):.0f} ms, {len(runs)} 次 runs"
    return Figure(what, percentile(runs, 0.95), "ms", LIMIT_MS, note)
