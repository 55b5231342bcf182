"""The notebooks as a learner meets them: Run All, charts and widgets drawn, saved, opened the next day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("[0-9]*.ipynb"))
CHART = "application/vnd.vegalite.v5+json"
VIEW = "application/vnd.jupyter.widget-view+json"
ROOTS = {"reader": ".nhsr-reader", "predict": ".nhsr-prediction"}


def expected(name, kind):
    """Return how many outputs of a kind the committed notebook holds."""
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum(kind in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def calls(name, widget):
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum("".join(cell["source"]).count(f"nr.{widget}(") for cell in cells if cell["cell_type"] == "code")


def charts_drawn(notebook, number):
    notebook.page.wait_for_function(
        "(number) => document.querySelectorAll('.jp-OutputArea-output svg.marks').length >= number", arg=number
    )


@pytest.fixture(scope="module")
def ran():
    """The names of the notebooks that were run and saved in this session."""
    return set()


@pytest.fixture(scope="module")
def next_day(lab):
    """Stop the server and all kernels, and start again."""
    lab.stop()
    lab.start()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_look_and_save(name, open_notebook, ran):
    notebook = open_notebook(f"notebooks/{name}.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    charts_drawn(notebook, expected(name, CHART))
    for widget, root in ROOTS.items():
        notebook.page.wait_for_function(
            "([root, number]) => document.querySelectorAll(root).length >= number", arg=[root, calls(name, widget)]
        )
    assert notebook.page.locator("text=Error displaying widget").count() == 0
    for theme, width in (("light", 620), ("dark", 1400), ("light", 1400)):
        notebook.look(theme, width)
        notebook.screenshot(f"{name}-{theme}-{width}")
    for root in ROOTS.values():
        if notebook.page.locator(root).count():
            assert notebook.axe(root) == []

    saved = notebook.save()
    kinds = [set(output.get("data", {})) for cell in saved["cells"] for output in cell.get("outputs", [])]
    assert not any({VIEW, "text/html"} <= kind or {CHART, "image/png"} <= kind for kind in kinds)
    assert "widgets" not in saved["metadata"]
    ran.add(name)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_day_two(name, ran, next_day, open_notebook):
    """Run, save, restart the server, reopen: every table and chart stands there, and no error."""
    if name not in ran:
        pytest.skip("needs the run before it: test_run_all_look_and_save")
    notebook = open_notebook(f"notebooks/{name}.ipynb")
    charts_drawn(notebook, expected(name, CHART))
    assert "model not found" not in notebook.page.inner_text(".jp-Notebook")
    assert notebook.page.locator("text=Run this cell again to open the reader").count() == calls(name, "reader")
