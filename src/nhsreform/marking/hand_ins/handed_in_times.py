"""When a hand-in came, where the download does not tell: from Moodle's worksheet, which does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nhsreform.marking.hand_ins.handin import MOODLE, CollectError, Handin
from nhsreform.text.csv_files import numbered_rows
from nhsreform.text.typography import behind_a_group, squeezed
from nhsreform.text.untrusted import for_terminal

# As Moodle's English language pack writes it in that column (strftimedaydatetime), on a 12-hour or a 24-hour clock; British
# and American order, and what a spreadsheet makes of it when it saves the file.
_FORMS = (
    "%A, %d %B %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%A, %B %d, %Y, %I:%M %p",
    "%d %B %Y, %I:%M %p",
    "%d %B %Y, %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%y, %H:%M",
)
SUBMITTED = "last modified (submission)"


def moment(text: str) -> datetime | None:
    """Return a date and time as Moodle writes it, or None.

    >>> moment("Friday, 20 November 2026, 3:05 PM")
    datetime.datetime(2026, 11, 20, 15, 5)
    """
    plain = " ".join(text.split())
    for form in _FORMS:
        try:
            return datetime.strptime(plain, form)
        except ValueError:
            continue
    return None


def with_times(handins: list[Handin], worksheets: Sequence[Path], notes: list[str]) -> list[Handin]:
    """Return hand-ins with the times that Moodle's worksheets give, by the participant's number.

    A row whose name is another's is not believed, and said; so is a time that cannot be read. Raises PackError when a worksheet
    cannot be read, or has no such times in it.
    """
    times: dict[str, tuple[str, str]] = {}
    for path in worksheets:
        rows = numbered_rows(path, ["identifier"])
        if rows and not any(SUBMITTED in row for _, row in rows):
            raise CollectError(
                f"{path.name} does not say when work was handed in: there is no column {SUBMITTED}. Download Moodle's grading "
                "worksheet anew, in English."
            )
        for _, row in rows:
            number = re.search(r"\d+$", row["identifier"].strip())
            if number:
                times[number[0]] = (row.get("full name", ""), row[SUBMITTED].strip())
    said: dict[str, None] = {}
    timed = [_timed(handin, times, said) for handin in handins]
    notes += said
    return timed


def _timed(handin: Handin, times: dict[str, tuple[str, str]], said: dict[str, None]) -> Handin:
    if handin.platform != MOODLE or handin.number not in times:
        return handin
    name, text = times[handin.number]
    own = {squeezed(part) for part in (handin.full_name, *behind_a_group(handin.full_name))}
    if squeezed(name) not in {"", *own} and squeezed(handin.full_name) != "participant":
        who = f"{handin.student}: number {handin.number} is {for_terminal(name, 60)} in the worksheet"
        said[f"{who}, so its time is not believed; check whose it is"] = None
        return handin
    when = moment(text)
    if when is None and text not in ("", "-"):
        said[
            f"{handin.student}: the worksheet's time {for_terminal(text, 60)!r} cannot be read; check when it came"
        ] = None
    return replace(handin, handed_in=when) if when else handin
