"""What the tests of marking share: where students' code runs, and a way to mark a made-up class."""

import csv
import io
import os
from contextlib import closing
from dataclasses import dataclass

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


class Lent(workers.Worker):
    """A worker that goes on running when whoever marked a class has done with it."""

    def __init__(self, worker):
        super().__init__(worker.sandbox)
        self.attempt = worker.attempt


@dataclass
class Lending(workers.Sandbox):
    """A sandbox with two warm processes that serve one class after the other."""

    running: tuple[workers.Worker, ...] = ()

    def worker(self, slot):
        return Lent(self.running[slot]) if 0 <= slot < len(self.running) else super().worker(slot)

    def close(self):
        """They are ended with the tests."""


@pytest.fixture(scope="session")
def lenders():
    """The sandboxes that are running, by what they were chosen for."""
    running = {}
    yield running
    for lender in running.values():
        for worker in lender.running:
            worker.close()


@pytest.fixture(autouse=True)
def sandboxes_last(lenders, monkeypatch):
    """Classes that are marked in this process share their warm processes: to start one takes longer than most tests."""
    choose = workers.choose

    def lent(wanted, hidden, seconds=workers.SECONDS, shipped=None):
        if wanted == workers.OFF or workers.linux.unsupported():
            return choose(wanted, hidden, seconds, shipped)
        workers._check_hidden([str(path.resolve()) for path in hidden])
        asked = (seconds, str(shipped))
        if asked not in lenders:
            with closing(choose(wanted, (), seconds, shipped)) as chosen:
                lender = lenders[asked] = Lending(chosen.kind, seconds=seconds, shipped=shipped or {})
            # Here and not where they are asked for: a warm process ends with the thread that started it.
            lender.running = (workers.Sandbox.worker(lender, 0), workers.Sandbox.worker(lender, 1))
        return lenders[asked]

    monkeypatch.setattr(workers, "choose", lent)


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
