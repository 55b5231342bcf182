"""The coder in JupyterLab: coded by keyboard, kept through a restart, locked, compared."""

from __future__ import annotations

import json
import time

import pytest

NOTEBOOK = "scratch/coder.ipynb"
PANEL = ".nhsr-coder"
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<img src=x onerror=\"document.title='caught'\"> & \U0001f609"


@pytest.fixture
def coder(lab, open_notebook):
    """A notebook with an empty coder drawn."""
    for file in (lab.folder.parent / "nhsreform_work").glob("*.json"):
        file.unlink()
    lab.write(NOTEBOOK, "import nhsreform as nr", "c = nr.coder()\nc")
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-choices button")
    assert notebook.errors() == []
    return notebook


def wait_for(notebook, expression, value):
    until = time.monotonic() + 10
    while (found := notebook.run_code(f"print({expression})")) != value:
        assert time.monotonic() < until, f"{expression} is {found}, not {value}"


def progress(notebook):
    return notebook.page.inner_text(f"{PANEL} .nhsr-status >> nth=0")


def at(notebook, number):
    """Wait until a claim is shown."""
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-claim-{number} button")
    assert f"Claim {number} of 20" in progress(notebook)


def code_all(notebook, number=20):
    """Code `number` claims in Python, as the keys do, and show the last."""
    notebook.run_code(f"for n in range({number}):\n    c._key(str(n % 6 + 1))\n    c._go_next()")
    wait_for(notebook, "len(c.codes)", str(number))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [620, 1400])
def test_axe_and_looks(coder, theme, width):
    page = coder.page
    coder.look(theme, width)
    page.click(f"{PANEL} .nhsr-choices button >> nth=1")
    page.fill(f"{PANEL} .nhsr-enter input", "Large is not the same as impossible.")
    coder.screenshot(f"coder-{theme}-{width}")
    assert coder.axe(PANEL) == []
    code_all(coder)
    coder.run_code("c._go(19)")
    page.click(f"{PANEL} .nhsr-lock")
    page.wait_for_selector(f"{PANEL} .nhsr-result")
    for summary in page.locator(f"{PANEL} summary").all():
        if summary.is_visible():
            summary.click()
    coder.screenshot(f"coder-locked-{theme}-{width}")
    assert coder.axe(PANEL) == []
    assert page.evaluate(
        "() => { const p = document.querySelector('.nhsr-coder'); return p.scrollWidth <= p.clientWidth + 1; }"
    )
