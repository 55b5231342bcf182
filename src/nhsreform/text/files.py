"""Files that people save: names that every system takes, and their text, whatever wrote it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WINDOWS_OWN = re.compile(
    r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE | re.DOTALL
)
# As much of a file as shows in which halves of its pairs of bytes the noughts stand.
_BEGINNING = 200


def encoding_of(data: bytes) -> tuple[str, bytes]:
    """Return the encoding of a file, as its byte order mark or its noughts show it, and the mark; without either UTF-8.

    >>> encoding_of("a,b".encode("utf-16-le")), encoding_of(b"a,b")
    (('utf-16-le', b''), ('utf-8', b''))
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, mark
    beginning = data[:_BEGINNING]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        noughts, others = beginning[first::2], beginning[1 - first :: 2]
        if len(beginning) > 1 and noughts.count(0) * 2 > len(noughts) and not others.count(0):
            return encoding, b""
    return "utf-8", b""


def decoded(data: bytes, *, guess: bool = False) -> str:
    r"""Return the text of a file with plain line ends and no byte order mark.

    With `guess`, what is no UTF-8 is read as Windows writes it, for where a wrong letter does no harm. A mostly sound UTF-8 keeps
    its letters, with a sign for each damaged one. Raises UnicodeDecodeError without.

    >>> decoded("\ufeffZo\xeb\r\n".encode("utf-16-le")), decoded(b"Zo\xeb", guess=True)
    ('Zo\xeb\n', 'Zo\xeb')
    """
    encoding, mark = encoding_of(data)
    data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if not guess:
            raise
        text = data.decode(encoding, "replace")
        damaged = text.count("\ufffd")
        if encoding == "utf-8" and 2 * damaged >= sum(not sign.isascii() for sign in text):
            text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")


def read_text(path: Path, *, guess: bool = False) -> str:
    """Return a file's text as `decoded` does. Raises OSError, and UnicodeDecodeError without `guess`."""
    return decoded(path.read_bytes(), guess=guess)


def windows_keeps(name: str) -> bool:
    """Return whether Windows keeps a name for a device: a file of that name, whatever its ending, cannot be made there.

    >>> [windows_keeps(name) for name in ("CON", "nul.md", "COM1", "console", "my-con")]
    [True, True, True, False, False]
    """
    return _WINDOWS_OWN.fullmatch(name) is not None
