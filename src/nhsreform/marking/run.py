"""Running handed-in notebooks from outside: which sandbox there is, one worker per job, and what came back.

Everything that comes back was written beside a student's code. It is read as data of a known shape, and what does not
have that shape is for a person.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nhsreform.marking import jail
from nhsreform.marking.cells import MAX_CELLS, QUESTION
from nhsreform.marking.child import ENDED, FLOOD, REPLY, SLOW, watch
from nhsreform.paths import PackError, checkout
from nhsreform.questions.value import MAX_BITS, MAX_DEPTH, MAX_ITEMS, MAX_TEXT, Plain

SECONDS = 10.0
# A notebook that never stops writing has this many times the seconds of a cell; with reruns, ALL_TIMES_WITH_RERUNS.
ALL_TIMES = 4
ALL_TIMES_WITH_RERUNS = 6
MAX_RERUNS = 4
START_SECONDS = 60
# Reading a file, of up to 64 MB, before the first of its cells is run.
READ_SECONDS = 20
KEPT_VALUES = 5

NAMESPACES, BUBBLEWRAP, NONE = "namespaces", "bubblewrap", "none"
IN_WORDS = {
    NAMESPACES: "in a sandbox of namespaces: no network, no other file, no other student, no key",
    BUBBLEWRAP: "in a sandbox made by bubblewrap: no network, no other file, no other student, no key",
    NONE: "NOT in a sandbox: with limits on time and, where the system has them, memory, but with your own rights",
}


class SandboxError(PackError):
    """There is no sandbox here, and one is required; or the worker cannot be kept alive."""


@dataclass
class Room:
    """How students' code is run here: `kind`, and why nothing better was possible.

    `first` is the worker by which it was tried out, kept for whoever asks for one first.
    """

    kind: str
    why: str = ""
    hidden: Sequence[str] = ()
    seconds: float = SECONDS
    first: Worker | None = None

    def worker(self, slot: int) -> Worker:
        """Return a worker of its own to whoever asks; `slot` is a number that no other has. Raises SandboxError."""
        first, self.first = self.first, None
        return first or (Warm(self, slot) if self.kind == NAMESPACES else Fresh(self))

    def close(self) -> None:
        """Let go of a worker that nobody asked for."""
        if self.first is not None:
            self.first.close()


@dataclass
class Outcome:
    """One run of one notebook: how it ended, the exit code where there is one, and the lines it sent."""

    how: int
    code: int
    lines: list[Any]


@dataclass
class Answers:
    """What a notebook answers.

    values: {question: the plain values its variable had, in order}. trouble: {question: what went wrong in its cell}.
    present: every question that has a cell. doubt: part of the file could not be read. The rest is for the audit log.
    """

    values: dict[str, list[Plain]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    contested: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubt: bool = False
    reruns: int = 0


# --- what the student's process may see -----------------------------------------------------------------------------


def visible() -> list[str]:
    """Return what is mounted in the room, outermost first: the system's libraries, Python, the pack without its key."""
    import nhsreform

    root = checkout()
    wanted = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"]
    wanted += [sys.base_prefix, sys.prefix, os.path.realpath(sys.base_prefix), os.path.realpath(sys.prefix)]
    wanted += [str(Path(nhsreform.__file__).parent), str(root / "data"), str(root / "seeds")]
    kept: list[str] = []
    for path in sorted(set(wanted), key=lambda path: (path.count("/"), path)):
        inside = any(path.startswith(f"{other}/") for other in kept if not os.path.islink(other))
        if os.path.lexists(path) and not inside:
            kept.append(path)
    return kept


def _environment(folder: str) -> dict[str, str]:
    """Return the environment of students' code: nothing of ours but what Windows cannot start without."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE") if name in os.environ}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}
    return {
        **kept,
        **threads,
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "TEMP": folder,
        "TMP": folder,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "NHSREFORM_WORK": os.path.join(folder, "my-work"),
    }


def _command(call: str) -> list[str]:
    """Return the command for a Python that finds this package, our checkout, and nothing else of the current folder."""
    import nhsreform

    source = str(Path(nhsreform.__file__).parent.parent)
    # The folder that this command was typed in may lie in a checkout of its own, and then that one is meant.
    found = f"here = os.getcwd(); os.chdir({str(checkout())!r}); checkout(); os.chdir(here)"
    code = f"import os, sys; sys.path.insert(0, {source!r}); from nhsreform.paths import checkout; {found}; "
    return [sys.executable, "-s", "-P", "-c", f"{code}from nhsreform.marking import child; child.{call}"]


def _bubblewrap(folder: str) -> list[str]:
    """Return the command that puts what follows in the same room, made by bubblewrap."""
    words = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
    ]
    words += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--dev", "/dev"]
    words += ["--size", str(jail.OWN_BYTES), "--tmpfs", "/tmp"]
    for path in visible():
        words += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    return [*words, "--chdir", folder, "--"]


def choose(wanted: str, hidden: Sequence[Path], seconds: float = SECONDS) -> Room:
    """Return how to run students' code: the best sandbox that works here ("auto"), one or none at all ("require"), or none ("off").

    `hidden` are the places that a student's code must not see: key, answers, hand-ins, results.
    Raises SandboxError when one is required and none works.
    """
    places = [str(path.resolve()) for path in hidden]
    if wanted == "off":
        return Room(NONE, "you asked for none", places, seconds)
    room = Room(NAMESPACES, "", places, seconds)
    room.why = _fails(room)
    if not room.why:
        return room
    other = Room(BUBBLEWRAP, room.why, places, seconds)
    no_bubblewrap = _no_bubblewrap(other)
    if not no_bubblewrap:
        return other
    why = f"namespaces: {room.why}; bubblewrap: {no_bubblewrap}"
    if wanted == "require":
        raise SandboxError(
            f"There is no sandbox on this machine ({why}), and --sandbox require asks for one. Nothing was run. "
            "Mark on a Linux machine where you may make namespaces, or install bubblewrap there. "
            "With --sandbox auto, students' code runs with your own rights."
        )
    return Room(NONE, why, places, seconds)


_PROBE = b'{"cells": [{"cell_type": "code", "source": "q0_1 = 6 * 7", "metadata": {}}], "nbformat": 4}'


def _fails(room: Room) -> str:
    """Return why a room does not work, or "" when a small notebook comes back from it."""
    reason = jail.unsupported() if room.kind == NAMESPACES else ""
    if reason:
        return reason
    try:
        worker = room.worker(-1)
        answers = answers_of(worker, _PROBE)
    except (SandboxError, OSError) as error:
        return str(error)
    if answers.values.get("0.1") != [{"type": "int", "value": 42}]:
        worker.close()
        return f"a small notebook does not come back from it ({answers.trouble or answers.notes or 'no answer'})"
    room.first = worker
    return ""


def _no_bubblewrap(room: Room) -> str:
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return "not installed"
    if os.geteuid() == 0:
        return "not used as root, where it would keep root's right to start any number of processes"
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as folder:
        see = f"import os, sys; sys.exit(any(map(os.path.lexists, {list(room.hidden)!r})))"
        done = subprocess.run([*_bubblewrap("/tmp"), sys.executable, "-c", see], capture_output=True, cwd=folder)
    if done.returncode:
        return done.stderr.decode("utf-8", "replace").strip()[:200] or "something hidden can be seen from inside"
    return _fails(room)


# --- workers ----------------------------------------------------------------------------------------------------------


class Worker:
    """Runs one notebook after the other."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def attempt(self, data: bytes, skip: Sequence[int]) -> Outcome:
        """Run a notebook's file without the cells in `skip`. Raises SandboxError when no run is possible any more."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of everything."""


def _request(data: bytes, skip: Sequence[int]) -> bytes:
    return json.dumps({"skip": list(skip)}).encode() + b"\n" + data


class Warm(Worker):
    """A warm process in the room, forked once for each notebook."""

    def __init__(self, room: Room, slot: int) -> None:
        super().__init__(room)
        self.slot = slot
        self._start()

    def _start(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.connection.settimeout(START_SECONDS)
        self.folder = tempfile.mkdtemp(prefix="nhsreform-room-")
        with theirs:
            self.process = subprocess.Popen(
                _command(f"serve({theirs.fileno()})"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(jail.OWN),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            self._greet()
        except (OSError, jail.JailError) as error:
            self.close()
            raise SandboxError(str(error) or "the warm process does not answer") from error

    def _greet(self) -> None:
        order = {
            "root": self.folder,
            "visible": visible(),
            "hidden": list(self.room.hidden),
            "cell_seconds": self.room.seconds,
            "all_seconds": self.room.seconds * ALL_TIMES,
            "start_seconds": READ_SECONDS,
            "user": jail.user_for(self.slot),
        }
        self.connection.sendall(json.dumps(order).encode() + b"\n")
        self._expect(b"u")
        jail.write_maps(self.process.pid)
        self.connection.sendall(b"m")
        self._expect(b"r")
        # The room is a root folder of its own by now and needs this one no more: gone now, it is not left by kill -9.
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)

    def _expect(self, wanted: bytes) -> None:
        got = self.connection.recv(1)
        if got == b"x":
            raise jail.JailError(self.connection.recv(500).decode("utf-8", "replace"))
        if got != wanted:
            raise jail.JailError("the warm process ended at once")

    def attempt(self, data: bytes, skip: Sequence[int]) -> Outcome:
        """See Worker."""
        for last in (False, True):
            try:
                return self._attempt(_request(data, skip))
            except OSError as error:
                if last:
                    raise SandboxError(f"The sandbox stopped and could not be started again ({error}).") from error
                self.close()
                self._start()
        raise AssertionError

    def _attempt(self, request: bytes) -> Outcome:
        mine, theirs = socket.socketpair()
        mine.settimeout(self.room.seconds * (ALL_TIMES + 1) + READ_SECONDS + START_SECONDS)
        with mine:
            with theirs:
                socket.send_fds(self.connection, [b"n"], [theirs.fileno()])
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                mine.sendall(request)
                mine.shutdown(socket.SHUT_WR)
            with mine.makefile("rb") as stream:
                head = stream.read(REPLY.size)
                if len(head) < REPLY.size:
                    raise OSError("no reply")
                how, code, length = REPLY.unpack(head)
                return Outcome(how, code, _lines(stream.read(length)))

    def close(self) -> None:
        """End the warm process, and with it whatever it started."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)


class Fresh(Worker):
    """A new process for each notebook, put in bubblewrap's room where there is one."""

    def attempt(self, data: bytes, skip: Sequence[int]) -> Outcome:
        """See Worker."""
        with tempfile.TemporaryDirectory(prefix="nhsreform-", ignore_cleanup_errors=True) as folder:
            wrapped = self.room.kind == BUBBLEWRAP
            command = [*(_bubblewrap("/tmp") if wrapped else []), *_command("fresh()")]
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=_environment("/tmp" if wrapped else folder),
                start_new_session=os.name == "posix",
            )
            return self._watch(process, _request(data, skip))

    def _watch(self, process: subprocess.Popen[bytes], request: bytes) -> Outcome:
        assert process.stdin and process.stdout
        chunks: queue.Queue[bytes] = queue.Queue(64)
        stop = threading.Event()

        def write() -> None:
            with contextlib.suppress(OSError), process.stdin as stream:  # type: ignore[union-attr]
                stream.write(request)

        def read() -> None:
            while not stop.is_set():
                chunk = process.stdout.read1(65536)  # type: ignore[union-attr]
                chunks.put(chunk)
                if not chunk:
                    return

        def receive(seconds: float) -> bytes | None:
            try:
                return chunks.get(timeout=seconds)
            except queue.Empty:
                return None

        for work in (write, read):
            threading.Thread(target=work, daemon=True).start()
        # The seconds that Python itself takes to start are not the student's.
        how, got = watch(receive, self.room.seconds, self.room.seconds * ALL_TIMES, START_SECONDS)
        stop.set()
        _end(process)
        while not chunks.empty():
            chunks.get_nowait()
        return Outcome(how, process.returncode, _lines(got))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those it started, as far as they can still be found."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.kill()
    process.wait()


# --- what comes back ----------------------------------------------------------------------------------------------------


def _lines(data: bytes) -> list[Any]:
    """Return the whole lines of JSON in what was sent; what is no JSON is left out."""
    found = []
    for line in data.split(b"\n"):
        try:
            message = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            found.append(message)
    return found


UNREADABLE: Plain = {"type": "other", "name": "something that is not an answer"}
_BUILT_IN = {"blank": (), "none": (), "bool": bool, "int": int, "float": (int, float, str), "text": str}


def checked(value: Any, depth: int = 0) -> Plain:
    """Return a value as `plain` would have made it; UNREADABLE when it did not make it."""
    if not isinstance(value, dict) or depth > MAX_DEPTH + 1:
        return UNREADABLE
    kind = value.get("type")
    if not isinstance(kind, str):
        return UNREADABLE
    if kind in ("blank", "none"):
        return {"type": kind}
    cut = {"cut": True} if value.get("cut") is True else {}
    if kind in _BUILT_IN:
        own = value.get("value")
        if not isinstance(own, _BUILT_IN[kind]) or isinstance(own, bool) != (kind == "bool"):
            return UNREADABLE
        if isinstance(own, float) and not math.isfinite(own):
            return UNREADABLE
        if isinstance(own, int) and own.bit_length() > MAX_BITS:
            return UNREADABLE
        return {"type": kind, "value": own[:MAX_TEXT] if isinstance(own, str) else own} | cut
    if kind == "other":
        return {"type": "other", "name": str(value.get("name", ""))[:60]}
    if kind == "table":
        rows, columns = value.get("rows"), value.get("columns")
        if isinstance(rows, int) and isinstance(columns, list):
            return {"type": "table", "rows": rows, "columns": [str(name)[:80] for name in columns[:20]]}
        return UNREADABLE
    items = value.get("items")
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        return UNREADABLE
    if kind in ("list", "set"):
        return {"type": kind, "items": [checked(item, depth + 1) for item in items]} | cut
    if kind == "dict" and all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        return {"type": kind, "items": [[checked(part, depth + 1) for part in pair] for pair in items]} | cut
    return UNREADABLE


class _Collected:
    """Puts together what several runs of one notebook sent."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.cells: list[list[str]] | None = None
        self.said: dict[str, list[Plain]] = {}
        self.again = self.joined = False

    def take(self, outcome: Outcome) -> tuple[int | None, bool]:
        """Take one run in; return the number of the last cell that it began, and whether it came to its end."""
        values: dict[str, list[Plain]] = {}
        begun, ended = None, False
        again: set[int] = set()
        if outcome.lines and self.cells is None:
            self._read(outcome.lines[0])
        errors: dict[int, str] = {}
        for line in outcome.lines[1:]:
            number = line.get("begin")
            if self._is_cell(number):
                begun = number
            if line.get("end") is True:
                ended = True
            if self._is_cell(line.get("again")):
                again.add(line["again"])
                errors.pop(line["again"], None)
            self.joined = self.joined or "joined" in line
            if self._is_cell(line.get("cell")) and isinstance(line.get("error"), str):
                name = line["error"]
                errors[line["cell"]] = name if name.isidentifier() and len(name) <= 40 else "an error"
            question, asked = line.get("question"), line.get("checked")
            for name, into in ((question, values), (asked, self.said)):
                if isinstance(name, str) and QUESTION.fullmatch(name):
                    into.setdefault(name, []).append(checked(line.get("value")))
        # A later run leaves out a cell, so what its other cells set is what counts; what only an earlier one saw is kept.
        self.answers.values |= {question: found[-KEPT_VALUES:] for question, found in values.items()}
        # A cell that fails the second time too was not out of order: its name is nowhere.
        self.again = self.again or not again <= errors.keys()
        for number, name in errors.items():
            for question in (self.cells or [])[number]:
                self.answers.trouble.setdefault(question, f"crashed: {name}")
        return begun, ended and outcome.how == ENDED

    def _is_cell(self, number: Any) -> bool:
        return type(number) is int and self.cells is not None and 0 <= number < len(self.cells)

    def _read(self, line: dict[str, Any]) -> None:
        """Take in what the file holds. This was sent before any of the student's code ran."""
        cells = line.get("read")
        if not isinstance(cells, list):
            return
        self.cells = [[str(question) for question in questions] for questions in cells[:MAX_CELLS]]
        self.answers.present = list(dict.fromkeys(question for questions in self.cells for question in questions))
        self.answers.notes = [str(note)[:200] for note in line.get("notes", [])]
        self.answers.contested = [str(question) for question in line.get("contested", [])]
        self.answers.doubt = bool(line.get("doubt"))

    def blame(self, number: int, what: str) -> None:
        """Say of the questions of a cell what became of it."""
        for question in (self.cells or [])[number]:
            self.answers.trouble[question] = what

    def done(self) -> Answers:
        """Return all of it."""
        answers = self.answers
        for question, values in self.said.items():
            if question not in answers.values and question not in answers.trouble:
                answers.values[question] = values[-KEPT_VALUES:]
                answers.notes.append(f"{question} is taken from what nr.check was given: its variable is not set")
        if self.again:
            answers.notes.append("cells out of order; those that came too early were run again")
        if self.joined:
            answers.notes.append("a cell split in two was put together again")
        return answers


def _ending(outcome: Outcome) -> str:
    if outcome.how == SLOW:
        return "timed out"
    if outcome.how == FLOOD:
        return "crashed: far too much output"
    return "crashed: the process ended"


def answers_of(worker: Worker, data: bytes) -> Answers:
    """Run one notebook's file and return what it answers.

    A cell that ends the process or does not end costs its own question: the notebook is run again without it.
    Raises SandboxError when the worker can run nothing more.
    """
    collected = _Collected()
    skip: list[int] = []
    deadline = time.monotonic() + worker.room.seconds * ALL_TIMES_WITH_RERUNS
    while True:
        outcome = worker.attempt(data, skip)
        begun, ended = collected.take(outcome)
        if ended:
            break
        if collected.cells is None:
            collected.answers.notes.append(f"the file could not be read ({_ending(outcome)})")
            collected.answers.doubt = True
            break
        exhausted = len(skip) >= MAX_RERUNS or time.monotonic() > deadline
        if begun is None or begun in skip or exhausted:
            for questions in collected.cells[begun or 0 :]:
                for question in questions:
                    if question not in collected.answers.values:
                        collected.answers.trouble.setdefault(question, _ending(outcome))
            break
        collected.blame(begun, _ending(outcome))
        skip.append(begun)
    collected.answers.reruns = len(skip)
    return collected.done()
