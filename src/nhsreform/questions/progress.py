"""Where am I? What a learner has done so far, notebook by notebook, and the one next step. Pure: what is kept in, rows out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nhsreform.data.tables import table
from nhsreform.questions import judge, key
from nhsreform.text.numbers_in_words import plural

START, CODING, BOARD = "00-start-here", "06", "08"
Work = Mapping[str, Mapping[str, Any]]


class Stop(NamedTuple):
    """One notebook and its exercise: predictions and questions as (done, all), ids to look at again, and what else was done."""

    notebook: str
    predictions: tuple[int, int]
    right: tuple[int, int]
    again: list[str]
    untried: list[str]
    core_untried: int
    recall_wrong: int
    also: str


def stops(work: Work) -> list[Stop]:
    """Return every notebook in order, with what is kept of it in the learner's work."""
    questions = key.questions()
    exercises = {stored["exercise"][:2]: stored["exercise"] for stored in questions.values()}
    prompts = table("prompts").prompt_id.tolist()
    return [
        _stop(number, exercises.get(number, START), questions, prompts, work)
        for number in sorted({each[:2] for each in prompts} | set(exercises))
    ]


def _stop(number: str, name: str, questions: Mapping[str, Any], prompts: list[str], work: Work) -> Stop:
    own = [each for each in prompts if each.startswith(number)]
    states = {
        question_id: _state(work.get("answers", {}).get(question_id))
        for question_id, stored in questions.items()
        if stored["exercise"][:2] == number
    }
    untried = [each for each, state in states.items() if state == judge.UNTRIED]
    done = (judge.RIGHT, judge.PERSON)
    rows = table("recall")
    recall = rows.recall_id[rows.notebook.str.startswith(number)]
    return Stop(
        name,
        (sum(each in work.get("predictions", {}) for each in own), len(own)),
        (sum(state in done for state in states.values()), len(states)),
        [each for each, state in states.items() if state not in (*done, judge.UNTRIED)],
        untried,
        sum(questions[each]["core"] for each in untried),
        sum(_said_wrong(work.get("recall", {}).get(each)) for each in recall),
        {CODING: _coded, BOARD: _board}.get(number, lambda _: "")(work),
    )


def _state(saved: object) -> str:
    return str(saved.get("state")) if isinstance(saved, Mapping) else judge.UNTRIED


def _said_wrong(saved: object) -> bool:
    return isinstance(saved, Mapping) and saved.get("right") is False


def _coded(work: Work) -> str:
    codings = [each for each in work.get("codings", {}).values() if isinstance(each, Mapping)]
    if any(each.get("locked") for each in codings):
        return "coding locked"
    return "coding begun" if codings else ""


def _board(work: Work) -> str:
    return "board begun" if work.get("boards") else ""


def next_step(here: list[Stop]) -> str:
    """Return the one thing to do next, as a sentence: in the last notebook worked in, or else the one after it."""
    worked = [at for at, stop in enumerate(here) if stop.predictions[0] or len(stop.untried) < stop.right[1]]
    if not worked:
        return f"Next: open notebook {here[0].notebook}."
    at = worked[-1]
    stop = here[at]
    done, asked = stop.predictions
    if done < asked:
        left = plural(asked - done, "prediction is", "predictions are")
        return f"Next: notebook {stop.notebook}, where {left} still to come."
    if stop.notebook.startswith(CODING) and stop.also != "coding locked":
        return f"Next: notebook {stop.notebook}, where you code the claims and lock your coding."
    if stop.core_untried:
        return f"Next: exercise {stop.notebook}, {plural(stop.core_untried, 'core question')} not tried yet."
    if stop.again:
        return f"Next: exercise {stop.notebook}, another look at {', '.join(stop.again)}."
    if at + 1 < len(here):
        return f"Next: notebook {here[at + 1].notebook}."
    return "You have been through every notebook. What would you look at again?"
