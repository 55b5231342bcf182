"""Grades into one column of a worksheet, in a new file; everything else stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from nhsreform.errors import nearest
from nhsreform.marking.gradebook.matching import Person, match, people
from nhsreform.marking.gradebook.platform import Platform
from nhsreform.marking.gradebook.sheet import Sheet, SheetError, as_number, like, value
from nhsreform.marking.marks_csv import MARKS
from nhsreform.marking.record import ABSENT, PERSON, ClassRecord, Mark
from nhsreform.questions.exercise_names import exercise_names
from nhsreform.text.numbers_in_words import number
from nhsreform.text.untrusted import for_terminal, guarded, is_formula


@dataclass(frozen=True)
class Choices:
    """How to fill; the names are those of the options of `nhsreform gradebook`.

    scale: convert to the worksheet's own maximum. replace: overwrite grades that are there. zeros: 0 for who handed nothing in.
    without_person: write a grade for those too who still wait for a person, in which what waits counts nothing. without_prose:
    leave prose questions out for everybody, read or not. only: these students alone, for a first trial.
    """

    exercise: tuple[str, ...] = ()
    column: str = ""
    scale: bool = False
    replace: bool = False
    zeros: bool = False
    without_person: bool = False
    without_prose: bool = False
    only: tuple[str, ...] = ()


@dataclass
class Total:
    """What a student has in all: points, the questions that a person must still read, and whether anything was handed in."""

    points: float = 0.0
    waiting: list[str] = field(default_factory=list)
    handed_in: bool = False


def totals(
    marks: Sequence[Mark], exercises: Sequence[str] = (), left_out: Collection[str] = ()
) -> tuple[dict[str, Total], float]:
    """Return {student: total} and the most that can be had, without the questions that are `left_out`.

    Each student's total depends on that student's marks alone, and the most on no student's. Raises PackError when there is no
    mark, or none of one of these exercises.
    """
    known = sorted({mark.exercise for mark in marks if mark.question})
    if not known:
        raise SheetError(f"There is no mark of any exercise. Expected: {MARKS} as nhsreform mark wrote it.")
    wanted = exercise_names(exercises, known, f"{MARKS}: ")
    # A file that is of no exercise may have been meant for any.
    chosen = [mark for mark in marks if not mark.question or not wanted or mark.exercise in wanted]
    by_student = {mark.student: Total() for mark in chosen}
    tops: dict[tuple[str, str], float] = {}
    for mark in chosen:
        total, question = by_student[mark.student], (mark.exercise, mark.question)
        total.handed_in |= mark.state != ABSENT
        if mark.question in left_out:
            continue
        total.points += mark.points or 0
        tops[question] = max(mark.max, tops.get(question, 0))
        if mark.state == PERSON:
            total.waiting.append(mark.question or "a file that is of no exercise")
    return by_student, sum(tops.values())


@dataclass
class Filled:
    """A filled worksheet, and everything that its reader must know.

    filled, absent: students. unknown, odd, waiting, left: {student: why}. so_far: {student: what waits} for those whose grade is
    in it all the same. no_marks: labels of rows.
    numbers: {student: the platform's own number}. ours: {column and number: each grade that was written there, now or before}.
    commented: how many got a comment. later: how many were not asked for. defused: how many cells that looked like a formula were made harmless; formulas: how many could not be.
    """

    data: bytes
    column: str
    top: float
    filled: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    so_far: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    no_marks: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    ours: dict[str, list[str]] = field(default_factory=dict)
    commented: int = 0
    later: int = 0
    defused: int = 0
    formulas: int = 0

    @property
    def to_look_at(self) -> bool:
        """Whether somebody's grade is not in the file who handed something in."""
        return bool(self.unknown or self.odd or self.waiting or self.so_far or self.left)


def fill(
    data: bytes,
    record: ClassRecord,
    platform: Platform,
    choices: Choices,
    comments: Mapping[str, str] | None = None,
    ours: Mapping[str, list[str]] | None = None,
) -> Filled:
    """Return the worksheet with the grades in one column, and where it takes them {student: comment} in another.

    ours: what was written before (`Filled.ours`): such a grade, come back in a new worksheet, is nobody else's, and is replaced.

    Raises SheetError when the file or the maximum does not fit; nothing is written then.
    """
    sheet = platform.parse(data)
    target = platform.target(sheet, choices.column)
    prose = {question for question, kind in record.kinds.items() if kind == "prose"} if choices.without_prose else ()
    exercises = choices.exercise or record.exercises
    by_student, top = totals(record.marks, exercises, prose)
    sheet_top = as_number(target.top)
    if sheet_top != top and not exercises:
        _check_exercises(record.marks, top)
    factor = _factor(sheet_top, top, choices.scale)
    comma = bool(re.search(r"\d,\d{1,2}$", target.top)) and sheet.delimiter != ","
    persons = people(sheet, platform)
    matching = match(
        list(by_student), persons, platform, record.numbers(platform.name), _names_in_download(record, platform)
    )
    filled = Filled(b"", target.name, top * factor, unknown=matching.unknown, odd=matching.odd, ours=dict(ours or {}))
    for name in choices.only:
        if name not in by_student:
            raise SheetError(f"Nobody is called {name!r} in {MARKS}. {nearest(name, list(by_student))[:300]}")
    writer = _Writer(sheet, platform, target.index, choices.replace, filled.ours)
    for student, person in matching.rows.items():
        total = by_student[student]
        if choices.only and student not in choices.only:
            filled.later += 1
        elif not total.handed_in and not choices.zeros:
            filled.absent.append(student)
        elif total.waiting and not choices.without_person:
            filled.waiting[student] = ", ".join(total.waiting)
        elif why := writer.put(person, number(total.points * factor).replace(".", "," if comma else ".")):
            filled.left[student] = why
        else:
            filled.filled.append(student)
            if total.waiting:
                filled.so_far[student] = ", ".join(total.waiting)
            if comments and writer.comment(person, comments.get(student, "")):
                filled.commented += 1
    filled.numbers = {
        student: person.ids[0]
        for student, person in matching.rows.items()
        if not choices.only or student in choices.only
    }
    taken = {person.row for person in matching.rows.values()}
    filled.no_marks = [person.label for person in persons if person.row not in taken]
    _defuse(sheet, platform, filled)
    filled.data = sheet.data()
    return filled


def _names_in_download(record: ClassRecord, platform: Platform) -> dict[str, set[str]]:
    """Return {student: the names that the platform's download has in front of the number}; a class list may call them otherwise."""
    names: dict[str, set[str]] = {}
    for file in record.files:
        for part in file.inside.split("/") if file.platform == platform.name else ():
            in_download = platform.in_download(part)
            if in_download and in_download[1] == file.number:
                names.setdefault(file.student, set()).add(in_download[0])
        if file.full_name:
            names.setdefault(file.student, set()).add(file.full_name)
    return names


def _check_exercises(marks: Sequence[Mark], top: float) -> None:
    """Refuse to count an exercise for everybody that only few handed in: one file would change everybody's share.

    Raises SheetError naming what was handed in by how many.
    """
    by_exercise: dict[str, set[str]] = {}
    for mark in marks:
        if mark.question and mark.state != ABSENT:
            by_exercise.setdefault(mark.exercise, set()).add(mark.student)
    students = {student for own in by_exercise.values() for student in own}
    few = [name for name, own in by_exercise.items() if 2 * len(own) < len(students)]
    if few:
        counts = "; ".join(f"{name} by {len(own)}" for name, own in sorted(by_exercise.items()))
        most = max(by_exercise, key=lambda name: len(by_exercise[name]))
        raise SheetError(
            f"These marks are out of {number(top)}, because every exercise counts that anybody handed in, of {len(students)} "
            f"students: {counts}. Say which were set, such as --exercise {most.split('-')[0]}; repeat it for more than one."
        )


def _factor(sheet_top: float | None, top: float, scale: bool) -> float:
    """Return what points are multiplied by. Raises SheetError when the two maxima do not agree."""
    if not top:
        raise SheetError("There are no points in these marks: every question waits for a person.")
    if scale:
        if sheet_top is None:
            raise SheetError("The worksheet does not say its maximum, so --scale cannot convert.")
        return sheet_top / top
    if sheet_top is not None and sheet_top != top:
        raise SheetError(
            f"The worksheet's maximum is {number(sheet_top)}, and these marks are out of {number(top)}. Set the maximum to "
            f"{number(top)} on the platform and download again, or add --scale to convert them."
        )
    return 1.0


class _Writer:
    """Puts grades into one column of a sheet."""

    def __init__(
        self, sheet: Sheet, platform: Platform, column: int, replace: bool, ours: dict[str, list[str]]
    ) -> None:
        self.sheet, self.column, self.replace, self.ours = sheet, column, replace, ours
        header = sheet.header()
        self.name = header[column]
        # {row: whether what stands there may be replaced}, before its grade is written.
        self.replaced: dict[int, bool] = {}
        self.locked = header.index(platform.locked) if platform.locked and platform.locked in header else None
        self.comments = header.index(platform.comments) if platform.comments and platform.comments in header else None

    def cell(self, person: Person) -> str:
        """Return what a person's cell is called in `Filled.ours`."""
        return f"{self.name}: {person.ids[0]}"

    def _may_go(self, person: Person) -> bool:
        """Return whether what stands in a person's row may be replaced: all is to be, or the grade is one of ours."""
        there = as_number(value(self.sheet.rows[person.row][self.column]).strip())
        ours = map(as_number, self.ours.get(self.cell(person), []))
        return self.replace or (there is not None and there in ours)

    def put(self, person: Person, grade: str) -> str:
        """Put a grade into a person's row; return why not, or ""."""
        sheet, row = self.sheet, person.row
        if self.locked is not None and sheet.value(row, self.locked).strip().casefold() == "no":
            return "the platform says that this grade cannot be changed"
        if self.column >= len(sheet.rows[row]):
            return f"row {row + 1} ends before the column"
        raw = sheet.rows[row][self.column]
        there = value(raw).strip()
        if there.upper() in ("EX", "N/A"):
            return f"the worksheet says {there}: excused, or not set for this student"
        # Canvas reads "-" as no score; Blackboard shows "Needs Grading" where a file was handed in.
        empty = there in ("", "-") or there.casefold().startswith("needs grading")
        same = as_number(there) is not None and as_number(there) == as_number(grade)
        self.replaced[person.row] = self._may_go(person)
        if not empty and not same and not self.replaced[person.row]:
            return f"the worksheet has {for_terminal(there, 20)}, the marks say {grade}; --replace overwrites"
        if not same:
            sheet.rows[row][self.column] = like(raw, grade, sheet.rows[0][self.column])
        before = self.ours.get(self.cell(person), [])
        self.ours[self.cell(person)] = list(dict.fromkeys([*before, grade]))
        return ""

    def comment(self, person: Person, text: str) -> bool:
        """Put a comment into a person's row; return whether it stands there: another one stays, unless all is overwritten."""
        row = self.sheet.rows[person.row]
        if self.comments is None or self.comments >= len(row) or not text:
            return False
        there = value(row[self.comments]).strip()
        if there not in ("", text) and not self.replaced[person.row]:
            return False
        row[self.comments] = '"' + guarded(text).replace('"', '""') + '"'
        return True


def _defuse(sheet: Sheet, platform: Platform, filled: Filled) -> None:
    """Make formulas harmless in columns that students write and the platform does not read back; count the others."""
    names = sheet.header()
    for row in range(1, len(sheet.rows)):
        for column, raw in enumerate(sheet.rows[row]):
            text = value(raw)
            if not is_formula(text) or text.strip() == "-" or as_number(text) is not None:
                continue
            if names[column] in platform.theirs:
                sheet.rows[row][column] = '"' + guarded(text).replace('"', '""') + '"'
                filled.defused += 1
            else:
                filled.formulas += 1
