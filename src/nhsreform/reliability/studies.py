"""How far the coding is reproduced when the claims are coded again: every figure that data/codebook.md publishes.

All of it is computed from data/recodings.csv, where the codes of each study and round stay as they were given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nhsreform.data.stances import POSITIONS, STANCES, stance
from nhsreform.data.tables import fields, table
from nhsreform.errors import PackError, nearest
from nhsreform.reliability.coefficients import (
    Code,
    Confusion,
    Interval,
    bootstrap_interval,
    cohen_kappa,
    confusion,
    exact_share,
    krippendorff_alpha,
    within_one_share,
)

if TYPE_CHECKING:
    import pandas as pd

# Stance joins position and strength on one scale; side is position without the claims that both coders code none.
MEASURED = ("position", "side", "strength", "stance", "about", "kind")
SIDES = POSITIONS[:3]
UNDEFINED = Interval(math.nan, math.nan, math.nan, 0.95, 0, 0, 0)


def studies() -> list[tuple[str, int]]:
    """Return (study, round) of every study, in the order of recodings.csv."""
    rows = table("recodings")
    return list(dict.fromkeys(zip(rows.study, rows["round"], strict=True)))


def labels(field: str) -> list[Code]:
    """Return the codes of a field in the codebook's order; for stance the numbers from -2 to 2.

    Raises PackError for a field that no study coded.
    """
    if field not in MEASURED:
        raise PackError(f"No study coded {field!r}. {nearest(field, list(MEASURED))}")
    if field == "stance":
        return list(STANCES)
    book = table("codebook")
    return book[book.field == ("position" if field == "side" else field)].code.tolist()


def pairs(study: str, number: int, field: str, given_away: bool = True) -> pd.DataFrame:
    """Return claim_id, code, recoded, given_away for the claims that a study compares in a field.

    `field` is a field of recodings.csv, or stance (claims to which both coders gave a number from -2 to 2), or side
    (position, for claims where at least one coder saw a side or mixed). given_away=False leaves out the claims whose
    code the codebook gave away.

    Raises PackError for an unknown study, round or field.
    """
    if (study, number) not in studies():
        known = ", ".join(f"{name} {n}" for name, n in studies())
        raise PackError(f"There is no round {number} of a study called {study!r}. There are: {known}.")
    labels(field)
    rows = table("recodings")
    rows = rows[(rows.study == study) & (rows["round"] == number)]
    column = "position" if field == "side" else field
    chosen = _stances(rows) if field == "stance" else rows[rows.field == column]
    if field == "side":
        chosen = chosen[chosen.code.isin(SIDES) | chosen.recoded.isin(SIDES)]
    if not given_away:
        chosen = chosen[~chosen.given_away]
    return chosen[["claim_id", "code", "recoded", "given_away"]].reset_index(drop=True)


def _stances(rows: pd.DataFrame) -> pd.DataFrame:
    """Return position and strength joined into stances, for claims that have one from both coders."""
    positions, strengths = (rows[rows.field == field].set_index("claim_id") for field in ("position", "strength"))
    joined = positions.reset_index()[["claim_id", "given_away"]]
    for column in ("code", "recoded"):
        coded = positions[[column]].set_axis(["position"], axis=1)
        coded["strength"] = strengths[column].astype("Int64")
        joined[column] = stance(coded).to_numpy()
    return joined.dropna().astype({"code": "int64", "recoded": "int64"})


def _interval(measure: Callable[..., float], compared: pd.DataFrame, **options: Any) -> Interval:
    if compared.empty:
        return UNDEFINED
    return bootstrap_interval(measure, compared.code, compared.recoded, **options)


def figures() -> list[dict[str, object]]:
    """Return one row per study, round, field, with and without the codes that the codebook gave away.

    Keys: study, round, field, codes ("all" or "not given away"), claims (how many are compared), same (how many have
    the same code twice), and as Interval: exact, kappa (Cohen's, unweighted), alpha (Krippendorff's: ordinal for
    stance, nominal for the rest) and within_one (stance alone). For side there is only exact: claims chosen for
    having a side say nothing on chance. What does not apply or is undefined is an Interval of NaN.
    """
    rows: list[dict[str, object]] = []
    for study, number in studies():
        for field in MEASURED:
            for shown in (True, False):
                compared = pairs(study, number, field, given_away=shown)
                level = "ordinal" if field == "stance" else "nominal"
                by_chance = field != "side"
                rows.append(
                    {
                        "study": study,
                        "round": number,
                        "field": field,
                        "codes": "all" if shown else "not given away",
                        "claims": len(compared),
                        "same": int((compared.code == compared.recoded).sum()),
                        "exact": _interval(exact_share, compared),
                        "within_one": _interval(within_one_share, compared) if field == "stance" else UNDEFINED,
                        "kappa": _interval(cohen_kappa, compared) if by_chance else UNDEFINED,
                        "alpha": _interval(krippendorff_alpha, compared, level=level) if by_chance else UNDEFINED,
                    }
                )
    return rows


def crossed(study: str, number: int, field: str) -> Confusion:
    """Return how often each of our codes (rows) met each code of the study (columns), in the codebook's order.

    Raises PackError for an unknown study, round or field.
    """
    compared = pairs(study, number, field)
    return confusion(compared.code, compared.recoded, order=labels(field))


def mended() -> pd.DataFrame:
    """Return claim_id, field, before, now for every code of the first round that claims.csv no longer holds."""
    from nhsreform.data.table_view import Table

    rows, claims = table("recodings"), table("claims").set_index("claim_id")
    first = rows[rows["round"] == 1].drop_duplicates(["claim_id", "field"])
    changes = []
    for claim_id in claims.index:
        for row in first[first.claim_id == claim_id].itertuples():
            now = str(claims.loc[claim_id, row.field])
            if now != row.code:
                changes.append({"claim_id": claim_id, "field": row.field, "before": row.code, "now": now})
    return Table(changes, columns=["claim_id", "field", "before", "now"])


def disagreements(field: str = "position") -> pd.DataFrame:
    """Return every claim to which a study gave another code than we did, and what became of it.

    Columns: study, round, claim_id, code, recoded, now (the code in claims.csv) and outcome: "mended" when we now
    code as the study did, "named" when alternative_reading names the study's code, else "open".
    """
    from nhsreform.data.table_view import Table

    names = [entry["name"] for entry in fields("claims")]
    if field not in names:
        raise PackError(f"claims has no column {field!r}. {nearest(field, names)}")
    claims = table("claims").set_index("claim_id")
    crossings = []
    for study, number in studies():
        compared = pairs(study, number, field)
        for row in compared[compared.code != compared.recoded].itertuples():
            claim = claims.loc[row.claim_id]
            if str(claim[field]) == row.recoded:
                outcome = "mended"
            elif f"{field}={row.recoded}:" in claim.alternative_reading:
                outcome = "named"
            else:
                outcome = "open"
            crossings.append(
                {
                    "study": study,
                    "round": number,
                    "claim_id": row.claim_id,
                    "code": row.code,
                    "recoded": row.recoded,
                    "now": str(claim[field]),
                    "outcome": outcome,
                }
            )
    return Table(crossings)
