"""`nhsreform feedback`: a page of feedback for each student."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands.marked_folder import add_folder, class_in, titles_of
from nhsreform.marking.pages.student import INDEX, write_pages
from nhsreform.text.wording import plural


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform feedback`."""
    add_folder(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write a page for each student."""
    folder: Path = arguments.marks / "feedback"
    record, code = class_in(arguments.marks)
    written = write_pages(record.marks, titles_of(arguments), folder)
    print(f"{plural(len(written), 'page')} in {folder}; {INDEX} says whose is which.")
    return code
