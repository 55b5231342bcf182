"""The command line, nhsreform and one of these.

Commands: validate | balance | build | run | check | slides | mark | gradebook | feedback | report | prose | release |
quiz | draft.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.errors import PackError

OK, FOUND, FAILED = 0, 1, 2


def _validate(_: argparse.Namespace) -> int:
    from nhsreform.data import validate

    found = validate.problems()
    for problem in found:
        print(problem)
    if found:
        print(f"{len(found)} {'problem' if len(found) == 1 else 'problems'} found.", file=sys.stderr)
    return FOUND if found else OK


def _balance(_: argparse.Namespace) -> int:
    from nhsreform.debate.balance import report

    print(report())
    return OK


def generated_files() -> dict[str, str]:
    """Return {path below the checkout: text} of every file that nhsreform build writes."""
    from nhsreform.publish import binder_files, data_readme, routes
    from nhsreform.questions import build

    root = checkout()
    lock = (root / "requirements.txt").read_text(encoding="utf-8")
    files = {
        "data/README.md": data_readme.data_readme(),
        "data/codebook.md": data_readme.codebook_page(),
        "environment.yml": binder_files.environment_yml(lock),
        "postBuild": binder_files.post_build(),
        "teaching/routes.md": routes.routes_page(),
    }
    exercises = build.built(root / "exercises" / "answers", root / "exercises")
    return files | {f"exercises/{name}": text for name, text in exercises.items()}


def stale(files: dict[str, str], root: Path) -> list[str]:
    """Return the names of generated files that are missing or differ from what build would write."""
    return [
        name
        for name, text in files.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text
    ]


def _edition(arguments: argparse.Namespace) -> int:
    from nhsreform.publish import handouts
    from nhsreform.publish.site import build as building

    if arguments.site:
        out = Path(arguments.site)
        print(f"{building.build(out)} pages written to {out}. Open {out / 'index.html'} in a browser.")
    if arguments.print:
        out = Path(arguments.print)
        print(f"{handouts.build(out)} handouts written to {out}.")
    return OK


def _build(arguments: argparse.Namespace) -> int:
    if arguments.site or arguments.print:
        return _edition(arguments)
    if arguments.exercises:
        from nhsreform.questions import build

        root = Path(arguments.exercises).resolve()
        files = build.built(build.own_answers(root), root)
    else:
        root, files = checkout(), generated_files()
    changed = stale(files, root)
    for name in changed:
        if arguments.check:
            print(f"{name} is stale: run nhsreform build.")
        else:
            (root / name).write_text(files[name], encoding="utf-8", newline="\n")
            print(f"{name} written.")
    if not changed:
        print("Every generated file is up to date.")
    return FOUND if changed and arguments.check else OK


def _run(arguments: argparse.Namespace) -> int:
    from nhsreform.notebooks.files import run

    root = checkout()
    paths = [Path(name).resolve() for name in arguments.notebooks] or [
        *sorted((root / "notebooks").glob("*.ipynb")),
        *sorted((root / "exercises" / "answers").glob("*.ipynb")),
    ]
    for path in paths:
        print(f"{path.name}: {'written' if run(path) else 'unchanged'}.", flush=True)
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from nhsreform.questions.check_notebook import DONE, check_notebook

    folder = Path(arguments.exercises).resolve() if arguments.exercises else None
    outcomes = check_notebook(Path(arguments.notebook).resolve(), folder)
    for outcome in outcomes:
        print(outcome)
    done = sum(outcome.state in DONE for outcome in outcomes)
    print(
        f"{done} of {len(outcomes)} right{', or kept for a person' if any(o.state == 'kept' for o in outcomes) else ''}."
    )
    return OK if done == len(outcomes) else FOUND


def _slides(arguments: argparse.Namespace) -> int:
    from nhsreform.publish.slides import deck

    for path in deck.write(Path(arguments.out), arguments.route):
        print(f"{path} written.")
    return OK


def _add_quiz(parser: argparse.ArgumentParser) -> None:
    from nhsreform.questions.export.command import add_arguments, command

    add_arguments(parser)
    parser.set_defaults(do=command)


# The commands that stand in files of their own, with what is said of them.
_MARKING = {
    "mark": "mark a class: from the platform's download to marks.csv",
    "gradebook": "fill in the worksheet of Moodle, Canvas or Blackboard",
    "feedback": "write a page of feedback for each student",
    "report": "write a page on the whole class",
    "prose": "read prose answers: by question, without names",
}


def _add_marking(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from importlib import import_module

    from nhsreform.marking import release

    for name, what in _MARKING.items():
        module = import_module(f"nhsreform.commands.{name}")
        parser = commands.add_parser(name, help=what)
        module.add(parser)
        parser.set_defaults(do=module.run)
    release.add_arguments(commands.add_parser("release", help="make the class bundle: without the worked answers"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all is well, 1 when something was found, 2 when it could not be done."""
    from nhsreform.data import draft

    # Windows writes into a pipe or a file in its code page: a name that has no place there must not stop a command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        prog="nhsreform", description="Look after the pack's data, notebooks and exercises."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("validate", help="check every table, code and quotation; quiet when all is well")
    command.set_defaults(do=_validate)
    command = commands.add_parser("balance", help="print how evenly the claims fall by theme, source, speaker and camp")
    command.set_defaults(do=_balance)
    command = commands.add_parser(
        "build", help="write the generated files: exercises, key, data README, environment.yml"
    )
    command.add_argument("--check", action="store_true", help="write nothing; say what is stale")
    command.add_argument(
        "--exercises", metavar="DIR", help="build your own questions instead, from the worked notebooks in DIR/answers"
    )
    command.add_argument(
        "--site",
        metavar="OUT",
        nargs="?",
        const="site",
        help="make the reading edition instead: web pages, in OUT or site/",
    )
    command.add_argument(
        "--print",
        metavar="OUT",
        nargs="?",
        const="print",
        help="make the handouts instead: PDF files, in OUT or print/",
    )
    command.set_defaults(do=_build)
    command = commands.add_parser("run", help="run notebooks from top to bottom and tidy them for commit")
    command.add_argument(
        "notebooks", nargs="*", help="notebooks to run; all of notebooks/ and exercises/answers/ when none is named"
    )
    command.set_defaults(do=_run)
    command = commands.add_parser("check", help="run an exercise afresh and say how each answer stands; no marks")
    command.add_argument("notebook", help="the exercise that you filled in")
    command.add_argument(
        "--exercises", metavar="DIR", help="the folder of exercises it belongs to, if not the pack's own"
    )
    command.set_defaults(do=_check)
    command = commands.add_parser("slides", help="write a slide deck for each route of teaching/routes.toml")
    command.add_argument("out", metavar="OUT", help="the folder to write the decks into")
    command.add_argument("--route", metavar="NAME", help="one route alone: two-hours, three-weeks or eight-weeks")
    command.set_defaults(do=_slides)
    _add_marking(commands)
    command = commands.add_parser("quiz", help="write the questions as Moodle XML, QTI 2.1 and CSV")
    _add_quiz(command)
    command = commands.add_parser("draft", help="propose the rows for a text of your own, and put them into the tables")
    draft.add_arguments(command)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.do(chosen)
    except PackError as error:
        print(error, file=sys.stderr)
        return FAILED
