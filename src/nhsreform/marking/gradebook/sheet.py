"""A platform's worksheet, byte for byte: what is not filled in goes out as it came.

Rows, columns, order, delimiter, quotation marks, line ends, encoding and byte order mark stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nhsreform.errors import PackError
from nhsreform.text.files import encoding_of


class SheetError(PackError):
    """The worksheet is not what the platform exports, or the grades do not fit it."""


@dataclass
class Sheet:
    """A worksheet: how it is written, and its cells as they stand in the file, quotation marks and all."""

    codec: str
    mark: bytes
    delimiter: str
    rows: list[list[str]]
    ends: list[str]

    def data(self) -> bytes:
        """Return the file."""
        lines = (self.delimiter.join(row) + end for row, end in zip(self.rows, self.ends, strict=True))
        return self.mark + "".join(lines).encode(self.codec)

    def value(self, row: int, column: int) -> str:
        """Return what a cell says; "" where the row is too short."""
        return value(self.rows[row][column]) if column < len(self.rows[row]) else ""

    def header(self) -> list[str]:
        """Return the names of the columns."""
        return [value(cell).strip() for cell in self.rows[0]]


def value(raw: str) -> str:
    """Return what a cell says.

    >>> value('"a ""b"" c"'), value(" plain "), value('"";""')
    ('a "b" c', ' plain ', ';""')
    """
    if not raw.startswith('"'):
        return raw
    inner, _, rest = raw[1:].replace('""', "\0").partition('"')
    # Behind the closing mark two marks are two, as csv has it.
    return inner.replace("\0", '"') + rest.replace("\0", '""')


def like(raw: str, text: str, model: str) -> str:
    """Return a text as a cell, in quotation marks where the old cell or its column's header has them."""
    return f'"{text}"' if raw.startswith('"') or model.startswith('"') else text


def decoded(data: bytes) -> tuple[str, bytes, str]:
    """Return codec, byte order mark and text; what is decoded so encodes to the same bytes again."""
    codec, mark = encoding_of(data)
    if mark or codec != "utf-8":
        return codec, mark, data[len(mark) :].decode(codec)
    for codec in ("utf-8", "cp1252"):
        try:
            return codec, b"", data.decode(codec)
        except UnicodeDecodeError:
            continue
    return "latin-1", b"", data.decode("latin-1")


def cut(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    r"""Return the cells of each row as they stand in the text, and each row's line end.

    >>> cut('a,"b,""c"\r\nd,e', ",")
    ([['a', '"b,""c"'], ['d', 'e']], ['\r\n', ''])

    Raises SheetError for a quotation mark that is never closed.
    """
    cell = re.compile(
        rf'("(?:[^"]|"")*+"[^{delimiter}\r\n]*|[^"{delimiter}\r\n][^{delimiter}\r\n]*|)({delimiter}|\r\n|\n|\r|\Z)'
    )
    rows: list[list[str]] = [[]]
    ends: list[str] = []
    at = 0
    while True:
        match = cell.match(text, at)
        if not match or (not match[2] and match.end() < len(text)):
            raise SheetError(f"The worksheet's row {len(rows)} has a quotation mark that is never closed.")
        rows[-1].append(match[1])
        at = match.end()
        if match[2] == delimiter:
            continue
        ends.append(match[2])
        if at == len(text):
            return rows, ends
        rows.append([])


def as_number(text: str) -> float | None:
    """Return a number with a decimal point or a decimal comma, or None."""
    try:
        return float(re.sub(r",(?=\d{1,2}$)", ".", text.strip()).replace(",", ""))
    except ValueError:
        return None
