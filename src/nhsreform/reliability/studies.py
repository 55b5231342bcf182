"""How far two codings of the claims agree: the pack's own, the blind readings of it, and a learner's.

Every coding has one shape, that of the table codings: claim_id, theme, position and strength, the first row of a claim
its main question. So agreement is always one comparison of two codings, `agreement(one, other)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from nhsreform.data.stances import POSITIONS, REFERENCE, codings, stance
from nhsreform.data.table_view import Table
from nhsreform.data.tables import table
from nhsreform.errors import one_of
from nhsreform.reliability.coefficients import (
    Code,
    Interval,
    bootstrap_interval,
    cohen_kappa,
    exact_share,
    krippendorff_alpha,
)

# For the weighted kappa no, yes and what lies between: a yes for a no is two steps, a side for none of them one.
SIDES: dict[str, Code] = {"sceptic": -1, "mixed": 0, "none": 0, "enthusiast": 1}
MEASURED = ("theme", "position", "side", "stance", "theme and position")
# A reader's row carries this note where the reader's page showed our code in an example.
GIVEN_AWAY = "given away by an example"


class Study(NamedTuple):
    """Two codings that are compared: which round, whose, and as what to speak of them."""

    round: int
    one: str
    other: str
    title: str


# The first readers met the rules as first written, the second the mended ones.
_STUDIES = (
    Study(1, REFERENCE, "reader-a", "ours and reader A"),
    Study(1, REFERENCE, "reader-b", "ours and reader B"),
    Study(1, "reader-a", "reader-b", "reader A and reader B"),
    Study(2, REFERENCE, "reader-c", "ours and reader C"),
    Study(2, REFERENCE, "reader-d", "ours and reader D"),
    Study(2, "reader-c", "reader-d", "reader C and reader D"),
)


def studies() -> list[Study]:
    """Return the studies whose codings stand in the table codings, round by round."""
    coders = set(table("codings").coder)
    return [study for study in _STUDIES if {study.one, study.other} <= coders]


class Agreement(NamedTuple):
    """How far two codings agree on one thing.

    `claims` are compared, `same` of them coded alike (`exact` is the share). `kappa` is Cohen's, weighted for side and
    stance; `alpha` is Krippendorff's, ordinal for stance and side, nominal for the rest. What is undefined is an Interval
    of NaN.
    """

    field: str
    claims: int
    same: int
    exact: Interval
    kappa: Interval
    alpha: Interval


def paired(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that two codings have in common, one row each.

    Columns: claim_id; theme_1 and theme_2 (the main questions); together_1 and together_2 (main question and position as
    one code); and, on a question that both coders saw the claim answer or touch (the main one of the first coding where it can be),
    shared (that question, or ""), position_1, position_2, stance_1, stance_2 (missing where they share no question).
    """
    rows = []
    answers = [_by_claim(coded) for coded in (one, other)]
    for claim_id in answers[0]:
        if claim_id not in answers[1]:
            continue
        both = [each[claim_id] for each in answers]
        row: dict[str, Any] = {"claim_id": claim_id, "shared": ""}
        for number, (main, *_) in enumerate(both, 1):
            row |= {f"theme_{number}": main["theme"], f"together_{number}": f"{main['theme']}: {main['position']}",
                    f"position_{number}": None, f"stance_{number}": None}  # fmt: skip
        by_theme = [{answer["theme"]: answer for answer in reversed(each)} for each in both]
        common = next((answer["theme"] for answer in both[0] if answer["theme"] in by_theme[1]), "")
        if common:
            row["shared"] = common
            for number, each in enumerate(by_theme, 1):
                row |= {f"position_{number}": each[common]["position"], f"stance_{number}": each[common]["stance"]}
        rows.append(row)
    return Table(rows)


def _by_claim(coded: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return each claim's answers in a coding, with their stance, as plain rows: many times faster than a table each."""
    answers: dict[str, list[dict[str, Any]]] = {}
    for row, number in zip(coded.to_dict("records"), stance(coded), strict=True):
        answers.setdefault(row["claim_id"], []).append(row | {"stance": number})
    return answers


def codes(one: pd.DataFrame, other: pd.DataFrame, field: str) -> tuple[list[Code], list[Code]]:
    """Return the codes that two codings give in a field, claim by claim; claims without a code from both are left out.

    `field` is theme (the main question), position and stance (on a question that both saw), side (position as no, yes
    and neither) or "theme and position" (of the main question, as one code).

    Raises PackError for another field.
    """
    one_of(field, MEASURED, f"Agreement is not measured on {field!r}.")
    columns = {"theme": "theme", "theme and position": "together", "side": "position"}
    pairs = paired(one, other)
    name = columns.get(field, field)
    if pairs.empty:
        return [], []
    pairs = pairs[pairs[f"{name}_1"].notna() & pairs[f"{name}_2"].notna()]
    first, second = pairs[f"{name}_1"].tolist(), pairs[f"{name}_2"].tolist()
    if field == "side":
        return [SIDES[code] for code in first], [SIDES[code] for code in second]
    return first, second


def agreement(one: pd.DataFrame, other: pd.DataFrame, fields: Sequence[str] = MEASURED) -> list[Agreement]:
    """Return how far two codings agree on each field; see Agreement and codes().

    Raises PackError for an unknown field.
    """
    return [_agreement(field, *map(tuple, codes(one, other, field))) for field in fields]


# The bootstrap is most of the work, and the same pairs of codes are asked for again and again.
@lru_cache(maxsize=128)
def _agreement(field: str, first: tuple[Code, ...], second: tuple[Code, ...]) -> Agreement:
    ordered = field in ("side", "stance")
    return Agreement(
        field,
        len(first),
        sum(code == again for code, again in zip(first, second, strict=True)),
        bootstrap_interval(exact_share, first, second),
        bootstrap_interval(cohen_kappa, first, second, ordered=ordered),
        bootstrap_interval(krippendorff_alpha, first, second, ordered=ordered),
    )


# --- the pack's own studies ---------------------------------------------------------------------------


def given_away(study: Study) -> set[str]:
    """Return the claims whose code the page that the readers of a study had showed them in an example."""
    rows = table("codings")
    return set(rows[rows.coder.isin([study.one, study.other]) & (rows.note == GIVEN_AWAY)].claim_id)


def compared(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two codings of a study, without the claims whose code was given away."""
    hidden = given_away(study)
    one, other = codings(study.one), codings(study.other)
    return one[~one.claim_id.isin(hidden)], other[~other.claim_id.isin(hidden)]


def figures() -> list[tuple[Study, Agreement]]:
    """Return every figure that data/codebook.md publishes: each study with each thing measured, in this order."""
    return [(study, result) for study in studies() for result in agreement(*compared(study))]


def crossed(study: Study, field: str) -> pd.DataFrame:
    """Return how often each code of a study's first coding (rows) met each of its second (columns).

    `field` is theme or position. Codes that neither used are left out.
    """
    counts = pd.crosstab(*map(pd.Series, codes(*compared(study), field)))
    order = POSITIONS if field == "position" else table("themes").theme
    used = [code for code in order if code in counts.index or code in counts.columns]
    return counts.reindex(index=used, columns=used, fill_value=0)


def outvoted() -> pd.DataFrame:
    """Return every claim that all readers code alike, main question and position, and otherwise than we.

    Columns: claim_id, ours and theirs, each as "question: position".
    """
    readers = [codings(coder) for coder in table("codings").coder.unique() if coder != REFERENCE]
    rows = []
    for claim_id, ours in codings().groupby("claim_id", sort=False):
        if not all((coded.claim_id == claim_id).any() for coded in readers):
            continue
        read = {_main(coded[coded.claim_id == claim_id]) for coded in readers}
        if len(read) == 1 and _main(ours) not in read:
            rows.append((claim_id, _main(ours), *read))
    return Table(rows, columns=["claim_id", "ours", "theirs"])


def _main(rows: pd.DataFrame) -> str:
    return f"{rows.theme.iloc[0]}: {rows.position.iloc[0]}"


def disagreements(number: int) -> pd.DataFrame:
    """Return every claim on whose position a reader of a round differs from ours.

    Columns: claim_id, reader, theme (the question compared), ours and theirs (positions) and outcome: "named" where
    alternative_reading names theirs, else "open".
    """
    ours = codings().set_index(["claim_id", "theme"])
    rows = []
    for study in studies():
        if study.round != number or study.one != REFERENCE:
            continue
        pairs = paired(codings(study.one), codings(study.other))
        for row in pairs[(pairs.shared != "") & (pairs.position_1 != pairs.position_2)].itertuples():
            named = f"position={row.position_2}:" in ours.alternative_reading[row.claim_id, row.shared]
            outcome = "named" if named else "open"
            rows.append((row.claim_id, study.other, row.shared, row.position_1, row.position_2, outcome))
    return Table(rows, columns=["claim_id", "reader", "theme", "ours", "theirs", "outcome"])
