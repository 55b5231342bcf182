"""by-hand.csv: what a person gave an answer. It is read each time and stands above what the program says.

A lecturer types it, with the names as in marks.csv, or `nhsreform prose collect` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nhsreform.marking.errors import MarkError, write_file
from nhsreform.marking.record import MARKED, Mark
from nhsreform.questions.value import Plain
from nhsreform.text.csv_files import CsvError, csv_text, numbered_rows
from nhsreform.text.untrusted import for_cell, for_terminal, guarded, unguarded

BY_HAND = "by-hand.csv"
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


@dataclass(frozen=True)
class Hand:
    """One line of by-hand.csv: what a person gave an answer.

    student, exercise and question are as in marks.csv; note is without the apostrophe that guards a formula. answer is the
    SHA-256 of the answer that the person read, where the file has such a column, else "".
    """

    student: str
    exercise: str
    question: str
    points: float
    note: str = ""
    answer: str = ""

    def counts(self, value: Plain | None, most: float) -> bool:
        """Return whether it was given to this answer. Raises MarkError when it is more than `most`."""
        if self.points > most:
            raise MarkError(
                f"{BY_HAND} gives {self.student} {self.points:g} points for {self.question or 'a file of no exercise'}; "
                f"there are {most:g} at most. Put it right there."
            )
        return not self.answer or self.answer == digest(value)


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


def read_by_hand(out: Path) -> dict[Line, Hand]:
    """Return {(student, exercise, question): what a person gave}, from by-hand.csv in `out`; nothing where there is none.

    Raises CsvError naming the row that cannot be read.
    """
    path = out / BY_HAND
    if not path.exists():
        return {}
    hands = {}
    # Somebody who types a line may leave out the note.
    for place, row in numbered_rows(path, COLUMNS[:4]):
        line = (row["student"], row["exercise"], row["question"])
        points = points_of(row["points"], f"{path.name}, row {place}, points")
        hands[line] = Hand(*line, points, unguarded(row.get("note", "")), row.get(ANSWER, ""))
    return hands


def write_by_hand(out: Path, hands: Iterable[Hand]) -> None:
    """Write by-hand.csv anew. Raises MarkError."""
    rows = [
        (hand.student, hand.exercise, hand.question, f"{hand.points:g}", guarded(hand.note), hand.answer)
        for hand in hands
    ]
    write_file(out / BY_HAND, csv_text((*COLUMNS, ANSWER), rows, guard=False))


def with_hand(mark: Mark, hands: Mapping[Line, Hand]) -> Mark:
    """Return a mark as a person gave it, where one did, and to the answer that counts now. Raises MarkError."""
    hand = hands.get(line_of(mark))
    if hand is None:
        return mark
    if not hand.counts(mark.value, mark.max):
        return mark.noted(["a person marked another answer before"])
    return replace(mark, state=MARKED, points=hand.points, note="", message=hand.note)
