"""Every file of the pack that is made from others: what `nhsreform build` writes, and CI finds stale."""

from __future__ import annotations

from pathlib import Path

from nhsreform.checkout import checkout
from nhsreform.publish import binder_files, data_readme, routes
from nhsreform.questions import build
from nhsreform.reliability import codebook_page


def texts() -> dict[str, str]:
    """Return {path below the checkout: text} of every generated file. Raises PackError where a source does not hold."""
    root = checkout()
    lock = (root / "requirements.txt").read_text(encoding="utf-8")
    files = {
        "data/README.md": data_readme.data_readme(),
        "data/codebook.md": codebook_page.codebook_page(),
        "environment.yml": binder_files.environment_yml(lock),
        "postBuild": binder_files.POST_BUILD,
        "teaching/routes.md": routes.routes_page(),
    }
    exercises = build.built(root / "exercises" / "answers", root / "exercises")
    return files | {f"exercises/{name}": text for name, text in exercises.items()}


def stale(texts: dict[str, str], root: Path) -> list[str]:
    """Return the names of generated files that are missing or differ from what build would write."""
    return [
        name
        for name, text in texts.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text
    ]
