"""`nhsreform mark`: a class from its download to marks.csv."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from nhsreform.marking.judge_class import BEST, LATEST
from nhsreform.marking.mark_a_class import Options, mark_a_class
from nhsreform.marking.sandbox.workers import SECONDS


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform mark`."""
    parser.add_argument("submissions", type=Path, help="a folder of hand-ins, or the zip that the platform gave you")
    parser.add_argument("--out", type=Path, required=True, help="where marks.csv and audit.jsonl go")
    parser.add_argument(
        "--exercise", action="append", default=[], help="mark this exercise alone, such as 01; may be repeated"
    )
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
        choices=("auto", "require", "off"),
        default="auto",
        help="run students' code in a sandbox if there is one (auto), only in one (require), or in none (off)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    parser.add_argument("--apply", action="store_true", help="write marks.csv anew although marks in it would change")
    parser.add_argument("--attempt", choices=(LATEST, BEST), default=LATEST, help="which of several attempts counts")
    parser.add_argument(
        "--practice", action="store_true", help="also mark the practice questions, not only the core ones"
    )
    parser.add_argument("--roster", type=Path, help="the class list: a CSV with a column student")
    parser.add_argument("--late", type=Path, help="the rule for late work: a TOML file with a deadline")


def run(arguments: argparse.Namespace) -> int:
    """Mark a class. Returns 1 when somebody needs a person, or nothing was written. Raises PackError when it cannot be run."""
    options = Options(**{option.name: getattr(arguments, option.name) for option in fields(Options)})
    return mark_a_class(options).code
