"""What releases seen together tell, by numbers small enough to check by hand."""

from tests.attack.releases import Watched

TOWNSHIPS = {"county": None, "east": "county", "west": "county"}


def test_two_rounded_parts_of_an_exact_total_can_be_exact_themselves() -> None:
    found = Watched(TOWNSHIPS, [{"county": 24, "east": 10, "west": 10}]).single(0, None)
    assert {(one.least, one.most) for one in found.values()} == {(12, 12)}


def test_levels_rounded_apart_tell_of_each_other() -> None:
    """23 … 27 in the township, 8 … 12 in each of its two: no less than 11 in either."""
    parents = {"county": None, "town": "county", "rest": "county", "one": "town", "other": "town"}
    release = {"county": 525, "town": 25, "rest": 500, "one": 10, "other": 10}
    found = Watched(parents, [release]).single(0, None)
    assert (found["one"].least, found["one"].most) == (11, 12)


def test_a_household_more_cannot_be_told_from_rounded_numbers() -> None:
    """278 and 279 are 280 both times; where the total stands still, the change is anything from −4 to 4."""
    releases = [{"county": 570, "east": 280, "west": 290}, {"county": 570, "east": 280, "west": 290}]
    found = Watched(TOWNSHIPS, releases, held=4).changes(None, [(0, 1)])
    assert {one.width for one in found.values()} == {8}


def test_exact_totals_tell_a_change_of_parts_at_their_ends() -> None:
    """12 and 12, then 17 and 17: all that could be is ruled out by the total."""
    releases = [{"county": 24, "east": 10, "west": 10}, {"county": 34, "east": 15, "west": 15}]
    found = Watched(TOWNSHIPS, releases).changes(None, [(0, 1)])
    assert {(one.width, one.least - 10**6) for one in found.values()} == {(0, 5)}
