"""The quality of each ledger: five shares with their parts and rules; what lies wrong, counted, listed and drawn."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal import quality, snapshot
from portal.identity import NotAllowedError, Viewer
from tests.pages.test_intake import MISSING, frame, html_of
from tests.portal.tiny_county import COUNTY, TOWN, TOWNSHIP
from tests.support.maps import the_map

Open = Callable[..., AppTest]
STEWARD = Viewer("steward", COUNTY, "internal")


@pytest.fixture
def faulty(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building 1 without a position, building 2 in another community, grid 11 reaching into 12 by half of it."""
    monkeypatch.setattr(quality, "today", lambda: date(2026, 2, 1))
    engine = open_store(tiny_store)
    building, shape = schema.building, schema.area_shape
    with writing(engine) as conn:
        conn.execute(update(building).where(building.c.building_id == 101).values(lon=None, lat=None))
        conn.execute(update(building).where(building.c.building_id == 102).values(lon=109.47, lat=29.95))
        wide = conn.execute(shape.select().where(shape.c.area_id == 4)).one()
        conn.execute(update(shape).where(shape.c.area_id == 11).values(geom=wide.geom))
        kept = dict(conn.execute(schema.refused_row.select()).mappings().one())
        mended = {**kept, "refused_no": 3, "row": 19, "reasons": [MISSING], "mended_by": 1}
        twice = {**kept, "refused_no": 2, "row": 18, "reasons": [{**MISSING, "code": "DUPLICATE"}]}
        conn.execute(insert(schema.refused_row), [{**twice, "mended_by": None}, mended])
    engine.dispose()
    snapshot.forget()


def test_every_share_is_n_of_d_of_rows_kept_and_refused(faulty: None) -> None:
    found = {score.code: score.shares for score in quality.scores(STEWARD)}
    households = found["household"]
    rows = households["timeliness"][1]
    # One row is refused for its date and one for its number; a third was mended.
    assert households["validity"] == (rows + 1, rows + 2)
    assert households["uniqueness"] == (rows + 1, rows + 2)
    assert households["consistency"] == (rows + 2, rows + 2)
    # Twelve buildings: names, storeys and dwellings, no estate, eleven positions.
    assert found["building"]["completeness"] == (12 * 3 + 11, 12 * 5)
    assert found["building"]["timeliness"] == (0, 12), "no load of buildings is noted"


def test_a_register_is_late_a_year_after_it_was_read(
    faulty: None, tiny_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        file = dict(conn.execute(schema.batch_file.select()).mappings().one())
        conn.execute(insert(schema.batch_file), [{**file, "sheet": "楼栋", "ledger_kind": "building"}])
    engine.dispose()
    snapshot.forget()
    shares = {}
    for year in (2026, 2027):
        monkeypatch.setattr(quality, "today", lambda year=year: date(year, 2, 1))
        shares[year] = {score.code: score.shares for score in quality.scores(STEWARD)}["building"]["timeliness"]
    assert shares == {2026: (12, 12), 2027: (0, 12)}


def test_quality_is_for_stewards_of_the_county(faulty: None) -> None:
    for viewer in (Viewer("leader", COUNTY, "internal"), Viewer("steward", TOWN, "internal")):
        with pytest.raises(NotAllowedError):
            quality.scores(viewer)


def test_faults_of_place_are_found_within_the_area_of_the_viewer(faulty: None) -> None:
    found = quality.faults(STEWARD, COUNTY)
    assert found.points[["kind", "fault", "name"]].values.tolist() == [
        ["building", "no_position", "1栋"], ["building", "outside", "2栋"],
    ]  # fmt: skip
    (pair,) = found.overlaps.to_dict("records")
    assert (pair["level"], pair["one"], pair["other"]) == ("grid", "第1网格", "第2网格")
    assert pair["overlap_m2"] == pytest.approx(4.29e6, rel=0.01), "two hundredths of a degree square"
    assert quality.faults(Viewer("leader", TOWNSHIP, "internal"), TOWNSHIP).points.empty
    assert quality.faults(Viewer("screen", COUNTY, "public"), COUNTY).points.empty


def test_the_layer_draws_what_can_be_drawn(faulty: None) -> None:
    features = json.loads(quality.layer(STEWARD, COUNTY, "zh"))["features"]
    assert [(one["geometry"]["type"], one["properties"]["v"]) for one in features] == [
        ("Point", "楼栋在所属社区之外"), ("Polygon", "重叠"),
    ]  # fmt: skip
    assert json.loads(quality.layer(Viewer("screen", COUNTY, "public"), COUNTY, "zh"))["features"] == []


def test_the_page_shows_parts_rules_and_faults(faulty: None, open_page: Open) -> None:
    app = open_page("intake", role="steward", view="quality")
    assert not app.exception
    html = html_of(app)
    assert "47 / 60" in html and "78.3 %" in html and "最常空：小区 0 / 12" in html
    for name, _, rule, _ in quality.PARTS.values():
        assert name in html and rule in html
    assert "1 / 12 · 8.3 %" in html
    assert frame(app, "重叠（m²）")["区域"].tolist() == ["第1网格"]
    assert "/map/quality?" in the_map(app)


def test_nothing_wrong_is_said(open_page: Open, tiny_store: str) -> None:
    assert "没有发现位置问题" in html_of(open_page("intake", role="steward", view="quality"))
