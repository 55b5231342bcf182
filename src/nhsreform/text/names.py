"""Names that a file can have on every system."""

from __future__ import annotations

import re

_WINDOWS_OWN = re.compile(
    r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE | re.DOTALL
)


def windows_keeps(name: str) -> bool:
    """Return whether Windows keeps a name for a device: a file of that name, whatever its ending, cannot be made there.

    >>> [windows_keeps(name) for name in ("CON", "nul.md", "COM1", "console", "my-con")]
    [True, True, True, False, False]
    """
    return _WINDOWS_OWN.fullmatch(name) is not None
