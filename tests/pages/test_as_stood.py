"""A rate of cases is compared as it stood at each period's own end, and every page says so (sample county)."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from portal import snapshot
from portal.identity import demo_viewer
from tests.support.server import ROOT

GRID = "422825100001001"


@pytest.fixture(autouse=True)
def county(county_settings: None) -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


def text_of(page: str, **asked: str) -> str:
    app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=90)
    app.query_params.update({"area": "422825", "ind": "DIS-03", **asked})
    app.session_state["_viewer"] = demo_viewer("leader", GRID, "422825", [GRID])
    app.run()
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("page", ["overview", "disputes"])
def test_the_change_of_a_quarter_is_that_of_equal_age(page: str) -> None:
    # Q4 has had less time than Q3: 39 / 59 on 32 / 36 looked like a collapse of 22.8 points.
    text = text_of(page, period="2020-Q4")
    assert "66.1 %" in text and "39 / 59 起" in text
    assert "0.6 百分点" in text and "比上期 · 按期末时点比" in text
    assert "22.8" not in text


def test_two_days_are_compared_as_they_stood() -> None:
    text = text_of("compare", period="2020", lang="en")
    assert "as each stood at its period" in text
