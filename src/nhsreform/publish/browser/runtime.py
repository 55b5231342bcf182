"""The Python of the browser edition: Pyodide, its packages, the pack itself, and the list from which Pyodide loads them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import nhsreform
from nhsreform.checkout import checkout
from nhsreform.publish.browser.files import File, Files

# Pyodide's description of itself, as its release has it: a package made for another would not load.
_INFO = {
    "abi_version": "2024_0",
    "arch": "wasm32",
    "platform": "emscripten_3_1_58",
    "python": "3.12.7",
    "version": "0.27.7",
}
# What the kernel asks for at its start and the pack never imports: an empty package takes the place of each, which
# saves every learner 4 MB.
_NEVER_IMPORTED = ("jedi", "ssl")
# Packages that bring their own tests, which nobody runs here: of pandas they are 3 MB, and most of its files.
_WITH_TESTS = ("pandas", "ipywidgets")
# Rooms of the package that need processes or write editions: no use in a browser.
_LEFT_OUT = ("commands", "marking", "publish")
# Where the package keeps the tables, texts and key that it carries; nhsreform.checkout looks here.
CARRIED = "nhsreform/carried"
_KERNEL = ("piplite", "ipykernel", "pyodide_kernel")
_OWN_NEEDS = ("altair", "anywidget", "ipywidgets", "numpy", "pandas")


def archive(entries: dict[str, bytes]) -> bytes:
    """Return a zip of the entries that is the same at every build."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(entries):
            packed.writestr(zipfile.ZipInfo(name), entries[name], zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def wheel(name: str, version: str, entries: dict[str, bytes]) -> bytes:
    """Return a wheel of pure Python that holds `entries`."""
    about = f"{name.replace('-', '_')}-{version}.dist-info"
    described = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: nhsreform\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }
    return archive(entries | described)


def own_entries(root: Path) -> dict[str, bytes]:
    """Return what the pack's own wheel holds: what learners import, and the tables, texts and key."""
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
    return {name: path.read_bytes() for name, path in paths.items()}


def _without(data: bytes, unwanted: Callable[[str], bool]) -> bytes:
    """Return a wheel without the files whose names are unwanted."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return archive({name: packed.read(name) for name in packed.namelist() if not unwanted(name)})


def _kernel_wheels(kernel: bytes) -> dict[str, bytes]:
    """Return {file: bytes} of the wheels that JupyterLite's kernel brings for itself."""
    with zipfile.ZipFile(io.BytesIO(kernel)) as packed:
        names = [name for name in packed.namelist() if name.endswith(".whl") and "/static/pypi/" in name]
        return {
            name.rpartition("/")[2]: packed.read(name) for name in names if name.rpartition("/")[2].startswith(_KERNEL)
        }


def _entry(file: str, data: bytes, depends: Iterable[str], imports: Iterable[str]) -> dict[str, object]:
    name, version = file.split("-")[:2]
    return {
        "name": name.lower().replace("_", "-"), "version": version, "file_name": file, "install_dir": "site",
        "sha256": hashlib.sha256(data).hexdigest(), "package_type": "package", "imports": list(imports),
        "depends": list(depends), "unvendored_tests": False,
    }  # fmt: skip


def packages(files: Files, kernel: File) -> dict[str, tuple[bytes, dict[str, object]]]:
    """Return {file: (bytes, its entry in Pyodide's list)} of every package, the pack's own among them."""
    entries: dict[str, tuple[bytes, dict[str, object]]] = {}

    def put(file: str, data: bytes, depends: Iterable[str] = (), imports: Iterable[str] = ()) -> None:
        entries[file] = (data, _entry(file, data, depends, imports))

    for each in files.pinned:
        if each.part == "package":
            data, file = files.read(each), each.file
            if "linux" in file:
                # The parts compiled for another machine go; its plain Python does the same, more slowly.
                data, file = (
                    _without(data, lambda name: name.endswith(".so")),
                    f"{each.name}-{each.version}-py3-none-any.whl",
                )
            if each.name in _WITH_TESTS:
                data = _without(data, lambda name: "/tests/" in name)
            put(file, data, each.depends, each.imports)
    for file, data in _kernel_wheels(files.read(kernel)).items():
        name = file.partition("-")[0]
        put(file, data, ["comm", "ipython"] if name == "pyodide_kernel" else [], [name])
    for name in _NEVER_IMPORTED:
        put(f"{name}-0-py3-none-any.whl", wheel(name, "0", {}))
    own = wheel("nhsreform", nhsreform.__version__, own_entries(checkout()))
    put(f"nhsreform-{nhsreform.__version__}-py3-none-any.whl", own, _OWN_NEEDS, ["nhsreform"])
    return entries


def runtime(files: Files, kernel: File) -> tuple[dict[str, bytes], list[str]]:
    """Return {file: bytes} of the folder `pyodide`, and the names of what the kernel loads at its start."""
    files_in_folder = {each.file: files.read(each) for each in files.pinned if each.part == "runtime"}
    loaded = packages(files, kernel)
    files_in_folder |= {file: data for file, (data, _) in loaded.items()}
    listed = {str(entry["name"]): entry for _, entry in loaded.values()}
    missing = {need for entry in listed.values() for need in entry["depends"] if need not in listed}  # type: ignore[attr-defined]
    if missing:
        # A name that is dropped in silence gives a kernel that never starts.
        raise AssertionError(f"files.csv names what it does not hold: {sorted(missing)}")
    lock = {"info": _INFO, "packages": dict(sorted(listed.items()))}
    files_in_folder["pyodide-lock.json"] = json.dumps(lock, indent=1).encode()
    return files_in_folder, sorted(listed)
