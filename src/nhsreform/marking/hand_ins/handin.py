"""One handed-in file, as everything after the collecting knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from nhsreform.errors import PackError

MAX_FILE = 64 << 20
FOLDER, FLAT, MOODLE, CANVAS, BLACKBOARD = "folder", "flat", "moodle", "canvas", "blackboard"
# A file in a platform's download that is not named as that platform names files: it counts for nobody but itself.
ODD = "odd"
# What is handed in in place of a notebook, and left alone.
LINK = "a link to somewhere else, not followed"
NO_NOTEBOOK = "no notebook: "
CHECKPOINT = "a checkpoint, which does not count"
SHIPPED = "a file of the pack's own, which does not count"


class CollectError(PackError):
    """There is nothing to collect, or a list given with it cannot be read."""


@dataclass(frozen=True)
class Handin:
    """One handed-in notebook; or, with `problem`, what was handed in instead of one.

    student: the label it is marked under. where: where it lies, for people. number: the platform's number or user name.
    handed_in: local time, None where the platform's download does not tell. late: what the platform says, None if nothing.
    path: where it lies inside the student's hand-in, fit to be shown. download: which of several it came with.
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
    path: str = ""
    download: str = ""
    open: Callable[[], bytes] = field(default=bytes, compare=False, repr=False)

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
