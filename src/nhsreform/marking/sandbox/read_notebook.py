"""From the bytes of a handed-in file to the cells that are run.

This runs inside the sandbox, in the student's own process, before any of the student's code: a file made to exhaust
whoever reads it exhausts only itself. What can be put right honestly is put right and noted. What cannot is left to a
person.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from nhsreform.marking.sandbox.written import RawCell, Shipped, Written
from nhsreform.notebooks.untouched import fingerprint, has_blank
from nhsreform.text.files import decoded, encoding_of

MAX_CELLS = 1_000
MAX_SOURCE = 200_000
QUESTION = re.compile(r"\d{1,3}\.\d{1,3}")
VARIABLE = re.compile(r"q(\d{1,3})_(\d{1,3})")
# Without both of these no cell sets a question's variable; letters that are no ASCII may stand for others in a name.
_A_VARIABLE = re.compile(r"q\d+_\d+|[^\x00-\x7f]")
_SETS = re.compile(r"=|\b(?:for|with)\b")
_ASKS_ALONE = re.compile(r"\s*(?:nr|nhsreform)\.(?:check|hint|answer|progress)\([^\n]*\)\s*")
_MARKERS = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: [^\r\n]*)?\r?$", re.MULTILINE)


@dataclass
class Cell:
    """One code cell: its source, and the questions that it answers, by metadata or by the variables that it sets.

    untouched: it is as some version of the pack shipped it, so what it sets is no answer.
    """

    source: str
    tagged: str = ""
    questions: list[str] = field(default_factory=list)
    untouched: bool = False


@dataclass
class Reading:
    """What a file holds.

    notes: what was put right, in words. contested: questions of which the file holds two versions.
    doubt: part of the file could not be read, so what seems to be missing may only be unreadable.
    written: what stands at each question, in cells of any kind, that the pack does not ship.
    """

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)
    doubt: bool = False
    written: Written = field(default_factory=Written)

    def doubted(self, note: str) -> Reading:
        """Note that part of the file could not be read, and return the reading."""
        self.notes.append(note)
        self.doubt = True
        return self


def question_id(variable: str) -> str:
    """Return the id of the question that a variable belongs to, or "".

    >>> question_id("q2_3"), question_id("total")
    ('2.3', '')
    """
    match = VARIABLE.fullmatch(variable)
    return f"{int(match[1])}.{int(match[2])}" if match else ""


def variable(question: str) -> str:
    """Return the variable of a question.

    >>> variable("2.3")
    'q2_3'
    """
    return "q" + question.replace(".", "_")


def assigned(source: str) -> list[str]:
    r"""Return the ids of the questions whose variables a cell sets, in order; of a cell that is not Python, by its lines.

    >>> assigned("q1_1 = 'x'\nfor q1_2 in []: pass\nprint(q1_3)")
    ['1.1', '1.2']
    """
    if not _A_VARIABLE.search(source) or not _SETS.search(source):
        return []
    try:
        nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        names = [node.id for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        names = re.findall(r"^\s*(q\d+_\d+)\s*=", source, re.MULTILINE)
    return list(dict.fromkeys(question for name in names if (question := question_id(name))))


def sides(text: str) -> tuple[str, str]:
    r"""Return the two versions that a text with conflict markers holds; without markers, the text twice.

    >>> sides("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n")
    ('a\nb\nd\n', 'a\nc\nd\n')

    What git writes between the two with `merge.conflictStyle = diff3`, the version before both, is in neither.
    """
    mine: list[str] = []
    theirs: list[str] = []
    into = "both"
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<<"):
            into = "mine"
        elif line.startswith("|||||||") and into == "mine":
            into = "neither"
        elif line.startswith("=======") and into in ("mine", "neither"):
            into = "theirs"
        elif line.startswith(">>>>>>>") and into == "theirs":
            into = "both"
        else:
            if into in ("both", "mine"):
                mine.append(line)
            if into in ("both", "theirs"):
                theirs.append(line)
    return "".join(mine), "".join(theirs)


def has_conflict(text: str) -> bool:
    """Return whether all three of git's conflict markers stand in a text, each at the beginning of a line."""
    return "<<<<<<<" in text and {marker[0] for marker in _MARKERS.findall(text)} >= {"<", "=", ">"}


def read(data: bytes, shipped: Shipped | None = None) -> Reading:
    """Return what can be read of a handed-in file. Never raises, except MemoryError.

    shipped: {question: the lines that the pack ships at it}; under "" those that belong to no question.
    """
    reading = Reading(written=Written(shipped or {}))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return reading.doubted("the file is empty")
    text = _decoded(data, reading)
    try:
        notebook = json.loads(text)
    except RecursionError:
        return Reading().doubted("the file is nested too deeply to be a notebook")
    except ValueError:
        if has_conflict(text):
            return _of_two_sides(text, reading)
        return _of_a_torn_file(text, reading)
    return _of_a_notebook(notebook, reading)


def _decoded(data: bytes, reading: Reading) -> str:
    encoding, mark = encoding_of(data)
    if mark or encoding != "utf-8":
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        reading.notes.append(f"saved as {name} {'with' if mark else 'without'} a byte order mark")
    try:
        return decoded(data)
    except UnicodeDecodeError:
        reading.notes.append(f"some characters are not {encoding.upper()}")
        return decoded(data, guess=True)


def _raw_cells(notebook: Any) -> list[Any] | None:
    """Return the cells of a parsed notebook of format 4, or of format 3 with its worksheets; None when it is neither."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        cells: list[Any] = []
        for sheet in sheets:
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
                cells += sheet["cells"]
        return cells
    return None


def _of_a_notebook(notebook: Any, reading: Reading) -> Reading:
    raw = _raw_cells(notebook)
    if raw is None:
        return reading.doubted("the file is JSON, but not a notebook")
    language = _language(notebook)
    if language and language != "python":
        reading.notes.append("saved with a kernel that is not Python; the cells were run as Python")
    return _with_cells(raw, reading)


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    for part in ("language_info", "kernelspec"):
        entry = metadata.get(part)
        if isinstance(entry, dict):
            name = entry.get("name" if part == "language_info" else "language")
            if isinstance(name, str) and name:
                return "python" if name.lower().startswith(("python", "ipython")) else name
    return ""


def _with_cells(raw: list[Any], reading: Reading) -> Reading:
    cells = [_raw_cell(entry) for entry in raw if isinstance(entry, dict)]
    reading.written.take(cells[: 5 * MAX_CELLS])
    for raw_cell in cells:
        cell = _cell(raw_cell, reading)
        if cell is None:
            continue
        if len(reading.cells) == MAX_CELLS:
            reading.doubted(f"only the first {MAX_CELLS} code cells were run")
            break
        reading.cells.append(cell)
    written = reading.written
    other = [question for question, this in written.untouched.items() if not this and question not in written.texts]
    if other:
        reading.notes.append(f"nothing was filled in at {', '.join(other)}, as another version of the pack has it")
    twice = sorted(question for question, times in Counter(_answering(reading.cells)).items() if times > 1)
    if twice:
        reading.notes.append(f"more than one cell answers {', '.join(twice)}; the last that is filled in counts")
    return reading


def _answering(cells: list[Cell]) -> list[str]:
    return [question for cell in cells for question in cell.questions]


def _cell(raw_cell: RawCell, reading: Reading) -> Cell | None:
    """Return a code cell, or None for a cell of another type and for an empty one."""
    kind, source, tagged, tags, untouched = raw_cell
    if kind != "code" or not source.strip():
        return None
    if len(source) > MAX_SOURCE:
        reading.doubted("a cell of more than 200,000 characters was left out")
        return None
    contested = has_conflict(source)
    if contested:
        reading.notes.append("a cell holds conflict markers")
        source, other = sides(source)
    questions = assigned(source)
    # A cell that only asks for the verdict carries its question's id too, but answers nothing.
    if tagged and tagged not in questions and "check" not in tags and not _ASKS_ALONE.fullmatch(source):
        questions.append(tagged)
    if contested:
        reading.contested |= {*questions, *assigned(other)}
    return Cell(source, tagged, questions, untouched)


def _source(entry: dict[str, Any]) -> str:
    source = entry.get("source", entry.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _raw_cell(entry: dict[str, Any]) -> RawCell:
    """Return a cell as the file has it; of its metadata what has the form that the pack gives it."""
    kind, source, metadata = str(entry.get("cell_type")), _source(entry), entry.get("metadata")
    if not isinstance(metadata, dict):
        return RawCell(kind, source)
    own, tags = metadata.get("nhsreform"), metadata.get("tags")
    own = own if isinstance(own, dict) else {}
    question, shipped = own.get("question"), own.get("shipped")
    valid = question if isinstance(question, str) and QUESTION.fullmatch(question) else ""
    tags = tags if isinstance(tags, list) else []
    # What sets a question's variable and has no blank is an answer, whatever the cell says of itself.
    untouched = (
        isinstance(shipped, str) and shipped == fingerprint(source) and (has_blank(source) or not assigned(source))
    )
    return RawCell(kind, source, valid, tags, untouched)


def _of_two_sides(text: str, reading: Reading) -> Reading:
    """Read a file with conflict markers: what both versions say alike counts, the rest is for a person."""
    readable = []
    for side in sides(text):
        try:
            readable.append(_of_a_notebook(json.loads(side), Reading(written=Written(reading.written.shipped))))
        except (ValueError, RecursionError):
            continue
    if not readable:
        return reading.doubted("the file holds conflict markers, and neither version can be read")
    first = readable[0]
    first.notes = [*reading.notes, "the file holds conflict markers", *first.notes]
    if len(readable) == 1:
        return first.doubted("one version cannot be read")
    mine, theirs = (
        {q: [cell.source for cell in side.cells if q in cell.questions] for q in _answering(side.cells)}
        for side in readable
    )
    first.contested |= {q for q in {*mine, *theirs} if mine.get(q) != theirs.get(q)}
    first.written.add(readable[1].written)
    return first


def _of_a_torn_file(text: str, reading: Reading) -> Reading:
    """Read the whole cells at the beginning of a file that is cut off or damaged."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    raw: list[Any] = []
    at = start.end() if start else len(text)
    decoder = json.JSONDecoder()
    while len(raw) <= MAX_CELLS:
        gap = re.compile(r"[\s,]*").match(text, at)
        at = gap.end() if gap else at
        try:
            cell, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        raw.append(cell)
    if not raw:
        return reading.doubted("the file is not a notebook")
    return _with_cells(raw, reading.doubted(f"the file is cut off or damaged; its first {len(raw)} cells were read"))
