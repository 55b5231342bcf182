"""What the build mends in the files of others: a few words each, and the build stops where they are not as they were."""

from __future__ import annotations

import re


def _mend(edition: dict[str, bytes], part: str, changes: dict[bytes, bytes], files: int, changed: str) -> None:
    """Put the new words in place of the old in the files whose name holds `part` and that have them; there must be so many."""
    names = [name for name in edition if part in name and all(old in edition[name] for old in changes)]
    if len(names) != files:
        raise AssertionError(f"{changed}: {names}")
    for name in names:
        for old, new in changes.items():
            edition[name] = edition[name].replace(old, new)


def nulls(edition: dict[str, bytes]) -> None:
    """Mend JupyterLite's kernel: Python's None reaches the page as null, as from a server, and not as nothing.

    Without this a chart that says `legend: None` gets the legend back, and a widget's empty value is undefined.
    """
    changes = {b"this.mapToObject(e):e}": b"this.mapToObject(e):void 0===e?null:e}"}
    _mend(
        edition,
        "pyodide-kernel-extension/static/",
        changes,
        3,
        "JupyterLite's kernel has changed: None is handed over in",
    )


def keys(edition: dict[str, bytes]) -> None:
    """Mend JupyterLite's start of JupyterLab: a key reaches a widget before the notebook, as in JupyterLab itself.

    Without this an arrow key in a widget moves to another cell, and a digit turns the cell into a heading.
    """
    changes = {b"this._bubblingKeydown=null!==(t=e.bubblingKeydown)&&void 0!==t&&t": b"this._bubblingKeydown=!0"}
    _mend(edition, "build/jlab_core.", changes, 1, "JupyterLab has changed: how it listens to keys is not where it was")


def files_past_the_worker(edition: dict[str, bytes]) -> None:
    """Mend JupyterLite's service worker: the browser fetches plain files itself.

    What a service worker hands over, the browser compiles anew at each visit, scripts and WebAssembly alike.
    """
    changes = {b"shouldDrop(t,a)||(n=maybeFromCache(e))": b"shouldDrop(t,a)||enableCache&&(n=maybeFromCache(e))"}
    _mend(edition, "service-worker.js", changes, 2, "JupyterLite's service worker has changed: which files it fetches")


def symbols(edition: dict[str, bytes]) -> None:
    """Mend Pyodide's loader: for each compiled part it looks up the symbols that are still open, and not all ten thousand again."""
    changes = {
        b'GOT[symName]=new WebAssembly.Global({"value":"i32","mutable":true})}if(!currentModuleWeakSymbols': (
            b'GOT[symName]=new WebAssembly.Global({"value":"i32","mutable":true});GOTHandler.open.add(symName)}'
            b"if(!currentModuleWeakSymbols"
        ),
        b'return rtn}};Module["GOTHandler"]': b'return rtn},open:new Set};Module["GOTHandler"]',
        b"for(var[symName,entry]of Object.entries(GOT)){": b"for(var symName of GOTHandler.open){var entry=GOT[symName];",
        b"throw new Error(`bad export type for '${symName}': ${typeof value}`)}}}}": (
            b"throw new Error(`bad export type for '${symName}': ${typeof value}`)}}GOTHandler.open.delete(symName)}}"
        ),
    }
    _mend(edition, "pyodide.asm.js", changes, 1, "Pyodide has changed: how it looks up symbols")


def python_first(edition: dict[str, bytes]) -> str:
    """Put python.js before the workers in which JupyterLite runs Python; return the one that page.js may start early.

    There are two of them: one for a page that no other page can reach, which waits for the page in a way of its own, and one
    for all others.
    """
    start = (
        rb"crossOriginIsolated\?new Worker\(new URL\(n\.p\+n\.u\((\d+)\),.*?:new Worker\(new URL\(n\.p\+n\.u\((\d+)\),"
    )
    kernel = "extensions/@jupyterlite/pyodide-kernel-extension/static/"
    numbers = [number for name in edition if name.startswith(kernel) for number in re.findall(start, edition[name])]
    workers = [
        name
        for number in sum(numbers, ())
        for name in edition
        if name.startswith(f"{kernel}{number.decode()}.") and name.endswith(".js")
    ]
    if len(workers) != 2:
        raise AssertionError(f"JupyterLite's kernel has changed: Python starts in {workers}")
    for name in workers:
        edition[name] = edition["pyodide/python.js"] + edition[name]
    return workers[1]
