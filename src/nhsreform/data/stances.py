"""The positions a claim may take, and its stance as a number: what to call it, its sign and its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

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
