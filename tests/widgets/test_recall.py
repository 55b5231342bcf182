"""Recall questions: chosen fairly, answered with reasons, kept, and never giving the answer away beforehand."""

import ipywidgets
import pytest

from nhsreform.data.tables import table
from nhsreform.errors import PackError
from nhsreform.widgets.recall.recall import in_its_sentence, recall, recall_model, reply
from nhsreform.work import store


@pytest.mark.parametrize("before", range(1, 10))
def test_three_questions_from_earlier_notebooks_the_newest_first(before):
    chosen = recall_model(before, {})
    assert len(chosen) == 3 and len({question["id"] for question in chosen}) == 3
    assert all(int(question["notebook"][:2]) < before for question in chosen)
    assert int(chosen[0]["notebook"][:2]) == before - 1


def test_what_was_answered_comes_later_and_what_was_wrong_comes_before_what_was_right():
    shelf = table("recall")
    shelf = shelf[shelf.notebook.str.startswith("00")].recall_id.tolist()
    answered = {
        shelf[0]: {"right": True},
        shelf[1]: {"right": False},
        **{other: {"right": True} for other in shelf[2:]},
    }
    assert recall_model(1, answered)[0]["id"] == shelf[1]
    assert recall_model(1, {shelf[0]: {"right": True}})[0]["id"] == shelf[1]


@pytest.mark.parametrize("before", [0, 10, "2", 2.0, True, None])
def test_a_wrong_number_is_explained(before):
    with pytest.raises(PackError, match="number of the notebook"):
        recall_model(before, {})


def test_every_question_answers_right_and_wrong_with_its_reason():
    for question in recall_model(8, {}):
        for option in question["options"]:
            right, told = reply(question, option)
            assert right == (option == question["answer"]) and question["why"] in told
    assert reply(question, None)[0] is None


def test_the_answer_is_kept_and_the_fallback_does_not_hold_it(work_folder):
    panel = recall(2)
    first = panel.questions[0]
    assert first["why"] not in panel.fallback() and "The answer is" not in panel.fallback()
    radio, button = panel.children[2], panel.children[3]
    button.click()
    assert panel.score == (0, 0)
    radio.value = first["answer"]
    button.click()
    assert panel.score == (1, 1)
    assert store.get("recall", first["id"]) == {"right": True}
    assert recall(2).questions[0]["id"] != first["id"]


def test_a_file_changed_by_hand_does_not_stop_it(work_folder):
    store.put("recall", "r01", "odd")
    assert len(recall(1).questions) == 3


def test_a_folder_that_cannot_be_written_does_not_stop_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "file"))
    panel = recall(1)
    panel.children[2].value = panel.questions[0]["answer"]
    panel.children[3].click()
    assert "Not kept" in panel.children[4].value


def test_only_notebooks_on_the_learners_way_are_asked_about(work_folder):
    """The shortest way is 00, 01, 05 and 06: whoever goes it has not read 02 to 04."""
    for section, key in (("predictions", "00.1"), ("predictions", "05.3"), ("answers", "1.2")):
        store.put(section, key, {})
    panel = recall(6)
    assert {question["notebook"][:2] for question in panel.questions} == {"00", "01", "05"}
    assert panel.summary() == "Recall: 3 questions on notebooks 00, 01, 05."
    # Nobody has worked in a notebook before this one: then all of them are asked about.
    assert {question["notebook"][:2] for question in recall_model(4, {}, {"07"})} == {"01", "02", "03"}


def test_words_cut_from_a_sentence_are_shown_in_it(work_folder):
    rows = {row["recall_id"]: row for row in table("recall").to_dict("records")}
    cut, whole, waits, none = (in_its_sentence(rows[each]) for each in ("r17", "r06", "r09", "r18"))
    assert cut["cut"] and "<mark>are already accepting redundancy, MPs have been told.</mark>" in cut["sentence"]
    assert cut["sentence"].index("Expert managers in primary care trusts") < cut["sentence"].index("<mark>")
    assert not waits["cut"] and "<mark>over the next three to four years</mark>" in waits["sentence"]
    assert whole == none == {"sentence": "", "cut": False}
    # An apostrophe is no quotation mark: "Who, in Vautrey's words, will do 'the bulk of the work'?"
    assert "<mark>the bulk of the work</mark>" in in_its_sentence(rows["r19"])["sentence"]


def test_a_sentence_that_may_give_the_answer_away_waits_for_the_answer(work_folder):
    waits = ("r09", "r10", "r11")
    for each in table("recall").recall_id:
        if each not in waits:
            store.put("recall", each, {"right": True})
    panel = recall(2)
    questions = panel.questions
    assert {question["id"] for question in questions} & set(waits)
    shown = " ".join(child.value for child in panel.children if isinstance(child, ipywidgets.HTML))
    assert all(
        question["sentence"] not in shown for question in questions if question["sentence"] and not question["cut"]
    )
    for question, entry, button in zip(
        panel.questions,
        (child for child in panel.children if isinstance(child, ipywidgets.RadioButtons)),
        (child for child in panel.children if isinstance(child, ipywidgets.Button)),
        strict=True,
    ):
        entry.value = question["options"][0]
        button.click()
    after = " ".join(child.value for child in panel.children if isinstance(child, ipywidgets.HTML))
    assert all(after.count(question["sentence"]) == 1 for question in questions if question["sentence"])


def test_a_question_that_is_cut_says_its_sentence_where_nothing_runs_too(work_folder):
    panel = recall(5)
    shown = [question for question in panel.questions if question["cut"]]
    assert all(question["sentence"] in panel.fallback() for question in shown)
    assert all(
        question["sentence"] not in panel.fallback()
        for question in panel.questions
        if not question["cut"] and question["sentence"]
    )
    assert [question for number in range(1, 10) for question in recall_model(number, {}) if question["cut"]]
