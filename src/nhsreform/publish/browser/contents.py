"""What stands in the browser edition's file browser: notebooks, exercises, tables and texts, and the lists of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nhsreform.notebooks import save_hook
from nhsreform.notebooks.files import read

# The same at every build, so that a build can be compared with another; the file browser does not show it.
_TIME = "2011-01-18T00:00:00.000000Z"
_MASK = (1 << 32) - 1


def mark(sources: list[str]) -> str:
    """Return a short mark of a notebook's cells: page.js makes the same, and knows by it whether a learner changed them.

    Two FNV-1a hashes of 32 bits over UTF-16: an address that is not https has no SHA-256 in the browser.
    """
    data = "\0".join(sources).encode("utf-16-le")
    units = [data[place] | data[place + 1] << 8 for place in range(0, len(data), 2)]
    halves = []
    for value in (0x811C9DC5, 0x01000193):
        for unit in units:
            value = ((value ^ unit) * 0x01000193) & _MASK
        halves.append(f"{value:08x}")
    return "".join(halves)


def notebook(path: Path) -> tuple[dict[str, Any], str]:
    """Return a notebook as the browser gets it, and its mark.

    The page takes the file as it stands, so what a file may hold in lines is joined, and views that no kernel fills are out.
    """
    content: dict[str, Any] = json.loads(json.dumps(read(path)))
    save_hook.clean(content)
    made_of = mark([cell["source"] for cell in content["cells"]])
    content["metadata"]["kernelspec"] = {"display_name": "Python", "language": "python", "name": "python"}
    content["metadata"]["nhsreform"] = {**content["metadata"].get("nhsreform", {}), "edition": made_of}
    return content, made_of


def _model(path: str, kind: str, size: int | None = None) -> dict[str, Any]:
    return {
        "content": None, "created": _TIME, "format": None, "hash": None, "hash_algorithm": None, "last_modified": _TIME,
        "mimetype": None, "name": path.rpartition("/")[2], "path": path, "size": size, "type": kind, "writable": True,
    }  # fmt: skip


def _lists(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return {file: bytes} of the lists from which JupyterLite knows what is there."""
    below: dict[str, dict[str, dict[str, Any]]] = {"": {}}
    for path, data in sorted(files.items()):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            below.setdefault(folder, {})
            below["/".join(parts[: depth - 1])][folder] = _model(folder, "directory")
        kind = "notebook" if path.endswith(".ipynb") else "file"
        below["/".join(parts[:-1])][path] = _model(path, kind, len(data))
    listings = {}
    for folder, entries in below.items():
        listing = {**_model(folder, "directory"), "format": "json", "content": list(entries.values())}
        listings[f"api/contents/{folder}/all.json".replace("//", "/")] = json.dumps(listing).encode()
    return listings


def contents(root: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return {file: bytes} of the files and their lists, and {notebook: mark}."""
    files, marks = {}, {}
    for folder in ("notebooks", "exercises", "exercises/answers"):
        for path in sorted((root / folder).glob("*.ipynb")):
            content, marks[f"{folder}/{path.name}"] = notebook(path)
            files[f"{folder}/{path.name}"] = json.dumps(content, ensure_ascii=False).encode()
    for folder, pattern in (("data", "*.csv"), ("data", "*.md"), ("seeds", "*.txt")):
        files |= {f"{folder}/{path.name}": path.read_bytes() for path in sorted((root / folder).glob(pattern))}
    return {f"files/{path}": data for path, data in files.items()} | _lists(files), marks
