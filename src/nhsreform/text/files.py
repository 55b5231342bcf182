"""Text out of any file that a person may have saved: whatever wrote it, with or without a byte order mark."""

from __future__ import annotations

import codecs
from pathlib import Path

# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
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


def read_text(path: Path) -> str:
    """Return a file's text with plain line ends and no byte order mark. Raises OSError and UnicodeDecodeError."""
    with path.open("rb") as stream:
        encoding, _ = encoding_of(stream.read(_BEGINNING))
    return path.read_text(encoding=encoding).lstrip("\ufeff")
