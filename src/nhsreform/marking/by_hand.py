"""by-hand.csv: what a person gave an answer. It is read each time and stands above what the program says.

A lecturer types it, with the names as in marks.csv, or `nhsreform prose collect` adds to it. Points belong to one student, one
question and one text: which text a line was given to is kept beside it, in by-hand.json, which no person writes. One line can
decide a group: what stands in its first cell is then the code of the group (`groups`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nhsreform.errors import nearest
from nhsreform.marking.errors import write_file
from nhsreform.marking.record import ABSENT, MARKED, PERSON, RIGHT, ClassRecord, HandedIn, Mark, files_of, grouped
from nhsreform.marking.which_files_count import NOT_READ
from nhsreform.text.csv_files import PROBLEM, CsvError, cut_at_a_comma, numbered_rows, sheet_text
from nhsreform.text.numbers_in_words import number
from nhsreform.text.typography import folded, squeezed
from nhsreform.text.untrusted import for_cell, for_terminal, guarded, unguarded

BY_HAND, TEXTS = "by-hand.csv", "by-hand.json"
COLUMNS = ("student", "exercise", "question", "points", "note")
# One column more when prose marking wrote it: the SHA-256 of the answer that was read.
ANSWER = "answer"

Line = tuple[str, str, str]


def digest(value: Any) -> str:
    """Return the SHA-256 of an answer, or of anything else that is plain JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def line_of(mark: Mark) -> Line:
    """Return by what a mark is known in marks.csv, by-hand.csv and prose-codes.csv: student, exercise, question."""
    return for_cell(mark.student), mark.exercise, mark.question


def handed_in_by(files: Iterable[HandedIn]) -> list[tuple[str, str]]:
    """Return the names and hashes of one student's files, each once."""
    return sorted({(file.inside, file.sha256 or file.content) for file in files})


def texts_of(marks: Iterable[Mark], files: Iterable[HandedIn]) -> dict[Line, str]:
    """Return {line: by what the text is known that it is about}.

    It is the answer; where none was read, what the student wrote there; where that was not read either, all that was handed in.
    """
    handed_in = {student: digest(handed_in_by(own)) for student, own in files_of(files).items()}

    def text_of(mark: Mark) -> str:
        if mark.text:
            return digest([mark.value, mark.text])
        return digest(mark.value) if mark.value is not None else handed_in.get(mark.student, "")

    return {line_of(mark): text_of(mark) for mark in marks}


def points_of(text: str, place: str) -> float:
    """Return a number of points, with a decimal point or comma. Raises CsvError naming `place` for what is none."""
    try:
        points = float(text.strip().replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points < 1_000_000:
        raise CsvError(
            f"{place}: {for_terminal(text, 60)!r} is no number of points. Give a number from 0 on, such as 2.5."
        )
    return points


# --- the file --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row of by-hand.csv as it was typed.

    place: its row in a spreadsheet; 0 for one that is new. note is without the apostrophe that guards a formula. answer: the
    SHA-256 of the answer that the person read, where the file has such a column, else "". problem: what is wrong with it as a row.
    """

    student: str
    exercise: str
    question: str
    points: str
    note: str = ""
    answer: str = ""
    place: int = 0
    problem: str = ""

    @property
    def line(self) -> Line:
        """The line that it is about, as typed."""
        return self.student, self.exercise, self.question

    def at(self, column: str) -> str:
        """Return where a mistake stands."""
        return f"{BY_HAND}, row {self.place}, column {column}"


def read_rows(out: Path) -> list[Row]:
    """Return the rows of by-hand.csv in `out`; none where there is no such file.

    Raises CsvError when the file cannot be read at all. A row of too few or too many cells has a problem.
    """
    path = out / BY_HAND
    if not path.exists():
        return []
    # Somebody who types a line may leave out the note.
    return [
        Row(
            row["student"],
            row["exercise"].strip(),
            row["question"].strip(),
            row["points"].strip(),
            unguarded(row.get("note", "")),
            row.get(ANSWER, "").strip(),
            place,
            row.get(PROBLEM, ""),
        )
        for place, row in numbered_rows(path, COLUMNS[:4], keep_bad=True)
    ]


def write_rows(out: Path, rows: Sequence[Row]) -> None:
    """Write by-hand.csv anew. Raises MarkError."""
    cells = [(*row.line, row.points, guarded(row.note), row.answer) for row in rows]
    read = any(row.answer for row in rows)
    columns = (*COLUMNS, ANSWER) if read else COLUMNS
    write_file(out / BY_HAND, sheet_text(columns, [row[: len(columns)] for row in cells], guard=False))


# --- what it does ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """What a person gave to one answer, by which row, and to which text."""

    points: float
    note: str
    row: Row
    text: str


@dataclass
class Memory:
    """by-hand.json. texts: {line: points, note and text of what was given}. groups: {code: the answers it stands for}.

    sheets: {name of a CSV of prose points: {code: points and comment that were taken in from it, or written into it}}.
    taken: {code: points and comment that prose marking put into by-hand.csv last}.
    """

    texts: dict[Line, list[Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    sheets: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    taken: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, out: Path) -> Memory:
        """Return what is remembered in `out`; nothing where that cannot be read: then each line is about what is there now."""
        try:
            stored = json.loads((out / TEXTS).read_text(encoding="utf-8"))
            texts = {tuple(line): decided for line, decided in stored["texts"]}
            return cls(texts, stored["groups"], stored.get("sheets", {}), stored.get("taken", {}))
        except (OSError, ValueError, LookupError, TypeError):
            return cls()

    def write(self, out: Path) -> None:
        """Write it, if it says anything new. Raises MarkError."""
        if self != Memory.read(out):
            texts = [[line, decided] for line, decided in self.texts.items()]
            write_file(out / TEXTS, json.dumps(vars(self) | {"texts": texts}) + "\n")


class ByHand:
    """by-hand.csv of a marked class, to be put on top of its marks.

    problems: a sentence for each row that counts nowhere, with row and column. by_line: what each line was given. lines: those
    that it says anything of.
    """

    def __init__(self, out: Path) -> None:
        """Read by-hand.csv and by-hand.json. Raises CsvError when the first cannot be read at all."""
        self.out = out
        self.rows = read_rows(out)
        self.memory = Memory.read(out)
        self.problems: list[str] = []
        self.by_line: dict[Line, Given] = {}
        self.lines: set[Line] = set()

    def on_top(self, marks: Sequence[Mark], files: Sequence[HandedIn], shown: ClassRecord | None = None) -> list[Mark]:
        """Return the marks with what a person gave.

        shown: the record as the person saw it who typed the rows; the one that these marks are of, when none is given.
        """
        self.problems = []
        texts = texts_of(marks, files)
        seen = texts_of(shown.marks, shown.files) if shown else texts
        own_marks = grouped(marks, line_of)
        decided: dict[Line, Given] = {}
        wrong: dict[Line, str] = {}
        rooms = _rooms(marks)
        for line, row in self._resolved(own_marks):
            most = rooms.get(line[0], 0.0) if not line[2] else own_marks[line][0].max
            try:
                points = _within(row, most, line[2])
            except CsvError as error:
                wrong[line] = str(error)
                continue
            before = decided.get(line)
            if before and before.points != points:
                wrong[line] = f"{row.at('points')}: row {before.row.place} gives other points for the same answer"
            text = row.answer or self._remembered(line, points, row.note) or seen.get(line) or texts[line]
            decided[line] = Given(points, row.note, row, text)
        self.problems += dict.fromkeys(wrong.values())
        self.by_line, self.lines = decided, {*decided, *wrong}
        texts_of_lines = {line: [one.points, one.note, one.text] for line, one in decided.items()}
        # A row that counts nowhere today may be put right tomorrow, and is still about the text that it was given to.
        self.memory.texts = {**(self.memory.texts if self.problems else {}), **texts_of_lines}
        return [
            new
            for line, own in own_marks.items()
            for new in _marked(own, decided.get(line), wrong.get(line), texts[line])
        ]

    def _remembered(self, line: Line, points: float, note: str) -> str:
        """Return the text that a line was given to when it was first read; "" for a line that is new, or was changed."""
        before = self.memory.texts.get(line)
        return before[2] if before and before[:2] == [points, note] else ""

    def _resolved(self, by_line: Mapping[Line, Sequence[Mark]]) -> Iterator[tuple[Line, Row]]:
        """Yield (line, row) for each answer that a row is about; one of its own stands above its group's."""
        single: list[tuple[Line, Row]] = []
        of_groups: list[tuple[Line, Row]] = []
        for row in self.rows:
            group = self.memory.groups.get(row.student.strip().lower())
            if group:
                of_groups += _of_group(row, group["answers"], by_line)
                continue
            if waiting := _waiting_for_a_file(row, by_line) or _the_one_that_waits(row, by_line):
                single += _shared_out(row, waiting)
                continue
            line_or_problem = _line_meant(row, by_line)
            if isinstance(line_or_problem, str):
                self.problems.append(line_or_problem)
            else:
                single.append((line_or_problem, row))
        own = {line for line, _ in single}
        yield from single
        yield from (pair for pair in of_groups if pair[0] not in own)


def _of_group(
    row: Row, answers: Sequence[Sequence[str]], by_line: Mapping[Line, Sequence[Mark]]
) -> Iterator[tuple[Line, Row]]:
    """Yield (line, row) for each answer of a group; who has several in it has its points for all of them together."""
    own: dict[str, dict[Line, str]] = {}
    for student, exercise, question, text in answers:
        if (student, exercise, question) in by_line:
            own.setdefault(student, {})[student, exercise, question] = text
    for texts in own.values():
        marks = [by_line[line][0] for line in texts]
        shares = _shared_out(row, marks) if len(marks) > 1 else ((line, row) for line in texts)
        yield from ((line, replace(share, answer=texts[line])) for line, share in shares)


def _waiting_for_a_file(row: Row, by_line: Mapping[Line, Sequence[Mark]]) -> list[Mark]:
    """Return the answers that a row without a question stands for: those of a student that wait because nothing was read."""
    if row.question or row.problem or row.line in by_line:
        return []
    student = _one_like(row.student, list(dict.fromkeys(line[0] for line in by_line)))
    marks = [
        marks[0]
        for line, marks in by_line.items()
        if line[0] == student and line[2] and _is_called(line[1], row.exercise)
    ]
    return [
        mark
        for mark in marks
        if mark.state == PERSON and (mark.reason == NOT_READ or not (mark.text or mark.value is not None))
    ]


def _the_one_that_waits(row: Row, by_line: Mapping[Line, Sequence[Mark]]) -> list[Mark]:
    """Return the one answer that a row without a question can only mean: where no more than one of that student's waits."""
    if row.question or row.problem or row.line in by_line:
        return []
    student = _one_like(row.student, list(dict.fromkeys(line[0] for line in by_line)))
    marks = [
        own[0] for line, own in by_line.items() if line[0] == student and line[2] and _is_called(line[1], row.exercise)
    ]
    waiting = [mark for mark in marks if mark.state == PERSON]
    return waiting if len(waiting) == 1 else []


def _is_called(exercise: str, said: str) -> bool:
    """Return whether an exercise is meant by what somebody typed: its name, its number, or nothing."""
    meant = exercise.lstrip("0").casefold()
    return said.strip().lstrip("0").casefold() in ("", meant, meant.split("-")[0])


def _shared_out(row: Row, waiting: Sequence[Mark]) -> Iterator[tuple[Line, Row]]:
    """Yield (line, row) for each answer that a file stands for: its points fill one question after the other."""
    left = -1.0
    with contextlib.suppress(CsvError):
        left = points_of(row.points, row.at("points"))
    if not 0 <= left <= sum(mark.max for mark in waiting):
        # What cannot be read, or is too much, counts for none of them, and is said.
        yield from ((line_of(mark), row) for mark in waiting)
        return
    for mark in waiting:
        share = min(left, mark.max)
        left -= share
        yield line_of(mark), replace(row, points=f"{share:g}")


def _line_meant(row: Row, by_line: Mapping[Line, Sequence[Mark]]) -> Line | str:
    """Return the line of marks.csv that a row is about, or a sentence on what in it is wrong."""
    if row.line in by_line:
        return row.line
    students = list(dict.fromkeys(line[0] for line in by_line))
    student = _one_like(row.student, students)
    if row.problem:
        return row.problem
    nowhere = f"no line of marks.csv is {for_terminal(', '.join(row.line), 120)}, so its points count nowhere"
    if student is None:
        near = nearest(row.student, students).partition("Known:")[0].strip()
        return f"{row.at('student')}: {nowhere}. {for_terminal(near, 200)}".rstrip()
    lines = [line for line in by_line if line[0] == student and line[2] == row.question]
    if not lines:
        known = ", ".join(line[2] for line in by_line if line[0] == student and line[2])
        return f"{row.at('question')}: {nowhere}. There are {known or 'no questions'}."
    # The question says which exercise it is; what stands there may be its number.
    if not _is_called(lines[0][1], row.exercise):
        return f"{row.at('exercise')}: {nowhere}. {row.question} is of {lines[0][1]}."
    return lines[0]


def _one_like(name: str, students: Sequence[str]) -> str | None:
    """Return the one student of that name, small and capital letters aside; None for none, or several.

    Who types a name may leave its accents out. Accents that are typed are meant.
    """
    if name in students:
        return name
    typed = folded(name)
    accents = squeezed(name) != "".join(filter(str.isalnum, typed))
    alike = [
        student
        for student in students
        if squeezed(student) == squeezed(name) != "" and (not accents or folded(student) == typed)
    ]
    return alike[0] if len(alike) == 1 else None


def _rooms(marks: Iterable[Mark]) -> dict[str, float]:
    """Return {student, as in marks.csv: the most that a file of no exercise can earn}: what was not handed in otherwise."""
    rooms: dict[str, float] = {}
    for mark in marks:
        if mark.state == ABSENT:
            rooms[for_cell(mark.student)] = rooms.get(for_cell(mark.student), 0.0) + mark.max
    return rooms


def _within(row: Row, most: float, question: str) -> float:
    """Return a row's points. Raises CsvError when they cannot be read, or there are not that many."""
    if row.problem:
        raise CsvError(row.problem)
    if cut_at_a_comma(row.points, row.note):
        raise CsvError(
            f"{row.at('points')}: {row.points} points and the note {row.note}? If it is {row.points},{row.note}, put it into double "
            f"quotation marks, or type {row.points}.{row.note}. A note that is a number needs a word beside it."
        )
    points = points_of(row.points, row.at("points"))
    if points > most:
        what = question or "a file of no exercise"
        raise CsvError(
            f"{row.at('points')}: {for_terminal(row.student, 60)} is given {number(points)} points for {what}; there are "
            f"{number(most)} at most. Put it right there."
        )
    return points


def _marked(own: Sequence[Mark], decided: Given | None, wrong: str | None, text: str) -> list[Mark]:
    """Return the marks of one line, as a person gave them. Several files of no exercise share a line, and its points."""
    if wrong:
        return [replace(mark, state=PERSON, points=None).noted([wrong]) for mark in own]
    if decided is None:
        return list(own)
    if decided.text != text:
        note = f"a person marked another answer before ({BY_HAND}): this one is new"
        # What the program finds right needs no person.
        return [
            (mark if mark.state == RIGHT else replace(mark, state=PERSON, points=None)).noted([note]) for mark in own
        ]
    return [
        replace(
            mark,
            state=MARKED,
            points=0.0 if at else decided.points,
            note=mark.note if not mark.question else "",
            message=decided.note,
        ).held()
        for at, mark in enumerate(own)
    ]
