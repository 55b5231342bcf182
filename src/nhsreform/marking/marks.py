"""From answers to marks: the log of what was run, the verdicts, and marks.csv.

The key is opened here, when the last student's process has ended. marks.csv is made anew each time, from the hand-ins, the
answers in the log, the key and the settings, so the same four give the same file, byte for byte. Times stand in the log
alone.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import hashlib
import io
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nhsreform.marking.collect import CAP, Handin, LateRule
from nhsreform.marking.run import UNREADABLE, Answers
from nhsreform.marking.sheets import guarded, numbered_rows, points_of
from nhsreform.paths import PackError, nearest
from nhsreform.questions import judge
from nhsreform.questions import key as keys
from nhsreform.questions.kinds import Question
from nhsreform.questions.value import Plain, is_blank

COLUMNS = ("student", "exercise", "question", "state", "points", "max", "note")
HAND_COLUMNS = ("student", "exercise", "question", "points", "note")
# by-hand.csv has one column more when prose marking wrote it: the SHA-256 of the answer that was read.
ANSWER = "answer"
CRASHED, TIMED_OUT, ABSENT = "crashed", "timed out", "not submitted"
STATES = (
    judge.RIGHT,
    judge.PARTLY,
    judge.WRONG,
    judge.UNTRIED,
    CRASHED,
    TIMED_OUT,
    ABSENT,
    judge.PERSON,
)
MARKS, LOG, BY_HAND = "marks.csv", "audit.jsonl", "by-hand.csv"
LATEST, BEST = "latest", "best"
# Longer texts are no answer to any question but a prose one, and comparing them with a source takes long.
LONGEST = 1_000
FORMAT = 1


class MarkError(PackError):
    """Marking cannot go on: says why, and what to do."""


def disk_sentence(error: OSError, out: Path) -> str:
    """Return what to tell when something cannot be written."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
        return (
            f"There is no room left on the disk to write into {out}. Nothing that was written is lost: "
            "make room, then type the same command again with --resume."
        )
    return f"{out} cannot be written ({error.strerror}). Put it right, then type the same command again with --resume."


# --- the key --------------------------------------------------------------------------------------------------------------


class Key:
    """One key, or several put together: the questions by exercise, their entries, and a hash of all of it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Read the keys of `folders`; a question in a later one replaces an earlier one's. Raises PackError."""
        self.stored: dict[str, dict[str, Any]] = {}
        for folder in folders:
            self.stored |= keys.read(folder)
        whole = json.dumps(self.stored, ensure_ascii=False, sort_keys=True).encode("utf-8")
        self.sha256 = hashlib.sha256(whole).hexdigest()
        self.exercises: dict[str, list[str]] = {}
        for question in sorted(self.stored, key=in_order):
            self.exercises.setdefault(self.stored[question]["exercise"], []).append(question)

    def entry(self, question: str) -> Question:
        """Return a question, ready for the judge. Raises SourceError when its text is missing."""
        return keys.opened(self.stored[question])

    def exercises_of(self, present: Iterable[str]) -> tuple[str, ...]:
        """Return the exercises that a notebook with these questions hands in.

        The one it has most questions of, and any other of which it has at least half.
        """
        known = [question for question in present if question in self.stored]
        counted = Counter(self.stored[question]["exercise"] for question in known)
        if not counted:
            return ()
        main = max(counted, key=lambda exercise: (counted[exercise], exercise))
        more = [name for name, n in sorted(counted.items()) if name != main and 2 * n >= len(self.exercises[name])]
        return main, *more

    def named_in(self, file_name: str) -> str:
        """Return the exercise that a file's name says, or ""."""
        return next((name for name in sorted(self.exercises, reverse=True) if name in file_name.lower()), "")

    def questions(self, exercise: str, practice: bool) -> list[str]:
        """Return an exercise's questions that count: the core ones, or all."""
        return [question for question in self.exercises[exercise] if practice or self.stored[question]["core"]]


def exercise_names(asked: Iterable[str], known: Sequence[str], where: str = "") -> tuple[str, ...]:
    """Return exercises by their full names; 1 and 01 stand for 01-joint-report.

    Raises MarkError for one that is not known, with `where` in front.

    >>> exercise_names(["2", "01-joint-report"], ["01-joint-report", "02-pct-managers"])
    ('02-pct-managers', '01-joint-report')
    """
    names: list[str] = []
    for name in asked:
        number = name.lstrip("0") if name.isdecimal() else None
        found = [full for full in known if full == name or full.split("-")[0].lstrip("0") == number]
        if not found:
            raise MarkError(f"{where}There is no exercise {name!r}. {nearest(name, list(known))}")
        names += found
    return tuple(dict.fromkeys(names))


def in_order(question: str) -> tuple[int, ...]:
    """Return what question ids are put in order by: 2.10 comes after 2.9."""
    return tuple(int(part) for part in question.split("."))


# --- the log ----------------------------------------------------------------------------------------------------------------


class Log:
    """audit.jsonl: one line of JSON for each run, hand-in and notebook's answers; only ever added to.

    It is also what --resume goes by: answers are found again by the SHA-256 of the file they came from.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        """Open the log in `folder`, cutting off a last line that was never finished. `engine` says what ran the notebooks.

        Raises MarkError when it cannot be written.
        """
        self.path, self.engine = folder / LOG, engine
        self.places: dict[str, int] = {}
        self.finished = True
        self._stream: io.BufferedRandom | None = None
        try:
            self._read()
            self._stream = self.path.open("r+b" if self.path.exists() else "w+b", buffering=0)  # type: ignore[assignment]
            self._stream.seek(0, os.SEEK_END)
        except OSError as error:
            raise MarkError(disk_sentence(error, folder)) from error

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        with self.path.open("rb") as stream:
            for line in stream:
                try:
                    record = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    record = None
                if not isinstance(record, dict):
                    break
                if record.get("event") == "answers" and record.get("engine") == self.engine:
                    self.places[record["sha256"]] = whole
                if record.get("event") in ("start", "end"):
                    self.finished = record["event"] == "end"
                whole += len(line)
        if whole < self.path.stat().st_size:
            with self.path.open("r+b") as stream:
                stream.truncate(whole)

    def add(self, event: str, **record: Any) -> None:
        """Add one line. Raises MarkError when the disk is full."""
        assert self._stream is not None
        # ASCII alone: what a student wrote may steer a terminal that shows the file.
        line = json.dumps({"event": event} | record).encode("ascii") + b"\n"
        at = self._stream.seek(0, os.SEEK_END)
        try:
            left = memoryview(line)
            while left:
                left = left[self._stream.write(left) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                self._stream.truncate(at)
            raise MarkError(disk_sentence(error, self.path.parent)) from error
        if event == "answers" and record.get("engine") == self.engine:
            self.places[record["sha256"]] = at

    def add_answers(self, sha256: str, answers: Answers, **more: Any) -> None:
        """Add what a notebook answers."""
        self.add("answers", engine=self.engine, sha256=sha256, **more, **asdict(answers))

    def answers(self, sha256: str) -> Answers:
        """Return the answers that came from a file. Raises KeyError when it was never run."""
        assert self._stream is not None
        with self.path.open("rb") as stream:
            stream.seek(self.places[sha256])
            record = json.loads(stream.readline())
        return Answers(**{name: record[name] for name in Answers.__dataclass_fields__})

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None


# --- verdicts ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """What marks depend on besides hand-ins, answers and key."""

    exercises: tuple[str, ...] = ()
    attempt: str = LATEST
    practice: bool = False
    late: LateRule = field(default_factory=LateRule)
    roster: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """One line of marks.csv, and what feedback is made from: the judge's message, and the value handed in."""

    student: str
    exercise: str
    question: str
    state: str
    points: float | None
    max: float
    note: str = ""
    message: str = ""
    value: Plain | None = None

    def row(self) -> list[str]:
        """Return the line's cells, safe to open in a spreadsheet."""
        points = "" if self.points is None else f"{self.points:g}"
        most = f"{self.max:g}" if self.question else ""
        return [
            safe(cell) for cell in (self.student, self.exercise, self.question, self.state, points, most, self.note)
        ]


@dataclass(frozen=True)
class Submission:
    """A hand-in with the SHA-256 of its file; "" when there is no notebook in it."""

    handin: Handin
    sha256: str
    problem: str = ""


@dataclass
class _Attempt:
    submission: Submission
    answers: Answers
    notes: list[str]


def safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, on one line.

    >>> safe("=1+1"), safe("smith"), safe("-2")
    ("'=1+1", 'smith', "'-2")
    """
    return guarded("".join(sign if not unicodedata.category(sign).startswith("C") else " " for sign in text))


def _long(value: Any) -> bool:
    """Return whether any text in a plain value is longer than LONGEST."""
    if isinstance(value, dict):
        return any(_long(part) for part in value.values())
    if isinstance(value, list):
        return any(_long(part) for part in value)
    return isinstance(value, str) and len(value) > LONGEST


def verdict(value: Plain, question: Question) -> tuple[judge.Verdict, str]:
    """Return (the judge's verdict on a value, a note on what kept it from judging); whatever a value is made of, it costs no more than its own question."""
    if value == UNREADABLE:
        return judge.Verdict(judge.PERSON), "what came back is not an answer"
    if not question.by_person and _long(value):
        value = value | {"cut": True}
    try:
        return judge.verdict(value, question), ""
    except Exception as error:
        return judge.Verdict(judge.PERSON), f"not judged ({type(error).__name__})"


def _counting(values: Sequence[Plain], question: Question) -> Plain | None:
    """Return the value that counts: the last that is filled in, else the last."""
    filled = [value for value in values if not is_blank(value, question.untouched)]
    return (filled or list(values) or [None])[-1]


def _judged(student: str, exercise: str, question: str, attempt: _Attempt, entry: Question) -> Mark:
    answers, most = attempt.answers, float(entry.points)
    value = _counting(answers.values.get(question, ()), entry)
    trouble = answers.trouble.get(question, "")
    verdict_on, note = verdict(value, entry) if value is not None else (judge.Verdict(judge.UNTRIED), "")
    state = verdict_on.state
    points: float | None = round(verdict_on.share * most, 2)
    if question in answers.contested:
        state, note, points = judge.PERSON, "the file holds two versions of this answer", None
    elif state == judge.UNTRIED and trouble:
        state, _, note = trouble.partition(": ")
    elif state == judge.UNTRIED and answers.doubt and question not in answers.present:
        state, note = judge.PERSON, "part of the file could not be read"
    elif state == judge.UNTRIED and not answers.present:
        state, note = judge.PERSON, "the file holds no question at all"
    elif state == judge.UNTRIED and question not in answers.present:
        note = "no cell of this question in the file"
    elif trouble:
        note = f"after it was set, its cell {trouble.replace(': ', ' with ')}"
    if state == judge.PERSON:
        points = None
    return Mark(student, exercise, question, state, points, most, note, verdict_on.message, value)


def _attempt(submission: Submission, exercise: str, log: Log, key: Key) -> _Attempt:
    if not submission.sha256:
        return _Attempt(submission, Answers(doubt=True), [submission.problem])
    answers = log.answers(submission.sha256)
    notes = list(answers.notes)
    named = key.named_in(submission.handin.name)
    if named and named not in key.exercises_of(answers.present) and answers.present:
        notes.append(f"the file is called {named}, but holds {exercise}")
    return _Attempt(submission, answers, notes)


def _merged(attempts: list[_Attempt]) -> list[_Attempt]:
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


def _of_exercise(
    student: str, exercise: str, found: list[Submission], log: Log, key: Key, settings: Settings
) -> list[Mark]:
    """Return the marks of one student in one exercise, from all the files handed in for it."""
    questions = key.questions(exercise, settings.practice)
    entries = {question: key.entry(question) for question in questions}
    attempts = [_attempt(submission, exercise, log, key) for submission in found]
    attempts = _merged(attempts) if len(attempts) > 1 else attempts
    tried = [[_judged(student, exercise, q, attempt, entries[q]) for q in questions] for attempt in attempts]
    chosen = len(tried) - 1
    if settings.attempt == BEST:
        chosen = max(range(len(tried)), key=lambda i: (sum(mark.points or 0 for mark in tried[i]), i))
    notes = list(attempts[chosen].notes)
    if len(attempts) > 1:
        notes.append(
            f"{len(attempts)} attempts; the {settings.attempt} counts: {attempts[chosen].submission.handin.name}"
        )
    late, sentence = settings.late.late(attempts[chosen].submission.handin, exercise)
    marks = tried[chosen]
    if late and settings.late.rule == CAP:
        sentence += f"; points held to {settings.late.cap:.0%}"
        marks = [_capped(mark, settings.late.cap) for mark in marks]
    notes += [sentence] if sentence else []
    return [_noted(mark, notes) if number == 0 else mark for number, mark in enumerate(marks)]


def _capped(mark: Mark, cap: float) -> Mark:
    if mark.points is None or mark.points <= cap * mark.max:
        return mark
    return _changed(mark, points=round(cap * mark.max, 2))


def _changed(mark: Mark, **changes: Any) -> Mark:
    return Mark(**{name: getattr(mark, name) for name in Mark.__dataclass_fields__} | changes)


def _noted(mark: Mark, notes: Sequence[str]) -> Mark:
    return _changed(mark, note="; ".join([*notes, *([mark.note] if mark.note else [])]))


def digest(value: Any) -> str:
    """Return the SHA-256 of an answer, or of anything else that is plain JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Hand:
    """One line of by-hand.csv: what a person gave an answer.

    answer is the SHA-256 of the answer that the person read, where the file has such a column, else "".
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

    def in_marks(self, most: float) -> tuple[str, str]:
        """Return the state and the note that it has in marks.csv."""
        state = judge.RIGHT if self.points >= most else judge.PARTLY if self.points > 0 else judge.WRONG
        return state, f"by hand{': ' if self.note else ''}{self.note}"


def by_hand(out: Path) -> dict[tuple[str, str, str], Hand]:
    """Return {(student, exercise, question): what a person gave}, from by-hand.csv in `out`; nothing where there is none.

    Raises CsvError naming the row that cannot be read.
    """
    path = out / BY_HAND
    if not path.exists():
        return {}
    found = {}
    # Somebody who types a line may leave out the note.
    for place, row in numbered_rows(path, HAND_COLUMNS[:4]):
        name = (row["student"], row["exercise"], row["question"])
        points = points_of(row["points"], f"{path.name}, row {place}, points")
        found[name] = Hand(*name, points, row.get("note", ""), row.get(ANSWER, ""))
    return found


def _with_hand(mark: Mark, hand: dict[tuple[str, str, str], Hand]) -> Mark:
    """Return a mark as a person gave it, where one did, and to the answer that counts now. Raises MarkError."""
    # The names in by-hand.csv are those of marks.csv, so they have been made safe.
    given = hand.get((safe(mark.student), mark.exercise, mark.question))
    if given is None:
        return mark
    if not given.counts(mark.value, mark.max):
        return _noted(mark, ["a person marked another answer before"])
    state, note = given.in_marks(mark.max)
    return _changed(mark, state=state, points=given.points, note=note)


def judged(
    submissions: Iterable[Submission], log: Log, key: Key, settings: Settings, out: Path | None = None
) -> Iterator[Mark]:
    """Yield every mark, by student, exercise and question: also of those who handed nothing in.

    With `out`, what a person marked there (by-hand.csv) stands above what the program says. Raises PackError.
    """
    hand = by_hand(out) if out else {}
    by_student: dict[str, list[tuple[Submission, tuple[str, ...]]]] = {student: [] for student in settings.roster}
    handed_in: set[str] = set()
    for submission in submissions:
        exercises = exercises_of(submission, log, key)
        by_student.setdefault(submission.handin.student, []).append((submission, exercises))
        handed_in.update(exercises)
    expected = [name for name in key.exercises if name in (settings.exercises or handed_in)]
    for student in sorted(by_student):
        placed: set[int] = set()
        for exercise in expected:
            for mark in _of_student(student, exercise, expected, by_student[student], placed, log, key, settings):
                yield _with_hand(mark, hand)
        for number, (submission, exercises) in enumerate(by_student[student]):
            if number not in placed and not exercises:
                why = submission.problem or "the file holds no question of any exercise"
                yield Mark(student, "", "", judge.PERSON, None, 0, f"{submission.handin.name}: {why}")


def exercises_of(submission: Submission, log: Log, key: Key) -> tuple[str, ...]:
    """Return the exercises a hand-in is for: by the questions in it, else by its name."""
    found = key.exercises_of(log.answers(submission.sha256).present) if submission.sha256 else ()
    named = key.named_in(submission.handin.name)
    return found or ((named,) if named else ())


def _of_student(
    student: str,
    exercise: str,
    expected: Sequence[str],
    found: list[tuple[Submission, tuple[str, ...]]],
    placed: set[int],
    log: Log,
    key: Key,
    settings: Settings,
) -> list[Mark]:
    """Return one student's marks in one exercise; the numbers of the hand-ins used go into `placed`."""
    # Where only one exercise is asked for, a hand-in that cannot be told is taken to be meant for it.
    mine = [n for n, (_, names) in enumerate(found) if exercise in names or (not names and len(expected) == 1)]
    placed.update(mine)
    if mine:
        return _of_exercise(student, exercise, [found[n][0] for n in mine], log, key, settings)
    others = sorted({name for _, names in found for name in names} - set(expected))
    note = f"handed in {', '.join(others)} instead" if others else ""
    questions = key.questions(exercise, settings.practice)
    absent = [
        Mark(student, exercise, question, ABSENT, 0.0, float(key.stored[question]["points"])) for question in questions
    ]
    return [_changed(absent[0], note=note), *absent[1:]] if absent and note else absent


# --- the file ---------------------------------------------------------------------------------------------------------------


def as_csv(marks: Iterable[Mark]) -> str:
    """Return marks as the text of marks.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(mark.row() for mark in marks)
    return text.getvalue()


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises MarkError when there is no room for it."""
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise MarkError(disk_sentence(error, path.parent)) from error


@dataclass(frozen=True)
class Change:
    """One line of marks.csv that would not stay as it is; before or after is "" where there is none."""

    student: str
    exercise: str
    question: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"{self.student}  {self.question or self.exercise}: {self.before or 'no line'} -> {self.after or 'no line'}"
        )


def changes(old: str, new: str) -> list[Change]:
    """Return what differs between two texts of marks.csv, whatever the notes say, in the order of the new one."""

    def read(text: str) -> dict[tuple[str, str, str], str]:
        rows: dict[tuple[str, str, str], str] = {}
        for row in csv.DictReader(io.StringIO(text)):
            name = (row.get("student") or "", row.get("exercise") or "", row.get("question") or "")
            rows[name] = f"{row.get('state')} {row.get('points')}".strip()
        return rows

    before, after = read(old), read(new)
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(*name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]
