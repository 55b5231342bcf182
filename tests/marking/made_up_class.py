"""Marked classes made without running anything: the folder that `nhsreform mark` leaves, from values."""

import contextlib
import hashlib
from datetime import datetime

from nhsreform.checkout import checkout
from nhsreform.marking.class_key import Key
from nhsreform.marking.hand_ins.collect import Collection
from nhsreform.marking.hand_ins.handin import Handin
from nhsreform.marking.judge_class import Judge, Settings, Submission
from nhsreform.marking.log import Log
from nhsreform.marking.mark_a_class import ClassRun, Options, judge_and_write
from nhsreform.marking.marks_csv import as_csv
from nhsreform.marking.record import ClassRecord
from nhsreform.marking.sandbox.answers import Answers
from nhsreform.questions.value import plain

HOSTILE = {
    "html": "<img src=x onerror=alert(1)>",
    "formula": '=HYPERLINK("http://192.0.2.1","x")',
    "terminal": "Eve\x1b[2J\x07",
    "turned": "\u202egnorw \u2066Ann\u2069",
    "long": "N" * 300,
    "nothing": " ",
    "close": "</title></style><script>alert(1)</script>",
}


def key():
    return Key([checkout() / "exercises"])


class Files:
    """Handed-in files without notebooks: answers put straight into a log, and the marks that they earn."""

    def __init__(self, folder):
        self.log, self.submissions, self.key = Log(folder, "engine"), [], key()

    def add(self, answers=None, student="lee", problem="", when="2010-11-04T10:00:00", **more):
        sha256 = f"{len(self.submissions):064d}" if answers else ""
        if answers:
            self.log.add_answers(sha256, answers)
        name = more.pop("name", f"{len(self.submissions)}.ipynb")
        more = {
            "platform": "moodle",
            "handed_in": datetime.fromisoformat(when),
            "path": name,
            "problem": problem,
        } | more
        self.submissions.append(Submission(Handin(student, name, name, **more), sha256, problem))

    def marks(self, **options):
        return list(Judge(self.submissions, self.log, self.key, Settings(**options)).marks())

    def states(self, **options):
        return {(mark.student, mark.question): mark.state for mark in self.marks(**options)}


def make(out, handed_in, absent=(), practice=False, strays=None):
    """Mark a class in `out`.

    `handed_in`: {student: {question: value}}; `absent`: students without any; `strays`: {student: a file of no exercise}.
    """
    out.mkdir(parents=True, exist_ok=True)
    opened = key()
    questions = {question for answers in handed_in.values() for question in answers}
    exercises = tuple(name for name in opened.exercises if {*opened.exercises[name]} & questions)
    settings = Settings(exercises, practice=practice, roster=tuple(absent))
    class_run = ClassRun(Options(out, out, apply=True), opened, settings, Collection([], []))
    with contextlib.closing(Log(out, "made up")) as log:
        log.add("start", engine="made up")
        for student, answers in handed_in.items():
            for exercise in exercises:
                values = {q: [plain(value)] for q, value in answers.items() if q in opened.exercises[exercise]}
                if values:
                    sha256 = hashlib.sha256(f"{student} {values}".encode("utf-8", "replace")).hexdigest()
                    log.add_answers(sha256, Answers(values, present=opened.questions(exercise, True)))
                    handin = Handin(student, f"{student}/{exercise}.ipynb", f"{exercise}.ipynb", "folder")
                    class_run.submissions.append(Submission(handin, sha256))
        for student, name in (strays or {}).items():
            class_run.submissions.append(Submission(Handin(student, name, name, "folder"), "", "no notebook"))
        judge_and_write(class_run, log)
    return out


def folder_of(out, marks):
    """Write the folder of a marked class that has just these marks."""
    record = ClassRecord("", "made up", (), "latest", False, {}, [], list(marks))
    out.mkdir(parents=True, exist_ok=True)
    (out / "class.json").write_text(record.text())
    (out / "marks.csv").write_text(as_csv(record.marks), encoding="utf-8")
    with contextlib.closing(Log(out, "made up")) as log:
        log.add("start")
        log.add("end", written=True)
    return out


def right(question):
    """Return the value of the worked answer to a question."""
    return key().entry(question).answer
