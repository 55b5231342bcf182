"""Both sides of a debate, chosen and ordered by one rule. Pure: tables in, plain JSON out.

`contrast_book` holds every theme and every side at once, so that a browser needs no kernel to turn from one
theme, or one pair of speakers, to another. `contrast_model` is one page of it: what stands left, right and between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from nhsreform.checkout import once
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.debate.balance import balance
from nhsreform.debate.card import NO_SIDE, Words, card, stance_of, words
from nhsreform.debate.select import claims
from nhsreform.debate.sentence import in_sentence
from nhsreform.text.numbers_in_words import days, plural

EVERY_THEME = "all"
CAMPS, SOURCES, SPEAKERS = "camps", "sources", "speakers"
COMPARISONS = {CAMPS: "The two camps", SOURCES: "Two of the texts", SPEAKERS: "Two speakers"}
COLUMNS = {CAMPS: "position", SOURCES: "source_id", SPEAKERS: "speaker"}
CAMP_LABELS = {"sceptic": "Sceptic", "enthusiast": "Enthusiast", "mixed": "Mixed", "none": "Takes no side"}
# From left to right; claims that take no side are not on the scale.
SCALE = [
    *(stance_of(position, strength)
      for position, strength in (("sceptic", 2), ("sceptic", 1), ("mixed", 0), ("enthusiast", 1), ("enthusiast", 2))),
    NO_SIDE,
]  # fmt: skip

_RULE = "The same rule on both sides: strong claims first, then in reading order."
RULES = {
    CAMPS: _RULE,
    SOURCES: f"{_RULE} Claims that take no side come last.",
    SPEAKERS: f"{_RULE} Claims that take no side come last.",
}
AN_EMPTY_SIDE = {
    CAMPS: (
        "An empty side is no evidence that nobody thought so. These five texts may not have asked, or whoever thought so "
        "may not speak in them: no minister at first hand, no patient, nurse or hospital doctor, and nobody who rejects "
        "the whole reform."
    ),
    SOURCES: "A silence is not a view. Each text leaves most things out, and its writer chose which.",
    SPEAKERS: "A silence is not a view. Whoever wrote the text chose whom to quote, and on what.",
}
_NOTHING = {
    CAMPS: "Nothing stands here: on this question the five texts hold no such words{shown}.",
    SOURCES: "Nothing stands here: on this question this text makes no claim{shown}.",
    SPEAKERS: "Nothing stands here: on this question the five texts give this speaker no words{shown}.",
}
# Claims kept back may fill an empty side, and the learner is not told which side.
_AMONG_THOSE_SHOWN = " among the claims shown (one that is kept back may still belong here)"

_EVERYTHING = {"id": EVERY_THEME, "label": "All questions", "question": "All questions together",
               "yes_means": "", "no_means": "", "silence": ""}  # fmt: skip

Row = Mapping[str, Any]


@once
def contrast_book(*, coder_set: bool = False, asserted: bool | None = True) -> dict[str, Any]:
    """Return every side of every question, and the claims in words, of all our claims: see book_of."""
    return book_of(claims(asserted=None), table("relations"), codings(), coder_set=coder_set, asserted=asserted)


def book_of(
    every: pd.DataFrame,
    relations: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    coder_set: bool = False,
    asserted: bool | None = True,
) -> dict[str, Any]:
    """Return every side of every question, and the claims in words.

    `every` are claims with their codes, as nr.claims gives them, `answers` their codings, as codings() gives them. Claims kept back for notebook 06 are left out unless `coder_set` is true; words nobody put forward are left out unless
    `asserted` is None. On one question a claim stands where its answer to that question puts it; over all questions, where
    its answer to its main question does.

    Keys: claims (id -> card), themes, names (comparison -> sides to choose from), sides (comparison -> theme ->
    name -> side), left_out (theme -> sentences), one_sided (theme -> sentence), pairs (relations between claims shown), and fixed sentences.
    A side is {"ids": claims in order, "none": those that take no side, "told": counts in words, "note": what
    to say when it is empty, "left_out": sentences}.
    """
    rows = every.to_dict("records")
    kept_back = [row for row in rows if row["coder_set"] and not coder_set]
    unsaid = [row for row in rows if not row["asserted"] and asserted is not None and row not in kept_back]
    shown = [row for row in rows if row not in kept_back and row not in unsaid]
    names = words(answers)
    book: dict[str, Any] = {
        "claims": {row["claim_id"]: _card(row, names) for row in shown},
        "themes": [_EVERYTHING, *table("themes").rename(columns={"theme": "id"})[list(_EVERYTHING)].to_dict("records")],
        "compare": COMPARISONS,
        "names": _to_choose_from({row["speaker"] for row in (*shown, *kept_back)}, names),
        "pairs": _pairs(relations, shown),
        "stances": [stance._asdict() for stance in SCALE],
        "rules": RULES,
        "an_empty_side": AN_EMPTY_SIDE,
        "one_sided": {
            EVERY_THEME: "",
            **_one_sided(every[every.claim_id.isin([row["claim_id"] for row in shown])], answers),
        },
        "sides": {},
        "left_out": {},
    }
    ids = [theme["id"] for theme in book["themes"]]
    for theme in ids:
        here, imagined = _answering(shown, answers, theme), _answering(unsaid, answers, theme)
        book["left_out"][theme] = _left_out(len(kept_back), len(imagined))
        for kind, column in COLUMNS.items():
            book["sides"].setdefault(kind, {})[theme] = {
                name["id"]: _side(kind, name["id"], column, here, kept_back, imagined) for name in book["names"][kind]
            }
    return book


def _to_choose_from(speakers: set[str], names: Words) -> dict[str, list[dict[str, str]]]:
    """Return the sides that each comparison can have: camps, texts, and the speakers by name."""
    texts = [
        {
            "id": row.source_id,
            "label": row.short_title,
            "about": f"{row.outlet}, {days(row.date_earliest, row.date_latest)}",
            "cite": row.citation,
        }
        for row in table("sources").itertuples()
    ]
    return {
        CAMPS: [{"id": camp, "label": label, "about": ""} for camp, label in CAMP_LABELS.items()],
        SOURCES: texts,
        SPEAKERS: [
            {"id": actor, "label": names.name(actor), "about": names.role(actor)}
            for actor in sorted(speakers, key=lambda actor: names.name(actor).casefold())
        ],
    }


def _answering(rows: Sequence[Row], answers: pd.DataFrame, theme: str) -> list[Row]:
    """Return the claims that touch a question, with their answer to it; over all questions, with the main one."""
    chosen = answers[answers.main if theme == EVERY_THEME else answers.theme == theme].set_index("claim_id")
    codes = chosen[["theme", "position", "strength"]].to_dict("index")
    return [{**row, **codes[row["claim_id"]]} for row in rows if row["claim_id"] in codes]


def _one_sided(shown: pd.DataFrame, coded: pd.DataFrame) -> dict[str, str]:
    """Return for each theme, in a sentence, what is one-sided about it by the rules of balance(), or nothing."""
    sentences = {}
    for row in balance("theme", shown, coded).to_dict("records"):
        sided = any(row[f"{camp}_{strength}"] for camp in ("sceptic", "enthusiast") for strength in (1, 2))
        # Where neither camp says anything, there is no side to be heavier.
        sentences[row["theme"]] = (
            f"One-sided here: {row['one_sided']}. A count of claims is not a count of people."
            if sided and row["one_sided"]
            else ""
        )
    return sentences


def _side(
    kind: str, name: str, column: str, answering: Sequence[Row], kept_back: Sequence[Row], imagined: Sequence[Row]
) -> dict[str, Any]:
    """Return one side on one question. The ordering rule is here and nowhere else."""
    here = sorted((row for row in answering if row[column] == name), key=lambda row: -row["strength"])
    # In a camp the column is the position. Beside another text or speaker, claims that take no side stand apart.
    apart = [row["claim_id"] for row in here if row["position"] == "none" and kind != CAMPS]
    # How many are kept back in one camp or on one theme would give codes away, so neither is told.
    back = len(kept_back) if kind == CAMPS else sum(row[column] == name for row in kept_back)
    counts = [plural(len(here), "claim"), plural(sum(len(row["exact"].split()) for row in here), "word")]
    if kind != SPEAKERS:
        counts.append(plural(len({row["speaker"] for row in here}), "speaker"))
    if kind != SOURCES:
        counts.append(plural(len({row["source_id"] for row in here}), "text"))
    unsaid = sum(row[column] == name for row in imagined)
    return {
        "ids": [row["claim_id"] for row in here if row["claim_id"] not in apart],
        "none": apart,
        "told": ", ".join(counts) if here else "no claims",
        "note": "" if here else _NOTHING[kind].format(shown=_AMONG_THOSE_SHOWN if back else ""),
        "left_out": [] if kind == CAMPS else _left_out(back, unsaid),
    }


def _left_out(kept_back: int, unsaid: int) -> list[str]:
    sentences = []
    if kept_back:
        back = plural(kept_back, "claim, whatever the question, is", "claims, whatever the question, are")
        sentences.append(f"{back} kept back: you code them yourself in notebook 06.")
    if unsaid:
        verb = "is" if unsaid == 1 else "are"
        sentences.append(f"{plural(unsaid, 'claim')} that nobody put forward (imagined words) {verb} left out.")
    return sentences


def _card(row: Row, names: Words) -> dict[str, Any]:
    # What is kept back never gets here unless it was asked for, so its codes are shown too.
    return {
        **card({**row, "coder_set": False}, names),
        "words": row["exact"],
        **in_sentence(row)._asdict(),
        "source": row["source_id"],
        "requires": row["conditional"] == "requirement",
    }


def _pairs(relations: pd.DataFrame, shown: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the relations between claims that are shown.

    A pair is `across` when two speakers are in it; for a limit or an opposition two positions of one speaker will do,
    but repeating oneself is not common ground.
    """
    by_id = {row["claim_id"]: row for row in shown}
    pairs = []
    for row in relations.to_dict("records"):
        if row["from_claim"] in by_id and row["to_claim"] in by_id:
            one, other = by_id[row["from_claim"]], by_id[row["to_claim"]]
            across = one["speaker"] != other["speaker"] or (
                row["relation"] in ("opposes", "qualifies") and one["position"] != other["position"]
            )
            pairs.append({
                "from": row["from_claim"], "to": row["to_claim"], "relation": row["relation"], "why": row["why"],
                "across": across,
            })  # fmt: skip
    return pairs


def answer_to(claim: Mapping[str, Any], theme: str) -> Mapping[str, Any]:
    """Return what a claim's words answer to a question; over all questions, to the claim's main one."""
    return next((answer for answer in claim["answers"] if answer["theme"] == theme), claim["answers"][0])


def contrast_model(book: Mapping[str, Any], theme: str, compare: str, left: str, right: str) -> dict[str, Any]:
    """Return what one contrast shows.

    Keys: theme (the question), left, right, mixed and none (sides with their id and name; mixed and none only between the camps),
    common, division and limits (relations), required (claims that state a requirement, when both sides or two
    speakers do), one_sided (a sentence, or nothing), left_out (sentences) and empty (what an empty side may mean, if
    there is one).
    """
    sides = book["sides"][compare][theme]
    names = {name["id"]: name for name in book["names"][compare]}
    places = {"left": left, "right": right, **({"mixed": "mixed", "none": "none"} if compare == CAMPS else {})}
    view: dict[str, Any] = {"theme": next(row for row in book["themes"] if row["id"] == theme)}
    for place, name in places.items():
        view[place] = {**names[name], **sides[name]}
    here = {place: {*view[place]["ids"], *view[place]["none"]} for place in places}
    everywhere = set().union(*here.values())

    def faces(pair: Mapping[str, Any]) -> bool:
        ends = {pair["from"], pair["to"]}
        if compare == CAMPS:
            return pair["across"] and ends <= everywhere
        return bool(ends & here["left"] and ends & here["right"])

    pairs = [pair for pair in book["pairs"] if faces(pair)]
    view["common"] = [pair for pair in pairs if pair["relation"] in ("supports", "echoes")]
    view["division"] = [pair for pair in pairs if pair["relation"] == "opposes"]
    view["limits"] = [pair for pair in pairs if pair["relation"] == "qualifies"]
    view["required"] = _required(book["claims"], compare, here)
    view["one_sided"] = book["one_sided"][theme] if compare == CAMPS else ""
    view["left_out"] = book["left_out"][theme] if compare == CAMPS else []
    empty = [book["an_empty_side"][compare], view["theme"]["silence"] if compare == CAMPS else ""]
    view["empty"] = " ".join(filter(None, empty)) if view["left"]["note"] or view["right"]["note"] else ""
    if compare == CAMPS:
        # What a side's answer means stands under its name.
        for place in ("left", "right"):
            view[place]["about"] = view["theme"]["no_means" if view[place]["id"] == "sceptic" else "yes_means"]
    return view


def _required(cards: Mapping[str, Any], compare: str, here: Mapping[str, Collection[str]]) -> list[str]:
    """Return the claims that require something, in reading order, when it takes more than one to say so."""

    def asking(ids: Collection[str]) -> list[str]:
        return [claim_id for claim_id, claim in cards.items() if claim_id in ids and claim["requires"]]

    if compare != CAMPS and not (asking(here["left"]) and asking(here["right"])):
        return []
    required = asking(set().union(*here.values()))
    return required if len({cards[claim_id]["speaker"]["id"] for claim_id in required}) > 1 else []
