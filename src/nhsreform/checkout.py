"""Where things are: finds the checkout by looking upwards for data/datapackage.json."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from nhsreform.errors import PackError

MARKER = Path("data") / "datapackage.json"


def _upwards(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_file()), None)


@cache
def checkout() -> Path:
    """Return the folder that holds data/, seeds/ and notebooks/.

    Looks upwards from the current folder first, then from the package itself, so that a notebook
    works wherever Jupyter was started.

    Raises PackError when neither is inside a checkout.
    """
    folder = _upwards(Path.cwd()) or _upwards(Path(__file__).resolve().parent)
    if folder is None:
        raise PackError(
            f"The pack's folder was not found: no {MARKER.as_posix()} in {Path.cwd()} or above it. "
            "Open the notebook from inside the folder you cloned or unzipped."
        )
    return folder


def another_pack() -> Path | None:
    """Return the pack that somebody is in, where the program that runs is that of another one; None when all is one.

    It is so in a copy of a pack whose environment was copied along and still names the folder of old.
    """
    own = Path(__file__).resolve().parents[2]
    for place in (Path.cwd(), *Path.cwd().parents, Path(sys.prefix).parent):
        if (place / "start.py").is_file() and (place / "src" / "nhsreform" / "checkout.py").is_file():
            return None if place.resolve() == own else place
    return None


def data_folder() -> Path:
    """Return the folder of the tables."""
    return checkout() / "data"


def seeds_folder() -> Path:
    """Return the folder of the five texts."""
    return checkout() / "seeds"


def work_folder() -> Path:
    """Return the folder of the learner's own work: my-work/, or where NHSREFORM_WORK points."""
    override = os.environ.get("NHSREFORM_WORK")
    return Path(override).expanduser() if override else checkout() / "my-work"
