"""Hostile values where a name, a code or a filter is asked for: no error inside, no row more, no table changed."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from portal import signing
from portal.identity import Viewer
from portal.middleware import middleware
from portal.routes import LAYERS, routes
from portal.rules import PAGES
from tests.pages.conftest import open_page
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, GRIDS
from tests.support.hostile import STRINGS
from tests.support.server import ROOT

__all__ = ["open_page"]
Open = Callable[..., AppTest]
LEADER = Viewer("leader", COUNTY, "internal")
WORKER = Viewer("grid_worker", GRIDS[0], "households")
VIEW = {"area": COUNTY, "level": "grid", "ind": "VIS-01", "period": "2020", "lang": "zh", "kind": "grid_branch"}
WAYS_IN = [
    *STRINGS,
    "' OR '1'='1",
    "1; DROP TABLE area",
    "x' UNION SELECT * FROM household --",
    "%",
    "_",
    "\x00",
    "null",
    "all",
    "*",
    "-1",
    "1e309",
    "NaN",
    "9" * 400,
    "²",
    "[]",
    "{}",
    "true",
]
INSIDE = (
    "Traceback",
    "sqlite",
    "SELECT ",
    "sqlalchemy",
    "/site-packages",
    ".py",
    str(ROOT),
    "streamlit 1.",
    "Python 3",
)


def picture(url: str) -> list[str]:
    """Every table and every row of the store, as text."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as conn:
        return list(conn.iterdump())


def test_addresses_of_map_data(tiny_store: str, caplog: pytest.LogCaptureFixture) -> None:
    client, before = Client(Starlette(routes=routes, middleware=middleware)), picture(tiny_store)
    asked = 0
    with caplog.at_level(logging.ERROR):
        for n, text in enumerate(WAYS_IN):
            layer = sorted(LAYERS)[n % len(LAYERS)]
            urls = [signing.signed_url(f"/map/{layer}", {**VIEW, name: text}, LEADER) for name in VIEW]
            urls += [signing.signed_url(f"/map/{quote(text, safe='')}", VIEW, LEADER), f"/map/areas?sig={quote(text)}"]
            urls += [f"/map/areas?{quote(text)}={quote(text)}", f"/{quote(text, safe='')}"]
            urls += [signing.signed_url("/map/areas", {**VIEW, "area": text}, WORKER)]
            for url in urls:
                answer = client.get(url)
                asked += 1
                assert answer.status_code in (200, 400, 403, 404), (url, answer.status_code)
                said = answer.text if answer.status_code != 200 else ""
                assert not [word for word in INSIDE if word in said], (url, said)
    assert picture(tiny_store) == before
    assert [r.message for r in caplog.records if "incident" in r.message] == []
    print(f"W2, W7: {asked} addresses, 0 errors inside")


def test_values_that_are_no_filter_give_no_foreign_row(tiny_store: str) -> None:
    client = Client(Starlette(routes=routes, middleware=middleware))
    for text in WAYS_IN:
        answer = client.get(signing.signed_url("/map/buildings", {"area": text, "lang": "zh"}, WORKER))
        assert answer.status_code == 404, text


@pytest.mark.parametrize("text", [STRINGS[2], STRINGS[3], "'; DROP TABLE area; --", "\x00", "all"])
def test_addresses_of_pages(open_page: Open, tiny_store: str, text: str) -> None:
    before = picture(tiny_store)
    for page, role in (("overview", "leader"), ("intake", "steward"), ("audit", "admin")):
        app = open_page(
            page,
            role=role,
            area=text,
            ind=text,
            period=text,
            level=text,
            layers=text,
            batch=text,
            file=text,
            problem=text,
            action=text,
            days=text,
            post=text,
            lang=text,
        )
        assert not app.exception
        html = " ".join(element.proto.body for element in app.get("html"))
        assert text not in html or text == "all"
    assert picture(tiny_store) == before


@pytest.mark.soak
def test_every_string_in_every_address_of_every_page(open_page: Open, tiny_store: str) -> None:
    before, asked = picture(tiny_store), 0
    names = ("area", "ind", "period", "level", "layers", "batch", "file", "problem", "action", "days", "post", "lang",
             "scene")  # fmt: skip
    for text in WAYS_IN:
        for page, roles in PAGES.items():
            if page in ("lineage", "book"):
                continue  # the one counts in a process of its own, the other has no address of its own
            app = open_page(page, role=roles[0], **dict.fromkeys(names, text))
            assert not app.exception, (page, text)
            asked += len(names)
    assert picture(tiny_store) == before
    print(f"W2: {len(WAYS_IN)} strings, {asked} values of addresses, 0 rows changed, 0 errors")


@pytest.mark.parametrize("text", ["'; DROP TABLE area; --", "VIS-01' OR '1'='1"])
def test_values_of_commands(tiny_store: str, text: str) -> None:
    before = picture(tiny_store)
    for arguments in (
        ["facts", "--indicator", text],
        ["facts", "--indicator", "VIS-01", "--period", text],
        ["audit", "list", "--action", text],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "etl", *arguments, "--database", tiny_store],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr and "SELECT" not in done.stderr
    assert picture(tiny_store) == before
