"""From answers to marks: whose file is for which exercise, which attempt counts, what each answer is worth.

The key is opened here, when the last student's process has ended. The marks depend on the hand-ins, the answers in the log,
the key and the settings alone, so the same four give the same marks. Called by `mark_a_class`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nhsreform.marking.class_key import Key
from nhsreform.marking.hand_ins.collect import Handin
from nhsreform.marking.hand_ins.late_work import CAP, LateRule
from nhsreform.marking.log import Log
from nhsreform.marking.record import ABSENT, PERSON, UNTRIED, HandedIn, Mark
from nhsreform.marking.sandbox.answers import UNREADABLE, Answers
from nhsreform.questions import judge
from nhsreform.questions.kinds import Question
from nhsreform.questions.value import Plain, is_blank

LATEST, BEST = "latest", "best"
# Longer texts are no answer to any question but a prose one, and comparing them with a source takes long.
LONGEST = 1_000


@dataclass(frozen=True)
class Settings:
    """What marks depend on besides hand-ins, answers and key."""

    exercises: tuple[str, ...] = ()
    attempt: str = LATEST
    practice: bool = False
    late: LateRule = field(default_factory=LateRule)
    roster: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """A hand-in with the SHA-256 of its file; "" when there is no notebook in it."""

    handin: Handin
    sha256: str
    problem: str = ""

    def recorded(self) -> HandedIn:
        """Return it as it stands in the record and the log."""
        handin = self.handin
        return HandedIn(
            student=handin.student,
            where=handin.where,
            sha256=self.sha256,
            problem=self.problem,
            platform=handin.platform,
            number=handin.number,
            full_name=handin.full_name,
            handed_in=handin.handed_in.isoformat() if handin.handed_in else None,
            late=handin.late,
        )


# --- one answer -------------------------------------------------------------------------------------------------------------


def _long(value: Any) -> bool:
    """Return whether any text in a plain value is longer than LONGEST."""
    if isinstance(value, dict):
        return any(_long(part) for part in value.values())
    if isinstance(value, list):
        return any(_long(part) for part in value)
    return isinstance(value, str) and len(value) > LONGEST


def verdict(value: Plain, question: Question) -> tuple[judge.Verdict, str]:
    """Return the judge's verdict on a value, and a note on what kept it from judging.

    Whatever a value is made of, it costs no more than its own question.
    """
    if value == UNREADABLE:
        return judge.Verdict(PERSON), "what came back is not an answer"
    if not question.by_person and _long(value):
        value = value | {"cut": True}
    try:
        return judge.verdict(value, question), ""
    except Exception as error:
        return judge.Verdict(PERSON), f"not judged ({type(error).__name__})"


def _counting(values: Sequence[Plain], question: Question) -> Plain | None:
    """Return the value that counts: the last that is filled in, else the last."""
    filled = [value for value in values if not is_blank(value, question.untouched)]
    counting = filled or list(values)
    return counting[-1] if counting else None


def _judged(student: str, question: str, answers: Answers, entry: Question) -> Mark:
    """Return the mark of one answer."""
    most = float(entry.points)
    value = _counting(answers.values.get(question, ()), entry)
    trouble = answers.trouble.get(question, "")
    outcome, note = verdict(value, entry) if value is not None else (judge.Verdict(UNTRIED), "")
    state = outcome.state
    points: float | None = round(outcome.share * most, 2)
    if question in answers.contested:
        state, note = PERSON, "the file holds two versions of this answer"
    elif state == UNTRIED and trouble:
        state, _, note = trouble.partition(": ")
    elif state == UNTRIED and answers.doubt and question not in answers.present:
        state, note = PERSON, "part of the file could not be read"
    elif state == UNTRIED and not answers.present:
        state, note = PERSON, "the file holds no question at all"
    elif state == UNTRIED and question not in answers.present:
        note = "no cell of this question in the file"
    elif trouble:
        note = f"after it was set, its cell {trouble.replace(': ', ' with ')}"
    if state == PERSON:
        points = None
    return Mark(student, entry.exercise, question, state, points, most, note, outcome.message, value)


def _capped(mark: Mark, cap: float) -> Mark:
    if mark.points is None or mark.points <= cap * mark.max:
        return mark
    return replace(mark, points=round(cap * mark.max, 2))


# --- one student, and all of them ---------------------------------------------------------------------------------------------


@dataclass
class _Attempt:
    submission: Submission
    answers: Answers
    notes: list[str]


def _put_together(attempts: list[_Attempt]) -> list[_Attempt]:
    """Put together files that share no question: one exercise handed in in pieces. Others stay apart, in their order."""
    seen: set[str] = set()
    for attempt in attempts:
        present = set(attempt.answers.present)
        if not present or present & seen:
            return attempts
        seen |= present
    whole, notes = Answers(), [f"handed in in {len(attempts)} files"]
    for attempt in attempts:
        whole.values |= attempt.answers.values
        whole.trouble |= attempt.answers.trouble
        whole.present += attempt.answers.present
        whole.contested += attempt.answers.contested
        whole.doubt = whole.doubt or attempt.answers.doubt
        notes += attempt.notes
    return [_Attempt(attempts[-1].submission, whole, notes)]


@dataclass
class _File:
    """A student's file, the exercises it is for, and whether it was used for one."""

    submission: Submission
    exercises: tuple[str, ...]
    used: bool = False


class Judge:
    """Judges a class: its submissions, by the answers in the log, the key and the settings."""

    def __init__(self, submissions: Iterable[Submission], log: Log, key: Key, settings: Settings) -> None:
        self.log, self.key, self.settings = log, key, settings
        self.files: dict[str, list[_File]] = {student: [] for student in settings.roster}
        for submission in submissions:
            exercises = self.exercises_of(submission)
            self.files.setdefault(submission.handin.student, []).append(_File(submission, exercises))
        handed_in = {name for files in self.files.values() for file in files for name in file.exercises}
        self.expected = [name for name in key.exercises if name in (settings.exercises or handed_in)]
        # Opened once for the whole class.
        self.entries: Mapping[str, Mapping[str, Question]] = {
            exercise: {question: key.entry(question) for question in key.questions(exercise, settings.practice)}
            for exercise in self.expected
        }

    def exercises_of(self, submission: Submission) -> tuple[str, ...]:
        """Return the exercises a hand-in is for: by the questions in it, else by its name."""
        present = self.log.answers(submission.sha256).present if submission.sha256 else []
        named = self.key.named_in(submission.handin.name)
        return self.key.exercises_of(present) or ((named,) if named else ())

    def marks(self) -> Iterator[Mark]:
        """Yield every mark, by student, exercise and question: also of those who handed nothing in."""
        for student in sorted(self.files):
            files = self.files[student]
            for exercise in self.expected:
                yield from self._of_student(student, exercise, files)
            for file in files:
                if not file.used and not file.exercises:
                    why = file.submission.problem or "the file holds no question of any exercise"
                    yield Mark(student, "", "", PERSON, None, 0, f"{file.submission.handin.name}: {why}")

    def _of_student(self, student: str, exercise: str, files: Sequence[_File]) -> list[Mark]:
        """Return one student's marks in one exercise."""
        # Where only one exercise is asked for, a hand-in that cannot be told is taken to be meant for it.
        alone = len(self.expected) == 1
        mine = [file for file in files if exercise in file.exercises or (alone and not file.exercises)]
        for file in mine:
            file.used = True
        if mine:
            return self._of_exercise(student, exercise, [file.submission for file in mine])
        others = sorted({name for file in files for name in file.exercises} - set(self.expected))
        absent = [
            Mark(student, exercise, question, ABSENT, 0.0, float(entry.points))
            for question, entry in self.entries[exercise].items()
        ]
        notes = [f"handed in {', '.join(others)} instead"] if others else []
        return [mark.noted(notes) if number == 0 else mark for number, mark in enumerate(absent)]

    def _of_exercise(self, student: str, exercise: str, submissions: list[Submission]) -> list[Mark]:
        """Return the marks of one student in one exercise, from all the files handed in for it."""
        entries = self.entries[exercise]
        attempts = [self._attempt(submission, exercise) for submission in submissions]
        attempts = _put_together(attempts) if len(attempts) > 1 else attempts
        judged = [
            [_judged(student, question, attempt.answers, entry) for question, entry in entries.items()]
            for attempt in attempts
        ]
        chosen = len(judged) - 1
        if self.settings.attempt == BEST:
            chosen = max(range(len(judged)), key=lambda i: (sum(mark.points or 0 for mark in judged[i]), i))
        handin, marks = attempts[chosen].submission.handin, judged[chosen]
        notes = list(attempts[chosen].notes)
        if len(attempts) > 1:
            notes.append(f"{len(attempts)} attempts; the {self.settings.attempt} counts: {handin.name}")
        rule = self.settings.late
        late, sentence = rule.late(handin, exercise)
        if late and rule.rule == CAP:
            sentence += f"; points held to {rule.cap:.0%}"
            marks = [_capped(mark, rule.cap) for mark in marks]
        notes += [sentence] if sentence else []
        return [mark.noted(notes) if number == 0 else mark for number, mark in enumerate(marks)]

    def _attempt(self, submission: Submission, exercise: str) -> _Attempt:
        if not submission.sha256:
            return _Attempt(submission, Answers(doubt=True), [submission.problem])
        answers = self.log.answers(submission.sha256)
        notes = list(answers.notes)
        named = self.key.named_in(submission.handin.name)
        if named and named not in self.key.exercises_of(answers.present) and answers.present:
            notes.append(f"the file is called {named}, but holds {exercise}")
        return _Attempt(submission, answers, notes)
