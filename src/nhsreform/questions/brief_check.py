"""What a program can see of a brief: its length, what it cites, and whether its quotations are verbatim."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhsreform.data.sources import Quotation, quote
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.errors import PackError, nearest
from nhsreform.text.html import not_typeset
from nhsreform.text.numbers_in_words import plural, words_in

if TYPE_CHECKING:
    import pandas as pd

LENGTH = (400, 600)
MAX_CHARACTERS = 40_000
MAX_QUOTATIONS = 60
FEW_WORDS = 20
ALL = "That is all that a program can see."
REST = f"{ALL} The rest a person judges, by what the question asks for."
LIMITS = (
    f"{ALL} Whether the objection is the strongest one, whether words are used fairly, and "
    "whether the advice follows, a person judges, by the rubric."
)
_WORD = re.compile(r"\w[\w\u2019'-]*")
_BLOCK = re.compile(r"^ {0,3}>.*(?:\n {0,3}>.*)*", re.MULTILINE)
# An apostrophe stands within a word, or after its s with a word to follow.
_APOSTROPHE = r"(?<=\w)['\u2019](?=\w)|(?<=s)['\u2019](?=\s+\w)"
# Single marks are an apostrophe's sign, too: what they hold counts as a quotation from two words on, or three.
_SINGLE = rf"(?<!\w)\u2018(?=[^\W\d_])((?:[^\u2018\u2019]|{_APOSTROPHE})+)\u2019(?!\w)"
_STRAIGHT = rf"(?<![^\s(\[])'(?=[^\W\d_])((?:[^']|{_APOSTROPHE})+)'(?!\w)"
_MARKS = re.compile(rf"\u201c([^\u201c\u201d]+)\u201d|\"([^\"]+)\"|{_SINGLE}|{_STRAIGHT}")
_FEWEST = (1, 1, 2, 3)


@dataclass(frozen=True)
class BriefCheck:
    """What nr.check_brief() says: for each thing looked at, whether it is well (None: look for yourself) and why."""

    findings: tuple[tuple[bool | None, str], ...]
    limits: str = LIMITS

    @property
    def ok(self) -> bool:
        """Whether all that a program can see is well. It is not a mark."""
        return bool(self.findings) and all(well is not False for well, _ in self.findings)

    def _lines(self) -> list[tuple[str, str, str]]:
        look = {True: ("\u2713", "yes"), False: ("\u25cb", "not yet"), None: ("\u270e", "look")}
        return [(*look[well], text) for well, text in self.findings]

    def __str__(self) -> str:
        if not self.findings:
            return "Nothing to check yet: write your text between the quotation marks."
        return "\n".join([*(f"{sign} {word}: {text}" for sign, word, text in self._lines()), self.limits])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.findings:
            return f'<p class="nhsr-run-it">{html.escape(str(self))}</p>'
        items = "".join(
            f"<li><span aria-hidden='true'>{sign} </span><strong>{word}:</strong> {html.escape(text)}</li>"
            for sign, word, text in self._lines()
        )
        return not_typeset(
            f"<ul style='list-style:none;padding-left:0;max-width:46em'>{items}</ul><p>{html.escape(self.limits)}</p>"
        )


@dataclass(frozen=True)
class Wanted:
    """What a text is asked for: how many words, claims from both sides, from how many texts, and words in quotation marks."""

    words: tuple[int, int] | None = None
    both_sides: bool = False
    texts: int = 0
    quotes: bool = False


def cited(text: str) -> list[str]:
    """Return the ids of claims in a text, known or not, each once, in the order of the text.

    >>> cited("It is hard [joint-report-c09], as Smith says [joint-report-c34; joint-report-c09].")
    ['joint-report-c09', 'joint-report-c34']
    """
    sources = "|".join(re.escape(name) for name in table("sources").source_id)
    return list(dict.fromkeys(re.findall(rf"(?<![\w-])((?:{sources})-c\d+)(?![\w-])", text)))


def _invented(text: str) -> list[str]:
    """Return what stands in square brackets and looks like the id of a claim, of a text that there is not."""
    return list(dict.fromkeys(re.findall(r"[\[;,]\s*([a-z]+(?:-[a-z\d]+)*-c\d+)(?=\s*[\];,])", text)))


def quotations(text: str) -> list[str]:
    """Return what stands in quotation marks or is set apart by > at the beginning of a line.

    >>> quotations('He calls it "the right policy direction".')
    ['the right policy direction']
    >>> quotations("\u2018The GPs\u2019 leaders don\u2019t agree\u2019, they say. It\u2019s the patients\u2019 \u2018choice\u2019.")
    ['The GPs\u2019 leaders don\u2019t agree']
    """
    blocks = [re.sub(r"^ {0,3}> ?", "", block, flags=re.MULTILINE) for block in _BLOCK.findall(text)]
    # The id that follows a block quotation is ours, not the source's.
    blocks = [re.sub(r"\s*\[[^\]]*\]\W*$", "", block) for block in blocks]
    # A mark that is never closed may spoil its own paragraph, but no other.
    paragraphs = re.split(r"\n\s*\n", _BLOCK.sub("\n\n", text))
    marked = [
        held
        for paragraph in paragraphs
        for either in _MARKS.findall(paragraph)
        for held, fewest in zip(either, _FEWEST, strict=True)
        if len(held.split()) >= fewest
    ]
    return list(dict.fromkeys(" ".join(words.split()) for words in [*blocks, *marked] if _WORD.search(words)))


def _looked_up(words: str) -> Quotation:
    """Find a quotation. Spaces, line breaks and a sign at its end, which may be the writer's, do not count."""
    result = quote(words)
    if result.status == "close" and words in " ".join(result.text.split()):
        return Quotation(words, "exact", result.places, "")
    bare = words.rstrip(" .,;:")
    return result if result.exact or bare == words else _looked_up(bare)


def _readings(answers: pd.DataFrame) -> set[str]:
    """Return every position that our coding, on any question, or its other reading gives a claim."""
    others = " | ".join(answers.alternative_reading)
    return {*answers.position, *re.findall(r"position=(\w+):", others)}


def _sides(claims: pd.DataFrame) -> tuple[bool, str]:
    # Words that nobody put forward are on no side.
    coded = codings()
    readings = {claim: _readings(coded[coded.claim_id == claim]) for claim in claims[claims.asserted].claim_id}
    pro = {claim for claim, positions in readings.items() if positions & {"enthusiast", "mixed"}}
    against = {claim for claim, positions in readings.items() if positions & {"sceptic", "mixed"}}
    if pro and against and len(pro | against) > 1:
        return True, f"Both sides are cited: for, {' '.join(sorted(pro))}; against, {' '.join(sorted(against))}."
    missing = "no claim on either side" if not pro | against else "claims of one side only"
    return False, (
        f"By our coding and its other readings, you cite {missing}. Cite one that says yes to a question at issue and "
        "another that says no to one. If you read a claim otherwise than we do, say why."
    )


def _of_ids(text: str, claims: pd.DataFrame) -> list[tuple[bool, str]]:
    """Return a finding for each id of a claim in a text."""
    known = set(claims.claim_id)
    findings = []
    for name in dict.fromkeys([*cited(text), *_invented(text)]):
        if name in known:
            findings.append((True, f"{name} is a claim."))
        else:
            of_source = [other for other in claims.claim_id if other.startswith(name.rsplit("-", 1)[0])]
            close = nearest(name, of_source or claims.claim_id.tolist()).partition("Known:")[0]
            findings.append((False, f"There is no claim {name}. {close}".strip()))
    return findings


def _of_quotations(text: str, claims: pd.DataFrame) -> list[tuple[bool, str]]:
    """Return a finding for each quotation: whether it is verbatim, and has its id."""
    elsewhere = {words for words in table("cases").quotation if words}
    return [_of_quotation(words, claims, text, elsewhere) for words in quotations(text)[:MAX_QUOTATIONS]]


def _beside(words: str, text: str) -> set[str]:
    """Return the ids in the brackets that follow a quotation, with nothing but signs in between."""
    quoted = r"[\s>]+".join(map(re.escape, words.split()))
    return {
        name
        for ids in re.findall(rf"{quoted}[\s\"\u201d'\u2019.,;:!?]*((?:\[[^\]]*\][\s,;]*)+)", text)
        for name in cited(ids)
    }


def _of_quotation(words: str, claims: pd.DataFrame, text: str, elsewhere: set[str]) -> tuple[bool, str]:
    shown = f"\u201c{words[:120]}\u201d"
    result = _looked_up(words)
    if not result.exact:
        if any(words.rstrip(" .,;:") in other for other in elsewhere):
            return True, f"{shown} is verbatim, from a case of notebook 00."
        return False, f"{shown}: {result}"
    places = {
        claim.claim_id
        for source_id, start, end in result.places
        for claim in claims[claims.source_id == source_id].itertuples()
        if claim.start < end and start < claim.end
    }
    stands = f"{shown} stands in {' and '.join(sorted(places))}"
    if places and not places & set(cited(text)):
        return False, f"{stands}. Give the id after it."
    beside = _beside(words, text)
    if places and beside and not places & beside:
        return False, f"{stands}, and the id beside it is {' and '.join(sorted(beside))}. Give its own."
    return True, f"{shown} is verbatim."


def sources_in(text: str) -> list[tuple[bool, str]]:
    """Return (whether it is found, what was found) for each id of a claim and each quotation in a text.

    >>> sources_in("It is hard [joint-report-c09].")
    [(True, 'joint-report-c09 is a claim.')]
    """
    if len(text) > MAX_CHARACTERS:
        return [(False, f"The text has {len(text):,} characters: too many to look its quotations up.")]
    claims = table("claims")
    return [*_of_ids(text, claims), *_of_quotations(text, claims)]


def _verbatim(text: str, claims: pd.DataFrame) -> list[tuple[bool, str]]:
    """Return a finding for each quotation that is not verbatim or has no id, and one for all that are well."""
    quoted = _of_quotations(text, claims)
    if not quoted:
        return [
            (
                False,
                "There is no quotation. Let at least one speaker be heard, word for word, in double quotation marks.",
            )
        ]
    bad = [finding for finding in quoted if not finding[0]]
    return [(not bad, f"{len(quoted) - len(bad)} of {len(quoted)} quotations are verbatim and carry an id."), *bad]


def check_brief(text: object, words: tuple[int, int] = LENGTH, texts: int = 2) -> BriefCheck:
    """Return what a program can see of a brief, and no more.

    It looks whether both sides are cited by claim id, from at least so many `texts`; whether every id exists; whether what
    stands in quotation marks is verbatim and has its id; and whether the length is within `words`.

    Raises PackError when `text` is not text, or is far too long to be a brief.
    """
    if text is None or text is ...:
        return BriefCheck(())
    if not isinstance(text, str):
        raise PackError(
            f"nr.check_brief looks at text, and was given {type(text).__name__}. Put your text between three quotation "
            'marks, as in brief = """...""", and type nr.check_brief(brief).'
        )
    if len(text) > MAX_CHARACTERS:
        raise PackError(f"This text has {len(text):,} characters, far more than a brief. Give the brief alone.")
    if words_in(text) < FEW_WORDS and not cited(text):
        return BriefCheck(())
    return check_text(text, Wanted(words, both_sides=True, texts=texts, quotes=True))


def check_text(text: str, wanted: Wanted) -> BriefCheck:
    """Return what a program can see of a text of any kind; ids and quotations are looked at in all."""
    ids, claims, count = cited(text), table("claims"), words_in(text)
    known = claims[claims.claim_id.isin(ids)]
    findings: list[tuple[bool | None, str]] = []
    findings += [finding for finding in _of_ids(text, claims) if not finding[0]]
    if wanted.both_sides:
        findings.append(_sides(known))
    sources = list(dict.fromkeys(known.source_id))
    if wanted.texts:
        many = f"You cite {plural(len(sources), 'text')}{': ' if sources else ''}{', '.join(sources)}."
        enough = len(sources) >= wanted.texts
        least = "one" if wanted.texts == 1 else "two" if wanted.texts == 2 else str(wanted.texts)
        findings.append((enough, many + ("" if enough else f" Cite at least {least}.")))
    if wanted.quotes or quotations(text):
        findings += _verbatim(text, claims)
    for name in known[~known.asserted].claim_id:
        findings.append((None, f"{name} is imagined by the author of the text: nobody said it. See that you say so."))
    if wanted.words:
        low, high = wanted.words
        length = f"The text has {plural(count, 'word')}, without the ids; {low} to {high} are wanted."
        findings.append((low <= count <= high, length))
    # Only a brief weighs one side against the other, and advises.
    return BriefCheck(tuple(findings), LIMITS if wanted.both_sides else REST)
