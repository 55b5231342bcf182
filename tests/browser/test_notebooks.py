"""The notebooks as a learner meets them: Run All, charts and widgets drawn, saved, opened the next day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("[0-9]*.ipynb"))
CHART = "application/vnd.vegalite.v5+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def expected(name, kind):
    """Return how many outputs of a kind the committed notebook holds."""
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum(kind in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def calls(name, widget):
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum("".join(cell["source"]).count(f"nr.{widget}(") for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_and_look(name, open_notebook):
    notebook = open_notebook(f"notebooks/{name}.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page, charts = notebook.page, expected(name, CHART)
    if charts:
        page.wait_for_function(
            "(charts) => document.querySelectorAll('.jp-OutputArea-output svg.marks').length >= charts", arg=charts
        )
    for widget, root in (("reader", ".nhsr-reader"), ("predict", ".nhsr-prediction")):
        page.wait_for_function(
            "([root, number]) => document.querySelectorAll(root).length >= number", arg=[root, calls(name, widget)]
        )
    assert page.locator("text=Error displaying widget").count() == 0
    for theme in ("light", "dark"):
        for width in (1400, 620):
            notebook.look(theme, width)
            notebook.screenshot(f"{name}-{theme}-{width}")
    for root in (".nhsr-reader", ".nhsr-prediction"):
        if page.locator(root).count():
            assert notebook.axe(root) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_day_two(name, lab, open_notebook):
    """Run, save, restart the server, reopen: every table and chart stands there, and no error."""
    path = f"notebooks/{name}.ipynb"
    notebook = open_notebook(path)
    notebook.run_all()
    saved = notebook.save()
    kinds = {kind for cell in saved["cells"] for output in cell.get("outputs", []) for kind in output.get("data", {})}
    assert VIEW not in kinds
    assert not (CHART in kinds and "image/png" in kinds)
    assert "widgets" not in saved["metadata"]
    notebook.page.context.close()
    lab.stop()
    lab.start()
    again = open_notebook(path)
    charts = expected(name, CHART)
    if charts:
        again.page.wait_for_function(
            "(charts) => document.querySelectorAll('.jp-OutputArea-output svg.marks').length >= charts", arg=charts
        )
    assert "model not found" not in again.page.inner_text(".jp-Notebook")
    assert again.page.locator("text=Run this cell again to open the reader").count() == calls(name, "reader")
    again.screenshot(f"{name}-day-two")
