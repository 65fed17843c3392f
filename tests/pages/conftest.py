"""The tiny county as the store of the pages, and a page opened as a browser would."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.portal.tiny_county import tiny_store
from tests.support.page_runs import installed_components
from tests.support.server import ROOT

__all__ = ["installed_components", "tiny_store"]


@pytest.fixture
def open_page(tiny_store: str) -> Callable[..., AppTest]:
    """Opens a page in the frame: open_page("overview", role="steward", area="422825100")."""

    def run(page: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
        app.query_params.update(address)
        app.run()
        return app if page == "overview" else app.switch_page(str(ROOT / "pages" / f"{page}.py")).run()

    return run
