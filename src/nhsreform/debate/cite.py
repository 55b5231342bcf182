"""How to cite a claim: in words, and for a reference manager."""

from __future__ import annotations

from nhsreform.data.tables import table
from nhsreform.errors import PackError, nearest


class Citation(str):
    """A citation as text; `.bibtex` holds the BibTeX entry."""

    bibtex: str


def cite(claim_id: str) -> Citation:
    """Return how to cite a claim: its words, who said them in what voice, and the source.

    The text is plain; `.bibtex` is an entry for a reference manager.

    Raises PackError for an unknown claim.
    """
    rows = table("claims").set_index("claim_id")
    if claim_id not in rows.index:
        raise PackError(f"There is no claim called {claim_id!r}. {nearest(claim_id, rows.index.tolist()[:12])}")
    claim = rows.loc[claim_id]
    row = table("sources").set_index("source_id", drop=False).loc[claim.source_id]
    actor = table("actors").set_index("actor_id").name[claim.speaker]
    words = " ".join(claim.exact.split())
    citation = Citation(f"\u201c{words}\u201d ({actor}, {claim.voice}) [{claim_id}]. In: {row.citation}")
    year = row.date_latest.year
    clean = str.maketrans({"{": "(", "}": ")", "%": r"\%", "&": r"\&"})
    citation.bibtex = (
        f"@misc{{{claim.source_id},\n"
        f"  title = {{{row.title.translate(clean)}}},\n"
        f"  author = {{{{{row.author.translate(clean)}}}}},\n"
        f"  howpublished = {{{row.outlet.translate(clean)}}},\n"
        f"  year = {{{year}}},\n"
        + (f"  url = {{{row.url}}},\n" if row.url else "")
        # The author above is the page's: without the speaker a statement by one would pass for the words of all.
        + f"  note = {{Claim {claim_id} ({actor.translate(clean)}, {claim.voice}): {words.translate(clean)}}}\n}}"
    )
    return citation
