"""A plain page as host of a widget: its JavaScript and style sheet as Python sends them, and no JupyterLab or kernel.

Python's side is the widget itself, in the test's own process. What a view saves reaches it as the message it would
get in a kernel, and what it answers goes back to the page: only the wire between the two is missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nhsreform.publish.site import live_widgets
from nhsreform.widgets.shared.widget import EsmWidget, model
from tests.browser.pages import findings, resize, watch

SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
# As wide as a notebook's output at the same width of the window, on the ground that JupyterLab gives it.
PLACE = "body { margin: 0; background: var(--jp-layout-color0); } main { padding: 12px 40px 12px 110px; }"

# A picture is drawn to the width of its place once the page has told it of that.
DRAWN_TO_WIDTH = """() => [...document.querySelectorAll(".nhsr-picture")].every((picture) =>
    +picture.querySelector("svg").getAttribute("width") === picture.clientWidth)"""
TOO_WIDE = "(at) => { const box = document.querySelector(at); return box.scrollWidth > box.clientWidth + 1; }"


class Wire:
    """What stands where a kernel's comm would: keeps what Python sends, and hands Python what a view sent."""

    comm_id = "host"

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self._hear: Callable[[dict[str, Any]], None]

    def on_msg(self, hear: Callable[[dict[str, Any]], None]) -> None:
        self._hear = hear

    def send(self, data: dict[str, Any], buffers: object = None) -> None:
        # An echo is for a second page on the same kernel.
        if data["method"] == "update":
            self.sent.append(data["state"])

    def receive(self, state: dict[str, Any]) -> None:
        data = {"method": "update", "state": state, "buffer_paths": []}
        self._hear({"content": {"data": data}, "buffers": []})

    def close(self) -> None:
        pass


class Host:
    """A widget drawn in a page. `page` is Playwright's page, `changed` what views have sent to Python so far."""

    def __init__(self, page: Any, folder: Path, widget: EsmWidget, screenshots: bool = False) -> None:
        self.page, self._widget, self._wire, self._screenshots = page, widget, Wire(), screenshots
        self.changed: list[dict[str, Any]] = []
        widget.comm = self._wire
        esm = json.dumps(widget._esm).replace("<", "\\u003c")
        file = folder / "host.html"
        file.write_text(
            f"<!doctype html><html lang='en-GB'><meta charset='utf-8'><title>host</title><link rel='icon' href='data:,'>"
            f"<style>{PLACE}</style><style id='theme'></style><style>{widget._css}</style><main tabindex='-1'></main>"
            f"<script id='state' type='application/json'>{live_widgets.state(widget)}</script>"
            f"<script id='esm' type='application/json'>{esm}</script>"
            f"<script>{model()}{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script></html>",
            encoding="utf-8",
        )
        page.goto(file.as_uri())
        self.look()
        page.evaluate("() => host.start()")

    @property
    def python(self) -> Any:
        """The widget, once everything its views have sent has reached it and its answers have gone back."""
        while states := self.page.evaluate("() => host.model.takeSaved()"):
            for state in states:
                self.changed.append(state)
                self._wire.receive(state)
            self._answer()
        return self._widget

    def tell(self, **state: object) -> None:
        """Set the widget's state in Python, as a learner does in a cell."""
        for name, value in state.items():
            setattr(self.python, name, value)
        self._answer()

    def _answer(self) -> None:
        while self._wire.sent:
            self.page.evaluate("(state) => host.model.receive(state)", self._wire.sent.pop(0))

    def look(self, theme: str = "light", width: int = 1400) -> None:
        """Set the colours of a theme of JupyterLab, and the window's width."""
        resize(self.page, width, 900)
        sheet = (THEMES / f"theme-{theme}-extension" / "index.css").read_text(encoding="utf-8")
        self.page.evaluate("(sheet) => { document.getElementById('theme').textContent = sheet; }", sheet)

    def screenshot(self, name: str) -> None:
        """Draw the whole page into screenshots/, with pytest's option --screenshots."""
        if self._screenshots:
            SCREENSHOTS.mkdir(exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def axe(self, selector: str, **options: Any) -> list[str]:
        """Return what axe finds wrong inside `selector`, one line each."""
        return findings(self.page, selector, **options)


@pytest.fixture(scope="session")
def host_page(browser: Any) -> Iterator[tuple[Any, list[str]]]:
    """The page in which widgets are drawn, one after another, and a list of what went wrong in it."""
    with closing(browser.new_context(reduced_motion="reduce")) as context:
        context.set_default_timeout(10_000)
        troubles = watch(context)
        yield context.new_page(), troubles


@pytest.fixture
def hosted(
    host_page: tuple[Any, list[str]], tmp_path: Path, pytestconfig: pytest.Config
) -> Iterator[Callable[[EsmWidget], Host]]:
    """A function that draws a widget in a page of its own address; anything that goes wrong there fails the test."""
    page, troubles = host_page
    troubles.clear()
    yield lambda widget: Host(page, tmp_path, widget, pytestconfig.getoption("--screenshots"))
    page.goto("about:blank")
    assert not troubles
