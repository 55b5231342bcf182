"""What readers filled in, taken into by-hand.csv and marks.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking.by_hand import ANSWER, BY_HAND, ByHand, Line, Row, digest, line_of, write_rows
from nhsreform.marking.errors import MarkError, alone, write_file
from nhsreform.marking.marked_class import at_rest, read_class
from nhsreform.marking.marks_csv import MARKS, as_csv
from nhsreform.marking.prose.codes import CODES, look_up, questions, read_codes
from nhsreform.marking.prose.moderation import Sampling, compare, write_samples
from nhsreform.marking.prose.sheets import read_sheets, sheets_in
from nhsreform.marking.record import read_record


@dataclass
class Collected:
    """What came back. taken, open: by question, how many. problems: what was not used, and why. differing: second readings."""

    taken: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    read_twice: int = 0


def collect(
    out: Path, places: Sequence[Path], keys: Sequence[Path] = (), sampling: Sampling | None = None
) -> Collected:
    """Take the filled-in CSVs in `places` (files, or folders of marks-*.csv) into by-hand.csv and marks.csv.

    For each question whose answers all have points, a moderation sample is written beside the CSVs, as a page and a CSV
    without the points given. A second reader's CSV is compared, and changes nothing. Raises PackError.
    """
    codes = read_codes(out)
    if not codes:
        raise MarkError(f"There is no {CODES} in {out}. Begin with: nhsreform prose prepare {out} FOLDER")
    paths = sheets_in(places, "marks-*.csv")
    if not paths:
        raise MarkError(f"There is no marks-*.csv in {', '.join(str(place) for place in places)}.")
    problems: list[str] = []
    record = read_class(out, problems)
    marks = {line_of(mark): mark for mark in record.marks}
    readings, unused_rows = read_sheets(paths, codes, {mark.question: mark.max for mark in marks.values()})
    result = Collected(problems=problems + unused_rows)
    by_hand = ByHand(out)
    by_hand.on_top(record.marks, record.files)
    taken: dict[Line, Row] = {}
    for code, (points, comment) in readings.items():
        row = codes[code]
        line = (row["student"], row["exercise"], row["question"])
        mark, old = marks.get(line), by_hand.by_line.get(line)
        if points is None:
            result.open[row["question"]] = result.open.get(row["question"], 0) + 1
        elif mark is None or digest(mark.value) != row[ANSWER]:
            result.problems.append(f"{code}: this answer does not count any more, another was handed in since")
        elif old and not old.row.answer and old.text == row[ANSWER]:
            result.problems.append(f"{code}: {BY_HAND} already holds a line typed by hand, and that stays")
        else:
            taken[line] = Row(*line, f"{points:g}", comment, row[ANSWER])
            result.taken[row["question"]] = result.taken.get(row["question"], 0) + 1
    if result.taken:
        with alone(out, at_rest(out)):
            replaced = {by_hand.by_line[line].row.place for line in taken if line in by_hand.by_line}
            write_rows(out, [*(row for row in by_hand.rows if row.place not in replaced), *taken.values()])
            record = read_record(out)
            write_file(out / MARKS, as_csv(ByHand(out).on_top(record.marks, record.files)))
    folder = next((place for place in places if place.is_dir()), places[0].parent)
    read_first, _ = questions(out)
    look_up(out, read_first)
    result.read_twice, result.differing, unused = compare(out, folder, read_first)
    result.problems += unused
    write_samples(folder, read_first, keys, sampling or Sampling())
    return result
