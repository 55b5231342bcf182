"""The arguments that every command on a marked class has."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.commands import FOUND, OK
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.pages.student import titles
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


def class_in(folder: Path) -> tuple[ClassRecord, int]:
    """Return a marked class and an exit code: 1 when something in by-hand.csv counts nowhere, which is said. Raises PackError."""
    problems: list[str] = []
    record = read_class(folder, problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    return record, FOUND if problems else OK


def titles_of(arguments: argparse.Namespace) -> dict[str, str]:
    """Return {question or exercise: its title}."""
    return titles(arguments.key or [checkout() / "exercises"])
