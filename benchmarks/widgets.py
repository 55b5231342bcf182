"""How quick the widgets are, and what they leave in a notebook. Type: python benchmarks/widgets.py.

Each widget is opened in JupyterLab in a headless Chromium, with no network, as the browser tests do it:

- first paint: from running the cell to the first frame that shows the widget, in a kernel that has only imported
  nhsreform ("cold": libraries and tables are still to be loaded) and, as the median of RUNS, again in the same kernel
  ("warm");
- interaction: from the change of a control to the second frame after it, median of REPEATS;
- bytes: what the output adds to the saved notebook, beside the same notebook without it.

Timings depend on the machine and on what else it does: compare the rows. Needs Chromium (NHSREFORM_CHROMIUM or PATH).
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import lab as harness  # noqa: E402
from tests.browser.network import QUIET, Network  # noqa: E402

RUNS = 5
REPEATS = 20
RUN_CELL = """async (shows) => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = 1;
    panel.content.widgets[1].model.clearExecution();
    while (document.querySelector(shows)) await new Promise(requestAnimationFrame);
    const begun = performance.now();
    window.jupyterapp.commands.execute("notebook:run-cell");
    while (!document.querySelector(shows)) await new Promise(requestAnimationFrame);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - begun;
}"""
# Choose the next option of a select, or press a button, and wait for the second frame after it.
INTERACT = """async ([control, shows]) => {
    const element = document.querySelector(control);
    const begun = performance.now();
    if (element.tagName === "SELECT") {
        element.selectedIndex = (element.selectedIndex + 1) % element.length;
        element.dispatchEvent(new Event("change"));
    } else element.click();
    while (!document.querySelector(shows)) await new Promise(requestAnimationFrame);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - begun;
}"""


class Case(NamedTuple):
    """A widget, what on the screen shows that it is there, and a control of its own."""

    code: str
    shows: str
    control: str


CASES = {
    "reader": Case('nr.reader("joint-report", revealed=True)', ".nhsr-reader .nhsr-claim", ".nhsr-chips button"),
    "contrast, theme": Case('nr.contrast("engagement")', ".nhsr-contrast .nhsr-mark", ".nhsr-contrast select"),
    "contrast, swap": Case('nr.contrast("engagement")', ".nhsr-contrast .nhsr-mark", ".nhsr-contrast [data-key=swap]"),
    "contrast, two texts": Case(
        'nr.contrast(sources=["joint-report", "walk-away"])',
        ".nhsr-contrast .nhsr-mark",
        ".nhsr-contrast [data-key=swap]",
    ),
    "timeline": Case("nr.timeline()", ".nhsr-timeline .nhsr-dot", ".nhsr-timeline select"),
}


def measure(lab: Any, open_notebook: Callable[[str], Any], name: str, case: Case) -> tuple[float, float, float, int]:
    """Return first paint cold and warm and interaction, in milliseconds, and the bytes that the output adds."""
    # A notebook of its own, because a file opened again would find its old kernel warm.
    path = f"scratch/{name.replace(', ', '-').replace(' ', '-')}.ipynb"
    lab.write(path, "import nhsreform as nr", case.code)
    notebook = open_notebook(path)
    notebook.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    notebook.run_code("import nhsreform as nr")
    empty = len(notebook.file.read_bytes())
    paints = []
    for _ in range(RUNS + 1):
        paints.append(notebook.page.evaluate(RUN_CELL, case.shows))
        notebook.page.wait_for_timeout(300)
    turns = [notebook.page.evaluate(INTERACT, [case.control, case.shows]) for _ in range(REPEATS)]
    saved = len(json.dumps(notebook.save(), indent=1, ensure_ascii=False).encode())
    return paints[0], statistics.median(paints[1:]), statistics.median(turns), saved - empty


def main() -> None:
    """Measure every case and print the table."""
    from playwright.sync_api import sync_playwright

    network = Network()
    with tempfile.TemporaryDirectory() as folder, network.inside(), sync_playwright() as playwright:
        lab = harness.Lab(Path(folder), network)
        lab.start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET, chromium_sandbox=False)
        print(f"{'':<22}{'paint cold, ms':>15}{'paint warm, ms':>15}{'interaction, ms':>16}{'bytes':>9}")
        try:
            for name, case in CASES.items():
                context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
                cold, warm, turn, size = measure(
                    lab, lambda path, page=context: harness.Notebook(lab, page.new_page(), path), name, case
                )
                print(f"{name:<22}{cold:>15.0f}{warm:>15.0f}{turn:>16.0f}{size:>9,}", flush=True)
                context.close()
        finally:
            browser.close()
            lab.stop()


def chromium() -> str:
    """Return where Chromium is. Ends the program in a sentence when there is none."""
    import os
    import shutil

    path = os.environ.get("NHSREFORM_CHROMIUM") or shutil.which("chromium")
    if not path:
        sys.exit("No Chromium found. Install it, or say where it is in NHSREFORM_CHROMIUM.")
    return path


if __name__ == "__main__":
    main()
