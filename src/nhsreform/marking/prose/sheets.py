"""The CSV files that a reader fills in, by hand or on the page: written, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhsreform.marking.by_hand import Memory, points_of
from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.student import question_texts
from nhsreform.marking.prose.codes import Answer, Question, look_up, questions
from nhsreform.marking.prose.marking_page import marking_page
from nhsreform.text.csv_files import CsvError, cut_at_a_comma, rows_of, sheet_text
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
    memory = Memory.read(out)
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
        counting = {one.code: [float(one.points), one.comment] for one in question.answers if one.points}
        if not path.exists() or _is_taken_in(path, counting, memory.sheets.get(path.name, {})):
            write_file(path, sheet(question.answers))
            memory.sheets[path.name] = counting
            memory.taken |= counting
    memory.write(out)
    return to_read, others


def _is_taken_in(path: Path, counting: Mapping[str, list[Any]], known: Mapping[str, list[Any]]) -> bool:
    """Return whether a CSV holds nothing but what counts already, or was taken in before, so that it may be written anew."""
    try:
        rows = [row for row in rows_of(path, SHEET_COLUMNS) if row["points"].strip() or row["comment"].strip()]
        said = {row["code"].strip(): [points_of(row["points"], path.name), _comment(row)] for row in rows}
    except CsvError:
        return False
    return all(reading in (counting.get(code), known.get(code)) for code, reading in said.items())


def _comment(row: Mapping[str, str]) -> str:
    return unguarded(row["comment"].strip())


@dataclass(frozen=True)
class Reading:
    """What a CSV says of one answer. points: None where it is still open. new: whether it said something else when last taken in."""

    points: float | None
    comment: str
    path: Path
    new: bool = True


def _place(reading: Reading) -> str:
    return for_terminal("/".join(reading.path.parts[-2:]), 80)


def read_sheets(
    paths: Sequence[Path],
    codes: Mapping[str, Mapping[str, str]],
    tops: Mapping[str, float],
    known: Mapping[str, Mapping[str, list[Any]]] | None = None,
) -> tuple[dict[str, list[Reading]], list[str]]:
    """Return {code: what filled-in CSVs say of it, the one that counts last}, and what cannot be used.

    known: what each file said when it was last taken in (`Memory.sheets`). What is new in one file counts, whatever stands
    unchanged in another; where two say something new, and give different points, neither counts. Raises CsvError.
    """
    readings: dict[str, list[Reading]] = {}
    problems = []
    for path in paths:
        before = (known or {}).get(path.name, {})
        for row in rows_of(path, SHEET_COLUMNS):
            code = row["code"].strip().lower()
            if code not in codes:
                problems.append(f"{path.name}: {for_terminal(code, 60)} is no code of this class")
                continue
            points = None
            if row["points"].strip():
                place = f"{path.name}, {code}"
                if cut_at_a_comma(row["points"], row["comment"]):
                    problems.append(
                        f"{place}: {row['points']} points and the comment {row['comment']}? Type a decimal point."
                    )
                    continue
                try:
                    points = points_of(row["points"], place)
                except CsvError as error:
                    problems.append(str(error))
                    continue
                top = tops.get(codes[code]["question"], 0)
                if points > top:
                    problems.append(
                        f"{path.name}, {code}: {number(points)} points, but {number(top)} is the most there is"
                    )
                    continue
            new = before.get(code) != [points, _comment(row)]
            readings.setdefault(code, []).append(Reading(points, _comment(row), path, new))
    for code, said in readings.items():
        said.sort(key=lambda reading: (reading.points is not None, reading.new))
        counting = [reading for reading in said if reading.points is not None and reading.new == said[-1].new]
        other = next((reading for reading in counting if reading.points != said[-1].points), None)
        if other and (said[-1].new or not known):
            problems.append(
                f"{code} has different points in two places, {number(other.points or 0)} in {_place(other)} and "
                f"{number(said[-1].points or 0)} in {_place(said[-1])}; neither was taken. Delete the row that "
                "does not count."
            )
            readings[code] = []
    return {code: said for code, said in readings.items() if said}, problems
