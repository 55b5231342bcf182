"""A second reading: which answers a second reader gets, and where the two differ. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.student import question_texts
from nhsreform.marking.prose.codes import Answer, Question, read_codes
from nhsreform.marking.prose.marking_page import marking_page
from nhsreform.marking.prose.sheets import read_sheets, sheet, sheets_in
from nhsreform.text.numbers_in_words import number

BORDERS = (0.4, 0.5, 0.6, 0.7)
EVERY = 10


@dataclass(frozen=True)
class Sampling:
    """What goes to a second reader: every nth answer, and those nearest to each border, a share of the points."""

    every: int = EVERY
    borders: Sequence[float] = BORDERS


def sample(answers: Sequence[Answer], most: float, sampling: Sampling, each: int = 3) -> list[Answer]:
    """Return the answers for a second reader: every nth, the best and the worst, and those nearest to each border.

    `each`: how many on either side of a border, and at each end.
    """
    chosen = {answer.code for answer in answers[:: max(sampling.every, 1)]}
    ranked = sorted(answers, key=lambda answer: (float(answer.points), answer.code))
    chosen |= {answer.code for answer in (*ranked[:each], *ranked[-each:])}
    for border in sampling.borders:
        below = [answer for answer in ranked if float(answer.points) < border * most]
        above = [answer for answer in ranked if float(answer.points) >= border * most]
        chosen |= {answer.code for answer in (*below[-each:], *above[:each])}
    return [answer for answer in answers if answer.code in chosen]


def compare(out: Path, folder: Path, read_first: Sequence[Question]) -> tuple[int, list[str], list[str]]:
    """Return how many answers were read twice, a line for each with different points, and what cannot be used.

    read_first: the questions with the first reader's points. Raises PackError.
    """
    seconds = sheets_in([folder], "moderation-*.csv")
    if not seconds:
        return 0, [], []
    first = {answer.code: answer for question in read_first for answer in question.answers if answer.points}
    codes = read_codes(out)
    readings, problems = read_sheets(seconds, codes, {question.question: question.max for question in read_first})
    last = {code: said[-1].points for code, said in sorted(readings.items())}
    twice = {code: points for code, points in last.items() if points is not None and code in first}
    differing = [
        f"{code}, question {codes[code]['question']}: {first[code].points}, second reader {number(points)}"
        for code, points in twice.items()
        if points != float(first[code].points)
    ]
    return len(twice), differing, problems


def write_samples(folder: Path, read_first: Sequence[Question], keys: Sequence[Path], sampling: Sampling) -> None:
    """Write a page and a CSV for a second reader, of each question whose answers all have points. Raises PackError."""
    asked = question_texts(keys)
    for question in read_first:
        path = folder / f"moderation-{question.question}.csv"
        if path.exists() or any(not answer.points for answer in question.answers):
            continue
        chosen = [replace(answer, points="", comment="") for answer in sample(question.answers, question.max, sampling)]
        write_file(path, sheet(chosen))
        second = Question(question.question, question.max, chosen)
        write_file(
            folder / f"moderation-{question.question}.html",
            marking_page(second, asked.get(question.question, ""), "", second=True),
        )
