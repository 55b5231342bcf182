"""What every panel does alike that keeps the learner's work: it keeps, says so in its status line, and says why it could not.

Work that grows under a name of its own (coder, board) is a `NamedWorkPanel`; one answer that is kept before the learner reads
on (prediction, simulator) a `CommittedPanel`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

import ipywidgets

from nhsreform.errors import PackError
from nhsreform.text.untrusted import for_file, one_line
from nhsreform.widgets.shared.keyboard import button
from nhsreform.widgets.shared.widget import Panel, in_turn, paragraph
from nhsreform.work import store

MAX_NAME = 60
Work = TypeVar("Work")


def status_line() -> ipywidgets.HTML:
    """Return an empty line; what comes to stand in it is read out by a screen reader."""
    return ipywidgets.HTML().add_class("nhsr-status")


class KeepingPanel(Panel):
    """A panel that says in its status line what became of the learner's work."""

    # What is kept, as in "Your answer is not kept yet."
    keeps: str

    @cached_property
    def _status(self) -> ipywidgets.HTML:
        return status_line()

    def _tell(self, sentence: str) -> None:
        self._status.value = paragraph(sentence) if sentence else ""

    def _not_kept(self, error: store.WorkError) -> None:
        self._tell(f"Your {self.keeps} is not kept yet. {error}")


class NamedWorkPanel(KeepingPanel):
    """A panel whose work has a name and is kept at every change.

    What is kept may have been changed since it was read: by a second copy of the panel, by another notebook, or by hand.
    Then the other version is put aside under a name of its own before ours is written.
    """

    section: str
    # True while the last change could not be kept, which the status line says.
    _unkept = False

    def _opened(self, name: str, usual: str, read: Callable[[Any], tuple[Work, str]]) -> Work:
        """Return the work under `name` as `read` reads it; say so where that could not read it all.

        Raises PackError when the name is not text, blank, too long, or holds invisible characters; `usual` is how to call it.
        """
        if not isinstance(name, str) or not name.strip():
            raise PackError(f"The name must be text, as in {usual}; got {name!r}.")
        self.name = one_line(name)
        if len(self.name) > MAX_NAME or self.name != for_file(self.name):
            raise PackError(
                f"The name must be at most {MAX_NAME} plain characters, as in {usual}; this one has {len(self.name)}."
            )
        self._version = store.get(self.section, self.name)
        work, message = read(self._version)
        if message:
            self._version = None
        self._tell(message)
        return work

    def _put(self, value: Any, message: str | None = None) -> bool:
        """Keep the work; say `message`, and whether another version was put aside. Without a message, the last one stays."""
        try:
            aside = self._write(value)
        except store.WorkError as error:
            self._not_kept(error)
            self._unkept = True
            return False
        if message is not None or aside or self._unkept:
            self._tell(" ".join(filter(None, (message, aside))))
        self._unkept = False
        return True

    def _write(self, value: Any) -> str:
        """Keep `value`; return a sentence when another version was put aside. Raises WorkError; what was kept before stays."""
        there = store.get(self.section, self.name)
        message = ""
        if there is not None and there != self._version:
            message = f"Another version was kept meanwhile; it is safe as \u201c{self._put_aside(there)}\u201d."
        store.put(self.section, self.name, value)
        # A copy: what the panel changes next is not kept yet.
        self._version = copy.deepcopy(value)
        return message

    def _put_aside(self, value: Any) -> str:
        """Keep `value` under a free name beside this one, and return that name."""
        taken = store.sections().get(self.section, {})
        spare = next(free for n in count(1) if (free := f"{self.name} (kept {n})") not in taken)
        store.put(self.section, spare, value)
        return spare


class CommittedPanel(KeepingPanel):
    """A panel that asks for one answer, and keeps it with the day, under the name of what it `keeps`.

    Once an answer is kept, the entry is out of sight.
    """

    section: str
    # Return what is kept, or None. Raises WorkError when it cannot be read.
    _there: Callable[[], dict[str, Any] | None]
    # Return (answer, "") for an answer that can be kept, else (None, what to do instead).
    _parsed: Callable[[str | None], tuple[Any, str]]
    # Show the kept answer in place of the entry.
    _show_kept: Callable[[], None]

    def _commits(self, key: str, entry: ipywidgets.ValueWidget) -> None:
        """Take up what is kept under `key`, and what the entry will hold. Raises WorkError when it cannot be read."""
        self._key, self._entry = key, entry
        # What this panel knew to be kept when its entry was shown: only that is written over.
        self._kept = self._before = self._there()
        self._asking = not self._kept
        # True once an answer was kept in this very panel.
        self._keeping = False
        self._button = button(f"Keep my {self.keeps}", lambda: self._keep(entry.value), "nhsr-after-fields")
        entry.observe(self._arrive, "value")

    @in_turn
    def _keep(self, text: str | None) -> None:
        if self._asking:
            self._put(text)

    @in_turn
    def _arrive(self, _: Any) -> None:
        """Take the last words that were typed, where the kernel gets them after the click.

        The entry is out of sight by then, so what still arrives was there when the button was pressed.
        """
        if self._keeping:
            self._put(self._entry.value)

    def _put(self, text: str | None) -> None:
        """Keep an answer; where there is one that this panel did not know, show that instead."""
        message = "Kept."
        try:
            entry = there = self._there()
            if not there or there == self._before:
                answer, refusal = self._parsed(text)
                if answer is None:
                    self._tell(refusal)
                    return
                entry = {self.keeps: answer, "date": date.today().isoformat()}
                if self._keeping and entry == there:
                    return
                store.put(self.section, self._key, entry)
                self._before = entry
            else:
                message = f"You have kept your {self.keeps} before. Here it is."
        except store.WorkError as error:
            self._not_kept(error)
            return
        self._kept, self._asking, self._keeping = entry, False, entry is self._before
        self._show_kept()
        self._tell(message)


def dated(entry: Any) -> dict[str, Any]:
    """Return an entry with the day on which it was kept; one that was changed by hand and has none counts as empty."""
    try:
        date.fromisoformat(entry["date"])
    except (KeyError, TypeError, ValueError):
        return {}
    return entry
