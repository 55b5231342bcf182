"""The process that a student's cells run in, and the warm process that it is forked from. Neither ever sees the key.

`serve` is the warm process: it goes into the room (see linux), loads what notebooks need, and then forks once for each
notebook it is handed. It never reads a notebook itself, so nothing of one student's is in the memory that the next one
inherits. Between it and the student's process stands a keeper, outside the student's reach, who stops the clock.
`fresh` is the same for systems without such rooms: a new process for each notebook.

What goes out is lines of JSON, at most MAX_BYTES and MAX_LINES in all. A student's code can write such lines too: it can lie about
its own values, which is the same as handing in those values. What is right is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import nhsreform.questions
from nhsreform.marking.sandbox import linux, read_notebook, system_calls
from nhsreform.marking.sandbox.written import Shipped
from nhsreform.questions.value import Plain, plain

MAX_BYTES = 2_000_000
MAX_LINES = 20_000
MAX_VALUE = 200_000
MEMORY_BYTES = 1 << 30
# How a run ends: on its own, out of time, or after writing more than MAX_BYTES or MAX_LINES.
ENDED, SLOW, FLOOD = 0, 1, 2
REPLY = struct.Struct("<BI")

Send = Callable[[dict[str, Any]], None]


# --- one notebook -----------------------------------------------------------------------------------------------


class _Silent:
    """Stands where IPython would: everything can be asked of it, and nothing happens."""

    def __init__(self, run: Callable[[str], None]) -> None:
        self._run = run

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run the body where the magic would have run it as Python."""
        if name in ("time", "timeit", "capture", "prun"):
            self._run(body)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def learner_stub(checked: Callable[[object, object], None]) -> types.ModuleType:
    """Return what stands in the place of nhsreform.questions.learner: it shows nothing, and knows no question."""
    stub = types.ModuleType("nhsreform.questions.learner")

    def check(question_id: object = "", value: object = None, *_: object) -> None:
        checked(question_id, value)

    stub.check = check  # type: ignore[attr-defined]
    for name in ("hint", "answer", "progress"):
        setattr(stub, name, lambda *_, **__: None)
    return stub


def compiled(source: str) -> types.CodeType:
    """Return a cell as code; IPython's own notation (%, !, ?) is translated first. Raises SyntaxError and the like."""
    try:
        return compile(source, "<cell>", "exec", dont_inherit=True)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return compile(TransformerManager().transform_cell(source), "<cell>", "exec", dont_inherit=True)


def _error_name(error: BaseException) -> str:
    return str(type.__dict__["__name__"].__get__(type(error)))[:40]


class _Play:
    """Runs the cells of one notebook in order, and sends what they set."""

    def __init__(self, reading: read_notebook.Reading, skip: set[int], send: Send) -> None:
        self.cells, self.skip, self.send = reading.cells, skip, send
        self.module = types.ModuleType("__main__")
        self.out_of_order: list[int] = []
        # What stubs that nobody touched hold, by question: no answer, also where it is given to nr.check.
        self.stubs: dict[str, Plain] = {}
        space = self.module.__dict__
        silent = _Silent(lambda body: exec(compiled(body), space))
        space |= {"get_ipython": lambda: silent, "display": lambda *_, **__: None, "In": [], "Out": {}}

    def checked(self, question_id: object, value: object) -> None:
        """Send what a notebook gives to nr.check; it counts where the question's own variable is not set."""
        if isinstance(question_id, str) and read_notebook.QUESTION.fullmatch(question_id):
            checked = plain(value)
            stub = self.stubs.get(question_id)
            self.send({"checked": question_id, "value": plain(...) if checked == stub else checked})

    def all(self) -> None:
        """Run every cell; then, once more, those that came before what they need."""
        sys.modules["__main__"] = self.module
        stub = sys.modules["nhsreform.questions.learner"] = learner_stub(self.checked)
        nhsreform.questions.learner = stub
        number = 0
        while number < len(self.cells):
            number = self.one(number)
        for late in self.out_of_order:
            self.send({"again": late})
            self.one(late)
        self.send({"end": True})

    def one(self, number: int) -> int:
        """Run one cell, joined with the next where only the two together are Python; return the next number."""
        self.send({"begin": number})
        if number in self.skip:
            return number + 1
        after, error = number + 1, ""
        try:
            code, after = self._code(number)
            exec(code, self.module.__dict__)
        except NameError as problem:
            error = _error_name(problem)
            if number not in self.out_of_order:
                self.out_of_order.append(number)
        except BaseException as problem:  # a cell may raise anything: SystemExit, KeyboardInterrupt
            error = _error_name(problem)
        if error:
            self.send({"cell": number, "error": error})
        untouched = all(cell.untouched for cell in self.cells[number:after])
        for question in dict.fromkeys(q for cell in self.cells[number:after] for q in cell.questions):
            name = read_notebook.variable(question)
            if name in self.module.__dict__:
                value = plain(self.module.__dict__[name])
                if untouched:
                    self.stubs[question] = value
                    value = plain(...)
                self.send({"cell": number, "question": question, "value": value})
        return after

    def _code(self, number: int) -> tuple[types.CodeType, int]:
        cell = self.cells[number]
        try:
            return compiled(cell.source), number + 1
        except SyntaxError:
            following = self.cells[number + 1] if number + 1 < len(self.cells) else None
            if not cell.tagged or following is None or following.tagged != cell.tagged:
                raise
            code = compile(cell.source.rstrip("\n") + "\n" + following.source, "<cell>", "exec", dont_inherit=True)
            self.send({"joined": number})
            return code, number + 2


def sender(file: int) -> Send:
    """Return a function that writes one message as a line of JSON. A value too long to send is said to be so."""
    write, dumps = os.write, json.dumps

    def send(message: dict[str, Any]) -> None:
        line = dumps(message, ensure_ascii=False).encode("utf-8", "replace")
        if len(line) > MAX_VALUE and "value" in message:
            line = dumps(
                message | {"value": {"type": "other", "name": "a value too long to read", "cut": True}}
            ).encode()
        left = memoryview(line + b"\n")
        while left:
            left = left[write(file, left) :]

    return send


def play(request: bytes, send: Send, shipped: Shipped | None = None) -> None:
    """Read and run one notebook. `request` is a line of JSON, {"skip": [numbers of cells]}, and the notebook's file.

    The line may hold `shipped` too: see read_notebook.read.
    """
    # The same notebook gives the same answers each time it is marked.
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    order, _, data = request.partition(b"\n")
    asked = json.loads(order)
    skip = set(asked["skip"])
    reading = read_notebook.read(data, asked.get("shipped", shipped))
    send(
        {
            "read": [cell.questions for cell in reading.cells],
            "notes": reading.notes,
            "contested": sorted(reading.contested),
            "doubt": reading.doubt,
            "written": reading.written.texts,
            "stands": list(reading.written.stands),
            "worked": reading.written.worked,
            "untouched": list(reading.written.untouched),
        }
    )
    _Play(reading, skip, send).all()


def _quiet() -> None:
    """Point standard input, output and error at nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in (0, 1, 2):
        os.dup2(nothing, file)
    if nothing > 2:
        os.close(nothing)


def watch(
    receive: Callable[[float], bytes | None], cell_seconds: float, all_seconds: float, start_seconds: float = 0.0
) -> tuple[int, bytes]:
    """Collect what a run writes until it ends, is out of time, or writes too much; return how it ended, and all of it.

    `receive` waits so many seconds at most and returns what has come, b"" at the end, None when nothing came.
    A cell has `cell_seconds` to finish, the whole notebook `all_seconds`, both counted from the first line on;
    that line, sent when the file has been read, has `start_seconds` more.
    """
    got, lines = bytearray(), 0
    begun = cell_begun = time.monotonic() + start_seconds
    while True:
        left = min(cell_begun + cell_seconds, begun + all_seconds) - time.monotonic()
        if left <= 0:
            return SLOW, bytes(got)
        chunk = receive(left)
        if chunk is None:
            continue
        if not chunk:
            return ENDED, bytes(got)
        if b"\n" in chunk:
            cell_begun = time.monotonic()
            begun = begun if b"\n" in got else cell_begun
        got += chunk
        lines += chunk.count(b"\n")
        if len(got) > MAX_BYTES or lines > MAX_LINES:
            return FLOOD, bytes(got[:MAX_BYTES])


# --- the warm process ---------------------------------------------------------------------------------------------


def _wait_for(connection: socket.socket, wanted: bytes) -> None:
    if connection.recv(1) != wanted:
        os._exit(0)


# A notebook of nobody's, of the kind that is handed in.
_USUAL = (
    "import nhsreform as nr",
    "q0_1 = 'a word'",
    "q0_2 = {'one': [1, 2.5], 'two': ...}",
    "words = {'not': 'Python",
)


def _warm(shipped: Shipped) -> None:
    """Load what notebooks use, and every table, and read a notebook of nobody's, so that no student waits for it.

    A page of memory that a student's process changes is copied for it: what Python changes in itself the first few times that
    it does something is changed here, once for the whole class.
    """
    from importlib import import_module

    from nhsreform.data import sources, tables
    from nhsreform.debate import select
    from nhsreform.questions.brief_check import check_brief

    for name in ("numpy", "pandas", "IPython.core.inputtransformer2", "IPython.display"):
        import_module(name)
    for name in tables.names():
        tables.table(name)
    for source_id in tables.table("sources").source_id:
        sources.source(source_id)
    select.claims(source_id="joint-report", coder_set=False)
    sources.quote("the right policy direction")
    check_brief("It is \u201cthe right policy direction\u201d [joint-report-c01].")
    cells = [{"cell_type": "code", "source": source, "metadata": {"tags": ["answer"]}} for source in _USUAL]
    usual = json.dumps({"cells": cells, "nbformat": 4}).encode()
    for cell in [cell for _ in range(4) for cell in read_notebook.read(usual, shipped).cells]:
        with contextlib.suppress(SyntaxError):
            compiled(cell.source)
    # The first process of its own is what every student's is.
    system_calls.program(1)


def serve(file: int) -> None:
    """Be the warm process. `file` is a socket to whoever marks; ends when that end is closed. Never returns."""
    connection = socket.socket(fileno=file)
    order = json.loads(connection.makefile("rb").readline())
    tasks = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
    size = os.open("/proc/self/statm", os.O_RDONLY)

    def mapped() -> None:
        connection.sendall(b"u")
        _wait_for(connection, b"m")

    try:
        linux.enter(order["root"], order["visible"], mapped)
        # Taken out of what every student's process inherits: where the lecturer keeps things is nobody's business.
        seen = [path for path in order.pop("hidden") if os.path.lexists(path)]
        if seen:
            raise linux.LinuxError(f"{seen[0]} can be seen from inside")
        shipped = {question: frozenset(lines) for question, lines in order.pop("shipped").items()}
        _warm(shipped)
        if len(os.listdir(tasks)) != 1:
            raise linux.LinuxError("the warm process has more than one thread, so it cannot be forked safely")
        memory = int(os.pread(size, 200, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE") + MEMORY_BYTES
        os.close(tasks)
        os.close(size)
    except Exception as error:
        connection.sendall(b"x" + str(error).encode("utf-8", "replace")[:500])
        os._exit(1)
    import gc

    gc.collect()
    gc.freeze()
    connection.sendall(b"r")
    while True:
        message, files, _, _ = socket.recv_fds(connection, 1, 1)
        if not message:
            os._exit(0)
        keeper = os.fork()
        if keeper == 0:
            connection.close()
            _keep(files[0], order, memory, shipped)
        os.close(files[0])
        os.waitpid(keeper, 0)


def _keep(file: int, order: dict[str, Any], memory: int, shipped: Shipped) -> None:
    """Be the keeper of one notebook: give it its own process, stop the clock, hand out what it wrote. Never returns."""
    try:
        linux.own_rooms()
        inward, outward = os.pipe()
        student = os.fork()
        if student == 0:
            os.close(inward)
            seconds = int(order["all_seconds"] + order["start_seconds"]) + 2
            _student(file, outward, order["user"], memory, seconds, shipped)
        os.close(outward)

        def receive(seconds: float) -> bytes | None:
            ready, _, _ = select.select([inward], [], [], seconds)
            return os.read(inward, 65536) if ready else None

        how, got = watch(receive, order["cell_seconds"], order["all_seconds"], order["start_seconds"])
        # Whoever has closed the pipe may still be there, and would be waited for without a clock. The student's process
        # is the first of its own; with it goes every other.
        os.kill(student, signal.SIGKILL)
        os.waitpid(student, 0)
        with socket.socket(fileno=file) as reply:
            reply.sendall(REPLY.pack(how, len(got)) + got)
    finally:
        os._exit(0)


def _student(file: int, outward: int, user: int | None, memory: int, seconds: int, shipped: Shipped) -> None:
    """Be the student's process: read the notebook, let go of all else, run it. Never returns."""
    code = 1
    try:
        with socket.socket(fileno=file) as connection, connection.makefile("rb") as stream:
            request = stream.read()
        os.closerange(3, outward)
        os.closerange(outward + 1, 4096)
        _quiet()
        os.setsid()
        os.chdir(linux.OWN)
        linux.drop_rights(user)
        linux.limit(memory, seconds)
        system_calls.forbid()
        play(request, sender(outward), shipped)
        code = 0
    finally:
        os._exit(code)


# --- without rooms: a new process for each notebook ------------------------------------------------------------------


def fresh(outward: int = 1) -> None:
    """Be a process for one notebook: the request on standard input, the lines on a file, or standard output. Never returns."""
    request = sys.stdin.buffer.read()
    outward = outward if outward > 2 else os.dup(1)
    _quiet()
    import pandas  # noqa: F401

    linux.limit((linux.own_memory() or MEMORY_BYTES) + MEMORY_BYTES, 3600)
    if not linux.unsupported():
        with contextlib.suppress(linux.LinuxError):
            system_calls.forbid()
    code = 1
    try:
        play(request, sender(outward))
        code = 0
    finally:
        os._exit(code)
