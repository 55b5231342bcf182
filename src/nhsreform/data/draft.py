"""A text of your own: rows proposed for every table that needs some, and put into the tables once you have coded them.

`nhsreform draft FILE SOURCE-ID` writes a draft folder. What can be counted is filled in: offsets, the words, the hash.
What has to be judged is left blank. `nhsreform draft --add FOLDER` puts the rows into data/, counting again from the words.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from nhsreform.checkout import checkout, data_folder, seeds_folder
from nhsreform.data import tables
from nhsreform.data.sources import find_all
from nhsreform.data.stances import REFERENCE
from nhsreform.data.validate.schema import BOM
from nhsreform.data.validate.small_tables import glossary_pattern
from nhsreform.data.validate.spans import CONTEXT
from nhsreform.errors import PackError
from nhsreform.text.atomic import write_whole
from nhsreform.text.csv_files import csv_text, rows_of
from nhsreform.text.files import windows_keeps
from nhsreform.text.untrusted import unguarded

Row = dict[str, str]
FOLDER = "my-drafts"
_TEMPLATES = Path(__file__).resolve().parent / "templates"
# The tables that a text needs rows in, in the order in which they are added.
TABLES = ("sources", "actors", "passages", "claims", "codings", "figures", "events")
SPANNED = ("claims", "figures")
MOST_ROWS = 999
_PARAGRAPH = re.compile(r"[^\n]*\w[^\n]*(?:\n|$)\s*")
_SENTENCE_END = re.compile(
    r"[.!?\u2026][\"'\u2018\u2019\u201c\u201d)\]]*(?=\s+[\"'\u2018\u201c(\[]?[A-Z0-9\u00c0-\u00de])"
)
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sir|No|vs|etc|e\.g|i\.e)|\b[A-Z])\.$")
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_FIGURE = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH} \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|"
    r"[\u00a3$\u20ac]?\d+(?:[.,:/-]\d+)*(?:(?:st|nd|rd|th|m|bn|k)\b)?%?"
)


class DraftError(PackError):
    """A draft cannot be made or added; says what is wrong and what to do instead."""


# --- what can be proposed ----------------------------------------------------------------------------


def checked_text(raw: bytes, name: str) -> str:
    """Return a file's bytes as text. Raises DraftError when they are no UTF-8, or hold no words.

    >>> checked_text(b"A letter.", "letter.txt")
    'A letter.'
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DraftError(
            f"{name} is not UTF-8: byte {error.start} does not fit. Open it in a text editor, choose Save as, and choose "
            "the encoding UTF-8. A Word file or a PDF has to be saved as plain text first."
        ) from error
    if "\0" in text or not re.search(r"\w", text):
        raise DraftError(f"{name} holds no words. Give a plain text file, with the text in it.")
    return text


def checked_id(source_id: str) -> str:
    """Return a source id. Raises DraftError when it has not the form of one, or is taken.

    >>> checked_id("Our Letter")
    Traceback (most recent call last):
    nhsreform.data.draft.DraftError: 'Our Letter' cannot be a source id: ... Type, for example, our-letter.
    """
    pattern = tables.fields("sources")[0]["constraints"]["pattern"]
    if not re.fullmatch(pattern, source_id):
        better = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")
        example = better if re.fullmatch(pattern, better) else "our-letter"
        raise DraftError(
            f"{source_id!r} cannot be a source id: it takes small letters, digits and hyphens, and begins with a letter. "
            f"Type, for example, {example}."
        )
    if windows_keeps(source_id):
        raise DraftError(
            f"{source_id!r} cannot be a source id: Windows keeps that name for itself, so nobody there could open the "
            f"pack. Type, for example, the-{source_id}."
        )
    if source_id in _column("sources", "source_id"):
        raise DraftError(f"There is a source called {source_id} already. Choose another source id.")
    return source_id


def paragraphs(text: str) -> list[tuple[int, int]]:
    r"""Return (start, end) of each paragraph, the line breaks after it included: together they are the whole text.

    >>> paragraphs("One.\n\nTwo.")
    [(0, 6), (6, 10)]
    """
    starts = [match.start() for match in _PARAGRAPH.finditer(text)]
    starts[0] = 0
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence of a paragraph, without the spaces around it.

    >>> text = "Dr. Lee agrees. So do I."
    >>> [text[a:b] for a, b in sentences(text, 0, len(text))]
    ['Dr. Lee agrees.', 'So do I.']
    """
    cuts = [start]
    for match in _SENTENCE_END.finditer(text, start, end):
        if not _ABBREVIATION.search(text, start, match.start() + 1):
            cuts.append(match.end())
    spans = []
    for low, high in zip(cuts, [*cuts[1:], end], strict=True):
        words = text[low:high]
        if re.search(r"\w", words):
            spans.append((low + len(words) - len(words.lstrip()), low + len(words.rstrip())))
    return spans


def around(text: str, start: int, end: int) -> dict[str, str]:
    """Return a stretch as the columns start, end, exact, prefix and suffix say it."""
    return {
        "start": str(start),
        "end": str(end),
        "exact": text[start:end],
        "prefix": text[max(0, start - CONTEXT) : start],
        "suffix": text[end : end + CONTEXT],
    }


def proposed(text: str, source_id: str, file: str, sha256: str) -> dict[str, list[Row]]:
    """Return the rows of a draft, table by table. A cell that somebody has to judge is "".

    A paragraph that ends like a sentence is a passage of kind claim, and each of its sentences a row of claims and of
    codings; any other (a headline, a name) is context. Each group of digits is a row of figures. Raises DraftError when the text
    has more sentences or figures than ids can number.
    """
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    places: dict[str, list[tuple[int, int]]] = {"claims": []}
    for number, (start, end) in enumerate(paragraphs(text), 1):
        claim = re.search(r"[.!?\u2026][\"'\u2019\u201d)\]]*\s*$", text[start:end])
        if claim:
            places["claims"] += sentences(text, start, end)
        rows["passages"].append({
            "passage_id": f"{source_id}-p{number:02d}", "source_id": source_id, "start": str(start), "end": str(end),
            "kind": "claim" if claim else "context",
        })  # fmt: skip
    places["figures"] = [match.span() for match in _FIGURE.finditer(text)]
    for name in ("passages", *SPANNED):
        if len(rows[name] or places.get(name, [])) > MOST_ROWS:
            raise DraftError(
                f"The text is too long: it needs more than {MOST_ROWS} {name}. Take a shorter stretch of it."
            )
    for name in SPANNED:
        key = tables.resource(name)["schema"]["primaryKey"][0]
        for number, place in enumerate(places[name], 1):
            rows[name].append(
                {key: f"{source_id}-{name[0]}{number:02d}", "source_id": source_id, **around(text, *place)}
            )
    for row in rows["claims"]:
        row["coder_set"] = "no"
    rows["codings"] = [{"coder": REFERENCE, "claim_id": row["claim_id"]} for row in rows["claims"]]
    title = next(line.strip() for line in text.splitlines() if line.strip())
    rows["sources"] = [{"source_id": source_id, "file": file, "sha256": sha256, "title": title}]
    rows["events"] = [{"event_id": source_id, "kind": "source", "source_id": source_id}]
    return {
        name: [{field["name"]: row.get(field["name"], "") for field in tables.fields(name)} for row in table_rows]
        for name, table_rows in rows.items()
    }


# --- the draft folder --------------------------------------------------------------------------------


def write(path: Path, source_id: str, out: Path) -> list[str]:
    """Write the draft of a text into the new folder `out`; return what was done, in sentences.

    A file outside seeds/ is copied there as SOURCE-ID.txt, in UTF-8 with plain line breaks and no byte-order mark.
    Raises DraftError when the text or the id will not do, or when something is there already.
    """
    checked_id(source_id)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DraftError(f"{path} cannot be read ({error.strerror}). Give the file that holds your text.") from error
    if out.exists():
        raise DraftError(f"{out} exists already, and nothing is overwritten. Move it away, or choose another --out.")
    inside = path.resolve().parent == seeds_folder().resolve()
    plain = raw.removeprefix(BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = checked_text(plain, path.name)
    if inside and path.name in _column("sources", "file"):
        raise DraftError(f"{path.name} is the file of a source already.")
    if inside and plain != raw:
        raise DraftError(
            f"seeds/{path.name} has Windows line ends or a byte-order mark. Move it out of seeds/ and draft it from there: a "
            "plain copy is made."
        )
    file = path.name if inside else f"{source_id}.txt"
    seed = seeds_folder() / file
    if not inside and seed.exists():
        raise DraftError(f"seeds/{file} exists already, and nothing is overwritten. Choose another source id.")
    rows = proposed(text, source_id, file, hashlib.sha256(plain).hexdigest())
    out.mkdir(parents=True)
    for name, table_rows in rows.items():
        (out / f"{name}.csv").write_text(csv_text(_columns(name), _cells(table_rows)), encoding="utf-8-sig", newline="")
    for place, notebook in notebooks(source_id, rows["sources"][0]["title"]).items():
        target = out / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(notebook, encoding="utf-8", newline="\n")
    if not inside:
        seed.write_bytes(plain)
    messages = [f"seeds/{file}: {len(text)} characters."]
    if plain != raw:
        messages[0] = messages[0][:-1] + ", with plain line breaks and no byte-order mark; your own file is as it was."
    counts = ", ".join(f"{len(rows[name])} {name}" for name in ("passages", *SPANNED))
    messages.append(f"{out}: {counts}. Fill in the blank cells, then type: nhsreform draft --add {out}")
    return messages


def read_csv(path: Path, name: str) -> list[Row]:
    """Return the rows of a table's file, as a spreadsheet may have saved it. Rows without any cell are left out.

    Raises DraftError when it has a column that the table has not, CsvError when one is missing or it cannot be read.
    """
    columns = _columns(name)
    rows = rows_of(path, columns, may_end_after=columns[0])
    if rows and set(rows[0]) != set(columns):
        raise DraftError(f"{path} has the columns {', '.join(rows[0])}; expected {', '.join(columns)}.")
    return [{column: row[column] for column in columns} for row in rows]


def _columns(name: str) -> list[str]:
    return [field["name"] for field in tables.fields(name)]


def _cells(rows: list[Row]) -> list[list[str]]:
    return [list(row.values()) for row in rows]


def _column(name: str, column: str) -> list[str]:
    return [row[column] for row in read_csv(data_folder() / f"{name}.csv", name)]


# --- from the draft into the tables ------------------------------------------------------------------


def add(folder: Path) -> list[str]:
    """Put the rows of a draft into data/, in place of those it put there before; return what was done, in sentences.

    Offsets, prefix and suffix are counted anew from `exact`, so a sentence that was split or cut in a spreadsheet needs
    no counting. In glossary.csv the text is named where its terms are. The notebooks go where they belong, once.

    Raises DraftError, and changes nothing, when a file cannot be read, a cell is blank that needs a value, words do not stand in the text, or an actor is
    described otherwise for other texts.
    """
    drafts = {
        name: [
            {column: unguarded(cell) for column, cell in row.items()} for row in read_csv(folder / f"{name}.csv", name)
        ]
        for name in TABLES
    }
    blank = _blank(drafts)
    if blank:
        raise DraftError("Nothing was added. These cells are still blank:\n" + "\n".join(blank))
    if len(drafts["sources"]) != 1:
        raise DraftError(f"{folder / 'sources.csv'} has {len(drafts['sources'])} rows; expected one.")
    source_id, file = drafts["sources"][0]["source_id"], drafts["sources"][0]["file"]
    try:
        raw = (seeds_folder() / file).read_bytes()
    except OSError as error:
        raise DraftError(f"seeds/{file} cannot be read ({error.strerror}), and the draft belongs to it.") from error
    text = checked_text(raw, f"seeds/{file}")
    there = {name: read_csv(data_folder() / f"{name}.csv", name) for name in (*TABLES, "glossary")}
    if any(row["source_id"] == source_id and row["file"] != file for row in there["sources"]):
        raise DraftError(f"There is another source called {source_id} already. Choose another source id.")
    drafts["sources"][0]["sha256"] = hashlib.sha256(raw).hexdigest()
    for name in SPANNED:
        near = 0
        for number, row in enumerate(drafts[name]):
            drafts[name][number] = _placed(row, text, near, folder / f"{name}.csv")
            near = int(drafts[name][number]["end"])
        drafts[name].sort(key=lambda row: int(row["start"]))
    ours = {row["claim_id"] for row in [*there["claims"], *drafts["claims"]] if row["source_id"] == source_id}
    merged = {name: _merged(name, there[name], drafts[name], source_id, ours) for name in TABLES if name != "actors"}
    merged["actors"] = _with_actors(there["actors"], drafts["actors"], there["claims"], source_id)
    merged["glossary"] = [_found_in(row, text, source_id) for row in there["glossary"]]
    for name, rows in merged.items():
        write_whole(data_folder() / f"{name}.csv", csv_text(_columns(name), _cells(rows), guard=False))
    messages = [_where(name, merged[name], drafts[name]) for name in TABLES if drafts[name]]
    for path in sorted(folder.rglob("*.ipynb")):
        place = path.relative_to(folder).as_posix()
        if not (checkout() / place).exists():
            (checkout() / place).write_bytes(path.read_bytes())
            messages.append(f"{place}: copied. From now on change it there.")
    return [*messages, "Now type: nhsreform validate"]


def _blank(drafts: dict[str, list[Row]]) -> list[str]:
    """Return a line for each row with blank cells that need a value: file, id, columns."""
    blanks = []
    for name, rows in drafts.items():
        counted = ("start", "end") if name in SPANNED else ()
        key = "claim_id" if name == "codings" else next(iter(_columns(name)))
        needed = [
            field["name"]
            for field in tables.fields(name)
            if field.get("constraints", {}).get("required") and field["name"] not in counted
        ]
        for row in rows:
            columns = [column for column in needed if not row[column].strip()]
            if columns:
                blanks.append(f"  {name}.csv, {row[key] or 'a row without id'}: {', '.join(columns)}")
    return blanks


def _placed(row: Row, text: str, near: int, path: Path) -> Row:
    """Return a row with its offsets, prefix and suffix counted anew, where its words stand nearest to `start`.

    Where `start` is blank, `near` stands for it: the end of the row before.

    A figure whose words are blank, as contact details are, stays where it is.
    """
    if row.get("type") == "contact" and row["end"].isdecimal():
        return row | {"exact": ""}
    places = find_all(row["exact"], text) if row["exact"] else []
    if not places:
        raise DraftError(
            f"{path}, {next(iter(row.values()))}: \u201c{row['exact'][:60]}\u201d does not stand in the text. "
            "Copy the words from the text, signs and all."
        )
    near = int(row["start"]) if row["start"].isdecimal() else near
    start = min(places, key=lambda place: abs(place - near))
    neighbours = around(text, start, start + len(row["exact"]))
    return {column: neighbours.get(column, cell) for column, cell in row.items()}


def _merged(name: str, rows: list[Row], new: list[Row], source_id: str, ours: set[str]) -> list[Row]:
    """Return a table with a text's rows replaced, in the place where they stood, or else put at its end.

    Events stand in order of date. Of the codings of a text's claims, `ours`, what other coders said stays, after the pack's own.
    """
    own = [row.get("coder", REFERENCE) == REFERENCE for row in rows]
    of_text = [row["claim_id"] in ours if name == "codings" else row["source_id"] == source_id for row in rows]
    gone = [mine and text for mine, text in zip(own, of_text, strict=True)]
    others = [row for row, out in zip(rows, gone, strict=True) if not out]
    at = gone.index(True) if True in gone else sum(own)
    if name == "events":
        at = sum(row["date_earliest"] <= new[0]["date_earliest"] for row in others) if new else 0
    return [*others[:at], *new, *others[at:]]


def _with_actors(rows: list[Row], new: list[Row], claims: list[Row], source_id: str) -> list[Row]:
    """Return the actors with a draft's added or replaced. Raises DraftError when other texts need one of them as it is."""
    elsewhere = {
        actor for claim in claims if claim["source_id"] != source_id for actor in claim["voice_chain"].split(" > ")
    }
    by_id = {row["actor_id"]: row for row in rows}
    for row in new:
        actor = row["actor_id"]
        if actor in elsewhere and by_id.get(actor, row) != row:
            raise DraftError(
                f"The actor {actor!r} is in data/actors.csv already, for other texts, and described otherwise. Take the row "
                "out of your draft to use that actor, or choose another actor_id."
            )
        by_id[actor] = row
    return list(by_id.values())


def _found_in(row: Row, text: str, source_id: str) -> Row:
    """Return a row of the glossary that names the text when, and only when, its term stands there."""
    others = [name for name in row["in_texts"].split() if name != source_id]
    return row | {"in_texts": " ".join([*others, *([source_id] if glossary_pattern(row).search(text) else [])])}


def _where(name: str, rows: list[Row], new: list[Row]) -> str:
    """Return where in a file a draft's rows now are, as `nhsreform validate` counts them."""
    lines, at = {}, 2
    for row in rows:
        lines[id(row)] = at
        at += 1 + sum(cell.count("\n") for cell in row.values())
    places = [lines[id(row)] for row in new]
    rows_are = f"rows {min(places)} to {max(places)}" if len(places) > 1 else f"row {places[0]}"
    return f"data/{name}.csv: {rows_are}."


# --- the two notebooks to begin with -----------------------------------------------------------------


def notebooks(source_id: str, title: str) -> dict[str, str]:
    """Return {path: text} of a notebook and a worked exercise to begin with, under the next free number."""
    number = 1 + max(int(path.name[:2]) for path in (checkout() / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    name = f"{number:02d}-{source_id}"
    words = {"NUMBER": str(number), "PADDED": f"{number:02d}", "NAME": name, "SOURCE": source_id, "TITLE": title}
    return {
        f"notebooks/{name}.ipynb": _begun("draft-notebook", words),
        f"exercises/answers/{name}.ipynb": _begun("draft-exercise", words),
    }


def _begun(template: str, words: dict[str, str]) -> str:
    """Return a notebook to begin with, from a template in which words in capitals are filled in.

    A cell begins with a line such as `%% code answer`: its kind, and its tag where it is part of the question.
    """
    names = re.compile("|".join(words))
    cells: list[dict[str, Any]] = []
    for part in re.split("^%% ", (_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, source = part.partition("\n")
        kind, *tags = head.split()
        cell = {
            "cell_type": kind,
            "metadata": {"nhsreform": {"question": f"{words['NUMBER']}.1"}, "tags": tags} if tags else {},
            "source": names.sub(lambda name: words[name[0]], source.strip("\n")),
        }
        run: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
        cells.append(cell | run | {"id": f"cell-{len(cells)}"})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
