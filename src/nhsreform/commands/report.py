"""`nhsreform report`: a page on the whole class."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands.marked_folder import add_folder, class_in
from nhsreform.marking.errors import write_file
from nhsreform.marking.pages.class_report import report
from nhsreform.marking.pages.student import titles


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform report`."""
    add_folder(parser)
    parser.add_argument("--names", action="store_true", help="with names, and what only one student was told")


def run(arguments: argparse.Namespace) -> int:
    """Write a page on the class."""
    path: Path = arguments.marks / "class-report.html"
    record, code = class_in(arguments.marks)
    write_file(path, report(record.marks, titles(arguments.key), arguments.names))
    print(f"{path} is written{', with names' if arguments.names else ''}.")
    return code
