"""A page of feedback for each student: what is right, partly right, not yet and why.

The page says what the judge says and what a person wrote. It never holds an answer of the key: the judge names an answer
only where the student's own value was right.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from nhsreform.marking.class_key import in_order
from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.page import LOOK, page
from nhsreform.marking.record import ABSENT, PERSON, RIGHT, Mark
from nhsreform.text.csv_files import csv_text
from nhsreform.text.files import read_text
from nhsreform.text.html import render
from nhsreform.text.wording import number, plural

INDEX = "index.csv"
_TEMPLATE = Path(__file__).with_name("student.html")


def question_texts(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question: its text in Markdown}, and {exercise: its heading}, from the learner's notebooks in `folders`.

    A notebook that cannot be read has no texts; pages then show numbers alone.
    """
    texts: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.ipynb"))):
        try:
            cells = json.loads(read_text(path))["cells"]
            texts[path.stem] = "".join(cells[0]["source"])
            asking = [cell for cell in cells if "question" in cell["metadata"].get("tags", [])]
            texts |= {cell["metadata"]["nhsreform"]["question"]: "".join(cell["source"]) for cell in asking}
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return texts


def titles(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question or exercise: its title}, from the headings of the learner's notebooks in `folders`."""
    headings = {}
    for name, text in question_texts(folders).items():
        heading = re.match(r"#+ (?:\d+\.\d+ )?(.+)", text)
        if heading:
            headings[name] = re.sub(r" \((core|practice), .*\)$", "", heading[1])
    return headings


def file_name(student: str) -> str:
    """Return the name of a student's page: readable, short, and no two students' the same.

    >>> file_name("../=Ada Lovelace")
    'ada-lovelace-d46c22e8.html'
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode().lower()
    short = "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-")
    return f"{short or 'student'}-{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:8]}.html"


def by_student(marks: Sequence[Mark]) -> dict[str, list[Mark]]:
    """Return marks by student, in the order of marks.csv."""
    students: dict[str, list[Mark]] = {}
    for mark in marks:
        students.setdefault(mark.student, []).append(mark)
    return students


def student_page(marks: Sequence[Mark], named: Mapping[str, str]) -> str:
    """Return one student's page. `named`: see `titles`. `marks`: all of that student's, at least one."""
    student = marks[0].student
    exercises: dict[str, list[Mark]] = {}
    for mark in marks:
        exercises.setdefault(mark.exercise, []).append(mark)
    body = render(
        _TEMPLATE,
        student=student,
        overview=_overview(marks),
        strays=exercises.pop("", []),
        exercises=[
            (exercise, sorted(own, key=lambda mark: in_order(mark.question))) for exercise, own in exercises.items()
        ],
        named=named,
        look=LOOK,
        points=_points,
        absent=lambda of_exercise: all(mark.state == ABSENT for mark in of_exercise),
    )
    return page(f"Feedback for {student}", body, _TEMPLATE.with_suffix(".css"))


def _overview(marks: Sequence[Mark]) -> str:
    counted = [mark for mark in marks if mark.question]
    waiting = sum(mark.state == PERSON for mark in marks)
    right = sum(mark.state == RIGHT for mark in counted)
    sentence = f"{plural(right, 'question')} right of {len(counted)}; {_points(counted)}."
    return sentence + (f" {plural(waiting, 'answer')} still to be read by a person." if waiting else "")


def _points(marks: Sequence[Mark]) -> str:
    points = sum(mark.points or 0 for mark in marks)
    most = sum(mark.max for mark in marks if mark.state != PERSON)
    so_far = " so far" if any(mark.state == PERSON for mark in marks) else ""
    return f"{number(points)} of {number(most)} points{so_far}"


def write_pages(marks: Sequence[Mark], named: Mapping[str, str], folder: Path) -> list[Path]:
    """Write a page for each student, and index.csv with who has which. Returns the pages. Raises MarkError.

    A page of an earlier time whose student is no longer there is taken away, so that nobody is given old marks.
    """
    written, rows = [], []
    for student, own in by_student(marks).items():
        path = folder / file_name(student)
        write_file(path, student_page(own, named))
        written.append(path)
        rows.append((student, path.name))
    for old in set(folder.glob("*-????????.html")) - set(written):
        old.unlink()
    write_file(folder / INDEX, csv_text(("student", "file"), rows))
    return written
