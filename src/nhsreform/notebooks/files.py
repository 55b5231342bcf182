"""Notebooks as files: run from top to bottom, and cleaned of all that changes from run to run."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.errors import PackError
from nhsreform.notebooks.mime import CHART, VIEW
from nhsreform.text.files import read_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

TIMEOUT_SECONDS = 60
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class NotebookError(PackError):
    """A notebook cannot be read or does not run."""


def read(path: Path) -> NotebookNode:
    """Return a notebook. Raises NotebookError when the file is missing or is no notebook."""
    import nbformat

    try:
        return nbformat.reads(read_text(path), as_version=4)
    except FileNotFoundError as error:
        raise NotebookError(f"There is no notebook {path}.") from error
    except Exception as error:
        raise NotebookError(f"{path.name} cannot be read as a notebook ({type(error).__name__}: {error}).") from error


def text(notebook: NotebookNode) -> str:
    """Return a notebook as the text of its file, always the same for the same notebook."""
    import nbformat

    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


@contextmanager
def own_work_folder() -> Iterator[None]:
    """Point NHSREFORM_WORK at an empty folder for a while, so that a run leaves nobody's work changed."""
    before = os.environ.get("NHSREFORM_WORK")
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as folder:
        os.environ["NHSREFORM_WORK"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["NHSREFORM_WORK"]
            else:
                os.environ["NHSREFORM_WORK"] = before


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel whose current folder is `folder`, and return it.

    Raises NotebookError with the cell and the error when a cell fails or takes longer than TIMEOUT_SECONDS.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_SECONDS,
        kernel_name="python3",
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    try:
        with own_work_folder():
            # The kernel's own standard error holds only its notice that it listens on loopback without encryption.
            return client.execute(stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotebookError(f"A cell does not run: {error}") from error


def tidy_output(output: Any) -> Any:
    """Return an output without what cannot be shown again, or would change at every run.

    Widget views go where their text stands beside them (reopened, they would only say "model not found"); so do
    the pictures that JupyterLab adds to charts.
    """
    data = output.get("data", {})
    if "text/html" in data:
        data.pop(VIEW, None)
    if CHART in data:
        data.pop("image/png", None)
    if "metadata" in output:
        output["metadata"] = {mime: value for mime, value in output["metadata"].items() if mime in data}
    return output


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook as it is committed: counts from 1, own metadata only, outputs tidied. Changes it in place."""
    notebook.metadata = type(notebook.metadata)(
        {name: value for name, value in notebook.metadata.items() if name == "nhsreform"}
    )
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["language_info"] = {"name": "python"}
    count = 0
    for cell in notebook.cells:
        cell.metadata = type(cell.metadata)(
            {name: value for name, value in cell.metadata.items() if name in ("tags", "nhsreform", "nbgrader")}
        )
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():
            raise NotebookError("There is an empty code cell; take it out.")
        count += 1
        cell.execution_count = count
        cell.outputs = [tidy_output(output) for output in cell.outputs]
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = count
    return notebook


def run(path: Path) -> bool:
    """Run a notebook, tidy it and write it back when it changed; return whether it did.

    Raises NotebookError when a cell fails, or prints to standard error; the file is left as it was.
    """
    notebook = tidy(execute(read(path), path.parent))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{path.name}: a cell writes to standard error: {output.text[:300]}")
    new = text(notebook)
    if path.read_text(encoding="utf-8") == new:
        return False
    path.write_text(new, encoding="utf-8", newline="\n")
    return True
