"""Who handed in what: from folders, flat files, and the zips of Moodle, Canvas and Blackboard.

Nothing is ever unpacked onto the disk: a name inside a zip is only a label, and its content is read, up to a limit, when
its turn comes. Symbolic links are not followed. The platforms' naming was taken from their own code and documentation,
as cited at each pattern; **none of it was tried against a live site**.
"""

from __future__ import annotations

import io
import os
import re
import stat
import threading
import tomllib
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nhsreform.marking.sheets import numbered_rows
from nhsreform.paths import PackError

MAX_FILE = 64 << 20
MAX_INNER_ZIP = 20 << 20
MAX_INNER_LIST = 200_000
MAX_DEPTH = 6
MAX_NAME = 80
MAX_PER_STUDENT = 40

FOLDER, FLAT, MOODLE, CANVAS, BLACKBOARD = "folder", "flat", "moodle", "canvas", "blackboard"

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
_LINK = "a link to somewhere else, not followed"
_IGNORED = re.compile(r"^(\.|__MACOSX|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


class CollectError(PackError):
    """There is nothing to collect, or a list given with it cannot be read."""


@dataclass(frozen=True)
class Handin:
    """One handed-in notebook; or, with `problem`, what was handed in instead of one.

    student: the label it is marked under. where: where it lies, for people. number: the platform's number or user name.
    handed_in: local time, None where the platform's download does not tell. late: what the platform says, None if nothing.
    """

    student: str
    where: str
    name: str
    platform: str
    number: str = ""
    full_name: str = ""
    handed_in: datetime | None = None
    late: bool | None = None
    problem: str = ""
    open: Callable[[], bytes] = field(default=bytes, compare=False, repr=False)

    @property
    def order(self) -> tuple[str, int, str]:
        """What later attempts are known by: the time, then -1, -2 or (1), (2) at the end of the name."""
        again = re.search(r"[-_ (](\d{1,3})\)?\.ipynb", self.name)
        return self.handed_in.isoformat() if self.handed_in else "", int(again[1]) if again else 0, self.where

    def read(self) -> bytes:
        """Return the file's content. Raises CollectError when it cannot be read, or is larger than MAX_FILE."""
        try:
            data = self.open()
        except CollectError:
            raise
        except Exception as error:  # a zip made by a stranger can fail in many ways
            raise CollectError(f"the file cannot be read ({type(error).__name__})") from error
        if len(data) > MAX_FILE:
            raise CollectError(f"the file is larger than {MAX_FILE >> 20} MB")
        return data


@dataclass
class Collection:
    """All that was handed in, in a stable order, and what was left aside, in words."""

    handins: list[Handin]
    notes: list[str]


@dataclass(frozen=True)
class _Entry:
    """A file somewhere: its path in parts, when it was changed, and how to read it; or why it is not read."""

    parts: tuple[str, ...]
    where: str
    changed: datetime | None
    open: Callable[[], bytes]
    problem: str = ""


# --- names ----------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    r"""Return a name fit to be shown anywhere: one line, no control or invisible signs, at most MAX_NAME characters.

    >>> clean("Ann\x1b[31m  O'Neil\u202e")
    "Ann[31m O'Neil"
    """
    kept = "".join(sign if not unicodedata.category(sign).startswith("C") else "" for sign in text)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", kept)).strip()[:MAX_NAME] or "no name"


def squeezed(text: str) -> str:
    """Return a name as Canvas writes it into a file's name: small letters, no spaces, no signs.

    >>> squeezed("O'Neil, Ann")
    'oneilann'
    """
    return re.sub(r"\W", "", unicodedata.normalize("NFC", text).casefold())


def _is_notebook(name: str) -> bool:
    return ".ipynb" in name.lower()


# --- files, wherever they lie -------------------------------------------------------------------------------------------


def _walk(folder: Path, parts: tuple[str, ...], notes: list[str]) -> Iterator[_Entry]:
    """Yield the files below a folder. Links are said and left; so is what is neither file nor folder, or cannot be opened."""
    try:
        inside = sorted(os.scandir(folder), key=lambda found: found.name)
    except OSError as error:
        if not parts:
            raise CollectError(f"{folder} cannot be opened ({error.strerror}).") from error
        where = "/".join(clean(part) for part in parts)
        notes.append(f"{where}: the folder cannot be opened ({error.strerror})")
        yield _Entry((*parts, parts[-1]), where, None, bytes, "the folder cannot be opened")
        return
    for found in inside:
        here = (*parts, found.name)
        where = "/".join(clean(part) for part in here)
        if _IGNORED.match(found.name):
            continue
        if found.is_symlink():
            yield _Entry(here, where, None, bytes, _LINK)
        elif found.is_dir(follow_symlinks=False):
            if len(here) > MAX_DEPTH:
                notes.append(f"{where}: folders too deep, not looked into")
            else:
                yield from _walk(Path(found.path), here, notes)
        elif found.is_file(follow_symlinks=False):
            changed = datetime.fromtimestamp(found.stat(follow_symlinks=False).st_mtime).replace(microsecond=0)
            yield _Entry(here, where, changed, _reader(Path(found.path)))
        else:
            notes.append(f"{where}: neither a file nor a folder, left out")


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        # O_NOFOLLOW and the check stand against a link or a pipe put there after the folder was listed.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise CollectError("not a file")
            return stream.read(MAX_FILE + 1)

    return read


def _zip_entries(archive: zipfile.ZipFile, where: str) -> Iterator[_Entry]:
    """Yield the files of a zip. Where its names point to does not matter: they are labels."""
    lock = threading.Lock()
    for info in archive.infolist():
        parts = tuple(part for part in re.split(r"[/\\]+", info.filename) if part not in ("", ".", ".."))
        if info.is_dir() or not parts or any(_IGNORED.match(part) for part in parts):
            continue
        problem = _LINK if stat.S_ISLNK(info.external_attr >> 16) else ""

        def read(info: zipfile.ZipInfo = info) -> bytes:
            # Read in one piece up to the limit, whatever size the zip claims.
            with lock, archive.open(info) as stream:
                return stream.read(MAX_FILE + 1)

        shown = f"{where}: {'/'.join(clean(part) for part in parts)}"
        yield _Entry(parts, shown, _zip_time(info), read, problem)


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _inner(entry: _Entry) -> list[_Entry]:
    """Return the files in a student's own zip. Raises CollectError when it is too large, or no zip."""
    data = entry.open()
    if len(data) > MAX_INNER_ZIP:
        raise CollectError(f"a zip of more than {MAX_INNER_ZIP >> 20} MB")
    # The list of contents is read whole by Python; its size stands near the end of the file.
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(data[end + 12 : end + 16], "little") > MAX_INNER_LIST:
        raise CollectError("not a zip, or one with far too many files")

    def reader(number: int) -> Callable[[], bytes]:
        # The zip is read anew when its turn comes, so that a class of zips is never held in memory.
        def read() -> bytes:
            with zipfile.ZipFile(io.BytesIO(entry.open())) as archive:
                return list(_zip_entries(archive, ""))[number].open()

        return read

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # When it was handed in is the zip's own time: those inside come from the student's clock.
        return [
            replace(inside, parts=(*entry.parts, *inside.parts), changed=entry.changed, open=reader(number))
            for number, inside in enumerate(_zip_entries(archive, entry.where))
        ]


def _containers(root: Path, notes: list[str]) -> Iterator[tuple[str, list[_Entry]]]:
    """Yield (name, files) of the folder or zip given, and of each zip that lies directly in the folder."""
    if root.is_file():
        yield root.name, _unwrapped(_of_zip(root))
        return
    loose = []
    for entry in _walk(root, (), notes):
        name = entry.parts[0]
        if len(entry.parts) > 1 or not name.lower().endswith(".zip") or entry.problem:
            loose.append(entry)
            continue
        try:
            entries = _of_zip(root / name)
        except CollectError as error:
            notes.append(str(error))
            continue
        # A zip named by a platform is one student's, unless the files in it are named by a platform themselves.
        if _named_by_platform(name) and not any(_named_by_platform(inside.parts[0]) for inside in entries):
            loose.append(entry)
        else:
            yield name, _unwrapped(entries)
    yield "", loose


def _named_by_platform(name: str) -> bool:
    return any(pattern.match(name) for pattern in (_MOODLE, _CANVAS, _BLACKBOARD))


def _of_zip(path: Path) -> list[_Entry]:
    try:
        return list(_zip_entries(zipfile.ZipFile(path), clean(path.name)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CollectError(f"{clean(path.name)} cannot be read as a zip ({error}).") from error


# --- whose is it ------------------------------------------------------------------------------------------------------


def _unwrapped(entries: list[_Entry]) -> list[_Entry]:
    """Take off a folder that holds everything, as many zips have; a single student's own folder stays."""
    while entries and len({entry.parts[0] for entry in entries}) == 1 and all(len(e.parts) > 2 for e in entries):
        if _MOODLE.match(entries[0].parts[0]):
            break
        entries = [replace(entry, parts=entry.parts[1:]) for entry in entries]
    return entries


def _hold_downloads(entries: Sequence[_Entry]) -> bool:
    """Return whether the folders at the top are Moodle downloads, not students: most must be, as a student fills only one."""
    folders = {entry.parts[0] for entry in entries if len(entry.parts) > 1}
    named = {entry.parts[0] for entry in entries if len(entry.parts) > 1 and _MOODLE.match(entry.parts[1])}
    return 2 * len(named) > len(folders)


def _blackboard_names(entries: Sequence[_Entry]) -> dict[str, tuple[str, str]]:
    """Return {file name up to the attempt: (user name, full name)} from the texts that come with each attempt."""
    found = {}
    for entry in entries:
        match = _BLACKBOARD.match(entry.parts[-1])
        if match is None or match["file"] is not None:
            continue
        try:
            text = entry.open()[:2_000].decode("utf-8", "replace")
        except Exception:  # an unreadable text only means that the user name is taken from the file's name
            continue
        name = _BLACKBOARD_NAME.search(text)
        if name and match["before"].endswith(f"_{name['user']}"):
            found[match["before"]] = (name["user"], name["name"])
    return found


def _identify(
    entry: _Entry, container: str, exercises: Sequence[str], names: dict[str, tuple[str, str]], in_downloads: bool
) -> Handin:
    """Return a hand-in with its student, by the first pattern that fits. `in_downloads`: see _hold_downloads."""
    parts, last = entry.parts, entry.parts[-1]
    base = Handin("", entry.where, clean(last), FOLDER, open=entry.open)
    for number, part in enumerate(parts[: 2 if in_downloads else 1]):
        match = _MOODLE.match(part)
        if match:
            file = clean(last if number < len(parts) - 1 else match["rest"] or last)
            problem = "" if match["what"] == "file" else "text typed into Moodle, not a notebook"
            return replace(base, student=match["name"], name=file, platform=MOODLE, number=match["id"], problem=problem)
    match = _BLACKBOARD.match(parts[0])
    if match:
        user, full = names.get(match["before"], (match["before"].rsplit("_", 1)[-1], ""))
        when = datetime.strptime(match["when"], "%Y-%m-%d-%H-%M-%S")
        return replace(
            base,
            student=user,
            name=clean(match["file"] or last) if len(parts) == 1 else base.name,
            platform=BLACKBOARD,
            number=user,
            full_name=clean(full) if full else "",
            handed_in=when,
        )
    match = _CANVAS.match(parts[0])
    if match:
        return replace(
            base,
            student=match["name"] or match["user"],
            name=clean(match["file"]) if len(parts) == 1 else base.name,
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
    stem = last[: last.lower().find(".ipynb")] if _is_notebook(last) else last.rsplit(".", 1)[0]
    for exercise in exercises:
        stem = re.sub(rf"[-_. ]*{re.escape(exercise)}[-_. ]*", " ", stem, flags=re.IGNORECASE)
    if not stem.strip():
        stem = container.rsplit(".", 1)[0]
    return replace(base, student=stem, platform=FLAT, handed_in=entry.changed)


def _opened(entry: _Entry, notes: list[str]) -> list[_Entry]:
    """Return a file, or the files in it when it is a student's zip."""
    if not entry.parts[-1].lower().endswith(".zip") or entry.problem:
        return [entry]
    try:
        return _inner(entry) or [entry]
    except Exception as error:  # whatever is wrong with a student's zip, it is a line in the report
        reason = str(error) if isinstance(error, CollectError) else type(error).__name__
        notes.append(f"{entry.where}: not opened ({reason})")
        return [entry]


def collect(root: Path, exercises: Sequence[str], roster: Sequence[dict[str, str]] = ()) -> Collection:
    """Return all that was handed in below a folder, or in a zip. `exercises` are the names to look for in file names.

    Raises CollectError when `root` is no folder and no zip.
    """
    if not root.exists():
        raise CollectError(f"There is no folder or zip {root}.")
    notes: list[str] = []
    found: list[Handin] = []
    for container, entries in _containers(root, notes):
        names, in_downloads = _blackboard_names(entries), _hold_downloads(entries)
        opened = [inside for entry in entries for inside in _opened(entry, notes)]
        batch = [(entry, _identify(entry, container or root.name, exercises, names, in_downloads)) for entry in opened]
        found += _told_apart([_looked_at(entry, handin) for entry, handin in batch])
    return Collection(_labelled(_without_companions(found, notes), roster, notes), notes)


def _looked_at(entry: _Entry, handin: Handin) -> Handin:
    if entry.problem:
        return replace(handin, problem=entry.problem, open=bytes)
    if not handin.problem and not _is_notebook(handin.name):
        return replace(handin, problem=f"no notebook: {handin.name}", open=bytes)
    return handin


def _told_apart(batch: list[Handin]) -> list[Handin]:
    """Within one download, give namesakes of Moodle and Canvas their number, and anonymous participants too."""
    numbers: dict[str, set[str]] = {}
    for handin in batch:
        if handin.platform in (MOODLE, CANVAS):
            numbers.setdefault(handin.student, set()).add(handin.number)
    return [
        replace(handin, student=f"{handin.student} {handin.number}")
        if len(numbers.get(handin.student, ())) > 1
        else handin
        for handin in batch
    ]


def _without_companions(found: list[Handin], notes: list[str]) -> list[Handin]:
    """Leave out what lies beside a student's notebooks; what lies there alone stays, as a problem."""
    with_notebook = {handin.student for handin in found if not handin.problem}
    kept, alone = [], set()
    for handin in found:
        if not handin.problem:
            kept.append(handin)
        elif handin.platform == FLAT:
            notes.append(f"{handin.where}: left aside ({handin.problem})")
        elif handin.problem == _LINK:
            notes.append(f"{handin.where}: {handin.problem}")
            kept += [] if handin.student in with_notebook else [handin]
        elif handin.student not in with_notebook and handin.student not in alone:
            alone.add(handin.student)
            kept.append(handin)
    return kept


# --- the class list -----------------------------------------------------------------------------------------------------


def read_roster(path: Path) -> list[dict[str, str]]:
    """Return the rows of a class list: a CSV with a column student, and any other columns that name the same person.

    Raises PackError when it cannot be read, has no such column, names nobody, or names someone twice.
    """
    rows: dict[str, dict[str, str]] = {}
    for place, cells in numbered_rows(path, ["student"]):
        row = {name: cell.strip() for name, cell in cells.items()}
        if not row["student"]:
            raise CollectError(
                f"{path.name}, row {place}: the student is empty. Give each row a name of its own there."
            )
        row["student"] = clean(row["student"])
        if row["student"] in rows:
            raise CollectError(
                f"{path.name}, row {place}: the student {row['student']!r} is there twice. "
                "Give each row a name of its own there."
            )
        rows[row["student"]] = row
    if not rows:
        raise CollectError(f"{path.name} names no student: it has no row under its columns.")
    return list(rows.values())


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _on_the_list(people: dict[str, set[str]], roster: Sequence[dict[str, str]], notes: list[str]) -> dict[str, str]:
    """Return {name: student of the class list}, for the people of one platform ({name: their numbers or user names}).

    A name written just so goes before one that differs in small and capital letters, and that before one squeezed as
    Canvas squeezes names. A line that two people could equally claim is given to neither: a name that only looks like
    another's takes nothing from it.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for alike in (_same, lambda text: _same(text).casefold(), squeezed):
        lines: dict[str, set[str]] = {}
        for row in roster:
            for value in filter(None, map(alike, row.values())):
                lines.setdefault(value, set()).add(row["student"])
        claims: dict[str, list[str]] = {}
        for name, numbers in people.items():
            fits = {student for own in (name, *numbers) for student in lines.get(alike(own), ())}
            if name not in found and len(fits) == 1:
                claims.setdefault(fits.pop(), []).append(name)
        for student, names in claims.items():
            if student not in taken and len(names) == 1:
                found[names[0]] = student
            elif student not in taken:
                notes.append(
                    f"{student} of the class list could be any of {len(names)}: {', '.join(map(clean, names))}"
                )
            taken.add(student)
    return found


def _labelled(found: list[Handin], roster: Sequence[dict[str, str]], notes: list[str]) -> list[Handin]:
    """Give each hand-in its student's label: the class list's where one line fits, else the platform's, made fit to show."""
    labels: dict[tuple[str, str], str] = {}
    for platform in sorted({handin.platform for handin in found}):
        people: dict[str, set[str]] = {}
        for handin in found:
            if handin.platform == platform:
                # Moodle's number belongs to one assignment, not to a person.
                numbers = {handin.number} if handin.number and platform != MOODLE else set()
                people.setdefault(_same(handin.student), set()).update(numbers)
        for name, student in _on_the_list(people, roster, notes).items():
            labels[platform, name] = student
    used = {row["student"] for row in roster}
    own: dict[str, str] = {}
    # Whoever's name is fit to show as it is keeps it; one that only looks the same once made fit is told apart.
    for name in sorted({_same(handin.student) for handin in found}, key=lambda name: (clean(name) != name, name)):
        if all((handin.platform, name) in labels for handin in found if _same(handin.student) == name):
            continue
        if roster:
            notes.append(f"{clean(name)}: no line of the class list fits")
        label, number = clean(name), 1
        while label in used:
            number += 1
            label = f"{clean(name)} ({number})"
        if number > 1:
            notes.append(f"{label}: a second student whose name looks the same; check who it is")
        used.add(label)
        own[name] = label
    labelled = [
        replace(handin, student=labels.get((handin.platform, _same(handin.student))) or own[_same(handin.student)])
        for handin in found
    ]
    return _not_too_many(sorted(labelled, key=lambda handin: (handin.student, handin.order)), notes)


def _not_too_many(found: list[Handin], notes: list[str]) -> list[Handin]:
    """Keep the last MAX_PER_STUDENT hand-ins of each student."""
    counts = Counter(handin.student for handin in found)
    kept: list[Handin] = []
    for handin in found:
        if counts[handin.student] > MAX_PER_STUDENT:
            counts[handin.student] -= 1
            if counts[handin.student] == MAX_PER_STUDENT:
                notes.append(f"{handin.student}: only the last {MAX_PER_STUDENT} files are looked at")
        else:
            kept.append(handin)
    return kept


# --- late work -----------------------------------------------------------------------------------------------------------

NOTE, CAP = "note", "cap"


@dataclass(frozen=True)
class LateRule:
    """When work is late and what that does: only a note, or a cap on the points, as a share of all there are."""

    deadline: datetime | None = None
    deadlines: dict[str, datetime] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    grace: timedelta = timedelta()
    rule: str = NOTE
    cap: float = 1.0

    def due(self, student: str, exercise: str) -> datetime | None:
        """Return when a student's exercise is due, or None when nothing says so."""
        own = self.extensions.get(student)
        if isinstance(own, dict):
            own = own.get(exercise)
        return own or self.deadlines.get(exercise, self.deadline)

    def late(self, handin: Handin, exercise: str) -> tuple[bool, str]:
        """Return (whether it is late, what to say of it)."""
        due = self.due(handin.student, exercise)
        if due is None:
            return False, "the platform calls it late" if handin.late else ""
        if handin.handed_in is None:
            if handin.late and handin.student in self.extensions:
                return False, "the platform calls it late, but there is an extension: check the time"
            if handin.late:
                return True, "late, says the platform"
            return False, "" if handin.late is False else "the download does not say when it was handed in"
        over = handin.handed_in - due - self.grace
        if over <= timedelta():
            return False, ""
        minutes = int((handin.handed_in - due).total_seconds()) // 60
        return True, f"late by {minutes // 1440} d {minutes // 60 % 24} h {minutes % 60} min"


def read_late_rule(path: Path) -> LateRule:
    """Return the rule in a TOML file: deadline, deadlines, extensions, grace_minutes, rule, cap.

    Raises CollectError naming what cannot be read.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CollectError(f"{path.name} cannot be read: save it in UTF-8 ({error}).") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CollectError(f"{path.name} cannot be read as TOML: {error}") from error
    known = {"deadline", "deadlines", "extensions", "grace_minutes", "rule", "cap"}
    extra = sorted(set(data) - known)
    if extra:
        raise CollectError(f"{path.name}: unknown {', '.join(extra)}. Known: {', '.join(sorted(known))}.")

    def time(value: Any, what: str) -> datetime:
        if not isinstance(value, datetime):
            raise CollectError(f"{path.name}: {what} must be a date and a time, such as 2026-11-20T16:00:00.")
        return value.astimezone().replace(tzinfo=None) if value.tzinfo else value

    def times(value: Any, what: str) -> dict[str, datetime]:
        return {name: time(inner, f"{what} {name}") for name, inner in value.items()}

    for name, example in (("deadlines", "01-joint-report"), ("extensions", "Ada Lovelace")):
        if not isinstance(data.setdefault(name, {}), dict):
            raise CollectError(
                f"{path.name}: {name} must be a table: a line [{name}], and below it lines such as "
                f'"{example}" = 2026-11-20T16:00:00.'
            )

    rule, cap, grace = data.get("rule", NOTE), data.get("cap", 1.0), data.get("grace_minutes", 0)
    if rule not in (NOTE, CAP):
        raise CollectError(f'{path.name}: rule is {rule!r}; expected "note" or "cap".')
    if not isinstance(cap, int | float) or not 0 <= cap <= 1 or (rule == CAP and "cap" not in data):
        raise CollectError(f"{path.name}: cap must be a share of the points from 0 to 1, such as 0.4.")
    if not isinstance(grace, int | float) or grace < 0:
        raise CollectError(f"{path.name}: grace_minutes must be a number of minutes.")
    return LateRule(
        time(data["deadline"], "deadline") if "deadline" in data else None,
        times(data["deadlines"], "the deadline of"),
        {
            name: times(own, f"the extension of {name} for")
            if isinstance(own, dict)
            else time(own, f"the extension of {name}")
            for name, own in data["extensions"].items()
        },
        timedelta(minutes=grace),
        rule,
        float(cap),
    )
