"""Predictions, scored, in a plain page: every mark in its cell, opened and walked by keyboard."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.widgets.outcomes.outcomes import SIDES, VERDICTS

ROOT = ".nhsr-outcomes"
MARK = f"{ROOT} button.nhsr-token"


@pytest.fixture
def picture(hosted):
    """The picture with nothing open."""
    return hosted(nr.outcomes())


def focused(picture):
    return picture.page.evaluate("() => document.activeElement.dataset.id")


def test_each_cell_holds_the_claims_of_its_side_and_verdict(picture):
    page, counts = picture.page, picture.python.counts()
    for row, verdict in enumerate(VERDICTS):
        for column, side in enumerate(SIDES):
            cell = page.locator(f"{ROOT} tbody tr").nth(row).locator("td").nth(column)
            ids = [
                claim["id"] for claim in picture.python.scored if (claim["side"], claim["verdict"]) == (side, verdict)
            ]
            assert cell.locator("button").evaluate_all("(all) => all.map((each) => each.dataset.id)") == ids
            assert cell.inner_text().split()[0] == str(counts[side][verdict])


def test_the_whole_keyboard_path(picture):
    page = picture.page
    page.keyboard.press("Tab")
    first = focused(picture)
    assert first == page.locator(MARK).first.get_attribute("data-id")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    second = focused(picture)
    assert picture.python.selected == second != first
    claim = next(each for each in picture.python.scored if each["id"] == second)
    for words in (claim["words"], claim["evidence"], claim["limits"], claim["citation"]):
        assert words in page.locator(f"{ROOT} .nhsr-opened").inner_text()
    # An open claim walks along: down to the same side under the next verdict.
    page.keyboard.press("ArrowDown")
    below = next(each for each in picture.python.scored if each["id"] == focused(picture))
    assert (below["side"], below["verdict"]) == (
        claim["side"],
        list(VERDICTS)[list(VERDICTS).index(claim["verdict"]) + 1],
    )
    assert picture.python.selected == below["id"]
    page.keyboard.press("End")
    assert focused(picture) == page.locator(MARK).last.get_attribute("data-id")
    page.keyboard.press("ArrowDown")
    assert focused(picture) == page.locator(MARK).last.get_attribute("data-id")
    page.keyboard.press("Escape")
    assert picture.python.selected is None and page.locator(f"{ROOT} article").count() == 0
    assert page.locator(f"{MARK}[tabindex='0']").count() == 1


def test_python_opens_a_claim_in_its_sentence(picture):
    picture.tell(selected="mps-inquiry-c06")
    assert picture.page.locator(f"{ROOT} article mark").inner_text().startswith("might have to be re-employed")
    assert "The worry was that" in picture.page.locator(f"{ROOT} article blockquote").inner_text()
