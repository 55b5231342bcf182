"""Lines that each get one of the same options: the answer is a dictionary, line to label."""

from __future__ import annotations

from dataclasses import dataclass, field

from nhsreform.questions.judge import Verdict, partly, right
from nhsreform.questions.kinds.choice import label_of
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Option, Shape, Words
from nhsreform.questions.value import Plain, describe, fold, is_blank, only, plain, shortened, word
from nhsreform.text.markdown import escaped

_ByLine = dict[str, dict[str, str]]
# Said of a label that nobody foresaw, where the key has no `else`.
AGAIN = "Not this one. Find this line where the question says, and read what stands round it."
# Said where all that is right has one label.
BLINDLY = (
    "One and the same label on every line can get as many, so where all that is right has one label, it earns nothing. "
)


@dataclass(frozen=True, kw_only=True)
class Match(Question):
    """options: {label: text}. also, wrong: {line: {label: why it can be defended, or is wrong}}.

    accepts: {label: its other spellings}. otherwise (else): said to any other label that is wrong.
    """

    kind = "match"
    shape = Shape.MENUS
    settings = {"options": dict, "also": dict, "wrong": dict, "accepts": dict, "else": str}
    needs = {"options": "options"}
    named_in_key = {"otherwise": "else"}

    answer: dict[str, str]
    options: dict[str, str]
    also: _ByLine = field(default_factory=dict)
    wrong: _ByLine = field(default_factory=dict)
    accepts: dict[str, list[str]] = field(default_factory=dict)
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
        for label in set(self.accepts) - set(self.options):
            return f"accepts names {label!r}, which the question does not have."
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

        What is right earns its part, whatever stands on the other lines: a wrong line takes nothing away, so a blank one is
        never worth more. Where all that is right has one and the same label, it earns nothing: that label on every line
        would get as many.
        """
        if value.get("type") != "dict":
            return self.not_of_the_form(value)
        filled_in = {word(line): label for line, label in value["items"]}
        right_labels: list[str] = []
        remarks: list[str] = []
        messages: list[str] = []
        for line in self.answer:
            label, message = self._line(line, filled_in.get(fold(line)))
            right_labels += [label] if label else []
            if message:
                (remarks if label else messages).append(message)
        hits = len(right_labels)
        if hits == len(self.answer):
            return right(" ".join([self.right, *remarks]))
        share, blindly = hits / len(self.answer), ""
        if len(set(right_labels)) == 1:
            share, blindly = 0.0, BLINDLY
        return partly(share, f"{hits} of {len(self.answer)} right. {blindly}" + " ".join(messages))

    def _line(self, line: str, item: Plain | None) -> tuple[str, str]:
        """Return the label of a line that is right, or "", and what to say of the line."""
        if item is None:
            return "", f"{line}: this line is gone. Copy it back from the question."
        if is_blank(item):
            return "", f"{line}: not tried yet."
        item = only(item)
        words = word(item)
        label = label_of(words, self.options, self.accepts) if words is not None else None
        if label is None:
            shown = describe(item) if words is None else f"“{shortened(item['value'])}”"
            return "", f"{line}: {shown} is not one of {', '.join(self.options)}."
        if label == self.answer[line]:
            return label, ""
        if label in self.also.get(line, {}):
            return label, self.also[line][label]
        return "", f"{line}: {self.wrong.get(line, {}).get(label) or self.otherwise or AGAIN}"

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
