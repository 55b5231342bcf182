"""Two lanes of one suite, side by side: the tests that need JupyterLab, and all others.

`python3 start.py test` runs this file. Each lane is a pytest of its own, told by `--lane` which tests are its; the summary
of the one tells the other's tests too, and the exit code is the worse of the two. Where the arguments name files or tests, or ask
for what only one process can give, there is one process, as with plain pytest.

tests/conftest.py takes the hooks from here, so plain pytest knows `--lane` too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.terminal import WarningReport

ROOT = Path(__file__).resolve().parent.parent
LANES = ("lab", "rest")
# JupyterLab's fixture: a test that asks for it, itself or through another fixture, belongs to the lab lane.
LAB_FIXTURE, LAB_FOLDER = "lab", "tests/browser"
# Before a commit: no browser, and of the notebooks the one that is enough to see that strict nbval works.
QUICK = ["tests", "notebooks/00-start-here.ipynb"]
# What only one process can do: talk to a keyboard, write one file, say something once.
ALONE = (
    "lane", "quick", "help", "version", "usepdb", "trace", "collectonly", "showfixtures", "show_fixtures_per_test", "markers",
    "setupplan", "cacheshow", "xmlpath", "log_file",
)  # fmt: skip
INTERNAL_ERROR, NO_TESTS = 3, 5
TOLD = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warnings", "error")


# What pytest is told


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--lane` and `--quick`, and `--screenshots` for the tests in a browser."""
    group = parser.getgroup("lanes", "which part of the suite")
    group.addoption("--lane", choices=LANES, help="only the tests that need JupyterLab (lab), or only the others")
    group.addoption("--quick", action="store_true", help="no browser, one kernel, nothing that is marked slow")
    parser.addoption("--screenshots", action="store_true", help="draw what the lab lane sees into screenshots/")
    group.addoption("--lane-report", metavar="FILE", help="write there what tests.lanes tells")


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
    lane = getattr(config, "workerinput", {}).get("lane") or config.getoption("lane")
    if lane:
        items[:] = [item for item in items if (LAB_FIXTURE in getattr(item, "fixturenames", ())) == (lane == "lab")]
    if config.getoption("quick"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what the lane has to say, for the process that tells it."""
    config = session.config
    place, reporter = config.getoption("lane_report"), config.pluginmanager.get_plugin("terminalreporter")
    if place and reporter is not None:
        stats = {name: [_plain(config, each) for each in reporter.stats.get(name, [])] for name in TOLD}
        Path(place).write_text(json.dumps(stats, default=str), encoding="utf-8")


def _plain(config: pytest.Config, report: Any) -> Any:
    """Return a report, a warning or what was deselected as JSON can hold it."""
    if isinstance(report, WarningReport):
        return vars(report)
    return config.hook.pytest_report_to_serializable(config=config, report=report)


# What runs two of them


class Beside:
    """Where the whole suite is asked for, this pytest runs one lane, and the lab lane is a pytest of its own beside it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where the lab lane writes."""
        self.report, self.log = folder / "report.json", folder / "log.txt"
        self.process: subprocess.Popen[bytes] | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, Any, Any]:
        """Start what runs beside this, and end with it."""
        whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
        if whole and not any(config.getoption(name, None) for name in ALONE):
            self._start(list(config.invocation_params.args))
            config.option.lane, config.option.last_failed_no_failures = "rest", "none"
        # All but the lab lane is spread over two processes: its tests mostly wait. JupyterLab has one page.
        if (config.option.quick or self.process) and getattr(config.option, "numprocesses", 0) is None:
            config.option.numprocesses = 2
        try:
            return (yield)
        finally:
            if self.process:
                self.process.kill()
                self.process.wait()

    def _start(self, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "pytest", "--lane=lab", f"--lane-report={self.report}"]
        # Two processes may not write one cache; where a lane failed nowhere, --lf has nothing to run in it.
        command += ["-o", "cache_dir=.pytest_cache/lab", "--lfnf=none"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command + arguments, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a process of pytest-xdist its lane: it reads the command line alone."""
        node.workerinput["lane"] = node.config.option.lane

    def pytest_report_header(self) -> str:
        return "the lab lane runs beside this one, and is told at the end" if self.process else ""

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Pass Ctrl-C on: from a keyboard the lane has it too; sent to this process alone, it has not."""
        if excinfo.type is KeyboardInterrupt and os.name != "nt" and self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for the lane, and put its reports among those of this run: pytest tells and counts them all."""
        if not self.process:
            return
        try:
            code = self.process.wait()
        except KeyboardInterrupt:
            self.process.kill()
            code = self.process.wait()
        stats: Any = session.config.pluginmanager.get_plugin("terminalreporter").stats
        code, reports = self._result(session.config, code)
        # What breaks while tests are collected breaks in both lanes.
        known = {report.nodeid for report in stats.get("error", [])}
        for name, each in reports.items():
            stats.setdefault(name, []).extend(one for one in each if name != "error" or one.nodeid not in known)
        # A lane in which nothing was to be run is no failure while the other had something to run.
        codes = {int(session.exitstatus), code}
        session.exitstatus = max(codes - {NO_TESTS}, default=NO_TESTS)

    def _result(self, config: pytest.Config, code: int) -> tuple[int, dict[str, list[Any]]]:
        """Return the exit code, and what the lane reports. One that ended before it could is an error of its own."""
        try:
            stats = json.loads(self.report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            said = self.log.read_text(encoding="utf-8", errors="replace")
            lane = pytest.CollectReport("lab lane", "failed", f"It {how}, before any summary.\n{said}", None)
            return max(code, INTERNAL_ERROR), {"error": [lane]}
        read = config.hook.pytest_report_from_serializable
        reports = {name: [each and read(config=config, data=each) for each in stats[name]] for name in TOLD}
        reports["warnings"] = [WarningReport(**each) for each in stats["warnings"]]
        # What was deselected is only counted.
        reports["deselected"] = [SimpleNamespace() for _ in stats["deselected"]]
        return code if code >= 0 else INTERNAL_ERROR, reports


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="nhsreform-lanes-", ignore_cleanup_errors=True) as place:
        code = pytest.main(sys.argv[1:], [Beside(Path(place))])
    raise SystemExit(code)
