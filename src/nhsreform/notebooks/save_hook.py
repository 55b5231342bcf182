"""What is taken out of a notebook when it is saved, so that it still opens well tomorrow.

A saved widget view names a model that is gone once the kernel stops: reopened, JupyterLab shows
"Error displaying widget: model not found" in place of the table that stands beside it. And on every save
JupyterLab adds a picture of some 70 kB to each chart. Both go; text and numbers stay. What was said aloud when it was new
is not said again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.notebooks.copy import copy_around
from nhsreform.notebooks.files import tidy_output
from nhsreform.notebooks.mime import ALERT


def clean(notebook: dict[str, Any]) -> None:
    """Take widget views (where HTML stands beside them), chart pictures and widget state out of a notebook, in place."""
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            tidy_output(output)
            _quieten(output.get("data", {}))
    notebook.get("metadata", {}).pop("widgets", None)


def _quieten(data: dict[str, Any]) -> None:
    """Take what has a screen reader say an output at once out of its HTML."""
    html = data.get("text/html")
    if isinstance(html, str):
        data["text/html"] = html.replace(f" {ALERT}", "")
    elif isinstance(html, list):
        data["text/html"] = [line.replace(f" {ALERT}", "") if isinstance(line, str) else line for line in html]


def pre_save(*, model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Clean a notebook of this checkout, or of a copy of it, as Jupyter Server is about to save it; leave all else alone."""
    if model.get("type") != "notebook" or not isinstance(model.get("content"), dict):
        return
    file = Path(contents_manager.root_dir, path.strip("/")).resolve()
    if file.is_relative_to(checkout().resolve()) or copy_around(file.parent):
        clean(model["content"])
