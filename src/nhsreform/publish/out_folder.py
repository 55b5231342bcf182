"""The folder that an edition is written to: only what an earlier build wrote there is ever deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

from nhsreform.errors import PackError

LIST = "made-by-nhsreform.txt"


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _strangers(out: Path) -> list[str]:
    """Return the files in a folder that no earlier build wrote."""
    listed = out / LIST
    ours = {LIST, *listed.read_text(encoding="utf-8").splitlines()} if listed.is_file() else set()
    return [name for name in _files(out) if name not in ours]


def check(out: Path) -> None:
    """Refuse a place that cannot take an edition, before any work is done.

    Raises PackError when `out` is a file, holds files that no earlier build wrote, or cannot be written to.
    """
    if out.exists() and not out.is_dir():
        raise PackError(f"{out} is a file. Name a folder, or none: nhsreform build --site")
    if out.is_dir():
        strangers = _strangers(out)
        if strangers:
            more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
            raise PackError(
                f"{out} holds files that no earlier build made ({', '.join(strangers[:3])}{more}), and they would be lost. "
                "Name a new or an empty folder."
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f"{LIST}.new"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise PackError(
            f"{out} cannot be written to ({error.strerror}). Name a folder that you may write to."
        ) from error


def replace(out: Path, new: Path) -> None:
    """Put what is in `made` into `out`, in place of what an earlier build wrote there.

    Raises PackError as `check` does.
    """
    check(out)
    for name in _files(out):
        (out / name).unlink()
    for path in sorted((path for path in out.rglob("*") if path.is_dir()), reverse=True):
        path.rmdir()
    # The list comes first: a copy that breaks off half-way can still be cleared by the next build.
    names = _files(new)
    (out / LIST).write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
    shutil.copytree(new, out, dirs_exist_ok=True)
    # An edition is made to be read by others, whatever a user's own files are closed to.
    for path in (out, *out.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
