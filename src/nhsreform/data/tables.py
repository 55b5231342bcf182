"""The tables in data/, each loaded and typed as data/datapackage.json says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nhsreform.checkout import data_folder, once
from nhsreform.errors import PackError, nearest, one_of

if TYPE_CHECKING:
    import pandas as pd


class TableError(PackError):
    """A table is missing or does not fit its schema; names file, row and column."""


@once
def package() -> dict[str, Any]:
    """Return data/datapackage.json as a dictionary."""
    return json.loads((data_folder() / "datapackage.json").read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the names of all tables."""
    return [resource["name"] for resource in package()["resources"]]


def resource(name: str) -> dict[str, Any]:
    """Return one table's entry in datapackage.json: title, description, how made, schema.

    Raises TableError when there is no such table.
    """
    for entry in package()["resources"]:
        if entry["name"] == name:
            return entry
    raise TableError(f"There is no table called {name!r}. {nearest(name, names())}")


def fields(name: str) -> list[dict[str, Any]]:
    """Return the columns of a table: name, type, description, unit, constraints."""
    return resource(name)["schema"]["fields"]


def _typed(column: pd.Series, field: dict[str, Any], file: str) -> pd.Series:
    """Return a column of strings as the type its field names."""
    import pandas as pd

    kind = field["type"]
    try:
        if kind == "integer":
            numbers = pd.to_numeric(column.replace("", None)).astype("Int64")
            return numbers if numbers.isna().any() else numbers.astype("int64")
        if kind == "number":
            return pd.to_numeric(column.replace("", None)).astype("float64")
        if kind == "boolean":
            true, false = set(field["trueValues"]), set(field["falseValues"])
            if not column.isin(true | false).all():
                raise ValueError(f"only {' or '.join(sorted(true | false))} is allowed")
            return column.isin(true)
        if kind == "date":
            return pd.to_datetime(column.replace("", None), format="%Y-%m-%d")
    except (ValueError, TypeError) as error:
        raise TableError(
            f"{file}: column {field['name']} holds something that is not a {kind} ({error}). "
            "Type nhsreform validate to see the row."
        ) from error
    return column


@once
def _loaded(name: str) -> pd.DataFrame:
    import pandas as pd

    from nhsreform.data.table_view import Table

    entry = resource(name)
    path = data_folder() / entry["path"]
    try:
        text = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", na_filter=False)
    except FileNotFoundError as error:
        raise TableError(f"data/{entry['path']} is missing. Restore it with: git checkout data") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"data/{entry['path']} cannot be read: {error}") from error
    wanted = [field["name"] for field in fields(name)]
    if list(text.columns) != wanted:
        raise TableError(
            f"data/{entry['path']} has the columns {', '.join(text.columns)}; expected {', '.join(wanted)}."
        )
    return Table({field["name"]: _typed(text[field["name"]], field, f"data/{entry['path']}") for field in fields(name)})


def table(name: str, /, **where: object) -> pd.DataFrame:
    """Return a table as a new pandas DataFrame (that shows its text in full), typed as data/datapackage.json says.

    Text that is missing is "", a number that is missing is NaN (or <NA>), yes/no columns are True/False and
    dates are timestamps. What you do to the result changes nothing for the next caller. With the name of a column you
    get the rows that have a value there, or one of a list: table("figures", source_id="mps-inquiry", type=["money"]).

    Raises TableError when there is no such table, column or value (the nearest are listed), or its file does not fit
    the schema.

    >>> table("sources").source_id.tolist()
    ['joint-report', 'pct-managers', 'mps-inquiry', 'nuffield-polls', 'walk-away']
    >>> len(table("figures", source_id="mps-inquiry", type=["money", "date"]))
    7
    """
    rows = _loaded(name).copy()
    for column, wanted in where.items():
        one_of(column, rows.columns, f"The table {name} has no column {column!r}.", TableError)
        values = list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
        # A day is typed as the table's file has it. A value that stands in other rows is no mistake: then there are no rows.
        days = _loaded(name)[column].dtype.kind == "M"
        known = _loaded(name)[column].dt.strftime("%Y-%m-%d") if days else _loaded(name)[column]
        for value in values:
            if value not in known.tolist():
                others = known.astype(str).unique().tolist()
                raise TableError(f"The table {name} has no {column} {value!r}. {nearest(str(value), others)}")
        rows = rows[known[rows.index].isin(values)]
    return rows.reset_index(drop=True) if where else rows
