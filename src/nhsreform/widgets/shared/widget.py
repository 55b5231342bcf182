"""What every widget of the pack shares.

A widget is either an `EsmWidget` (an anywidget: one plain JavaScript file, one plain style sheet)
or a `Panel` (a column of stock ipywidgets). Both say their content without a browser: a sentence
as `text/plain` and a plain section or table as `text/html`, beside the live view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any, ParamSpec, TypeVar

import anywidget
import ipywidgets
import pandas as pd
import traitlets

from nhsreform.errors import one_of
from nhsreform.notebooks.mime import VIEW
from nhsreform.text.html import hand, not_typeset, render

# The class of a sentence that only makes sense beside a cell: "Run this cell again ...".
RUN_IT = "nhsr-run-it"
_WIDGETS = Path(__file__).resolve().parent.parent
_TURN = RLock()
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def in_turn(handler: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Return `handler` so that it runs only while no other such handler runs.

    JupyterLab passes what a learner does on over more than one thread of the kernel: of two stock widgets in one
    panel, the second can report before the first has been dealt with.
    """

    @wraps(handler)
    def waiting(*arguments: Given.args, **named: Given.kwargs) -> Returned:
        with _TURN:
            return handler(*arguments, **named)

    return waiting


def esm(*names: str) -> str:
    """Return a widget's JavaScript module: the shared helpers of base.js, then the files themselves.

    Joining plain files is all the build there is: a module that arrives through the kernel
    has no address to import a neighbour from.
    """
    return "".join(_text(name) for name in ("shared/base.js", *names))


def model() -> str:
    """Return the JavaScript class `Model`: what a widget draws itself from in a page without a kernel."""
    return _text("shared/model.js")


def css(*names: str) -> str:
    """Return the pack's hand and the shared style sheet, followed by the named ones."""
    return hand() + "".join(_text(name) for name in ("shared/base.css", *names))


def _text(name: str) -> str:
    return (_WIDGETS / name).read_text(encoding="utf-8")


def filled(template: str, **values: Any) -> str:
    """Return one of the widgets' templates filled in, every word escaped that is not marked as safe there."""
    return render(_WIDGETS / f"{template}.html", **values)


def table_html(caption: str, head: Iterable[str], rows: Iterable[Iterable[object]], *, sentences: bool = False) -> str:
    """Return a plain HTML table, every cell escaped.

    With `sentences` the cells are set to the left, where sentences belong; JupyterLab sets them to the right.
    """
    left = ' style="text-align:left"' if sentences else ""
    return filled("shared/table", caption=caption, head=head, rows=rows, left=left)


class Fallback:
    """Says a widget's content where nothing runs: in a reopened notebook, on GitHub, in a terminal.

    A widget says `summary()` (one sentence) and `fallback()` (HTML, every word escaped). Both
    depend on the state alone: no address, no model id, no time, so a run can be compared with another.
    """

    def summary(self) -> str:
        """Return one sentence that says what the widget shows."""
        raise NotImplementedError

    def fallback(self) -> str:
        """Return the content as plain HTML."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.summary()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}  # type: ignore[attr-defined]
        return {"text/plain": self.summary(), "text/html": not_typeset(self.fallback()), VIEW: view}


class EsmWidget(Fallback, anywidget.AnyWidget):  # type: ignore[misc]  # anywidget's bundle has no text of its own
    """A widget drawn by its own JavaScript file."""


class SelectingWidget(EsmWidget):
    """A widget in which one thing can be open: `selected` is its id, or None. `_ids` are those in view."""

    # What is said of an id that is not in view.
    no_such = "No claim called {!r} is in view."

    selected = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def _ids(self) -> list[str]:
        raise NotImplementedError

    @traitlets.validate("selected")
    def _in_view(self, proposal: dict[str, Any]) -> str | None:
        chosen = proposal["value"]
        return None if chosen is None else one_of(chosen, self._ids(), self.no_such.format(chosen))

    def _open_row(self, rows: pd.DataFrame, key: str) -> pd.Series | None:
        """Return the row whose `key` is the id of what is open, or None."""
        return None if self.selected is None else rows[rows[key] == self.selected].iloc[0]

    def _close_what_left(self, _: Any = None) -> None:
        if self.selected not in (None, *self._ids()):
            self.selected = None


class StockAria(anywidget.AnyWidget):
    """Repairs what stock ipywidgets lack, for the panel it sits in.

    Sliders get the accessible name and the value they show, toggle buttons a pressed state, radio
    buttons a named group, status lines are announced, and keys pressed inside never reach JupyterLab.
    And it says in words when the panel's kernel is gone, and offers what was typed to the panel of the same name.
    """

    _esm = esm("shared/kernel_lost.js", "shared/stock_aria.js")
    _css = css("shared/stock.css")

    panel_name = traitlets.Unicode().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_msg(self._answer)

    def _answer(self, _: Any, content: Any, __: Any) -> None:
        """Say that the kernel is there."""
        if isinstance(content, dict) and isinstance(content.get("ping"), int):
            self.send({"pong": content["ping"]})


class Panel(Fallback, ipywidgets.VBox):
    """A column of stock widgets, with the pack's styles and the repairs of stock widgets at its top."""

    def __init__(self, children: Iterable[ipywidgets.Widget], name: str = "", **kwargs: Any) -> None:
        """Draw the children; `name` is the same for the panel that takes the place of this one when its cell is run again."""
        super().__init__(children=[StockAria(panel_name=name or type(self).__name__), *children], **kwargs)
        self.add_class("nhsr-panel")


def id_html(claim_id: str) -> str:
    """Return a claim's id as a small button that copies it, for the HTML of a panel; base.js answers it."""
    return f'<button type="button" class="nhsr-id" title="Copy this id">{escape(claim_id)}</button>'


def prose(text: str, css_class: str = "") -> ipywidgets.HTML:
    """Return a paragraph of plain text as a widget, escaped."""
    widget = ipywidgets.HTML(paragraph(text))
    if css_class:
        widget.add_class(css_class)
    return widget


def heading(text: str, css_class: str = "nhsr-head") -> str:
    """Return a heading inside a panel as HTML, escaped."""
    return f'<p class="{css_class}" role="heading" aria-level="3">{escape(text)}</p>'


def paragraph(text: str) -> str:
    """Return text as an HTML paragraph, escaped; line breaks are kept."""
    return f"<p>{escape(text)}</p>".replace("\n", "<br>")
