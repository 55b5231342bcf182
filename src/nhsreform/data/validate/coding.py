"""The codes: that a claim's agree with each other, with the codebook, and with what was coded a second time."""

from __future__ import annotations

import re
from collections import Counter

from nhsreform.data import tables
from nhsreform.data.validate.checker import Checker, Row

CODER_SET = range(18, 25)
_ALTERNATIVE = re.compile(r"(\w+)=([^:|]+):")


def check(checker: Checker) -> None:
    """Check every code of claims, themes, codebook and recodings."""
    claims = {row["claim_id"]: row for row in checker.rows["claims"]}
    actors = {row["actor_id"] for row in checker.rows["actors"]}
    for row in checker.rows["claims"]:
        _claim(checker, row, actors)
    _coder_set(checker)
    _codebook(checker, claims)
    _recodings(checker)


def _claim(checker: Checker, row: Row, actors: set[str]) -> None:
    chain = row["voice_chain"].split(" > ")
    for actor in chain:
        if actor not in actors:
            checker.say("claims", row, "voice_chain", f"{actor!r} is not in actors.csv")
    if chain[-1] != row["speaker"]:
        checker.say("claims", row, "voice_chain", f"ends with {chain[-1]}; the speaker is {row['speaker']}")
    sided = row["position"] in ("sceptic", "enthusiast")
    if sided != (row["strength"] in ("1", "2")):
        checker.say(
            "claims",
            row,
            "strength",
            f"is {row['strength']} for position {row['position']}: 1 or 2 for sceptic and enthusiast, 0 for mixed and none",
        )
    if (row["conditional"] == "none") != (row["condition"] == ""):
        checker.say(
            "claims", row, "condition", "must hold the words when conditional is not none, and be empty when it is"
        )
    if row["theme"] == row["theme_2"]:
        checker.say("claims", row, "theme_2", "repeats theme")
    for field, code in _ALTERNATIVE.findall(row["alternative_reading"]):
        if field == "speaker":
            allowed = sorted(actors)
        elif field == "theme":
            allowed = [theme["theme"] for theme in checker.rows["themes"]]
        else:
            allowed = checker.codes(field)
        if code not in allowed:
            checker.say("claims", row, "alternative_reading", f"{code!r} is not a code of {field}")
        elif code == row[field]:
            checker.say(
                "claims", row, "alternative_reading", f"{field}={code} is the coding itself, not another reading"
            )


def _coder_set(checker: Checker) -> None:
    coder_set = [row for row in checker.rows["claims"] if row["coder_set"] == "yes"]
    if len(coder_set) not in CODER_SET:
        checker.say(
            "claims",
            None,
            "coder_set",
            f"has {len(coder_set)} claims; expected {CODER_SET.start} to {CODER_SET.stop - 1}",
        )
    # Only texts that a second reader coded too: a text that a lecturer adds has no blind coding to compare with.
    recoded = {row["claim_id"] for row in checker.rows["recodings"]}
    texts = {row["source_id"] for row in checker.rows["claims"] if row["claim_id"] in recoded}
    for column, wanted in (("source_id", texts & set(checker.texts)), ("position", set(checker.codes("position")))):
        absent = wanted - {row[column] for row in coder_set}
        if absent:
            checker.say("claims", None, "coder_set", f"has no claim with {column} {', '.join(sorted(absent))}")


def _codebook(checker: Checker, claims: dict[str, Row]) -> None:
    for row in checker.rows["themes"]:
        for column in ("example_claim", "borderline_claim"):
            claim = claims.get(row[column])
            if claim and row["theme"] not in (claim["theme"], claim["theme_2"]):
                checker.say("themes", row, column, f"{row[column]} is coded {claim['theme']}, not {row['theme']}")
    listed = {(row["field"], row["code"]) for row in checker.rows["codebook"]}
    fields = next(f for f in tables.fields("codebook") if f["name"] == "field")["constraints"]["enum"]
    for field in fields:
        for code in checker.codes(field):
            if (field, code) not in listed:
                checker.say("codebook", None, "code", f"has no rule for {field} {code}")
    for row in checker.rows["codebook"]:
        if row["code"] not in checker.codes(row["field"]):
            checker.say("codebook", row, "code", f"{row['code']!r} is not a code of {row['field']}")
            continue
        claim = claims.get(row["example_claim"])
        if claim and claim[row["field"]] != row["code"]:
            checker.say(
                "codebook",
                row,
                "example_claim",
                f"{row['example_claim']} is coded {claim[row['field']]}, not {row['code']}",
            )
        if bool(row["borderline_claim"]) != bool(row["borderline_reason"]):
            checker.say("codebook", row, "borderline_reason", "and borderline_claim go together")


def _recodings(checker: Checker) -> None:
    """Codes must be codes, and a claim that is coded again is coded in every field."""
    fields = next(f for f in tables.fields("recodings") if f["name"] == "field")["constraints"]["enum"]
    coded: dict[tuple[str, str], Counter[str]] = {}
    for row in checker.rows["recodings"]:
        for column in ("code", "recoded"):
            if row[column] not in checker.codes(row["field"]):
                checker.say("recodings", row, column, f"{row[column]!r} is not a code of {row['field']}")
        coded.setdefault((row["study"], row["round"]), Counter())[row["claim_id"]] += 1
    for (study, number), times in coded.items():
        for claim_id, number_coded in times.items():
            if number_coded != len(fields):
                checker.say(
                    "recodings",
                    None,
                    "field",
                    f"{study}, round {number}: {claim_id} is coded in {number_coded} of {len(fields)} fields",
                )
