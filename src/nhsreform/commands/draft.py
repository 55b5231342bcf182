"""`nhsreform draft`: proposes the rows for a text of your own."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform draft`."""
    parser.add_argument("file", nargs="?", type=Path, help="a plain text file")
    parser.add_argument("source_id", nargs="?", help="a short name for the text, such as our-letter")
    parser.add_argument("--out", type=Path, help="the draft folder; my-drafts/SOURCE-ID when none is named")
    parser.add_argument("--add", type=Path, metavar="FOLDER", help="put the rows of a draft folder into data/")


def run(arguments: argparse.Namespace) -> int:
    """Make a draft or add one. Raises DraftError when it cannot be done."""
    from nhsreform.data import draft

    if arguments.add:
        if arguments.file:
            raise draft.DraftError("Type either  nhsreform draft FILE SOURCE-ID  or  nhsreform draft --add FOLDER.")
        lines = draft.add(arguments.add)
    elif arguments.file and arguments.source_id:
        folder = arguments.out or Path(draft.FOLDER) / arguments.source_id
        lines = draft.write(arguments.file, arguments.source_id, folder)
    else:
        raise draft.DraftError("Name the file and a source id, as in: nhsreform draft letter.txt our-letter")
    print("\n".join(lines))
    return OK
