"""The overview in a plain page: every cell as Python counts it, walked and opened by keyboard, and clean to axe."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.widgets.overview.model import in_words
from nhsreform.widgets.overview.overview import ALL
from tests.browser.host import TOO_WIDE
from tests.browser.pages import COLOURS

ROOT = ".nhsr-overview"
CELL = f"{ROOT} .nhsr-cell-button"
STOP = f"{CELL}[tabindex='0']"


@pytest.fixture
def overview(hosted):
    return hosted(nr.overview(coder_set=True))


def label(overview):
    return overview.page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''")


@pytest.mark.parametrize("across", ["sources", "speakers"])
def test_every_cell_says_what_python_counts_in_it(overview, across):
    overview.tell(across=across)
    widget = overview.python
    columns = [column["id"] for column in widget.debate["columns"][across]] + [ALL]
    questions = widget.debate["questions"]
    labels = overview.page.locator(CELL).evaluate_all("(all) => all.map((each) => each.getAttribute('aria-label'))")
    assert len(labels) == len(questions) * len(columns)
    told = iter(labels)
    for question in questions:
        for column in columns:
            said = next(told)
            assert said.startswith(question["question"])
            assert said.endswith(f": {in_words(widget._in_cell(question['id'], column))}."), said
    marks = overview.page.locator(f"{ROOT} .nhsr-cell-button .nhsr-dot").count()
    assert marks == sum(
        entry["position"] != "none" for entry in widget.debate["answers"] if entry["coder"] == "reference"
    )


def test_the_whole_keyboard_path(overview):
    page = overview.page
    assert page.locator(STOP).count() == 1
    page.focus(STOP)
    first = label(overview)
    for key in ("ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        assert label(overview) == first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    here = label(overview)
    assert here != first and page.locator(STOP).count() == 1
    page.keyboard.press("Enter")
    theme, column = overview.python.cell
    assert theme and column and page.locator(f"{ROOT} h3:focus").count() == 1
    opened = page.locator(f"{ROOT} .nhsr-cell-open [data-id]").evaluate_all(
        "(all) => all.map((each) => each.dataset.id)"
    )
    assert sorted(opened) == sorted(overview.python.claims.claim_id)
    page.keyboard.press("Escape")
    assert overview.python.cell == ("", "") and label(overview) == here
    assert page.locator(f"{ROOT} .nhsr-cell-open").is_hidden()


def test_keys_stay_inside(overview):
    """A single letter in JupyterLab inserts or deletes a cell."""
    for where in ("select[data-key=across]", ".nhsr-cell-button[tabindex='0']"):
        assert overview.let_out(f"{ROOT} {where} >> nth=0") == [], where


@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", COLOURS)])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_and_looks(overview, theme, rules, width):
    overview.look(theme, width)
    overview.tell(cell=("management-capacity", "mps-inquiry"))
    overview.screenshot(f"overview-{theme}-{width}")
    assert overview.axe(ROOT, **rules) == []
    assert not overview.page.evaluate(TOO_WIDE, "main")
