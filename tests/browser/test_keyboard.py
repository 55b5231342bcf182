"""Where the focus goes while Python answers: keyboard.js in a plain page, with answers that come when the test says."""

from __future__ import annotations

import pytest

from nhsreform.widgets.shared.keyboard import Keyboard

PANEL = (
    """<main class="nhsr-panel"><div id="keyboard"></div><div class="nhsr-redrawn"><button>old</button></div></main>"""
)
START = """async (esm) => {
  window.sent = [];
  const model = { get: () => ["1"], send: (message) => sent.push(message), on: (_, hear) => { window.answer = hear; }, off() {} };
  const module = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  module.default.render({ model, el: document.getElementById("keyboard") });
}"""
ADD_BUTTON = "() => document.querySelector('.nhsr-redrawn').innerHTML = '<button class=\"new\">new</button>'"
TWO_FRAMES = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@pytest.fixture
def panel(host_page):
    """A page with one button in a part that is drawn anew, the focus on it."""
    page, _ = host_page
    page.set_content(PANEL)
    page.evaluate(START, str(Keyboard._esm))
    page.focus("button")
    return page


def test_an_answer_still_on_its_way_takes_no_focus_from_a_later_key(panel):
    """Else the focus would be on what the later key is about to have redrawn, and the key after that be lost."""
    panel.keyboard.press("1")
    panel.evaluate("() => answer({ focus: '.new' })")
    panel.keyboard.press("1")
    panel.evaluate(ADD_BUTTON)
    panel.evaluate(TWO_FRAMES)
    assert panel.evaluate("() => document.activeElement.className") == "nhsr-panel"
    panel.evaluate("() => answer({ focus: '.new' })")
    assert panel.evaluate("() => document.activeElement.className") == "new"
    assert panel.evaluate("() => sent.map((message) => message.inside)") == [True, True]
