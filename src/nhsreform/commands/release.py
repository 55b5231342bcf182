"""`nhsreform release`: the class bundle, without the worked answers."""

from __future__ import annotations

import argparse
from pathlib import Path

from nhsreform.commands import OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform release`."""
    parser.add_argument("out", type=Path, help="a new folder, or a new file that ends in .zip")
    parser.add_argument("--exercises", default="", help="the exercises in it, such as 01,02; all when none is named")
    parser.add_argument(
        "--without-texts",
        action="store_true",
        help="leave out seeds/*.txt, for a copy that may be published; whoever holds the texts adds them with start.py",
    )


def run(arguments: argparse.Namespace) -> int:
    """Make a class bundle. Raises PackError when it cannot be made."""
    from nhsreform.publish import class_bundle

    asked = [name.strip() for name in arguments.exercises.split(",") if name.strip()]
    bundle = class_bundle.bundle(asked, texts=not arguments.without_texts)
    class_bundle.write(bundle, arguments.out)
    print(f"{arguments.out}: {len(bundle.files)} files, with the exercises {', '.join(bundle.exercises)}.")
    print("Left out:")
    print("\n".join(f"  {line}" for line in bundle.left_out))
    print(
        "Still in the key, in base64: what nr.check compares with. The full pack is public, so these marks are formative."
    )
    return OK
