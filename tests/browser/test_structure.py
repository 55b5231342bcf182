"""Who commissions, in a plain page: drawn, changed from one date to the next, and walked by keyboard."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.widgets.structure.structure import STAGES
from tests.browser.host import DRAWN_TO_WIDTH

ROOT = ".nhsr-structure"
ROW = f"{ROOT} button.nhsr-part"
BOX = f"{ROOT} .nhsr-box"
ARROW = f"{ROOT} .nhsr-arrow"


@pytest.fixture
def drawing(hosted):
    """The drawing on its first date."""
    return hosted(nr.structure())


def test_every_date_draws_what_python_has_with_what_is_new_and_what_is_gone(drawing):
    page = drawing.page
    for stage in drawing.python.stages:
        page.click(f"{ROOT} button[data-stage='{stage['id']}']")
        assert drawing.python.stage == stage["id"]
        assert page.locator(ROW).count() == len(drawing.python.parts)
        drawn = page.locator(f"{BOX}:not([data-change=gone]) span").all_text_contents()
        drawn = [name.replace("\u00ad", "") for name in drawn]
        assert sorted(drawn) == sorted(part["name"] for part in stage["parts"] if part["shows"] == "box")
        for where, shows in ((BOX, True), (ARROW, False)):
            for change in ("new", "gone"):
                parts = stage["gone"] if change == "gone" else stage["parts"]
                told = [part for part in parts if part["change"] == change and (part["shows"] == "box") is shows]
                assert page.locator(f"{where}[data-change={change}]").count() == len(told), (stage["id"], change)
        words = page.inner_text(f"{ROOT} .nhsr-parts")
        assert all(part["words"] in words for part in stage["parts"])
        assert all(part["title"] in words for part in stage["gone"])


def test_a_box_and_an_arrow_open_their_line(drawing):
    page = drawing.page
    page.click(f"{BOX}[data-place=buyer]")
    assert drawing.python.part.part_id == "2010-buyer"
    page.locator(f"{ARROW}[data-key=buys-buyer-hospitals] .nhsr-point").click()
    assert drawing.python.part.part_id == "2010-buys-buyer-hospitals"
    assert page.locator(f"{ARROW}.nhsr-chosen").count() == 1
    assert drawing.python.part.citation in page.inner_text(f"{ROOT} .nhsr-more")
    drawing.tell(stage="plan")
    assert drawing.python.selected is None
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0


def test_boxes_never_cover_each_other_and_hold_their_names(drawing):
    for width in (390, 620, 1400):
        drawing.look(width=width)
        drawing.page.wait_for_function(DRAWN_TO_WIDTH)
        for stage in STAGES:
            drawing.tell(stage=stage)
            places = [each.bounding_box() for each in drawing.page.locator(BOX).all()]
            for number, one in enumerate(places):
                for two in places[number + 1 :]:
                    assert (
                        one["x"] + one["width"] <= two["x"] or two["x"] + two["width"] <= one["x"]
                        or one["y"] + one["height"] <= two["y"] or two["y"] + two["height"] <= one["y"]
                    )  # fmt: skip
            spilt = drawing.page.locator(BOX).evaluate_all(
                "(all) => all.filter((box) => box.scrollHeight > box.clientHeight + 1"
                " || box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent)"
            )
            assert spilt == [], (width, stage)
