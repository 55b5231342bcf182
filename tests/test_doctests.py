"""The examples in the package's docstrings, all of them."""

import doctest
from importlib import import_module

from tests.conftest import ROOT

SRC = ROOT / "src"


def test_the_examples_in_the_docstrings_hold():
    tried = {}
    for path in sorted(SRC.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
            tried[name] = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert sum(result.attempted for result in tried.values()) > 100
    assert not [name for name, result in tried.items() if result.failed]
