"""A pytest plugin beside nbval: writes down, cell by cell, how the answers and checks of a notebook fared.

One line of JSON for each answer cell and check cell, appended at once to the file that NHSREFORM_REPORT names, so that
what was found before a run was cut short is not lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbval.plugin
import pytest


def _told(item: Any) -> tuple[str, str]:
    """Return what a cell displayed first, as text, and the error it ended with, or ""."""
    told, error = "", ""
    for output in item.test_outputs or []:
        told = told or output.get("data", {}).get("text/plain", "")
        if output.output_type == "error":
            error = f"{output.ename}: {output.evalue}".strip(": ")
    return told, error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Append what is known of a cell once it has run, or as soon as it is clear that it will not."""
    report = yield
    if not isinstance(item, nbval.plugin.IPyNbCell) or (call.when != "call" and report.passed):
        return report
    tags, found = item.cell.metadata.get("tags", []), item.cell.metadata.get("nhsreform", {})
    tag = next((tag for tag in ("answer", "check") if tag in tags), "")
    if tag:
        told, error = _told(item)
        line = {
            "question": found.get("question"),
            "tag": tag,
            "passed": report.passed,
            "ran": item.test_outputs is not None,
            "told": told,
            "error": error,
            "why": "" if report.passed else str(report.longrepr),
        }
        with Path(os.environ["NHSREFORM_REPORT"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report
