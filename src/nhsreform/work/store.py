"""Everything a learner enters, in one JSON file that is never left half-written.

The file holds `{"format": "nhsreform-work", "version": 1, "sections": {section: {key: value}}}`.
Each change is written to a new file beside it, then swapped in, and a spare copy is kept, so that
a crash, a full disk or a second notebook cannot lose what was there.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from nhsreform.checkout import KEPT_BY_BROWSER, work_folder
from nhsreform.errors import PackError
from nhsreform.text.atomic import write_whole
from nhsreform.text.files import read_text
from nhsreform.text.numbers_in_words import plural
from nhsreform.work.lock import WAIT_SECONDS, Waited, only_writer

FORMAT = "nhsreform-work"
VERSION = 1
FILE = "my-work.json"
LAST_GOOD = "my-work.last-good.json"
BEFORE_RESTORE = "my-work.before-restore.json"


class WorkError(PackError):
    """The learner's work could not be read or written; says what is safe and what to do."""


class _Untouched(WorkError):
    """A file that may well be whole, though it cannot be opened or is from a newer pack: it is refused and left alone."""


def work_file() -> Path:
    """Return the path of the file that holds the learner's work."""
    return work_folder() / FILE


def _parse(text: str, name: str) -> dict[str, dict[str, Any]]:
    """Return the sections in `text`. Raises WorkError saying what is wrong with it."""
    try:
        state = json.loads(text)
    except ValueError as error:
        raise WorkError(f"{name} is cut short or damaged ({error}).") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise WorkError(f'{name} is not a file of saved work: it should start with "format": "{FORMAT}".')
    version = state.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise WorkError(f'{name} has no version number: it should hold "version": {VERSION}.')
    if version > VERSION:
        raise _Untouched(
            f"{name} was saved by a newer pack (version {version}; this one reads up to {VERSION}). "
            "Update the pack, then try again."
        )
    sections = state.get("sections")
    if not isinstance(sections, dict) or not all(isinstance(part, dict) for part in sections.values()):
        raise WorkError(f'{name} has no "sections" that can be read.')
    return sections


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        text = read_text(path)
    except UnicodeDecodeError as error:
        raise WorkError(f"{path.name} is damaged: it is not UTF-8 text.") from error
    except OSError as error:
        raise _Untouched(
            f"{path.name} is there, but cannot be opened ({error.strerror}). Nothing was changed. Allow yourself to read it, "
            "or wait until the folder it lies in is back, then run the cell again."
        ) from error
    return _parse(text, path.name)


def _write(path: Path, sections: dict[str, dict[str, Any]]) -> None:
    """Write the file whole, or leave the one that is there."""
    text = json.dumps({"format": FORMAT, "version": VERSION, "sections": sections}, ensure_ascii=False, indent=1)
    try:
        write_whole(path, text + "\n")
    except OSError as error:
        raise WorkError(
            f"Your work could not be saved in {path.parent} ({error.strerror}). What was saved before is safe. "
            "Free some space, or make the folder writable, or choose another folder by setting NHSREFORM_WORK."
        ) from error


def _keep(sections: dict[str, dict[str, Any]]) -> None:
    """Write the spare copy first: if the disk fills up on the way, the file itself is still the old one, whole."""
    _write(work_folder() / LAST_GOOD, sections)
    _write(work_file(), sections)


def _put_aside(path: Path) -> Path:
    """Rename a damaged file so that nothing is lost, and return its new path."""
    number = 1
    while (aside := path.with_name(f"my-work.damaged-{number}.json")).exists():
        number += 1
    os.replace(path, aside)
    return aside


def _load() -> dict[str, dict[str, Any]]:
    """Return the sections; print a sentence when a damaged file had to be put aside.

    A file from a newer pack, or one that cannot be opened, is refused, not put aside: it may well be whole.
    """
    path, last_good = work_file(), work_folder() / LAST_GOOD
    message = aside = ""
    if path.exists():
        try:
            return _read(path)
        except _Untouched:
            raise
        except WorkError as error:
            message = str(error)
        try:
            aside = f" It is kept as {_put_aside(path).name}."
        except OSError as error:
            raise WorkError(f"{message} It cannot be put aside ({error.strerror}), so nothing was changed.") from error
    saved: dict[str, dict[str, Any]] = {}
    instead = "No earlier copy could be read, so the pack starts afresh."
    if last_good.exists():
        try:
            saved, instead = _read(last_good), "The last good copy is used instead."
        except _Untouched:
            raise
        except WorkError as error:
            message = message or str(error)
    if message:
        print(f"{message}{aside} {instead}")
    return saved


@contextmanager
def _locked() -> Iterator[None]:
    folder = work_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder):
            yield
    except Waited as error:
        raise WorkError(
            f"Another notebook has been saving for {WAIT_SECONDS} seconds. Wait a moment and run the cell again."
        ) from error
    except OSError as error:
        raise WorkError(
            f"Your work cannot be saved in {folder} ({error.strerror}). Make the folder writable, "
            "or choose another by setting NHSREFORM_WORK."
        ) from error


def get(section: str, key: str, default: Any = None) -> Any:
    """Return what was kept under `section` and `key`, or `default`.

    Reading never creates a file. A damaged file is put aside and the last good copy used.
    """
    return sections().get(section, {}).get(key, default)


def sections() -> dict[str, dict[str, Any]]:
    """Return everything that was kept: {section: {key: value}}."""
    if not work_folder().is_dir():
        return {}
    return _load()


def put(section: str, key: str, value: Any) -> None:
    """Keep a JSON value under `section` and `key`.

    Raises WorkError when the value is not plain JSON or the folder cannot be written; what was kept before stays.
    """
    try:
        kept_value = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise WorkError(f"This cannot be kept: {error}. Keep text, numbers, lists or dictionaries.") from error
    with _locked():
        saved = _load()
        saved.setdefault(section, {})[key] = kept_value
        _keep(saved)


def save(file: str | Path | None = None) -> Path:
    """Write a copy of all your work to one file that you can download, and return its path.

    Without a name the file is called my-work-YYYY-MM-DD.json and lies in the current folder.

    Raises WorkError when there is nothing to save or the file cannot be written.
    """
    entries = sections()
    if not entries:
        raise WorkError("There is nothing to save yet: make a prediction or answer a question first.")
    path = Path(file or f"my-work-{date.today().isoformat()}.json").expanduser()
    if path.is_dir():
        raise WorkError(f'{path} is a folder. Give a file name, as in nr.save("{path.name}/my-work.json").')
    _write(path, entries)
    count = sum(len(part) for part in entries.values())
    _offer(path)
    print(
        f"Saved {plural(count, 'piece')} of your work in {path.name}. "
        f'Download it; nr.restore("{path.name}") brings it back.'
    )
    return path


def _offer(path: Path) -> None:
    """In the browser edition, show a link that downloads a file just written: no folder of the computer holds it."""
    if sys.platform != "emscripten":
        return
    from IPython.display import HTML, display

    data = base64.b64encode(path.read_bytes()).decode()
    name = escape(path.name)
    link = f'<a download="{name}" href="data:application/json;base64,{data}">Download {name}</a>'
    display(HTML(link))


def restore(file: str | Path) -> None:
    """Bring back work saved by nr.save().

    What is in the file replaces what is here under the same name; everything else here stays.
    The state before is kept as my-work.before-restore.json.

    Raises WorkError when the file is missing, cut short, or not saved work; nothing is changed then.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        saved = sorted(copy.name for copy in path.parent.glob("my-work*.json")) if path.parent.is_dir() else []
        upload = " Upload the file you saved, next to this notebook."
        if sys.platform == "emscripten" and not KEPT_BY_BROWSER.is_dir():
            upload = (
                " In this window Python sees no file that you upload. Bring the file back where the pack is installed, "
                "or at an address that begins with https."
            )
        hint = f" Here are: {', '.join(saved)}." if saved else upload
        raise WorkError(f"There is no file {path.name} in {path.parent.resolve()}.{hint}")
    brought = _read(path)
    with _locked():
        current = _load()
        if current:
            _write(work_folder() / BEFORE_RESTORE, current)
        for section, values in brought.items():
            current.setdefault(section, {}).update(values)
        _keep(current)
    count = sum(len(part) for part in brought.values())
    print(f"Restored {plural(count, 'piece')} of your work from {path.name}.")
