"""The judge: what may be said of an answer, and the verdict on it. Pure: a plain value and a question go in, no more.

`nr.check` and `nhsreform mark` share it. What a kind of question makes of a value stands in kinds/.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nhsreform.questions.value import Plain, describe, is_blank, shortened, texts
from nhsreform.text.typography import foreign_letters

if TYPE_CHECKING:
    from nhsreform.questions.kinds.question import Question

LONGEST_LOOKED_AT = 2_000
RIGHT, PARTLY, WRONG, UNTRIED, PERSON = "right", "partly", "wrong", "not tried", "needs a person"
# An answer that was not read because of its length is not said to be wrong.
TOO_LONG = "too long"

# So many characters an answer may have in all, its own marks and names aside: to read more could take long, and no question asks
# for it. A text that a person reads has its own limit, when it is taken in (value.MAX_TEXT).
LONGEST = 4_000


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer.

    state: RIGHT, PARTLY, WRONG, UNTRIED, TOO_LONG or PERSON. share: 0 to 1 of the points. message: why, in one or two
    sentences; it never gives the answer away unless the answer is right.
    """

    state: str
    share: float = 0.0
    message: str = ""


def right(message: str) -> Verdict:
    """Return the verdict on an answer that earns all."""
    return Verdict(RIGHT, 1.0, message)


def partly(share: float, message: str) -> Verdict:
    """Return the verdict on an answer that earns a share of the points; without a share it is wrong."""
    return Verdict(PARTLY, round(share, 4), message) if share > 0 else wrong(message)


def wrong(message: str) -> Verdict:
    """Return the verdict on an answer that earns nothing."""
    return Verdict(WRONG, 0.0, message)


def length(value: Plain) -> int:
    """Return how many characters of text a plain value holds.

    >>> length({"type": "list", "items": [{"type": "text", "value": "abc"}, {"type": "int", "value": 1}]})
    3
    """
    own = value.get("value")
    items = (part for item in value.get("items", ()) for part in (item if isinstance(item, list) else (item,)))
    return (len(own) if isinstance(own, str) else 0) + sum(map(length, items))


def verdict(value: Plain, question: Question) -> Verdict:
    """Return the verdict on a plain value."""
    if is_blank(value, question.untouched):
        return Verdict(UNTRIED)
    if value.get("cut") or (not question.by_person and length(value) > LONGEST):
        what = f"This is too long to read ({describe(value)}). {question.form()}"
        # What a person reads, a person decides on, however long it is.
        return Verdict(PERSON if question.by_person and value.get("type") == "text" else TOO_LONG, 0.0, what)
    judged = question.judge(value)
    if judged.state in (PARTLY, WRONG):
        return replace(judged, message=judged.message + _look_alikes(value))
    return judged


def _look_alikes(value: Plain) -> str:
    """Return a sentence on a letter of another alphabet, which may look like one of ours, or "".

    >>> _look_alikes({"type": "text", "value": "\u041aingsland"})
    ' “К” in “Кingsland” is no English letter, though it may look like one (Unicode: CYRILLIC CAPITAL LETTER KA). Type it anew.'
    """
    for text in texts(value):
        for sign in foreign_letters(text[:LONGEST_LOOKED_AT]):
            word = next((word for word in text.split() if sign in word), sign)
            name = unicodedata.name(sign, f"U+{ord(sign):04X}")
            what = (
                f"“{sign}” in “{shortened(word)}” is no English letter, though it may look like one (Unicode: {name})."
            )
            return f" {what} Type it anew."
    return ""
