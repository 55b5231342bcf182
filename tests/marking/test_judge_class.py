"""From answers to marks: states, points, attempts, late work, prose by hand, and a file that is the same each time."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest

from nhsreform.marking import judge_class, marks_csv, summary
from nhsreform.marking.by_hand import ByHand
from nhsreform.marking.class_key import Key, in_order
from nhsreform.marking.hand_ins.late_work import CAP, LateRule
from nhsreform.marking.judge_class import BEST, Judge, Settings
from nhsreform.marking.log import Log
from nhsreform.marking.marks_csv import Change, in_words_of_the_file
from nhsreform.marking.pages.student import student_page
from nhsreform.marking.record import STATES, Mark
from nhsreform.marking.sandbox.answers import UNREADABLE, Answers
from nhsreform.questions import judge
from nhsreform.questions import key as keys
from nhsreform.questions.value import plain
from tests.marking.made_up_class import Files, key
from tests.marking.made_up_notebooks import EXERCISES, ROOT, as_bytes, code, hand_in, untouched, worked, wrong

pytestmark = pytest.mark.slow

FIRST, SECOND = "01-joint-report", "02-pct-managers"
KEY = key()
RIGHT = {"1.1": "include", "1.3": "will need time and careful design"}


def answered(**given):
    """Answers as they come from a notebook: q1_1="include" and so on, every question of exercise 01 having a cell."""
    values = {name[1:].replace("_", "."): [plain(value)] for name, value in given.items()}
    return Answers(values=values, present=[f"1.{n}" for n in range(1, 7)])


@pytest.fixture
def group(tmp_path):
    with closing((files := Files(tmp_path)).log):
        yield files


def test_each_state_is_kept_apart(group):
    two_of_five = {"It is the right policy direction": "Dixon", "We are more than ready for the job.": "Field"}
    answers = answered(q1_1="include", q1_2=two_of_five)
    answers.trouble = {"1.3": "crashed: ValueError", "1.4": "timed out"}
    group.add(answers)
    marks = map(in_words_of_the_file, group.marks(practice=True, roster=("absent",)))
    got = {(mark.student, mark.question): (mark.state, mark.points) for mark in marks}
    assert got["lee", "1.1"] == ("right", 1.0)
    assert got["lee", "1.2"] == ("partly", 0.8)
    assert got["lee", "1.3"] == ("crashed", 0.0) and got["lee", "1.4"] == ("timed out", 0.0)
    assert got["lee", "1.5"] == ("not tried", 0.0)
    assert got["absent", "1.1"] == ("not submitted", 0.0)
    assert {state for state, _ in got.values()} <= set(STATES)


def test_only_core_questions_count_unless_asked(group):
    group.add(answered(q1_1="include"))
    assert [m.question for m in group.marks()] == ["1.1", "1.2", "1.3"]
    assert [m.question for m in group.marks(practice=True)] == [f"1.{n}" for n in range(1, 8)]


def test_the_last_value_that_is_filled_in_counts(group):
    answers = answered(q1_1="include")
    answers.values["1.1"].append({"type": "blank"})
    group.add(answers)
    other = answered(q1_1="include")
    other.values["1.1"].append(plain("suggests"))
    group.add(other, student="xu")
    got = group.states()
    assert got["lee", "1.1"] == "right" and got["xu", "1.1"] == "wrong"


def test_a_contested_answer_is_for_a_person_and_so_is_what_cannot_be_read(group):
    contested = answered(q1_1="include")
    contested.contested = ["1.1"]
    group.add(contested)
    group.add(Answers(values={"1.1": [plain("include")]}, present=["1.1"], doubt=True), student="torn")
    group.add(answered(q1_1=...), student="blank")
    forged = answered()
    forged.values["1.1"] = [UNREADABLE]
    group.add(forged, student="forger")
    got = group.states()
    assert got["torn", "1.1"] == "right" and got["blank", "1.1"] == "not tried"
    for waiting in (("lee", "1.1"), ("torn", "1.3"), ("forger", "1.1")):
        assert got[waiting] == "needs a person"
    assert {mark.points for mark in group.marks() if mark.state == "needs a person"} == {None}


@pytest.mark.parametrize(
    "value",
    [
        {"type": "text", "value": "a " * 9000},
        {"type": "list", "items": [{"type": "text", "value": "b " * 9000}] * 500},
        {
            "type": "dict",
            "items": [[{"type": "text", "value": "c" * 20000}, {"type": "none"}]] * 499
            + [[{"type": "blank"}, {"type": "int", "value": 1}]],
        },
    ],
)
def test_judging_the_longest_values_takes_no_time(value):
    import time

    begun = time.monotonic()
    for question in KEY.stored:
        entry = KEY.entry(question)
        told, _ = judge_class.verdict(value, entry)
        wanted = judge.TOO_LONG if not entry.by_person else judge.PERSON if value["type"] == "text" else judge.WRONG
        assert told.state == wanted
        assert len(told.message) < 1000
    assert time.monotonic() - begun < 10


def test_a_judge_that_fails_costs_one_question(monkeypatch):
    monkeypatch.setattr(judge, "verdict", lambda *_: 1 / 0)
    told, note = judge_class.verdict(plain("x"), KEY.entry("1.1"))
    assert told.state == judge.PERSON and note == "not judged (ZeroDivisionError)"


# --- files, attempts ------------------------------------------------------------------------------------------------


def test_the_latest_attempt_counts_or_the_best(group):
    group.add(answered(q1_1="include"), platform="blackboard")
    group.add(answered(q1_1="suggests", q1_3="nothing"), platform="blackboard", when="2010-11-05T10:00:00")
    latest, best = group.marks(), group.marks(attempt=BEST)
    assert latest[0].state == "wrong" and best[0].state == "right"
    assert "2 attempts; the latest counts" in latest[0].note and "the best counts" in best[0].note


def test_the_best_attempt_is_the_best_after_what_lateness_costs(group):
    group.add(answered(q1_1="include"), platform="blackboard")
    late = {"platform": "blackboard", "when": "2010-11-05T10:00:00"}
    group.add(answered(q1_1="include", q1_3="will need time and careful design"), **late)
    rule = LateRule(deadline=datetime(2010, 11, 4, 12), rule=CAP, cap=0.2)
    best = group.marks(attempt=BEST, late=rule)
    assert [m.points for m in best] == [1, 0, 0] and not best[0].late
    assert sum(m.points for m in group.marks(attempt=BEST)) == 2


def test_an_exercise_handed_in_in_pieces_is_put_together(group):
    group.add(Answers(values={"1.1": [plain("include")]}, present=["1.1", "1.2"]), name="a.ipynb")
    group.add(Answers(values={"1.3": [plain(RIGHT["1.3"])]}, present=["1.3"]), name="b.ipynb")
    got = group.marks()
    assert [m.state for m in got] == ["right", "not tried", "right"] and "handed in in 2 files" in got[0].note


def test_one_file_may_hold_two_exercises(group):
    both = answered(q1_1="include")
    both.present += [f"2.{n}" for n in range(1, 6)]
    group.add(both)
    assert {m.exercise for m in group.marks()} == {FIRST, SECOND}


def test_what_a_file_is_called_does_not_matter_but_is_said(group):
    group.add(answered(q1_1="include"), name=f"{SECOND}.ipynb")
    group.add(answered(q1_1="include"), student="xu", name="Untitled3.ipynb")
    got = group.marks()
    assert {m.exercise for m in got} == {FIRST} and [m.state for m in got if m.question == "1.1"] == ["right"] * 2
    assert f"the file is called {SECOND}, but holds {FIRST}" in got[0].note


def test_the_wrong_exercise_is_said_where_one_is_asked_for(group):
    group.add(Answers(values={"2.1": [plain("x")]}, present=["2.1", "2.2", "2.3"]), name=f"{SECOND}.ipynb")
    got = group.marks(exercises=(FIRST,))
    assert {(m.state, m.reason, m.points) for m in got} == {("needs a person", judge_class.INSTEAD, None)}
    assert got[0].note.startswith(f"handed in {SECOND} instead")
    # Beside what was asked for, or in a folder with the work of a term, it is no mistake.
    (submission,) = group.submissions
    of_a_term = replace(submission, handin=replace(submission.handin, platform="folder"))
    got = list(Judge([of_a_term], group.log, group.key, Settings((FIRST,))).marks())
    assert {m.state for m in got} == {"not submitted"} and got[0].note == f"handed in {SECOND} instead"
    group.add(answered(**{f"q{q.replace('.', '_')}": value for q, value in RIGHT.items()}), name=f"{FIRST}.ipynb")
    assert "needs a person" not in {m.state for m in group.marks(exercises=(FIRST,))}


def test_a_file_that_cannot_be_told_may_be_any_exercise_or_is_a_line_of_its_own(group):
    group.add(answered(q1_1="include"))
    group.add(student="xu", name="x.docx", problem="no notebook: x.docx")
    got = [m for m in group.marks(exercises=(FIRST,)) if m.student == "xu"]
    assert {m.state for m in got} == {"needs a person"} and "no notebook: x.docx" in got[0].note
    group.add(Answers(values={}, present=["2.1", "2.2"]), student="mo", name="b.ipynb")
    got = [m for m in group.marks() if m.student == "xu"]
    assert {m.exercise for m in got} == {FIRST, SECOND} and {m.state for m in got} == {"needs a person"}
    (none,) = Judge(group.submissions[1:2], group.log, group.key, Settings()).marks()
    assert (none.exercise, none.question, none.state) == ("", "", "needs a person")


# --- late -------------------------------------------------------------------------------------------------------------


def test_late_work_is_noted_or_capped(group):
    group.add(answered(q1_1="include", q1_3="will need time and careful design"), when="2010-11-06T11:30:00")
    rule = LateRule(deadline=datetime(2010, 11, 4, 10))
    noted, capped = group.marks(late=rule), group.marks(late=LateRule(rule.deadline, rule=CAP, cap=0.4))
    assert noted[0].points == 1.0 and noted[0].said == "late by 2 d 1 h 30 min"
    assert [m.points for m in capped] == [0.4, 0.0, 0.4] and "points held to 40%" in capped[0].said


def test_what_a_person_gives_late_work_is_held_too_and_what_it_cost_is_said(group, tmp_path):
    group.add(answered(q1_1="include", q1_3="will need time and careful design"), when="2010-11-06T11:30:00")
    group.add(student="xu", name="x.docx", problem="no notebook: x.docx", when="2010-11-06T11:30:00")
    rule = LateRule(deadline=datetime(2010, 11, 4, 10), rule=CAP, cap=0.4)
    judge_of_class = Judge(group.submissions, group.log, group.key, Settings((FIRST,), late=rule))
    marks, files = list(judge_of_class.marks()), [one.recorded() for one in group.submissions]
    (tmp_path / "by-hand.csv").write_text("student,exercise,question,points,note\nlee,01,1.1,1,seen\nxu,,,2,Word\n")
    given = ByHand(tmp_path).on_top(marks, files)
    most = {m.question: m.max for m in marks}
    assert all(m.points is not None and m.points <= 0.4 * most[m.question] + 0.001 for m in given)
    first = {m.student: m for m in given if m.question == "1.1"}
    assert (first["lee"].points, first["lee"].earned) == (0.4 * most["1.1"], 1)
    rows = [line for line in marks_csv.as_csv(given).splitlines() if ",1.1," in line]
    assert len(rows) == 2 and all("late by 2 d" in row and "by hand" in row for row in rows)
    costs = summary.late_lines(judge_of_class.late, given)
    lost = {s: sum((m.earned or 0) - m.points for m in given if m.student == s and m.earned) for s in ("lee", "xu")}
    assert [line.rpartition("it cost ")[2] for line in costs] == [f"{lost['lee']:g}", f"{lost['xu']:g}"]
    # Said to the student too, on whatever stands first.
    assert all("late by 2 d" in student_page([m for m in given if m.student == s], {}) for s in lost)


def test_a_late_rule_may_call_an_exercise_by_its_number_and_an_extension_for_nobody_is_said(mark, tmp_path):
    for student in ("lee", "xu"):
        hand_in(tmp_path / "class", student, f"{FIRST}.ipynb", worked(FIRST))
    late = tmp_path / "late.toml"
    late.write_text(
        'rule = "cap"\ncap = 0\n[deadlines]\n1 = 2010-11-04T12:00:00\n[extensions]\n'
        "leigh = 2099-01-01T12:00:00\n[extensions.lee]\n01 = 2099-01-01T12:00:00\n"
    )
    code, told, rows = mark(tmp_path / "class", late=late)
    assert code == 1 and [line.split(" has an")[0].strip() for line in told if "has an extension" in line] == ["leigh"]
    assert [(row["student"], row["points"]) for row in rows if row["question"] == "1.1"] == [("lee", "1"), ("xu", "0")]


# --- the file and what differs ------------------------------------------------------------------------------------------


def test_the_file_is_in_order_and_safe():
    rows = [
        Mark("=lee", "e", "1.10", "right", 1.0, 2.0, "+note\nline"),
        Mark('lee, "ann"', "e", "", "needs a person", None, 0),
    ]
    text = marks_csv.as_csv(rows)
    assert text.splitlines() == [
        "student,exercise,question,state,points,max,note",
        "'=lee,e,1.10,right,1,2,'+note line",
        '"lee, ""ann""",e,,needs a person,,,',
    ]


def test_questions_are_in_the_order_of_their_numbers():
    assert sorted(["2.10", "2.9", "1.2"], key=in_order) == ["1.2", "2.9", "2.10"]
    assert list(KEY.exercises) == EXERCISES


def test_what_differs_is_told_line_by_line():
    def text(*rows):
        return marks_csv.as_csv([Mark("lee", "e", q, state, points, 1.0, note) for q, state, points, note in rows])

    old = text(("1.1", "right", 1.0, ""), ("1.2", "wrong", 0.0, ""), ("1.3", "right", 1.0, ""))
    new = text(("1.1", "right", 1.0, "a note"), ("1.2", "right", 1.0, ""), ("1.4", "wrong", 0.0, ""))
    assert marks_csv.changes(old, new) == [
        Change("lee", "e", "1.2", "wrong 0", "right 1"),
        Change("lee", "e", "1.4", "", "wrong 0"),
        Change("lee", "e", "1.3", "right 1", ""),
    ]
    assert str(Change("lee", "e", "1.4", "", "wrong 0")) == "lee  1.4: no line -> wrong 0"


def test_a_later_key_replaces_a_question_of_an_earlier_one(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    stored = keys.seal(keys.unseal(KEY.stored["1.1"]) | {"points": 5})
    (mine / "key.json").write_text(json.dumps({"questions": {"1.1": stored}}))
    both = Key([ROOT / "exercises", mine])
    assert both.entry("1.1").points == 5 and both.sha256 != KEY.sha256
    assert both.exercises[FIRST] == KEY.exercises[FIRST]


# --- the log --------------------------------------------------------------------------------------------------------------


def test_a_line_that_was_never_finished_is_cut_off(tmp_path):
    log = Log(tmp_path, "engine")
    log.add("start")
    log.add_answers("a" * 64, answered(q1_1="x"))
    log.close()
    whole = (tmp_path / "audit.jsonl").read_bytes()
    for torn in (b'{"event": "answ', b'{"event": "answers"}', b"\xff\xfe", b'{"a": \x00\n'):
        (tmp_path / "audit.jsonl").write_bytes(whole + torn)
        log = Log(tmp_path, "engine")
        assert set(log.places) == {"a" * 64} and not log.finished
        log.close()
        assert (tmp_path / "audit.jsonl").read_bytes() == whole


def test_answers_of_another_engine_are_not_used(tmp_path):
    log = Log(tmp_path, "old")
    log.add_answers("a" * 64, answered(q1_1="x"))
    log.close()
    log = Log(tmp_path, "new")
    assert not log.places
    log.close()


# --- whole classes ----------------------------------------------------------------------------------------------------------


def test_every_exercise_right_wrong_and_blank(mark, tmp_path):
    for name in EXERCISES:
        hand_in(tmp_path / "class", "a right", f"{name}.ipynb", worked(name))
        hand_in(tmp_path / "class", "b wrong", f"{name}.ipynb", wrong(name))
        hand_in(tmp_path / "class", "c blank", f"{name}.ipynb", untouched(name))
    code, told, rows = mark(tmp_path / "class", practice=True)
    states = {
        student: {r["state"] for r in rows if r["student"] == student} for student in ("a right", "b wrong", "c blank")
    }
    assert states["a right"] == {"right", judge.PERSON} and states["b wrong"] == {"wrong", judge.PERSON}
    assert states["c blank"] == {"not tried"}
    assert sorted(r["question"] for r in rows if r["student"] == "a right") == sorted(keys.questions())
    prose = {question for question, stored in keys.questions().items() if stored["kind"] == "prose"}
    assert {r["question"] for r in rows if r["state"] == judge.PERSON} == prose
    assert code == 1 and "3 students" in told[1]


def test_duplicated_moved_renamed_rekernelled_and_cleared_notebooks_are_marked_as_they_stand(mark, tmp_path):
    folder = tmp_path / "class"
    full, doubled, moved, other, bare = (worked(FIRST) for _ in range(5))
    doubled["cells"] += untouched(FIRST)["cells"]
    hand_in(folder, "doubled", f"{FIRST}.ipynb", doubled)
    moved["cells"].reverse()
    hand_in(folder, "moved", f"{FIRST}.ipynb", moved)
    hand_in(folder, "renamed", "Untitled (3).ipynb", full)
    other["metadata"] = {"kernelspec": {"name": "gone", "language": "julia"}}
    hand_in(folder, "rekernelled", f"{FIRST}.ipynb", other)
    for cell in bare["cells"]:
        cell.pop("outputs", None), cell.pop("execution_count", None)
        cell["metadata"] = {}
    hand_in(folder, "cleared", f"{FIRST}.ipynb", bare)
    hand_in(folder, "half", f"{FIRST}.ipynb", as_bytes(full)[: len(as_bytes(full)) * 2 // 3])
    hand_in(folder, "empty", f"{FIRST}.ipynb", b"")
    hand_in(folder, "other", f"{FIRST}.ipynb", code("print('a notebook of another course')"))
    exit_code, _, rows = mark(folder)
    states = {}
    for row in rows:
        states.setdefault(row["student"], []).append(row["state"])
    for student in ("doubled", "moved", "renamed", "rekernelled", "cleared"):
        assert states[student] == ["right"] * 3, student
    assert states["half"][0] == "right" and set(states["half"]) <= {"right", "needs a person"}
    assert states["empty"] == states["other"] == ["needs a person"] * 3
    assert exit_code == 1


def test_those_who_handed_nothing_in_are_there(mark, tmp_path):
    hand_in(tmp_path / "class", "lee", f"{FIRST}.ipynb", worked(FIRST))
    roster = tmp_path / "list.csv"
    roster.write_text("student,name\nlee,Ann Lee\nxu,Bo Xu\n")
    code, _, rows = mark(tmp_path / "class", roster=roster)
    assert [(r["student"], r["state"], r["points"]) for r in rows if r["question"] == "1.1"] == [
        ("lee", "right", "1"),
        ("xu", "not submitted", "0"),
    ]
    assert code == 0
