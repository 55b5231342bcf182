"""JupyterLab in a headless Chromium, with no network: what the browser tests stand on.

One server per session, started as start.py starts it, from a copy of the checkout in a temporary folder,
with every Jupyter folder temporary too. Attempts to reach anything but this computer are counted at three
places: requests of the page, connections of the browser, and name look-ups and connections of the server
and its kernels. After each test the count must be zero.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCREENSHOTS = CHECKOUT / "screenshots"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "my-work", "screenshots", "__pycache__", ".ipynb_checkpoints", ".*_cache", "*.egg-info", "wheels"
)
LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SECONDS = 60
# What a browser does on its own account is switched off: only what the page asks for may count.
QUIET = [
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--metrics-recording-only",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--no-pings",
    "--disable-gpu", "--font-render-hinting=none",
]  # fmt: skip

# The browser looks for newer versions of its own parts whatever it is told; no page asks for these.
BROWSERS_OWN = ("update.googleapis.com", "clients2.google.com", ".gvt1.com")

# Runs in the server and in every kernel, before anything else: refuses and records.
WATCH = """
import os, sys

def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto"):
        host = args[1][0] if isinstance(args[1], tuple) else ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or ""
    if host in ("", "localhost", "0.0.0.0", "::", "::1") or host.startswith("127."):
        return
    with open(os.environ["NHSREFORM_ATTEMPTS"], "a") as file:
        file.write(f"{event} {host}\\n")
    raise OSError(f"no network in the tests: {host}")

sys.addaudithook(watch)
"""


# --- no network ------------------------------------------------------------------------------------


def _raise_loopback() -> None:
    """Bring up the loopback device of a new network namespace (what `ip link set lo up` does)."""
    import fcntl

    set_flags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh", b"lo", up_and_running))


@contextmanager
def network_cut() -> Iterator[bool]:
    """Put this thread, and all it starts, where only loopback exists; yield whether that was allowed.

    Needs Linux and the right to make a network namespace. Without it the tests still refuse and count.
    """
    new_network = 0x40000000
    here = Path("/proc/thread-self/ns/net")
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    before = os.open(here, os.O_RDONLY) if libc and here.exists() else None
    cut = before is not None and libc.unshare(new_network) == 0
    try:
        if cut:
            _raise_loopback()
        yield cut
    finally:
        if cut:
            libc.setns(before, new_network)
        if before is not None:
            os.close(before)


class Refuser(threading.Thread):
    """A proxy for the browser that records what it is asked for and refuses it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                guest, _ = self._door.accept()
            except OSError:
                return
            with guest:
                guest.settimeout(2)
                try:
                    asked = guest.recv(300).split(b"\r\n")[0].decode("latin-1")
                    if not any(host in asked for host in BROWSERS_OWN):
                        self.asked.append(asked)
                    guest.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    self.asked.append("a connection that said nothing")

    def close(self) -> None:
        self._door.close()


# --- the server ------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


class Lab:
    """A JupyterLab server on a copy of the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.attempts_file = folder / "attempts.txt"
        self.attempts_file.touch()
        self.log = folder / "server.log"
        self.requests: list[str] = []
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
        self._start = _load(self.folder / "start.py")
        self._start.LEARNER.python = sys.executable
        return {
            **self._start.lab_env(),
            **homes,
            "PYTHONPATH": os.pathsep.join([str(watcher), str(self.folder / "src")]),
            "NHSREFORM_ATTEMPTS": str(self.attempts_file),
        }

    def start(self) -> None:
        port = free_port()
        command = [*self._start.lab_command(port, False), "--IdentityProvider.token=", "--expose-app-in-browser"]
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
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

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

    def attempted(self) -> list[str]:
        """Return every attempt to reach another computer so far."""
        return [*self.requests, *self.attempts_file.read_text().splitlines()]

    def forget_attempts(self) -> None:
        self.requests.clear()
        self.attempts_file.write_text("")


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("start_of_the_copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- a notebook in the browser ---------------------------------------------------------------------


class Notebook:
    """A notebook open in JupyterLab. `page` is Playwright's page."""

    def __init__(self, lab: Lab, page: Any, path: str) -> None:
        self.lab, self.page, self.path = lab, page, path
        self.file = lab.folder / path
        page.goto(f"{lab.url}/lab/workspaces/test/tree/{path}?reset")
        page.wait_for_function("() => window.jupyterapp", timeout=SECONDS * 1000)
        page.evaluate(
            """async () => {
                const app = window.jupyterapp;
                await app.restored;
                app.shell.collapseLeft();
                const until = Date.now() + 60000;
                while (!app.shell.currentWidget?.context && Date.now() < until)
                    await new Promise((done) => setTimeout(done, 50));
                const panel = app.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
            }"""
        )
        self.look()  # The server remembers the theme of the test before.

    def command(self, name: str, **arguments: object) -> None:
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments])

    def run_all(self) -> None:
        """Run All and wait until every cell has run, or one has failed.

        Tried twice: now and then the first notebook of a fresh server never runs.
        """
        done = """() => {
            const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells]
                .filter((cell) => cell.type === "code" && cell.sharedModel.getSource().trim());
            const failed = (cell) => cell.outputs.toJSON().some((output) => output.output_type === "error");
            const ran = (cell) => cell.executionCount !== null && cell.executionState !== "running";
            return cells.some(failed) || cells.every(ran);
        }"""
        for last in (False, True):
            self.command("notebook:run-all-cells")
            try:
                self.page.wait_for_function(done, timeout=SECONDS * 1000)
                break
            except Exception:
                if last:
                    raise
                self.command("kernelmenu:restart")
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        )

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

    def save(self) -> dict[str, Any]:
        """Save as a learner does, and return the file."""
        before = self.file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + 20
        while self.file.stat().st_mtime_ns == before or self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
        ):
            if time.monotonic() > until:
                pytest.fail("The notebook was not saved.")
            time.sleep(0.05)
        return json.loads(self.file.read_text(encoding="utf-8"))

    def look(self, theme: str = "light", width: int = 1400) -> None:
        """Set the theme and the window's width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.command("apputils:change-theme", theme=THEMES[theme])
        self.page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light", arg=str(theme == "light").lower()
        )
        # The style sheet of a theme arrives after its name.
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(300)

    def screenshot(self, name: str) -> list[Path]:
        """Draw the whole notebook, every cell, into screenshots/, and return the files: one for every 8,000 pixels."""
        SCREENSHOTS.mkdir(exist_ok=True)
        for old in (*SCREENSHOTS.glob(f"{name}.png"), *SCREENSHOTS.glob(f"{name}-part-*.png")):
            old.unlink()
        width, tall = self.page.viewport_size["width"], 8000
        end = """() => Math.ceil(Math.max(...[...document.querySelectorAll(".jp-NotebookPanel .jp-Cell")]
            .map((cell) => cell.getBoundingClientRect().bottom)))"""
        scroll = "(to) => { document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop = to; }"
        self.page.evaluate(scroll, 0)
        self.page.set_viewport_size({"width": width, "height": max(400, min(self.page.evaluate(end) + 120, tall))})
        self.page.wait_for_timeout(300)
        box = self.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").bounding_box()
        total = self.page.evaluate(end) + 12 - box["y"]
        files = []
        for part, begin in enumerate(range(0, int(total), int(box["height"])), 1):
            self.page.evaluate(scroll, begin)
            self.page.wait_for_timeout(100)
            # The last part cannot be scrolled to its beginning; its end is drawn then.
            shown = min(box["height"], total - begin)
            top = (
                box["y"]
                + begin
                - self.page.evaluate(
                    "() => document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop"
                )
            )
            files.append(SCREENSHOTS / (f"{name}.png" if total <= box["height"] else f"{name}-part-{part}.png"))
            self.page.screenshot(path=files[-1], clip={**box, "y": top, "height": shown})
        self.page.evaluate(scroll, 0)
        self.page.set_viewport_size({"width": width, "height": 900})
        return files

    def axe(self, selector: str) -> list[str]:
        """Return what axe finds wrong inside `selector`, one line each."""
        from axe_playwright_python.sync_playwright import Axe

        # JupyterLab lies in a box of no height whose overflow is hidden. It shows because it is positioned, but
        # axe takes everything in it for invisible, and would pass over the colours without a word.
        self.page.add_style_tag(content=".jp-ThemedContainer { overflow: visible !important; }")
        # Axe judges the colours of what is on the screen.
        size = self.page.viewport_size
        height = self.page.evaluate("(at) => document.querySelector(at).getBoundingClientRect().height", selector)
        self.page.set_viewport_size({"width": size["width"], "height": max(900, min(int(height) + 300, 8000))})
        response = Axe().run(self.page, context=selector, options={}).response
        self.page.set_viewport_size(size)
        assert any(rule["id"] == "color-contrast" for rule in response["passes"] + response["violations"])
        return [
            f"{rule['id']}: {node['html']}: {node['failureSummary']}"
            for rule in response["violations"]
            for node in rule["nodes"]
        ]


# --- fixtures --------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: what runs after them would be without network and inside Playwright's event loop."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = os.environ.get("NHSREFORM_CHROMIUM") or shutil.which("chromium")
    if path and Path(path).exists():
        return path
    told = f"no Chromium at {path or 'NHSREFORM_CHROMIUM or on the path'}"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


@pytest.fixture(scope="session")
def cut(chromium_path: str) -> Iterator[bool]:
    """Whether the whole session is cut off from every network, by the system itself."""
    with network_cut() as allowed:
        yield allowed


@pytest.fixture(scope="session")
def refuser(cut: bool) -> Iterator[Refuser]:
    proxy = Refuser()
    proxy.start()
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def browser(chromium_path: str, refuser: Refuser) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox of Chromium does not work for root, and containers run as root.
        options = {"chromium_sandbox": hasattr(os, "geteuid") and os.geteuid() != 0}
        started = playwright.chromium.launch(
            executable_path=chromium_path,
            args=QUIET,
            proxy={"server": refuser.address, "bypass": "127.0.0.1"},
            **options,
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, cut: bool) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("lab"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_notebook(lab: Lab, browser: Any) -> Iterator[Any]:
    """A function that opens a notebook of the copy, given its path, in a fresh browser profile."""
    contexts = []

    def open_it(path: str, **options: Any) -> Notebook:
        context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce", **options)
        contexts.append(context)

        def note(request: Any) -> None:
            where = urlsplit(request.url)
            if where.scheme not in ("data", "blob", "about") and where.hostname not in LOOPBACK:
                lab.requests.append(f"page {request.url}")

        context.on("request", note)
        return Notebook(lab, context.new_page(), path)

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def nothing_asked(refuser: Refuser) -> Iterator[None]:
    """After a test that needs no JupyterLab: the browser asked nothing of another computer."""
    yield
    asked = list(refuser.asked)
    refuser.asked.clear()
    assert not asked


@pytest.fixture(autouse=True)
def nothing_attempted(lab: Lab, refuser: Refuser) -> Iterator[None]:
    """After each test: nothing tried to reach another computer."""
    yield
    attempted = [*lab.attempted(), *refuser.asked]
    lab.forget_attempts()
    refuser.asked.clear()
    assert not attempted, "\n".join(attempted)
