"""Style, held where everything else is held: no fault that ruff finds, and no file that it would lay out otherwise."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Each is a command of a tool in the test environment that ends with 0 when it finds nothing. A type checker goes here.
CLEAN = {
    "ruff check": ["ruff", "check", "--no-cache", "."],
    "ruff format": ["ruff", "format", "--check", "--no-cache", "."],
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found(name):
    done = subprocess.run([sys.executable, "-m", *CLEAN[name]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
