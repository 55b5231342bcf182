"""Plain CSV: one line for each question, for a spreadsheet, a flash-card program or a form of your own."""

from __future__ import annotations

from collections.abc import Iterable

from nhsreform.questions.export.quiz import Item
from nhsreform.questions.kinds.quiz_item import LEAST_TOLERANCE, NUMBERS, Answer, Shape, exactly
from nhsreform.text import html_clean
from nhsreform.text.csv_files import csv_text


def table(questions: Iterable[Item]) -> bytes:
    """Return the questions as CSV in UTF-8 with a byte order mark.

    Without the mark Excel takes the file for another encoding and spoils the curly quotation marks. A cell that a
    spreadsheet would take for a formula gets an apostrophe in front. In a cell, each item stands on a line of its own.
    """
    rows = [row(question) for question in questions]
    return csv_text(list(rows[0]), (list(each.values()) for each in rows), line_end="\r\n").encode("utf-8-sig")


def row(question: Item) -> dict[str, str]:
    """Return the cells of one question, unguarded, by the names of the columns and in their order."""
    several = len(question.gaps) > 1
    right, also, wrong = [], [], []
    for gap in question.gaps:
        before = f"{html_clean.plain(gap.prompt)}: " if several else ""
        for place, answer in enumerate(gap.answers):
            line = f"{before}{answer.value}"
            if answer.share > 0 and (not place or question.shape is Shape.SEVERAL):
                right.append(line)
            elif answer.share > 0:
                also.append(line + _because(answer, question))
            elif answer.feedback:
                wrong.append(line + _because(answer, question))
    slack = question.gaps[0].answers[0].tolerance if question.shape in NUMBERS else 0.0
    return {
        "id": question.id,
        "exercise": question.exercise,
        "title": question.title,
        "kind": question.kind,
        "core": "yes" if question.core else "no",
        "points": str(question.points),
        "minutes": str(question.minutes),
        "question": html_clean.plain(question.body),
        "options": "\n".join(_shown(option.label, option.text) for option in question.options),
        "answer": "\n".join(right) or question.worked,
        "also_right": "\n".join(also),
        "tolerance": exactly(slack if slack > LEAST_TOLERANCE else 0) if question.shape in NUMBERS else "",
        "unit": question.unit,
        "wrong": "\n".join(wrong),
        "right": question.right,
        "why": question.why,
        "hints": "\n".join(question.hints),
        "rubric": html_clean.plain(question.rubric),
        "texts": "\n".join(question.texts),
    }


def _because(answer: Answer, question: Item) -> str:
    """Return what is said to an answer, in brackets; nothing where it is what is said to the worked answer."""
    return f" ({answer.feedback})" if answer.feedback not in ("", question.right) else ""


def _shown(label: str, words: str) -> str:
    """Return an option with its label in front, once.

    >>> _shown("a", "a all of it"), _shown("Smith", "Judith Smith"), _shown("not", "not: it fails")
    ('a: all of it', 'Smith: Judith Smith', 'not: it fails')
    """
    if words.startswith(f"{label}:") or words == label:
        return words
    return f"{label}: {words.removeprefix(f'{label} ') if len(label) == 1 else words}"
