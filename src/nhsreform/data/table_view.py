"""A pandas DataFrame that shows sentences: whole, wrapped, to the left."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd

from nhsreform.text.html import not_typeset

MAX_ROWS = 60
# Nor is a plain pandas table of the learner's typeset.
pd.set_option("display.html.use_mathjax", False)


def _cell(value: Any) -> str:
    """Return a cell as text: dates as 2010-11-04, yes and no for True and False, nothing for missing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else str(value)
    if isinstance(value, float):
        return f"{value:,.10g}"
    return str(value)


class Column(pd.Series):
    """A column of a Table: a Series that becomes a Table again, as after groupby(...).size().reset_index()."""

    @property
    def _constructor(self) -> type[Column]:
        return Column

    @property
    def _constructor_expanddim(self) -> type[Table]:
        return Table


class Table(pd.DataFrame):
    """A DataFrame in all but its looks: every pandas method works and gives a Table again.

    In a notebook it shows its text in full, with headers that a screen reader can use. At most MAX_ROWS rows are
    shown, and it says how many there are.
    """

    @property
    def _constructor(self) -> type[Table]:
        return Table

    @property
    def _constructor_sliced(self) -> type[Column]:
        return Column

    def _repr_html_(self) -> str | None:
        """Return the table as HTML."""
        if self.columns.nlevels > 1 or self.index.nlevels > 1:
            return not_typeset(super()._repr_html_())
        plain_index = isinstance(self.index, pd.RangeIndex) or (
            self.index.name is None and pd.api.types.is_integer_dtype(self.index)
        )
        right = {
            place
            for place, kind in enumerate(self.dtypes)
            if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
        }

        def style(place: int) -> str:
            side = "right" if place in right else "left"
            return f' style="text-align:{side};vertical-align:top;white-space:normal"'

        head = "" if plain_index else f"<th{style(-1)}>{html.escape(_cell(self.index.name or ''))}</th>"
        head += "".join(
            f'<th scope="col"{style(place)}>{html.escape(str(name))}</th>' for place, name in enumerate(self.columns)
        )
        rows = []
        for label, *cells in self.head(MAX_ROWS).itertuples(index=True, name=None):
            row = "" if plain_index else f'<th scope="row"{style(-1)}>{html.escape(_cell(label))}</th>'
            row += "".join(f"<td{style(place)}>{html.escape(_cell(cell))}</td>" for place, cell in enumerate(cells))
            rows.append(f"<tr>{row}</tr>")
        more = f"<p>The first {MAX_ROWS} of {len(self)} rows.</p>" if len(self) > MAX_ROWS else ""
        return not_typeset(
            f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>{more}"
        )
