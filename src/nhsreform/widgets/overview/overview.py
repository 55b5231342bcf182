"""The overview: the whole debate on one page, each claim a mark on its side of a question."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import traitlets

from nhsreform.errors import PackError, one_of
from nhsreform.widgets.coder.comparison import NAME, locked_codings
from nhsreform.widgets.overview.model import ACROSS, in_words, overview_model
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, paragraph

ALL = "all"
OWN = "Your coding"
GROUPS = {"principle": "The principle", "practice": "The practice: will it work, done like this?"}


class Overview(SelectingWidget):
    """Questions down, texts or speakers across; a cell holds the claims that answer the question there.

    State in: `across` ("sources" or "speakers"), `over` (the id of a coder in debate["coders"], or ""), `cell` (a theme and
    a column, or two empty words) and `selected` (the id of a claim in the open cell, or None). Result out: `claims`.
    """

    _esm = esm("overview/overview.js")
    _css = css("overview/overview.css")

    no_such = "The open cell holds no claim called {!r}."

    across = traitlets.Unicode("sources").tag(sync=True)
    over = traitlets.Unicode("").tag(sync=True)
    cell = traitlets.Tuple(traitlets.Unicode(), traitlets.Unicode(), default_value=("", "")).tag(sync=True)
    debate = traitlets.Dict().tag(sync=True)

    def __init__(self, debate: dict[str, Any], **state: Any) -> None:
        self.debate = debate
        super().__init__(**state)

    # --- results ---------------------------------------------------------------------------------

    @property
    def claims(self) -> pd.DataFrame:
        """The claims of the open cell with their answer to its question, or of all cells; columns as in nr.claims()."""
        from nhsreform.debate.select import claims

        theme, column = self.cell
        chosen = claims(theme=theme or None)
        ids = [entry["claim"] for entry in self._in_cell(theme, column or ALL)]
        return chosen[chosen.claim_id.isin(ids)].reset_index(drop=True)

    def _in_cell(self, theme: str, column: str, coder: str = "reference") -> list[dict[str, Any]]:
        field = "source" if self.across == "sources" else "column"
        cards = self.debate["claims"]
        return [
            entry for entry in self.debate["answers"]
            if entry["coder"] == coder and theme in ("", entry["theme"])
            and column in (ALL, cards[entry["claim"]][field])
        ]  # fmt: skip

    # --- state that holds ------------------------------------------------------------------------

    @traitlets.validate("across")
    def _known_across(self, proposal: dict[str, Any]) -> str:
        across = proposal["value"]
        return one_of(across, ACROSS, f"The overview cannot be laid out across {across!r}.")

    @traitlets.validate("over")
    def _known_coder(self, proposal: dict[str, Any]) -> str:
        known, over = [coder["id"] for coder in self.debate["coders"][1:]], proposal["value"]
        return over and one_of(over, known, f"The overview holds no coding called {over!r}.")

    @traitlets.validate("cell")
    def _known_cell(self, proposal: dict[str, Any]) -> tuple[str, str]:
        theme, column = proposal["value"]
        if not theme:
            return ("", "")
        themes = [question["id"] for question in self.debate["questions"]]
        columns = [*(each["id"] for each in self.debate["columns"][self.across]), ALL]
        for name, value, known in (("question", theme, themes), ("column", column, columns)):
            one_of(value, known, f"The overview has no {name} called {value!r}.")
        return theme, column

    @traitlets.validate("selected")
    def _in_view(self, proposal: dict[str, Any]) -> str | None:
        if proposal["value"] is not None and not self.cell[0]:
            raise PackError('No cell is open. Open one first, as in w.cell = ("engagement", "all").')
        return super()._in_view(proposal)

    @traitlets.observe("across")
    def _close(self, _: Any) -> None:
        """Close the cell: the columns it was one of are gone."""
        if self.cell[1] not in (*(each["id"] for each in self.debate["columns"][self.across]), ALL):
            self.cell = ("", "")

    _turn = traitlets.observe("cell", "over")(SelectingWidget._close_what_left)

    def _ids(self) -> list[str]:
        """Return the ids of the claims in the open cell, those that only the coding laid over has there last."""
        theme, column = self.cell
        coders = ["reference", self.over] if theme else []
        return list(dict.fromkeys(each["claim"] for coder in coders for each in self._in_cell(theme, column, coder)))

    # --- where nothing runs ------------------------------------------------------------------------

    def summary(self) -> str:
        """Return the debate in a sentence: how principle and practice stand."""
        groups = {question["id"]: question["group"] for question in self.debate["questions"]}
        counts = [
            f"on the {group} "
            + in_words([entry for entry in self._in_cell("", ALL) if groups[entry["theme"]] == group])
            for group in GROUPS
        ]
        return f"The debate on one page: {'; '.join(counts)}."

    def fallback(self) -> str:
        """Return the questions as rows and the texts, or speakers, as columns, each cell in words."""
        columns = [*self.debate["columns"][self.across], {"id": ALL, "label": "All", "about": ""}]
        style = ' style="text-align:left;vertical-align:top"'
        head = "".join(f'<th scope="col"{style}>{escape(column["label"])}</th>' for column in columns)
        rows, group = [], ""
        for question in self.debate["questions"]:
            if question["group"] != group:
                group = question["group"]
                rows.append(f'<tr><th colspan="{len(columns) + 1}" scope="rowgroup"{style}>{GROUPS[group]}</th></tr>')
            cells = "".join(
                f"<td{style}>{escape(in_words(self._in_cell(question['id'], column['id'])))}</td>" for column in columns
            )
            rows.append(f'<tr><th scope="row"{style}>{escape(question["question"])}</th>{cells}</tr>')
        sentences = " ".join(self.debate["left_out"])
        return (
            f"<section>\n{paragraph(self.summary())}\n<table>\n<thead><tr><th{style}>Question at issue</th>{head}</tr></thead>\n"
            f"<tbody>\n" + "\n".join(rows) + f"\n</tbody>\n</table>\n{paragraph(sentences) if sentences else ''}"
            '<p class="nhsr-run-it"><em>Run this cell again to open the overview.</em></p>\n</section>'
        )


def overview(
    across: str = "sources", *, codings: Mapping[str, pd.DataFrame] | None = None, coder_set: bool = False
) -> Overview:
    """Open the whole debate on one page: the eleven questions down, the five texts (or the speakers) across.

    Each claim is a mark on its side of a cell: no to the left, yes to the right, both at once on the line. Choose a cell
    to read its claims. `codings` lays further codings over ours, by the name to show for each: tables with the
    columns claim_id, theme, position and strength. Claims kept back for notebook 06 are left out unless `coder_set=True`;
    where they are shown, your own coding of them, once locked, is laid over by itself.

    Raises PackError for an unknown `across`, or for a coding that lacks a column.
    """
    own = locked_codings() if coder_set else {}
    others = {**{OWN if name == NAME else name: coded for name, coded in own.items()}, **(codings or {})}
    wanted = ["claim_id", "theme", "position", "strength"]
    for name, coded in others.items():
        absent = [column for column in wanted if column not in getattr(coded, "columns", [])]
        if absent:
            raise PackError(
                f"The coding {name!r} lacks {', '.join(absent)}. A coding is a table with {', '.join(wanted)}."
            )
    over = "coder-0" if own and not codings else ""
    return Overview(overview_model(others=others, coder_set=coder_set), across=across, over=over)
