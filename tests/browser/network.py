"""No network for the browser tests: JupyterLab and Chromium are started where only loopback exists.

Attempts to reach anything but this computer are counted at three places: requests of the page, connections of the
browser, and name look-ups and connections of the server and its kernels.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
# What a browser does on its own account is switched off: only what the page asks for may count.
QUIET = [
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--metrics-recording-only",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--no-pings",
    "--disable-gpu", "--font-render-hinting=none",
]  # fmt: skip

# The browser looks for newer versions of its own parts whatever it is told; no page asks for these.
BROWSERS_OWN = ("update.googleapis.com", "clients2.google.com", ".gvt1.com")

# Runs in the server and in every kernel, before anything else: refuses and records.
WATCH = """
import os, sys

def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto"):
        host = args[1][0] if isinstance(args[1], tuple) else ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or ""
    if host in ("", "localhost", "0.0.0.0", "::", "::1") or host.startswith("127."):
        return
    with open(os.environ["NHSREFORM_ATTEMPTS"], "a") as file:
        file.write(f"{event} {host}\\n")
    raise OSError(f"no network in the tests: {host}")

sys.addaudithook(watch)
"""

NEW_NETWORK = 0x40000000
OURS = Path("/proc/thread-self/ns/net")


def _raise_loopback() -> None:
    """Bring up the loopback device of a new network namespace (what `ip link set lo up` does)."""
    import fcntl

    set_flags, up_and_running = 0x8914, 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh", b"lo", up_and_running))


class Network:
    """A network of loopback alone. What is started inside stays there; who started it goes back out.

    Needs Linux and the right to make a network namespace. Without it `cut` is False, and attempts are still refused
    and counted.
    """

    def __init__(self) -> None:
        self._door: int | None = None
        if sys.platform != "linux" or not OURS.exists():
            return
        self._libc = ctypes.CDLL(None, use_errno=True)
        outside = os.open(OURS, os.O_RDONLY)
        if self._libc.unshare(NEW_NETWORK) == 0:
            _raise_loopback()
            self._door = os.open(OURS, os.O_RDONLY)
            self._go(outside)
        os.close(outside)

    def _go(self, door: int) -> None:
        if self._libc.setns(door, NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "the tests cannot go from one network to the other")

    @property
    def cut(self) -> bool:
        """Whether the system itself keeps every other network away."""
        return self._door is not None

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put this thread, and what it starts meanwhile, where only loopback exists."""
        if self._door is None:
            yield
            return
        before = os.open(OURS, os.O_RDONLY)
        self._go(self._door)
        try:
            yield
        finally:
            self._go(before)
            os.close(before)

    def close(self) -> None:
        """Let go of the network; it ends with the last process in it."""
        if self._door is not None:
            os.close(self._door)
            self._door = None


class Refuser(threading.Thread):
    """A proxy for the browser that records what it is asked for and refuses it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                guest, _ = self._door.accept()
            except OSError:
                return
            with guest:
                guest.settimeout(2)
                try:
                    asked = guest.recv(300).split(b"\r\n")[0].decode("latin-1")
                    if not any(host in asked for host in BROWSERS_OWN):
                        self.asked.append(asked)
                    guest.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    self.asked.append("a connection that said nothing")

    def close(self) -> None:
        self._door.close()


def is_elsewhere(url: str) -> bool:
    """Return whether a page that asks for `url` asks another computer."""
    where = urlsplit(url)
    return where.scheme not in ("data", "blob", "about", "file") and where.hostname not in LOOPBACK
