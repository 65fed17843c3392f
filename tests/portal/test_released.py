"""What the public sees changes with releases alone: numbers, periods, data date and the addresses of map layers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data.store import open_store, writing
from etl.release import release_if_due
from pages.components.map import layer_url
from portal import longest, reads, signing, snapshot
from portal.identity import Viewer
from portal.routes import routes
from tests.pages.conftest import open_page
from tests.portal.asgi import Client
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, release_anew, tiny_store

__all__ = ["open_page", "tiny_store"]
PUBLIC = Viewer("screen", COUNTY, "public")
LEADER = Viewer("leader", COUNTY, "internal")
NEXT_DAY = datetime(2026, 1, 3, 8, tzinfo=UTC)


def loaded(url: str, *statements: str, version: int = 2) -> None:
    """Numbers change, as with a load of 1 February."""
    engine = open_store(url, must_exist=True)
    with writing(engine) as conn:
        for statement in statements:
            conn.execute(text(statement))
        conn.execute(text("INSERT INTO batch (batch_id, loaded_at, data_on, has_changes, is_sample) VALUES "
                          f"({version}, '2026-01-02 12:00:00', '2021-02-01', 1, 0)"))  # fmt: skip
    engine.dispose()


def released(url: str, at: datetime = NEXT_DAY) -> None:
    engine = open_store(url, must_exist=True)
    with writing(engine) as conn:
        assert release_if_due(conn, at) is not None
    engine.dispose()


def pair(viewer: Viewer, code: str, indicator: str = "VIS-01") -> tuple[float | None, float | None]:
    found = reads.measure(viewer, indicator, "2020", code)
    return found.numerator, found.denominator


TIMES = "UPDATE fact SET numerator = numerator * 12, denominator = denominator * 12"
MORE = (
    "UPDATE fact SET numerator = numerator + 1 "
    "WHERE indicator = 'VIS-01' AND period = '2020' AND area_id IN (11, 4, 2, 1)"
)


def test_a_load_changes_nothing_that_the_public_sees(tiny_store: str) -> None:
    loaded(tiny_store, TIMES)
    release_anew(tiny_store)
    client = Client(Starlette(routes=routes))
    asked = {"area": COUNTY, "level": "grid", "ind": "VIS-01", "period": "2020", "lang": "zh", "part": "known"}

    def seen() -> list[object]:
        layer = client.get(signing.signed_url("/map/areas", asked, PUBLIC))
        numbers = reads.measures(PUBLIC, "VIS-01", "2020", [COUNTY, TOWN, *COMMUNITIES, *GRIDS])
        return [numbers, reads.periods(PUBLIC), reads.status(PUBLIC).data_on, reads.data_key(PUBLIC), layer.content,
                layer.headers["etag"]]  # fmt: skip

    before, theirs = seen(), pair(LEADER, COUNTY)
    loaded(tiny_store, MORE, version=3)
    assert seen() == before
    assert pair(LEADER, COUNTY) == (433, 564) != theirs
    assert reads.data_key(LEADER) != reads.data_key(PUBLIC)
    # The next day's release: one home more is no change, neither of the county nor of what is rounded.
    released(tiny_store, datetime.now(UTC) + timedelta(days=1))
    assert pair(PUBLIC, COUNTY) == (435, 565) and seen()[0] == before[0] and seen()[3] != before[3]


def test_the_address_of_a_layer_names_the_release(tiny_store: str) -> None:
    loaded(tiny_store, MORE)
    snapshot.forget()
    assert f"v={reads.data_key(PUBLIC)}&" in layer_url(PUBLIC, "areas", area=COUNTY)
    assert f"v={reads.data_key(LEADER)}&" in layer_url(LEADER, "areas", area=COUNTY)


def test_without_a_release_the_public_sees_no_number(tiny_store: str) -> None:
    engine = open_store(tiny_store, must_exist=True)
    with writing(engine) as conn:
        for table in ("release_fact", "release_total", "release"):
            conn.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    snapshot.forget()
    assert reads.status(PUBLIC).version == 0 and reads.released_on(PUBLIC) is None
    assert reads.periods(PUBLIC) == [] and pair(PUBLIC, COUNTY) == pair(PUBLIC, COUNTY, "ORG-01") == (None, None)
    assert pair(LEADER, COUNTY) == (36, 47)


def test_the_wall_says_of_which_day_its_numbers_are(open_page: Callable[..., AppTest], tiny_store: str) -> None:
    loaded(tiny_store, MORE)
    snapshot.forget()
    app = open_page("overview", screen="county")
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "数据截至 <b>2020年12月31日</b>" in html and "公开数据 2026年1月2日 发布" in html
    assert "36 / 47" in html and "37 / 47" not in html and "2021年2月1日" not in html


def few_in(url: str, *periods: str) -> None:
    """Three disputes of the county's many stay open in some periods, so that these are hidden."""
    engine = open_store(url, must_exist=True)
    with writing(engine) as conn:
        conn.execute(text("DELETE FROM fact WHERE indicator = 'DIS-03'"))
        for area, n, d in ((1, 60, 120), (2, 30, 60), (3, 30, 60)):
            for period in ("2020", "2020-Q3", "2020-Q4", "2020-11", "2020-12"):
                left = 3 if period in periods else d - n
                conn.execute(text("INSERT INTO fact (indicator, area_id, period, basis, numerator, denominator) VALUES "
                                  f"('DIS-03', {area}, '{period}', 'ledger', {d - left}, {d})"))  # fmt: skip
    engine.dispose()
    release_anew(url)


@pytest.mark.parametrize(
    ("hidden", "asked", "shown"),
    [
        ((), "2020-12", "2020-12"),
        (("2020-12",), "2020-12", "2020"),
        (("2020-12", "2020-11", "2020"), "2020-12", "2020-Q4"),
        (("2020-12", "2020-Q4", "2020"), "2020-12", "2020-Q3"),
        (("2020", "2020-Q3", "2020-Q4", "2020-11", "2020-12"), "2020-12", "2020-12"),
    ],
)
def test_in_place_of_what_is_hidden_stands_the_longest_period_that_may_be_shown(
    tiny_store: str, monkeypatch: pytest.MonkeyPatch, hidden: tuple[str, ...], asked: str, shown: str
) -> None:
    few_in(tiny_store)
    places = frozenset({1, 2, 3})
    monkeypatch.setattr(reads, "hidden_in", lambda *_args, **_more: dict.fromkeys(hidden, places))
    period, measure = longest.shown_for(PUBLIC, "DIS-03", asked, COUNTY)
    assert period == shown
    assert measure.part == ("hidden" if shown in hidden else "known")


def test_the_wall_names_the_period_that_stands_in(open_page: Callable[..., AppTest], tiny_store: str) -> None:
    few_in(tiny_store, "2020-12")
    app = open_page("overview", screen="county", scene="numbers", period="2020-12", ind="DIS-03")
    assert not app.exception
    html = " ".join(element.proto.body for element in app.get("html"))
    assert html.count("2020年全年（所选期间为保护隐私不显示）") == 2  # beside the map, and of the six
    assert "60 / 120" in html and "50.0 %" in html
    english = open_page("overview", screen="county", scene="numbers", period="2020-12", ind="DIS-03", lang="en")
    assert "all of 2020 (hidden for the chosen period)" in " ".join(e.proto.body for e in english.get("html"))


def test_of_too_few_there_are_counts_and_no_rate(tiny_store: str) -> None:
    loaded(tiny_store, TIMES)
    release_anew(tiny_store)
    client = Client(Starlette(routes=routes))
    asked = {"area": COUNTY, "level": "grid", "ind": "VIS-01", "period": "2020", "lang": "zh"}
    light = client.get(signing.signed_url("/map/areas", {**asked, "part": "light"}, PUBLIC)).json()["features"]
    of = {feature["properties"]["c"]: feature["properties"] for feature in light}
    assert set(of) == {GRIDS[5]}  # 24 of 24
    assert (of[GRIDS[5]]["v"], of[GRIDS[5]]["x"], of[GRIDS[5]].get("r")) == ("25 / 25", "不到 50 户，不看比率", None)
    known = client.get(signing.signed_url("/map/areas", {**asked, "part": "known"}, PUBLIC)).json()["features"]
    assert all(feature["properties"]["x"].split(" / ")[0].rstrip()[-1] in "05" for feature in known)
