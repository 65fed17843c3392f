"""A ledger of 54 disputes, 11 of them archived without success: every number on every page says 30 of 54 resolved."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import etl.load
from data.settings import settings
from data.store import open_store
from etl.extract import extract_file
from etl.lineage import read_lineage
from portal import cases, disputes, reads, snapshot
from portal.identity import Viewer
from tests.etl.tiny import A, write_county, write_disputes
from tests.pages.test_disputes import bars, table, words
from tests.support.server import ROOT

COUNTY, TOWN = "422825", "422825100"
LEADER = Viewer("leader", COUNTY, "internal")
LEAD = Viewer("community_lead", A, "households")
WAYS = {"成功": ("已归档", "成功"), "不成功": ("已归档", "不成功"), "在办": ("调解中", "")}


def ledger(folder: Path, *, outcomes: bool = True) -> None:
    """30 archived with success, 11 archived without, 13 open; resolved, or closed, on the tenth day."""
    rows = []
    for n, way in enumerate(["成功"] * 30 + ["不成功"] * 11 + ["在办"] * 13):
        state, outcome = WAYS[way]
        accepted = date(2020, 5, 1) + timedelta(days=n)
        # Failed ones took a hundred days: they would move the days to resolution.
        ended = None if way == "在办" else accepted + timedelta(days=10 if way == "成功" else 100)
        community = "东门社区" if n % 2 else "新居社区"
        days = (accepted, accepted, accepted + timedelta(days=31), ended, ended)
        outcome = outcome if outcomes else ""
        rows.append((f"E{n:02}", community, "", "", None, None, "邻里", *days, state, outcome))
    write_disputes(folder, rows, steps=[("E00", 1, "受理", "2020-05-01", "已受理", "东门社区"),
                                        ("E00", 2, "化解", "2020-05-11", "已归档", "东门社区")])  # fmt: skip


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, bytes]:
    """The file of a store with the county and these disputes: with outcomes, and the same ledger without."""
    made = {}
    for outcomes in (True, False):
        folder = tmp_path_factory.mktemp("county")
        write_county(folder / "county")
        ledger(folder / "county", outcomes=outcomes)
        engine = open_store(f"sqlite:///{folder / 'w.db'}")
        with pytest.MonkeyPatch.context() as patch:  # starting readers takes longer than reading
            patch.setattr(etl.load, "extract_files", lambda files, heard: [extract_file(file.path) for file in files])
            etl.load.load(engine, [folder / "county"], edition="NBS2020", today=date(2021, 1, 15), may_be_far=True)
        engine.dispose()
        made[outcomes] = (folder / "w.db").read_bytes()
    return made


@pytest.fixture(params=[True, False], ids=["outcomes", "no outcomes"])
def resolved(
    request: pytest.FixtureRequest, counties: dict[bool, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[int]:
    """How many are resolved: 30 by their outcome; 41 where the ledger holds none, and archived is all that is known."""
    (tmp_path / "w.db").write_bytes(counties[request.param])
    monkeypatch.setenv("WANGGE_DATABASE", f"sqlite:///{tmp_path / 'w.db'}")
    settings.cache_clear()
    snapshot.forget()
    yield 30 if request.param else 41
    settings.cache_clear()
    snapshot.forget()


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
    app.query_params.update(address)
    return app.switch_page(str(ROOT / "pages" / "disputes.py")).run()


def test_the_page_says_one_number(resolved: int) -> None:
    page = opened(level="township")
    assert not page.exception
    text, failed = words(page), 41 - resolved
    assert f"{resolved} / 54 起" in text
    assert f"其中化解 {resolved} 起 · 共受理 54 起" in text
    rows = bars(page, "bars_lifecycle")
    assert rows["已化解，已归档"][0] == resolved and rows["调解不成，已办结"][0] == failed
    assert rows["受理"][0] == 54
    assert bars(page, "bars_category")["邻里"] == (resolved, f"{resolved} / 54")
    shown = table(page)
    assert shown[["accepted", "resolved"]].to_numpy().tolist() == [[54, resolved]]


def test_facts_sums_rows_and_lineage_agree(resolved: int, tmp_path: Path) -> None:
    for code, level, wanted in ((COUNTY, "township", resolved), (TOWN, "community", resolved)):
        fact = reads.measure(LEADER, "DIS-03", "2020", code)
        assert (fact.numerator, fact.denominator) == (wanted, 54)
        assert reads.measure(LEADER, "DIS-02", "2020", code).numerator == wanted
        course = disputes.course(LEADER, "2020", code)
        matrix = disputes.matrix(LEADER, "2020", code, reads.below(LEADER, code, level))
        assert course is not None and matrix is not None
        assert (course.resolved, course.accepted, course.open) == (wanted, 54, 13)
        assert sum(m.numerator or 0 for m in matrix.sums.values()) == wanted
    sums = cases.sums(LEADER, "dispute", "community_id", "2020", COUNTY)
    assert sums[["resolved", "closed", "open"]].sum().tolist() == [resolved, 41, 13]
    engine = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    found = read_lineage(engine, "DIS-03", COUNTY, "2020", "NBS2020", with_rows=False, lang="zh")
    engine.dispose()
    assert (found["numerator"], found["denominator"], found["agrees"]) == (resolved, 54, True)


def test_the_day_of_a_failed_closing_is_no_day_of_resolution(resolved: int) -> None:
    course = disputes.course(LEADER, "2020", COUNTY)
    assert course is not None and course.took is not None
    assert (course.took.settled, course.took.half) == (resolved, 10)
    # Nine in ten: only where nobody says that they failed do the slow ones count.
    assert course.took.nine_tenths == (10 if resolved == 30 else 100)
    rows = disputes.listed(LEAD, "2020", A)
    failed = rows[rows["stage"] == "70"]
    assert failed["days"].isna().all() and (len(failed) > 0) == (resolved == 30)
    assert not rows[rows["is_resolved"]]["days"].isna().any()
