"""The keyboard path of each widget, walked once: in a stock Firefox, and in the browser edition.

A page here is Playwright's, or that of tests.firefox.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from tests.browser.lab import HOSTILE, Lab, Notebook, draw

# Each widget that runs in a page: where its keyboard path begins, the keys, and what they lead to.
PATHS = {
    "contrast": (".nhsr-mark[tabindex='0']", ("ArrowRight", "Enter"), "[aria-expanded=true]"),
    "outcomes": ("button.nhsr-token[tabindex='0']", ("ArrowRight", "Enter"), "article"),
    "overview": ("[tabindex='0'].nhsr-cell, .nhsr-cell [tabindex='0']", ("ArrowDown", "Enter"), ".nhsr-claim"),
    "reader": (".nhsr-bar button", ("Enter",), ".nhsr-claim[role=button]"),
    "structure": (".nhsr-part[tabindex='0']", ("ArrowDown", "Enter"), ".nhsr-more"),
    "timeline": (".nhsr-event[tabindex='0']", ("ArrowDown", "Enter"), ".nhsr-more"),
}
# One notebook for all, so that Python starts once.
SCRATCH = "scratch.ipynb"
_ARGUMENTS = {"contrast": "'engagement'", "reader": "'joint-report'"}


def comes(page: Any, selector: str, seconds: float) -> bool:
    """Wait until something is in the page; return whether it came."""
    until = time.monotonic() + seconds
    while not page.evaluate("(at) => Boolean(document.querySelector(at))", selector):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def walked(page: Any, root: str, widget: str, seconds: float = 5) -> str:
    """Walk a widget's keyboard path; return what is wrong, or ""."""
    start, keys, end = PATHS[widget]
    starts = ", ".join(f"{root} {part.strip()}" for part in start.split(","))
    if not comes(page, starts, 6 * seconds):
        return f"{widget}: not drawn"
    page.focus(starts)
    for key in keys:
        page.keyboard.press(key)
    return "" if comes(page, f"{root} {end}", seconds) else f"{widget}: {' and '.join(keys)} lead to nothing"


def in_a_cell(server: Lab, page: Any, widget: str) -> str:
    """Draw a widget by a cell and walk its path; return what is wrong, or ""."""
    notebook = draw(server, page, SCRATCH, f"import nhsreform as nr\nnr.{widget}({_ARGUMENTS.get(widget, '')})")
    notebook.settled()
    return walked(page, f".nhsr-{widget}", widget, server.seconds / 12)


class Panel(NamedTuple):
    """A panel whose entries are kept: its cell, which names it w; what is focused and pressed, or typed, one after the other;
    what Python says of it then, and ever after."""

    code: str
    steps: tuple[str, ...]
    says: str
    value: str

    def cell(self) -> str:
        return f"import nhsreform as nr\nfrom nhsreform.work import store\nw = {self.code}\nw"


PANELS = {
    "prediction": Panel("nr.predict('01.1')", (".nhsr-prediction textarea", "band adxm", "Tab", "Enter"), "w.answer", "band adxm"),
    "recall": Panel(
        "nr.recall(4)", (".nhsr-recall input[type=radio]", "Space", ".nhsr-recall button", "Enter"),
        "len(store.sections().get('recall', {}))", "1",
    ),
    "coder": Panel("nr.coder()", (".nhsr-coder .nhsr-choices button", "1"), "len(w.codes)", "1"),
    "board": Panel("nr.board()", (".nhsr-board textarea", "Should they?", "Tab"), "w.brief['question']", "Should they?"),
    "simulator": Panel(
        "nr.simulator('staff-exit')",
        (".nhsr-simulator input", "6", "Enter", ".nhsr-simulator .noUi-handle", "ArrowRight"),
        "w.guess == 6", "True",
    ),
}  # fmt: skip


def enter(notebook: Notebook, name: str) -> None:
    """Enter something by keyboard into a panel that is drawn, and wait until Python says so."""
    page, panel = notebook.page, PANELS[name]
    if name == "coder":
        page.wait_for_function("() => document.querySelectorAll('.nhsr-coder .nhsr-unseen').length > 1")
    for step in panel.steps:
        if step.startswith("."):
            page.focus(step)
        elif step in ("Tab", "Enter", "Space", "ArrowRight"):
            page.keyboard.press(step)
        else:
            page.keyboard.type(step)
    notebook.wait_for(panel.says, panel.value)
    if name == "simulator":
        # An arrow key has moved the slider.
        notebook.wait_for("w.settings == w.scenario.defaults()", "False")


def entered(server: Lab, page: Any, name: str) -> str:
    """Draw a panel and enter something by keyboard; return what is wrong, or ""."""
    try:
        enter(draw(server, page, SCRATCH, PANELS[name].cell()), name)
    except AssertionError as error:
        return f"{name}: {error}"
    return ""


def hostile(server: Lab, page: Any) -> str:
    """Show words that try to be HTML; return what is wrong, or ""."""
    draw(server, page, SCRATCH, f"import nhsreform as nr\nnr.check_brief({HOSTILE!r})")
    return "hostile words were read as HTML" if page.evaluate("document.title") == "caught" else ""
