"""What the tests of marking share: where students' code runs, and a way to mark a made-up class."""

import csv
import io
import os
from contextlib import closing

import pytest

from nhsreform.marking.mark_a_class import Options, mark_a_class
from nhsreform.marking.sandbox import workers
from tests.marking.made_up_notebooks import ROOT

SECONDS = 1.5


@pytest.fixture(scope="session")
def sandbox():
    """The sandbox. Under CI there must be one; elsewhere its tests are skipped where it cannot be.

    With NHSREFORM_TEST_SANDBOX=bubblewrap it is made by bubblewrap, slower, and all that is tested of the other holds of it.
    """
    if os.environ.get("NHSREFORM_TEST_SANDBOX") == workers.BUBBLEWRAP:
        workers.linux.unsupported = lambda: "the tests want bubblewrap"
    try:
        chosen = workers.choose(workers.REQUIRE, [ROOT / "exercises", ROOT / ".git", ROOT / "tests"], SECONDS)
    except workers.SandboxError as error:
        assert os.environ.get("CI") != "true", f"CI must have a sandbox: {error}"
        pytest.skip(f"no sandbox on this machine: {error}")
    with closing(chosen):
        yield chosen


@pytest.fixture(scope="session")
def worker(sandbox):
    with closing(sandbox.worker(5)) as one:
        yield one


@pytest.fixture(scope="session")
def bare():
    """A worker without a sandbox, as on macOS and Windows."""
    return workers.Fresh(workers.Sandbox(workers.NONE, "", (), SECONDS))


@pytest.fixture
def mark(tmp_path, sandbox):
    """Mark a folder or zip and return (exit code, lines told, rows of marks.csv as dicts)."""

    def marked(submissions, out=None, **more):
        told = []
        out = out or tmp_path / "out"
        options = Options(submissions, out, **({"timeout": SECONDS, "jobs": 2} | more))
        class_run = mark_a_class(options, told.append, io.StringIO())
        text = (out / "marks.csv").read_text(encoding="utf-8-sig")
        return class_run.code, told, list(csv.DictReader(io.StringIO(text)))

    return marked
