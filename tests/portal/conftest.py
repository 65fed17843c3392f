"""The tiny county as the store of the portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.settings import settings
from portal import audit
from tests.portal.tiny_county import any_sample, tiny_store
from tests.support.page_runs import installed_components

__all__ = ["any_sample", "installed_components", "tiny_store"]


@pytest.fixture
def only_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a store that nothing but audit events is written for."""
    monkeypatch.setenv("WANGGE_DATABASE", f"sqlite:///{tmp_path / 'none.db'}")
    monkeypatch.setattr(audit, "_knocks", audit._Knocks())
    settings.cache_clear()
    yield f"sqlite:///{tmp_path / 'none.db'}"
    settings.cache_clear()
