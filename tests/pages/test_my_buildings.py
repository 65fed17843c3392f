"""My buildings: a grid worker sees their own, the most urgent first, and nobody else sees the page."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.portal import tiny_county


def test_the_worker_reads_how_many_are_done_and_the_rows(open_page: Callable[..., AppTest]) -> None:
    app = open_page("my_buildings", role="grid_worker")
    assert not app.exception
    text = " ".join(str(element.proto) for element in app.get("html"))
    assert "1/2" in text
    rows = [button.label for button in app.button if "户" in button.label]
    assert len(rows) == 2
    assert "4/5户" in rows[0]


def test_a_leader_cannot_open_it(open_page: Callable[..., AppTest]) -> None:
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        open_page("my_buildings", role="leader")


def test_the_most_urgent_building_stands_first(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal import own_buildings, reads
    from portal.identity import demo_viewer

    rows = pd.DataFrame(
        {
            "building_code": ["a", "b", "c", "d"],
            "is_residential": True,
            "last_visit_on": pd.to_datetime(["2020-12-30", None, "2020-10-01", "2020-11-01"]),
            "households_count": [3, 3, 3, 3],
        }
    )
    monkeypatch.setattr(reads, "buildings", lambda _viewer: rows)
    viewer = demo_viewer("grid_worker", "", "422825", list(tiny_county.GRIDS))
    found = own_buildings.own_buildings(viewer)
    assert reads.status().data_on == date(2020, 12, 31)
    assert found["building_code"].tolist() == ["b", "c", "d", "a"]
    assert found["due"].tolist() == ["never", "overdue", "overdue", "in_time"]
