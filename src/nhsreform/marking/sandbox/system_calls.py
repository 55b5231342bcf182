"""Linux: a filter with which the kernel refuses a student's process every system call but those in system_calls.txt."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("system_calls.txt")
# The kinds of processor this was built for: the number by which the kernel knows them, their column in the list, and those
# of the calls that may only be about the process itself.
MACHINES = {
    "x86_64": (0xC000003E, 1, {"kill": 62, "tgkill": 234, "prlimit64": 302}),
    "aarch64": (0xC00000B7, 2, {"kill": 129, "tgkill": 131, "prlimit64": 261}),
}
# Calls from here on are younger than the list. "Unknown" makes a C library try the older way, where "not permitted" does not.
_YOUNGER = 463
_SET_FILTER, _NO_NEW_RIGHTS = 22, 38
# How the kernel's filter says it: what to load and compare, and what it answers.
_LOAD, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16


class LinuxError(Exception):
    """The sandbox cannot be set up here; says why."""


class _Instruction(ctypes.Structure):
    """One instruction of the kernel's filter: what to do, how far to jump if so and if not, and with which number."""

    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


@cache
def library() -> ctypes.CDLL:
    """Return the C library."""
    return ctypes.CDLL(None, use_errno=True)


def done(result: int, what: str) -> None:
    """Raise LinuxError, naming `what` failed, when a call of the C library did."""
    if result < 0:
        raise LinuxError(f"{what}: {os.strerror(ctypes.get_errno())}")


def allowed(machine: str) -> dict[str, int]:
    """Return {system call: its number} of those that a student's process may make on a kind of processor."""
    column = MACHINES[machine][1]
    rows = (line.split() for line in _LIST.read_text(encoding="ascii").splitlines() if line and line[0] != "#")
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def _filter(machine: str, pid: int) -> list[tuple[int, int, int, int]]:
    """Return the filter: what is allowed, what only about the process itself, what is unknown; all else is refused."""
    numbers, of_itself = allowed(machine).values(), MACHINES[machine][2].values()
    # From its end: five answers and three tests, counted from the first instruction that compares a number.
    unknown = len(numbers) + len(of_itself) + 2
    itself, allow = unknown + 1, unknown + 5
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, MACHINES[machine][0]),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    steps += [(_EQUAL, allow - at - 1, 0, number) for at, number in enumerate(numbers)]
    steps += [(_EQUAL, itself - at - 1, 0, number) for at, number in enumerate(of_itself, len(numbers))]
    return [
        *steps,
        (_AT_LEAST, 1, 0, _YOUNGER),
        (_ANSWER, 0, 0, _REFUSE | errno.EPERM),
        (_ANSWER, 0, 0, _REFUSE | errno.ENOSYS),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 2, 0, pid),
        (_EQUAL, 1, 0, 0),
        (_ANSWER, 0, 0, _REFUSE | errno.EPERM),
        (_ANSWER, 0, 0, _ALLOW),
    ]


@cache
def program(pid: int) -> _Program:
    """Return the filter for the process with number `pid` here, as the kernel takes it."""
    steps = _filter(platform.machine(), pid)
    return _Program(len(steps), (_Instruction * len(steps))(*(_Instruction(*step) for step in steps)))


def forbid() -> None:
    """Have the kernel refuse this process every call but those allowed, for good. Raises LinuxError.

    Needs no right but the one given up here: to gain others.
    """
    own, libc = program(os.getpid()), library()
    done(libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0), "rights might come back")
    done(libc.prctl(_SET_FILTER, 2, ctypes.byref(own), 0, 0), "no filter for system calls")
