"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, replace: bool = True) -> None:
    """Write a file, its folder too where it is not there yet; the old one stays until the new one is safe on the disk.

    Text is written in UTF-8 with the line ends that it has; halves of a split emoji become question marks. With `replace` false a
    file that is there is left alone.

    Raises OSError when it cannot be written, FileExistsError when it is there and may not be replaced; nothing is left behind.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", errors="replace")
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with scratch.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(OSError):
            # Who may read the old file may read the new one, and nobody else.
            shutil.copymode(path, scratch)
        if replace:
            os.replace(scratch, path)
        else:
            _place_new(scratch, path)
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _place_new(scratch: Path, path: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise
    except OSError:
        # A disk that knows no links, such as a memory stick's.
        with path.open("xb"):
            pass
        os.replace(scratch, path)
