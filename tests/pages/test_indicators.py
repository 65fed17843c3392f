"""Every indicator is shown on the page it names, in its own unit, and leads to where it comes from."""

import ast
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data.registry import Indicator, indicators
from portal import figures, reads
from portal.identity import Viewer
from portal.reads import Measure
from tests.portal.tiny_county import COUNTY, GRIDS
from tests.support.server import ROOT

Open = Callable[..., AppTest]
LEADER = Viewer("leader", COUNTY, "internal")


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def named_in(page: str) -> set[str]:
    """The codes of indicators that the source of a page names."""
    tree = ast.parse((ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts & set(indicators())


@pytest.mark.parametrize("indicator", indicators().values(), ids=list(indicators()))
def test_its_page_names_it(indicator: Indicator) -> None:
    assert indicator.code in named_in(indicator.topic)
    if indicator.topic in ("visits", "disputes"):
        assert indicator.code in named_in("overview")


@pytest.mark.parametrize("code", [c for c, i in indicators().items() if i.topic in ("visits", "disputes", "coverage")])
def test_its_page_shows_it_when_asked(open_page: Open, code: str) -> None:
    indicator = indicators()[code]
    page = open_page(indicator.topic, ind=code, level="grid")
    assert not page.exception
    assert indicator.zh in html_of(page)


@pytest.mark.parametrize("code", ["REL-01", "REL-02", "REL-03"])
def test_the_relocation_page_has_a_card_of_each_with_its_lineage(open_page: Open, code: str) -> None:
    html = html_of(open_page("relocation"))
    assert indicators()[code].zh in html
    assert re.search(rf'href="/lineage\?ind={code}[^"]*area={COUNTY}', html.replace("&#38;", "&"))


def test_a_number_per_ten_thousand_is_no_percentage(facts_of_cases: None, open_page: Open) -> None:
    # 9 disputes among 47 households: 1,914.9 per ten thousand.
    for page in ("book", "disputes", "overview"):
        html = html_of(open_page(page, ind="DIS-06", topic="disputes"))
        assert "1,914.9" in html and "9 起 / 47 户" in html and "19.1 %" not in html
    rows = next(t.value for t in open_page("disputes", ind="DIS-06", level="grid").dataframe if "overdue" in t.value)
    assert "4 / 10" in set(rows["value"])


def test_the_index_is_made_of_what_is_seen_of_its_parts(facts_of_cases: None, open_page: Open) -> None:
    # In the county 6 of 8 in time, 7 of 8 closed, 1 of 7 done over: 45 + 26.25 + 8.571… = 79.82.
    found = reads.measure(LEADER, "CAS-05", "2020", COUNTY)
    assert (found.numerator, found.denominator, found.part) == (79.82, 100.0, "known")
    assert reads.measure(LEADER, "CAS-05", "2020", GRIDS[5]).part == "none"
    assert reads.measure(LEADER, "CAS-05", "2019", COUNTY).part == "unknown"
    for page in ("book", "disputes", "overview"):
        html = html_of(open_page(page, ind="CAS-05", topic="disputes"))
        assert "79.8" in html and "满分100分" in html and "79.8 %" not in html
        assert re.search(r'href="/lineage\?ind=CAS-05', html)


def test_the_lineage_of_the_index_is_its_parts_with_their_own(facts_of_cases: None, open_page: Open) -> None:
    page = open_page("lineage", ind="CAS-05", area=COUNTY)
    html = html_of(page)
    assert not page.exception
    assert "事项综合指数 79.8 从哪来" in html
    assert ">6 / 8<" in html and "得 45.0 分" in html and "得 26.3 分" in html and "得 8.6 分" in html
    for code in ("CAS-03", "CAS-02", "CAS-04"):
        assert re.search(rf'href="/lineage\?ind={code}[^"]*area={COUNTY}', html.replace("&#38;", "&"))


def test_an_index_is_hidden_with_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = indicators()["CAS-05"]
    good = Measure(1.0, 2.0, "known")
    assert reads._index_of(rule, [good, reads.HIDDEN, good]) == reads.HIDDEN
    assert reads._index_of(rule, [good, reads.UNKNOWN, reads.HIDDEN]) == reads.HIDDEN
    assert reads._index_of(rule, [good, reads.UNKNOWN, good]) == reads.UNKNOWN


def test_values_changes_and_limits_in_the_unit_of_each(open_page: Open) -> None:
    share, scaled, index = (indicators()[code] for code in ("DIS-03", "DIS-06", "CAS-05"))
    assert [figures.change(i, 0.0125)[0] for i in (share, scaled, index)] == ["+1.3", "+125.0", "+1.3"]
    assert [figures.edge(i, 0.9) for i in (share, scaled, index)] == ["90%", "9000", "90"]
    assert figures.parts(scaled, Measure(9, 47, "known"), "en") == "9 disputes / 47 households"
    assert figures.value(share, reads.UNKNOWN) == figures.value(index, reads.HIDDEN) == "—"
    assert figures.goal(share, 0.925) == "92.5 %" and figures.goal(index, 0.9) == "90"
