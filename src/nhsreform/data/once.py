"""What is made of data/ and seeds/ alone is made once in a session, not each time that somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
_FUNCTIONS: list[Any] = []


def once(function: Function) -> Function:
    """Return a function that remembers its results, each by its arguments. Whoever gets one must not change it."""
    remembering = cache(function)
    _FUNCTIONS.append(remembering)
    return cast(Function, remembering)


def forget() -> None:
    """Have everything read and made anew: data/ or seeds/ have changed."""
    for remembering in _FUNCTIONS:
        remembering.cache_clear()
