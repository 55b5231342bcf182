"""What differs from platform to platform in a worksheet. A new platform is a class like those beside this file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nhsreform.marking.gradebook.sheet import Sheet, SheetError, cut, decoded, value
from nhsreform.text.untrusted import for_terminal


@dataclass(frozen=True)
class Target:
    """A column that takes grades: where it is, what it is called, the most that fits in it, and what else it answers to.

    top is as the file has it, "" where it does not say.
    """

    index: int
    name: str
    top: str
    also: frozenset[str] = frozenset()


class Platform:
    """A worksheet's form. Subclasses say what is in it.

    name: as on the command line. ids: the columns that know a student, first the platform's own. needed: the columns by which
    the file is known. theirs: the columns that students write and the platform does not read back, where a formula can be
    made harmless. download: where to get the file. locked: the column that says "no" where a grade cannot be changed. comments:
    the column that takes a comment for the student.
    """

    name = ""
    ids: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    download = ""
    locked = ""
    comments = ""

    def targets(self, sheet: Sheet) -> list[Target]:
        """Return the columns that take grades. Raises SheetError when the file contradicts itself."""
        raise NotImplementedError

    def names(self, cells: Mapping[str, str]) -> list[str]:
        """Return a row's name, first as it is shown, then in the other order. `cells`: {column: what it says}."""
        first, last = cells.get("First Name", ""), cells.get("Last Name", "")
        return [f"{first} {last}".strip(), f"{last} {first}".strip()]

    def number(self, cell: str) -> str:
        """Return the platform's number for a student out of the first of `ids`."""
        return cell

    def is_student(self, cells: list[str]) -> bool:
        """Return whether a row is a student's."""
        return any(cells)

    def in_download(self, student: str) -> tuple[str, str] | None:
        """Return name and number of a student as the platform's download names folders and files, or None."""
        return None

    def parse(self, data: bytes) -> Sheet:
        """Return a worksheet. Raises SheetError when it is not what the platform exports."""
        try:
            codec, mark, text = decoded(data)
        except UnicodeDecodeError as error:
            raise SheetError(f"The worksheet is damaged: it is not {error.encoding.upper()} throughout.") from error
        if not text.strip():
            raise SheetError("The worksheet is empty.")
        for delimiter in (",", "\t", ";"):
            first = text.splitlines()[0].split(delimiter)
            if set(self.needed) <= {value(cell).strip() for cell in first}:
                break
        else:
            raise SheetError(
                f"This is not a worksheet of {self.name.capitalize()}: its first row has no {' or no '.join(self.needed)}. "
                f"{self.download}"
            )
        sheet = Sheet(codec, mark, delimiter, *cut(text, delimiter))
        names = sheet.header()
        for name in (*self.ids, *self.needed):
            if names.count(name) > 1:
                raise SheetError(f"The worksheet has {names.count(name)} columns named {name}; expected one.")
        for place, row in enumerate(sheet.rows[1:], 2):
            if len(row) > len(names):
                raise SheetError(
                    f"The worksheet's row {place} has {len(row)} cells, and its header {len(names)}. {self.download}"
                )
        return sheet

    def target(self, sheet: Sheet, column: str = "") -> Target:
        """Return the column to fill: the one named by header, title or number, or the only one there is.

        Raises SheetError when there is none, or several and none is named.
        """
        targets = self.targets(sheet)
        wanted = [target for target in targets if not column or column.strip() in {target.name, *target.also}]
        if len(wanted) == 1:
            return wanted[0]
        listed = "; ".join(for_terminal(target.name, 100) for target in targets)
        if not targets:
            raise SheetError(f"The worksheet has no column that takes grades. {self.download}")
        if not wanted:
            raise SheetError(f"The worksheet has no column {for_terminal(column, 60)!r}. It has: {listed}.")
        raise SheetError(f"Several columns take grades. Name one with --column, by its title or its number: {listed}.")


def fit(pattern: str, text: str) -> re.Match[str] | None:
    """Return how a whole text fits a pattern, over line ends too."""
    return re.fullmatch(pattern, text, re.DOTALL)
