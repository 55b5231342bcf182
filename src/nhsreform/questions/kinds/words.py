"""An answer in a few words (a text), or whose words they are (an attribution)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nhsreform.questions.judge import Verdict, right, wrong
from nhsreform.questions.kinds.question import Entry, Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Shape, Words
from nhsreform.questions.names import Names
from nhsreform.questions.value import Plain, describe, fold, only, plain, shortened, word
from nhsreform.text.typography import as_typed, squeezed

# Said of words that nobody foresaw, where the key has no `else`.
AGAIN = "Look again at the words that this question quotes or names, one after another: what would each change?"
_CLAIM_ID = re.compile(r"[a-z\d]+(?:-[a-z\d]+)*-c\d+")


@dataclass(frozen=True, kw_only=True)
class Typed(Question):
    """accepts: other answers that will do. wrong: {answer: why it is wrong}. otherwise (else): said to any other answer."""

    shape = Shape.WORDS
    settings = {"accepts": list, "wrong": dict, "else": str}
    named_in_key = {"otherwise": "else"}

    answer: str
    accepts: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    otherwise: str = ""

    def named_wrong(self) -> list[tuple[Plain, str]]:
        return [(plain(words), message) for words, message in self.wrong.items()]

    def accepted(self) -> list[str]:
        """Return every answer that a platform may accept, the worked answer first."""
        return [self.answer, *self.accepts]

    def named(self, words: str) -> list[str]:
        """Return the forms in which a platform is given a named wrong answer."""
        return [words]

    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return one gap: accepted answers, then named wrong ones, each with typographic and with plain signs."""
        answers: dict[str, Answer] = {}
        wrong = [
            (form, message) for name, message in self.wrong.items() if words.show(name) for form in self.named(name)
        ]
        for share, pairs in ((1.0, [(form, self.right) for form in self.accepted()]), (0.0, wrong)):
            for form, message in pairs:
                for spelt in spellings(form):
                    answers.setdefault(spelt.casefold(), Answer(spelt, share, message))
        return (Gap(tuple(answers.values()), otherwise=self.otherwise or AGAIN),)


@dataclass(frozen=True, kw_only=True)
class Text(Typed):
    """One word, a few, or the id of a claim. claims: the ids of all claims, where the answer is one."""

    kind = "text"

    claims: list[str] = field(default_factory=list)

    @classmethod
    def completed(cls, entry: Entry) -> Entry:
        """Add the ids of all claims where the answer is one."""
        if not _CLAIM_ID.fullmatch(entry["answer"]):
            return entry
        from nhsreform.data.tables import table

        return entry | {"claims": table("claims").claim_id.tolist()}

    def judge(self, value: Plain) -> Verdict:
        """Take text, alone or in a list of one, with or without brackets: ids of claims are printed in square ones."""
        value = only(value)
        words = word(value)
        if words is None:
            return self.not_of_the_form(value)
        words = fold(words.strip("[]()"))
        if self.claims:
            words = claim_meant(words, self.claims) or words
        if words in {fold(answer) for answer in self.accepted()}:
            return right(self.right)
        stranger = self._no_claim(words) if self.claims else ""
        otherwise = self.otherwise or f"“{shortened(value['value'])}” is not it. {AGAIN}"
        count = len(words.split())
        # To say so gives nothing away: it is said whether or not the right word is among them.
        if count > 1 and all(len(answer.split()) == 1 for answer in self.accepted()):
            otherwise = f"You give {count} words. Give the one word that answers the question."
        return wrong(message_on(words, self.wrong) or stranger or otherwise)

    def _no_claim(self, words: str) -> str:
        """Return what to say of words that are no id of a claim, or "" for an id."""
        if words in self.claims:
            return ""
        for letter, digit in (("o", "0"), ("l", "1"), ("i", "1")):
            alike = re.sub(rf"(?<=c)[\d{letter}]+$", lambda match: match[0].replace(letter, digit), words)  # noqa: B023
            if alike != words and alike in self.claims:
                return f"You typed the letter {letter} where the id has the digit {digit}: {alike}."
        if _CLAIM_ID.fullmatch(words):
            return f"There is no claim {words}. Copy the id from where you found the claim."
        return f"“{shortened(words)}” is no id of a claim. Give its id, as the tables and the readers print it."


@dataclass(frozen=True, kw_only=True)
class Attribution(Typed):
    """Who says it: an actor by id, name or surname, or somebody else by name."""

    kind = "attribution"

    @classmethod
    def completed(cls, entry: Entry) -> Entry:
        """Add every name of an actor who is right, or wrong by name."""
        names = {*entry.get("accepts", []), *_names_of(entry["answer"])}
        entry = entry | {"accepts": sorted(names)}
        if "wrong" in entry:
            others = {other: message for name, message in entry["wrong"].items() for other in _names_of(name)}
            entry["wrong"] = entry["wrong"] | {name: others[name] for name in sorted(set(others) - set(entry["wrong"]))}
        return entry

    def judge(self, value: Plain) -> Verdict:
        """Compare whom the names mean."""
        value = only(value)
        if value.get("type") != "text":
            return wrong(f"Your answer is {describe(value)}. Give a name in quotation marks.")
        names = Names(self.wrong | dict.fromkeys((self.answer, *self.accepts), self.answer))
        meant = names.meant(value["value"])
        if meant == self.answer:
            return right(self.right)
        whose = "Whose words are these in the end: who writes, and whom does the writer report?"
        return wrong(meant or self.otherwise or whose)

    def accepted(self) -> list[str]:
        """Return the names, an actor's name before its id: a platform shows the first."""
        actor = _actor(self.answer)
        names = [self.answer, *self.accepts]
        if actor is None or actor.actor_id != self.answer:
            return [form for name in names for form in _articles(name)]
        return [form for name in (actor.name, *names) for form in _articles(name, actor.kind != "person")]

    def named(self, words: str) -> list[str]:
        return _articles(words)


def claim_meant(words: str, claims: Iterable[str]) -> str | None:
    """Return the claim whose id is meant, with other signs between its parts; None for none.

    >>> claim_meant("Joint report, claim 09", ["joint-report-c09"]), claim_meant("c09", ["joint-report-c09"])
    ('joint-report-c09', None)
    """
    asked = squeezed(re.sub(r"\bclaim\s*(?=\d)", "c", fold(words)))
    return next((claim for claim in claims if squeezed(claim) == asked), None)


def message_on(words: str, table: Mapping[str, str]) -> str:
    """Return the message of the key for an answer in folded words, or ""."""
    return next((message for name, message in table.items() if fold(name) == words), "")


def spellings(words: str) -> list[str]:
    """Return words as they stand, and with plain quotation marks and dashes where theirs are typographic.

    >>> spellings("it isn’t")
    ['it isn’t', "it isn't"]
    """
    return list(dict.fromkeys([words, as_typed(words)]))


def _names(actor: Any) -> Iterable[str]:
    surname = [actor.name.split()[-1]] if actor.kind == "person" else []
    return [actor.actor_id, actor.name, *surname]


def _actor(name: str) -> Any:
    """Return the one row of the actors that an id, name or surname stands for; None for nobody, or for more than one."""
    from nhsreform.data.tables import table

    actors = [actor for actor in table("actors").itertuples() if name in _names(actor)]
    return actors[0] if len(actors) == 1 else None


def _names_of(name: str) -> list[str]:
    """Return what an actor, given by id, name or surname, may be called: all of these; nothing for anybody else."""
    actor = _actor(name)
    return list(_names(actor)) if actor is not None else []


def _articles(name: str, article: bool = False) -> list[str]:
    """Return a name as it is, without the article before it, and with one where that makes sense.

    >>> _articles("the report"), _articles("Nuffield Trust", article=True)
    (['the report', 'report'], ['Nuffield Trust', 'the Nuffield Trust'])
    """
    short = re.sub(r"^the ", "", name, flags=re.IGNORECASE)
    return list(dict.fromkeys([name, short, *([f"the {short}"] if article else [])]))
