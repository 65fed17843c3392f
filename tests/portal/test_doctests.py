"""The examples in the docstrings say what the functions do."""

import doctest
import importlib
import pkgutil

import pytest

import portal

MODULES = [
    name
    for _, name, is_package in pkgutil.iter_modules(portal.__path__, "portal.")
    # The page itself: importing it would run it.
    if not is_package and name != "portal.main"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
