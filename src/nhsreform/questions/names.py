"""Who or what a reader means by a name: one rule for every kind of question.

A person is named with or without title, first name, office or organisation: "Dr Anna Dixon", "A. Dixon", "Dixon, Anna" and
"Anna Dixon of the King's Fund" are Anna Dixon. An id may be spelt with blanks. Two people at once are nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nhsreform.questions.value import fold
from nhsreform.text.typography import squeezed

_TITLES = re.compile(
    r"(?:dr|doctor|m[rsx]|mrs|miss|prof|professor|sir|dame|lord|lady|baron(?:ess)?|councillor|cllr|rt|right|hon|honourable"
    r"|rev|reverend|the|an?)\.?"
)
_LETTERS_AFTER = re.compile(r"mp|[cmodk]be|ch|[qk]c|phd|md|msc|[mf]rcgp|frcp|jr|esq")
# What stands before a name and makes it somebody else's business: "a critic of Steve Field" is not he.
_TURNS_AWAY = re.compile(
    r"\b(?:of|to|for|with|about|against|not|no|nor|or|than|from|like|except|but|without|through|via|as|and|never|neither"
    r"|quot(?:ing|es|ed)|cit(?:ing|es|ed)|report(?:ing|s|ed))\b"
)
# What a name and an office or organisation are put together with.
_AFTER = re.compile(r"\s*(?:[,;:(\[/]|\s-+\s|\s(?:of|from|at|for|in|on behalf)\s)")
# What is longer is an account, and no name.
_LONGEST = 160


def without_title(name: str) -> str:
    """Return a name as it is compared: folded, without titles, letters after it or an article in front.

    >>> without_title("Dr. Vautrey"), without_title("The Nuffield Trust"), without_title("Professor Dame Smith")
    ('vautrey', 'nuffield trust', 'smith')
    """
    words = fold(name).split()
    # Before a letter alone, "a" is a letter as well, and no article.
    if len(words) == 2 and words[0].strip(".,)") == "a" and len(words[1].strip(".,)")) == 1:
        return " ".join(words)
    while len(words) > 1 and _TITLES.fullmatch(words[0]):
        words.pop(0)
    while len(words) > 1 and _LETTERS_AFTER.fullmatch(words[-1].replace(".", "")):
        words.pop()
    return " ".join(words)


class Names:
    """What may be said, and what is meant by it, as {form: meaning}; where two forms are alike, the later counts."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._exact = {without_title(form): meant for form, meant in known.items()}
        self._exact |= {fold(form): meant for form, meant in known.items()}
        self._squeezed = {squeezed(form): meant for form, meant in self._exact.items()}
        self._long = {form: meant for form, meant in self._exact.items() if len(form) > 1}

    def spelt(self, said: str) -> bool:
        """Return whether a form is one of them as it stands."""
        return fold(said) in self._exact

    def exactly(self, said: str) -> str | None:
        """Return what is meant by a form, with or without a title; None when it is none of them."""
        return self._exact.get(fold(said)) or self._exact.get(without_title(said))

    def meant(self, said: str) -> str | None:
        """Return what a reader means by what was said; None for nothing known, or for more than one.

        A title, an office or organisation beside a name, an initial and the order of the names do not count; nor do blanks
        and signs between the letters.

        >>> names = Names({"Anna Dixon": "dixon", "Dixon": "dixon", "Steve Field": "field", "joint-report-c16": "c16"})
        >>> [names.meant(said) for said in ("Professor Steve Field", "A. Dixon, King's Fund", "joint report c16")]
        ['field', 'dixon', 'c16']
        >>> [names.meant(said) for said in ("not Steve Field", "Steve Field or Anna Dixon", "Frank Field")]
        [None, None, None]
        """
        exactly = self.exactly(said)
        whole = fold(said)
        if exactly or len(whole) > _LONGEST:
            return exactly
        alike = squeezed(whole)
        if alike in self._squeezed:
            return self._squeezed[alike] if alike else None
        persons = {_person(part, self._long) for part in _parts(whole)} - {None}
        mentioned = {
            meant for form, meant in self._long.items() if re.search(rf"(?<!\w){re.escape(form)}(?!\w)", whole)
        }
        return persons.pop() if len(persons) == 1 and len(mentioned | persons) == 1 else None


def _parts(whole: str) -> Iterable[str]:
    """Return what may be a name in what was said: before an office or organisation, after it, or turned round."""
    first = _AFTER.split(whole, maxsplit=1)[0]
    yield first
    pieces = [piece.strip() for piece in whole.split(",")]
    if len(pieces) > 1:
        yield from pieces[1:]
        yield f"{pieces[1]} {pieces[0]}"
        return
    yield whole


def _person(part: str, forms: Mapping[str, str]) -> str | None:
    """Return who is meant by a part: a name alone, with an initial, or a full name at the end of an office."""
    words = without_title(part).removesuffix("'s").split()
    name = " ".join(words)
    if name in forms:
        return forms[name]
    for form, meant in forms.items():
        full = form.split()
        if len(full) < 2:
            continue
        if len(words) >= 2 and words[-1] == full[-1] and len(words[0].strip(".")) == 1 and words[0][0] == full[0][0]:
            return meant
        if words[-len(full) :] == full and not _TURNS_AWAY.search(" ".join(words[: -len(full)])):
            return meant
    return None
