"""The board in JupyterLab: built by keyboard, kept through a restart, written to files."""

from __future__ import annotations

import json
import time

import docx
import pytest

NOTEBOOK = "scratch/board.ipynb"
PANEL = ".nhsr-board"
HOSTILE = "<img src=x onerror=\"document.title='caught'\"> & \U0001f609"


@pytest.fixture
def board(lab, open_notebook):
    """A notebook with an empty board drawn."""
    for file in (lab.folder.parent / "nhsreform_work").glob("*.json"):
        file.unlink()
    for file in (lab.folder / "scratch").glob("my-brief*"):
        file.unlink()
    lab.write(NOTEBOOK, "import nhsreform as nr", "b = nr.board()\nb")
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-list select")
    assert notebook.errors() == []
    return notebook


def wait_for(notebook, expression, value):
    until = time.monotonic() + 10
    while (found := notebook.run_code(f"print({expression})")) != value:
        assert time.monotonic() < until, f"{expression} is {found}, not {value}"


def wait_for_focus(notebook, selector):
    notebook.page.wait_for_function(
        "(selector) => document.activeElement.matches(selector)", arg=f"{PANEL} {selector}", timeout=10_000
    )


def row(claim_id):
    return f"{PANEL} .nhsr-row-{claim_id}"


FILL = """
b.add("joint-report-c38", "for"); b.add("joint-report-c02", "for")
b.add("mps-inquiry-c12", "against"); b.add("walk-away-c26", "against")
b._rows["joint-report-c38"].words.value = "The association promises better and cheaper care. It has wanted this for long."
b._rows["joint-report-c02"].words.value = "Six bodies see a chance to improve care."
b._question.value = "Should GPs hold most of the NHS budget?"
b._conclusion.value = "Yes, if the managers stay."
b._answer.value = "Then pay them to stay."
b._strongest.value = "mps-inquiry-c12"
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [620, 1400])
def test_axe_and_looks(board, theme, width):
    page = board.page
    board.look(theme, width)
    page.fill(f"{PANEL} .nhsr-search input", "managers")
    page.wait_for_selector(f"{PANEL} >> text=/^\\d+ of \\d+ claims found/")
    page.wait_for_timeout(300)
    page.select_option(f"{PANEL} .nhsr-list select", index=3)
    page.wait_for_selector(f"{PANEL} blockquote")
    board.screenshot(f"board-empty-{theme}-{width}")
    assert board.axe(PANEL) == []
    assert board.run_code(FILL) == ""
    page.wait_for_selector(row("walk-away-c26"))
    board.screenshot(f"board-{theme}-{width}")
    assert board.axe(PANEL) == []
    assert page.evaluate(
        "() => { const p = document.querySelector('.nhsr-board'); return p.scrollWidth <= p.clientWidth + 1; }"
    )


def test_the_whole_keyboard_path(board):
    page, cells = board.page, board.cells()

    # The question; Tab; search; Tab through the filters to the list; arrows choose; Tab to the buttons.
    page.focus(f"{PANEL} textarea >> nth=0")
    page.keyboard.type("Should b they?")
    page.keyboard.press("Tab")
    page.keyboard.type("joint-report-c0")
    wait_for(board, "len(b._list.options) < 12", "True")
    for _ in range(4):
        page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-list select")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    wait_for(board, "b._list.index", "1")
    page.wait_for_selector(f"{PANEL} blockquote")
    page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-add-for")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-side-for .nhsr-item")
    wait_for_focus(board, ".nhsr-add-for")
    page.focus(f"{PANEL} .nhsr-list select")
    page.keyboard.press("ArrowDown")
    wait_for(board, "b._list.index", "2")
    page.focus(f"{PANEL} .nhsr-add-for")
    page.keyboard.press("Space")
    wait_for(board, "[e['claim'] for e in b.brief['for']]", "['joint-report-c02', 'joint-report-c03']")

    # On to the columns: own words, then up, down, across and off; the focus goes with the claim.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-row-joint-report-c02 textarea")
    page.keyboard.type("mine b a d d")
    page.focus(f"{row('joint-report-c03')} .nhsr-up")
    page.keyboard.press("Enter")
    wait_for(board, "[e['claim'] for e in b.brief['for']]", "['joint-report-c03', 'joint-report-c02']")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-up")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for(board, "[e['claim'] for e in b.brief['for']]", "['joint-report-c02', 'joint-report-c03']")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-down")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-side-against .nhsr-row-joint-report-c03")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-switch")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(row("joint-report-c03"), state="detached")
    wait_for_focus(board, ".nhsr-search input")
    assert board.run_code("print(b.brief['for'])") == "[{'claim': 'joint-report-c02', 'words': 'mine b a d d'}]"

    # The end: strongest claim, answer, conclusion, files.
    page.focus(f"{PANEL} .nhsr-strongest select")
    page.keyboard.press("ArrowDown")
    wait_for(board, "b.brief['strongest']['claim']", "joint-report-c02")
    page.keyboard.press("Tab")
    page.keyboard.type("So what.")
    page.keyboard.press("Tab")
    page.keyboard.type("Yes.\nNo.")
    page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-write-md")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> text=my-brief.md")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> text=my-brief.docx")
    assert board.run_code("print(b.brief['question'], b.brief['strongest'], b.brief['conclusion'])") == (
        "Should b they? {'claim': 'joint-report-c02', 'answer': 'So what.'} Yes.\nNo."
    )
    assert board.cells() == cells
    assert page.locator(".jp-MarkdownCell").count() == 0


def test_the_files_stand_next_to_the_notebook(board, lab):
    assert board.run_code(FILL) == ""
    board.page.click(f"{PANEL} .nhsr-write-docx")
    board.page.wait_for_selector(f"{PANEL} >> text=my-brief.docx")
    board.page.click(f"{PANEL} .nhsr-write-docx")
    board.page.wait_for_selector(f"{PANEL} >> text=my-brief-2.docx")
    document = docx.Document(str(lab.folder / "scratch" / "my-brief-2.docx"))
    assert document.paragraphs[0].text == "Should GPs hold most of the NHS budget?"
    assert any(paragraph.text.startswith("[4] ") for paragraph in document.paragraphs)


@pytest.mark.parametrize(
    "where",
    [
        "textarea",
        ".nhsr-search input",
        ".nhsr-choice select",
        ".nhsr-list select",
        ".nhsr-add-for",
        ".nhsr-up",
        ".nhsr-write-md",
    ],
)
def test_keys_stay_inside(board, where):
    assert board.run_code(FILL) == ""
    board.page.wait_for_selector(row("walk-away-c26"))
    cells = board.cells()
    board.page.locator(f"{PANEL} {where}").first.focus()
    # Counted after each key: together, what they insert and what they delete would cancel out.
    for key in ("b", "a", "m", "x", "d", "d"):
        board.page.keyboard.press(key)
        board.page.wait_for_timeout(100)
        assert board.cells() == cells, key
        assert board.page.locator(".jp-MarkdownCell").count() == 0, key


def test_a_key_inserts_no_cell_while_claims_move(board):
    """The pressed button is taken away by each move; what is pressed meanwhile must not reach the notebook."""
    assert board.run_code(FILL) == ""
    board.page.wait_for_selector(row("walk-away-c26"))
    cells = board.cells()
    board.page.focus(f"{row('joint-report-c02')} .nhsr-switch")
    for _ in range(6):
        board.page.keyboard.press("Enter")
        board.page.keyboard.press("b")
        board.page.keyboard.press("a")
    board.page.wait_for_timeout(500)
    assert board.cells() == cells


def test_nothing_chosen_is_said_aloud(board):
    board.page.click(f"{PANEL} .nhsr-add-against")
    line = board.page.locator(f"{PANEL} .nhsr-status", has_text="Choose a claim in the list first")
    line.wait_for()
    assert line.get_attribute("role") == "status"


def test_every_control_has_a_name(board):
    """Named as a screen reader names them; buttons of a row also say which claim they move."""
    assert board.run_code(FILL) == ""
    board.page.wait_for_selector(row("walk-away-c26"))
    page = board.page.locator(PANEL)
    for role, name in (
        ("textbox", "The question your brief answers"), ("textbox", "Words, or a claim\u2019s id"), ("combobox", "Theme"),
        ("combobox", "Source"), ("combobox", "Speaker"), ("listbox", "Claims found"), ("textbox", "Your answer to it"),
        ("textbox", "Your conclusion"), ("combobox", "The claim on your board that hurts your conclusion most"),
    ):  # fmt: skip
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    assert page.get_by_role("textbox", name="In my own words").count() == 4
    assert board.page.get_attribute(f"{row('walk-away-c26')} .nhsr-up", "title") == "Move claim 4 up"


def test_day_two(board, lab, open_notebook):
    """Build, save, restart everything, reopen: the brief stands there; run again: the board is back."""
    page = board.page
    assert board.run_code(FILL) == ""
    page.wait_for_selector(row("walk-away-c26"))
    page.fill(f"{row('walk-away-c26')} textarea", HOSTILE)
    wait_for(board, "b.brief['against'][1]['words'].startswith('<img')", "True")
    board.run_all()
    page.wait_for_selector(row("walk-away-c26"))
    assert page.input_value(f"{row('walk-away-c26')} textarea") == HOSTILE
    saved = board.save()
    outputs = saved["cells"][1]["outputs"]
    assert [sorted(output["data"]) for output in outputs] == [["text/html", "text/plain"]]
    assert "&lt;img src=x" in "".join(outputs[0]["data"]["text/html"])
    assert "widgets" not in saved["metadata"]
    page.context.close()
    lab.stop()
    lab.start()
    again = open_notebook(NOTEBOOK)
    shown = again.page.locator(".jp-OutputArea-output").last
    shown.wait_for()
    words = shown.inner_text()
    assert "model not found" not in words
    assert "Should GPs hold most of the NHS budget?" in words
    assert HOSTILE in words
    again.look()
    again.screenshot("board-day-two")
    again.run_all()
    again.page.wait_for_selector(row("walk-away-c26"))
    assert again.page.input_value(f"{row('walk-away-c26')} textarea") == HOSTILE
    assert again.page.input_value(f"{PANEL} textarea >> nth=0") == "Should GPs hold most of the NHS budget?"
    wait_for(again, "b.brief['strongest']", "{'claim': 'mps-inquiry-c12', 'answer': 'Then pay them to stay.'}")
    selected = again.page.locator(f"{PANEL} .nhsr-strongest select option:checked").inner_text()
    assert selected.replace("\xa0", " ").startswith("[3] Richard Vautrey")
    assert again.page.title() != "caught"


def test_typing_is_kept_while_it_is_typed(board):
    """No click, no blur: the kernel stops, and what was typed is there."""
    page = board.page
    page.focus(f"{PANEL} textarea >> nth=0")
    page.keyboard.type("Should general practitioners hold the budget, and if so on what condition?", delay=10)
    wait_for(board, "b.brief['question'][-10:]", "condition?")
    kept = json.loads((board.lab.folder.parent / "nhsreform_work" / "my-work.json").read_text(encoding="utf-8"))
    assert kept["sections"]["boards"]["my-brief"]["question"].endswith("on what condition?")
    assert list(kept["sections"]["boards"]) == ["my-brief"]


def test_bytes_and_paint(board, record_property):
    """What the board adds to a saved notebook, how long it takes to be drawn, and how fast it answers."""
    assert board.run_code(FILL) == ""
    board.run_all()
    board.page.wait_for_selector(row("walk-away-c26"))
    output = board.save()["cells"][1]["outputs"][0]
    size = len(json.dumps(output))
    record_property("bytes", size)
    assert size < 25_000
    times = []
    for _ in range(5):
        times.append(board.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = 1;
                panel.content.widgets[1].model.clearExecution();
                const begun = performance.now();
                window.jupyterapp.commands.execute("notebook:run-cell");
                while (!document.querySelector(".nhsr-board .nhsr-write-docx")) await new Promise(requestAnimationFrame);
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                return performance.now() - begun;
            }"""
        ))  # fmt: skip
        board.page.wait_for_timeout(300)
    board.page.wait_for_selector(row("walk-away-c26"))
    answers = board.page.evaluate(
        """async () => {
            const times = [];
            for (let n = 0; n < 20; n++) {
                const side = n % 2 ? "for" : "against";
                const button = () => document.querySelector(".nhsr-row-joint-report-c02 .nhsr-switch");
                while (!button()) await new Promise(requestAnimationFrame);
                const begun = performance.now();
                button().click();
                while (!document.querySelector(`.nhsr-side-${side} .nhsr-row-joint-report-c02 textarea`))
                    await new Promise(requestAnimationFrame);
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                times.push(performance.now() - begun);
                await new Promise((done) => setTimeout(done, 100));
            }
            return times;
        }"""
    )
    paint, answer = sorted(times)[2], sorted(answers)[len(answers) // 2]
    record_property("cell to paint, ms", paint)
    record_property("moving a claim, ms", answer)
    print(f"board: {size} bytes, cell to paint {paint:.0f} ms (of {times}), moving a claim {answer:.0f} ms")
    # A bound against disasters only: tests share their machine.
    assert paint < 5000
