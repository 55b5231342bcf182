"""The sentence that a claim stands in: a claim may begin or end in the middle of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from nhsreform.checkout import once
from nhsreform.data.sources import SourceError, source
from nhsreform.data.tables import table

# What may be shown beside a claim. Contact details never are; a heading or a line of navigation is part of no sentence.
_SHOWN = ("claim", "context")
# A full stop, question or exclamation mark, with the quotation marks and brackets that close after it, before a space; or
# the end of a line.
_END = re.compile(r"[.?!][\"'\u2019\u201d)\]]*(?=\s)|[\r\n]+")
_BULLET = " \t\u2022"


class Sentence(NamedTuple):
    """What stands before and after a claim's words in their sentence, to the letter; both "" where there are no more words."""

    before: str
    after: str


def in_sentence(claim: Mapping[str, Any]) -> Sentence:
    """Return what stands before and after the words of a row of `claims`, up to the ends of their sentence.

    `before + exact + after` stands in the source to the letter. Where the words do not stand there, or the texts are
    missing, both are "".
    """
    start, end = int(claim["start"]), int(claim["end"])
    try:
        text = source(claim["source_id"]).text
    except SourceError:
        return Sentence("", "")
    inside = [(low, high) for low, high in _stretches(claim["source_id"]) if low <= start and end <= high]
    if not inside or text[start:end] != claim["exact"]:
        return Sentence("", "")
    first, last = inside[0]
    begun = max((match.end() for match in _END.finditer(text, first, start)), default=first)
    # The claim's own last sign may end the sentence.
    ended = _END.search(text, end - 1, last)
    before, after = (
        text[begun:start].lstrip(_BULLET + "\r\n"),
        text[end : max(ended.end() if ended else last, end)].rstrip(),
    )
    if not re.search(r"\w", before + after):
        return Sentence("", "")
    # An opening quotation mark alone is no word of the sentence.
    return Sentence(before if re.search(r"\w", before) else "", after)


def words_in_sentence(words: str, source_id: str, near: int) -> Sentence | None:
    """Return what stands around words of a source in their sentence, where they stand nearest to the place `near`.

    None where the source does not hold them, or the texts are missing.
    """
    try:
        text = source(source_id).text
    except SourceError:
        return None
    starts = [match.start() for match in re.finditer(re.escape(words), text)]
    if not starts:
        return None
    start = min(starts, key=lambda each: abs(each - near))
    return in_sentence({"source_id": source_id, "start": start, "end": start + len(words), "exact": words})


def quoted_html(words: str, sentence: Sentence) -> str:
    """Return a claim's words as HTML, escaped; inside their sentence where they are not the whole of it."""
    if not any(sentence):
        return escape(words)
    before, after = (f'<span class="nhsr-quiet">{escape(part)}</span>' if part else "" for part in sentence)
    return f"{before}<mark>{escape(words)}</mark>{after}"


@once
def _stretches(source_id: str) -> tuple[tuple[int, int], ...]:
    """Return the unbroken stretches of a source that may be shown, as start and end."""
    passages = table("passages")
    own = passages[(passages.source_id == source_id) & passages.kind.isin(_SHOWN)]
    stretches: list[tuple[int, int]] = []
    for start, end in sorted(zip(own.start.tolist(), own.end.tolist(), strict=True)):
        if stretches and stretches[-1][1] == start:
            start = stretches.pop()[0]
        stretches.append((start, end))
    return tuple(stretches)
