"""A question's words for a platform that has no cells, and whether it can be asked there at all.

In a notebook a question also says how to type its answer, and may lean on what its cell loads. The key cell says in
`platform` which of its words give way to which, in the question, its hints and its messages. A question that still needs
the notebook is left out, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from nhsreform.questions.kinds.quiz_item import Words
from nhsreform.text.markdown import beyond_xhtml, items, parts

# What makes a question one for the notebook alone.
_NOTEBOOK_ONLY = (
    (re.compile(r"`[^`]*\bnr\.\w+[^`]*`"), "it sends you to {} in the notebook"),
    (re.compile(r"\bthe columns?\b"), "it asks you to read {} of a table that only the notebook loads"),
    (re.compile(r"\bq\d+_\d+\b"), "it speaks of {}, a name in the notebook"),
    (re.compile(r"\bwidgets?\b"), "it needs a {}"),
    (re.compile(r"\bcells?\b"), "it speaks of a {} of the notebook"),
)
# A label as Python's text stands in italics where nothing is typed.
_TEXT_IN_CODE = re.compile(r'`"([^"`*]+)"`')
_LABELLED = re.compile(r"\*\*([^*]+)\*\* +(.*)", re.DOTALL)


def words(markdown: str, labels: list[str], platform: Mapping[str, str]) -> Words:
    """Return a question's words for a platform.

    labels: the labels of its options. platform: {passage: what stands there instead}.
    """
    heading, _, body = markdown.strip().partition("\n")
    title = re.sub(r"\s*\([^()]*minutes?\)\s*$", "", heading.lstrip("# ")).strip()
    options: dict[str, str] = {}
    paragraphs = []
    for part in parts(_TEXT_IN_CODE.sub(r"*\1*", replaced(body, platform))):
        labelled = [_LABELLED.fullmatch(item) for item in items(part)]
        texts = {item[1]: item[2] for item in labelled if item}
        if texts and all(labelled) and set(texts) == set(labels):
            options = texts
        else:
            paragraphs.append(part)
    return Words(title, "\n\n".join(paragraphs), options, tuple(passage for passage in platform if passage in body))


def replaced(held: Any, platform: Mapping[str, str]) -> Any:
    """Return a text, or all texts of a list or a dictionary, with the passages of `platform` replaced.

    >>> replaced(["Two can stand. Look up the ids."], {"Look up the ids.": ""})
    ['Two can stand.']
    """
    if isinstance(held, dict):
        return {name: replaced(part, platform) for name, part in held.items()}
    if isinstance(held, list):
        return [replaced(part, platform) for part in held]
    if isinstance(held, str):
        for passage, instead in platform.items():
            held = held.replace(passage, instead)
        return held.strip()
    return held


def lists_in_cell(code: str, variable: str) -> dict[str, list[str]]:
    r"""Return the plain lists that a learner's cell sets, by name: without them the question has no answer.

    >>> lists_in_cell('one = ["a", "b"]\nq6_3 = ...', "q6_3")
    {'one': ['a', 'b']}
    """
    lists = {}
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
            lists[name] = [str(value) for value in values]
    return lists


def loads_a_table(code: str) -> bool:
    """Return whether a learner's cell asks the pack for something."""
    return re.search(r"\bnr\.\w", code) is not None


def why_not(markdown: str) -> str:
    """Return why a question cannot be asked without the notebook, by its words, or "".

    >>> why_not("See the column."), why_not("Which word?")
    ('it asks you to read the column of a table that only the notebook loads', '')
    """
    for pattern, reason in _NOTEBOOK_ONLY:
        place = pattern.search(markdown)
        if place:
            return reason.format(place.group())
    return beyond_xhtml(markdown) or (
        "" if markdown else "no words are left when what it says of the notebook is taken out"
    )
