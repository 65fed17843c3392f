"""The first load of a county from the page: an empty store opens with the desk, and every step after it shows."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import accounts
from data.settings import settings
from data.store import changing, open_store, upgrade
from etl.files import SHAPEFILE_PARTS
from etl.load import load as load_files
from portal import accounts as portal_accounts
from portal import rules, sign_in, snapshot
from tests.etl import tiny
from tests.pages.test_intake import html_of
from tests.pages.test_intake_load import hand_in, press, said, settle
from tests.support.server import ROOT

COUNTY = "422825"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a store that has no file yet."""
    url = f"sqlite:///{tmp_path / 'store' / 'w.db'}"
    monkeypatch.setenv("WANGGE_DATABASE", url)
    for forget in (settings.cache_clear, snapshot.forget, portal_accounts.forget):
        forget()
    yield url
    for forget in (settings.cache_clear, snapshot.forget, portal_accounts.forget):
        forget()


def open_root(**address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
    app.query_params.update(address)
    return app.run()


def sign_in_as(monkeypatch: pytest.MonkeyPatch, url: str, role: str, *areas: str) -> None:
    """From now on the provider names somebody who has an account."""
    now = datetime.now(UTC)
    with changing(open_store(url)) as conn:
        accounts.add_account(conn, role, role, areas, by="test", now=now)
    monkeypatch.setenv("WANGGE_IDENTITY", "proxy")
    settings.cache_clear()
    monkeypatch.setattr(sign_in, "sign_in", lambda: sign_in.SignIn(role, int(now.timestamp())))


def is_desk(app: AppTest) -> bool:
    return not app.exception and len(app.file_uploader) == 1 and "还没有数据" in html_of(app)


@pytest.mark.parametrize("has_tables", [False, True])
def test_an_empty_store_opens_with_the_desk_and_what_comes_first(empty: str, *, has_tables: bool) -> None:
    if has_tables:
        upgrade(open_store(empty))
    app = open_root()
    assert is_desk(app)
    assert COUNTY in html_of(app)
    kinds = re.findall("<li>(.*?)</li>", html_of(app))
    assert [kinds.index(name) for name in ("区划名录", "网格边界", "户登记台账", "走访台账")] == sorted(
        kinds.index(name) for name in ("区划名录", "网格边界", "户登记台账", "走访台账")
    )
    assert not app.segmented_control, "there is nothing else to look at"
    app = open_root(lang="en")
    assert "Nothing here yet: load the ledgers of the county" in html_of(app)
    assert "<li>Directory of places</li>" in html_of(app)


def test_a_whole_county_is_loaded_from_the_page(empty: str, tmp_path: Path) -> None:
    folder = tiny.write_county(tmp_path / "county")
    app = hand_in(open_root(), *sorted(folder.iterdir()))
    assert not app.exception and "认识的台账" in app.expander[0].label
    app = settle(press(app, "try"))
    assert "什么都还没有写入" in html_of(app) and is_desk(app)
    assert re.search(r"VIS-01 走访覆盖率</span><span>— → <b>3 / 5", html_of(app))
    assert not Path(empty.removeprefix("sqlite:///")).exists(), "a trial run makes no store"
    app = settle(press(app, "load"))
    assert not app.exception
    assert "第 1 批已载入" in said(app), "the page goes on where the steward is"
    assert [button.label for button in app.button if button.key == "wg_lang"] == ["EN"]
    assert "某县" in html_of(app) and "还没有数据" not in html_of(app)
    assert "3 / 5" in html_of(open_root(area=COUNTY, ind="VIS-01", period="2020"))


def test_a_first_load_of_nothing_but_refused_rows_keeps_the_desk(empty: str, tmp_path: Path) -> None:
    app = hand_in(open_root(), tiny.write_visits(tmp_path))
    app = settle(press(app, "try"))
    assert "新增 0、更改 0、不变 0、拒收 6" in html_of(app)
    app = settle(press(app, "load"))
    assert is_desk(app)
    assert "拒收 6" in said(app) or "拒收 6" in html_of(app)


def test_others_read_that_nothing_was_loaded_yet(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(open_store(empty))
    sign_in_as(monkeypatch, empty, "leader", COUNTY)
    app = open_root()
    assert not app.file_uploader and "还没有载入台账" in html_of(app)


def test_a_steward_of_the_county_signs_in_to_the_desk(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(open_store(empty))
    sign_in_as(monkeypatch, empty, "steward", COUNTY)
    assert is_desk(open_root())


def test_a_steward_of_one_township_has_no_desk(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(open_store(empty))
    sign_in_as(monkeypatch, empty, "steward", f"{COUNTY}100")
    app = open_root()
    assert not app.file_uploader and "还没有载入台账" in html_of(app)


def test_nobody_loads_into_a_store_without_accounts(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_IDENTITY", "proxy")
    settings.cache_clear()
    monkeypatch.setattr(sign_in, "sign_in", lambda: sign_in.SignIn("somebody"))
    app = open_root()
    assert not app.file_uploader and "找不到数据库文件" in html_of(app)


def test_a_screen_of_an_empty_store_waits_for_it(empty: str) -> None:
    upgrade(open_store(empty))
    now = datetime.now(UTC)
    with changing(open_store(empty)) as conn:
        _, token = accounts.add_link(conn, COUNTY, "大厅", now + timedelta(days=1), by="test", now=now)
    app = open_root(screen_link=token)
    assert not app.exception and not app.file_uploader
    assert "还没有载入台账" in html_of(app)
    assert "_tried" in app.session_state


def test_another_county_than_that_of_the_settings_is_named(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_files(open_store(empty), [tiny.write_county(tmp_path / "county")], edition="NBS2020")
    monkeypatch.setenv("WANGGE_COUNTY", "422826")
    settings.cache_clear()
    app = open_root()
    assert "数据里没有 422826，有的是 422825" in html_of(app)
    assert "WANGGE_COUNTY=422825 make run" in html_of(app)


def open_pages(role: str, *pages: str, **address: str) -> dict[str, str]:
    """What stands on each page of a role now."""
    snapshot.forget()
    app = open_root(role=role, **address)
    found = {}
    for page in pages:
        app = app.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
        assert not app.exception and not app.error, (page, app.exception or app.error)
        found[page] = html_of(app)
    return found


def load_some(url: str, folder: Path, *names: str) -> None:
    files = [f for f in sorted(folder.iterdir()) if f.name.startswith(names) and f.suffix not in SHAPEFILE_PARTS]
    load_files(open_store(url), files, edition="NBS2020")


def test_nothing_is_claimed_of_what_is_not_there_yet(empty: str, tmp_path: Path) -> None:
    folder = tiny.write_county(tmp_path / "county")
    load_some(empty, folder, "区划名录")
    shown = open_pages("steward", *rules.pages_of("steward"))
    for page in ("overview", "coverage", "visits", "disputes", "relocation", "intake"):
        assert "还没有边界图形" in shown[page], page
    for words in ("没有单独党支部的网格", "没有党小组的住宅楼栋", "没有楼栋长的党小组"):
        assert re.search(f'{words}</span><span class="">—</span>', shown["coverage"]), words
    assert "还没有网格。" in shown["coverage"] and "都有自己的党支部" not in shown["coverage"]
    assert "还没有住户或配套设施的位置" in shown["relocation"] and "0.0" not in shown["relocation"]
    quality = open_pages("steward", "intake", view="quality")["intake"]
    assert "还没有楼栋和设施。" in quality and "没有发现位置问题" not in quality
    open_pages("grid_worker", "my_buildings")
    open_pages("leader", "briefing")
    load_some(empty, folder, "行政区划", "网格", "楼栋", "户登记")
    shown = open_pages("steward", *rules.pages_of("steward"))
    assert "还没有边界图形" not in shown["overview"]
    open_pages("leader", "briefing")
