"""Blackboard's grade centre."""

from __future__ import annotations

from nhsreform.marking.gradebook.platform import Platform, Target, fit
from nhsreform.marking.gradebook.sheet import Sheet


class Blackboard(Platform):
    """Blackboard, "Work Offline", "Download".

    Read in November 2026 in Blackboard's help, "Work Offline with Grade Data", untested against a live site: tabs in UTF-16 with
    the ending .xls, or commas with the ending .csv; the user name is what a row is known by, the number behind | what a column
    is known by; "Title [Total Pts: 10 Score] |123456", with "up to 10" where the column is computed.
    """

    name = "blackboard"
    ids = ("Username", "Student ID")
    needed = ("Username",)
    theirs = ("Last Name", "First Name")
    download = "Download it from the Grade Centre: Work Offline, Download, with the user information."

    def targets(self, sheet: Sheet) -> list[Target]:
        """See Platform."""
        form = r"(?P<title>.*) \[Total Pts: (?P<computed>up to )?(?P<max>[\d.,]+)[^\]]*\] \|(?P<id>\d+)"
        matches = [(index, name, fit(form, name)) for index, name in enumerate(sheet.header())]
        return [
            Target(index, name, match["max"], frozenset({match["title"].strip(), match["id"]}))
            for index, name, match in matches
            if match and not match["computed"]
        ]
