"""`nhsreform mark`: a class from the platform's two downloads to what goes back to it, or with --out to marks.csv alone."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from nhsreform.commands.marked_folder import add_choices
from nhsreform.marking.class_folder import class_folder
from nhsreform.marking.gradebook.fill import Choices
from nhsreform.marking.judge_class import BEST, LATEST
from nhsreform.marking.mark_a_class import Options, mark_a_class
from nhsreform.marking.mark_a_folder import mark_a_folder
from nhsreform.marking.sandbox.workers import OFF, REQUIRE, SECONDS


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform mark`."""
    parser.add_argument(
        "submissions",
        type=Path,
        nargs="?",
        default=Path(),
        help="the class's folder, with the platform's two downloads in it; this one when none is named. With --out: a folder of "
        "hand-ins, or the zip that the platform gave you",
    )
    parser.add_argument("--out", type=Path, help="mark alone, and put marks.csv and audit.jsonl there")
    parser.add_argument("--sheet", type=Path, help="the worksheet for grades, where there are several")
    add_choices(parser)
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        type=Path,
        help="a folder with a key.json; the pack's own when none is given",
    )
    parser.add_argument("--jobs", type=int, default=0, help="how many notebooks at once; as many as processors when 0")
    parser.add_argument("--timeout", type=float, default=SECONDS, help="seconds that one cell may take (%(default)s)")
    parser.add_argument(
        "--sandbox",
        choices=(REQUIRE, OFF),
        default=REQUIRE,
        help="run students' code only in a sandbox (%(default)s); or in none (off): then a notebook can read and change every file "
        "that you can, its own marks among them",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    parser.add_argument("--apply", action="store_true", help="write marks.csv anew although marks in it would change")
    parser.add_argument("--attempt", choices=(LATEST, BEST), default=LATEST, help="which of several attempts counts")
    parser.add_argument(
        "--practice", action="store_true", help="also mark the practice questions, not only the core ones"
    )
    parser.add_argument("--roster", type=Path, help="the class list: a CSV with a column student")
    parser.add_argument(
        "--times",
        action="append",
        default=[],
        type=Path,
        help="with --out: Moodle's grading worksheet, which says when each hand-in came; may be repeated",
    )
    parser.add_argument("--late", type=Path, help="the rule for late work: a TOML file with a deadline")


def run(arguments: argparse.Namespace) -> int:
    """Mark a class. Returns 1 when somebody needs a person, or nothing was written. Raises PackError when it cannot be run."""
    values = vars(arguments) | {"follow": False}
    if arguments.out:
        options = Options(**{option.name: values[option.name] for option in fields(Options)})
        return mark_a_class(options, watch=sys.stderr).code
    place = class_folder(arguments.submissions, arguments.sheet)
    values |= {"submissions": place.download, "out": place.marks}
    options = Options(**{option.name: values[option.name] for option in fields(Options)})
    return mark_a_folder(place, options, Choices(**{choice.name: values[choice.name] for choice in fields(Choices)}))
