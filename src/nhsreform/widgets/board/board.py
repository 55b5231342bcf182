"""The board: your own argument, with claims for and against, written out as a brief with citations."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial, wraps
from html import escape
from io import BytesIO
from pathlib import Path

import ipywidgets

from nhsreform.data.tables import table
from nhsreform.debate.sentence import quoted_html
from nhsreform.errors import PackError
from nhsreform.text.numbers_in_words import plural
from nhsreform.text.untrusted import for_file
from nhsreform.widgets.board import brief as briefs
from nhsreform.widgets.board.brief import SECTION, SIDES, Brief, Claim
from nhsreform.widgets.shared.keeping import NamedWorkPanel, status_line
from nhsreform.widgets.shared.keyboard import Keyboard, in_row
from nhsreform.widgets.shared.widget import heading, id_html, in_turn, prose
from nhsreform.work import store

NAME = "my-brief"
_LABEL_WORDS = 90
PAGE = 8
_SEARCH = ".nhsr-search input"


def _on_the_board(action: Callable[..., None]) -> Callable[..., None]:
    """Return `action` so that it changes nothing for a claim that has left the board: the second click of a double click."""

    @wraps(action)
    def guarded(board: Board, claim_id: str, *arguments: int) -> None:
        if briefs.side_of(board._brief, claim_id):
            action(board, claim_id, *arguments)
        else:
            board._keyboard.focus(_SEARCH)

    return guarded


class Board(NamedWorkPanel):
    """Your argument. `.brief` is what is on it, `.markdown` the brief written out; `.add(claim_id, side)` puts a claim on it."""

    section, keeps = SECTION, "board"

    def __init__(self, name: str = NAME) -> None:
        self.claims = briefs.board_claims()
        self._brief = self._opened(name, f'nr.board("{NAME}")', lambda stored: briefs.read_brief(stored, self.claims))
        self._rows: dict[str, _Row] = {}
        self._cards: dict[str, _Card] = {}
        # True while controls are filled from here: what they then report is no choice of the learner's.
        self._filling = False
        self._keyboard = Keyboard()
        self._exported, self._points = status_line(), ipywidgets.HTML()
        super().__init__([self._keyboard, *self._build_question(), *self._build_picker(), self._status,
                          self._build_columns(), *self._build_end()], f"board {self.name}")  # fmt: skip
        self.add_class("nhsr-board")
        self._draw()

    # -- what it says and gives

    @property
    def brief(self) -> Brief:
        """What is on the board: question, for and against (each a list of claim and words), strongest, conclusion."""
        brief = copy.deepcopy(self._brief)
        return {key: brief[key] for key in ("question", *SIDES, "strongest", "conclusion")}

    @property
    def markdown(self) -> str:
        """The brief as Markdown, with numbered references and what is still open."""
        return briefs.to_markdown(self._written())

    @in_turn
    def add(self, claim_id: str, side: str) -> None:
        """Put a claim on the board, last on its side: "for" or "against".

        Raises PackError for an unknown claim or side, and for a claim that is on the board already.
        """
        after = briefs.added(self._brief, claim_id, side, self.claims)
        number, speaker = briefs.numbers(after)[claim_id], self.claims[claim_id].speaker
        self._change(after, f"Added under \u201c{side.capitalize()}\u201d as [{number}]: {speaker}.")

    def summary(self) -> str:
        """Return one sentence: how many claims stand on each side, and how much is still open."""
        counts = " and ".join(f"{len(self._brief[side])} {side}" for side in SIDES)
        points = len(self._open())
        left = f"{plural(points, 'point is', 'points are')} still open" if points else "nothing is open"
        return f"Board \u201c{self.name}\u201d: {counts}; {left}."

    def fallback(self) -> str:
        """Return the brief as plain HTML."""
        head = (
            f'<p><em>{escape(self.summary())} <span class="nhsr-run-it">Run this cell again to go on.</span></em></p>'
        )
        return f"<section>\n{head}\n{briefs.to_html(self._written())}\n</section>"

    def _open(self) -> list[str]:
        return briefs.open_points(self._brief, self.claims)

    def _written(self) -> list[briefs.Block]:
        return briefs.written(self._brief, self.claims)

    # -- building

    def _build_question(self) -> list[ipywidgets.Widget]:
        self._question = _area("The question your brief answers", self._brief["question"], rows=2)
        self._question.observe(lambda change: self._enter("question", change.new), "value")
        others = sorted(set(store.sections().get(SECTION, {})) - {self.name})
        named = ", ".join(f'nr.board("{name}")' for name in others)
        return [self._question, *([prose(f"Your other boards: {named}", "nhsr-help")] if others else [])]

    def _build_picker(self) -> list[ipywidgets.Widget]:
        themes, sources, actors = table("themes"), table("sources"), table("actors")
        speaking = {claim.speaker_id for claim in self.claims.values()}
        speakers = sorted((row.name_, row.actor_id) for row in actors.rename(columns={"name": "name_"}).itertuples()
                          if row.actor_id in speaking)  # fmt: skip
        self._asked = ipywidgets.Text(
            description="Words, or a claim\u2019s id", style=_NATURAL, layout={"width": "100%"}
        )
        self._asked.add_class("nhsr-search")
        self._theme = _choice("Theme", [("All themes", ""), *zip(themes.label, themes.theme, strict=True)])
        self._source = _choice("Text", [("All texts", ""), *zip(sources.short_title, sources.source_id, strict=True)])
        self._speaker = _choice("Speaker", [("All speakers", ""), *speakers])
        for control in (self._asked, self._theme, self._source, self._speaker):
            control.observe(lambda _: self._search(), "value")
        self._found = status_line()
        self._pager = in_row(self._keyboard.button("Claims before", lambda: self._turn(-1), "nhsr-before"),
                             self._keyboard.button("Claims after", lambda: self._turn(1), "nhsr-after"))  # fmt: skip
        self._list = ipywidgets.VBox().add_class("nhsr-cards")
        filters = in_row(self._theme, self._source, self._speaker)
        self._search()
        return [ipywidgets.HTML(heading("Find claims")), self._asked, filters, self._found, self._pager, self._list]

    def _build_columns(self) -> ipywidgets.HBox:
        self._heads = {side: ipywidgets.HTML() for side in SIDES}
        self._columns = {
            side: ipywidgets.VBox().add_class("nhsr-column").add_class(f"nhsr-side-{side}") for side in SIDES
        }
        return ipywidgets.HBox(list(self._columns.values())).add_class("nhsr-columns")

    def _build_end(self) -> list[ipywidgets.Widget]:
        self._strongest = _choice("The claim on your board that hurts your conclusion most", [("Not chosen yet", "")])
        self._strongest.layout.width = "100%"
        self._strongest.add_class("nhsr-strongest")
        self._strongest.observe(lambda change: self._choose_strongest(change.new), "value")
        self._answer = _area("Your answer to it", self._brief["strongest"]["answer"])
        self._answer.observe(lambda change: self._enter("answer", change.new), "value")
        self._conclusion = _area("Your conclusion", self._brief["conclusion"])
        self._conclusion.observe(lambda change: self._enter("conclusion", change.new), "value")
        export = in_row(self._keyboard.button("Write Markdown (.md)", lambda: self._export("md"), "nhsr-write-md"),
                      self._keyboard.button("Write Word (.docx)", lambda: self._export("docx"), "nhsr-write-docx"))  # fmt: skip
        return [ipywidgets.HTML(heading("The strongest opposing claim")), self._strongest, self._answer, self._conclusion,
                 self._points, export, self._exported]  # fmt: skip

    # -- drawing

    def _draw(self) -> None:
        """Draw what depends on which claims stand where."""
        number = briefs.numbers(self._brief)
        for side, column in self._columns.items():
            entries = self._brief[side]
            self._heads[side].value = heading(f"{side.capitalize()} ({len(entries)})")
            rows = [self._row_of(entry) for entry in entries]
            for entry, row in zip(entries, rows, strict=True):
                row.show(number[entry["claim"]], side)
            empty = [] if rows else [prose(f"No claim {side} yet.", "nhsr-help")]
            column.children = [self._heads[side], *(row.box for row in rows), *empty]
        options = [
            ("Not chosen yet", ""),
            *((f"[{place}] {_label(self.claims[claim_id])}", claim_id) for claim_id, place in number.items()),
        ]
        self._filling = True
        try:
            self._strongest.options = options
            self._strongest.value = self._brief["strongest"]["claim"] or ""
        finally:
            self._filling = False
        self._draw_cards()
        self._draw_points()

    def _draw_points(self) -> None:
        points = self._open()
        listed = "".join(f"<li>{escape(point)}</li>" for point in points)
        html = f"<ul>{listed}</ul>" if points else "<p>Nothing that this board can see. Now let somebody attack it.</p>"
        self._points.value = f'<div class="nhsr nhsr-open">{heading("Still open")}{html}</div>'

    def _row_of(self, entry: dict[str, str]) -> _Row:
        claim_id = entry["claim"]
        if claim_id not in self._rows:
            self._rows[claim_id] = _Row(self, self.claims[claim_id], entry["words"])
        return self._rows[claim_id]

    @in_turn
    def _search(self) -> None:
        self._matches = briefs.search(
            self.claims, self._asked.value, self._theme.value, self._source.value, self._speaker.value
        )
        self._first = 0
        self._draw_cards()

    def _turn(self, pages: int) -> None:
        """Show the claims of another page; at the end there is nothing more to show, and that is said."""
        first = self._first + pages * PAGE
        if 0 <= first < len(self._matches):
            self._first = first
            self._draw_cards()
        else:
            self._draw_cards("These are the first." if pages < 0 else "These are the last.")

    def _draw_cards(self, message: str = "") -> None:
        """Show a page of what was found; each card says where its claim stands on the board."""
        shown = self._matches[self._first : self._first + PAGE]
        number = len(self._matches)
        counted = f"{number} of {len(self.claims)} claims found."
        if number > PAGE:
            counted += f" Shown: {self._first + 1} to {self._first + len(shown)}."
        if self._theme.value and any(not claim.themes for claim in self.claims.values()):
            counted += " Claims kept back for notebook 06 are not found by theme."
        self._found.value = f"<p>{escape(' '.join(filter(None, (counted, message))))}</p>"
        self._pager.layout.display = None if number > PAGE else "none"
        place = briefs.numbers(self._brief)
        cards = []
        for claim in shown:
            card = self._cards.setdefault(claim.claim_id, _Card(self, claim))
            side = briefs.side_of(self._brief, claim.claim_id)
            card.show(
                f"On your board, under \u201c{side.capitalize()}\u201d, as [{place[claim.claim_id]}]" if side else ""
            )
            cards.append(card.box)
        self._list.children = cards

    # -- changing

    def _change(self, after: Brief, message: str, focus: str = "") -> None:
        """Take a brief with claims added, moved or removed."""
        self._brief = after
        self._put(self._brief, message)
        self._draw()
        if focus:
            self._keyboard.focus(focus)

    @in_turn
    def _enter(self, place: str, text: str, claim_id: str = "") -> None:
        """Take words that are being typed."""
        text = for_file(text)
        if place == "words":
            if briefs.side_of(self._brief, claim_id):
                briefs.entry_of(self._brief, claim_id)["words"] = text
            else:
                # Typed just before the claim was removed, and arrived just after.
                self._brief["removed"][claim_id] = text
        elif place == "answer":
            self._brief["strongest"]["answer"] = text
        else:
            self._brief[place] = text
        self._put(self._brief)
        self._draw_points()

    @in_turn
    def _choose_strongest(self, claim_id: str | None) -> None:
        if self._filling:
            return
        self._brief["strongest"]["claim"] = claim_id or None
        self._put(self._brief)
        self._draw_points()

    def _add_chosen(self, claim_id: str, side: str) -> None:
        try:
            self.add(claim_id, side)
        except PackError as error:
            self._tell(str(error))

    @_on_the_board
    def _move(self, claim_id: str, steps: int) -> None:
        after = briefs.moved(self._brief, claim_id, steps)
        way = "up" if steps < 0 else "down"
        message = f"Moved {way}; it is [{briefs.numbers(after)[claim_id]}] now."
        if after == self._brief:
            message = f"It is {'first' if steps < 0 else 'last'} already."
        self._change(after, message, f".{_css(claim_id)} .nhsr-{way}")

    @_on_the_board
    def _switch(self, claim_id: str) -> None:
        after = briefs.switched(self._brief, claim_id)
        side = briefs.side_of(after, claim_id)
        self._change(after, f"It is under \u201c{side.capitalize()}\u201d now.", f".{_css(claim_id)} .nhsr-switch")

    @_on_the_board
    def _remove(self, claim_id: str) -> None:
        side = briefs.side_of(self._brief, claim_id)
        entries = [entry["claim"] for entry in self._brief[side]]
        place = entries.index(claim_id)
        entries.remove(claim_id)
        near = entries[min(place, len(entries) - 1)] if entries else None
        own = briefs.entry_of(self._brief, claim_id)["words"]
        message = f"Removed {claim_id}." + (" Your words beside it are kept, should you add it again." if own else "")
        self._change(briefs.removed(self._brief, claim_id), message,
                     f".{_css(near)} .nhsr-remove" if near else _SEARCH)  # fmt: skip

    # -- writing it out

    def _export(self, ending: str) -> None:
        if self._brief == {**briefs.new_brief(), "removed": self._brief["removed"]}:
            self._export_told("There is nothing to write yet: write a question or add a claim first.")
            return
        blocks = self._written()
        try:
            if ending == "md":
                content = briefs.to_markdown(blocks).encode("utf-8")
            else:
                file = BytesIO()
                briefs.to_word(blocks).save(file)
                content = file.getvalue()
            path = briefs.write_new(Path.cwd(), self.name, ending, content)
        except PackError as error:
            self._export_told(str(error))
            return
        left = len(self._open())
        warning = f" It names {plural(left, 'point that is', 'points that are')} still open." if left else ""
        self._export_told(f"Written: {path}.{warning}")

    def _export_told(self, sentence: str) -> None:
        self._exported.value = f"<p>{escape(sentence)}</p>"


class _Card:
    """One claim to choose: its words in their sentence, who says it and where, and a button for each side.

    Made once for a claim, so that a click adds the claim that was seen, whatever is found meanwhile.
    """

    def __init__(self, board: Board, claim: Claim) -> None:
        self._claim, self._words = claim, ipywidgets.HTML()
        add = [board._keyboard.button(f"Add {side}", partial(board._add_chosen, claim.claim_id, side), f"nhsr-add-{side}")
               for side in SIDES]  # fmt: skip
        for control in add:
            # The whole name of the button, as it is heard.
            control.tooltip = f"{control.description}: {_label(claim)}"
        box = ipywidgets.VBox([self._words, in_row(*add)])
        self.box = box.add_class("nhsr-card").add_class(f"nhsr-card-{claim.claim_id}")

    def show(self, place: str) -> None:
        """Show the claim, and where it stands on the board."""
        self._words.value = _claim_html(self._claim, place=place)


class _Row:
    """One claim on the board: its words, yours beside them, and the buttons. Made once for a claim, wherever it moves."""

    def __init__(self, board: Board, claim: Claim, own: str) -> None:
        self.claim = claim
        self._card = ipywidgets.HTML()
        self.words = _area("In my own words", own)
        self.words.observe(lambda change: board._enter("words", change.new, claim.claim_id), "value")
        self._up = board._keyboard.button("Up", lambda: board._move(claim.claim_id, -1), "nhsr-up")
        self._down = board._keyboard.button("Down", lambda: board._move(claim.claim_id, 1), "nhsr-down")
        self._switch = board._keyboard.button("", lambda: board._switch(claim.claim_id), "nhsr-switch")
        self._remove = board._keyboard.button("Remove", lambda: board._remove(claim.claim_id), "nhsr-remove")
        for control in (self._up, self._down, self._switch, self._remove):
            control.add_class("nhsr-parks")
        box = ipywidgets.VBox([self._card, self.words, in_row(self._up, self._down, self._switch, self._remove)])
        self.box = box.add_class("nhsr-item").add_class(_css(claim.claim_id))

    def show(self, number: int, side: str) -> None:
        """Show the claim with its number; the buttons' tooltips say which claim they move."""
        other = SIDES[1 - SIDES.index(side)]
        self._card.value = _claim_html(self.claim, number)
        self._switch.description = f"To {other}"
        for control, label in (
            (self._up, "up"),
            (self._down, "down"),
            (self._switch, f"to {other}"),
            (self._remove, "off the board"),
        ):
            control.tooltip = f"Move claim {number} {label}"


# --- small parts -------------------------------------------------------------------------------------

_NATURAL = {"description_width": "initial"}


def _css(claim_id: str) -> str:
    return f"nhsr-row-{claim_id}"


def _label(claim: Claim) -> str:
    """Return a claim in one short line."""
    words = (
        claim.words if len(claim.words) <= _LABEL_WORDS else claim.words[:_LABEL_WORDS].rsplit(" ", 1)[0] + " \u2026"
    )
    imagined = "" if claim.asserted else " (imagined)"
    return f"{claim.speaker}{imagined}: \u201c{words}\u201d [{claim.claim_id}]"


def _claim_html(claim: Claim, number: int | None = None, place: str = "") -> str:
    mark = f"<strong>[{number}]</strong> " if number else ""
    noted = "".join(f'<p class="nhsr-noted">{escape(note)}</p>' for note in claim.notes)
    stands = f'<p class="nhsr-place">{escape(place)}</p>' if place else ""
    return (
        f'<div class="nhsr"><blockquote>{mark}\u201c{quoted_html(claim.words, claim.sentence)}\u201d</blockquote>'
        f'<p class="nhsr-from"><strong>{escape(claim.speaker)}</strong>{escape(claim.said_how)} {id_html(claim.claim_id)}</p>'
        f"{noted}{stands}</div>"
    )


def _area(label: str, value: str, rows: int = 3) -> ipywidgets.Textarea:
    area = ipywidgets.Textarea(description=label, value=value, rows=rows, style=_NATURAL, layout={"width": "100%"})
    return area.add_class("nhsr-area")


def _choice(label: str, options: list[tuple[str, str]]) -> ipywidgets.Dropdown:
    choice = ipywidgets.Dropdown(description=label, options=options, style=_NATURAL, layout={"width": "auto"})
    return choice.add_class("nhsr-choice")


def board(name: str = NAME) -> Board:
    """Open a board: your own argument, with claims for and against, kept at once under `name`.

    Returns the panel: `.brief` is what is on it, `.markdown` the brief written out, and `.add(claim_id, side)` puts a
    claim on it. Each name is a board of its own; an unknown name opens an empty one.

    Raises PackError for a name that cannot be used, WorkError when your saved work cannot be read.
    """
    return Board(name)
