"""`nhsreform check`: runs a filled-in exercise afresh."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import FOUND, OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform check`."""
    parser.add_argument("notebook", help="the exercise that you filled in")
    parser.add_argument(
        "--exercises", metavar="DIR", help="the folder of exercises it belongs to, if not the pack's own"
    )


def run(arguments: argparse.Namespace) -> int:
    """Say how each answer stands. Returns 1 unless all are right."""
    from nhsreform.questions import check_notebook

    folder = Path(arguments.exercises).resolve() if arguments.exercises else None
    outcomes = check_notebook.check_notebook(Path(arguments.notebook).resolve(), folder)
    for outcome in outcomes:
        print(outcome)
    done = sum(outcome.state in check_notebook.DONE for outcome in outcomes)
    print(
        f"{done} of {len(outcomes)} right{', or kept for a person' if any(o.state == 'kept' for o in outcomes) else ''}."
    )
    return OK if done == len(outcomes) else FOUND
