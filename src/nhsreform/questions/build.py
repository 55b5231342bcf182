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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.notebooks import TIMEOUT_SECONDS, NotebookError, own_work_folder, read, text, tidy
from nhsreform.paths import checkout
from nhsreform.questions import judge
from nhsreform.questions.key import FILE, OPEN_FIELDS, quotable, seal
from nhsreform.sources import find_all, source
from nhsreform.tables import table

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAGS = ("question", "key", "answer", "check")
OPTIONAL = {
    "options": dict,
    "also": dict,
    "wrong": dict,
    "wrong_values": list,
    "accepts": (list, dict),
    "tolerance": (int, float),
    "unit": str,
    "percent": bool,
    "proportion_allowed": bool,
    "core_words": str,
    "max_words": int,
    "source": str,
    "from": list,
    "else": str,
    "why": str,
    "blanks": list,
}
REQUIRED = {"kind": str, "core": bool, "points": int, "minutes": int, "right": str, "hints": list}


def variable(question_id: str) -> str:
    """Return the name of a question's variable.

    >>> variable("2.3")
    'q2_3'
    """
    return "q" + question_id.replace(".", "_")


def question_of(cell: Any) -> str:
    """Return the question id in a cell's metadata, or ""."""
    found = cell.metadata.get("nhsreform", {})
    return str(found.get("question", "")) if isinstance(found, dict) else ""


def tag_of(cell: Any) -> str:
    """Return the first of TAGS that a cell carries, or ""."""
    return next((tag for tag in TAGS if tag in cell.metadata.get("tags", [])), "")


def cells_by_question(notebook: NotebookNode, where: str) -> dict[str, dict[str, Any]]:
    """Return {question id: {tag: cell}} of a worked notebook, in order.

    Raises NotebookError when a tagged cell has no id, or a question lacks a cell or has one twice.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, cell in enumerate(notebook.cells, 1):
        tag = tag_of(cell)
        if not tag:
            continue
        question_id = question_of(cell)
        if not re.fullmatch(r"\d+\.\d+", question_id):
            raise NotebookError(
                f"{where}: cell {number} is tagged {tag} but has no question id such as 1.2 in its metadata."
            )
        parts = found.setdefault(question_id, {})
        if tag in parts:
            raise NotebookError(f"{where}: question {question_id} has two cells tagged {tag}.")
        parts[tag] = cell
    for question_id, parts in found.items():
        missing = [tag for tag in TAGS if tag not in parts]
        if missing:
            raise NotebookError(f"{where}: question {question_id} has no cell tagged {' or '.join(missing)}.")
        wanted = f'nr.check("{question_id}", {variable(question_id)})'
        if parts["check"].source.strip() != wanted:
            raise NotebookError(f"{where}: the check cell of {question_id} must be one line: {wanted}")
    return found


def _settings(question_id: str, cell: Any, where: str) -> dict[str, Any]:
    """Return a key cell's TOML, checked. Raises NotebookError naming the field."""
    place = f"{where}: the key of {question_id}"
    try:
        settings = tomllib.loads(cell.source)
    except tomllib.TOMLDecodeError as error:
        raise NotebookError(f"{place} is not TOML: {error}") from error
    for name, kind in REQUIRED.items():
        if not isinstance(settings.get(name), kind) or isinstance(settings[name], bool) != (kind is bool):
            raise NotebookError(f"{place} needs {name} ({kind.__name__}).")
    for name, value in settings.items():
        if name not in REQUIRED and not isinstance(value, OPTIONAL.get(name, ())):
            raise NotebookError(f"{place} has a field it should not have, or of the wrong type: {name}.")
    if settings["kind"] not in judge.KINDS:
        raise NotebookError(f"{place}: kind is {settings['kind']!r}; expected one of {', '.join(judge.KINDS)}.")
    if settings["kind"] in ("choice", "match") and "options" not in settings:
        raise NotebookError(f"{place}: a {settings['kind']} needs options.")
    if "also" in settings and settings["kind"] not in ("choice", "match"):
        raise NotebookError(f"{place}: only a choice or a match may have also.")
    if not settings["right"].strip() or (settings["kind"] != "prose" and not settings["hints"]):
        raise NotebookError(f"{place} needs a sentence in right, and at least one hint.")
    return settings


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
    by_hand = settings["kind"] == "prose"
    graded = (tag == "answer") == by_hand
    return {
        "schema_version": 3,
        "grade_id": f"{variable(question_id)}-{tag}",
        "grade": graded,
        "solution": tag == "answer",
        "locked": tag == "check",
        "task": False,
    } | ({"points": settings["points"]} if graded else {})


def stub(worked: NotebookNode, where: str) -> NotebookNode:
    """Return the learner's notebook: the worked one without keys and outputs, its answers blanked.

    Raises NotebookError when a stub cell is not its answer with pieces blanked.
    """
    notebook = deepcopy(worked)
    found = cells_by_question(notebook, where)
    for question_id, parts in found.items():
        settings = _settings(question_id, parts["key"], where)
        cell, full = parts["answer"], parts["answer"].source
        cell.source = blanked(full, variable(question_id), settings.get("blanks", []), f"{where}, {question_id}")
        if not is_answer_with_holes(cell.source, full) or cell.source == full:
            raise NotebookError(f"{where}: the stub of {question_id} is not its answer with pieces blanked.")
        for tag in ("answer", "check"):
            parts[tag].metadata["nbgrader"] = nbgrader(question_id, tag, settings)
    notebook.cells = [cell for cell in notebook.cells if tag_of(cell) != "key"]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    notebook = tidy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
    return notebook


def values(notebooks: list[tuple[str, NotebookNode, list[str]]], folder: Path) -> list[dict[str, judge.Plain]]:
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


def _answer(value: judge.Plain, kind: str, where: str) -> Any:
    """Return the worked value as the key holds it. Raises NotebookError when it does not fit the kind of question."""
    told = NotebookError(f"{where}: the worked answer is {judge.describe(value)}, which cannot answer a {kind}.")
    if kind == "match":
        pairs = value["items"] if value["type"] == "dict" else []
        if not pairs or any(part["type"] != "text" for pair in pairs for part in pair):
            raise told
        return {key["value"]: item["value"] for key, item in pairs}
    if kind in ("set", "order", "range"):
        wanted = ("int", "float") if kind == "range" else ("text",)
        items = value["items"] if value["type"] == "list" else []
        if not items or any(item["type"] not in wanted for item in items) or (kind == "range" and len(items) != 2):
            raise told
        return [item["value"] for item in items]
    if value["type"] not in (("int", "float") if kind == "number" else ("text",)):
        raise told
    return value["value"]


def _quotation_text(settings: dict[str, Any], answer: str, where: str) -> str:
    """Return the text that a quotation is looked for in. Raises NotebookError when the worked answer is not there."""
    if "source" not in settings:
        raise NotebookError(f"{where}: a quotation needs its source.")
    if not find_all(answer, source(settings["source"]).text):
        raise NotebookError(f"{where}: the worked answer is not verbatim in {settings['source']}: {answer!r}")
    return quotable(settings["source"])


def _entry(
    question_id: str, cell: Any, code: str, worked: judge.Plain, untouched: judge.Plain, exercise: str
) -> dict[str, Any]:
    where = f"{exercise}, {question_id}"
    settings = _settings(question_id, cell, exercise)
    entry: dict[str, Any] = {name: value for name, value in settings.items() if name != "blanks"}
    entry |= {"exercise": exercise, "variable": variable(question_id), "untouched": untouched, "worked": code}
    if settings["kind"] == "prose":
        return entry
    answer = entry["answer"] = _answer(worked, settings["kind"], where)
    if settings["kind"] == "quotation":
        entry["within"] = _quotation_text(settings, answer, where)
    if settings["kind"] == "attribution":
        entry["accepts"] = sorted({*entry.get("accepts", []), *_names_of(answer)})
        if "wrong" in entry:
            others = {other: told for name, told in entry["wrong"].items() for other in _names_of(name)}
            entry["wrong"] = others | entry["wrong"]
    _prove(question_id, entry, worked, where)
    return entry


def _names_of(answer: str) -> list[str]:
    """Return what an actor, given by id, name or surname, may be called: all of these; nothing for anybody else."""
    found = []
    for actor in table("actors").itertuples():
        surname = [actor.name.split()[-1]] if actor.kind == "person" else []
        if answer in (actor.actor_id, actor.name, *surname):
            found.append([actor.actor_id, actor.name, *surname])
    return found[0] if len(found) == 1 else []


def _check_labels(entry: dict[str, Any], where: str) -> None:
    """Refuse a key that names an option or a line that the question does not have, or leaves a wrong option unexplained."""
    options = entry.get("options", {})
    if entry["kind"] in ("choice", "set") and options:
        right = [entry["answer"]] if entry["kind"] == "choice" else entry["answer"]
        explained = {*right, *entry.get("wrong", {}), *entry.get("also", {})}
        for label in explained - set(options):
            raise NotebookError(f"{where}: there is no option {label}.")
        for label in set(options) - explained:
            raise NotebookError(f"{where}: option {label} is wrong, but the key does not say why.")
    if entry["kind"] == "match":
        for name in ("wrong", "also"):
            for key, labels in entry.get(name, {}).items():
                if key not in entry["answer"] or not set(labels) <= set(options):
                    raise NotebookError(f"{where}: {name} names {key!r} or a label that the question does not have.")


def _prove(question_id: str, entry: dict[str, Any], worked: judge.Plain, where: str) -> None:
    """Refuse a key whose own answer is not right, whose stub is tried, or whose wrong answers are not wrong."""
    _check_labels(entry, where)
    if judge.verdict(worked, entry)["state"] != judge.RIGHT:
        raise NotebookError(
            f"{where}: the worked answer is not judged right: {judge.verdict(worked, entry)['message']}"
        )
    if judge.verdict(entry["untouched"], entry)["state"] != judge.UNTRIED:
        raise NotebookError(f"{where}: the untouched stub is not judged 'not tried yet'.")
    for value, message in named_wrong(entry):
        told = judge.verdict(value, entry)
        if told["state"] == judge.RIGHT or message not in told["message"]:
            raise NotebookError(f"{where}: the named wrong answer {value} gets {told} and not its own message.")


def named_wrong(entry: dict[str, Any]) -> list[tuple[judge.Plain, str]]:
    """Return (plain value, message) for each wrong answer that an entry names."""
    kind, wrong = entry["kind"], entry.get("wrong", {})
    if kind == "match":
        answer = entry["answer"]
        return [
            (judge.plain(answer | {key: slip}), message)
            for key, slips in wrong.items()
            for slip, message in slips.items()
        ]
    if kind == "order":
        return [(judge.plain(entry["answer"][::-1]), message) for name, message in wrong.items() if name == "reversed"]
    if kind == "set":
        return [(judge.plain([*entry["answer"], slip]), message) for slip, message in wrong.items()]
    cases = [(judge.plain(slip), message) for slip, message in wrong.items()]
    return cases + [(judge.plain(other["value"]), other["message"]) for other in entry.get("wrong_values", [])]


def built(answers: Path, folder: Path) -> dict[str, str]:
    """Return {file name: text} of all that is made from the worked notebooks in `answers`: the stubs and the key.

    `folder` is where the learner's notebooks lie. Each worked notebook and each stub is run once, all in one process.
    Raises NotebookError naming notebook and question when something does not hold.
    """
    files: dict[str, str] = {}
    questions: dict[str, Any] = {}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    to_run: list[tuple[str, NotebookNode, list[str]]] = []
    taken: set[str] = set()
    for path in sorted(answers.glob("*.ipynb")):
        worked = read(path)
        empty = stub(worked, path.stem)
        files[path.name] = text(empty)
        found[path.stem] = cells_by_question(worked, path.stem)
        number = str(int(path.stem[:2])) if path.stem[:2].isdigit() else path.stem
        for question_id in found[path.stem]:
            if question_id in taken or question_id.split(".")[0] != number:
                raise NotebookError(
                    f"{path.stem}: question id {question_id} is used twice or does not begin with {number}."
                )
            taken.add(question_id)
        to_run += [(path.stem, notebook, list(found[path.stem])) for notebook in (worked, empty)]
    values_of = values(to_run, folder)
    for (exercise, parts_of), right, untouched in zip(found.items(), values_of[::2], values_of[1::2], strict=True):
        for question_id, parts in parts_of.items():
            questions[question_id] = seal(
                _entry(
                    question_id,
                    parts["key"],
                    parts["answer"].source,
                    right[question_id],
                    untouched[question_id],
                    exercise,
                )
            )
    files[FILE] = (
        json.dumps({"format": 1, "fields": list(OPEN_FIELDS), "questions": questions}, ensure_ascii=False, indent=1)
        + "\n"
    )
    return files


def own(folder: Path) -> dict[str, str]:
    """Return {file name: text} of all that is made from a lecturer's own worked notebooks, in folder/answers.

    Raises NotebookError as built() does; when there are none; and when a number is one of the pack's own exercises,
    because a learner's answers are kept by question id.
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
    return built(folder / "answers", folder)
