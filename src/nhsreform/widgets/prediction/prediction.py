"""Predictions: you commit to an answer before you read, and it is shown back to you afterwards."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from typing import Any

import ipywidgets

from nhsreform.data.tables import table
from nhsreform.errors import PackError, nearest
from nhsreform.text.wording import day
from nhsreform.widgets.shared.widget import Panel, filled, in_turn, prose
from nhsreform.work import store

SECTION = "predictions"


def prompt_model(prompt_id: str) -> dict[str, Any]:
    """Return one prompt: id, prompt, kind, options (a list), unit, compare.

    Raises PackError for an unknown id and lists the nearest.
    """
    prompts = table("prompts")
    matches = prompts[prompts.prompt_id == prompt_id]
    if matches.empty:
        known = prompts.prompt_id.tolist()
        raise PackError(f"There is no prediction called {prompt_id!r}. {nearest(prompt_id, known)}")
    row = matches.iloc[0].to_dict()
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
        return None, f"\u201c{answer}\u201d is not a number. Type digits alone, such as 40 or 2.5."
    if number != number or number in (float("inf"), float("-inf")):
        return None, f"\u201c{answer}\u201d is not a number. Type digits alone, such as 40 or 2.5."
    return number, ""


def say(answer: str | float, unit: str) -> str:
    """Return an answer as it is shown back."""
    if isinstance(answer, str):
        return answer
    return f"{answer:,.10g} {unit}".strip()


class Prediction(Panel):
    """One question to commit to. `.answer` is what you kept, or None."""

    def __init__(self, prompt_id: str) -> None:
        self.prompt = prompt_model(prompt_id)
        self._kept = _kept(self.prompt)
        self._entry = _entry(self.prompt)
        self._entry.observe(self._arrive, "value")
        # True once an answer was kept in this very panel.
        self._keeping = False
        self._button = ipywidgets.Button(description="Keep my answer", layout={"width": "auto"})
        self._button.add_class("nhsr-main")
        self._button.on_click(self._keep)
        self._status = ipywidgets.HTML()
        self._status.add_class("nhsr-status")
        self._shown_back = ipywidgets.HTML()
        question = prose(self.prompt["prompt"], "nhsr-question")
        super().__init__([question, self._entry, self._button, self._status, self._shown_back])
        self.add_class("nhsr-prediction")
        if self._kept:
            self._lock()

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
        """Return the prompt and, once kept, your answer and what to compare it with."""
        back = _back_html(self.prompt, self._kept) if self._kept else ""
        return filled("prediction/prediction", prompt=self.prompt, back=back)

    @in_turn
    def _keep(self, _: ipywidgets.Button) -> None:
        try:
            self._kept = _kept(self.prompt)
        except store.WorkError as error:
            self._tell(f"Your answer is not kept yet. {error}")
            return
        if self._kept:
            self._lock()
            self._tell("You have kept an answer to this before. Here it is.")
            return
        self._put()
        self._keeping = self._kept is not None

    @in_turn
    def _arrive(self, _: Any) -> None:
        """Take the last words that were typed, where the kernel gets them after the click.

        The entry is out of sight by then, so what still arrives was there when the button was pressed.
        """
        if self._keeping:
            self._put()

    def _put(self) -> None:
        answer, refusal = parse_answer(self.prompt, self._entry.value)
        if answer is None:
            self._tell(refusal)
            return
        entry = {"answer": answer, "date": date.today().isoformat()}
        try:
            store.put(SECTION, self.prompt["id"], entry)
        except store.WorkError as error:
            self._tell(f"Your answer is not kept yet. {error}")
            return
        self._kept = entry
        self._lock()
        self._tell("Kept.")

    def _lock(self) -> None:
        """Show the kept answer in place of the entry: a prediction is not changed after the fact."""
        self._entry.layout.display = "none"
        self._button.layout.display = "none"
        if self._kept:
            self._shown_back.value = _back_html(self.prompt, self._kept)

    def _tell(self, sentence: str) -> None:
        self._status.value = f"<p>{escape(sentence)}</p>"


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


def _kept(prompt: dict[str, Any]) -> dict[str, Any] | None:
    """Return what was kept for a prompt, or None. An entry changed by hand so that it no longer fits counts as none."""
    entry = store.get(SECTION, prompt["id"])
    wanted = (int, float) if prompt["kind"] == "number" else str
    if not isinstance(entry, dict) or not isinstance(entry.get("answer"), wanted):
        return None
    try:
        date.fromisoformat(entry["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return entry


def _back_html(prompt: dict[str, Any], entry: dict[str, Any]) -> str:
    answer = say(entry["answer"], prompt["unit"]).split("\n")
    written = day(date.fromisoformat(entry["date"]))
    return filled("prediction/prediction_back", day=written, answer=answer, compare=prompt["compare"])


def predict(prompt_id: str) -> Prediction:
    """Ask one of the pack's prediction prompts, and keep your answer.

    Returns the panel; `.answer` is what you kept. Run the cell again, today or next week, and it is shown back.

    Raises PackError for an unknown prompt, WorkError when your saved work cannot be read.
    """
    return Prediction(prompt_id)
