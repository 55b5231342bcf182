"""Where the focus goes while Python answers: keyboard.js in a plain page, with answers that come when the test says."""

from __future__ import annotations

import pytest

from nhsreform.widgets.shared.keyboard import Keyboard

PANEL = (
    """<main class="nhsr-panel"><div id="keyboard"></div><div class="nhsr-redrawn"><button>old</button></div></main>"""
)
START = """async (esm) => {
  window.sent = [];
  const model = { get: () => ["1", "2", "3"], send: (message) => sent.push(message), on: (_, hear) => { window.answer = hear; }, off() {} };
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
    assert panel.evaluate("() => sent.map((message) => message.inside)") == [True]
    panel.evaluate("() => answer({ dealt_with: sent[0].sent })")
    assert panel.evaluate("() => sent.map((message) => message.inside)") == [True, True]


def test_a_key_is_sent_when_python_has_dealt_with_the_one_before(panel):
    """Two messages sent at once may reach Python in the wrong order, over two threads of the kernel."""
    keys = "() => sent.map((message) => message.key).join('')"
    for key in "123":
        panel.keyboard.press(key)
    assert panel.evaluate(keys) == "1"
    # Another view's key, and the same answer twice, send nothing.
    panel.evaluate("() => answer({ dealt_with: 'another 1' })")
    assert panel.evaluate(keys) == "1"
    panel.evaluate("() => { answer({ dealt_with: sent[0].sent }); answer({ dealt_with: sent[0].sent }); }")
    assert panel.evaluate(keys) == "12"
    panel.evaluate("() => answer({ dealt_with: sent[1].sent })")
    assert panel.evaluate(keys) == "123"


def test_a_click_takes_its_turn_among_the_keys(panel):
    """Python hears of a click by another way than of a key."""
    panel.evaluate(
        """() => {
          document.querySelector("main").insertAdjacentHTML("beforeend", '<button class="nhsr-in-turn">go</button>');
          document.querySelector(".nhsr-in-turn").addEventListener("click", () => sent.push({ key: "go" }));
        }"""
    )
    keys = "() => sent.map((message) => message.key).join(' ')"
    panel.focus(".nhsr-in-turn")
    for key in ("1", "Enter", "2", "Enter", "Enter", "3"):
        panel.keyboard.press(key)
    assert panel.evaluate(keys) == "1"
    panel.evaluate("() => answer({ dealt_with: sent[0].sent })")
    assert panel.evaluate(keys) == "1 go"
    panel.evaluate("() => answer({ dealt_with: 'click' })")
    assert panel.evaluate(keys) == "1 go 2"
    panel.evaluate("() => answer({ dealt_with: sent[2].sent })")
    assert panel.evaluate(keys) == "1 go 2 go"
    # What the last click did has disabled the button: its next click is dropped, and the key after it goes out.
    panel.evaluate(
        "() => { document.querySelector('.nhsr-in-turn').disabled = true; answer({ dealt_with: 'click' }); }"
    )
    assert panel.evaluate(keys) == "1 go 2 go 3"
    panel.evaluate(
        "() => { answer({ dealt_with: sent[4].sent }); document.querySelector('.nhsr-in-turn').disabled = false; }"
    )
    panel.click(".nhsr-in-turn")
    assert panel.evaluate(keys) == "1 go 2 go 3 go"


@pytest.mark.parametrize("message", [{"key": "1", "sent": "a 1"}, {"key": "x", "sent": "a 1"}, {"sent": "a 1"}])
def test_python_says_that_it_has_dealt_with_a_key_whatever_comes_of_it(message, monkeypatch):
    """Else no later key would be sent."""
    keyboard, answers = Keyboard(watched=["1"]), []
    monkeypatch.setattr(keyboard, "send", answers.append)

    def handle(key, waiting, text):
        assert answers == []
        raise ValueError(key)

    keyboard.on_key(handle)
    keyboard._handle_custom_msg(message, [])
    assert answers == [{"dealt_with": "a 1"}]


def test_python_says_that_it_has_dealt_with_a_click_whatever_comes_of_it(monkeypatch):
    keyboard, answers = Keyboard(), []
    monkeypatch.setattr(keyboard, "send", answers.append)
    button = keyboard.button("Go", lambda: 1 / 0, "nhsr-go")
    button.click()
    assert answers == [{"dealt_with": "click"}]
