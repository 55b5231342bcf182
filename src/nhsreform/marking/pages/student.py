"""A page of feedback for each student: what is right, partly right, not yet and why.

The page says what the judge says and what a person wrote. It never holds an answer of the key: the judge names an answer
only where the student's own value was right.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.marking.class_key import in_order
from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.page import LOOK, page
from nhsreform.marking.record import ABSENT, PERSON, Mark, by_student, grouped
from nhsreform.text.csv_files import sheet_text
from nhsreform.text.files import read_text
from nhsreform.text.html import render
from nhsreform.text.numbers_in_words import number, plural
from nhsreform.text.untrusted import for_terminal, one_line

INDEX = "index.csv"
_TEMPLATE = Path(__file__).with_name("student.html")


def question_texts(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question: its text in Markdown}, and {exercise: its heading}, from the learner's notebooks in `folders`.

    Where no folder is named, they are the pack's own. A notebook that cannot be read has no texts; pages then show numbers alone.
    """
    texts: dict[str, str] = {}
    for path in (path for folder in folders or [checkout() / "exercises"] for path in sorted(folder.glob("*.ipynb"))):
        try:
            cells = json.loads(read_text(path))["cells"]
            texts[path.stem] = "".join(cells[0]["source"])
            asking = [cell for cell in cells if "question" in cell["metadata"].get("tags", [])]
            texts |= {cell["metadata"]["nhsreform"]["question"]: "".join(cell["source"]) for cell in asking}
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return texts


def titles(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question or exercise: its title}, from the headings of the notebooks that `question_texts` reads."""
    headings = {}
    for name, text in question_texts(folders).items():
        heading = re.match(r"#+ (?:\d+\.\d+ )?(.+)", text)
        if heading:
            headings[name] = re.sub(r" \((core|practice), .*\)$", "", heading[1])
    return headings


def file_name(student: str) -> str:
    """Return the name of a student's page: readable, short, and no two students' the same.

    >>> file_name("../=Ada Lovelace")
    'ada-lovelace-d46c22e85e7717fffd574f832aaa8344.html'
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode().lower()
    short = "-".join(re.findall(r"[a-z0-9]+", plain))[:27].strip("-")
    # Half of the hash is more than anybody can hit on purpose.
    return f"{short or 'student'}-{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:32]}.html"


def student_page(marks: Sequence[Mark], named: Mapping[str, str]) -> str:
    """Return one student's page. `named`: see `titles`. `marks`: all of that student's, at least one."""
    student = marks[0].student
    exercises = grouped(marks, lambda mark: mark.exercise)
    body = render(
        _TEMPLATE,
        student=student,
        strays=exercises.pop("", []),
        exercises=[
            (exercise, sorted(own, key=lambda mark: in_order(mark.question))) for exercise, own in exercises.items()
        ],
        named=named,
        look=LOOK,
        marks=marks,
        points=points_in_words,
        absent=lambda of_exercise: all(mark.state == ABSENT for mark in of_exercise),
    )
    return page(f"Feedback for {student}", body, _TEMPLATE.with_suffix(".css"))


def points_in_words(marks: Sequence[Mark]) -> str:
    """Return a student's points in a sentence that says one thing: how many of how many, and what is still to be read."""
    points = number(sum(mark.points or 0 for mark in marks))
    most = sum(mark.max for mark in marks)
    waiting = [mark for mark in marks if mark.state == PERSON]
    if not waiting:
        return f"{points} of {number(most)} points."
    left = sum(mark.max for mark in waiting)
    more = f", for up to {number(left)} more" if left else ""
    return f"{points} of {number(most)} points so far: {plural(len(waiting), 'answer')} still to be read by a person{more}."


def comment(marks: Sequence[Mark], named: Mapping[str, str]) -> str:
    """Return the feedback on a student in short, as HTML for a platform's comment: the points, and each question with why."""
    lines = []
    for mark in marks:
        title = f"{mark.question} {named.get(mark.question, '')}".strip() or "A file that is of no exercise"
        state = LOOK[mark.state][1]
        lines.append(f"<li>{_plain(title)}: {state}{'. ' if mark.message else ''}{_plain(mark.message[:400])}</li>")
    return f"<p>{points_in_words(marks)}</p><ul>{''.join(lines)}</ul>"


def _plain(text: str) -> str:
    return html.escape(for_terminal(one_line(text)), quote=False)


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
    for old in set(folder.glob("*.html")) - set(written):
        if re.fullmatch(r".*-(?:[0-9a-f]{8}|[0-9a-f]{32})\.html", old.name):
            old.unlink()
    write_file(folder / INDEX, sheet_text(("student", "file"), rows))
    return written
