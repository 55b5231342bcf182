"""`nhsreform gradebook`: fill in the worksheet of Moodle, Canvas or Blackboard."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from nhsreform.commands import FOUND
from nhsreform.commands.marked_folder import add_choices, add_key, class_in
from nhsreform.marking.gradebook import PLATFORMS
from nhsreform.marking.gradebook.fill import Choices, fill
from nhsreform.marking.gradebook.fill_report import report
from nhsreform.marking.gradebook.sheet import SheetError
from nhsreform.text.atomic import write_whole


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform gradebook`."""
    parser.add_argument("--platform", required=True, choices=list(PLATFORMS), help="where the worksheet comes from")
    parser.add_argument("--sheet", required=True, type=Path, help="the worksheet that the platform exported")
    parser.add_argument("--marks", required=True, type=Path, help="marks.csv in the folder that nhsreform mark wrote")
    parser.add_argument("--out", required=True, type=Path, help="the new file; nothing is ever overwritten")
    add_choices(parser)
    add_key(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fill a platform's worksheet. Returns 1 when somebody's grade is not in it who handed something in. Raises PackError."""
    marks: Path = arguments.marks
    record, code = class_in(marks if marks.is_dir() else marks.parent)
    try:
        data = arguments.sheet.read_bytes()
    except OSError as error:
        raise SheetError(f"{arguments.sheet} cannot be read: {error.strerror}.") from error
    choices = Choices(**{option.name: getattr(arguments, option.name) for option in fields(Choices)})
    filled = fill(data, record, PLATFORMS[arguments.platform], choices)
    _write(arguments.out, filled.data)
    print(report(filled, str(arguments.out)))
    return FOUND if filled.to_look_at else code


def _write(path: Path, data: bytes) -> None:
    """Write a new file. Raises SheetError when there is one of that name already, or it cannot be written."""
    try:
        write_whole(path, data, replace=False)
    except FileExistsError as error:
        raise SheetError(
            f"{path} exists already, and nothing is overwritten. Give another name after --out."
        ) from error
    except OSError as error:
        raise SheetError(f"{path} cannot be written: {error.strerror}.") from error
