"""`nhsreform mark` in a class's folder: from the platform's two downloads to what goes back to it, and again after each change.

It marks (`mark_a_class`), takes in prose points, and writes everything anew that follows from the marks: the worksheet, feedback
in bulk, prose pages, the class report. It ends on one screen: what needs a person, and what to do next.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.marking import summary
from nhsreform.marking.class_folder import ClassFolder, not_read
from nhsreform.marking.errors import MarkError, write_file
from nhsreform.marking.gradebook import PLATFORMS
from nhsreform.marking.gradebook import feedback as feedback_files
from nhsreform.marking.gradebook.fill import Choices, Filled, fill
from nhsreform.marking.gradebook.fill_report import report as gradebook_report
from nhsreform.marking.mark_a_class import ClassRun, Options, run_a_class
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.pages.class_report import report
from nhsreform.marking.pages.student import comment, student_page, titles, write_pages
from nhsreform.marking.prose.collect import Collected, collect, second_reader_in_words
from nhsreform.marking.prose.sheets import prepare, sheets_in
from nhsreform.marking.record import ABSENT, PERSON, ClassRecord, by_student
from nhsreform.text.atomic import write_whole
from nhsreform.text.numbers_in_words import plural
from nhsreform.text.untrusted import for_terminal

ALL_DONE, FOUND = 0, 1
SUMMARY, WRITTEN, GRADES, FEEDBACK = "summary.txt", "upload.json", "grades", "feedback.zip"
REPORT = "class-report.html"


@dataclass
class Delivery:
    """What was made of a marked class.

    platform: whose download it is, "" where that cannot be said. problems: what could not be made, and why. aside: files of a
    person's that were kept.
    """

    record: ClassRecord
    platform: str = ""
    prose: Collected | None = None
    to_read: dict[str, int] = field(default_factory=dict)
    filled: Filled | None = None
    grades: Path | None = None
    feedback: feedback_files.Bundle | None = None
    problems: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def mark_a_folder(place: ClassFolder, options: Options, choices: Choices) -> int:
    """Mark the class in a folder and write all that follows from it.

    Returns 0 when nothing needs a person, 1 when something does. Raises PackError when nothing can be done.
    """
    late = options.late or place.late
    if late and not options.late:
        print(for_terminal(f"The rule for late work is {late.name}."))
    times = (place.worksheet,) if place.worksheet and place.platform == "moodle" else ()
    options = replace(options, late=late, times=times, resume=True, follow=True)
    class_run = run_a_class(options)
    if not class_run.written:
        for line in summary.lines_of(class_run):
            print(for_terminal(line))
        return FOUND
    class_run.notes += not_read(place)
    delivery = _delivered(place, class_run, choices)
    screen, whole = _screen(place, class_run, delivery)
    write_file(place.marks / SUMMARY, "\n".join(whole) + "\n")
    for line in screen:
        print(for_terminal(line))
    waiting = any(mark.state == PERSON for mark in delivery.record.marks)
    to_look_at = class_run.notes or delivery.problems or (delivery.filled and delivery.filled.to_look_at)
    if delivery.prose:
        to_look_at = to_look_at or delivery.prose.problems or delivery.prose.differing
    return FOUND if waiting or to_look_at else ALL_DONE


# --- what is made ----------------------------------------------------------------------------------------------------------


def _delivered(place: ClassFolder, class_run: ClassRun, choices: Choices) -> Delivery:
    out, keys = place.marks, class_run.options.key
    taken = _taken_in(place, keys)
    record = read_class(out)
    delivery = Delivery(record, prose=taken)
    if any(summary.is_prose(mark, record.kinds) for mark in record.marks):
        questions, _ = prepare(out, place.prose, keys)
        delivery.to_read = {
            question.question: sum(not answer.points for answer in question.answers) for question in questions
        }
    named = titles(keys)
    write_pages(record.marks, named, out / "feedback")
    write_file(out / REPORT, report(record.marks, named))
    written = _Uploads(place, delivery)
    platform = delivery.platform = _platform_of(place, record, delivery)
    pages = {student: student_page(own, named) for student, own in by_student(record.marks).items()}
    handed_in = {mark.student for mark in record.marks if mark.state != ABSENT}
    pages = {
        student: page
        for student, page in pages.items()
        if student in handed_in and (not choices.only or student in choices.only)
    }
    numbers = {student: next(iter(own)) for student, own in record.numbers(platform).items() if len(own) == 1}
    if place.worksheet and platform:
        comments = {student: comment(own, named) for student, own in by_student(record.marks).items()}
        try:
            delivery.filled = fill(
                place.worksheet.read_bytes(), record, PLATFORMS[platform], choices, comments, written.grades
            )
        except PackError as error:
            delivery.problems.append(f"{place.worksheet.name} is not filled in. {error}")
            written.remove(GRADES + place.worksheet.suffix)
            # Whose number is whose is not certain then.
            numbers = {}
        else:
            numbers, written.grades = delivery.filled.numbers, delivery.filled.ours
            delivery.grades = written.write(GRADES + place.worksheet.suffix, delivery.filled.data)
    if platform in ("moodle", "canvas"):
        delivery.feedback = feedback_files.bundle(PLATFORMS[platform], record.files, pages, numbers)
        if delivery.feedback.students:
            written.write(FEEDBACK, delivery.feedback.data)
    if not (delivery.feedback and delivery.feedback.students):
        written.remove(FEEDBACK)
    return delivery


def _taken_in(place: ClassFolder, keys: Sequence[Path]) -> Collected | None:
    """Take in the CSVs of prose points: those in the prose folder, and those that a browser's download was moved beside it."""
    beside = sheets_in([place.folder], "marks-*.csv")
    inside = sheets_in([place.prose], "marks-*.csv") if place.prose.is_dir() else []
    if not (beside or inside) or not (place.marks / "prose-codes.csv").exists():
        return None
    taken = collect(place.marks, [*([place.prose] if inside else []), *beside], keys)
    if not taken.problems:
        # What was taken in stands in by-hand.csv, so the page's CSV may take the place of the old one.
        for path in beside:
            place.prose.mkdir(exist_ok=True)
            os.replace(path, place.prose / _as_the_page_calls_it(path.name))
    return taken


def _as_the_page_calls_it(name: str) -> str:
    """Return the name of a downloaded CSV without the number that a browser adds to one it has saved before.

    >>> _as_the_page_calls_it("marks-8.3 (1).csv")
    'marks-8.3.csv'
    """
    return re.sub(r"^(marks-\d+\.\d+)(?: ?\(\d{1,2}\)|[ _-]\d{1,2})\.csv$", r"\1.csv", name)


def _platform_of(place: ClassFolder, record: ClassRecord, delivery: Delivery) -> str:
    """Return the platform that both downloads are of; "" where they are not of one, or neither says."""
    own = _of_download(record) or place.platform
    if place.platform and own != place.platform:
        delivery.problems.append(
            f"{place.download.name} is a download of {own.capitalize()}, and {place.worksheet.name if place.worksheet else ''} a "
            f"worksheet of {place.platform.capitalize()}: no grades are filled in."
        )
        return ""
    return own


def _of_download(record: ClassRecord) -> str:
    """Return the platform whose names most files have, or ""."""
    platforms = Counter(file.platform for file in record.files if file.platform in PLATFORMS)
    return max(platforms, key=platforms.__getitem__, default="")


class _Uploads:
    """The folder of what goes back. What a person has changed there since is never overwritten: it is put aside.

    grades: {column and number: each grade that was written there}, see `Filled.ours`.
    """

    def __init__(self, place: ClassFolder, delivery: Delivery) -> None:
        self.folder, self.delivery = place.upload, delivery
        self.log = place.marks / WRITTEN
        self.hashes: dict[str, str] = {}
        self.grades: dict[str, list[str]] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stored = json.loads(self.log.read_text(encoding="utf-8"))
            # An older pack kept the hashes alone.
            self.hashes, self.grades = stored.get("files", stored), stored.get("grades", {})

    def write(self, name: str, data: bytes) -> Path:
        """Write a file and return where. Raises MarkError."""
        path = self.folder / name
        self._put_aside(path)
        self.hashes[name] = hashlib.sha256(data).hexdigest()
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise MarkError(f"{path} cannot be written: {error.strerror}. Close it if it is open elsewhere.") from error
        write_file(self.log, json.dumps({"files": self.hashes, "grades": self.grades}) + "\n")
        return path

    def remove(self, name: str) -> None:
        """Take away a file of an earlier run, whose grades are no longer true."""
        self._put_aside(self.folder / name)
        (self.folder / name).unlink(missing_ok=True)

    def _put_aside(self, path: Path) -> None:
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() == self.hashes.get(path.name):
            return
        at = 1
        while (aside := path.with_name(f"{path.stem}-changed-by-you-{at}{path.suffix}")).exists():
            at += 1
        os.replace(path, aside)
        self.delivery.aside.append(f"{path} was changed since it was written. Yours is kept as {aside.name}.")


# --- what is said ----------------------------------------------------------------------------------------------------------


def _screen(place: ClassFolder, class_run: ClassRun, delivery: Delivery) -> tuple[list[str], list[str]]:
    """Return the lines for one screen, and all there is to say."""
    whole: list[str] = []
    screen: list[str] = []
    counts = summary.in_counts(delivery.record.marks, len(class_run.submissions))
    prose = delivery.prose or Collected()
    notes = [*class_run.notes, *delivery.aside, *prose.problems]
    for lines, most in (
        ([_what_is_there(place, delivery), counts], 2),
        (notes, 4),
        (summary.late_in_words(class_run), 5),
        (summary.changes_in_words(class_run), 4),
        (delivery.problems, 3),
        (second_reader_in_words(prose), 4),
        (summary.groups_in_words(class_run.groups), 11),
    ):
        whole += lines
        screen += lines[:most]
        if len(lines) > most:
            screen.append(f"    and {len(lines) - most} more like these, in {place.marks / SUMMARY}")
    if delivery.filled:
        screen += _grades_in_words(delivery.filled)
        whole += ["", gradebook_report(delivery.filled, str(delivery.grades)), ""]
    if delivery.feedback and delivery.feedback.missing:
        missing = delivery.feedback.missing
        screen.append(
            f"Feedback: {len(delivery.feedback.students)} in {FEEDBACK}; {len(missing)} to be given otherwise."
        )
        whole += ["Feedback that is not in the zip:", *(f"  {name}: {why}" for name, why in missing.items())]
    steps = _next(place, class_run, delivery)
    screen += ["", *steps]
    whole += ["", *steps]
    return screen, whole


def _what_is_there(place: ClassFolder, delivery: Delivery) -> str:
    """Return which platform the two downloads are of."""
    own = _of_download(delivery.record)
    download = f"{place.download.name} is {f'a download of {own.capitalize()}' if own else 'of no platform'}"
    if place.worksheet is None:
        return f"{download}. There is no worksheet beside it, so no grades are filled in."
    return f"{download}; {place.worksheet.name} is a worksheet of {place.platform.capitalize()}."


def _grades_in_words(filled: Filled) -> list[str]:
    left = {
        "wait for a person": len(filled.waiting),
        "not in the worksheet for certain": len(filled.unknown) + len(filled.odd),
        "left as the worksheet has it (--replace overwrites)": len(filled.left),
        "handed nothing in": len(filled.absent),
        "in the worksheet alone": len(filled.no_marks),
        "not named with --only": filled.later,
    }
    said = ", ".join(f"{count} {what}" for what, count in left.items() if count)
    so_far = f", {len(filled.so_far)} of them without what waits" if filled.so_far else ""
    return [f"Grades: {plural(len(filled.filled), 'student')} filled in{so_far}{f'; {said}' if said else ''}."]


def _here(folder: Path) -> str:
    return "this folder" if folder.resolve() == Path.cwd() else str(folder)


def _next(place: ClassFolder, class_run: ClassRun, delivery: Delivery) -> list[str]:
    """Return what to do next, in order."""
    steps = []
    if class_run.groups:
        code = class_run.groups[0].code
        steps.append(
            f"Decide what needs a person. The texts: {place.marks / 'needs-a-person.csv'}. In {place.marks / 'by-hand.csv'} one line "
            f"decides a group:  {code},,,POINTS,why"
        )
    unread = {question: count for question, count in delivery.to_read.items() if count}
    for question, count in unread.items():
        page = place.prose / f"question-{question}.html"
        steps.append(
            f"Read {plural(count, 'answer')}: open {page}, save, and move marks-{question}.csv into {_here(place.folder)}."
        )
    if steps:
        steps.append("Type the same command again; it does the rest.")
    if delivery.grades and delivery.filled and delivery.filled.filled:
        steps.append(f"Upload {delivery.grades} where the worksheet came from, as it is.")
    if delivery.feedback and delivery.feedback.students:
        how = {
            "moodle": "Upload multiple feedback files in a zip",
            "canvas": "Re-Upload Submissions, in the gradebook's menu of the assignment",
        }
        steps.append(f"Upload {place.upload / FEEDBACK}: {how[delivery.platform]}.")
    else:
        steps.append(f"Give out the pages in {place.marks / 'feedback'}: index.csv says whose is which.")
    return ["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
