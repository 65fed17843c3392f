"""Map data by address: signed for one viewer, encoded once, nothing that the viewer may not see."""

import gzip
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.applications import Starlette

from data.registry import indicators
from portal import features, signing
from portal.identity import Viewer
from portal.middleware import middleware
from portal.reads import HIDDEN, Measure
from portal.routes import routes
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, GRIDS, TOWN

LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")
WORKER = Viewer("grid_worker", GRIDS[0], "households")
VIEW = {"ind": "VIS-01", "period": "2020", "lang": "zh", "v": "1"}


@pytest.fixture
def client(tiny_store: str) -> Client:
    return Client(Starlette(routes=routes, middleware=middleware))


def ask(client: Client, viewer: Viewer, layer: str, **params: str) -> Any:
    return client.get(signing.signed_url(f"/map/{layer}", params, viewer))


def names(answer: Any) -> dict[str, dict[str, Any]]:
    return {f["properties"]["c"]: f["properties"] for f in answer.json()["features"]}


@pytest.mark.usefixtures("any_sample")
def test_areas_carry_value_class_and_colour(client: Client) -> None:
    found = names(ask(client, LEADER, "areas", area=TOWN, level="grid", part="known", **VIEW))
    assert set(found) == set(GRIDS[:4])
    assert found[GRIDS[0]] == {
        "c": GRIDS[0], "n": "第1网格", "v": "90.0 %", "x": "9 / 10 户", "k": 3, "f": [7, 94, 153, 255], "r": 0.9,
    }  # fmt: skip


def test_areas_of_too_few_are_light_with_n_of_d(client: Client) -> None:
    where = {"area": TOWN, "level": "grid", "period": "2020", "lang": "zh"}
    assert names(ask(client, LEADER, "areas", part="known", ind="VIS-01", **where)) == {}
    few = names(ask(client, LEADER, "areas", part="light", ind="VIS-01", **where))
    assert few[GRIDS[2]] == {
        "c": GRIDS[2], "n": "第1网格", "v": "10 / 10", "x": "不到 30 户，不看比率", "k": "small",
        "f": [219, 228, 236, 255],
    }  # fmt: skip
    # No dispute is open in two grids whose community has a ledger of disputes: nothing to count, which is not unknown.
    still = names(ask(client, LEADER, "areas", part="light", ind="DIS-07", **where))
    assert {code: p["v"] for code, p in still.items()} == dict(zip(GRIDS, ("1 / 1", "无", "无", "1 / 1"), strict=False))
    assert names(ask(client, LEADER, "areas", part="unknown", ind="DIS-07", **where)) == {}
    wall = ask(client, LEADER, "name_labels", ind="DIS-07", **where).json()
    assert sorted(row["n"] for row in wall) == ["第1网格\n1 / 1", "第1网格\n无", "第2网格\n1 / 1", "第2网格\n无"]
    assert {row["r"] for row in wall} == {0}


def test_unknown_areas_are_a_layer_of_their_own(client: Client) -> None:
    found = names(ask(client, LEADER, "areas", area=COUNTY, level="community", part="unknown", **VIEW))
    assert [(p["n"], p["v"]) for p in found.values()] == [("庆阳坝村", "—")]


def test_hidden_numbers_do_not_travel(client: Client) -> None:
    answer = ask(client, SCREEN, "areas", area=COUNTY, level="grid", part="hidden", **VIEW)
    assert set(names(answer)) == set(GRIDS)
    assert all(p["v"] == "＊" and "r" not in p for p in names(answer).values())
    assert set(names(ask(client, SCREEN, "areas", area=COUNTY, level="grid", part="known", **VIEW))) == set()


def test_an_address_that_was_changed_is_refused(client: Client) -> None:
    url = urlsplit(signing.signed_url("/map/areas", {"area": GRIDS[0], "level": "grid", **VIEW}, WORKER))
    params = dict(parse_qsl(url.query))
    for change in ({"area": COUNTY}, {"own": COUNTY}, {"detail": "internal"}, {"until": "9999999999"}, {"sig": ""}):
        assert client.get(f"{url.path}?{urlencode({**params, **change})}").status_code == 403
    assert client.get("/map/areas").status_code == 403
    assert client.get(f"/map/buildings?{url.query}").status_code == 403


def test_an_address_ends(tiny_store: str) -> None:
    params = dict(parse_qsl(urlsplit(signing.signed_url("/map/context", {"area": COUNTY}, LEADER, now=0)).query))
    assert signing.viewer_of("/map/context", params, now=6 * 3600) == LEADER
    assert signing.viewer_of("/map/context", params, now=12 * 3600 + 1) is None


def test_an_area_outside_the_viewers_own_is_not_found(client: Client) -> None:
    assert ask(client, WORKER, "areas", area=COUNTY, level="grid", **VIEW).status_code == 404
    assert ask(client, WORKER, "buildings", area=GRIDS[1], lang="zh").status_code == 404


@pytest.mark.parametrize("change", [{"level": "planet"}, {"ind": "X-1"}, {"period": "soon"}, {"lang": "fr"}])
def test_parameters_that_are_none_are_not_found(client: Client, change: dict[str, str]) -> None:
    asked = {"area": COUNTY, "level": "grid", **VIEW, **change}
    assert ask(client, LEADER, "areas", **asked).status_code == 404
    assert ask(client, LEADER, "nothing", area=COUNTY).status_code == 404


def test_the_same_answer_is_not_sent_twice(client: Client) -> None:
    url = signing.signed_url("/map/context", {"area": TOWN}, LEADER)
    first = client.get(url)
    assert first.headers["cache-control"].startswith("private")
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_answers_are_compressed_for_those_who_can(client: Client) -> None:
    url = signing.signed_url("/map/context", {"area": COUNTY}, LEADER)
    packed, plain = client.get(url), client.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.raw) == plain.raw


def test_buildings_show_a_leader_states_and_the_public_nothing(client: Client) -> None:
    found = names(ask(client, LEADER, "buildings", area=COUNTY, lang="zh"))
    assert len(found) == 12
    assert {p["v"] for p in found.values()} == {"已走访", "部分走访", "未走访", "多次未遇或拒访"}
    assert all(set(p) == {"c", "n", "k", "f", "v", "x"} for p in found.values())
    assert names(ask(client, SCREEN, "buildings", area=COUNTY, lang="zh")) == {}


def test_groups_without_a_point_stand_among_their_buildings(client: Client) -> None:
    features = ask(client, LEADER, "orgs", area=COUNTY, kind="building_group", lang="zh").json()["features"]
    assert len(features) == 4
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [109.41, 29.95]}


def test_labels_have_a_point_and_a_value(client: Client) -> None:
    rows = ask(client, LEADER, "labels", area=COUNTY, level="community", **VIEW).json()
    assert [row["t"] for row in rows] == ["兴隆社区\n17 / 20", "双龙湖社区\n13 / 20", "椒园社区\n6 / 7", "庆阳坝村"]
    assert all(109.4 < row["p"][0] < 109.48 for row in rows)


def test_health_says_the_version_and_nothing_else(client: Client) -> None:
    assert client.get("/health").json() == {"ok": True, "state": "ok", "data_version": 1}


def test_every_answer_has_the_headers(client: Client) -> None:
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert page.headers["x-request-id"] != client.get("/").headers["x-request-id"]
    assert '<html lang="zh-CN">' in page.text
    assert "Promise.withResolvers" in page.text
    assert "SourceSans" not in page.text


def test_a_label_without_room_is_left_out_and_the_unknown_give_way(client: Client) -> None:
    # At zoom 8 a community is 29 pixels wide and all four names would lie on each other: the first known one stays.
    rows = ask(client, LEADER, "labels", area=COUNTY, level="community", zoom="8.0", size="13", **VIEW).json()
    assert [row["t"] for row in rows] == ["兴隆社区\n17 / 20"]


def test_the_worst_area_has_its_name_before_all_others(client: Client) -> None:
    # All four names would lie on each other; 椒园社区 has no building with a group, 兴隆社区 has one in all of them.
    where = {"area": COUNTY, "level": "community", "ind": "ORG-03", "period": "2020", "lang": "zh", "size": "13"}
    rows = ask(client, LEADER, "labels", zoom="8.0", **where).json()
    assert [row["t"] for row in rows] == ["椒园社区\n0.0 %"]
    on_wall = ask(client, SCREEN, "name_labels", zoom="8.0", **where).json()
    assert [row["n"] for row in on_wall] == ["椒园社区"]


def test_a_rate_of_a_few_is_not_among_the_worst() -> None:
    rates = {"a": Measure(1, 40, "known"), "b": Measure(0, 29, "known"), "c": Measure(39, 40, "known"), "d": HIDDEN,
             "e": Measure(30, 40, "known")}  # fmt: skip
    assert features.worst(indicators()["VIS-01"], rates) == ["a", "e", "c"]
    assert features.worst(indicators()["DIS-07"], rates) == ["c", "e", "a", "b"]  # less is better, 20 are enough


@pytest.mark.parametrize("viewer", [LEADER, SCREEN], ids=["leader", "screen"])
def test_values_and_shapes_fetched_apart_are_the_layer_and_nothing_more(client: Client, viewer: Viewer) -> None:
    where = {"area": COUNTY, "level": "community"}
    shapes = ask(client, viewer, "outlines", v="1", lang="zh", **where).json()["features"]
    shape_of = {shape["properties"]["c"]: shape["geometry"] for shape in shapes}
    for part in ("known", "light", "unknown", "hidden"):
        whole = ask(client, viewer, "areas", part=part, **where, **VIEW)
        values = ask(client, viewer, "areas", part=part, only="values", **where, **VIEW).json()
        rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
        assert {row["c"]: row for row in rows} == names(whole)
        assert all(shape_of[f["properties"]["c"]] == f["geometry"] for f in whole.json()["features"])
        assert "geometry" not in values and set(values) <= {"c", "n", "v", "x", "k", "f", "r"}


def test_names_come_with_the_most_important_first_when_the_map_finds_their_room(client: Client) -> None:
    where = {"area": COUNTY, "level": "community", **VIEW}
    everything = [row["c"] for row in ask(client, LEADER, "labels", **where).json()]
    assert len(everything) == 4
    for zoom in ("8.0", "11.0", "20.0"):
        some = [row["c"] for row in ask(client, LEADER, "labels", zoom=zoom, **where).json()]
        assert some[0] == everything[0] and some == [code for code in everything if code in some]
