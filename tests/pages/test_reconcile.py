"""Reconciliation: figures beside the ledger of the tiny county, filtered by verdict, in both languages."""

import re
from collections.abc import Callable

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal.identity import demo_viewer
from tests.support.server import ROOT

Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def numbers(app: AppTest) -> list[str]:
    return re.findall(r'wg-rec-no">(F\d\d)<', html_of(app))


def test_the_ledger_stands_beside_the_figure(open_page: Open) -> None:
    app = open_page("reconcile")
    html = html_of(app)
    # 30 households of the town were met, 15,447 were published; only the six of "1+6" agree.
    (row,) = re.findall(r'wg-rec-no">F30<.*?wg-verdict-(\w+)"', html)
    assert row == "differs"
    assert re.search(r"<b>15,447户</b>.{0,200}>30</a></b><span class=\"wg-note\">珠山镇，", html, re.DOTALL)
    assert "<mark>走访居民15447户</mark>" in html
    assert re.search(r'href="/lineage\?ind=VIS-01[^"]*area=422825100[^"]*period=2020"', html)


def test_the_filter_is_in_the_address(open_page: Open) -> None:
    everything = open_page("reconcile", verdict="all")
    assert numbers(everything) == [f"F{n:02}" for n in range(1, 86)]
    same = open_page("reconcile", verdict="same")
    assert numbers(same) == ["F67"]
    same.segmented_control(key="choose_verdict").set_value("differs").run()
    assert "F30" in numbers(same) and "F67" not in numbers(same)
    assert same.query_params["verdict"] in ("differs", ["differs"])


def test_a_look_alike_is_named_as_another_thing(open_page: Open) -> None:
    html = html_of(open_page("reconcile", verdict="all"))
    (tags,) = re.findall(r'wg-rec-no">F71<.*?wg-rec-said', html, re.DOTALL)
    assert "与 F23 相近，不是一回事" in tags


def test_the_sums_are_of_the_figures_with_a_ledger(open_page: Open, tiny_store: str) -> None:
    assert "有台账的" in html_of(open_page("reconcile"))
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        town = (schema.fact.c.area_id == 2) & (schema.fact.c.period == "2020")
        conn.execute(update(schema.fact).where(town, schema.fact.c.indicator == "VIS-01").values(numerator=15_447))
        conn.execute(update(schema.fact).where(town, schema.fact.c.indicator == "VIS-02").values(numerator=34_000))
        first = conn.execute(schema.batch.select()).mappings().one()
        conn.execute(schema.batch.insert(), [{**first, "batch_id": 2}])
    engine.dispose()
    app = AppTest.from_file(str(ROOT / "pages" / "reconcile.py"), default_timeout=60)
    app.query_params["lang"] = "en"
    app.session_state["_viewer"] = demo_viewer("leader", "", "422825", [])
    html = html_of(app.run())
    assert re.search(r"85 published figures: 3 of the \d+ with a ledger agree", html)
    assert "over 120 disputes" in html and "Published" in html


def test_a_steward_sees_it_too(open_page: Open) -> None:
    assert numbers(open_page("reconcile", role="steward"))
