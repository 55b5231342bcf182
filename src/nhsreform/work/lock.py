"""One writer at a time: what keeps two notebooks from writing the learner's work at the same moment."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nhsreform.checkout import KEPT_BY_BROWSER

WAIT_SECONDS = 10


class Waited(Exception):
    """Another notebook has held the lock all the while."""


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is there. Raises Waited after 10 seconds, OSError when the folder cannot be written."""
    if sys.platform == "emscripten":
        with _asked_of_the_page(folder):
            yield
        return
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / ".lock", timeout=WAIT_SECONDS):
            yield
    except Timeout as error:
        raise Waited from error


@contextmanager
def _asked_of_the_page(folder: Path) -> Iterator[None]:
    """Hold the lock that the page's service worker keeps for all tabs (publish/browser/lock.js).

    A browser has no lock on files. Without the service worker nothing is kept, and no other tab sees the folder.
    """
    if not folder.is_relative_to(KEPT_BY_BROWSER):
        yield
        return
    from js import XMLHttpRequest, location  # type: ignore[import-not-found]

    who = secrets.token_hex(8)
    address = f"{location.href.partition('/extensions/')[0]}/api/work-lock?who={who}"

    def ask(more: str = "") -> int:
        request = XMLHttpRequest.new()
        request.open("GET", address + more, False)
        request.send()
        return int(request.status)

    # A server without the service worker says 404: then there is no other tab to wait for.
    ask()
    try:
        yield
    finally:
        ask("&free=1")
