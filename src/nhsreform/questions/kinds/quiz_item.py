"""What a quiz platform gets of a question: how it is asked, the gaps to fill, and the answers that are foreseen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from nhsreform.text import html_clean

# Numbers are compared as the judge compares them; where the key names no tolerance, rounding may not count as an error.
LEAST_TOLERANCE = 1e-6


class Shape(Enum):
    """How a platform asks a question: what each format writes differently."""

    ONE = "options, one to tick"
    SEVERAL = "options, as many to tick as belong"
    PLACES = "items, each to be given its place"
    MENUS = "lines, each with the same menu of options"
    NUMBER = "one number"
    NUMBERS = "several numbers"
    WORDS = "words to type"
    ESSAY = "a text that a person marks"


NUMBERS = (Shape.NUMBER, Shape.NUMBERS)


@dataclass(frozen=True)
class Answer:
    """One answer that is foreseen: its value, the share of the gap that it earns, and what to say to it.

    A share below zero is taken from what other answers earn; the whole never falls below nothing.
    """

    value: str
    share: float
    feedback: str = ""
    tolerance: float = 0.0


@dataclass(frozen=True)
class Gap:
    """One thing to answer.

    prompt: XHTML beside it, where a question has several. otherwise: said to any other answer. unit: of a number.
    """

    answers: tuple[Answer, ...]
    prompt: str = ""
    otherwise: str = ""
    unit: str = ""

    @property
    def right(self) -> str:
        """The worked answer."""
        return self.answers[0].value


@dataclass(frozen=True)
class Option:
    """An option as it is shown: XHTML, and the same as plain text."""

    label: str
    markup: str

    @property
    def text(self) -> str:
        """The option as plain text."""
        return html_clean.plain(self.markup)


@dataclass(frozen=True)
class Words:
    """A question's own words, as a platform shows them.

    markdown: without the heading and the list of options. options: {label: Markdown} of that list. taken_out: what stood
    in the notebook's words alone, one passage an item.
    """

    title: str
    markdown: str
    options: dict[str, str] = field(default_factory=dict)
    taken_out: tuple[str, ...] = ()

    def show(self, value: object) -> bool:
        """Return whether a platform shows a named wrong answer's value; an example of how to type may be taken out."""
        forms = (f"`{value}`", f'`"{value}"`')
        return not any(form in passage for passage in self.taken_out for form in forms)


def exactly(number: float) -> str:
    """Return a number as text, without the dust that arithmetic leaves.

    >>> exactly(4.2 - 2.0 - 2.5), exactly(100.0)
    ('-0.3', '100')
    """
    # Adding nothing turns minus nought into nought.
    return f"{round(number, 9) + 0.0:.9f}".rstrip("0").rstrip(".")


def roundest(answer: Answer) -> str:
    """Return an answer's number with as few decimals as its tolerance allows: what a learner is likely to type.

    >>> roundest(Answer("0.869565217", 1.0, tolerance=0.005))
    '0.87'
    """
    number = float(answer.value)
    rounded = (exactly(round(number, places)) for places in range(9))
    return next((value for value in rounded if abs(float(value) - number) <= answer.tolerance), answer.value)
