"""What a screen reader is given: names, roles, states and order of each widget, held as text in `trees/`.

After a change that is meant: `NHSREFORM_TREES=write pytest tests/browser/test_trees.py`, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import nhsreform as nr
from nhsreform.widgets.outcomes.outcomes import Outcomes

TREES = Path(__file__).with_name("trees")
WIDGETS = {
    "overview": lambda: nr.overview(coder_set=True),
    "reader": lambda: nr.reader("joint-report"),
    "contrast": lambda: nr.contrast("engagement"),
    "outcomes": lambda: Outcomes(selected="mps-inquiry-c06"),
    "structure": lambda: nr.structure(until="plan"),
    "timeline": lambda: nr.timeline(until="2010-12-31"),
}
LONG = 100
# A snapshot of names and roles leaves out which regions speak when they change.
LIVE = """(root) => [...root.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")].map(
    (each) => `live region: ${each.getAttribute("role") || each.tagName.toLowerCase()} `
        + (each.getAttribute("aria-live") || "by role"))"""


@pytest.mark.slow
@pytest.mark.parametrize("name", WIDGETS)
def test_a_screen_reader_is_given_the_tree_that_is_kept(hosted, name):
    page = hosted(WIDGETS[name]()).page
    root = page.locator(f".nhsr-{name}").first
    root.wait_for()
    # Of long names the beginning will do: whose words they are is proved elsewhere.
    lines = [line[:LONG] for line in root.aria_snapshot().splitlines()]
    tree = "\n".join([*lines, *root.evaluate(LIVE)]) + "\n"
    file = TREES / f"{name}.txt"
    if os.environ.get("NHSREFORM_TREES") == "write":
        file.write_text(tree, encoding="utf-8")
    assert tree == file.read_text(encoding="utf-8")
