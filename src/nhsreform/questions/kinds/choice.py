"""One of several options: the answer is a label, such as "b"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nhsreform.questions.judge import Verdict, right, wrong
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Option, Shape, Words
from nhsreform.questions.names import Names
from nhsreform.questions.value import Plain, only, plain, shortened, word
from nhsreform.text.markdown import escaped, inline_xhtml


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """options: {label: text}. also: {label that can be defended: why}. wrong: {label: why it is wrong}."""

    kind = "choice"
    shape = Shape.ONE
    settings = {"options": dict, "also": dict, "wrong": dict}
    needs = {"options": "options"}

    answer: str
    options: dict[str, str]
    also: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def problem(self) -> str:
        return unexplained(self.options, {self.answer, *self.wrong, *self.also})

    def named_wrong(self) -> list[tuple[Plain, str]]:
        return [(plain(label), message) for label, message in self.wrong.items()]

    def form(self) -> str:
        return f"Give one of: {', '.join(self.options)}, in quotation marks."

    def judge(self, value: Plain) -> Verdict:
        """Take a label or an option's whole text, alone or in a list of one."""
        value = only(value)
        words = word(value)
        if words is None:
            return self.not_of_the_form(value)
        label = label_of(words, self.options)
        if label is None:
            return wrong(f"“{shortened(value['value'])}” is not one of the options. {self.form()}")
        if label == self.answer:
            return right(self.right)
        if label in self.also:
            return right(self.also[label])
        otherwise = f"“{self.options[label]}” is not it. Hold it against the words that the question asks about."
        return wrong(self.wrong.get(label) or otherwise)

    def labels(self) -> list[str]:
        return list(self.options)

    def options_shown(self, words: Words) -> tuple[Option, ...]:
        return lettered(self.options, words)

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return one gap: the answer, what can be defended, and the wrong options."""
        answers = {self.answer: Answer(self.answer, 1.0, self.right)}
        answers |= {label: Answer(label, 1.0, message) for label, message in self.also.items()}
        answers |= {label: Answer(label, 0.0, message) for label, message in self.wrong.items()}
        return (Gap(tuple(answers.values())),)


def label_of(words: str, options: Mapping[str, str], accepts: Mapping[str, Iterable[str]] | None = None) -> str | None:
    """Return the label of the option meant by a label, by the option's whole text, or by whom it names; None for none.

    accepts: {label: its other spellings}.
    """
    spelt = {spelling: label for label, spellings in (accepts or {}).items() for spelling in spellings}
    return Names({text: label for label, text in options.items()} | spelt | {label: label for label in options}).meant(
        words
    )


def choose(options: Mapping[str, str]) -> str:
    """Return what may be chosen, in words.

    >>> choose({"a": "one", "b": "two", "c": "three"}), choose({"yes": "It is.", "no": "It is not."})
    ('letters from a to c', 'names from yes, no')
    """
    labels = list(options)
    if len(labels) > 1 and all(len(label) == 1 for label in labels):
        return f"letters from {labels[0]} to {labels[-1]}"
    return f"names from {', '.join(labels)}"


def unexplained(options: Mapping[str, str], explained: set[str]) -> str:
    """Return a sentence on a label that is not among the options, or on an option that is not explained, or ""."""
    for label in explained - set(options):
        return f"there is no option {label}."
    for label in set(options) - explained:
        return f"option {label} is wrong, but the key does not say why."
    return ""


def lettered(options: Mapping[str, str], words: Words) -> tuple[Option, ...]:
    """Return options as a platform shows them: labels of one letter in bold before the text.

    A list in the question is Markdown; what stands in the key is plain text, as a notebook shows it.
    """
    shown = {label: escaped(text) for label, text in options.items()}
    shown |= {label: inline_xhtml(text) for label, text in words.options.items()}
    letters = all(len(label) == 1 for label in options)
    return tuple(
        Option(label, (f"<strong>{escaped(label)}</strong> " if letters else "") + text)
        for label, text in shown.items()
    )
