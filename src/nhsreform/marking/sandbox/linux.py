"""Linux: a room with nothing in it but Python, the pack and an empty folder; and limits, wherever there are any.

What the room is made of: a user namespace; a root folder of its own, read-only, with nothing mounted but what `visible`
names (so no key, no answers, no other student, no /proc, no home); no network but an unconnected one; for each student own
processes, own shared memory and an own empty folder in memory; no rights; and a filter that has the kernel refuse what no
exercise needs, further namespaces among it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_NEW_MOUNTS, _NEW_NAMES, _NEW_IPC, _NEW_USER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEW_PROCESSES, _NEW_NET = 0x20000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE, _NO_SETUID, _NO_DEVICES, _DETACH = 4096, 16384, 1 << 18, 2, 4, 2
_READ_ONLY_NO_SETUID = 1 | 2
_AT_RECURSIVE = 0x8000
_SET_DEATH_SIGNAL, _SET_FILTER, _DROP_FROM_BOUND, _NO_NEW_RIGHTS = 1, 22, 24, 38
# The kinds of processor this was built for: the number by which the kernel knows them, and their column below.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# System calls that no exercise needs: other processes and threads, other programs, sockets, memory that RLIMIT_AS does not
# count, and whatever could widen the room. From the kernel's unistd.h; 0 where there is none.
_CALLS = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "fork": (57, 0),
    "vfork": (58, 0),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "socket": (41, 198),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "mount": (165, 40),
    "umount2": (166, 39),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}
_SIGKILL = 9
_NOBODY = 65534

# The one folder that a student's process may write into; /tmp leads to it where nothing of ours lies below /tmp.
OWN = "/student"
OWN_BYTES = 64 << 20
FILE_BYTES = 16 << 20
OPEN_FILES = 64


class LinuxError(Exception):
    """The sandbox cannot be set up here; says why."""


class _Instruction(ctypes.Structure):
    """One instruction of the kernel's filter: what to do, how far to jump if so and if not, and with which number."""

    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise LinuxError(f"{what}: {os.strerror(number)}")


def _number(call: str) -> int:
    return _CALLS[call][_MACHINES[platform.machine()][1]]


def unsupported() -> str:
    """Return why this machine cannot have the room at all, or ""."""
    if sys.platform != "linux":
        return "namespaces exist only on Linux"
    if platform.machine() not in _MACHINES or sys.maxsize < 2**32:
        return f"not built for processors of the kind {platform.machine()}"
    return ""


def _our_users(name: str) -> list[tuple[int, int]]:
    """Return (first, how many) of the users, or groups, that this system knows: all, or fewer in a container."""
    lines = Path(f"/proc/self/{name}").read_text().splitlines()
    return [(int(first), int(count)) for first, _, count in map(str.split, lines)]


def user_for(slot: int) -> int | None:
    """Return a user of its own for students' code, one for each slot; None where we are not root and have only one."""
    if os.geteuid() != 0:
        return None
    last = max(first + count for first, count in _our_users("uid_map"))
    return min(last, 2_000_000_000) - 10 - slot


def write_maps(pid: int) -> None:
    """From outside, give the user namespace of process `pid` its users. Raises LinuxError.

    As root, every user that we have ourselves, so that each student can be a user of its own; else only ourselves,
    called nobody inside.
    """
    try:
        if os.geteuid() == 0:
            for name in ("uid_map", "gid_map"):
                lines = "".join(f"{first} {first} {count}\n" for first, count in _our_users(name))
                Path(f"/proc/{pid}/{name}").write_text(lines)
            return
        Path(f"/proc/{pid}/setgroups").write_text("deny")
        Path(f"/proc/{pid}/uid_map").write_text(f"{_NOBODY} {os.geteuid()} 1")
        Path(f"/proc/{pid}/gid_map").write_text(f"{_NOBODY} {os.getegid()} 1")
    except OSError as error:
        raise LinuxError(f"no user namespace: {error.strerror}") from error


def enter(root: str, visible: Sequence[str], mapped: Callable[[], None]) -> None:
    """Leave this process in the room, for good. `root` is an empty folder; `mapped` waits until write_maps is done.

    Raises LinuxError.
    """
    libc = _library()
    _done(libc.unshare(_NEW_USER), "no user namespace")
    mapped()
    _done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    _done(libc.unshare(_NEW_MOUNTS | _NEW_NET | _NEW_IPC | _NEW_NAMES), "no namespaces")
    try:
        _furnish(libc, Path(root), visible)
        os.chdir(root)
        _done(libc.syscall(_number("pivot_root"), b".", b"."), "no own root folder")
        _done(libc.umount2(b".", _DETACH), "the old root folder stays")
        os.chdir("/")
    except OSError as error:
        raise LinuxError(f"the room cannot be furnished: {error}") from error


def _mount(libc: ctypes.CDLL, source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    done = libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode())
    _done(done, f"cannot mount {source}")


def _furnish(libc: ctypes.CDLL, root: Path, visible: Sequence[str]) -> None:
    _mount(libc, "none", "/", "", _RECURSIVE | _PRIVATE)
    _mount(libc, "tmpfs", str(root), "tmpfs", _NO_SETUID | _NO_DEVICES, "size=1m,mode=0755")
    os.umask(0o022)
    for path in (*visible, "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"):
        place = root / path.lstrip("/")
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if os.path.islink(path):
            place.symlink_to(os.readlink(path))
            continue
        if os.path.isdir(path):
            place.mkdir()
        else:
            place.touch()
        _mount(libc, path, str(place), "", _BIND | _RECURSIVE)
    (root / OWN.lstrip("/")).mkdir(exist_ok=True)
    if not (root / "tmp").exists():
        (root / "tmp").symlink_to(OWN.lstrip("/"))
    wanted = _Attributes(attr_set=_READ_ONLY_NO_SETUID)
    _done(
        libc.syscall(
            _number("mount_setattr"),
            -100,
            str(root).encode(),
            _AT_RECURSIVE,
            ctypes.byref(wanted),
            ctypes.sizeof(wanted),
        ),
        "the room cannot be made read-only",
    )


def own_rooms() -> None:
    """Give the next child of this process own processes, own shared memory, and an empty folder. Raises LinuxError."""
    libc = _library()
    _done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    _done(libc.unshare(_NEW_PROCESSES | _NEW_MOUNTS | _NEW_IPC), "no own processes")
    options = f"size={OWN_BYTES},nr_inodes=2000,mode=0777"
    _mount(libc, "tmpfs", OWN, "tmpfs", _NO_SETUID | _NO_DEVICES, options)


def drop_rights(user: int | None) -> None:
    """Become `user` where one is given, without a single right, and without a way to gain one. Raises LinuxError."""
    libc = _library()
    for right in range(64):
        libc.prctl(_DROP_FROM_BOUND, right, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _done(libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0), "rights might come back")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _done(libc.capset(header, (ctypes.c_uint32 * 6)()), "rights cannot be dropped")
    _done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")


def forbid() -> None:
    """Have the kernel refuse the system calls in _CALLS to this process, for good. Raises LinuxError.

    Needs no right but the one given up here: to gain others.
    """
    load, equal, at_least, end = 0x20, 0x15, 0x35, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    machine, column = _MACHINES[platform.machine()]
    numbers = [columns[column] for columns in _CALLS.values() if columns[column]]
    steps = [(load, 0, 0, 4), (equal, 1, 0, machine), (end, 0, 0, kill), (load, 0, 0, 0)]
    # Calls above this number are those of another way of calling the same kernel (x32).
    steps.append((at_least, len(numbers) + 1, 0, 0x40000000))
    steps += [(equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    steps += [(end, 0, 0, allow), (end, 0, 0, refuse)]
    program = _Program(len(steps), (_Instruction * len(steps))(*(_Instruction(*step) for step in steps)))
    libc = _library()
    _done(libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0), "rights might come back")
    _done(libc.prctl(_SET_FILTER, 2, ctypes.byref(program), 0, 0), "no filter for system calls")


def limit(memory: int, seconds: int) -> None:
    """Limit this process, where the system knows limits: memory in bytes, processor time, files; no child, no thread."""
    try:
        import resource
    except ImportError:  # Windows has none of these.
        return
    wanted = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_NPROC": 1,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):  # macOS refuses some of them.
            continue
