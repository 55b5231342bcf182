"""What `nhsreform mark` says at its end: counts, who needs a person and why, and what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nhsreform.marking.by_hand import BY_HAND
from nhsreform.marking.class_key import in_order
from nhsreform.marking.groups import TO_DECIDE, Group
from nhsreform.marking.marks_csv import MARKS, in_words_of_the_file
from nhsreform.marking.record import MARKED, PERSON, STATES, UNPROTECTED, Mark, grouped
from nhsreform.text.numbers_in_words import number, plural
from nhsreform.text.untrusted import for_terminal

if TYPE_CHECKING:
    from nhsreform.marking.mark_a_class import ClassRun

# What fits on a screen.
SHOWN, SHOWN_GROUPS = 20, 10


def counting_nowhere(class_run: ClassRun) -> list[str]:
    """Return a sentence for each extension that fits nobody, and one where the rule for late work has no time to go by."""
    people, rule = {mark.student for mark in class_run.marks}, class_run.settings.late
    notes = [
        f"{name} has an extension, but nobody here has that name, so it counts nowhere"
        for name in sorted(set(rule.extensions) - people)
    ]
    files = [submission.handin for submission in class_run.submissions]
    untimed = {file.student for file in files if file.handed_in is None and file.late is None}
    if untimed and (rule.deadline or rule.deadlines):
        notes.append(
            f"nothing says when the work of {plural(len(untimed), 'student')} came, so the rule for late work does nothing to it"
        )
    return notes


def is_prose(mark: Mark, kinds: dict[str, str]) -> bool:
    """Return whether a mark is of a text that answers a prose question. `kinds`: {question: its kind}."""
    return kinds.get(mark.question) == "prose" and mark.value is not None and mark.value["type"] == "text"


def lines_of(class_run: ClassRun) -> list[str]:
    """Return all that is to be said of a run, line by line."""
    return [
        in_counts(class_run.marks, len(class_run.submissions)),
        *_some(class_run.notes, " of this kind."),
        *late_in_words(class_run),
        *_waiting(class_run),
        *_changes(class_run),
    ]


def in_counts(marks: Sequence[Mark], files: int) -> str:
    """Return how many students and files there are, and how many marks in each state."""
    counts = Counter(in_words_of_the_file(mark).state for mark in marks)
    states = ", ".join(f"{counts[state]} {state}" for state in (*STATES, MARKED) if counts[state]) or "none"
    unprotected = f" This class was {UNPROTECTED}." if any(UNPROTECTED in mark.note for mark in marks) else ""
    return (
        f"{len({mark.student for mark in marks})} students, {files} files, {len(marks)} lines: {states}.{unprotected}"
    )


def late_lines(late: Mapping[tuple[str, str], str], marks: Iterable[Mark]) -> list[str]:
    """Return a line for each late exercise: whose, how late, and what that cost, in what a person gave too."""
    own = grouped(marks, lambda mark: (mark.student, mark.exercise))
    lines = []
    for (student, exercise), sentence in late.items():
        costs = [(mark.earned or 0) - (mark.points or 0) for mark in own[student, exercise] if mark.earned is not None]
        lines.append(f"{student}, {exercise}: {sentence}{f'; it cost {number(sum(costs))}' if costs else ''}")
    return lines


def late_in_words(class_run: ClassRun) -> list[str]:
    """Return who is late and what that cost: a heading, and a line for each exercise."""
    if not class_run.late:
        return []
    return [f"Late: {plural(len(class_run.late), 'exercise')}.", *(f"  {line}" for line in class_run.late)]


def changes_in_words(class_run: ClassRun) -> list[str]:
    """Return what has changed since the last run, a line for each mark."""
    if not class_run.changes:
        return []
    return [f"{plural(len(class_run.changes), 'mark')} changed since the last time:", *map(str, class_run.changes)]


def groups_in_words(groups: Sequence[Group]) -> list[str]:
    """Return what needs a person and is no prose: a heading, and a line for each group, the largest first."""
    if not groups:
        return []
    answers = sum(len(group.marks) for group in groups)
    students = len({mark.student for group in groups for mark in group.marks})
    heading = f"Needs a person: {plural(answers, 'answer')} of {plural(students, 'student')}, in {plural(len(groups), 'group')}."
    return [heading, *(f"  {line_of_group(group)}" for group in groups)]


def _some(lines: Sequence[object], more: str, most: int = SHOWN) -> list[str]:
    left = [f"  and {len(lines) - most} more{more}"] if len(lines) > most else []
    return [*(f"  {line}" for line in lines[:most]), *left]


def _waiting(class_run: ClassRun) -> list[str]:
    """Return what needs a person, and why: prose by question, all else by question and reason, the largest group first."""
    out, groups, lines = class_run.options.out, class_run.groups, []
    kinds = {question: entry["kind"] for question, entry in class_run.key.stored.items()}
    prose = Counter(mark.question for mark in class_run.marks if mark.state == PERSON and is_prose(mark, kinds))
    if prose:
        asked = ", ".join(f"{prose[question]} of {question}" for question in sorted(prose, key=in_order))
        lines.append(f"Prose to be read ({asked}): nhsreform prose prepare {out} FOLDER")
    if groups:
        heading, *rest = groups_in_words(groups)
        lines.append(f"{heading} The texts are in {out / TO_DECIDE}:")
        lines += _some([line.strip() for line in rest], f": see {TO_DECIDE}.", SHOWN_GROUPS)
        code = groups[0].code
        lines.append(f"Points go into {out / BY_HAND}. One line decides a whole group:  {code},,,POINTS,why")
    return lines


def line_of_group(group: Group) -> str:
    """Return a group in a line: of how many students, of which question, why, whose (where it is only one), code and points."""
    students = {mark.student for mark in group.marks}
    whose = f" ({group.marks[0].student})" if len(students) == 1 else ""
    reason = for_terminal(group.reason, 70)
    most = f" (0 to {number(group.max)})" if group.max else ""
    return f"{len(students):>3}  {group.question or 'a file':<7}  {reason}{whose}  {group.code}{most}"


def _changes(class_run: ClassRun) -> list[str]:
    path = class_run.options.out / MARKS
    if not class_run.changes:
        return [f"{path} is written."]
    would = "changed" if class_run.written else "would change"
    lines = [f"{len(class_run.changes)} lines of {path} {would}:", *_some(class_run.changes, " of this kind.")]
    if not class_run.written:
        lines.append(
            "Nothing was changed. To write these marks, type the same command again with --apply. Points that you typed into "
            f"{MARKS} count nowhere: they belong into {BY_HAND}."
        )
    return lines
