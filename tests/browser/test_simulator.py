"""The simulators in JupyterLab: a guess, sliders by keyboard, the chart; each scenario seen through in one visit."""

from __future__ import annotations

import time

import pytest

from tests.browser.lab import HOSTILE

NOTEBOOK = "scratch/simulators.ipynb"
GUESSES = {"budget-risk": "20", "staff-exit": "6", "real-terms": "1", "walk-away": "30"}
PANEL = ".nhsr-simulator"
CHART = f"{PANEL} .nhsr-drawing svg"
RESULT = f"{PANEL} .nhsr-body .nhsr-status"
# What is wider than its place, or must be scrolled to.
TOO_WIDE = """(panel) => [...document.querySelectorAll(`${panel}, ${panel} *`)]
    .filter((each) => each.matches(`${panel}, .nhsr-body, .nhsr-drawing`)
        || ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
    .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 1)
    .map((each) => `${each.className}: ${each.scrollWidth} > ${each.clientWidth}`).join()"""


@pytest.fixture
def open_simulator(draw_cells):
    """A function that opens a simulator with no kept guess, given its name."""

    def open_it(name):
        notebook = draw_cells(NOTEBOOK, "import nhsreform as nr", f's = nr.simulator("{name}")\ns')
        notebook.page.wait_for_selector(f"{PANEL} button")
        notebook.listens(PANEL)
        return notebook

    return open_it


@pytest.fixture
def budget(open_simulator):
    return open_simulator("budget-risk")


def guess(notebook, number):
    notebook.page.fill(f"{PANEL} input", number)
    notebook.press("Tab", "Enter")
    notebook.page.wait_for_selector(CHART)


def active(notebook, what):
    return notebook.page.evaluate(f"() => document.activeElement.{what}")


def wait_for_the_sentence(notebook):
    """Wait until the page says what Python says of the settings."""
    until = time.monotonic() + 10
    while (shown := notebook.page.inner_text(RESULT).strip()) != notebook.python("s._scene.sentence(s.result)"):
        assert time.monotonic() < until, shown


@pytest.mark.parametrize("name", GUESSES)
def test_a_scenario_from_question_to_table(open_simulator, name):
    """Asked, guessed, named, drawn, moved, and shown as a table in every look."""
    notebook = open_simulator(name)
    asks_before_it_shows(notebook)
    if name == "budget-risk":
        notebook.looks(PANEL, f"simulator-{name}-asked", TOO_WIDE)
    guess(notebook, GUESSES[name])
    every_slider_has_its_name_and_value(notebook)
    # Two lines; or in the bars, two signs of the legend, four groups, and a sum in two parts.
    assert marks_seen(notebook) == (8 if name == "walk-away" else 2)
    each_slider_changes_the_result(notebook)
    notebook.page.click(f"{PANEL} >> text=Show the numbers")
    notebook.page.wait_for_selector(f"{PANEL} table")
    notebook.looks(PANEL, f"simulator-{name}", TOO_WIDE)


def asks_before_it_shows(notebook):
    page = notebook.page
    assert page.locator(f"{PANEL} .nhsr-body").is_hidden()
    assert page.locator(CHART).count() == 0
    assert page.locator(f"{PANEL} input").count() == 1
    assert notebook.axe(PANEL) == []


def every_slider_has_its_name_and_value(notebook):
    named = notebook.page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-simulator .widget-slider")].map((slider) => {
            const handle = slider.querySelector(".noUi-handle");
            return [slider.querySelector(".widget-label").textContent.trim(), handle.getAttribute("aria-label"),
                    slider.querySelector(".widget-readout").textContent.trim(), handle.getAttribute("aria-valuetext")];
        })"""
    )
    assert named and all(label and label == name and shown == value for label, name, shown, value in named)
    assert len({label for label, *_ in named}) == len(named)


def marks_seen(notebook):
    return notebook.page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-drawing polyline, .nhsr-drawing rect")].filter((mark) => {
            const box = mark.getBoundingClientRect();
            const style = getComputedStyle(mark);
            return box.width > 5 && box.height > 5 && (style.stroke !== "none" || style.fill !== "none");
        }).length"""
    )


def each_slider_changes_the_result(notebook):
    handles = notebook.page.locator(f"{PANEL} .noUi-handle")
    sliders = notebook.python(
        "*(name for name, each in s._controls.items() if not isinstance(each.value, bool))"
    ).split()
    assert len(sliders) == handles.count()
    for place, slider in enumerate(sliders):
        before = notebook.python(f"s.settings['{slider}']")
        handles.nth(place).focus()
        # The one that opens at its end goes one step back.
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
            notebook.page.keyboard.press(key)
        notebook.wait_for(f"s.settings['{slider}'] != {before}", "True")
    wait_for_the_sentence(notebook)
    assert notebook.page.locator(CHART).count() == 1


def test_the_whole_keyboard_path(budget):
    page, cells = budget.page, budget.cells()
    page.focus(f"{PANEL} input")
    # Letters that insert, delete and change cells in JupyterLab.
    page.keyboard.type("badxmy")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> text=is not a number")
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    page.wait_for_selector(CHART)
    # The field is gone: the focus goes on to what the guess has opened.
    page.wait_for_function("() => document.activeElement.textContent.startsWith('You guessed 20 years out of 100')")
    assert budget.python("s.guess") == "20.0"

    page.keyboard.press("Tab")
    assert active(budget, "textContent.trim()") == "Show the numbers as a table"
    assert active(budget, "getAttribute('aria-pressed')") == "false"
    page.keyboard.press("Space")
    page.wait_for_selector(f"{PANEL} table")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-pressed') === 'true'")
    page.keyboard.press("Tab")
    assert active(budget, "tagName") == "SELECT"
    page.keyboard.press("End")
    budget.wait_for("s.settings['k']", "8.6")
    page.wait_for_selector(f"{PANEL} >> text=From: Asthana")

    page.keyboard.press("Tab")
    assert active(budget, "href").startswith("https://"), "the page that the settings rest on"
    page.keyboard.press("Tab")
    assert active(budget, "getAttribute('aria-label')") == "People the body pays for"
    assert active(budget, "getAttribute('aria-valuetext')") == "100,000"
    page.keyboard.press("ArrowLeft")
    budget.wait_for("s.settings['people']", "68000")
    page.wait_for_selector(f"{RESULT} >> text=68,000 people")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-valuetext') === '68,000'")
    for key in "badxmy":
        page.keyboard.press(key)
    # Past the source to the next slider and to its number, which may be typed.
    for _ in range(8):
        page.keyboard.press("Tab")
        if (active(budget, "getAttribute('aria-label')") or "").startswith("Spread of one person's yearly cost"):
            break
    page.keyboard.press("ArrowRight")
    budget.wait_for("s.settings['k']", "8.7")
    page.keyboard.press("Tab")
    assert active(budget, "getAttribute('role')") == "textbox"
    page.keyboard.press("Control+a")
    page.keyboard.type("7.5")
    page.keyboard.press("Enter")
    budget.wait_for("s.settings['k']", "7.5")
    assert budget.python("s.result == nr.scenarios.budget_risk(people=68_000, k=7.5)") == "True"
    assert budget.cells() == cells
    assert page.locator(".jp-MarkdownCell").count() == 0


def test_a_busy_kernel_keeps_the_whole_guess_and_the_focus(budget):
    """The second digit reaches the kernel after Enter; what it changes on the page is what has the focus by then."""
    page = budget.page
    page.evaluate(
        """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code: "import time; time.sleep(1)", store_history: false }); }"""
    )
    page.focus(f"{PANEL} input")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    page.wait_for_selector(CHART)
    budget.wait_for("s.guess", "20.0")
    page.wait_for_function("() => document.activeElement.textContent.startsWith('You guessed 20 years out of 100')")
    budget.settled()
    assert active(budget, "textContent").startswith("You guessed 20 years out of 100")


def test_the_checkbox_turns_the_sign(open_simulator):
    real = open_simulator("real-terms")
    guess(real, GUESSES["real-terms"])
    real.page.focus(f"{PANEL} input[type=checkbox]")
    real.page.keyboard.press("Space")
    real.wait_for("s.result.change", "0.3")
    real.page.wait_for_selector(f"{RESULT} >> text=+0.3%, growth; counted as lost")


def test_a_hostile_guess_runs_nothing(budget):
    budget.page.fill(f"{PANEL} input", HOSTILE)
    budget.page.keyboard.press("Enter")
    line = budget.page.locator(f"{PANEL} .nhsr-status").first
    line.get_by_text("is not a number").wait_for()
    assert "<img src=x" in line.inner_text()
    assert budget.page.title() != "caught"
