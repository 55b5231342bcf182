"""Two lanes of one suite, side by side: the tests that need JupyterLab, and all others.

`python3 start.py test` runs this file. Each lane is a pytest of its own, told by `--lane` which tests are its; one
summary closes the run, and the exit code is the worse of the two. Where the arguments name files or tests, or ask
for what only one process can give, there is one process, as with plain pytest.

tests/conftest.py takes the hooks from here, so plain pytest knows `--lane` too.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LANES = ("lab", "rest")
# JupyterLab's fixture: a test that asks for it, itself or through another fixture, belongs to the lab lane.
LAB_FIXTURE, LAB_FOLDER = "lab", "tests/browser"
# Before a commit: no browser, and of the notebooks the one that is enough to see that strict nbval works.
QUICK = ["tests", "notebooks/00-start-here.ipynb"]
# What only one process can do: talk to a keyboard, write one file, say something once.
ALONE = (
    "-h", "--help", "-V", "--version", "--pdb", "--trace", "--co", "--collect-only", "--fixtures", "--funcargs",
    "--fixtures-per-test", "--markers", "--setup-plan", "--cache-show", "--junit-xml", "--junitxml", "--log-file",
    "--lane", "--quick",
)  # fmt: skip
# Options whose value may stand apart from them. A word after any other is taken for a place to find tests in.
VALUED = (
    "-k", "-m", "-n", "-o", "-p", "-r", "-c", "-W", "--tb", "--color", "--maxfail", "--durations", "--durations-min",
    "--ignore", "--ignore-glob", "--deselect", "--dist", "--capture", "--basetemp", "--lfnf", "--show-capture",
    "--override-ini", "--pythonwarnings", "--numprocesses", "--import-mode", "--nbval-cell-timeout",
)  # fmt: skip
FAILED, INTERRUPTED, INTERNAL_ERROR, NO_TESTS = 1, 2, 3, 5
ORDER = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warnings", "error")


# What pytest is told


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--lane` and `--quick`, and `--screenshots` for the tests in a browser."""
    group = parser.getgroup("lanes", "which part of the suite")
    group.addoption("--lane", choices=LANES, help="only the tests that need JupyterLab (lab), or only the others")
    group.addoption("--quick", action="store_true", help="no browser, one kernel, nothing that is marked slow")
    parser.addoption("--screenshots", action="store_true", help="draw what the lab lane sees into screenshots/")
    group.addoption("--lane-report", metavar="FILE", help="write the counts there and leave the summary to tests.lanes")


def pytest_configure(config: pytest.Config) -> None:
    """Spare the lab lane and the quick run the collection of what can hold no test of their own."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    if config.getoption("lane") == "lab":
        config.args = [LAB_FOLDER]
    elif config.getoption("quick"):
        config.args = QUICK
        config.option.ignore = [*(config.option.ignore or []), LAB_FOLDER]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the lane's own tests. The others are the other lane's, so nobody counts them as deselected."""
    lane = config.getoption("lane")
    if lane:
        items[:] = [item for item in items if (LAB_FIXTURE in getattr(item, "fixturenames", ())) == (lane == "lab")]
    if config.getoption("quick"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the counts and the short summary to the runner, which puts two lanes into one."""
    place = session.config.getoption("lane_report")
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if not place or reporter is None:
        return

    def write() -> None:
        counts = {
            name: sum(getattr(report, "count_towards_summary", True) for report in reporter.stats.get(name, []))
            for name in ORDER
        }
        lines = [said(report) for name in ("failed", "error") for report in reporter.stats.get(name, [])]
        Path(place).write_text(json.dumps({"counts": counts, "lines": lines}), encoding="utf-8")

    reporter.short_test_summary = lambda: None
    reporter.summary_stats = write


def said(report: Any) -> str:
    """Return the line of pytest's short summary for a report of something that failed."""
    crash = getattr(report.longrepr, "reprcrash", None)
    why = crash.message if crash else str(report.longrepr)
    first = next(filter(None, map(str.strip, why.splitlines())), "")
    word = "FAILED" if report.outcome == "failed" and report.when == "call" else "ERROR"
    return f"{word} {report.nodeid}" + (f" - {first}" if first else "")


# What runs two of them


class Lane:
    """One pytest, and what it says: its progress at once, with its name before each line, its failures as a block."""

    printing = threading.Lock()

    def __init__(self, name: str, arguments: list[str], folder: Path) -> None:
        """Start pytest on the lane's part of the suite."""
        self.name = name
        self.report = folder / f"{name}.json"
        self.failures: list[str] = []
        width = str(shutil.get_terminal_size().columns - len(self.mark))
        command = [sys.executable, "-m", "pytest", f"--lane={name}", f"--lane-report={self.report}"]
        # Two processes may not write one cache; where a lane failed nowhere, --lf has nothing to run in it.
        command += ["-o", f"cache_dir=.pytest_cache/{name}", "--lfnf=none"]
        command += ["--color=yes"] if sys.stdout.isatty() else []
        self.process = subprocess.Popen(
            command + arguments,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": width},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def mark(self) -> str:
        return f"{self.name:4} | "

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if self.failures or line.strip("= \n") in ("FAILURES", "ERRORS"):
                self.failures.append(line)
                continue
            self._print(self.mark + line)
        if self.failures:
            self._print(f"\n{self.name} lane:\n" + "".join(self.failures))

    def _print(self, text: str) -> None:
        with self.printing:
            sys.stdout.write(text)
            sys.stdout.flush()

    def wait(self) -> None:
        """Wait until the lane has ended and all it said is shown."""
        self.process.wait()
        self.reader.join()

    def result(self) -> tuple[int, dict[str, int], list[str]]:
        """Return the exit code, how many tests ended how, and a line for each that failed.

        A lane that ended before it could count is an error of its own.
        """
        code = self.process.returncode
        try:
            report = json.loads(self.report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            return max(code, INTERNAL_ERROR), {"error": 1}, [f"ERROR {self.name} lane - it {how}, before any summary"]
        return code if code >= 0 else INTERNAL_ERROR, report["counts"], report["lines"]


def alone(arguments: list[str]) -> bool:
    """Return whether these arguments for pytest are for one process: they name a place, or what only one can do."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if word.split("=")[0] in ALONE or (not word.startswith("-") and before not in VALUED):
            return True
    return False


def side_by_side(arguments: list[str]) -> int:
    """Run both lanes, print one summary, and return the worse exit code."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nhsreform-lanes-", ignore_cleanup_errors=True) as folder:
        lanes = [Lane(name, [*workers(name, arguments), *arguments], Path(folder)) for name in LANES]
        interrupted = waited_for(lanes)
        results = [lane.result() for lane in lanes]
    codes = [code for code, _, _ in results]
    # A lane in which nothing was to be run is no failure while the other had something to run.
    codes = [code for code in codes if code != NO_TESTS] or [NO_TESTS]
    counts = {name: sum(count.get(name, 0) for _, count, _ in results) for name in ORDER}
    lines = [line for _, _, each in results for line in each]
    # What breaks while tests are collected breaks in both lanes.
    once = list(dict.fromkeys(lines))
    counts["error"] -= len(lines) - len(once)
    tell(once, counts, time.monotonic() - begun)
    return INTERRUPTED if interrupted else max(codes)


def workers(lane: str, arguments: list[str]) -> list[str]:
    """Return how many processes a lane is to be spread over: JupyterLab's has one page, so one; the others mostly wait."""
    asked = any(word.startswith(("-n", "--numprocesses")) for word in arguments)
    # Without plugins there is no -n.
    spread = lane == "rest" and not asked and "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ
    return ["-n2"] if spread else []


def waited_for(lanes: list[Lane]) -> bool:
    """Wait for every lane; return whether somebody pressed Ctrl-C, which ends them all."""
    interrupted = False
    for lane in lanes:
        while True:
            try:
                lane.wait()
                break
            except KeyboardInterrupt:
                # From a keyboard the lanes have it too; sent to this process alone, they have not.
                for other in lanes:
                    if not interrupted and os.name != "nt" and other.process.poll() is None:
                        other.process.send_signal(signal.SIGINT)
                    elif interrupted:
                        other.process.kill()
                interrupted = True
    return interrupted


def tell(lines: list[str], counts: dict[str, int], seconds: float) -> None:
    """Print the short summary and the last line as pytest words them."""
    width = shutil.get_terminal_size().columns
    if lines:
        print(" short test summary info ".center(width, "="))
        print("\n".join(lines))
    parts = [
        f"{counts[name]} {name.rstrip('s') if counts[name] == 1 else {'error': 'errors'}.get(name, name)}"
        for name in ORDER
        if counts[name]
    ]
    told = f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s "
    told += f"({int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}) " if seconds >= 60 else ""
    colour = "31" if lines else "32" if counts["passed"] else "33"
    line = told.center(width, "=")
    print(f"\033[{colour}m{line}\033[0m" if sys.stdout.isatty() else line, flush=True)


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments, in two processes where that can be; return the exit code."""
    if "--quick" in arguments:
        arguments = [*workers("rest", arguments), *arguments]
    if alone(arguments):
        return int(pytest.main(arguments))
    return side_by_side(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
