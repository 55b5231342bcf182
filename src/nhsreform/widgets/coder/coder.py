"""The coder: you code quotations before you see how we coded them; then both codings lie side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from nhsreform.text.untrusted import for_file, one_line
from nhsreform.widgets.coder.comparison import (
    CHOICES,
    FEWEST,
    NAME,
    SECTION,
    Comparison,
    Saved,
    coder_items,
    coding_table,
    coefficients,
    compare,
    read_coding,
    rules,
)
from nhsreform.widgets.shared.keeping import NamedWorkPanel, status_line
from nhsreform.widgets.shared.keyboard import Keyboard, in_row
from nhsreform.widgets.shared.widget import filled, in_turn, prose, table_html
from nhsreform.work import store

OPEN = "Next claim without a code"
_FEW = 6
QUESTION = "What do these words answer?"


def _steps(yours: Any, ours: Any) -> str:
    """Return how far two codes lie apart, in words."""
    if pd.isna(yours) or pd.isna(ours):
        return "One of us takes a side here, the other does not."
    steps = abs(int(yours) - int(ours))
    return f"{('', 'One step', 'Two steps', 'Three steps', 'Four steps')[steps]} apart."


def claim_html(item: Mapping[str, Any]) -> str:
    """Return one claim to code, in its context, as the panel shows it."""
    return filled("coder/claim", **item)


def rules_html() -> str:
    """Return the coding rules behind a disclosure."""
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(rule)}</dd>" for label, rule in rules())
    return f'<div class="nhsr"><details><summary>The coding rules</summary><dl>{rows}</dl></details></div>'


def result_html(result: Comparison) -> str:
    """Return the comparison as the panel shows it."""
    lead, *rest = result.sentences()
    rows = [row | {"steps": _steps(row["your_stance"], row["our_stance"])} for row in result.table.to_dict("records")]
    labels = [choice.label for choice in CHOICES.values()]
    counts = pd.crosstab(result.table.yours, result.table.ours).reindex(index=labels, columns=labels, fill_value=0)
    head, cells = ["Yours, down; ours, across", *labels], [list(row) for row in counts.itertuples()]
    return filled(
        "coder/result",
        lead=lead,
        rest=rest,
        differ=[row for row in rows if not row["same"]],
        alike=[row for row in rows if row["same"]],
        readings=result.readings,
        rough=coefficients(result),
        signs={choice.label: choice for choice in CHOICES.values()},
        counts=table_html("How often each of your codes met each of ours", head, cells),
    )


# --- the panel ---------------------------------------------------------------------------------------


class Coder(NamedWorkPanel):
    """The claims to code, one at a time; after locking, your coding beside ours.

    `.codes` is a table of your codes. `.result` is None until you lock, then the comparison.
    """

    section, keeps = SECTION, "coding"

    def __init__(self, name: str = NAME) -> None:
        self.items = coder_items()
        ids = [item["claim_id"] for item in self.items]
        self._saved = self._opened(name, f'nr.coder("{NAME}")', lambda stored: read_coding(stored, ids))
        self._at = next((n for n, each in enumerate(ids) if each not in self._saved.coded()), 0)
        self._forms: dict[int, ipywidgets.VBox] = {}
        self._result: Comparison | None = None
        # True once the coding was locked in this very panel.
        self._locking = False
        self._build()
        super().__init__(
            [
                self._keyboard,
                self._coding,
                self._outcome,
                self._status,
                in_row(self._lock, self._afresh),
                self._confirm,
            ],
            f"coder {self.name}",
        )
        self.add_class("nhsr-coder")
        self._show()

    # -- what it says and gives

    @property
    def codes(self) -> pd.DataFrame:
        """Your codes so far, one row for each claim you coded, in the shape of the table codings.

        Columns: claim_id, source_id, speaker, theme (the question you were asked), position, strength, stance, reason.
        """
        return coding_table(self.items, self._saved.codes)

    @property
    def result(self) -> Comparison | None:
        """None until you lock your coding; then the comparison: its numbers as fields, its rows as `.table`."""
        if self._saved.locked and self._result is None:
            self._result = compare(self._saved.codes, self._saved.seen)
        return self._result

    def summary(self) -> str:
        """Return one sentence: how far you are or, once locked, how far you and we agree."""
        coded, total = len(self._saved.coded()), len(self.items)
        if self.result is None:
            return f"Coder \u201c{self.name}\u201d: {coded} of {total} claims coded, not locked; our codes stay hidden."
        return f"Coder \u201c{self.name}\u201d, locked: {self.result.exact} of {self.result.claims} codes the same as ours."

    def fallback(self) -> str:
        """Return the claims with your codes as a plain table and, once locked, ours beside them."""
        if self.result is None:
            rows: list[tuple[object, ...]] = []
            for number, item in enumerate(self.items, 1):
                entry = self._saved.codes.get(item["claim_id"], {"code": None, "reason": ""})
                code = CHOICES[entry["code"]].label if entry["code"] else ""
                rows.append((number, one_line(item["words"]), item["speaker"], item["question"], code, entry["reason"]))
            head: tuple[str, ...] = ("", "The words", "Who speaks", "The question", "Your code", "Your reason")
            body = [
                f'<p>{escape(self.summary())} <span class="nhsr-run-it">Run this cell again to go on.</span></p>',
                table_html(QUESTION, head, rows),
            ]
        else:
            head = ("The words", "The question", "Your reading", "Your reason", "Our reading", "The rule",
                    "Other careful readings", "")  # fmt: skip
            said = {(True, False): "same", (False, True): "a reading we also name", (False, False): "differ"}
            rows = [
                (one_line(row.words), row.question, row.yours, row.your_reason, row.ours, row.our_rule,
                 row.other_readings, said[row.same, row.also_named])
                for _, row in self.result.table.iterrows()
            ]  # fmt: skip
            sentences = "".join(f"<p>{escape(each)}</p>\n" for each in self.result.sentences())
            rough = "".join(f"<p>{escape(each)}</p>\n" for each in coefficients(self.result))
            body = [sentences, table_html("Your coding and ours", head, rows),
                    f"<details><summary>More: coefficients, and why they are rough</summary>\n{rough}</details>"]  # fmt: skip
        return "<section>\n" + "\n".join(body) + "\n</section>"

    # -- drawing

    def _build(self) -> None:
        self._keyboard = Keyboard(watched=[*map(str, range(1, len(CHOICES) + 1)), "ArrowLeft", "ArrowRight", "n", "p"])
        self._keyboard.on_key(self._key)
        self._progress = status_line()
        self._quote = ipywidgets.HTML()
        self._form = ipywidgets.VBox().add_class("nhsr-redrawn")
        self._back = self._keyboard.button("Back", lambda: self._go(self._at - 1), "nhsr-back")
        self._next = self._keyboard.button("Next", self._go_next, "nhsr-next").add_class("nhsr-main")
        self._skip = self._keyboard.button(OPEN, self._go_open, "nhsr-skip")
        self._lock = self._keyboard.button("Lock my coding", self._ask_lock, "nhsr-lock")
        self._afresh = self._keyboard.button("Start afresh", self._ask_afresh, "nhsr-afresh")
        help_line = prose("Keys: 1 to 6 choose, right and left arrow (or N and P) go on and back, Enter after a reason goes on. "
                          "A screen reader keeps them for itself outside its focus mode; the buttons work in both.",
                          "nhsr-help")  # fmt: skip
        self._coding = ipywidgets.VBox(
            [prose(QUESTION, "nhsr-question"), self._progress, self._quote, self._form, in_row(self._back, self._next, self._skip), help_line,
             ipywidgets.HTML(rules_html())]
        )  # fmt: skip
        self._outcome = ipywidgets.HTML()
        self._asked = ipywidgets.HTML()
        self._yes = self._keyboard.button("", self._confirmed, "nhsr-yes")
        no = self._keyboard.button("Go on as it is", self._declined, "nhsr-no")
        self._confirm = ipywidgets.VBox([self._asked, in_row(self._yes, no)]).add_class("nhsr-confirm")
        for hidden_by_itself in (self._lock, self._yes, no):
            hidden_by_itself.add_class("nhsr-parks")
        self._close_confirm()

    def _show(self) -> None:
        locked = self.result is not None
        self._coding.layout.display = self._lock.layout.display = "none" if locked else ""
        self._outcome.value = result_html(self.result) if self.result else ""
        self._afresh.layout.display = "" if self._saved.codes else "none"
        if not locked:
            self._quote.value = claim_html(self.items[self._at])
            self._form.children = [self._form_of(self._at)]
            self._count()
            if self._at + 1 < len(self.items):
                # Made ahead, so that the next step need not wait for it.
                self._form_of(self._at + 1)

    def _count(self) -> None:
        """Say how far you are: in words, and as a row of twenty boxes for the eye."""
        coded = self._saved.coded()
        left = [n for n, item in enumerate(self.items, 1) if item["claim_id"] not in coded]
        html = f"Claim <strong>{self._at + 1} of {len(self.items)}</strong>. "
        if not left:
            html += "All are coded: you can lock your coding."
        elif len(left) <= _FEW:
            html += f"Still without a code: {', '.join(map(str, left))}."
        else:
            html += f"{len(coded)} coded, {len(left)} to go."
        boxes = "".join(
            f'<i class="{"nhsr-todo" if n in left else "nhsr-done"}{" nhsr-here" if n == self._at + 1 else ""}"></i>'
            for n in range(1, len(self.items) + 1)
        )
        self._progress.value = f'<p>{html}</p><p class="nhsr-boxes" aria-hidden="true">{boxes}</p>'

    def _form_of(self, place: int) -> ipywidgets.VBox:
        """Return the controls of one claim. Each claim has its own, so that an entry that arrives late still counts for its claim."""
        if place not in self._forms:
            claim_id = self.items[place]["claim_id"]
            entry = self._saved.codes.get(claim_id, {"code": None, "reason": ""})
            choices = ipywidgets.ToggleButtons(
                description=QUESTION,
                options=[(f"{choice.token} {choice.label}", choice.key) for choice in CHOICES.values()],
                value=entry["code"],
                style={"button_width": "auto", "description_width": "initial"},
            )
            choices.add_class("nhsr-choices")
            choices.observe(lambda change: self._enter(claim_id, code=change.new), "value")
            reason = ipywidgets.Text(
                description="Why, in one line (if you like)", value=entry["reason"],
                layout={"width": "100%"}, style={"description_width": "initial"},
            )  # fmt: skip
            reason.add_class("nhsr-enter")
            reason.observe(lambda change: self._enter(claim_id, reason=for_file(change.new)), "value")
            self._forms[place] = ipywidgets.VBox([choices, reason]).add_class(f"nhsr-claim-{place + 1}")
        return self._forms[place]

    # -- coding

    @in_turn
    def _enter(self, claim_id: str, **entries: str | None) -> None:
        """Take a code or a reason and keep it at once.

        Once locked, no code changes. The end of a reason may still arrive where this panel was locked: its controls are
        out of sight by then, so it was typed before.
        """
        if self._saved.locked and (not self._locking or "code" in entries or claim_id not in self._saved.codes):
            return
        entry = {"code": None, "reason": "", **self._saved.codes.get(claim_id, {}), **entries}
        self._saved.codes[claim_id] = entry
        if self._saved.locked:
            self._keep()
            self._result = None
            self._show()
            self._keyboard.focus(".nhsr-result")
            return
        # The last letters of a reason may come after the question they were typed before.
        if "code" in entries:
            self._close_confirm()
        self._afresh.layout.display = ""
        self._keep()
        self._count()

    def _keep(self) -> bool:
        return self._put(self._saved.kept(), "")

    def _go(self, place: int) -> None:
        if not 0 <= place < len(self.items):
            self._tell("This is the first claim." if place < 0 else "This is the last claim.")
            return
        self._at = place
        self._tell("")
        self._show()

    def _go_next(self) -> None:
        """Go on; say so when that leaves a claim without a code."""
        left = self._at
        self._go(left + 1)
        if self._at != left and self.items[left]["claim_id"] not in self._saved.coded():
            self._tell(f"Claim {left + 1} has no code yet. \u201c{OPEN}\u201d brings you back to it.")

    def _go_open(self) -> None:
        """Go to the next claim without a code, round the end to the beginning."""
        coded, total = self._saved.coded(), len(self.items)
        order = [(self._at + step) % total for step in range(1, total + 1)]
        place = next((each for each in order if self.items[each]["claim_id"] not in coded), None)
        if place is None:
            self._tell("Every claim has a code. You can lock your coding.")
        else:
            self._go(place)

    def _key(self, key: str, waiting: bool = False, _text: str = "") -> None:
        """Take a key. `waiting`: the focus was taken off the controls of this claim, and waits for those to come."""
        if self._saved.locked:
            self._keyboard.focus(".nhsr-result")
            return
        if key.isdigit() and 1 <= int(key) <= len(CHOICES):
            self._form_of(self._at).children[0].index = int(key) - 1
        elif key in ("ArrowRight", "n", "Enter"):
            self._go_next()
        elif key in ("ArrowLeft", "p"):
            self._go(self._at - 1)
        if waiting:
            self._keyboard.focus(f".nhsr-claim-{self._at + 1}")

    # -- locking and starting afresh

    def _ask_lock(self) -> None:
        coded, total = len(self._saved.coded()), len(self.items)
        if coded < FEWEST:
            self._tell(f"Code at least {FEWEST} claims before you lock: you have coded {coded} of {total}.")
            self._keyboard.focus(".nhsr-lock")
        elif coded < total:
            self._ask(f"You have coded {coded} of {total} claims. The other {total - coded} are left out of the comparison, "
                      "and once you have seen our codes you cannot code them blind.",
                      f"Lock these {coded}", self._lock_now)  # fmt: skip
        else:
            self._lock_now()

    def _lock_now(self) -> None:
        self._saved.locked = date.today().isoformat()
        if not self._keep():
            self._saved.locked = None
            self._keyboard.focus(".nhsr-lock")
            return
        self._locking = True
        self._show()
        self._keyboard.focus(".nhsr-result")

    def _ask_afresh(self) -> None:
        seen = " You have seen our codes, so the new coding will not be a blind one." if self._saved.locked else ""
        self._ask(
            f"Start again with an empty coding? This one is kept under another name.{seen}",
            "Start afresh now",
            self._start_afresh,
        )

    def _start_afresh(self) -> None:
        seen = bool(self._saved.locked) or self._saved.seen
        try:
            spare = self._put_aside(self._saved.kept())
            fresh = Saved({}, seen=seen)
            self._write(fresh.kept())
        except store.WorkError as error:
            self._tell(f"Nothing was changed. {error}")
            self._keyboard.focus(".nhsr-afresh")
            return
        self._saved, self._result, self._at, self._locking = fresh, None, 0, False
        self._forms.clear()
        self._show()
        self._tell(f'The coding before is kept: nr.coder("{spare}") opens it.')
        self._keyboard.focus(".nhsr-claim-1")

    def _ask(self, question: str, yes: str, action: Callable[[], None]) -> None:
        self._tell("")
        self._asked.value = f"<p>{escape(question)}</p>"
        self._yes.description = yes
        self._action: Callable[[], None] | None = action
        self._confirm.layout.display = ""
        self._keyboard.focus(".nhsr-confirm button")

    def _close_confirm(self) -> None:
        self._confirm.layout.display = "none"
        self._action = None

    def _confirmed(self) -> None:
        action = self._action
        self._close_confirm()
        if action:
            action()

    def _declined(self) -> None:
        self._close_confirm()
        self._keyboard.focus(".nhsr-afresh" if self._saved.locked else ".nhsr-lock")


def coder(name: str = NAME) -> Coder:
    """Open the coder: you say where each claim that was kept back stands on GPs commissioning care.

    You see the words, their context and who says them, and no code of ours until you lock your own. Everything you
    choose is kept at once under `name`. Returns the panel: `.codes` is a table of your codes, `.result` is None until
    you lock.

    Raises PackError for a name that cannot be used, WorkError when your saved work cannot be read.
    """
    return Coder(name)
