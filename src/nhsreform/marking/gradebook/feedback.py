"""Feedback that goes back in bulk: one zip to upload, with the names that the platform itself gives.

Read in November 2026 in the platforms' own code, untested against a live site.

Moodle, "Upload multiple feedback files in a zip" (mod/assign/feedback/file/importziplib.php of moodle/moodle): a folder
FULLNAME_NUMBER_assignsubmission_file for each student; it goes by the number, and what lies in the folder becomes a feedback file.

Canvas, "Re-Upload Submissions" (app/models/abstract_assignment.rb of instructure/canvas-lms, generate_comments_from_files and
infer_comment_context_from_filename): each file must be named as it came in the download; it is attached to a comment, and is
then called as the student called the file (issue 2406 there). So a notebook comes back as a notebook, a zip as a zip.
A comment that is typed, Canvas takes from no file.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nhsreform.marking.gradebook.platform import Platform
from nhsreform.marking.record import HandedIn, files_of

PAGE = "feedback.html"
# A zip's own time, so that the same feedback makes the same file.
_WHEN = (2010, 7, 12, 0, 0, 0)


@dataclass
class Bundle:
    """A zip of feedback. data: the file. students: whose is in it. missing: {student: why not}."""

    data: bytes = b""
    students: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def bundle(
    platform: Platform, files: Sequence[HandedIn], pages: Mapping[str, str], numbers: Mapping[str, str]
) -> Bundle:
    """Return the zip for a platform. pages: {student: page}. numbers: {student: the platform's own number}, for certain."""
    own = files_of(file for file in files if file.platform == platform.name)
    result = Bundle()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, page in pages.items():
            if student not in numbers:
                result.missing[student] = "not in the worksheet for certain"
                continue
            name = _place(platform, numbers[student], own.get(student, []))
            content = _content(name, page)
            if content is None:
                result.missing[student] = (
                    "no notebook of theirs to put the page in the place of: give it out yourself, from marks/feedback"
                )
                continue
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)
            result.students.append(student)
    result.data = stream.getvalue()
    return result


def _place(platform: Platform, number: str, files: Sequence[HandedIn]) -> str:
    """Return where in the zip a student's feedback goes, as the platform names it; "" where it takes none."""
    parts = [part for file in files for part in re.split(r": |/", file.where)]
    if platform.name == "moodle":
        folders = [re.match(rf"(.*_{re.escape(number)}_assignsubmission_file)(_?)", part) for part in parts]
        match = next((folder for folder in folders if folder), None)
        # Before 4.1 Moodle's folders ended with a line.
        line = "_" if match and match[0] in parts else ""
        return (
            f"{match[1]}{line if match[2] else ''}/{PAGE}"
            if match
            else f"Participant_{number}_assignsubmission_file/{PAGE}"
        )
    names = [part for part in parts if re.search(rf"(?:^|_){re.escape(number)}_\d+_.", part)]
    notebooks = [name for name in names if name.lower().endswith(".ipynb")]
    return next(iter([*notebooks, *(name for name in names if name.lower().endswith(".zip"))]), "")


def _content(name: str, page: str) -> bytes | None:
    """Return a page as a file of the kind that its name says; None for a kind that it cannot be."""
    if name.endswith(".html"):
        return page.encode("utf-8", "replace")
    if name.lower().endswith(".ipynb"):
        return as_notebook(page).encode("utf-8", "replace")
    if name.lower().endswith(".zip"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(PAGE, _WHEN), page.encode("utf-8", "replace"))
        return stream.getvalue()
    return None


def as_notebook(page: str) -> str:
    """Return a page as a notebook of one cell of text, in which no word of a student's is Markdown or a formula."""
    main = re.search(r"<main>.*</main>", page, re.DOTALL)
    # One line is one block of HTML: nothing in it is read as Markdown.
    html = " ".join((main[0] if main else page).split()).replace("$", "&#36;").replace("\\", "&#92;")
    cell = {"cell_type": "markdown", "id": "feedback", "metadata": {}, "source": html}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"
