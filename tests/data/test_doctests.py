"""The worked examples in the docstrings of data."""

import doctest
import importlib

import pytest

MODULES = ["data.book", "data.published"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed
