"""Whose a file is, by the names that Moodle, Canvas and Blackboard give to what they hand over.

The naming was taken from their own code and documentation, as cited at each pattern; **none of it was tried against a live
site**.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nhsreform.marking.hand_ins.archives import Entry
from nhsreform.marking.hand_ins.handin import BLACKBOARD, CANVAS, FLAT, FOLDER, MOODLE, Handin
from nhsreform.text.untrusted import as_label

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


def is_notebook(name: str) -> bool:
    """Return whether a file's name says that it is a notebook, whatever was put behind the ending."""
    return ".ipynb" in name.lower()


def is_moodle_name(name: str) -> bool:
    """Return whether Moodle names folders and files so."""
    return _MOODLE.match(name) is not None


def named_by_platform(name: str) -> bool:
    """Return whether one of the platforms names folders and files so."""
    return any(pattern.match(name) for pattern in (_MOODLE, _CANVAS, _BLACKBOARD))


def hold_downloads(entries: Sequence[Entry]) -> bool:
    """Return whether the folders at the top are Moodle downloads, not students: most must be, as a student fills only one."""
    folders = {entry.parts[0] for entry in entries if len(entry.parts) > 1}
    named = {entry.parts[0] for entry in entries if len(entry.parts) > 1 and _MOODLE.match(entry.parts[1])}
    return 2 * len(named) > len(folders)


def blackboard_names(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Return {file name up to the attempt: (user name, full name)} from the texts that come with each attempt."""
    names = {}
    for entry in entries:
        match = _BLACKBOARD.match(entry.parts[-1])
        if match is None or match["file"] is not None:
            continue
        try:
            text = entry.open()[:2_000].decode("utf-8", "replace")
        except Exception:  # an unreadable text only means that the user name is taken from the file's name
            continue
        person = _BLACKBOARD_NAME.search(text)
        if person and match["before"].endswith(f"_{person['user']}"):
            names[match["before"]] = (person["user"], person["name"])
    return names


def identify(
    entry: Entry, container: str, exercises: Sequence[str], names: dict[str, tuple[str, str]], in_downloads: bool
) -> Handin:
    """Return a hand-in with its student, by the first pattern that fits. `in_downloads`: see hold_downloads."""
    parts, last = entry.parts, entry.parts[-1]
    base = Handin("", entry.where, as_label(last), FOLDER, open=entry.open)
    for number, part in enumerate(parts[: 2 if in_downloads else 1]):
        match = _MOODLE.match(part)
        if match:
            file = as_label(last if number < len(parts) - 1 else match["rest"] or last)
            problem = "" if match["what"] == "file" else "text typed into Moodle, not a notebook"
            return replace(base, student=match["name"], name=file, platform=MOODLE, number=match["id"], problem=problem)
    match = _BLACKBOARD.match(parts[0])
    if match:
        user, full = names.get(match["before"], (match["before"].rsplit("_", 1)[-1], ""))
        when = datetime.strptime(match["when"], "%Y-%m-%d-%H-%M-%S")
        return replace(
            base,
            student=user,
            name=as_label(match["file"] or last) if len(parts) == 1 else base.name,
            platform=BLACKBOARD,
            number=user,
            full_name=as_label(full) if full else "",
            handed_in=when,
        )
    match = _CANVAS.match(parts[0])
    if match:
        return replace(
            base,
            student=match["name"] or match["user"],
            name=as_label(match["file"]) if len(parts) == 1 else base.name,
            platform=CANVAS,
            number=match["user"],
            late=bool(match["late"]),
        )
    match = _CANVAS_TYPED.match(parts[0])
    if match and len(parts) == 1:
        problem = "a text or link typed into Canvas, not a notebook"
        name, late = match["name"] or match["user"], bool(match["late"])
        return replace(base, student=name, platform=CANVAS, number=match["user"], late=late, problem=problem)
    if len(parts) > 1:
        return replace(base, student=parts[0], handed_in=entry.changed)
    stem = last[: last.lower().find(".ipynb")] if is_notebook(last) else last.rsplit(".", 1)[0]
    for exercise in exercises:
        stem = re.sub(rf"[-_. ]*{re.escape(exercise)}[-_. ]*", " ", stem, flags=re.IGNORECASE)
    if not stem.strip():
        stem = container.rsplit(".", 1)[0]
    return replace(base, student=stem, platform=FLAT, handed_in=entry.changed)
