"""Whose a file is, by the names that Moodle, Canvas and Blackboard give to what they hand over.

One download is of one platform, and its names are read by that platform's pattern alone: what a student calls a file can look
like another platform's name. The naming was taken from their own code and documentation, as cited at each pattern; **none of it
was tried against a live site**.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from nhsreform.marking.hand_ins.archives import Entry
from nhsreform.marking.hand_ins.handin import BLACKBOARD, CANVAS, MOODLE
from nhsreform.text.files import decoded

# Moodle, "Download all submissions": each file in a folder FULLNAME_ID_assignsubmission_file(_), or, without folders,
# FULLNAME_ID_assignsubmission_file_NAME. ID is the participant's number in that one assignment; under blind marking
# FULLNAME is "Participant". Source: moodle/moodle, mod/assign/classes/downloader.php (get_student_prefix,
# load_submissionplugin_filelist), read in November 2026; before 4.x the folder's name ended with "_".
# Here and below, the first place that fits counts: what comes behind it is the name that the student gave the file.
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<what>file|[a-z]+)(?:_(?P<rest>.*))?$")
# Canvas, "Download Submissions": NAME(_LATE)_USER_ATTACHMENT_FILE, NAME being the sortable name in small letters
# without spaces and signs; anonymous: (LATE_)anon_CODE_ATTACHMENT_FILE. A file handed in again is renamed FILE-1.
# Source: instructure/canvas-lms, lib/content_zipper.rb (get_filename, add_upload_submission), read in November 2026;
# older releases wrote "late" in small letters. What was typed into Canvas: NAME(_LATE)_USER_text.html, or _link.html.
_CANVAS = re.compile(
    r"(?:(?P<name>(?!late_)\w+?)_)?(?:(?P<late>late)_)?(?P<user>\d+|anon_[0-9A-Za-z]+)_(?P<id>\d+)_(?P<file>.+)$",
    re.IGNORECASE,
)
_CANVAS_TYPED = re.compile(
    r"(?:(?P<name>(?!late_)\w+?)_)?(?:(?P<late>late)_)?(?P<user>\d+|anon_[0-9A-Za-z]+)_(?:text|link)\.html$",
    re.IGNORECASE,
)
# Blackboard Learn, "Assignment File Download": ASSIGNMENT_USERNAME_attempt_YYYY-MM-DD-HH-MM-SS_FILE, and for each attempt
# a text without _FILE, whose first line is "Name: FULLNAME (USERNAME)". Source: the example in nbgrader's
# plugins/zipcollect.py and its documentation of zip_collect; two public scripts for such downloads agree with it.
_BLACKBOARD = re.compile(r"(?P<before>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)$")
_BLACKBOARD_NAME = re.compile(r"^Name:\s*(?P<name>.*?)\s*\((?P<user>[^()\n]+)\)\s*$", re.MULTILINE)
_BLACKBOARD_TYPED = re.compile(r"^Submission Field:\s*(?!There (?:is|are) no )\S", re.MULTILINE)
PLATFORMS = (MOODLE, CANVAS, BLACKBOARD)


@dataclass(frozen=True)
class Name:
    """What a platform's name says: the student, the platform's number, the file as the student called it, and when.

    file is "" for a folder. ends: how much of the name is the platform's own. problem: why it is no notebook. odd: what is
    wrong with the name. note: it is a text that the platform wrote about an attempt.
    """

    student: str
    number: str
    file: str
    ends: int
    late: bool | None = None
    when: datetime | None = None
    problem: str = ""
    odd: str = ""
    note: bool = False


def is_notebook(name: str) -> bool:
    """Return whether a file's name says that it is a notebook, whatever was put behind the ending."""
    return ".ipynb" in name.lower()


def read_name(platform: str, name: str) -> Name | None:
    """Return what a name says as this platform writes it, None when it does not write such names."""
    return {MOODLE: _moodle, CANVAS: _canvas, BLACKBOARD: _blackboard}[platform](name)


def _moodle(name: str) -> Name | None:
    match = _MOODLE.match(name)
    if match is None:
        return None
    problem = "" if match["what"] == "file" else "text typed into Moodle, not a notebook"
    ends = match.start("rest") if match["rest"] else len(name)
    return Name(match["name"], match["id"], match["rest"] or "", ends, problem=problem)


def _canvas(name: str) -> Name | None:
    # A vowel sign is no letter to the pattern, but part of a name; each stands for one sign, so the places stay.
    shape = "".join("x" if unicodedata.category(sign)[0] == "M" else sign for sign in name)
    match = _CANVAS.match(shape)
    if match is None:
        match = _CANVAS_TYPED.match(shape)
    if match is None:
        return None
    typed = "file" not in match.re.groupindex
    student = name[slice(*match.span("name"))] if match["name"] else match["user"]
    return Name(
        student,
        match["user"],
        name if typed else name[match.start("file") :],
        match.end("user") if typed else match.start("file"),
        late=bool(match["late"]),
        problem="a text or link typed into Canvas, not a notebook" if typed else "",
    )


def _blackboard(name: str) -> Name | None:
    match = _BLACKBOARD.match(name)
    if match is None:
        return None
    user, when, odd = match["before"].rsplit("_", 1)[-1], None, ""
    try:
        when = datetime.strptime(match["when"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        odd = f"its date, {match['when']}, cannot be"
    ends = match.start("file") if match["file"] else len(name)
    return Name(user, user, match["file"] or name, ends, when=when, odd=odd, note=match["file"] is None)


def platform_of(names: Collection[str]) -> str:
    """Return the one platform that a download with these names is of, or "" where none names files so.

    Where more than one could be: that which fits most of them, then that by which they belong to most students, then that whose
    part of the names is the shorter, because a student's own words come behind the platform's.
    """
    best, platform = (0, 0, 0), ""
    for candidate in PLATFORMS:
        read = [one for name in names if (one := read_name(candidate, name))]
        rank = (len(read), len({one.number for one in read}), -sum(one.ends for one in read))
        if read and rank > best:
            best, platform = rank, candidate
    return platform


def students_in(platform: str, names: Collection[str]) -> set[str]:
    """Return the numbers in names, which all have to be this platform's; none where one is not."""
    read = [read_name(platform, name) for name in names] if platform else [None]
    return {one.number for one in read if one} if all(read) else set()


def blackboard_names(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Return {file name up to the attempt: (user name, full name)} from the texts that come with each attempt."""
    names = {}
    for entry in entries:
        match = _BLACKBOARD.match(entry.parts[-1])
        if match is None or match["file"] is not None:
            continue
        person = _BLACKBOARD_NAME.search(_beginning(entry))
        if person and match["before"].endswith(f"_{person['user']}"):
            names[match["before"]] = (person["user"], person["name"])
    return names


def blackboard_before(name: str) -> str:
    """Return what stands before the attempt in a name of Blackboard's."""
    match = _BLACKBOARD.match(name)
    return match["before"] if match else ""


def holds_typed_text(entry: Entry) -> bool:
    """Return whether Blackboard's text about an attempt holds something that the student typed."""
    return _BLACKBOARD_TYPED.search(_beginning(entry)) is not None


def _beginning(entry: Entry) -> str:
    try:
        return decoded(entry.open()[:20_000], guess=True)
    except Exception:  # an unreadable text only means that the user name is taken from the file's name
        return ""
