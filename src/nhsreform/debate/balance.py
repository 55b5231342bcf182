"""How evenly the claims fall: by question, group of questions, source, speaker or camp, in claims, words and strengths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nhsreform.data import stances
from nhsreform.data.tables import table
from nhsreform.debate import select
from nhsreform.errors import one_of

if TYPE_CHECKING:
    import pandas as pd

BY = ("theme", "group", "source", "speaker", "camp")
# One camp outnumbers the other when it has this many times as many claims.
OUTNUMBERED = 3

_SIDES = ("sceptic", "enthusiast")
# A column for each position and strength that a claim may have.
_DISTRIBUTION = {
    "sceptic_2": ("sceptic", 2), "sceptic_1": ("sceptic", 1), "mixed": ("mixed", 0),
    "enthusiast_1": ("enthusiast", 1), "enthusiast_2": ("enthusiast", 2), "none": ("none", 0),
}  # fmt: skip


def _parts(chosen: pd.DataFrame, by: str, coded: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each question, group, source, speaker or camp with its claims; those without a claim too, save speakers."""
    if by in ("theme", "group"):
        described = chosen.drop(columns=["theme", "position", "strength"])
        answers = described.merge(coded[["claim_id", "theme", "group", "position", "strength"]], on="claim_id")
        for name in table("themes")[by].unique():
            yield name, answers[answers[by] == name]
    else:
        column = {"source": "source_id", "speaker": "speaker", "camp": "position"}[by]
        names = {"source": table("sources").source_id, "speaker": chosen.speaker.unique(), "camp": stances.POSITIONS}[
            by
        ]
        for name in names:
            yield name, chosen[chosen[column] == name]


def _counts(part: pd.DataFrame, by: str) -> dict[str, int]:
    """Return the numbers of one row."""
    sizes = part.groupby(["position", "strength"]).size().to_dict()
    words = part.groupby("position").words.sum().to_dict()
    row = {"claims": len(part), "words": int(part.words.sum())}
    if by == "camp":
        row |= {f"strength_{strength}": int((part.strength == strength).sum()) for strength in (1, 2)}
    else:
        row |= {name: sizes.get(code, 0) for name, code in _DISTRIBUTION.items()}
        row |= {f"{camp}_words": int(words.get(camp, 0)) for camp in stances.POSITIONS}
    return row | {"sources": part.source_id.nunique(), "speakers": part.speaker.nunique()}


def _one_origin(part: pd.DataFrame, by: str) -> str:
    """Return "by one speaker", "from one source" (where sources are not the rows themselves) or "".

    A single claim has one origin in any case, and that says nothing.
    """
    if len(part) < 2:
        return ""
    if part.speaker.nunique() == 1:
        return "by one speaker"
    return "from one source" if by != "source" and part.source_id.nunique() == 1 else ""


def _one_sided(part: pd.DataFrame, by: str) -> str:
    """Return in words what is one-sided about the claims of one row; see balance()."""
    if part.empty:
        return "no claim"
    reasons = []
    sides = {camp: part[part.position == camp] for camp in _SIDES} if by != "camp" else {}
    reasons += [f"no {camp} claim" for camp, side in sides.items() if side.empty]
    if sides and not reasons:
        fewer, more = sorted(sides, key=lambda camp: len(sides[camp]))
        if len(sides[more]) >= OUTNUMBERED * len(sides[fewer]):
            reasons.append(f"{len(sides[more])} {more} claims to {len(sides[fewer])} {fewer}")
    if origin := _one_origin(part, by):
        reasons.append(f"all {origin}")
    else:
        reasons += [f"all {camp} claims {origin}" for camp, side in sides.items() if (origin := _one_origin(side, by))]
    return "; ".join(reasons)


def balance(by: str = "theme", claims: pd.DataFrame | None = None, coded: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return how many claims and words there are by question, source, speaker or camp, and how strong they are.

    `by` is theme (the questions at issue), group (principle, practice), source, speaker or camp. `claims` is what
    nr.claims(...) returned; without it, all claims that somebody put forward. `coded` are their answers, as codings() gives
    them, and without it our own coding. A claim that answers two questions counts
    under both, with its answer to each, as in nr.positions(theme), so these rows add up to more than the claims. By
    source, speaker and camp each claim counts once, by its main question.

    Columns: the theme, group, source, speaker or camp; claims; words; then the whole distribution, always shown:
    sceptic_2, sceptic_1 (sceptic at strength 2 and 1), mixed, enthusiast_1, enthusiast_2, none (takes no side), which
    add up to claims; the words of each camp, which add up to words; sources and speakers (how many different ones).
    By camp, the distribution is strength_1 and strength_2. Themes, sources and camps are all listed, empty or not.

    The last column, one_sided, says in words what the row lacks, and is "" where no rule applies:

    - "no claim";
    - "no sceptic claim", "no enthusiast claim" (claims that are mixed or take no side stand in for neither);
    - "6 enthusiast claims to 2 sceptic": one camp has at least three times the claims of the other;
    - "all by one speaker", else "all from one source"; and the same of each camp's claims alone, as in "all
      enthusiast claims by one speaker". A single claim is not told, and a source is not told to be one source.

    By camp only the last rule applies, and by speaker there is no such column: a speaker is free to take a side.

    Raises PackError for an unknown `by`.

    >>> list(balance("camp").columns)
    ['camp', 'claims', 'words', 'strength_1', 'strength_2', 'sources', 'speakers', 'one_sided']
    """
    from nhsreform.data.table_view import Table

    one_of(by, BY, f"There is no balance by {by!r}.")
    chosen = select.claims() if claims is None else claims
    chosen = chosen.assign(words=chosen.exact.str.split().str.len())
    rows = []
    for name, part in _parts(chosen, by, stances.codings() if coded is None else coded):
        row = {by: name, **_counts(part, by)}
        rows.append(row if by == "speaker" else row | {"one_sided": _one_sided(part, by)})
    return Table(rows)


_HEADS = {
    "sceptic_2": "S2",
    "sceptic_1": "S1",
    "mixed": "M",
    "enthusiast_1": "E1",
    "enthusiast_2": "E2",
    "sceptic_words": "S words",
    "mixed_words": "M words",
    "enthusiast_words": "E words",
    "none_words": "none words",
    "strength_1": "strength 1",
    "strength_2": "strength 2",
}
_LEGEND = """\
How the claims are balanced.
S sceptic, M mixed, E enthusiast, with strength 1 or 2; none: takes no side, which is not the middle.
Words that nobody put forward are left out. A claim that answers two questions counts under both."""


def _lines(counted: pd.DataFrame) -> Iterator[str]:
    """Yield a table as aligned text, with what is one-sided below its row."""
    name, *columns = [column for column in counted.columns if column != "one_sided"]
    heads = [_HEADS.get(column, column) for column in columns]
    first = max(len(name), *counted[name].str.len())
    widths = [max(len(head), len(str(counted[column].max()))) for head, column in zip(heads, columns, strict=True)]

    def line(label: str, cells: list[str]) -> str:
        return "  ".join([label.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))])

    yield line(name, heads)
    for row in counted.to_dict("records"):
        yield line(row[name], [str(row[column]) for column in columns])
        if row.get("one_sided"):
            yield f"    one-sided: {row['one_sided']}"


def report() -> str:
    """Return the balance by theme, source, speaker and camp as text, for a terminal about 120 characters wide."""
    return "\n\n".join([_LEGEND, *("\n".join(_lines(balance(by))) for by in BY)])
