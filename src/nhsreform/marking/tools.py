"""The commands that stand on a marked class: nhsreform gradebook."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.marking import gradebooks, reading

OK, FOUND = 0, 1


def add_all(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add these commands to the command line."""
    _add_gradebook(commands.add_parser("gradebook", help="fill in the worksheet of Moodle, Canvas or Blackboard"))


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
