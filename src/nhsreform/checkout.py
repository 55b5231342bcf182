"""Where things are: finds the checkout by looking upwards for data/datapackage.json."""

from __future__ import annotations

import os
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
