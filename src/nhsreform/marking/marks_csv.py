"""marks.csv: the marks for a spreadsheet. It is written from the record, and never read back but to say what differs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nhsreform.marking.record import MARKED, PARTLY, RIGHT, WRONG, Mark
from nhsreform.text.csv_files import sheet_text
from nhsreform.text.files import decoded
from nhsreform.text.untrusted import for_cell

MARKS = "marks.csv"
COLUMNS = ("student", "exercise", "question", "state", "points", "max", "note")


def in_words_of_the_file(mark: Mark) -> Mark:
    """Return a mark with the state and note that it has in marks.csv: what a person gave is right, partly or wrong there.

    A file of no exercise has no most points, so it is only marked.
    """
    if mark.state != MARKED or not mark.question:
        return mark
    points = (mark.points if mark.earned is None else mark.earned) or 0.0
    state = RIGHT if points >= mark.max else PARTLY if points > 0 else WRONG
    return replace(mark, state=state, note=f"by hand{': ' if mark.message else ''}{mark.message}")


def as_csv(marks: Iterable[Mark]) -> str:
    """Return marks as the text of marks.csv, safe to open in a spreadsheet, and with every name as it is written."""
    rows = []
    for mark in map(in_words_of_the_file, marks):
        points = "" if mark.points is None else f"{mark.points:g}"
        most = f"{mark.max:g}" if mark.question else ""
        cells = (mark.student, mark.exercise, mark.question, mark.state, points, most, mark.said)
        rows.append([for_cell(cell) for cell in cells])
    return sheet_text(COLUMNS, rows, guard=False)


@dataclass(frozen=True)
class Change:
    """One line of marks.csv that would not stay as it is; before or after is "" where there is none."""

    student: str
    exercise: str
    question: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"{self.student}  {self.question or self.exercise}: {self.before or 'no line'} -> {self.after or 'no line'}"
        )


def changes(old: str, new: str) -> list[Change]:
    """Return what differs between two texts of marks.csv, whatever the notes say, in the order of the new one."""

    def read(text: str) -> dict[tuple[str, str, str], str]:
        rows: dict[tuple[str, str, str], str] = {}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))):
            name = (row.get("student") or "", row.get("exercise") or "", row.get("question") or "")
            rows[name] = f"{row.get('state')} {row.get('points')}".strip()
        return rows

    before, after = read(old), read(new)
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(*name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def read_text(out: Path) -> str | None:
    """Return the text of marks.csv in `out`, whatever it holds; None where there is none."""
    path = out / MARKS
    return decoded(path.read_bytes(), guess=True) if path.exists() else None
