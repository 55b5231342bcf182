"""The class list, and the label under which each student is marked."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nhsreform.marking.hand_ins.handin import MOODLE, CollectError, Handin
from nhsreform.text.csv_files import numbered_rows
from nhsreform.text.typography import squeezed
from nhsreform.text.untrusted import as_label

MAX_PER_STUDENT = 40


def read_roster(path: Path) -> list[dict[str, str]]:
    """Return the rows of a class list: a CSV with a column student, and any other columns that name the same person.

    Raises PackError when it cannot be read, has no such column, names nobody, or names someone twice.
    """
    rows: dict[str, dict[str, str]] = {}
    for place, cells in numbered_rows(path, ["student"]):
        row = {name: cell.strip() for name, cell in cells.items()}
        if not row["student"]:
            raise CollectError(
                f"{path.name}, row {place}: the student is empty. Give each row a name of its own there."
            )
        row["student"] = as_label(row["student"])
        if row["student"] in rows:
            raise CollectError(
                f"{path.name}, row {place}: the student {row['student']!r} is there twice. "
                "Give each row a name of its own there."
            )
        rows[row["student"]] = row
    if not rows:
        raise CollectError(f"{path.name} names no student: it has no row under its columns.")
    return list(rows.values())


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _on_the_list(people: dict[str, set[str]], roster: Sequence[dict[str, str]], notes: list[str]) -> dict[str, str]:
    """Return {name: student of the class list}, for the people of one platform ({name: their numbers or user names}).

    A name written just so goes before one that differs in small and capital letters, and that before one squeezed as
    Canvas squeezes names. A line that two people could equally claim is given to neither: a name that only looks like
    another's takes nothing from it.
    """
    students: dict[str, str] = {}
    taken: set[str] = set()
    for alike in (_same, lambda text: _same(text).casefold(), squeezed):
        lines: dict[str, set[str]] = {}
        for row in roster:
            for value in filter(None, map(alike, row.values())):
                lines.setdefault(value, set()).add(row["student"])
        claims: dict[str, list[str]] = {}
        for name, numbers in people.items():
            fits = {student for own in (name, *numbers) for student in lines.get(alike(own), ())}
            if name not in students and len(fits) == 1:
                claims.setdefault(fits.pop(), []).append(name)
        for student, names in claims.items():
            if student not in taken and len(names) == 1:
                students[names[0]] = student
            elif student not in taken:
                notes.append(
                    f"{student} of the class list could be any of {len(names)}: {', '.join(map(as_label, names))}"
                )
            taken.add(student)
    return students


def labelled(handins: list[Handin], roster: Sequence[dict[str, str]], notes: list[str]) -> list[Handin]:
    """Give each hand-in its student's label: the class list's where one line fits, else the platform's, made fit to show."""
    labels: dict[tuple[str, str], str] = {}
    for platform in sorted({handin.platform for handin in handins}):
        people: dict[str, set[str]] = {}
        for handin in handins:
            if handin.platform == platform:
                # Moodle's number belongs to one assignment, not to a person.
                numbers = {handin.number} if handin.number and platform != MOODLE else set()
                people.setdefault(_same(handin.student), set()).update(numbers)
        for name, student in _on_the_list(people, roster, notes).items():
            labels[platform, name] = student
    used = {row["student"] for row in roster}
    own: dict[str, str] = {}
    # Whoever's name is fit to show as it is keeps it; one that only looks the same once made fit is told apart.
    for name in sorted({_same(handin.student) for handin in handins}, key=lambda name: (as_label(name) != name, name)):
        if all((handin.platform, name) in labels for handin in handins if _same(handin.student) == name):
            continue
        if roster:
            notes.append(f"{as_label(name)}: no line of the class list fits")
        label, number = as_label(name), 1
        while label in used:
            number += 1
            label = f"{as_label(name)} ({number})"
        if number > 1:
            notes.append(f"{label}: a second student whose name looks the same; check who it is")
        used.add(label)
        own[name] = label
    labelled_ones = [
        replace(handin, student=labels.get((handin.platform, _same(handin.student))) or own[_same(handin.student)])
        for handin in handins
    ]
    return _not_too_many(sorted(labelled_ones, key=lambda handin: (handin.student, handin.order)), notes)


def _not_too_many(handins: list[Handin], notes: list[str]) -> list[Handin]:
    """Keep the last MAX_PER_STUDENT hand-ins of each student."""
    counts = Counter(handin.student for handin in handins)
    last: list[Handin] = []
    for handin in handins:
        if counts[handin.student] > MAX_PER_STUDENT:
            counts[handin.student] -= 1
            if counts[handin.student] == MAX_PER_STUDENT:
                notes.append(f"{handin.student}: only the last {MAX_PER_STUDENT} files are looked at")
        else:
            last.append(handin)
    return last
