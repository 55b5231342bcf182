"""The codes: that a claim's agree with each other, with the codebook, and with what other coders were asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from nhsreform.data import tables
from nhsreform.data.stances import REFERENCE
from nhsreform.data.validate.checker import Checker, Row

CODER_SET = range(18, 25)
SIDES = {"yes": "enthusiast", "no": "sceptic"}
# Rows of the codebook that are rules and no codes.
RULES = ("theme-choice", "rule")
# What makes words a requirement, as the codebook has it; "a crucial issue" only says that a thing matters.
_NEED = re.compile(r"\b(must|need(s|ed)?|requir(e|es|ed)|ha(s|ve|d) to|critical|vital)\b", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"(\w+)=([^:|]+):")


def check(checker: Checker) -> None:
    """Check every code of claims, codings, themes, codebook and rule_variants."""
    claims = {row["claim_id"]: row for row in checker.rows["claims"]}
    actors = {row["actor_id"] for row in checker.rows["actors"]}
    answers: dict[str, dict[str, Row]] = {}
    for row in checker.rows["codings"]:
        if row["coder"] == REFERENCE:
            answers.setdefault(row["claim_id"], {})[row["theme"]] = row
    for row in checker.rows["claims"]:
        _claim(row, actors)
        if row["claim_id"] not in answers:
            checker.say("codings", "claim_id", f"{row['claim_id']} has no row of the coder {REFERENCE}")
    _codings(checker)
    _coder_set(checker, answers)
    _themes(checker, claims, answers)
    _codebook(checker, claims, answers)
    _evidence(checker, claims)
    for row in checker.rows["rule_variants"]:
        ours = answers.get(row["claim_id"], {}).get(row["theme"])
        if not ours:
            row.say("theme", f"{row['claim_id']} has no answer to {row['theme']} to change")
        elif ours["position"] == row["position_then"]:
            row.say("position_then", f"is our own code of {row['claim_id']}: nothing would change")


def _claim(row: Row, actors: set[str]) -> None:
    chain = row["voice_chain"].split(" > ")
    for actor in chain:
        if actor not in actors:
            row.say("voice_chain", f"{actor!r} is not in actors.csv")
    if chain[-1] != row["speaker"]:
        row.say("voice_chain", f"ends with {chain[-1]}; the speaker is {row['speaker']}")
    if (row["conditional"] == "none") != (row["condition"] == ""):
        row.say("condition", "must hold the words when conditional is not none, and be empty when it is")
    elif row["conditional"] == "requirement" and not _NEED.search(row["condition"]):
        row.say("condition", "holds no word of need, as in must, need, required or vital")


def _codings(checker: Checker) -> None:
    """Check that a side has a strength and nothing else has, a second answer takes a side, and a coder leaves no claim out."""
    coded: dict[str, Counter[str]] = {}
    described = {row["claim_id"]: row for row in checker.rows["claims"]}
    for row in checker.rows["codings"]:
        sided = row["position"] in SIDES.values()
        if sided != (row["strength"] in ("1", "2")):
            rule = "1 or 2 for sceptic and enthusiast, 0 for mixed and none"
            row.say("strength", f"is {row['strength']} for position {row['position']}: {rule}")
        times = coded.setdefault(row["coder"], Counter())
        times[row["claim_id"]] += 1
        if row["coder"] == REFERENCE and times[row["claim_id"]] > 1 and row["position"] == "none":
            row.say("position", "is none in a second row: a second question is there to be answered")
        for field, code in _ALTERNATIVE.findall(row["alternative_reading"]):
            ids = {"theme": ("themes", "theme"), "speaker": ("actors", "actor_id")}.get(field)
            allowed = [entry[ids[1]] for entry in checker.rows[ids[0]]] if ids else checker.codes(field)
            if code not in allowed:
                row.say("alternative_reading", f"{code!r} is not a code of {field}")
            elif code == {**described.get(row["claim_id"], {}), **row}[field]:
                row.say("alternative_reading", f"{field}={code} is the coding itself, not another reading")
    of_text = {row["claim_id"]: row["source_id"] for row in checker.rows["claims"]}
    for coder, times in coded.items():
        texts = {of_text[claim_id] for claim_id in times if claim_id in of_text}
        for claim_id, source_id in of_text.items():
            if source_id in texts and claim_id not in times and coder != REFERENCE:
                checker.say("codings", "coder", f"{coder} has not coded {claim_id}")


def _coder_set(checker: Checker, answers: dict[str, dict[str, Row]]) -> None:
    held_back = [row for row in checker.rows["claims"] if row["coder_set"] == "yes"]
    if len(held_back) not in CODER_SET:
        checker.say(
            "claims", "coder_set", f"has {len(held_back)} claims; expected {CODER_SET.start} to {CODER_SET.stop - 1}"
        )
    # Only texts that another reader coded too: a text that a lecturer adds has no blind coding to compare with.
    recoded = {row["claim_id"] for row in checker.rows["codings"] if row["coder"] != REFERENCE}
    texts = {row["source_id"] for row in checker.rows["claims"] if row["claim_id"] in recoded}
    held = {
        "source_id": {row["source_id"] for row in held_back},
        "position": {
            # The first answer is the one to the claim's main question.
            next((answer["position"] for answer in answers.get(row["claim_id"], {}).values()), "")
            for row in held_back
        },
    }
    for column, wanted in (("source_id", texts & set(checker.texts)), ("position", set(checker.codes("position")))):
        absent = wanted - held[column]
        if absent:
            checker.say("claims", "coder_set", f"has no claim with {column} {', '.join(sorted(absent))}")


def _themes(checker: Checker, claims: Mapping[str, Mapping[str, str]], answers: dict[str, dict[str, Row]]) -> None:
    """Examples are coded as they are shown, and an empty side is spoken of."""
    for row in checker.rows["themes"]:
        here = [
            (claim_id, answer[row["theme"]]["position"]) for claim_id, answer in answers.items()
            if row["theme"] in answer and claims.get(claim_id, {}).get("asserted") == "yes"
        ]  # fmt: skip
        for word, position in SIDES.items():
            column = f"example_{word}"
            held = [claim_id for claim_id, code in here if code == position]
            if row[column] and row[column] not in held:
                row.say(column, f"{row[column]} is not coded {position} on {row['theme']}")
            if held and not row[column]:
                row.say(column, f"is empty, though {held[0]} answers {word}")
            if not held and not row["silence"]:
                row.say("silence", f"is empty, and no claim answers {word}: say what that may mean")
            case = f"borderline_{word}"
            if bool(row[case]) != bool(row[f"{case}_reason"]):
                row.say(f"{case}_reason", f"and {case} go together")


def _codebook(checker: Checker, claims: Mapping[str, Mapping[str, str]], answers: dict[str, dict[str, Row]]) -> None:
    listed = {(row["field"], row["code"]) for row in checker.rows["codebook"]}
    fields = next(f for f in tables.fields("codebook") if f["name"] == "field")["constraints"]["enum"]
    for field in fields:
        for code in checker.codes(field) if field not in RULES else []:
            if (field, code) not in listed:
                checker.say("codebook", "code", f"has no rule for {field} {code}")
    for row in checker.rows["codebook"]:
        if bool(row["borderline_claim"]) != bool(row["borderline_reason"]):
            row.say("borderline_reason", "and borderline_claim go together")
        if row["field"] in RULES:
            continue
        if row["code"] not in checker.codes(row["field"]):
            row.say("code", f"{row['code']!r} is not a code of {row['field']}")
            continue
        example = row["example_claim"]
        codes = {answer[row["field"]] for answer in answers.get(example, {}).values() if row["field"] in answer}
        codes |= {claim[row["field"]] for claim in [claims.get(example, {})] if row["field"] in claim}
        if example in claims and row["code"] not in codes:
            row.say("example_claim", f"{example} is coded {', '.join(sorted(codes))}, not {row['code']}")


def _evidence(checker: Checker, claims: Mapping[str, Mapping[str, str]]) -> None:
    """Evidence is offered for something: it supports another claim of its own text."""
    supported = {
        row["from_claim"] for row in checker.rows["relations"]
        if row["relation"] == "supports"
        and claims.get(row["from_claim"], {}).get("source_id") == claims.get(row["to_claim"], {}).get("source_id")
    }  # fmt: skip
    for row in checker.rows["claims"]:
        if row["kind"] == "evidence" and row["claim_id"] not in supported:
            row.say("kind", "is evidence, but relations.csv names no claim of its text that it supports")
