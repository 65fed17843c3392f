"""The tiny county as the store of the portal."""

from tests.portal.tiny_county import tiny_store

__all__ = ["tiny_store"]
