"""Handouts: each notebook and each exercise as a PDF, printed from the reading edition by a Chromium without a window."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.publish import out_folder
from nhsreform.publish.site import build as building

NEEDED = building.NEEDED | {"playwright": "playwright"}
PRINTED = ("notebooks", "exercises")
SECONDS = 60
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium() -> str:
    """Return the path of a Chromium or Chrome: what NHSREFORM_CHROMIUM names, or one on the path.

    Raises PackError when there is none.
    """
    named = os.environ.get("NHSREFORM_CHROMIUM")
    program = named if named and Path(named).is_file() else next(filter(None, map(shutil.which, _NAMES)), None)
    if not program or (named and program != named):
        raise PackError(
            f"Handouts are printed with Chromium, and none was found{f' at {named}' if named else ''}. Install Chromium "
            "or Chrome, or name its program file in the environment variable NHSREFORM_CHROMIUM."
        )
    return program


def build(out: Path) -> int:
    """Print each notebook and exercise into `out` and return how many files that makes.

    Answers stay folded, so what is printed of an exercise is its questions.

    Raises PackError when something to print with is missing, and as `build.make` and `out_folder.check` do.
    """
    building.needs(NEEDED)
    program = chromium()
    out_folder.check(out)
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as temporary:
        site, prints = Path(temporary) / "site", Path(temporary) / "print"
        site.mkdir()
        building.make(site)
        pages = [path for part in PRINTED for path in sorted((site / part).glob("*.html"))]
        _print(program, pages, prints)
        out_folder.replace(out, prints)
    return len(pages)


def _print(program: str, pages: list[Path], folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox of Chromium does not work for root, and containers run as root.
        browser = playwright.chromium.launch(
            executable_path=program, chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0
        )
        page = browser.new_page(color_scheme="light")
        for path in pages:
            page.goto(path.as_uri())
            page.wait_for_function("() => document.documentElement.dataset.drawn", timeout=SECONDS * 1000)
            file = folder / path.parent.name / f"{path.stem}.pdf"
            file.parent.mkdir(parents=True, exist_ok=True)
            page.pdf(path=file, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        browser.close()
