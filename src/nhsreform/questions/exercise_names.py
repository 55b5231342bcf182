"""What somebody calls an exercise, and its full name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nhsreform.errors import PackError, nearest


def exercise_names(asked: Iterable[str], known: Sequence[str], where: str = "") -> tuple[str, ...]:
    """Return exercises by their full names; 1 and 01 stand for 01-joint-report.

    Raises PackError for one that is not known, with `where` in front.

    >>> exercise_names(["2", "01-joint-report", "01"], ["01-joint-report", "02-pct-managers"])
    ('02-pct-managers', '01-joint-report')
    """
    names: list[str] = []
    for name in asked:
        number = name.lstrip("0") if name.isdecimal() else None
        meant = [full for full in known if full == name or full.split("-")[0].lstrip("0") == number]
        if not meant:
            raise PackError(f"{where}There is no exercise {name!r}. {nearest(name, list(known))}")
        names += meant
    return tuple(dict.fromkeys(names))
