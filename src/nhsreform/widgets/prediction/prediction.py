"""Predictions: you commit to an answer before you read, and it is shown back to you afterwards."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any, NamedTuple

import ipywidgets

from nhsreform.data.tables import table
from nhsreform.errors import one_of
from nhsreform.text.numbers_in_words import day
from nhsreform.widgets.shared.keeping import CommittedPanel, dated
from nhsreform.widgets.shared.keyboard import button
from nhsreform.widgets.shared.widget import filled, in_turn, prose
from nhsreform.work import store

SECTION = "predictions"


class Limits(NamedTuple):
    """What a number in some unit can be: the ends, whether it is whole, and why."""

    low: float
    high: float
    whole: bool
    why: str


_NO_LIMITS = Limits(0, math.inf, False, "It cannot be less than nothing.")


def _limits(unit: str) -> Limits:
    """Return what a number in this unit can be; whatever else is asked for cannot be less than nothing."""
    texts = len(table("sources"))
    return {
        "percent": Limits(0, 100, False, "A share of 100 lies between 0 and 100."),
        "texts": Limits(0, texts, True, f"There are {texts} texts."),
        "people": Limits(0, 1000, True, "People are counted one by one, and an article is short."),
        "GBP billion": Limits(0, 1000, False, "The unit is billions of pounds: for \u00a320,000,000,000 type 20."),
    }.get(unit, _NO_LIMITS)


def prompt_model(prompt_id: str) -> dict[str, Any]:
    """Return one prompt: id, prompt, kind, options (a list), unit, compare.

    Raises PackError for an unknown id and lists the nearest.
    """
    prompts = table("prompts")
    one_of(prompt_id, prompts.prompt_id, f"There is no prediction called {prompt_id!r}.")
    row = prompts[prompts.prompt_id == prompt_id].iloc[0].to_dict()
    options = [option.strip() for option in row["options"].split(" | ")] if row["options"] else []
    return {"id": prompt_id, "options": options, **{key: row[key] for key in ("prompt", "kind", "unit", "compare")}}


def parse_answer(prompt: dict[str, Any], answer: str | None) -> tuple[str | float | None, str]:
    """Return (answer, "") for an answer that can be kept, else (None, what to do instead)."""
    answer = (answer or "").strip()
    if not answer:
        ask = {
            "text": "Write a sentence first, even a guess: you learn from comparing it later.",
            "choice": "Choose one of the answers first, even as a guess.",
            "number": "Type a number first, even a guess, such as 40.",
        }
        return None, ask[prompt["kind"]]
    if prompt["kind"] != "number":
        return answer, ""
    plain = answer.removesuffix(prompt["unit"]).strip() if prompt["unit"] else answer
    plain = plain.removesuffix("%").strip()
    # A comma between thousands; a decimal comma would make 25 of 2,5.
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return None, f"\u201c{answer}\u201d is not a number. Type digits alone, such as 40 or 2.5."
    return _possible(number, answer, _limits(prompt["unit"]) if "id" in prompt else None)


def _possible(number: float, answer: str, limits: Limits | None) -> tuple[float | None, str]:
    """Return (number, "") for what can be, else (None, why not)."""
    if limits is None or (limits.low <= number <= limits.high and (number.is_integer() or not limits.whole)):
        return number, ""
    whole = "whole number" if limits.whole else "number"
    span = "that is not below 0" if math.isinf(limits.high) else f"from {limits.low:g} to {limits.high:g}"
    return None, f"\u201c{answer}\u201d cannot be. {limits.why} Type a {whole} {span}."


def say(answer: str | float, unit: str) -> str:
    """Return an answer as it is shown back."""
    if isinstance(answer, str):
        return answer
    unit = {"texts": "text", "people": "person"}.get(unit, unit) if answer == 1 else unit
    return f"{answer:,.10g} {unit}".strip()


class Prediction(CommittedPanel):
    """One question to commit to. `.answer` is what you kept, or None."""

    section, keeps = SECTION, "answer"

    def __init__(self, prompt_id: str) -> None:
        self.prompt = prompt_model(prompt_id)
        self._commits(prompt_id, _entry(self.prompt))
        self._button.add_class("nhsr-main")
        self._change = button("Change my answer", self._reopen)
        self._shown_back = ipywidgets.HTML()
        question = prose(self.prompt["prompt"], "nhsr-question")
        parts = [question, self._entry, self._button, self._status, self._shown_back, self._change]
        super().__init__(parts, f"prediction {prompt_id}")
        self.add_class("nhsr-prediction")
        self._change.layout.display = "none"
        if self._kept:
            self._show_kept()

    @property
    def answer(self) -> str | float | None:
        """Your kept answer: text, or a number; None until you keep one."""
        return self._kept["answer"] if self._kept else None

    def summary(self) -> str:
        """Return one sentence: the prompt and whether an answer is kept."""
        if self._kept:
            return f"Prediction {self.prompt['id']}, kept: {say(self._kept['answer'], self.prompt['unit'])}"
        return f"Prediction {self.prompt['id']}, not answered yet: {self.prompt['prompt']}"

    def fallback(self) -> str:
        """Return the prompt and, once kept, your answer and where it is set beside what there is to see."""
        back = back_html(self.prompt, self._kept, _later(self.prompt, self._kept)) if self._kept else ""
        return filled("prediction/prediction", prompt=self.prompt, back=back)

    def _there(self) -> dict[str, Any] | None:
        return kept(self.prompt)

    def _parsed(self, text: str | None) -> tuple[str | float | None, str]:
        return parse_answer(self.prompt, text)

    @in_turn
    def _reopen(self) -> None:
        """Let a slip be mended: the entry comes back with what was kept, unless the answer has been seen meanwhile."""
        try:
            self._kept = self._before = self._there()
            self._keeping = False
        except store.WorkError as error:
            self._tell(f"Your answer cannot be changed now. {error}")
            return
        if self._kept and self._kept.get("compared"):
            self._show_kept()
            self._tell("You have seen what it is compared with, so your answer stays as it was.")
            return
        self._asking = True
        if self._kept:
            answer = self._kept["answer"]
            known = answer in self.prompt["options"] if self.prompt["kind"] == "choice" else True
            self._entry.value = (answer if isinstance(answer, str) else f"{answer:.10g}") if known else None
        self._show_entry(True)
        self._tell("Change your answer, then press Keep my answer. Until then the old one stays kept.")

    def _show_kept(self) -> None:
        self._show_entry(False)
        if self._kept:
            self._shown_back.value = back_html(self.prompt, self._kept, _later(self.prompt, self._kept))
            self._change.layout.display = "none" if self._kept.get("compared") else ""

    def _show_entry(self, shown: bool) -> None:
        self._entry.layout.display = self._button.layout.display = None if shown else "none"
        self._shown_back.layout.display = "none" if shown else None
        self._change.layout.display = "none"


def _entry(prompt: dict[str, Any]) -> ipywidgets.ValueWidget:
    """Return the control to answer with. It starts empty, so that no default counts as an answer."""
    if prompt["kind"] == "choice":
        return ipywidgets.RadioButtons(options=prompt["options"], value=None, layout={"width": "auto"})
    # Sent when the learner leaves the box: a message for every key would fall behind on a slow connection.
    typed = {"continuous_update": False, "style": {"description_width": "initial"}}
    if prompt["kind"] == "number":
        label = f"Your answer, in {prompt['unit']}" if prompt["unit"] else "Your answer"
        return ipywidgets.Text(description=label, layout={"width": "24rem", "max_width": "100%"}, **typed)
    return ipywidgets.Textarea(description="Your answer", rows=4, layout={"width": "100%"}, **typed)


def kept(prompt: dict[str, Any]) -> dict[str, Any] | None:
    """Return what was kept for a prompt, or None. An entry changed by hand so that it no longer fits counts as none."""
    entry = dated(store.get(SECTION, prompt["id"]))
    wanted = (int, float) if prompt["kind"] == "number" else str
    return entry if isinstance(entry.get("answer"), wanted) else None


def back_html(prompt: dict[str, Any], entry: dict[str, Any], after: str) -> str:
    """Return what you wrote, and when, as HTML, with a sentence after it."""
    answer = say(entry["answer"], prompt["unit"]).split("\n")
    written = day(date.fromisoformat(entry["date"]))
    return filled("prediction/prediction_back", day=written, answer=answer, after=after)


def _later(prompt: dict[str, Any], entry: dict[str, Any]) -> str:
    """Return where a kept answer is set beside what there is to see, and until when it may be changed."""
    where = f'Compare it with: {prompt["compare"]} The cell nr.compare("{prompt["id"]}"), further down, sets both side by side.'
    return where if entry.get("compared") else f"{where} Until then you may change it."


def predict(prompt_id: str) -> Prediction:
    """Ask one of the pack's prediction prompts, and keep your answer.

    Returns the panel; `.answer` is what you kept. Run the cell again, today or next week, and it is shown back. You may
    change it until nr.compare has shown you the answer.

    Raises PackError for an unknown prompt, WorkError when your saved work cannot be read.
    """
    return Prediction(prompt_id)
