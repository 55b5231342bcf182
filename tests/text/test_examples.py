"""Each example in a docstring of the room holds."""

import doctest
import pkgutil
from importlib import import_module

import nhsreform.text


def test_the_examples_hold():
    for module in pkgutil.iter_modules(nhsreform.text.__path__):
        result = doctest.testmod(import_module(f"nhsreform.text.{module.name}"))
        assert not result.failed and (result.attempted or module.name in ("atomic", "csv_files", "html")), module.name
