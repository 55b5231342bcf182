"""What the six widgets that draw themselves do alike, in a plain page: no word of theirs is HTML, and every look is clean."""

from __future__ import annotations

import pytest

import nhsreform as nr
from nhsreform.widgets.structure.structure import STAGES
from tests.browser.host import DRAWN_TO_WIDTH, TOO_WIDE
from tests.browser.lab import HOSTILE
from tests.browser.pages import COLOURS
from tests.widgets import hostile

# Each widget, what holds its words, and what opens more of them.
WIDGETS = {
    "contrast": (lambda: nr.contrast("engagement"), "book", ".nhsr-open >> nth=0"),
    "outcomes": (nr.outcomes, "scored", "button.nhsr-token >> nth=0"),
    "overview": (lambda: nr.overview(coder_set=True), "debate", ".nhsr-cell-button >> nth=0"),
    "reader": (lambda: nr.reader("joint-report", revealed=True), "page", ".nhsr-claim[role=button] >> nth=2"),
    "structure": (nr.structure, "stages", "button.nhsr-part >> nth=0"),
    "timeline": (nr.timeline, "line", ".nhsr-event >> nth=0"),
}
# Widths of the window, and what is looked at one after the other: state that Python sets, and what is clicked then.
LOOKS = {
    "contrast": ((620, 1400), [
        ({}, (".nhsr-mark >> nth=2", "summary >> nth=0")),
        ({"compare": "sources", "sources": ("mps-inquiry", "walk-away"), "theme": "incentives"}, ()),
        ({"sources": ("joint-report", "pct-managers"), "theme": "collaboration-with-hospitals"}, ()),
    ]),
    "outcomes": ((390, 620, 1400), [({}, ("button.nhsr-token >> nth=3",))]),
    "overview": ((390, 1400), [({"cell": ("management-capacity", "mps-inquiry")}, ())]),
    "reader": ((620, 1400), [({"revealed": False}, ()), ({"revealed": True}, (".nhsr-claim[role=button] >> nth=6",))]),
    "structure": ((390, 1400), [*(({"stage": stage}, ()) for stage in STAGES), ({}, ("button.nhsr-part >> nth=3",))]),
    "timeline": ((620, 1400), [({}, (".nhsr-event >> nth=3",)), ({"period": "all"}, ())]),
}  # fmt: skip


# The words of a widget, as a mouse would copy them.
COPIED = """(selector) => {
    getSelection().selectAllChildren(document.querySelector(selector));
    return getSelection().toString();
}"""


@pytest.mark.parametrize("name", WIDGETS)
def test_words_are_never_read_as_html(hosted, name):
    make, holder, opens = WIDGETS[name]
    widget = make()
    setattr(widget, holder, hostile(getattr(widget, holder), HOSTILE))
    page = hosted(widget).page
    before = page.inner_text("main").count(HOSTILE)
    page.click(opens)
    assert page.inner_text("main").count(HOSTILE) > max(before, 3)
    assert page.locator("main img").count() == 0 and page.title() == "host"


@pytest.mark.parametrize(("name", "words"), [("contrast", "blockquote"), ("reader", ".nhsr-block:has(.nhsr-claim)")])
def test_copied_words_are_the_source_alone(hosted, name, words):
    copied = hosted(WIDGETS[name][0]()).page.evaluate(COPIED, f".nhsr-{name} {words}").strip()
    assert copied and any(copied in nr.source(source_id).text for source_id in nr.table("sources").source_id)


@pytest.mark.parametrize(
    ("name", "row", "before", "steps"),
    [
        ("structure", ".nhsr-part", "button[data-stage='2022']",
         {"ArrowDown": 1, "j": 2, "k": 1, "ArrowUp": 0, "End": -1, "Home": 0}),
        ("timeline", ".nhsr-event", "select[data-key=kind]",
         {"ArrowDown": 1, "j": 2, "ArrowRight": 3, "ArrowUp": 2, "k": 1, "ArrowLeft": 0, "End": -1, "Home": 0}),
    ],
)  # fmt: skip
def test_the_whole_keyboard_path_of_a_list_beside_a_picture(hosted, name, row, before, steps):
    host, root = hosted(WIDGETS[name][0]()), f".nhsr-{name}"
    page, press = host.page, host.page.keyboard.press
    page.focus(f"{root} {before}")
    press("Tab")
    rows = page.locator(f"{root} {row}").all_text_contents()

    def focused():
        return page.evaluate("() => document.activeElement.textContent")

    assert focused() == rows[0]
    for key, place in steps.items():
        press(key)
        assert focused() == rows[place], key
        assert name != "timeline" or page.locator(f"{root} .nhsr-dot.nhsr-pointed").count() == 1
        # At an end there is no further.
        if key in ("End", "Home"):
            press("ArrowDown" if key == "End" else "ArrowUp")
            assert focused() == rows[place], key
    # Enter opens; an open line walks along; Tab leads to the address; Escape closes and stays.
    press("Enter")
    assert host.python.selected == host.python._ids()[0]
    press("ArrowDown")
    second = host.python._ids()[1]
    assert host.python.selected == second and page.locator(f"{root} .nhsr-more").count() == 1
    press("Tab")
    assert page.evaluate("() => document.activeElement.tagName") == "A"
    press("Escape")
    assert host.python.selected is None and focused() == rows[1]
    press("Tab")
    assert page.evaluate("(root) => document.activeElement.closest(root) === null", root)


@pytest.mark.parametrize(("theme", "rules"), [("light", {}), ("dark", COLOURS)])
@pytest.mark.parametrize(("name", "width"), [(name, width) for name, (widths, _) in LOOKS.items() for width in widths])
def test_axe_and_looks(hosted, name, theme, rules, width):
    """Axe finds nothing, and nothing is wider than its place."""
    host, root = hosted(WIDGETS[name][0]()), f".nhsr-{name}"
    host.look(theme, width)
    for number, (state, clicks) in enumerate(LOOKS[name][1], 1):
        host.tell(**state)
        for each in clicks:
            host.page.click(f"{root} {each}")
        host.page.wait_for_function(DRAWN_TO_WIDTH)
        host.screenshot(f"{name}-{number}-{theme}-{width}")
        assert host.axe(root, **rules) == []
        assert not host.page.evaluate(TOO_WIDE, "main")
