"""The notebooks as a learner meets them: Run All, charts and widgets drawn, and saved; test_the_next_day.py opens them again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nhsreform.notebooks.files import read_with_outputs
from tests.browser.lab import VIEW, Saved

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("[0-9]*.ipynb"))
CHART = "application/vnd.vegalite.v5+json"
MATHEMATICS = "mjx-container, .MathJax, .katex"
ROOTS = {"reader": ".nhsr-reader", "predict": ".nhsr-prediction"}


def expected(name, kind):
    """Return how many outputs of a kind are kept for a notebook."""
    cells = read_with_outputs(FOLDER / f"{name}.ipynb").cells
    return sum(kind in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def calls(name, widget):
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return sum("".join(cell["source"]).count(f"nr.{widget}(") for cell in cells if cell["cell_type"] == "code")


def charts_drawn(notebook, number):
    notebook.page.wait_for_function(
        "(number) => document.querySelectorAll('.jp-OutputArea-output svg.marks').length >= number", arg=number
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_and_save(name, lab, open_notebook):
    path = f"notebooks/{name}.ipynb"
    notebook = open_notebook(path)
    notebook.run_all()
    assert notebook.errors() == []
    charts_drawn(notebook, expected(name, CHART))
    for widget, root in ROOTS.items():
        notebook.page.wait_for_function(
            "([root, number]) => document.querySelectorAll(root).length >= number", arg=[root, calls(name, widget)]
        )
    assert notebook.page.locator("text=Error displaying widget").count() == 0
    assert notebook.page.locator(MATHEMATICS).count() == 0
    if lab.screenshots:
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
    lab.saved[path] = Saved()


DOLLARS = "$24bn-$32bn"
SHOWN = f"""
import ipywidgets, pandas, nhsreform as nr
from IPython.display import HTML, Markdown, display
figures = nr.table("figures")
display(figures[figures.unit == "USD billion"], pandas.DataFrame({{"sum": ["{DOLLARS}"]}}), nr.quote("{DOLLARS}"))
display(HTML("<p>{DOLLARS}</p>"), Markdown("{DOLLARS}"), ipywidgets.HTMLMath("{DOLLARS}"))
display(ipywidgets.RadioButtons(options=["{DOLLARS}"], description="{DOLLARS}"))
"""


def test_dollars_are_never_typeset_as_mathematics(draw_cells):
    """Nor are a learner's own, in Markdown, HTML and stock widgets: an amount in italics is no longer the words."""
    notebook = draw_cells("scratch/dollars.ipynb", SHOWN.strip())
    page = notebook.page
    page.evaluate(
        """(source) => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.model.sharedModel.insertCell(1, { cell_type: "markdown", source });
            panel.content.widgets[1].rendered = true;
        }""",
        f"Own words: {DOLLARS}",
    )
    page.wait_for_selector(".jp-MarkdownCell .jp-RenderedMarkdown >> text=Own words")
    page.wait_for_selector(f".widget-radio-box >> text={DOLLARS}")
    # What would typeset them is not there, so there is nothing to wait for.
    assert page.evaluate("() => !window.jupyterapp.listPlugins?.().some((name) => /mathjax/.test(name))")
    assert page.locator(MATHEMATICS).count() == 0
    assert page.locator(f"text={DOLLARS}").count() >= 8


def test_an_answer_under_another_name_is_told_which_name_the_question_reads(lab, open_notebook):
    """JupyterLab says which cell it runs, and the kernel's notebook says what that cell is for."""
    notebook = open_notebook("exercises/01-joint-report.ipynb")

    def shown(number, source=None):
        notebook.run_cell(number, source)
        return notebook.page.evaluate(
            "(number) => window.jupyterapp.shell.currentWidget.content.widgets[number].outputArea.node.innerText",
            number,
        )

    shown(1)
    shown(3, 'answer = "include"')
    assert "q1_1 is not set yet. You set answer in the cell of this question, which reads q1_1." in shown(4)
    shown(3, 'q1_1 = "key"')
    assert "earlier answer" not in shown(4)
    shown(3, 'Q1_1 = "include"')
    assert "for your earlier answer" in shown(4) and "You typed Q1_1; the question reads q1_1." in shown(4)
    assert "You mean nr.save(): the pack's names begin with nr." in shown(3, "save()")
    lab.forget_work()
