"""CSV files: written so that a spreadsheet does no harm with them, and read as a spreadsheet may have saved them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from nhsreform.errors import PackError
from nhsreform.text.files import read_text
from nhsreform.text.typography import folded
from nhsreform.text.untrusted import guarded

# Where commas are decimal, spreadsheets save with semicolons; "Unicode text" has tabs.
_DELIMITERS = ",;\t|"
# "sep=;" on a line of its own; a spreadsheet that saved it again filled it up with empty cells.
_SEP_LINE = re.compile(r'"?sep\s*=\s?(.)"?[,;\t|]*\n', re.IGNORECASE)
# Under which `numbered_rows` says what is wrong with a row. No column can be called so.
PROBLEM = "\n"


class CsvError(PackError):
    """A CSV file cannot be read."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]], *, guard: bool = True, line_end: str = "\n") -> str:
    """Return a CSV file's text in which no cell is a formula.

    Without `guard` the cells stand as they are: for a table that no spreadsheet opens, or whose cells were guarded before.
    What a person opens in a spreadsheet is a `sheet_text`.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=line_end)
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] if guard else row for row in rows)
    return stream.getvalue()


def sheet_text(columns: Sequence[str], rows: Iterable[Sequence[str]], *, guard: bool = True) -> str:
    """Return the text of a CSV file that a person opens in a spreadsheet, as `csv_text` does.

    Where a sign is not ASCII there is a byte order mark in front: without it Excel takes the file for one in a Windows code page.
    """
    text = csv_text(columns, rows, guard=guard)
    return text if text.isascii() else f"\ufeff{text}"


def numbered_rows(
    path: Path, columns: Sequence[str], *, may_end_after: str = "", keep_bad: bool = False
) -> list[tuple[int, dict[str, str]]]:
    """Return (its row in a spreadsheet, cells by column) for each row that is not empty. `columns` are those it must have.

    Names of columns are in small letters, line ends in cells plain. A row may end early, as spreadsheets leave out empty
    cells at its end, but not before the last of `columns`, or before `may_end_after`.

    Raises CsvError when the file cannot be read, a column is missing, or a row is too short or too long. With `keep_bad` such
    a row is returned all the same, and what is wrong with it stands under PROBLEM.
    """
    text, delimiter, first = _taken_apart(_decoded(path), columns)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CsvError(f"{path.name} is not a whole CSV file: {error}.") from error
    header = [_column(name) for name in lines[0]] if lines else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise CsvError(
            f"{path.name} has no column {' or '.join(missing)}. Its columns are: {', '.join(header) or 'none'}."
        )
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise CsvError(f"{path.name} has the column {twice[0]} more than once. Take away all but the one that counts.")
    least = 1 + max(map(header.index, [may_end_after] if may_end_after else columns), default=0)
    rows = []
    for place, cells in enumerate(lines[1:], first + 1):
        if not any(cell.strip() for cell in cells):
            continue
        bad = {}
        if not least <= len(cells) <= len(header):
            problem = (
                f"{path.name}, row {place}, has {len(cells)} cells; expected {len(header)}. "
                f'Put a text that holds "{delimiter}" into double quotation marks.'
            )
            if not keep_bad:
                raise CsvError(problem)
            bad = {PROBLEM: problem}
        whole = [*cells, *[""] * (len(header) - len(cells))][: len(header)]
        rows.append((place, dict(zip(header, whole, strict=True)) | bad))
    return rows


def cut_at_a_comma(number: str, text: str) -> bool:
    """Return whether a number and the text behind it look like one number with a decimal comma that no quotation marks hold.

    >>> cut_at_a_comma("0", "5"), cut_at_a_comma("0", "5 of them"), cut_at_a_comma("0.5", "5")
    (True, False, False)
    """
    return bool(re.fullmatch(r"\d+", number.strip()) and re.fullmatch(r"\d{1,2}", text.strip()))


def rows_of(path: Path, columns: Sequence[str], *, may_end_after: str = "") -> list[dict[str, str]]:
    """Return the rows of a CSV, by column, as `numbered_rows` does. Raises CsvError."""
    return [row for _, row in numbered_rows(path, columns, may_end_after=may_end_after)]


def _decoded(path: Path) -> str:
    """Return a file's text with plain line ends. Raises CsvError."""
    try:
        return read_text(path)
    except OSError as error:
        raise CsvError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CsvError(
            f"{path.name} cannot be read: save it as CSV in UTF-8 (byte {error.start} does not fit). In a spreadsheet choose "
            "Save as, and the type CSV UTF-8."
        ) from error


def _taken_apart(text: str, columns: Sequence[str]) -> tuple[str, str, int]:
    """Return the text from its header on, the sign between its cells, and the header's row in a spreadsheet."""
    said = _SEP_LINE.match(text)
    start = said.end() if said else 0
    blank = re.compile(r"\s*\n").match(text, start)
    start = blank.end() if blank else start
    first = 1 + text.count("\n", 0, start)
    text = text[start:]
    header = text.partition("\n")[0]
    delimiters = [*([said[1]] if said else []), *_DELIMITERS]
    for delimiter in delimiters:
        names = {_column(name.strip().strip('"')) for name in header.split(delimiter)}
        if columns and names.issuperset(columns):
            return text, delimiter, first
    return text, said[1] if said else max(_DELIMITERS, key=header.count), first


def _column(name: str) -> str:
    """Return the name of a column as it is compared: in small letters, without signs that nobody sees."""
    return folded(name)
