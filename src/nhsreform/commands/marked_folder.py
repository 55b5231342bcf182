"""The arguments that every command on a marked class has."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nhsreform.commands import FOUND, OK
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.record import ClassRecord


def add_key(parser: argparse.ArgumentParser) -> None:
    """Add --key: where the questions' titles come from, if not from the pack."""
    parser.add_argument(
        "--key", action="append", default=[], type=Path, help="a folder with a key.json, as given to nhsreform mark"
    )


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the folder of the marked class, and --key."""
    parser.add_argument("marks", type=Path, help="the folder that nhsreform mark wrote")
    add_key(parser)


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add how the worksheet is filled in."""
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
        help="also write grades of those who wait for a person; what waits counts nothing so far",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        help="this student alone, as in marks.csv, for a first trial; may be repeated",
    )
    parser.add_argument("--without-prose", action="store_true", help="leave prose questions out, for everybody")


def class_in(folder: Path) -> tuple[ClassRecord, int]:
    """Return a marked class and an exit code: 1 when something in by-hand.csv counts nowhere, which is said. Raises PackError."""
    problems: list[str] = []
    record = read_class(folder, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    return record, FOUND if problems else OK
