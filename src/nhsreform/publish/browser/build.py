"""The browser edition put together: JupyterLite's page, its extensions, the runtime, and what stands in it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError
from nhsreform.notebooks.files import title
from nhsreform.publish import out_folder
from nhsreform.publish.browser import upstream_patches
from nhsreform.publish.browser.contents import contents
from nhsreform.publish.browser.files import File, Files, table
from nhsreform.publish.browser.runtime import runtime
from nhsreform.text.html import hand, render

FOLDER = ".browser-files"
_HERE = Path(__file__).resolve().parent
# JupyterLite's other pages, and what only its developers read.
_UNUSED = ("consoles/", "doc/", "edit/", "notebooks/", "repl/", "tree/", "jupyter-lite.ipynb", "package.json",
           "jupyterlite.schema.v0.json", "index.html")  # fmt: skip
_APPS = ("consoles", "edit", "notebooks", "repl", "tree")
_EXTENSIONS = "share/jupyter/labextensions/"
# What the kernel would install at its start. It is told that all is there: python.js has put it there, but for ssl and jedi,
# which the pack never imports.
_THERE = ["micropip", "piplite", "ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython"]
# What would not work here, or would ask other computers, beside what the installed pack switches off.
_SWITCHED_OFF = ["@jupyterlab/extensionmanager-extension:plugin"]
_SETTINGS = {
    # What is typed is kept soon: a tab may be closed at any moment.
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 5},
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
}


def _page(core: bytes) -> dict[str, bytes]:
    """Return {file: bytes} of JupyterLite's page, as its package has it, without what the pack does not use."""
    with zipfile.ZipFile(io.BytesIO(core)) as packed:
        inner = next(name for name in packed.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(packed.read(inner))) as app:
            members = [member for member in app.getmembers() if member.isfile()]
            files = {member.name.removeprefix("package/"): app.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    apps = tuple(f"build/{app}/" for app in _APPS)
    return {
        name: data
        for name, data in files.items()
        if not name.endswith(".map") and not name.startswith(_UNUSED) and not name.startswith(apps)
    }


def _extension(data: bytes) -> tuple[dict[str, bytes], dict[str, Any], list[dict[str, Any]]]:
    """Return an extension of JupyterLab from its package: its files, how the page loads it, and its settings."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {
            name.partition(_EXTENSIONS)[2]: packed.read(name)
            for name in packed.namelist()
            if _EXTENSIONS in name and not name.endswith((".map", ".orig", "install.json", ".whl"))
        }
    about = next(name for name in sorted(files, key=len) if name.endswith("package.json"))
    described = json.loads(files[about])
    name = described["name"]
    settings = [
        {"id": f"{name}:{path.rpartition('/')[2].removesuffix('.json')}", "raw": "{}", "schema": json.loads(text),
         "settings": {}, "version": described["version"]}
        for path, text in sorted(files.items())
        if f"/schemas/{name}/" in path and not path.endswith("package.json")
    ]  # fmt: skip
    loaded = {key: value for key, value in described["jupyterlab"]["_build"].items() if key != "style"}
    return {f"extensions/{path}": text for path, text in files.items()}, {"name": name, **loaded}, settings


def _config(core: dict[str, Any], extensions: list[dict[str, Any]], edition: str) -> dict[str, Any]:
    """Return the settings of the page."""
    kernel = {
        "pyodideUrl": "./pyodide/python.js", "loadPyodideOptions": {"packages": _THERE},
        # The one list that it may look into is empty: nothing is ever asked of a package index.
        "pipliteUrls": ["./pyodide/none.json"], "disablePyPIFallback": True,
    }  # fmt: skip
    installed = json.loads((checkout() / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    switched_off = [*(name for name, off in installed["disabledExtensions"].items() if off), *_SWITCHED_OFF]
    return {
        **core, "appName": "Who Commissions?", "appUrl": "./lab", "federated_extensions": extensions,
        "exposeAppInBrowser": True, "enableMemoryStorage": True, "disabledExtensions": switched_off,
        "settingsOverrides": _SETTINGS, "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        "nhsreformEdition": edition,
    }  # fmt: skip


def _lab_page(html: str, worker: str, version: str) -> str:
    """Return JupyterLab's page with the pack's own part in it, before all else."""
    changes = {
        "<html>": '<html lang="en-GB">',
        "<title>JupyterLite</title>": "<title>Who Commissions?</title>",
        'content="WASM powered Jupyter running in the browser."': 'content="Who Commissions? A teaching pack that runs in this tab."',
        '<link rel="manifest" href="../manifest.webmanifest" />': (
            '<link rel="stylesheet" href="../page.css">\n    '
            f'<script src="../page.js" data-worker="{worker}" data-version="{version}"></script>'
        ),
        "Loading JupyterLite...": "Opening the pack: up to half a minute the first time.",
        "JupyterLite requires JavaScript to be enabled in your browser.": (
            "Running the pack here needs JavaScript, which is switched off in this browser."
        ),
    }
    for old, new in changes.items():
        if html.count(old) != 1:
            raise AssertionError(f"JupyterLite's page has changed: {old!r} is not in it once")
        html = html.replace(old, new)
    return html


def made(files: Files) -> dict[str, bytes]:
    """Return {file: bytes} of the whole edition."""
    parts: dict[str, File] = {each.name: each for each in files.pinned}
    kernel = parts["jupyterlite-pyodide-kernel"]
    edition = _page(files.read(parts["jupyterlite-core"]))
    loaded, settings = [], []
    for name in ("jupyterlab-widgets", "jupyterlite-pyodide-kernel", "anywidget"):
        own_files, how, own_settings = _extension(files.read(parts[name]))
        edition |= own_files
        loaded.append(how)
        settings += own_settings
    edition["build/schemas/all_federated.json"] = json.dumps(settings).encode()
    edition |= {f"pyodide/{name}": data for name, data in runtime(files, kernel).items()}
    edition["pyodide/none.json"] = b"{}"
    edition["pyodide/python.js"] = (_HERE / "python.js").read_bytes()
    for mend in (
        upstream_patches.nulls,
        upstream_patches.keys,
        upstream_patches.files_past_the_worker,
        upstream_patches.symbols,
    ):
        mend(edition)
    worker = upstream_patches.python_first(edition)
    shown, marks = contents(checkout())
    edition |= shown
    edition["api/translations/all.json"] = (
        b'{"data": {"en": {"displayName": "English", "nativeName": "English"}}, "message": ""}'
    )
    edition["api/translations/en.json"] = b'{"data": {}, "message": ""}'
    core = json.loads(edition["jupyter-lite.json"])
    version = core["jupyter-config-data"]["appVersion"]
    edition["lab/index.html"] = _lab_page(edition["lab/index.html"].decode(), worker, version).encode()
    edition["page.js"] = (_HERE / "page.js").read_bytes()
    edition["page.css"] = hand().encode() + (_HERE / "page.css").read_bytes()
    edition["service-worker.js"] += (_HERE / "lock.js").read_bytes()
    titles = {folder: _titles(folder) for folder in ("notebooks", "exercises")}
    edition["index.html"] = render(_HERE / "start.html", **titles, hand=hand()).encode()
    digest = hashlib.sha256(b"".join(hashlib.sha256(edition[name]).digest() for name in sorted(edition))).hexdigest()[
        :12
    ]
    config = _config(core["jupyter-config-data"], loaded, digest)
    edition["jupyter-lite.json"] = json.dumps({**core, "jupyter-config-data": config}, indent=1).encode()
    edition["edition.json"] = json.dumps({"edition": digest, "notebooks": marks}, indent=1).encode()
    return edition


def _titles(folder: str) -> list[tuple[str, str]]:
    """Return (path, title) of each notebook in a folder."""
    return [(f"{folder}/{path.name}", title(path)) for path in sorted((checkout() / folder).glob("*.ipynb"))]


def write(out: Path, files: Files) -> int:
    """Write the edition into an empty folder; return how many files it has."""
    edition = made(files)
    for name, data in edition.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return len(edition)


def files_in(folder: Path | None = None) -> Files:
    """Return the files of others, all there: from `folder`, or .browser-files in the checkout; the missing are downloaded.

    Raises PackError when one of them is not to be had.
    """
    if folder is not None and folder.exists() and not folder.is_dir():
        raise PackError(f"{folder} is a file. Name the folder that holds the files, or takes them.")
    files = Files(folder or checkout() / FOLDER, table())
    files.get()
    return files


def build(out: Path, files: Files) -> int:
    """Make the browser edition and put it into `out`; return how many megabytes it has.

    Raises PackError when one of the files is not the right one, and as `out_folder.check` does.
    """
    out_folder.check(out)
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as temporary:
        edition = Path(temporary) / "browser"
        write(edition, files)
        out_folder.replace(out, edition)
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) // 1_000_000
