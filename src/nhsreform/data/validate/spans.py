"""Rows that point into a text: that their words stand where they say, side by side, and that nothing is left out."""

from __future__ import annotations

import hashlib
import re

from nhsreform.checkout import seeds_folder
from nhsreform.data.sources import HOW_TO_ADD, find_all
from nhsreform.data.validate.checker import Checker, Row

CONTEXT = 32
Span = tuple[str, int, int, Row]  # source id, start, end, and the row that says so
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\u2026]*")


def read_seeds(checker: Checker) -> None:
    """Read the texts that sources.csv lists; one that is missing or changed is told, and left out of later rules."""
    listed = {row["file"] for row in checker.all_rows["sources"]}
    for row in checker.rows["sources"]:
        path = seeds_folder() / row["file"]
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            # One sentence for the text, and none for the rows that quote it: nothing is known against them.
            rule = f"\u201c{row['title']}\u201d is missing, so what quotes it is not checked. {HOW_TO_ADD}"
            checker.say_of(f"seeds/{row['file']}", rule)
            continue
        except OSError as error:
            checker.say_of(f"seeds/{row['file']}", f"cannot be read ({error.strerror})")
            continue
        if hashlib.sha256(raw).hexdigest() != row["sha256"]:
            why = "was saved with CRLF line endings" if b"\r\n" in raw else "was changed"
            checker.say_of(f"seeds/{row['file']}", f"{why}: its SHA-256 is not the one in sources.csv")
            continue
        checker.texts[row["source_id"]] = raw.decode("utf-8")
    for path in sorted(seeds_folder().glob("*.txt")):
        if path.name not in listed:
            checker.say_of(f"seeds/{path.name}", "is not listed in sources.csv")


def sound_spans(checker: Checker, name: str) -> list[Span]:
    """Check start, end and exact of each row; return the sound ones in order of the text."""
    sound = []
    for row in checker.rows[name]:
        text = checker.texts.get(row["source_id"])
        if text is None:
            continue
        start, end = int(row["start"]), int(row["end"])
        if not 0 <= start < end <= len(text):
            row.say("start", f"{start} to {end} is not a stretch of a text of {len(text)} characters")
            continue
        exact = text[start:end] if name == "figures" and row["type"] == "contact" else row.get("exact", text[start:end])
        if text[start:end] != exact:
            places = [f"{at} to {at + len(exact)}" for at in find_all(exact, text)] if exact else []
            elsewhere = f" It stands at {', '.join(places)}." if places else ""
            row.say("exact", f"is not what stands at {start} to {end} in {row['source_id']}.{elsewhere}")
            continue
        sound.append((row["source_id"], start, end, row))
    return sorted(sound, key=lambda item: item[:3])


def apart(checker: Checker, name: str) -> list[Span]:
    """Check start, end and exact of each row, and that rows do not overlap; return the sound ones in order of the text."""
    spans = sound_spans(checker, name)
    for (sid, _, end, first), (next_sid, start, _, second) in zip(spans, spans[1:], strict=False):
        if sid == next_sid and start < end:
            second.say("start", f"overlaps row {first.line}, which ends at {end}")
    return spans


def passages(checker: Checker) -> list[Span]:
    """Check that the passages of a text are the whole text, without gap; return the sound ones."""
    spans = sound_spans(checker, "passages")
    for sid, text in checker.texts.items():
        at = 0
        for _, start, end, row in (span for span in spans if span[0] == sid):
            if start != at:
                row.say("start", f"is {start}; the passage before ends at {at}: passages have no gap and no overlap")
            at = end
        if at != len(text):
            checker.say("passages", "end", f"{sid}: the passages end at {at}; the text has {len(text)} characters")
    return spans


def claims(checker: Checker, passages: list[Span]) -> None:
    """Check that claims stand where they say, and that every sentence of a claim passage is in one."""
    spans = apart(checker, "claims")
    homes = [span for span in passages if span[3]["kind"] == "claim"]
    for sid, start, end, row in spans:
        text = checker.texts[sid]
        if not any(home[0] == sid and home[1] <= start and end <= home[2] for home in homes):
            row.say("start", "is not inside one passage of kind claim")
        if row["prefix"] != text[max(0, start - CONTEXT) : start]:
            row.say("prefix", f"is not the {CONTEXT} characters before the claim")
        if row["suffix"] != text[end : end + CONTEXT]:
            row.say("suffix", f"is not the {CONTEXT} characters after the claim")
        if row["condition"] and row["condition"] not in text:
            row.say("condition", f"is not verbatim in {sid}")
    for sid, start, end, home in homes:
        text = checker.texts[sid]
        for match in _SENTENCE.finditer(text, start, end):
            if re.search(r"\w", match.group()) and not any(
                c[0] == sid and c[1] < match.end() and match.start() < c[2] for c in spans
            ):
                home.say("kind", f"is claim, but no claim touches the sentence “{match.group().strip()[:60]}”")
        if not any(c[0] == sid and start <= c[1] and c[2] <= end for c in spans):
            home.say("kind", "is claim, but holds no claim")


def figures(checker: Checker, passages: list[Span]) -> None:
    """Check that figures stand where they say, and that every digit of a text is in one."""
    spans = apart(checker, "figures")
    contact = [span for span in passages if span[3]["kind"] == "contact"]
    for sid, start, end, row in spans:
        hidden = any(c[0] == sid and c[1] <= start and end <= c[2] for c in contact)
        if (row["type"] == "contact") != (row["exact"] == ""):
            row.say("exact", "must be empty for contact details, and only for them")
        if row["type"] == "contact" and not hidden:
            row.say("type", "is contact, but lies outside the passages of kind contact")
        low, high = row["low"], row["high"]
        if low and high and float(low) > float(high):
            row.say("low", f"{low} is more than high, {high}")
        if (low or high) and not row["unit"]:
            row.say("unit", "is empty, though a value is given")
        _days(row)
    for sid, text in checker.texts.items():
        inside = [(start, end) for s, start, end, _ in spans if s == sid]
        for match in re.finditer(r"\d+", text):
            if not any(start <= match.start() and match.end() <= end for start, end in inside):
                near = text[max(0, match.start() - 15) : match.end() + 15].replace("\n", " ")
                if any(c[0] == sid and c[1] <= match.start() < c[2] for c in contact):
                    near = "(in the contact details)"
                checker.say(
                    "figures",
                    "start",
                    f"{sid}: the digits at {match.start()} to {match.end()} are in no figure: {near}",
                )


def _days(row: Row) -> None:
    """Check that only a date has days, and that they and its years say the same."""
    first, last = row["date_earliest"], row["date_latest"]
    if not first and not last:
        return
    if row["type"] != "date" or not first or not last:
        row.say("date_earliest", "and date_latest are given together, for a figure of type date alone")
    elif first > last:
        row.say("date_earliest", f"{first} is after date_latest, {last}")
    elif (row["low"], row["high"]) != (first[:4], last[:4]):
        row.say("low", f"and high, {row['low']} and {row['high']}, are not the years of the days given")


def contact_words(checker: Checker, passages: list[Span]) -> None:
    """No table may repeat a telephone number or an address of the press officers."""
    private = set()
    for sid, start, end, row in passages:
        if row["kind"] == "contact":
            stretch = checker.texts[sid][start:end]
            private |= set(re.findall(r"\S+@\S+\w", stretch))
            private |= set(re.findall(r"\d[\d ]{6,}\d", stretch))
    for rows in checker.rows.values():
        for row in rows:
            for column, cell in row.items():
                if any(words in cell for words in private):
                    row.say(column, "repeats a press officer's contact details")
