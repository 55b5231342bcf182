"""A learner's own copy of the notebooks and exercises, and how a newer pack reaches it without touching what they changed.

Three versions of each file decide: what the copy was given last, what the pack has now, and what the learner has. Called by
`nhsreform update`, which a department's hub runs before each learner's server starts, with the learner's own rights.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.text.atomic import write_whole

# What a learner works in or follows a link to; tables, texts and the key are read where the pack itself is.
PATTERNS = ("notebooks/*.ipynb", "exercises/*.ipynb", "data/codebook.md")
RECORD = ".nhsreform-given.json"
NEWS = "what-is-new"
_FORMAT = "nhsreform-given"
# What stands where a file should: a folder, a link, or what cannot be read. It is never like a file of the pack.
_NO_FILE = "no file"
_MOST_NEWS = 1000


class CopyError(PackError):
    """The learner's copy cannot be brought up to date; says what is safe and what to do."""


@dataclass(frozen=True)
class Update:
    """What a newer pack does to a copy, by path.

    write: new files, and files that the learner did not change. aside: the learner's, which get a name of their own before the
    pack's comes in their place, because it was asked for. apart: changed by the learner, and newer in the pack. gone: taken
    away by the learner, and left so. left: no longer in the pack, and left where they are. record: what the copy is given with this.
    """

    write: tuple[str, ...] = ()
    aside: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    record: Mapping[str, str] = field(default_factory=dict)


def update(
    last: Mapping[str, str],
    now: Mapping[str, str],
    own: Mapping[str, str],
    asked: Collection[str] = (),
    taken: Collection[str] = (),
) -> Update:
    """Return what is to be done to a learner's copy. Pure; each of the three maps a path to the mark of what is there.

    last: what was given before. own: what the learner has. asked: the paths whose original is asked for. taken: all paths in
    the copy, so that no name is used twice.
    """
    write: list[str] = []
    apart: list[str] = []
    gone: list[str] = []
    aside: dict[str, str] = {}
    names = {*taken, *own, *now}
    for path, mark in now.items():
        mine, before = own.get(path), last.get(path)
        if mine == mark:
            continue
        if path in asked:
            if mine is not None:
                aside[path] = free_name(path, names)
                names.add(aside[path])
            write.append(path)
        elif mine is None:
            (gone if before is not None else write).append(path)
        elif mine == before:
            write.append(path)
        elif mark != before:
            apart.append(path)
    left = [path for path in last if path not in now and path in own]
    # A file apart keeps the mark that it was given with: it stays the learner's until it is like the pack's again. One that the
    # pack has no longer may come again, and who took it away has not asked for it.
    record = {path: mark for path, mark in last.items() if path not in now or path in apart}
    record |= {path: mark for path, mark in now.items() if path not in apart}
    # What the learner had before the pack did was offered, never given.
    record |= {path: "" for path in apart if path not in last}
    return Update(tuple(write), aside, tuple(apart), tuple(gone), tuple(left), record)


def free_name(path: str, taken: Collection[str]) -> str:
    """Return a name beside `path` that nothing has; small and capital letters are not told apart.

    >>> free_name("exercises/01.ipynb", {"exercises/01 (My copy).ipynb"})
    'exercises/01 (my copy 2).ipynb'
    """
    stem, ending = os.path.splitext(path)
    folded = {name.casefold() for name in taken}
    number = 1
    while (name := f"{stem} (my copy{f' {number}' if number > 1 else ''}){ending}").casefold() in folded:
        number += 1
    return name


def mark_of(path: str, data: bytes) -> str:
    """Return the mark of a file: of a notebook's cells as they are typed, or of all bytes where it is no notebook.

    Whoever only ran a notebook has not changed it; the browser edition goes by the same rule.
    """
    if path.endswith(".ipynb"):
        try:
            cells = json.loads(data)["cells"]
            typed = [[cell["cell_type"], "".join(cell["source"]), cell.get("attachments", {})] for cell in cells]
            return hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass
    return hashlib.sha256(data).hexdigest()


# --- a copy on the disk -----------------------------------------------------------------------------------------------


def files_of(pack: Path) -> dict[str, bytes]:
    """Return the files that a copy is given, by path. Raises CopyError when there are none."""
    paths = sorted(path for pattern in PATTERNS for path in pack.glob(pattern))
    if not paths:
        raise CopyError(f"There are no notebooks in {pack}: it is not a pack, or not a whole one.")
    return {path.relative_to(pack).as_posix(): path.read_bytes() for path in paths}


def copy_around(folder: Path) -> Path | None:
    """Return the copy that a folder lies in, or None."""
    return next((place for place in (folder, *folder.parents) if (place / RECORD).is_file()), None)


def bring_up_to_date(pack: Path, copy: Path, asked: Collection[str] = ()) -> tuple[Update, list[str]]:
    """Bring a copy up to date, or make it; return what was done, and in words what could not be.

    A file is written whole or not at all, and the record last: whatever breaks off is done by the next call. Raises CopyError
    for a path that the pack does not have, and when nothing can be written at all.
    """
    files = files_of(pack)
    unknown = sorted(set(asked) - set(files))
    if unknown:
        near = ", ".join(name for name in files if Path(name).name == Path(unknown[0]).name)
        raise CopyError(
            f"The pack has no file {unknown[0]}. "
            + (f"Did you mean {near}?" if near else f"It has: {', '.join(sorted(files))}.")
        )
    try:
        copy.mkdir(parents=True, exist_ok=True)
        last = _record(copy)
        own = {name: mark for name in {*files, *last} if (mark := _own_mark(copy / name, name)) is not None}
        now = {name: mark_of(name, data) for name, data in files.items()}
        plan = update(last, now, own, asked, set(_names(copy)))
        problems: list[str] = []
        record = dict(plan.record)
        for name in plan.write:
            problem = _put(copy, name, files[name], own.get(name), plan.aside.get(name))
            if problem:
                problems.append(problem)
                record.pop(name, None)
                if name in last:
                    record[name] = last[name]
        whole = {"format": _FORMAT, "files": record}
        write_whole(copy / RECORD, json.dumps(whole, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise CopyError(
            f"{copy} could not be brought up to date ({error.strerror}). Your own files are as they were. "
            "Make room, or ask who looks after this computer; the next start tries again."
        ) from error
    return plan, problems


def _record(copy: Path) -> dict[str, str]:
    """Return what the copy was given last; nothing where no record can be read, so that every file in it counts as changed."""
    try:
        record = json.loads((copy / RECORD).read_bytes())
        files = record["files"] if record["format"] == _FORMAT else {}
        return {str(name): str(mark) for name, mark in files.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _own_mark(path: Path, name: str) -> str | None:
    try:
        kind = path.lstat().st_mode
        return mark_of(name, path.read_bytes()) if stat.S_ISREG(kind) else _NO_FILE
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return _NO_FILE


def _names(copy: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(copy):
        here = Path(folder).relative_to(copy)
        yield from ((here / name).as_posix() for name in (*folders, *files))


def _put(copy: Path, name: str, data: bytes, mine: str | None, aside: str | None) -> str:
    """Write a file of the pack's into the copy, the learner's put aside first where it was asked for. Return what went wrong."""
    path = copy / name
    try:
        if aside is not None:
            # Whatever it is, it moves as it is.
            os.rename(path, copy / aside)
        elif _own_mark(path, name) != mine:
            return f"{name} was changed while it was brought up to date; it is left as it is."
        write_whole(path, data, replace=aside is None and mine is not None)
    except OSError as error:
        return f"{name} could not be written ({error.strerror})."
    return ""


# --- in words ---------------------------------------------------------------------------------------------------------


def in_words(plan: Update, problems: Collection[str] = (), first: bool = False) -> str:
    """Return what happened to a copy, as plain text for its learner; "" when there is nothing to say."""
    parts = []
    if plan.aside:
        parts.append(
            "The pack's own is back, and yours stays beside it:\n"
            + _listed(f"{name}; yours is now {other}" for name, other in plan.aside.items())
        )
    if plan.apart:
        parts.append(
            "You changed these, and the pack has newer ones. Yours are as you left them:\n" + _listed(plan.apart)
        )
    if plan.gone:
        parts.append("You took these away, and they stay away:\n" + _listed(plan.gone))
    if plan.left:
        parts.append("The pack no longer has these. Yours stay where they are:\n" + _listed(plan.left))
    if plan.apart or plan.gone:
        parts.append(
            "To get the pack's own, close the file's tab, and run this in a cell of another notebook, with the name of the file. "
            f'Yours, if there is one, stays beside it as (my copy):\n\n    !nhsreform update --bring-back "{(*plan.apart, *plan.gone)[0]}"'
        )
    if problems:
        parts.append("Not everything could be done:\n" + _listed(problems))
    if plan.write and not plan.aside and not first:
        parts.append("These are new, in place of ones that you had not changed:\n" + _listed(plan.write))
    return "\n\n".join(parts) + "\n" if parts else ""


def write_news(copy: Path, text: str) -> str:
    """Write what happened into the copy, under a name that nothing has; return the name, or "" where it was said before.

    Raises CopyError.
    """
    for number in range(1, _MOST_NEWS):
        path = copy / f"{NEWS}{f'-{number}' if number > 1 else ''}.txt"
        try:
            if _own_mark(path, path.name) == mark_of(path.name, text.encode()):
                return ""
            write_whole(path, text, replace=False)
            return path.name
        except FileExistsError:
            continue
        except OSError as error:
            raise CopyError(f"{path} could not be written ({error.strerror}). It would say:\n\n{text}") from error
    raise CopyError(f"{copy} holds too many files {NEWS}: take some away. The newest would say:\n\n{text}")


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
