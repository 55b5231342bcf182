"""The Python of the browser edition: Pyodide, its standard library, and one archive of packages, the pack itself among them."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import nhsreform
from nhsreform.checkout import checkout
from nhsreform.publish.browser.compiled import compiled
from nhsreform.publish.browser.files import File, Files, archive, unzipped

# Pyodide's description of itself, as its release has it. No package stands in its list: python.js puts all of them in place.
_LOCK = {
    "info": {
        "abi_version": "2024_0",
        "arch": "wasm32",
        "platform": "emscripten_3_1_58",
        "python": "3.12.7",
        "version": "0.27.7",
    },
    "packages": {},
}
# Where Python looks for packages, and for its own library.
_PLACE = "lib/python3.12/site-packages"
_LIBRARY = "lib/python312.zip"
# What nobody uses here: tests (of pandas they are 3 MB, and most of its files), tools for compiling, sources of what is compiled
# already, parts compiled for another machine (plain Python does the same, more slowly), and what the page brings itself.
_UNUSED_FOLDERS = ("/tests/", "/f2py/", "/labextension/", ".data/")
_UNUSED_KINDS = (".pyi", ".pxd", ".h", ".c", ".a", ".orig", "linux-gnu.so")
# Rooms of the package that need processes or write editions: no use in a browser.
_LEFT_OUT = ("commands", "marking", "publish")
# Where the package keeps the tables, texts and key that it carries; nhsreform.checkout looks here.
CARRIED = "nhsreform/carried"
_KERNEL = ("piplite", "ipykernel", "pyodide_kernel")


def one_file(entries: dict[str, bytes]) -> bytes:
    """Return the entries as python.js unpacks them: the number of bytes of a list, the list, all files; compressed as a whole."""
    names = sorted(entries)
    listed = json.dumps([[name, len(entries[name])] for name in names]).encode()
    return gzip.compress(struct.pack("<I", len(listed)) + listed + b"".join(entries[name] for name in names), mtime=0)


def own_entries(root: Path) -> dict[str, bytes]:
    """Return what the pack itself brings: what learners import, and the tables, texts and key."""
    package = Path(nhsreform.__file__).parent
    paths = {
        f"nhsreform/{path.relative_to(package).as_posix()}": path
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if path.relative_to(package).parts[0] not in _LEFT_OUT
    }
    for folder, pattern in (("data", "*.csv"), ("data", "*.json"), ("seeds", "*.txt"), ("exercises", "key.json")):
        paths |= {f"{CARRIED}/{folder}/{path.name}": path for path in (root / folder).glob(pattern)}
    paths |= {name: root / name for name in ("LICENSE", "LICENSE-CONTENT.md")}
    about = f"nhsreform-{nhsreform.__version__}.dist-info/METADATA"
    metadata = f"Metadata-Version: 2.1\nName: nhsreform\nVersion: {nhsreform.__version__}\n"
    return {name: path.read_bytes() for name, path in paths.items()} | {about: metadata.encode()}


def _kernel_entries(kernel: bytes) -> dict[str, bytes]:
    """Return the packages that JupyterLite's kernel brings for itself."""
    entries: dict[str, bytes] = {}
    for name, data in unzipped(kernel).items():
        if "/static/pypi/" in name and name.rpartition("/")[2].startswith(_KERNEL) and name.endswith(".whl"):
            entries |= unzipped(data)
    return entries


def packages(files: Files, kernel: File) -> dict[str, bytes]:
    """Return {file: bytes} of all packages, as Python finds them in its folder, but not yet compiled."""
    entries = _kernel_entries(files.read(kernel))
    for each in files.pinned:
        if each.part == "package":
            entries |= unzipped(files.read(each))
    entries |= own_entries(checkout())
    return {
        name: data
        for name, data in entries.items()
        if not name.endswith(_UNUSED_KINDS) or name.startswith("nhsreform/")
        if not any(unused in name for unused in _UNUSED_FOLDERS)
    }


def with_bytecode(entries: dict[str, bytes], bytecode: dict[str, bytes]) -> dict[str, bytes]:
    """Return the entries with bytecode in place of its sources; the pack's own sources stay, beside it, for whoever reads them."""
    put = {name: data for name, data in entries.items() if name not in bytecode or name.startswith("nhsreform/")}
    for name, data in bytecode.items():
        folder, _, file = name.rpartition("/")
        beside = f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-312.pyc"
        put[beside if name.startswith("nhsreform/") else f"{name}c"] = data
    return put


def runtime(files: Files, kernel: File) -> dict[str, bytes]:
    """Return {file: bytes} of the folder `pyodide`."""
    folder = {each.file: files.read(each) for each in files.pinned if each.part == "runtime"}
    folder["pyodide-lock.json"] = json.dumps(_LOCK, indent=1).encode()
    parts = {_PLACE: packages(files, kernel), _LIBRARY: unzipped(folder["python_stdlib.zip"])}
    bytecode = compiled(
        {f"{place}/{name}": data for place, part in parts.items() for name, data in part.items()}, folder, files.folder
    )
    run = {
        place: with_bytecode(
            part,
            {name.removeprefix(f"{place}/"): data for name, data in bytecode.items() if name.startswith(f"{place}/")},
        )
        for place, part in parts.items()
    }
    folder["python_stdlib.zip"] = archive(run[_LIBRARY])
    folder["packages.bin"] = one_file(run[_PLACE])
    return folder
