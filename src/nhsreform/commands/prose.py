"""`nhsreform prose prepare` and `nhsreform prose collect`: prose answers, read by question and without names."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import FOUND, OK
from nhsreform.commands.marked_folder import add_folder
from nhsreform.marking.by_hand import BY_HAND
from nhsreform.marking.class_key import in_order
from nhsreform.marking.prose.collect import collect, second_reader_in_words
from nhsreform.marking.prose.moderation import BORDERS, EVERY, Sampling
from nhsreform.marking.prose.sheets import prepare
from nhsreform.text.numbers_in_words import plural


def add(parser: argparse.ArgumentParser) -> None:
    """Add the steps of `nhsreform prose` and their options."""
    steps = parser.add_subparsers(required=True, metavar="STEP")
    step = steps.add_parser("prepare", help="write a page and a CSV for each question")
    add_folder(step)
    step.add_argument("folder", type=Path, help="where they go")
    step.set_defaults(step=_prepare)
    step = steps.add_parser("collect", help="take the filled-in CSVs into the marks")
    add_folder(step)
    step.add_argument("sheets", type=Path, nargs="+", help="the folder of the CSVs, or the CSVs themselves")
    step.add_argument("--every", type=int, default=EVERY, help="moderation: every nth answer (%(default)s)")
    step.add_argument(
        "--border",
        action="append",
        type=float,
        default=[],
        help="moderation: a border, as a share of the points, such as 0.4",
    )
    step.set_defaults(step=_collect)


def run(arguments: argparse.Namespace) -> int:
    """Do one of the two steps. Returns 1 when something else is for a person, is still open, could not be used, or two readers differ."""
    return arguments.step(arguments)


def _prepare(arguments: argparse.Namespace) -> int:
    questions, others = prepare(arguments.marks, arguments.folder, arguments.key)
    for question in questions:
        print(
            f"{question.question}: {plural(len(question.answers), 'answer')}. Open "
            f"{arguments.folder / f'question-{question.question}.html'}, or fill in marks-{question.question}.csv beside it."
        )
    if not questions:
        print("No prose answer is there to be read.")
    if others:
        print(f"Also for a person, but not prose ({len(others)}); points for these go into {BY_HAND} by hand:")
        print("\n".join(f"  {line}" for line in others))
    return FOUND if others else OK


def _collect(arguments: argparse.Namespace) -> int:
    sampling = Sampling(arguments.every, arguments.border or BORDERS)
    result = collect(arguments.marks, arguments.sheets, arguments.key, sampling)
    for question in sorted({*result.taken, *result.open}, key=in_order):
        print(f"{question}: {result.taken.get(question, 0)} marked, {result.open.get(question, 0)} open.")
    heading, *differing = second_reader_in_words(result) or [""]
    if heading:
        print(heading)
    for line in (*differing, *result.problems):
        print(f"  {line}")
    return FOUND if result.open or result.problems or result.differing else OK
