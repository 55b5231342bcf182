"""Numbers and days in words."""

from __future__ import annotations

import re
from datetime import date


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number and its noun.

    >>> plural(1, "student"), plural(2, "student"), plural(2, "query", "queries")
    ('1 student', '2 students', '2 queries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def words_in(text: str) -> int:
    """Return how many words a text of a learner's has; ids of claims, and what stands in square brackets, are none.

    >>> words_in("It's well-meant [joint-report-c09] – so far (walk-away-c01).")
    4
    """
    without = re.sub(r"\[[^\]]*\]|(?<![\w-])[a-z]+(?:-[a-z\d]+)*-c\d+(?![\w-])", " ", text)
    return len(re.findall(r"\w[\w\u2019'-]*", without))


def number(value: float) -> str:
    """Return a number with two decimals at most, and without needless zeros.

    >>> number(7.0), number(7.25), number(1 / 3)
    ('7', '7.25', '0.33')
    """
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def day(when: date) -> str:
    """Return a day in words.

    >>> day(date(2010, 11, 4))
    '4 November 2010'
    """
    return f"{when.day} {when:%B %Y}"


def days(early: date, late: date) -> str:
    """Return the day, or the two days that something lies between.

    >>> days(date(2011, 1, 1), date(2011, 1, 31))
    'between 1 January 2011 and 31 January 2011'
    """
    return day(early) if early == late else f"between {day(early)} and {day(late)}"
