"""`nhsreform slides`: writes a slide deck for each route."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform slides`."""
    parser.add_argument("out", metavar="OUT", help="the folder to write the decks into")
    parser.add_argument("--route", metavar="NAME", help="one route alone: two-hours, three-weeks or eight-weeks")


def run(arguments: argparse.Namespace) -> int:
    """Write the decks."""
    from nhsreform.publish.slides import deck

    for path in deck.write(Path(arguments.out), arguments.route):
        print(f"{path} written.")
    return OK
