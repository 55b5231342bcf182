"""Fitting the words of a notebook's question to a platform that has no cells, by rule, and saying what was changed.

In a notebook a question also says how to type its answer, and may lean on what its cell loads. On a platform the first is
noise and the second is missing. Phrases on typing are taken out; a sentence that speaks of the cell, or shows code, is
taken out and reported; a question that cannot be answered without the notebook is left out, with the reason.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from nhsreform.questions.export.markup import beyond, blocks, items

# What makes a question one for the notebook alone. The words are looked for in the question as its author wrote it.
_NOTEBOOK_ONLY = (
    (re.compile(r"`[^`]*\bnr\.\w+[^`]*`"), "it sends you to {} in the notebook"),
    (re.compile(r"\bthe columns?\b"), "it asks you to read {} of a table that only the notebook loads"),
    (re.compile(r"\bq\d+_\d+\b"), "it speaks of {}, a name in the notebook"),
    (re.compile(r"\bwidgets?\b"), "it needs a {}"),
)
_EXAMPLE = re.compile(r",? as in (`[^`]*`(?: or `[^`]*`)*)")
_TYPING = (
    (re.compile(r"\b((?:Give|Type|Choose) [^.:?]*?), in quotation marks"), r"\1"),
    (re.compile(r"\b((?:Give|Type|Choose) [^.:?]*?) as a list\b"), r"\1"),
    (re.compile(r" in the cell\b"), ""),
    (re.compile(r"\bfill in (?=\*|`)"), "choose "),
    (re.compile(r'`"([^"`*]+)"`'), r"*\1*"),
)
# Once the typing is gone, such a sentence says only what the boxes to tick say already.
_EMPTIED = re.compile(r"(?:Give|Choose|Type) (?:its|the|both) \w+\.|(?:Give|Choose|Type) them\.")
_OF_THE_CELL = re.compile(r"`|\bcells?\b|\bnr\.\w|\bThe first line loads\b")
_SENTENCE_END = re.compile(r"[.?!][*_”’)]*\s+")
_LABELLED = re.compile(r"\*\*([^*]+)\*\* +(.*)", re.DOTALL)
_NUMBER_KINDS = ("number", "range")


@dataclass(frozen=True)
class Adapted:
    """A question's words, fitted.

    why_not: the reason to leave the question out, or "". options: {label: Markdown} of a list of options that stood in the
    question and was taken out of it. examples: what stood as an example of how to type an answer. dropped: whole sentences
    that were taken out. given: what the cell gives the learner, as (name, items).
    """

    title: str
    markdown: str
    options: dict[str, str]
    examples: tuple[str, ...]
    dropped: tuple[str, ...]
    given: tuple[tuple[str, tuple[str, ...]], ...]
    why_not: str = ""


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; put together again they are the paragraph.

    >>> sentences("One. **Which?** Two.")
    ['One. ', '**Which?** ', 'Two.']
    """
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(paragraph)), len(paragraph)]
    return [paragraph[start:end] for start, end in zip(ends, ends[1:], strict=False) if start < end]


def without_cell(words: str) -> tuple[str, tuple[str, ...]]:
    """Return (words, sentences taken out): a hint or a message without what only the notebook has.

    >>> without_cell("Two can stand. Look up the ids with nr.cite.")
    ('Two can stand.', ('Look up the ids with nr.cite.',))
    """
    kept, dropped = [], []
    for sentence in sentences(words):
        (dropped if _OF_THE_CELL.search(sentence) else kept).append(sentence)
    return "".join(kept).strip(), tuple(sentence.strip() for sentence in dropped)


def given_in_cell(code: str, variable: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    r"""Return what a learner's cell gives as plain lists, as (name, items): without them the question has no answer.

    >>> given_in_cell('one = ["a", "b"]\nq6_3 = ...', "q6_3")
    (('one', ('a', 'b')),)
    """
    found = []
    for node in ast.parse(code).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if name == variable or not isinstance(node.value, ast.List):
            continue
        try:
            values = ast.literal_eval(node.value)
        except ValueError:
            continue
        if values and all(isinstance(value, str | int | float) for value in values):
            found.append((name, tuple(str(value) for value in values)))
    return tuple(found)


def loads_a_table(code: str) -> bool:
    """Return whether a learner's cell asks the pack for something."""
    return re.search(r"\bnr\.\w", code) is not None


def adapted(markdown: str, kind: str, labels: list[str], code: str, variable: str) -> Adapted:
    """Return a question's words fitted to a platform.

    labels: the labels of its options. code: the learner's cell, with the answer blank.
    """
    heading, _, body = markdown.strip().partition("\n")
    title = re.sub(r"\s*\([^()]*minutes?\)\s*$", "", heading.lstrip("# ")).strip()
    examples = tuple(part for found in _EXAMPLE.finditer(body) for part in re.findall(r"`([^`]*)`", found[1]))
    given = given_in_cell(code, variable)
    options: dict[str, str] = {}
    kept, dropped = [], []
    for part in blocks(body):
        found = [_LABELLED.fullmatch(item) for item in items(part)]
        if found and all(found) and {item[1] for item in found if item} == set(labels):
            options = {item[1]: item[2] for item in found if item}
        elif part.startswith(">"):
            kept.append(part)
        else:
            words, out = _without_typing(part, kind)
            dropped += out
            kept.append(words)
    new = "\n\n".join(part for part in kept if part)
    return Adapted(title, new, options, examples, tuple(dropped), given, _why_not(body, new, kind, code, given))


def _without_typing(part: str, kind: str) -> tuple[str, list[str]]:
    part = _EXAMPLE.sub("", part)
    for pattern, instead in _TYPING:
        part = pattern.sub(instead, part)
    kept, dropped = [], []
    for sentence in sentences(part):
        if kind in ("choice", "set") and _EMPTIED.fullmatch(sentence.strip()):
            continue
        if _OF_THE_CELL.search(sentence):
            dropped.append(sentence.strip())
        else:
            kept.append(sentence)
    return "".join(kept).strip(), dropped


def _why_not(body: str, new: str, kind: str, code: str, given: tuple[object, ...]) -> str:
    for pattern, words in _NOTEBOOK_ONLY:
        found = pattern.search(body)
        if found:
            return words.format(found.group())
    if beyond(body):
        return beyond(body)
    if not new:
        return "no words are left when what it says of the notebook is taken out"
    if kind in _NUMBER_KINDS and loads_a_table(code) and not given and not re.search(r"\d", new):
        return "its numbers stand in a table that only the notebook loads"
    return ""
