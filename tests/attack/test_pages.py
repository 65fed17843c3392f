"""What the attacker asks functions for is what the page says: the table "type by area", cell by cell."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from portal import disputes, reads, snapshot
from portal.identity import Viewer
from tests.support.page_runs import installed_components
from tests.support.server import ROOT

__all__ = ["installed_components"]
LEADER = Viewer("leader", "422825", "internal")


@pytest.fixture(autouse=True)
def _read_anew(county_settings: None) -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


def lines(period: str) -> dict[str, list[str]]:
    """The lines of the table on the page, by the name of the area."""
    app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
    app.query_params.update({"role": "leader", "period": period, "level": "township"})
    app.switch_page(str(ROOT / "pages" / "disputes.py")).run()
    assert not app.exception
    table = next(one.proto.body for one in app.get("html") if "wg-types" in one.proto.body)
    found = {}
    for line in re.findall(r"<tr class.*?</tr>", table):
        name, *cells = (re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line))
        found[name] = cells
    return found


@pytest.mark.parametrize("period", ["2020", "2020-Q3"])
def test_the_table_of_types_says_what_the_function_says(period: str) -> None:
    found = disputes.matrix(LEADER, period, "422825", reads.below(LEADER, "422825", "township"))
    assert found is not None
    drawn = lines(period)
    rows = {area.name: (found.sums[area.code], found.rows.get(area.code)) for area in found.areas}
    rows[reads.home(LEADER).name] = (reads.measure(LEADER, "DIS-03", period, "422825"), found.whole)
    assert drawn.keys() == rows.keys()
    for name, (total, told) in rows.items():
        everything, *cells = drawn[name]
        assert everything.replace(",", "") == f"{total.numerator:.0f} / {total.denominator:.0f}"
        if told is None:
            assert len(cells) == bool(found.types) and not re.search(r"[\d＊]", "".join(cells))
            continue
        assert len(cells) == len(found.types)
        for kind, cell in zip(found.types, cells, strict=True):
            measure = told.kinds.get(kind)
            if measure is None:
                assert not re.search(r"[1-9＊]", cell)
            elif measure.part == "hidden":
                assert cell == "＊"
            else:
                numbers = (
                    [measure.denominator] if measure.numerator is None else [measure.numerator, measure.denominator]
                )
                assert [float(n) for n in re.findall(r"\d+", cell)] == numbers
