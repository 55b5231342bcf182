"""What a screen reader is given: names, roles, states and order of each widget, held as text in `trees/`.

After a change that is meant: `NHSREFORM_TREES=write pytest tests/browser/test_trees.py`, and read the difference.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

import nhsreform as nr
from nhsreform.widgets.outcomes.outcomes import Outcomes
from tests.browser.contracts import FILL_BOARD

TREES = Path(__file__).with_name("trees")
WIDGETS = {
    "overview": lambda: nr.overview(coder_set=True),
    "reader": lambda: nr.reader("joint-report"),
    "contrast": lambda: nr.contrast("engagement"),
    "outcomes": lambda: Outcomes(selected="mps-inquiry-c06"),
    "structure": lambda: nr.structure(until="plan"),
    "timeline": lambda: nr.timeline(until="2010-12-31"),
}
# Those that are made of stock widgets need JupyterLab: what is run, and what the tree is taken of.
IN_LAB = {
    "coder": ("w = nr.coder()\nw._key('3')\nw", ".nhsr-coder"),
    "board": (f"w = nr.board()\n{FILL_BOARD}\nw", ".nhsr-board"),
    "simulator": ("w = nr.simulator('staff-exit')\nw._keep('6')\nw", ".nhsr-simulator"),
    "prediction": ("nr.predict('01.1')", ".nhsr-prediction"),
    "exercise": ("nr.check('1.1', 'key')", ".jp-OutputArea"),
}
HOLDERS = ("list", "combobox", "radiogroup", "table", "rowgroup", "row", "toolbar", "cell")
LONG = 100
# A snapshot of names and roles leaves out which regions speak when they change.
LIVE = """(root) => [...root.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")].map(
    (each) => `live region: ${each.getAttribute("role") || each.tagName.toLowerCase()} `
        + (each.getAttribute("aria-live") || "by role"))"""


@pytest.mark.slow
@pytest.mark.parametrize("name", WIDGETS)
def test_a_screen_reader_is_given_the_tree_that_is_kept(hosted, name):
    page = hosted(WIDGETS[name]()).page
    compare(page.locator(f".nhsr-{name}").first, name)


@pytest.mark.parametrize("name", IN_LAB)
def test_a_screen_reader_is_given_the_tree_that_is_kept_in_jupyterlab(draw_cells, name):
    code, root = IN_LAB[name]
    notebook = draw_cells("scratch/trees.ipynb", f"import nhsreform as nr\n{code}")
    notebook.settled()
    compare(notebook.page.locator(root).first, name)


def folded(lines, inside=""):
    """Return the lines of a tree; of the parts of a list, a table or a choice that differ in words alone, the first two."""
    parts, shown, seen = [], [], Counter()
    for line in lines:
        if line.index("-") == lines[0].index("-"):
            parts.append([])
        parts[-1].append(line)
    for part in parts:
        # What it is, the state it is in, and all that is in it.
        look = tuple(re.sub(r"^ *- '?/?(\w+)(?:.*?( \[[\w=]+\])?'?:?)?$|.*", r"\1\2", line) for line in part)
        seen[look] += 1
        if inside not in HOLDERS or seen[look] < 3:
            shown += [part[0], *folded(part[1:], look[0].split()[0])]
    more = len(parts) - sum(min(number, 2) for number in seen.values())
    return [*shown, f"{lines[0].partition('-')[0]}- {more} more"] if inside in HOLDERS and more else shown


def compare(root, name):
    """Compare the tree of what `root` holds with the one that is kept."""
    root.wait_for()
    snapshot = re.sub(r"(You guessed .* on )\d+ \w+ \d{4}", r"\1this day", root.aria_snapshot())
    # Of long names the beginning will do, and of many alike the first two: whose words they are is proved elsewhere.
    lines = folded([line[:LONG] for line in snapshot.splitlines()])
    # What a stock widget makes of a tooltip that nobody gave.
    assert root.locator("[title=null]").count() == 0
    tree = "\n".join([*lines, *root.evaluate(LIVE)]) + "\n"
    file = TREES / f"{name}.txt"
    if os.environ.get("NHSREFORM_TREES") == "write":
        file.write_text(tree, encoding="utf-8")
    assert tree == file.read_text(encoding="utf-8")
