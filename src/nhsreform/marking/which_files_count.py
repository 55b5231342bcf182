"""Which of a student's files count, and for which exercise. Pure: it goes by what each file holds, never by its name alone.

Files that the pack ships, files without a question and checkpoints never count; two files of one hand-in are never attempts
of each other. Called by `judge_class`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nhsreform.marking.class_key import Key
from nhsreform.marking.hand_ins.handin import BLACKBOARD, CHECKPOINT, SHIPPED, Handin
from nhsreform.marking.record import grouped
from nhsreform.marking.sandbox.answers import Answers

# What a file is: a notebook that was worked in, one of the pack's as it was, none with a question, or not read.
COUNTS, BLANK, WORKED, NO_QUESTION, DAMAGED, UNREAD, OWN = range(7)
NOT_READ = "a file that is not read here may hold the answer"
_WHY = {
    BLANK: "nothing was filled in",
    WORKED: "a worked notebook of the pack, which does not count",
    NO_QUESTION: "the file holds no question of any exercise",
    DAMAGED: "part of the file could not be read",
}


@dataclass(frozen=True, eq=False)
class HandedFile:
    """One file of a student's: what it holds, and the exercises that it is for by its questions, else by its name."""

    handin: Handin
    sha256: str
    problem: str
    answers: Answers | None
    kind: int
    exercises: tuple[str, ...]

    @classmethod
    def of(cls, handin: Handin, sha256: str, problem: str, answers: Answers | None, key: Key) -> HandedFile:
        """Return a file with its kind and its exercises."""
        kind = _kind(problem, answers)
        inside = key.exercises_of(answers.stands or answers.present) if answers else ()
        named = key.named_in(handin.name)
        if kind in (COUNTS, BLANK, WORKED) and not inside:
            kind = NO_QUESTION
        return cls(handin, sha256, problem, answers, kind, inside or ((named,) if named else ()))

    @property
    def path(self) -> str:
        """Where it lies in its hand-in."""
        return self.handin.path or self.handin.name

    @property
    def time(self) -> str:
        """When the platform says that it was handed in, in a form that can be compared; "" when it does not say."""
        return self.handin.handed_in.isoformat() if self.handin.handed_in else ""

    @property
    def why(self) -> str:
        """Why it does not count."""
        return self.problem or "; ".join((self.answers.notes[:1] if self.answers else []) or [_WHY.get(self.kind, "")])

    @property
    def reason(self) -> str:
        """Why a person has to look at it, in the same words for everybody's files."""
        return _WHY.get(self.kind) or NOT_READ

    @property
    def says_something(self) -> bool:
        """Whether it holds no question, but words of the student's own: they may be an answer to any."""
        return self.kind == NO_QUESTION and self.answers is not None and bool(self.answers.written)

    def same_time(self, others: Iterable[HandedFile]) -> bool:
        """Return whether it belongs to the same attempt as others."""
        return all(attempt_of(self) == attempt_of(other) for other in others)


def _kind(problem: str, answers: Answers | None) -> int:
    if answers is None:
        return OWN if problem in (CHECKPOINT, SHIPPED) else UNREAD
    if answers.worked:
        return WORKED
    if not answers.stands and not answers.present:
        return DAMAGED if answers.doubt else NO_QUESTION
    return BLANK if answers.stands and not answers.written and not answers.doubt else COUNTS


def exercises(files: Sequence[HandedFile]) -> set[str]:
    """Return the exercises that a student handed in: of the pack's own blank ones only where nothing else is there."""
    worked_in = {name for file in files if file.kind in (COUNTS, DAMAGED, UNREAD) for name in file.exercises}
    return worked_in or {name for file in files if file.kind != OWN for name in file.exercises}


@dataclass
class Place:
    """A student's files for one exercise: those that count, and those that may hold an answer but are not read."""

    exercise: str
    counting: list[HandedFile] = field(default_factory=list)
    loose: list[HandedFile] = field(default_factory=list)


def place(files: Sequence[HandedFile], exercise: str) -> Place:
    """Return which of a student's files are for an exercise."""
    mine = [file for file in files if exercise in file.exercises or not file.exercises]
    here = [file for file in mine if exercise in file.exercises]
    counting = [file for file in here if file.kind == COUNTS] or [file for file in here if file.kind == BLANK]
    loose = [file for file in mine if file.kind in (UNREAD, DAMAGED) or file.says_something]
    if not counting:
        loose += [file for file in here if file.kind == WORKED or file.problem == CHECKPOINT]
    if not loose and not any(file.kind in (COUNTS, BLANK) for file in files):
        loose = [file for file in mine if file.kind in (NO_QUESTION, WORKED)] or [f for f in mine if f.kind == OWN]
    return Place(exercise, counting, loose)


def left_out(files: Sequence[HandedFile]) -> str:
    """Return in words which of a student's files do not count, or "". Of checkpoints and the pack's data nothing is said."""
    counting = any(file.kind == COUNTS for file in files)
    aside: dict[str, list[str]] = {}
    for file in files:
        if file.kind in (WORKED, NO_QUESTION) or (file.kind == BLANK and counting):
            aside.setdefault(file.why, []).append(file.path)
        elif file.kind in (UNREAD, DAMAGED):
            aside.setdefault("not read", []).append(file.path)
    return "; ".join(f"{why}: {_some(paths)}" for why, paths in aside.items())


def in_words(files: Sequence[HandedFile]) -> str:
    """Return where files lie and why they were not read, not all of them where there are many."""
    return _some([file.why if file.path in file.why else f"{file.path}: {file.why}" for file in files])


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


# --- attempts and versions --------------------------------------------------------------------------------------------


def attempt_of(file: HandedFile) -> str:
    """Return by what a platform tells attempts apart: Blackboard by the time. All else is one hand-in."""
    return file.time if file.handin.platform == BLACKBOARD else ""


def attempts(files: Sequence[HandedFile]) -> list[list[HandedFile]]:
    """Return files by attempt, the latest last."""
    return list(grouped(sorted(files, key=lambda file: (attempt_of(file), file.path)), attempt_of).values())


@dataclass(frozen=True)
class Version:
    """One version of an exercise: a file, or several that share no question."""

    path: str
    answers: Answers


def versions(files: Sequence[HandedFile]) -> list[Version]:
    """Return the versions of an exercise among the files of one attempt: the same file twice is one.

    Files that share no question are one exercise handed in in pieces, and put together.
    """
    different = {file.sha256: Version(file.path, file.answers) for file in files if file.answers is not None}
    several = list(different.values())
    seen: set[str] = set()
    for version in several:
        stands = {*version.answers.present, *version.answers.stands}
        if not stands or stands & seen:
            return several
        seen |= stands
    whole = Answers()
    for version in several:
        whole.values |= version.answers.values
        whole.trouble |= version.answers.trouble
        whole.written |= version.answers.written
        whole.present += version.answers.present
        whole.stands += version.answers.stands
        whole.contested += version.answers.contested
        whole.doubt = whole.doubt or version.answers.doubt
    return [Version(several[-1].path, whole)] if len(several) > 1 else several
