"""by-hand.csv: a person's points belong to one student, one question and one text, and one line can decide a group."""

import csv
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform import commands
from nhsreform.marking import by_hand
from nhsreform.marking.by_hand import BY_HAND, ByHand, digest, read_rows
from nhsreform.marking.groups import TO_DECIDE, groups_of, reason_of, write_groups
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.record import ABSENT, CRASHED, MARKED, PERSON, RIGHT, WRONG, ClassRecord, HandedIn, Mark
from nhsreform.marking.summary import line_of_group
from nhsreform.marking.which_files_count import NOT_READ
from nhsreform.questions.value import plain
from nhsreform.text.csv_files import CsvError, rows_of
from tests.marking.made_up_notebooks import hand_in, wrong

ONE, EIGHT = "01-joint-report", "08-your-judgement"


def mark(student, question="1.1", state=WRONG, value="old", most=2.0, note=""):
    points = None if state == PERSON else 0.0
    exercise = {"1": ONE, "8": EIGHT, "": ""}[question[:1]]
    return Mark(student, exercise, question, state, points, most, note, "said", plain(value) if value else None)


def file(student, name="a.ipynb", sha256="1"):
    return HandedIn(student, f"class.zip: {student}/{name}", sha256, "", "moodle", "7", "", None, None)


def record(marks, files=()):
    return ClassRecord("", "", (), "latest", False, {}, list(files), list(marks))


def typed(folder, *rows, answer=False):
    with (folder / BY_HAND).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[*by_hand.COLUMNS, *(["answer"] if answer else [])], *rows])


def on_top(folder, marks, files=(), shown=None):
    hand = ByHand(folder)
    new = hand.on_top(marks, files, shown)
    hand.memory.write(folder)
    return {(m.student, m.question): m for m in new}, hand


# --- one text ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["keep", "0.5", "1"])), min_size=1, max_size=6
    ),
    st.sampled_from([WRONG, PERSON, CRASHED]),
)
def test_points_count_for_the_text_that_was_there_when_they_were_typed_and_for_no_other(steps, state):
    """A class is marked again and again; between two runs somebody may type points for what the last run showed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown, read = None, None
        for text, points in steps:
            if shown and points != "keep":
                typed(folder, ["lee", ONE, "1.1", points, f"for {shown.marks[0].value}"])
                read = (shown.marks[0].value, float(points))
            now = record([mark("lee", state=state, value=text)])
            new, _ = on_top(folder, now.marks, shown=shown)
            got = new["lee", "1.1"]
            if read and read[0] == now.marks[0].value:
                assert (got.state, got.points) == (MARKED, read[1])
            elif read:
                assert (got.state, got.points) == (PERSON, None) and "another answer before" in got.note
            else:
                assert got == now.marks[0]
            shown = now


def test_what_the_program_finds_right_in_a_new_text_needs_nobody(tmp_path):
    typed(tmp_path, ["lee", ONE, "1.1", "0.5", "near"])
    on_top(tmp_path, [mark("lee")])
    new, _ = on_top(tmp_path, [mark("lee", state=RIGHT, value="new")])
    assert new["lee", "1.1"].state == RIGHT and "another answer before" in new["lee", "1.1"].note


def test_a_changed_line_is_about_what_is_there_now(tmp_path):
    typed(tmp_path, ["lee", ONE, "1.1", "0.5", "near"])
    on_top(tmp_path, [mark("lee")])
    again = record([mark("lee", value="new")])
    assert on_top(tmp_path, again.marks)[0]["lee", "1.1"].state == PERSON
    typed(tmp_path, ["lee", ONE, "1.1", "0.5", "near, and the new one is too"])
    new, _ = on_top(tmp_path, again.marks, shown=again)
    assert (new["lee", "1.1"].state, new["lee", "1.1"].points) == (MARKED, 0.5)


def test_where_nothing_was_read_a_new_file_is_a_new_text(tmp_path):
    typed(tmp_path, ["lee", "", "", "1", "read it on paper"])
    marks = [mark("lee", "", PERSON, None, 0), mark("lee", "8.3", ABSENT, None, 6)]
    assert on_top(tmp_path, marks, [file("lee", "essay.docx")])[0]["lee", ""].state == MARKED
    # The platform's zip may be called otherwise the next time.
    other = replace(file("lee", "essay.docx"), where="class(1).zip: lee/essay.docx")
    assert on_top(tmp_path, marks, [other])[0]["lee", ""].state == MARKED
    assert on_top(tmp_path, marks, [file("lee", "essay.docx", "2")])[0]["lee", ""].state == PERSON


@pytest.mark.usefixtures("sandbox")
def test_a_class_marked_again_with_a_new_text_asks_again_by_its_commands(mark_class, tmp_path):
    hand_in(tmp_path / "class", "lee", f"{ONE}.ipynb", wrong(ONE))
    mark_class()
    out = tmp_path / "out"
    typed(out, ["lee", ONE, "1.1", "0.5", "near"])
    assert mark_class("--apply") == 0
    assert {m.question: m.points for m in read_class(out).marks}["1.1"] == 0.5
    other = wrong(ONE)
    for cell in other["cells"]:
        cell["source"] = [line.replace("something else", "and something new") for line in cell["source"]]
    hand_in(tmp_path / "class", "lee", f"{ONE}.ipynb", other)
    assert mark_class("--apply") == 1
    assert {m.question: m.state for m in read_class(out).marks} == {"1.1": PERSON, "1.2": WRONG, "1.3": WRONG}


@pytest.fixture
def mark_class(tmp_path):
    def marked(*more):
        return commands.main(["mark", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--timeout", "5", *more])

    return marked


# --- a hand-in that is no notebook ---------------------------------------------------------------------------------------


def test_a_hand_in_marked_by_hand_is_closed_by_one_line_and_its_points_count_once(tmp_path):
    marks = [
        mark("lee", "1.1", RIGHT), mark("lee", "8.2", ABSENT, None, 3), mark("lee", "8.3", ABSENT, None, 6),
        mark("lee", "", PERSON, None, 0, "a.docx: no notebook"), mark("lee", "", PERSON, None, 0, "b.pdf: no notebook"),
    ]  # fmt: skip
    typed(tmp_path, ["lee", "", "", "7", "8.2 and 8.3 in Word"])
    hand = ByHand(tmp_path)
    strays = [m for m in hand.on_top(marks, []) if not m.question]
    assert [(m.state, m.points, m.message) for m in strays] == [
        (MARKED, 7, "8.2 and 8.3 in Word"),
        (MARKED, 0, "8.2 and 8.3 in Word"),
    ]
    assert [m.note for m in strays] == ["a.docx: no notebook", "b.pdf: no notebook"] and not hand.problems
    typed(tmp_path, ["lee", "", "", "10", "too many"])
    hand = ByHand(tmp_path)
    assert [m.state for m in hand.on_top(marks, []) if not m.question] == [PERSON, PERSON]
    assert "by-hand.csv, row 2, column points" in hand.problems[0] and "9 at most" in hand.problems[0]


def test_points_for_a_file_that_is_not_read_fill_the_questions_that_wait_for_it(tmp_path):
    marks = [
        mark("lee", "1.1", RIGHT),
        *(mark("lee", q, None, None, m).asked(NOT_READ) for q, m in (("8.2", 3), ("8.3", 6))),
    ]
    for points, wanted in (("7", [3, 4]), ("0", [0, 0]), ("9", [3, 6]), ("10", [None, None]), ("many", [None, None])):
        typed(tmp_path, ["lee", "", "", points, "read in Word"])
        hand = ByHand(tmp_path)
        assert [m.points for m in hand.on_top(marks, [])][1:] == wanted
        assert bool(hand.problems) == (wanted[0] is None)


# --- a typo ---------------------------------------------------------------------------------------------------------------


CELL = st.text(alphabet='ab1.,;"\n =-é', max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=8), st.integers(0, 2))
def test_no_row_stops_the_others_or_gives_anything_to_another(cells, at):
    marks = [mark(student) for student in ("ann", "bo", "cy")]
    rows = [["ann", ONE, "1.1", "1", "fine"], ["bo", ONE, "1.1", "2", "fine too"]]
    rows.insert(at, cells)
    with tempfile.TemporaryDirectory() as name:
        typed(Path(name), *rows)
        new, hand = on_top(Path(name), marks)
    assert (new["ann", "1.1"].points, new["bo", "1.1"].points) == (1, 2)
    assert new["cy", "1.1"] == marks[2]
    blank = not any(cell.strip() for cell in cells)
    assert blank or any(f"row {at + 2}" in problem for problem in hand.problems)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["ann", ONE, "1.1", "much", ""], "row 2, column points: 'much' is no number of points"),
        (["ann", ONE, "1.1", "", ""], "row 2, column points"),
        (["ann", ONE, "1.1", "nan", ""], "row 2, column points"),
        (["ann", ONE, "1.1", "9", ""], "row 2, column points: ann is given 9 points for 1.1; there are 2 at most"),
        (["anm", ONE, "1.1", "1", ""], "row 2, column student: no line of marks.csv is anm, 01-joint-report, 1.1, so its "
            "points count nowhere. Did you mean ann"),
        (["ann", ONE, "1.9", "1", ""], "row 2, column question"),
        (["ann", EIGHT, "1.1", "1", ""], "row 2, column exercise"),
        (["ann", ONE, "1.1", "1", "near", " enough"], 'row 2, has 6 cells; expected 5. Put a text that holds ","'),
        (["ann", ONE, "1.1"], "row 2, has 3 cells"),
    ],
)  # fmt: skip
def test_a_typo_names_row_and_column_and_the_answer_waits_for_a_person(tmp_path, row, told):
    typed(tmp_path, row)
    new, hand = on_top(tmp_path, [mark("ann"), mark("bo")])
    assert len(hand.problems) == 1 and told in hand.problems[0]
    meant = row[0] == "ann" and row[1:3] == [ONE, "1.1"]
    assert new["ann", "1.1"].state == (PERSON if meant else WRONG) and new["bo", "1.1"].state == WRONG


def test_two_rows_that_differ_are_neither_used(tmp_path):
    typed(
        tmp_path,
        ["ann", ONE, "1.1", "1", ""],
        ["ann", ONE, "1.1", "2", ""],
        ["bo", ONE, "1.1", "1", "x"],
        ["bo", ONE, "1.1", "1", "y"],
    )
    new, hand = on_top(tmp_path, [mark("ann"), mark("bo")])
    assert new["ann", "1.1"].state == PERSON and "row 2 gives other points" in hand.problems[0]
    assert new["bo", "1.1"].points == 1


@pytest.mark.parametrize("student", ["ÁNN", "a\u0301nn ", "Ann", "ann"])
@pytest.mark.parametrize("exercise", ["1", "01", ONE, ""])
def test_a_line_may_be_typed_with_less_care(tmp_path, student, exercise):
    typed(tmp_path, [student, exercise, "1.1", "1,5", "near"])
    new, hand = on_top(tmp_path, [mark("ánn"), mark("bo")])
    assert new["ánn", "1.1"].points == 1.5 and not hand.problems


@pytest.mark.parametrize(("student", "listed"), [("Zoë Müller", "Zoe Muller"), ("Łukasz", "Lukasz"), ("ann", "anne")])
def test_a_name_with_an_accent_is_not_the_one_without(tmp_path, student, listed):
    typed(tmp_path, [student, "01", "1.1", "1", "on paper"])
    new, hand = on_top(tmp_path, [mark(listed)])
    assert new[listed, "1.1"].state == WRONG and "count nowhere" in hand.problems[0]


def test_a_decimal_comma_without_quotation_marks_is_not_taken_for_points_and_a_note(tmp_path):
    (tmp_path / BY_HAND).write_text(
        f"student,exercise,question,points,note\nann,{ONE},1.1,0,5\nbo,{ONE},1.1,0,5 of them\n", encoding="utf-8"
    )
    new, hand = on_top(tmp_path, [mark("ann"), mark("bo")])
    assert new["ann", "1.1"].state == PERSON and "type 0.5" in hand.problems[0] and len(hand.problems) == 1
    assert new["bo", "1.1"].points == 0


def test_a_row_that_was_broken_for_a_while_is_still_about_the_text_it_was_given_to(tmp_path):
    row = ["ann", ONE, "1.1", "0.5", "near"]
    typed(tmp_path, row)
    on_top(tmp_path, [mark("ann")])
    typed(tmp_path, [*row[:2], "01. Jan", *row[3:]])
    on_top(tmp_path, [mark("ann", value="new")])
    typed(tmp_path, row)
    new, _ = on_top(tmp_path, [mark("ann", value="new", state=PERSON)])
    assert new["ann", "1.1"].state == PERSON and "this one is new" in new["ann", "1.1"].note


def test_a_students_own_line_is_about_the_one_answer_that_waits_and_goes_before_the_groups(tmp_path):
    marks = [mark("ann", state=PERSON), mark("ann", "1.2", state=RIGHT), mark("bo", state=PERSON)]
    groups = groups_of(marks, [], ByHand(tmp_path), lambda _: False)
    hand = ByHand(tmp_path)
    groups = groups_of(marks, [], hand, lambda _: False)
    hand.memory.write(tmp_path)
    typed(tmp_path, [groups[0].code, "", "", "0.5", "printed"], ["ann", "", "", "1", "hers"])
    new, hand = on_top(tmp_path, marks)
    assert (new["ann", "1.1"].points, new["bo", "1.1"].points, hand.problems) == (1, 0.5, [])
    # Where several wait, it cannot be told which is meant.
    new, hand = on_top(tmp_path, [*marks, mark("ann", "1.3", state=PERSON)])
    assert "no line of marks.csv is ann" in hand.problems[0]


def test_another_file_of_the_same_name_that_is_not_read_is_a_new_text(tmp_path):
    one = replace(file("di", "essay.docx", sha256=""), content="1")
    typed(tmp_path, ["di", "", "", "3", "word"])
    stray = [mark("di", state=PERSON, value=None, most=4.0)]
    assert on_top(tmp_path, stray, [one])[0]["di", "1.1"].points == 3
    assert on_top(tmp_path, stray, [replace(one, content="2")])[0]["di", "1.1"].state == PERSON


def test_two_students_alike_are_never_guessed_at(tmp_path):
    typed(tmp_path, ["ANN", ONE, "1.1", "1", ""], ["Ann", ONE, "1.1", "2", ""])
    new, hand = on_top(tmp_path, [mark("ann"), mark("Ann")])
    assert (
        new["Ann", "1.1"].points == 2
        and new["ann", "1.1"].state == WRONG
        and "row 2, column student" in hand.problems[0]
    )


@pytest.mark.usefixtures("sandbox")
def test_a_file_that_cannot_be_read_at_all_is_refused_before_anything_is_run(tmp_path, mark_class, capsys):
    hand_in(tmp_path / "class", "lee", f"{ONE}.ipynb", wrong(ONE))
    mark_class()
    out = tmp_path / "out"
    (out / BY_HAND).write_text("student,exercise,question,note\nlee,e,1.1,x\n", encoding="utf-8")
    with pytest.raises(CsvError, match="no column points"):
        read_rows(out)
    capsys.readouterr()
    assert mark_class() == 2 and "no column points" in capsys.readouterr().err
    (out / BY_HAND).unlink()
    # Nothing is locked: no --resume is asked for.
    assert mark_class() == 0


# --- as spreadsheets save it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["", ",answer"])
def test_empty_lines_and_cells_left_out_are_no_mistake(tmp_path, answer):
    text = f"student,exercise,question,points,note{answer}\n,,,,\nlee,e,1.1,1\n\n , ,,,\nxu,e,1.1,0.5,late\n"
    (tmp_path / BY_HAND).write_text(text, encoding="utf-8")
    assert [row.line + (row.points, row.note, row.problem) for row in read_rows(tmp_path)] == [
        ("lee", "e", "1.1", "1", "", ""),
        ("xu", "e", "1.1", "0.5", "late", ""),
    ]


def test_a_guarded_name_is_the_one_in_marks_csv(tmp_path):
    typed(tmp_path, ["'=ada", ONE, "1.1", "1", "=near"])
    new, _ = on_top(tmp_path, [mark("=ada"), mark("'=ada")])
    assert new["=ada", "1.1"].message == "=near" and new["'=ada", "1.1"].state == WRONG


# --- groups ----------------------------------------------------------------------------------------------------------------


def waiting(count, note="the answer is printed, not set", start=0, value=None):
    return [mark(f"s{n:02}", state=PERSON, value=value or f"text {n}", note=note) for n in range(start, start + count)]


def grouped(folder, marks, files=()):
    hand = ByHand(folder)
    new = hand.on_top(marks, files)
    groups = groups_of(new, files, hand, lambda mark: False)
    hand.memory.write(folder)
    write_groups(folder, groups, files)
    return new, groups, hand


def test_one_line_decides_a_group_and_nobody_who_comes_later(tmp_path):
    marks = [*waiting(14), *waiting(3, "no cell of this question in the file", 20), mark("zed", state=WRONG)]
    _, groups, _ = grouped(tmp_path, marks)
    assert [(len(group.marks), group.reason) for group in groups] == [
        (14, "the answer is printed, not set"),
        (3, "no cell of this question in the file"),
    ]
    assert grouped(tmp_path, marks)[1][0].code == groups[0].code, "the same code each time"
    typed(tmp_path, [groups[0].code, "", "", "0.5", "printed"])
    late = [*marks, mark("late", state=PERSON, value="text 1", note="the answer is printed, not set")]
    new, after, hand = grouped(tmp_path, late)
    decided = [m for m in new if m.state == MARKED]
    assert len(decided) == 14 and {(m.points, m.message) for m in decided} == {(0.5, "printed")} and not hand.problems
    assert [(len(group.marks), group.marks[0].student) for group in after] == [(3, "s20"), (1, "late")]
    assert after[1].code != groups[0].code
    # A member who hands in another text is asked for again, alone.
    marks[2] = mark("s02", state=PERSON, value="another text", note="the answer is printed, not set")
    new, after, _ = grouped(tmp_path, marks)
    assert sum(m.state == MARKED for m in new) == 13 and [m.student for m in after[-1].marks] == ["s02"]


def test_a_line_of_ones_own_goes_before_the_groups(tmp_path):
    marks = waiting(3)
    _, groups, _ = grouped(tmp_path, marks)
    typed(tmp_path, [groups[0].code.upper(), "", "", "0.5", ""], ["s01", ONE, "1.1", "2", "quite right"])
    new, _, hand = grouped(tmp_path, marks)
    assert [m.points for m in new] == [0.5, 2, 0.5] and not hand.problems


def test_a_group_cannot_be_given_more_than_there_is(tmp_path):
    _, groups, _ = grouped(tmp_path, waiting(3))
    typed(tmp_path, [groups[0].code, "", "", "5", ""])
    new, _, hand = grouped(tmp_path, waiting(3))
    assert {m.state for m in new} == {PERSON} and len(hand.problems) == 1 and "5 points for 1.1" in hand.problems[0]


def test_a_reason_is_the_same_whatever_the_file_is_called_and_whatever_stands_in_front():
    files = [file("ann", "an essay.docx"), file("bo", "b/other.docx")]
    notes = ["an essay.docx: no notebook: an essay.docx", "b/other.docx: no notebook: other.docx"]
    assert {reason_of(mark("ann", "", PERSON, None, 0, note), files) for note in notes} == {"no notebook"}
    assert (
        reason_of(mark("ann", note="2 attempts; the latest counts: x.ipynb; printed: \u201cissues\u201d"), [])
        == "printed: \u2026"
    )
    assert reason_of(mark("ann", note=""), []) == "no text"


def test_the_list_of_texts_is_there_to_be_read_and_harmless(tmp_path):
    marks = [
        mark("=ann", state=PERSON, value=["=1+1", 2], note="x;@SUM(1)"),
        mark("bo", state=PERSON, value=None, note="the file is empty"),
    ]
    grouped(tmp_path, marks, [file("bo", "b.ipynb")])
    rows = {row["student"]: row for row in rows_of(tmp_path / TO_DECIDE, ("group", "student", "answer"))}
    assert rows["'=ann"]["answer"] == '["=1+1", 2]'
    assert rows["bo"]["answer"] == "the file is empty" and rows["bo"]["file"] == "class.zip: bo/b.ipynb"
    assert digest(marks[0].value) != digest(None)


def unread(student, reason="the file is empty"):
    return [replace(mark(student, f"1.{n}", PERSON, None, 1.0 + (n == 2), reason), reason=reason) for n in (1, 2, 3)]


def test_a_file_of_which_nothing_was_read_is_one_decision_and_its_points_fill_the_questions(tmp_path):
    marks = [*unread("ann"), *unread("bo"), *waiting(1)]
    files = [file("ann"), file("bo")]
    _, groups, _ = grouped(tmp_path, marks, files)
    assert [(group.question, group.reason, len(group.marks)) for group in groups] == [
        ("1.1-1.3", "the file is empty", 6),
        ("1.1", "the answer is printed, not set", 1),
    ]
    # It stands there once for each student, with what all of it is worth.
    write_groups(tmp_path, groups, files)
    rows = rows_of(tmp_path / TO_DECIDE, ("group", "question", "max", "student"))
    assert [(row["student"], row["question"], row["max"]) for row in rows] == [
        ("ann", "1.1-1.3", "4"),
        ("bo", "1.1-1.3", "4"),
        ("s00", "1.1", "2"),
    ]
    assert line_of_group(groups[0]).endswith(f"{groups[0].code} (0 to 4)")
    typed(tmp_path, [groups[0].code, "", "", "2.5", "seen in the seminar"])
    new, after, hand = grouped(tmp_path, marks, files)
    assert [m.points for m in new[:6]] == [1, 1.5, 0, 1, 1.5, 0] and not hand.problems and len(after) == 1
    typed(tmp_path, [groups[0].code, "", "", "5", "too much"])
    new, _, hand = grouped(tmp_path, marks, files)
    assert {m.state for m in new} == {PERSON} and "column points" in hand.problems[0]
    # A student's own line stands above it, with or without the exercise.
    for exercise in ("", "01"):
        typed(tmp_path, ["ann", exercise, "", "3", "of Ann's alone"])
        new, _, hand = grouped(tmp_path, marks, files)
        assert [m.points for m in new[:4]] == [1, 2, 0, None] and not hand.problems
    typed(tmp_path, ["ann", "02", "", "3", "of another exercise"])
    assert grouped(tmp_path, marks, files)[2].problems
    (tmp_path / BY_HAND).unlink()
    # Where a question of it was read, each is a decision of its own.
    _, groups, _ = grouped(tmp_path, [replace(marks[0], state=WRONG, points=0.0), *marks[1:3]])
    assert [group.question for group in groups] == ["1.2", "1.3"]
