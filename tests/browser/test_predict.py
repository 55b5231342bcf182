"""Predictions and stock widgets in JupyterLab: keyboard, names, kept answers, the next day."""

from __future__ import annotations

import json

import pytest

from tests.browser.lab import HOSTILE

NOTEBOOK = "scratch/predictions.ipynb"
PANEL = ".nhsr-prediction"


@pytest.fixture
def predictions(draw_cells):
    """A notebook with one prediction of each kind."""
    cells = (f'p = nr.predict("{each}")\np' for each in ("01.1", "01.3", "04.2"))
    notebook = draw_cells(NOTEBOOK, "import nhsreform as nr", *cells)
    notebook.page.wait_for_selector(f"{PANEL} >> nth=2 >> css=button")
    return notebook


def test_the_whole_keyboard_path(predictions):
    page, cells = predictions.page, predictions.cells()
    page.focus(f"{PANEL} >> nth=0 >> css=textarea")
    page.keyboard.type("band adxm")
    page.keyboard.press("Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent.trim()") == "Keep my answer"
    predictions.press("b", "Enter")
    page.wait_for_selector(f"{PANEL} >> nth=0 >> css=blockquote")
    assert page.inner_text(f"{PANEL} >> nth=0 >> css=blockquote") == "band adxm\nsecond line"
    assert "Compare it with" in page.inner_text(f"{PANEL} >> nth=0")

    page.focus(f"{PANEL} >> nth=1 >> css=input[type=radio]")
    predictions.press("Space", "ArrowDown", "b")
    page.focus(f"{PANEL} >> nth=1 >> css=button")
    page.keyboard.press("Space")
    page.wait_for_selector(f"{PANEL} >> nth=1 >> css=blockquote")

    page.focus(f"{PANEL} >> nth=2 >> css=input")
    page.keyboard.type("many")
    predictions.press("Tab", "Enter")
    page.wait_for_selector(f"{PANEL} >> nth=2 >> text=is not a number")
    page.focus(f"{PANEL} >> nth=2 >> css=input")
    page.keyboard.press("Control+a")
    page.keyboard.type("60")
    predictions.press("Tab", "Enter")
    page.wait_for_selector(f"{PANEL} >> nth=2 >> css=blockquote")
    predictions.wait_for("p.answer", "60.0")
    assert predictions.cells() == cells
    assert page.locator(".jp-MarkdownCell").count() == 0


def test_a_field_is_read_with_what_it_answers(predictions):
    asked = """(field) => document.getElementById(
        field.getAttribute("aria-describedby") || field.closest("[aria-labelledby]").getAttribute("aria-labelledby")
    ).textContent"""
    for number, control in ((0, "textarea"), (1, "input[type=radio]"), (2, "input")):
        panel = predictions.page.locator(PANEL).nth(number)
        question = panel.locator(".nhsr-question").inner_text().strip()
        assert question and panel.locator(control).first.evaluate(asked).strip() == question, control


def test_a_click_waits_for_the_words_typed_before_it(draw_cells):
    slow = "q = nr.predict('04.2')\nimport time\nq._entry.observe(lambda _: time.sleep(1), 'value')\nq"
    page = draw_cells("scratch/slow.ipynb", "import nhsreform as nr", slow).page
    field = f"{PANEL} >> css=input"
    for typed in ("many", "60"):
        # While the kernel deals with the first answer, the field keeps the second to itself.
        page.focus(field)
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> css=blockquote")
    assert page.inner_text(f"{PANEL} >> css=blockquote") == "60 percent"


def test_axe_and_looks(predictions):
    page = predictions.page
    page.fill(f"{PANEL} >> nth=0 >> css=textarea", "They will all welcome it, each for its own reasons.")
    page.click(f"{PANEL} >> nth=2 >> css=button")
    page.wait_for_selector(f"{PANEL} >> nth=2 >> text=Type a number first")
    predictions.looks(PANEL, "predict-asked")
    page.click(f"{PANEL} >> nth=0 >> css=button")
    page.wait_for_selector(f"{PANEL} >> nth=0 >> css=blockquote")
    predictions.looks(PANEL, "predict")


STOCK = """
import ipywidgets as w
from nhsreform.widgets.shared.widget import Panel
class Stock(Panel):
    def summary(self): return "Stock."
    def fallback(self): return "<section>Stock.</section>"
slider = w.IntSlider(description="People", min=0, max=100, value=20)
toggles = w.ToggleButtons(description="Side", options=["left", "right"])
toggle = w.ToggleButton(description="More")
span = w.FloatRangeSlider(description="Range", min=0, max=1, value=(0.2, 0.4))
panel = Stock([slider, toggles, toggle, span])
panel
"""


def test_stock_widgets_are_mended(draw_cells):
    notebook = draw_cells(NOTEBOOK, STOCK.strip())
    page = notebook.page
    page.wait_for_selector(".nhsr-panel .noUi-handle[aria-label='People']")
    handle = page.locator(".noUi-handle").first
    assert handle.get_attribute("aria-valuetext") == "20"
    handle.focus()
    cells = notebook.cells()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    page.wait_for_selector(".noUi-handle[aria-valuetext='21']")
    assert notebook.run_code("print(slider.value)") == "21"
    right = page.locator(".widget-toggle-buttons button").nth(1)
    assert right.get_attribute("aria-pressed") == "false"
    right.press("Enter")
    page.wait_for_function("(right) => right.getAttribute('aria-pressed') === 'true'", arg=right.element_handle())
    assert page.locator(".widget-toggle-buttons button").nth(0).get_attribute("aria-pressed") == "false"
    more = page.locator("button.widget-toggle-button", has_text="More")
    more.press("Space")
    page.wait_for_function("(more) => more.getAttribute('aria-pressed') === 'true'", arg=more.element_handle())
    assert notebook.axe(".nhsr-panel") == []
    assert notebook.cells() == cells
    notebook.screenshot("stock-widgets")


RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


def test_a_panel_whose_kernel_was_restarted_says_so_and_loses_nothing(predictions, lab):
    """What was typed and chosen stays on the page, and is offered to the panel that takes its place."""
    page = predictions.page
    first, choice = (page.locator(PANEL).nth(number) for number in (0, 1))
    page.fill(f"{PANEL} >> nth=0 >> css=textarea", HOSTILE)
    choice.locator("input[type=radio]").nth(2).check()
    page.evaluate(RESTART)
    page.wait_for_selector(f"{PANEL} >> nth=0 >> css=[role=alert] >> text=The kernel was restarted")
    assert first.locator("textarea").input_value() == HOSTILE
    assert first.locator("button", has_text="Keep my answer").is_disabled()
    # No broken sign before each part, and nothing that lights up for nothing.
    assert page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-panel .jupyter-widgets-disconnected")]
            .every((part) => getComputedStyle(part, "::before").content === "none")"""
    )
    assert choice.locator("input[type=radio]").nth(1).is_disabled()
    assert predictions.axe(PANEL) == []
    predictions.wait_until_idle()
    predictions.run_all()
    page.wait_for_selector(f"{PANEL} >> nth=0 >> css=[role=status] >> text=it was not kept")
    first.locator("button", has_text="Put it back").click()
    choice.locator("button", has_text="Put it back").click()
    assert first.locator("textarea").input_value() == HOSTILE
    for panel in (first, choice):
        panel.locator("button", has_text="Keep my answer").click()
        panel.locator("blockquote").wait_for()
    kept = json.loads(lab.work())["sections"]["predictions"]
    assert kept["01.1"]["answer"] == HOSTILE and kept["01.3"]["answer"].startswith("they support it and say")
    assert page.title() != "caught"


def test_a_panel_whose_kernel_was_shut_down_says_that_nobody_answers(predictions):
    page = predictions.page
    page.fill(f"{PANEL} >> nth=0 >> css=textarea", "My thought")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.click(f"{PANEL} >> nth=0 >> css=button")
    page.wait_for_selector(
        f"{PANEL} >> nth=0 >> css=[role=alert] >> text=/Python has not answered|The kernel was restarted/"
    )
    assert page.locator(f"{PANEL} >> nth=0 >> css=textarea").input_value() == "My thought"


def test_a_reader_whose_kernel_was_restarted_says_so(draw_cells):
    notebook = draw_cells("scratch/reader-cut-off.ipynb", "import nhsreform as nr\nnr.reader('pct-managers')")
    page = notebook.page
    page.wait_for_selector(".nhsr-reader")
    assert page.locator("[role=alert] >> text=The kernel was restarted").count() == 0
    page.evaluate(RESTART)
    page.wait_for_selector("[role=alert] >> text=The kernel was restarted")
