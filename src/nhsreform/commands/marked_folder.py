"""The arguments that every command on a marked class has."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.marking.pages.student import titles


def add_key(parser: argparse.ArgumentParser) -> None:
    """Add --key: where the questions' titles come from, if not from the pack."""
    parser.add_argument(
        "--key", action="append", default=[], type=Path, help="a folder with a key.json, as given to nhsreform mark"
    )


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the folder of the marked class, and --key."""
    parser.add_argument("marks", type=Path, help="the folder that nhsreform mark wrote")
    add_key(parser)


def titles_of(arguments: argparse.Namespace) -> dict[str, str]:
    """Return {question or exercise: its title}."""
    return titles(arguments.key or [checkout() / "exercises"])
