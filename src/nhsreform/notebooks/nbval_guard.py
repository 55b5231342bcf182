"""A pytest plugin that closes the holes through which nbval lets a notebook pass unread.

Use it with nbval: `pytest -p nhsreform.notebooks.nbval_guard --nbval ...`. It sees to it that

- every code cell of a notebook is a test, and no test is skipped or excused
- a cell that was never run before commit fails, instead of passing uncompared
- a notebook whose outputs are kept apart is compared with those, cell by cell
- a kernel that dies is noticed within a second, not when the time is up
- after a cell ran out of time, the cells below fail at once
- each notebook keeps the learner's work in an empty folder of its own
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from pathlib import Path
from queue import Empty
from typing import Any

import nbval.kernel
import nbval.plugin
import pytest

from nhsreform.notebooks.files import outputs_of, own_work_folder
from nhsreform.text.files import read_text

_POLL_SECONDS = 1.0
_await_reply = nbval.kernel.RunningKernel.await_reply


def _await_reply_of_the_living(self: Any, msg_id: str, timeout: float | None = None) -> Any:
    """Wait as nbval does, but look every second whether the kernel still lives."""
    end = time.monotonic() + (timeout or float("inf"))
    while True:
        try:
            return _await_reply(self, msg_id, timeout=min(_POLL_SECONDS, max(0.05, end - time.monotonic())))
        except Empty:
            if not self.is_alive():
                raise RuntimeError("The kernel died while this cell was running.") from None
            if time.monotonic() >= end:
                raise


_collect = nbval.plugin.IPyNbFile.collect


def _collect_with_outputs(self: Any) -> Generator[Any]:
    """Collect the cells as nbval does, each with the outputs that are kept for it; one without any counts as never run."""
    outputs = outputs_of(self.path)
    for item in _collect(self):
        if outputs is not None:
            item.cell.outputs = outputs.get(item.cell.id, [])
            if item.cell.id not in outputs:
                item.cell.execution_count = None
        yield item


_set_up, _tear_down = nbval.plugin.IPyNbFile.setup, nbval.plugin.IPyNbFile.teardown


def _set_up_with_own_work(self: Any) -> None:
    """Start the notebook's kernel as nbval does, with an empty folder for the learner's work."""
    self.own_work = own_work_folder()
    self.own_work.__enter__()
    _set_up(self)


def _tear_down_whole(self: Any) -> None:
    """Stop the kernel as nbval does, and clear away what it leaves: its work, and the files of a kernel that died."""
    _tear_down(self)
    if hasattr(self.kernel, "km"):
        self.kernel.stop()
    self.own_work.__exit__(None, None, None)


def pytest_configure(config: pytest.Config) -> None:
    """Put the watchful wait and the tidy beginning and end of a notebook in place."""
    nbval.kernel.RunningKernel.await_reply = _await_reply_of_the_living
    nbval.plugin.IPyNbFile.collect = _collect_with_outputs
    nbval.plugin.IPyNbFile.setup = _set_up_with_own_work
    nbval.plugin.IPyNbFile.teardown = _tear_down_whole


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to start when a notebook's cells are not all there, unless single cells were asked for."""
    if any("::" in str(argument) for argument in config.args):
        return
    seen: dict[Path, int] = {}
    for item in items:
        if isinstance(item, nbval.plugin.IPyNbCell):
            seen[item.path] = seen.get(item.path, 0) + 1
    for path, count in seen.items():
        cells = json.loads(read_text(path))["cells"]
        code = sum(cell["cell_type"] == "code" for cell in cells)
        if count != code:
            raise pytest.UsageError(f"{path.name}: {count} of {code} code cells were collected.")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Stop at cells that cannot be compared."""
    if not isinstance(item, nbval.plugin.IPyNbCell):
        return
    if item.parent.timed_out:
        pytest.fail("A cell above ran out of time, so this one was not run.", pytrace=False)
    if not item.config.option.nbval_lax and item.cell.execution_count is None:
        pytest.fail("This cell was never run: nhsreform run writes its output.", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turn a skipped or excused cell into a failure."""
    report = yield
    if isinstance(item, nbval.plugin.IPyNbCell) and (report.skipped or hasattr(report, "wasxfail")):
        report.outcome = "failed"
        report.longrepr = "A cell may not be skipped or excused: nbval would not compare it."
        if hasattr(report, "wasxfail"):
            del report.wasxfail
    return report
