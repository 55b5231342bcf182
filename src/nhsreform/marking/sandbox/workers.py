"""Running handed-in notebooks from outside: which sandbox there is, one worker per job, and what came back.

Everything that comes back was written beside a student's code. It is read as data of a known shape, and what does not
have that shape is for a person.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from nhsreform.checkout import checkout
from nhsreform.errors import PackError
from nhsreform.marking.sandbox import linux
from nhsreform.marking.sandbox.answers import Outcome, answers_of, lines_of
from nhsreform.marking.sandbox.student_process import REPLY, watch

SECONDS = 10.0
# A notebook that never stops writing has this many times the seconds of a cell.
ALL_TIMES = 4
START_SECONDS = 60
# Reading a file, of up to 64 MB, before the first of its cells is run.
READ_SECONDS = 20

NAMESPACES, BUBBLEWRAP, NONE = "namespaces", "bubblewrap", "none"
IN_WORDS = {
    NAMESPACES: "in a sandbox of namespaces: no network, no other file, no other student, no key",
    BUBBLEWRAP: "in a sandbox made by bubblewrap: no network, no other file, no other student, no key",
    NONE: "NOT in a sandbox, but with your own rights: a notebook can read and change every file that you can, its own marks, "
    "other students' work and the key among them",
}
REQUIRE, OFF = "require", "off"


class SandboxError(PackError):
    """There is no sandbox here, and one is required; or the worker cannot be kept alive."""


@dataclass
class Sandbox:
    """How students' code is run here: `kind`, and why nothing better was possible.

    shipped: {question: the lines that the pack ships at it}, by which what a student wrote is told apart.
    `first` is the worker by which it was tried out, kept for whoever asks for one first.
    """

    kind: str
    why: str = ""
    hidden: Sequence[str] = ()
    seconds: float = SECONDS
    shipped: Mapping[str, Sequence[str]] = field(default_factory=dict)
    first: Worker | None = None

    def worker(self, slot: int) -> Worker:
        """Return a worker of its own to whoever asks; `slot` is a number that no other has. Raises SandboxError."""
        first, self.first = self.first, None
        return first or (Warm(self, slot) if self.kind == NAMESPACES else Fresh(self))

    def close(self) -> None:
        """Let go of a worker that nobody asked for."""
        if self.first is not None:
            self.first.close()


# --- what the student's process may see -----------------------------------------------------------------------------


def visible() -> list[str]:
    """Return what is mounted in the sandbox, outermost first: the system's libraries, Python, the pack without its key."""
    import nhsreform

    root = checkout()
    wanted = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"]
    wanted += [sys.base_prefix, sys.prefix, os.path.realpath(sys.base_prefix), os.path.realpath(sys.prefix)]
    wanted += [str(Path(nhsreform.__file__).parent), str(root / "data"), str(root / "seeds")]
    mounts: list[str] = []
    for path in sorted(set(wanted), key=lambda path: (path.count("/"), path)):
        inside = any(path.startswith(f"{other}/") for other in mounts if not os.path.islink(other))
        if os.path.lexists(path) and not inside:
            mounts.append(path)
    return mounts


def _environment(folder: str) -> dict[str, str]:
    """Return the environment of students' code: nothing of ours but what Windows cannot start without."""
    windows = {name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE") if name in os.environ}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")}
    return {
        **windows,
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
    same = f"here = os.getcwd(); os.chdir({str(checkout())!r}); checkout(); os.chdir(here)"
    code = f"import os, sys; sys.path.insert(0, {source!r}); from nhsreform.checkout import checkout; {same}; "
    return [
        sys.executable,
        "-s",
        "-P",
        "-c",
        f"{code}from nhsreform.marking.sandbox import student_process; student_process.{call}",
    ]


def _bubblewrap(folder: str) -> list[str]:
    """Return the command that puts what follows in the same sandbox, made by bubblewrap."""
    words = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--as-pid-1",
    ]
    words += ["--cap-drop", "ALL", "--uid", "65534", "--gid", "65534", "--dev", "/dev"]
    words += ["--size", str(linux.OWN_BYTES), "--tmpfs", "/dev/shm"]
    words += ["--size", str(linux.OWN_BYTES), "--tmpfs", "/tmp"]
    for path in visible():
        words += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    # What bubblewrap makes itself is in memory and without a limit, so nothing may be written into it.
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--chdir", folder, "--"]


def choose(
    wanted: str,
    hidden: Sequence[Path],
    seconds: float = SECONDS,
    shipped: Mapping[str, Sequence[str]] | None = None,
) -> Sandbox:
    """Return how to run students' code: the best sandbox that works here ("require"), or none at all ("off").

    `hidden` are the places that a student's code must not see: key, answers, hand-ins, results.
    Raises SandboxError when one is required, and none works or one of these places would be seen.
    """
    places = [str(path.resolve()) for path in hidden]
    if wanted == OFF:
        return Sandbox(NONE, "you asked for none", places, seconds, shipped or {})
    _check_hidden(places)
    sandbox = Sandbox(NAMESPACES, "", places, seconds, shipped or {})
    sandbox.why = _fails(sandbox)
    if not sandbox.why:
        return sandbox
    other = Sandbox(BUBBLEWRAP, sandbox.why, places, seconds, shipped or {})
    no_bubblewrap = _no_bubblewrap(other)
    if not no_bubblewrap:
        return other
    raise SandboxError(
        f"There is no sandbox on this machine (namespaces: {sandbox.why}; bubblewrap: {no_bubblewrap}). Nothing was run. "
        "Mark on a Linux machine where you may make namespaces, or install bubblewrap there; a virtual machine or a container "
        f"will do. With --sandbox off students' code runs {IN_WORDS[NONE]}."
    )


def _check_hidden(places: Sequence[str]) -> None:
    """Refuse to hide what lies inside what has to be shown. Raises SandboxError."""
    for shown in map(os.path.realpath, visible()):
        for place in places:
            if os.path.lexists(place) and (place == shown or place.startswith(f"{shown.rstrip('/')}/")):
                raise SandboxError(
                    f"{place} lies in {shown}, which students' code has to see: Python and the system's own folders. Nothing was "
                    "run. Move it to a folder of your own, outside the pack, and type the same command again."
                )


_PROBE = b'{"cells": [{"cell_type": "code", "source": "q0_1 = 6 * 7", "metadata": {}}], "nbformat": 4}'


def _fails(sandbox: Sandbox) -> str:
    """Return why a sandbox does not work, or "" when a small notebook comes back from it."""
    reason = linux.unsupported() if sandbox.kind == NAMESPACES else ""
    if reason:
        return reason
    try:
        worker = sandbox.worker(-1)
        answers = answers_of(worker, _PROBE)
    except (SandboxError, OSError) as error:
        return str(error)
    if answers.values.get("0.1") != [{"type": "int", "value": 42}]:
        worker.close()
        return f"a small notebook does not come back from it ({answers.trouble or answers.notes or 'no answer'})"
    sandbox.first = worker
    return ""


def _no_bubblewrap(sandbox: Sandbox) -> str:
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return "not installed"
    if os.geteuid() == 0:
        return "not used as root, where it would keep root's right to start any number of processes"
    with tempfile.TemporaryDirectory(prefix="nhsreform-") as folder:
        see = f"import os, sys; sys.exit(any(map(os.path.lexists, {list(sandbox.hidden)!r})))"
        done = subprocess.run([*_bubblewrap("/tmp"), sys.executable, "-c", see], capture_output=True, cwd=folder)
    if done.returncode:
        return done.stderr.decode("utf-8", "replace").strip()[:200] or "something hidden can be seen from inside"
    return _fails(sandbox)


# --- workers ----------------------------------------------------------------------------------------------------------


class Worker:
    """Runs one notebook after the other."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def attempt(self, data: bytes, skip: Sequence[int]) -> Outcome:
        """Run a notebook's file without the cells in `skip`, and return how it went. Raises SandboxError when no run is possible any more."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of everything."""


def _request(data: bytes, skip: Sequence[int], **more: object) -> bytes:
    return json.dumps({"skip": list(skip)} | more).encode() + b"\n" + data


class Warm(Worker):
    """A warm process in the sandbox, forked once for each notebook."""

    def __init__(self, sandbox: Sandbox, slot: int) -> None:
        super().__init__(sandbox)
        self.slot = slot
        self._start()

    def _start(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.connection.settimeout(START_SECONDS)
        self.folder = tempfile.mkdtemp(prefix="nhsreform-sandbox-")
        with theirs:
            self.process = subprocess.Popen(
                _command(f"serve({theirs.fileno()})"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(linux.OWN),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            self._greet()
        except (OSError, linux.LinuxError) as error:
            self.close()
            raise SandboxError(str(error) or "the warm process does not answer") from error

    def _greet(self) -> None:
        order = {
            "root": self.folder,
            "visible": visible(),
            "hidden": list(self.sandbox.hidden),
            "cell_seconds": self.sandbox.seconds,
            "all_seconds": self.sandbox.seconds * ALL_TIMES,
            "start_seconds": READ_SECONDS,
            "user": linux.user_for(self.slot),
            "shipped": dict(self.sandbox.shipped),
        }
        self.connection.sendall(json.dumps(order).encode() + b"\n")
        self._expect(b"u")
        linux.write_maps(self.process.pid)
        self.connection.sendall(b"m")
        self._expect(b"r")
        # The sandbox is a root folder of its own by now and needs this one no more: gone now, it is not left by kill -9.
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)

    def _expect(self, wanted: bytes) -> None:
        got = self.connection.recv(1)
        if got == b"x":
            raise linux.LinuxError(self.connection.recv(500).decode("utf-8", "replace"))
        if got != wanted:
            raise linux.LinuxError("the warm process ended at once")

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
        mine.settimeout(self.sandbox.seconds * (ALL_TIMES + 1) + READ_SECONDS + START_SECONDS)
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
                how, length = REPLY.unpack(head)
                return Outcome(how, lines_of(stream.read(length)))

    def close(self) -> None:
        """End the warm process, and with it whatever it started."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.rmdir(self.folder)


class Fresh(Worker):
    """A new process for each notebook, put in bubblewrap's sandbox where there is one."""

    def attempt(self, data: bytes, skip: Sequence[int]) -> Outcome:
        """See Worker."""
        with tempfile.TemporaryDirectory(prefix="nhsreform-", ignore_cleanup_errors=True) as folder:
            request = _request(data, skip, shipped=self.sandbox.shipped)
            if self.sandbox.kind != BUBBLEWRAP:
                process = self._started(_command("fresh()"), folder, folder, stdout=subprocess.PIPE)
                assert process.stdout
                return self._watch(process, process.stdout, request)
            # Bubblewrap keeps its own standard output open: only of another file does one see that the student closed it.
            inward, outward = os.pipe()
            source = os.fdopen(inward, "rb")
            command = [*_bubblewrap("/tmp"), *_command(f"fresh({outward})")]
            try:
                process = self._started(command, folder, "/tmp", stdout=subprocess.DEVNULL, pass_fds=[outward])
            except OSError:
                source.close()
                raise
            finally:
                os.close(outward)
            return self._watch(process, source, request)

    def _started(self, command: Sequence[str], folder: str, inside: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start a command in `folder`, which its process knows as `inside`."""
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=_environment(inside),
            start_new_session=os.name == "posix",
            **more,
        )

    def _watch(self, process: subprocess.Popen[bytes], source: IO[bytes], request: bytes) -> Outcome:
        assert process.stdin
        chunks: queue.Queue[bytes] = queue.Queue(64)
        stop = threading.Event()

        def write() -> None:
            with contextlib.suppress(OSError), process.stdin as stream:  # type: ignore[union-attr]
                stream.write(request)

        def read() -> None:
            with source:
                while not stop.is_set():
                    chunk = source.read1(65536)  # type: ignore[attr-defined]
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
        how, got = watch(receive, self.sandbox.seconds, self.sandbox.seconds * ALL_TIMES, START_SECONDS)
        stop.set()
        _end(process)
        while not chunks.empty():
            chunks.get_nowait()
        return Outcome(how, lines_of(got))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those it started, as far as they can still be found."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.kill()
    process.wait()
