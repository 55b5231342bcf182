"""JupyterLab on a copy of the checkout, and a notebook open in it: what the tests of the lab lane stand on."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

from tests.browser.host import TOO_WIDE
from tests.browser.network import WATCH, Network
from tests.browser.pages import findings

CHECKOUT = Path(__file__).resolve().parents[2]
SCREENSHOTS = CHECKOUT / "screenshots"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "my-work", "screenshots", "__pycache__", ".ipynb_checkpoints", ".*_cache", "*.egg-info", "wheels"
)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# Each theme, wide and narrow; turned to in this order a look is one change away from the look before.
LOOKS = (("light", 1400), ("dark", 1400), ("dark", 620), ("light", 620))
SECONDS = 60
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "<img src=x onerror=\"document.title='caught'\"> & \U0001f609"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("start_of_the_copy", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Saved(NamedTuple):
    """What a notebook must say when it is opened the next day, and the learner's work beside it."""

    words: tuple[str, ...] = ()
    work: str | None = None


class Lab:
    """A JupyterLab server on a copy of the checkout."""

    seconds = SECONDS
    first_page = "lab/workspaces/test?reset"

    def __init__(self, folder: Path, network: Network, screenshots: bool = False) -> None:
        self.network, self.screenshots = network, screenshots
        self.folder = folder / "checkout"
        self.attempts_file = folder / "attempts.txt"
        self.attempts_file.touch()
        self.log = folder / "server.log"
        self.requests: list[str] = []
        self.opened: Notebook | None = None
        self.saved: dict[str, Saved] = {}
        self.work_file = folder / "nhsreform_work" / "my-work.json"
        self.url = ""
        shutil.copytree(CHECKOUT, self.folder, ignore=NOT_COPIED)
        self._env = self._environment(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def _environment(self, folder: Path) -> dict[str, str]:
        homes = {
            name: str(folder / name.lower())
            for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                         "JUPYTERLAB_WORKSPACES_DIR", "NHSREFORM_WORK")
        }  # fmt: skip
        for path in homes.values():
            Path(path).mkdir()
        settings = folder / "jupyter_config_dir" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        watcher = folder / "watcher"
        watcher.mkdir()
        (watcher / "sitecustomize.py").write_text(WATCH)
        self._launcher = _load(self.folder / "start.py")
        self._launcher.LEARNER.python = sys.executable
        return {
            **self._launcher.lab_env(),
            **homes,
            "PYTHONPATH": os.pathsep.join([str(watcher), str(self.folder / "src")]),
            "NHSREFORM_ATTEMPTS": str(self.attempts_file),
        }

    def start(self) -> None:
        with self.network.inside():
            self._start_and_wait(free_port())

    def _start_and_wait(self, port: int) -> None:
        command = [*self._launcher.lab_command(port, False), "--IdentityProvider.token=", "--expose-app-in-browser"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, env=self._env, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")
                time.sleep(0.1)

    def stop(self) -> None:
        self.opened = None
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop the server and all kernels, and start again at another address: the next day."""
        self.stop()
        self.start()

    def write(self, path: str, *sources: str) -> Path:
        """Write a notebook of code cells into the copy."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, file)
        return file

    def forget_work(self) -> None:
        """Take away all that the learner has done so far."""
        for file in self.work_file.parent.glob("*.json"):
            file.unlink()

    def work(self) -> str | None:
        """Return the learner's work so far as text, None when there is none."""
        return self.work_file.read_text(encoding="utf-8") if self.work_file.exists() else None

    def put_work(self, work: str | None) -> None:
        """Put the learner's work in place of all there is."""
        self.forget_work()
        if work is not None:
            self.work_file.write_text(work, encoding="utf-8")

    def attempted(self) -> list[str]:
        """Return every attempt to reach another computer so far."""
        return [*self.requests, *self.attempts_file.read_text().splitlines()]

    def forget_attempts(self) -> None:
        self.requests.clear()
        self.attempts_file.write_text("")


# Every notebook is closed unsaved, and its kernel is gone.
CLOSE_ALL = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    app.shell.collapseLeft();
    document.querySelectorAll(".jp-Dialog .jp-mod-reject").forEach((button) => button.click());
    for (const panel of [...app.shell.widgets("main")]) {
        if (panel.context) {
            await panel.context.ready;
            panel.context.model.dirty = false;
            await panel.sessionContext.shutdown();
        }
        panel.dispose();
    }
}"""
OPEN = """async (path) => {
    const app = window.jupyterapp;
    const panel = await app.commands.execute("docmanager:open", { path, factory: "Notebook" });
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    app.shell.activateById(panel.id);
}"""
IDLE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel?.sessionContext?.session?.kernel?.status === "idle";
}"""
FORGET_RUNS = """() => {
    const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
    cells.filter((cell) => cell.type === "code").forEach((cell) => cell.clearExecution());
}"""
PUT_CELLS = """(sources) => {
    document.querySelectorAll(".jp-Dialog .jp-mod-reject").forEach((button) => button.click());
    const model = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
    const cells = sources.map((source) => ({ cell_type: "code", source, metadata: {}, outputs: [] }));
    model.transact(() => {
        model.deleteCellRange(0, model.cells.length);
        model.insertCells(0, cells);
    });
}"""
ALL_RAN = """() => {
    const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells]
        .filter((cell) => cell.type === "code" && cell.sharedModel.getSource().trim());
    const failed = (cell) => cell.outputs.toJSON().some((output) => output.output_type === "error");
    const ran = (cell) => cell.executionCount !== null && cell.executionState !== "running";
    return cells.some(failed) || cells.every(ran);
}"""
RUN_CELL = """async ([number, source]) => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = number;
    if (source !== null) panel.content.widgets[number].model.sharedModel.setSource(source);
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""
THEME_IS_ON = """([name, light]) => {
    const paper = getComputedStyle(document.querySelector(".jp-NotebookPanel-notebook")).backgroundColor;
    return !document.getElementById("jupyterlab-splash") && document.body.dataset.jpThemeName === name && (parseInt(paper.match(/\\d+/)[0]) > 128) === light;
}"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Notebook:
    """A notebook open in JupyterLab, alone in its page, with a kernel of its own. `page` is Playwright's page."""

    def __init__(self, lab: Lab, page: Any, path: str) -> None:
        self.lab, self.page, self.path = lab, page, path
        self.file = lab.folder / path
        if not page.url.startswith(f"{lab.url}/lab"):
            page.goto(f"{lab.url}/{lab.first_page}")
            page.wait_for_function("() => window.jupyterapp", timeout=lab.seconds * 1000)
        lab.opened = None
        page.evaluate(CLOSE_ALL)
        page.evaluate(OPEN, path)
        self.wait_until_idle()
        self.look()
        lab.opened = self

    def wait_until_idle(self) -> None:
        """Wait until the kernel has said that it is there and has nothing to do."""
        self.page.wait_for_function(IDLE, timeout=self.lab.seconds * 1000)

    def put(self, *sources: str) -> None:
        """Put these code cells in place of all there are; the kernel lives on."""
        self.page.evaluate(PUT_CELLS, list(sources))

    def command(self, name: str, **arguments: object) -> None:
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments])

    def run_all(self) -> None:
        """Run All and wait until every cell has run, or one has failed."""
        self.page.evaluate(FORGET_RUNS)
        # The command does nothing until JupyterLab has taken note of the notebook.
        self.page.wait_for_function("() => window.jupyterapp.commands.isEnabled('notebook:run-all-cells')")
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self.page.wait_for_function(ALL_RAN, timeout=self.lab.seconds * 1000)
        self.wait_until_idle()

    def run_cell(self, number: int, source: str | None = None) -> None:
        """Run one cell, with another source when one is given, and wait until it has run."""
        self.page.evaluate(RUN_CELL, [number, source])
        self.wait_until_idle()

    def run_code(self, code: str) -> str:
        """Run code in the notebook's kernel, beside the notebook, and return what it printed."""
        return self.page.evaluate(
            """async (code) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({ code, store_history: false });
                let out = "";
                future.onIOPub = (message) => {
                    if (message.header.msg_type === "stream") out += message.content.text;
                    if (message.header.msg_type === "error") out += message.content.evalue;
                };
                await future.done;
                return out;
            }""",
            code,
        ).strip()

    def python(self, expression: str) -> str:
        """Return what Python prints for an expression in the notebook's kernel."""
        return self.run_code(f"print({expression})")

    def wait_for(self, expression: str, value: str) -> None:
        """Wait until an expression in the notebook's kernel prints `value`."""
        until = time.monotonic() + self.lab.seconds / 6
        while (printed := self.python(expression)) != value:
            assert time.monotonic() < until, f"{expression} is {printed}, not {value}"

    def errors(self) -> list[str]:
        """Return the errors among the outputs, as name and message."""
        return self.page.evaluate(
            """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
                .filter((cell) => cell.type === "code")
                .flatMap((cell) => cell.outputs.toJSON())
                .filter((output) => output.output_type === "error")
                .map((output) => `${output.ename}: ${output.evalue}`)"""
        )

    def cells(self) -> int:
        return self.page.locator(".jp-Notebook-cell").count()

    def cell_kinds(self) -> list[str]:
        """Return the kind of each cell, once what was pressed so far is on the screen."""
        self.painted()
        return self.page.evaluate(
            "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map((c) => c.type)"
        )

    def save(self) -> dict[str, Any]:
        """Save by the command that Ctrl and S stand for, wherever the focus is, and return the file."""
        before = self.file.stat().st_mtime_ns
        # Not awaited: a dialog that asks something would never be answered here, and the tests look for one.
        # Over only with its checkpoint: JupyterLab drops, without a word, a save that is asked for before that.
        self.page.evaluate(
            """() => {
                window.saveIsOver = false;
                const over = () => { window.saveIsOver = true; };
                window.jupyterapp.commands.execute('docmanager:save').then(over, over);
            }"""
        )
        until = time.monotonic() + SECONDS
        while self.file.stat().st_mtime_ns == before or self.page.evaluate(
            "() => !window.saveIsOver || window.jupyterapp.shell.currentWidget.context.model.dirty"
        ):
            if time.monotonic() > until:
                pytest.fail("The notebook was not saved.")
            time.sleep(0.05)
        # The server empties a file before it writes it anew.
        while not (written := self.file.read_text(encoding="utf-8")).endswith("}\n"):
            if time.monotonic() > until:
                pytest.fail("The notebook was not written whole.")
            time.sleep(0.05)
        return json.loads(written)

    def look(self, theme: str = "light", width: int = 1400) -> None:
        """Set the theme and the window's width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.command("apputils:change-theme", theme=THEMES[theme])
        # The style sheet of a theme may arrive after its name: its paper is waited for, and a picture to go that
        # JupyterLab lays over the page meanwhile.
        self.page.wait_for_function(THEME_IS_ON, arg=[THEMES[theme], theme == "light"])
        self.painted()

    def settled(self) -> None:
        """Wait until the kernel has answered all it was sent so far, and the page has drawn the answers."""
        self.run_code("")
        self.wait_until_idle()
        self.painted()

    def listens(self, panel: str) -> None:
        """Wait until a panel hears keys: its scripts arrive after its controls."""
        self.page.wait_for_selector(f"{panel} >> css=.nhsr-unseen >> nth=1", state="attached")
        self.painted()

    def painted(self) -> None:
        """Wait until what was changed so far is on the screen."""
        self.page.evaluate(TWO_FRAMES)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, where the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def looks(self, panel: str, picture: str, wide: str = TOO_WIDE) -> None:
        """In both themes, wide and narrow: axe finds nothing in a panel, and nothing is wider than its place."""
        for theme, width in LOOKS:
            self.look(theme, width)
            self.screenshot(f"{picture}-{theme}-{width}")
            assert self.axe(panel) == [], (theme, width)
            assert not self.page.evaluate(wide, panel), (theme, width)

    def screenshot(self, name: str) -> None:
        """Draw every cell into screenshots/, one file for every 8,000 pixels.

        Pictures are for eyes, not for tests: without pytest's option --screenshots nothing is drawn.
        """
        if not self.lab.screenshots:
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        for old in (*SCREENSHOTS.glob(f"{name}.png"), *SCREENSHOTS.glob(f"{name}-part-*.png")):
            old.unlink()
        width, tall = self.page.viewport_size["width"], 8000
        end = """() => Math.ceil(Math.max(...[...document.querySelectorAll(".jp-NotebookPanel .jp-Cell")]
            .map((cell) => cell.getBoundingClientRect().bottom)))"""
        scroll = """(to) => {
            const outer = document.querySelector(".jp-NotebookPanel .jp-WindowedPanel-outer");
            outer.scrollTop = to;
            return outer.scrollTop;
        }"""
        self.page.evaluate(scroll, 0)
        self.page.set_viewport_size({"width": width, "height": max(400, min(self.page.evaluate(end) + 120, tall))})
        self.painted()
        box = self.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").bounding_box()
        total = self.page.evaluate(end) + 12 - box["y"]
        for part, begin in enumerate(range(0, int(total), int(box["height"])), 1):
            self.page.evaluate(scroll, begin)
            self.painted()
            # The last part cannot be scrolled to its beginning; its end is drawn then.
            shown = min(box["height"], total - begin)
            top = box["y"] + begin - self.page.evaluate(scroll, begin)
            file = SCREENSHOTS / (f"{name}.png" if total <= box["height"] else f"{name}-part-{part}.png")
            self.page.screenshot(path=file, clip={**box, "y": top, "height": shown})
        self.page.evaluate(scroll, 0)
        self.page.set_viewport_size({"width": width, "height": 900})

    def axe(self, selector: str) -> list[str]:
        """Return what axe finds wrong inside `selector`, one line each."""
        # JupyterLab lies in a box of no height whose overflow is hidden. It shows because it is positioned, but
        # axe takes everything in it for invisible, and would pass over the colours without a word.
        self.page.add_style_tag(content=".jp-ThemedContainer { overflow: visible !important; }")
        # Axe judges the colours of what is on the screen.
        size = self.page.viewport_size
        height = self.page.evaluate("(at) => document.querySelector(at).getBoundingClientRect().height", selector)
        self.page.set_viewport_size({"width": size["width"], "height": max(900, min(int(height) + 300, 8000))})
        self.page.locator(selector).first.scroll_into_view_if_needed()
        self.painted()
        faults = findings(self.page, selector)
        self.page.set_viewport_size(size)
        return faults


def draw(lab: Lab, page: Any, path: str, *sources: str) -> Notebook:
    """Run these cells with no work kept, and return the notebook. Where it is open already, its kernel is used again."""
    lab.forget_work()
    notebook = lab.opened
    if notebook is None or notebook.path != path:
        lab.write(path, *sources)
        notebook = Notebook(lab, page, path)
    else:
        notebook.put(*sources)
        notebook.look()
    # What the page keeps of words that no kernel has would be offered back.
    page.evaluate("() => sessionStorage.clear()")
    notebook.run_all()
    assert notebook.errors() == []
    return notebook
