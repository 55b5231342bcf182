"""The class report: true counts, no names unless asked, charts that say no more than the table."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nhsreform import commands
from nhsreform.marking.pages import class_report
from nhsreform.marking.record import ABSENT, CRASHED, MARKED, STATES, TIMED_OUT, Mark
from nhsreform.questions import judge
from nhsreform.questions.value import plain
from nhsreform.text.typography import squeezed
from tests.conftest import contrast
from tests.marking.made_up_class import HOSTILE, key, make
from tests.marking.test_feedback_pages import Reader

KEY = key()


def mark(student, state, question="1.1", points=0.0, message="", exercise="01-joint-report"):
    return Mark(student, exercise, question, state, points, 2, "", message)


def test_every_state_is_counted_once():
    counted = [state for _, states, *_ in class_report.GROUPS for state in states] + [ABSENT]
    assert sorted(counted) == sorted([*STATES, MARKED])


@pytest.mark.parametrize(("name", "states", "colour", "ink"), class_report.GROUPS)
def test_colours_can_be_seen_on_white_and_black_and_read_on(name, states, colour, ink):
    assert contrast(colour, "#fff") >= 3 and contrast(colour, "#111") >= 3
    assert contrast(colour, ink) >= 4.5


def test_counts_and_means_are_those_of_the_class():
    marks = [
        mark("a", judge.RIGHT, points=2),
        mark("b", judge.PARTLY, points=1),
        mark("c", CRASHED),
        mark("d", ABSENT),
        mark("e", TIMED_OUT),
    ]
    marks += [mark("a", judge.PERSON, "1.2", None), mark("b", MARKED, "1.2", 1), mark("c", judge.UNTRIED, "1.10")]
    marks += [Mark("f", "", "", judge.PERSON, None, 0, "no notebook")]
    found = class_report.by_exercise(marks)
    assert [question.question for question in found["01-joint-report"]] == ["1.1", "1.2", "1.10"]
    first = found["01-joint-report"][0]
    assert (first.handed_in, first.points, first.max) == (4, [2, 1, 0, 0], 2)
    text = Reader(class_report.report(marks, {"1.1": "Whose words?"})).text
    # right, partly, not yet, not tried, failed, for a person, not handed in, mean
    assert "1.1 Whose words? 1 1 0 0 2 0 1 0.75 of 2" in text
    assert "1.2 0 0 0 0 0 2 0 –" in text
    assert "6 students, 1 exercise." in text


def test_each_bar_says_its_numbers_and_lies_inside():
    questions = class_report.by_exercise(
        [mark(str(n), state) for n, state in enumerate([judge.RIGHT] * 200 + [judge.WRONG] * 99 + [judge.UNTRIED])]
    )["01-joint-report"]
    drawn = class_report.chart(questions, 'A "title" <here>')
    assert 'role="img"' in drawn and "&quot;title&quot; &lt;here&gt;" in drawn
    for at, wide in re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', drawn):
        assert float(at) >= class_report.LABEL and float(at) + float(wide) <= class_report.WIDTH + 1
    assert ">200</text>" in drawn and ">99</text>" in drawn and drawn.count("<rect") == 3
    assert "<svg" in class_report.chart([], "empty")


def test_the_commonest_reasons_come_first_and_a_single_one_stays_hidden():
    said = ["often"] * 5 + ["twice"] * 2 + ["Ann's own words"] + ["thrice"] * 3 + ["also twice"] * 2
    marks = [mark(str(n), judge.WRONG, message=message) for n, message in enumerate(said)]
    marks += [mark("x", judge.RIGHT, message="explained"), mark("y", judge.RIGHT, message="explained")]
    question = class_report.by_exercise(marks)["01-joint-report"][0]
    assert class_report.commonest(question) == [("often", 5), ("thrice", 3), ("also twice", 2)]
    assert "Ann's own words" not in class_report.report(marks, {}) and "explained" not in class_report.report(marks, {})
    few = [mark("Ann", judge.WRONG, message="Ann's own words")]
    assert class_report.commonest(class_report.by_exercise(few)["01-joint-report"][0]) == []
    assert "own words" not in class_report.report(few, {})
    assert "Ann&#x27;s own words" in class_report.report(few, {}, names=True)


def test_no_name_is_there_unless_asked(tmp_path, capsys):
    names = {
        name: {"1.1": "issues", "8.3": f"My words, {name}"} for name in ("Ada Lovelace", *list(HOSTILE.values())[:4])
    }
    out = make(tmp_path / "out", names, absent=["Grace Absent"])
    assert commands.main(["report", str(out)]) == 0
    page = (out / "class-report.html").read_text(encoding="utf-8")
    for part in ("Lovelace", "onerror", "HYPERLINK", "Eve", "Grace", "My words"):
        assert part not in page
    assert "5 students: " in page and "whether all are" in page
    assert commands.main(["report", str(out), "--names"]) == 0
    assert "with names" in capsys.readouterr().out
    page = (out / "class-report.html").read_text(encoding="utf-8")
    reader = Reader(page)
    assert "Ada Lovelace 0 0+" in reader.text and "Grace Absent – –" in reader.text
    assert not {"img", "script"} & {tag for tag, _ in reader.tags} and "\x1b" not in page


WORDS = st.text(alphabet="abcé XY09-’", min_size=2, max_size=12).filter(lambda text: len(squeezed(text)) > 2)


@settings(deadline=None)
@given(WORDS, st.sampled_from(sorted(KEY.stored)), st.integers(10_000, 99_999))
@example("009-", "3.5", 10_000)
@example("9/0-9", "3.5", 10_000)
def test_no_words_or_numbers_of_a_students_are_on_it_however_many_gave_them(words, question, number):
    """Two who answer with one name would be two who are told of it."""
    entry = KEY.entry(question)
    lines = list(entry.answer) if entry.kind == "match" else []
    kinds = {"match": dict.fromkeys(lines, words), "set": [words], "order": [words], "range": [number, number + 1]}
    of_a_number = ((number, 5), f"{number},5", f"{number}/7", f"about {number},5", f"joint-report-c{number}")
    for given_answer in (
        kinds.get(entry.kind, words), number, [number, words], words, type("AdaLovelace", (), {})(), *of_a_number,
    ):  # fmt: skip
        value = plain(given_answer)
        verdict = judge.verdict(value, entry)
        if verdict.state not in (judge.WRONG, judge.PARTLY):
            continue
        marks = [
            Mark(name, entry.exercise, question, verdict.state, 0, 1, "", verdict.message, value)
            for name in ("s1", "s2")
        ]
        told = class_report.by_exercise(marks)[entry.exercise][0].reasons
        own = squeezed(KEY.entry(question).form() + str(KEY.stored[question]) + str(vars(entry)))
        if squeezed(words) not in own:
            assert all(squeezed(words) not in squeezed(message) for message in told), told
        assert all(str(number) not in message and "Lovelace" not in message for message in told), told
