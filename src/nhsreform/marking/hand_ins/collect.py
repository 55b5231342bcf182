"""Who handed in what: from folders, flat files, and the zips of Moodle, Canvas and Blackboard.

Every file comes out, read or not: what is not read is a hand-in with a problem, and nothing that a student named inside a
folder or an archive of their own says whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nhsreform.marking.hand_ins import platform_names as names
from nhsreform.marking.hand_ins.archives import EMPTY, Entry, entries_of, opened, walk
from nhsreform.marking.hand_ins.class_list import labelled
from nhsreform.marking.hand_ins.handin import (
    BLACKBOARD,
    CHECKPOINT,
    FLAT,
    FOLDER,
    LINK,
    MOODLE,
    NO_NOTEBOOK,
    ODD,
    CollectError,
    Handin,
)
from nhsreform.text.untrusted import as_label

# Lists that a lecturer keeps beside the hand-ins; a file of another kind there is somebody's.
_LISTS = (".csv", ".tsv", ".xls", ".xlsx", ".ods", ".toml", ".log")
# Folders that a student has from the pack: whoever holds one of them is no class.
_OF_THE_PACK = {"exercises", "answers", "data", "notebooks", "seeds", "src", "teaching", "my-work"}


@dataclass
class Collection:
    """All that was handed in, in a stable order, and what was left aside, in words."""

    handins: list[Handin]
    notes: list[str]


@dataclass
class _Download:
    """Files that were handed over together, whose names at the top are read in one way. platform: "" for a plain folder."""

    name: str
    entries: list[Entry]
    platform: str = ""
    units: dict[str, list[Entry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            self.units.setdefault(entry.parts[0], []).append(entry)
        self.platform = self.platform or names.platform_of([name for name in self.units if not _is_list(name)])

    def folders(self) -> dict[str, list[Entry]]:
        """Return the units that are folders: {name: files}."""
        return {name: inside for name, inside in self.units.items() if any(len(entry.parts) > 1 for entry in inside)}


def collect(root: Path, exercises: Sequence[str], roster: Sequence[dict[str, str]] = ()) -> Collection:
    """Return all that was handed in below a folder, or in a zip. `exercises` are the names to look for in file names.

    Raises CollectError when `root` is no folder and no zip, or it cannot be told which of its folders are students.
    """
    if not root.exists():
        raise CollectError(f"There is no folder or zip {root}.")
    notes: list[str] = []
    handins: list[Handin] = []
    for number, download in enumerate(_downloads(root, notes)):
        handins += _read(download, f"{number}", exercises, root.name, notes)
    return Collection(labelled(handins, roster, notes), notes)


# --- which downloads there are ----------------------------------------------------------------------------------------


def _downloads(root: Path, notes: list[str]) -> Iterator[_Download]:
    """Yield the downloads below a folder, or the one that a zip is."""
    if root.is_file():
        yield from _inside(_Download(root.name, _unwrapped(entries_of(root), root.name)))
        return
    loose, archives = [], {}
    for entry in walk(root, (), notes):
        name = entry.parts[0]
        is_archive = len(entry.parts) == 1 and name.lower().endswith(".zip") and not entry.problem
        # A zip that a platform named is a student's, whatever it holds.
        if is_archive and not names.platform_of([name]):
            archives[name] = entry
        else:
            loose.append(entry)
    read: list[_Download] = []
    for name in archives:
        try:
            read.append(_Download(name, _unwrapped(entries_of(root / name), name)))
        except CollectError as error:
            notes.append(str(error))
    classes = [one for one in read if one.platform or _is_class(one) or len(archives) == 1]
    if 2 * len(classes) <= len(read):
        classes = []
    for one in read:
        if one in classes:
            yield from _inside(one)
        else:
            loose.append(archives[one.name])
    yield from _inside(_Download("", _unwrapped(loose, root.name)))


def _is_class(download: _Download) -> bool:
    """Return whether a zip without a platform's names holds students' folders, and not one student's files."""
    folders = download.folders()
    return len(folders) > 1 and len(folders) == len(download.units) and not folders.keys() & _OF_THE_PACK


def _inside(download: _Download) -> Iterator[_Download]:
    """Yield a download; or those that its folders are, where most of them hold nothing but a platform's names.

    A single folder has to hold two students': what one student calls a file makes no class of a student's folder.
    """
    folders = download.folders()
    if download.platform or not folders:
        yield download
        return
    platforms: dict[str, str] = {}
    students: set[str] = set()
    for name, entries in folders.items():
        inside = {entry.parts[1] for entry in _below(entries)}
        platform = names.platform_of(inside)
        numbers = names.students_in(platform, inside)
        if numbers:
            platforms[name] = platform
            students |= numbers
    if 2 * len(platforms) <= len(folders) or len(students) < 2:
        yield download
        return
    for name in platforms:
        yield _Download(name, _one_down(folders[name]), platforms[name])
    rest = [entry for entry in download.entries if entry.parts[0] not in platforms]
    if rest:
        yield _Download(download.name, rest)


def _unwrapped(entries: list[Entry], container: str) -> list[Entry]:
    """Take off a folder that holds everything, as many zips have; a single student's own folder stays.

    Raises CollectError where it cannot be told which it is.
    """
    while entries and len({entry.parts[0] for entry in entries}) == 1:
        top = entries[0].parts[0]
        inside = {entry.parts[1] for entry in _below(entries)}
        if names.platform_of([top]) or not inside:
            break
        holds_class = len(names.students_in(names.platform_of(inside), inside)) > 1
        all_in_folders = all(len(entry.parts) > 2 for entry in entries if entry.problem != EMPTY)
        if not holds_class and (not all_in_folders or inside & _OF_THE_PACK):
            break
        if not holds_class and len(inside) == 1 and not names.platform_of(inside):
            (only,) = inside
            raise CollectError(
                f"{as_label(container)} holds one folder, {as_label(top)}, and that one folder, {as_label(only)}: it cannot be "
                "told which of them is the student. Give the folder in which the students' folders lie."
            )
        entries = _one_down(entries)
    return entries


def _below(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if len(entry.parts) > 1 and entry.parts[1]]


def _one_down(entries: Iterable[Entry]) -> list[Entry]:
    """Return the files of a folder without its name in front."""
    return [replace(entry, parts=entry.parts[1:]) for entry in _below(entries)]


def _is_list(name: str) -> bool:
    return name.lower().endswith(_LISTS)


# --- whose each file is -----------------------------------------------------------------------------------------------


def _read(download: _Download, key: str, exercises: Sequence[str], root: str, notes: list[str]) -> Iterator[Handin]:
    """Yield the hand-ins of one download. `key` tells downloads apart: a number of Moodle's counts within one only."""
    known_as = names.blackboard_names(download.entries) if download.platform == BLACKBOARD else {}
    for unit, entries in sorted(download.units.items()):
        if _is_aside(download, unit, entries):
            notes.append(f"{entries[0].where}: left aside (no notebook: {as_label(unit)})")
            continue
        owner = _owner(download, unit, entries, exercises, root, notes)
        owner = replace(owner, download=key)
        if download.platform == BLACKBOARD and unit:
            user, full = known_as.get(names.blackboard_before(unit), (owner.number, ""))
            if owner.platform == BLACKBOARD:
                owner = replace(owner, student=user, number=user, full_name=as_label(full) if full else "")
        yield from _files(owner, entries, download, notes)


def _is_aside(download: _Download, unit: str, entries: Sequence[Entry]) -> bool:
    """Return whether a unit is a list of the lecturer's, such as a worksheet, and nobody's hand-in."""
    if len(entries) != 1 or len(entries[0].parts) != 1 or entries[0].problem or not _is_list(unit):
        return False
    return not download.platform or names.read_name(download.platform, unit) is None


def _owner(
    download: _Download, unit: str, entries: Sequence[Entry], exercises: Sequence[str], root: str, notes: list[str]
) -> Handin:
    """Return an empty hand-in of the student whose a unit at the top is: a folder, an archive or a file."""
    blank = Handin("", "", "", FOLDER)
    read = names.read_name(download.platform, unit) if download.platform else None
    if read is not None:
        if read.odd:
            notes.append(f"{entries[0].where}: {read.odd}; check when it was handed in")
        for other in names.PLATFORMS:
            if other != download.platform and names.read_name(other, unit):
                notes.append(
                    f"{entries[0].where}: named as {other.capitalize()} names files too, in a download of "
                    f"{download.platform.capitalize()}'s; read as {download.platform.capitalize()}'s"
                )
        return replace(
            blank,
            student=read.student,
            platform=download.platform,
            number=read.number,
            full_name=as_label(read.student) if download.platform == MOODLE else "",
            handed_in=read.when,
            late=read.late,
            problem=read.problem,
        )
    is_file = len(entries) == 1 and len(entries[0].parts) == 1
    name = _stem(unit, exercises) or (download.name.rsplit(".", 1)[0] or root) if is_file else unit
    changed = entries[0].changed if is_file else None
    if download.platform:
        notes.append(
            f"{entries[0].where}: not named as {download.platform.capitalize()} names files, so it counts for nobody else; "
            "check whose it is"
        )
        return replace(blank, student=name, platform=ODD, handed_in=changed)
    return replace(blank, student=name, platform=FLAT if is_file else FOLDER, handed_in=changed)


def _stem(name: str, exercises: Sequence[str]) -> str:
    """Return what a file's name says besides the exercise's name and the ending."""
    stem = name[: name.lower().find(".ipynb")] if names.is_notebook(name) else name.rsplit(".", 1)[0]
    for exercise in exercises:
        parts = re.split(re.escape(exercise), stem, flags=re.IGNORECASE)
        stem = " ".join(part.strip("-_. ") for part in parts) if len(parts) > 1 else stem
    return stem if stem.strip("-_. ") else ""


def _files(owner: Handin, entries: Sequence[Entry], download: _Download, notes: list[str]) -> Iterator[Handin]:
    """Yield a hand-in for each file of a unit."""
    filled = [entry for entry in entries if entry.problem != EMPTY]
    for entry in filled or entries[:1]:
        is_note = download.platform == BLACKBOARD and _is_spare_note(entry, download)
        if not is_note:
            yield from (_one(owner, inside, len(entry.parts)) for inside in opened(entry, notes))


def _is_spare_note(entry: Entry, download: _Download) -> bool:
    """Return whether a file is what Blackboard itself wrote about an attempt that has other files."""
    read = names.read_name(BLACKBOARD, entry.parts[0])
    if read is None or not read.note or names.holds_typed_text(entry):
        return False
    attempt = entry.parts[0].removesuffix(".txt")
    return any(unit.startswith(f"{attempt}_") for unit in download.units)


def _one(owner: Handin, entry: Entry, depth: int) -> Handin:
    """Return the hand-in of one file. `depth`: how many of its parts lie outside an archive of the student's."""
    read = names.read_name(owner.platform, entry.parts[0]) if owner.platform in names.PLATFORMS else None
    first = (read.file if read else "") if len(entry.parts) == 1 or depth == 1 else ""
    inside = [part for part in (first, *entry.parts[1:]) if part] or [entry.parts[-1]]
    name, path = as_label(inside[-1]), "/".join(as_label(part) for part in inside)
    problem = entry.problem or owner.problem
    if not problem and not names.is_notebook(name):
        problem = f"{NO_NOTEBOOK}{name}"
    if not problem and _is_checkpoint(entry.parts):
        problem = CHECKPOINT
    handed_in = owner.handed_in if owner.platform in (*names.PLATFORMS, FLAT) else entry.changed
    return replace(
        owner,
        where=entry.where,
        name=name,
        path=path,
        handed_in=handed_in,
        problem=problem,
        open=bytes if entry.problem in (LINK, EMPTY) else entry.open,
    )


def _is_checkpoint(parts: Iterable[str]) -> bool:
    *folders, name = parts
    return ".ipynb_checkpoints" in folders or name.lower().endswith("-checkpoint.ipynb")
