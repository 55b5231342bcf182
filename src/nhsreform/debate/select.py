"""Who stands where: claims chosen, and set side by side on a theme."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nhsreform.data.stances import POSITIONS, stance
from nhsreform.data.tables import fields, table
from nhsreform.errors import PackError, nearest

if TYPE_CHECKING:
    import pandas as pd


def _allowed(column: str) -> list[str]:
    if column == "theme":
        return table("themes").theme.tolist()
    if column == "speaker":
        return table("actors").actor_id.tolist()
    if column == "source_id":
        return table("sources").source_id.tolist()
    return next(field["constraints"]["enum"] for field in fields("claims") if field["name"] == column)


def _known(column: str, wanted: str | Iterable[str]) -> list[str]:
    """Return `wanted` as a list. Raises PackError for a name that no claim could have."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    allowed = _allowed(column)
    for name in names:
        if name not in allowed:
            raise PackError(f"There is no {column} called {name!r}. {nearest(name, allowed)}")
    return names


def claims(
    theme: str | Iterable[str] | None = None,
    speaker: str | Iterable[str] | None = None,
    position: str | Iterable[str] | None = None,
    source_id: str | Iterable[str] | None = None,
    about: str | Iterable[str] | None = None,
    voice: str | Iterable[str] | None = None,
    asserted: bool | None = True,
    coder_set: bool | None = None,
) -> pd.DataFrame:
    """Return the claims that fit, in reading order, with their stance as a number.

    A theme finds claims that carry it first or second. Words nobody put forward as their own (an imagined
    ultimatum) are left out; asserted=None keeps them, asserted=False gives them alone. coder_set=False leaves out the
    claims kept back for you to code in notebook 06; coder_set=True gives them alone.

    Raises PackError for an unknown name and lists the nearest.
    """
    chosen = table("claims")
    chosen["stance"] = stance(chosen)
    if theme is not None:
        wanted = _known("theme", theme)
        chosen = chosen[chosen.theme.isin(wanted) | chosen.theme_2.isin(wanted)]
    for column, value in (
        ("speaker", speaker),
        ("position", position),
        ("source_id", source_id),
        ("about", about),
        ("voice", voice),
    ):
        if value is not None:
            chosen = chosen[chosen[column].isin(_known(column, value))]
    for column, flag in (("asserted", asserted), ("coder_set", coder_set)):
        if flag is not None:
            chosen = chosen[chosen[column] == flag]
    return chosen.reset_index(drop=True)


def positions(theme: str | None = None, coder_set: bool | None = None) -> pd.DataFrame:
    """Return how many claims, words and strong claims each position has, on one theme or on all.

    Rows: sceptic, mixed, enthusiast, none, always all four, in that order, so that an empty side is seen.
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
