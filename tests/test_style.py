"""Style and types, held where everything else is held: no fault that ruff or mypy finds, no file that ruff would lay out otherwise."""

import ast
import os
import subprocess
import sys

import pytest

from tests.breaks import BREAKS
from tests.conftest import ROOT

# Each is a command of a tool in the test environment that ends with 0 when it finds nothing.
CLEAN = {
    "ruff check": ["ruff", "check", "--no-cache", "."],
    "ruff format": ["ruff", "format", "--check", "--no-cache", "."],
    # What it knows of other packages lies beside them; of a file it goes by the content.
    "mypy": ["mypy", "--cache-dir", os.path.join(sys.prefix, "mypy-cache")],
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found(name):
    done = subprocess.run([sys.executable, "-m", *CLEAN[name]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# Words that say that something was done, and not what the thing is.
NO_NOUNS = {"found", "told", "kept", "made", "given"}


def test_variables_carry_the_noun_of_the_thing():
    named = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = next((getattr(node, word) for word in ("arg", "id", "attr") if hasattr(node, word)), "")
            if name in NO_NOUNS and not isinstance(getattr(node, "ctx", ast.Store()), ast.Load):
                named.append(f"{path.relative_to(ROOT)}, line {node.lineno}: {name}")
    assert not named, "\n".join(named)


def test_no_function_is_longer_than_60_lines_and_no_file_than_500():
    long = []
    for path in sorted(path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".js", ".css", ".html")):
        text = path.read_text(encoding="utf-8")
        nodes = ast.walk(ast.parse(text)) if path.suffix == ".py" else []
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        long += [f"{path.name}: {f.name}" for f in functions if (f.end_lineno or 0) - f.lineno >= 60]
        long += [path.name] if len(text.splitlines()) > 500 else []
    assert not long


def test_every_break_fits_the_file_that_it_breaks():
    """Run by hand and seldom, the list would rot: a fault that stands nowhere, a test that is gone."""
    for fault in BREAKS:
        assert fault.right in (ROOT / fault.file).read_text(encoding="utf-8"), fault
        assert (ROOT / fault.test.split("::")[0]).exists(), fault
