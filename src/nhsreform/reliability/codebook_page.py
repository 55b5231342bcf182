"""The codebook as a page, data/codebook.md: the rules of coding, and how far two codings agree."""

from __future__ import annotations

import math
from typing import Any

from nhsreform.data import tables
from nhsreform.reliability import studies
from nhsreform.reliability.coefficients import Interval

FIELD_TITLES = {
    "position": "Position on GPs commissioning",
    "strength": "Strength",
    "about": "What the claim is about",
    "kind": "Kind of claim",
    "voice": "Voice",
    "conditional": "Conditional",
    "asserted": "Asserted",
}
MEASURED_TITLES = {"side": "position, where a side or mixed was seen", "stance": "stance, -2 to 2"}
# Krippendorff's advice; the page names where he gives it.
RELY_ON, TENTATIVE = 0.8, 0.667

_HOW_MADE = """\
The claims were coded sentence by sentence with a large language model, to the authors' codebook, and checked by
`nhsreform validate`. Then they were coded again without sight of that coding:

- **The same coder again** (called stability): a session of the model without memory of the first coding coded 40 random
  claims from the codebook alone, once, before the rules were mended.
- **A second reader** (called agreement between coders): sessions of the model that saw the codebook, the marked claims
  and the texts, and none of our codes but those the codebook's own examples gave away, coded all 188 claims.

Read the figures with this in mind:

- Both coders are sessions of a large language model, working to one codebook. Two sessions of one model share their
  habits of reading, so **agreement between them is likely to flatter**. No human reader has coded the claims independently.
- In round 1 the codebook printed real claims as examples, and so gave away some of their codes to both. Figures are given
  with and without them.
- Most claims take no side, so agreement on position is easy to come by. The row *position, where a side or mixed was
  seen* leaves out the claims that both coders code none.
- Very few claims are mixed. Nothing can be said about how reliable that code is alone.
- Round 2 came after the rules were mended. Its second reader, a fresh session, saw the mended rules with invented examples:
  no code was given away. But the rules were mended on these very claims, in words found in them, by a coder who had seen
  the disagreements of round 1. So round 2 says whether the mended rules are clear for these five texts, not how they
  would do on another. Compare it with round 1 *without* the codes given away.
- The intervals in brackets are 95% bootstrap intervals (1,000 resamples of the claims, fixed seed). They treat claims as
  independent, which claims of one text are not quite.
"""

_STILL = """\
After mending, agreement on kind is much better. On position it is higher, though chance alone could do that; on about it is
no better than before. Nothing was mended after round 2, for that would need a third. These rules still break:

- **evaluation or report of fact:** when is a strong word (engulfed, emasculated, over a barrel) a judgement? No other pair
  of kinds is confused so often.
- **about:** GPs' wish to commission (gp-commissioning) or their power over the Government (bill-and-politics)? And a claim on
  hospitals or the centre that leaves them unnamed, or names them in another sentence.
- **strength** of a refusal that is only imagined, and of praise for the place that a report gives to GPs.
"""

_MENDED = (
    (
        "position: sceptic",
        "“A difficulty in GPs or in their commissioning” could take in nearly every difficulty in these texts.",
        "It must be GPs, their groups or the policy that may fail, fall short or do not take part. A hazard for anyone, a "
        "difficulty put down to cuts, hospitals or the centre, a need of time or help, and a mere ‘what if’ are no doubt.",
    ),
    (
        "position: sceptic or none",
        "The centre or a minister is blamed, and GP commissioning is said to suffer: two rules applied.",
        "That GPs cannot or will not counts, whoever is blamed; that they are hampered or weakened does not. A judgement "
        "on a minister is none.",
    ),
    (
        "position: enthusiast",
        "Enthusiasm and opportunities that are merely mentioned; GPs' work described as commissioning.",
        "They count when the words say that there is some, or say what for. GPs' work counts only if it is called "
        "commissioning.",
    ),
    (
        "position: mixed",
        "“One grammatical subject” is a rule for cutting claims, and was in the way when coding them.",
        "It is enough that one marked claim holds both halves. Here a need of time or care makes the second half.",
    ),
    (
        "strength",
        "What counts as one part only?",
        "Being involved, engaged or keen is always one part, in either camp; a difficulty is less than a refusal. Since "
        "then no asserted claim is strongly sceptic.",
    ),
    (
        "kind: recommendation or open question",
        "“Clarity is needed” is both a need and a matter still to be settled.",
        "Clarity needed, or issues to be resolved: open question. An act (establish, work out, determine): recommendation.",
    ),
    (
        "kind: warning",
        "Warnings of things already so, and ‘warned that somebody should’.",
        "Words of alarm make a warning, of the present too. What somebody is warned to do is a recommendation.",
    ),
    (
        "kind: evidence or report of fact",
        "“A reason to believe another claim” asks for the context, and the coders drew it differently.",
        "Put ‘because’ between the two claims. A number from which the text argues nothing is a report of fact, so the "
        "polls are.",
    ),
    (
        "kind: self-description",
        "Against evaluation, prediction and report of fact the line was thin.",
        "The speaker's own side is the subject: self-description, in praise and promise too. Welcome, hope and believe are "
        "coded by what they govern. Procedure is a report of fact.",
    ),
    (
        "kind: prediction or evaluation",
        "“Has potential” looks ahead and judges.",
        "It judges what is there now: evaluation.",
    ),
    (
        "about: bill-and-politics",
        "“Or reports procedure” drew in whatever a report is about.",
        "Procedure is the act alone: joined, met, published, polled, inquired. Verbs of saying are looked through.",
    ),
    (
        "about: transition, pcts-and-managers, centre, hospitals",
        "PCTs are at work in the transition; the centre is often blamed without being named.",
        "Transition needs words of passage. PCTs are coded where they must act. The centre and hospitals must be named.",
    ),
    (
        "conditional: requirement",
        "Not coded again. But like words had been coded unlike.",
        "‘Required’ and ‘crucial’ count as requirements; a burden does not. Two claims were changed.",
    ),
)


def _quoted(claim_id: str, claims: Any) -> str:
    return f"\u201c{' '.join(claims.exact[claim_id].split())}\u201d [{claim_id}]"


def _rule(heading: str, rule: str, row: Any, claims: Any) -> list[str]:
    """Return one code: its rule, an example and, where there is one, a borderline case with the reason."""
    lines = [heading, "", rule, "", f"- Example: {_quoted(row.example_claim, claims)}"]
    if row.borderline_claim:
        lines.append(f"- Borderline: {_quoted(row.borderline_claim, claims)} {row.borderline_reason}")
    return [*lines, ""]


def _rules() -> list[str]:
    claims = tables.table("claims").set_index("claim_id")
    book, themes = tables.table("codebook"), tables.table("themes")
    lines = []
    for field in dict.fromkeys(book.field):
        lines += [f"## {FIELD_TITLES[field]} (`{field}`)", ""]
        for row in book[book.field == field].itertuples():
            lines += _rule(f"### `{row.code}`: {row.label}", row.rule, row, claims)
    lines += ["## Theme (`theme`, `theme_2`)", ""]
    for row in themes.itertuples():
        rule = f"{row.definition} Includes: {row.includes} Excludes: {row.excludes}"
        lines += _rule(f"### `{row.theme}`: {row.label}", rule, row, claims)
    return lines


def figure_text(value: Interval) -> str:
    """Return a figure as it is printed: 0.86 (0.75 to 0.93), or a dash where there is none.

    >>> figure_text(Interval(0.856, 0.75, 0.93, 0.95, 1000, 0, 188))
    '0.86 (0.75 to 0.93)'
    """
    if math.isnan(value.estimate):
        return "\u2013"
    if math.isnan(value.low):
        return f"{value.estimate:.2f}"
    return f"{value.estimate:.2f} ({value.low:.2f} to {value.high:.2f})"


def _figures(figures: list[dict[str, Any]]) -> list[str]:
    """Return the table of figures, the rounds of a field one below the other."""
    lines = [
        "| field | coded again by | round | claims | same code | exact share | within one | Cohen's kappa | Krippendorff's alpha |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for field in studies.MEASURED:
        for row in figures:
            if row["field"] == field:
                shares = (figure_text(row[name]) for name in ("exact", "within_one", "kappa", "alpha"))
                cells = (MEASURED_TITLES.get(field, field), row["study"], row["round"], row["claims"], row["same"])
                lines.append("| " + " | ".join(map(str, (*cells, *shares))) + " |")
    return [*lines, ""]


def _crossed(study: str, number: int, field: str) -> list[str]:
    """Return a confusion table: our codes down, the study's across. Codes that neither used are left out."""
    table = studies.crossed(study, number, field)
    used = [at for at in range(len(table.labels)) if table.matrix[at].sum() + table.matrix[:, at].sum()]
    lines = [
        f"**{MEASURED_TITLES.get(field, field)}**",
        "",
        f"| ours \\ {study} | " + " | ".join(str(table.labels[at]) for at in used) + " |",
        "|---" * (len(used) + 1) + "|",
    ]
    for row in used:
        cells = (str(table.matrix[row, column] or "") for column in used)
        lines.append(f"| {table.labels[row]} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _standing(figures: list[dict[str, Any]]) -> str:
    """Return what the latest second reading allows one to lean on."""
    latest = max(number for study, number in studies.studies() if study == "second reader")
    rows = [
        row
        for row in figures
        if (row["study"], row["round"], row["codes"]) == ("second reader", latest, "all")
        and row["field"] in ("position", "about", "kind")
    ]

    def named(low: float, high: float) -> str:
        names = [f"{row['field']} ({row['alpha'].estimate:.2f})" for row in rows if low <= row["alpha"].estimate < high]
        return ", ".join(names) or "none"

    return (
        f"Krippendorff (2004, Content Analysis, 2nd edition, page 241) advises to rely on codes with an alpha of {RELY_ON:.3f} or more, and to draw no more than tentative "
        f"conclusions from {TENTATIVE:.3f} up. By the second reader's round {latest}, of position, about and kind, "
        f"{RELY_ON:.3f} is reached by: {named(RELY_ON, math.inf)}; tentative: {named(TENTATIVE, RELY_ON)}; "
        f"below: {named(-math.inf, TENTATIVE)}. That is agreement between sessions of one model, so count on less."
    )


def _differ_alike() -> list[str]:
    """Return a sentence on the claims whose position every second reading codes alike, and we do not."""
    pairs = studies.disagreements("position")
    pairs = pairs[(pairs.study == "second reader") & (pairs.outcome != "mended")]
    rounds = {number for study, number in studies.studies() if study == "second reader"}
    alike = [
        f"{claim_id} ({rows.now.iloc[0]}; they say {recoded})"
        for (claim_id, recoded), rows in pairs.groupby(["claim_id", "recoded"], sort=False)
        if len(rows) == len(rounds) > 1
    ]
    return [
        f"All second readings differ from us in the same way on: {', '.join(alike) or 'no claim'}. Lean on these least."
    ]


def _reliability() -> list[str]:
    """Return the second part of the page: how it was measured, the figures, what was mended, what met what."""
    figures = studies.figures()
    rows = tables.table("recodings")
    gave_away = set(zip(rows.study[rows.given_away], rows["round"][rows.given_away], strict=True))
    every = [row for row in figures if row["codes"] == "all"]
    # Where nothing was given away, the second table would only repeat the first.
    hidden = [row for row in figures if row["codes"] != "all" and (row["study"], row["round"]) in gave_away]
    claims = tables.table("claims").set_index("claim_id")
    lines = ["## How reliable the coding is", "", *_HOW_MADE.splitlines(), "", _standing(figures), ""]
    lines += ["### Figures, all claims", "", *_figures(every)]
    lines += ["### Figures without the codes that the codebook gave away", "", *_figures(hidden)]
    lines += ["### Where the rules broke, and how they were mended", ""]
    lines += ["| rule | where it broke | how it was mended |", "|---|---|---|"]
    lines += [f"| {' | '.join(entry)} |" for entry in _MENDED]
    changes = studies.mended()
    lines += [
        "",
        f"By the mended rules {len(changes)} codes of {changes.claim_id.nunique()} claims are not what they were in round 1. "
        "A code was changed only where a mended rule plainly says so. Where a careful reader may differ our code stays, "
        "and `alternative_reading` names the other.",
        "",
        "| claim | field | in round 1 | now |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.claim_id} | {row.field} | {row.before} | {row.now} |" for row in changes.itertuples()]
    lines += [
        "",
        "### Every disagreement on position",
        "",
        "| claim | coded again by | round | our code then | theirs | our code now |",
    ]
    lines += ["|---|---|---|---|---|---|"]
    for row in studies.disagreements("position").itertuples():
        cells = (_quoted(row.claim_id, claims), row.study, row.round, row.code, row.recoded, row.now)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += ["", *_differ_alike(), "", "### Where they still break", "", *_STILL.splitlines()]
    lines += ["", "### Which codes met which", "", "Our codes are the rows, the codes given again the columns.", ""]
    for study, number in studies.studies():
        lines += [f"#### {study[0].upper()}{study[1:]}, round {number}", ""]
        for field in ("position", "stance", "about", "kind"):
            lines += _crossed(study, number, field)
    return lines


def codebook_page() -> str:
    """Return the text of data/codebook.md: every rule with its examples, then how reliable the coding is.

    Generated: edit codebook.csv, themes.csv or recodings.csv, then run nhsreform build.
    """
    lines = [
        "# The codebook",
        "",
        "<!-- Generated by `nhsreform build` from codebook.csv, themes.csv, claims.csv and recodings.csv. Edit those. -->",
        "",
        "Code by the words, not by the speaker's motive. Each rule stands with a clear example and a case that nearly went",
        "elsewhere, in the source's own words. The codes are one careful coding, open to challenge. How reliable it is stands",
        "at the end, with codes of some claims that notebook 06 asks you to code: read that part after notebook 06.",
        "",
        *_rules(),
        *_reliability(),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"
