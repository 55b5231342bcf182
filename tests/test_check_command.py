"""nhsreform check: run afresh under nbval, compared question by question, and nothing gained by tampering."""

import json
import os
import re
import subprocess
import sys
import time

import pytest

from nhsreform import commands
from nhsreform.errors import PackError
from nhsreform.notebooks import files
from nhsreform.questions import check_notebook
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

STUB = ROOT / "exercises" / "01-joint-report.ipynb"
WORKED = ROOT / "exercises" / "answers"
DEV_PACKAGES = ("xdist", "hypothesis", "ruff", "playwright", "nltk", "repo2docker")


@pytest.fixture
def filled(tmp_path):
    """Return a function that fills in exercise 01: {question id: code}, and cells to put before an answer."""

    def fill(answers=None, before=None, change=None):
        notebook = json.loads(STUB.read_text(encoding="utf-8"))
        cells = []
        for cell in notebook["cells"]:
            question = cell["metadata"].get("nhsreform", {}).get("question")
            if "answer" in cell["metadata"].get("tags", []):
                cell["source"] = (answers or {}).get(question, cell["source"])
                if question in (before or {}):
                    cells.append(cell | {"source": before[question], "metadata": {}, "id": f"own-{len(cells)}"})
            cells.append(cell)
        notebook["cells"] = cells
        if change:
            change(notebook)
        path = tmp_path / "mine.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return fill


def fare(path):
    return {outcome.question_id: outcome for outcome in check_notebook.check_notebook(path)}


def test_an_untouched_exercise_is_not_tried_and_ends_with_one(filled, capsys):
    assert commands.main(["check", str(filled())]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown == [*(f"1.{number} not tried yet" for number in range(1, 8)), "0 of 7 right."]


@pytest.mark.parametrize("name", ["01-joint-report", "08-your-judgement"])
def test_worked_answers_are_all_right_and_end_with_zero(name, capsys):
    assert commands.main(["check", str(WORKED / f"{name}.ipynb")]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"\b(\d) of \1 right", shown)
    assert ("kept" in shown) == (name == "08-your-judgement")


def test_a_notebook_that_an_editor_saved_again_is_read(filled):
    path = filled({"1.1": 'q1_1 = "include"'})
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert [cell.cell_type for cell in files.read(path).cells][:2] == ["markdown", "code"]


def test_each_state_is_told_apart_and_why(filled):
    found = fare(
        filled(
            {
                "1.1": 'q1_1 = helper("INCLUDE")',
                "1.2": "q1_2 = nope",
                "1.3": 'q1_3 = "have the potential to help improve care"',
                "1.4": "# NBVAL_SKIP\nq1_4 = [3, 4]",
                "1.5": 'q1_5 = ["b"]',
            },
            before={"1.1": "def helper(text):\n    return text.lower()"},
        )
    )
    assert found["1.1"].state == "right" and found["1.6"].state == "not tried yet"
    assert str(found["1.2"]) == "1.2 crashed: NameError: name 'nope' is not defined"
    assert found["1.3"].state == "not yet" and "That is the promise" in found["1.3"].why
    assert found["1.4"].state == "crashed" and "q1_4" in found["1.4"].why
    assert found["1.5"].state == "not yet" and "still missing" in found["1.5"].why


def test_tampering_with_checks_and_outputs_gains_nothing(filled):
    def tamper(notebook):
        for cell in notebook["cells"]:
            question = cell["metadata"].get("nhsreform", {}).get("question")
            if "check" in cell["metadata"].get("tags", []):
                cell["source"] = f"print('{question} right')"
                cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"{question} right\n"}]
                cell["execution_count"] = 1

    found = fare(
        filled({"1.1": 'q1_1 = "suggests"', "1.4": "nr.check = lambda *both: print(both[0], 'right')"}, change=tamper)
    )
    assert found["1.1"].state == "not yet" and "“suggests”" in found["1.1"].why
    assert {outcome.state for outcome in found.values()} & {"right"} == set()
    assert found["1.6"].why == check_notebook.FOREIGN


def test_moved_split_stripped_and_missing_cells_are_found(filled):
    def muddle(notebook):
        notebook["cells"] = [
            cell for cell in notebook["cells"] if cell["metadata"].get("nhsreform", {}).get("question") != "1.6"
        ][::-1]
        for cell in notebook["cells"]:
            cell["metadata"] = {}

    found = fare(filled({"1.1": 'q1_1 = "include"', "1.4": "q1_4 = (3, 4)"}, change=muddle))
    assert found["1.1"].state == "right" and found["1.4"].state == "right"
    assert found["1.6"].state == "missing" and "Copy it back" in found["1.6"].why


def test_a_cell_that_sets_two_answers_goes_with_the_first_of_them_whatever_the_hashing(filled):
    """A set of question ids has another order for another seed of Python's string hashing."""
    path = filled({"1.1": 'q1_6 = "b"\nq1_4 = [3, 4]\nq1_1 = "include"'})
    code = (
        "import sys; from pathlib import Path; from nhsreform.questions import check_notebook; "
        "from nhsreform.notebooks.files import read; "
        f"given = check_notebook.answers(read(Path({str(path)!r})), read(Path({str(WORKED / '01-joint-report.ipynb')!r}))); "
        "print([name for name, cells in given.items() if any('include' in cell for cell in cells)])"
    )
    for seed in ("0", "1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == "['1.1']", (seed, done.stderr)


def test_a_dead_kernel_is_noticed_at_once(filled):
    started = time.monotonic()
    found = fare(filled({"1.1": 'q1_1 = "include"', "1.3": "import os; os._exit(3)"}))
    assert found["1.1"].state == "right"
    assert str(found["1.3"]) == "1.3 crashed: The kernel died while this ran."
    assert {found[name].state for name in ("1.4", "1.5", "1.6")} == {"not reached"}
    # Well before the time of a cell is up, on a slow machine too.
    assert time.monotonic() - started < check_notebook.CELL_SECONDS + 15


def test_a_cell_without_end_costs_its_time_and_no_more(filled, monkeypatch):
    monkeypatch.setattr(check_notebook, "CELL_SECONDS", 2)
    found = fare(filled({"1.1": 'q1_1 = "include"', "1.3": "while True: pass"}))
    assert found["1.1"].state == "right"
    assert str(found["1.3"]) == "1.3 crashed: It ran longer than 2 seconds."
    assert found["1.6"].state == "not reached"


@pytest.mark.skipif(os.name != "posix", reason="looks for the kernel by its process id")
def test_the_whole_takes_no_longer_than_its_time_and_leaves_no_kernel(filled, monkeypatch, tmp_path):
    """The time is up as soon as the kernel is in the long cell, so that the test waits for that and no longer."""
    note = tmp_path / "pid"

    class InNoTime(subprocess.Popen):
        def wait(self, timeout=None):
            if timeout is None:
                return super().wait()
            assert timeout == check_notebook.SECONDS
            appears(note, self)
            raise subprocess.TimeoutExpired(self.args, timeout)

    monkeypatch.setattr(subprocess, "Popen", InNoTime)
    sleeps = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\ntime.sleep(300)"
    outcomes = fare(filled({"1.3": sleeps}))
    assert {outcome.state for outcome in outcomes.values()} <= {"not tried yet", "not reached"}
    assert f"{check_notebook.SECONDS} seconds" in outcomes["1.6"].why
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            os.kill(int(note.read_text()), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the kernel is still there")


def appears(file, process):
    """Wait until a process has written a file."""
    while not (file.exists() and file.read_text()):
        assert process.poll() is None, f"it ended with {process.poll()} and wrote nothing"
        time.sleep(0.05)


def test_it_works_without_the_packages_of_developers(filled, tmp_path):
    """As in the learner's environment, which has pytest and nbval, and no plugin of theirs."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nfor name in {DEV_PACKAGES!r}:\n    sys.modules[name] = None\n", encoding="utf-8"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": "--no-such-option"}
    command = [sys.executable, "-m", "nhsreform.commands", "check", str(WORKED / "04-nuffield-polls.ipynb")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_no_exercise_is_said(tmp_path, capsys):
    assert commands.main(["check", str(ROOT / "notebooks" / "01-joint-report.ipynb")]) == 2
    assert "holds no question" in capsys.readouterr().err
    assert commands.main(["check", str(tmp_path / "none.ipynb")]) == 2
    assert "There is no notebook" in capsys.readouterr().err
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    assert commands.main(["check", str(tmp_path / "broken.ipynb")]) == 2


def test_without_the_worked_notebooks_it_says_what_to_do_instead(filled, tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "key.json").write_bytes((ROOT / "exercises" / "key.json").read_bytes())
    with pytest.raises(PackError, match="each check cell says"):
        check_notebook.check_notebook(filled(), folder)
