"""The timeline in a plain page: dots and list drawn as Python has them, and walked by keyboard."""

from __future__ import annotations

import pytest

import nhsreform as nr
from tests.browser.host import DRAWN_TO_WIDTH

ROOT = ".nhsr-timeline"
ROW = f"{ROOT} .nhsr-event"
DOT = f"{ROOT} .nhsr-dot"


# The line is as wide as its place.
@pytest.fixture
def timeline(hosted):
    """The timeline drawn."""
    return hosted(nr.timeline())


def test_list_and_dots_show_what_python_has_in_view(timeline):
    """`inView` in timeline.js is `events` in timeline.py: for every stretch of years and every kind of act."""
    page, line = timeline.page, timeline.python.line
    for period in line["periods"]:
        page.select_option(f"{ROOT} select[data-key=period]", period["id"])
        assert timeline.python.period == period["id"]
        for kind in ["", *(each["id"] for each in line["kinds"])]:
            page.select_option(f"{ROOT} select[data-key=kind]", kind)
            assert timeline.python.kind == kind
            events = timeline.python.events.event.tolist()
            assert page.locator(DOT).count() == page.locator(ROW).count() == len(events)
            for row, event in zip(page.locator(ROW).all_inner_texts(), events, strict=True):
                assert event in row
            wide = page.locator(f"{ROOT} svg").bounding_box()["width"]
            boxes = page.locator(DOT).evaluate_all(
                "(all) => all.map((each) => [+each.getAttribute('x'), +each.getAttribute('width')])"
            )
            assert all(x >= 0 and x + width <= wide for x, width in boxes)


def test_dots_never_cover_each_other(timeline):
    for width in (620, 1400):
        timeline.look(width=width)
        # The line is drawn anew once the page has told it of its width.
        timeline.page.wait_for_function(DRAWN_TO_WIDTH)
        boxes = timeline.page.locator(DOT).evaluate_all(
            "(all) => all.map((each) => ['x', 'y', 'width', 'height'].map((name) => +each.getAttribute(name)))"
        )
        for number, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, h2 in boxes[number + 1 :]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_an_uncertain_date_is_a_bar(timeline):
    page = timeline.page
    bracket = page.locator(
        f"{DOT}.nhsr-between", has=page.locator("title", has_text="mid-September to the end of October")
    )
    day = page.locator(DOT, has=page.locator("title", has_text="12 July 2010"))
    assert float(bracket.get_attribute("width")) > 2 * float(day.get_attribute("width"))
    assert "nhsr-between" not in day.get_attribute("class")


def test_a_dot_opens_its_event(timeline):
    page = timeline.page
    page.locator(DOT, has=page.locator("title", has_text="27 March 2012")).click()
    assert timeline.python.event.event_id == "royal-assent-2012"
    words = page.inner_text(f"{ROOT} .nhsr-more")
    assert timeline.python.event.citation in words and "V: seen at the address given" in words
    box, row = (
        page.locator(f"{ROOT} {each}").bounding_box() for each in (".nhsr-events", ".nhsr-event[aria-expanded=true]")
    )
    assert box["y"] <= row["y"] and row["y"] + row["height"] <= box["y"] + box["height"]
    # A kind that leaves the event out closes it.
    page.select_option(f"{ROOT} select[data-key=kind]", "research")
    assert timeline.python.selected is None
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0


@pytest.mark.parametrize("width", [390, 620, 1400])
def test_the_turning_points_are_named_on_the_drawing_and_apart(timeline, width):
    timeline.look("light", width)
    timeline.page.wait_for_function(DRAWN_TO_WIDTH)
    names = timeline.page.locator(f"{ROOT} .nhsr-turning")
    assert names.all_text_contents() == ["White Paper", "Bill", "Pause", "Royal Assent", "First day"]
    boxes = [name.bounding_box() for name in names.all()]
    frame = timeline.page.locator(f"{ROOT} svg").bounding_box()
    for number, box in enumerate(boxes):
        assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
        for other in boxes[:number]:
            apart = box["x"] >= other["x"] + other["width"] or other["x"] >= box["x"] + box["width"]
            assert apart or abs(box["y"] - other["y"]) >= 12
    names.nth(2).click()
    assert timeline.python.selected == "pause-announced"
