"""What stands on top of a marked class: reading marks.csv, and writing what students typed where it can do no harm.

Names and answers are written by students. On a terminal they may hold escapes, in a spreadsheet formulas, on a page
HTML; each has one function here that takes the sting out.
"""

from __future__ import annotations

import csv
import html
import io
import math
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nhsreform.paths import PackError

MARKS, PROSE = "marks.csv", "prose.csv"
COLUMNS = ("student", "exercise", "question", "state", "points", "max", "note")
# The states of judge, and those that only a class has.
RIGHT, PARTLY, WRONG, UNTRIED, PERSON = "right", "partly", "wrong", "not tried", "needs a person"
CRASHED, TIMED_OUT, NOT_SUBMITTED, MARKED = "crashed", "timed out", "not submitted", "marked"
STATES = (RIGHT, PARTLY, WRONG, UNTRIED, CRASHED, TIMED_OUT, NOT_SUBMITTED, PERSON, MARKED)

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), in both widths.
_FORMULA = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")


class MarksError(PackError):
    """A file of marks is missing, or is not what `nhsreform mark` writes."""


@dataclass(frozen=True)
class Mark:
    """One row of marks.csv. points is None where a person must read; question is "" for a file that is of no exercise."""

    student: str
    exercise: str
    question: str
    state: str
    points: float | None
    max: float
    note: str


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number and its noun.

    >>> plural(1, "student"), plural(2, "student")
    ('1 student', '2 students')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """Return a number of points without needless zeros.

    >>> number(7.0), number(7.25), number(1 / 3)
    ('7', '7.25', '0.33')
    """
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def shown(text: str, limit: int = 60) -> str:
    r"""Return a student's text as it may go to a terminal: one line, nothing that moves, colours or turns it.

    >>> shown("Ada\x1b[31m\u202e Lovelace\n")
    'Ada\ufffd[31m\ufffd Lovelace\ufffd'
    """
    kept = "".join(
        "\ufffd" if unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" else sign for sign in text
    )
    return kept if len(kept) <= limit else kept[: limit - 1] + "\u2026"


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula.

    >>> is_formula("=1+1"), is_formula(" +44"), is_formula("Ada")
    (True, True, False)
    """
    return text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA)


def guarded(text: str) -> str:
    """Return a text as it may stand in a spreadsheet: what looks like a formula gets an apostrophe in front.

    >>> guarded("=1+1"), guarded("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{text}" if is_formula(text) else text


def unguarded(text: str) -> str:
    """Return a text without the apostrophe that `guarded` put in front.

    >>> unguarded("'=1+1"), unguarded("'Ada'")
    ('=1+1', "'Ada'")
    """
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def markup(text: str) -> str:
    r"""Return a student's text for a page: no tag, no control character, and its direction kept to itself.

    >>> markup("<b>Ada</b>\x00")
    '<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi>'
    """
    kept = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    return f"<bdi>{html.escape(kept)}</bdi>"


def rows_of(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV of ours, by column, without the apostrophes of `guarded`.

    A spreadsheet may have saved it meanwhile, with a byte order mark or semicolons.
    Raises MarksError when it is missing, or a column is.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MarksError(f"There is no {path.name} in {path.parent}. nhsreform mark writes it.") from error
    except (UnicodeDecodeError, OSError) as error:
        raise MarksError(f"{path.name} cannot be read: save it as CSV in UTF-8 ({error}).") from error
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise MarksError(f"{path.name} is not a whole CSV file: {error}.") from error
    header = rows[0] if rows else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise MarksError(f"{path.name} has no column {' or '.join(missing)}. Expected: {', '.join(columns)}.")
    found = []
    for place, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        if len(row) != len(header):
            raise MarksError(f"{path.name}, row {place}, has {len(row)} cells; expected {len(header)}.")
        found.append({name: unguarded(cell) for name, cell in zip(header, row, strict=True)})
    return found


def points_of(text: str, place: str) -> float:
    """Return a number of points. Raises MarksError for what is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value < 1_000_000:
        raise MarksError(f"{place}: {shown(text)!r} is no number of points.")
    return value


def read_marks(path: Path) -> list[Mark]:
    """Return the rows of marks.csv, as the program wrote them. Raises MarksError naming row and column."""
    found = []
    for place, row in enumerate(rows_of(path, COLUMNS), 2):
        where = f"{path.name}, row {place}"
        if row["state"] not in STATES:
            raise MarksError(f"{where}: {shown(row['state'])!r} is no state. Expected: {', '.join(STATES)}.")
        points = points_of(row["points"], f"{where}, points") if row["points"] else None
        top = points_of(row["max"] or "0", f"{where}, max")
        found.append(Mark(row["student"], row["exercise"], row["question"], row["state"], points, top, row["note"]))
    return found


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a CSV file's text in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def replace(path: Path, text: str) -> None:
    """Write a file, whole or not at all, in place of one that may be there. Raises MarksError."""
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise MarksError(f"{path} cannot be written: {error.strerror}.") from error


def in_exercises(exercise: str, wanted: Sequence[str]) -> bool:
    """Return whether an exercise is one of those asked for, by its name or its number; all are when none is.

    >>> in_exercises("01-joint-report", ["1"]), in_exercises("01-joint-report", ["02"]), in_exercises("x", [])
    (True, False, True)
    """
    numbered = exercise.split("-")[0]
    return not wanted or any(
        name == exercise or (name.isdigit() and numbered.isdigit() and int(name) == int(numbered)) for name in wanted
    )
