"""`nhsreform collect`: exercises out of a hub's homes, in the form that `nhsreform mark` reads."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nhsreform.commands import FOUND, OK
from nhsreform.text.numbers_in_words import plural


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform collect`."""
    parser.add_argument("homes", type=Path, help="the folder that holds the students' homes")
    parser.add_argument("out", type=Path, help="a new folder, such as my-class/collected")


def run(arguments: argparse.Namespace) -> int:
    """Gather the exercises. Returns 1 when something was not read, or its time is in doubt. Raises PackError."""
    from nhsreform.marking import student_homes

    files = student_homes.collect(arguments.homes)
    lines = student_homes.write(files, arguments.out)
    read = [file for file in files if not file.problem]
    students = len({file.student for file in files})
    print(
        f"{plural(len(read), 'file')} of {plural(students, 'student')} in {arguments.out}; {student_homes.LIST} says when each was changed."
    )
    for line in lines:
        print(line, file=sys.stderr)
    return FOUND if lines else OK
