"""A marked class as every later command reads it: the record, with what a person gave on top."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nhsreform.marking.by_hand import BY_HAND, ByHand, Line
from nhsreform.marking.errors import MarkError, alone
from nhsreform.marking.log import check_finished
from nhsreform.marking.marks_csv import MARKS, as_csv, changes, read_text
from nhsreform.marking.record import CLASS, ClassRecord, read_record
from nhsreform.text.untrusted import for_terminal


def at_rest(out: Path) -> str:
    """Return what to say when marking is under way in a folder, for `alone`."""
    return f"Marking is under way in {out}. Wait until it is done."


def read_class(out: Path, problems: list[str] | None = None) -> ClassRecord:
    """Return a class's record, with what stands in by-hand.csv; what is wrong there is added to `problems`.

    Raises PackError when it is missing or damaged, marking is under way or was cut off, or marks.csv was changed by hand.
    """
    record = read_record(out)
    with alone(out, at_rest(out)):
        check_finished(out)
        by_hand = ByHand(out)
        record = replace(record, marks=by_hand.on_top(record.marks, record.files))
        _check_export(out, record, by_hand.lines)
        by_hand.memory.write(out)
        if problems is not None:
            problems += by_hand.problems
    return record


def _check_export(out: Path, record: ClassRecord, by_hand: set[Line]) -> None:
    """Refuse a marks.csv that somebody changed: what was typed there would count nowhere, and nobody would know."""
    text = read_text(out)
    if text is None:
        raise MarkError(f"There is no {MARKS} in {out}. Type the nhsreform mark command again.")
    for change in changes(text, as_csv(record.marks)):
        if (change.student, change.exercise, change.question) not in by_hand:
            raise MarkError(
                f"{MARKS} was changed since it was written, and differs from {CLASS}: {for_terminal(str(change), 200)}. Points that a "
                f"person gives belong into {BY_HAND}. Put them there, and type the nhsreform mark command again, with --apply."
            )
