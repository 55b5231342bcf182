"""The contrast: two sides of one question in equal columns, ordered by the same rule."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import pandas as pd
import traitlets

from nhsreform.data.table_view import Table
from nhsreform.debate.select import claims
from nhsreform.errors import PackError, one_of
from nhsreform.widgets.contrast.model import (
    CAMPS,
    COMPARISONS,
    EVERY_THEME,
    SOURCES,
    SPEAKERS,
    answer_to,
    contrast_book,
    contrast_model,
)
from nhsreform.widgets.shared.widget import SelectingWidget, css, esm, filled

THEME = "engagement"
PAIRS = {CAMPS: ("sceptic", "enthusiast"), SOURCES: ("joint-report", "walk-away"), SPEAKERS: ("field", "vautrey")}
PLACES = ("left", "right", "mixed", "none")
# The fallback is kept in the notebook, so a long list is cut there, and says so.
MOST_CLAIMS, MOST_PAIRS = 12, 5


def _pair(kind: str) -> traitlets.Tuple:
    return traitlets.Tuple(traitlets.Unicode(), traitlets.Unicode(), default_value=PAIRS[kind]).tag(sync=True)


class Contrast(SelectingWidget):
    """Two camps, two texts or two speakers side by side on one question.

    State in: `theme` (a theme's id, or "all"), `compare` ("camps", "sources" or "speakers"), `sources` and
    `speakers` (two ids each), `swapped`, and `selected` (the id of a claim in view, or None).
    Results out: `claims` and `claim`.
    """

    _esm = esm("contrast/contrast.js")
    _css = css("contrast/contrast.css")

    theme = traitlets.Unicode().tag(sync=True)
    compare = traitlets.Unicode(CAMPS).tag(sync=True)
    sources = _pair(SOURCES)
    speakers = _pair(SPEAKERS)
    swapped = traitlets.Bool(False).tag(sync=True)
    book = traitlets.Dict().tag(sync=True)

    def __init__(self, theme: str, *, coder_set: bool = False, asserted: bool | None = True, **state: Any) -> None:
        # Everything else is checked against the book.
        self.book = contrast_book(coder_set=coder_set, asserted=asserted)
        super().__init__(theme=theme, **state)

    # --- results ---------------------------------------------------------------------------------

    @property
    def view(self) -> dict[str, Any]:
        """What is in view, as plain data: both sides in order, what stands between, and how claims are linked."""
        left, right = self._sides()
        return contrast_model(self.book, self.theme, self.compare, left, right)

    @property
    def claims(self) -> pd.DataFrame:
        """The claims in view: rows of the table in the order shown, with `side` (left, right, mixed or none)."""
        places = self._places()
        rows = self._claims_with_answers().set_index("claim_id", drop=False).loc[list(places)].reset_index(drop=True)
        rows.insert(0, "side", list(places.values()))
        return Table(rows)

    @property
    def claim(self) -> pd.Series | None:
        """The open claim's row of the table, or None."""
        return self._open_row(self._claims_with_answers(), "claim_id")

    def _claims_with_answers(self) -> pd.DataFrame:
        """Return the claims with their answers to the question in view."""
        return claims(theme=None if self.theme == EVERY_THEME else self.theme, asserted=None)

    # --- state -----------------------------------------------------------------------------------

    def _sides(self) -> tuple[str, str]:
        left, right = {CAMPS: PAIRS[CAMPS], SOURCES: self.sources, SPEAKERS: self.speakers}[self.compare]
        return (right, left) if self.swapped else (left, right)

    def _places(self) -> dict[str, str]:
        """Return where each claim in view stands, in the order shown."""
        view = self.view
        return {
            claim_id: place
            for place in PLACES
            if place in view
            for claim_id in view[place]["ids"] + view[place]["none"]
        }

    @traitlets.validate("theme")
    def _known_theme(self, proposal: dict[str, Any]) -> str:
        known = [theme["id"] for theme in self.book["themes"]]
        return one_of(proposal["value"], known, f"There is no theme called {proposal['value']!r}.")

    @traitlets.validate("compare")
    def _known_comparison(self, proposal: dict[str, Any]) -> str:
        problem = f"A contrast compares {', '.join(COMPARISONS)}, not {proposal['value']!r}."
        return one_of(proposal["value"], COMPARISONS, problem)

    @traitlets.validate("sources", "speakers")
    def _known_pair(self, proposal: dict[str, Any]) -> tuple[str, str]:
        kind = proposal["trait"].name
        known = [name["id"] for name in self.book["names"][kind]]
        for name in proposal["value"]:
            one_of(name, known, f"There is no {kind[:-1]} called {name!r}.")
        if proposal["value"][0] == proposal["value"][1]:
            raise PackError(f"A contrast needs two different {kind}; both are {proposal['value'][0]!r}.")
        return proposal["value"]

    _turn = traitlets.observe("theme", "compare", "sources", "speakers")(SelectingWidget._close_what_left)

    def _ids(self) -> list[str]:
        return list(self._places())

    # --- where nothing runs ------------------------------------------------------------------------

    def summary(self) -> str:
        """Return one sentence: the question, the two sides, and how much each says."""
        view = self.view
        sides = "; ".join(f"{view[place]['label']}: {view[place]['told']}" for place in PLACES if place in view)
        return f"Contrast: {view['theme']['question']} {sides}."

    def fallback(self) -> str:
        """Return both sides as one table of two equal columns, and the rest below it, as plain HTML."""
        view = self.view
        lists = [(view[place], folded) for place, folded in (("mixed", False), ("none", True)) if self.compare == CAMPS]
        pairs = [("Common ground", "common"), ("Division", "division"), ("One limits the other", "limits")]
        cards = self._cards()
        return filled(
            "contrast/contrast",
            question=view["theme"]["question"],
            rule=self.book["rules"][self.compare],
            sides=[view["left"], view["right"]],
            rows=_rows(cards, view["left"], view["right"]),
            sentences=[sentence for sentence in (view["one_sided"], view["empty"], *view["left_out"]) if sentence],
            lists=[
                (f"{side['label']}: {side['told']}", [cards[claim] for claim in side["ids"]], folded)
                for side, folded in lists
            ],
            pair_lists=[(title, view[kind]) for title, kind in pairs if view[kind]],
            cards=cards,
            most_claims=MOST_CLAIMS,
            most_pairs=MOST_PAIRS,
        )

    def _cards(self) -> dict[str, Any]:
        """Return the claims in words, each with the sign of its answer to the question in view."""
        return {
            claim_id: claim | {"token": answer_to(claim, self.theme)["token"]}
            for claim_id, claim in self.book["claims"].items()
        }


def _rows(cards: dict[str, Any], left: dict[str, Any], right: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return what stands beside each other in the two columns: a claim's card, or a sentence."""
    cells = []
    for side in (left, right):
        ids = side["ids"] + side["none"]
        rest = [f"And {len(ids) - MOST_CLAIMS} more."] if len(ids) > MOST_CLAIMS else []
        note = [side["note"]] if side["note"] else []
        cells.append([*note, *(cards[claim_id] for claim_id in ids[:MOST_CLAIMS]), *rest, *side["left_out"]])
    return list(zip_longest(*cells, fillvalue=""))


def contrast(
    theme: str | None = None,
    *,
    sources: Iterable[str] | None = None,
    speakers: Iterable[str] | None = None,
    swapped: bool = False,
    coder_set: bool = False,
    asserted: bool | None = True,
) -> Contrast:
    """Set two sides of a question beside each other: sceptic and enthusiast claims, two texts, or two speakers.

    Both sides are ordered by the same rule. `theme` is "engagement" unless you name another, or "all"; two
    `sources` or two `speakers` are compared over all questions unless you name one. Claims kept back for notebook 06
    are left out unless `coder_set=True`; words nobody put forward are left out unless `asserted=None`.

    Returns the contrast; `.claims` are the rows in view, `.claim` is the row of the claim you have opened.

    Raises PackError for an unknown theme, source or speaker (the nearest names are listed).
    """
    if sources is not None and speakers is not None:
        raise PackError("A contrast compares two sources or two speakers, not both. Give one of them.")
    state: dict[str, Any] = {"swapped": swapped}
    for kind, pair in ((SOURCES, sources), (SPEAKERS, speakers)):
        if pair is not None:
            names = [pair] if isinstance(pair, str) else list(pair)
            if len(names) != 2:
                raise PackError(
                    f"A contrast needs two {kind}, and was given {len(names)}: {', '.join(map(str, names))}."
                )
            state |= {"compare": kind, kind: tuple(names)}
    if theme is None:
        theme = EVERY_THEME if "compare" in state else THEME
    return Contrast(theme, coder_set=coder_set, asserted=asserted, **state)
