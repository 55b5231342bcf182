"""nhsreform check: a learner's notebook, run afresh and compared question by question.

The learner's cells are put, by question id, into a temporary copy of the worked notebook, and nbval runs that copy and
compares the check cells alone. So a check cell that was changed, an output that was typed or a state left over from an
earlier run gain nothing. It is for the learner; it is not how marks are made.

To the pytest that runs nbval this module is a plugin too: it writes down, cell by cell, how answers and checks fared, at
once, so that what is known before a run is cut short is not lost.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError
from nhsreform.notebooks.files import NotebookError, read
from nhsreform.notebooks.files import text as notebook_text
from nhsreform.questions import judge, key
from nhsreform.questions.build import question_of, tag_of, variable
from nhsreform.questions.learner import JUDGED

if TYPE_CHECKING:
    from nbformat import NotebookNode

SECONDS = 60
CELL_SECONDS = 20
# The state at the head of an output is compared, and not the message: a right answer may be right in its own way.
_STATE = r"(?s)^.*?(\d+\.\d+ (?:right|kept|not yet|not tried yet))\b.*$"
_SANITIZE = f"regex: {_STATE}\nreplace: \\1\n"
DONE = (judge.RIGHT, "kept")
# Where the plugin writes, as an environment variable.
REPORT = "NHSREFORM_REPORT"
FOREIGN = "What the check cell showed does not come from the pack's own nr.check."


@dataclass(frozen=True)
class Outcome:
    """How one question fared: right, kept (prose), not yet, not tried yet, crashed, missing or not reached; and why."""

    question_id: str
    state: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.question_id} {self.state}{': ' if self.why else ''}{self.why}"


def answers(notebook: NotebookNode, worked: NotebookNode) -> dict[str, list[str]]:
    """Return {question id: the learner's code for it, cell by cell}, for the questions of a worked notebook.

    A cell belongs to a question when it sets the question's variable or carries its id. Cells that the learner added
    go with the next answer, because it may need them.
    """
    # In the order of the exercise: a cell that sets two answers goes with the first of them.
    own = list(dict.fromkeys(question_of(cell) for cell in worked.cells if tag_of(cell) == "answer"))
    ours = {cell.source.strip() for cell in worked.cells}
    code_of: dict[str, list[str]] = {}
    waiting: list[str] = []
    for cell in notebook.cells:
        source = cell.source
        if cell.cell_type != "code" or not source.strip() or re.match(r"\s*nr\.check\(", source):
            continue
        sets = [name for name in own if re.search(rf"^\s*{variable(name)}\s*=(?!=)", source, re.MULTILINE)]
        carries = [question_of(cell)] if tag_of(cell) == "answer" and question_of(cell) in own else []
        for name in (sets or carries)[:1]:
            code_of.setdefault(name, []).extend([*waiting, source])
            waiting = []
        if not sets and not carries and source.strip() not in ours:
            waiting.append(source)
    return code_of


def assembled(worked: NotebookNode, code_of: dict[str, list[str]]) -> NotebookNode:
    """Return a copy of a worked notebook with the learner's answers in place of ours, ready for nbval."""
    from nbformat.v4 import new_code_cell

    copy = deepcopy(worked)
    copy.cells = []
    for cell in deepcopy(worked).cells:
        tag = tag_of(cell)
        if tag == "answer":
            metadata = {"tags": ["answer"], "nhsreform": {"question": question_of(cell)}}
            copy.cells += [new_code_cell(source, metadata=metadata) for source in code_of.get(question_of(cell), [])]
        elif cell.cell_type == "code" and "progress" not in cell.metadata.get("tags", []):
            if tag == "check":
                cell.metadata["tags"] = ["check", "nbval-check-output"]
            copy.cells.append(cell)
    return copy


def _worked(path: Path, exercises: Path | None) -> tuple[Path, NotebookNode, NotebookNode]:
    """Return the folder of exercises, the learner's notebook and the worked notebook it belongs to.

    Raises PackError when the notebook holds no question of these exercises, or the worked notebooks are not there.
    """
    if exercises is None:
        exercises = path.parent if key.is_key(path.parent / key.FILE) else checkout() / "exercises"
    known, notebook = key.read(exercises), read(path)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    of_exercise = [
        stored["exercise"]
        for question_id, stored in known.items()
        if re.search(rf"\b{variable(question_id)}\b", code)
        or any(question_of(cell) == question_id for cell in notebook.cells)
    ]
    if not of_exercise:
        raise PackError(f"{path.name} holds no question of the exercises in {exercises.name}/.")
    exercise = max(set(of_exercise), key=of_exercise.count)
    try:
        return exercises, notebook, read(exercises / "answers" / f"{exercise}.ipynb")
    except NotebookError as error:
        raise PackError(
            f"The worked notebook of {exercise} is not in this copy, so there is nothing to compare with. "
            "Run the notebook itself: each check cell says how its answer stands."
        ) from error


def _run_nbval(folder: Path, name: str) -> bool:
    """Run nbval on a notebook in a process of its own; return whether it came to an end in SECONDS."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "states.cfg").write_text(_SANITIZE, encoding="ascii")
    # The guard comes first: to import the package keeps nbval's own import from taking a second longer.
    plugins = ["nhsreform.notebooks.nbval_guard", "nbval.plugin", __name__]
    command = [sys.executable, "-m", "pytest", "-q", "-c", "pytest.ini", "--rootdir", ".", "-p", "no:cacheprovider"]
    command += [option for plugin in plugins for option in ("-p", plugin)]
    command += ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}"]
    command += ["--nbval-sanitize-with=states.cfg", name]
    # No other plugin of the learner's, and no option meant for another run, may have a say.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "NBGRADER_EXECUTION")
    } | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", REPORT: str(folder / "report.jsonl")}
    # What it puts down goes with the folder, even when it is killed.
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        running.wait(SECONDS)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        if running.poll() is None:
            # The kernel sees that its parent is gone, and ends too.
            if os.name == "posix":
                os.killpg(running.pid, signal.SIGKILL)
            else:
                running.kill()
            running.wait()


def pytest_runtest_makereport(item: Any, call: Any) -> None:
    """Append a line of JSON for an answer cell or a check cell that has run, or will not; pytest calls this."""
    cell, failed = getattr(item, "cell", None), call.excinfo is not None
    tag = tag_of(cell) if cell is not None else ""
    if tag not in ("answer", "check") or (call.when != "call" and not failed):
        return
    outputs = item.test_outputs or []
    shown = [output.get("data", {}).get("text/plain", "") for output in outputs]
    errors = [f"{output.ename}: {output.evalue}".strip(": ") for output in outputs if output.output_type == "error"]
    line = {
        "question": question_of(cell),
        "tag": tag,
        "passed": not failed,
        "ran": item.test_outputs is not None,
        "shown": next(filter(None, shown), ""),
        "error": errors[-1] if errors else "",
        "why": str(item.repr_failure(call.excinfo)) if failed else "",
    }
    with Path(os.environ[REPORT]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _outcome(question_id: str, lines: list[dict[str, Any]], answered: bool, ended: bool) -> Outcome:
    """Return how a question fared, from the lines that were written of its cells."""
    check = next((line for line in lines if line["tag"] == "check"), None)
    failed = next((line for line in lines if line["tag"] == "answer" and not line["passed"]), None)
    said = re.match(_STATE, check["shown"]) if check else None
    if said and check:
        word = said[1].removeprefix(question_id).strip()
        if word in DONE and not check["passed"]:
            return Outcome(question_id, "not yet", FOREIGN)
        return Outcome(question_id, word, _reason(check["shown"]) if word == "not yet" else "")
    if not answered:
        return Outcome(question_id, "missing", "There is no answer cell for it. Copy it back from the exercise.")
    for line in [failed, check]:
        if line is None:
            continue
        if "kernel died" in line["why"]:
            return Outcome(question_id, "crashed", "The kernel died while this ran.")
        if "Timeout" in line["why"]:
            return Outcome(question_id, "crashed", f"It ran longer than {CELL_SECONDS} seconds.")
        if line["error"]:
            return Outcome(question_id, "crashed", line["error"])
    if check and check["ran"]:
        return Outcome(question_id, "not yet", FOREIGN)
    if not ended:
        return Outcome(question_id, "not reached", f"The {SECONDS} seconds for the whole notebook were up.")
    return Outcome(question_id, "not reached", "A cell above it did not come to an end.")


def _reason(shown: str) -> str:
    """Return why an answer is not right yet, of what a check cell showed."""
    return shown.partition(". ")[2].partition(f"\n{JUDGED}")[0].strip()


def check_notebook(path: Path, exercises: Path | None = None) -> list[Outcome]:
    """Return how each question of a learner's notebook fares when it is run afresh.

    `exercises` is the folder with answers/ and key.json: by default the notebook's own, if it has a key, or else the
    pack's. Takes at most SECONDS, plus a few to start.

    Raises NotebookError when the file is no notebook, PackError when it holds no question of these exercises.
    """
    exercises, notebook, worked = _worked(path, exercises)
    code_of = answers(notebook, worked)
    questions = [question_of(cell) for cell in worked.cells if tag_of(cell) == "check"]
    with tempfile.TemporaryDirectory(prefix="nhsreform-check-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        shutil.copy(exercises / key.FILE, folder)
        (folder / "learner.ipynb").write_text(notebook_text(assembled(worked, code_of)), encoding="utf-8")
        ended = _run_nbval(folder, "learner.ipynb")
        report = folder / "report.jsonl"
        report_lines = report.read_text(encoding="utf-8").splitlines() if report.is_file() else []
    lines = [json.loads(line) for line in report_lines if line.endswith("}")]
    return [
        _outcome(name, [line for line in lines if line["question"] == name], name in code_of, ended)
        for name in questions
    ]
