"""The commands for a class: nhsreform gradebook | feedback | report | prose | release."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.marking import record as reading
from nhsreform.marking import release
from nhsreform.marking.gradebook import fill as gradebooks
from nhsreform.marking.pages import class_report
from nhsreform.marking.pages import student as feedback_pages
from nhsreform.marking.prose import sheets as prose
from nhsreform.paths import checkout

OK, FOUND = 0, 1
FEEDBACK, REPORT = "feedback", "class-report.html"


def add_all(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add these commands to the command line."""
    _add_gradebook(commands.add_parser("gradebook", help="fill in the worksheet of Moodle, Canvas or Blackboard"))
    _add_feedback(commands.add_parser("feedback", help="write a page of feedback for each student"))
    _add_report(commands.add_parser("report", help="write a page on the whole class"))
    _add_prose(commands.add_parser("prose", help="read prose answers: by question, without names"))
    release.add_arguments(commands.add_parser("release", help="make the class bundle: without the worked answers"))


def _add_gradebook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--platform", required=True, choices=gradebooks.PLATFORMS, help="where the worksheet comes from"
    )
    parser.add_argument("--sheet", required=True, type=Path, help="the worksheet that the platform exported")
    parser.add_argument("--marks", required=True, type=Path, help="marks.csv in the folder that nhsreform mark wrote")
    parser.add_argument("--out", required=True, type=Path, help="the new file; nothing is ever overwritten")
    parser.add_argument(
        "--exercise", action="append", default=[], help="count this exercise alone, such as 01; may be repeated"
    )
    parser.add_argument(
        "--column", default="", help="the column to fill, by its title or its number (Canvas, Blackboard)"
    )
    parser.add_argument("--scale", action="store_true", help="convert the points to the worksheet's maximum")
    parser.add_argument("--replace", action="store_true", help="overwrite grades that the worksheet already has")
    parser.add_argument("--zeros", action="store_true", help="write 0 for those who handed nothing in")
    parser.add_argument(
        "--without-person",
        action="store_true",
        help="leave out, for everybody, questions that a person must still read",
    )
    _add_key(parser)
    parser.set_defaults(do=gradebook)


def _add_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", action="append", default=[], type=Path, help="a folder with a key.json, as given to nhsreform mark"
    )


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("marks", type=Path, help="the folder that nhsreform mark wrote")
    _add_key(parser)


def _add_feedback(parser: argparse.ArgumentParser) -> None:
    _add_folder(parser)
    parser.set_defaults(do=feedback)


def _add_report(parser: argparse.ArgumentParser) -> None:
    _add_folder(parser)
    parser.add_argument("--names", action="store_true", help="with names, and what only one student was told")
    parser.set_defaults(do=report)


def _titles(arguments: argparse.Namespace) -> dict[str, str]:
    return feedback_pages.titles(arguments.key or [checkout() / "exercises"])


def feedback(arguments: argparse.Namespace) -> int:
    """Write a page for each student."""
    folder: Path = arguments.marks / FEEDBACK
    written = feedback_pages.write_pages(reading.read_class(arguments.marks, arguments.key), _titles(arguments), folder)
    print(f"{reading.plural(len(written), 'page')} in {folder}; {feedback_pages.INDEX} says whose is which.")
    return OK


def report(arguments: argparse.Namespace) -> int:
    """Write a page on the class."""
    marks = reading.read_class(arguments.marks, arguments.key)
    path: Path = arguments.marks / REPORT
    reading.write_file(path, class_report.report(marks, _titles(arguments), arguments.names))
    print(f"{path} is written{', with names' if arguments.names else ''}.")
    return OK


def gradebook(arguments: argparse.Namespace) -> int:
    """Fill a platform's worksheet. Returns 1 when somebody's grade is not in it who handed something in."""
    given: Path = arguments.marks
    path = given / reading.MARKS if given.is_dir() else given
    whole = (path.parent / reading.LOG).exists()
    marks = reading.read_class(path.parent, arguments.key) if whole else reading.read_marks(path)
    try:
        data = arguments.sheet.read_bytes()
    except OSError as error:
        raise gradebooks.SheetError(f"{arguments.sheet} cannot be read: {error.strerror}.") from error
    merged = gradebooks.merge(
        data,
        marks,
        arguments.platform,
        numbers=reading.numbers(path.parent, arguments.platform) if whole else None,
        exercises=arguments.exercise,
        column=arguments.column,
        scale=arguments.scale,
        replace=arguments.replace,
        zeros=arguments.zeros,
        without_person=arguments.without_person,
    )
    gradebooks.write(arguments.out, merged.data)
    print(gradebooks.report(merged, str(arguments.out)))
    return FOUND if merged.to_look_at else OK


def _add_prose(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(required=True, metavar="STEP")
    step = steps.add_parser("prepare", help="write a page and a CSV for each question")
    _add_folder(step)
    step.add_argument("folder", type=Path, help="where they go")
    step.set_defaults(do=prose_prepare)
    step = steps.add_parser("collect", help="take the filled-in CSVs into the marks")
    _add_folder(step)
    step.add_argument("sheets", type=Path, nargs="+", help="the folder of the CSVs, or the CSVs themselves")
    step.add_argument("--every", type=int, default=prose.EVERY, help="moderation: every nth answer (%(default)s)")
    step.add_argument(
        "--border",
        action="append",
        type=float,
        default=[],
        help="moderation: a border, as a share of the points, such as 0.4",
    )
    step.set_defaults(do=prose_collect)


def prose_prepare(arguments: argparse.Namespace) -> int:
    """Write out prose answers to be read. Returns 1 when something else is for a person too."""
    questions, others = prose.prepare(arguments.marks, arguments.folder, arguments.key)
    for question in questions:
        print(
            f"{question.question}: {reading.plural(len(question.answers), 'answer')}. Open "
            f"{arguments.folder / f'question-{question.question}.html'}, or fill in marks-{question.question}.csv beside it."
        )
    if not questions:
        print("No prose answer is there to be read.")
    if others:
        print(f"Also for a person, but not prose ({len(others)}); points for these go into {prose.BY_HAND} by hand:")
        print("\n".join(f"  {line}" for line in others))
    return FOUND if others else OK


def prose_collect(arguments: argparse.Namespace) -> int:
    """Take in what was read. Returns 1 when something is still open, could not be used, or two readers differ."""
    done = prose.collect(
        arguments.marks, arguments.sheets, arguments.key, arguments.every, arguments.border or prose.BORDERS
    )
    for question in sorted({*done.taken, *done.open}, key=prose.marked.in_order):
        print(f"{question}: {done.taken.get(question, 0)} marked, {done.open.get(question, 0)} open.")
    if done.read_twice:
        print(f"Read twice: {done.read_twice}, of which {len(done.differing)} with different points. The first count.")
    for line in (*done.differing, *done.problems):
        print(f"  {line}")
    return FOUND if done.open or done.problems or done.differing else OK
