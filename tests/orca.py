"""The pack as the screen reader Orca says it: pages and widgets walked by keyboard in Firefox, on a screen that nobody sees.

python -m tests.orca                    every walk: some minutes
python -m tests.orca contrast coder     these walks

Run it with the Python of .venv-test, as one who is ready to read what is printed: each key, and what Orca says after it.
It is no part of the suite; what the accessible tree must hold stands in tests/browser/test_trees.py. On Debian:
apt-get install orca firefox-esr xvfb xdotool openbox dbus at-spi2-core.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nhsreform.commands import main as nhsreform
from tests.browser.lab import Lab, Notebook
from tests.firefox import NETWORK, Page, firefox

# Orca writes each sentence into its log before a voice gets it; with no voice it goes on at once.
SETTINGS = """
import orca.debug, orca.settings, orca.speech
orca.debug.debugLevel = orca.debug.LEVEL_INFO
orca.debug.debugFile = open({log!r}, "w", encoding="utf-8", buffering=1)
orca.speech.init = lambda: None
orca.settings.enableBraille = False
"""
SAID = re.compile(r"SPEECH OUTPUT: '(.*)'(?: voice=\w+)?\{.*\}$")
# Orca has said all there is when its log has not grown for so long.
QUIET, PATIENCE = 1.0, 30.0


class Desk:
    """A screen with a window manager, Orca, and its log."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.env, self._log, self._read = env, log, 0

    def heard(self) -> list[str]:
        """Return what Orca has said since the last time, once it is quiet."""
        until, size, since = time.monotonic() + PATIENCE, -1, time.monotonic()
        while time.monotonic() < until and time.monotonic() - since < QUIET:
            if (now := self._log.stat().st_size) != size:
                size, since = now, time.monotonic()
            time.sleep(0.05)
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._read)
            lines = log.read()
            self._read = log.tell()
        return [said[1] for line in lines.splitlines() if (said := SAID.search(line))]

    def press(self, keys: str) -> list[str]:
        """Press a key of the screen's own keyboard, as xdotool names it; return what Orca says."""
        subprocess.run(["xdotool", "key", "--clearmodifiers", keys], env=self.env, check=True)
        return self.heard()

    def type(self, text: str) -> list[str]:
        subprocess.run(["xdotool", "type", "--delay", "60", text], env=self.env, check=True)
        return self.heard()


@contextmanager
def desk() -> Iterator[Desk]:
    """Start the screen, a bus for it, a window manager and Orca; end them with it."""
    with (
        tempfile.TemporaryDirectory(prefix="nhsreform-orca-", ignore_cleanup_errors=True) as home,
        ExitStack() as all_of_it,
    ):
        env = {**os.environ, "HOME": home, "GTK_MODULES": "gail:atk-bridge", "GNOME_ACCESSIBILITY": "1"}
        for name in ("WAYLAND_DISPLAY", "NO_AT_BRIDGE", "XDG_RUNTIME_DIR"):
            env.pop(name, None)
        own = Path(home) / ".local" / "share" / "orca"
        own.mkdir(parents=True)
        log = Path(home) / "orca.log"
        (own / "orca-customizations.py").write_text(SETTINGS.format(log=str(log)), encoding="utf-8")

        def start(*command: str) -> str:
            """Start a program that tells a number or an address in its first line, or one that tells nothing."""
            tells = subprocess.PIPE if "1" in command or "--print-address=1" in command else subprocess.DEVNULL
            process = subprocess.Popen(command, env=env, stdout=tells, stderr=subprocess.DEVNULL, text=True)
            all_of_it.callback(process.wait)
            all_of_it.callback(process.terminate)
            return process.stdout.readline().strip() if process.stdout else ""

        env["DISPLAY"] = ":" + start("Xvfb", "-screen", "0", "1400x1000x24", "-displayfd", "1")
        env["DBUS_SESSION_BUS_ADDRESS"] = start("dbus-daemon", "--session", "--nofork", "--print-address=1")
        for key, name in (("interface", "toolkit-accessibility"), ("a11y.applications", "screen-reader-enabled")):
            subprocess.run(["gsettings", "set", f"org.gnome.desktop.{key}", name, "true"], env=env, check=False)
        start("openbox")
        start("orca", "--replace")
        until = time.monotonic() + 60
        while not log.exists() or "Screen reader on" not in log.read_text(encoding="utf-8", errors="replace"):
            if time.monotonic() > until:
                raise SystemExit("Orca does not start.")
            time.sleep(0.2)
        yield Desk(env, log)


def walk(desk: Desk, *keys: str) -> None:
    """Press these keys, and print what Orca says after each; `"words"` are typed, `3 Tab` is Tab three times."""
    for key in keys:
        many, _, name = key.rpartition(" ") if re.match(r"\d+ ", key) else ("1", "", key)
        for _ in range(int(many)):
            said = desk.type(key[1:-1]) if key.startswith('"') else desk.press(name)
            print(f"  {name:12} {' | '.join(said) or '(silence)'}", flush=True)


class Places:
    """Where the walks begin: pages of the reading edition, and cells in JupyterLab. Each is made when it is asked for."""

    def __init__(self, page: Page, desk: Desk, folder: Path) -> None:
        self.page, self.desk, self._folder = page, desk, folder
        self._site: Path | None = None
        self._lab: Lab | None = None

    def site(self, name: str) -> None:
        """Open a page of the reading edition."""
        if self._site is None:
            self._site = Path(os.environ.get("NHSREFORM_SITE", self._folder / "site"))
            if not self._site.exists():
                nhsreform(["build", "--site", str(self._site)])
        self.page.goto((self._site / name).as_uri())
        self.page.wait_for_function("() => document.documentElement.dataset.drawn")
        print("  (opened)     " + " | ".join(self.desk.heard()))

    def cells(self, *sources: str) -> Notebook:
        """Run cells in a new notebook of JupyterLab."""
        lab = self.lab()
        lab.forget_work()
        lab.write("scratch/walk.ipynb", *sources)
        notebook = Notebook(lab, self.page, "scratch/walk.ipynb")
        notebook.run_all()
        return notebook

    def lab(self) -> Lab:
        if self._lab is None:
            self._lab = Lab(self._folder, NETWORK)
            self._lab.start()
        return self._lab

    def focus(self, selector: str) -> None:
        """Put the focus where Tab would have brought it."""
        self.desk.heard()
        self.page.focus(selector)
        print("  (focus)      " + " | ".join(self.desk.heard()))

    def stop(self) -> None:
        if self._lab:
            self._lab.stop()


def reading(at: Places) -> None:
    at.site("notebooks/02-pct-managers.html")
    walk(at.desk, "Tab", "Return", *["h"] * 4, "8 Down", "t", "6 Down", "k", "s")


def site_contrast(at: Places) -> None:
    at.site("notebooks/02-pct-managers.html")
    at.focus(".live[data-widget=contrast] select[data-key=theme]")
    walk(at.desk, "Down", "3 Tab", "Right", "Right", "Return", "2 Tab", "Escape")


def exercise(at: Places) -> None:
    lab = at.lab()
    notebook = Notebook(lab, at.page, "exercises/01-joint-report.ipynb")
    notebook.run_cell(1)
    notebook.run_cell(3, 'q1_1 = "key"')
    at.page.evaluate("() => { document.querySelectorAll('.jp-Notebook-cell')[4].focus(); }")
    print("  (focus)      " + " | ".join(at.desk.heard()))
    walk(at.desk, "shift+Return", "Up")


# A cell, what in its widget has the focus first, and the keys.
CELLS = {
    "overview": ("nr.overview(coder_set=True)", ".nhsr-overview select", "Down", "Tab", "Right", "Down", "Return", "3 Tab", "Escape"),
    "reader": ("nr.reader('joint-report')", ".nhsr-reader .nhsr-bar button", "Return", "11 Tab", "Down", "Down", "Return", "3 Tab", "Escape"),
    "contrast": ("nr.contrast('engagement')", ".nhsr-contrast select[data-key=theme]", "3 Tab", "Right", "Return", "2 Tab", "Escape"),
    "coder": ("nr.coder()", ".nhsr-coder .nhsr-choices button", "Insert+a", "3", "Right", "2", "8 Tab", "Return", "Tab"),
    "board": ("nr.board()", ".nhsr-board textarea", '"Why?"', "Tab", '"vautrey"', "4 Tab", "Down", "Down", "Tab", "Return", "2 Tab", '"mine"', "3 Tab"),
    "simulator": ("nr.simulator('staff-exit')", ".nhsr-simulator input", '"6"', "Tab", "Return", "2 Tab", "Right", "Tab", "Left", "2 Tab"),
    "prediction": ("nr.predict('01.1')", ".nhsr-prediction textarea", "Tab", "Return", "shift+Tab", '"GPs"', "Tab", "Return", "2 Tab"),
}  # fmt: skip


def widget(at: Places, cell: str, selector: str, *keys: str) -> None:
    at.cells(f"import nhsreform as nr\n{cell}")
    at.focus(selector)
    walk(at.desk, *keys)


WALKS: dict[str, Callable[[Places], None]] = {
    "reading": reading, "site-contrast": site_contrast, "exercise": exercise,
    **{name: lambda at, walked=walked: widget(at, *walked) for name, walked in CELLS.items()},
}  # fmt: skip


def main(names: list[str]) -> int:
    """Print these walks, or all."""
    with (
        tempfile.TemporaryDirectory(prefix="nhsreform-orca-", ignore_cleanup_errors=True) as folder,
        desk() as one,
        firefox("--kiosk", env=one.env) as page,
    ):
        places = Places(page, one, Path(folder))
        try:
            for name in names or WALKS:
                print(f"{name}:", flush=True)
                WALKS[name](places)
        finally:
            places.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
