"""The reader: one of the five texts as a page, unmarked until you ask for the coding."""

from __future__ import annotations

from typing import Any

import pandas as pd
import traitlets

from nhsreform.debate.card import KEPT_BACK_SENTENCE, OPEN_COLUMNS
from nhsreform.debate.select import claims
from nhsreform.errors import PackError, one_of
from nhsreform.widgets.reader.model import Block, reader_model
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, filled, table_html

FILTERS = ("position", "speaker", "theme", "kind")


class Reader(SelectingWidget):
    """One text as a readable page; its claims are marked once `revealed` is true.

    State in: `source_id`, `revealed`, `selected` (a claim id or None) and `filters`
    (any of position, speaker, theme and kind, by the ids of the table). Result out: `claim`.
    """

    _esm = esm("reader/reader.js")
    _css = css("reader/reader.css")

    source_id = traitlets.Unicode(read_only=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    filters = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(sync=True)
    page = traitlets.Dict().tag(sync=True)

    def __init__(self, source_id: str, *, revealed: bool = False) -> None:
        page = {**reader_model(source_id), "kept_back": KEPT_BACK_SENTENCE}
        self.set_trait("source_id", source_id)
        super().__init__(page=page, revealed=revealed)

    @property
    def claim(self) -> pd.Series | None:
        """The open claim's row of the table, or None.

        Of a claim kept back for notebook 06 you get the words and the voices, without one code.
        """
        row = self._open_row(claims(asserted=None), "claim_id")
        return row[OPEN_COLUMNS] if row is not None and row.coder_set else row

    @traitlets.validate("selected")
    def _in_view(self, proposal: dict[str, Any]) -> str | None:
        ids = [claim["id"] for claim in self.page.get("claims", [])]
        if proposal["value"] not in (None, *ids):
            raise PackError(
                f"{self.source_id} has no claim called {proposal['value']!r}. Its claims are {ids[0]} to {ids[-1]}."
            )
        return proposal["value"]

    @traitlets.validate("filters")
    def _known_filters(self, proposal: dict[str, Any]) -> dict[str, str]:
        for key, value in proposal["value"].items():
            one_of(key, FILTERS, f"The reader has no filter called {key!r}.")
            known = sorted({name for claim in self.page["claims"] for name in _values(claim, key)})
            one_of(value, known, f"No claim of {self.source_id} has the {key} {value!r}.")
        return proposal["value"]

    def summary(self) -> str:
        """Return one sentence: which text, how long, and whether the coding is shown."""
        count = len(self.page["claims"])
        state = f"{count} claims marked" if self.revealed else "not yet marked"
        return f"Reader: \u201c{self.page['title']}\u201d ({self.source_id}), {state}."

    def fallback(self) -> str:
        """Return the text as plain HTML and, once the coding is shown, the claims as a table."""
        numbers = {claim["id"]: number for number, claim in enumerate(self.page["claims"], 1)} if self.revealed else {}
        sections = [
            (
                self.page["folded"] if section["folded"] else "",
                [_plain_block(each, numbers) for each in section["blocks"]],
            )
            for section in self.page["sections"]
        ]
        claims = _claims_html(self.page["claims"]) if self.revealed else ""
        return filled("reader/reader", byline=self.page["byline"], sections=sections, claims=claims)


def _values(claim: dict[str, Any], key: str) -> list[str]:
    """Return the ids under which a filter finds a claim."""
    if key == "position":
        return [claim["position"]]
    named = claim["themes"] if key == "theme" else [claim[key]]
    return [name["id"] for name in named if name]


def _plain_block(block: Block, numbers: dict[str, int]) -> tuple[str, str, list[tuple[int, str]]]:
    """Return a block as tag, marker and runs. A run is a number, where a claim of `numbers` begins, and its text.

    A number that was given goes out of `numbers`: a claim is numbered where it begins, and nowhere else.
    """
    tag = {"title": "h3", "heading": "h4"}.get(block["kind"], "p")
    return tag, block["marker"], [(numbers.pop(run["claim"], 0), run["text"]) for run in block["runs"]]


def _claims_html(claims: list[dict[str, Any]]) -> str:
    head = ("Claim", "Position", "On the question", "In plain words", "Who speaks", "Voice", "Kind", "Condition")
    rows = []
    for number, claim in enumerate(claims, 1):
        plain = KEPT_BACK_SENTENCE if claim["kept_back"] else claim["paraphrase"]
        rows.append((
            f"[{number}] {claim['id']}", f"{claim['token']} {claim['stance_label']}",
            "; ".join(answer["label"] for answer in claim["answers"]), plain,
            claim["speaker"]["label"], claim["voice"], claim["kind"]["label"] if claim["kind"] else "",
            claim.get("condition", ""),
        ))  # fmt: skip
    return table_html("The claims in order of the text", head, rows)


def reader(source: str, *, revealed: bool = False) -> Reader:
    """Open one of the five texts as a page.

    It opens unmarked: read first, then choose "Show the coding", or ask for it with `revealed=True`.
    Returns the reader; `.claim` is the row of the claim you have opened.

    Raises SourceError when there is no such text (the nearest names are listed).
    """
    return Reader(source, revealed=revealed)
