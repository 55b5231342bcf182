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
    field marked `nhsr-enter`. They arrive one after another; a click on a button can overtake them.

    A key pressed in a part marked `nhsr-redrawn`, and a click on a button marked `nhsr-parks`, take the focus off
    that part, which is about to be drawn anew: answer them with `focus`.
    """

    _esm = esm("shared/keyboard.js")
    _css = css("shared/desk.css")

    watched = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def on_key(self, handler: Callable[[str, bool, str], None]) -> None:
        """Call `handler` with each key that is passed on, and what goes with it.

        That is: whether the focus waits to be put somewhere, and the text of the field in which the key was pressed.
        The field itself may tell the kernel of its last letters only after the key.
        """

        @in_turn
        def receive(_: Any, content: Any, __: Any) -> None:
            key, text = (content.get(name) for name in ("key", "text")) if isinstance(content, dict) else (None, None)
            if isinstance(key, str):
                handler(key, bool(content.get("inside")), text if isinstance(text, str) else "")

        self.on_msg(receive)

    def focus(self, selector: str) -> None:
        """Put the focus on what `selector` finds in the panel, or on the first control inside it."""
        self.send({"focus": selector})


def button(label: str, action: Callable[[], Any], css_class: str) -> ipywidgets.Button:
    """Return a button that calls `action`; `css_class` is how Keyboard finds it."""
    widget = ipywidgets.Button(description=label, layout={"width": "auto"})
    widget.add_class(css_class)
    widget.on_click(in_turn(lambda _: action()))
    return widget


def in_row(*children: ipywidgets.Widget) -> ipywidgets.HBox:
    """Return widgets in a row that wraps where it is narrow."""
    row = ipywidgets.HBox(children)
    row.add_class("nhsr-row")
    return row
