"""Notebooks as files: run from top to bottom, and cleaned of all that changes from run to run."""

from __future__ import annotations

import json
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
# How words begin that answer a guess: the learner opens them. What the cell before them shows answers it too.
AFTER_GUESS = "<details><summary>"
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


def title(path: Path) -> str:
    """Return the heading at the top of a notebook. Raises NotebookError as `read` does."""
    return str(read(path).cells[0].source).partition("\n")[0].removeprefix("# ")


def text(notebook: NotebookNode) -> str:
    """Return a notebook as the text of its file, always the same for the same notebook."""
    import nbformat

    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


# --- outputs that are kept apart -------------------------------------------------------------------------------------


def outputs_file(path: Path) -> Path | None:
    """Return the file in which the outputs of a notebook are kept, or None where they stay in the notebook itself.

    They are kept apart where a folder `outputs` stands beside the notebook, as in notebooks/: a learner guesses there
    before a cell is run, so the notebook may not show what the cell will say.
    """
    folder = path.parent / "outputs"
    return folder / f"{path.stem}.json" if folder.is_dir() else None


def outputs_of(path: Path) -> dict[str, list[Any]] | None:
    """Return what each code cell of a notebook showed, {cell id: outputs}, or None when nothing is kept apart for it.

    Raises NotebookError when the file that keeps it cannot be read.
    """
    import nbformat

    file = outputs_file(path)
    if file is None or not file.is_file():
        return None
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        cells = [nbformat.v4.new_code_cell(id=cell_id, outputs=outputs) for cell_id, outputs in stored.items()]
        # Through nbformat, which joins the lines that a file keeps apart.
        joined = nbformat.reads(json.dumps(nbformat.v4.new_notebook(cells=cells)), as_version=4).cells
    except (OSError, ValueError, AttributeError) as error:
        raise NotebookError(f"{file} cannot be read. It is written by: nhsreform run {path}") from error
    return {cell.id: cell.outputs for cell in joined}


def read_with_outputs(path: Path) -> NotebookNode:
    """Return a notebook with what its cells show, wherever that is kept. A cell that never ran shows nothing.

    Raises NotebookError as `read` and `outputs_of` do.
    """
    notebook, outputs = read(path), outputs_of(path)
    if outputs is not None:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = outputs.get(cell.id, [])
    return notebook


def _apart(notebook: NotebookNode) -> str:
    """Take the outputs out of a notebook and return them as the text of the file that keeps them."""
    outputs = {}
    for cell, stored in zip(notebook.cells, json.loads(text(notebook))["cells"], strict=True):
        if cell.cell_type == "code":
            outputs[cell.id], cell.outputs = stored["outputs"], []
    return json.dumps(outputs, ensure_ascii=False, indent=1) + "\n"


# --- running ---------------------------------------------------------------------------------------------------------


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


def tidy_output(output: dict[str, Any]) -> None:
    """Take out of an output what cannot be shown again, or would change at every run.

    Widget views go where their text stands beside them (reopened, they would only say "model not found"); so do
    the pictures that JupyterLab adds to charts.
    """
    data = output.get("data", {})
    for kind in [VIEW] * ("text/html" in data) + ["image/png"] * (CHART in data):
        data.pop(kind, None)
        output.get("metadata", {}).pop(kind, None)


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
        for output in cell.outputs:
            tidy_output(output)
            if "execution_count" in output:
                output["execution_count"] = count
    return notebook


def run(path: Path) -> bool:
    """Run a notebook, tidy it and write it back when it changed, with its outputs or beside them; return whether it did.

    Raises NotebookError when a cell fails, or prints to standard error; the files are left as they were.
    """
    notebook = tidy(execute(read(path), path.parent))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{path.name}: a cell writes to standard error: {output.text[:300]}")
    apart = outputs_file(path)
    files = {apart: _apart(notebook)} if apart else {}
    files[path] = text(notebook)
    changed = False
    for file, new in files.items():
        if not file.is_file() or file.read_text(encoding="utf-8") != new:
            file.write_text(new, encoding="utf-8", newline="\n")
            changed = True
    return changed
