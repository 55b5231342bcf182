"""Do the rules of the coding lean? How the counts move when a rule that could be written otherwise is."""

from __future__ import annotations

import pandas as pd

from nhsreform.data.stances import codings
from nhsreform.data.table_view import Table
from nhsreform.data.tables import table
from nhsreform.errors import one_of


def other_rules(*names: str) -> pd.DataFrame:
    """Return how many answers say no and yes by our rules, and if one of them were written otherwise.

    One row is one rule: our own first, then those of the table rule_variants, or those named alone.
    Columns: rule (in words), changed (how many answers it changes), principle_no, principle_yes, practice_no,
    practice_yes, both (at once), no_side. Words that nobody put forward are left out.

    Raises PackError for an unknown rule and lists the nearest.
    """
    said = table("claims").query("asserted").claim_id
    ours = codings()
    ours = ours[ours.claim_id.isin(said)].set_index(["claim_id", "theme"])
    changes = table("rule_variants")
    known = changes.variant.unique().tolist()
    for name in names:
        one_of(name, known, f"There is no rule called {name!r}.")
    rows = [_variant("our rules", ours, changes.iloc[:0])]
    rows += [_variant(name, ours, changes[changes.variant == name]) for name in names or known]
    return Table(rows)


def _variant(rule: str, ours: pd.DataFrame, changes: pd.DataFrame) -> dict[str, object]:
    """Return the counts when the changed answers stand as the rule would have them."""
    then = ours.position.copy()
    changed = changes[changes.claim_id.isin(ours.index.get_level_values("claim_id"))]
    for row in changed.itertuples():
        then[row.claim_id, row.theme] = row.position_then
    return {
        "rule": rule.replace("-", " "),
        "changed": len(changed),
        **{
            f"{group}_{word}": int(((ours.group == group) & (then == side)).sum())
            for group in ("principle", "practice")
            for side, word in (("sceptic", "no"), ("enthusiast", "yes"))
        },
        "both": int((then == "mixed").sum()),
        "no_side": int((then == "none").sum()),
    }
