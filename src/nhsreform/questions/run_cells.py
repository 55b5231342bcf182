"""Runs the cells of a notebook one after another in this process, without a kernel.

Build does so for all worked notebooks and stubs in one process of its own, `python -m nhsreform.questions.run_cells`: many
times faster than a kernel for each. It reads a list of {"cells": [code, ...], "ask": {question id: variable}} from standard
input and writes one line of JSON for each: the plain values, or the cell that failed. The reading edition runs a notebook
to see what each cell shows. That the notebooks run in a kernel too, nbval proves.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

from nhsreform.questions.value import plain


class CellError(Exception):
    """A cell does not run. `number` counts from 1; the text is the name of the error and its message."""

    def __init__(self, number: int, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.number = number


def run(cells: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """Return (what each cell ends with: a value, or None; the names that the cells set). Raises CellError."""
    ends: list[Any] = []
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(cells, 1):
        try:
            body = ast.parse(source).body
            last = body[-1] if body else None
            if isinstance(last, ast.Expr):
                body.pop()
            exec(compile(ast.Module(body, []), f"cell {number}", "exec", dont_inherit=True), names)
            end = ast.Expression(last.value) if isinstance(last, ast.Expr) else ast.parse("None", mode="eval")
            ends.append(eval(compile(end, f"cell {number}", "eval", dont_inherit=True), names))
        except (Exception, SystemExit) as error:
            raise CellError(number, error) from error
    return ends, names


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return {"values": {question id: plain value}}, or {"failed": cell, "error": what happened}."""
    try:
        _, names = run(request["cells"])
    except CellError as error:
        return {"failed": request["cells"][error.number - 1], "error": str(error)}
    return {"values": {question_id: plain(names.get(name)) for question_id, name in request["ask"].items()}}


def main() -> None:
    """Answer every request on standard input; what the cells print goes nowhere."""
    requests = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    out = sys.stdout.buffer
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for request in requests:
            out.write(json.dumps(_answer(request)).encode("ascii") + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
