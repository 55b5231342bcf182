"""Who is which row of a worksheet. Nobody is guessed at: who cannot be matched for certain is listed, with the reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from nhsreform.marking.gradebook.platform import Platform
from nhsreform.marking.gradebook.sheet import Sheet, SheetError
from nhsreform.marking.record import grouped
from nhsreform.text.typography import behind_a_group, squeezed
from nhsreform.text.untrusted import for_terminal


@dataclass
class Person:
    """A student's row of the worksheet: its number, what it says first, its numbers by column, and its names squeezed."""

    row: int
    label: str
    ids: list[str]
    names: set[str]

    def has(self, number: str) -> bool:
        """Return whether the platform itself knows this student by a number or user name."""
        return self.ids[0].casefold() == number.casefold()


def people(sheet: Sheet, platform: Platform) -> list[Person]:
    """Return the students of a worksheet. Raises SheetError when the platform's own identifier stands there twice."""
    columns = sheet.header()
    places = [columns.index(name) if name in columns else -1 for name in platform.ids]
    persons: list[Person] = []
    rows: dict[str, int] = {}
    for row in range(1, len(sheet.rows)):
        cells = [sheet.value(row, column).strip() for column in range(len(columns))]
        if not platform.is_student(cells):
            continue
        ids = [cells[place] if place >= 0 else "" for place in places]
        ids[0] = platform.number(ids[0])
        if ids[0] and ids[0] in rows:
            raise SheetError(
                f"The worksheet's rows {rows[ids[0]]} and {row + 1} have the same {platform.ids[0]}, {for_terminal(ids[0], 60)}."
            )
        rows[ids[0]] = row + 1
        names = platform.names(dict(zip(columns, cells, strict=True)))
        label = ", ".join(part for part in (*names[:1], ids[0]) if part)
        persons.append(Person(row, label or f"row {row + 1}", ids, {squeezed(name) for name in names} - {""}))
    if not persons:
        raise SheetError("The worksheet has no student in it.")
    return persons


@dataclass
class Matching:
    """Who is which row. rows: {student: row}. unknown: {student: why}. odd: {student: row with that number, and another name}."""

    rows: dict[str, Person] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)


def match(
    students: Sequence[str],
    persons: Sequence[Person],
    platform: Platform,
    numbers: Mapping[str, Collection[str]] | None = None,
    names: Mapping[str, Collection[str]] | None = None,
) -> Matching:
    """Return which row belongs to which student, for certain: by one number or user name, or by a name that is one person's.

    numbers, names: what the platform's own download calls a student, where that is known. A student whose number is not in the
    worksheet is not looked for by name: the number says that it is somebody else. Raises SheetError when many numbers
    have another name there: then it is the worksheet of something else.
    """
    matching = Matching()
    alike = grouped(students, squeezed)
    for student in students:
        in_download = platform.in_download(student.strip())
        known = sorted((numbers or {}).get(student) or ([in_download[1]] if in_download else []))
        if known:
            rows = [person for person in persons if any(person.has(number) for number in known)]
            why = f"the number {', '.join(known)} is not in the worksheet"
            called = {in_download[0] if in_download else student, *(names or {}).get(student, ())}
            if len(rows) == 1 and all(_is_another(name, rows[0]) for name in called):
                matching.odd[student] = rows[0].label
                continue
        else:
            rows, why = _by_label(student, persons, alike)
        if len(rows) == 1:
            matching.rows[student] = rows[0]
        else:
            matching.unknown[student] = f"{len(rows)} rows fit" if rows else why
    _refuse_many(matching)
    _leave_out_the_shared(matching)
    return matching


def _refuse_many(matching: Matching) -> None:
    """Raise SheetError when more than a tenth of the students, and more than one, have another name in the worksheet."""
    odd = matching.odd
    if len(odd) > max(1, (len(odd) + len(matching.rows)) / 10):
        some = "; ".join(f"{for_terminal(name, 40)} is {for_terminal(row, 60)}" for name, row in list(odd.items())[:3])
        raise SheetError(
            f"The numbers of {len(odd)} students have other names in the worksheet: {some}. Nothing was filled in. Is it the "
            "worksheet of the same assignment? Download both anew."
        )


def _is_another(name: str, person: Person) -> bool:
    """Return whether a row found by its number has another name than the student.

    Before 4.1 Moodle put the name of the group and a hyphen in front, where one group was downloaded (download_submissions in
    mod/assign/locallib.php).
    """
    whole = re.sub(r" \d+$", "", name.strip())
    own = squeezed(whole)
    known_as = person.names | {squeezed(number) for number in person.ids} | {"participant"}
    return bool(own and person.names) and not known_as & {own, *map(squeezed, behind_a_group(whole))}


def _by_label(student: str, persons: Sequence[Person], alike: Mapping[str, list[str]]) -> tuple[list[Person], str]:
    """Return the rows that fit a label by any number, user name or name, and why where none does.

    Namesakes have their number behind the name.
    """
    label = student.strip()
    rows = [person for person in persons if label.casefold() in {number.casefold() for number in person.ids if number}]
    behind = re.fullmatch(r"(.+) (\d+)", label, re.DOTALL)
    if not rows and behind:
        name = squeezed(behind[1])
        rows = [
            person
            for person in persons
            if person.ids[0] == behind[2] and (not person.names or name in person.names | {"participant"})
        ]
    if not rows:
        name = squeezed(label)
        rows = [person for person in persons if name and name in person.names]
        if rows and len(alike[name]) > 1:
            return [], f"{len(alike[name])} students handed in under this name"
    return rows, "no row fits"


def _leave_out_the_shared(matching: Matching) -> None:
    """Take out all students who fit one and the same row."""
    for students in grouped(matching.rows, lambda student: matching.rows[student].row).values():
        for student in students if len(students) > 1 else []:
            person = matching.rows.pop(student)
            matching.unknown[student] = f"{len(students)} students fit the row of {for_terminal(person.label, 60)}"
