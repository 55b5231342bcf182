"""nhsreform validate is quiet on the real data and loud on each broken copy."""

import csv
import os
import subprocess
import sys

import pytest

from nhsreform import commands
from nhsreform.data import validate
from tests.conftest import ROOT


def rewrite(root, table, change):
    """Apply `change(rows)` to a table of a copied checkout; rows are dictionaries."""
    path = root / "data" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names, rows = reader.fieldnames, list(reader)
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def row_of(rows, **wanted):
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def told(problems):
    return "\n".join(map(str, problems))


def test_the_real_data_has_no_problem():
    assert told(validate.problems()) == ""


def faults_frictionless_sees(root):
    """Return (table, type, message) of each fault; the rules read are those in datapackage.json alone."""
    # Slow to import, and only needed here.
    from frictionless import Package

    report = Package(str(root / "data" / "datapackage.json")).validate()
    names = {path.name for path in (root / "data").glob("*.csv")}
    assert names == {task.place for task in report.tasks}, "a table is not checked"
    faults = [("the package", fault.type, fault.message) for fault in report.errors]
    return faults + [(task.name, fault.type, fault.message) for task in report.tasks for fault in task.errors]


@pytest.mark.slow
def test_the_data_is_a_data_package_to_a_program_that_is_not_ours():
    assert faults_frictionless_sees(ROOT) == []


@pytest.mark.slow
def test_that_program_sees_each_broken_table(copy_of_data):
    wrong = [
        ("claims", {"speaker": "nobody"}, "foreign-key"),
        ("relations", {"to_claim": "walk-away-c999"}, "foreign-key"),
        ("actors", {"actor_id": ""}, "constraint-error"),
        ("events", {"date_latest": "yesterday"}, "type-error"),
    ]
    for table, cells, _ in wrong:
        rewrite(copy_of_data, table, lambda rows, cells=cells: rows[-1].update(cells))
    seen = {fault[:2] for fault in faults_frictionless_sees(copy_of_data)}
    assert {(table, kind) for table, _, kind in wrong} <= seen


def seed(change):
    def do(root):
        file = root / "seeds" / "000_a42128e519472f2e.txt"
        file.write_bytes(change(file.read_bytes()))

    return do


def table(name, change):
    return lambda root: rewrite(root, name, change)


def cell(name, column, value, **wanted):
    def change(rows):
        row_of(rows, **wanted)[column] = value

    return table(name, change)


def raw(name, change):
    def do(root):
        file = root / "data" / f"{name}.csv"
        file.write_bytes(change(file.read_bytes()))

    return do


def too_long(rows):
    row = row_of(rows, claim_id="joint-report-c52")
    row["end"] = str(int(row["end"]) + 1)


def overlap(rows):
    first, second = (row_of(rows, claim_id=f"joint-report-c{n}") for n in ("02", "03"))
    first.update({name: second[name] for name in ("start", "end", "exact", "prefix", "suffix")})


def gap(rows):
    row = rows[1]
    row["start"] = str(int(row["start"]) + 1)


def drop(key, value):
    def change(rows):
        rows.remove(row_of(rows, **{key: value}))

    return change


def chain(rows):
    row_of(rows, claim_id="joint-report-c52")["voice_chain"] = "nobody > dixon"


def no_side(rows):
    for row in rows:
        if row["theme"] == "collaboration-with-hospitals" and row["position"] == "sceptic":
            row.update(position="none", strength="0")


def unanswered_second(rows):
    row = row_of(rows, claim_id="joint-report-c03", coder="reference")
    rows.insert(rows.index(row) + 1, row | {"theme": "politics", "position": "none", "strength": "0"})


def no_evidence(rows):
    rows[:] = [row for row in rows if row["from_claim"] != "walk-away-c42"]


CASES = {
    "a seed edited by one character": (seed(lambda b: b.replace(b"Vautrey", b"Vautray", 1)), "seeds/000_a42128e519472f2e.txt: was changed"),
    "a seed saved with CRLF": (seed(lambda b: b.replace(b"\n", b"\r\n")), "was saved with CRLF line endings"),
    "a seed missing": (lambda root: (root / "seeds" / "000_a42128e519472f2e.txt").unlink(),
        "seeds/000_a42128e519472f2e.txt: “Key players for new GP-led commissioning are already leaving jobs” is missing"),
    "a text that nobody listed": (lambda root: (root / "seeds" / "new.txt").write_text("x"), "seeds/new.txt: is not listed"),
    "a table missing": (lambda root: (root / "data" / "issues.csv").unlink(), "data/issues.csv: cannot be read"),
    "a table that nobody described": (lambda root: (root / "data" / "more.csv").write_text("a\n1\n"), "data/more.csv: is not described"),
    "a byte-order mark": (raw("themes", lambda b: b"\xef\xbb\xbf" + b), "data/themes.csv, row 1: starts with a byte-order mark"),
    "CRLF in a table": (raw("themes", lambda b: b.replace(b"\n", b"\r\n")), "data/themes.csv: has CRLF"),
    "a table cut short": (raw("events", lambda b: b[:-40]), "data/events.csv: does not end with a line break"),
    "not UTF-8": (raw("glossary", lambda b: b[:200] + b"\xff" + b[200:]), "data/glossary.csv: is not UTF-8"),
    "one address of two kinds": (cell("facts", "source_kind", "newspaper", fact_id="pct-growth-total"),
        "source_kind: is newspaper, but the same address is trade press in facts.csv, pct-allocations"),
    "Parliament that is no record": (cell("events", "source_kind", "trade press", event_id="lords-second-reading"),
        "is trade press, but the address is Parliament's: record"),
    "a source of no kind": (cell("polls", "source_kind", "", poll_id="bbc-2012-improve"), "source_kind: is empty"),
    "a missing column": (raw("segments", lambda b: b.replace(b",share", b"", 1)), "missing column: share"),
    "an unknown column": (raw("segments", lambda b: b.replace(b"share", b"percentage", 1)), "unknown column: percentage"),
    "columns out of order": (raw("segments", lambda b: b.replace(b"label,share", b"share,label", 1)), "columns are out of order"),
    "a row too long": (raw("segments", lambda b: b.replace(b"\n", b"\n", 1).rstrip(b"\n") + b",extra\n"), "cells; expected"),
    "a wrong type": (cell("segments", "share", "ten", segment_id="walk-away-s01"), "data/segments.csv, row 2, share: 'ten' is not a number"),
    "a number out of range": (cell("segments", "share", "110", segment_id="walk-away-s01"), "110 is more than 100"),
    "a date that is none": (cell("events", "date_latest", "2010-02-30", event_id="white-paper"), "is not a date like"),
    "dates the wrong way round": (cell("events", "date_earliest", "2010-12-30", event_id="white-paper"), "is after date_latest"),
    "an unknown code": (cell("codings", "position", "critic", claim_id="joint-report-c52"), "'critic' is not one of sceptic"),
    "an unknown actor": (cell("claims", "speaker", "dickson", claim_id="joint-report-c52"), "'dickson' is not in actors.csv"),
    "an unknown claim": (cell("advice", "counterpart", "pct-managers-c99", advice_id="pct-managers-a01"), "'pct-managers-c99' is not in claims.csv"),
    "an id given twice": (cell("actors", "actor_id", "field", actor_id="smith"), "field stands already in row"),
    "an empty cell": (cell("claims", "paraphrase", "", claim_id="joint-report-c52"), "paraphrase: is empty"),
    "a stray space": (cell("actors", "name", "Anna Dixon ", actor_id="dixon"), "begins or ends with a space"),
    "yes written Y": (cell("claims", "asserted", "Y", claim_id="joint-report-c52"), "'Y' is not yes or no"),
    "an address that is none": (cell("events", "url", "www.example", event_id="white-paper"), "does not have the form"),
    "a claim's words changed": (cell("claims", "exact", "It is the right direction", claim_id="joint-report-c52"),
        "joint-report.", "exact: is not what stands"),
    "overlapping claims": (table("claims", overlap), "start: overlaps row"),
    "a claim off by one": (table("claims", too_long), "is not what stands at", "It stands at"),
    "an end beyond the text": (cell("claims", "end", "99999", claim_id="joint-report-c52"), "is not a stretch of a text"),
    "a prefix changed": (cell("claims", "prefix", "x", claim_id="joint-report-c52"), "is not the 32 characters before"),
    "a claim dropped": (table("claims", drop("claim_id", "joint-report-c52")), "no claim touches the sentence"),
    "a gap between passages": (table("passages", gap), "passages have no gap"),
    "a voice chain with a stranger": (table("claims", chain), "'nobody' is not in actors.csv"),
    "a voice chain that ends elsewhere": (cell("claims", "voice_chain", "six-bodies", claim_id="joint-report-c52"), "the speaker is dixon"),
    "strength without a side": (cell("codings", "strength", "0", claim_id="joint-report-c52"), "1 or 2 for sceptic and enthusiast"),
    "a condition stripped": (cell("claims", "condition", "", claim_id="joint-report-c52"), "must hold the words when conditional"),
    "a requirement that quotes no need": (cell("claims", "condition", "It is the right policy direction", claim_id="joint-report-c52"),
        "holds no word of need"),
    "a condition that nobody wrote": (cell("claims", "condition", "must be careful", claim_id="joint-report-c52"), "is not verbatim"),
    "an alternative that is the coding": (cell("codings", "alternative_reading", "position=enthusiast: x", claim_id="joint-report-c52"),
        "is the coding itself"),
    "an alternative with an unknown code": (cell("codings", "alternative_reading", "position=neutral: x", claim_id="joint-report-c52"),
        "is not a code of position"),
    "the coder set emptied": (table("claims", lambda rows: [row.update(coder_set="no") for row in rows]), "has 0 claims"),
    "a figure dropped": (table("figures", lambda rows: rows.remove(row_of(rows, exact="23%"))), "are in no figure"),
    "a range upside down": (cell("figures", "low", "99", exact="23%"), "is more than high"),
    "days of no date": (cell("figures", "date_earliest", "2011-03-09", exact="23%"), "for a figure of type date alone"),
    "days upside down": (cell("figures", "date_earliest", "2012-01-01", figure_id="mps-inquiry-f08"), "is after date_latest"),
    "days of another year": (cell("figures", "low", "2009", figure_id="mps-inquiry-f08"), "are not the years of the days"),
    "contact details in a table": (cell("figures", "note", "020 7631 8455", exact="23%"), "repeats a press officer"),
    "a tip's words changed": (cell("advice", "exact", "Keep a grip.", advice_id="pct-managers-a04"), "exact: is not what stands"),
    "a code without a rule": (table("codebook", drop("code", "mixed")), "has no rule for position mixed"),
    "an example coded otherwise": (cell("codebook", "example_claim", "joint-report-c52", field="position", code="mixed"),
        "is coded enthusiast, sceptic, not mixed"),
    "a question's example coded otherwise": (cell("themes", "example_yes", "joint-report-c09", theme="engagement"),
        "joint-report-c09 is not coded enthusiast on engagement"),
    "a side without a claim and without a word on it": (table("codings", no_side),
        "example_no: joint-report-c35 is not coded sceptic on collaboration-with-hospitals"),
    "a claim that nobody coded": (table("codings", lambda rows: rows.remove(row_of(rows, claim_id="joint-report-c01", coder="reference"))),
        "joint-report-c01 has no row of the coder reference"),
    "a second question that is not answered": (table("codings", unanswered_second), "is none in a second row"),
    "a reader who left a claim out": (table("codings", lambda rows: rows.remove(row_of(rows, claim_id="walk-away-c53", coder="reader-a"))),
        "reader-a has not coded walk-away-c53"),
    "another rule that changes nothing": (table("rule_variants", lambda rows: rows[0].update(position_then="none", strength_then="0")),
        "nothing would change"),
    "evidence for nothing": (table("relations", no_evidence), "is evidence, but relations.csv names no claim"),
    "an arrow from a body that is not there": (cell("structure", "place", "national", part_id="2010-money-minister-buyer"),
        "no box of 2010 stands at 'national'"),
    "a box without a name": (cell("structure", "name", "", part_id="2010-buyer"), "must be given for a box"),
    "an arrow without an end": (cell("structure", "to_place", "", part_id="2010-money-minister-buyer"), "must be given for an arrow"),
    "a part under another id": (cell("structure", "part_id", "2010-purchaser", part_id="2010-buyer"), "is not '2010-buyer'"),
    "a recall answer not among the options": (cell("recall", "answer", "something else", recall_id="r01"), "is not one of options"),
    "recall without evidence": (cell("recall", "evidence", "nowhere", recall_id="r01"), "is not an id in any table"),
    "a choice without options": (cell("prompts", "options", "", prompt_id="01.3"), "must be given for kind choice"),
    "a term said to be where it is not": (cell("glossary", "in_texts", "walk-away", term="Acute sector"), "found in joint-report pct-managers"),
    "a claim related to itself": (table("relations", lambda rows: rows[0].update(to_claim=rows[0]["from_claim"])), "is the claim itself"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_each_broken_copy_is_loud(copy_of_data, case):
    do, *expected = CASES[case]
    do(copy_of_data)
    found = told(validate.problems())
    for words in expected:
        assert words in found


def test_the_command_is_quiet_or_exits_with_one(copy_of_data, capsys):
    assert commands.main(["validate"]) == 0
    assert capsys.readouterr().out == ""
    cell("segments", "share", "ten", segment_id="walk-away-s01")(copy_of_data)
    assert commands.main(["validate"]) == 1
    shown = capsys.readouterr()
    assert "row 2, share" in shown.out and "1 problem found" in shown.err


def test_validate_needs_no_pandas():
    code = "import sys; sys.modules['pandas'] = None; from nhsreform import commands; sys.exit(commands.main(['validate']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONUTF8": "1"}
    )
    assert (done.returncode, done.stdout) == (0, "")
