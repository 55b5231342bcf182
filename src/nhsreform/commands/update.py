"""`nhsreform update`: a learner's copy of the notebooks and exercises, brought up to date."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import FOUND, OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform update`."""
    parser.add_argument(
        "copy", type=Path, nargs="?", help="the folder of the copy; the one you are in when none is named"
    )
    parser.add_argument(
        "--bring-back",
        action="append",
        default=[],
        metavar="FILE",
        help="the pack's own of this file, such as exercises/01-joint-report.ipynb; yours stays beside it; may be repeated",
    )
    parser.add_argument("--news", action="store_true", help="also write what is said into the copy, where it is new")


def run(arguments: argparse.Namespace) -> int:
    """Bring a copy up to date. Returns 1 when there is something for its learner to read. Raises PackError."""
    from nhsreform.checkout import checkout
    from nhsreform.notebooks import copy

    folder = arguments.copy or copy.copy_around(Path.cwd())
    if folder is None:
        raise copy.CopyError(
            "You are in no copy that the pack gave out. Name its folder, or the one to make:  nhsreform update FOLDER"
        )
    first = not (folder / copy.RECORD).is_file()
    plan, problems = copy.bring_up_to_date(checkout(), folder, arguments.bring_back)
    text = copy.in_words(plan, problems, first)
    print(text or "All is up to date.")
    if arguments.news:
        return FOUND if text and copy.write_news(folder, text) else OK
    return FOUND if problems else OK
