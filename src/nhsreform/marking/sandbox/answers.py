"""What came back from a student's process, read as data of a known shape; what does not have that shape is for a person.

Everything that comes back was written beside a student's code. Called by `run_class`; the judge gets what stands in Answers.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nhsreform.marking.sandbox.read_notebook import MAX_CELLS, QUESTION
from nhsreform.marking.sandbox.student_process import ENDED, FLOOD, SLOW
from nhsreform.marking.sandbox.written import LONGEST
from nhsreform.questions.value import MAX_BITS, MAX_DEPTH, MAX_ITEMS, MAX_TEXT, Plain, is_blank

if TYPE_CHECKING:
    from nhsreform.marking.sandbox.workers import Worker

MAX_RERUNS = 4
# All runs of one notebook together have this many times the seconds of a cell.
ALL_TIMES_WITH_RERUNS = 6
KEPT_VALUES = 5
# What is said of a cell that was never reached, because too many before it did not end.
NOT_RUN = "not run, because cells before it did not end"


@dataclass
class Outcome:
    """One run of one notebook: how it ended, and the lines it sent."""

    how: int
    lines: list[Any]


@dataclass
class Answers:
    """What a notebook answers.

    values: {question: the plain values its variable had, in order}. trouble: {question: what went wrong in its cell}.
    present: every question that has a cell of code. doubt: part of the file could not be read. written: {question: what
    the student wrote at it, in cells of any kind}, under "" what stands at no question. stands: every question that the file
    names anywhere. worked: the file is a worked notebook of the pack's. untouched: questions whose answer cell is as some version
    of the pack shipped it. The rest is for the audit log.
    """

    values: dict[str, list[Plain]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    contested: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubt: bool = False
    reruns: int = 0
    written: dict[str, str] = field(default_factory=dict)
    stands: list[str] = field(default_factory=list)
    worked: bool = False
    untouched: list[str] = field(default_factory=list)


def lines_of(data: bytes) -> list[Any]:
    """Return the whole lines of JSON in what was sent; what is no JSON is left out."""
    messages = []
    for line in data.split(b"\n"):
        try:
            message = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            messages.append(message)
    return messages


UNREADABLE: Plain = {"type": "other", "name": "something that is not an answer"}
_BUILT_IN: dict[str, tuple[type, ...]] = {
    "blank": (), "none": (), "bool": (bool,), "int": (int,), "float": (int, float, str), "text": (str,),
}  # fmt: skip


def checked(value: Any, depth: int = 0) -> Plain:
    """Return a value as `plain` would have made it; UNREADABLE when it did not make it."""
    if not isinstance(value, dict) or depth > MAX_DEPTH + 1:
        return UNREADABLE
    kind = value.get("type")
    if not isinstance(kind, str):
        return UNREADABLE
    if kind in ("blank", "none"):
        return {"type": kind}
    cut = {flag: True for flag in ("cut", "table") if value.get(flag) is True}
    if kind in _BUILT_IN:
        own = value.get("value")
        if not isinstance(own, _BUILT_IN[kind]) or isinstance(own, bool) != (kind == "bool"):
            return UNREADABLE
        if isinstance(own, float) and not math.isfinite(own):
            return UNREADABLE
        if isinstance(own, int) and own.bit_length() > MAX_BITS:
            return UNREADABLE
        return {"type": kind, "value": own[:MAX_TEXT] if isinstance(own, str) else own} | cut
    if kind == "other":
        return {"type": "other", "name": str(value.get("name", ""))[:60]} | cut
    if kind == "table":
        rows, columns = value.get("rows"), value.get("columns")
        if isinstance(rows, int) and isinstance(columns, list):
            return {"type": "table", "rows": rows, "columns": [str(name)[:80] for name in columns[:20]]}
        return UNREADABLE
    items = value.get("items")
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        return UNREADABLE
    if kind in ("list", "set"):
        return {"type": kind, "items": [checked(item, depth + 1) for item in items]} | cut
    if kind == "dict" and all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        return {"type": kind, "items": [[checked(part, depth + 1) for part in pair] for pair in items]} | cut
    return UNREADABLE


class _Collected:
    """Puts together what several runs of one notebook sent."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.cells: list[list[str]] | None = None
        self.said: dict[str, list[Plain]] = {}
        self.again = self.joined = False

    def take(self, outcome: Outcome) -> tuple[int | None, bool]:
        """Take one run in; return the number of the last cell that it began, and whether it came to its end."""
        values: dict[str, list[Plain]] = {}
        begun, ended = None, False
        again: set[int] = set()
        if outcome.lines and self.cells is None:
            self._read(outcome.lines[0])
        errors: dict[int, str] = {}
        for line in outcome.lines[1:]:
            number = line.get("begin")
            if self._is_cell(number):
                begun = number
            if line.get("end") is True:
                ended = True
            if self._is_cell(line.get("again")):
                again.add(line["again"])
                errors.pop(line["again"], None)
            self.joined = self.joined or "joined" in line
            if self._is_cell(line.get("cell")) and isinstance(line.get("error"), str):
                name = line["error"]
                errors[line["cell"]] = name if name.isidentifier() and len(name) <= 40 else "an error"
            question, asked = line.get("question"), line.get("checked")
            for name, into in ((question, values), (asked, self.said)):
                if isinstance(name, str) and QUESTION.fullmatch(name):
                    into.setdefault(name, []).append(checked(line.get("value")))
        # A later run leaves out a cell, so what its other cells set is what counts; what only an earlier one saw is kept.
        self.answers.values |= {question: several[-KEPT_VALUES:] for question, several in values.items()}
        # A cell that fails the second time too was not out of order: its name is nowhere.
        self.again = self.again or not again <= errors.keys()
        for number, name in errors.items():
            for question in (self.cells or [])[number]:
                self.answers.trouble.setdefault(question, f"crashed: {name}")
        return begun, ended and outcome.how == ENDED

    def _is_cell(self, number: Any) -> bool:
        return type(number) is int and self.cells is not None and 0 <= number < len(self.cells)

    def _read(self, line: dict[str, Any]) -> None:
        """Take in what the file holds. This was sent before any of the student's code ran."""
        cells = line.get("read")
        if not isinstance(cells, list):
            return
        self.cells = [[str(question) for question in questions] for questions in cells[:MAX_CELLS]]
        self.answers.present = list(dict.fromkeys(question for questions in self.cells for question in questions))
        self.answers.notes = [str(note)[:200] for note in line.get("notes", [])]
        self.answers.contested = [str(question) for question in line.get("contested", [])]
        self.answers.doubt = bool(line.get("doubt"))
        self.answers.worked = bool(line.get("worked"))
        written, stands = line.get("written"), line.get("stands")
        if isinstance(written, dict) and isinstance(stands, list):
            self.answers.written = {str(question): str(text)[:LONGEST] for question, text in written.items()}
            self.answers.stands = [str(question) for question in stands]
            self.answers.untouched = [str(question) for question in line.get("untouched", [])]

    def blame(self, number: int, what: str) -> None:
        """Say of the questions of a cell what became of it."""
        for question in (self.cells or [])[number]:
            self.answers.trouble[question] = what

    def done(self) -> Answers:
        """Return all of it."""
        answers = self.answers
        for question, values in self.said.items():
            filled = [value for value in values if not is_blank(value)]
            if question in answers.trouble or not all(map(is_blank, answers.values.get(question, ()))):
                continue
            if filled or question not in answers.values:
                answers.values[question] = (filled or values)[-KEPT_VALUES:]
                answers.notes.append(f"{question} is taken from what nr.check was given: its variable is not set")
        if self.again:
            answers.notes.append("cells out of order; those that came too early were run again")
        if self.joined:
            answers.notes.append("a cell split in two was put together again")
        return answers


def _ending(outcome: Outcome) -> str:
    if outcome.how == SLOW:
        return "timed out"
    if outcome.how == FLOOD:
        return "crashed: far too much output"
    return "crashed: the process ended"


def answers_of(worker: Worker, data: bytes, most: float | None = None) -> Answers:
    """Run one notebook's file and return what it answers. `most`: after so many seconds it is not run once more.

    A cell that ends the process or does not end costs its own question: the notebook is run again without it.
    Raises SandboxError when the worker can run nothing more.
    """
    collected = _Collected()
    skip: list[int] = []
    whole = worker.sandbox.seconds * ALL_TIMES_WITH_RERUNS
    deadline = time.monotonic() + (whole if most is None else min(most, whole))
    while True:
        outcome = worker.attempt(data, skip)
        begun, ended = collected.take(outcome)
        if ended:
            break
        if collected.cells is None:
            collected.answers.notes.append(f"the file could not be read ({_ending(outcome)})")
            collected.answers.doubt = True
            break
        exhausted = len(skip) >= MAX_RERUNS or time.monotonic() > deadline
        if begun is None or begun in skip or exhausted:
            for number, questions in enumerate(collected.cells[begun or 0 :], begun or 0):
                for question in questions:
                    if question not in collected.answers.values:
                        what = _ending(outcome) if number == begun else NOT_RUN
                        collected.answers.trouble.setdefault(question, what)
            break
        collected.blame(begun, _ending(outcome))
        skip.append(begun)
    collected.answers.reruns = len(skip)
    return collected.done()
