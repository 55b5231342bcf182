"""The browser edition whole, in Chromium: every notebook and exercise run, its outputs held against the committed ones.

    python benchmarks/browser_edition.py browser      (after: nhsreform build --browser browser)

Prints for each notebook the seconds until Python was there and until all had run, and every output that differs where nbval
compares; at the end the bytes of a first visit and the requests to other computers. Returns 1 when something differs. It is
a command of its own because its files have to be downloaded and it takes a quarter of an hour: the suite tests stand-ins.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
NOT_COMPARED = {"image/png", "application/vnd.jupyter.widget-view+json"}
OPEN = """async path => {
    const app = window.jupyterapp;
    const opened = await app.commands.execute("docmanager:open", { path });
    await opened.context.ready;
    app.shell.activateById(opened.id);
}"""
SHOWN = "path => window.jupyterapp?.shell?.currentWidget?.context?.path === path"
PYTHON = """() => ["idle", "busy"].includes(
    window.jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status)"""
CELLS = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON().cells"
CLOSE = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.sessionContext.shutdown();
    panel.context.model.dirty = false;
    panel.close();
}"""
LONGEST = 240_000


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that keeps no log."""

    def log_message(self, *_):
        """Say nothing."""


def joined(value):
    """Return text as one piece."""
    return "".join(value) if isinstance(value, list) else value


def outputs(cell):
    """Return what of a cell's outputs is compared: the text printed, and what is shown."""
    printed, shown = "", []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            printed += joined(output["text"])
        elif output["output_type"] == "error":
            shown.append({"error": f"{output['ename']}: {output['evalue']}"})
        else:
            shown.append({kind: joined(data) for kind, data in output["data"].items() if kind not in NOT_COMPARED})
    return printed, shown


def differences(path, cells):
    """Return (cell, committed, here) for each output that is not the committed one, errors and warnings among them."""
    found = []
    committed = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    for number, (here, there) in enumerate(zip(cells, committed, strict=True)):
        failed = [o for o in here.get("outputs", []) if o["output_type"] == "error" or o.get("name") == "stderr"]
        ignored = "nbval-ignore-output" in there["metadata"].get("tags", []) or not there.get("outputs")
        if failed or (not ignored and outputs(here) != outputs(there)):
            found.append((number, outputs(there), outputs(here)))
    return found


def compressed(folder):
    """Return the megabytes of all that a first visit can fetch but other notebooks, compressed as servers do."""
    total = 0
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).parts[0] not in ("files", "api"):
            data = path.read_bytes()
            total += len(data) if path.suffix == ".whl" else min(len(data), len(gzip.compress(data, 6)))
    return total / 1e6


def run(page, address, paths):
    """Run each notebook in a page; return how many differ."""
    wrong = 0
    page.goto(f"{address}/lab/index.html?path={paths[0]}")
    page.wait_for_function(SHOWN, arg=paths[0], timeout=LONGEST)
    for path in paths:
        began = time.perf_counter()
        page.evaluate(OPEN, path)
        page.wait_for_function(SHOWN, arg=path, timeout=LONGEST)
        page.wait_for_function(PYTHON, timeout=LONGEST)
        there = time.perf_counter()
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        ended = time.perf_counter()
        found = differences(path, page.evaluate(CELLS))
        wrong += bool(found)
        print(f"{path}: Python after {there - began:.1f} s, all run after {ended - began:.1f} s", flush=True)
        for number, committed, here in found:
            print(f"  cell {number} differs\n    committed: {committed!s:.300}\n    here: {here!s:.300}")
        page.evaluate(CLOSE)
    return wrong


def main():
    """Serve the folder, run everything, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="what nhsreform build --browser made")
    folder = parser.parse_args().folder.resolve()
    kinds = ("notebooks", "exercises", "exercises/answers")
    paths = [f"{kind}/{path.name}" for kind in kinds for path in sorted((ROOT / kind).glob("*.ipynb"))]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    elsewhere = []
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=os.environ.get("NHSREFORM_CHROMIUM") or shutil.which("chromium"),
            chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,
        )
        page = browser.new_page()
        own = (address, "blob:", "data:")
        page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(own) else None)
        wrong = run(page, address, paths)
        browser.close()
    server.shutdown()
    print(
        f"{len(paths)} notebooks, {wrong} with differences; {len(elsewhere)} requests to other computers {elsewhere[:3]}"
    )
    print(f"A first visit: at most {compressed(folder):.1f} MB compressed")
    return 1 if wrong or elsewhere else 0


if __name__ == "__main__":
    sys.exit(main())
