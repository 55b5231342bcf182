"""A text set as a readable page. Pure: text and tables in, plain JSON out.

The page is cut into runs here, in code points, so that no offset ever reaches a browser
(JavaScript counts in UTF-16, and one of the five texts holds an emoji).
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from nhsreform.data.sources import source
from nhsreform.data.tables import table
from nhsreform.debate.card import card, words
from nhsreform.text.numbers_in_words import days

LEFT_OUT = "Press officers\u2019 contact details are left out here."
FOLDED = "Page furniture: template, menus, advertising"

_MARKER = re.compile(r"[^\S\n]*(\u2022|\d+\.)[^\S\n]+(?=\S)")
_LONGEST_HEADING = 60
_ENDS_A_SENTENCE = tuple(".!?:;\u2026\u201d\u2019")

Block = dict[str, Any]


def page_sections(text: str, passages: pd.DataFrame, claims: pd.DataFrame, title: str) -> list[dict[str, Any]]:
    """Return a text as sections of blocks of runs.

    A section is `{"folded": bool, "blocks": [...]}`; boilerplate is folded. A block is
    `{"kind": "title" | "heading" | "paragraph" | "item" | "left-out", "marker": str, "runs": [...]}`.
    A run is `{"text": str, "claim": claim id or None}`. Contact details are in no run.

    `passages` partition the text; `claims` lie inside it and never overlap.
    """
    kinds = _lookup(passages.start, passages.end, passages.kind)
    ids = _lookup(claims.start, claims.end, claims.claim_id)
    sections: list[dict[str, Any]] = []
    at, blank_before, title_found = 0, True, False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        start, at = at, at + len(line) + 1
        if not line.strip():
            blank_before = True
            continue
        pieces = _pieces(line, start, kinds, ids)
        blank_after = number + 1 == len(lines) or not lines[number + 1].strip()
        block = _block(line, pieces, alone=blank_before and blank_after)
        folded = all(kind == "boilerplate" for _, kind, _ in pieces)
        if folded and block["kind"] == "heading":
            block["kind"] = "paragraph"
        if not folded and not title_found and line.strip() == title:
            block["kind"], title_found = "title", True
        if not sections or sections[-1]["folded"] != folded:
            sections.append({"folded": folded, "blocks": []})
        # Two lines of contact details in a row are one gap.
        last = sections[-1]["blocks"][-1:]
        if not (block["kind"] == "left-out" and last and last[0]["kind"] == "left-out"):
            sections[-1]["blocks"].append(block)
        blank_before = False
    return sections


def _lookup(starts: pd.Series, ends: pd.Series, values: pd.Series) -> list[tuple[int, int, str]]:
    return sorted((int(a), int(b), str(v)) for a, b, v in zip(starts, ends, values, strict=True))


def _at(stretches: list[tuple[int, int, str]], offset: int) -> str | None:
    return next((value for start, end, value in stretches if start <= offset < end), None)


def _pieces(
    line: str, start: int, kinds: list[tuple[int, int, str]], ids: list[tuple[int, int, str]]
) -> list[tuple[str, str | None, str | None]]:
    """Cut one line, without its list marker and outer spaces, into (text, passage kind, claim id)."""
    marker = _MARKER.match(line)
    first = start + (marker.end() if marker else len(line) - len(line.lstrip()))
    last = start + len(line.rstrip())
    edges = {edge for low, high, _ in (*kinds, *ids) for edge in (low, high) if first < edge < last}
    cuts = sorted({first, last, *edges})
    return [
        (line[low - start : high - start], _at(kinds, low), _at(ids, low))
        for low, high in zip(cuts, cuts[1:], strict=False)
    ]


def _block(line: str, pieces: list[tuple[str, str | None, str | None]], *, alone: bool) -> Block:
    runs: list[dict[str, str | None]] = []
    for text, kind, claim in pieces:
        if kind == "contact":
            continue
        if runs and runs[-1]["claim"] == claim:
            runs[-1]["text"] = f"{runs[-1]['text']}{text}"
        else:
            runs.append({"text": text, "claim": claim})
    if any(kind == "contact" for _, kind, _ in pieces):
        runs.append({"text": f" {LEFT_OUT}" if runs else LEFT_OUT, "claim": None})
        return {"kind": "left-out", "marker": "", "runs": runs}
    marker = _MARKER.match(line)
    if marker:
        return {"kind": "item", "marker": marker.group(1), "runs": runs}
    words_only = line.strip()
    heading = (
        alone
        and len(words_only) <= _LONGEST_HEADING
        and words_only[0].isalpha()
        and not words_only.endswith(_ENDS_A_SENTENCE)
        and all(run["claim"] is None for run in runs)
    )
    return {"kind": "heading" if heading else "paragraph", "marker": "", "runs": runs}


def reader_model(source_id: str) -> dict[str, Any]:
    """Return everything the reader shows of one text: the page in runs, and the claims in words.

    Keys: source_id, title, byline, folded (what stands over page furniture), sections (see page_sections), claims (cards).
    Raises SourceError for an unknown or changed text.
    """
    text = source(source_id)
    passages, claims = table("passages"), table("claims")
    passages = passages[passages.source_id == source_id]
    claims = claims[claims.source_id == source_id].sort_values("start")
    names = words()
    return {
        "source_id": source_id,
        "title": text.title,
        "byline": " \u00b7 ".join(
            (text.row.outlet, _first_sentence(text.row.genre), days(text.row.date_earliest, text.row.date_latest))
        ),
        "folded": FOLDED,
        "sections": page_sections(text.text, passages, claims, text.title),
        "claims": [card(claim, names) for _, claim in claims.iterrows()],
    }


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".")
