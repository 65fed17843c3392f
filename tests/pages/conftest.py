"""The tiny county as the store of the pages, and a page opened as a browser would."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from data import schema
from data.store import open_store, writing
from portal import snapshot
from tests.portal.tiny_county import any_sample, tiny_store
from tests.support.page_runs import installed_components
from tests.support.server import ROOT

__all__ = ["any_sample", "installed_components", "tiny_store"]


@pytest.fixture
def open_page(tiny_store: str) -> Callable[..., AppTest]:
    """Opens a page in the frame: open_page("overview", role="steward", area="422825100")."""

    def run(page: str, **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "portal" / "main.py"), default_timeout=60)
        app.query_params.update(address)
        return app.switch_page(str(ROOT / "pages" / f"{page}.py")).run() if page != "overview" else app.run()

    return run


CASES_BY_GRID = {
    "DIS-06": [(4, 10), (2, 10), (1, 10), (1, 10), (0, 5), (1, 2)],
    "CAS-01": [(3, 4), (2, 2), (1, 1), (1, 1), (0, 0), (0, 0)],
    "CAS-02": [(3, 4), (2, 2), (1, 1), (1, 1), (0, 0), (0, 0)],
    "CAS-03": [(2, 4), (2, 2), (1, 1), (1, 1), (0, 0), (0, 0)],
    "CAS-04": [(1, 3), (0, 2), (0, 1), (0, 1), (0, 0), (0, 0)],
}
"""Further numbers of the tiny county in 2020 by grid, numerator and denominator."""


@pytest.fixture
def facts_of_cases(tiny_store: str) -> Iterator[None]:
    """The tiny county with the numbers of CASES_BY_GRID as well."""
    above = {11: (4, 2, 1), 12: (4, 2, 1), 13: (5, 2, 1), 14: (5, 2, 1), 15: (6, 3, 1), 16: (6, 3, 1)}
    sums: dict[tuple[str, int], list[int]] = {}
    for code, pairs in CASES_BY_GRID.items():
        for grid, (n, d) in zip(above, pairs, strict=True):
            for area in (grid, *above[grid]):
                total = sums.setdefault((code, area), [0, 0])
                total[0], total[1] = total[0] + n, total[1] + d
    rows = [
        {"indicator": code, "area_id": area, "period": "2020", "basis": "ledger", "numerator": n, "denominator": d,
         "batch_id": 1}
        for (code, area), (n, d) in sums.items() if d
    ]  # fmt: skip
    engine = open_store(tiny_store)
    with writing(engine) as conn:
        conn.execute(insert(schema.fact), rows)
    snapshot.forget()
    yield
    snapshot.forget()
