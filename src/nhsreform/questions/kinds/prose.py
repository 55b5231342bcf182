"""A text that a person reads and marks, by the rubric in the question itself."""

from __future__ import annotations

from dataclasses import dataclass

from nhsreform.questions.judge import PERSON, Verdict
from nhsreform.questions.kinds.platform import Gap, Shape, Words
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.value import Plain


@dataclass(frozen=True, kw_only=True)
class Prose(Question):
    """Has no answer in the key: the worked cell holds a possible one."""

    kind = "prose"
    shape = Shape.ESSAY
    by_person = True

    def judge(self, value: Plain) -> Verdict:
        if value.get("type") != "text":
            return self.not_of_the_form(value)
        count = len(value["value"].split())
        words = f"{count} {'word' if count == 1 else 'words'}. A person reads this, not a program."
        return Verdict(PERSON, 0.0, f"{words} {self.right}".strip())

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        return ()

    def changes(self) -> list[str]:
        return ["an essay: a person marks it"]
