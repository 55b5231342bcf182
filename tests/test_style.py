"""Style and types, held where everything else is held: no fault that ruff or mypy finds, no file that ruff would lay out otherwise."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Each is a command of a tool in the test environment that ends with 0 when it finds nothing.
CLEAN = {
    "ruff check": ["ruff", "check", "--no-cache", "."],
    "ruff format": ["ruff", "format", "--check", "--no-cache", "."],
    "mypy": ["mypy", "--cache-dir", os.devnull],
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found(name):
    done = subprocess.run([sys.executable, "-m", *CLEAN[name]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
