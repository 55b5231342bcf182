"""The browser edition whole, in Chromium: what a visit costs, and every notebook and exercise run against its committed outputs.

    python benchmarks/browser_edition.py browser            (after: nhsreform build --browser browser)
    python benchmarks/browser_edition.py browser --visits   the first part alone: a minute on a quiet computer

First it opens notebook 01 with a new browser, and twice again with the same one, and prints for each visit the megabytes that the
server sent (compressed as servers do), the seconds from opening to Python and to the first output, the seconds of
processor time that the browser took until then, its memory, and the load of the computer, without which seconds say little. Then
it runs every notebook and prints each output that differs where nbval compares. Returns 1 when something differs, or when another
computer was asked. It is a command of its own because its files have to be downloaded and it takes a quarter of an hour: the suite
tests stand-ins. The packages named last are those that were loaded and of which no module was ever imported.
"""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.browser.edition import CELLS, NOTEBOOKS, Edition, differences, serve  # noqa: E402
from tests.browser.lab import FORGET_RUNS, Notebook  # noqa: E402
from tests.browser.network import Network  # noqa: E402

FIRST = "notebooks/01-joint-report.ipynb"
LONGEST = 300_000
OPEN = """() => window.jupyterapp?.shell?.currentWidget?.context?.isReady
    && window.jupyterapp.commands.isEnabled("notebook:run-all-cells")"""
PYTHON = """() => ["idle", "busy"].includes(
    window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status)"""
RESULT = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .some((cell) => cell.type === "code" && cell.outputs.length > 0)"""
# One package of Pyodide's list a line, with whether any of its modules is in use.
UNUSED = """import sys, importlib.metadata as m
names = {d.metadata["Name"]: {f.parts[0].removesuffix(".py") for f in (d.files or []) if f.suffix == ".py"} for d in m.distributions()}
print(", ".join(sorted(n for n, tops in names.items() if tops and not tops & {k.partition(".")[0] for k in sys.modules})))"""


@contextmanager
def browser_on(playwright, network, profile):
    """Start Chromium on a profile, where only this computer can be reached."""
    with network.inside():
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=os.environ.get("NHSREFORM_CHROMIUM") or shutil.which("chromium"),
            chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,
        )
    context.set_default_timeout(LONGEST)
    yield context
    context.close()


def processes(profile):
    """Return the processes of the Chromium that has this profile."""
    own = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(profile) in " ".join(process.info["cmdline"] or [])
    ]
    return {process for first in own for process in [first, *first.children(recursive=True)]}


def sent(folder, requests):
    """Return the megabytes of what the server sent, compressed as servers do."""
    total = 0
    for path in requests:
        data = (folder / path).read_bytes() if (folder / path).is_file() else b""
        total += len(data) if path.endswith(".whl") else min(len(data), len(gzip.compress(data, 6)))
    return total / 1e6


def visit(playwright, network, profile, server, folder, title):
    """Open notebook 01, run it, and print what it took."""
    with browser_on(playwright, network, profile) as context:
        page = context.new_page()
        server.asked.clear()
        began = time.perf_counter()
        page.goto(f"http://127.0.0.1:{server.server_port}/lab/index.html?path={FIRST}", wait_until="commit")
        page.wait_for_function(OPEN)
        page.evaluate(FORGET_RUNS)
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        page.wait_for_function(PYTHON)
        there = time.perf_counter()
        page.wait_for_function(RESULT)
        ended = time.perf_counter()
        running = processes(profile)
        spent = sum(sum(process.cpu_times()[:2]) for process in running)
        memory = sum(process.memory_full_info().uss for process in running) / 1e6
        print(
            f"{title}: {sent(folder, server.asked):.1f} MB; Python after {there - began:.1f} s, first result after "
            f"{ended - began:.1f} s, {spent:.1f} s of processor time; {memory:.0f} MB of memory; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        edition = Edition(f"http://127.0.0.1:{server.server_port}", page)
        notebook = Notebook(edition, page, FIRST)
        notebook.run_all()
        return notebook.run_code(UNUSED)


def run(page, url):
    """Run each notebook in a page; return how many differ."""
    wrong = 0
    edition = Edition(url, page)
    for path in NOTEBOOKS:
        began = time.perf_counter()
        notebook = Notebook(edition, page, path)
        there = time.perf_counter()
        notebook.run_all()
        ended = time.perf_counter()
        differing = differences(path, page.evaluate(CELLS))
        wrong += bool(differing)
        print(f"{path}: Python after {there - began:.1f} s, all run after {ended - began:.1f} s", flush=True)
        for number, committed, here in differing:
            print(f"  cell {number} differs\n    committed: {committed!s:.300}\n    here: {here!s:.300}")
    return wrong


def main():
    """Serve the folder, run everything, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="what nhsreform build --browser made")
    parser.add_argument("--visits", action="store_true", help="only what a visit costs")
    options = parser.parse_args()
    folder, network = options.folder.resolve(), Network()
    server = serve(folder, network)
    url = f"http://127.0.0.1:{server.server_port}"
    manager = sync_playwright()
    with network.inside():
        playwright = manager.start()
    wrong, elsewhere = 0, []
    with tempfile.TemporaryDirectory(prefix="nhsreform-edition-") as profile:
        for title in ("first visit", "second visit", "third visit"):
            unused = visit(playwright, network, profile, server, folder, title)
        print(f"Loaded and never imported by notebook 01: {unused}")
        if not options.visits:
            with browser_on(playwright, network, profile) as context:
                page = context.new_page()
                own = (url, "blob:", "data:")
                page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(own) else None)
                wrong = run(page, url)
            print(
                f"{len(NOTEBOOKS)} notebooks, {wrong} with differences; {len(elsewhere)} requests to other computers {elsewhere[:3]}"
            )
    playwright.stop()
    server.shutdown()
    return 1 if wrong or elsewhere else 0


if __name__ == "__main__":
    sys.exit(main())
