"""Made-up classes, built from the real exercises: who hands in what, and how it went wrong on the way."""

import io
import json
import zipfile
from copy import deepcopy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXERCISES = sorted(path.stem for path in (ROOT / "exercises" / "answers").glob("*.ipynb"))


def notebook(folder, name):
    return json.loads((ROOT / "exercises" / folder / f"{name}.ipynb").read_text(encoding="utf-8"))


def worked(name):
    """A learner's notebook with every worked answer in it."""
    full, learner = notebook("answers", name), notebook("", name)
    answers = {question_of(cell): cell["source"] for cell in full["cells"] if "answer" in tags_of(cell)}
    for cell in learner["cells"]:
        if "answer" in tags_of(cell):
            cell["source"] = answers[question_of(cell)]
    return learner


def untouched(name):
    return notebook("", name)


def wrong(name):
    """A learner's notebook in which every answer is there, and none is right."""
    learner = untouched(name)
    for cell in learner["cells"]:
        if "answer" in tags_of(cell):
            cell["source"] = [f"{variable_of(cell)} = 'something else altogether'"]
    return learner


def with_answers(name, answers):
    """A learner's notebook with the cells of some questions replaced: {question: source}."""
    learner = deepcopy(worked(name))
    for cell in learner["cells"]:
        if "answer" in tags_of(cell) and question_of(cell) in answers:
            cell["source"] = [answers[question_of(cell)]]
    return learner


def code(*sources):
    """A bare notebook of code cells, without any metadata."""
    return {
        "cells": [
            {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
            for source in sources
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def tags_of(cell):
    return cell["metadata"].get("tags", [])


def question_of(cell):
    return cell["metadata"].get("nhsreform", {}).get("question", "")


def variable_of(cell):
    return "q" + question_of(cell).replace(".", "_")


def as_bytes(learner):
    return learner if isinstance(learner, bytes) else json.dumps(learner).encode()


def zipped(files, path=None, method=zipfile.ZIP_DEFLATED):
    """Write a zip of {name: content} to a path, and return that; without one, return its bytes."""
    target = path or io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path or target.getvalue()


def hand_in(folder, student, name, learner):
    """Put a notebook, or bytes, where a student's folder is."""
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_bytes(learner))
    return path
