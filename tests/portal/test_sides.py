"""并排: which two views stand beside each other, and their numbers; classes made from the values on a map."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from data.registry import indicators
from geo.breaks import METHODS
from portal import features, reads
from portal.choice import Choice
from portal.classes import class_counts
from portal.identity import Viewer
from portal.sides import Sides, table
from portal.snapshot import held
from tests.portal.tiny_county import COUNTY, GRIDS

LEADER = Viewer("leader", COUNTY, "internal")
SCREEN = Viewer("screen", COUNTY, "public")


def view(viewer: Viewer, **changes: object) -> Choice:

    area = reads.home(viewer)
    return replace(Choice(area, indicators()["VIS-01"], "2020", "grid", (), "zh"), **changes)  # type: ignore[arg-type]


def drawn(viewer: Viewer, choice: Choice, beside: str = "") -> Counter[int]:
    """How many areas of the layer are in each class."""
    body = features.areas(viewer, COUNTY, "grid", choice.indicator.code, choice.period, "known", "zh",
                          method=choice.classes, beside=beside)  # fmt: skip
    return Counter(f["properties"]["k"] for f in json.loads(body)["features"])


@pytest.mark.usefixtures("tiny_store", "any_sample")
@pytest.mark.parametrize("method", ["", *METHODS])
def test_the_legend_counts_what_the_map_draws(method: str) -> None:
    with held():
        choice = view(LEADER, classes=method)
        classes, others = class_counts(LEADER, choice)
        assert {i: c.count for i, c in enumerate(classes) if c.count} == drawn(LEADER, choice)
        assert sum(c.count for c in classes) + others["unknown"] + others["hidden"] == len(GRIDS)


@pytest.mark.usefixtures("tiny_store", "any_sample")
def test_natural_classes_of_the_six_rates() -> None:
    """0.9, 0.8, 1.0, 0.3, 0.8, 1.0: four distinct values, a class each."""
    with held():
        classes, _ = class_counts(LEADER, view(LEADER, classes="natural"))
    assert [(c.low, c.count) for c in classes] == [(None, 1), (0.8, 2), (0.9, 1), (1.0, 2)]


@pytest.mark.usefixtures("tiny_store", "any_sample")
def test_what_is_hidden_makes_no_edge() -> None:
    with held():
        classes, others = class_counts(SCREEN, view(SCREEN, classes="quantile"))
    assert (len(classes), others["hidden"]) == (1, len(GRIDS))


@pytest.mark.usefixtures("tiny_store", "any_sample")
def test_two_periods_share_their_edges_and_are_subtracted() -> None:
    with held():
        left = view(LEADER, classes="equal")
        both = Sides(left, replace(left, period="2020-12"))
        edges = [
            [c.low for c in class_counts(LEADER, one, beside)[0]]
            for one, beside in zip((both.left, both.right), both.beside, strict=True)
        ]
        assert edges[0] == edges[1]
        rows = table(LEADER, both, reads.below(LEADER, COUNTY, "grid")).set_index("left_of")
    first = rows.loc["9 / 10"]
    assert (first["left"], first["name"]) == ("90.0 %", "第1网格")


@pytest.mark.usefixtures("tiny_store", "any_sample")
def test_two_indicators_are_not_subtracted() -> None:

    with held():
        left = view(LEADER)
        both = Sides(left, replace(left, indicator=indicators()["DIS-03"]))
        assert both.beside == ("", "")
        rows = table(LEADER, both, reads.below(LEADER, COUNTY, "grid"))
    assert rows["step"].tolist() == ["—"] * 6
    assert rows["right_of"].tolist() == ["3 / 4", "2 / 2", "1 / 1", "0 / 1", "—", "1 / 1"]
