"""A page on the whole class: question by question how many are right, and what most often goes wrong. No names, unless asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking.class_key import in_order
from nhsreform.marking.pages.page import page
from nhsreform.marking.record import (
    ABSENT,
    CRASHED,
    MARKED,
    PARTLY,
    PERSON,
    RIGHT,
    TIMED_OUT,
    TOO_LONG,
    UNTRIED,
    WRONG,
    Mark,
    by_student,
)
from nhsreform.questions.value import Plain
from nhsreform.text.html import render
from nhsreform.text.numbers_in_words import number
from nhsreform.text.typography import squeezed

# What is drawn and counted: a heading, the states in it, a colour, and a colour that can be read on it.
GROUPS = (
    ("right", (RIGHT,), "#1772a9", "#fff"),
    ("partly", (PARTLY,), "#8595aa", "#000"),
    ("not yet", (WRONG,), "#a55909", "#fff"),
    ("not tried", (UNTRIED,), "#797874", "#000"),
    ("failed", (CRASHED, TIMED_OUT, TOO_LONG), "#8f7a2f", "#000"),
    ("for a person", (PERSON, MARKED), "#7a76b8", "#000"),
)
REASONS = 3
WIDTH, ROW, LABEL = 640, 32, 56

_TEMPLATE = Path(__file__).with_name("class_report.html")
_BARS = Path(__file__).with_name("bars.html")


@dataclass
class Question:
    """What a class did with one question."""

    question: str
    counts: Counter[str] = field(default_factory=Counter)
    points: list[float] = field(default_factory=list)
    max: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def handed_in(self) -> int:
        """How many handed the exercise in."""
        return sum(self.counts.values()) - self.counts[ABSENT]

    def group(self, states: Sequence[str]) -> int:
        """Return how many are in any of these states."""
        return sum(self.counts[state] for state in states)

    @property
    def absent(self) -> int:
        """How many did not hand the exercise in."""
        return self.counts[ABSENT]

    @property
    def mean(self) -> float | None:
        """The mean points of those who handed it in; None where a person must still read an answer, or nobody did."""
        if not self.points or self.counts[PERSON]:
            return None
        return sum(self.points) / len(self.points)


def _texts(value: Plain | None) -> Iterator[str]:
    """Yield every text and number in an answer, but the lines of a match, which are the question's own."""
    if value is None:
        return
    if value.get("type") in ("text", "int", "float"):
        yield str(value["value"])
    for item in value.get("items", ()):
        yield from _texts(item[1] if isinstance(item, list) else item)


def _known_kind(kind: re.Match[str]) -> str:
    return kind[0] if kind[0] in ("a number", "a dictionary") else "something else"


# Where a message repeats a number or an id that the student gave, without quotation marks.
_UNQUOTED = (
    r"(?<![\w.])[-+\d.,e]+(?= is too (?:high|low)\b)",
    r"(?<=rite )[-+\d.e]+(?: or [-+\d.e]+)?(?=, with a point)",
    r"(?<=Python works ).+?(?= out\b)",
    r"(?<=There is no claim )[\w-]+",
)


def without_words(mark: Mark) -> str:
    """Return what a student was told without the words and numbers that the student gave: they could say who it was.

    >>> answer = {"type": "text", "value": "Ada Lovelace"}
    >>> without_words(Mark("", "", "", WRONG, 0, 1, message="\u201cAda Lovelace\u201d is no id.", value=answer))
    '\u201c\u2026\u201d is no id.'
    """
    own = [squeezed(text) for text in _texts(mark.value)]

    def hidden(quoted: re.Match[str]) -> str:
        words = squeezed(quoted[1])
        return "\u201c\u2026\u201d" if any(words in text for text in own) else quoted[0]

    # The name of a class is a word of the student's too.
    message = re.sub(r"(?<=Your answer is )a \w+(?=\. )", _known_kind, mark.message)
    message = re.sub(r"\u201c([^\u201c\u201d]*)\u201d", hidden, message)
    for unquoted in _UNQUOTED:
        message = re.sub(unquoted, "\u2026", message)
    return message


def by_exercise(marks: Sequence[Mark], names: bool = False) -> dict[str, list[Question]]:
    """Return {exercise: its questions, in order}. Without `names` no reason holds a student's words."""
    exercises: dict[str, dict[str, Question]] = {}
    for mark in marks:
        if not mark.question:
            continue
        question = exercises.setdefault(mark.exercise, {}).setdefault(mark.question, Question(mark.question))
        question.counts[mark.state] += 1
        question.max = max(question.max, mark.max)
        if mark.points is not None and mark.state != ABSENT:
            question.points.append(mark.points)
        if mark.state in (WRONG, PARTLY) and mark.message:
            question.reasons[mark.message if names else without_words(mark)] += 1
    return {
        exercise: sorted(questions.values(), key=lambda question: in_order(question.question))
        for exercise, questions in sorted(exercises.items())
    }


def commonest(question: Question, alone: bool = False) -> list[tuple[str, int]]:
    """Return the commonest reasons why an answer is not right, with how many gave it, the commonest first.

    What only one student was told is left out, because it may say who it was; with `alone` it is not.
    """
    reasons = sorted(question.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(message, count) for message, count in reasons if count > 1 or alone][:REASONS]


def chart(questions: Sequence[Question], title: str) -> str:
    """Return a bar for each question as SVG, cut into how many are right, partly right, not yet and so on.

    All that it shows stands in the table beside it, so a screen reader is told only what it is.
    """
    most = max((question.handed_in for question in questions), default=0) or 1
    scale = (WIDTH - LABEL - 4) / most
    bars = []
    for place, question in enumerate(questions):
        left, parts = float(LABEL), []
        for _, states, colour, ink in GROUPS:
            count = question.group(states)
            wide = count * scale
            if count:
                # A number is drawn where there is room for it.
                label = count if wide > 9 * len(str(count)) + 8 else ""
                parts.append({"left": left, "wide": max(wide - 2, 1), "colour": colour, "ink": ink, "label": label})
            left += wide
        bars.append({"question": question.question, "top": place * ROW + 4, "parts": parts})
    return render(_BARS, title=title, bars=bars, width=WIDTH, height=ROW * len(questions) + 4)


def _points_by_exercise(marks: Sequence[Mark], exercises: Sequence[str]) -> list[str]:
    """Return one student's points in each exercise, in words."""
    cells = []
    for exercise in exercises:
        mine = [mark for mark in marks if mark.exercise == exercise]
        points = number(sum(mark.points or 0 for mark in mine))
        waiting = "+" if any(mark.state == PERSON for mark in mine) else ""
        cells.append("–" if all(mark.state == ABSENT for mark in mine) else points + waiting)
    return cells


def report(marks: Sequence[Mark], named: Mapping[str, str], names: bool = False) -> str:
    """Return the page. `named`: {question: title}. `names`: with each student's points, and what only one was told."""
    exercises = by_exercise(marks, names)
    students = by_student(marks)
    body = render(
        _TEMPLATE,
        students=len(students),
        exercises=exercises,
        named=named,
        names=names,
        groups=GROUPS,
        chart=chart,
        commonest=lambda question: commonest(question, names),
        rows=[(student, _points_by_exercise(own, list(exercises))) for student, own in students.items()]
        if names
        else [],
    )
    return page("Class report", body, _TEMPLATE.with_suffix(".css"))
