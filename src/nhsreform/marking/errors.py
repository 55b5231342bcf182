"""What stops marking, said to the lecturer."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.text.atomic import write_whole


class MarkError(PackError):
    """Marking, or what comes after it, cannot go on: says why, and what to do."""


def disk_sentence(error: OSError, out: Path) -> str:
    """Return what to say when something cannot be written into the folder of a marked class."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
        return (
            f"There is no room left on the disk to write into {out}. Nothing that was written is lost: "
            "make room, then type the same command again with --resume."
        )
    return f"{out} cannot be written ({error.strerror}). Put it right, then type the same command again with --resume."


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, in place of one that may be there. Raises MarkError."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise MarkError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def alone(out: Path, otherwise: str) -> Iterator[None]:
    """Keep every other command out of the folder of a marked class. Raises MarkError, saying `otherwise`, when one is there."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(out / ".lock", timeout=0).acquire()
    except Timeout as error:
        raise MarkError(otherwise) from error
    with lock:
        yield
