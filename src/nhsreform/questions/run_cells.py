"""Runs the cells of several notebooks in one process and says what their questions' variables hold.

A process of its own, started by build: `python -m nhsreform.questions.run_cells`. It reads a list of
{"cells": [code, ...], "ask": {question id: variable}} from standard input and writes one line of JSON for each: the plain
values, or the cell that failed. One process for all is many times faster than a kernel for each; that the notebooks also
run in a kernel, nbval proves.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from nhsreform.questions import judge


def run(cells: list[str], ask: dict[str, str]) -> dict[str, Any]:
    """Return {"values": {question id: plain value}}, or {"failed": cell, "error": what happened}."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(cells, 1):
        try:
            exec(compile(source, f"cell {number}", "exec"), space)
        except BaseException as error:
            return {"failed": source, "error": f"{type(error).__name__}: {error}"}
    return {"values": {question_id: judge.plain(space.get(name)) for question_id, name in ask.items()}}


def main() -> None:
    """Answer every request on standard input; what the cells print goes nowhere."""
    requests = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    out = sys.stdout.buffer
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for request in requests:
            answer = json.dumps(run(request["cells"], request["ask"]))
            out.write(answer.encode("ascii") + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
