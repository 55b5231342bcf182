"""Canvas's gradebook."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nhsreform.marking.gradebook.platform import Platform, Target, fit
from nhsreform.marking.gradebook.sheet import Sheet


class Canvas(Platform):
    """Canvas, "Export" in the gradebook.

    Read in November 2026 in lib/gradebook_exporter.rb and lib/gradebook_importer.rb of instructure/canvas-lms, untested against
    a live site: a header that begins with Student (or LastName, FirstName) and ID and has Section; maybe a row of "Manual
    Posting"; a row that begins with "Points Possible"; a title and an id in brackets for each assignment; "(read only)" for
    what is computed; EX for excused and N/A for not assigned; commas or semicolons.
    """

    name = "canvas"
    ids = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
    needed = ("ID", "Section")
    theirs = ("Student", "LastName", "FirstName")
    download = "Download it from Grades: Export, Export Entire Gradebook."

    def targets(self, sheet: Sheet) -> list[Target]:
        """See Platform."""
        points = next((row for row in range(1, len(sheet.rows)) if "Points Possible" in sheet.value(row, 0)), None)
        targets = []
        for index, name in enumerate(sheet.header()):
            match = fit(r"(?P<title>.*) \((?P<id>\d+)\)", name)
            top = sheet.value(points, index).strip() if points is not None else ""
            if match and "read only" not in top:
                targets.append(Target(index, name, top, frozenset({match["title"].strip(), match["id"]})))
        return targets

    def names(self, cells: Mapping[str, str]) -> list[str]:
        """See Platform."""
        if "Student" not in cells:
            first, last = cells.get("FirstName", ""), cells.get("LastName", "")
            return [f"{first} {last}".strip(), f"{last} {first}".strip()]
        # Canvas itself writes ="..." around a name that begins like a formula.
        name = re.sub(r'^="(.*)"$', r"\1", cells["Student"])
        last, _, first = name.partition(",")
        return [name, f"{first} {last}"]

    def is_student(self, cells: list[str]) -> bool:
        """See Platform."""
        above = "Points Possible" in cells[0] or all(re.fullmatch(r"(Muted|Manual Posting.*)?", cell) for cell in cells)
        return any(cells) and not above

    def in_download(self, student: str) -> tuple[str, str] | None:
        """See Platform.

        >>> Canvas().in_download("lovelaceada_LATE_77_9001_x.ipynb")
        ('lovelaceada', '77')
        """
        match = fit(r"([^_]*)(?:_LATE)?_(\d+)(?:_\d+_.*)?", student)
        return (match[1], match[2]) if match else None
