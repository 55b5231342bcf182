"""`nhsreform report`: a page on the whole class."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands.marked_folder import add_folder, titles_of
from nhsreform.marking.errors import write_file
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.pages.class_report import report


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform report`."""
    add_folder(parser)
    parser.add_argument("--names", action="store_true", help="with names, and what only one student was told")


def run(arguments: argparse.Namespace) -> int:
    """Write a page on the class."""
    path: Path = arguments.marks / "class-report.html"
    write_file(path, report(read_class(arguments.marks).marks, titles_of(arguments), arguments.names))
    print(f"{path} is written{', with names' if arguments.names else ''}.")
    return 0
