"""By what a cell that nobody touched is known, whichever version of the pack it is of: each says it of itself.

`nhsreform build` writes it into the metadata of every cell of a learner's exercise, under "nhsreform": {"shipped": ...}.
"""

from __future__ import annotations

import hashlib


def lines_of(source: str) -> list[str]:
    """Return the lines of a cell as they are compared: without blanks around them, and none that is empty."""
    return [line for part in source.splitlines() if (line := part.strip())]


def fingerprint(source: str) -> str:
    r"""Return a short hash of a cell's lines.

    >>> fingerprint("q1_1 = ...") == fingerprint("\r\n  q1_1 = ...\r\n")
    True
    """
    return hashlib.sha256("\n".join(lines_of(source)).encode("utf-8", "replace")).hexdigest()[:16]


def has_blank(source: str) -> bool:
    """Return whether there is a blank in a cell, as every stub has one: what has none is an answer, whatever it says of itself.

    >>> has_blank("q1_1 = ..."), has_blank("q1_1 = 'an answer'")
    (True, False)
    """
    return "..." in source or '"""' in source
