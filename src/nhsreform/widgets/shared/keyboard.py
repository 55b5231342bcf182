"""Keys and focus for a panel of stock widgets, which know neither; and the small parts such panels are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import ipywidgets
import traitlets

from nhsreform.widgets.shared.widget import css, esm, in_turn


class Keyboard(anywidget.AnyWidget):
    """Passes single keys on to Python, and puts the focus where Python asks.

    `watched` keys are passed on when they are pressed in the panel outside a text field, and Enter also in a text
    field marked `nhsr-enter`. They arrive one after another, and so do clicks on the buttons of `button`.

    A key pressed in a part marked `nhsr-redrawn`, and a click on a button marked `nhsr-parks`, take the focus off
    that part, which is about to be drawn anew: answer them with `focus`.
    """

    _esm = esm("shared/keyboard.js")
    _css = css("shared/coder_and_board.css")

    watched = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def on_key(self, handler: Callable[[str, bool, str], None]) -> None:
        """Call `handler` with each key that is passed on, and what goes with it.

        That is: whether the focus waits to be put somewhere, and the text of the field in which the key was pressed.
        The field itself may tell the kernel of its last letters only after the key.
        """

        @in_turn
        def receive(_: Any, content: Any, __: Any) -> None:
            if not isinstance(content, dict):
                return
            key, text = content.get("key"), content.get("text")
            try:
                if isinstance(key, str):
                    handler(key, bool(content.get("inside")), text if isinstance(text, str) else "")
            finally:
                self.send({"dealt_with": content.get("sent")})

        self.on_msg(receive)

    def button(self, label: str, action: Callable[[], Any], css_class: str) -> ipywidgets.Button:
        """Return a button that calls `action`, in its turn among the keys; `css_class` is how `focus` finds it."""

        @in_turn
        def press() -> None:
            try:
                action()
            finally:
                self.send({"dealt_with": "click"})

        return button(label, press, "nhsr-in-turn", css_class)

    def focus(self, selector: str) -> None:
        """Put the focus on what `selector` finds in the panel, or on the first control inside it."""
        self.send({"focus": selector})


def button(label: str, action: Callable[[], Any], *css_classes: str) -> ipywidgets.Button:
    """Return a button, as wide as its label, that calls `action`."""
    widget = ipywidgets.Button(description=label, layout={"width": "auto"})
    for each in css_classes:
        widget.add_class(each)
    widget.on_click(lambda _: action())
    return widget


def in_row(*children: ipywidgets.Widget) -> ipywidgets.HBox:
    """Return widgets in a row that wraps where it is narrow."""
    return ipywidgets.HBox(children).add_class("nhsr-row")
