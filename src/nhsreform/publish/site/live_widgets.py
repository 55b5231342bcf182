"""The widgets that need no kernel: their state at build time, and one script that draws them from it.

A notebook's cells are run here, in this process, with an empty work folder: so a reader or a contrast shows what the
notebook itself shows to somebody who has written nothing yet, and keeps back what the notebook keeps back.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nhsreform.notebooks.files import NotebookError, own_work_folder
from nhsreform.questions.run_cells import CellError, run
from nhsreform.text.html import hand
from nhsreform.widgets.contrast.contrast import Contrast
from nhsreform.widgets.outcomes.outcomes import Outcomes
from nhsreform.widgets.overview.overview import Overview
from nhsreform.widgets.reader.reader import Reader
from nhsreform.widgets.shared.widget import EsmWidget, css, model
from nhsreform.widgets.structure.structure import Structure
from nhsreform.widgets.timeline.timeline import Timeline

if TYPE_CHECKING:
    from nbformat import NotebookNode

WIDGETS: dict[str, type[EsmWidget]] = {
    "reader": Reader,
    "contrast": Contrast,
    "outcomes": Outcomes,
    "overview": Overview,
    "structure": Structure,
    "timeline": Timeline,
}
_MODULE = "export default {"


def values(notebook: NotebookNode, path: Path) -> list[Any]:
    """Run a notebook's code cells one after another and return what each ends with: a value, or None.

    Raises NotebookError with the cell when one fails.
    """
    code = [(number, cell.source) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    with own_work_folder(), contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(path.parent):
        try:
            ends, _ = run([source for _, source in code])
        except CellError as error:
            number, _ = code[error.number - 1]
            raise NotebookError(f"{path.name}: cell {number} does not run: {error.__cause__}") from error
    return ends


def kind(value: object) -> str:
    """Return which widget of WIDGETS a value is, or ""."""
    return next((name for name, widget in WIDGETS.items() if isinstance(value, widget)), "")


def state(widget: EsmWidget) -> str:
    """Return a widget's own state as JSON that may stand in a script element."""
    inherited = set(EsmWidget.class_trait_names(sync=True))
    own = {name: getattr(widget, name) for name in sorted(widget.trait_names(sync=True)) if name not in inherited}
    own = {name: value for name, value in own.items() if not name.startswith("_")}
    # The order of a dict is part of the state: claims stand in reading order.
    return json.dumps(own, ensure_ascii=False).replace("<", "\\u003c")


def script() -> str:
    """Return one classic script with `Model` and every widget of WIDGETS: pages opened from a folder may not import modules.

    Raises PackError when a widget's file is not one module with one default export.
    """
    parts = [model(), "window.nhsreformWidgets = {};\n"]
    for name, widget in WIDGETS.items():
        module = str(widget._esm)
        if module.count(_MODULE) != 1:
            raise NotebookError(f"{name}.js: expected one line {_MODULE!r}, found {module.count(_MODULE)}.")
        parts.append(f"(() => {{\n{module.replace(_MODULE, f'window.nhsreformWidgets.{name} = {{')}}})();\n")
    return "".join(parts)


def styles() -> str:
    """Return the style sheet of every widget of WIDGETS; the pack's hand stands in every page already."""
    return css(*(f"{name}/{name}.css" for name in WIDGETS)).removeprefix(hand())
