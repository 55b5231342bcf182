"""Several things that belong (a set), or that have an order: the answer is a list of labels or of words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nhsreform.questions.judge import Verdict, partly, right, wrong
from nhsreform.questions.kinds.choice import choose, lettered, unexplained
from nhsreform.questions.kinds.question import Entry, Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Option, Shape, Words
from nhsreform.questions.names import Names
from nhsreform.questions.value import Plain, describe, fold, is_blank, plain, shortened, word
from nhsreform.text import html_clean
from nhsreform.text.markdown import escaped, to_xhtml

# A list in words that is longer is not taken apart.
LONGEST_LIST = 500


@dataclass(frozen=True, kw_only=True)
class _Listed(Question):
    """options: {label: text}, or none for words. accepts: {answer: its other spellings}. wrong: {label or word: why}.

    otherwise (else): said to a word that the key does not name.
    """

    settings = {"options": dict, "accepts": dict, "wrong": dict, "else": str}
    named_in_key = {"otherwise": "else"}

    answer: list[str]
    options: dict[str, str] = field(default_factory=dict)
    accepts: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    otherwise: str = ""

    @classmethod
    def answer_of(cls, value: Plain) -> list[str] | None:
        items = value["items"] if value["type"] == "list" else []
        return [item["value"] for item in items] if items and all(item["type"] == "text" for item in items) else None

    def named(self, words: list[str]) -> list[str]:
        """Return each word as the key spells it, where the key knows it.

        Words joined by "and" are taken apart where the key knows one of them, and by a blank or a stroke where it knows all.
        """
        names = self._names()
        apart = [part for words_of_one in words for part in _apart(words_of_one, names)]
        return [names.meant(part) or part for part in apart]

    def _names(self) -> Names:
        known = {name: fold(name) for name in self.wrong}
        known |= {name: answer for answer, spellings in self.accepts.items() for name in spellings}
        known |= {name: label for label, text in self.options.items() for name in (text, label)}
        return Names(known | {answer: answer for answer in self.answer})

    def example(self) -> str:
        """Return a list of two, as one would type it: of labels where there are options."""
        first, second = [*self.options, "first", "second"][:2]
        return f'["{first}", "{second}"]'

    def stranger(self, named: list[str]) -> str:
        """Return what to say of a word that is no option, or "" where all are, or where no options are printed."""
        strange = next((name for name in named if self.options and name not in self.options), "")
        if not strange:
            return ""
        joined = len(strange) > 1 and set(strange) <= set(self.options)
        why = f" It is {len(strange)} letters in one piece." if joined else ""
        each = "each in quotation marks of its own, with a comma between"
        what = choose(self.options)
        return (
            f"“{shortened(strange)}” is not one of the options.{why} Give {what}, {each}: {self.example()} is a list."
        )

    def options_shown(self, words: Words) -> tuple[Option, ...]:
        """Return the options with their letters; words in the order in which the question's own words have them."""
        if self.options:
            return lettered(self.options, words)
        # The right words would stand first.
        shown = html_clean.plain(to_xhtml(words.markdown)).casefold()
        labels = sorted(self.labels(), key=lambda label: (shown.find(label.casefold()) % (len(shown) + 1), label))
        return tuple(Option(label, escaped(label)) for label in labels)


@dataclass(frozen=True, kw_only=True)
class Set(_Listed):
    """Which belong? Each right one earns its part, and each wrong one takes a part away."""

    kind = "set"
    shape = Shape.SEVERAL

    def problem(self) -> str:
        return unexplained(self.options, {*self.answer, *self.wrong}) if self.options else ""

    def named_wrong(self) -> list[tuple[Plain, str]]:
        return [(plain([*self.answer, extra]), message) for extra, message in self.wrong.items()]

    def form(self) -> str:
        what = choose(self.options) if self.options else "words"
        return f"Give {what} as a list in square brackets, such as {self.example()}; order does not matter."

    def judge(self, value: Plain) -> Verdict:
        """Count what belongs against what does not, and name each that does not."""
        words = listed(value)
        if words is None:
            return self.not_of_the_form(value)
        named, answer = set(self.named(words)), set(self.answer)
        stranger = self.stranger(sorted(named))
        if named == answer:
            return right(self.right)
        extra, missing = sorted(named - answer), answer - named
        hits = len(named & answer)
        messages = {fold(name): message for name, message in reversed(self.wrong.items())}
        sentences = [stranger] if stranger else []
        # What is no option at all is said once, with what to type instead.
        known = [item for item in extra if not stranger or item in self.options]
        sentences += [self._on(item, messages.get(fold(item), "")) for item in known]
        if any(map(self._holds_a_name, known)):
            sentences.append("Give each word in quotation marks of its own, with a comma between.")
        elif missing and (hits or not stranger):
            sentences.append(f"{hits} of {len(answer)} found; {len(missing)} still missing.")
        elif extra:
            sentences.append("All that belong are there.")
        return partly((hits - len(extra)) / len(answer), " ".join(sentences))

    def _holds_a_name(self, item: str) -> bool:
        """Return whether an item that the key does not know is several words, and the key knows one of them."""
        names, words = self._names(), item.split()
        return not self.options and not names.exactly(item) and len(words) > 1 and any(map(names.exactly, words))

    def _on(self, item: str, message: str) -> str:
        """Return a message on an item, by its words and not by its letter: letters may be dealt anew."""
        words = shortened(self.options.get(item, item))
        if not message and self._holds_a_name(item):
            return f"“{words}” is {len(item.split())} words in one piece."
        if not message:
            return f"“{words}” does not belong. {self.otherwise}".strip()
        return f"“{words}”: {message}" if len(item) == 1 and item in self.options else message

    @classmethod
    def completed(cls, entry: Entry) -> Entry:
        """Take the letter of an option from the head of what is said to it: whoever says it names the option by its words."""
        if "options" not in entry or "wrong" not in entry:
            return entry
        messages = {label: message.removeprefix(f"{label}: ") for label, message in entry["wrong"].items()}
        return entry | {"wrong": {label: message[:1].upper() + message[1:] for label, message in messages.items()}}

    def labels(self) -> list[str]:
        """Return the labels of the options; without options, the right words and the named wrong ones."""
        return list(self.options or [*self.answer, *self.wrong])

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return one gap: each right one an equal part, each other one the same part less."""
        part = 1 / len(self.answer)
        others = [label for label in self.labels() if label not in self.answer]
        belonging = [Answer(label, part) for label in self.answer]
        return (Gap((*belonging, *(Answer(label, -part, self.wrong.get(label, "")) for label in others))),)

    def changes(self) -> list[str]:
        return [] if self.options else ["the words are offered to be ticked, where the notebook asks you to find them"]


@dataclass(frozen=True, kw_only=True)
class Order(_Listed):
    """In which order? Each in its place but one earns its part: chance alone puts one there. wrong: only `reversed`."""

    kind = "order"
    shape = Shape.PLACES

    def named_wrong(self) -> list[tuple[Plain, str]]:
        """Return the answer from last to first, where the key says something to it."""
        return [(plain(self.answer[::-1]), self.wrong["reversed"])] if "reversed" in self.wrong else []

    def form(self) -> str:
        what = choose(self.options) if self.options else "words"
        return f"Give {what} as a list in square brackets, such as {self.example()}, in order."

    def judge(self, value: Plain) -> Verdict:
        """Count what is in its place, and say where the first stands that is not."""
        words = listed(value)
        if value.get("type") == "set":
            return wrong(f"Your answer is {describe(value)}; a set keeps no order. {self.form()}")
        if words is None:
            return self.not_of_the_form(value)
        named, answer = self.named(words), self.answer
        if named == answer:
            return right(self.right)
        strangers = [name for name in named if name not in answer]
        if strangers:
            among = f"“{shortened(strangers[0])}” is not one of those to put in order. {self.form()}"
            return wrong(self.stranger(named) or among)
        if len(named) != len(set(named)):
            return wrong("One of them stands in your list twice.")
        if len(named) < len(answer):
            return wrong(f"Your list holds {len(named)}; {len(answer)} are to be put in order.")
        if named == answer[::-1]:
            return wrong(self.wrong.get("reversed") or "You have them the wrong way round, last to first.")
        in_place = [mine == theirs for mine, theirs in zip(named, answer, strict=True)]
        count, first = sum(in_place), in_place.index(False) + 1
        message = f"{count} of {len(answer)} in place; the first that is not is number {first}."
        if count == 1:
            message += " Chance alone puts one in place, so one earns nothing."
        return partly((count - 1) / (len(answer) - 1) if count else 0.0, message)

    def labels(self) -> list[str]:
        return list(self.options or self.answer)

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return a gap for each item, whose answer is its place."""
        places = {label: str(place) for place, label in enumerate(self.answer, 1)}
        return tuple(
            Gap((Answer(places[option.label], 1.0),), prompt=option.markup) for option in self.options_shown(words)
        )

    def closing(self) -> list[str]:
        return ["Choose a place for each: 1 is the first."]


def listed(value: Plain) -> list[str] | None:
    """Return the folded words of a list, a set, or text with commas; None when they are not words."""
    if value.get("type") == "text":
        parts = [re.sub(r"^(and|&) ", "", fold(part)) for part in re.split(r"[,;\n]", value["value"])]
        return [part for part in parts if part]
    if value.get("type") in ("list", "set"):
        words = [word(item) for item in value["items"] if not is_blank(item)]
        return [part for part in words if part is not None] if None not in words else None
    return None


def _apart(words: str, names: Names) -> list[str]:
    """Return words joined by "and" or a comma as items, where the first or the last of them is known; else as they are.

    Words with a stroke or no more than a blank between them are items where all of them are known.

    >>> names = Names({"b": "b", "d": "d"})
    >>> _apart("b and d", names), _apart("b, d", names), _apart("fish and chips", names)
    (['b', 'd'], ['b', 'd'], ['fish and chips'])
    >>> _apart("b/d", names), _apart("b d", names), _apart("b x", names)
    (['b', 'd'], ['b', 'd'], ['b x'])
    """
    for joint in (r"-?>|[/+|\u2192]", r"\s+"):
        pieces = [_bare(piece) for piece in re.split(joint, words)]
        if not names.spelt(words) and len(pieces) > 1 and all(names.exactly(piece) for piece in pieces):
            return pieces
    items: list[str] = []
    while not names.exactly(words) and len(words) < LONGEST_LIST:
        joints = [(joint.start(), joint.end()) for joint in re.finditer(" (?:and|&) ", words)]
        pairs = [(_bare(words[:start]), _bare(words[end:])) for start, end in joints]
        pieces = [_bare(piece) for piece in words.split(",")]
        if len(pieces) > 1 and all(names.exactly(piece) for piece in pieces):
            return [*items, *pieces]
        pair = next((pair for pair in pairs if names.exactly(pair[0])), None)
        last = next((pair for pair in pairs if names.exactly(pair[1])), None)
        if pair is None:
            return [*items, *(last or [words])]
        items.append(pair[0])
        words = pair[1]
    return [*items, words]


def _bare(words: str) -> str:
    """Return folded words without the brackets round them: letters are printed in some."""
    return fold(fold(words).strip("()[]"))
