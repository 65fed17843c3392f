"""Pages run in this process: what Streamlit looks up anew for each of them, and never changes, is looked up once."""

from collections.abc import Iterator
from functools import lru_cache

import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """The components among the installed packages; reading every package's metadata takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        found = lru_cache(maxsize=1)(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield
