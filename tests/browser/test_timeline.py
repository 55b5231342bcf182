"""The timeline in JupyterLab: dots and list drawn, walked by keyboard, saved, reopened."""

from __future__ import annotations

import json
import time

import pytest

NOTEBOOK = "scratch/timeline.ipynb"
ROOT = ".nhsr-timeline"
ROW = f"{ROOT} .nhsr-event"
DOT = f"{ROOT} .nhsr-dot"
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<img src=x onerror=\"document.title='caught'\"> & words"


@pytest.fixture
def timeline(lab, open_notebook):
    """A notebook with the timeline drawn."""
    lab.write(NOTEBOOK, "import nhsreform as nr", "t = nr.timeline()\nt")
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.wait_for_selector(DOT)
    assert notebook.errors() == []
    return notebook


def python(notebook, expression):
    return notebook.run_code(f"print({expression})")


def wait_for(notebook, expression, value):
    until = time.monotonic() + 10
    while python(notebook, expression) != value:
        assert time.monotonic() < until, f"{expression} is {python(notebook, expression)}, not {value}"


def focused(notebook):
    return notebook.page.evaluate("() => document.activeElement.textContent")


def in_view(notebook):
    return json.loads(notebook.run_code("import json; print(json.dumps(t.events.event.tolist()))"))


def test_list_and_dots_show_what_the_table_holds(timeline):
    page = timeline.page
    for period in json.loads(
        timeline.run_code("import json; print(json.dumps([each['id'] for each in t.line['periods']]))")
    ):
        page.select_option(f"{ROOT} select[data-key=period]", period)
        wait_for(timeline, "t.period", period)
        events = in_view(timeline)
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


def test_the_whole_keyboard_path(timeline):
    page, cells = timeline.page, timeline.cells()
    page.focus(f"{ROOT} select[data-key=period]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    rows = page.locator(ROW).all_inner_texts()
    assert focused(timeline) == page.locator(ROW).first.text_content()
    for key, place in (("ArrowDown", 1), ("j", 2), ("ArrowRight", 3), ("ArrowUp", 2), ("k", 1), ("ArrowLeft", 0),
                       ("ArrowUp", 0), ("End", len(rows) - 1), ("ArrowDown", len(rows) - 1), ("Home", 0)):  # fmt: skip
        page.keyboard.press(key)
        assert focused(timeline) == page.locator(f"{ROW} >> nth={place}").text_content(), key
        assert page.locator(f"{DOT}.nhsr-pointed").count() == 1
    # Enter opens; an open event walks along; Escape closes and stays.
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{ROOT} .nhsr-more")
    wait_for(timeline, "t.event.event_id", python(timeline, "t.events.event_id[0]"))
    page.keyboard.press("ArrowDown")
    wait_for(timeline, "t.event.event_id", python(timeline, "t.events.event_id[1]"))
    assert page.locator(f"{ROOT} .nhsr-more").count() == 1
    words = page.inner_text(f"{ROOT} .nhsr-more")
    assert python(timeline, "t.event.citation") in words
    assert "the main point was seen" in words or "seen at the address" in words or "arithmetic" in words
    # Tab leads to the address and on, out of the list.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.tagName") == "A"
    page.keyboard.press("Escape")
    wait_for(timeline, "t.event", "None")
    assert focused(timeline) == page.locator(f"{ROW} >> nth=1").text_content()
    page.keyboard.press("Tab")
    assert page.evaluate("(root) => document.activeElement.closest(root) === null", ROOT)
    assert timeline.cells() == cells


@pytest.mark.parametrize("where", ["select[data-key=kind]", ".nhsr-event[tabindex='0']"])
def test_keys_stay_inside(timeline, where):
    cells = timeline.cells()
    timeline.page.focus(f"{ROOT} {where}")
    # One key at a time: "b" and "x" together would leave as many cells as there were.
    for key in ("b", "a", "x", "m"):
        timeline.page.keyboard.press(key)
        timeline.page.wait_for_timeout(200)
        assert timeline.cells() == cells, key
        assert timeline.page.locator(".jp-MarkdownCell").count() == 0


def test_a_dot_opens_its_event(timeline):
    page = timeline.page
    page.locator(DOT, has=page.locator("title", has_text="27 March 2012")).click()
    wait_for(timeline, "t.event.event_id", "royal-assent-2012")
    assert page.locator(f"{ROOT} .nhsr-more").is_visible()
    box, row = (
        page.locator(f"{ROOT} {each}").bounding_box() for each in (".nhsr-events", ".nhsr-event[aria-expanded=true]")
    )
    assert box["y"] <= row["y"] and row["y"] + row["height"] <= box["y"] + box["height"]
    # A kind that leaves the event out closes it.
    page.select_option(f"{ROOT} select[data-key=kind]", "research")
    wait_for(timeline, "t.selected", "None")
    assert page.locator(f"{ROOT} .nhsr-more").count() == 0


def test_python_sets_the_state(timeline):
    page = timeline.page
    timeline.run_code("t.until = '2011-11-30'")
    page.wait_for_selector(f"{ROOT} >> text=this line ends on 30 November 2011")
    timeline.run_code("t.period = 'all'; t.kind = 'source'; t.selected = 'mps-inquiry'")
    page.wait_for_selector(f"{ROOT} .nhsr-more")
    assert page.locator(ROW).count() == 5
    assert page.locator(f"{ROOT} select[data-key=kind]").input_value() == "source"


def test_words_are_never_read_as_html(lab, open_notebook):
    change = (
        "import copy\nt = nr.timeline()\nline = copy.deepcopy(t.line)\nfor event in line['events']:\n"
        f"    event.update(dict.fromkeys(('said', 'event', 'note', 'citation', 'mark', 'between'), {HOSTILE!r}))\nt.line = line\nt"
    )
    lab.write(NOTEBOOK, "import nhsreform as nr", change)
    notebook = open_notebook(NOTEBOOK)
    notebook.run_all()
    notebook.page.click(f"{ROW} >> nth=0")
    notebook.page.wait_for_timeout(300)
    assert notebook.page.locator(f"{ROOT} img").count() == 0
    assert notebook.page.title() != "caught"
    assert HOSTILE in notebook.page.locator(f"{ROW} >> nth=0").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [620, 1400])
def test_axe_and_looks(timeline, theme, width):
    timeline.look(theme, width)
    timeline.page.click(f"{ROW} >> nth=3")
    timeline.page.wait_for_selector(f"{ROOT} .nhsr-more")
    timeline.screenshot(f"timeline-{theme}-{width}")
    assert timeline.axe(ROOT) == []
    assert timeline.page.evaluate(
        "() => { const root = document.querySelector('.nhsr-timeline'); return root.scrollWidth <= root.clientWidth + 1; }"
    )
    timeline.page.select_option(f"{ROOT} select[data-key=period]", "all")
    timeline.screenshot(f"timeline-all-{theme}-{width}")
    assert timeline.axe(ROOT) == []


def test_day_two(timeline, lab, open_notebook):
    """Run, save, restart the server, reopen: the events stand there, not an error."""
    saved = timeline.save()
    outputs = saved["cells"][1]["outputs"]
    assert [VIEW in output["data"] for output in outputs] == [False]
    assert "widgets" not in saved["metadata"]
    assert len(json.dumps(outputs)) < 25_000
    timeline.page.click(f"{ROW} >> nth=0")
    timeline.page.wait_for_selector(f"{ROOT} .nhsr-more")
    timeline.page.context.close()
    lab.stop()
    lab.start()
    again = open_notebook(NOTEBOOK)
    shown = again.page.locator(".jp-OutputArea-output").last
    shown.wait_for()
    words = shown.inner_text()
    assert "model not found" not in words
    assert "The Health and Social Care Bill is introduced in Parliament." in words
    assert "Run this cell again to open the timeline" in words
    again.look()
    again.screenshot("timeline-day-two")
