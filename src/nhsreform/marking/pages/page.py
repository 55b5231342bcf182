"""The frame of every page made for a marked class: one file, nothing fetched, light and dark, readable by a screen reader."""

from __future__ import annotations

from pathlib import Path

from nhsreform.marking.record import ABSENT, CRASHED, MARKED, PARTLY, PERSON, RIGHT, TIMED_OUT, TOO_LONG, UNTRIED, WRONG
from nhsreform.text import html
from nhsreform.text.untrusted import for_terminal

# A sign, a word and a colour for each state; the colours are those of the pack, 3:1 or better on white and on black.
LOOK = {
    RIGHT: ("\u2713", "right", "#1772a9"),
    PARTLY: ("\u25d0", "partly right", "#8595aa"),
    WRONG: ("\u25cb", "not yet", "#a55909"),
    UNTRIED: ("\u00b7", "not tried", "#797874"),
    TOO_LONG: ("!", "too long to read", "#797874"),
    CRASHED: ("!", "its cell failed", "#797874"),
    TIMED_OUT: ("!", "its cell took too long", "#797874"),
    ABSENT: ("\u2013", "not handed in", "#797874"),
    PERSON: ("\u270e", "waits for a person", "#797874"),
    MARKED: ("\u270e", "marked by a person", "#1772a9"),
}

_STYLE = Path(__file__).with_name("page.css")


def page(title: str, body: str, style: Path, script: Path | None = None) -> str:
    """Return a whole page. `title` is plain text; `body` is HTML whose every word of a student's has been made harmless.

    A policy in the page forbids it to fetch anything, or to run a script but the one given here.
    """
    styles = "".join(path.read_text(encoding="utf-8") for path in (_STYLE, style))
    return html.page(for_terminal(title, 100), body, styles, script.read_text(encoding="utf-8") if script else "")
