"""The class list, and the label under which each student is marked."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nhsreform.marking.hand_ins.handin import BLACKBOARD, CANVAS, FOLDER, MOODLE, ODD, CollectError, Handin
from nhsreform.text.csv_files import numbered_rows
from nhsreform.text.typography import behind_a_group, squeezed
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


# Who somebody is: the platform, and what it knows them by.
Person = tuple[str, ...]


def persons(handins: Sequence[Handin]) -> list[Person]:
    """Return who handed in each hand-in, before anybody has a label: two persons are never made one by what comes after.

    Canvas and Blackboard number people. Moodle numbers them anew in each assignment, so there a name goes from one download
    to the next, unless two share it in one of them: then nothing tells which is which, and each number stays by itself.
    """
    numbers: dict[tuple[str, str], set[str]] = {}
    for handin in handins:
        if handin.platform == MOODLE:
            numbers.setdefault((handin.download, _same(handin.student)), set()).add(handin.number)
    shared = {name for (_, name), several in numbers.items() if len(several) > 1} | {"Participant"}

    def person(handin: Handin) -> Person:
        name = _same(handin.student)
        if handin.platform in (CANVAS, BLACKBOARD):
            return handin.platform, handin.number
        if handin.platform == MOODLE:
            return (MOODLE, name, handin.download, handin.number) if name in shared else (MOODLE, name)
        if handin.platform == ODD:
            return ODD, handin.download, name
        return FOLDER, name

    return [person(handin) for handin in handins]


@dataclass
class _Known:
    """What a person is known by: the name, and the platform's numbers where they say who it is.

    names: every name that the platform's number came with. There is one, unless somebody made a file name by hand.
    """

    name: str
    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    number: str = ""


def _on_the_list(
    people: Mapping[Person, _Known], roster: Sequence[dict[str, str]], notes: list[str]
) -> dict[Person, str]:
    """Return {person: student of the class list}.

    A name written just so goes before one that differs in small and capital letters, and that before one squeezed as
    Canvas squeezes names. A line that two people could equally claim is given to neither: a name that only looks like
    another's takes nothing from it.
    """
    students: dict[Person, str] = {}
    taken: set[str] = set()
    for alike in (_same, lambda text: _same(text).casefold(), squeezed):
        lines: dict[str, set[str]] = {}
        for row in roster:
            for value in filter(None, map(alike, row.values())):
                lines.setdefault(value, set()).add(row["student"])
        claims: dict[str, list[Person]] = {}
        for person, known in people.items():
            fits = {student for own in (known.name, *known.numbers) for student in lines.get(alike(own), ())}
            if person not in students and len(fits) == 1:
                claims.setdefault(fits.pop(), []).append(person)
        for student, claiming in claims.items():
            if student not in taken and len(claiming) == 1:
                students[claiming[0]] = student
            elif student not in taken:
                names = ", ".join(sorted(as_label(people[person].name) for person in claiming))
                notes.append(f"{student} of the class list could be any of {len(claiming)}: {names}")
            taken.add(student)
    return students


def labelled(handins: list[Handin], roster: Sequence[dict[str, str]], notes: list[str]) -> list[Handin]:
    """Return the hand-ins by student and time, each with its student's label: the class list's where one line fits, else the platform's, made fit to show."""
    who = persons(handins)
    people: dict[Person, _Known] = {}
    for person, handin in zip(who, handins, strict=True):
        known = people.setdefault(person, _Known(_same(handin.student), number=handin.number))
        known.names.add(_same(handin.student))
        # Moodle's number belongs to one assignment, not to a person.
        if handin.number and handin.platform != MOODLE:
            known.numbers.add(handin.number)
    _without_a_groups_name([known for person, known in people.items() if person[0] == MOODLE], roster)
    labels: dict[Person, str] = {}
    for platform in sorted({person[0] for person in people} - {ODD}):
        mine = {person: known for person, known in people.items() if person[0] == platform}
        labels |= _on_the_list(mine, roster, notes)
    _add_own_labels(labels, people, roster, notes)
    for person, known in people.items():
        if len(known.names) > 1:
            names = " and ".join(as_label(name) for name in sorted(known.names))
            notes.append(
                f"{labels[person]}: the number {known.number} came with the names {names}; check whose each file is"
            )
    named = [replace(handin, student=labels[person]) for person, handin in zip(who, handins, strict=True)]
    return _not_too_many(sorted(named, key=_order), notes)


def _without_a_groups_name(people: Sequence[_Known], roster: Sequence[dict[str, str]]) -> None:
    """Take away the name of a group that Moodle put in front of everybody's, where only so all stand on the class list."""
    listed = {squeezed(value) for row in roster for value in row.values()} - {""}
    own = [[name for name in behind_a_group(known.name) if squeezed(name) in listed] for known in people]
    as_they_are = listed & {squeezed(known.name) for known in people}
    if len(people) > 1 and not as_they_are and all(len(names) == 1 for names in own):
        for known, (name,) in zip(people, own, strict=True):
            known.name = name


def _add_own_labels(
    labels: dict[Person, str], people: Mapping[Person, _Known], roster: Sequence[dict[str, str]], notes: list[str]
) -> None:
    """Give whoever is on no list a label of their own: the name, with the number behind it where namesakes have one."""
    used = {row["student"] for row in roster}
    namesakes = Counter((person[0], known.name) for person, known in people.items() if known.number)
    left = [person for person in people if person not in labels]
    # Whoever's name is fit to show as it is keeps it; one that only looks the same once made fit is told apart.
    for person in sorted(left, key=lambda one: (one[0] == ODD, as_label(people[one].name) != people[one].name, one)):
        known = people[person]
        name = as_label(known.name)
        if namesakes[person[0], known.name] > 1:
            name = f"{name} {known.number}"
        if roster:
            notes.append(f"{name}: no line of the class list fits")
        label, number = name, 1
        while label in used:
            number += 1
            label = f"{name} ({number})"
        if number > 1:
            notes.append(f"{label}: a second student whose name looks the same; check who it is")
        used.add(label)
        labels[person] = label


def _order(handin: Handin) -> tuple[str, str, str]:
    return handin.student, handin.handed_in.isoformat() if handin.handed_in else "", handin.where


def _not_too_many(handins: list[Handin], notes: list[str]) -> list[Handin]:
    """Keep of each student's notebooks MAX_PER_STUDENT to be run. The others stay, as files that were not looked at."""
    counts: Counter[str] = Counter()
    looked_at: list[Handin] = []
    for handin in handins:
        if not handin.problem:
            counts[handin.student] += 1
            if counts[handin.student] > MAX_PER_STUDENT:
                handin = replace(handin, problem=f"more than {MAX_PER_STUDENT} notebooks: not looked at", open=bytes)
        looked_at.append(handin)
    for student, count in sorted(counts.items()):
        if count > MAX_PER_STUDENT:
            notes.append(f"{student}: only {MAX_PER_STUDENT} of {count} notebooks are looked at")
    return looked_at
