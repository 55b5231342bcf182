"""The frame of every page made for a marked class: one file, nothing fetched, light and dark, readable by a screen reader."""

from __future__ import annotations

from pathlib import Path

from nhsreform.marking.record import ABSENT, CRASHED, MARKED, PARTLY, PERSON, RIGHT, TIMED_OUT, TOO_LONG, UNTRIED, WRONG
from nhsreform.text import html
from nhsreform.text.untrusted import for_terminal

# A sign, a word and a colour for each state; the colours are those of the pack, 3:1 or better on white and on black.
LOOK = {
    RIGHT: ("\u2713", "right", "var(--nhsr-enthusiast-2)"),
    PARTLY: ("\u25d0", "partly right", "var(--nhsr-enthusiast-1)"),
    WRONG: ("\u25cb", "not yet", "var(--nhsr-sceptic-2)"),
    UNTRIED: ("\u00b7", "not tried", "var(--nhsr-mixed)"),
    TOO_LONG: ("!", "too long to read", "var(--nhsr-mixed)"),
    CRASHED: ("!", "its cell failed", "var(--nhsr-mixed)"),
    TIMED_OUT: ("!", "its cell took too long", "var(--nhsr-mixed)"),
    ABSENT: ("\u2013", "not handed in", "var(--nhsr-mixed)"),
    PERSON: ("\u270e", "waits for a person", "var(--nhsr-mixed)"),
    MARKED: ("\u270e", "marked by a person", "var(--nhsr-enthusiast-2)"),
}

_STYLE = Path(__file__).with_name("page.css")


def page(title: str, body: str, style: Path, script: Path | None = None) -> str:
    """Return a whole page. `title` is plain text; `body` is HTML whose every word of a student's has been made harmless.

    A policy in the page forbids it to fetch anything, or to run a script but the one given here.
    """
    styles = "".join(path.read_text(encoding="utf-8") for path in (_STYLE, style))
    return html.page(for_terminal(title, 100), body, styles, script.read_text(encoding="utf-8") if script else "")
