"""Every page begins with its guard: run without the frame, or by a role that may not see it, it shows nothing else."""

import pytest
from streamlit.testing.v1 import AppTest

from data.terms import ROLES
from portal.frame import PAGES_OF_ROLE
from portal.identity import demo_viewer
from tests.support.server import ROOT

PAGES = sorted(page.stem for page in (ROOT / "pages").glob("*.py") if page.stem != "__init__")
REFUSED = [(page, role) for page in PAGES for role in ROLES if page not in PAGES_OF_ROLE[role]]


def shows_only_the_refusal(run: AppTest) -> bool:
    return not run.exception and len(run.main.children) == 1 and "请从首页进入" in run.info[0].value


def test_the_roles_know_every_page() -> None:
    assert {page for pages in PAGES_OF_ROLE.values() for page in pages} == set(PAGES)
    assert set(PAGES_OF_ROLE) == set(ROLES)


def test_no_folder_of_pages_stands_beside_the_script() -> None:
    # Streamlit would serve its files before, and without, the frame.
    assert not (ROOT / "portal" / "pages").exists()
    assert 'st.App("portal/main.py"' in (ROOT / "app.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_the_frame_shows_nothing(page: str) -> None:
    assert shows_only_the_refusal(AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60).run())


@pytest.mark.parametrize(("page", "role"), REFUSED)
def test_a_page_that_a_role_may_not_see_shows_nothing(page: str, role: str) -> None:
    run = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    run.session_state["_viewer"] = demo_viewer(role, "", "422825", ["422825100001001"])
    assert shows_only_the_refusal(run.run())
