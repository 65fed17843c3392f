"""Accounts and screens by hand: what the page says is what the store holds; what cannot be is said in a sentence."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data import accounts
from data.store import changing, open_store, reading
from portal.identity import Viewer
from tests.portal.tiny_county import COUNTY, GRIDS, TOWN
from tests.support.server import ROOT

Open = Callable[..., AppTest]


def stored(url: str) -> list[accounts.Account]:
    with reading(open_store(url)) as conn:
        return accounts.accounts(conn)


def add(page: AppTest, subject: str, role: str, areas: list[str]) -> AppTest:
    page.text_input(key="new_subject").set_value(subject)
    page.selectbox(key="new_role").set_value(role)
    page.multiselect(key="new_areas").set_value(areas)
    button = next(b for b in page.button if b.label == "新增账户")
    return button.click().run()


@pytest.fixture
def page(open_page: Open) -> AppTest:
    return open_page("admin", role="admin")


def test_an_account_is_added_changed_and_switched_off(page: AppTest, tiny_store: str) -> None:
    assert not page.exception
    page = add(page, "u-17", "grid_worker", [GRIDS[1], GRIDS[0]])
    assert page.success[0].value == "已新增账户。"
    [made] = stored(tiny_store)
    assert (made.role, made.areas, made.changed_by) == ("grid_worker", GRIDS[:2], "demo:admin")
    key = f"{made.account_id}_1"
    page.selectbox(key=f"{key}_role").set_value("community_lead")
    page.toggle(key=f"{key}_active").set_value(False)
    page = next(b for b in page.button if b.label == "保存修改").click().run()
    assert page.success[0].value.startswith("已保存")
    [changed] = stored(tiny_store)
    assert (changed.role, changed.is_active, changed.version_no) == ("community_lead", False, 2)


def test_somebody_elses_change_is_not_overwritten(page: AppTest, tiny_store: str) -> None:
    page = add(page, "u-17", "leader", [TOWN])
    [made] = stored(tiny_store)
    with changing(open_store(tiny_store)) as conn:
        accounts.change_account(conn, made.account_id, 1, by="x", now=made.changed_at, areas=[COUNTY])
    # The page was drawn from version 1; its form still carries that.
    page.selectbox(key=f"{made.account_id}_1_role").set_value("screen")
    page = next(b for b in page.button if b.label == "保存修改").click().run()
    assert "刚刚被别人改过" in page.warning[0].value
    [kept] = stored(tiny_store)
    assert (kept.role, kept.areas, kept.version_no) == ("leader", (COUNTY,), 2)


def test_what_cannot_be_is_said(page: AppTest, tiny_store: str) -> None:
    page = add(page, "u-17", "leader", [])
    assert "至少要有一个负责区域" in page.warning[0].value
    assert stored(tiny_store) == []


def test_a_screen_link_is_shown_once_and_revoked(page: AppTest, tiny_store: str) -> None:
    page.text_input(key="screen_label").set_value("政务大厅")
    page = next(b for b in page.button if b.label == "新建屏幕链接").click().run()
    address = page.code[0].value
    token = address.split("screen_link=")[1]
    with reading(open_store(tiny_store)) as conn:
        found = accounts.link_of(conn, accounts.token_hash(token))
    assert found is not None and found.label == "政务大厅" and found.area_code == COUNTY
    page = page.run()
    assert not page.code
    page = page.button(key="revoke").click().run()
    with reading(open_store(tiny_store)) as conn:
        found = accounts.link_of(conn, accounts.token_hash(token))
    assert found is not None and found.revoked_at is not None


def test_the_page_speaks_english(tiny_store: str) -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "admin.py"), default_timeout=60)
    page.session_state["_viewer"] = Viewer("admin", (COUNTY,), "internal")
    page.query_params["lang"] = "en"
    page.run()
    assert not page.exception
    assert any(b.label == "Add the account" for b in page.button)
