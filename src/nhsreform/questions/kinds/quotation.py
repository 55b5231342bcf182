"""Words copied from one of the texts: some core words have to be in them, and not too many others."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from nhsreform.checkout import once
from nhsreform.questions.judge import RIGHT, Verdict, partly, right, verdict, wrong
from nhsreform.questions.kinds.question import Entry
from nhsreform.questions.kinds.words import Typed, message_on
from nhsreform.questions.value import Plain, fold, only, plain

# A word or two of a quotation show nothing.
LEAST_RUN = 3
# An answer of more words is not looked for word by word.
MOST_WORDS = 100
# How many words more than the worked answer one may quote, where the key does not say.
MORE_WORDS = 12


@dataclass(frozen=True, kw_only=True)
class Quotation(Typed):
    """source: which text. within: its words; they are in no key, and come from the texts when an entry is opened.

    core_words: what has to be quoted; else all of the answer. max_words: how many may be. accepts: other words that will do.
    """

    kind = "quotation"
    settings = {**Typed.settings, "source": str, "core_words": str, "max_words": int}
    needs = {"source": "its source"}

    source: str = ""
    within: str
    core_words: str = ""
    max_words: int = 0

    @classmethod
    def completed(cls, entry: Entry) -> Entry:
        """Refuse an answer that does not stand in the text."""
        from nhsreform.data.sources import source

        if entry["answer"] not in source(entry["source"]).text:
            raise ValueError(f"the worked answer is not verbatim in {entry['source']}: {entry['answer']!r}")
        return entry

    @classmethod
    def opened(cls, entry: Entry) -> Entry:
        """Add the text: it stands in seeds/, and the key may go where that may not."""
        return entry if "within" in entry else entry | {"within": quotable(entry["source"])}

    def needed(self) -> str:
        """Return the words that have to be quoted, folded."""
        return fold(self.core_words or self.answer)

    def limit(self) -> int:
        """Return how many words may be quoted."""
        return self.max_words or len(self.answer.split()) + MORE_WORDS

    def judge(self, value: Plain) -> Verdict:
        """Look for the words in the text, and for the core in the words."""
        value = only(value)
        if value.get("type") != "text":
            return self.not_of_the_form(value)
        said, core, limit = fold(value["value"]), self.needed(), self.limit()
        count = len(said.split())
        text = fold(self.within)
        inside = re.search(rf"(?<!\w){re.escape(said)}(?!\w)", text) is not None
        if not inside and said in text and (rest := _whole_words(said, text)):
            judged = self.judge(plain(rest))
            cut = "You cut a word in two, at the beginning or the end. Copy whole words."
            return partly(min(judged.share, 0.5), cut if count <= limit else judged.message)
        whole = inside and (core in said or self._accepted_part(said))
        run = _run(said, core)
        words = len(run.split())
        half = inside and not whole and words >= LEAST_RUN and 2 * words >= len(core.split()) and count <= limit
        message = message_on(said, self.wrong) or (message_on(run, self.wrong) if half else "")
        if message:
            return partly(0.5, message) if half else wrong(message)
        if whole and count > limit:
            # Whoever pastes a whole paragraph has shown nothing.
            share = 0.5 if count <= 2 * limit else 0.0
            return partly(share, f"The words are in there, but you quote {count} words. Keep to at most {limit}.")
        if whole and self._runs_on(said, core):
            return partly(
                0.5,
                "The words are in there, but you run on into another sentence, or into what it quotes. Stop before it.",
            )
        if whole:
            return right(self.right)
        if half and said in core:
            return partly(0.5, "That is part of it, word for word. Quote a little more.")
        if half:
            return partly(0.5, "There is a part of it in that, word for word, but not all. Begin or end elsewhere.")
        return wrong(_elsewhere(said, core) if inside else self._departs(value["value"], count))

    def _accepted_part(self, said: str) -> bool:
        """Return whether words are accepted, or more of the worked answer than is accepted."""
        return any(one == said or (one in said and said in fold(self.answer)) for one in map(fold, self.accepts))

    def _runs_on(self, said: str, core: str) -> bool:
        """Return whether words go on beyond the sentence of the core, or into a quotation that opens after it."""
        if said in map(fold, [self.answer, *self.accepts]):
            return False
        before, _, after = said.partition(core)
        return bool(re.search(r"[.!?][\"']* \w|\"\s*\w", f"{after}") or re.search(r"[.!?][\"']* \S", before))

    def _departs(self, asked: str, count: int) -> str:
        """Return what to say of words that do not stand in the text."""
        # Both are pure, but their module loads the tables.
        from nhsreform.data.sources import closest, departure

        # To look for more takes long: it grows with the words of the answer times those of the text.
        cost, start, end = closest(asked, self.within) if count <= MOST_WORDS else (0, 0, 0)
        if end and cost <= count / 2:
            return f"Not word for word. {departure(asked, self.within[start:end])}"
        return "These words do not stand in the text. Copy them from the source, signs and all."

    def accepted(self) -> list[str]:
        """Return every stretch of the text that the judge takes for a right quotation, the worked answer first.

        Each holds the core words, or an accepted part, and no more words than allowed; with and without the sign that
        follows its last word.
        """
        words = self.within.split()
        bare = [fold(word) for word in words]
        stretches = [self.answer, *self.accepts]
        for held in [self.needed(), *map(fold, self.accepts)]:
            core = held.split()
            for at in range(len(words) - len(core) + 1):
                # Inside the core, signs count as the judge counts them; at its edges they do not.
                if fold(" ".join(words[at : at + len(core)])) != held or not all(bare[at : at + len(core)]):
                    continue
                for start, stop in itertools.product(range(at, -1, -1), range(at + len(core), len(words) + 1)):
                    if stop - start > self.limit():
                        continue
                    stretch = " ".join(words[start:stop])
                    stretches += [stretch, stretch.strip("\"'“”‘’.,;: ")]
        return [stretch for stretch in dict.fromkeys(stretches) if verdict(plain(stretch), self).state == RIGHT]

    def closing(self) -> list[str]:
        return ["Copy the words exactly: here they are compared letter by letter."]

    def quoted(self) -> list[str]:
        return [self.answer]


@once
def quotable(source_id: str) -> str:
    """Return all of a text that may be quoted from (no press officers' details). Raises SourceError."""
    from nhsreform.data.sources import source

    return "\n".join(source(source_id).passages())


def _whole_words(said: str, text: str) -> str:
    """Return words without those at either end that a text goes on with.

    >>> _whole_words("eed time and car", "will need time and care")
    'time and'
    """
    at = text.index(said)
    words = said.split()
    if re.search(r"\w$", text[:at]) and re.match(r"\w", said):
        words = words[1:]
    if re.match(r"\w", text[at + len(said) :]) and re.search(r"\w$", said):
        words = words[:-1]
    return fold(" ".join(words))


def _elsewhere(said: str, core: str) -> str:
    """Return what to say of words that stand in the text, and are not those asked for, or too few of them."""
    if said in core:
        return "These words stand in the right place, but so few show nothing. Quote more."
    near = len(set(said.split()) & set(core.split())) > len(core.split()) / 2
    close = ", though you are close." if near else "."
    return f"These words stand in the text, but they do not show what is asked{close}"


def _run(said: str, core: str) -> str:
    """Return the longest run of a core's words that stands in what was said.

    >>> _run("care, but will need time", "will need time and careful design")
    'will need time'
    """
    mine, theirs = [fold(word) for word in said.split()], core.split()
    longest: list[str] = []
    for start in range(len(theirs)):
        for stop in range(start + len(longest) + 1, len(theirs) + 1):
            piece = theirs[start:stop]
            if not any(mine[at : at + len(piece)] == piece for at in range(len(mine) - len(piece) + 1)):
                break
            longest = piece
    return " ".join(longest)
