"""Finding places: by name, code and building, inside the viewer's own areas only."""

import pytest

from portal.find import MOST, find
from portal.identity import Viewer
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWNSHIP

pytestmark = pytest.mark.usefixtures("tiny_store")
LEADER = Viewer("leader", COUNTY, "internal")


def names(viewer: Viewer, text: str) -> list[tuple[str, str, str]]:
    return [(hit.name, hit.where, hit.code) for hit in find(viewer, text)]


def test_areas_by_a_part_of_their_name_and_by_code() -> None:
    assert names(LEADER, " 双龙 湖")[:1] == [("双龙湖社区", "珠山镇", COMMUNITIES[1])]
    assert [hit.code for hit in find(LEADER, "双龙湖")] == [COMMUNITIES[1], GRIDS[2], GRIDS[3]]
    assert names(LEADER, COMMUNITIES[2])[0] == ("椒园社区", "椒园镇", COMMUNITIES[2])
    assert find(LEADER, "") == find(LEADER, "  ") == find(LEADER, "没有这里") == []


def test_a_name_that_begins_so_comes_first() -> None:
    assert [hit.name for hit in find(LEADER, "椒园")][:2] == ["椒园镇", "椒园社区"]


def test_buildings_lead_to_their_grid() -> None:
    found = [hit for hit in find(LEADER, "12栋") if hit.level == "building"]
    assert [(hit.name, hit.code) for hit in found] == [("12栋", GRIDS[5])]
    assert len([hit for hit in find(LEADER, "栋") if hit.level == "building"]) == MOST
    assert [hit.code for hit in find(LEADER, f"{COMMUNITIES[0]}00001")] == [GRIDS[0]]


def test_nothing_outside_the_own_areas_and_no_building_for_the_public() -> None:
    lead = Viewer("community_lead", COMMUNITIES[2], "internal")
    assert find(lead, "双龙湖") == [] and TOWNSHIP not in {hit.code for hit in find(lead, "椒园")}
    assert {hit.code[:12] for hit in find(lead, "栋")} == {COMMUNITIES[2]}
    assert all(hit.level != "building" for hit in find(Viewer("screen", COUNTY, "public"), "栋"))
