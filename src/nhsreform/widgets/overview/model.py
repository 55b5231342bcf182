"""The whole debate as plain data: every question, text, speaker and answer. Pure: tables in, plain JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nhsreform.data.stances import REFERENCE, codings
from nhsreform.data.tables import table
from nhsreform.debate.card import answer, card, words
from nhsreform.debate.sentence import in_sentence

ACROSS = {"sources": "the five texts", "speakers": "speakers"}
OURS = "Our coding"
# So many speakers, those with the most claims that take a side, have a column each; the others share the last.
SPEAKERS = 6
OTHERS = "others"


def overview_model(
    coded: pd.DataFrame | None = None, others: Mapping[str, pd.DataFrame] | None = None, *, coder_set: bool = False
) -> dict[str, Any]:
    """Return everything the overview shows.

    `coded` are our answers (codings() unless given); `others` are further codings by the name to show for each, with the
    columns claim_id, theme, position and strength. Claims kept back for notebook 06 are left out unless `coder_set`;
    words that nobody put forward are left out always.

    Keys: questions (the table themes as rows), columns ("sources" and "speakers": what stands across), claims (id -> the
    claim in words), answers (one a coder, claim and question, in reading order), coders, kept_back (how many claims) and
    left_out (sentences).
    """
    coded = codings() if coded is None else coded
    claims = table("claims")
    kept_back = claims[claims.coder_set & (not coder_set)]
    unsaid = claims[~claims.asserted & ~claims.claim_id.isin(kept_back.claim_id)]
    shown = claims[~claims.claim_id.isin(kept_back.claim_id) & claims.asserted]
    answers = _answers(shown, coded, REFERENCE)
    names = list(others or {})
    for number, name in enumerate(names):
        answers += _answers(shown, (others or {})[name], f"coder-{number}")
    speakers = _speakers(shown, answers)
    sources = [
        {"id": row.source_id, "label": row.short_title, "about": _months(row.date_earliest, row.date_latest)}
        for row in table("sources").itertuples()
    ]
    return {
        "questions": table("themes").rename(columns={"theme": "id"})[
            ["id", "label", "question", "group", "yes_means", "no_means", "silence"]
        ].to_dict("records"),
        "columns": {"sources": sources, "speakers": speakers},
        "claims": _cards(shown, coded, [speaker["id"] for speaker in speakers]),
        "answers": answers,
        "coders": [
            {"id": REFERENCE, "label": OURS},
            *({"id": f"coder-{number}", "label": name} for number, name in enumerate(names)),
        ],
        "kept_back": len(kept_back),
        "left_out": _left_out(len(kept_back), len(unsaid)),
    }  # fmt: skip


def _answers(shown: pd.DataFrame, coded: pd.DataFrame, coder: str) -> list[dict[str, Any]]:
    """Return one coder's answers on the claims shown, in reading order."""
    names = words(coded.assign(alternative_reading=coded.get("alternative_reading", "")))
    return [
        # The words of a question stand in the debate once.
        {"coder": coder, "claim": claim_id}
        | {key: value for key, value in answer(row, names).items() if key not in ("label", "question")}
        for claim_id in shown.claim_id
        for row in names.answers.get(claim_id, [])
    ]


def _months(earliest: pd.Timestamp, latest: pd.Timestamp) -> str:
    """Return the month of a text, or the months it lies between."""
    early, late = f"{earliest:%B}", f"{latest:%B %Y}"
    return late if late.startswith(early) else f"{early} or {late}"


def _speakers(shown: pd.DataFrame, answers: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the speakers with a column of their own, most claims with a side first, and one column for the rest."""
    sided = {entry["claim"] for entry in answers if entry["coder"] == REFERENCE and entry["position"] != "none"}
    counts = shown[shown.claim_id.isin(sided)].speaker.value_counts()
    many = sorted(shown.speaker.unique(), key=lambda speaker: -counts.get(speaker, 0))[:SPEAKERS]
    names = table("actors").set_index("actor_id").name
    columns = [{"id": speaker, "label": names[speaker], "about": ""} for speaker in many]
    rest = shown.speaker.nunique() - len(many)
    return [*columns, {"id": OTHERS, "label": "Everybody else", "about": f"{rest} speakers"}] if rest else columns


def _cards(shown: pd.DataFrame, coded: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    names = words(coded)
    cards = {row["claim_id"]: (row, card({**row, "coder_set": False}, names)) for row in shown.to_dict("records")}
    return {
        claim_id: {
            **{key: shown_card[key] for key in ("speaker", "role", "voice", "chain", "paraphrase", "counted", "note")},
            "words": row["exact"],
            **in_sentence(row)._asdict(),
            "source": row["source_id"],
            "column": row["speaker"] if row["speaker"] in columns else OTHERS,
        }
        for claim_id, (row, shown_card) in cards.items()
    }


def _left_out(kept_back: int, unsaid: int) -> list[str]:
    sentences = []
    if kept_back:
        sentences.append(f"{kept_back} claims are kept back: you code them yourself in notebook 06.")
    if unsaid:
        sentences.append(f"{unsaid} claims that nobody put forward (imagined words) are left out.")
    return sentences


def in_words(answers: Sequence[Mapping[str, Any]]) -> str:
    """Return how many answers say no, yes, both, and how many take no side, as a phrase.

    >>> in_words([{"position": "sceptic"}, {"position": "none"}])
    '1 no, 1 on no side'
    """
    said = []
    for position, word in (("sceptic", "no"), ("enthusiast", "yes"), ("mixed", "both at once"), ("none", "on no side")):
        if number := sum(entry["position"] == position for entry in answers):
            said.append(f"{number} {word}")
    return ", ".join(said) or "no claims"
