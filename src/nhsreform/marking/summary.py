"""What `nhsreform mark` says at its end: counts, who needs a person and why, and what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nhsreform.marking.by_hand import BY_HAND, Line, line_of
from nhsreform.marking.class_key import in_order
from nhsreform.marking.marks_csv import MARKS, in_words_of_the_file
from nhsreform.marking.record import PERSON, STATES, Mark

if TYPE_CHECKING:
    from nhsreform.marking.mark_a_class import ClassRun

SHOWN = 20
Tell = Callable[[str], None]


def counting_nowhere(class_run: ClassRun, by_hand: Iterable[Line]) -> list[str]:
    """Return a sentence for each line of by-hand.csv, and each extension, that fits nobody."""
    lines = {line_of(mark) for mark in class_run.marks}
    people = {mark.student for mark in class_run.marks}
    return [
        f"{BY_HAND}: no line of {MARKS} is {', '.join(line)}, so its points count nowhere"
        for line in sorted(set(by_hand) - lines)
    ] + [
        f"{name} has an extension, but nobody here has that name, so it counts nowhere"
        for name in sorted(set(class_run.settings.late.extensions) - people)
    ]


def is_prose(mark: Mark, kinds: dict[str, str]) -> bool:
    """Return whether a mark is of a text that answers a prose question. `kinds`: {question: its kind}."""
    return kinds.get(mark.question) == "prose" and mark.value is not None and mark.value["type"] == "text"


def tell_all(class_run: ClassRun, tell: Tell) -> None:
    """Give `tell` all that is to be said of a run, line by line."""
    counts = Counter(in_words_of_the_file(mark).state for mark in class_run.marks)
    students, files = len({mark.student for mark in class_run.marks}), len(class_run.submissions)
    states = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]) or "none"
    tell(f"{students} students, {files} files, {len(class_run.marks)} lines: {states}.")
    _tell_some(class_run.notes, " of this kind.", tell)
    _tell_waiting(class_run, tell)
    _tell_changes(class_run, tell)


def _tell_some(lines: list[str], more: str, tell: Tell) -> None:
    for line in lines[:SHOWN]:
        tell(f"  {line}")
    if len(lines) > SHOWN:
        tell(f"  and {len(lines) - SHOWN} more{more}")


def _tell_waiting(class_run: ClassRun, tell: Tell) -> None:
    """Say who needs a person, and why: prose by question, all else by student."""
    out = class_run.options.out
    kinds = {question: entry["kind"] for question, entry in class_run.key.stored.items()}
    waiting = [mark for mark in class_run.marks if mark.state == PERSON]
    prose = Counter(mark.question for mark in waiting if is_prose(mark, kinds))
    if prose:
        asked = ", ".join(f"{prose[question]} of {question}" for question in sorted(prose, key=in_order))
        tell(f"Prose to be read ({asked}): nhsreform prose prepare {out} FOLDER")
    others = [
        f"{mark.student}, {mark.question or 'a file of no exercise'}: {mark.note or 'no text'}"
        for mark in waiting
        if not is_prose(mark, kinds)
    ]
    if others:
        tell(f"Needs a person ({len(others)}); points go into {out / BY_HAND}:")
        _tell_some(others, f": see the state needs a person in {MARKS}.", tell)


def _tell_changes(class_run: ClassRun, tell: Tell) -> None:
    path = class_run.options.out / MARKS
    if not class_run.changes:
        tell(f"{path} is written.")
        return
    tell(f"{len(class_run.changes)} lines of {path} {'changed' if class_run.written else 'would change'}:")
    for change in class_run.changes:
        tell(f"  {change}")
    if not class_run.written:
        tell("Nothing was changed. To write these marks, type the same command again with --apply.")
