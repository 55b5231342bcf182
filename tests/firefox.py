"""The pack in a stock Firefox: the reading edition, the slides, every notebook in JupyterLab and in the browser edition.

python -m tests.firefox              all of it: a quarter of an hour and more
python -m tests.firefox site slides  parts of it: site, slides, lab, edition

Run it with the Python of .venv-test; it is no part of the suite, which has one browser. Firefox is looked for as
firefox-esr or firefox, and driven over WebDriver BiDi, which it speaks by itself. What goes wrong is printed, and the
command exits with 1.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import websocket

from nhsreform.commands import main as nhsreform
from tests.browser.edition import CELLS, NOTEBOOKS, Edition, differences, serve
from tests.browser.lab import CHECKOUT, Lab, Notebook
from tests.browser.network import Network
from tests.browser.test_slides import LEAST, UNFIT
from tests.browser.walks import PANELS, PATHS, entered, hostile, in_a_cell, walked

KEYS = {
    "Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
    "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Home": "\ue011", "End": "\ue010", "Space": " ", "Control": "\ue009",
}  # fmt: skip
SECONDS = 60


class Page:
    """One tab of Firefox, with as much of Playwright's page as tests.browser.lab asks for."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(f"{address}/session", suppress_origin=True, timeout=SECONDS * 5)
        self._ids = itertools.count(1)
        self.troubles: list[str] = []
        self.viewport_size = {"width": 1400, "height": 900}
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        # The window that Firefox begins with never has the focus without a screen, and a button in it hears no key.
        self._tab = self._send("browsingContext.create", type="window")["context"]
        self._send("browsingContext.activate", context=self._tab)
        self.keyboard = SimpleNamespace(press=self.press, type=self.type)
        self.set_viewport_size(self.viewport_size)

    def _send(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("type") == "event":
                self._note(answer["method"], answer["params"])
            elif answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def _note(self, event: str, params: Any) -> None:
        if event == "log.entryAdded" and params["level"] == "error":
            self.troubles.append(f"{params['text']}")
        if event == "network.beforeRequestSent":
            url = params["request"]["url"]
            if not re.match(r"(file|data|blob|about|resource|chrome|moz-extension):|https?://127\.0\.0\.1[:/]", url):
                self.troubles.append(f"asked for {url}")

    @property
    def url(self) -> str:
        return str(self._send("browsingContext.getTree", root=self._tab)["contexts"][0]["url"])

    def goto(self, url: str) -> None:
        self._send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, script: str, arg: object = None) -> Any:
        """Return what a function of the page returns for an argument, as JSON can say it; or the value of an expression."""
        function = script if re.match(r"\s*(async\s*)?\(|\s*(async )?function", script) else f"() => ({script})"
        result = self._send(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify((await ({function})(JSON.parse(given))) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arg)}],
            awaitPromise=True,
            target={"context": self._tab},
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def wait_for_function(self, script: str, arg: object = None, timeout: float = SECONDS * 1000) -> None:
        until = time.monotonic() + timeout / 1000
        while not self.evaluate(f"async (given) => Boolean(await ({script})(given))", arg):
            if time.monotonic() > until:
                raise RuntimeError(f"never came true: {script[:200]}")
            time.sleep(0.05)

    def wait_for_selector(self, selector: str) -> None:
        self.wait_for_function("(at) => Boolean(document.querySelector(at))", selector)

    def focus(self, selector: str) -> None:
        self.wait_for_selector(selector)
        self.evaluate("(at) => { document.querySelector(at).focus(); }", selector)

    def set_viewport_size(self, size: dict[str, int]) -> None:
        self.viewport_size = dict(size)
        self._send("browsingContext.setViewport", context=self._tab, viewport=size)

    def press(self, key: str) -> None:
        codes = [KEYS.get(part, part) for part in key.split("+")]
        down = [{"type": "keyDown", "value": code} for code in codes]
        up = [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self._send(
            "input.performActions", context=self._tab, actions=[{"type": "key", "id": "keys", "actions": down + up}]
        )

    def type(self, text: str) -> None:
        for sign in text:
            self.press(sign)


# Firefox and JupyterLab are started where only this computer can be reached.
NETWORK = Network()


@contextmanager
def firefox(*options: str, env: dict[str, str] | None = None) -> Iterator[Page]:
    """Start Firefox with a new profile, and yield its one tab."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        raise SystemExit("There is no Firefox here. On Debian: apt-get install firefox-esr.")
    with tempfile.TemporaryDirectory(prefix="nhsreform-firefox-", ignore_cleanup_errors=True) as profile:
        with NETWORK.inside():
            process = subprocess.Popen(
                [program, *options, "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert process.stderr
        try:
            address = next(
                found[1] for line in process.stderr if (found := re.search(r"BiDi listening on (ws:\S+)", line))
            )
            with NETWORK.inside():
                page = Page(address)
            yield page
        finally:
            process.kill()
            process.wait()


def site(page: Page, folder: Path) -> Iterator[str]:
    """Open every page of the reading edition from the disk; walk each kind of widget once."""
    nhsreform(["build", "--site", str(folder / "site")])
    left = set(PATHS)
    pages = sorted((folder / "site").rglob("*.html"))
    for file in pages:
        page.goto(file.as_uri())
        page.wait_for_function("() => document.documentElement.dataset.drawn")
        kinds = page.evaluate(
            "() => [...document.querySelectorAll('.live')].map((live) => [live.dataset.widget, Boolean(live.querySelector('.nhsr'))])"
        )
        yield from (f"{file.name}: the {kind} is not drawn" for kind, drawn in kinds if not drawn)
        for kind in left & {kind for kind, _ in kinds}:
            left.remove(kind)
            yield walked(page, f".live[data-widget={kind}]", kind)
    yield from (f"no page has the widget {kind}" for kind in left)
    print(f"  {len(pages)} pages, {len(PATHS)} widgets by keyboard")


def slides(page: Page, folder: Path) -> Iterator[str]:
    """Measure every deck; turn slides and show notes by keyboard."""
    nhsreform(["slides", str(folder / "decks")])
    page.set_viewport_size({"width": 1280, "height": 720})
    for file in sorted((folder / "decks").glob("*.html")):
        page.goto(file.as_uri())
        yield from (f"{file.stem}, slide {told}" for told in page.evaluate(UNFIT, LEAST))
    page.goto((folder / "decks" / "01-joint-report.html").as_uri())
    for _ in range(2):
        page.press("ArrowRight")
    page.press("n")
    if page.evaluate("() => [location.hash, document.querySelectorAll('.notes:not([hidden])').length]") != ["#3", 1]:
        yield "keys do not turn the slides, or N shows no notes"


def lab(page: Page, folder: Path) -> Iterator[str]:
    """Run every notebook, walk the panels by keyboard, and open the notebooks again after the server was restarted."""
    server = Lab(folder, NETWORK)
    server.start()
    page.set_viewport_size({"width": 1400, "height": 900})
    names = sorted(path.stem for path in CHECKOUT.glob("notebooks/[0-9]*.ipynb"))
    for name in names:
        notebook = Notebook(server, page, f"notebooks/{name}.ipynb")
        notebook.run_all()
        yield from (f"{name}: {error}" for error in notebook.errors())
        yield from dead(page, name)
        notebook.save()
    yield from (in_a_cell(server, page, widget) for widget in PATHS)
    yield from (entered(server, page, panel) for panel in PANELS)
    yield hostile(server, page)
    server.restart()
    for name in names:
        Notebook(server, page, f"notebooks/{name}.ipynb")
        yield from dead(page, f"{name}, the next day")
    server.stop()
    # JupyterLab's own console tells of each kernel that ended.
    page.troubles[:] = [told for told in page.troubles if told.startswith("asked for")]
    print(f"  {len(names)} notebooks run, saved and opened again; {len(PATHS) + len(PANELS)} widgets by keyboard")


def dead(page: Page, where: str) -> Iterator[str]:
    if page.evaluate("() => document.body.textContent.includes('Error displaying widget')"):
        yield f"{where}: a widget is not displayed"


def edition(page: Page, folder: Path) -> Iterator[str]:
    """Run every notebook and exercise in the browser edition, and walk each widget by keyboard."""
    nhsreform(["build", "--browser", str(folder / "browser")])
    server = serve(folder / "browser", NETWORK)
    page.set_viewport_size({"width": 1400, "height": 900})
    edition = Edition(f"http://127.0.0.1:{server.server_port}", page)
    for path in NOTEBOOKS:
        notebook = Notebook(edition, page, path)
        notebook.run_all()
        for number, committed, here in differences(path, page.evaluate(CELLS)):
            yield f"{path}, cell {number}: not {committed!s:.300} but {here!s:.300}"
        yield from dead(page, path)
        print(f"  {path}", flush=True)
    yield from (in_a_cell(edition, page, widget) for widget in PATHS)
    yield from (entered(edition, page, panel) for panel in PANELS)
    page.troubles[:] = [told for told in page.troubles if told.startswith("asked for")]
    server.shutdown()
    print(f"  {len(NOTEBOOKS)} notebooks and exercises; {len(PATHS) + len(PANELS)} widgets by keyboard")


PARTS = {"site": site, "slides": slides, "lab": lab, "edition": edition}


def main(names: list[str]) -> int:
    """Run the parts named, or all; return 1 when something went wrong."""
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="nhsreform-firefox-", ignore_cleanup_errors=True) as folder,
        firefox("--headless") as page,
    ):
        for name in names or PARTS:
            print(f"{name}:", flush=True)
            for told in itertools.chain(PARTS[name](page, Path(folder)), page.troubles):
                if told:
                    wrong += 1
                    print(f"  {told}", flush=True)
            page.troubles.clear()
    print("Nothing went wrong." if not wrong else f"{wrong} things went wrong.")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
