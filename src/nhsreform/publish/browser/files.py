"""The files of others that the browser edition is put together from: each known by its hash, got once, kept in a folder."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from nhsreform.errors import PackError

TABLE = Path(__file__).with_name("files.csv")
# The Python that they are made for: Pyodide 0.27.7 is CPython 3.12.
_PYTHON = "3.12"


def archive(entries: dict[str, bytes]) -> bytes:
    """Return a zip of the entries that is the same at every build."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(entries):
            packed.writestr(zipfile.ZipInfo(name), entries[name], zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return {name: bytes} of the files in a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}


@dataclass(frozen=True)
class File:
    """A row of files.csv: what the file is, its hash, and the package of the index that carries it, if it is not one itself."""

    part: str
    name: str
    version: str
    file: str
    sha256: str
    bytes: int
    inside: str

    def place(self, carriers: dict[str, File]) -> str:
        """Return where the file is to be had, in words."""
        if not self.inside:
            return f"the Python package index, {self.name} {self.version}"
        carrier = carriers[self.inside]
        return (
            f"{self.name} {self.version} inside the Python package index's {carrier.name} {carrier.version}, "
            "or in Pyodide's own release 0.27.7"
        )


def table() -> list[File]:
    """Return the rows of files.csv."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return [
            File(row["part"], row["name"], row["version"], row["file"], row["sha256"], int(row["bytes"]), row["inside"])
            for row in csv.DictReader(stream)
        ]


class Files:
    """The files in a folder, read and checked when they are first asked for."""

    def __init__(self, folder: Path, pinned: list[File]) -> None:
        self.folder, self.pinned = folder, pinned
        self.carriers = {each.name: each for each in pinned if each.part == "carrier"}

    def missing(self) -> list[File]:
        """Return the files that are neither in the folder nor inside a carrier that is there."""
        carried = {name for name, each in self.carriers.items() if (self.folder / each.file).is_file()}
        needed = [each for each in self.pinned if each.part != "carrier" and not (self.folder / each.file).is_file()]
        return [each for each in needed if each.inside not in carried]

    def get(self) -> None:
        """Have pip download what is missing into the folder.

        Raises PackError naming each file that could not be had, with where it is to be had.
        """
        missing = self.missing()
        wanted = [each for each in missing if not each.inside]
        wanted += [self.carriers[name] for name in sorted({each.inside for each in missing} - {""})]
        self.folder.mkdir(parents=True, exist_ok=True)
        for each in wanted:
            print(f"Getting {each.name} {each.version} ({each.bytes / 1e6:.1f} MB).", flush=True)
            subprocess.run(_pip(each, self.folder), capture_output=True)
        still = self.missing()
        if still:
            lines = "\n".join(f"  {each.file}: {each.place(self.carriers)}" for each in still)
            raise PackError(
                f"The browser edition needs files that are not in {self.folder} and could not be downloaded:\n{lines}\n"
                "Bring them there from a connected computer, or connect, then run the command again."
            )

    def read(self, each: File) -> bytes:
        """Return a file's bytes.

        Raises PackError when they are not those that files.csv names: nothing else gets into the edition.
        """
        path = self.folder / each.file
        if each.inside and not path.is_file():
            carrier = self.carriers[each.inside]
            with zipfile.ZipFile(io.BytesIO(self.read(carrier))) as archive:
                name = next((name for name in archive.namelist() if name.rpartition("/")[2] == each.file), None)
                data = archive.read(name) if name else b""
        else:
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != each.sha256:
            raise PackError(
                f"{each.file} in {self.folder} is not the file this pack was tested with: its SHA-256 is not the one in "
                f"{TABLE.name}. Delete it, and take it anew: {each.place(self.carriers)}."
            )
        return data


def _pip(each: File, folder: Path) -> list[str]:
    """Return the command that downloads one file, for the Python it is made for, whatever runs here."""
    abi, platform = each.file.removesuffix(".whl").split("-")[-2:]
    python = ["--python-version", _PYTHON, "--implementation", "cp", "--abi", abi]
    flags = ["--no-deps", "--only-binary", ":all:", "--platform", platform.split(".")[0], *python]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    return [*command, *flags, "--dest", str(folder), f"{each.name}=={each.version}"]
