"""What a claim's words may answer, as a position and as a number, and what each coder says they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhsreform.checkout import once
from nhsreform.data.tables import table
from nhsreform.errors import one_of

if TYPE_CHECKING:
    import pandas as pd

# The coder whose answers are the pack's own.
REFERENCE = "reference"
POSITIONS = ("sceptic", "mixed", "enthusiast", "none")
# Stance as a number: what to call it, its sign and its colour. The colours were measured: 3:1 or better on white and
# on #111, and told apart in normal and in colour-blind vision. They fill and border; they never carry meaning alone.
STANCES = {
    -2: ("strongly sceptic", "\u2212\u2212", "#a55909"),
    -1: ("sceptic", "\u2212", "#aa8f68"),
    0: ("mixed", "\u00b1", "#797874"),
    1: ("enthusiast", "+", "#8595aa"),
    2: ("strongly enthusiast", "++", "#1772a9"),
}


def stance(claims: pd.DataFrame) -> pd.Series:
    """Return -2, -1, 0 (mixed), +1, +2 for each claim, and <NA> for claims that take no side.

    Taking no side is not the same as standing in the middle, so it is never 0.
    """
    sign = claims.position.map({"sceptic": -1, "enthusiast": 1, "mixed": 0}).astype("Int64")
    return (sign * claims.strength).rename("stance")


def codings(coder: str = REFERENCE) -> pd.DataFrame:
    """Return one coder's answers, one row a claim and question, with the stance as a number and the question's group.

    Columns: claim_id, theme, position, strength, alternative_reading, note, stance, group (principle or practice) and
    main (whether the row is the claim's main question: the first that the coder gave it).

    Raises PackError for an unknown coder.
    """
    return _coded(coder).copy()


@once
def _coded(coder: str) -> pd.DataFrame:
    rows = table("codings")
    one_of(coder, rows.coder.unique(), f"There is no coder called {coder!r}.")
    rows = rows[rows.coder == coder].drop(columns="coder").reset_index(drop=True)
    rows["stance"] = stance(rows)
    rows["group"] = rows.theme.map(table("themes").set_index("theme").group)
    rows["main"] = ~rows.claim_id.duplicated()
    return rows
