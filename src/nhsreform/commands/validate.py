"""`nhsreform validate`: checks every table, code and quotation."""

from __future__ import annotations

import argparse
import sys

from nhsreform.commands import FOUND, OK
from nhsreform.text.numbers_in_words import plural


def add(parser: argparse.ArgumentParser) -> None:
    """Add nothing: it takes no options."""


def run(arguments: argparse.Namespace) -> int:
    """Print every problem. Returns 1 when there is one."""
    from nhsreform.data import validate

    problems = validate.problems()
    for problem in problems:
        print(problem)
    if problems:
        print(f"{plural(len(problems), 'problem')} found.", file=sys.stderr)
    return FOUND if problems else OK
