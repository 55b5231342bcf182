"""Grades into the platform's own worksheet: Moodle, Canvas and Blackboard.

The file that the platform exported is the form: rows, columns, order, delimiter, quotation marks, line ends, encoding and
byte order mark stay as they are. One column is filled, in a new file. Nobody is guessed at: who cannot be matched for
certain is listed.

The forms, from each platform's own code or manual (read in stored copies, November 2026; untested against a live site):

Moodle, "Download grading worksheet" (mod/assign/feedback/offline/importgradeslib.php and locallib.php in moodle/moodle):
columns are found by their names, Identifier, Grade and Last modified (grade) must be there, and the number at the end of
"Participant 12345" says who it is. A grade is passed over when it is above the maximum, or when its row was changed on
the site later than "Last modified (grade)" says.
Canvas, "Export" in the gradebook (lib/gradebook_exporter.rb and lib/gradebook_importer.rb in instructure/canvas-lms): a
header that begins with Student (or LastName, FirstName) and ID and has Section; maybe a row of "Manual Posting"; a row that
begins with "Points Possible"; a title and an id in brackets for each assignment; "(read only)" for what is computed; EX for
excused and N/A for not assigned; commas or semicolons.
Blackboard, "Work Offline", "Download" (Blackboard's help, "Work Offline with Grade Data"): tabs in UTF-16 with the ending .xls, or
commas with the ending .csv; the user name is what a row is known by, the number behind | what a column is known by;
"Title [Total Pts: 10 Score] |123456", with "up to 10" where the column is computed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nhsreform.marking.marks import ABSENT, MARKS, exercise_names
from nhsreform.marking.reading import Mark, number, plural, shown
from nhsreform.marking.sheets import is_formula, unguarded
from nhsreform.paths import PackError
from nhsreform.questions import judge

MOODLE, CANVAS, BLACKBOARD = "moodle", "canvas", "blackboard"
PLATFORMS = (MOODLE, CANVAS, BLACKBOARD)

# What each platform knows a student by: first what it makes itself, then other numbers and names for the computer.
_IDS = {
    MOODLE: ("Identifier", "ID number", "Email address", "Username"),
    CANVAS: ("ID", "SIS User ID", "SIS Login ID", "Integration ID"),
    BLACKBOARD: ("Username", "Student ID"),
}
_NEEDED = {
    MOODLE: ("Identifier", "Grade", "Last modified (grade)"),
    CANVAS: ("ID", "Section"),
    BLACKBOARD: ("Username",),
}
# Columns that students write and that the platform does not read back: here a formula can be made harmless.
_THEIRS = {
    MOODLE: ("Full name", "Online text"),
    CANVAS: ("Student", "LastName", "FirstName"),
    BLACKBOARD: ("Last Name", "First Name"),
}
_DOWNLOAD = {
    MOODLE: "Download it in English, from the assignment: Submissions, Grading action, Download grading worksheet.",
    CANVAS: "Download it from Grades: Export, Export Entire Gradebook.",
    BLACKBOARD: "Download it from the Grade Centre: Work Offline, Download, with the user information.",
}
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
_COLUMN = re.compile(
    r"(?P<title>.*) \[Total Pts: (?P<computed>up to )?(?P<max>[\d.,]+)[^\]]*\] \|(?P<id>\d+)", re.DOTALL
)


class SheetError(PackError):
    """The worksheet is not what the platform exports, or the grades do not fit it."""


# --- the file, byte for byte ---------------------------------------------------------------------------


@dataclass
class Sheet:
    """A worksheet: how it is written, and its cells as they stand in the file, quotation marks and all."""

    codec: str
    mark: bytes
    delimiter: str
    rows: list[list[str]]
    ends: list[str]

    def data(self) -> bytes:
        """Return the file."""
        lines = (self.delimiter.join(row) + end for row, end in zip(self.rows, self.ends, strict=True))
        return self.mark + "".join(lines).encode(self.codec)

    def value(self, row: int, column: int) -> str:
        """Return what a cell says; "" where the row is too short."""
        return value(self.rows[row][column]) if column < len(self.rows[row]) else ""

    def header(self) -> list[str]:
        """Return the names of the columns."""
        return [value(cell).strip() for cell in self.rows[0]]


def value(raw: str) -> str:
    """Return what a cell says.

    >>> value('"a ""b"" c"'), value(" plain ")
    ('a "b" c', ' plain ')
    """
    if not raw.startswith('"'):
        return raw
    inner, _, rest = raw[1:].replace('""', "\0").partition('"')
    return inner.replace("\0", '"') + rest.replace("\0", '"')


def _like(raw: str, text: str, model: str) -> str:
    """Return a text as a cell, in quotation marks where the old cell or its column's header has them."""
    return f'"{text}"' if raw.startswith('"') or model.startswith('"') else text


def _decoded(data: bytes) -> tuple[str, bytes, str]:
    """Return codec, byte order mark and text; what is decoded so encodes to the same bytes again."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return codec, mark, data[len(mark) :].decode(codec)
    if data[1:2] == b"\0":
        return "utf-16-le", b"", data.decode("utf-16-le")
    for codec in ("utf-8", "cp1252"):
        try:
            return codec, b"", data.decode(codec)
        except UnicodeDecodeError:
            continue
    return "latin-1", b"", data.decode("latin-1")


def cut(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    r"""Return the cells of each row as they stand in the text, and each row's line end.

    >>> cut('a,"b,""c"\r\nd,e', ",")
    ([['a', '"b,""c"'], ['d', 'e']], ['\r\n', ''])

    Raises SheetError for a quotation mark that is never closed.
    """
    cell = re.compile(
        rf'("(?:[^"]|"")*+"[^{delimiter}\r\n]*|[^"{delimiter}\r\n][^{delimiter}\r\n]*|)({delimiter}|\r\n|\n|\r|\Z)'
    )
    rows: list[list[str]] = [[]]
    ends: list[str] = []
    at = 0
    while True:
        found = cell.match(text, at)
        if not found or (not found[2] and found.end() < len(text)):
            raise SheetError(f"The worksheet's row {len(rows)} has a quotation mark that is never closed.")
        rows[-1].append(found[1])
        at = found.end()
        if found[2] == delimiter:
            continue
        ends.append(found[2])
        if at == len(text):
            return rows, ends
        rows.append([])


def parse(data: bytes, platform: str) -> Sheet:
    """Return a worksheet. Raises SheetError when it is not what the platform exports."""
    try:
        codec, mark, text = _decoded(data)
    except UnicodeDecodeError as error:
        raise SheetError(f"The worksheet is damaged: it is not {error.encoding.upper()} throughout.") from error
    if not text.strip():
        raise SheetError("The worksheet is empty.")
    for delimiter in (",", "\t", ";"):
        first = text.splitlines()[0].split(delimiter)
        if set(_NEEDED[platform]) <= {value(cell).strip() for cell in first}:
            break
    else:
        raise SheetError(
            f"This is not a worksheet of {platform.capitalize()}: its first row has no {' or no '.join(_NEEDED[platform])}. "
            f"{_DOWNLOAD[platform]}"
        )
    rows, ends = cut(text, delimiter)
    sheet = Sheet(codec, mark, delimiter, rows, ends)
    names = sheet.header()
    for name in (*_IDS[platform], *_NEEDED[platform]):
        if names.count(name) > 1:
            raise SheetError(f"The worksheet has {names.count(name)} columns named {name}; expected one.")
    for place, row in enumerate(rows[1:], 2):
        if len(row) > len(names):
            raise SheetError(
                f"The worksheet's row {place} has {len(row)} cells, and its header {len(names)}. {_DOWNLOAD[platform]}"
            )
    return sheet


# --- the column to fill ----------------------------------------------------------------------------------


@dataclass
class Target:
    """The column to fill: where it is, what it is called, and the most that fits in it, where the file says so."""

    index: int
    name: str
    top: str


def target(sheet: Sheet, platform: str, column: str = "") -> Target:
    """Return the column to fill: the one named by header, title or number, or the only one there is.

    Raises SheetError when there is none, or several and none is named.
    """
    names = sheet.header()
    if platform == MOODLE:
        tops = _moodle_tops(sheet, names)
        if len(tops) > 1:
            raise SheetError(f"The worksheet has several maximum grades: {', '.join(sorted(tops))}. Expected one.")
        return Target(names.index("Grade"), "Grade", next(iter(tops), ""))
    found = []
    points = next((row for row in range(1, len(sheet.rows)) if "Points Possible" in sheet.value(row, 0)), None)
    for index, name in enumerate(names):
        match = (_ASSIGNMENT if platform == CANVAS else _COLUMN).fullmatch(name)
        if not match:
            continue
        if platform == CANVAS:
            top = sheet.value(points, index).strip() if points is not None else ""
            computed = "read only" in top
        else:
            top, computed = match["max"], bool(match["computed"])
        if not computed:
            found.append((Target(index, name, top), {name, match["title"].strip(), match["id"]}))
    wanted = [entry for entry, called in found if not column or column.strip() in called]
    if len(wanted) == 1:
        return wanted[0]
    listed = "\n".join(f"  {shown(entry.name, 100)}" for entry, _ in found)
    if not found:
        raise SheetError(f"The worksheet has no column that takes grades. {_DOWNLOAD[platform]}")
    if not wanted:
        raise SheetError(f"The worksheet has no column {shown(column)!r}. It has:\n{listed}")
    raise SheetError(f"Several columns take grades. Name one with --column, by its title or its number:\n{listed}")


def _moodle_tops(sheet: Sheet, names: list[str]) -> set[str]:
    place = next((i for i, name in enumerate(names) if name.casefold() == "maximum grade"), None)
    if place is None:
        return set()
    return {top for row in range(1, len(sheet.rows)) if (top := sheet.value(row, place).strip())}


def _number(text: str) -> float | None:
    """Return a number with a decimal point or a decimal comma, or None."""
    try:
        return float(re.sub(r",(?=\d{1,2}$)", ".", text.strip()).replace(",", ""))
    except ValueError:
        return None


# --- who is who --------------------------------------------------------------------------------------------


def squeezed(name: str) -> str:
    """Return a name's letters and digits alone, as platforms write names into file names.

    >>> squeezed("O'Brien, Zoë")
    'obrienzoe'
    """
    return "".join(sign for sign in unicodedata.normalize("NFKD", name).casefold() if sign.isalnum())


@dataclass
class Person:
    """A student's row of the worksheet: its number, what it says first, its numbers by column, and its names."""

    row: int
    label: str
    ids: list[str]
    names: set[str]


def people(sheet: Sheet, platform: str) -> list[Person]:
    """Return the students of a worksheet. Raises SheetError when the platform's own identifier stands there twice."""
    names = sheet.header()
    places = [names.index(name) if name in names else -1 for name in _IDS[platform]]
    found, seen = [], {}
    for row in range(1, len(sheet.rows)):
        cells = [sheet.value(row, column).strip() for column in range(len(names))]
        if not any(cells) or (platform == CANVAS and _is_no_student(cells)):
            continue
        ids = [cells[place] if place >= 0 else "" for place in places]
        if platform == MOODLE:
            ids[0] = re.sub(r"^.*?(\d+)$", r"\1", ids[0])
        if ids[0] and ids[0] in seen:
            raise SheetError(
                f"The worksheet's rows {seen[ids[0]]} and {row + 1} have the same {_IDS[platform][0]}, {shown(ids[0])}."
            )
        seen[ids[0]] = row + 1
        called = _names(platform, names, cells)
        label = ", ".join(part for part in (*called[:1], ids[0]) if part)
        found.append(Person(row, label or f"row {row + 1}", ids, {squeezed(name) for name in called} - {""}))
    if not found:
        raise SheetError("The worksheet has no student in it.")
    return found


def _is_no_student(cells: list[str]) -> bool:
    return "Points Possible" in cells[0] or all(re.fullmatch(r"(Muted|Manual Posting.*)?", cell) for cell in cells)


def _names(platform: str, header: list[str], cells: list[str]) -> list[str]:
    """Return a row's name, first as it is shown, then in the other order."""
    said = dict(zip(header, cells, strict=True))
    if platform == MOODLE:
        return [said.get("Full name", "")]
    if platform == CANVAS and "Student" in said:
        # Canvas itself writes ="..." around a name that begins like a formula.
        name = re.sub(r'^="(.*)"$', r"\1", said["Student"])
        last, _, first = name.partition(",")
        return [name, f"{first} {last}"]
    gap = "" if platform == CANVAS else " "
    last, first = said.get(f"Last{gap}Name", ""), said.get(f"First{gap}Name", "")
    return [f"{first} {last}".strip(), f"{last} {first}".strip()]


def _number_in(student: str, platform: str) -> tuple[str, str] | None:
    """Return name and number of a student as the platform's download names folders and files, or None.

    >>> _number_in("Ada Lovelace_12345", "moodle"), _number_in("lovelaceada_LATE_77_9001_x.ipynb", "canvas")
    (('Ada Lovelace', '12345'), ('lovelaceada', '77'))
    """
    if platform == MOODLE:
        found = re.fullmatch(r"(.*)_(\d+)(?:_assignsubmission_.*)?", student, re.DOTALL)
    elif platform == CANVAS:
        found = re.fullmatch(r"([^_]*)(?:_LATE)?_(\d+)(?:_\d+_.*)?", student, re.DOTALL)
    else:
        return None
    return (found[1], found[2]) if found else None


def _without_number(student: str, found: Sequence[Person]) -> list[Person]:
    """Return the rows that a label fits by any number or user name; namesakes have theirs behind the name."""
    label = student.casefold()
    rows = [person for person in found if label in {one.casefold() for one in person.ids if one}]
    behind = re.fullmatch(r"(.+) (\d+)", student, re.DOTALL)
    if not rows and behind:
        name = squeezed(behind[1])
        rows = [
            one for one in found if one.ids[0] == behind[2] and (not one.names or name in one.names | {"participant"})
        ]
    return rows


@dataclass
class Matching:
    """Who is which row. rows: {student: row}. unknown: {student: why}. odd: students found by a number whose name differs."""

    rows: dict[str, Person] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)


def match(
    students: Sequence[str],
    found: Sequence[Person],
    platform: str,
    numbers: Mapping[str, Collection[str]] | None = None,
) -> Matching:
    """Return which row belongs to which student, for certain: by one number or user name, or by a name that is one person's.

    numbers: what the platform's own download calls a student, where that is known. A student whose number is not in the
    worksheet is not looked for by name: the number says that it is somebody else.
    """
    matching = Matching()
    labels = {student: unguarded(student).strip() for student in students}
    alike: dict[str, list[str]] = {}
    for student, label in labels.items():
        alike.setdefault(squeezed(label), []).append(student)
    for student, label in labels.items():
        named = _number_in(label, platform)
        known = set((numbers or {}).get(student) or ([named[1]] if named else []))
        if known:
            rows = [person for person in found if person.ids[0].casefold() in {one.casefold() for one in known}]
            if not rows:
                matching.unknown[student] = f"the number {', '.join(sorted(known))} is not in the worksheet"
                continue
            name = squeezed(re.sub(r" \d+$", "", named[0] if named else label))
            known_as = rows[0].names | {squeezed(one) for one in rows[0].ids} | {"participant"}
            if name and rows[0].names and name not in known_as:
                matching.odd[student] = rows[0].label
        else:
            rows = _without_number(label, found)
        if not rows:
            name = squeezed(label)
            rows = [person for person in found if name and name in person.names]
            if rows and len(alike[name]) > 1:
                matching.unknown[student] = f"{len(alike[name])} students handed in under this name"
                continue
        if len(rows) == 1:
            matching.rows[student] = rows[0]
        else:
            matching.unknown[student] = f"{len(rows)} rows fit" if rows else "no row fits"
    taken: dict[int, list[str]] = {}
    for student, person in matching.rows.items():
        taken.setdefault(person.row, []).append(student)
    for same in taken.values():
        for student in same if len(same) > 1 else []:
            person = matching.rows.pop(student)
            matching.odd.pop(student, None)
            matching.unknown[student] = f"{len(same)} students fit the row of {shown(person.label)}"
    return matching


# --- the grades --------------------------------------------------------------------------------------------


@dataclass
class Total:
    """What a student has in all: points, the questions that a person must still read, and whether anything was handed in."""

    points: float = 0.0
    waiting: list[str] = field(default_factory=list)
    handed_in: bool = False


def totals(
    marks: Sequence[Mark], exercises: Sequence[str] = (), without_person: bool = False
) -> tuple[dict[str, Total], float]:
    """Return {student: total} and the most that can be had.

    without_person leaves questions out, for everybody, that a person must still read for somebody.
    Raises PackError when there is no mark, or none of one of these exercises.
    """
    known = sorted({mark.exercise for mark in marks if mark.question})
    if not known:
        raise SheetError("There is no mark of any exercise. Expected: marks.csv as nhsreform mark wrote it.")
    wanted = exercise_names(exercises, known, f"{MARKS}: ")
    # A file that is of no exercise may have been meant for any.
    chosen = [mark for mark in marks if not mark.question or not wanted or mark.exercise in wanted]
    found = {mark.student: Total() for mark in chosen}
    unread = {(mark.exercise, mark.question) for mark in chosen if mark.state == judge.PERSON}
    tops: dict[tuple[str, str], float] = {}
    for mark in chosen:
        total, question = found[mark.student], (mark.exercise, mark.question)
        total.handed_in |= mark.state != ABSENT
        if without_person and question in unread:
            continue
        total.points += mark.points or 0
        tops[question] = max(mark.max, tops.get(question, 0))
        if mark.state == judge.PERSON:
            total.waiting.append(mark.question or "a file that is of no exercise")
    return found, sum(tops.values())


@dataclass
class Merged:
    """A filled worksheet, and everything that its reader must know."""

    data: bytes
    column: str
    top: float
    filled: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    no_marks: list[str] = field(default_factory=list)
    defused: int = 0
    formulas: int = 0

    @property
    def to_look_at(self) -> bool:
        """Whether somebody's grade is not in the file who handed something in."""
        return bool(self.unknown or self.odd or self.waiting or self.kept)


def merge(
    data: bytes,
    marks: Sequence[Mark],
    platform: str,
    *,
    numbers: Mapping[str, Collection[str]] | None = None,
    exercises: Sequence[str] = (),
    column: str = "",
    scale: bool = False,
    replace: bool = False,
    zeros: bool = False,
    without_person: bool = False,
) -> Merged:
    """Return the worksheet with the grades in one column.

    numbers: see `match`. scale: convert to the worksheet's own maximum. replace: overwrite grades that are there. zeros: 0 for who handed
    nothing in. Raises SheetError when the file or the maximum does not fit; nothing is written then.
    """
    sheet = parse(data, platform)
    where = target(sheet, platform, column)
    found, top = totals(marks, exercises, without_person)
    sheet_top = _number(where.top)
    if not top:
        raise SheetError("There are no points in these marks: every question waits for a person.")
    if sheet_top is not None and sheet_top != top and not scale:
        raise SheetError(
            f"The worksheet's maximum is {number(sheet_top)}, and these marks are out of {number(top)}. Set the maximum to "
            f"{number(top)} on the platform and download again, or add --scale to convert them."
        )
    if scale and sheet_top is None:
        raise SheetError("The worksheet does not say its maximum, so --scale cannot convert.")
    factor = sheet_top / top if scale and sheet_top is not None else 1.0
    comma = bool(re.search(r"\d,\d{1,2}$", where.top)) and sheet.delimiter != ","
    rows = people(sheet, platform)
    matching = match(list(found), rows, platform, numbers)
    merged = Merged(
        b"",
        where.name,
        sheet_top if scale and sheet_top is not None else top,
        unknown=matching.unknown,
        odd=matching.odd,
    )
    header = sheet.header()
    locked = header.index("Grade can be changed") if "Grade can be changed" in header else -1
    for student, person in matching.rows.items():
        total = found[student]
        if not total.handed_in and not zeros:
            merged.absent.append(student)
            continue
        if total.waiting:
            merged.waiting[student] = ", ".join(total.waiting)
            continue
        grade = number(total.points * factor).replace(".", "," if comma else ".")
        told = _put(sheet, person.row, where.index, grade, replace=replace, locked=locked)
        if told:
            merged.kept[student] = told
        else:
            merged.filled.append(student)
    taken = {person.row for person in matching.rows.values()}
    merged.no_marks = [person.label for person in rows if person.row not in taken]
    _defuse(sheet, platform, merged)
    merged.data = sheet.data()
    return merged


def _put(sheet: Sheet, row: int, column: int, grade: str, *, replace: bool, locked: int) -> str:
    """Put a grade into a cell; return why not, or ""."""
    if locked >= 0 and sheet.value(row, locked).strip().casefold() == "no":
        return "the platform says that this grade cannot be changed"
    if column >= len(sheet.rows[row]):
        return f"row {row + 1} ends before the column"
    raw = sheet.rows[row][column]
    there = value(raw).strip()
    if there.upper() in ("EX", "N/A"):
        return f"the worksheet says {there}: excused, or not set for this student"
    # Canvas reads "-" as no score; Blackboard shows "Needs Grading" where a file was handed in.
    empty = there in ("", "-") or there.casefold().startswith("needs grading")
    same = _number(there) is not None and _number(there) == _number(grade)
    if not empty and not same and not replace:
        return f"the worksheet has {shown(there, 20)}, the marks say {grade}; --replace overwrites"
    if not same:
        sheet.rows[row][column] = _like(raw, grade, sheet.rows[0][column])
    return ""


def _defuse(sheet: Sheet, platform: str, merged: Merged) -> None:
    """Make formulas harmless in columns that students write and the platform does not read back; count the others."""
    names = sheet.header()
    for row in range(1, len(sheet.rows)):
        for column, raw in enumerate(sheet.rows[row]):
            text = value(raw)
            if not is_formula(text) or text.strip() == "-" or _number(text) is not None:
                continue
            if names[column] in _THEIRS[platform]:
                sheet.rows[row][column] = "\"'" + text.replace('"', '""') + '"'
                merged.defused += 1
            else:
                merged.formulas += 1


def report(merged: Merged, out: str) -> str:
    """Return what was done, and who needs a look, for a terminal."""
    lines = [
        f"{plural(len(merged.filled), 'grade')} written to {out}, column {shown(merged.column, 100)!r}, "
        f"with a maximum of {number(merged.top)}. Nothing else was filled in."
    ]

    def told(title: str, who: dict[str, str]) -> None:
        if who:
            lines.append(f"{title} ({len(who)}):")
            lines.extend(f"  {shown(unguarded(name))}: {shown(why, 120)}" for name, why in sorted(who.items()))

    told("Handed in, but not found in the worksheet for certain; type these in by hand", merged.unknown)
    told("Found by number, but the worksheet has another name; look at these", merged.odd)
    told(
        "Left empty, because a person must read an answer first (nhsreform prose, or --without-person)", merged.waiting
    )
    told("Left as the worksheet has it", merged.kept)
    if merged.absent:
        lines.append(f"Left empty, because nothing was handed in; --zeros writes 0 ({len(merged.absent)}):")
        lines.extend(f"  {shown(unguarded(name))}" for name in sorted(merged.absent))
    if merged.no_marks:
        lines.append(f"In the worksheet, but not among the marks ({len(merged.no_marks)}):")
        lines.extend(f"  {shown(name)}" for name in merged.no_marks)
    if merged.defused:
        lines.append(f"{plural(merged.defused, 'cell')} that looked like a formula got an apostrophe in front.")
    if merged.formulas:
        lines.append(
            f"{plural(merged.formulas, 'cell')} of the platform's own columns may be taken for a formula by a spreadsheet. "
            "Upload the file as it is; do not open it in one."
        )
    lines.append(
        "The file's form is the documented one, and was never tried against a live site: upload one student's grade first."
    )
    return "\n".join(lines)


def write(path: Path, data: bytes) -> None:
    """Write a new file. Raises SheetError when there is one of that name already, or it cannot be written."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise SheetError(
            f"{path} exists already, and nothing is overwritten. Give another name after --out."
        ) from error
    except OSError as error:
        raise SheetError(f"{path} cannot be written: {error.strerror}.") from error
