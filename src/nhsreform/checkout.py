"""Where things are: finds the checkout by looking upwards for data/datapackage.json; what is read or made of it, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from nhsreform.errors import PackError

MARKER = Path("data") / "datapackage.json"
# The browser edition's wheel carries tables, texts and key here: what JupyterLite's own folder holds is slow to read, and
# is not there at all where the browser keeps nothing.
CARRIED = Path(__file__).resolve().parent / "carried"
# Where JupyterLite puts the folder that the browser keeps.
KEPT_BY_BROWSER = Path("/drive")

Function = TypeVar("Function", bound=Callable[..., Any])
_REMEMBERING: list[Any] = []


def once(function: Function) -> Function:
    """Return a function that remembers what it made of the checkout, by its arguments. Whoever gets it must not change it."""
    remembering = cache(function)
    _REMEMBERING.append(remembering)
    return cast(Function, remembering)


def forget() -> None:
    """Have everything read and made anew: the checkout is another, or has changed."""
    for remembering in _REMEMBERING:
        remembering.cache_clear()


def _upwards(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_file()), None)


@once
def checkout() -> Path:
    """Return the folder that holds data/, seeds/ and notebooks/.

    Looks upwards from the current folder first, then from the package itself, so that a notebook
    works wherever Jupyter was started. In the browser edition the package carries what is needed.

    Raises PackError when neither is inside a checkout.
    """
    if (CARRIED / MARKER).is_file():
        return CARRIED
    folder = _upwards(Path.cwd()) or _upwards(Path(__file__).resolve().parent)
    if folder is None:
        raise PackError(
            f"The pack's folder was not found: no {MARKER.as_posix()} in {Path.cwd()} or above it. "
            "Open the notebook from inside the folder you cloned or unzipped. "
            "Where a notebook runs elsewhere, as on Colab, install the pack with  pip install -e  and that folder."
        )
    return folder


def another_pack() -> Path | None:
    """Return the pack that somebody is in, where the program that runs is that of another one; None when all is one.

    It is so in a copy of a pack whose environment was copied along and still names the folder of old.
    """
    own = Path(__file__).resolve().parents[2]
    # Who names the package there means it.
    if str(own / "src") in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        return None
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
    if override:
        return Path(override).expanduser()
    if sys.platform == "emscripten":
        return (KEPT_BY_BROWSER if KEPT_BY_BROWSER.is_dir() else Path.cwd()) / "my-work"
    return checkout() / "my-work"
