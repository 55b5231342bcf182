"""The coder in JupyterLab: coded by keyboard, locked, compared; what it shares with all widgets is in test_in_lab.py."""

from __future__ import annotations

import json

import pytest

NOTEBOOK = "scratch/coders.ipynb"
PANEL = ".nhsr-coder"


@pytest.fixture
def coder(draw_cells):
    """A notebook with an empty coder drawn."""
    notebook = draw_cells(NOTEBOOK, "import nhsreform as nr", "c = nr.coder()\nc")
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-choices button")
    notebook.listens(PANEL)
    return notebook


def at(notebook, number):
    """Wait until a claim is shown, and said to be."""
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-claim-{number} button")
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-status >> nth=0 >> text=Claim {number} of 20")


def code_all(notebook, number=20):
    """Code `number` claims in Python, as the keys do, and show the last."""
    notebook.run_code(f"for n in range({number}):\n    c._key(str(n % 6 + 1))\n    c._go_next()")
    notebook.wait_for("len(c.codes)", str(number))


def test_axe_and_looks(coder):
    page = coder.page
    page.click(f"{PANEL} .nhsr-choices button >> nth=1")
    page.fill(f"{PANEL} .nhsr-enter input", "Large is not the same as impossible.")
    coder.looks(PANEL, "coder")
    code_all(coder)
    coder.run_code("c._go(19)")
    page.click(f"{PANEL} .nhsr-lock")
    page.wait_for_selector(f"{PANEL} .nhsr-result")
    for summary in page.locator(f"{PANEL} summary").all():
        if summary.is_visible():
            summary.click()
    coder.looks(PANEL, "coder-locked")


def focused(notebook):
    return notebook.page.evaluate("() => document.activeElement.textContent.trim() || document.activeElement.tagName")


def test_the_whole_keyboard_path(coder):
    page, cells = coder.page, coder.cells()
    page.focus(f"{PANEL} .nhsr-choices button >> nth=0")

    # A digit chooses; the choice is said as pressed; the focus goes with it.
    page.keyboard.press("4")
    coder.wait_for("c.codes.position.tolist()", "['enthusiast']")
    page.wait_for_selector(f"{PANEL} .nhsr-choices button:nth-of-type(4)[aria-pressed=true]")
    assert page.locator(f"{PANEL} .nhsr-choices button[aria-pressed=true]").count() == 1

    page.wait_for_function("() => document.activeElement.textContent.trim() === '+ enthusiast'")

    # Tab leads on to the reason. Letters and digits typed there are letters and digits; Enter goes on.
    for _ in range(3):
        page.keyboard.press("Tab")
    assert focused(coder) == "INPUT"
    page.keyboard.type("because 1 n p b")
    page.keyboard.press("Enter")
    at(coder, 2)
    coder.wait_for("c.codes.reason.tolist()", "['because 1 n p b']")

    # The focus is on the new claim's codes; the arrows go on and back with it.
    page.wait_for_function("() => document.activeElement.textContent.includes('strongly sceptic')")
    coder.press("6", "ArrowRight")
    at(coder, 3)
    coder.press("2", "ArrowLeft")
    at(coder, 2)
    page.wait_for_function("() => document.activeElement.textContent.includes('takes no side')")
    page.keyboard.press("n")
    at(coder, 3)
    page.keyboard.press("n")
    at(coder, 4)
    coder.wait_for("c.codes.position.tolist()", "['enthusiast', 'none', 'sceptic']")

    # By Tab and Enter alone: choose, go on, lock.
    coder.press("Tab", "Enter")
    coder.wait_for("len(c.codes)", "4")
    page.focus(f"{PANEL} .nhsr-next")
    page.keyboard.press("Enter")
    at(coder, 5)
    assert focused(coder) == "Next"
    page.focus(f"{PANEL} .nhsr-lock")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> text=Code at least 10 claims")
    coder.run_code("for n in range(4, 12):\n    c._go(n); c._key('3')")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-confirm >> text=12 of 20")
    page.wait_for_function("() => document.activeElement.textContent === 'Lock these 12'")
    coder.press("Tab", "Enter")
    page.wait_for_function("() => document.activeElement.textContent === 'Lock my coding'")
    coder.wait_for("c.result", "None")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.textContent === 'Lock these 12'")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-result:focus")
    coder.wait_for("c.result.claims", "12")

    # From the result, Tab leads to the disclosures; Enter opens one.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.parentElement.open")
    assert coder.cells() == cells
    assert page.locator(".jp-MarkdownCell").count() == 0


def test_a_key_inserts_no_cell_while_the_claim_is_drawn_anew(coder):
    """The focused control is taken away by each arrow; what is pressed meanwhile must not reach the notebook."""
    cells = coder.cells()
    coder.page.focus(f"{PANEL} .nhsr-choices button >> nth=0")
    for _ in range(8):
        coder.press("ArrowRight", "b", "a")
    at(coder, 9)
    coder.settled()
    assert coder.cells() == cells


@pytest.mark.parametrize("where, forth", [(".nhsr-next", "Enter"), (".nhsr-choices button", "ArrowRight")])
def test_fast_keys_reach_the_claim_they_were_meant_for(coder, where, forth):
    """Faster than the kernel answers, while the choices are drawn anew: no key is lost, none counts for another claim."""
    page = coder.page
    page.locator(f"{PANEL} {where}").first.focus()
    for number in range(20):
        coder.press(str(number % 6 + 1), forth)
    coder.wait_for("len(c.codes)", "20")
    coder.wait_for("[c._saved.codes[i['claim_id']]['code'] for i in c.items] == (list(nr.widgets.coder.comparison.CHOICES) * 4)[:20]",
             "True")  # fmt: skip


def test_nothing_of_ours_is_in_the_page_before_locking(coder):
    """Neither the page nor the notebook in the browser names a reading of ours; what is sent is tested without one."""
    code_all(coder)
    told = coder.page.evaluate(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            return panel.node.innerHTML + JSON.stringify(panel.content.model.sharedModel.toJSON());
        }"""
    )
    readings = json.loads(
        coder.run_code(
            "import json; t = nr.claims(coder_set=True)\n"
            "print(json.dumps([*t.paraphrase, *(r[2] for x in t.alternative_reading for r in "
            "nr.widgets.coder.comparison.alternatives(x))]))"
        )
    )
    assert len(readings) > 20
    assert [each for each in readings if each in told] == []
