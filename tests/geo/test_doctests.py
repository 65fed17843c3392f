"""The worked examples in the docstrings."""

import doctest
import importlib
import pkgutil

import pytest

import geo

MODULES = [f"geo.{module.name}" for module in pkgutil.iter_modules(geo.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
