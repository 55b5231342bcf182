"""What the tests of marking share: where students' code runs, and a way to mark a made-up class."""

import csv
import io
import os
from contextlib import closing

import pytest

from nhsreform.marking import mark_a_class as command
from nhsreform.marking.sandbox import workers as run
from tests.marking.made_up_notebooks import ROOT

SECONDS = 1.5


@pytest.fixture(scope="session")
def room():
    """The sandbox. Under CI there must be one; elsewhere its tests are skipped where it cannot be."""
    found = run.choose("auto", [ROOT / "exercises", ROOT / ".git", ROOT / "tests"], SECONDS)
    if found.kind == run.NONE:
        assert os.environ.get("CI") != "true", f"CI must have a sandbox: {found.why}"
        pytest.skip(f"no sandbox on this machine: {found.why}")
    with closing(found):
        yield found


@pytest.fixture(scope="session")
def worker(room):
    with closing(room.worker(5)) as one:
        yield one


@pytest.fixture(scope="session")
def bare():
    """A worker without a sandbox, as on macOS and Windows."""
    return run.Fresh(run.Room(run.NONE, "", (), SECONDS))


@pytest.fixture
def mark(tmp_path):
    """Mark a folder or zip and return (exit code, lines told, rows of marks.csv as dicts)."""

    def marked(submissions, out=None, **more):
        told = []
        out = out or tmp_path / "out"
        options = command.Options(submissions, out, **({"seconds": SECONDS, "sandbox": "auto", "jobs": 2} | more))
        with command.marked(options, told.append, io.StringIO()) as result:
            text = (out / "marks.csv").read_text(encoding="utf-8")
        return result.code, told, list(csv.DictReader(io.StringIO(text)))

    return marked
