"""Every rule the tables and texts keep. Each breach names file, row, column and rule.

Reads the files with the standard library alone, so that it can say what is wrong with a file that pandas
would refuse or silently mend.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from nhsreform.checkout import data_folder, seeds_folder
from nhsreform.data import tables
from nhsreform.data.sources import HOW_TO_ADD, find_all

Row = dict[str, str]
BOM = b"\xef\xbb\xbf"
CONTEXT = 32
CODER_SET = range(18, 25)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\u2026]*")
_ALTERNATIVE = re.compile(r"(\w+)=([^:|]+):")


@dataclass(frozen=True, order=True)
class Problem:
    """One breach. `row` is the line number in the file, counting the header as 1; 0 is the whole file."""

    file: str
    row: int
    column: str
    rule: str

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row else "") + (f", {self.column}" if self.column else "")
        return f"{place}: {self.rule}"


class _Checker:
    """Collects problems while it walks the files; rows that cannot be used are left out of later rules."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rows: dict[str, list[Row]] = {}
        self.all_rows: dict[str, list[Row]] = {}
        self.texts: dict[str, str] = {}

    def say(self, table: str, row: Row | None, column: str, rule: str) -> None:
        line = int(row["#"]) if row else 0
        self.problems.append(Problem(f"data/{table}.csv", line, column, rule))

    # --- one file at a time -------------------------------------------------------------------------

    def read(self, resource: dict[str, Any]) -> None:
        """Read one CSV: bytes, header, types, codes, keys."""
        name, file = resource["name"], f"data/{resource['path']}"
        self.rows[name], self.all_rows[name] = [], []
        path = data_folder() / resource["path"]
        try:
            raw = path.read_bytes()
        except OSError as error:
            self.problems.append(Problem(file, 0, "", f"cannot be read ({error.strerror})"))
            return
        if raw.startswith(BOM):
            self.problems.append(Problem(file, 1, "", "starts with a byte-order mark: save as UTF-8 without BOM"))
            raw = raw.removeprefix(BOM)
        if b"\r" in raw:
            self.problems.append(Problem(file, 0, "", "has CRLF line endings: save with LF"))
            raw = raw.replace(b"\r\n", b"\n")
        if not raw.endswith(b"\n"):
            self.problems.append(Problem(file, 0, "", "does not end with a line break: it may be cut short"))
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self.problems.append(Problem(file, 0, "", f"is not UTF-8 (byte {error.start})"))
            return
        fields = resource["schema"]["fields"]
        wanted = [field["name"] for field in fields]
        reader = csv.reader(io.StringIO(text, newline=""))
        header = next(reader, [])
        if header != wanted:
            missing, extra = [n for n in wanted if n not in header], [n for n in header if n not in wanted]
            rule = (
                "; ".join(
                    part
                    for part in (
                        f"missing column: {', '.join(missing)}" if missing else "",
                        f"unknown column: {', '.join(extra)}" if extra else "",
                    )
                    if part
                )
                or f"columns are out of order; expected {', '.join(wanted)}"
            )
            self.problems.append(Problem(file, 1, "", rule))
            return
        before = reader.line_num
        for cells in reader:
            row = dict(zip(wanted, cells, strict=False)) | {"#": str(before + 1)}
            before = reader.line_num
            if len(cells) != len(wanted):
                self.say(name, row, "", f"has {len(cells)} cells; expected {len(wanted)}")
                continue
            self.all_rows[name].append(row)
            if self._cells(name, row, fields):
                self.rows[name].append(row)
        self._keys(resource)

    def _cells(self, name: str, row: Row, fields: list[dict[str, Any]]) -> bool:
        """Check each cell of a row against its field. Returns whether later rules can use the row."""
        usable = True
        for field in fields:
            column, cell, limits = field["name"], row[field["name"]], field.get("constraints", {})
            if cell != cell.strip() and column not in ("exact", "prefix", "suffix", "condition"):
                self.say(name, row, column, "begins or ends with a space")
            if cell == "":
                if limits.get("required"):
                    self.say(name, row, column, "is empty; a value is required")
                    usable = usable and field["type"] == "string"
                continue
            rule = _cell_rule(cell, field, limits)
            if rule:
                self.say(name, row, column, rule)
                usable = False
        return usable

    def _keys(self, resource: dict[str, Any]) -> None:
        name = resource["name"]
        key = resource["schema"]["primaryKey"]
        unique = [key] + [[f["name"]] for f in resource["schema"]["fields"] if f.get("constraints", {}).get("unique")]
        for columns in unique:
            seen: dict[tuple[str, ...], Row] = {}
            for row in self.rows[name]:
                value = tuple(row[column] for column in columns)
                if value in seen:
                    self.say(
                        name, row, " + ".join(columns), f"{' '.join(value)} stands already in row {seen[value]['#']}"
                    )
                seen[value] = row

    # --- tables against each other ------------------------------------------------------------------

    def foreign_keys(self, resource: dict[str, Any]) -> None:
        for link in resource["schema"].get("foreignKeys", []):
            column, to = link["fields"][0], link["reference"]
            # A row with a fault of its own still has its name, so what points to it is no fault as well.
            known = {row[to["fields"][0]] for row in self.all_rows[to["resource"]]}
            for row in self.rows[resource["name"]]:
                if row[column] and row[column] not in known:
                    self.say(resource["name"], row, column, f"{row[column]!r} is not in {to['resource']}.csv")

    def codes(self, field: str) -> list[str]:
        """Return the codes a column of claims may hold."""
        entry = next(f for f in tables.fields("claims") if f["name"] == field)
        if field == "strength":
            return ["0", "1", "2"]
        return entry.get("constraints", {}).get("enum") or [*entry["trueValues"], *entry["falseValues"]]

    # --- the texts ----------------------------------------------------------------------------------

    def read_seeds(self) -> None:
        listed = {row["file"] for row in self.all_rows["sources"]}
        for row in self.rows["sources"]:
            path = seeds_folder() / row["file"]
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                # One sentence for the text, and none for the rows that quote it: nothing is known against them.
                rule = f"\u201c{row['title']}\u201d is missing, so what quotes it is not checked. {HOW_TO_ADD}"
                self.problems.append(Problem(f"seeds/{row['file']}", 0, "", rule))
                continue
            except OSError as error:
                self.problems.append(Problem(f"seeds/{row['file']}", 0, "", f"cannot be read ({error.strerror})"))
                continue
            if hashlib.sha256(raw).hexdigest() != row["sha256"]:
                why = "was saved with CRLF line endings" if b"\r\n" in raw else "was changed"
                self.problems.append(
                    Problem(f"seeds/{row['file']}", 0, "", f"{why}: its SHA-256 is not the one in sources.csv")
                )
                continue
            self.texts[row["source_id"]] = raw.decode("utf-8")
        for path in sorted(seeds_folder().glob("*.txt")):
            if path.name not in listed:
                self.problems.append(Problem(f"seeds/{path.name}", 0, "", "is not listed in sources.csv"))

    def spans(self, name: str) -> list[tuple[str, int, int, Row]]:
        """Check start, end and exact of each row; return the sound ones in order of the text."""
        sound = []
        for row in self.rows[name]:
            text = self.texts.get(row["source_id"])
            if text is None:
                continue
            start, end = int(row["start"]), int(row["end"])
            if not 0 <= start < end <= len(text):
                self.say(name, row, "start", f"{start} to {end} is not a stretch of a text of {len(text)} characters")
                continue
            exact = (
                text[start:end] if name == "figures" and row["type"] == "contact" else row.get("exact", text[start:end])
            )
            if text[start:end] != exact:
                places = [f"{at} to {at + len(exact)}" for at in find_all(exact, text)] if exact else []
                found = f" It stands at {', '.join(places)}." if places else ""
                self.say(name, row, "exact", f"is not what stands at {start} to {end} in {row['source_id']}.{found}")
                continue
            sound.append((row["source_id"], start, end, row))
        return sorted(sound, key=lambda item: item[:3])

    def no_overlap(self, name: str, spans: list[tuple[str, int, int, Row]]) -> None:
        for (sid, _, end, first), (next_sid, start, _, second) in zip(spans, spans[1:], strict=False):
            if sid == next_sid and start < end:
                self.say(name, second, "start", f"overlaps row {first['#']}, which ends at {end}")

    def passages(self) -> list[tuple[str, int, int, Row]]:
        spans = self.spans("passages")
        for sid, text in self.texts.items():
            at = 0
            for _, start, end, row in (span for span in spans if span[0] == sid):
                if start != at:
                    self.say(
                        "passages",
                        row,
                        "start",
                        f"is {start}; the passage before ends at {at}: passages have no gap and no overlap",
                    )
                at = end
            if at != len(text):
                self.say(
                    "passages", None, "end", f"{sid}: the passages end at {at}; the text has {len(text)} characters"
                )
        return spans

    def claims(self, passages: list[tuple[str, int, int, Row]]) -> None:
        spans = self.spans("claims")
        self.no_overlap("claims", spans)
        actors = {row["actor_id"] for row in self.rows["actors"]}
        homes = [span for span in passages if span[3]["kind"] == "claim"]
        for sid, start, end, row in spans:
            text = self.texts[sid]
            if not any(home[0] == sid and home[1] <= start and end <= home[2] for home in homes):
                self.say("claims", row, "start", "is not inside one passage of kind claim")
            if row["prefix"] != text[max(0, start - CONTEXT) : start]:
                self.say("claims", row, "prefix", f"is not the {CONTEXT} characters before the claim")
            if row["suffix"] != text[end : end + CONTEXT]:
                self.say("claims", row, "suffix", f"is not the {CONTEXT} characters after the claim")
            if row["condition"] and row["condition"] not in text:
                self.say("claims", row, "condition", f"is not verbatim in {sid}")
        for sid, start, end, home in homes:
            text = self.texts[sid]
            for match in _SENTENCE.finditer(text, start, end):
                if re.search(r"\w", match.group()) and not any(
                    c[0] == sid and c[1] < match.end() and match.start() < c[2] for c in spans
                ):
                    self.say(
                        "passages",
                        home,
                        "kind",
                        f"is claim, but no claim touches the sentence “{match.group().strip()[:60]}”",
                    )
            if not any(c[0] == sid and start <= c[1] and c[2] <= end for c in spans):
                self.say("passages", home, "kind", "is claim, but holds no claim")
        for row in self.rows["claims"]:
            self._coding(row, actors)
        self._coder_set()

    def _coding(self, row: Row, actors: set[str]) -> None:
        chain = row["voice_chain"].split(" > ")
        for actor in chain:
            if actor not in actors:
                self.say("claims", row, "voice_chain", f"{actor!r} is not in actors.csv")
        if chain[-1] != row["speaker"]:
            self.say("claims", row, "voice_chain", f"ends with {chain[-1]}; the speaker is {row['speaker']}")
        sided = row["position"] in ("sceptic", "enthusiast")
        if sided != (row["strength"] in ("1", "2")):
            self.say(
                "claims",
                row,
                "strength",
                f"is {row['strength']} for position {row['position']}: 1 or 2 for sceptic and enthusiast, 0 for mixed and none",
            )
        if (row["conditional"] == "none") != (row["condition"] == ""):
            self.say(
                "claims", row, "condition", "must hold the words when conditional is not none, and be empty when it is"
            )
        if row["theme"] == row["theme_2"]:
            self.say("claims", row, "theme_2", "repeats theme")
        for field, code in _ALTERNATIVE.findall(row["alternative_reading"]):
            if field == "speaker":
                allowed = sorted(actors)
            elif field == "theme":
                allowed = [theme["theme"] for theme in self.rows["themes"]]
            else:
                allowed = self.codes(field)
            if code not in allowed:
                self.say("claims", row, "alternative_reading", f"{code!r} is not a code of {field}")
            elif code == row[field]:
                self.say(
                    "claims", row, "alternative_reading", f"{field}={code} is the coding itself, not another reading"
                )

    def _coder_set(self) -> None:
        kept = [row for row in self.rows["claims"] if row["coder_set"] == "yes"]
        if len(kept) not in CODER_SET:
            self.say(
                "claims",
                None,
                "coder_set",
                f"has {len(kept)} claims; expected {CODER_SET.start} to {CODER_SET.stop - 1}",
            )
        # Only texts that a second reader coded too: a text that a lecturer adds has no blind coding to compare with.
        recoded = {row["claim_id"] for row in self.rows["recodings"]}
        texts = {row["source_id"] for row in self.rows["claims"] if row["claim_id"] in recoded}
        for column, wanted in (("source_id", texts & set(self.texts)), ("position", set(self.codes("position")))):
            absent = wanted - {row[column] for row in kept}
            if absent:
                self.say("claims", None, "coder_set", f"has no claim with {column} {', '.join(sorted(absent))}")

    def figures(self, passages: list[tuple[str, int, int, Row]]) -> None:
        spans = self.spans("figures")
        self.no_overlap("figures", spans)
        contact = [span for span in passages if span[3]["kind"] == "contact"]
        for sid, start, end, row in spans:
            hidden = any(c[0] == sid and c[1] <= start and end <= c[2] for c in contact)
            if (row["type"] == "contact") != (row["exact"] == ""):
                self.say("figures", row, "exact", "must be empty for contact details, and only for them")
            if row["type"] == "contact" and not hidden:
                self.say("figures", row, "type", "is contact, but lies outside the passages of kind contact")
            low, high = row["low"], row["high"]
            if low and high and float(low) > float(high):
                self.say("figures", row, "low", f"{low} is more than high, {high}")
            if (low or high) and not row["unit"]:
                self.say("figures", row, "unit", "is empty, though a value is given")
        for sid, text in self.texts.items():
            inside = [(start, end) for s, start, end, _ in spans if s == sid]
            for match in re.finditer(r"\d+", text):
                if not any(start <= match.start() and match.end() <= end for start, end in inside):
                    near = text[max(0, match.start() - 15) : match.end() + 15].replace("\n", " ")
                    if any(c[0] == sid and c[1] <= match.start() < c[2] for c in contact):
                        near = "(in the contact details)"
                    self.say(
                        "figures",
                        None,
                        "start",
                        f"{sid}: the digits at {match.start()} to {match.end()} are in no figure: {near}",
                    )

    def contact_words(self, passages: list[tuple[str, int, int, Row]]) -> None:
        """No table may repeat a telephone number or an address of the press officers."""
        private = set()
        for sid, start, end, row in passages:
            if row["kind"] == "contact":
                stretch = self.texts[sid][start:end]
                private |= set(re.findall(r"\S+@\S+\w", stretch))
                private |= set(re.findall(r"\d[\d ]{6,}\d", stretch))
        for name, rows in self.rows.items():
            for row in rows:
                for column, cell in row.items():
                    if any(words in cell for words in private):
                        self.say(name, row, column, "repeats a press officer's contact details")

    # --- the smaller tables -------------------------------------------------------------------------

    def small(self) -> None:
        claims = {row["claim_id"]: row for row in self.rows["claims"]}
        for name in ("issues", "advice", "segments"):
            self.no_overlap(name, self.spans(name))
        for row in self.rows["issues"]:
            if row["title"] not in row["exact"]:
                self.say("issues", row, "title", "is not verbatim in exact")
        for row in self.rows["segments"]:
            if row["label"] not in self.texts.get(row["source_id"], row["label"]):
                self.say("segments", row, "label", f"is not verbatim in {row['source_id']}")
        for row in self.rows["relations"]:
            if row["from_claim"] == row["to_claim"]:
                self.say("relations", row, "to_claim", "is the claim itself")
        self._codebook(claims)
        self._recodings()
        self._dates()
        for row in self.rows["prompts"]:
            if (row["kind"] == "choice") != bool(row["options"]):
                self.say("prompts", row, "options", "must be given for kind choice, and only then")
            if (row["kind"] == "number") != bool(row["unit"]):
                self.say("prompts", row, "unit", "must be given for kind number, and only then")
            if row["notebook"][:2] != row["prompt_id"][:2]:
                self.say("prompts", row, "prompt_id", f"does not begin with the number of {row['notebook']}")
        self._recall(claims)
        self._glossary()

    def _codebook(self, claims: dict[str, Row]) -> None:
        for row in self.rows["themes"]:
            for column in ("example_claim", "borderline_claim"):
                claim = claims.get(row[column])
                if claim and row["theme"] not in (claim["theme"], claim["theme_2"]):
                    self.say("themes", row, column, f"{row[column]} is coded {claim['theme']}, not {row['theme']}")
        listed = {(row["field"], row["code"]) for row in self.rows["codebook"]}
        fields = next(f for f in tables.fields("codebook") if f["name"] == "field")["constraints"]["enum"]
        for field in fields:
            for code in self.codes(field):
                if (field, code) not in listed:
                    self.say("codebook", None, "code", f"has no rule for {field} {code}")
        for row in self.rows["codebook"]:
            if row["code"] not in self.codes(row["field"]):
                self.say("codebook", row, "code", f"{row['code']!r} is not a code of {row['field']}")
                continue
            claim = claims.get(row["example_claim"])
            if claim and claim[row["field"]] != row["code"]:
                self.say(
                    "codebook",
                    row,
                    "example_claim",
                    f"{row['example_claim']} is coded {claim[row['field']]}, not {row['code']}",
                )
            if bool(row["borderline_claim"]) != bool(row["borderline_reason"]):
                self.say("codebook", row, "borderline_reason", "and borderline_claim go together")

    def _recodings(self) -> None:
        """Codes must be codes, and a claim that is coded again is coded in every field."""
        fields = next(f for f in tables.fields("recodings") if f["name"] == "field")["constraints"]["enum"]
        coded: dict[tuple[str, str], Counter[str]] = {}
        for row in self.rows["recodings"]:
            for column in ("code", "recoded"):
                if row[column] not in self.codes(row["field"]):
                    self.say("recodings", row, column, f"{row[column]!r} is not a code of {row['field']}")
            coded.setdefault((row["study"], row["round"]), Counter())[row["claim_id"]] += 1
        for (study, number), times in coded.items():
            for claim_id, number_coded in times.items():
                if number_coded != len(fields):
                    self.say(
                        "recodings",
                        None,
                        "field",
                        f"{study}, round {number}: {claim_id} is coded in {number_coded} of {len(fields)} fields",
                    )

    def _dates(self) -> None:
        for name in ("sources", "events", "pathfinders"):
            for row in self.rows[name]:
                if row["date_earliest"] > row["date_latest"]:
                    self.say(
                        name, row, "date_earliest", f"{row['date_earliest']} is after date_latest, {row['date_latest']}"
                    )
        dates = {row["source_id"]: (row["date_earliest"], row["date_latest"]) for row in self.rows["sources"]}
        in_events = Counter(row["source_id"] for row in self.rows["events"] if row["source_id"])
        for sid in dates:
            if in_events[sid] != 1:
                self.say("events", None, "source_id", f"{sid} has {in_events[sid]} rows; expected 1")
        for row in self.rows["events"]:
            if (row["kind"] == "source") != bool(row["source_id"]):
                self.say("events", row, "source_id", "must be given for kind source, and only then")
            elif row["source_id"] in dates and (row["date_earliest"], row["date_latest"]) != dates[row["source_id"]]:
                self.say(
                    "events", row, "date_earliest", f"differs from sources.csv: {' to '.join(dates[row['source_id']])}"
                )

    def _recall(self, claims: dict[str, Row]) -> None:
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
            known |= {row[key] for row in self.rows[name]}
        known |= {row["term"] for row in self.rows["glossary"]}
        for row in self.rows["recall"]:
            options = row["options"].split(" | ")
            if row["answer"] not in options:
                self.say("recall", row, "answer", "is not one of options, word for word")
            if len(set(options)) < max(2, len(options)):
                self.say("recall", row, "options", "repeats an option or has fewer than two")
            if row["evidence"] not in known:
                self.say("recall", row, "evidence", f"{row['evidence']!r} is not an id in any table")

    def _glossary(self) -> None:
        for row in self.rows["glossary"]:
            pattern = glossary_pattern(row)
            true = {sid for sid, text in self.texts.items() if pattern.search(text)}
            told = set(row["in_texts"].split())
            if told != true and len(self.texts) == len(self.rows["sources"]):
                self.say(
                    "glossary",
                    row,
                    "in_texts",
                    f"says {' '.join(sorted(told)) or 'none'}; found in {' '.join(sorted(true)) or 'none'}",
                )


def glossary_pattern(row: Row) -> re.Pattern[str]:
    """Return what finds a row of the glossary in a text: its term, its other forms or its expansion, as whole words."""
    forms = [row["term"], *filter(None, row["forms"].split("; ")), *filter(None, [row["expansion"]])]
    return re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms), re.IGNORECASE)


def _cell_rule(cell: str, field: dict[str, Any], limits: dict[str, Any]) -> str:
    """Return what is wrong with a cell, or ""."""
    kind = field["type"]
    if kind in ("integer", "number"):
        if not re.fullmatch(r"-?\d+" if kind == "integer" else r"-?\d+(\.\d+)?", cell):
            return f"{cell!r} is not {'a whole number' if kind == 'integer' else 'a number'}"
        if "minimum" in limits and float(cell) < limits["minimum"]:
            return f"{cell} is less than {limits['minimum']}"
        if "maximum" in limits and float(cell) > limits["maximum"]:
            return f"{cell} is more than {limits['maximum']}"
    elif kind == "boolean":
        allowed = [*field["trueValues"], *field["falseValues"]]
        if cell not in allowed:
            return f"{cell!r} is not {' or '.join(allowed)}"
    elif kind == "date":
        try:
            if datetime.date.fromisoformat(cell).isoformat() != cell:
                raise ValueError
        except ValueError:
            return f"{cell!r} is not a date like 2010-11-04"
    if "enum" in limits and cell not in limits["enum"]:
        return f"{cell!r} is not one of {', '.join(limits['enum'])}"
    if "pattern" in limits and not re.search(limits["pattern"], cell):
        return f"{cell!r} does not have the form {limits['pattern']}"
    return ""


def problems() -> list[Problem]:
    """Return every breach in the checkout's data/ and seeds/; an empty list when all is well."""
    checker = _Checker()
    resources = tables.package()["resources"]
    listed = {resource["path"] for resource in resources}
    for path in sorted(data_folder().glob("*.csv")):
        if path.name not in listed:
            checker.problems.append(Problem(f"data/{path.name}", 0, "", "is not described in datapackage.json"))
    for resource in resources:
        checker.read(resource)
    for resource in resources:
        checker.foreign_keys(resource)
    checker.read_seeds()
    passages = checker.passages()
    checker.claims(passages)
    checker.figures(passages)
    checker.contact_words(passages)
    checker.small()
    return sorted(set(checker.problems))
