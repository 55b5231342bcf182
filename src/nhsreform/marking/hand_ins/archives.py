"""Files wherever they lie: in folders, in the zip of a platform, in a student's own zip.

Nothing is ever unpacked onto the disk: a name inside a zip is only a label, and its content is read, up to a limit, when
its turn comes. Symbolic links are not followed. What a student's archive may cost has a limit in names and in bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import threading
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nhsreform.marking.hand_ins.handin import LINK, MAX_FILE, CollectError
from nhsreform.text.files import decoded
from nhsreform.text.untrusted import as_label

MAX_INNER_ZIP = 20 << 20
MAX_INNER_LIST = 200_000
MAX_INNER_NAMES = 2_000
MAX_DEPTH = 6
# No file system has longer names, and what reads names may take long over long ones.
MAX_NAME = 255
EMPTY = "nothing is in it"
_BEGINNING = 400
# Others hide what could unpack without a limit; no platform and no system's own archiver writes them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP64_LOCATOR = b"PK\x06\x07"

# What systems and programs leave behind. A hidden notebook is somebody's hand-in, wherever it lies, and so is any hidden file
# with an ending.
_IGNORED = re.compile(r"\._|\.~|~\$|__MACOSX$|Thumbs\.db$|desktop\.ini$|\.DS_Store$|\.(?!ipynb)[^.]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A file somewhere: its path in parts, when it was changed, and how to read it; or why it is not read.

    A folder is there too, with the problem EMPTY, so that one with nothing in it is not lost.
    """

    parts: tuple[str, ...]
    where: str
    changed: datetime | None
    open: Callable[[], bytes]
    problem: str = ""


def _is_left_behind(parts: Sequence[str], read: Callable[[], bytes]) -> bool:
    """Return whether a file is what a system or a program left behind, by its path and, of a notebook's double, by its content."""
    if not any(_IGNORED.match(part) for part in parts):
        return False
    if ".ipynb" not in parts[-1].lower():
        return True
    if not _IGNORED.match(parts[-1]):
        return False
    try:
        return not decoded(read()[:_BEGINNING], guess=True).lstrip().startswith("{")
    except Exception:  # what cannot be opened is no notebook, whatever it is called
        return True


def part_of(name: str) -> str:
    r"""Return a part of a path in the one form in which it is compared: decoded, its letters composed, and not too long.

    macOS writes UTF-8 into a zip without saying so, and what unpacks it may read that as an older code.

    >>> part_of("Zoe\u0308"), part_of("Zo\u00eb".encode("utf-8").decode("cp437"))
    ('Zo\xeb', 'Zo\xeb')
    """
    if not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    if len(name) > MAX_NAME:
        whole = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
        name = f"{name[: MAX_NAME - 40]}~{whole}{name[-20:]}"
    return unicodedata.normalize("NFC", name)


def walk(folder: Path, parts: tuple[str, ...], notes: list[str]) -> Iterator[Entry]:
    """Yield the files below a folder. Links are said and left; so is what is neither file nor folder, or cannot be opened.

    Raises CollectError when the folder itself cannot be opened.
    """
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
        here = (*parts, part_of(item.name))
        where = "/".join(as_label(part) for part in here)
        hidden = any(_IGNORED.match(part) for part in here)
        if item.is_symlink():
            if hidden:
                continue
            yield Entry(here, where, None, bytes, LINK)
        elif item.is_dir(follow_symlinks=False):
            if not hidden:
                yield Entry((*here, ""), where, None, bytes, EMPTY)
            if len(here) > MAX_DEPTH and hidden:
                continue
            if len(here) > MAX_DEPTH:
                yield Entry((*here, part_of(item.name)), where, None, bytes, "folders too deep, not looked into")
            else:
                yield from walk(Path(item.path), here, notes)
        elif item.is_file(follow_symlinks=False):
            if hidden and _is_left_behind(here, _reader(Path(item.path))):
                continue
            changed = datetime.fromtimestamp(item.stat(follow_symlinks=False).st_mtime).replace(microsecond=0)
            yield Entry(here, where, changed, _reader(Path(item.path)))
        elif not hidden:
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


# --- zips -------------------------------------------------------------------------------------------------------------


def _entries(
    archive: zipfile.ZipFile, where: str, reader: Callable[[zipfile.ZipInfo], Callable[[], bytes]]
) -> Iterator[Entry]:
    """Yield the files of a zip. Where its names point to does not matter: they are labels."""
    for info in archive.infolist():
        parts = tuple(part_of(part) for part in re.split(r"[/\\]+", info.filename) if part not in ("", ".", ".."))
        left_behind = bool(parts) and _is_left_behind(parts, reader(info))
        if left_behind:
            # The folder that it lies in is somebody's hand-in, whether the zip lists folders or not.
            parts = parts[: next(at for at, part in enumerate(parts) if _IGNORED.match(part))]
        if not parts:
            continue
        label = f"{where}: {'/'.join(as_label(part) for part in parts)}"
        if left_behind or info.is_dir():
            yield Entry((*parts, ""), label, None, bytes, EMPTY)
        else:
            problem = LINK if stat.S_ISLNK(info.external_attr >> 16) else ""
            yield Entry(parts, label, _zip_time(info), reader(info), problem)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a file of a zip up to the limit, whatever size the zip claims. Raises CollectError for other methods."""
    if info.compress_type not in _METHODS:
        raise CollectError("packed in a way that is not read here; expected an ordinary zip")
    with archive.open(info) as stream:
        pieces, left = [], MAX_FILE + 1
        while left > 0 and (piece := stream.read(min(left, 1 << 16))):
            pieces.append(piece)
            left -= len(piece)
    return b"".join(pieces)


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _check_list(data: bytes) -> None:
    """Refuse a zip whose list of contents, which Python reads whole, is too long. Raises CollectError."""
    if len(data) > MAX_INNER_ZIP:
        raise CollectError(f"a zip of more than {MAX_INNER_ZIP >> 20} MB")
    end = data.rfind(b"PK\x05\x06")
    if end < 0:
        raise CollectError("not a zip")
    # The longer form has a second record, which is believed instead; nothing that a student hands in needs it.
    many = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if _ZIP64_LOCATOR in data[max(0, end - 64) : end] or size > MAX_INNER_LIST or many > MAX_INNER_NAMES:
        raise CollectError("a zip with far too many files")


def _inner(entry: Entry) -> list[Entry]:
    """Return the files in a student's own zip. Raises CollectError when it is too large, or no zip."""
    data = entry.open()
    _check_list(data)

    def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
        return lambda: _HELD.read(entry, info)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > MAX_INNER_NAMES:
            raise CollectError("a zip with far too many files")
        # When it was handed in is the zip's own time: those inside come from the student's clock.
        return [
            replace(inside, parts=(*entry.parts, *inside.parts), changed=entry.changed)
            for inside in _entries(archive, entry.where, reader)
        ]


class _Held:
    """The one archive of a student's that is open: a class of them is never in memory, and none is read anew for each file."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entry: Entry | None = None
        self.archive: zipfile.ZipFile | None = None

    def read(self, entry: Entry, info: zipfile.ZipInfo) -> bytes:
        """Return a file of the archive that an entry is."""
        with self.lock:
            if self.archive is None or self.entry is not entry:
                data = entry.open()
                _check_list(data)
                self.entry, self.archive = entry, zipfile.ZipFile(io.BytesIO(data))
            return member(self.archive, info)

    def forget(self) -> None:
        """Let go of it, so that the next reading is one of the disk."""
        with self.lock:
            self.entry = self.archive = None


_HELD = _Held()
forget_archives = _HELD.forget


def entries_of(path: Path) -> list[Entry]:
    """Return the files in a zip. Raises CollectError when it cannot be read."""
    lock = threading.Lock()

    def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with lock:
                return member(archive, info)

        return read

    try:
        archive = zipfile.ZipFile(path)
        return list(_entries(archive, as_label(path.name), reader))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CollectError(f"{as_label(path.name)} cannot be read as a zip ({error}).") from error


def opened(entry: Entry, notes: list[str]) -> list[Entry]:
    """Return a file, or the files in it when it is a student's zip. One that cannot be opened stays as it is, with the reason."""
    if not entry.parts[-1].lower().endswith(".zip") or entry.problem:
        return [entry]
    try:
        inside = [one for one in _inner(entry) if one.problem != EMPTY]
    except Exception as error:  # whatever is wrong with a student's zip, it is a line in the report
        reason = str(error) if isinstance(error, CollectError) else type(error).__name__
        notes.append(f"{entry.where}: not opened ({reason})")
        return [replace(entry, problem=f"a zip that was not opened ({reason})")]
    return inside or [replace(entry, problem="a zip with nothing in it")]
