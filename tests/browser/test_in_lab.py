"""Each of the ten widgets in JupyterLab, one visit each: drawn, both ways of state, keys, two views, axe, saved.

What a plain page can show of a widget is tested there; test_the_next_day.py opens what is saved here.
"""

from __future__ import annotations

import json

import pytest

from tests.browser.contracts import CONTRACTS, Contract
from tests.browser.lab import VIEW, Notebook, Saved


def notebook_keys_act(notebook: Notebook) -> None:
    """Show that keys_stay_inside can fail: pressed on the notebook, each key is seen to change the cells at once."""
    before = cells = notebook.cell_kinds()
    notebook.page.click(".jp-InputArea-prompt >> nth=0")
    for key in ("b", "a", "x", "m", "d d"):
        for each in key.split():
            notebook.page.keyboard.press(each)
        assert notebook.cell_kinds() != cells, f"{key} does nothing outside the widget"
        cells = notebook.cell_kinds()
    assert cells == before


def keys_stay_inside(notebook: Notebook, contract: Contract) -> None:
    """No key that JupyterLab listens to gets out of a control of the widget."""
    cells = notebook.cell_kinds()
    for control in contract.controls:
        # Counted after each key: together, what they insert and what they delete would cancel out.
        for key in ("b", "a", "x", "m", "d", "d"):
            notebook.page.locator(f"{contract.root} {control}").first.focus()
            notebook.page.keyboard.press(key)
            assert notebook.cell_kinds() == cells, f"{key} in {control}"
    notebook.settled()
    assert notebook.cell_kinds() == cells


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_whole_contract(name, lab, open_notebook):
    contract = CONTRACTS[name]
    lab.forget_work()
    path = f"scratch/{name}.ipynb"
    lab.write(path, "import nhsreform as nr", f"w = {contract.code}\nw")
    notebook = open_notebook(path)
    shown = f"{contract.root} {contract.drawn}"

    # Drawn, with a kernel that is there and without an error.
    notebook.run_all()
    notebook.page.wait_for_selector(shown)
    assert notebook.errors() == []
    assert notebook.page.locator("text=Error displaying widget").count() == 0

    # Saved before anything was done with it: no view that would be dead tomorrow.
    assert_fit_for_tomorrow(notebook.save(), contract)

    contract.both_ways(notebook)
    notebook.screenshot(f"{name}-in-lab")
    notebook_keys_act(notebook)
    keys_stay_inside(notebook, contract)
    for theme in ("dark", "light"):
        notebook.look(theme)
        assert notebook.axe(contract.root) == [], theme

    # Drawn twice, both views show the same.
    notebook.run_cell(0, "from IPython.display import display\ndisplay(w)")
    for view in (0, 1):
        notebook.page.wait_for_selector(f"{contract.root} >> nth={view} >> css={contract.drawn}")
    contract.two_views(notebook)

    # Saved with what was entered; the widget on the screen lives on, and a second save asks nothing.
    notebook.run_cell(0, "import nhsreform as nr")
    contract.fill(notebook)
    notebook.run_all()
    notebook.page.wait_for_selector(contract.root)
    assert notebook.page.title() != "caught"
    words = tuple(
        notebook.run_code(f"print(f{each!r}, end='')") if each.startswith("{w.") else each for each in contract.words
    )
    saved = notebook.save()
    assert_fit_for_tomorrow(saved, contract)
    assert notebook.page.locator(contract.root).count() == 1
    notebook.save()
    assert notebook.page.locator(".jp-Dialog").count() == 0
    lab.saved[path] = Saved(words, lab.work())


def assert_fit_for_tomorrow(saved: dict, contract: Contract) -> None:
    outputs = saved["cells"][1]["outputs"]
    assert [sorted(output["data"]) for output in outputs] == [["text/html", "text/plain"]]
    assert not any(VIEW in output.get("metadata", {}) for output in outputs)
    assert "<img" not in "".join(outputs[0]["data"]["text/html"])
    assert "widgets" not in saved["metadata"]
    assert len(json.dumps(outputs)) < contract.most_bytes
