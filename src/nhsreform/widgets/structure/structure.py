"""Who commissions: the bodies of the NHS in England and the arrows between them, at four dates, one drawing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import traitlets

from nhsreform.data.tables import table
from nhsreform.errors import one_of
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, paragraph, table_html
from nhsreform.widgets.timeline.timeline import MARKS, seen_in

STAGES = {"2010": "Spring 2010", "plan": "The plan of July 2010", "2013": "1 April 2013", "2022": "1 July 2022"}
SHOWS = {"money": "Money", "buys": "Buys care", "answers": "Answers to", "part": "Has a part in"}


def structure_model(parts: pd.DataFrame, until: str = "2022") -> list[dict[str, Any]]:
    """Return the stages up to `until`, oldest first: id, label, parts and gone.

    A part has an id `key` that is the same in every stage, shows, place, to, name, title, words, citation, url, mark,
    source_kind, note and `change` ("", "new", or for a box "changed": `before` is the
    name of the body that was there). `gone` are the parts of the stage before that
    have no successor.
    """
    names = list(STAGES)
    stages: list[dict[str, Any]] = []
    for stage in names[: names.index(until) + 1]:
        rows = parts[parts.stage == stage].to_dict("records")
        boxes = {row["place"]: row["name"] for row in rows if row["shows"] == "box"}
        now = {part["key"]: part for part in (_part(row, boxes) for row in rows)}
        before = {part["key"]: part for part in stages[-1]["parts"]} if stages else {}
        if stages:
            now = {key: part | _change(before.get(key), part) for key, part in now.items()}
        gone = [part | {"change": "gone"} for key, part in before.items() if key not in now]
        stages.append({"id": stage, "label": STAGES[stage], "parts": list(now.values()), "gone": gone})
    return stages


def _part(row: Mapping[str, Any], boxes: Mapping[str, str]) -> dict[str, Any]:
    arrow = row["shows"] != "box"
    title = (
        f"{SHOWS[row['shows']]}: {boxes[row['place']]} \N{RIGHTWARDS ARROW} {boxes[row['to_place']]}"
        if arrow
        else row["name"]
    )
    return {
        "id": row["part_id"],
        "key": f"{row['shows']}-{row['place']}-{row['to_place']}" if arrow else row["place"],
        "shows": row["shows"],
        "place": row["place"],
        "to": row["to_place"],
        "name": row["name"],
        "title": title,
        "words": row["words"],
        **seen_in(row),
        "note": row["note"],
        "change": "",
        "before": "",
    }


def _change(before: Mapping[str, Any] | None, part: Mapping[str, Any]) -> dict[str, str]:
    if before is None:
        return {"change": "new"}
    return {"change": "changed", "before": before["name"]} if part["name"] != before["name"] else {}


class Structure(SelectingWidget):
    """Boxes that keep their places and arrows that come and go, from one date to the next.

    State in: `stage` (an id in STAGES) and `selected` (the id of a part of that stage, or None). Results out: `parts`
    and `part`.
    """

    _esm = esm("shared/list.js", "structure/structure.js")
    _css = css("structure/structure.css")

    stage = traitlets.Unicode("2010").tag(sync=True)
    no_such = "No part called {!r} is drawn."
    stages: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, stages: list[dict[str, Any]], **state: Any) -> None:
        self.stages = stages
        super().__init__(**state)

    # --- results ---------------------------------------------------------------------------------

    @property
    def parts(self) -> pd.DataFrame:
        """The boxes and arrows of the stage that is shown: rows of the table "structure"."""
        rows = table("structure")
        return rows[rows.stage == self.stage].reset_index(drop=True)

    @property
    def part(self) -> pd.Series | None:
        """The open part's row of the table, or None."""
        return self._open_row(self.parts, "part_id")

    # --- state -----------------------------------------------------------------------------------

    @traitlets.validate("stage")
    def _known_stage(self, proposal: dict[str, Any]) -> str:
        known = [stage["id"] for stage in self.stages]
        return one_of(proposal["value"], known, f"The drawing has no stage called {proposal['value']!r}.")

    _turn = traitlets.observe("stage")(SelectingWidget._close_what_left)

    def _ids(self) -> list[str]:
        shown = next(stage for stage in self.stages if stage["id"] == self.stage)
        return [part["id"] for part in shown["parts"]]

    # --- where nothing runs ------------------------------------------------------------------------

    def summary(self) -> str:
        """Return one sentence: which dates, and who bought at each."""
        buyers = [
            f"{stage['label']}: {part['name']}"
            for stage in self.stages
            for part in stage["parts"]
            if part["key"] == "buyer"
        ]
        return f"Who commissions? {'; '.join(buyers)}."

    def fallback(self) -> str:
        """Return each stage as a plain table of its boxes and arrows, with what is new and a sentence on what is gone."""
        tables = [
            table_html(
                stage["label"],
                ("Part", "In words", "Change", "Seen in"),
                [
                    (part["title"], part["words"], change_in_words(part), f"{part['citation']} ({part['mark'][0]})")
                    for part in stage["parts"]
                ],
                sentences=True,
            )
            + (paragraph(gone_in_words(stage)) if stage["gone"] else "")
            for stage in self.stages
        ]
        run_it = '<p class="nhsr-run-it"><em>Run this cell again to open the drawing.</em></p>'
        return (
            f"<section>\n<p>{escape(self.summary())}</p>\n{''.join(tables)}<p>{escape('. '.join(MARKS.values()))}.</p>"
            f"{run_it}\n</section>"
        )


def change_in_words(part: Mapping[str, Any]) -> str:
    """Return what is different about a part since the stage before: "new", "in place of" another, or nothing."""
    return f"in place of {part['before']}" if part["before"] else part["change"]


def gone_in_words(stage: Mapping[str, Any]) -> str:
    """Return a sentence on what this stage no longer has of the one before."""
    return f"No longer: {'; '.join(part['title'] for part in stage['gone'])}."


def structure(stage: str = "2010", *, until: str = "2022") -> Structure:
    """Draw who held the money, who bought care, who supplied it and who answered to whom.

    The drawing opens on `stage`: "2010", "plan" (the White Paper of July 2010), "2013" or "2022", and ends with
    `until`. Returns the drawing; `.parts` are the rows of the table "structure" in view, `.part` is the open one.

    Raises PackError for a stage that is not known, or that is later than `until`.
    """
    one_of(until, STAGES, f"The drawing has no stage called {until!r}.")
    return Structure(structure_model(table("structure"), until), stage=stage)
