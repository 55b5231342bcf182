"""Claims that bear on one another, in their own words."""

from __future__ import annotations

import pandas as pd

from nhsreform.data.table_view import Table
from nhsreform.data.tables import table
from nhsreform.errors import one_of


def pairs(relation: str | None = None, across_texts: bool = False, coder_set: bool | None = None) -> pd.DataFrame:
    """Return pairs of claims of which one supports, opposes, qualifies or echoes the other, with their words.

    Columns: one (words and id), relation, other (words and id), why. `relation` chooses one kind; across_texts=True keeps
    the pairs from two different texts; coder_set=False leaves out pairs with a claim kept back for notebook 06.

    Raises PackError for an unknown relation and lists the nearest.
    """
    rows, claims = table("relations"), table("claims").set_index("claim_id")
    known = rows.relation.unique().tolist()
    if relation is not None:
        one_of(relation, known, f"There is no relation called {relation!r}.")
        rows = rows[rows.relation == relation]
    ends = [rows[column] for column in ("from_claim", "to_claim")]
    if across_texts:
        one, other = (claims.source_id.reindex(end).to_numpy() for end in ends)
        rows = rows[one != other]
    if coder_set is not None:
        held = [claims.coder_set.reindex(rows[column]).to_numpy() for column in ("from_claim", "to_claim")]
        rows = rows[(held[0] | held[1]) == coder_set]

    def in_words(claim_id: str) -> str:
        return f"\u201c{' '.join(claims.exact[claim_id].split())}\u201d [{claim_id}]"

    return Table(
        {
            "one": rows.from_claim.map(in_words),
            "relation": rows.relation,
            "other": rows.to_claim.map(in_words),
            "why": rows.why,
        }
    ).reset_index(drop=True)
