"""What a simulator is: the numbers that go in, where each comes from, settings to start from, and what it leaves out."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from nhsreform.errors import PackError
from nhsreform.text.untrusted import web_address

YOURS = "your assumption"


def _sourced(name: str, source: str, mark: str, kind: str) -> None:
    """Raise ValueError unless a source comes with its mark and kind, and an assumption with neither."""
    if len({source == YOURS, mark == "", kind == ""}) > 1 or mark not in ("", "V", "P", "D"):
        raise ValueError(f"{name}: give a source with its mark and kind, or none of them")


@dataclass(frozen=True)
class Parameter:
    """One number that goes into a scenario.

    It names its source and mark (V: seen, P: seen in part, D: derived), or is the learner's own assumption.

    Fields:
        name: the argument's name.
        label: what it is, in words.
        unit: its unit; "yes or no" for a switch.
        low, high, step: the range to choose from and the distance between two choices, in `unit`.
        default: the value it opens with, in `unit`.
        source: where the default was seen, or `YOURS`.
        mark: V, P or D; empty for an assumption.
        kind: what kind of source it is, as the tables say it; empty for an assumption.
        url: the address the source was seen at; empty where there is none.
        stops: the values to choose from where they are not evenly spaced; else empty.
        fixed: whether the scenario's point rests on it, so that it is shown but not moved.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    default: float
    source: str = YOURS
    mark: str = ""
    url: str = ""
    stops: tuple[float, ...] = ()
    fixed: bool = False
    kind: str = ""

    def __post_init__(self) -> None:
        _sourced(self.name, self.source, self.mark, self.kind)

    @property
    def basis(self) -> str:
        """Where the default comes from: the source with its mark and kind, or that it is your assumption."""
        return f"{self.source} [{self.mark}, {self.kind}]" if self.mark else YOURS

    @property
    def switch(self) -> bool:
        """Whether it is a yes or a no."""
        return self.unit == "yes or no"


@dataclass(frozen=True)
class Preset:
    """Settings to start from: some or all parameters of a scenario, by name, with where they come from.

    `later` is true when they were known only after the five texts. `urls` are the addresses the source was seen at: a
    setting that rests on an outside page always gives at least one.
    """

    label: str
    values: dict[str, float]
    source: str = YOURS
    mark: str = ""
    later: bool = False
    kind: str = ""
    urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _sourced(self.label, self.source, self.mark, self.kind)
        if bool(self.mark) != bool(self.urls) or not all(map(web_address, self.urls)):
            raise ValueError(f"{self.label}: give the address of the source with it")

    @property
    def basis(self) -> str:
        """The source with its mark and kind, or that it is your assumption."""
        return f"{self.source} [{self.mark}, {self.kind}]" if self.mark else YOURS


@dataclass(frozen=True)
class Scenario:
    """A model with its numbers, where they come from, and what it leaves out.

    `later` holds sentences that tell what came after the five texts.
    """

    name: str
    title: str
    run: Callable[..., Any]
    takes: tuple[Parameter, ...]
    starts: tuple[Preset, ...]
    leaves_out: tuple[str, ...]
    later: tuple[str, ...] = ()

    def parameters(self) -> tuple[Parameter, ...]:
        """Return the numbers that go in."""
        return self.takes

    def presets(self) -> tuple[Preset, ...]:
        """Return settings to start from."""
        return self.starts

    def limits(self, hindsight: bool = True) -> tuple[str, ...]:
        """Return what the result leaves out, as sentences to print beside it; without hindsight, none from later."""
        return self.leaves_out + (self.later if hindsight else ())

    def defaults(self) -> dict[str, float]:
        """Return the opening settings: {name: value}."""
        return {each.name: each.default for each in self.takes}


def as_number(value: object, name: str, low: float, high: float, unit: str) -> float:
    """Return `value` as a float. Raises PackError for what is not a number between `low` and `high`."""
    wanted = f"Give {unit} between {low:,} and {high:,}, in digits alone."
    if isinstance(value, bool) or not isinstance(value, Real) or value != value:
        raise PackError(f"{name} is {reprlib.repr(value)}, which is not a number. {wanted}")
    # Real has no order of its own to a type checker, and as a float a giant would overflow.
    number: Any = value
    if not low <= number <= high:
        raise PackError(f"{name} is {reprlib.repr(value)}, which is out of range. {wanted}")
    return float(number)


def as_whole(value: object, name: str, low: float, high: float, unit: str) -> int:
    """Return `value` as an int. Raises PackError for what is not a whole number between `low` and `high`."""
    number = as_number(value, name, low, high, unit)
    if not number.is_integer():
        raise PackError(f"{name} is {value}, which is not a whole number. Give {unit} between {low:,} and {high:,}.")
    return int(number)


def as_switch(value: object, name: str) -> bool:
    """Return `value` as a bool. Raises PackError for what is neither a yes nor a no."""
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    raise PackError(f"{name} is {reprlib.repr(value)}. Give True or False.")
