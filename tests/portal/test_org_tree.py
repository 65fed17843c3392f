"""组织树: what each area has, and in a grid its branch and groups; counted by hand on the tiny county."""

import pytest

from portal import reads
from portal.identity import Viewer
from portal.org_tree import Node, tree
from portal.snapshot import held
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, YEAR

LEADER = Viewer("leader", COUNTY, "internal")


def nodes(code: str) -> dict[str, Node]:
    with held():
        area = reads.area(LEADER, code)
        assert area is not None
        found = tree(LEADER, area, reads.buildings(LEADER, code), reads.orgs(LEADER, code))
    return {node.area.code: node for node in found}


@pytest.mark.usefixtures("tiny_store")
def test_a_community_tells_its_grids_with_branch_and_groups() -> None:
    found = nodes(COMMUNITIES[0])
    assert list(found) == list(GRIDS[:2])
    for node, (covered, homes) in zip(found.values(), YEAR["ORG-03"], strict=False):
        assert (node.covered, node.homes) == (covered, homes)
        assert node.branches == len(node.own_branches) == 1
        assert sum(group.buildings for group in node.own_groups) >= covered
        assert len(node.own_groups) == node.groups


@pytest.mark.usefixtures("tiny_store")
def test_the_county_tells_its_townships_with_the_sums_of_their_grids() -> None:
    found = nodes(COUNTY)
    below = {code: node for community in COMMUNITIES[:3] for code, node in nodes(community).items()}
    assert [node.area.level for node in found.values()] == ["township", "township"]
    for name in ("grids", "branches", "covered", "homes"):
        assert sum(getattr(node, name) for node in found.values()) == sum(getattr(n, name) for n in below.values())
    assert [(node.grids, node.branches) for node in found.values()] == [(4, 4), (2, 0)]
