"""What the maps fetch, in compressed bytes as they cross the wire."""

import gzip
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.children import serving
from benchmarks.figures import Figure
from data.settings import settings
from portal.identity import Viewer
from portal.signing import signed_url

LIMIT_GRIDS_KB, LIMIT_BUILDINGS_KB = 60.0, 400.0
_VIEW = {"ind": "VIS-01", "period": "2020", "lang": "zh"}


def measure(database: str, folder: Path) -> list[Figure]:
    """Bytes of the map of grids with the groups on it, and of the map of all buildings of the county.

    The server is given the secret of this process, so that addresses signed here are good there.
    """
    leader = Viewer("leader", (settings().county,), "internal")
    environ = {"WANGGE_DATABASE": database, "WANGGE_SECRET": settings().secret}
    with serving(["-m", "streamlit", "run", "app.py"], environ, folder) as url:

        def layers() -> Iterator[tuple[str, float, int]]:
            for name, what in (
                ("areas", {**_VIEW, "level": "grid"}),
                ("labels", {**_VIEW, "level": "grid"}),
                ("orgs", {"kind": "building_group", "lang": "zh"}),
                ("buildings", {"by": "state", "lang": "zh"}),
                ("context", {}),
            ):
                yield name, *fetch(url + signed_url(f"/map/{name}", {"area": settings().county, **what}, leader))

        found = {name: (size, count) for name, size, count in layers()}
    grids = sum(found[name][0] for name in ("areas", "labels", "orgs"))
    parts = ", ".join(f"{name} {count} ({size:.1f} KB)" for name, (size, count) in found.items() if name != "buildings")
    return [
        Figure("网格 + 党小组 grids + groups", grids, "KB", LIMIT_GRIDS_KB, parts),
        Figure(
            "全部楼栋 all buildings", found["buildings"][0], "KB", LIMIT_BUILDINGS_KB, f"{found['buildings'][1]} 栋"
        ),
    ]


def fetch(url: str) -> tuple[float, int]:
    """Kilobytes that cross the wire for one layer, and the number of its features or rows."""
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        body = answer.read()
        packed = answer.headers.get("Content-Encoding") == "gzip"
    layer = orjson.loads(gzip.decompress(body) if packed else body)
    return len(body) / 1000, len(layer["features"] if isinstance(layer, dict) else layer)
