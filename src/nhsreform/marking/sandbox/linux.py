"""Linux: a room with nothing in it but Python, the pack and an empty folder; and limits, wherever there are any.

What the room is made of: a user namespace; a root folder of its own, read-only, with nothing mounted but what `visible`
names (so no key, no answers, no other student, no /proc, no home); no network but an unconnected one; for each student own
processes, own shared memory and an own empty folder in memory; no rights; and the filter of `system_calls`.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nhsreform.marking.sandbox import system_calls
from nhsreform.marking.sandbox.system_calls import LinuxError, done, library

_NEW_MOUNTS, _NEW_NAMES, _NEW_IPC, _NEW_USER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEW_PROCESSES, _NEW_NET = 0x20000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE, _NO_SETUID, _NO_DEVICES, _DETACH = 4096, 16384, 1 << 18, 2, 4, 2
_READ_ONLY_NO_SETUID = 1 | 2
_AT_RECURSIVE = 0x8000
_SET_DEATH_SIGNAL, _DROP_FROM_BOUND, _NO_NEW_RIGHTS = 1, 24, 38
# System calls that the C library has no function for.
_MOUNT_SETATTR, _PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41}
_SIGKILL = 9
_NOBODY = 65534

# The one folder that a student's process may write into; /tmp leads to it where nothing of ours lies below /tmp.
OWN = "/student"
OWN_BYTES = 64 << 20
_STEP = 4 << 20
FILE_BYTES = 16 << 20
OPEN_FILES = 64


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def unsupported() -> str:
    """Return why this machine cannot have the room at all, or ""."""
    if sys.platform != "linux":
        return "namespaces exist only on Linux"
    if platform.machine() not in system_calls.MACHINES or sys.maxsize < 2**32:
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
    libc = library()
    done(libc.unshare(_NEW_USER), "no user namespace")
    mapped()
    done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    done(libc.unshare(_NEW_MOUNTS | _NEW_NET | _NEW_IPC | _NEW_NAMES), "no namespaces")
    try:
        _furnish(libc, Path(root), visible)
        os.chdir(root)
        done(libc.syscall(_PIVOT_ROOT[platform.machine()], b".", b"."), "no own root folder")
        done(libc.umount2(b".", _DETACH), "the old root folder stays")
        os.chdir("/")
    except OSError as error:
        raise LinuxError(f"the room cannot be furnished: {error}") from error


def _mount(libc: ctypes.CDLL, source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode())
    done(result, f"cannot mount {source}")


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
    done(
        libc.syscall(
            _MOUNT_SETATTR,
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
    libc = library()
    done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    done(libc.unshare(_NEW_PROCESSES | _NEW_MOUNTS | _NEW_IPC), "no own processes")
    options = f"size={OWN_BYTES},nr_inodes=2000,mode=0777"
    _mount(libc, "tmpfs", OWN, "tmpfs", _NO_SETUID | _NO_DEVICES, options)


def drop_rights(user: int | None) -> None:
    """Become `user` where one is given, without a single right, and without a way to gain one. Raises LinuxError."""
    libc = library()
    for right in range(64):
        libc.prctl(_DROP_FROM_BOUND, right, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    done(libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0), "rights might come back")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    done(libc.capset(header, (ctypes.c_uint32 * 6)()), "rights cannot be dropped")
    done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")


def own_memory() -> int:
    """Return how much memory this process has asked for, in bytes and rounded up; 0 where the system does not say.

    There is no /proc in a room, so limits are tried: the least under which there is still a page to be had.
    """
    try:
        import resource
    except ImportError:  # Windows has no limits.
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    low, high = 0, 1 << 40
    try:
        while high - low > _STEP:
            middle = (low + high) // 2
            try:
                resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
                mmap.mmap(-1, mmap.PAGESIZE).close()
                high = middle
            except (OSError, MemoryError):
                low = middle
            except ValueError:  # above what this process may have
                high = middle
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return 0 if high == 1 << 40 else high


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
