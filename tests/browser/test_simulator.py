"""The simulators in JupyterLab: a guess, sliders by keyboard, the chart, the next day."""

from __future__ import annotations

import json
import time
from statistics import median

import pytest

NOTEBOOK = "scratch/simulator.ipynb"
NAMES = ["budget-risk", "staff-exit", "real-terms", "walk-away"]
GUESSES = dict(zip(NAMES, ("20", "6", "1", "30"), strict=True))
PANEL = ".nhsr-simulator"
CHART = f"{PANEL} .nhsr-drawing svg"
RESULT = f"{PANEL} .nhsr-body .nhsr-status"
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<img src=x onerror=\"document.title='caught'\">"


def open_simulator(lab, open_notebook, name):
    """Open a notebook with one simulator and no kept guess; its name is `.name`."""
    for file in (lab.folder.parent / "nhsreform_work").glob("*.json"):
        file.unlink()
    lab.write(NOTEBOOK, "import nhsreform as nr", f's = nr.simulator("{name}")\ns')
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.wait_for_selector(f"{PANEL} button")
    assert notebook.errors() == []
    notebook.name = name
    return notebook


@pytest.fixture(params=NAMES)
def simulator(request, lab, open_notebook):
    return open_simulator(lab, open_notebook, request.param)


@pytest.fixture
def budget(lab, open_notebook):
    return open_simulator(lab, open_notebook, "budget-risk")


def guess(notebook):
    notebook.page.fill(f"{PANEL} input", GUESSES[notebook.name])
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    notebook.page.wait_for_selector(CHART)


def python(notebook, expression):
    return notebook.run_code(f"print({expression})")


def wait_for(notebook, expression, value):
    until = time.monotonic() + 10
    while python(notebook, expression) != value:
        assert time.monotonic() < until, f"{expression} is {python(notebook, expression)}, not {value}"


def active(notebook, what):
    return notebook.page.evaluate(f"() => document.activeElement.{what}")


def test_asks_before_it_shows(simulator):
    page = simulator.page
    assert page.locator(f"{PANEL} .nhsr-body").is_hidden()
    assert page.locator(CHART).count() == 0
    assert page.locator(f"{PANEL} input").count() == 1
    assert simulator.axe(PANEL) == []


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
    assert python(budget, "s.guess") == "20.0"

    page.keyboard.press("Tab")
    assert active(budget, "textContent.trim()") == "Show the numbers as a table"
    assert active(budget, "getAttribute('aria-pressed')") == "false"
    page.keyboard.press("Space")
    page.wait_for_selector(f"{PANEL} table")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-pressed') === 'true'")
    page.keyboard.press("Tab")
    assert active(budget, "tagName") == "SELECT"
    page.keyboard.press("End")
    wait_for(budget, "s.settings['k']", "8.6")
    page.wait_for_selector(f"{PANEL} >> text=From: Asthana")

    page.keyboard.press("Tab")
    assert active(budget, "getAttribute('aria-label')") == "People the body pays for"
    assert active(budget, "getAttribute('aria-valuetext')") == "100,000"
    page.keyboard.press("ArrowLeft")
    wait_for(budget, "s.settings['people']", "68000")
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
    wait_for(budget, "s.settings['k']", "8.7")
    page.keyboard.press("Tab")
    assert active(budget, "getAttribute('role')") == "textbox"
    page.keyboard.press("Control+a")
    page.keyboard.type("7.5")
    page.keyboard.press("Enter")
    wait_for(budget, "s.settings['k']", "7.5")
    assert python(budget, "s.result == nr.scenarios.budget_risk(people=68_000, k=7.5)") == "True"
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
    wait_for(budget, "s.guess", "20.0")
    page.wait_for_function("() => document.activeElement.textContent.startsWith('You guessed 20 years out of 100')")
    page.wait_for_timeout(500)
    assert active(budget, "textContent").startswith("You guessed 20 years out of 100")


def test_every_slider_has_its_name_and_value(simulator):
    guess(simulator)
    named = simulator.page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-simulator .widget-slider")].map((slider) => {
            const handle = slider.querySelector(".noUi-handle");
            return [slider.querySelector(".widget-label").textContent.trim(), handle.getAttribute("aria-label"),
                    slider.querySelector(".widget-readout").textContent.trim(), handle.getAttribute("aria-valuetext")];
        })"""
    )
    assert named and all(label and label == name and shown == value for label, name, shown, value in named)
    assert len({label for label, *_ in named}) == len(named)


def test_each_slider_changes_the_result(simulator):
    guess(simulator)
    page = simulator.page
    for place in range(page.locator(f"{PANEL} .noUi-handle").count()):
        before = python(simulator, "s.settings")
        page.locator(f"{PANEL} .noUi-handle").nth(place).focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(400)
        after = python(simulator, "s.settings")
        # The one that opens at its end has gone one step back.
        assert after != before
    assert page.inner_text(RESULT).strip() == python(simulator, "s._scene.sentence(s.result)")
    assert page.locator(CHART).count() == 1


def test_the_drawing_is_seen(simulator):
    guess(simulator)
    drawn = simulator.page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-drawing polyline, .nhsr-drawing rect")].filter((mark) => {
            const box = mark.getBoundingClientRect();
            const style = getComputedStyle(mark);
            return box.width > 5 && box.height > 5 && (style.stroke !== "none" || style.fill !== "none");
        }).length"""
    )
    # Two lines; or in the bars, two signs of the legend, four groups, and a sum in two parts.
    assert drawn == (8 if simulator.name == "walk-away" else 2)


def test_the_checkbox_turns_the_sign(lab, open_notebook):
    real = open_simulator(lab, open_notebook, "real-terms")
    guess(real)
    real.page.focus(f"{PANEL} input[type=checkbox]")
    real.page.keyboard.press("Space")
    wait_for(real, "s.result.change", "0.3")
    real.page.wait_for_selector(f"{RESULT} >> text=+0.3%, growth; counted as lost")


def test_a_guess_comes_back_after_a_restart(simulator):
    guess(simulator)
    kept = python(simulator, "s.guess")
    # The menu's own command would ask first.
    simulator.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    simulator.run_all()
    simulator.page.wait_for_selector(CHART)
    assert python(simulator, "s.guess") == kept
    assert simulator.page.locator(f"{PANEL} .nhsr-gap").inner_text().startswith("You guessed")


def test_a_hostile_guess_runs_nothing(budget):
    budget.page.fill(f"{PANEL} input", HOSTILE)
    budget.page.keyboard.press("Enter")
    line = budget.page.locator(f"{PANEL} .nhsr-status").first
    line.get_by_text("is not a number").wait_for()
    assert "<img src=x" in line.inner_text()
    assert budget.page.title() != "caught"


@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 1400), ("light", 620), ("dark", 620)])
@pytest.mark.parametrize("name", NAMES)
def test_looks(lab, open_notebook, name, theme, width):
    notebook = open_simulator(lab, open_notebook, name)
    notebook.look(theme, width)
    if name == "budget-risk":
        notebook.screenshot(f"simulator-{name}-asked-{theme}-{width}")
        assert notebook.axe(PANEL) == []
    guess(notebook)
    notebook.page.click(f"{PANEL} >> text=Show the numbers")
    notebook.page.wait_for_selector(f"{PANEL} table")
    notebook.screenshot(f"simulator-{name}-{theme}-{width}")
    assert notebook.axe(PANEL) == []
    # Nothing is wider than its place, and nothing must be scrolled to be seen.
    wide = notebook.page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-simulator, .nhsr-simulator *")]
            .filter((each) => each.matches(".nhsr-simulator, .nhsr-body, .nhsr-drawing")
                || ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
            .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 1)
            .map((each) => `${each.className}: ${each.scrollWidth} > ${each.clientWidth}`)"""
    )
    assert wide == []


def test_day_two(lab, open_notebook):
    """Guess, save, restart the server, reopen: the result stands there as a table, not an error."""
    simulator = open_simulator(lab, open_notebook, "staff-exit")
    unguessed = simulator.save()["cells"][1]["outputs"]
    assert [VIEW in output["data"] for output in unguessed] == [False]
    guess(simulator)
    simulator.run_all()
    simulator.page.wait_for_selector(CHART)
    saved = simulator.save()
    assert [sorted(output["data"]) for output in saved["cells"][1]["outputs"]] == [["text/html", "text/plain"]]
    assert "widgets" not in saved["metadata"]
    simulator.page.context.close()
    lab.stop()
    lab.start()
    again = open_notebook(NOTEBOOK)
    shown = again.page.locator(".jp-OutputArea-output").last
    shown.wait_for()
    words = shown.inner_text()
    assert "model not found" not in words
    assert "You guessed 6 months" in words
    assert "Payments to leavers" in words and "What this leaves out" in words
    again.screenshot("simulator-day-two")


REPAINT = """async () => {
    const handle = document.querySelector(".nhsr-simulator .noUi-handle");
    handle.focus();
    const said = () => document.querySelector(".nhsr-simulator .nhsr-body .nhsr-status").textContent;
    const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const [sentences, charts] = [[], []];
    for (let turn = 0; turn < 20; turn++) {
        const [words, svg] = [said(), document.querySelector(".nhsr-drawing svg")];
        const key = turn % 2 ? "ArrowLeft" : "ArrowRight";
        const begun = performance.now();
        let heard = 0;
        handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        while (!heard || [null, svg].includes(document.querySelector(".nhsr-drawing svg"))) {
            if (!heard && said() !== words) heard = performance.now() - begun;
            if (performance.now() - begun > 5000) throw new Error("no repaint");
            await new Promise(requestAnimationFrame);
        }
        await frames();
        sentences.push(heard);
        charts.push(performance.now() - begun);
        await new Promise((done) => setTimeout(done, 150));
    }
    return [sentences, charts];
}"""

PAINT = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = 1;
    panel.content.widgets[1].model.clearExecution();
    const drawn = () => document.querySelector(".nhsr-drawing svg");
    while (drawn()) await new Promise(requestAnimationFrame);
    const begun = performance.now();
    window.jupyterapp.commands.execute("notebook:run-cell");
    while (!drawn()) {
        if (performance.now() - begun > 30000) throw new Error("nothing drawn");
        await new Promise(requestAnimationFrame);
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - begun;
}"""


def test_bytes_and_times(simulator, record_property):
    """What a simulator adds to a saved notebook, from cell to paint, from a slider's step to the new chart."""
    guess(simulator)
    sentence, chart = (median(times) for times in simulator.page.evaluate(REPAINT))
    paints = []
    for _ in range(5):
        paints.append(simulator.page.evaluate(PAINT))
        simulator.page.wait_for_timeout(300)
    paint = median(paints)
    size = len(json.dumps(simulator.save()["cells"][1]["outputs"]))
    for name, value in (
        ("bytes", size),
        ("step to sentence, ms", sentence),
        ("step to chart, ms", chart),
        ("cell to paint, ms", paint),
    ):
        record_property(name, value)
    print(f"{simulator.name}: {size} bytes, step to sentence {sentence:.0f} ms, to chart {chart:.0f} ms, "
          f"cell to paint with sliders and chart {paint:.0f} ms")  # fmt: skip
    assert size < 25_000
    # The aims are 100 ms and 1 s on a machine that does nothing else; here other tests may run, and only what is
    # stuck fails.
    assert chart < 4000
    assert paint < 20_000
