"""What the rules share: the rows and texts that can be used, and the problems found so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nhsreform.data import tables


@dataclass(frozen=True, order=True)
class Problem:
    """One breach. `row` is the line number in the file, counting the header as 1; 0 is the whole file."""

    file: str
    row: int
    column: str
    rule: str

    def __str__(self) -> str:
        place = self.file + (f", row {self.row}" if self.row else "") + (f", {self.column}" if self.column else "")
        return f"{place}: {self.rule}"


class Row(dict[str, str]):
    """A row's cells by column, and its line in its table's file."""

    def __init__(self, cells: Iterable[tuple[str, str]], checker: Checker, table: str, line: int) -> None:
        super().__init__(cells)
        self.line, self._checker, self._table = line, checker, table

    def say(self, column: str, rule: str) -> None:
        """Note a problem of this row."""
        self._checker.say(self._table, column, rule, self.line)


class Checker:
    """Collects problems while the rules walk the files; rows that cannot be used are left out of later rules.

    Fields:
        problems: what was found.
        rows: {table: the rows that later rules can use}.
        all_rows: {table: every row with the right number of cells}.
        texts: {source id: text}, of the texts that are there and unchanged.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rows: dict[str, list[Row]] = {}
        self.all_rows: dict[str, list[Row]] = {}
        self.texts: dict[str, str] = {}

    def say(self, table: str, column: str, rule: str, line: int = 0) -> None:
        """Note a problem of a whole table, or of a line in its file."""
        self.problems.append(Problem(f"data/{table}.csv", line, column, rule))

    def say_of(self, file: str, rule: str, line: int = 0) -> None:
        """Note a problem of a file, or of a line in it."""
        self.problems.append(Problem(file, line, "", rule))

    def codes(self, field: str) -> list[str]:
        """Return the codes a column of claims or codings may hold."""
        columns = [*tables.fields("claims"), *tables.fields("codings")]
        entry = next(f for f in columns if f["name"] == field)
        if field == "strength":
            return ["0", "1", "2"]
        return entry.get("constraints", {}).get("enum") or [*entry["trueValues"], *entry["falseValues"]]
