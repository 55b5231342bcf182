"""What the pack shows beside each prediction: a sentence with the figure, and the rows to compare the guess with.

Figures come from the tables. Up to notebook 05 no claim that notebook 06 keeps back is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from nhsreform.data.table_view import Table
from nhsreform.data.tables import table
from nhsreform.debate.card import words
from nhsreform.debate.select import claims
from nhsreform.widgets.coder.comparison import codes_seen


class Answer(NamedTuple):
    """A sentence, blank where there is no one answer, and the rows to look at, if any."""

    sentence: str
    rows: pd.DataFrame | None = None


def _claims(source_id: str | None = None) -> pd.DataFrame:
    """Return the claims that may be shown before notebook 06, those that nobody put forward included."""
    return claims(source_id=source_id, asserted=None, coder_set=False)


def _said(source_id: str, *speakers: str) -> pd.DataFrame:
    """Return what these speakers of a text say in their own words, or all who are quoted directly."""
    rows = _claims(source_id)
    return _in_words(rows[rows.speaker.isin(speakers)] if speakers else rows[rows.voice == "direct quotation"])


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    return Table({"who": rows.speaker.map(words().name), "words": rows.exact, "claim": rows.claim_id})


def _figure(source_id: str, *kinds: str) -> pd.DataFrame:
    rows = table("figures")
    return rows[(rows.source_id == source_id) & rows.type.isin(kinds)][["exact", "measure", "note"]]


def _heard() -> Answer:
    # Who speaks in which text is asked again in the notebooks to come, so no list of names stands here.
    return Answer(
        "Leaders of GPs are heard most, then managers, then researchers. Journalists speak in their own words too, and one former "
        "adviser with three of his readers. A minister is only reported. No patient speaks."
    )


def _patients() -> Answer:
    rows = claims(asserted=None)
    count = rows[rows.speaker == "patients"].source_id.nunique()
    return Answer(f"{count} of the {table('sources').shape[0]} texts quote a patient.")


def _six_bodies() -> Answer:
    actors = table("actors")
    bodies = actors[
        actors.actor_id.isin(["nuffield-trust", "napc", "nhs-alliance", "pct-network", "rcgp", "kings-fund"])
    ]
    return Answer("Six bodies speak as one, and each lends one person.", bodies[["name", "stake"]])


def _issues() -> Answer:
    issues = table("issues")
    open_ones = int((issues.leans == "open").sum())
    return Answer(
        f"They agree on {len(issues)} issues. On {len(issues) - open_ones} the words already lean to an "
        f"answer, on {open_ones} they leave it open.",
        issues[["title", "asks", "leans"]],
    )


def _needs() -> Answer:
    counts = _claims("joint-report").conditional.value_counts()
    requirement, condition = (int(counts.get(name, 0)) for name in ("requirement", "condition"))
    return Answer(
        f"They support the plan and say what will be needed. Claims that name a requirement: {requirement}; a condition: "
        f"{condition}; neither: {int(counts.get('none', 0))}."
    )


def _quoted_by_name() -> Answer:
    rows = _said("pct-managers")
    return Answer(f"{rows.who.nunique()} people: {' and '.join(rows.who.unique())}.", rows)


def _hospitals() -> Answer:
    rows = claims(source_id="pct-managers", theme="collaboration-with-hospitals", coder_set=False)
    sentence = "Both, in the words of one man: Tony Ullman [pct-managers-c14, pct-managers-c15]."
    return Answer(sentence, _in_words(rows))


def _savings() -> Answer:
    rows = _figure("mps-inquiry", "money")
    pounds = next(exact for exact in rows.exact if "£" in exact)
    return Answer(f"{pounds}: a range, in the question that the MPs ask.", rows)


def _percent(words_of_it: str) -> Answer:
    rows = _figure("nuffield-polls", "percentage", "vague quantity")
    return Answer(words_of_it, rows[rows.exact == words_of_it.split()[0]])


def _enthusiasts() -> Answer:
    rows = table("segments")[["label", "share"]]
    return Answer(f"{rows.share.iloc[0]:g} percent. The comment gives no source.", rows)


def _shown_in_06() -> pd.DataFrame:
    """Return the claims of all texts; until the learner's coding is locked, without those to be coded."""
    return claims(coder_set=None if codes_seen() else False)


def _yes_and_no() -> Answer:
    rows, groups = _shown_in_06(), table("themes").set_index("theme").group
    counts = rows.assign(group=rows.theme.map(groups)).groupby(["group", "position"]).size().unstack(fill_value=0)
    no, yes = (int((rows.position == side).sum()) for side in ("sceptic", "enthusiast"))
    more = (
        "more sceptic than enthusiast"
        if no > yes
        else "more enthusiast than sceptic"
        if yes > no
        else "as many of each"
    )
    return Answer(f"{no} claims say no, {yes} say yes: {more}.", counts.reset_index())


def _no_side() -> Answer:
    rows = _shown_in_06()
    none = rows[rows.position == "none"]
    three = none.drop_duplicates("source_id").head(3)
    sentence = (
        f"{len(none)} of {len(rows)} claims take no side: {100 * len(none) / len(rows):.0f} percent. Three of them:"
    )
    return Answer(sentence, Table({"words": three.exact, "claim": three.claim_id}))


def _verdicts() -> Answer:
    rows = table("outcomes").merge(claims()[["claim_id", "exact"]], on="claim_id")
    return Answer("", rows[["claim_id", "exact", "verdict"]])


def _part_taken() -> Answer:
    rows = table("facts")
    return Answer(
        "", rows[(rows.topic == "engagement") & rows.fact_id.str.match("engaged|influence|ccg|moran")][["fact", "base"]]
    )


def _employed_again() -> Answer:
    rows = table("facts")
    rows = rows[rows.fact_id.str.contains("rehired")]
    share = rows[rows.fact_id == "rehired-by-2012"].low.iloc[0]
    return Answer(
        f"{share:g} percent, when the Department's 2,200 are set against the 10,000 made redundant. Other counts have other bases.",
        rows[["fact", "period", "base"]],
    )


def _schemes_found(*row_ids: str) -> pd.DataFrame:
    rows = table("schemes")
    rows = rows[rows.row_id.isin(row_ids)] if row_ids else rows[rows.aspect.isin(["money", "joining"])]
    return rows[["scheme", "aspect", "what", "base"] if row_ids else ["scheme", "aspect", "what"]]


ANSWERS: dict[str, Callable[[], Answer]] = {
    "00.1": lambda: Answer("", table("sources")[["short_title", "date_earliest", "date_latest", "stake"]]),
    "00.2": _heard,
    "00.3": _patients,
    "01.1": _six_bodies,
    "01.2": _issues,
    "01.3": _needs,
    "02.1": lambda: Answer("", _said("pct-managers", "ullman", "parks", "senior-pct-managers")),
    "02.2": _hospitals,
    "02.3": _quoted_by_name,
    "03.1": lambda: Answer("", _said("mps-inquiry", "field", "vautrey")),
    "03.2": lambda: Answer("Managers.", _said("mps-inquiry", "vautrey").query("claim == 'mps-inquiry-c10'")),
    "03.3": _savings,
    "04.1": lambda: Answer("", _said("nuffield-polls", "nuffield-trust", "smith", "smulian")),
    "04.2": lambda: _percent("23% of the doctors polled, in the words of the article."),
    "04.3": lambda: _percent("56% of the public polled, in the words of the article."),
    "05.1": lambda: Answer(
        "", _claims("walk-away").groupby(["voice_chain", "voice"], sort=False).size().reset_index(name="claims")
    ),
    "05.2": lambda: Answer("", _in_words(_claims("walk-away").query("voice == 'reader comment'"))),
    "05.3": _enthusiasts,
    "06.1": lambda: Answer(
        'Choose the question nearest to each of your reasons, and open both sides of it: nr.contrast("engagement").',
        table("themes")[["theme", "question"]],
    ),
    "06.2": _yes_and_no,
    "06.3": _no_side,
    "07.1": _verdicts,
    "07.2": _part_taken,
    "07.3": _employed_again,
    "09.1": lambda: Answer(
        "Small gains, in some things, say those who read 218 publications.", _schemes_found("all-01", "all-02")
    ),
    "09.2": lambda: Answer("3.3 percent, in one study of planned admissions.", _schemes_found("fundholding-08")),
    "09.3": lambda: Answer("", _schemes_found()),
}


def answer(prompt_id: str) -> Answer:
    """Return what a guess is set beside; blank where the learner's own work is the answer."""
    return ANSWERS.get(prompt_id, lambda: Answer(""))()
