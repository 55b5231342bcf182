"""Who stands where: claims chosen, set side by side on a theme, and paired with those that they bear on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nhsreform.checkout import once
from nhsreform.data.stances import POSITIONS, codings
from nhsreform.data.tables import fields, table
from nhsreform.errors import one_of

if TYPE_CHECKING:
    import pandas as pd


# The columns of claims that name something in another table: that table, and its column.
_NAMED = {"theme": ("themes", "theme"), "speaker": ("actors", "actor_id"), "source_id": ("sources", "source_id")}


def _allowed(column: str) -> list[str]:
    if column in _NAMED:
        name, key = _NAMED[column]
        return table(name)[key].tolist()
    owner = "codings" if column == "position" else "claims"
    return next(field["constraints"]["enum"] for field in fields(owner) if field["name"] == column)


def _known(column: str, wanted: str | Iterable[str]) -> list[str]:
    """Return `wanted` as a list. Raises PackError for a name that no claim could have."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        one_of(name, _allowed(column), f"There is no {column} called {name!r}.")
    return names


def claims(
    theme: str | Iterable[str] | None = None,
    speaker: str | Iterable[str] | None = None,
    position: str | Iterable[str] | None = None,
    source_id: str | Iterable[str] | None = None,
    voice: str | Iterable[str] | None = None,
    asserted: bool | None = True,
    coder_set: bool | None = None,
    containing: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the claims that fit, in reading order, with what their words answer to a question at issue.

    One row is one claim. Its columns are those of the table claims, then theme, position, strength,
    alternative_reading and stance (-2 to 2) from our coding of the claim's main question. With `theme` you get the
    claims that touch this question, first or second, with their answer to it. Words nobody put forward as their own (an
    imagined ultimatum) are left out; asserted=None keeps them, asserted=False gives them alone. coder_set=False leaves
    out the claims kept back for you to code in notebook 06; coder_set=True gives them alone. `containing` keeps the claims
    whose words hold a phrase, or one of a list, whatever its capitals.

    Raises PackError for an unknown name and lists the nearest.
    """
    chosen = _answered(None if theme is None else tuple(_known("theme", theme)))
    for column, value in (("speaker", speaker), ("position", position), ("source_id", source_id), ("voice", voice)):
        if value is not None:
            chosen = chosen[chosen[column].isin(_known(column, value))]
    for column, flag in (("asserted", asserted), ("coder_set", coder_set)):
        if flag is not None:
            chosen = chosen[chosen[column] == flag]
    if containing is not None:
        phrases = [containing] if isinstance(containing, str) else list(containing)
        folded = chosen.exact.str.casefold()
        chosen = chosen[[any(phrase.casefold() in words for phrase in phrases) for words in folded]]
    return chosen.reset_index(drop=True)


@once
def _answered(themes: tuple[str, ...] | None) -> pd.DataFrame:
    """Return every claim with its answer to the first of these questions that it touches; without any, to its main one."""
    answers = codings()
    if themes is not None:
        answers = answers[answers.theme.isin(themes)]
    answers = answers[~answers.claim_id.duplicated()]
    return table("claims").merge(answers.drop(columns=["note", "group", "main"]), on="claim_id", validate="1:1")


def positions(theme: str | None = None, coder_set: bool | None = None) -> pd.DataFrame:
    """Return how many claims, words and strong claims each position has, on one question or on all.

    Rows: sceptic, mixed, enthusiast, none, always all four, in that order, so that an empty side is seen.
    Columns: position, claims, words, strong (claims of strength 2), sources and speakers (how many different ones), said.
    Over all questions each claim counts once, by its main question.
    The column `said` lists the claim ids by the same rule on every row: strength first, then reading order.

    Raises PackError for an unknown theme.
    """
    from nhsreform.data.table_view import Table

    chosen = claims(theme=theme, coder_set=coder_set)
    chosen["words"] = chosen.exact.str.split().str.len()
    rows = []
    for position in POSITIONS:
        side = chosen[chosen.position == position].sort_values("strength", ascending=False, kind="stable")
        rows.append(
            {
                "position": position,
                "claims": len(side),
                "words": int(side.words.sum()),
                "strong": int((side.strength == 2).sum()),
                "sources": side.source_id.nunique(),
                "speakers": side.speaker.nunique(),
                "said": " ".join(side.claim_id),
            }
        )
    return Table(rows)


def pairs(relation: str | None = None, across_texts: bool = False, coder_set: bool | None = None) -> pd.DataFrame:
    """Return pairs of claims of which one supports, opposes, qualifies or echoes the other, with their words.

    Columns: one (words and id), relation, other (words and id), why. `relation` chooses one kind; across_texts=True keeps
    the pairs from two different texts; coder_set=False leaves out pairs with a claim kept back for notebook 06.

    Raises PackError for an unknown relation and lists the nearest.
    """
    from nhsreform.data.table_view import Table

    rows, every = table("relations"), table("claims").set_index("claim_id")
    if relation is not None:
        one_of(relation, rows.relation.unique(), f"There is no relation called {relation!r}.")
        rows = rows[rows.relation == relation]
    if across_texts:
        rows = rows[rows.from_claim.map(every.source_id) != rows.to_claim.map(every.source_id)]
    if coder_set is not None:
        rows = rows[(rows.from_claim.map(every.coder_set) | rows.to_claim.map(every.coder_set)) == coder_set]

    def in_words(claim_id: str) -> str:
        return f"\u201c{' '.join(every.exact[claim_id].split())}\u201d [{claim_id}]"

    return Table(
        {
            "one": rows.from_claim.map(in_words),
            "relation": rows.relation,
            "other": rows.to_claim.map(in_words),
            "why": rows.why,
        }
    ).reset_index(drop=True)
