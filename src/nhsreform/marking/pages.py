"""The frame of every page made for a marked class: one file, nothing fetched, light and dark, readable by a screen reader."""

from __future__ import annotations

import base64
import hashlib
import html

from nhsreform.marking.marks import ABSENT, CRASHED, TIMED_OUT
from nhsreform.marking.reading import MARKED, shown
from nhsreform.questions import judge

# A sign, a word and a colour for each state; the colours are those of the pack, 3:1 or better on white and on black.
LOOK = {
    judge.RIGHT: ("\u2713", "right", "#1772a9"),
    judge.PARTLY: ("\u25d0", "partly right", "#8595aa"),
    judge.WRONG: ("\u25cb", "not yet", "#a55909"),
    judge.UNTRIED: ("\u00b7", "not tried", "#797874"),
    CRASHED: ("!", "its cell failed", "#797874"),
    TIMED_OUT: ("!", "its cell took too long", "#797874"),
    ABSENT: ("\u2013", "not handed in", "#797874"),
    judge.PERSON: ("\u270e", "waits for a person", "#797874"),
    MARKED: ("\u270e", "marked by a person", "#1772a9"),
}

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #111; --line: #767676; --soft: #f3f3f3; }
@media (prefers-color-scheme: dark) { :root { --ground: #111; --ink: #f2f2f2; --line: #8c8c8c; --soft: #222; } }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
bdi { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3, h4 { font-size: 1rem; margin: 1rem 0 .3rem; }
ul { margin: .3rem 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: bold; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
.state { white-space: nowrap; }
.sign { display: inline-block; width: 1.2em; text-align: center; }
p.note { margin: .3rem 0 0; padding-left: .6rem; border-left: 3px solid var(--line); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); }
@media print { body { max-width: none; } h2, tr { break-inside: avoid; } }
@media (max-width: 40rem) { td, th { padding: .25rem; } .state { white-space: normal; } }
"""


def page(title: str, body: str, style: str = "", script: str = "") -> str:
    """Return a whole page. `title` is plain text; `body` is markup whose every word of a student's has been made harmless.

    A policy in the page forbids it to fetch anything, or to run a script but the one given here.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"; script-src 'sha256-{digest}'" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'{allowed}\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(shown(title, 100))}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n{body}\n"
        + (f"<script>{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )


def state_markup(state: str) -> str:
    """Return a state as sign and word."""
    sign, word, colour = LOOK[state]
    return f'<span class="state"><span class="sign" aria-hidden="true" style="border-bottom:3px solid {colour}">{sign}</span> {word}</span>'
