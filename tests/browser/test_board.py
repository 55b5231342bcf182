"""The board in JupyterLab: built by keyboard, written to files; what it shares with all widgets is in test_in_lab.py."""

from __future__ import annotations

import json

import pytest

from tests.browser.contracts import FILL_BOARD

NOTEBOOK = "scratch/boards.ipynb"
PANEL = ".nhsr-board"


@pytest.fixture
def board(lab, draw_cells):
    """A notebook with an empty board drawn."""
    for file in (lab.folder / "scratch").glob("my-brief*"):
        file.unlink()
    notebook = draw_cells(NOTEBOOK, "import nhsreform as nr", "b = w = nr.board()\nb")
    notebook.page.wait_for_selector(f"{PANEL} .nhsr-card .nhsr-add-for")
    notebook.listens(PANEL)
    return notebook


def wait_for_focus(notebook, selector):
    notebook.page.wait_for_function(
        "(selector) => document.activeElement.matches(selector)", arg=f"{PANEL} {selector}", timeout=10_000
    )


def row(claim_id):
    return f"{PANEL} .nhsr-row-{claim_id}"


def test_axe_and_looks(board):
    page = board.page
    page.fill(f"{PANEL} .nhsr-search input", "managers")
    page.wait_for_selector(f"{PANEL} >> text=/^\\d+ of \\d+ claims found/")
    board.wait_for("len(b._matches) < 100", "True")
    page.wait_for_selector(f"{PANEL} .nhsr-card-{board.python('b._matches[0].claim_id')}:first-child")
    board.looks(PANEL, "board-empty")
    assert board.run_code(FILL_BOARD) == ""
    page.wait_for_selector(row("walk-away-c26"))
    board.looks(PANEL, "board")


def test_the_claim_added_is_the_one_that_was_seen(board):
    """The kernel may be at the next search while the learner still sees the last one's cards."""
    page = board.page
    slow = "import time; search = b._search; b._search = lambda: (time.sleep(2), search())"
    assert board.run_code(slow) == ""
    seen = page.text_content(f"{PANEL} .nhsr-card:nth-child(2) .nhsr-id")
    page.fill(f"{PANEL} .nhsr-search input", "walk-away")
    page.click(f"{PANEL} .nhsr-card:nth-child(2) .nhsr-add-for")
    board.wait_for("[e['claim'] for e in b.brief['for']]", str([seen]))
    page.wait_for_selector(f"{PANEL} .nhsr-card-walk-away-c01")


def test_pages_of_claims_by_keyboard(board):
    page = board.page
    assert page.locator(f"{PANEL} .nhsr-card").count() == 8
    page.focus(f"{PANEL} .nhsr-after")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-status >> text=Shown: 9 to 16.")
    wait_for_focus(board, ".nhsr-after")
    page.keyboard.press("Shift+Tab")
    wait_for_focus(board, ".nhsr-before")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-status >> text=Shown: 1 to 8.")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-status >> text=These are the first.")


def test_an_id_is_copied_or_selected_and_that_is_said(board):
    page, one = board.page, f"{PANEL} .nhsr-card:nth-child(1)"
    page.evaluate(
        "() => { window.copied = []; navigator.clipboard.writeText = async (text) => { copied.push(text); }; }"
    )
    page.focus(f"{one} .nhsr-id")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{one} .nhsr-copied[role=status] >> text=copied")
    assert page.evaluate("() => copied") == [page.text_content(f"{one} .nhsr-id")]
    page.evaluate(
        "() => { navigator.clipboard.writeText = async () => { throw new Error('no'); }; getSelection().empty(); }"
    )
    page.click(f"{PANEL} .nhsr-card:nth-child(2) .nhsr-id")
    page.wait_for_selector(f"{PANEL} .nhsr-card:nth-child(2) .nhsr-copied >> text=selected")
    assert page.evaluate("() => String(getSelection()).trim()") == page.text_content(
        f"{PANEL} .nhsr-card:nth-child(2) .nhsr-id"
    )


def test_the_whole_keyboard_path(board):
    page, cells = board.page, board.cells()

    # The question; Tab; search; Tab through the filters to the cards: each its id, and a button for each side.
    page.focus(f"{PANEL} textarea >> nth=0")
    page.keyboard.type("Should b they?")
    page.keyboard.press("Tab")
    page.keyboard.type("joint-report-c0")
    board.wait_for("len(b._matches) < 12", "True")
    page.wait_for_selector(f"{PANEL} .nhsr-card-joint-report-c02")
    for _ in range(6):
        page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-card-joint-report-c01 .nhsr-id")
    for _ in range(4):
        page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-card-joint-report-c02 .nhsr-add-for")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-side-for .nhsr-item")
    wait_for_focus(board, ".nhsr-card-joint-report-c02 .nhsr-add-for")
    page.wait_for_selector(f"{PANEL} .nhsr-card-joint-report-c02 >> text=On your board, under")
    page.focus(f"{PANEL} .nhsr-card-joint-report-c03 .nhsr-add-for")
    page.keyboard.press("Space")
    board.wait_for("[e['claim'] for e in b.brief['for']]", "['joint-report-c02', 'joint-report-c03']")

    # On to the columns: own words, then up, down, across and off; the focus goes with the claim.
    page.focus(f"{row('joint-report-c02')} textarea")
    page.keyboard.type("mine b a d d")
    page.focus(f"{row('joint-report-c03')} .nhsr-up")
    page.keyboard.press("Enter")
    board.wait_for("[e['claim'] for e in b.brief['for']]", "['joint-report-c03', 'joint-report-c02']")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-up")
    board.press("Tab", "Enter")
    board.wait_for("[e['claim'] for e in b.brief['for']]", "['joint-report-c02', 'joint-report-c03']")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-down")
    board.press("Tab", "Enter")
    page.wait_for_selector(f"{PANEL} .nhsr-side-against .nhsr-row-joint-report-c03")
    wait_for_focus(board, ".nhsr-row-joint-report-c03 .nhsr-switch")
    board.press("Tab", "Enter")
    page.wait_for_selector(row("joint-report-c03"), state="detached")
    wait_for_focus(board, ".nhsr-search input")
    assert board.run_code("print(b.brief['for'])") == "[{'claim': 'joint-report-c02', 'words': 'mine b a d d'}]"

    # The end: strongest claim, answer, conclusion, files.
    page.focus(f"{PANEL} .nhsr-strongest select")
    page.keyboard.press("ArrowDown")
    board.wait_for("b.brief['strongest']['claim']", "joint-report-c02")
    page.keyboard.press("Tab")
    page.keyboard.type("So what.")
    page.keyboard.press("Tab")
    page.keyboard.type("Yes.\nNo.")
    page.keyboard.press("Tab")
    wait_for_focus(board, ".nhsr-write-md")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{PANEL} >> text=my-brief.md")
    board.press("Tab", "Enter")
    page.wait_for_selector(f"{PANEL} >> text=my-brief.docx")
    # Next to the notebook.
    assert sorted(file.name for file in (board.file.parent).glob("my-brief*")) == ["my-brief.docx", "my-brief.md"]
    assert board.run_code("print(b.brief['question'], b.brief['strongest'], b.brief['conclusion'])") == (
        "Should b they? {'claim': 'joint-report-c02', 'answer': 'So what.'} Yes.\nNo."
    )
    assert board.cells() == cells
    assert page.locator(".jp-MarkdownCell").count() == 0


def test_a_key_inserts_no_cell_while_claims_move(board):
    """The pressed button is taken away by each move; what is pressed meanwhile must not reach the notebook."""
    assert board.run_code(FILL_BOARD) == ""
    board.page.wait_for_selector(row("walk-away-c26"))
    cells = board.cells()
    board.page.focus(f"{row('joint-report-c02')} .nhsr-switch")
    for side in ("against", "for") * 3:
        board.press("Enter", "b", "a")
        board.page.wait_for_selector(f"{PANEL} .nhsr-side-{side} .nhsr-row-joint-report-c02 .nhsr-switch:focus")
    board.settled()
    assert board.cells() == cells


def test_typing_is_kept_while_it_is_typed(board):
    """No click, no blur: the kernel stops, and what was typed is there."""
    page = board.page
    page.focus(f"{PANEL} textarea >> nth=0")
    page.keyboard.type("Should general practitioners hold the budget, and if so on what condition?", delay=10)
    board.wait_for("b.brief['question'][-10:]", "condition?")
    kept = json.loads(board.lab.work())
    assert kept["sections"]["boards"]["my-brief"]["question"].endswith("on what condition?")
    assert list(kept["sections"]["boards"]) == ["my-brief"]
