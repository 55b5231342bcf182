"""`nhsreform feedback`: a page of feedback for each student."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nhsreform.commands import FOUND
from nhsreform.commands.marked_folder import add_folder, class_in
from nhsreform.marking.hand_ins.class_list import read_roster
from nhsreform.marking.pages.student import INDEX, file_name, titles, write_pages
from nhsreform.marking.student_homes import COPY, FEEDBACK, hand_back
from nhsreform.text.files import read_text
from nhsreform.text.numbers_in_words import plural


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform feedback`."""
    add_folder(parser)
    parser.add_argument(
        "--homes",
        type=Path,
        help="also put each page into its student's own folder on the hub: the folder of the homes",
    )
    parser.add_argument(
        "--roster", type=Path, help="with --homes: the class list, where homes are called otherwise than students"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write a page for each student."""
    folder: Path = arguments.marks / "feedback"
    record, code = class_in(arguments.marks)
    written = write_pages(record.marks, titles(arguments.key), folder)
    print(f"{plural(len(written), 'page')} in {folder}; {INDEX} says whose is which.")
    if arguments.homes:
        pages = {mark.student: read_text(folder / file_name(mark.student)) for mark in record.marks}
        count, lines = hand_back(pages, arguments.homes, read_roster(arguments.roster) if arguments.roster else ())
        print(f"{plural(count, 'page')} in the students' own folders, as {COPY}/{FEEDBACK}.")
        for line in lines:
            print(line, file=sys.stderr)
        return FOUND if lines else code
    return code
