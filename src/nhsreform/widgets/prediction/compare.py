"""Your guesses beside what there is to see. Once shown, a guess is no longer changed."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

import pandas as pd

from nhsreform.errors import PackError
from nhsreform.text.html import not_typeset
from nhsreform.widgets.prediction.answers import Answer, answer
from nhsreform.widgets.prediction.prediction import SECTION, back_html, kept, prompt_model, say
from nhsreform.widgets.shared.widget import filled
from nhsreform.work import store


def _html(prompt: dict[str, Any], shown: Answer) -> str:
    """Return an answer as HTML: its sentence, its rows, and what to look for in them."""
    rows = shown.rows._repr_html_() if isinstance(shown.rows, pd.DataFrame) else ""
    sentence = f"<p><strong>{escape(shown.sentence)}</strong></p>" if shown.sentence else ""
    return f"{sentence}{rows}<p>Look at: {escape(prompt['compare'])}</p>"


class Compared:
    """What nr.compare shows: for each prediction your guess, if you kept one, and what to compare it with."""

    def __init__(self, prompt_ids: tuple[str, ...]) -> None:
        self._shown = []
        self._untold = ""
        for prompt_id in prompt_ids:
            prompt = prompt_model(prompt_id)
            entry = kept(prompt)
            self._shown.append((prompt, entry, answer(prompt_id)))
            if entry and not entry.get("compared"):
                self._note(prompt_id, entry)

    def _note(self, prompt_id: str, entry: dict[str, Any]) -> None:
        """Keep the day on which the answer was seen; from then on the guess stays as it is."""
        try:
            store.put(SECTION, prompt_id, {**entry, "compared": date.today().isoformat()})
        except store.WorkError as error:
            self._untold = str(error)

    def __repr__(self) -> str:
        lines = []
        for prompt, entry, shown in self._shown:
            guess = f"you expected {say(entry['answer'], prompt['unit'])}" if entry else "no guess kept yet"
            # Without a guess the answer stays folded away, and a text cannot fold.
            lines.append(f"{prompt['id']}, {guess}." + (f" {shown.sentence}".rstrip() if entry else ""))
        return "\n".join([*lines, self._untold]).strip()

    def _repr_html_(self) -> str:
        guesses = [
            {"id": prompt["id"], "prompt": prompt["prompt"], "answer": _html(prompt, shown),
             "back": back_html(prompt, entry, "") if entry else ""}
            for prompt, entry, shown in self._shown
        ]  # fmt: skip
        return not_typeset(filled("prediction/compared", guesses=guesses, untold=self._untold))


def compare(*prompt_ids: str) -> Compared:
    """Show what you expected beside what there is to see, for one or more predictions, such as nr.compare("01.1").

    From then on these guesses are no longer changed. Where no guess is kept, what there is to see stays folded.

    Raises PackError for an unknown prediction or none, WorkError when your saved work cannot be read.
    """
    if not prompt_ids:
        raise PackError('Say which prediction, as in nr.compare("01.1").')
    return Compared(prompt_ids)
