"""Marked classes made without running anything: the folder that `nhsreform mark` leaves, from values."""

import contextlib
import hashlib

from nhsreform.marking import marks
from nhsreform.marking.collect import Handin
from nhsreform.marking.run import Answers
from nhsreform.paths import checkout
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
    return marks.Key([checkout() / "exercises"])


def make(out, handed_in, absent=(), practice=False, notes=None):
    """Write marks.csv and audit.jsonl of a class. `handed_in`: {student: {question: value}}; `absent`: students without any."""
    out.mkdir(parents=True, exist_ok=True)
    opened = key()
    questions = [question for answers in handed_in.values() for question in answers]
    exercises = tuple(name for name in opened.exercises if {*opened.exercises[name]} & {*questions})
    with contextlib.closing(marks.Log(out, "made up")) as log:
        log.add(
            "start",
            engine="made up",
            key_sha256=opened.sha256,
            exercises=list(exercises),
            attempt="latest",
            practice=practice,
        )
        submissions = []
        for student, answers in handed_in.items():
            for exercise in exercises:
                mine = {
                    question: value for question, value in answers.items() if question in opened.exercises[exercise]
                }
                if not mine:
                    continue
                text = f"{student} {exercise} {mine}"
                sha256 = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
                values = {question: [plain(value)] for question, value in mine.items()}
                found = Answers(
                    values, present=opened.questions(exercise, True), notes=list((notes or {}).get(student, []))
                )
                log.add_answers(sha256, found)
                handin = Handin(student, f"{student}/{exercise}.ipynb", f"{exercise}.ipynb", "folder")
                submissions.append(marks.Submission(handin, sha256))
                log.add(
                    "hand-in", student=student, where=handin.where, sha256=sha256, problem="", platform="folder", number="",
                    full_name="", handed_in=None, late=None,
                )  # fmt: skip
        settings = marks.Settings(exercises, practice=practice, roster=tuple(absent))
        marks.write(out / marks.MARKS, marks.as_csv(marks.judged(submissions, log, opened, settings, out)))
        log.add("end", written=True)
    return out


def right(question):
    """Return the value of the worked answer to a question."""
    return key().entry(question).answer
