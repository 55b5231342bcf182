"""Moodle's grading worksheet."""

from __future__ import annotations

from collections.abc import Mapping

from nhsreform.marking.gradebook.platform import Platform, Target, fit
from nhsreform.marking.gradebook.sheet import Sheet, SheetError


class Moodle(Platform):
    """Moodle, "Download grading worksheet".

    Read in November 2026 in mod/assign/feedback/offline/importgradeslib.php and locallib.php of moodle/moodle, untested
    against a live site: columns are found by their names, Identifier, Grade and Last modified (grade) must be there, and the
    number at the end of "Participant 12345" says who it is. A grade is passed over when it is above the maximum, or when its
    row was changed on the site later than "Last modified (grade)" says.
    """

    name = "moodle"
    ids = ("Identifier", "ID number", "Email address", "Username")
    needed = ("Identifier", "Grade", "Last modified (grade)")
    theirs = ("Full name", "Online text")
    download = "Download it in English, from the assignment: Submissions, Grading action, Download grading worksheet."
    locked = "Grade can be changed"
    comments = "Feedback comments"

    def targets(self, sheet: Sheet) -> list[Target]:
        """See Platform; `--column` says nothing here, as there is one. Raises SheetError when the maximum differs by row."""
        names = sheet.header()
        column = next((i for i, name in enumerate(names) if name.casefold() == "maximum grade"), len(names))
        tops = {top for row in range(1, len(sheet.rows)) if (top := sheet.value(row, column).strip())}
        if len(tops) > 1:
            raise SheetError(f"The worksheet has several maximum grades: {', '.join(sorted(tops))}. Expected one.")
        return [Target(names.index("Grade"), "Grade", next(iter(tops), ""))]

    def target(self, sheet: Sheet, column: str = "") -> Target:
        """Return the one column that takes grades, whatever is asked for. Raises SheetError."""
        return self.targets(sheet)[0]

    def names(self, cells: Mapping[str, str]) -> list[str]:
        """See Platform."""
        return [cells.get("Full name", "")]

    def number(self, cell: str) -> str:
        """See Platform.

        >>> Moodle().number("Participant 101")
        '101'
        """
        return cell[len(cell.rstrip("0123456789")) :] or cell

    def in_download(self, student: str) -> tuple[str, str] | None:
        """See Platform.

        >>> Moodle().in_download("Ada Lovelace_12345")
        ('Ada Lovelace', '12345')
        """
        match = fit(r"(.*)_(\d+)(?:_assignsubmission_.*)?", student)
        return (match[1], match[2]) if match else None
