"""The overview in a plain page: every cell as Python counts it, walked and opened by keyboard, and clean to axe."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.widgets.overview.model import in_words
from nhsreform.widgets.overview.overview import ALL, GROUPS
from tests.browser.host import TOO_WIDE

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


def test_principle_and_practice_are_counted_beside_their_names(overview):
    debate = overview.python.debate
    named = dict(
        overview.page.locator(f"{ROOT} .nhsr-group-name").evaluate_all(
            "(all) => all.map((each) => [...each.children].map((part) => part.textContent))"
        )
    )
    for group, title in GROUPS.items():
        themes = {question["id"] for question in debate["questions"] if question["group"] == group}
        assert named[title] == in_words([entry for entry in debate["answers"] if entry["theme"] in themes])


# The contrast of each mark with the first ground under it, by the formula of WCAG.
FAINTEST = """(marks) => {
  const rgb = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = (colour) => rgb(colour).slice(0, 3).map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (at) => {
    const colour = getComputedStyle(at).backgroundColor;
    return at.matches('.nhsr-dot') || rgb(colour)[3] === 0 ? ground(at.parentElement) : colour;
  };
  return Math.min(...marks.map((mark) => {
    const [low, high] = [light(getComputedStyle(mark).borderTopColor), light(ground(mark))].sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  }));
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_stands_out_from_its_ground(overview, theme):
    overview.look(theme)
    assert overview.page.locator(f"{ROOT} .nhsr-cell-button .nhsr-dot").evaluate_all(FAINTEST) >= 3


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


SILENT = f"{ROOT} .nhsr-cell-open .nhsr-note"


@pytest.mark.parametrize("across", ["sources", "speakers"])
def test_a_silence_is_told_of_what_is_shown(hosted, across):
    """Where claims are kept back, one of them may say what no claim shown says; which one would give its code away."""
    page = hosted(nr.overview(across))
    column = page.python.debate["columns"][across][1]
    page.tell(cell=("incentives", column["id"]))
    place = f"in {column['label']}" if across == "sources" else f"that {column['label']} said"
    assert page.page.locator(SILENT).all_inner_texts() == [
        f"Among the claims shown, nothing {place} says {side}. 20 claims kept back for notebook 06 may."
        for side in ("no", "yes")
    ]


def test_a_silence_is_flat_where_all_is_shown(overview):
    overview.tell(cell=("incentives", "mps-inquiry"))
    assert (
        overview.page.locator(SILENT).first.inner_text()
        == "Nothing in The MPs\u2019 inquiry says no. A silence is not a view."
    )


def test_less_leaves_the_fold_open_and_the_focus_on_the_claim(overview):
    overview.tell(cell=("principle", "joint-report"))
    page = overview.page
    page.click(f"{ROOT} .nhsr-cell-open summary")
    more = page.locator(f"{ROOT} .nhsr-cell-open details .nhsr-open").nth(1)
    more.focus()
    for said in ("Less", "More"):
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.textContent") == said
        assert more.is_visible()
    overview.tell(cell=("principle", "nuffield-polls"))
    assert page.locator(f"{ROOT} .nhsr-cell-open details[open]").count() == 0


OVERLAPS = """(root) => [...document.querySelectorAll(root + ' .nhsr-cell')].filter((cell) => {
  const outer = cell.getBoundingClientRect();
  const parts = [...cell.querySelectorAll('.nhsr-cell-name, .nhsr-dot, b, .nhsr-silent')].map((part) => part.getBoundingClientRect());
  const inside = (part) => !part.width || (part.left >= outer.left - 1 && part.right <= outer.right + 1 && part.bottom <= outer.bottom + 1);
  const apart = (one, other) => one.right <= other.left + 1 || other.right <= one.left + 1 || one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
  return !parts.every(inside) || parts.some((one, at) => parts.slice(at + 1).some((other) => one.width && other.width && !apart(one, other)));
}).map((cell) => cell.innerText)"""


@pytest.mark.parametrize("across", ["sources", "speakers"])
@pytest.mark.parametrize("width", [390, 620, 1000, 1400])
def test_nothing_in_a_cell_runs_into_its_neighbour(overview, across, width):
    overview.look("light", width)
    overview.tell(across=across)
    assert overview.page.evaluate(OVERLAPS, ROOT) == []
    assert not overview.page.evaluate(TOO_WIDE, "main")
