"""Linux: a room with nothing in it but Python, the pack and an empty folder; and limits, wherever there are any.

What the room is made of: a user namespace without the right to make further ones; a root folder of its own, read-only,
with nothing mounted but what `visible` names (so no key, no answers, no other student, no /proc, no home); no network
but an unconnected one; for each student own processes, own shared memory and an own empty /tmp in memory.
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
# Two system calls that the C library does not name. mount_setattr (Linux 5.12) has one number on every machine.
_MOUNT_SETATTR = 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SET_DEATH_SIGNAL, _DROP_FROM_BOUND, _NO_NEW_RIGHTS = 1, 24, 38
_SIGKILL = 9
_NOBODY = 65534

TMP_BYTES = 64 << 20
FILE_BYTES = 16 << 20
OPEN_FILES = 64


class JailError(Exception):
    """The sandbox cannot be set up here; says why."""


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise JailError(f"{what}: {os.strerror(number)}")


def unsupported() -> str:
    """Return why this machine cannot have the room at all, or ""."""
    if sys.platform != "linux":
        return "namespaces exist only on Linux"
    if platform.machine() not in _PIVOT_ROOT or sys.maxsize < 2**32:
        return f"not built for processors of the kind {platform.machine()}"
    return ""


def write_maps(pid: int) -> int | None:
    """From outside, give the user namespace of process `pid` its users. Returns how many users it has, None for one.

    As root, every user that we have ourselves, so that each student can be a user of its own; else only ourselves,
    called nobody inside. Raises JailError.
    """
    try:
        if os.geteuid() != 0:
            Path(f"/proc/{pid}/setgroups").write_text("deny")
            Path(f"/proc/{pid}/uid_map").write_text(f"{_NOBODY} {os.geteuid()} 1")
            Path(f"/proc/{pid}/gid_map").write_text(f"{_NOBODY} {os.getegid()} 1")
            return None
        top = 0
        for name in ("uid_map", "gid_map"):
            lines = [line.split() for line in Path(f"/proc/self/{name}").read_text().splitlines()]
            Path(f"/proc/{pid}/{name}").write_text("".join(f"{first} {first} {count}\n" for first, _, count in lines))
            top = max(int(first) + int(count) for first, _, count in lines)
        return top
    except OSError as error:
        raise JailError(f"no user namespace: {error.strerror}") from error


def enter(root: str, visible: Sequence[str], mapped: Callable[[], None]) -> None:
    """Leave this process in the room, for good. `root` is an empty folder; `mapped` waits until write_maps is done.

    Raises JailError.
    """
    libc = _library()
    _done(libc.unshare(_NEW_USER), "no user namespace")
    mapped()
    _done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    _done(libc.unshare(_NEW_MOUNTS | _NEW_NET | _NEW_IPC | _NEW_NAMES), "no namespaces")
    try:
        # No further user namespaces below this one: in one of its own, a student could mount as much memory as it liked.
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        _furnish(libc, Path(root), visible)
        os.chdir(root)
        _done(libc.syscall(_PIVOT_ROOT[platform.machine()], b".", b"."), "no own root folder")
        _done(libc.umount2(b".", _DETACH), "the old root folder stays")
        os.chdir("/")
    except OSError as error:
        raise JailError(f"the room cannot be furnished: {error}") from error


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
    (root / "tmp").mkdir(exist_ok=True)
    wanted = _Attributes(attr_set=_READ_ONLY_NO_SETUID)
    _done(
        libc.syscall(
            _MOUNT_SETATTR, -100, str(root).encode(), _AT_RECURSIVE, ctypes.byref(wanted), ctypes.sizeof(wanted)
        ),
        "the room cannot be made read-only",
    )


def own_rooms() -> None:
    """Give the next child of this process own processes, own shared memory, and an empty /tmp. Raises JailError."""
    libc = _library()
    _done(libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0), "no death signal")
    _done(libc.unshare(_NEW_PROCESSES | _NEW_MOUNTS | _NEW_IPC), "no own processes")
    options = f"size={TMP_BYTES},nr_inodes=2000,mode=0777"
    _mount(libc, "tmpfs", "/tmp", "tmpfs", _NO_SETUID | _NO_DEVICES, options)


def drop_rights(user: int | None) -> None:
    """Become `user` where one is given, without a single right, and without a way to gain one. Raises JailError."""
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
