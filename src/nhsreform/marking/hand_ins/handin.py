"""One handed-in file, as everything after the collecting knows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from nhsreform.errors import PackError

MAX_FILE = 64 << 20
FOLDER, FLAT, MOODLE, CANVAS, BLACKBOARD = "folder", "flat", "moodle", "canvas", "blackboard"
# What is handed in in place of a notebook, and left alone.
LINK = "a link to somewhere else, not followed"


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
