"""`nhsreform build`: writes the generated files, the reading edition or the handouts."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.commands import FOUND, OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `nhsreform build`."""
    parser.add_argument("--check", action="store_true", help="write nothing; say what is stale")
    parser.add_argument(
        "--exercises", metavar="DIR", help="build your own questions instead, from the worked notebooks in DIR/answers"
    )
    for name, what in (
        ("site", "the reading edition instead: web pages, in OUT or site/"),
        ("print", "the handouts instead: PDF files, in OUT or print/"),
        (
            "browser",
            "the browser edition instead: the pack in a browser tab, in OUT or browser/; with --site, beside its pages",
        ),
    ):
        parser.add_argument(f"--{name}", metavar="OUT", nargs="?", const=name, help=f"make {what}")
    parser.add_argument(
        "--files",
        metavar="FOLDER",
        help="for --browser: the folder that holds, or takes, the files that it is made from",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write what is stale, or the editions asked for. With --check, returns 1 when something is stale."""
    if arguments.site or arguments.print or arguments.browser:
        return _editions(arguments)
    from nhsreform.publish import generated_files
    from nhsreform.questions import build

    root = Path(arguments.exercises).resolve() if arguments.exercises else checkout()
    texts = build.built(build.own_answers(root), root) if arguments.exercises else generated_files.texts()
    stale = generated_files.stale(texts, root)
    for name in stale:
        if arguments.check:
            print(f"{name} is stale: run nhsreform build.")
        else:
            (root / name).write_text(texts[name], encoding="utf-8", newline="\n")
            print(f"{name} written.")
    if not stale:
        print("Every generated file is up to date.")
    return FOUND if stale and arguments.check else OK


def _editions(arguments: argparse.Namespace) -> int:
    from nhsreform.publish import handouts
    from nhsreform.publish.browser import build as browser
    from nhsreform.publish.site import build

    files = None
    if arguments.browser:
        files = browser.files_in(Path(arguments.files) if arguments.files else None)
    if arguments.site:
        out = Path(arguments.site)
        beside = partial(browser.write, files=files) if files else None
        pages = build.build(out, beside)
        print(f"{pages} pages written to {out}. Open {out / 'index.html'} in a browser.")
        if files:
            print(
                f"The browser edition is in {out / 'browser'}. It needs a server: python3 -m http.server --directory {out}"
            )
    elif files:
        out = Path(arguments.browser)
        size = browser.build(out, files)
        print(
            f"The browser edition is in {out}, {size} MB. It needs a server: python3 -m http.server --directory {out}"
        )
    if arguments.print:
        out = Path(arguments.print)
        print(f"{handouts.build(out)} handouts written to {out}.")
    return OK
