"""Who handed in what: from folders, flat files, and the zips of Moodle, Canvas and Blackboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nhsreform.marking.hand_ins.archives import Entry, entries_of, opened, walk
from nhsreform.marking.hand_ins.class_list import labelled
from nhsreform.marking.hand_ins.handin import CANVAS, FLAT, LINK, MOODLE, CollectError, Handin
from nhsreform.marking.hand_ins.platform_names import (
    blackboard_names,
    hold_downloads,
    identify,
    is_moodle_name,
    is_notebook,
    named_by_platform,
)


@dataclass
class Collection:
    """All that was handed in, in a stable order, and what was left aside, in words."""

    handins: list[Handin]
    notes: list[str]


def collect(root: Path, exercises: Sequence[str], roster: Sequence[dict[str, str]] = ()) -> Collection:
    """Return all that was handed in below a folder, or in a zip. `exercises` are the names to look for in file names.

    Raises CollectError when `root` is no folder and no zip.
    """
    if not root.exists():
        raise CollectError(f"There is no folder or zip {root}.")
    notes: list[str] = []
    handins: list[Handin] = []
    for container, entries in _containers(root, notes):
        names, in_downloads = blackboard_names(entries), hold_downloads(entries)
        batch = [
            _looked_at(inside, identify(inside, container or root.name, exercises, names, in_downloads))
            for entry in entries
            for inside in opened(entry, notes)
        ]
        handins += _told_apart(batch)
    return Collection(labelled(_without_companions(handins, notes), roster, notes), notes)


def _looked_at(entry: Entry, handin: Handin) -> Handin:
    if entry.problem:
        return replace(handin, problem=entry.problem, open=bytes)
    if not handin.problem and not is_notebook(handin.name):
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


def _without_companions(handins: list[Handin], notes: list[str]) -> list[Handin]:
    """Leave out what lies beside a student's notebooks; what lies there alone stays, as a problem."""
    with_notebook = {handin.student for handin in handins if not handin.problem}
    counting: list[Handin] = []
    alone: set[str] = set()
    for handin in handins:
        if not handin.problem:
            counting.append(handin)
        elif handin.platform == FLAT:
            notes.append(f"{handin.where}: left aside ({handin.problem})")
        elif handin.problem == LINK:
            notes.append(f"{handin.where}: {handin.problem}")
            counting += [] if handin.student in with_notebook else [handin]
        elif handin.student not in with_notebook and handin.student not in alone:
            alone.add(handin.student)
            counting.append(handin)
    return counting


def _containers(root: Path, notes: list[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Yield (name, files) of the folder or zip given, and of each zip that lies directly in the folder."""
    if root.is_file():
        yield root.name, _unwrapped(entries_of(root))
        return
    loose = []
    for entry in walk(root, (), notes):
        name = entry.parts[0]
        if len(entry.parts) > 1 or not name.lower().endswith(".zip") or entry.problem:
            loose.append(entry)
            continue
        try:
            entries = entries_of(root / name)
        except CollectError as error:
            notes.append(str(error))
            continue
        # A zip named by a platform is one student's, unless the files in it are named by a platform themselves.
        if named_by_platform(name) and not any(named_by_platform(inside.parts[0]) for inside in entries):
            loose.append(entry)
        else:
            yield name, _unwrapped(entries)
    yield "", loose


def _unwrapped(entries: list[Entry]) -> list[Entry]:
    """Take off a folder that holds everything, as many zips have; a single student's own folder stays."""
    while entries and len({entry.parts[0] for entry in entries}) == 1 and all(len(e.parts) > 2 for e in entries):
        if is_moodle_name(entries[0].parts[0]):
            break
        entries = [replace(entry, parts=entry.parts[1:]) for entry in entries]
    return entries
