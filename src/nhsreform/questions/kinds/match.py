"""Lines that each get one of the same options: the answer is a dictionary, line to label."""

from __future__ import annotations

from dataclasses import dataclass, field

from nhsreform.questions.judge import Verdict, partly, right
from nhsreform.questions.kinds.choice import label_of
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Option, Shape, Words
from nhsreform.questions.value import Plain, describe, fold, is_blank, plain, shortened, word
from nhsreform.text.markdown import escaped

_ByLine = dict[str, dict[str, str]]
# Said of a label that nobody foresaw, where the key has no `else`.
AGAIN = "Not this one. Find this line where the question says, and read what stands round it."
# Said where a label stands on more than one line, and so few are right.
BLINDLY = "One and the same label on every line can get as many, so where a label stands twice they earn nothing. "


@dataclass(frozen=True, kw_only=True)
class Match(Question):
    """options: {label: text}. also, wrong: {line: {label: why it can be defended, or is wrong}}.

    otherwise (else): said to any other label that is wrong.
    """

    kind = "match"
    shape = Shape.MENUS
    settings = {"options": dict, "also": dict, "wrong": dict, "else": str}
    needs = {"options": "options"}
    named_in_key = {"otherwise": "else"}

    answer: dict[str, str]
    options: dict[str, str]
    also: _ByLine = field(default_factory=dict)
    wrong: _ByLine = field(default_factory=dict)
    otherwise: str = ""

    @classmethod
    def answer_of(cls, value: Plain) -> dict[str, str] | None:
        pairs = value["items"] if value["type"] == "dict" else []
        if not pairs or any(part["type"] != "text" for pair in pairs for part in pair):
            return None
        return {line["value"]: label["value"] for line, label in pairs}

    def problem(self) -> str:
        for name, by_line in (("wrong", self.wrong), ("also", self.also)):
            for line, labels in by_line.items():
                if line not in self.answer or not set(labels) <= set(self.options):
                    return f"{name} names {line!r} or a label that the question does not have."
        return ""

    def named_wrong(self) -> list[tuple[Plain, str]]:
        return [
            (plain(self.answer | {line: label}), message)
            for line, labels in self.wrong.items()
            for label, message in labels.items()
        ]

    def form(self) -> str:
        return "Keep the dictionary as it stands and fill in the text after each colon."

    def judge(self, value: Plain) -> Verdict:
        """Judge line by line. Labels that can be defended earn all, and are told why.

        One label on several lines earns something only where all lines together do better than it would on every line.
        """
        if value.get("type") != "dict":
            return self.not_of_the_form(value)
        filled_in = {word(line): label for line, label in value["items"]}
        hits = 0
        remarks: list[str] = []
        messages: list[str] = []
        for line in self.answer:
            earned, message = self._line(line, filled_in.get(fold(line)))
            hits += earned
            if message:
                (remarks if earned else messages).append(message)
        if hits == len(self.answer):
            return right(" ".join([self.right, *remarks]))
        share, blindly = hits / len(self.answer), ""
        if hits <= self._blind() and self._repeats(filled_in):
            share, blindly = 0.0, BLINDLY if hits else ""
        return partly(share, f"{hits} of {len(self.answer)} right. {blindly}" + " ".join(messages))

    def _blind(self) -> int:
        """Return how many lines one and the same label gets right at most."""
        return max(
            sum(label == answer or label in self.also.get(line, {}) for line, answer in self.answer.items())
            for label in self.options
        )

    def _repeats(self, filled_in: dict[str | None, Plain]) -> bool:
        """Return whether one label stands on more than one line."""
        words = [word(filled_in[fold(line)]) for line in self.answer if fold(line) in filled_in]
        labels = [label_of(one, self.options) for one in words if one is not None]
        return any(label is not None and labels.count(label) > 1 for label in labels)

    def _line(self, line: str, item: Plain | None) -> tuple[bool, str]:
        """Return whether a line is right, and what to say of it."""
        if item is None:
            return False, f"{line}: this line is gone. Copy it back from the question."
        if is_blank(item):
            return False, f"{line}: not tried yet."
        words = word(item)
        label = label_of(words, self.options) if words is not None else None
        if label is None:
            shown = describe(item) if words is None else f"“{shortened(item['value'])}”"
            return False, f"{line}: {shown} is not one of {', '.join(self.options)}."
        if label == self.answer[line]:
            return True, ""
        if label in self.also.get(line, {}):
            return True, self.also[line][label]
        return False, f"{line}: {self.wrong.get(line, {}).get(label) or self.otherwise or AGAIN}"

    def labels(self) -> list[str]:
        return list(self.options)

    def options_shown(self, words: Words) -> tuple[Option, ...]:
        """Return the options, each with its label unless its text says it already: "Smith: Judith Smith" does."""
        spoken = all(fold(label) in fold(text) for label, text in self.options.items())
        shown = {label: text if spoken else f"{label}: {text}" for label, text in self.options.items()}
        return tuple(Option(label, escaped(text)) for label, text in shown.items())

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return a gap for each line, in the order of the lines."""
        return tuple(self._gap(line, label) for line, label in self.answer.items())

    def _gap(self, line: str, label: str) -> Gap:
        also, wrong = self.also.get(line, {}), self.wrong.get(line, {})
        answers = {label: Answer(label, 1.0)}
        answers |= {other: Answer(other, 1.0, message) for other, message in also.items()}
        others = [other for other in self.options if other not in answers]
        answers |= {other: Answer(other, 0.0, wrong.get(other, self.otherwise)) for other in others}
        return Gap(tuple(answers.values()), prompt=escaped(line))

    def quoted(self) -> list[str]:
        return list(self.answer)
