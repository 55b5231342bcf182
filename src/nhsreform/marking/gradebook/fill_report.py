"""What was filled in, and who needs a look, for a terminal."""

from __future__ import annotations

from nhsreform.marking.gradebook.fill import Filled
from nhsreform.text.numbers_in_words import number, plural
from nhsreform.text.untrusted import for_terminal


def report(filled: Filled, out: str) -> str:
    """Return what was done, and who needs a look, for a terminal."""
    lines = [
        f"{plural(len(filled.filled), 'grade')} written to {out}, column {for_terminal(filled.column, 100)!r}, "
        f"with a maximum of {number(filled.top)}. Nothing else was filled in."
    ]

    if filled.commented:
        lines.append(f"{plural(filled.commented, 'comment')} written into the same file.")

    def add(title: str, who: dict[str, str]) -> None:
        if who:
            lines.append(f"{title} ({len(who)}):")
            lines.extend(f"  {for_terminal(name, 60)}: {for_terminal(why, 120)}" for name, why in sorted(who.items()))

    add("Handed in, but not found in the worksheet for certain; type these in by hand", filled.unknown)
    add("Not written: the worksheet has this number under another name; look at these", filled.odd)
    add(
        "Left empty, because a person must decide first (by-hand.csv, or the page of a prose question; or --without-person)",
        filled.waiting,
    )
    add("Written without what a person must still read, which counts nothing so far", filled.so_far)
    add("Left as the worksheet has it", filled.left)
    if filled.later:
        lines.append(f"Left empty, because --only did not name them: {filled.later}.")
    if filled.absent:
        lines.append(f"Left empty, because nothing was handed in; --zeros writes 0 ({len(filled.absent)}):")
        lines.extend(f"  {for_terminal(name, 60)}" for name in sorted(filled.absent))
    if filled.no_marks:
        lines.append(f"In the worksheet, but not among the marks ({len(filled.no_marks)}):")
        lines.extend(f"  {for_terminal(name, 60)}" for name in filled.no_marks)
    if filled.defused:
        lines.append(f"{plural(filled.defused, 'cell')} that looked like a formula got an apostrophe in front.")
    if filled.formulas:
        lines.append(
            f"{plural(filled.formulas, 'cell')} of the platform's own columns may be taken for a formula by a spreadsheet. "
            "Upload the file as it is; do not open it in one."
        )
    lines.append(
        "The file's form is the documented one, and was never tried against a live site: upload one student's grade first."
    )
    return "\n".join(lines)
