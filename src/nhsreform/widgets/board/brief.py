"""The board's model: an argument of claims for and against, what is still open in it, and how it is written out.

Pure: no widget. A brief is written as a list of blocks first; Markdown, Word and HTML are made from those.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nhsreform.checkout import once
from nhsreform.data.tables import table
from nhsreform.debate.card import TERMS, card, words
from nhsreform.debate.cite import cite
from nhsreform.debate.sentence import Sentence, in_sentence
from nhsreform.errors import PackError, one_of
from nhsreform.text.files import windows_keeps
from nhsreform.text.untrusted import for_file, one_line
from nhsreform.widgets.coder.comparison import codes_seen

if TYPE_CHECKING:
    from docx.document import Document

SECTION = "boards"
VERSION = 1
SIDES = ("for", "against")
KEPT_BACK = "Kept back for notebook 06: its condition, if it has one, is shown once you have locked your own coding."
NOT_ASSERTED = "Words nobody put forward: imagined by the author, and openly so."

Brief = dict[str, Any]


# --- the claims to argue with -------------------------------------------------------------------------


class Claim(NamedTuple):
    """A claim as the board shows it."""

    claim_id: str
    source_id: str
    text: str
    words: str
    sentence: Sentence
    speaker_id: str
    speaker: str
    role: str
    voice: str
    direct: bool
    chain: tuple[str, ...]
    condition_label: str
    condition: str
    kept_back: bool
    asserted: bool
    themes: tuple[str, ...]

    @property
    def said_how(self) -> str:
        """What follows the speaker's name: the role, how the words reach you, and the text's name."""
        role = f", {self.role}" if self.role else ""
        chain = " \u203a ".join(self.chain[:-1])
        through = f", through {chain}" if chain else ""
        return f"{role}. {self.voice}{through}. {self.text}."

    @property
    def said_by(self) -> str:
        """Who says it, how the words reach you, and the claim's id."""
        return f"{self.speaker}{self.said_how} [{self.claim_id}]"

    @property
    def notes(self) -> list[str]:
        """What must stand beside the words whenever they are shown: that nobody put them forward, and the condition."""
        notes = [] if self.asserted else [NOT_ASSERTED]
        if self.kept_back:
            notes.append(KEPT_BACK)
        elif self.condition:
            notes.append(f"{self.condition_label}: \u201c{self.condition}\u201d")
        return notes


def board_claims() -> dict[str, Claim]:
    """Return every claim in reading order, by id.

    Of a claim kept back for the coder, condition and themes are shown only once the learner has locked a coding.
    """
    return _claims(codes_seen())


@once
def _claims(seen: bool) -> dict[str, Claim]:
    names = words()
    texts = dict(zip(table("sources").source_id, table("sources").short_title, strict=True))
    claims = {}
    for row in table("claims").to_dict("records"):
        shown = card({**row, "coder_set": row["coder_set"] and not seen}, names)
        claims[row["claim_id"]] = Claim(
            claim_id=row["claim_id"],
            source_id=row["source_id"],
            text=texts[row["source_id"]],
            words=one_line(row["exact"]),
            sentence=in_sentence(row),
            speaker_id=row["speaker"],
            speaker=shown["speaker"]["label"],
            role=shown["role"],
            voice=shown["voice"],
            direct=row["voice"] == "direct quotation",
            chain=tuple(shown["chain"]),
            condition_label=shown.get("condition_label", ""),
            condition=shown.get("condition", ""),
            kept_back=shown["kept_back"],
            asserted=bool(row["asserted"]),
            themes=tuple(theme["id"] for theme in shown["themes"]),
        )
    return claims


def search(
    claims: Mapping[str, Claim], text: str = "", theme: str = "", source_id: str = "", speaker: str = ""
) -> list[Claim]:
    """Return the claims that fit: every word of `text` in the words, the speaker or the id, and each name that is given."""
    asked = text.casefold().split()
    return [
        claim
        for claim in claims.values()
        if (not theme or theme in claim.themes)
        and (not source_id or claim.source_id == source_id)
        and (not speaker or claim.speaker_id == speaker)
        and all(word in f"{claim.words} {claim.speaker} {claim.claim_id}".casefold() for word in asked)
    ]


# --- a brief and its changes --------------------------------------------------------------------------


def new_brief() -> Brief:
    """Return an empty brief, as it is kept."""
    return {
        "version": VERSION, "question": "", "for": [], "against": [],
        "strongest": {"claim": None, "answer": ""}, "conclusion": "", "removed": {},
    }  # fmt: skip


def read_brief(saved: Any, known: Iterable[str]) -> tuple[Brief, str]:
    """Return a brief as it was kept, and a sentence about what of it could not be read.

    Whatever fits is used, from any version and after any change by hand.
    """
    brief, known = new_brief(), set(known)
    if saved is None:
        return brief, ""
    if not isinstance(saved, dict):
        return brief, "The board kept under this name cannot be read, so you start with an empty one."
    lost: list[str] = []
    for key in ("question", "conclusion"):
        brief[key] = _text(saved.get(key, ""), key, lost)
    for side in SIDES:
        entries = saved.get(side, [])
        if not isinstance(entries, list):
            lost.append(f"the claims {side}")
            continue
        for entry in entries:
            claim_id = entry.get("claim") if isinstance(entry, dict) else None
            if not isinstance(claim_id, str) or claim_id not in known:
                lost.append(f"a claim {side}")
            elif side_of(brief, claim_id):
                lost.append(f"{claim_id}, which is there twice")
            else:
                own = _text(entry.get("words", ""), f"your words beside {claim_id}", lost)
                brief[side].append({"claim": claim_id, "words": own})
    strongest = saved.get("strongest", brief["strongest"])
    if isinstance(strongest, dict):
        brief["strongest"]["answer"] = _text(strongest.get("answer", ""), "your answer", lost)
        claim_id = strongest.get("claim")
        if isinstance(claim_id, str) and side_of(brief, claim_id):
            brief["strongest"]["claim"] = claim_id
        elif claim_id is not None:
            lost.append("the strongest opposing claim")
    else:
        lost.append("the strongest opposing claim")
    removed = saved.get("removed", {})
    if isinstance(removed, dict):
        brief["removed"] = {
            each: for_file(own) for each, own in removed.items() if each in known and isinstance(own, str)
        }
    messages = []
    if saved.get("version") != VERSION:
        messages.append("This board was kept by another version of the pack; what fits is used.")
    if lost:
        messages.append(f"Left out, because it cannot be read: {', '.join(lost)}.")
    return brief, " ".join(messages)


def _text(value: Any, name: str, lost: list[str]) -> str:
    """Return a text that was kept, or nothing; a wrong one is noted in `lost`."""
    if isinstance(value, str):
        return for_file(value)
    lost.append(name)
    return ""


def side_of(brief: Brief, claim_id: str) -> str:
    """Return the side on which a claim stands, or nothing."""
    return next((side for side in SIDES if any(entry["claim"] == claim_id for entry in brief[side])), "")


def entry_of(brief: Brief, claim_id: str) -> dict[str, str]:
    """Return a claim's entry on the board: its id and the learner's words."""
    return next(entry for side in SIDES for entry in brief[side] if entry["claim"] == claim_id)


def numbers(brief: Brief) -> dict[str, int]:
    """Return the number of each claim on the board: those for, from the top, then those against."""
    order = [entry["claim"] for side in SIDES for entry in brief[side]]
    return {claim_id: number for number, claim_id in enumerate(order, 1)}


def added(brief: Brief, claim_id: str, side: str, known: Iterable[str]) -> Brief:
    """Return the brief with a claim put last on a side. Words written beside it before it was removed come back.

    Raises PackError for an unknown claim or side, and for a claim that is on the board already.
    """
    one_of(side, SIDES, f"There is no side called {side!r}.")
    if claim_id not in (known := list(known)):
        close = get_close_matches(str(claim_id), known, n=3, cutoff=0.5) or known[:3]
        raise PackError(f"There is no claim called {claim_id!r}. Ids look like {', '.join(close)}.")
    if there := side_of(brief, claim_id):
        raise PackError(f"{claim_id} is on your board already, under \u201c{there.capitalize()}\u201d.")
    after = copy.deepcopy(brief)
    after[side].append({"claim": claim_id, "words": after["removed"].pop(claim_id, "")})
    return after


def removed(brief: Brief, claim_id: str) -> Brief:
    """Return the brief without a claim; the words written beside it are kept, should it come back."""
    after = copy.deepcopy(brief)
    own = entry_of(after, claim_id)["words"]
    for side in SIDES:
        after[side] = [entry for entry in after[side] if entry["claim"] != claim_id]
    if own:
        after["removed"][claim_id] = own
    if after["strongest"]["claim"] == claim_id:
        after["strongest"]["claim"] = None
    return after


def moved(brief: Brief, claim_id: str, steps: int) -> Brief:
    """Return the brief with a claim moved up (-1) or down (1) on its side; at the end it stays."""
    after = copy.deepcopy(brief)
    entries = after[side_of(after, claim_id)]
    place = next(n for n, entry in enumerate(entries) if entry["claim"] == claim_id)
    if 0 <= place + steps < len(entries):
        entries.insert(place + steps, entries.pop(place))
    return after


def switched(brief: Brief, claim_id: str) -> Brief:
    """Return the brief with a claim put last on the other side, its words with it."""
    after = copy.deepcopy(brief)
    side = side_of(after, claim_id)
    entry = entry_of(after, claim_id)
    after[side].remove(entry)
    after[SIDES[1 - SIDES.index(side)]].append(entry)
    return after


# --- what is still open -------------------------------------------------------------------------------

# Words that make something depend on something, each as the beginning of a word or, with a blank, of a phrase.
_DEPENDS = re.compile(
    r"\b(if|unless|until|once|only|provided|providing|so long as|as long as|depend\w*|condition\w*|need(?:s|ed|ing)?|"
    r"must|requir\w*|have to|has to|had to|critical|crucial|vital|otherwise|by \w+ing|without)\b"
)
_LONG_WORD = 4
_ENOUGH = 0.5


def keeps_condition(own: str, condition: str) -> bool:
    """Return whether words of the learner's own seem to keep a claim's condition: a plain check, easily fooled.

    They do when they hold a word that makes things depend (if, unless, need, must ...) or half of the condition's
    longer words.

    >>> keeps_condition("Reform works.", "if the policy is to work")
    False
    >>> keeps_condition("Reform works if GPs come along.", "if the policy is to work")
    True
    """
    plain = own.casefold()
    if _DEPENDS.search(plain):
        return True
    wanted = {word for word in re.findall(r"\w+", condition.casefold()) if len(word) >= _LONG_WORD}
    return bool(wanted) and len(wanted & set(re.findall(r"\w+", plain))) >= _ENOUGH * len(wanted)


def open_points(brief: Brief, claims: Mapping[str, Claim]) -> list[str]:
    """Return what is still open in a brief, one sentence each: nothing, when it is ready to be attacked."""
    points = []
    number = numbers(brief)
    chosen = [claims[claim_id] for claim_id in number]
    if not brief["question"].strip():
        points.append("There is no question yet: write what your brief answers.")
    if not chosen:
        points.append("There is no claim on the board yet: find claims for and against.")
    else:
        for side, other in zip(SIDES, reversed(SIDES), strict=True):
            if not brief[side]:
                points.append(f"No claim stands {side}. A brief that hears only what is {other} is easily knocked over: "
                              f"look for the best claim {side}.")  # fmt: skip
    sources = {claim.source_id for claim in chosen}
    if len(chosen) > 1 and len(sources) == 1:
        points.append(f"One source carries everything: all {len(chosen)} claims come from {chosen[0].source_id}. "
                      "Repetition is not corroboration: look for a second source.")  # fmt: skip
    if chosen and not any(claim.direct for claim in chosen):
        points.append("No claim on the board is a direct quotation. Look for a speaker who is quoted in person.")
    silent = [number[claim.claim_id] for claim in chosen if not entry_of(brief, claim.claim_id)["words"].strip()]
    if silent:
        them = "it" if len(silent) == 1 else "them"
        points.append(f"No words of your own stand beside {_listed(silent)}: say what you make of {them}.")
    for claim in chosen:
        own = entry_of(brief, claim.claim_id)["words"]
        if claim.condition and own.strip() and not keeps_condition(own, claim.condition):
            term = TERMS[claim.condition_label]
            points.append(f"Claim [{number[claim.claim_id]}] comes with {term}, \u201c{claim.condition}\u201d. "
                          "Your own words do not seem to keep it.")  # fmt: skip
    strongest = brief["strongest"]
    if strongest["claim"] is None:
        points.append(
            "The strongest opposing claim is not chosen yet: which claim on the board hurts your conclusion most?"
        )
    if not strongest["answer"].strip():
        points.append("The strongest opposing claim has no answer yet: what do you say to it?")
    if not brief["conclusion"].strip():
        points.append("There is no conclusion yet.")
    return points


def _listed(numbers: list[int]) -> str:
    """Return claim numbers in words: claim [1], claims [1] and [3]."""
    *marks, last = (f"[{number}]" for number in numbers)
    return f"claims {', '.join(marks)} and {last}" if marks else f"claim {last}"


# --- a brief written out ------------------------------------------------------------------------------


class Block(NamedTuple):
    """A piece of the written brief.

    `kind`: title and own are the learner's words, quote the source's; heading, about, point and reference are ours.
    `mark` is the number of the reference, as [1].
    """

    kind: str
    text: str
    mark: str = ""

    @property
    def marked(self) -> str:
        """The text with its mark: before a reference, after all else."""
        parts = (self.mark, self.text) if self.kind == "reference" else (self.text, self.mark)
        return " ".join(filter(None, parts))


def written(brief: Brief, claims: Mapping[str, Claim]) -> list[Block]:
    """Return a brief as blocks: question, claims for, claims against, strongest, conclusion, open points, references."""
    number = numbers(brief)
    blocks = [Block("title", one_line(brief["question"]) or "A brief without a question yet")]
    for side in SIDES:
        blocks.append(Block("heading", side.capitalize()))
        if not brief[side]:
            blocks.append(Block("about", f"No claim {side}."))
        for entry in brief[side]:
            claim = claims[entry["claim"]]
            mark = f"[{number[claim.claim_id]}]"
            blocks += [Block("own", part, mark) for part in _paragraphs(entry["words"])]
            blocks.append(Block("quote", f"\u201c{claim.words}\u201d", mark))
            blocks += [Block("about", note) for note in (claim.said_by, *claim.notes)]
    blocks.append(Block("heading", "The strongest opposing claim, and an answer"))
    strongest = brief["strongest"]
    if strongest["claim"]:
        words_of_it = f"\u201c{claims[strongest['claim']].words}\u201d"
        blocks.append(Block("quote", words_of_it, f"[{number[strongest['claim']]}]"))
    else:
        blocks.append(Block("about", "Not chosen yet."))
    blocks += [Block("own", part) for part in _paragraphs(strongest["answer"])] or [Block("about", "No answer yet.")]
    blocks.append(Block("heading", "Conclusion"))
    blocks += [Block("own", part) for part in _paragraphs(brief["conclusion"])] or [Block("about", "None yet.")]
    if points := open_points(brief, claims):
        blocks.append(Block("heading", "Still open"))
        blocks += [Block("point", point) for point in points]
    if number:
        blocks.append(Block("heading", "References"))
        blocks += [Block("reference", cite(claim_id), f"[{place}]") for claim_id, place in number.items()]
    return blocks


def _paragraphs(text: str) -> list[str]:
    return [one_line(line) for line in text.split("\n") if line.strip()]


_MARKDOWN = re.compile(r"([\\`*_{}#|~$])")
_BRACKET = re.compile(r"([\[\]])")
_LINK = re.compile(r"\](?=[(\[])")
_LIST_START = re.compile(r"^(\d+)([.)])|^([-+=])")


def _markdown_text(text: str, *, own: bool) -> str:
    """Return text that Markdown shows as it stands: no mark-up and no HTML.

    Brackets of the learner's own are always escaped; ours only where they could begin a link, so that the file
    stays easy to read.
    """
    plain = _MARKDOWN.sub(r"\\\1", text)
    plain = _BRACKET.sub(r"\\\1", plain) if own else _LINK.sub(r"\\]", plain)
    shown = escape(plain, quote=False)
    return _LIST_START.sub(lambda start: f"{start[1]}\\{start[2]}" if start[1] else f"\\{start[3]}", shown)


def to_markdown(blocks: Iterable[Block]) -> str:
    """Return a written brief as Markdown; every word in it is shown as it stands."""
    start = {"title": "# ", "heading": "## ", "quote": "> ", "point": "- "}
    lines = []
    for block in blocks:
        text = _markdown_text(block.text, own=block.kind in ("title", "own"))
        lines.append(start.get(block.kind, "") + block._replace(text=text).marked)
    return "\n\n".join(lines) + "\n"


def to_word(blocks: Iterable[Block]) -> Document:
    """Return a written brief as a Word document, with headings and styles that a word processor knows.

    Raises PackError in the browser edition, which has no library for it.
    """
    try:
        from docx import Document as new_document
    except ImportError as error:
        raise PackError(
            "A Word file is written only where the pack is installed. Write Markdown here instead, which Word opens as text, "
            "or take your work along: nr.save() here, nr.restore() there."
        ) from error

    style = {"title": "Title", "heading": "Heading 1", "quote": "Quote", "point": "List Bullet"}
    document = new_document()
    for block in blocks:
        run = document.add_paragraph(style=style.get(block.kind, "Normal")).add_run(block.marked)
        run.italic = block.kind == "about" or None
        if block.kind == "title":
            document.core_properties.title = block.text[:255]
    # The template names its own maker as author; the author is the learner, whose name we do not know.
    document.core_properties.author = ""
    document.core_properties.comments = ""
    return document


def to_html(blocks: Iterable[Block]) -> str:
    """Return a written brief as plain HTML, every word escaped."""
    tag = {"title": "h3", "heading": "h4", "quote": "blockquote"}
    lines, in_list = [], False
    for block in blocks:
        if (block.kind == "point") != in_list:
            in_list = not in_list
            lines.append("<ul>" if in_list else "</ul>")
        name = "li" if block.kind == "point" else tag.get(block.kind, "p")
        words_only = f"<em>{escape(block.marked)}</em>" if block.kind == "about" else escape(block.marked)
        lines.append(f"<{name}>{words_only}</{name}>")
    return "\n".join([*lines, "</ul>"] if in_list else lines)


def write_new(folder: Path, name: str, ending: str, content: bytes) -> Path:
    """Write a file that does not exist yet and return its path: name.md, or name-2.md, name-3.md ...

    Raises PackError when it cannot be written; nothing is overwritten and no half file stays.
    """
    stem = re.sub(r"[^\w-]+", "-", name).strip("-") or "brief"
    # A board may have any name; its file needs one that can be opened on every system.
    stem = f"brief-{stem}" if windows_keeps(stem) else stem
    number = 1
    while True:
        path = folder / (f"{stem}.{ending}" if number == 1 else f"{stem}-{number}.{ending}")
        try:
            with path.open("xb") as file:
                try:
                    file.write(content)
                    file.flush()
                except OSError:
                    path.unlink(missing_ok=True)
                    raise
            return path
        except FileExistsError:
            number += 1
        except OSError as error:
            raise PackError(
                f"{path.name} could not be written in {folder} ({error.strerror}). Your board is kept all the same. "
                "Free some space, or make the folder writable, and try again."
            ) from error
