"""The five texts: loaded byte for byte, and searched for quotations."""

from __future__ import annotations

import hashlib
import html
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nhsreform.checkout import once, seeds_folder
from nhsreform.data.tables import table
from nhsreform.errors import PackError, one_of
from nhsreform.text.html import not_typeset
from nhsreform.text.typography import folded

if TYPE_CHECKING:
    import pandas as pd


START = "py start.py" if os.name == "nt" else "python3 start.py"
HOW_TO_ADD = (
    "If you hold a copy lawfully, type in a terminal, in the pack's folder:  "
    f"{START} --texts FOLDER  with the folder that holds your copy"
)


class SourceError(PackError):
    """A text is unknown, missing or changed."""


@dataclass(frozen=True)
class Source:
    """One of the five texts. `text` is the file's bytes decoded as UTF-8, nothing translated."""

    source_id: str
    title: str
    text: str
    row: Any

    def __repr__(self) -> str:
        return f"{self.source_id}: {self.title} ({self.row.outlet}; {len(self.text):,} characters)"

    def passages(self, *kinds: str) -> list[str]:
        """Return the stretches of text of the given kinds (all but contact details when none is given)."""
        wanted = kinds or ("claim", "context", "boilerplate")
        rows = table("passages")
        rows = rows[(rows.source_id == self.source_id) & rows.kind.isin(wanted)]
        return [self.text[start:end] for start, end in zip(rows.start, rows.end, strict=True)]

    def count(self, *words: str) -> pd.DataFrame:
        """Return how often each word stands in the text, also inside a longer one; columns word and times."""
        from nhsreform.data.table_view import Table

        folded = self.text.casefold()
        return Table({"word": list(words), "times": [folded.count(word.casefold()) for word in words]})


def _row(source_id: str) -> pd.Series:
    rows = table("sources")
    one_of(source_id, rows.source_id, f"There is no source called {source_id!r}.", SourceError)
    return rows[rows.source_id == source_id].iloc[0]


def read_seed(row: pd.Series) -> str:
    """Return a text as it stands in seeds/; `row` is its row of the table of sources.

    Raises SourceError when the file is missing or one byte of it differs from what was supplied.
    """
    path = seeds_folder() / row.file
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(
            f"The text \u201c{row.title}\u201d ({row.source_id}) is not in this copy of the pack: seeds/{row.file} is "
            f"missing, probably because its rights belong to others. {HOW_TO_ADD}, and run this again."
        ) from error
    except OSError as error:
        raise SourceError(f"seeds/{row.file} cannot be read ({error.strerror}). See seeds/README.md.") from error
    if hashlib.sha256(raw).hexdigest() != row.sha256:
        crlf = " Its line endings were changed to CRLF." if b"\r\n" in raw else ""
        raise SourceError(
            f"seeds/{row.file} is not the text as supplied: its SHA-256 differs.{crlf} "
            f"The texts are evidence and are never edited. Restore it with: git checkout seeds/{row.file}. Or move it to "
            f"another folder and type in a terminal, in the pack's folder:  {START} --texts FOLDER"
        )
    return raw.decode("utf-8")


@once
def source(source_id: str) -> Source:
    """Return one of the five texts.

    Raises SourceError when the name is unknown (the nearest are listed), and when the file is missing or was changed.

    >>> source("mps-inquiry").title
    'Key players for new GP-led commissioning are already leaving jobs'
    """
    row = _row(source_id)
    return Source(source_id, row.title, read_seed(row), row)


# --- quotations ---------------------------------------------------------------------------------------

_WORD = re.compile(r"\S+")
_EDGE = "\"'\u2018\u2019\u201c\u201d.,;:!?()[]\u2026-\u2013\u2014"
MIN_SHARE = 0.5
SHOWN = 3


@dataclass(frozen=True)
class Quotation:
    """What nr.quote() found.

    status: "exact" (one place), "found twice" (several), "close" (the nearest place and where it departs) or
    "not found". places: (source_id, start, end) for each place. departs: the first difference, in words.
    """

    asked: str
    status: str
    places: tuple[tuple[str, int, int], ...]
    departs: str

    @property
    def text(self) -> str:
        """The source's own words at the first place, or ""."""
        if not self.places:
            return ""
        source_id, start, end = self.places[0]
        return source(source_id).text[start:end]

    @property
    def exact(self) -> bool:
        """Whether the words stand in a source exactly as asked."""
        return self.status in ("exact", "found twice")

    def __str__(self) -> str:
        where = "; ".join(f"{sid}, characters {start} to {end}" for sid, start, end in self.places[:SHOWN])
        if len(self.places) > SHOWN:
            where += f" and {len(self.places) - SHOWN} more"
        if self.status == "exact":
            return f"Exact: {where}."
        if self.status == "found twice":
            return f"Found {len(self.places)} times: {where}. Quote a little more, or name the source."
        if self.status == "close":
            return f"Not exact. The closest place is {where}: \u201c{self.text}\u201d. {self.departs}"
        return f"Not found. {self.departs}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return not_typeset(f"<p>{html.escape(str(self))}</p>")


def _bare(word: str) -> str:
    """Return a word as it is heard: folded, without the signs at its edges (a sign that stands alone is kept)."""
    heard = folded(word)
    return heard.strip(_EDGE) or heard


def find_all(needle: str, text: str) -> list[int]:
    """Return every place where `needle` begins in `text`, overlaps included.

    >>> find_all("aa", "aaa")
    [0, 1]
    """
    places, at = [], text.find(needle)
    while at >= 0:
        places.append(at)
        at = text.find(needle, at + 1)
    return places


@once
def _heard(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return (word as it is heard, start, end) for each word of a text."""
    return tuple((_bare(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))


def _at_least(asked: str, text: str) -> int:
    """Return what `closest` costs at least: each word that the text does not hold at all."""
    there = {word for word, _, _ in _heard(text)}
    return sum(_bare(word) not in there for word in asked.split())


def closest(asked: str, text: str) -> tuple[int, int, int]:
    """Return (cost, start, end) of the stretch of `text` whose words are nearest to those of `asked`.

    The cost is the smallest number of words to add, drop or change (Sellers 1980: edit distance with a free
    start and a free end in the longer text). start and end are code points.
    """
    wanted = [_bare(word) for word in asked.split()]
    words = _heard(text)
    # Each entry is (cost, index of the first word used); a row is one wanted word.
    row: list[tuple[int, int]] = [(0, j) for j in range(len(words) + 1)]
    for i, want in enumerate(wanted, 1):
        new = [(i, 0)]
        for j, (word, _, _) in enumerate(words, 1):
            cost, begin = row[j - 1]
            cost += word != want
            if row[j][0] + 1 < cost:
                cost, begin = row[j][0] + 1, row[j][1]
            if new[j - 1][0] + 1 < cost:
                cost, begin = new[j - 1][0] + 1, new[j - 1][1]
            new.append((cost, begin))
        row = new
    end = min(range(len(row)), key=lambda j: (row[j][0], j))
    cost, begin = row[end]
    if begin >= end:
        return cost, 0, 0
    return cost, words[begin][1], words[end - 1][2]


def departure(asked: str, there: str) -> str:
    """Return a sentence on the first difference between what was asked and what stands there.

    >>> departure("a small number", "a very small number")
    'It departs at word 2: the source has “very”, which you left out.'
    """
    mine, theirs = asked.split(), there.split()
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, [_bare(w) for w in mine], [_bare(w) for w in theirs], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        own, source_words = " ".join(mine[i1:i2]), " ".join(theirs[j1:j2])
        if tag == "insert":
            return f"It departs at word {i1 + 1}: the source has “{source_words}”, which you left out."
        if tag == "delete":
            return f"It departs at word {i1 + 1}: you wrote “{own}”, which is not in the source here."
        return f"It departs at word {i1 + 1}: you wrote “{own}”, the source has “{source_words}”."
    for number, (own, source_word) in enumerate(zip(mine, theirs, strict=False), 1):
        if own != source_word:
            return f"The words are right; word {number} is printed “{source_word}”, you wrote “{own}”."
    return "The words are right; only the spaces or line breaks differ."


def quote(words: str, source_id: str | None = None) -> Quotation:
    """Find a quotation in the five texts, or in one of them.

    Returns the exact place; or every place when it is found more than once; or the closest place and the word
    where yours departs; or "not found" when less than half of your words stand together anywhere.

    Raises SourceError for an unknown source, PackError when `words` is not text.

    >>> quote("the right policy direction").status
    'exact'
    """
    if not isinstance(words, str):
        raise PackError(
            f"nr.quote looks for text in quotation marks, and was given {type(words).__name__}. "
            'Type, for example, nr.quote("the right policy direction").'
        )
    asked = words.strip()
    ids = [source_id] if source_id else table("sources").source_id.tolist()
    texts = {sid: source(sid).text for sid in ids}
    if not re.search(r"\w", asked):
        return Quotation(words, "not found", (), "There are no words to look for.")
    places = tuple((sid, at, at + len(asked)) for sid, text in texts.items() for at in find_all(asked, text))
    if places:
        return Quotation(words, "exact" if len(places) == 1 else "found twice", places, "")
    if "\u2026" in asked or "..." in asked:
        return Quotation(
            words,
            "not found",
            (),
            "It holds an ellipsis. Quote one unbroken stretch, or two quotations, so that nothing is spliced.",
        )
    limit = 200
    if len(asked.split()) > limit:
        return Quotation(words, "not found", (), f"It is longer than {limit} words. Quote a shorter stretch.")
    most = (1 - MIN_SHARE) * len(asked.split())
    near = [sid for sid, text in texts.items() if _at_least(asked, text) <= most]
    (cost, start, end), sid = min(((closest(asked, texts[sid]), sid) for sid in near), default=((0, 0, 0), ""))
    if end == 0 or cost > most:
        where = "this source" if source_id else "the five texts"
        return Quotation(words, "not found", (), f"Less than half of these words stand together in {where}.")
    return Quotation(words, "close", ((sid, start, end),), departure(asked, texts[sid][start:end]))
