"""Where am I: the map of what a learner has done, and the one next step."""

from __future__ import annotations

import pytest

from nhsreform.data.tables import table
from nhsreform.questions import judge, key
from nhsreform.questions.progress import next_step, stops

PROMPTS = table("prompts").prompt_id.tolist()
ALL = {question_id: {"state": judge.RIGHT} for question_id in key.questions()}


def predicted(*numbers):
    return {each: {"answer": "x"} for each in PROMPTS if each[:2] in numbers}


def answered(*numbers, state=judge.RIGHT):
    return {each: {"state": state} for each, stored in key.questions().items() if stored["exercise"][:2] in numbers}


def test_with_nothing_done_the_first_notebook_is_next():
    here = stops({})
    assert [stop.notebook[:2] for stop in here] == [f"{number:02d}" for number in range(10)]
    assert all(stop.predictions[0] == stop.right[0] == stop.recall_wrong == 0 for stop in here)
    assert next_step(here) == "Next: open notebook 00-start-here."


@pytest.mark.parametrize(
    "kept, said",
    [
        ({"predictions": {"00.1": {}}}, "Next: notebook 00-start-here, where 2 predictions are still to come."),
        ({"predictions": predicted("00")}, "Next: notebook 01-joint-report."),
        ({"predictions": predicted("02") | {"01.1": {}}}, "Next: exercise 02-pct-managers, 6 core questions not tried yet."),
        ({"predictions": predicted("01"), "answers": answered("01")}, "Next: notebook 02-pct-managers."),
        (
            {"predictions": predicted("01"), "answers": answered("01") | {"1.2": {"state": judge.WRONG}}},
            "Next: exercise 01-joint-report, another look at 1.2.",
        ),
        ({"predictions": predicted("06")}, "where you code the claims and lock your coding."),
        ({"predictions": predicted("09"), "answers": answered("09")}, "You have been through every notebook."),
    ],
)  # fmt: skip
def test_the_next_step(kept, said):
    step = next_step(stops(kept))
    if "core" in said:
        core = sum(stored["core"] for stored in key.questions().values() if stored["exercise"].startswith("02"))
        said = said.replace("6 core", f"{core} core")
    assert said in step


def test_everything_done_is_all_there_is():
    here = stops({"predictions": predicted(*{each[:2] for each in PROMPTS}), "answers": ALL,
                  "codings": {"mine": {"locked": "2026-01-01"}}, "boards": {"board": {}}})  # fmt: skip
    assert all(done == asked for stop in here for done, asked in (stop.predictions, stop.right))
    assert [stop.also for stop in here if stop.also] == ["coding locked", "board begun"]
    assert not any(stop.again or stop.untried for stop in here)


def test_recall_that_was_wrong_is_due_and_odd_entries_count_as_nothing():
    first = table("recall").iloc[0]
    here = stops(
        {"recall": {first.recall_id: {"right": False}, "x": 3}, "answers": {"1.1": "?"}, "codings": {"a": None}}
    )
    assert sum(stop.recall_wrong for stop in here) == 1
    assert next(stop for stop in here if stop.recall_wrong).notebook[:2] == first.notebook[:2]
    assert sum(stop.right[0] for stop in here) == 0
