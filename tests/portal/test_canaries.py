"""No value reaches the wrong role (D5, L4): a canary in every text of every row, every page as every role, over the
real server's socket, with its map layers, downloads, page shells, log, cache and addresses.
"""

import io
import itertools
import re
import sqlite3
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from data import schema
from data.registry import indicators
from data.store import open_store
from data.terms import ROLES
from portal import rules
from portal.identity import DETAIL_OF_ROLE
from portal.shell import PAGE_PATHS
from tests.portal.tiny_county import COMMUNITIES, GRIDS, build
from tests.support.canaries import Planted, plant
from tests.support.hostile import text_columns
from tests.support.server import Server, running_server
from tests.support.sockets import Socket, open_socket

# One server and all that it sent stay on one worker.
pytestmark = pytest.mark.xdist_group("canaries")
HEADER = "X-Forwarded-User"
LAYER = re.compile(rb"/map/[a-z_]+\?[\w.,:=&%+-]+")
ADDRESS = re.compile(rb"(?:/map/|/media/|\?)[\w./,:=&%+-]*")
MORE: dict[str, list[dict[str, str]]] = {
    "overview": [{"level": "grid", "layers": "buildings,branches,groups,facilities"}],
    "coverage": [{"level": "grid", "layers": "buildings,groups"}],
    "visits": [{"area": COMMUNITIES[0], "ind": "VIS-01"}],
    "lineage": [{"ind": "VIS-02", "area": GRIDS[0], "period": "2020"}],
    "briefing": [{"screen": "county", "scene": "map"}],
}
"""What a page is asked for besides its bare address."""
SHOWN: dict[str, set[str]] = {
    "grid_worker": {"household.household_no", "building.building_name"},
    "steward": {"refused_row.cells", "refused_row.file_name", "building.building_name"},
    "admin": {"account.subject", "audit_event.actor", "audit_event.details", "screen_link.label"},
    "screen": {"area.area_name"},
}
"""What somebody of a role must have seen at least, on a page or in a file."""


@dataclass
class Place:
    """A server over a store full of canaries, and what it sent to whom."""

    server: Server
    planted: Planted
    folder: Path
    sent: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def headers(self, role: str) -> dict[str, str]:
        return {HEADER: self.planted.subjects[role]} if role in self.planted.subjects else {}

    def query(self, role: str) -> dict[str, str]:
        return {"screen_link": self.planted.screen_token} if role == "screen" else {}

    def get(self, path: str, role: str) -> bytes:
        request = urllib.request.Request(self.server.url + path, headers=self.headers(role))
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
        return content

    def keep(self, role: str, how: str, sent: bytes) -> None:
        self.sent[role, how] = self.sent.get((role, how), b"") + sent


@contextmanager
def served(folder: Path, **environ: str) -> Iterator[Place]:
    url = build(folder / "county.db")
    engine = open_store(url)
    planted = plant(engine, url)
    engine.dispose()
    settings = {"WANGGE_IDENTITY": "proxy", "WANGGE_CACHE": str(folder / "cache"), **environ}
    with running_server(url, **settings) as server:
        yield Place(server, planted, folder)


def look(
    place: Place, role: str, page: str, languages: tuple[str, ...] = ("zh",), more: Sequence[dict[str, str]] = ()
) -> None:
    """One page as one role: all that came over the socket, the map layers it named, the files it offers."""
    with open_socket(place.server.url, place.headers(role)) as session:
        for language, asked in itertools.product(languages, more or [{}, *MORE.get(page, [])]):
            _visit(place, session, role, page, {**asked, "lang": language})


def _visit(place: Place, session: Socket, role: str, page: str, more: dict[str, str]) -> None:
    query = {**place.query(role), **more}
    sent = session.visit("" if page == "overview" else page, **query)
    # The first run of a session sends the map alone, the next one the whole page.
    sent += session.click()
    place.keep(role, f"{page} frames", sent)
    for layer in sorted(set(LAYER.findall(sent))):
        place.keep(role, f"{page} layers", place.get(layer.decode(), role))
    for url in session.downloads():
        place.keep(role, f"{page} downloads", unpacked(place.get(url, role)))
        place.keep(role, "addresses", url.encode())
    own = place.planted.screen_token.encode()
    place.keep(role, "addresses", b"\n".join(ADDRESS.findall(sent)).replace(own, b""))
    assert b"stException" not in sent


def unpacked(file: bytes) -> bytes:
    """A file as text: a workbook is a zip of XML."""
    if not file.startswith(b"PK"):
        return file
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def leaks(place: Place) -> list[str]:
    """Everything that came to somebody who may not see it, by role and way."""
    found = []
    for (role, how), sent in place.sent.items():
        # A screen brings its own token along; an address holds nothing of anybody.
        allowed = None if how == "addresses" else place.planted.onlooker(role, DETAIL_OF_ROLE[role])
        own = place.planted.screen_token.encode() if role == "screen" else b""
        clean = sent.replace(own, b"") if own else sent
        found += [f"{role}, {how}: {leak}" for leak in place.planted.leaks(clean, allowed)]
    return found


def everywhere_else(place: Place) -> list[str]:
    """Everything that lies in the log, in the cache, beside the store, in the shells or in new audit events."""
    found = [f"log: {leak}" for leak in place.planted.leaks(place.server.log.read_bytes())]
    for file in sorted(place.folder.rglob("*")):
        if file.is_file() and not file.name.startswith(("county.db-", "county.audit.db")) and file.name != "county.db":
            found += [f"{file.name}: {leak}" for leak in place.planted.leaks(file.read_bytes())]
    with sqlite3.connect(place.folder / "county.audit.db") as conn:
        events = conn.execute("SELECT * FROM audit_event WHERE event_no > ?", [place.planted.events]).fetchall()
    assert events
    found += [f"audit: {leak}" for leak in place.planted.leaks(repr(events).encode())]
    for path in PAGE_PATHS:
        found += [f"{path}: {leak}" for leak in place.planted.leaks(place.get(path, "steward"))]
    return found


def seen(place: Place, role: str) -> set[str]:
    """The columns of which somebody of a role saw something."""
    sent = b"".join(sent for (whom, how), sent in place.sent.items() if whom == role)
    return {canary.place for canary in place.planted.found(sent).values()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with served(tmp_path_factory.mktemp("canaries")) as running:
        yield running


def test_every_text_of_every_table_has_canaries(place: Place) -> None:
    texts = {f"{table.name}.{name}" for table in schema.metadata.tables.values() for name in text_columns(table)}
    assert texts - {"area_lineage.lineage_kind"} <= place.planted.places
    positions = {"visit.lon", "case_file.lon", "refused_row.cells", "batch.notes", "audit_event.details"}
    assert positions <= place.planted.places
    assert place.planted.many >= 1000


@pytest.mark.parametrize("role", ROLES)
def test_every_page_shows_a_role_only_what_is_for_it(place: Place, role: str) -> None:
    for page in rules.PAGES:
        look(place, role, page)
    assert [leak for leak in leaks(place) if leak.startswith(f"{role},")] == []
    # And the net is no empty one: what is for them was in it.
    assert SHOWN.get(role, {"building.building_name"}) <= seen(place, role)


def test_nothing_is_left_lying_about(place: Place) -> None:
    if not place.sent:
        look(place, "steward", "intake")
    assert everywhere_else(place) == []
    said(place)


def said(place: Place) -> None:
    ways = Counter(how.split()[-1] for _, how in place.sent)
    sent = sum(map(len, place.sent.values())) / 1e6
    print(
        f"D5: {place.planted.many} canaries, {len(place.sent)} answers ({dict(ways)}), {sent:.0f} MB to "
        f"{len({role for role, _ in place.sent})} roles, 0 outside the permitted role, 0 in log, cache and addresses"
    )


# --- a leak would be noticed ------------------------------------------------------------------------------------------


def test_a_role_that_is_shown_too_much_would_be_noticed(tmp_path: Path) -> None:
    with served(tmp_path, WANGGE_DETAILS="leader=households") as loose:
        look(loose, "leader", "lineage")
        assert any(leak.startswith("leader, lineage frames: household.household_no") for leak in leaks(loose))


def test_a_value_in_a_wrong_place_would_be_noticed(place: Place, tmp_path: Path) -> None:
    planted = place.planted
    one = {canary.place: mark for mark, canary in planted.canaries.items()}
    for how in ("addresses", "visits frames", "visits layers", "visits downloads"):
        leaky = replace(place, sent={("leader", how): b"{" + one["case_file.source"] + b"}"})
        assert len(leaks(leaky)) == 1, how
    # Of another's area, and where nobody may see it.
    foreign = next(m for m, c in planted.canaries.items() if c.place == "building.building_name" and 16 in c.area_ids)
    assert leaks(replace(place, sent={("community_lead", "overview frames"): foreign}))
    assert leaks(replace(place, sent={("steward", "intake frames"): one["visit.lon"]}))
    log = tmp_path / "log"
    log.write_bytes(b"error for " + one["household.household_no"])
    assert everywhere_else(replace(place, server=replace(place.server, log=log)))
    (place.folder / "cache").mkdir(exist_ok=True)
    kept = place.folder / "cache" / "kept"
    kept.write_bytes(one["visit.visitor_no"])
    assert [leak.split(":")[0] for leak in everywhere_else(place)] == ["kept"]
    kept.unlink()


@pytest.mark.soak
def test_nor_with_any_indicator_in_any_language(tmp_path: Path) -> None:
    with served(tmp_path) as everything:
        for role in ROLES:
            for page in rules.PAGES:
                look(everything, role, page, ("zh", "en"))
            for page, area in itertools.product(("overview", "lineage"), (COMMUNITIES[0], GRIDS[0], COMMUNITIES[2])):
                if role in rules.PAGES[page]:
                    asked = [{"ind": code, "area": area, "period": "2020"} for code in indicators()]
                    look(everything, role, page, more=asked)
        assert leaks(everything) == everywhere_else(everything) == []
        said(everything)
