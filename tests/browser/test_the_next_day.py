"""Day two, once for all: what the tests before have saved is opened from a server that was started again.

Nothing is dead, every table and chart stands there, and run again the work is back.
"""

from __future__ import annotations

import pytest

from tests.browser.contracts import CONTRACTS
from tests.browser.test_notebooks import CHART, NOTEBOOKS, calls, charts_drawn, expected


@pytest.fixture(scope="module")
def next_day(lab):
    """Stop the server and all kernels, and start again."""
    lab.restart()


@pytest.fixture
def reopen(lab, next_day, open_notebook):
    """A function that opens what was saved the day before, and returns the notebook and what was kept of it."""

    def reopen_it(path):
        if path not in lab.saved:
            pytest.skip("needs the visit before it, which saves the notebook")
        saved = lab.saved[path]
        lab.put_work(saved.work)
        notebook = open_notebook(path)
        notebook.page.wait_for_selector(".jp-OutputArea-output")
        words = notebook.page.inner_text(".jp-Notebook")
        assert "model not found" not in words
        assert "Error displaying widget" not in words
        return notebook, saved

    return reopen_it


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_widget(name, reopen):
    notebook, saved = reopen(f"scratch/{name}.ipynb")
    words = notebook.page.locator(".jp-OutputArea-output").last.inner_text()
    for each in saved.words:
        assert each in words
    notebook.screenshot(f"{name}-day-two")
    notebook.run_all()
    assert notebook.errors() == []
    notebook.page.wait_for_selector(f"{CONTRACTS[name].root}")
    CONTRACTS[name].again(notebook)
    assert notebook.page.title() != "caught"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook(name, reopen):
    notebook, _ = reopen(f"notebooks/{name}.ipynb")
    charts_drawn(notebook, expected(name, CHART))
    assert notebook.page.locator("text=Run this cell again to open the reader").count() == calls(name, "reader")
