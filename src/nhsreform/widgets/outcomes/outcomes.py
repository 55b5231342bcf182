"""Predictions, scored: each claim on which later evidence bears, by its side and by what came of it, one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import traitlets

from nhsreform.data.tables import table
from nhsreform.debate.card import Words, stance_of, words
from nhsreform.debate.select import claims
from nhsreform.debate.sentence import in_sentence
from nhsreform.text.numbers_in_words import days
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, filled
from nhsreform.widgets.timeline.timeline import seen_in

VERDICTS = {"borne out": "Borne out", "partly": "Partly", "not": "Not borne out", "cannot tell": "Cannot tell"}
SIDES = {"sceptic": "Sceptic", "mixed": "Mixed", "enthusiast": "Enthusiast", "none": "Takes no side"}


def outcomes_model() -> list[dict[str, Any]]:
    """Return every scored claim in reading order, as plain JSON.

    Keys: id, words, before and after (the rest of its sentence), speaker, role, when, side, stance, token, stance_label, verdict,
    evidence, limits, citation, url, mark and source_kind.
    """
    names, texts = words(), table("sources").set_index("source_id")
    scored = claims(asserted=None).merge(table("outcomes"), on="claim_id", validate="1:1", suffixes=("", "_outcome"))
    return [_scored(row, names, texts.loc[row["source_id"]]) for row in scored.to_dict("records")]


def _scored(row: Mapping[str, Any], names: Words, text: pd.Series) -> dict[str, Any]:
    stance = stance_of(row["position"], int(row["strength"]))
    return {
        "id": row["claim_id"],
        "words": row["exact"],
        **in_sentence(row)._asdict(),
        "speaker": names.name(row["speaker"]),
        "role": names.role(row["speaker"]),
        "when": f"{text.short_title}, {days(text.date_earliest, text.date_latest)}",
        "side": row["position"],
        "stance": stance.key,
        "token": stance.token,
        "stance_label": stance.label,
        **{key: row[key] for key in ("verdict", "evidence", "limits")},
        **seen_in(row),
    }


class Outcomes(SelectingWidget):
    """Sides across, verdicts down, each scored claim a mark that opens.

    State in: `selected` (the id of a scored claim, or None). Results out: `rows` and `row`.
    """

    _esm = esm("outcomes/outcomes.js")
    _css = css("outcomes/outcomes.css")

    no_such = "No claim called {!r} is scored."
    scored: traitlets.List[Any] = traitlets.List().tag(sync=True)
    sides = traitlets.Dict(SIDES).tag(sync=True)
    verdicts = traitlets.Dict(VERDICTS).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        self.scored = outcomes_model()
        super().__init__(**state)

    @property
    def rows(self) -> pd.DataFrame:
        """The table outcomes: claim_id, verdict, evidence, limits, citation, url, mark and source_kind."""
        return table("outcomes")

    @property
    def row(self) -> pd.Series | None:
        """The open claim's row of the table outcomes, or None."""
        return self._open_row(self.rows, "claim_id")

    def _ids(self) -> list[str]:
        return [claim["id"] for claim in self.scored]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many claims have each verdict on each side, as side -> verdict -> number."""
        return {
            side: {
                verdict: sum((claim["side"], claim["verdict"]) == (side, verdict) for claim in self.scored)
                for verdict in VERDICTS
            }
            for side in SIDES
        }

    def summary(self) -> str:
        """Return one sentence: how many claims of each side have each verdict."""
        sides = (
            f"{SIDES[side].lower()}: " + ", ".join(f"{number} {verdict}" for verdict, number in each.items())
            for side, each in self.counts().items()
        )
        return f"{len(self.scored)} claims scored. {'; '.join(sides)}."

    def fallback(self) -> str:
        """Return the counts as a table, and under each verdict its claims: what was said, what happened, and the limits."""
        return filled(
            "outcomes/outcomes", scored=self.scored, counts=self.counts(), sides=SIDES, verdicts=VERDICTS,
        )  # fmt: skip


def outcomes() -> Outcomes:
    """Show each claim on which later evidence bears, by its side and by its verdict.

    Open a mark for what was said, what happened, and the limits. Returns the picture; `.rows` is the table behind it,
    `.row` the open claim's row. Advice is not scored: it is no prediction.
    """
    return Outcomes()
