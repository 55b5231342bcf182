"""What a student wrote in a notebook, wherever it stands: in an answer cell, a check cell, text, or a cell of their own.

`read_notebook` fills it, inside the sandbox and before any of the student's code runs. It does not say what an answer is
worth: it keeps an answer that was written in another form from becoming 0 in silence, because the judge sees that
something was written and nothing was read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from nhsreform.notebooks.untouched import lines_of

LONGEST = 2_000
MOST_LINES = 20_000
MOST_QUESTIONS = 200
_HEADING = re.compile(r"[^\S\n]{0,9}#{1,6}[^\S\n]{0,9}(\d{1,3}\.\d{1,3})(?![.\d])")
_NUMBERED = re.compile(r"(?:#{1,6} ?|[-*] )?(?:(?:[Qq]uestion|Q) ?)?(\d{1,3}\.\d{1,3})(?=[\s:.,;)=-]|$)")
_NAMED = re.compile(r"(?<![A-Za-z0-9_])q(\d{1,3})_(\d{1,3})(?![A-Za-z0-9_])")
# A line of a stub that nobody filled in, whatever the key's own notebook looks like by now.
_UNFILLED = re.compile(
    r"""(?:q\d{1,3}_\d{1,3} ?= ?)?(?:\.\.\.|[{}()\[\]]|\"{3}|Write here\.)?[,;]?|(["'])[^\n]*\1 ?: ?\.\.\.,?"""
)

# {question: the lines that the pack ships at it}; under "" those of no question.
Shipped = Mapping[str, Collection[str]]


class RawCell(NamedTuple):
    """A cell of a notebook. question: the one in its metadata, or "". untouched: it is as some version of the pack shipped it."""

    kind: str
    source: str
    question: str = ""
    tags: Sequence[object] = ()
    untouched: bool = False


def is_unfilled(line: str) -> bool:
    """Return whether a line is one of a stub that nobody filled in.

    >>> is_unfilled("q1_1 = ..."), is_unfilled('"Dixon": ...,'), is_unfilled("q1_1 = 'include'")
    (True, True, False)
    """
    return _UNFILLED.fullmatch(line) is not None


class Written:
    """What stands at each question of a file, besides what the pack ships.

    texts: {question: the student's own lines}; under "" those that stand at no question. stands: every question that
    anything in the file names: by metadata, heading or variable. worked: the file is one of the worked notebooks. untouched:
    {question whose answer cell is as some version of the pack shipped it: whether that is this version}.
    """

    def __init__(self, shipped: Shipped | None = None) -> None:
        """`shipped`: the lines that the pack ships, by question."""
        self.shipped = shipped or {}
        self._lines = {question: frozenset(lines) for question, lines in self.shipped.items()}
        self.texts: dict[str, str] = {}
        self.stands: dict[str, None] = {}
        self.worked = False
        self.untouched: dict[str, bool] = {}

    def add(self, other: Written) -> None:
        """Take in what another version of the same file holds."""
        self.stands |= other.stands
        self.untouched = {q: this for q, this in self.untouched.items() if q in other.untouched}
        for question, text in other.texts.items():
            self._write([question], [text])

    def take(self, cells: Sequence[RawCell]) -> None:
        """Take in the cells of a notebook, of every type, in order."""
        # Some platforms take all metadata away; then stubs are known by their lines alone.
        tagless = not any(cell.question for cell in cells)
        current, left = "", MOST_LINES
        for cell in cells:
            kind, source, tagged, tags, untouched = cell
            if "key" in tags and tagged:
                self.worked = True
                continue
            lines = lines_of(source[: LONGEST * 50])[:left]
            left -= len(lines)
            if not tagged and (untouched or all(line in self._lines.get("", ()) for line in lines)):
                current = "" if lines else current
                continue
            if untouched:
                self._as_shipped(cell, lines)
                current = tagged
                continue
            current = self._one(kind, source, lines, tagged if not tagless else None, current)

    def _as_shipped(self, cell: RawCell, lines: Sequence[str]) -> None:
        """Take in a cell of a question that nobody touched: nothing is written there."""
        if len(self.stands) < MOST_QUESTIONS:
            self.stands.setdefault(cell.question)
        if "answer" in cell.tags and (cell.question in self.untouched or len(self.untouched) < MOST_QUESTIONS):
            this = all(line in self._lines.get(cell.question, ()) for line in lines)
            self.untouched[cell.question] = this and self.untouched.get(cell.question, True)

    def _one(self, kind: str, source: str, lines: list[str], tagged: str | None, current: str) -> str:
        """Take in one cell; `tagged` is None where no cell of the file has metadata. Return the question that cells below it belong to, until another one is named."""
        heading = _HEADING.match(lines[0]) if lines and kind != "code" else None
        home = tagged or (_plain(heading[1]) if heading else "")
        own = self._own(home, lines) if home else lines
        named = list(dict.fromkeys(f"{int(a)}.{int(b)}" for line in own for a, b in _NAMED.findall(line)))
        about = list(dict.fromkeys([*([home] if home else []), *named]))
        if len(self.stands) < MOST_QUESTIONS:
            self.stands |= dict.fromkeys(about[:MOST_QUESTIONS])
        if home:
            self._write(about, own)
        elif named:
            for question in named:
                self._write([question], self._own(question, own) if tagged is None else _filled(own))
        elif current:
            self._write([current], own)
        elif kind != "code" or _says_something(source):
            numbered = [_plain(match[1]) for line in lines if (match := _NUMBERED.match(line))]
            self._write([question for question in numbered if question in self._lines] or [""], lines)
        return about[0] if about else current

    def _own(self, question: str, lines: Iterable[str]) -> list[str]:
        shipped = self._lines.get(question, frozenset())
        return [line for line in lines if line not in shipped and not is_unfilled(line)]

    def _write(self, questions: Iterable[str], lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        for question in dict.fromkeys(questions) if text else ():
            if question not in self.texts and len(self.texts) >= MOST_QUESTIONS:
                return
            before = self.texts.get(question, "")
            self.texts[question] = f"{before}\n{text}".strip()[:LONGEST]


def _filled(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if not is_unfilled(line)]


def _plain(question: str) -> str:
    first, second = question.split(".")
    return f"{int(first)}.{int(second)}"


def _says_something(source: str) -> bool:
    """Return whether a cell of code that stands at no question holds words, or is no Python: it may be an answer."""
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.strip() for n in nodes)
