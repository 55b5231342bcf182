"""A lecturer's folder for one class: which of the files in it are the platform's two downloads, and where everything goes."""

from __future__ import annotations

import os
import re
import shlex
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.marking.errors import MarkError
from nhsreform.marking.gradebook import PLATFORMS
from nhsreform.text.untrusted import for_terminal

MARKS, PROSE, UPLOAD, LATE = "marks", "prose", "upload", "late.toml"
SHEETS = (".csv", ".xls", ".tsv", ".txt")
# So many files of a folder are looked at to see whether there is a notebook in it.
LOOKED_AT = 5_000


@dataclass(frozen=True)
class ClassFolder:
    """A class's folder. download: what was handed in. worksheet, platform: the sheet for grades and whose it is, if it is there."""

    folder: Path
    download: Path
    worksheet: Path | None = None
    platform: str = ""

    @property
    def marks(self) -> Path:
        """The folder of the marked class."""
        return self.folder / MARKS

    @property
    def prose(self) -> Path:
        """The folder of the prose pages and their CSVs."""
        return self.folder / PROSE

    @property
    def upload(self) -> Path:
        """The folder of what goes back to the platform."""
        return self.folder / UPLOAD

    @property
    def late(self) -> Path | None:
        """The rule for late work, if it lies there."""
        return self.folder / LATE if (self.folder / LATE).is_file() else None


_SHEET = r"\.(?:csv|xlsx?|ods|numbers|txt)(?:\.txt)?"
_LOOKS_LIKE = {
    rf"by-hand\b.*{_SHEET}": "points count in {marks}/by-hand.csv alone, saved as CSV UTF-8",
    rf"(?:marks|moderation)-\d.*{_SHEET}": "a CSV of prose points belongs into {folder}, called marks-8.3.csv or the like",
    r"late\.toml.*": "the rule for late work is called late.toml, in small letters, and lies in {folder}",
}


def not_read(place: ClassFolder) -> list[str]:
    """Return a sentence for each file that looks like one of a person's, and is not read where it lies, or under its name."""
    read = [place.folder / LATE, place.marks / "by-hand.csv"]
    read += [path for folder in (place.folder, place.prose) for path in folder.glob("marks-*.csv")]
    read += place.prose.glob("moderation-*.csv")
    return [
        f"{for_terminal(str(path), 80)} is not read: {where.format(marks=place.marks, folder=place.folder)}."
        for folder in (place.folder, place.marks, place.prose)
        for path in (_files(folder) if folder.is_dir() else [])
        for pattern, where in _LOOKS_LIKE.items()
        if path not in read and re.fullmatch(pattern, path.name, re.IGNORECASE)
    ]


def class_folder(place: Path, worksheet: Path | None = None) -> ClassFolder:
    """Return the class's folder at `place`, which is the folder itself or the download in it.

    Raises MarkError, saying what to do, when the download or the worksheet is not there or there are several.
    """
    if not place.exists():
        raise MarkError(f"There is no folder or zip {place}. Go to the folder of the class, and type: nhsreform mark")
    # A folder that is named and holds neither of the downloads is the download, unpacked.
    named = place.is_file() or (
        place.resolve() != Path.cwd() and not any(path.suffix.lower() in (".zip", *SHEETS) for path in _files(place))
    )
    folder = place.parent if named else place
    download = place if named else _only_download(folder)
    given_sheet = {path: name for path in [worksheet] if path for name in _platforms_of(path)}
    if worksheet and not given_sheet:
        hints = " ".join(platform.download for platform in PLATFORMS.values())
        raise MarkError(f"{worksheet} is no worksheet of {', '.join(map(str.capitalize, PLATFORMS))}. {hints}")
    sheets = given_sheet or {path: name for path in _files(folder) if path != download for name in _platforms_of(path)}
    if len(sheets) > 1:
        raise MarkError(
            f"There are {len(sheets)} worksheets in {folder}: {_listed(sheets)}. Take away all but one, or name it with --sheet."
        )
    path = next(iter(sheets), None)
    return ClassFolder(folder, download, path, sheets[path] if path else "")


def _only_download(folder: Path) -> Path:
    downloads = _downloads(folder)
    # Some browsers unpack a zip and keep it.
    packed = {path.stem for path in downloads if path.is_file()}
    downloads = [path for path in downloads if path.is_file() or path.name not in packed]
    if len(downloads) == 1:
        return downloads[0]
    if not downloads:
        raise MarkError(
            f"There is nothing to mark in {folder}: no zip, and no folder with a notebook in it. Save what the platform gives you as "
            "all submissions there, do not unzip it, and type nhsreform mark again."
        )
    raise MarkError(
        f"There are {len(downloads)} things to mark in {folder}: {_listed(downloads)}. Take away all but one, or name the one that "
        f"counts, such as: nhsreform mark {shlex.quote(for_terminal(downloads[0].name, 120))}"
    )


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(for_terminal(path.name, 60) for path in list(paths)[:6])


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _downloads(folder: Path) -> list[Path]:
    """Return what in a folder may be the download: zips, and folders that hold a notebook, but for those that are written here."""
    inside = [
        path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in (MARKS, PROSE, UPLOAD)
    ]
    return sorted(path for path in inside if _is_download(path))


def _is_download(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() == ".zip" and not _is_pack(path)
    looked_at = 0
    for _, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        looked_at += len(files)
        if any(".ipynb" in name.lower() or name.lower().endswith(".zip") for name in files):
            return True
        if looked_at > LOOKED_AT:
            break
    return False


def _is_pack(path: Path) -> bool:
    """Return whether a zip is this pack, or the class bundle made of it: a lecturer may keep it beside the class's work."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {"/".join(name.split("/")[1:]) for name in archive.namelist()[:LOOKED_AT]}
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return {"start.py", "exercises/key.json"} <= names


def _platforms_of(path: Path) -> list[str]:
    """Return the platform whose worksheet a file is, alone in a list, or nothing."""
    if path.suffix.lower() not in SHEETS:
        return []
    try:
        data = path.read_bytes()
    except OSError:
        return []
    for name, platform in PLATFORMS.items():
        try:
            if platform.targets(platform.parse(data)):
                return [name]
        except PackError as error:
            # A worksheet that is damaged must not be taken for none at all.
            if not str(error).startswith(("This is not", "The worksheet is empty", "The worksheet is damaged")):
                raise MarkError(f"{path.name}: {error}") from error
    return []
