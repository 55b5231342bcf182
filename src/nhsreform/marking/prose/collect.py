"""What readers filled in, taken into by-hand.csv and marks.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nhsreform.marking.by_hand import ANSWER, BY_HAND, ByHand, Given, Line, Row, digest, line_of, write_rows
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
    """Take the filled-in CSVs in `places` (files, or folders of marks-*.csv) into by-hand.csv and marks.csv; return what came of it.

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
    by_hand = ByHand(out)
    by_hand.on_top(record.marks, record.files)
    memory = by_hand.memory
    tops = {mark.question: mark.max for mark in marks.values()}
    readings, unused_rows = read_sheets(paths, codes, tops, memory.sheets)
    result = Collected(problems=problems + unused_rows)
    taken: dict[Line, Row] = {}
    for code, said in readings.items():
        row, reading = codes[code], said[-1]
        line = (row["student"], row["exercise"], row["question"])
        mark, old = marks.get(line), by_hand.by_line.get(line)
        if reading.points is None:
            result.open[row["question"]] = result.open.get(row["question"], 0) + 1
            continue
        if mark is None or digest(mark.value) != row[ANSWER]:
            result.problems.append(f"{code}: this answer does not count any more, another was handed in since")
            continue
        if old and old.text == row[ANSWER] and not _is_from_a_sheet(old, memory.taken.get(code)):
            if reading.new and reading.points != old.points:
                result.problems.append(f"{code}: {BY_HAND} already holds a line typed by hand, and that stays")
                continue
        elif not old or reading.new:
            taken[line] = Row(*line, f"{reading.points:g}", reading.comment, row[ANSWER])
            memory.taken[code] = [reading.points, reading.comment]
        result.taken[row["question"]] = result.taken.get(row["question"], 0) + 1
        for one in said:
            memory.sheets.setdefault(one.path.name, {})[code] = [one.points, one.comment]
    if result.taken:
        with alone(out, at_rest(out)):
            if taken:
                write_rows(out, _in_their_places(by_hand, taken))
            again = ByHand(out)
            record = read_record(out)
            write_file(out / MARKS, as_csv(again.on_top(record.marks, record.files)))
            replace(again.memory, sheets=memory.sheets, taken=memory.taken).write(out)
    folder = next((place for place in places if place.is_dir()), places[0].parent)
    read_first, _ = questions(out)
    look_up(out, read_first)
    result.read_twice, result.differing, unused = compare(out, folder, read_first)
    result.problems += unused
    write_samples(folder, read_first, keys, sampling or Sampling())
    return result


def second_reader_in_words(result: Collected) -> list[str]:
    """Return how many answers were read twice, and a line for each where the two readers differ; nothing where none was."""
    if not result.read_twice:
        return []
    heading = (
        f"Read twice: {result.read_twice}, of which {len(result.differing)} with different points. The first count."
    )
    return [heading, *result.differing]


def _is_from_a_sheet(old: Given, taken: list[Any] | None) -> bool:
    """Return whether a line of by-hand.csv stands as prose marking put it there, and nobody has changed it since."""
    return bool(old.row.answer) and taken in (None, [old.points, old.note])


def _in_their_places(by_hand: ByHand, taken: dict[Line, Row]) -> list[Row]:
    """Return the rows of by-hand.csv with new ones in the places of the old, and behind them."""
    places = {by_hand.by_line[line].row.place: line for line in taken if line in by_hand.by_line}
    rows = [
        taken[places[row.place]] if row.place in places and row.question == places[row.place][2] else row
        for row in by_hand.rows
    ]
    return [*rows, *(row for row in taken.values() if row not in rows)]
