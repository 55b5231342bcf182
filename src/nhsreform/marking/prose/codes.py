"""Whose prose answer has which code, and the answers by code.

Who wrote an answer stands in one file, prose-codes.csv, beside marks.csv. The code belongs to the answer's text too: an answer
handed in anew gets a new code, so that points given to the old one never reach it.
"""

from __future__ import annotations

import json
import re
import secrets
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking.by_hand import ANSWER, digest, line_of
from nhsreform.marking.class_key import in_order
from nhsreform.marking.errors import write_file
from nhsreform.marking.groups import SIGNS
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.record import MARKED, PERSON, Mark, read_record
from nhsreform.marking.summary import is_prose
from nhsreform.questions.brief_check import sources_in
from nhsreform.text.csv_files import rows_of, sheet_text
from nhsreform.text.numbers_in_words import number
from nhsreform.text.untrusted import for_terminal

CODES, SOURCES = "prose-codes.csv", "prose-sources.json"
CODE_COLUMNS = ("code", "student", "exercise", "question", ANSWER)


@dataclass
class Answer:
    """A text to be read. points and comment: what it was given before, if it was. sources: see `look_up`."""

    code: str
    mark: Mark
    text: str
    points: str = ""
    comment: str = ""
    sources: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def paragraphs(self) -> list[str]:
        """The text in paragraphs, without the blanks in front that a cell of code gives every line."""
        flat = textwrap.dedent(self.text.expandtabs(4)).strip()
        return [part.strip("\n") for part in re.split(r"\n[^\S\n]*\n", flat) if part.strip()]


@dataclass
class Question:
    """A question and its answers, by code."""

    question: str
    max: float
    answers: list[Answer] = field(default_factory=list)


def read_codes(out: Path) -> dict[str, dict[str, str]]:
    """Return {code: whose answer to which question it is}; nothing where there are none yet. Raises CsvError."""
    path = out / CODES
    return {row["code"]: row for row in rows_of(path, CODE_COLUMNS)} if path.exists() else {}


def _coded(marks: Iterable[Mark], codes: dict[str, dict[str, str]]) -> dict[str, Mark]:
    """Return {code: mark}, and add a new code to `codes` for each answer that has none."""
    known = {tuple(row[name] for name in CODE_COLUMNS[1:]): code for code, row in codes.items()}
    by_code = {}
    for mark in marks:
        answer = (*line_of(mark), digest(mark.value))
        if answer not in known:
            code = ""
            while not code or code in codes:
                code = "".join(secrets.choice(SIGNS) for _ in range(5))
            known[answer] = code
            codes[code] = dict(zip(CODE_COLUMNS, (code, *answer), strict=True))
        by_code[known[answer]] = mark
    return by_code


def questions(out: Path) -> tuple[list[Question], list[str]]:
    """Return the prose questions with their answers, and a line for each answer that is for a person but is no prose.

    New codes are written to prose-codes.csv. Raises PackError when the folder cannot be read or written.
    """
    record = read_class(out)
    codes = read_codes(out)
    full_names = {file.student: file.full_name for file in record.files}
    texts, others = [], []
    for mark in record.marks:
        if mark.state in (PERSON, MARKED) and is_prose(mark, record.kinds):
            texts.append(mark)
        elif mark.state == PERSON:
            why = for_terminal(mark.note or "no text", 120)
            others.append(f"{for_terminal(mark.student, 60)}, {mark.question or 'a file of no exercise'}: {why}")
    by_code = _coded(texts, codes)
    rows = [[row[name] for name in CODE_COLUMNS] for row in codes.values()]
    # The names in it are those of marks.csv, which are harmless already.
    write_file(out / CODES, sheet_text(CODE_COLUMNS, rows, guard=False))
    by_question: dict[str, Question] = {}
    for code in sorted(by_code):
        mark = by_code[code]
        answer = Answer(code, mark, without_name(mark, full_names.get(mark.student, "")))
        if mark.state == MARKED:
            points = mark.points if mark.earned is None else mark.earned
            answer.points, answer.comment = number(points or 0), mark.message
        by_question.setdefault(mark.question, Question(mark.question, mark.max)).answers.append(answer)
    return sorted(by_question.values(), key=lambda question: in_order(question.question)), others


def look_up(out: Path, asked: Iterable[Question]) -> None:
    """Say of each answer which of its ids and quotations are found in the texts, as nr.check_brief does for the student.

    Looking for a wrong quotation takes long, so what was found is kept beside the codes. Raises MarkError.
    """
    path, engine = out / SOURCES, read_record(out).engine
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        known = stored["found"] if stored["engine"] == engine else {}
    except (OSError, ValueError, LookupError, TypeError):
        known = {}
    sources: dict[str, list[tuple[bool, str]]] = {}
    for answer in (answer for question in asked for answer in question.answers):
        looked_up = known.get(answer.code) or sources_in(answer.text)
        answer.sources = sources[answer.code] = [(bool(well), str(words)) for well, words in looked_up]
    if sources != {code: [(well, words) for well, words in findings] for code, findings in known.items()}:
        write_file(path, json.dumps({"engine": engine, "found": sources}) + "\n")


def without_name(mark: Mark, full_name: str) -> str:
    """Return an answer's text without its writer's own name, as the label or the platform has it."""
    text = str(mark.value["value"]).strip() if mark.value else ""
    # Namesakes have a number behind their name.
    for name in sorted({mark.student, re.sub(r" \(?\d+\)?$", "", mark.student), full_name}, key=len, reverse=True):
        text = re.sub(re.escape(name), "(name)", text, flags=re.IGNORECASE) if len(name) > 3 else text
    return text
