"""`nhsreform run`: runs notebooks and tidies them for commit."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.commands import OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform run`."""
    parser.add_argument(
        "notebooks", nargs="*", help="notebooks to run; all of notebooks/ and exercises/answers/ when none is named"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the notebooks named, or all of them."""
    from nhsreform.notebooks import files

    root = checkout()
    notebooks = [Path(name).resolve() for name in arguments.notebooks] or [
        *sorted((root / "notebooks").glob("*.ipynb")),
        *sorted((root / "exercises" / "answers").glob("*.ipynb")),
    ]
    for path in notebooks:
        print(f"{path.name}: {'written' if files.run(path) else 'unchanged'}.", flush=True)
    return OK
