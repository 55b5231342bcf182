"""`nhsreform quiz`: the questions as files for Moodle, for platforms that read QTI 2.1, and for a spreadsheet."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from nhsreform.commands import OK
from nhsreform.errors import PackError
from nhsreform.questions.export import csv_sheet, moodle, qti
from nhsreform.questions.export.quiz import Item, Quiz, collect

ALL = "all"
_WRITERS: dict[str, tuple[str, Callable[[Sequence[Item]], bytes]]] = {
    "moodle": ("nhsreform-moodle.xml", moodle.document),
    "qti": ("nhsreform-qti.zip", qti.package),
    "qti-plain": ("nhsreform-qti-plain.zip", qti.plain_package),
    "csv": ("nhsreform-quiz.csv", csv_sheet.table),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform quiz`."""
    parser.add_argument("out", type=Path, help="the folder that the files go to; it is made when it is not there")
    parser.add_argument(
        "--exercise",
        action="append",
        default=[],
        metavar="NAME",
        help="this exercise alone, such as 01; may be repeated",
    )
    parser.add_argument("--format", choices=(*_WRITERS, ALL), default=ALL, help="which file (%(default)s)")
    parser.add_argument("--core", action="store_true", help="the core questions alone")
    parser.add_argument(
        "--exercises", metavar="DIR", type=Path, help="your own questions, from the worked notebooks in DIR/answers"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and say what was written, changed and left out. Raises PackError when it cannot be done."""
    out: Path = arguments.out
    if out.exists() and not out.is_dir():
        raise PackError(f"{out} is a file. Give a folder for the quiz files.")
    own = arguments.exercises.resolve() if arguments.exercises else None
    quiz = collect(arguments.exercise, arguments.core, own)
    if not quiz.questions:
        reasons = "; ".join(f"{question_id}: {reason}" for question_id, reason in quiz.left_out)
        raise PackError(f"No question is left to export{f' ({reasons})' if reasons else ''}. Nothing was written.")
    files = files_of(quiz, arguments.format)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
    except OSError as error:
        raise PackError(f"{out} cannot be written to ({error.strerror}). Give another folder.") from error
    print("\n".join(report(quiz, list(files))))
    return OK


def files_of(quiz: Quiz, chosen: str = ALL) -> dict[str, bytes]:
    """Return {file name: bytes} of the formats asked for."""
    return {name: write(quiz.questions) for form, (name, write) in _WRITERS.items() if chosen in (form, ALL)}


def report(quiz: Quiz, names: Sequence[str]) -> list[str]:
    """Return what the command says: files, numbers by kind, what was left out and why, and what was changed."""
    kinds = Counter(question.kind for question in quiz.questions)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    lines = [f"{name} written." for name in names]
    if _WRITERS["qti-plain"][0] in names:
        others = [question.id for question in quiz.questions if question.shape not in qti.PLAIN_SHAPES]
        without = f", without {', '.join(others)}" if others else ""
        lines.append(f"The plain package has no partial marks and no messages{without}: see teaching/quiz.md.")
    lines.append(f"{len(quiz.questions)} questions: {counted}.")
    if quiz.left_out:
        lines.append("Left out:")
        lines += [f"  {question_id}: {reason}." for question_id, reason in quiz.left_out]
    if quiz.changed:
        lines.append("Changed, because a platform has no cells:")
        lines += [f"  {question_id}: {change}" for question_id, change in quiz.changed]
    if quiz.from_tables:
        lines.append(
            "Worked out from tables in the notebook, and here from the numbers in the question or the text: "
            f"{', '.join(quiz.from_tables)}."
        )
    return lines
