"""Recall: short questions on earlier notebooks, asked again after a while, because that is how things stay."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from html import escape
from itertools import product
from typing import Any

import ipywidgets

from nhsreform.data.tables import table
from nhsreform.debate.sentence import quoted_html, words_in_sentence
from nhsreform.errors import PackError
from nhsreform.widgets.shared.keeping import status_line
from nhsreform.widgets.shared.keyboard import button
from nhsreform.widgets.shared.widget import Panel, filled, in_turn, prose
from nhsreform.work import store

SECTION = "recall"
COUNT = 3
LAST_NOTEBOOK = 9
# Words quoted in a question. An apostrophe in a word is no quotation mark.
_QUOTED = re.compile(r"(?<!\w)'([^'](?:[^']|(?<=\w)'(?=\w))*)'(?!\w)")


def worked_in(sections: dict[str, dict[str, Any]]) -> set[str]:
    """Return the numbers of the notebooks in which something was kept: a prediction, or an answer to its exercise."""
    ids = [key for section in ("predictions", "answers") for key in sections.get(section, {})]
    return {key.partition(".")[0].zfill(2) for key in ids}


def recall_model(before: int, answered: dict[str, Any], worked: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return up to COUNT questions on the notebooks numbered below `before`.

    Where the learner has worked in some of them, as `worked` says, only on those: a route may leave others out. They come from
    the newest of these notebooks first, one from each in turn; within a notebook, those that you have not answered come first,
    then those that you last got wrong, then the rest. Keys: id, notebook, question, options, answer, why, sentence and cut.

    Raises PackError when `before` is not a whole number from 1 to 9.
    """
    if not isinstance(before, int) or isinstance(before, bool) or not 1 <= before <= LAST_NOTEBOOK:
        raise PackError(
            f"nr.recall takes the number of the notebook you are in, from 1 to {LAST_NOTEBOOK}: type nr.recall(2) in "
            f"notebook 02. It was given {before!r}."
        )
    rows = table("recall")
    rank = {question: 2 if entry.get("right") else 1 for question, entry in answered.items() if isinstance(entry, dict)}
    shelves = []
    earlier = [f"{number:02d}" for number in range(before - 1, -1, -1)]
    for number in [each for each in earlier if each in worked] or earlier:
        shelf = rows[rows.notebook.str.startswith(number)].to_dict("records")
        shelves.append(sorted(shelf, key=lambda row: rank.get(row["recall_id"], 0)))
    chosen: list[dict[str, Any]] = []
    while any(shelves) and len(chosen) < COUNT:
        for shelf in shelves:
            if shelf and len(chosen) < COUNT:
                chosen.append(shelf.pop(0))
    return [
        {"id": row["recall_id"], "notebook": row["notebook"], "question": row["question"],
         "options": row["options"].split(" | "), "answer": row["answer"], "why": row["why"], **in_its_sentence(row)}
        for row in chosen
    ]  # fmt: skip


def in_its_sentence(question: dict[str, Any]) -> dict[str, Any]:
    """Return the sentence of the words that a question quotes, as HTML (`sentence`), and whether it is shown at once (`cut`).

    A quotation that the question itself marks as cut, with an ellipsis, is shown whole from the start. Any other waits for the
    answer, which the sentence may give away. Where a question quotes no part of a sentence, `sentence` is "".
    """
    tables = (table(name).set_index(key) for name, key in (("claims", "claim_id"), ("figures", "figure_id")))
    evidence = [rows.loc[question["evidence"]] for rows in tables if question["evidence"] in rows.index]
    quoted = sorted(_QUOTED.findall(question["question"]), key=len, reverse=True)
    for row, each in product(evidence, quoted):
        words = each.strip("\u2026 ")
        sentence = words_in_sentence(words, row["source_id"], int(row["start"]))
        if sentence is not None:
            html = (
                f'<div class="nhsr"><blockquote>{quoted_html(words, sentence)}</blockquote></div>'
                if any(sentence)
                else ""
            )
            return {"sentence": html, "cut": bool(html) and "\u2026" in each}
    return {"sentence": "", "cut": False}


def reply(question: dict[str, Any], answer: str | None) -> tuple[bool | None, str]:
    """Return (whether it is right, what to say); (None, ...) when nothing was chosen."""
    if answer is None:
        return None, "Choose one of the answers first."
    right = answer == question["answer"]
    first = "Right." if right else f"Not quite. The answer is: {question['answer']}."
    return right, f"{first} {question['why']} (Notebook {question['notebook'][:2]}.)"


class Recall(Panel):
    """Three questions on earlier notebooks. `.score` is (right, answered)."""

    def __init__(self, before: int) -> None:
        sections = store.sections()
        self.questions = recall_model(before, sections.get(SECTION, {}), worked_in(sections))
        self._before = before
        self._right: dict[str, bool] = {}
        children = []
        for number, question in enumerate(self.questions, 1):
            children.append(prose(f"{number}. {question['question']}", "nhsr-question"))
            if question["cut"]:
                children.append(ipywidgets.HTML(question["sentence"]))
            entry = ipywidgets.RadioButtons(options=question["options"], value=None, layout={"width": "auto"})
            message = status_line()
            check = partial(self._check, question, entry, message)
            children += [entry, button("Check", check, "nhsr-after-fields"), message]
        super().__init__(children, f"recall {before}")
        self.add_class("nhsr-recall")

    @property
    def score(self) -> tuple[int, int]:
        """How many you got right, and how many you answered, since the cell was run."""
        return sum(self._right.values()), len(self._right)

    def summary(self) -> str:
        """Return one sentence: how many questions, on which notebooks."""
        notebooks = ", ".join(sorted({question["notebook"][:2] for question in self.questions}))
        return f"Recall: {len(self.questions)} questions on notebooks {notebooks}."

    def fallback(self) -> str:
        """Return the questions and their options; the answers are said only when you check."""
        return filled("recall/recall", questions=self.questions)

    @in_turn
    def _check(self, question: dict[str, Any], entry: ipywidgets.RadioButtons, message: ipywidgets.HTML) -> None:
        right, sentence = reply(question, entry.value)
        if right is not None:
            self._right[question["id"]] = right
            try:
                store.put(SECTION, question["id"], {"right": right})
            except store.WorkError as error:
                sentence += f" (Not kept: {error})"
        whole = question["sentence"] if right is not None and not question["cut"] else ""
        message.value = f"<p>{escape(sentence)}</p>" + (f"<p>The words in their sentence:</p>{whole}" if whole else "")


def recall(before: int) -> Recall:
    """Ask three short questions on the notebooks before this one, given its number; optional, and never marked.

    Raises PackError for a number that is not from 1 to 9.
    """
    return Recall(before)
