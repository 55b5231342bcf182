"""The record of a marked class, class.json: what was handed in, what was answered, and how each answer was judged.

`nhsreform mark` writes it, once; every later command reads it, through `marked_class`, and judges nothing again. What a
person gave is not in it: that stands in by-hand.csv, and `by_hand` puts it on top.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from nhsreform.marking.errors import MarkError
from nhsreform.questions import judge
from nhsreform.questions.value import Plain

Key = TypeVar("Key")
Thing = TypeVar("Thing")

CLASS = "class.json"
FORMAT = 1

RIGHT, PARTLY, WRONG, UNTRIED, PERSON = judge.RIGHT, judge.PARTLY, judge.WRONG, judge.UNTRIED, judge.PERSON
TOO_LONG = judge.TOO_LONG
CRASHED, TIMED_OUT, ABSENT = "crashed", "timed out", "not submitted"
# The states of marks.csv, and one more for pages: a person gave the points.
STATES = (RIGHT, PARTLY, WRONG, UNTRIED, TOO_LONG, CRASHED, TIMED_OUT, ABSENT, PERSON)
MARKED = "marked"
# Stands in every note of a class that was marked so, and from there on each page.
UNPROTECTED = "marked without a sandbox, where a notebook can change marks and files"


@dataclass(frozen=True)
class Mark:
    """How one student's answer to one question stands.

    points is None where a person must read. question and exercise are "" for a file that is of no exercise. note: what the
    lecturer should know; message: what the student is told; value: the answer, as `plain` makes it. reason: why a person is
    needed, in the same words for everybody; text: what the student wrote, where that was not read as an answer. late: how late
    the exercise came, on its first mark; cap: the share of the points that late work may have; earned: what the answer had before.
    """

    student: str
    exercise: str
    question: str
    state: str
    points: float | None
    max: float
    note: str = ""
    message: str = ""
    value: Plain | None = None
    reason: str = ""
    text: str = ""
    late: str = ""
    cap: float = 1.0
    earned: float | None = None

    @property
    def said(self) -> str:
        """What the lecturer should know, lateness first."""
        return "; ".join(part for part in (self.late, self.note) if part)

    def held(self) -> Mark:
        """Return the mark with no more points than late work may have, whoever gave them."""
        most = round(self.cap * self.max, 2)
        if self.cap == 1 or self.points is None or self.points <= most:
            return self
        return replace(self, points=most, earned=self.points)

    def asked(self, reason: str, note: str = "", text: str = "") -> Mark:
        """Return the mark as one that a person must give."""
        notes = "; ".join(part for part in (note, reason, self.note) if part)
        return replace(self, state=PERSON, points=None, note=notes, reason=reason, text=text or self.text)

    def noted(self, notes: Iterable[str]) -> Mark:
        """Return the mark with more notes in front of its own."""
        return replace(self, note="; ".join(note for note in (*notes, self.note) if note))


@dataclass(frozen=True)
class HandedIn:
    """One handed-in file: whose, where it lay, its SHA-256 ("" when nothing of it was run), and what is wrong with it.

    content: the SHA-256 of a file that was not run, where it could be read.
    number: the platform's own for the student. handed_in: local time in ISO form. late: what the platform says.
    """

    student: str
    where: str
    sha256: str
    problem: str
    platform: str
    number: str
    full_name: str
    handed_in: str | None
    late: bool | None
    content: str = ""

    @property
    def inside(self) -> str:
        """Where it lay in the platform's zip, whose own name may change from download to download."""
        return self.where.rpartition(": ")[2]


def grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    """Return {key: the things that have it}, in order, such as the marks of each student."""
    groups: dict[Key, list[Thing]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups


def by_student(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    """Return marks by student, in the order of marks.csv."""
    return grouped(marks, lambda mark: mark.student)


def files_of(files: Iterable[HandedIn]) -> dict[str, list[HandedIn]]:
    """Return what was handed in by student."""
    return grouped(files, lambda file: file.student)


@dataclass(frozen=True)
class ClassRecord:
    """All of a marked class. exercises: those asked for, all when none is; kinds: {question: what kind of question it is}."""

    key_sha256: str
    engine: str
    exercises: tuple[str, ...]
    attempt: str
    practice: bool
    kinds: dict[str, str]
    files: list[HandedIn]
    marks: list[Mark]

    def numbers(self, platform: str) -> dict[str, set[str]]:
        """Return {student: the numbers or user names by which the platform's download knew them}."""
        numbers: dict[str, set[str]] = {}
        for file in self.files:
            if file.platform == platform and file.number:
                numbers.setdefault(file.student, set()).add(file.number)
        return numbers

    def text(self) -> str:
        """Return the record as JSON, a line for each file and each mark. ASCII: a student's words could steer a terminal."""
        head = {
            "format": FORMAT,
            "key_sha256": self.key_sha256,
            "engine": self.engine,
            "exercises": self.exercises,
            "attempt": self.attempt,
            "practice": self.practice,
            "kinds": self.kinds,
        }
        parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
        for name, rows in (("files", self.files), ("marks", self.marks)):
            lines = ",\n".join(json.dumps(vars(row)) for row in rows)
            parts.append(f'"{name}": [\n{lines}\n]')
        return "{" + ",\n".join(parts) + "}\n"


def read_record(out: Path) -> ClassRecord:
    """Return the record in the folder of a marked class. Raises MarkError when there is none, or it is not whole."""
    path = out / CLASS
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("format") != FORMAT:
            raise MarkError(f"{path} was written by another version of the pack. {_MARK_AGAIN}")
        return ClassRecord(
            **stored
            | {
                "exercises": tuple(stored["exercises"]),
                "files": [HandedIn(**row) for row in stored["files"]],
                "marks": [Mark(**row) for row in stored["marks"]],
            }
        )
    except FileNotFoundError as error:
        raise MarkError(
            f"There is no {CLASS} in {out}. Expected: the folder that nhsreform mark wrote. If an older pack wrote it: {_MARK_AGAIN}"
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise MarkError(f"{CLASS} in {out} is not whole ({type(error).__name__}). {_MARK_AGAIN}") from error


_MARK_AGAIN = "Mark the class again into a new folder; by-hand.csv and prose-codes.csv count there too, if you copy them into it first."
