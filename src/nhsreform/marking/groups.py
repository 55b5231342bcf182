"""What needs a person, in groups of one question and one reason, so that one line of by-hand.csv can decide a group.

A group's code stands for the answers that it had when somebody decided it: an answer that comes later gets another code, as it
does in prose marking, so that no points reach a text that nobody has read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking.by_hand import BY_HAND, ByHand, line_of, texts_of, write_rows
from nhsreform.marking.errors import write_file
from nhsreform.marking.record import PERSON, HandedIn, Mark, files_of, grouped
from nhsreform.questions.value import typed
from nhsreform.text.csv_files import sheet_text
from nhsreform.text.numbers_in_words import number
from nhsreform.text.untrusted import for_cell

TO_DECIDE = "needs-a-person.csv"
COLUMNS = ("group", "question", "max", "reason", "student", "exercise", "answer", "file")
LONGEST = 2_000
# No vowels, so that no code is a word; nothing that is easily taken for something else.
SIGNS = "bcdfghjkmnpqrstvwxz23456789"


@dataclass
class Group:
    """Answers that need a person for one reason. code: what stands for them all in by-hand.csv.

    question: the one that they answer; the first and the last where nothing was read of a whole exercise, such as 1.1-1.3.
    """

    question: str
    reason: str
    code: str = ""
    marks: list[Mark] = field(default_factory=list)

    def by_student(self) -> dict[tuple[str, str], list[Mark]]:
        """Return the answers that one decision is on: of each student those of an exercise, together."""
        return grouped(self.marks, lambda mark: (mark.student, mark.exercise))

    @property
    def max(self) -> float:
        """The most points that its line can give, to each student in it."""
        return max((sum(mark.max for mark in marks) for marks in self.by_student().values()), default=0.0)


def reason_of(mark: Mark, files: Sequence[HandedIn]) -> str:
    """Return why an answer needs a person, without what is about one student alone: names of files, and quoted words.

    Where no reason is said, it is the last note: those on a whole file stand in front of it, each ended by a semicolon.
    """
    reason = mark.reason or mark.note.rpartition("; ")[2]
    for name in sorted({name for file in files for name in _names(file)}, key=len, reverse=True):
        reason = reason.replace(name, "")
    reason = re.sub(r"\u201c[^\u201d]*\u201d|`[^`]*`", "\u2026", reason)
    return " ".join(re.sub(r"\s*:\s*(?=:|$)", "", reason).strip(" :").split()) or "no text"


def _names(file: HandedIn) -> set[str]:
    inside = file.inside.split("/")
    ends = ("/".join(inside[at:]) for at in range(len(inside)))
    return {name for name in (file.where, *ends) if len(name) > 3}


def groups_of(
    marks: Iterable[Mark], files: Sequence[HandedIn], by_hand: ByHand, is_prose: Callable[[Mark], bool]
) -> list[Group]:
    """Return what needs a person and is no prose, the largest group first, and remember which code stands for which answers."""
    marks = list(marks)
    waiting = [mark for mark in marks if mark.state == PERSON and not is_prose(mark)]
    texts = texts_of(waiting, files)
    own_files = files_of(files)
    reasons = {id(mark): reason_of(mark, own_files.get(mark.student, [])) for mark in waiting}
    asked = _asked(marks, reasons)
    groups: dict[tuple[str, str], Group] = {}
    for mark in waiting:
        name = (asked[id(mark)], reasons[id(mark)])
        groups.setdefault(name, Group(*name)).marks.append(mark)
    used = {row.student.strip().lower() for row in by_hand.rows}
    remembered = {code: group for code, group in by_hand.memory.groups.items() if code in used}
    for group in groups.values():
        group.code = next(code for code in _codes(group) if code not in remembered)
        answers = [[*line_of(mark), texts[line_of(mark)]] for mark in group.marks]
        remembered[group.code] = {"question": group.question, "reason": group.reason, "answers": answers}
    by_hand.memory.groups = remembered
    return sorted(
        groups.values(), key=lambda group: (-len({mark.student for mark in group.marks}), group.question, group.reason)
    )


def _asked(marks: Iterable[Mark], reasons: Mapping[int, str]) -> dict[int, str]:
    """Return {id of a mark: what it is a decision on}: its question, or all of its exercise where nothing at all was read of it."""
    asked: dict[int, str] = {}
    for own in grouped(marks, lambda mark: (mark.student, mark.exercise)).values():
        said = {reasons.get(id(mark), "") for mark in own}
        unread = len(said) == 1 and "" not in said and not any(mark.text or mark.value for mark in own)
        whole = f"{own[0].question}-{own[-1].question}" if unread and len(own) > 1 and own[0].question else ""
        asked |= {id(mark): whole or mark.question for mark in own}
    return asked


def _codes(group: Group) -> Iterable[str]:
    """Yield codes for a group: the same each time, and another one for those that come when the first is decided."""
    at = 0
    while True:
        whole = hashlib.sha256(f"{group.question} {group.reason} {at}".encode("utf-8", "replace")).digest()
        yield "group-" + "".join(SIGNS[byte % len(SIGNS)] for byte in whole[:4])
        at += 1


def write_groups(out: Path, groups: Iterable[Group], files: Iterable[HandedIn]) -> None:
    """Write needs-a-person.csv: for each decision on a student its group, the reason and the text. Raises MarkError."""
    own_files = files_of(files)
    rows = [
        [
            group.code,
            group.question,
            number(sum(mark.max for mark in marks)) if group.max else "",
            group.reason,
            student,
            exercise,
            "\n".join(dict.fromkeys(map(shown, marks))),
            "\n".join(file.where for file in own_files.get(student, [])),
        ]
        for group in groups
        for (student, exercise), marks in group.by_student().items()
    ]
    if rows and not (out / BY_HAND).exists():
        # Somebody who adds a line in a spreadsheet finds the columns there.
        write_rows(out, [])
    write_file(out / TO_DECIDE, sheet_text(COLUMNS, [[for_cell(cell) for cell in row] for row in rows], guard=False))


def shown(mark: Mark) -> str:
    """Return the text beside an answer that needs a person: what was read of it, what was written, else what is said of it."""
    read = typed(mark.value, '"{}"'.format) if mark.value is not None else ""
    return (mark.text or read or mark.note)[:LONGEST]
