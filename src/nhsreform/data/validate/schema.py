"""One table at a time: bytes, header, types, codes and keys, as datapackage.json describes them; and keys across tables."""

from __future__ import annotations

import csv
import datetime
import io
import re
from typing import Any

from nhsreform.checkout import data_folder
from nhsreform.data.validate.checker import Checker, Row

BOM = b"\xef\xbb\xbf"


def read(checker: Checker, resource: dict[str, Any]) -> None:
    """Read one CSV: bytes, header, types, codes, keys."""
    name, file = resource["name"], f"data/{resource['path']}"
    checker.rows[name], checker.all_rows[name] = [], []
    path = data_folder() / resource["path"]
    try:
        raw = path.read_bytes()
    except OSError as error:
        checker.say_of(file, f"cannot be read ({error.strerror})")
        return
    if raw.startswith(BOM):
        checker.say_of(file, "starts with a byte-order mark: save as UTF-8 without BOM", 1)
        raw = raw.removeprefix(BOM)
    if b"\r" in raw:
        checker.say_of(file, "has CRLF line endings: save with LF")
        raw = raw.replace(b"\r\n", b"\n")
    if not raw.endswith(b"\n"):
        checker.say_of(file, "does not end with a line break: it may be cut short")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        checker.say_of(file, f"is not UTF-8 (byte {error.start})")
        return
    fields = resource["schema"]["fields"]
    wanted = [field["name"] for field in fields]
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    if header != wanted:
        missing, extra = [n for n in wanted if n not in header], [n for n in header if n not in wanted]
        parts = [
            f"{how} column: {', '.join(names)}" for how, names in (("missing", missing), ("unknown", extra)) if names
        ]
        checker.say_of(file, "; ".join(parts) or f"columns are out of order; expected {', '.join(wanted)}", 1)
        return
    before = reader.line_num
    for cells in reader:
        row = Row(zip(wanted, cells, strict=False), checker, name, before + 1)
        before = reader.line_num
        if len(cells) != len(wanted):
            row.say("", f"has {len(cells)} cells; expected {len(wanted)}")
            continue
        checker.all_rows[name].append(row)
        if _cells(row, fields):
            checker.rows[name].append(row)
    _keys(checker, resource)


def _cells(row: Row, fields: list[dict[str, Any]]) -> bool:
    """Check each cell of a row against its field. Returns whether later rules can use the row."""
    usable = True
    for field in fields:
        column, cell, limits = field["name"], row[field["name"]], field.get("constraints", {})
        if cell != cell.strip() and column not in ("exact", "prefix", "suffix", "condition"):
            row.say(column, "begins or ends with a space")
        if cell == "":
            if limits.get("required"):
                row.say(column, "is empty; a value is required")
                usable = usable and field["type"] == "string"
            continue
        rule = _cell_rule(cell, field, limits)
        if rule:
            row.say(column, rule)
            usable = False
    return usable


def _keys(checker: Checker, resource: dict[str, Any]) -> None:
    name = resource["name"]
    key = resource["schema"]["primaryKey"]
    unique = [key] + [[f["name"]] for f in resource["schema"]["fields"] if f.get("constraints", {}).get("unique")]
    for columns in unique:
        seen: dict[tuple[str, ...], Row] = {}
        for row in checker.rows[name]:
            value = tuple(row[column] for column in columns)
            if value in seen:
                row.say(" + ".join(columns), f"{' '.join(value)} stands already in row {seen[value].line}")
            seen[value] = row


def foreign_keys(checker: Checker, resource: dict[str, Any]) -> None:
    """Check that what a table points to is there."""
    for link in resource["schema"].get("foreignKeys", []):
        column, to = link["fields"][0], link["reference"]
        # A row with a fault of its own still has its name, so what points to it is no fault as well.
        known = {row[to["fields"][0]] for row in checker.all_rows[to["resource"]]}
        for row in checker.rows[resource["name"]]:
            if row[column] and row[column] not in known:
                row.say(column, f"{row[column]!r} is not in {to['resource']}.csv")


def _cell_rule(cell: str, field: dict[str, Any], limits: dict[str, Any]) -> str:
    """Return what is wrong with a cell, or ""."""
    kind = field["type"]
    if kind in ("integer", "number"):
        if not re.fullmatch(r"-?\d+" if kind == "integer" else r"-?\d+(\.\d+)?", cell):
            return f"{cell!r} is not {'a whole number' if kind == 'integer' else 'a number'}"
        if "minimum" in limits and float(cell) < limits["minimum"]:
            return f"{cell} is less than {limits['minimum']}"
        if "maximum" in limits and float(cell) > limits["maximum"]:
            return f"{cell} is more than {limits['maximum']}"
    elif kind == "boolean":
        allowed = [*field["trueValues"], *field["falseValues"]]
        if cell not in allowed:
            return f"{cell!r} is not {' or '.join(allowed)}"
    elif kind == "date":
        try:
            if datetime.date.fromisoformat(cell).isoformat() != cell:
                raise ValueError
        except ValueError:
            return f"{cell!r} is not a date like 2010-11-04"
    if "enum" in limits and cell not in limits["enum"]:
        return f"{cell!r} is not one of {', '.join(limits['enum'])}"
    if "pattern" in limits and not re.search(limits["pattern"], cell):
        return f"{cell!r} does not have the form {limits['pattern']}"
    return ""
