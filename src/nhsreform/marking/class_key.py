"""The key of a class: the pack's own, a lecturer's, or several put together. It is opened outside the sandbox alone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.marking.sandbox.written import is_unfilled
from nhsreform.notebooks.untouched import lines_of
from nhsreform.questions import key as keys
from nhsreform.questions.kinds import Question


class Key:
    """One key, or several put together: the questions by exercise, their entries, and a hash of all of it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Read the keys of `folders`; a question in a later one replaces an earlier one's. Raises PackError."""
        self.stored: dict[str, dict[str, Any]] = {}
        for folder in folders:
            self.stored |= keys.read(folder)
        whole = json.dumps(self.stored, ensure_ascii=False, sort_keys=True).encode("utf-8")
        self.sha256 = hashlib.sha256(whole).hexdigest()
        self.exercises: dict[str, list[str]] = {}
        for question in sorted(self.stored, key=in_order):
            self.exercises.setdefault(self.stored[question]["exercise"], []).append(question)
        self.shipped = _shipped(folders, self.exercises)

    def entry(self, question: str) -> Question:
        """Return a question, ready for the judge. Raises SourceError when its text is missing."""
        return keys.opened(self.stored[question])

    def exercises_of(self, present: Iterable[str]) -> tuple[str, ...]:
        """Return the exercises that a notebook with these questions hands in.

        The one it has most questions of, and any other of which it has at least half.
        """
        known = [question for question in present if question in self.stored]
        counted = Counter(self.stored[question]["exercise"] for question in known)
        if not counted:
            return ()
        main = max(counted, key=lambda exercise: (counted[exercise], exercise))
        more = [name for name, n in sorted(counted.items()) if name != main and 2 * n >= len(self.exercises[name])]
        return main, *more

    def named_in(self, file_name: str) -> str:
        """Return the exercise that a file's name says, or ""."""
        return next((name for name in sorted(self.exercises, reverse=True) if name in file_name.lower()), "")

    def questions(self, exercise: str, practice: bool) -> list[str]:
        """Return an exercise's questions that count: the core ones, or all."""
        return [question for question in self.exercises[exercise] if practice or self.stored[question]["core"]]


def _shipped(folders: Iterable[Path], exercises: Iterable[str]) -> dict[str, list[str]]:
    """Return {question: the lines of its cells} of the learners' notebooks that lie beside the keys; "" holds all others.

    The pack's own are there too, and the notebooks that are no exercises: handed in as they are, they answer nothing. A line that fills in an answer is left out, in case somebody worked in one of them.
    """
    shipped: dict[str, dict[str, None]] = {}
    places = dict.fromkeys([*folders, checkout() / "exercises"])
    paths = [folder / f"{name}.ipynb" for folder in places for name in exercises]
    for path in (*paths, *sorted((checkout() / "notebooks").glob("*.ipynb"))):
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        for cell in notebook["cells"]:
            question = cell["metadata"].get("nhsreform", {}).get("question", "")
            variable = f"q{question.replace('.', '_')}"
            for line in lines_of("".join(cell["source"])):
                if is_unfilled(line) or not line.startswith(f"{variable} ="):
                    shipped.setdefault(question, {})[line] = None
    return {question: list(lines) for question, lines in shipped.items()}


def in_order(question: str) -> tuple[int, ...]:
    """Return what question ids are put in order by: 2.10 comes after 2.9."""
    return tuple(int(part) for part in question.split("."))
