"""A text that a person reads and marks, by the rubric in the question itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from nhsreform.questions.judge import PERSON, Verdict
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import Gap, Shape, Words
from nhsreform.questions.value import Plain
from nhsreform.text.numbers_in_words import plural, words_in


@dataclass(frozen=True, kw_only=True)
class Prose(Question):
    """Has no answer in the key: the worked cell holds a possible one.

    words: how many it should have, the least and the most. texts: from how many texts it should cite claims, each with its
    id. both_sides: whether it should cite one for and one against. quotes: whether it should quote, word for word.
    """

    kind = "prose"
    shape = Shape.ESSAY
    by_person = True
    settings = {"words": list, "texts": int, "both_sides": bool, "quotes": bool}

    words: list[int] = field(default_factory=list)
    texts: int = 0
    both_sides: bool = False
    quotes: bool = False

    def length(self) -> tuple[int, int] | None:
        """Return the least and the most words, or None."""
        return (self.words[0], self.words[1]) if self.words else None

    def problem(self) -> str:
        numbers = all(isinstance(number, int) for number in self.words)
        return (
            "" if not self.words or (len(self.words) == 2 and numbers) else "words needs two numbers, as in [80, 150]."
        )

    def judge(self, value: Plain) -> Verdict:
        if value.get("type") != "text":
            return self.not_of_the_form(value)
        words = plural(words_in(value["value"]), "word")
        return Verdict(PERSON, 0.0, f"{words}. A person reads this, not a program. {self.right}".strip())

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        return ()

    def changes(self) -> list[str]:
        return ["an essay: a person marks it"]
