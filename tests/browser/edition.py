"""The browser edition whole, served as plain files from this computer, with a notebook open in it.

The files of others that it is made from are downloaded once, so no test of the suite stands on it.
"""

from __future__ import annotations

import functools
import http.server
import json
import threading
from pathlib import Path
from typing import Any

from nhsreform.notebooks.files import read_with_outputs
from tests.browser.lab import CHECKOUT, Lab, Notebook
from tests.browser.network import Network

NOTEBOOKS = [
    f"{folder}/{path.name}"
    for folder in ("notebooks", "exercises", "exercises/answers")
    for path in sorted((CHECKOUT / folder).glob("*.ipynb"))
]
NOT_COMPARED = {"image/png", "application/vnd.jupyter.widget-view+json"}
CELLS = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON().cells"
SAVE_FILE = """async ([path, content, type]) => {
    const { contents } = window.jupyterapp.serviceManager;
    await contents.save(path, { type, format: type === "file" ? "text" : "json", content, mimetype: "text/plain" });
}"""
READ_FILE = """async (path) => {
    const file = await window.jupyterapp.serviceManager.contents.get(path, { content: true });
    return typeof file.content === "string" ? file.content : JSON.stringify(file.content);
}"""
FORGET_WORK = """async () => {
    const { contents } = window.jupyterapp.serviceManager;
    const folder = await contents.get("my-work", { content: true }).catch(() => ({ content: [] }));
    for (const entry of folder.content) await contents.delete(entry.path);
}"""

FORGET_IN_PYTHON = """from nhsreform.work import store
with store._locked():
    store._keep({})"""


class Server(http.server.ThreadingHTTPServer):
    """A plain server that notes which files it sent."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: Server

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Note what was sent; a file that the browser has already is not sent again."""
        if code == 200:
            self.server.asked.append(self.path.partition("?")[0].lstrip("/"))

    def log_message(self, *_: Any) -> None:
        """Keep no log."""


def serve(folder: Path, network: Network) -> Server:
    """Serve a folder as any plain server does, where only this computer can be reached."""
    with network.inside():
        server = Server(folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Edition(Lab):
    """The edition open in a page, with as much of a JupyterLab server as Notebook and draw ask for."""

    # Python starts anew in each notebook, in the browser itself.
    seconds = 300
    first_page = "lab/index.html"

    def __init__(self, url: str, page: Any) -> None:
        self.url, self.page, self.folder = url, page, CHECKOUT
        self.opened: Notebook | None = None

    def visit(self) -> None:
        """Open the page anew, as on the next day."""
        self.opened = None
        self.page.goto(f"{self.url}/{self.first_page}")
        self.page.wait_for_function(
            "() => window.jupyterapp?.restored && window.nhsreform", timeout=self.seconds * 1000
        )

    def write(self, path: str, *sources: str) -> Path:
        """Write a notebook of code cells into what the browser keeps."""
        cells: list[dict[str, Any]] = [
            {"cell_type": "code", "id": f"cell-{number}", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
            for number, source in enumerate(sources)
        ]  # fmt: skip
        # Without a kernel's name JupyterLab asks which one, and waits.
        kernel = {"kernelspec": {"name": "python", "display_name": "Python", "language": "python"}}
        self.save(path, {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, "notebook")
        return Path(path)

    def save(self, path: str, content: object, kind: str = "file") -> None:
        """Put a file where the page's file browser shows it, as an upload does."""
        self.page.evaluate(SAVE_FILE, [path, content, kind])

    def read(self, path: str) -> str:
        """Return what the page's file browser downloads under a path."""
        return str(self.page.evaluate(READ_FILE, path))

    def forget_work(self) -> None:
        # A file that is deleted under a running Python, it may wait for without end when it writes there next.
        if self.opened is None:
            self.page.evaluate(FORGET_WORK)
        else:
            self.opened.run_code(FORGET_IN_PYTHON)


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


def _outputs(cell: Any) -> tuple[str, list[dict[str, Any]]]:
    """Return what of a cell's outputs is compared: the text printed, and what is shown."""
    printed, shown = "", []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            printed += _joined(output["text"])
        elif output["output_type"] == "error":
            shown.append({"error": f"{output['ename']}: {output['evalue']}"})
        else:
            shown.append({kind: _joined(data) for kind, data in output["data"].items() if kind not in NOT_COMPARED})
    return printed, shown


def differences(path: str, cells: list[Any]) -> list[tuple[int, Any, Any]]:
    """Return (cell, committed, here) for each output that is not the committed one; errors and warnings are among them."""
    differing = []
    committed = json.loads(json.dumps(read_with_outputs(CHECKOUT / path)))["cells"]
    for number, (here, there) in enumerate(zip(cells, committed, strict=True)):
        failed = [o for o in here.get("outputs", []) if o["output_type"] == "error" or o.get("name") == "stderr"]
        ignored = "nbval-ignore-output" in there["metadata"].get("tags", []) or not there.get("outputs")
        if failed or (not ignored and _outputs(here) != _outputs(there)):
            differing.append((number, _outputs(there), _outputs(here)))
    return differing
