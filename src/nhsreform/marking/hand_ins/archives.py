"""Files wherever they lie: in folders, in the zip of a platform, in a student's own zip.

Nothing is ever unpacked onto the disk: a name inside a zip is only a label, and its content is read, up to a limit, when
its turn comes. Symbolic links are not followed.
"""

from __future__ import annotations

import io
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nhsreform.marking.hand_ins.handin import LINK, MAX_FILE, CollectError
from nhsreform.text.untrusted import as_label

MAX_INNER_ZIP = 20 << 20
MAX_INNER_LIST = 200_000
MAX_DEPTH = 6

_IGNORED = re.compile(r"^(\.|__MACOSX|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A file somewhere: its path in parts, when it was changed, and how to read it; or why it is not read."""

    parts: tuple[str, ...]
    where: str
    changed: datetime | None
    open: Callable[[], bytes]
    problem: str = ""


def walk(folder: Path, parts: tuple[str, ...], notes: list[str]) -> Iterator[Entry]:
    """Yield the files below a folder. Links are said and left; so is what is neither file nor folder, or cannot be opened."""
    try:
        inside = sorted(os.scandir(folder), key=lambda item: item.name)
    except OSError as error:
        if not parts:
            raise CollectError(f"{folder} cannot be opened ({error.strerror}).") from error
        where = "/".join(as_label(part) for part in parts)
        notes.append(f"{where}: the folder cannot be opened ({error.strerror})")
        yield Entry((*parts, parts[-1]), where, None, bytes, "the folder cannot be opened")
        return
    for item in inside:
        here = (*parts, item.name)
        where = "/".join(as_label(part) for part in here)
        if _IGNORED.match(item.name):
            continue
        if item.is_symlink():
            yield Entry(here, where, None, bytes, LINK)
        elif item.is_dir(follow_symlinks=False):
            if len(here) > MAX_DEPTH:
                notes.append(f"{where}: folders too deep, not looked into")
            else:
                yield from walk(Path(item.path), here, notes)
        elif item.is_file(follow_symlinks=False):
            changed = datetime.fromtimestamp(item.stat(follow_symlinks=False).st_mtime).replace(microsecond=0)
            yield Entry(here, where, changed, _reader(Path(item.path)))
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


def zip_entries(archive: zipfile.ZipFile, where: str) -> Iterator[Entry]:
    """Yield the files of a zip. Where its names point to does not matter: they are labels."""
    lock = threading.Lock()
    for info in archive.infolist():
        parts = tuple(part for part in re.split(r"[/\\]+", info.filename) if part not in ("", ".", ".."))
        if info.is_dir() or not parts or any(_IGNORED.match(part) for part in parts):
            continue
        problem = LINK if stat.S_ISLNK(info.external_attr >> 16) else ""

        def read(info: zipfile.ZipInfo = info) -> bytes:
            # Read in one piece up to the limit, whatever size the zip claims.
            with lock, archive.open(info) as stream:
                return stream.read(MAX_FILE + 1)

        label = f"{where}: {'/'.join(as_label(part) for part in parts)}"
        yield Entry(parts, label, _zip_time(info), read, problem)


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _inner(entry: Entry) -> list[Entry]:
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
                return list(zip_entries(archive, ""))[number].open()

        return read

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # When it was handed in is the zip's own time: those inside come from the student's clock.
        return [
            replace(inside, parts=(*entry.parts, *inside.parts), changed=entry.changed, open=reader(number))
            for number, inside in enumerate(zip_entries(archive, entry.where))
        ]


def entries_of(path: Path) -> list[Entry]:
    """Return the files in a zip. Raises CollectError when it cannot be read."""
    try:
        return list(zip_entries(zipfile.ZipFile(path), as_label(path.name)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CollectError(f"{as_label(path.name)} cannot be read as a zip ({error}).") from error


def opened(entry: Entry, notes: list[str]) -> list[Entry]:
    """Return a file, or the files in it when it is a student's zip."""
    if not entry.parts[-1].lower().endswith(".zip") or entry.problem:
        return [entry]
    try:
        return _inner(entry) or [entry]
    except Exception as error:  # whatever is wrong with a student's zip, it is a line in the report
        reason = str(error) if isinstance(error, CollectError) else type(error).__name__
        notes.append(f"{entry.where}: not opened ({reason})")
        return [entry]
