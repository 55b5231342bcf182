"""What stands on top of a marked class: reading its folder, and writing what students typed where it can do no harm.

A marked class is a folder: marks.csv, audit.jsonl and, where a person marked, by-hand.csv. Names and answers in it are
written by students. On a terminal they may hold escapes, in a spreadsheet formulas, on a page HTML; each has one function
here that takes the sting out.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nhsreform.marking import marks as marked
from nhsreform.marking.collect import Handin
from nhsreform.marking.marks import COLUMNS, LOG, MARKS, Hand
from nhsreform.marking.sheets import guarded, numbered_rows, points_of, unguarded
from nhsreform.paths import PackError, checkout
from nhsreform.questions import judge
from nhsreform.questions.value import Plain

# Beside the states of marks.csv: a person gave the points.
MARKED = "marked"


class MarksError(PackError):
    """A file of marks is missing, or is not what `nhsreform mark` writes."""


@dataclass(frozen=True)
class Mark:
    """One row of marks.csv, and what lies behind it in the log.

    student is written as in the file, which keeps apart what only looks alike. points is None where a person must read;
    question is "" for a file that is of no exercise. message: what the judge says. value: what was handed in.
    """

    student: str
    exercise: str
    question: str
    state: str
    points: float | None
    max: float
    note: str
    message: str = ""
    value: Plain | None = None

    @property
    def name(self) -> str:
        """The student's name, as the student wrote it."""
        return unguarded(self.student)


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number and its noun.

    >>> plural(1, "student"), plural(2, "student")
    ('1 student', '2 students')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """Return a number of points without needless zeros.

    >>> number(7.0), number(7.25), number(1 / 3)
    ('7', '7.25', '0.33')
    """
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def shown(text: str, limit: int = 60) -> str:
    r"""Return a student's text as it may go to a terminal: one line, nothing that moves, colours or turns it.

    >>> shown("Ada\x1b[31m\u202e Lovelace\n")
    'Ada\ufffd[31m\ufffd Lovelace\ufffd'
    """
    kept = "".join(
        "\ufffd" if unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" else sign for sign in text
    )
    return kept if len(kept) <= limit else kept[: limit - 1] + "\u2026"


def markup(text: str) -> str:
    r"""Return a student's text for a page: no tag, no control character, and its direction kept to itself.

    >>> markup("<b>Ada</b>\x00")
    '<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi>'
    """
    kept = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    seen = any(unicodedata.category(sign)[0] not in "CZ" for sign in kept)
    return f"<bdi>{html.escape(kept) if seen else '(nothing that can be seen)'}</bdi>"


def read_marks(path: Path) -> list[Mark]:
    """Return the rows of marks.csv. Raises PackError naming row and column."""
    if not path.exists():
        raise MarksError(f"There is no {path.name} in {path.parent}. Expected: the folder that nhsreform mark wrote.")
    found = []
    for place, row in numbered_rows(path, COLUMNS):
        where = f"{path.name}, row {place}"
        if row["state"] not in marked.STATES:
            raise MarksError(f"{where}: {shown(row['state'])!r} is no state. Expected: {', '.join(marked.STATES)}.")
        points = points_of(row["points"], f"{where}, points") if row["points"] else None
        top = points_of(row["max"] or "0", f"{where}, max")
        name = (row["student"], row["exercise"], row["question"])
        found.append(Mark(*name, row["state"], points, top, unguarded(row["note"])))
    return found


# --- what lies behind the marks ------------------------------------------------------------------------------------


@dataclass
class Behind:
    """What the log says of the last run: who handed in what, by which settings, and what the judge made of it."""

    submissions: list[marked.Submission]
    settings: marked.Settings
    engine: str
    key_sha256: str


def last_run(out: Path) -> Behind:
    """Return what the log says of the last run. Raises MarksError when there is none, or it did not write marks.csv."""
    path = out / LOG
    start: dict[str, Any] = {}
    end: dict[str, Any] = {}
    found: list[marked.Submission] = []
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                # Only these kinds of line are read whole: the answers in between may be long.
                if line.startswith('{"event": "start"'):
                    start, found, end = json.loads(line), [], {}
                elif line.startswith('{"event": "end"'):
                    end = json.loads(line)
                elif line.startswith('{"event": "hand-in"'):
                    found.append(_submission(json.loads(line)))
    except FileNotFoundError as error:
        raise MarksError(f"There is no {LOG} in {out}. Expected: the folder that nhsreform mark wrote.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MarksError(f"{path.name} cannot be read ({error}). Mark the class again.") from error
    if not start:
        raise MarksError(f"{path.name} holds no run. Mark the class again.")
    if not end:
        raise MarksError("The last run did not come to its end. Type its command again with --resume.")
    if not end.get("written"):
        raise MarksError("The last run would change marks, and wrote nothing. Type its command again with --apply.")
    settings = marked.Settings(tuple(start["exercises"]), start["attempt"], start["practice"])
    return Behind(found, settings, start["engine"], start["key_sha256"])


def _submission(record: dict[str, Any]) -> marked.Submission:
    handed_in = datetime.fromisoformat(record["handed_in"]) if record["handed_in"] else None
    handin = Handin(
        record["student"],
        record["where"],
        record["where"].rsplit("/", 1)[-1],
        record["platform"],
        record["number"],
        record["full_name"],
        handed_in,
        record["late"],
        record["problem"],
    )
    return marked.Submission(handin, record["sha256"], record["problem"])


def numbers(out: Path, platform: str) -> dict[str, set[str]]:
    """Return {student, as marks.csv writes it: the numbers or user names by which the platform's download knew them}."""
    found: dict[str, set[str]] = {}
    for submission in last_run(out).submissions:
        handin = submission.handin
        if handin.platform == platform and handin.number:
            found.setdefault(marked.safe(handin.student), set()).add(handin.number)
    return found


@contextlib.contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keep `nhsreform mark` out of a folder for a while. Raises MarksError when it is at work there."""
    from filelock import FileLock, Timeout

    lock = FileLock(out / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise MarksError(f"Marking is under way in {out}. Wait until it is done.") from error
    try:
        yield
    finally:
        lock.release()


def read_class(out: Path, keys: Sequence[Path] = ()) -> list[Mark]:
    """Return a class's marks with the judge's messages and what was handed in, and with what a person marked.

    A mark that a person gave to another answer than the one that counts now is taken back: it needs a person again.
    Raises PackError when something is missing or damaged, or another run is writing there.
    """
    found = read_marks(out / MARKS)
    behind = last_run(out)
    key = marked.Key(list(keys) or [checkout() / "exercises"])
    if key.sha256 != behind.key_sha256:
        raise MarksError(
            "These marks were made with another key. Give the same --key as for nhsreform mark; if the key has changed since, "
            "mark the class again."
        )
    try:
        with alone(out), contextlib.closing(marked.Log(out, behind.engine)) as log:
            judged = {
                (marked.safe(mark.student), mark.exercise, mark.question): mark
                for mark in marked.judged(behind.submissions, log, key, behind.settings)
            }
    except (KeyError, ValueError, TypeError) as error:
        raise MarksError(f"{LOG} in {out} is not whole. Mark the class again.") from error
    by_hand = marked.by_hand(out)
    return [_filled(mark, judged.get(name), by_hand.get(name)) for mark in found for name in [_place(mark)]]


def _place(mark: Mark) -> tuple[str, str, str]:
    return mark.student, mark.exercise, mark.question


def _filled(mark: Mark, judged: marked.Mark | None, hand: Hand | None) -> Mark:
    value = judged.value if judged else None
    # The key may have changed since; then its message would not belong to this mark.
    message = judged.message if judged and judged.state == mark.state else ""
    if hand is None:
        return replace(mark, message=message, value=value)
    if not hand.counts(value, mark.max):
        note = "the answer has changed since a person marked it"
        return replace(mark, state=judge.PERSON, points=None, note=note, value=value)
    return replace(mark, state=MARKED, points=hand.points, note="", message=unguarded(hand.note), value=value)


# --- files ---------------------------------------------------------------------------------------------------------


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a CSV file's text in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def write_file(path: Path, text: str) -> None:
    """Write a file, whole or not at all, in place of one that may be there. Raises MarksError."""
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise MarksError(f"{path} cannot be written: {error.strerror}.") from error
