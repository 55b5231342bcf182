"""What went wrong, said to the person at the keyboard: what was wrong, and what to type instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Name = TypeVar("Name")


class PackError(Exception):
    """A mistake explained to the person at the keyboard: what was wrong, and what to type instead.

    IPython shows the sentence alone, without a traceback, because the cause is never inside the pack.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def nearest(name: object, known: list[str]) -> str:
    """Return a sentence naming the known names closest to `name`.

    >>> nearest("clams", ["claims", "figures"])
    'Did you mean claims? Known: claims, figures.'
    """
    from difflib import get_close_matches

    close = get_close_matches(str(name), known, n=3, cutoff=0.5)
    guess = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{guess}Known: {', '.join(known)}."


def one_of(name: Name, known: Iterable[str], problem: str, error: type[PackError] = PackError) -> Name:
    """Return `name`. Raises `error` with the problem and the nearest of the known names when it is none of them."""
    names = list(known)
    if name not in names:
        raise error(f"{problem} {nearest(name, names)}")
    return name
