"""data/codebook.md: the questions, every rule with its examples, the symmetry of the rules, and how reliable the coding is."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from nhsreform.data import tables
from nhsreform.reliability.coefficients import Interval
from nhsreform.reliability.studies import MEASURED, Agreement, Study, crossed, disagreements, figures, outvoted, studies
from nhsreform.reliability.symmetry import other_rules
from nhsreform.text.markdown import table

FIELD_TITLES = {
    "theme-choice": "How the question is chosen",
    "rule": "The hard rules",
    "position": "Position: what the words answer",
    "strength": "Strength",
    "kind": "Kind of claim",
    "voice": "Voice",
    "conditional": "Conditional",
    "asserted": "Asserted",
}
MEASURED_TITLES = {
    "theme": "main question",
    "position": "position, where both see the question (four codes)",
    "side": "position as no, neither, yes (weighted)",
    "stance": "stance, \u22122 to 2, where both see a side or both at once",
    "theme and position": "main question and position together",
}

_HOW_MADE = """\
The claims were coded sentence by sentence with a large language model, by the rules above, and checked by `nhsreform
validate`. Then readers coded all claims again: fresh sessions of the model that saw the questions, the rules for position
and strength and the five texts, neither our codes (but those of the examples) nor one another's.

- **Round 1:** the rules as first written. The figures stand as they fell, and no code was changed after them.
- **Round 2:** fresh readers, by rules mended where reader A had stumbled: when a claim has a second row, what a demand that
  something must not be there says, and how strong a reported view is. Reader B read later than the others, by the rules of
  round 1, and as blind as they.
- **Since then** one definition was mended, and no code: checking bills had stood under working with hospitals, where two of
  the four readers put “Check bills and validate hospital activity.” [pct-managers-c23]; our code is budgets-and-risk.

What was aimed at, before any of these codings was made, was a kappa of 0.75 for the main question and of 0.8 for the
position. Every pair of coders reached both, in either round and by the lower end of the interval too. On the main question
round 2 agreed no better than round 1: that the mended rules are clearer is not shown.

Read the figures with this in mind:

- All coders are sessions of a large language model. Sessions of one model share their habits of reading, so **agreement
  between them is likely to flatter**. No person has coded the claims independently.
- The rules were mended on these very claims. So round 2 says whether the mended rules are clear for these five texts, not
  how they would do on another.
- Claims whose code an example of the readers' page gave away are left out of the figures.
- *Main question* is the first question a coder gives a claim. *Position* is compared on a question that both coders see the
  claim answer or touch: the main one of ours where it can be. *Together* asks for the same main question and the same position.
- The weighted kappa counts a yes for a no as two steps, and a side for none (or for both at once) as one. There, and there
  alone, no side stands half-way.
- The intervals in brackets are 95% bootstrap intervals (1,000 resamples of the claims, fixed seed). They treat claims as
  independent, which claims of one text are not quite.
"""


def _quoted(claim_id: str, words: dict[str, str]) -> str:
    return f"\u201c{' '.join(words[claim_id].split())}\u201d [{claim_id}]"


def _rule(heading: str, rule: str, row: Any, words: dict[str, str]) -> list[str]:
    """Return one code: its rule, an example and, where there is one, a borderline case with the reason."""
    lines = [heading, "", rule, ""]
    if row.example_claim:
        lines.append(f"- Example: {_quoted(row.example_claim, words)}")
    if row.borderline_claim:
        lines.append(f"- Borderline: {_quoted(row.borderline_claim, words)} {row.borderline_reason}")
    return [*lines, ""]


def _questions(words: dict[str, str]) -> list[str]:
    lines = ["## The eleven questions", ""]
    for row in tables.table("themes").itertuples():
        lines += [f"### {row.question}", "", f"`{row.theme}`, a question of {row.group}.", ""]
        lines += [f"- **Yes:** {row.yes_means}", f"- **No:** {row.no_means}"]
        lines += [f"- **Includes:** {row.includes}", f"- **Excludes:** {row.excludes}"]
        for answer in ("yes", "no"):
            claim = getattr(row, f"example_{answer}")
            case = _quoted(claim, words) if claim else "no claim in the five texts"
            lines.append(f"- Example of {answer}: {case}")
            claim = getattr(row, f"borderline_{answer}")
            if claim:
                lines.append(
                    f"- Borderline {answer}: {_quoted(claim, words)} {getattr(row, f'borderline_{answer}_reason')}"
                )
        if row.silence:
            lines.append(f"- **A silence:** {row.silence}")
        lines.append("")
    return lines


def _rules(words: dict[str, str]) -> list[str]:
    book, lines = tables.table("codebook"), []
    for field in dict.fromkeys(book.field):
        lines += [f"## {FIELD_TITLES[field]} (`{field}`)", ""]
        for row in book[book.field == field].itertuples():
            lines += _rule(f"### `{row.code}`: {row.label}", row.rule, row, words)
    return lines


def figure_text(value: Interval) -> str:
    """Return a figure as it is printed: 0.86 (0.75 to 0.93), or a dash where there is none.

    >>> figure_text(Interval(0.856, 0.75, 0.93, 1000, 0))
    '0.86 (0.75 to 0.93)'
    """
    if math.isnan(value.estimate):
        return "\u2013"
    if math.isnan(value.low):
        return f"{value.estimate:.2f}"
    return f"{value.estimate:.2f} ({value.low:.2f} to {value.high:.2f})"


def _figures(measured: list[tuple[Study, Agreement]]) -> list[str]:
    """Return the table of figures, the studies of a field one below the other."""
    rows = (
        (MEASURED_TITLES[field], study.round, study.title, result.claims, result.same,
         *map(figure_text, (result.exact, result.kappa, result.alpha)))
        for field in MEASURED for study, result in measured if result.field == field
    )  # fmt: skip
    return table(["what", "round", "between", "claims", "same", "share", "kappa", "alpha"], rows)


def _crossed(study: Study, field: str) -> list[str]:
    """Return a confusion table: the first coding down, the second across. Codes that neither used are left out."""
    counts = crossed(study, field)
    rows = ((code, *(number or "" for number in numbers)) for code, *numbers in counts.itertuples())
    heading = f"**{study.title[0].upper()}{study.title[1:]}: {MEASURED_TITLES[field]}**"
    return [heading, "", *table(["", *counts.columns], rows)]


def _symmetry() -> list[str]:
    """Return how the counts would move under other rules, each leaning to the other side."""
    sides = ["principle: no", "principle: yes", "practice: no", "practice: yes", "both at once", "no side"]
    return [
        "## Do the rules lean?",
        "",
        "Each rule could be written otherwise. A sceptic might count every stated need as doubt, and ask why a bare opportunity "
        "is a yes at all; an enthusiast, why it is only a weak one. This is how the counts move, over all answers:",
        "",
        *table(["rule", *sides], other_rules().drop(columns="changed").itertuples(index=False)),
    ]


def _disagreed(number: int, words: dict[str, str]) -> list[str]:
    rows = (
        (
            _quoted(row.claim_id, words),
            row.reader,
            row.theme,
            row.ours,
            row.theirs,
            "yes" if row.outcome == "named" else "no",
        )
        for row in disagreements(number).itertuples()
    )
    head = ["claim", "reader", "question", "our code", "theirs", "is theirs named as another reading?"]
    return [f"### Where our position and a reader's differ, round {number}", "", *table(head, rows)]


def _outvoted(words: dict[str, str]) -> list[str]:
    rows = [(_quoted(row.claim_id, words), row.ours, row.theirs) for row in outvoted().itertuples()]
    return [
        "### Where every reader differs from us",
        "",
        f"All readers code {len(rows)} claims alike, and otherwise than we. Our codes stand as they were when the readers set out, so that the",
        "figures above are not mended after the fact. But if you think that we are wrong, begin here.",
        "",
        *table(["claim", "our code", "theirs"], rows),
    ]


def _reliability(words: dict[str, str]) -> list[str]:
    """Return the last part of the page: how it was measured, the figures, what was mended, what met what."""
    if not studies():
        return ["## How reliable the coding is", "", "No second reading of the present codes has been made yet.", ""]
    lines = ["## How reliable the coding is", "", *_HOW_MADE.splitlines(), "", *_figures(figures())]
    for number in sorted({study.round for study in studies()}):
        lines += _disagreed(number, words)
    lines += _outvoted(words)
    lines += ["### Which codes met which", ""]
    for study in studies():
        lines += [*_crossed(study, "theme"), *_crossed(study, "position")]
    return lines


def codebook_page() -> str:
    """Return the text of data/codebook.md.

    Generated: edit codebook.csv, themes.csv, codings.csv or rule_variants.csv, then run nhsreform build.
    """
    claims: pd.DataFrame = tables.table("claims")
    words = dict(zip(claims.claim_id, claims.exact, strict=True))
    lines = [
        "# The codebook",
        "",
        "<!-- Generated by `nhsreform build` from codebook.csv, themes.csv, codings.csv and rule_variants.csv. Edit those. -->",
        "",
        "Code by the words, not by the speaker's motive. Each claim is coded on a **question at issue**: its plain yes is the",
        "enthusiast's answer, its plain no the sceptic's. The codes are one careful coding, open to challenge. How reliable it",
        "is stands at the end, with codes of some claims that notebook 06 asks you to code: read that part after notebook 06.",
        "",
        *_questions(words),
        *_rules(words),
        *_symmetry(),
        *_reliability(words),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"
