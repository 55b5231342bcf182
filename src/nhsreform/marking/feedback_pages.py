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

from nhsreform.marking import reading
from nhsreform.marking.marks import ABSENT, in_order
from nhsreform.marking.pages import page, state_markup
from nhsreform.marking.reading import MARKED, Mark, markup, number, plural
from nhsreform.questions import judge

INDEX = "index.csv"
_STYLE = """
article { display: grid; grid-template-columns: 14rem 1fr; gap: 0 1.5rem; border-top: 1px solid var(--line); padding: .6rem 0; }
article h3, article p { margin: 0 0 .3rem; } article bdi { white-space: pre-line; }
@media (max-width: 40rem) { article { display: block; } }
"""


def question_texts(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question: its text in Markdown}, and {exercise: its heading}, from the learner's notebooks in `folders`.

    A notebook that cannot be read has no texts; pages then show numbers alone.
    """
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.ipynb"))):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            found[path.stem] = "".join(cells[0]["source"])
            asking = [cell for cell in cells if "question" in cell["metadata"].get("tags", [])]
            found |= {cell["metadata"]["nhsreform"]["question"]: "".join(cell["source"]) for cell in asking}
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return found


def titles(folders: Sequence[Path]) -> dict[str, str]:
    """Return {question or exercise: its title}, from the headings of the learner's notebooks in `folders`."""
    found = {}
    for name, text in question_texts(folders).items():
        heading = re.match(r"#+ (?:\d+\.\d+ )?(.+)", text)
        if heading:
            found[name] = re.sub(r" \((core|practice), .*\)$", "", heading[1])
    return found


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
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        found.setdefault(mark.student, []).append(mark)
    return found


def student_page(marks: Sequence[Mark], named: Mapping[str, str]) -> str:
    """Return one student's page. `named`: see `titles`. `marks`: all of that student's, at least one."""
    student = marks[0].name
    exercises: dict[str, list[Mark]] = {}
    for mark in marks:
        exercises.setdefault(mark.exercise, []).append(mark)
    body = [f"<main>\n<h1>Feedback for {markup(student)}</h1>", _overview(marks)]
    body += [_section(exercise, rows, named) for exercise, rows in exercises.items() if exercise]
    body += [_stray(mark) for mark in exercises.get("", [])]
    body.append(
        "</main>\n<footer>\n<p><strong>Not yet</strong> says what is wrong, not what is right: try again, and "
        "<code>nr.hint</code> gives a hint. These marks help you learn; they are a small part of the module at most. If one "
        "looks wrong, tell whoever teaches you which question it is.</p>\n</footer>"
    )
    return page(f"Feedback for {student}", "\n".join(body), _STYLE)


def _overview(marks: Sequence[Mark]) -> str:
    counted = [mark for mark in marks if mark.question]
    waiting = sum(mark.state == judge.PERSON for mark in marks)
    right = sum(mark.state == judge.RIGHT for mark in counted)
    said = f"{plural(right, 'question')} right of {len(counted)}; {_points(counted)}."
    if waiting:
        said += f" {plural(waiting, 'answer')} still to be read by a person."
    return f"<p>{said}</p>"


def _points(marks: Sequence[Mark]) -> str:
    got = sum(mark.points or 0 for mark in marks)
    most = sum(mark.max for mark in marks if mark.state != judge.PERSON)
    return f"{number(got)} of {number(most)} points" + (
        " so far" if any(m.state == judge.PERSON for m in marks) else ""
    )


def _section(exercise: str, marks: Sequence[Mark], named: Mapping[str, str]) -> str:
    title = html.escape(named.get(exercise, f"Exercise {exercise}"))
    if all(mark.state == ABSENT for mark in marks):
        told = "".join(_note(mark) for mark in marks)
        return f"<section>\n<h2>{title}</h2>\n<p>Not handed in.</p>{told}\n</section>"
    told = "\n".join(_question(mark, named) for mark in sorted(marks, key=lambda mark: in_order(mark.question)))
    return f"<section>\n<h2>{title}</h2>\n<p>{_points(marks)}.</p>\n{told}\n</section>"


def _question(mark: Mark, named: Mapping[str, str]) -> str:
    title = html.escape(f"{mark.question} {named.get(mark.question, '')}".strip())
    points = "\u2013" if mark.points is None else number(mark.points)
    why = mark.message or ("No comment." if mark.state == MARKED else "")
    said = f"<p>{markup(why)}</p>" if why else ""
    return (
        f"<article>\n<div><h3>{title}</h3>\n<p>{state_markup(mark.state)}, {points} of {number(mark.max)}</p></div>\n"
        f"<div>{said}{_note(mark)}</div>\n</article>"
    )


def _note(mark: Mark) -> str:
    return f"<p class='note'>Note: {markup(mark.note)}</p>" if mark.note else ""


def _stray(mark: Mark) -> str:
    return f"<section>\n<h2>A file that is of no exercise</h2>{_note(mark)}\n</section>"


def write_pages(marks: Sequence[Mark], named: Mapping[str, str], folder: Path) -> list[Path]:
    """Write a page for each student, and index.csv with who has which. Returns the pages. Raises MarksError.

    A page of an earlier time whose student is no longer there is taken away, so that nobody is given old marks.
    """
    written, rows = [], []
    for student, own in by_student(marks).items():
        path = folder / file_name(student)
        reading.write_file(path, student_page(own, named))
        written.append(path)
        rows.append((own[0].name, path.name))
    for old in set(folder.glob("*-????????.html")) - set(written):
        old.unlink()
    reading.write_file(folder / INDEX, reading.csv_text(("student", "file"), rows))
    return written
