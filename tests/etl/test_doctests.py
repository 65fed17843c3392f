"""The examples in the docstrings say what the functions do."""

import doctest
import importlib
import pkgutil

import pytest

import etl

MODULES = [
    name
    for _, name, is_package in pkgutil.iter_modules(etl.__path__, "etl.")
    if not is_package and name != "etl.__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
