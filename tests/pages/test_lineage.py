"""Lineage: what each role sees of a number of the sample county, and nothing that its detail does not allow."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from portal import lineage, reads, snapshot
from portal.identity import Viewer, demo_viewer
from tests.support.server import ROOT

COMMUNITY, GRID = "422825100001", "422825100001001"


@pytest.fixture(autouse=True)
def county(county_settings: None) -> Iterator[None]:
    snapshot.forget()
    yield
    snapshot.forget()


def opened(role: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "lineage.py"), default_timeout=90)
    app.query_params.update(address)
    app.session_state["_viewer"] = demo_viewer(role, GRID, "422825", [GRID])
    return app.run()


def html_of(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_leader_sees_counts_and_grids_but_no_household() -> None:
    app = opened("leader", ind="VIS-01", area=COMMUNITY, period="2020")
    text = html_of(app)
    assert "2020年，工农街社区的走访覆盖率 93.4 % 从哪来" in text
    assert "2,871 / 3,074 户" in text and "✓ 一致" in text
    assert "期末前已迁出" in text and "走访台账 · 日期无法识别" in text
    assert "您的身份看到网格为止" in text
    tables = [element.value for element in app.dataframe]
    assert not any("no" in table for table in tables)
    (by_area,) = [table for table in tables if "d" in table]
    assert (len(by_area), by_area["n"].sum(), by_area["d"].sum()) == (6, 2_871, 3_074)
    (files,) = [table for table in tables if "sha256" in table]
    assert "走访台账_工农街社区.xlsx [走访]" in set(files["file"])
    assert not re.search(r"\bH1\d{5}\b", text + " ".join(table.to_string() for table in tables))


def test_a_grid_worker_sees_the_own_rows() -> None:
    app = opened("grid_worker", ind="VIS-01", period="2020")
    assert "工农街社区滨河网格" in html_of(app)
    (rows,) = [element.value for element in app.dataframe if "no" in element.value]
    assert len(rows) == 493
    assert (rows["n"] == "计入").sum() == 460
    assert rows["no"].is_monotonic_increasing


def test_who_has_less_than_the_county_reads_no_count_of_it() -> None:
    whole = lineage.lineage(Viewer("leader", "422825", "internal"), "VIS-01", "2020", GRID, "zh")
    own = lineage.lineage(Viewer("grid_worker", GRID, "households"), "VIS-01", "2020", GRID, "zh")
    assert whole and own and sum(file["refused"] for file in whole["files"]) > 0
    assert {name for file in own["files"] for name in file} == {"kind", "batch_id", "loaded_at"}
    assert {file["kind"] for file in own["files"]} == {file["kind"] for file in whole["files"]}
    assert {name: value for name, value in own.items() if name not in ("files", "rows")} == {
        name: value for name, value in whole.items() if name not in ("files", "rows")
    }
    for role in ("grid_worker", "community_lead"):
        app = AppTest.from_file(str(ROOT / "pages" / "lineage.py"), default_timeout=90)
        app.query_params.update(ind="VIS-01", area=GRID, period="2020")
        app.session_state["_viewer"] = Viewer(role, GRID if role == "grid_worker" else COMMUNITY, "households")
        text = html_of(app.run())
        tables = " ".join(element.value.to_string() for element in app.dataframe if "d" not in element.value)
        assert "来自哪些台账" in text and "第1批" in tables
        assert "被拒：" not in text and ".xlsx" not in tables and "sha256" not in tables
        assert not any("read" in element.value or "refused" in element.value for element in app.dataframe)


def test_buildings_are_for_leaders_too_and_in_english() -> None:
    app = opened("leader", ind="ORG-03", area=GRID, period="2020", lang="en")
    assert "Where" in html_of(app) and "counted anew" in html_of(app)
    (rows,) = [element.value for element in app.dataframe if "no" in element.value]
    assert set(rows["n"]) <= {"yes", "no"} and rows["no"].str.startswith(COMMUNITY).all()


def test_nobody_sees_beyond_their_area_or_in_public() -> None:
    worker = Viewer("grid_worker", GRID, "households")
    with pytest.raises(reads.NotAllowedError):
        lineage.lineage(worker, "VIS-01", "2020", COMMUNITY, "zh")
    with pytest.raises(reads.NotAllowedError):
        lineage.lineage(Viewer("screen", "422825", "public"), "VIS-01", "2020", "422825", "zh")


def test_a_hidden_number_has_no_lineage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "measure", lambda *_: reads.HIDDEN)
    assert lineage.lineage(Viewer("leader", "422825", "internal"), "VIS-01", "2020", COMMUNITY, "zh") is None


def test_grids_whose_number_is_hidden_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Viewer("leader", "422825", "internal")
    monkeypatch.setattr(reads, "measures", lambda *_: {GRID: reads.HIDDEN})
    monkeypatch.setattr(reads, "measure", lambda *_: reads.Measure(1, 2, "known"))
    found = lineage.lineage(viewer, "VIS-01", "2020", COMMUNITY, "zh")
    assert found and len(found["by_area"]) == 5 and GRID not in {row["area_code"] for row in found["by_area"]}


def test_a_rate_compared_as_it_stood_has_both_its_numbers() -> None:
    now = html_of(opened("leader", ind="DIS-03", area="422825", period="2020-Q3"))
    assert "32 / 36 起" in now and "✓ 一致" in now
    app = opened("leader", ind="DIS-03", area="422825", period="2020-Q3", stood="end")
    then = html_of(app)
    assert "24 / 36 起" in then and "✓ 一致" in then and "只算到期末" in then
    # An indicator without a second number has none, whatever the address says.
    assert "只算到期末" not in html_of(opened("leader", ind="VIS-01", area=COMMUNITY, period="2020", stood="end"))
