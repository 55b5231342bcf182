"""The smaller tables: dates, prompts, recall, glossary, relations, and the spans among them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from nhsreform.data import tables
from nhsreform.data.validate.checker import Checker, Row
from nhsreform.data.validate.spans import apart

# The tables that cite pages from outside the five texts.
CITING = ("events", "facts", "polls", "pathfinders", "risk_studies", "cases", "outcomes", "schemes")


def check(checker: Checker) -> None:
    """Check what the schema cannot say of the smaller tables."""
    claims = {row["claim_id"]: row for row in checker.rows["claims"]}
    for name in ("issues", "advice", "segments"):
        apart(checker, name)
    for row in checker.rows["issues"]:
        if row["title"] not in row["exact"]:
            row.say("title", "is not verbatim in exact")
    for row in checker.rows["segments"]:
        if row["label"] not in checker.texts.get(row["source_id"], row["label"]):
            row.say("label", f"is not verbatim in {row['source_id']}")
    for row in checker.rows["relations"]:
        if row["from_claim"] == row["to_claim"]:
            row.say("to_claim", "is the claim itself")
    _dates(checker)
    _source_kinds(checker)
    for row in checker.rows["prompts"]:
        if (row["kind"] == "choice") != bool(row["options"]):
            row.say("options", "must be given for kind choice, and only then")
        if (row["kind"] == "number") != bool(row["unit"]):
            row.say("unit", "must be given for kind number, and only then")
        if row["notebook"][:2] != row["prompt_id"][:2]:
            row.say("prompt_id", f"does not begin with the number of {row['notebook']}")
    _recall(checker, claims)
    _glossary(checker)
    _structure(checker)


def _dates(checker: Checker) -> None:
    for name in ("sources", "events", "pathfinders"):
        for row in checker.rows[name]:
            if row["date_earliest"] > row["date_latest"]:
                row.say("date_earliest", f"{row['date_earliest']} is after date_latest, {row['date_latest']}")
    dates = {row["source_id"]: (row["date_earliest"], row["date_latest"]) for row in checker.rows["sources"]}
    in_events = Counter(row["source_id"] for row in checker.rows["events"] if row["source_id"])
    for sid in dates:
        if in_events[sid] != 1:
            checker.say("events", "source_id", f"{sid} has {in_events[sid]} rows; expected 1")
    for row in checker.rows["events"]:
        if (row["kind"] == "source") != bool(row["source_id"]):
            row.say("source_id", "must be given for kind source, and only then")
        elif row["source_id"] in dates and (row["date_earliest"], row["date_latest"]) != dates[row["source_id"]]:
            row.say("date_earliest", f"differs from sources.csv: {' to '.join(dates[row['source_id']])}")


def _source_kinds(checker: Checker) -> None:
    """Check that one address has one kind in all tables, and that what Parliament prints is a record."""
    first: dict[str, tuple[str, str]] = {}
    for name in CITING:
        key = tables.resource(name)["schema"]["primaryKey"][0]
        for row in checker.rows[name]:
            kind, where = first.setdefault(row["url"], (row["source_kind"], f"{name}.csv, {row[key]}"))
            if row["url"] and row["source_kind"] != kind:
                row.say("source_kind", f"is {row['source_kind']}, but the same address is {kind} in {where}")
            if re.match(r"https?://([\w.-]+\.)?parliament\.uk/", row["url"]) and row["source_kind"] != "record":
                row.say("source_kind", f"is {row['source_kind']}, but the address is Parliament's: record")


def _recall(checker: Checker, claims: dict[str, Row]) -> None:
    known = set(claims)
    for name in (
        "sources",
        "actors",
        "figures",
        "events",
        "facts",
        "polls",
        "issues",
        "advice",
        "segments",
        "cases",
        "risk_studies",
    ):
        key = tables.resource(name)["schema"]["primaryKey"][0]
        known |= {row[key] for row in checker.rows[name]}
    known |= {row["term"] for row in checker.rows["glossary"]}
    for row in checker.rows["recall"]:
        options = row["options"].split(" | ")
        if row["answer"] not in options:
            row.say("answer", "is not one of options, word for word")
        if len(set(options)) < max(2, len(options)):
            row.say("options", "repeats an option or has fewer than two")
        if row["evidence"] not in known:
            row.say("evidence", f"{row['evidence']!r} is not an id in any table")


def _structure(checker: Checker) -> None:
    boxes = {(row["stage"], row["place"]) for row in checker.rows["structure"] if row["shows"] == "box"}
    for row in checker.rows["structure"]:
        box = row["shows"] == "box"
        if box != bool(row["name"]):
            row.say("name", "must be given for a box, and only then")
        if box == bool(row["to_place"]):
            row.say("to_place", "must be given for an arrow, and only then")
        for column in () if box else ("place", "to_place"):
            if row[column] and (row["stage"], row[column]) not in boxes:
                row.say(column, f"no box of {row['stage']} stands at {row[column]!r}")
        steps = [row["stage"], *([] if box else [row["shows"]]), row["place"], *([] if box else [row["to_place"]])]
        if row["part_id"] != "-".join(steps):
            row.say("part_id", f"is not {'-'.join(steps)!r}")


def _glossary(checker: Checker) -> None:
    for row in checker.rows["glossary"]:
        pattern = glossary_pattern(row)
        true = {sid for sid, text in checker.texts.items() if pattern.search(text)}
        listed = set(row["in_texts"].split())
        if listed != true and len(checker.texts) == len(checker.rows["sources"]):
            row.say(
                "in_texts", f"says {' '.join(sorted(listed)) or 'none'}; found in {' '.join(sorted(true)) or 'none'}"
            )


def glossary_pattern(row: Mapping[str, str]) -> re.Pattern[str]:
    """Return what finds a row of the glossary in a text: its term, its other forms or its expansion, as whole words."""
    forms = [row["term"], *filter(None, row["forms"].split("; ")), *filter(None, [row["expansion"]])]
    return re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms), re.IGNORECASE)
