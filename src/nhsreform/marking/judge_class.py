"""From answers to marks: whose file is for which exercise, which attempt counts, what each answer is worth.

The key is opened here, when the last student's process has ended. The marks depend on the hand-ins, the answers in the log,
the key and the settings alone, so the same four give the same marks. Called by `mark_a_class`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nhsreform.marking import which_files_count
from nhsreform.marking.class_key import Key
from nhsreform.marking.hand_ins.handin import Handin
from nhsreform.marking.hand_ins.late_work import CAP, LateRule
from nhsreform.marking.hand_ins.platform_names import PLATFORMS
from nhsreform.marking.log import Log
from nhsreform.marking.record import ABSENT, PERSON, UNTRIED, HandedIn, Mark
from nhsreform.marking.sandbox.answers import NOT_RUN, UNREADABLE, Answers
from nhsreform.marking.which_files_count import HandedFile, Place
from nhsreform.questions import judge
from nhsreform.questions.kinds import Question
from nhsreform.questions.value import Plain, describe, is_blank

LATEST, BEST = "latest", "best"


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
    """A hand-in with the SHA-256 of its file; "" when there is no notebook in it, and then that of its `content`."""

    handin: Handin
    sha256: str
    problem: str = ""
    content: str = ""

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
            content=self.content,
        )


# --- one answer -------------------------------------------------------------------------------------------------------------


def verdict(value: Plain, question: Question) -> tuple[judge.Verdict, str]:
    """Return the judge's verdict on a value, and a note on what kept it from judging.

    Whatever a value is made of, it costs no more than its own question.
    """
    if value == UNREADABLE:
        return judge.Verdict(PERSON), "what came back is not an answer"
    try:
        return judge.verdict(value, question), ""
    except Exception as error:
        return judge.Verdict(PERSON), f"not judged ({type(error).__name__})"


def _counting(values: Sequence[Plain], question: Question) -> Plain | None:
    """Return the value that counts: the last that is filled in, else the last."""
    filled = [value for value in values if not is_blank(value, question.untouched)]
    counting = filled or list(values)
    return counting[-1] if counting else None


# Errors of a cell that never ran as Python, and endings that stay what they are: exits, endless loops, memory, and an error
# whose name is none.
_NEVER_RAN = ("SyntaxError", "IndentationError", "TabError")
_STAY = (
    "SystemExit",
    "KeyboardInterrupt",
    "MemoryError",
    "RecursionError",
    "the process ended",
    "far too much output",
    "an error",
)
VERSIONS = "files of one hand-in would earn different marks"
ELSEWHERE = "an answer to it stands in another file"
# Of these values no more comes back than what they are, so the words in them were not read.
_NOT_READ = ("other", "table")
INSTEAD = "another exercise came than those that are marked"
NO_ANSWER = "its value is of a kind that is not read here"


def _unread(question: str, answers: Answers) -> str:
    """Return why a person should look at an answer of which nothing was read, or "" when there is nothing to look at."""
    trouble, text = answers.trouble.get(question, ""), answers.written.get(question, "")
    _, _, error = trouble.partition(": ")
    if trouble == "timed out" or error in _STAY:
        return ""
    if trouble == NOT_RUN:
        return NOT_RUN
    if error in _NEVER_RAN:
        return f"its cell never ran as Python ({error})"
    if error == "NameError":
        return "its cell uses a name that means nothing (NameError)"
    if trouble:
        return "its cell stopped with an error before it set an answer" if text else ""
    if answers.doubt and question not in answers.present:
        return "part of the file could not be read"
    if not answers.present and not answers.stands:
        return "the file holds no question at all"
    if text and question in answers.present:
        return "something is written at it, but its cell sets no answer"
    if text:
        return "something is written at it, but not in a cell of code"
    if question in answers.stands and question not in answers.present:
        return "its answer cell is missing"
    return "text stands outside the answer cells" if "" in answers.written else ""


def _judged(student: str, question: str, answers: Answers, entry: Question) -> Mark:
    """Return the mark of one answer."""
    most = float(entry.points)
    value = _counting(answers.values.get(question, ()), entry)
    trouble = answers.trouble.get(question, "")
    outcome, note = verdict(value, entry) if value is not None else (judge.Verdict(UNTRIED), "")
    points = round(outcome.share * most, 2)
    mark = Mark(student, entry.exercise, question, outcome.state, points, most, "", outcome.message, value)
    text = answers.written.get(question, "")
    if question in answers.contested:
        return mark.asked("the file holds two versions of this answer", text=text)
    if outcome.state == PERSON:
        return mark.asked(note)
    if outcome.state == judge.WRONG and value is not None and (entry.by_person or value["type"] in _NOT_READ):
        return mark.asked(NO_ANSWER, f"its value is {describe(value)}", text)
    if outcome.state != UNTRIED:
        note = f"after it was set, its cell {trouble.replace(': ', ' with ')}" if trouble else ""
        return replace(mark, note=note)
    reason = _unread(question, answers)
    if reason:
        return mark.asked(reason, text=text or answers.written.get("", ""))
    if trouble:
        state, _, note = trouble.partition(": ")
        return replace(mark, state=state, note=note)
    return mark if question in answers.present else replace(mark, note="no cell of this question in the file")


def _text_of(files: Sequence[HandedFile], question: str) -> str:
    """Return what files that hold no question say that may be an answer to one."""
    written = [file.answers.written for file in files if file.answers and file.says_something]
    return "\n".join(text for one in written if (text := one.get(question) or one.get("")))


def _nothing_read(mark: Mark, entry: Question) -> bool:
    """Return whether a mark is 0 because nothing was read for it."""
    return mark.points == 0 and (mark.value is None or is_blank(mark.value, entry.untouched))


def _worth(marks: Sequence[Mark], cap: float) -> float:
    """Return the points of an attempt, as the rule for late work leaves them."""
    return sum(replace(mark, cap=cap).held().points or 0 for mark in marks)


# --- one student, and all of them ---------------------------------------------------------------------------------------------


class Judge:
    """Judges a class: its submissions, by the answers in the log, the key and the settings.

    late: {(student, exercise): how late it came} of all late work; there when the marks have been taken.
    """

    def __init__(self, submissions: Iterable[Submission], log: Log, key: Key, settings: Settings) -> None:
        self.key, self.settings = key, settings
        self.late: dict[tuple[str, str], str] = {}
        self.files: dict[str, list[HandedFile]] = {student: [] for student in settings.roster}
        for submission in submissions:
            answers = log.answers(submission.sha256) if submission.sha256 else None
            file = HandedFile.of(submission.handin, submission.sha256, submission.problem, answers, key)
            self.files.setdefault(submission.handin.student, []).append(file)
        handed_in = {name for files in self.files.values() for name in which_files_count.exercises(files)}
        self.expected = [name for name in key.exercises if name in (settings.exercises or handed_in)]
        # Opened once for the whole class.
        self.entries: Mapping[str, Mapping[str, Question]] = {
            exercise: {question: key.entry(question) for question in key.questions(exercise, settings.practice)}
            for exercise in self.expected
        }

    def marks(self) -> Iterator[Mark]:
        """Yield every mark, by student, exercise and question: also of those who handed nothing in."""
        for student in sorted(self.files):
            files = self.files[student]
            places = [which_files_count.place(files, exercise) for exercise in self.expected]
            marks = [mark for place in places for mark in self._of_student(student, place, files)]
            waiting = {mark.exercise for mark in marks if mark.state == PERSON}
            said = [file for place in places if place.exercise in waiting for file in place.loose]
            aside = which_files_count.left_out([file for file in files if file not in said])
            marks[:1] = [mark.noted([aside]) for mark in marks[:1]]
            yield from marks
            used = [file for place in places for file in place.counting]
            for file in files:
                if file not in said and file not in used:
                    yield from self._of_no_exercise(student, file, files)

    def _of_no_exercise(self, student: str, file: HandedFile, files: Sequence[HandedFile]) -> Iterator[Mark]:
        """Yield a line for a file that is for no exercise, where the student handed in nothing else."""
        if file.exercises or any(other.kind == which_files_count.COUNTS for other in files):
            return
        late, sentence = self.settings.late.late(file.handin, "")
        if late and self.settings.late.rule == CAP:
            sentence += "; the points for a file of no exercise are not held: give what it may have"
        yield Mark(student, "", "", UNTRIED, None, 0, late=sentence).asked(file.why, file.path)

    def _of_student(self, student: str, place: Place, files: Sequence[HandedFile]) -> list[Mark]:
        """Return one student's marks in one exercise; who handed in anything that may be an answer gets no silent 0."""
        entries = self.entries[place.exercise]
        if place.counting:
            marks = self._of_exercise(student, place)
        else:
            marks = [Mark(student, place.exercise, q, ABSENT, 0.0, float(e.points)) for q, e in entries.items()]
            marks = self._instead(marks, files)
        marks = [
            self._asked(mark, place, files) if _nothing_read(mark, entries[mark.question]) else mark for mark in marks
        ]
        waits = not place.counting and place.loose and any(mark.state == PERSON for mark in marks)
        return self._with_lateness(student, place.exercise, place.loose, marks) if waits else marks

    def _instead(self, marks: list[Mark], files: Sequence[HandedFile]) -> list[Mark]:
        """Return marks of who handed in nothing for an exercise; for a person, where another came in place of all that were set.

        In a folder that holds the work of a whole term, another exercise beside them is no mistake: it is only said.
        """
        others = sorted({name for file in files for name in file.exercises} - set(self.expected))
        if not others:
            return marks
        said = f"handed in {', '.join(others)} instead"
        downloaded = any(file.handin.platform in PLATFORMS for file in files)
        if downloaded and not any(name in self.expected for file in files for name in file.exercises):
            return [mark.asked(INSTEAD, said) for mark in marks]
        return [mark.noted([said]) if at == 0 else mark for at, mark in enumerate(marks)]

    def _asked(self, mark: Mark, place: Place, files: Sequence[HandedFile]) -> Mark:
        """Return a mark for which nothing was read; for a person, where something else may hold the answer."""
        for file in files:
            answers = file.answers
            if answers is None or file.kind != which_files_count.COUNTS or file in place.counting:
                continue
            if file.exercises and place.exercise in file.exercises and not file.same_time(place.counting):
                continue
            values = answers.values.get(mark.question, ())
            if mark.question in answers.written or not all(map(is_blank, values)):
                return mark.asked(ELSEWHERE, file.path, answers.written.get(mark.question, ""))
        if place.loose:
            return mark.asked(
                place.loose[0].reason, which_files_count.in_words(place.loose), _text_of(place.loose, mark.question)
            )
        return mark

    def _of_exercise(self, student: str, place: Place) -> list[Mark]:
        """Return the marks of one student in one exercise, from all the files that count for it."""
        attempts = which_files_count.attempts(place.counting)
        judged = [self._of_attempt(student, place.exercise, files) for files in attempts]
        chosen = len(judged) - 1
        if self.settings.attempt == BEST:
            caps = [self._cap(files, place.exercise) for files in attempts]
            chosen = max(range(len(judged)), key=lambda i: (_worth(judged[i], caps[i]), i))
        files, marks = attempts[chosen], judged[chosen]
        notes = [note for file in files for note in self._notes(file, place.exercise)]
        if len(files) > 1:
            notes.append(f"handed in in {len(files)} files: {', '.join(file.path for file in files)}")
        if len(attempts) > 1:
            notes.append(f"{len(attempts)} attempts; the {self.settings.attempt} counts: {files[-1].path}")
        marks[:1] = [mark.noted(notes) for mark in marks[:1]]
        return self._with_lateness(student, place.exercise, files, marks)

    def _with_lateness(self, student: str, exercise: str, files: Sequence[HandedFile], marks: list[Mark]) -> list[Mark]:
        """Return the marks with what the rule says of late work, and leaves of the points: the latest of the files counts."""
        rule = self.settings.late
        said = [(*rule.late(file.handin, exercise), file) for file in files]
        late, sentence, file = max(said, key=lambda one: (one[0], one[2].time, one[1]))
        cap = self._cap(files, exercise)
        if late:
            sentence = "; ".join(part for part in (sentence, rule.not_allowed(file.handin)) if part)
            sentence += f"; points held to {cap:.0%} in each question" if rule.rule == CAP else ""
            self.late[student, exercise] = sentence
        marks[:1] = [replace(mark, late=sentence) for mark in marks[:1]]
        return [replace(mark, cap=cap).held() for mark in marks]

    def _cap(self, files: Sequence[HandedFile], exercise: str) -> float:
        """Return the share of its points that an attempt may have."""
        rule = self.settings.late
        late = rule.rule == CAP and any(rule.late(file.handin, exercise)[0] for file in files)
        return rule.cap if late else 1.0

    def _of_attempt(self, student: str, exercise: str, files: Sequence[HandedFile]) -> list[Mark]:
        """Return the marks of the files of one attempt. Where they would earn different marks, a person decides."""
        versions = which_files_count.versions(files)
        marks = []
        for question, entry in self.entries[exercise].items():
            each = [_judged(student, question, version.answers, entry) for version in versions]
            same = {(mark.state, mark.points, repr(mark.value) if mark.state == PERSON else "") for mark in each}
            if len(same) == 1:
                marks.append(each[-1])
                continue
            said = "; ".join(f"{version.path}: {mark.state}" for version, mark in zip(versions, each, strict=True))
            text = "\n".join(
                f"{version.path}: {version.answers.written.get(question) or mark.state}"
                for version, mark in zip(versions, each, strict=True)
            )
            blank = Mark(student, exercise, question, UNTRIED, 0.0, float(entry.points))
            marks.append(blank.asked(VERSIONS, said, text))
        return marks

    def _notes(self, file: HandedFile, exercise: str) -> list[str]:
        """Return what the lecturer should know of a file that counts."""
        answers = file.answers or Answers()
        notes = list(answers.notes)
        named = self.key.named_in(file.handin.name)
        if named and named not in file.exercises and answers.present:
            notes.append(f"the file is called {named}, but holds {exercise}")
        return notes
