"""The CSV files that a reader fills in, by hand or on the page: written, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nhsreform.marking.by_hand import points_of
from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.student import question_texts
from nhsreform.marking.prose.codes import Answer, Question, look_up, questions
from nhsreform.marking.prose.marking_page import marking_page
from nhsreform.text.csv_files import CsvError, rows_of, sheet_text
from nhsreform.text.files import read_text
from nhsreform.text.numbers_in_words import number
from nhsreform.text.untrusted import for_terminal, unguarded

SHEET_COLUMNS = ("code", "points", "comment")
_COMMENTS = Path(__file__).with_name("comments.txt")


def sheet(answers: Sequence[Answer]) -> str:
    """Return the CSV to fill in."""
    return sheet_text(SHEET_COLUMNS, [(one.code, one.points, one.comment) for one in answers])


def sheets_in(places: Sequence[Path], pattern: str) -> list[Path]:
    """Return the CSV files among some files and folders."""
    return [path for place in places for path in (sorted(place.glob(pattern)) if place.is_dir() else [place])]


def prepare(out: Path, folder: Path, keys: Sequence[Path] = ()) -> tuple[list[Question], list[str]]:
    """Write a page and a CSV for each prose question into `folder`; return the questions, and what else is for a person.

    A CSV with points in it that were not taken in is not overwritten. Raises PackError.
    """
    to_read, others = questions(out)
    look_up(out, to_read)
    asked = question_texts(keys)
    comments = folder / "comments.txt"
    if not comments.exists():
        write_file(comments, _COMMENTS.read_text(encoding="utf-8"))
    bank = read_text(comments, guess=True)
    for question in to_read:
        write_file(
            folder / f"question-{question.question}.html",
            marking_page(question, asked.get(question.question, ""), bank),
        )
        path = folder / f"marks-{question.question}.csv"
        if not path.exists() or _is_taken_in(path, question):
            write_file(path, sheet(question.answers))
    return to_read, others


def _is_taken_in(path: Path, question: Question) -> bool:
    """Return whether a CSV holds nothing but what counts already, so that it may be written anew."""
    taken = {one.code: (one.points, one.comment) for one in question.answers}
    try:
        rows = [row for row in rows_of(path, SHEET_COLUMNS) if row["points"].strip() or row["comment"].strip()]
        return all(
            (number(points_of(row["points"], path.name)), unguarded(row["comment"].strip()))
            == taken.get(row["code"].strip())
            for row in rows
        )
    except CsvError:
        return False


def read_sheets(
    paths: Sequence[Path], codes: Mapping[str, Mapping[str, str]], tops: Mapping[str, float]
) -> tuple[dict[str, tuple[float | None, str]], list[str]]:
    """Return {code: (points or None, comment)} of filled-in CSVs, and what cannot be used. Raises CsvError."""
    readings: dict[str, tuple[float | None, str]] = {}
    problems, disputed = [], set()
    for path in paths:
        for row in rows_of(path, SHEET_COLUMNS):
            code = row["code"].strip()
            if code not in codes:
                problems.append(f"{path.name}: {for_terminal(code, 60)} is no code of this class")
                continue
            points = None
            if row["points"].strip():
                points = points_of(row["points"], f"{path.name}, {code}")
                top = tops.get(codes[code]["question"], 0)
                if points > top:
                    problems.append(
                        f"{path.name}, {code}: {number(points)} points, but {number(top)} is the most there is"
                    )
                    continue
            reading = (points, unguarded(row["comment"].strip()))
            before = readings.get(code, reading)
            if before[0] is not None and points is not None and before[0] != points:
                disputed.add(code)
            readings[code] = reading if points is not None or before[0] is None else before
    for code in sorted(disputed):
        problems.append(f"{code} has different points in two files; neither was taken")
        readings.pop(code)
    return readings, problems
