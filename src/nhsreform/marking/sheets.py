"""CSV files as a spreadsheet may have saved them, in its own way, and cells that do no harm in one."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from nhsreform.paths import PackError

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), in both widths.
_FORMULA = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")


class CsvError(PackError):
    """A CSV file, or a cell in it, cannot be read."""


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula.

    >>> is_formula("=1+1"), is_formula(" +44"), is_formula("Ada")
    (True, True, False)
    """
    return text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA)


def guarded(text: str) -> str:
    """Return a text as it may stand in a spreadsheet: what looks like a formula gets an apostrophe in front.

    >>> guarded("=1+1"), guarded("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{text}" if is_formula(text) else text


def unguarded(text: str) -> str:
    """Return a text without the apostrophe that `guarded` put in front.

    >>> unguarded("'=1+1"), unguarded("'Ada'")
    ('=1+1', "'Ada'")
    """
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def numbered_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return (its number in the file, cells by column) for each row that is not empty. `columns` are those it must have.

    A row may end early, as spreadsheets leave out empty cells at its end, but not before it has those columns.
    Raises CsvError when it cannot be read, a column is missing, or a row is too short or too long.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvError(f"{path.name} cannot be read: save it as CSV in UTF-8 ({error}).") from error
    except OSError as error:
        raise CsvError(f"{path} cannot be read: {error.strerror}.") from error
    # A spreadsheet in a country with decimal commas saves with semicolons.
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CsvError(f"{path.name} is not a whole CSV file: {error}.") from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise CsvError(
            f"{path.name} has no column {' or '.join(missing)}. Its columns are: {', '.join(header) or 'none'}."
        )
    least = 1 + max(header.index(name) for name in columns)
    found = []
    for place, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if not least <= len(row) <= len(header):
            raise CsvError(
                f"{path.name}, row {place}, has {len(row)} cells; expected {len(header)}. "
                f'Put a text that holds "{delimiter}" into double quotation marks.'
            )
        found.append((place, dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=True))))
    return found


def rows_of(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV, by column, as `numbered_rows` does. Raises CsvError."""
    return [row for _, row in numbered_rows(path, columns)]


def points_of(text: str, place: str) -> float:
    """Return a number of points. Raises CsvError for what is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value < 1_000_000:
        raise CsvError(f"{place}: {text[:60]!r} is no number of points. Give a number from 0 on, such as 2.5.")
    return value
