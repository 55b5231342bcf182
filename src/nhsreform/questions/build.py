"""From the worked notebooks to what the learner opens, and the key.

A worked notebook holds, for each question, cells tagged in this order: `question` (Markdown), `key` (a raw cell in
TOML), `answer` (code that sets q1_2 for question 1.2) and `check` (one line: nr.check("1.2", q1_2)). Each carries its
question id in its metadata. The answer in the key is the value that the worked cell gives when it is run, so it
follows the tables; the key cell holds everything else: kind, hints, named wrong answers, and what to say after "right".
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.checkout import checkout
from nhsreform.notebooks.files import TIMEOUT_SECONDS, NotebookError, own_work_folder, read, text, tidy
from nhsreform.notebooks.untouched import fingerprint
from nhsreform.questions import judge
from nhsreform.questions.key import FILE, OPEN_FIELDS, seal
from nhsreform.questions.kinds import KINDS, Entry, Question, read_question
from nhsreform.questions.value import Plain, describe

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAGS = ("question", "key", "answer", "check")
# What every key cell has, and what it may have besides what its kind allows. Blanks and platform are not in the key.
REQUIRED = {"kind": str, "core": bool, "points": int, "minutes": int, "right": str, "hints": list}
OPTIONAL = {"why": str, "blanks": list, "platform": dict}

Cells = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Exercise:
    """A worked notebook, taken apart.

    stub: what the learner opens. cells: {question id: {tag: cell}}. settings: {question id: what its key cell holds}.
    """

    name: str
    worked: NotebookNode
    stub: NotebookNode
    cells: Cells
    settings: dict[str, dict[str, Any]] = field(repr=False)


def variable(question_id: str) -> str:
    """Return the name of a question's variable.

    >>> variable("2.3")
    'q2_3'
    """
    return "q" + question_id.replace(".", "_")


def question_of(cell: Any) -> str:
    """Return the question id in a cell's metadata, or ""."""
    own = cell.metadata.get("nhsreform", {})
    return str(own.get("question", "")) if isinstance(own, dict) else ""


def tag_of(cell: Any) -> str:
    """Return the first of TAGS that a cell carries, or ""."""
    return next((tag for tag in TAGS if tag in cell.metadata.get("tags", [])), "")


def cells_by_question(notebook: NotebookNode, where: str) -> Cells:
    """Return {question id: {tag: cell}} of a worked notebook, in order.

    Raises NotebookError when a tagged cell has no id, or a question lacks a cell or has one twice.
    """
    questions: Cells = {}
    for number, cell in enumerate(notebook.cells, 1):
        tag = tag_of(cell)
        if not tag:
            continue
        question_id = question_of(cell)
        if not re.fullmatch(r"\d+\.\d+", question_id):
            raise NotebookError(
                f"{where}: cell {number} is tagged {tag} but has no question id such as 1.2 in its metadata."
            )
        parts = questions.setdefault(question_id, {})
        if tag in parts:
            raise NotebookError(f"{where}: question {question_id} has two cells tagged {tag}.")
        parts[tag] = cell
    for question_id, parts in questions.items():
        missing = [tag for tag in TAGS if tag not in parts]
        if missing:
            raise NotebookError(f"{where}: question {question_id} has no cell tagged {' or '.join(missing)}.")
        wanted = f'nr.check("{question_id}", {variable(question_id)})'
        if parts["check"].source.strip() != wanted:
            raise NotebookError(f"{where}: the check cell of {question_id} must be one line: {wanted}")
    return questions


def _settings(question_id: str, parts: dict[str, Any], where: str) -> dict[str, Any]:
    """Return what a key cell holds, checked. Raises NotebookError naming the field."""
    place = f"{where}: the key of {question_id}"
    try:
        settings = tomllib.loads(parts["key"].source)
    except tomllib.TOMLDecodeError as error:
        raise NotebookError(f"{place} is not TOML: {error}") from error
    for name, kind in REQUIRED.items():
        if not isinstance(settings.get(name), kind) or isinstance(settings[name], bool) != (kind is bool):
            raise NotebookError(f"{place} needs {name} ({kind.__name__}).")
    if settings["kind"] not in KINDS:
        raise NotebookError(f"{place}: kind is {settings['kind']!r}; expected one of {', '.join(KINDS)}.")
    of_kind = KINDS[settings["kind"]]
    for name, needed in of_kind.needs.items():
        if name not in settings:
            raise NotebookError(f"{place}: a {of_kind.kind} needs {needed}.")
    optional = {**OPTIONAL, **of_kind.settings}
    for name, value in settings.items():
        if name not in REQUIRED and not isinstance(value, optional.get(name, ())):
            raise NotebookError(
                f"{place} has a field it should not have, or of the wrong type: {name}. "
                f"A {of_kind.kind} may have {', '.join(optional)}."
            )
    if not settings["right"].strip() or not (settings["hints"] or of_kind.by_person):
        raise NotebookError(f"{place} needs a sentence in right, and at least one hint.")
    words = [parts["question"].source, *_texts({name: held for name, held in settings.items() if name != "platform"})]
    for passage in settings.get("platform", {}):
        if not any(passage in text for text in words):
            raise NotebookError(f"{place}: platform names words that the question does not hold: {passage!r}.")
    return settings


def _texts(held: Any) -> list[str]:
    """Return every text in a part of a key cell."""
    parts = held.values() if isinstance(held, dict) else held if isinstance(held, list) else []
    return [held] if isinstance(held, str) else [text for part in parts for text in _texts(part)]


def blanked(code: str, name: str, pieces: list[str], where: str) -> str:
    """Return the code of a worked answer with its answer taken out.

    The whole value given to `name` becomes `...`; of a dictionary, each value; of a text in three quotation marks, the
    text. With `pieces`, just those stretches of the code become `...` instead.

    >>> blanked('q1_1 = "an answer"', "q1_1", [], "here")
    'q1_1 = ...'
    >>> blanked('q1_2 = {"a": "x", "b": "y"}', "q1_2", [], "here")
    'q1_2 = {"a": ..., "b": ...}'

    Raises NotebookError when `name` is not set exactly once, or a piece is not in the code exactly once.
    """
    if pieces:
        for piece in pieces:
            if code.count(piece) != 1:
                raise NotebookError(
                    f"{where}: the blank {piece!r} is in the code {code.count(piece)} times; expected once."
                )
            code = code.replace(piece, "...")
        return code
    assigned = [
        node
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    if len(assigned) != 1:
        raise NotebookError(f"{where}: {name} is set {len(assigned)} times; expected once.")
    value = assigned[0].value
    nodes: list[ast.expr] = value.values if isinstance(value, ast.Dict) else [value]
    for node in reversed(nodes):
        start, end = _place(code, node)
        prose = code[start:end].startswith('"""')
        code = code[:start] + ('"""\nWrite here.\n"""' if prose else "...") + code[end:]
    return code


def _place(code: str, node: ast.expr) -> tuple[int, int]:
    """Return where a piece of code begins and ends, in code points (ast counts UTF-8 bytes)."""
    lines = code.splitlines(keepends=True)

    def at(line: int, column: int) -> int:
        return sum(len(part) for part in lines[: line - 1]) + len(lines[line - 1].encode()[:column].decode())

    return at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)


def is_answer_with_holes(stub: str, worked: str) -> bool:
    """Return whether a stub is the worked code with stretches of it replaced by `...` (or, for prose, "Write here.").

    >>> is_answer_with_holes("q = ...", 'q = "b"'), is_answer_with_holes("r = ...", 'q = "b"')
    (True, False)
    """
    pieces = re.split(r"\.\.\.|\nWrite here\.\n", stub)
    return re.fullmatch("(?s:.+?)".join(re.escape(piece) for piece in pieces), worked) is not None


def nbgrader(question_id: str, tag: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return nbgrader's metadata (version 3) for an answer cell or a check cell.

    A check cell is marked by its output and may not be edited; prose is read by a person, so there the answer cell
    carries the points.
    """
    by_hand = KINDS[settings["kind"]].by_person
    graded = (tag == "answer") == by_hand
    return {
        "schema_version": 3,
        "grade_id": f"{variable(question_id)}-{tag}",
        "grade": graded,
        "solution": tag == "answer",
        "locked": tag == "check",
        "task": False,
    } | ({"points": settings["points"]} if graded else {})


def read_exercise(path: Path) -> Exercise:
    """Return a worked notebook, taken apart: its stub is the notebook without keys and outputs, its answers blanked.

    Raises NotebookError when a question lacks something, or a stub cell is not its answer with pieces blanked.
    """
    worked, where = read(path), path.stem
    stub = deepcopy(worked)
    all_settings = {}
    for question_id, parts in cells_by_question(stub, where).items():
        settings = all_settings[question_id] = _settings(question_id, parts, where)
        cell, full = parts["answer"], parts["answer"].source
        cell.source = blanked(full, variable(question_id), settings.get("blanks", []), f"{where}, {question_id}")
        if not is_answer_with_holes(cell.source, full) or cell.source == full:
            raise NotebookError(f"{where}: the stub of {question_id} is not its answer with pieces blanked.")
        for tag in ("answer", "check"):
            parts[tag].metadata["nbgrader"] = nbgrader(question_id, tag, settings)
    stub.cells = [cell for cell in stub.cells if tag_of(cell) != "key"]
    for cell in stub.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    stub = tidy(stub)
    for cell in stub.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
        own = cell.metadata.get("nhsreform", {})
        cell.metadata["nhsreform"] = {**own, "shipped": fingerprint(cell.source)}
    return Exercise(where, worked, stub, cells_by_question(worked, where), all_settings)


def values(notebooks: list[tuple[str, NotebookNode, list[str]]], folder: Path) -> list[dict[str, Plain]]:
    """Return {question id: plain value of its variable} for each (name, notebook, question ids), all run in one process.

    `folder` is where they run. Raises NotebookError when a cell fails, naming notebook, cell and error.
    """
    # Cells that read the key are left out: the key may not exist yet.
    requests = [
        {
            "cells": [
                cell.source
                for cell in notebook.cells
                if cell.cell_type == "code" and not {"check", "progress"} & set(cell.metadata.get("tags", []))
            ],
            "ask": {question_id: variable(question_id) for question_id in question_ids},
        }
        for _, notebook, question_ids in notebooks
    ]
    with own_work_folder():
        try:
            done = subprocess.run(
                [sys.executable, "-m", "nhsreform.questions.run_cells"],
                input=json.dumps(requests).encode("utf-8"),
                cwd=folder,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise NotebookError(f"A cell does not run: it takes longer than {TIMEOUT_SECONDS} seconds.") from error
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for (name, _, _), answer in zip(notebooks, answers, strict=False):
        if "failed" in answer:
            raise NotebookError(f"{name}: A cell does not run: {answer['failed']!r}: {answer['error']}")
    if len(answers) != len(notebooks):
        raise NotebookError(
            f"A cell does not run: Python itself ended with {done.returncode}. {done.stderr.decode()[-300:]}"
        )
    return [answer["values"] for answer in answers]


def key_entry(exercise: Exercise, question_id: str, worked: Plain, untouched: Plain) -> tuple[Entry, Question]:
    """Return a question as it goes into the key, and ready for the judge.

    worked, untouched: what its variable holds after the worked notebook and after the stub. Raises NotebookError when the
    key does not hold: its own answer is not right, its stub holds the answer, or its wrong answers are not wrong.
    """
    where, settings = f"{exercise.name}, {question_id}", exercise.settings[question_id]
    new: Entry = {name: value for name, value in settings.items() if name not in ("blanks", "platform")}
    code = exercise.cells[question_id]["answer"].source
    new |= {"exercise": exercise.name, "variable": variable(question_id), "untouched": untouched, "worked": code}
    kind = KINDS[settings["kind"]]
    if kind.by_person:
        by_hand = read_question(new)
        if by_hand.problem():
            raise NotebookError(f"{where}: {by_hand.problem()}")
        return new, by_hand
    answer = kind.answer_of(worked)
    if answer is None:
        raise NotebookError(f"{where}: the worked answer is {describe(worked)}, which cannot answer a {kind.kind}.")
    try:
        new = kind.completed(new | {"answer": answer})
    except ValueError as error:
        raise NotebookError(f"{where}: {error}") from error
    question = read_question(new)
    problem = question.problem() or _unproven(question, worked)
    if problem:
        raise NotebookError(f"{where}: {problem}")
    return new, question


def _unproven(question: Question, worked: Plain) -> str:
    """Return a sentence on an answer, a stub or a named wrong answer that the judge does not take for what it is, or ""."""
    if question.untouched and judge.verdict(question.untouched, replace(question, untouched=None)).state == judge.RIGHT:
        return "the untouched stub holds the right answer."
    own = judge.verdict(worked, question)
    if own.state != judge.RIGHT:
        return f"the worked answer is not judged right: {own.message}"
    for value, message in question.named_wrong():
        verdict = judge.verdict(value, question)
        if verdict.state == judge.RIGHT or message not in verdict.message:
            return f"the named wrong answer {value} gets {verdict} and not its own message."
    return ""


def read_exercises(answers: Path) -> list[Exercise]:
    """Return the worked notebooks of a folder, taken apart. Raises NotebookError as `read_exercise` does."""
    taken: set[str] = set()
    exercises = [read_exercise(path) for path in sorted(answers.glob("*.ipynb"))]
    for one in exercises:
        number = str(int(one.name[:2])) if one.name[:2].isdigit() else one.name
        for question_id in one.cells:
            if question_id in taken or question_id.split(".")[0] != number:
                raise NotebookError(
                    f"{one.name}: question id {question_id} is used twice or does not begin with {number}."
                )
            taken.add(question_id)
    return exercises


def entries(exercises: list[Exercise], folder: Path) -> dict[str, tuple[Entry, Question]]:
    """Return {question id: the question for the key, and for the judge}, in order.

    `folder` is where the learner's notebooks lie. Each worked notebook and each stub is run once, all in one process.
    Raises NotebookError naming notebook and question when something does not hold.
    """
    to_run = [(one.name, notebook, list(one.cells)) for one in exercises for notebook in (one.worked, one.stub)]
    values_of = values(to_run, folder)
    return {
        question_id: key_entry(one, question_id, worked[question_id], untouched[question_id])
        for one, worked, untouched in zip(exercises, values_of[::2], values_of[1::2], strict=True)
        for question_id in one.cells
    }


def built(answers: Path, folder: Path) -> dict[str, str]:
    """Return {file name: text} of all that is made from the worked notebooks in `answers`: the stubs and the key.

    Raises NotebookError as `read_exercises` and `entries` do.
    """
    exercises = read_exercises(answers)
    questions = {question_id: seal(new) for question_id, (new, _) in entries(exercises, folder).items()}
    key = {"format": 1, "fields": list(OPEN_FIELDS), "questions": questions}
    stubs = {f"{one.name}.ipynb": text(one.stub) for one in exercises}
    return stubs | {FILE: json.dumps(key, ensure_ascii=False, indent=1) + "\n"}


def own_answers(folder: Path) -> Path:
    """Return the folder of a lecturer's own worked notebooks, folder/answers.

    Raises NotebookError when there are none; and when a number is one of the pack's own exercises, because a learner's
    answers are kept by question id.
    """
    worked = sorted((folder / "answers").glob("*.ipynb"))
    if not worked:
        raise NotebookError(f"There are no worked notebooks in {folder / 'answers'}. Put at least one there.")
    taken = {int(path.stem[:2]) for path in (checkout() / "exercises" / "answers").glob("[0-9][0-9]*.ipynb")}
    for path in worked:
        if path.stem[:2].isdigit() and int(path.stem[:2]) in taken:
            raise NotebookError(
                f"{path.stem}: the pack has an exercise {path.stem[:2]} of its own. Give yours a number from 20 on, as in "
                "21-my-questions.ipynb, with questions 21.1, 21.2 and so on."
            )
    return folder / "answers"
