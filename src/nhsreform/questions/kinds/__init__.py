"""The kinds of question, one class each. To add a kind is to add one file.

1. Write a dataclass below `Question` (question.py) in a new file here. Give it a `kind`, the name that a key cell uses, and
   a `shape`, how a quiz platform asks it (quiz_item.py).
2. Declare its fields: `answer`, and what its key cell may hold (`settings`) or has to (`needs`).
3. Fill in what it does: `answer_of` (the worked value as the key holds it), `form` (a sentence on the form of an answer),
   `judge` (a verdict on a value), `named_wrong` (the wrong answers that the key names, so that build can try each), and
   `gaps` (what a platform gets). `completed` adds what the judge needs of the tables or the texts when the key is built:
   `judge` itself reads no file.
4. Name it in KINDS.

Build, `nr.check`, `nhsreform mark` and `nhsreform quiz` then know it; tests/test_kinds.py does all this with an invented one.
"""

from __future__ import annotations

from nhsreform.questions.kinds.choice import Choice
from nhsreform.questions.kinds.listed import Order, Set
from nhsreform.questions.kinds.match import Match
from nhsreform.questions.kinds.number import Number, Range
from nhsreform.questions.kinds.prose import Prose
from nhsreform.questions.kinds.question import Entry, Question
from nhsreform.questions.kinds.quotation import Quotation
from nhsreform.questions.kinds.words import Attribution, Text

__all__ = ["KINDS", "Entry", "Question", "read_question"]

KINDS: dict[str, type[Question]] = {
    one.kind: one for one in (Choice, Set, Order, Match, Number, Range, Text, Quotation, Attribution, Prose)
}


def read_question(entry: Entry) -> Question:
    """Return an entry of the key as a question of its kind, ready for the judge.

    Raises ValueError for an unknown kind, SourceError when the text that it asks to quote from is missing or changed.
    """
    if entry["kind"] not in KINDS:
        raise ValueError(f"unknown kind of question: {entry['kind']}")
    kind = KINDS[entry["kind"]]
    return kind.read(kind.opened(entry))
