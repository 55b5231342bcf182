"""What each of the eleven widgets must do in JupyterLab, told one by one; test_in_lab.py walks them all alike.

In every notebook the widget is `w`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.browser.lab import HOSTILE, Notebook

FILL_BOARD = """
w.add("joint-report-c38", "for"); w.add("joint-report-c02", "for")
w.add("mps-inquiry-c12", "against"); w.add("walk-away-c26", "against")
w._rows["joint-report-c38"].words.value = "The association promises better and cheaper care. It has wanted this for long."
w._rows["joint-report-c02"].words.value = "Six bodies see a chance to improve care."
w._question.value = "Should GPs hold most of the NHS budget?"
w._conclusion.value = "Yes, if the managers stay."
w._answer.value = "Then pay them to stay."
w._strongest.value = "mps-inquiry-c12"
"""


class Contract(NamedTuple):
    """One widget: how it is opened and what shows that it is there, and what the visit does with it.

    `both_ways` acts in the view and asserts in Python, then the other way round; it leaves every control there.
    `two_views` acts in the second of two views of the widget and waits for the first.
    `fill` leaves in the widget what shall stand in the notebook tomorrow, as `words`; words in braces are asked of
    Python. `again` asserts that run tomorrow the work is back.
    """

    code: str
    root: str
    drawn: str
    # Those that take a letter for a choice come last: it may take another control away.
    controls: tuple[str, ...]
    both_ways: Callable[[Notebook], None]
    two_views: Callable[[Notebook], None]
    words: tuple[str, ...]
    fill: Callable[[Notebook], None] = lambda notebook: None
    again: Callable[[Notebook], None] = lambda notebook: None
    most_bytes: int = 25_000


def view(contract: str, number: int) -> str:
    """Return the selector of one of the views of a widget, from the top of the notebook."""
    return f"{contract} >> nth={number} >> css="


# --- reader, contrast, overview, timeline ----------------------------------------------------------------------


def reader_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-reader"
    page.click(f"{root} >> text=Show the coding")
    notebook.wait_for("w.revealed", "True")
    page.click(f"{root} .nhsr-claim[role=button] >> nth=0")
    notebook.wait_for("w.claim.claim_id", "joint-report-c01")
    page.click(f"{root} .nhsr-chips [data-key=enthusiast]")
    notebook.wait_for("w.filters", "{'position': 'enthusiast'}")
    last = "w.page['claims'][-1]"
    speaker = notebook.python(f"{last}['speaker']['id']")
    assert notebook.run_code(f"w.filters = {{'speaker': '{speaker}'}}; w.selected = {last}['id']") == ""
    page.wait_for_selector(f"{root} .nhsr-card")
    assert page.locator(f"{root} select[data-key=speaker]").input_value() == speaker
    page.click(f"{root} >> text=Clear filters")
    notebook.wait_for("w.filters", "{}")


def reader_two_views(notebook: Notebook) -> None:
    notebook.page.click(view(".nhsr-reader", 1) + ".nhsr-claim[role=button] >> nth=2")
    notebook.page.wait_for_selector(view(".nhsr-reader", 0) + ".nhsr-card")
    notebook.wait_for("w.claim.claim_id", "joint-report-c03")


def contrast_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-contrast"
    page.select_option(f"{root} select[data-key=theme]", "politics")
    notebook.wait_for("w.theme", "politics")
    page.click(f"{root} .nhsr-open >> nth=0")
    notebook.wait_for("w.claim is None", "False")
    notebook.run_code("w.theme = 'engagement'; w.selected = w.view['right']['ids'][1]")
    page.wait_for_selector(f"{root} .nhsr-more")
    assert page.locator(f"{root} select[data-key=theme]").input_value() == "engagement"


def contrast_two_views(notebook: Notebook) -> None:
    notebook.page.click(view(".nhsr-contrast", 1) + "button[data-key=swap]")
    notebook.page.wait_for_selector(
        view(".nhsr-contrast", 0) + ".nhsr-column[data-side=enthusiast] + .nhsr-column[data-side=sceptic]"
    )
    notebook.wait_for("w.swapped", "True")


def overview_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-overview"
    page.select_option(f"{root} select[data-key=across]", "speakers")
    notebook.wait_for("w.across", "speakers")
    page.locator(f"{root} .nhsr-cell-button >> nth=0").click()
    notebook.wait_for("w.cell[0]", "principle")
    notebook.run_code("w.cell = ('', ''); w.across = 'sources'; w.cell = ('management-capacity', 'mps-inquiry')")
    page.wait_for_selector(f"{root} .nhsr-cell-open h3 >> text=managers, skills and support")
    assert page.locator(f"{root} select[data-key=across]").input_value() == "sources"


def overview_two_views(notebook: Notebook) -> None:
    notebook.page.click(view(".nhsr-overview", 1) + ".nhsr-cell-button >> nth=0")
    notebook.page.wait_for_selector(view(".nhsr-overview", 0) + ".nhsr-cell-open h3 >> text=Is it right")
    notebook.wait_for("w.cell[0]", "principle")


def timeline_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-timeline"
    page.select_option(f"{root} select[data-key=period]", "all")
    notebook.wait_for("w.period", "all")
    page.locator(f"{root} .nhsr-dot", has=page.locator("title", has_text="27 March 2012")).click()
    notebook.wait_for("w.event.event_id", "royal-assent-2012")
    notebook.run_code("w.until = '2011-11-30'")
    page.wait_for_selector(f"{root} >> text=this line ends on 30 November 2011")
    notebook.run_code("w.period = '2011'; w.kind = 'source'; w.selected = 'walk-away'")
    page.wait_for_selector(f"{root} .nhsr-more")
    assert page.locator(f"{root} .nhsr-event").count() == 2
    for key, value in (("period", "2011"), ("kind", "source")):
        assert page.locator(f"{root} select[data-key={key}]").input_value() == value


def timeline_two_views(notebook: Notebook) -> None:
    notebook.page.select_option(view(".nhsr-timeline", 1) + "select[data-key=kind]", "research")
    notebook.page.wait_for_function(
        "() => document.querySelector('.nhsr-timeline [data-key=kind]').value === 'research'"
    )
    notebook.wait_for("w.kind", "research")


def structure_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-structure"
    page.click(f"{root} button[data-stage=plan]")
    notebook.wait_for("w.stage", "plan")
    page.click(f"{root} .nhsr-box[data-place=buyer]")
    notebook.wait_for("w.part.part_id", "plan-buyer")
    notebook.run_code("w.stage = '2022'; w.selected = '2022-national'")
    page.wait_for_selector(f"{root} button[data-stage='2022'][aria-pressed=true]")
    page.wait_for_selector(f"{root} .nhsr-more")


def structure_two_views(notebook: Notebook) -> None:
    notebook.page.click(view(".nhsr-structure", 1) + "button[data-stage='2013']")
    notebook.page.wait_for_selector(view(".nhsr-structure", 0) + "button[data-stage='2013'][aria-pressed=true]")
    notebook.wait_for("w.stage", "2013")


def outcomes_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-outcomes"
    page.click(f"{root} button[data-id=walk-away-c39]")
    notebook.wait_for("w.row.verdict", "borne out")
    notebook.run_code("w.selected = 'mps-inquiry-c12'")
    page.wait_for_selector(f"{root} button[data-id=mps-inquiry-c12][aria-expanded=true]")
    page.wait_for_selector(f"{root} .nhsr-opened >> text=2,200 people")


def outcomes_two_views(notebook: Notebook) -> None:
    notebook.page.click(view(".nhsr-outcomes", 1) + "button[data-id=walk-away-c48]")
    notebook.page.wait_for_selector(view(".nhsr-outcomes", 0) + "button[data-id=walk-away-c48][aria-expanded=true]")
    notebook.wait_for("w.selected", "walk-away-c48")


# --- coder, board, simulator -------------------------------------------------------------------------


def coder_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-coder"
    notebook.listens(root)
    page.focus(f"{root} .nhsr-choices button >> nth=0")
    page.keyboard.press("4")
    notebook.wait_for("w.codes.position.tolist()", "['enthusiast']")
    page.wait_for_selector(f"{root} .nhsr-choices button:nth-of-type(4)[aria-pressed=true]")
    notebook.run_code("w._go_next(); w._key('6')")
    page.wait_for_selector(f"{root} .nhsr-claim-2 button:nth-of-type(6)[aria-pressed=true]")


def coder_two_views(notebook: Notebook) -> None:
    """A key in one view is seen in both, and sends the focus to no other view."""
    page, root = notebook.page, ".nhsr-coder"
    notebook.listens(f"{root} >> nth=0")
    notebook.listens(f"{root} >> nth=1")
    for used, key, choice in ((1, "4", "+ enthusiast"), (0, "2", "sceptic")):
        page.focus(view(root, used) + ".nhsr-choices button >> nth=0")
        page.keyboard.press(key)
        for each in (0, 1):
            page.wait_for_selector(view(root, each) + f".nhsr-choices button:nth-of-type({key})[aria-pressed=true]")
        in_it = """([view, choice]) => document.activeElement.textContent.includes(choice)
            && document.querySelectorAll(".nhsr-coder")[view].contains(document.activeElement)"""
        page.wait_for_function(in_it, arg=[used, choice])
        notebook.settled()
        assert page.evaluate(in_it, [used, choice])


def fill_coder(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-coder"
    notebook.run_code("for n in range(8):\n    w._go(n); w._key(str(n % 6 + 1))")
    page.wait_for_selector(f"{root} .nhsr-claim-8 button:nth-of-type(2)[aria-pressed=true]")
    page.fill(f"{root} .nhsr-enter input", HOSTILE)
    notebook.wait_for("w._saved.codes[w.items[7]['claim_id']]['reason'].startswith('<img')", "True")
    page.click(f"{root} .nhsr-choices button >> nth=5")
    notebook.wait_for("w.codes.position.iloc[-1]", "none")


def coder_again(notebook: Notebook) -> None:
    """The coding is back, to the words."""
    page, root = notebook.page, ".nhsr-coder"
    page.wait_for_selector(f"{root} .nhsr-claim-9 button")
    page.click(f"{root} .nhsr-back")
    page.wait_for_selector(f"{root} .nhsr-claim-8 button")
    assert page.input_value(f"{root} .nhsr-enter input") == HOSTILE
    assert page.get_attribute(f"{root} .nhsr-choices button:nth-of-type(6)", "aria-pressed") == "true"


def board_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-board"
    page.click(f"{root} .nhsr-card:nth-child(4) .nhsr-add-for")
    page.wait_for_selector(f"{root} .nhsr-side-for .nhsr-item")
    notebook.wait_for("[each['claim'] == w._matches[3].claim_id for each in w.brief['for']]", "[True]")
    notebook.run_code("w._remove(w.brief['for'][0]['claim'])")
    page.wait_for_selector(f"{root} .nhsr-item", state="detached")
    assert notebook.run_code(FILL_BOARD) == ""
    page.wait_for_selector(f"{root} .nhsr-row-walk-away-c26")
    page.wait_for_function(
        "() => document.querySelector('.nhsr-board textarea').value === 'Should GPs hold most of the NHS budget?'"
    )


def board_two_views(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-board"
    page.click(view(root, 1) + ".nhsr-row-walk-away-c26 .nhsr-switch")
    page.wait_for_selector(view(root, 0) + ".nhsr-side-for .nhsr-row-walk-away-c26")
    notebook.run_code("w._switch('walk-away-c26')")
    for each in (0, 1):
        page.wait_for_selector(view(root, each) + ".nhsr-side-against .nhsr-row-walk-away-c26")


def fill_board(notebook: Notebook) -> None:
    # The keys that were pressed in it stand in the question.
    notebook.run_code("w._question.value = 'Should GPs hold most of the NHS budget?'")
    row = ".nhsr-board .nhsr-row-walk-away-c26 textarea"
    notebook.page.wait_for_selector(row)
    notebook.page.fill(row, HOSTILE)
    notebook.wait_for("w.brief['against'][1]['words'].startswith('<img')", "True")


def board_again(notebook: Notebook) -> None:
    """The brief is back, to the words and the strongest claim."""
    page, root = notebook.page, ".nhsr-board"
    page.wait_for_selector(f"{root} .nhsr-row-walk-away-c26")
    assert page.input_value(f"{root} .nhsr-row-walk-away-c26 textarea") == HOSTILE
    assert page.input_value(f"{root} textarea >> nth=0") == "Should GPs hold most of the NHS budget?"
    notebook.wait_for("w.brief['strongest']", "{'claim': 'mps-inquiry-c12', 'answer': 'Then pay them to stay.'}")
    selected = page.locator(f"{root} .nhsr-strongest select option:checked").inner_text()
    assert selected.replace("\xa0", " ").startswith("[3] Richard Vautrey")


def simulator_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-simulator"
    notebook.listens(root)
    page.fill(f"{root} input", "6")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{root} .nhsr-drawing svg")
    notebook.wait_for("w.guess", "6.0")
    page.focus(f"{root} .noUi-handle >> nth=0")
    page.keyboard.press("ArrowRight")
    notebook.wait_for("w.settings['leavers']", "2300")
    notebook.run_code("w.settings = {**w.settings, 'leavers': 5000}")
    page.wait_for_selector(f"{root} .noUi-handle[aria-valuetext='5,000']")
    page.wait_for_function(
        "(said) => document.querySelector('.nhsr-simulator .nhsr-body .nhsr-status').innerText.trim() === said",
        arg=notebook.python("w._scene.sentence(w.result)"),
    )


def simulator_two_views(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-simulator"
    page.focus(view(root, 1) + ".noUi-handle >> nth=0")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(view(root, 0) + ".noUi-handle[aria-valuetext='4,900']")
    notebook.wait_for("w.settings['leavers']", "4900")


def simulator_again(notebook: Notebook) -> None:
    """The guess is not asked for again."""
    assert notebook.page.inner_text(".nhsr-simulator .nhsr-gap").startswith("You guessed 6 months")


# --- prediction, recall -------------------------------------------------------------------------------


def prediction_both_ways(notebook: Notebook) -> None:
    page, entry = notebook.page, ".nhsr-prediction textarea"
    page.fill(entry, "typed here")
    page.keyboard.press("Tab")
    notebook.wait_for("w._entry.value", "typed here")
    notebook.run_code("w._entry.value = 'set there'")
    page.wait_for_function("(entry) => document.querySelector(entry).value === 'set there'", arg=entry)


def prediction_two_views(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-prediction"
    page.fill(view(root, 1) + "textarea", HOSTILE)
    page.click(view(root, 1) + "button")
    for each in (0, 1):
        page.wait_for_selector(view(root, each) + "blockquote")
        assert page.inner_text(view(root, each) + "blockquote") == HOSTILE
    assert notebook.python("w.answer") == HOSTILE


def prediction_again(notebook: Notebook) -> None:
    """The kept answer is shown in place of the question."""
    notebook.page.wait_for_selector(".nhsr-prediction blockquote")
    assert notebook.page.inner_text(".nhsr-prediction blockquote") == HOSTILE
    assert notebook.page.locator(".nhsr-prediction textarea").is_hidden()


def recall_both_ways(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-recall"
    named = page.evaluate(
        """() => [...document.querySelectorAll(".nhsr-recall [role=radiogroup]")]
            .map((group) => document.getElementById(group.getAttribute("aria-labelledby")).textContent)"""
    )
    asked = page.locator(f"{root} .nhsr-question p").all_text_contents()
    assert len(asked) == 3 and named == asked
    page.check(f"{root} input[type=radio] >> nth=0")
    page.click(f"{root} button >> nth=0")
    page.wait_for_selector(f"{root} .nhsr-status >> text=(Notebook 03.)")
    notebook.wait_for("w.score[1]", "1")
    notebook.run_code("[each for each in w.children if hasattr(each, 'options')][1].index = 1")
    second = f"{root} [role=radiogroup] >> nth=1 >> css=input >> nth=1"
    page.wait_for_function("(each) => each.checked", arg=page.locator(second).element_handle())


def recall_two_views(notebook: Notebook) -> None:
    page, root = notebook.page, ".nhsr-recall"
    page.click(view(root, 1) + "button >> nth=1")
    page.wait_for_selector(view(root, 0) + ".nhsr-status >> nth=1 >> text=(Notebook 02.)")
    notebook.wait_for("w.score[1]", "2")


CONTRACTS = {
    "reader": Contract(
        'nr.reader("joint-report")', ".nhsr-reader", ".nhsr-title",
        (".nhsr-bar button", ".nhsr-selects select", ".nhsr-claim[role=button]"),
        reader_both_ways, reader_two_views,
        ("Engaging GPs holds key to coalition health reforms", "Run this cell again to open the reader"),
        most_bytes=35_000,
    ),
    "contrast": Contract(
        'nr.contrast("engagement")', ".nhsr-contrast", ".nhsr-mark[tabindex='0']",
        ("button[data-key=swap]", ".nhsr-mark[tabindex='0']", ".nhsr-open", "summary", ".nhsr-go", "select[data-key=theme]"),
        contrast_both_ways, contrast_two_views,
        ("{w.view['left']['ids'][0]}", "{w.view['right']['ids'][0]}", "Run this cell again to open the contrast"),
    ),
    "overview": Contract(
        "nr.overview()", ".nhsr-overview", ".nhsr-cell-button",
        ("select[data-key=across]", ".nhsr-cell-button[tabindex='0']", ".nhsr-open"),
        overview_both_ways, overview_two_views,
        ("The debate on one page: on the principle", "Run this cell again to open the overview"),
    ),
    "structure": Contract(
        "nr.structure()", ".nhsr-structure", ".nhsr-box",
        (".nhsr-choices button", "button.nhsr-part[tabindex='0']"),
        structure_both_ways, structure_two_views,
        ("GP consortia", "Run this cell again to open the drawing"),
    ),
    "outcomes": Contract(
        "nr.outcomes()", ".nhsr-outcomes", "button.nhsr-token",
        ("button.nhsr-token[tabindex='0']",),
        outcomes_both_ways, outcomes_two_views,
        ("What came of it", "Run this cell again to open the picture"),
    ),
    "timeline": Contract(
        "nr.timeline()", ".nhsr-timeline", ".nhsr-dot",
        ("select[data-key=kind]", ".nhsr-event[tabindex='0']"),
        timeline_both_ways, timeline_two_views,
        ("The Health and Social Care Bill is introduced in Parliament.", "Run this cell again to open the timeline"),
    ),
    "coder": Contract(
        "nr.coder()", ".nhsr-coder", ".nhsr-choices button",
        (".nhsr-choices button", ".nhsr-enter input", ".nhsr-next", ".nhsr-lock", "summary", ".nhsr-afresh"),
        coder_both_ways, coder_two_views, ("8 of 20 claims coded", HOSTILE), fill_coder, coder_again,
    ),
    "board": Contract(
        "nr.board()", ".nhsr-board", ".nhsr-write-md",
        ("textarea", ".nhsr-id", ".nhsr-add-for", ".nhsr-up", ".nhsr-write-md", ".nhsr-search input", ".nhsr-choice select"),
        board_both_ways, board_two_views, ("Should GPs hold most of the NHS budget?", HOSTILE), fill_board, board_again,
    ),
    "simulator": Contract(
        'nr.simulator("staff-exit")', ".nhsr-simulator", ".nhsr-question",
        (".noUi-handle", ".widget-readout", "select", "button.widget-toggle-button"),
        simulator_both_ways, simulator_two_views,
        ("You guessed 6 months", "Payments to leavers", "What this leaves out"), again=simulator_again,
    ),
    "prediction": Contract(
        'nr.predict("01.1")', ".nhsr-prediction", "textarea", ("textarea", "button"),
        prediction_both_ways, prediction_two_views, ("You wrote on", HOSTILE), again=prediction_again,
    ),
    "recall": Contract(
        "nr.recall(4)", ".nhsr-recall", "[role=radiogroup] >> nth=2", ("input[type=radio]", "button"),
        recall_both_ways, recall_two_views,
        ("{w.questions[0]['question']}", "{w.questions[2]['options'][0]}", "Run this cell to answer them."),
    ),
}  # fmt: skip
