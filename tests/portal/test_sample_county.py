"""Numbers of the pages on the sample county, each counted by hand from its ledgers."""

from pathlib import Path

import pytest

from portal import reach, snapshot
from portal.identity import Viewer
from tests.support.hand_count import Sample

LEADER = Viewer("leader", "422825", "internal")
pytestmark = pytest.mark.usefixtures("county_settings")


@pytest.fixture(scope="module")
def hand(sample_dir: Path) -> Sample:
    return Sample(sample_dir)


@pytest.mark.parametrize(
    ("community", "kind", "item", "walk_m", "out"),
    [
        ("柚乡苑社区", "创业就业空间", "work_space", 500, 234),
        ("长兴社区", "生活超市", "shop", 500, 193),
        ("酉水情社区", "便民服务中心", "service_centre", 300, 52),
        ("酉水情社区", "便民服务中心", "service_centre", 500, 0),
    ],
)
def test_households_out_of_reach(hand: Sample, community: str, kind: str, item: str, walk_m: int, out: int) -> None:
    snapshot.forget()
    found = next(one for one in reach.reaches(LEADER, limit_m=walk_m) if one.area.name == community)
    shown = found.out[item]
    assert (shown.numerator, shown.denominator) == hand.out_of_reach(community, kind, walk_m)
    assert shown.numerator == out
