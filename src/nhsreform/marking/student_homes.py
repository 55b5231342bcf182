"""A hub's homes: exercises gathered from them, and feedback put into them. Called by `nhsreform collect` and `feedback`.

Who looks after the hub may read every home, so what a student can put into one must lead nowhere else. Each step is taken from
the folder before it, by its open file and never by a path: a link is not followed, also where one is put there meanwhile.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from nhsreform.marking.errors import MarkError, write_file
from nhsreform.marking.hand_ins.archives import part_of
from nhsreform.marking.hand_ins.platform_names import is_notebook
from nhsreform.text.atomic import write_whole
from nhsreform.text.csv_files import sheet_text
from nhsreform.text.untrusted import as_label, for_terminal

COPY, EXERCISES, FEEDBACK, LIST = "who-commissions", "exercises", "feedback", "collected.csv"
MAX_NOTEBOOK = 16 << 20
MAX_FILES = 200
# Between writing a file and what the disk notes of it there is at most so much; more, and the time was set by hand.
_SLACK = 120
# Windows knows neither of them, and no hub runs there.
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class _Refused(Exception):
    """Something in a home is not read; says why."""


@dataclass(frozen=True)
class Collected:
    """A file of a student's: what was read, or why it was not. doubt: why its time may not be that of the last change."""

    student: str
    name: str
    data: bytes = b""
    changed: float = 0.0
    problem: str = ""
    doubt: str = ""


def collect(homes: Path) -> list[Collected]:
    """Return every student's exercises. A home without any is there too, with the reason. Raises MarkError."""
    students = sorted(name for name in _names_in(homes) if not name.startswith("."))
    if not students:
        raise MarkError(f"There is no home in {homes}. Give the folder that holds the students' homes.")
    return [file for student in students for file in _of_student(homes, student)]


def _names_in(homes: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(homes)]
    except OSError as error:
        raise MarkError(
            f"{homes} cannot be opened ({error.strerror}). Give the folder that holds the students' homes."
        ) from error


def _of_student(homes: Path, student: str) -> Iterator[Collected]:
    # Names that look the same must not become one; no hub makes a home whose name cannot be shown.
    label = student if as_label(student) == student else ascii(student)
    try:
        with _inside(homes, student, EXERCISES) as (folder, owner):
            names = sorted(os.listdir(folder))
            wanted = [name for name in names if is_notebook(name) and not name.startswith(".")]
            for name in wanted[:MAX_FILES]:
                try:
                    data, changed, doubt = _read(folder, name, owner)
                    yield Collected(label, name, data, changed, doubt=doubt)
                except _Refused as reason:
                    yield Collected(label, name, problem=str(reason))
            if len(wanted) > MAX_FILES:
                yield Collected(label, EXERCISES, problem=f"only {MAX_FILES} of {len(wanted)} notebooks were looked at")
            elif not wanted:
                yield Collected(label, EXERCISES, problem="no notebook is in it")
    except _Refused as reason:
        yield Collected(label, COPY, problem=str(reason))


@contextmanager
def _inside(homes: Path, student: str, last: str, make: bool = False) -> Iterator[tuple[int, int]]:
    """Open a folder of a student's copy, step by step; give its file and the home's owner. Raises _Refused."""
    with ExitStack() as opened:
        here = None
        owner = -1
        for name in (str(homes / student), COPY, last):
            outer, is_new = here, False
            try:
                if make and name == last:
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o700, dir_fd=outer)
                        is_new = True
                here = os.open(name, _FOLDER, dir_fd=outer)
            except OSError as error:
                raise _Refused(_why(os.path.basename(name), error)) from error
            opened.callback(os.close, here)
            if is_new and outer is not None:
                # The open folder, not its name: a student could have put something else there.
                os.fchown(here, owner, os.fstat(outer).st_gid)
            if owner < 0:
                owner = os.fstat(here).st_uid
            elif os.fstat(here).st_uid != owner:
                raise _Refused(f"{name}: belongs to somebody else")
        if here is not None:
            yield here, owner


def _why(name: str, error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return f"{name}: a link to somewhere else, or no folder; not followed"
    if error.errno == errno.ENOENT:
        return f"{name}: is not there"
    return f"{name}: cannot be opened ({error.strerror})"


def _read(folder: int, name: str, owner: int) -> tuple[bytes, float, str]:
    """Return a file's content, when it was last changed, and why that may not be so. Raises _Refused."""
    try:
        file = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        link = error.errno in (errno.ELOOP, errno.EMLINK)
        raise _Refused(
            "a link to somewhere else, not followed" if link else f"cannot be opened ({error.strerror})"
        ) from error
    try:
        what = os.fstat(file)
        if stat.S_ISDIR(what.st_mode):
            raise _Refused("a folder, not looked into")
        if not stat.S_ISREG(what.st_mode):
            raise _Refused("neither a file nor a folder")
        if what.st_uid != owner:
            raise _Refused("belongs to somebody else")
        if what.st_size > MAX_NOTEBOOK:
            raise _Refused(f"larger than {MAX_NOTEBOOK >> 20} MB")
        with os.fdopen(os.dup(file), "rb") as stream:
            data = stream.read(MAX_NOTEBOOK + 1)
    except OSError as error:
        raise _Refused(f"cannot be read ({error.strerror})") from error
    finally:
        os.close(file)
    if len(data) > MAX_NOTEBOOK:
        raise _Refused(f"larger than {MAX_NOTEBOOK >> 20} MB")
    # A student can set the first of the two times, and not the second; a backup that is played back sets the second anew.
    doubt = ""
    if abs(what.st_ctime - what.st_mtime) > _SLACK:
        doubt = f"the file says {_time(what.st_mtime)}, but the disk noted a change at {_time(what.st_ctime)}"
    return data, what.st_mtime, doubt


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")


def write(files: list[Collected], out: Path) -> list[str]:
    """Write what was collected: a folder for each student, each file with the time of its last change, and the list.

    Returns in words what was not read or is in doubt. Raises MarkError when `out` holds anything: what was collected at a
    deadline stays as it was.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MarkError(f"{out} is there already, and what was collected once stays as it was. Name a new folder.")
    rows, lines = [], []
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        for student, own in groupby(files, key=lambda file: file.student):
            # A student of whom nothing was read has a folder all the same, so that marking names them.
            (out / student).mkdir(mode=0o700)
            for number, file in enumerate(own):
                reason = file.problem or file.doubt
                if not file.problem:
                    name = _file_name(file.name, number)
                    write_whole(out / student / name, file.data, replace=False)
                    os.utime(out / student / name, (file.changed, file.changed))
                if reason:
                    lines.append(f"{student}, {for_terminal(file.name, 80)}: {reason}")
                digest = "" if file.problem else hashlib.sha256(file.data).hexdigest()
                changed = "" if file.problem else _time(file.changed)
                rows.append((student, file.name, changed, str(len(file.data)), digest, reason))
    except OSError as error:
        raise MarkError(
            f"{out} cannot be written ({error.strerror}). Delete it, make room, and collect again."
        ) from error
    write_file(out / LIST, sheet_text(("student", "file", "changed", "bytes", "sha256", "what to know"), rows))
    return lines


def _file_name(name: str, number: int) -> str:
    """Return a student's name for a file as it can be written; what cannot be shown is left out, and then a number is put in."""
    label = as_label(part_of(name)).replace("/", "_")
    return label if label == name else f"{number}-{label}"


def hand_back(pages: Mapping[str, str], homes: Path, roster: Sequence[Mapping[str, str]] = ()) -> tuple[int, list[str]]:
    """Put each student's page into their own folder; return how many are there, and in words who has none.

    The home is called as the student is, or as another column of the student's line in the class list says. A page whose name
    is there already gets a new one: what a student wrote on an earlier one stays. Raises MarkError.
    """
    there = set(_names_in(homes))
    named = {student: {student} & there for student in pages}
    for row in roster:
        named[row["student"]] = {value for value in (row["student"], *row.values()) if value in there}
    claims = Counter(name for names in named.values() for name in names)
    count, lines = 0, []
    for student, page in pages.items():
        names = named[student]
        if len(names) != 1:
            lines.append(f"{student}: {'no home is' if not names else 'several homes are'} called so")
            continue
        if any(claims[name] > 1 for name in names):
            # A tutor's name, a group's, or another student's: nobody reads a page that may be somebody else's.
            lines.append(f"{student}: another student's line names the same home")
            continue
        try:
            with _inside(homes, names.pop(), FEEDBACK, make=True) as (folder, owner):
                _put(folder, page.encode(), owner)
            count += 1
        except (_Refused, OSError) as reason:
            lines.append(f"{student}: {reason if isinstance(reason, _Refused) else reason.strerror}")
    return count, lines


def _put(folder: int, data: bytes, owner: int) -> None:
    """Write a page into an open folder, as its owner's, under the first free name; not where the same page is there."""
    for number in range(1, MAX_FILES):
        name = f"feedback{f'-{number}' if number > 1 else ''}.html"
        try:
            file = os.open(
                name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600, dir_fd=folder
            )
        except FileExistsError:
            try:
                if _read(folder, name, owner)[0] == data:
                    return
            except _Refused:
                pass
            continue
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
                os.fchown(file, owner, os.fstat(folder).st_gid)
        except OSError:
            # Half a page is worse than none.
            os.unlink(name, dir_fd=folder)
            raise
        return
    raise _Refused("there are too many pages of feedback already")
