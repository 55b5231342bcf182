"""The command line, nhsreform and one of these.

One file a command, with `add(parser)` and `run(arguments)`, which returns the exit code. Nothing below this room may import from it.

Commands: validate | balance | build | run | check | slides | update | collect | mark | gradebook | feedback | report | prose | release |
quiz | draft.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from importlib import import_module

from nhsreform.checkout import another_pack
from nhsreform.errors import PackError

OK, FOUND, FAILED = 0, 1, 2
# Each command, by the name of its file, and what --help says of it.
COMMANDS = {
    "validate": "check every table, code and quotation; quiet when all is well",
    "balance": "print how evenly the claims fall by theme, source, speaker and camp",
    "build": "write the generated files: exercises, key, data README, environment.yml",
    "run": "run notebooks from top to bottom and tidy them for commit",
    "check": "run an exercise afresh and say how each answer stands; no marks",
    "slides": "write a slide deck for each notebook and for each route",
    "update": "bring a learner's copy up to date; what they changed stays as it is",
    "collect": "gather the exercises of a hub's homes, in the form that mark reads",
    "mark": "mark a class: from the platform's download to marks.csv",
    "gradebook": "fill in the worksheet of Moodle, Canvas or Blackboard",
    "feedback": "write a page of feedback for each student",
    "report": "write a page on the whole class",
    "prose": "read prose answers: by question, without names",
    "release": "make the class bundle: without the worked answers",
    "quiz": "write the questions as Moodle XML, QTI 2.1 and CSV",
    "draft": "propose the rows for a text of your own, and put them into the tables",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all is well, 1 when something was found, 2 when it could not be done."""
    # Windows writes into a pipe or a file in its code page: a name that has no place there must not stop a command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if other := another_pack():
        print(
            f"This is the nhsreform of another copy of the pack, and you are in {other}: its tables, key and answers may "
            "differ. Type  python3 start.py  there (on Windows  py start.py), and activate its own environment.",
            file=sys.stderr,
        )
        return FAILED
    parser = argparse.ArgumentParser(
        prog="nhsreform", description="Look after the pack's data, notebooks and exercises."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        command = import_module(f"nhsreform.commands.{name}")
        command_parser = commands.add_parser(name, help=what)
        command.add(command_parser)
        command_parser.set_defaults(do=command.run)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.do(chosen)
    except PackError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Stopped. Type the same command again.", file=sys.stderr)
        return FAILED
