"""`nhsreform mark` in a class's folder: two downloads in, everything out, and again after each change."""

import csv
import io
import json
import os

import nbformat
import pytest

from nhsreform import commands
from nhsreform.marking import class_folder
from nhsreform.marking.errors import MarkError
from nhsreform.marking.marked_class import read_class
from nhsreform.marking.record import MARKED, PERSON
from nhsreform.text.csv_files import rows_of
from tests.marking.made_up_downloads import ONE, canvas, cell_texts, hand_ins, moodle, read_zip
from tests.marking.made_up_notebooks import as_bytes, with_answers, worked, wrong, zipped
from tests.marking.test_feedback_pages import Reader

EIGHT = "08-your-judgement"


@pytest.fixture
def place(tmp_path, monkeypatch):
    folder = tmp_path / "my-class"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def mark(capsys, *more):
    code = commands.main(["mark", "--timeout", "5", *more])
    return code, capsys.readouterr()


def grades(path, column="Grade"):
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    return [row[rows[0].index(column)] for row in rows[1:]]


def right(*names):
    """A class that hands in the worked answers."""
    return [(name, "right", {f"{ONE}.ipynb": as_bytes(worked(ONE))}) for name in names]


def of(class_, kind, number=0):
    return [student for student, what, _ in class_ if what == kind][number]


@pytest.mark.slow
def test_the_whole_of_it_in_moodles_form(place, capsys):
    class_ = hand_ins(30)
    moodle(place, class_)
    code, said = mark(capsys)
    assert code == 1, said.err
    assert "submissions.zip is a download of Moodle; worksheet.csv is a worksheet of Moodle." in said.out
    assert len(said.out.splitlines()) <= 30, "one screen"
    assert {path.name for path in (place / "marks").iterdir()} >= {
        "marks.csv", "class.json", "feedback", "class-report.html", "summary.txt", "needs-a-person.csv", "by-hand.csv",
    }  # fmt: skip
    waiting = {mark.student for mark in read_class(place / "marks").marks if mark.state == PERSON}
    assert waiting and f"{len(waiting)} wait for a person" in said.out
    filled = dict(zip([student for student, _, _ in class_], grades(place / "upload" / "grades.csv"), strict=True))
    assert filled[of(class_, "right")] == "4" and filled[of(class_, "wrong")] == "0"
    assert {student for student, grade in filled.items() if not grade} == waiting
    comments = dict(zip(filled, grades(place / "upload" / "grades.csv", "Feedback comments"), strict=True))
    assert (
        comments[of(class_, "right")].startswith("<p>4 of 4 points.</p><ul><li>1.1 ") and comments[min(waiting)] == ""
    )
    # Moodle's own names for the folders, so that one upload serves the class.
    feedback = read_zip(place / "upload" / "feedback.zip")
    assert set(feedback) == {
        f"{student}_{number}_assignsubmission_file/feedback.html" for number, (student, _, _) in enumerate(class_, 2001)
    }
    number = 2001 + [student for student, _, _ in class_].index(of(class_, "right"))
    page = feedback[f"{of(class_, 'right')}_{number}_assignsubmission_file/feedback.html"].decode()
    assert "4 of 4 points." in Reader(page).text and f"Feedback for {of(class_, 'right')}" in Reader(page).text
    # Again, and nothing changes.
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file() and path.name != "audit.jsonl"}
    assert mark(capsys)[0] == 1
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.slow
def test_the_whole_of_it_in_canvass_form(place, capsys):
    class_ = hand_ins(20)
    canvas(place, class_)
    code, said = mark(capsys)
    assert code == 1 and "submissions.zip is a download of Canvas; gradebook.csv is a worksheet of Canvas." in said.out
    assert grades(place / "upload" / "grades.csv", "Exercise 01 (5501)")[1] == "4"
    handed_in = read_zip(place / "submissions.zip")
    feedback = read_zip(place / "upload" / "feedback.zip")
    assert feedback and set(feedback) <= set(handed_in), "each named as it came"
    for name, data in feedback.items():
        # Canvas gives each file the name that the student gave it: what is called a notebook must be one.
        assert name.endswith(".ipynb")
        nbformat.validate(nbformat.reads(data.decode(), as_version=4))
        assert "points" in cell_texts(data)[0] and "\n" not in cell_texts(data)[0]


@pytest.mark.slow
def test_a_corrected_line_and_a_late_hand_in_are_taken_up_without_another_word(place, capsys):
    class_ = right("Ada Lovelace")
    class_ += [("Bo Diaz", "word", {"essay.docx": b"PK"}), ("Cy Young", "empty", {f"{ONE}.ipynb": b""})]
    moodle(place, class_)
    assert mark(capsys)[0] == 1
    lines = (place / "marks" / "by-hand.csv").read_text(encoding="utf-8")
    assert lines == "student,exercise,question,points,note\n"
    codes = {
        row["question"]: row["group"]
        for row in rows_of(place / "marks" / "needs-a-person.csv", ("group",))
        if row["student"] == "Cy Young"
    }
    typed = [f"{code},,,0,nothing in it" for code in codes.values()]
    waiting = {
        mark.question
        for mark in read_class(place / "marks").marks
        if mark.student == "Bo Diaz" and mark.state == PERSON
    }
    typed += [f"Bo Diaz,,{question},1,in Word" for question in sorted(waiting)]
    (place / "marks" / "by-hand.csv").write_text(
        lines + "\n".join(typed[:-1]) + "\nBo Diaz,,x,1,typo\n", encoding="utf-8"
    )
    code, said = mark(capsys)
    assert code == 1 and "by-hand.csv, row" in said.out and "column question" in said.out
    (place / "marks" / "by-hand.csv").write_text(lines + "\n".join(typed) + "\n", encoding="utf-8")
    code, said = mark(capsys)
    assert code == 0, said.out
    assert grades(place / "upload" / "grades.csv")[0::2] == ["4", "0"] and grades(place / "upload" / "grades.csv")[1]
    assert "Needs a person" not in said.out and "--apply" not in said.out
    # Late work, and new files: one of somebody's whose points a person gave.
    again, late = ((name, "wrong", {f"{ONE}.ipynb": as_bytes(wrong(ONE))}) for name in ("Ada Lovelace", "Di Lee"))
    moodle(place, [again, *right("Bo Diaz"), class_[2], late])
    code, said = mark(capsys)
    assert "--apply" not in said.out
    assert grades(place / "upload" / "grades.csv") == ["0", "4", "0", "0"] and "changed since the last time" in said.out


@pytest.mark.slow
def test_what_nothing_explains_is_not_written_unasked(place, capsys):
    both = right("Ada Lovelace", "Bo Diaz")
    moodle(place, both)
    assert mark(capsys)[0] == 0
    files = [path for path in place.rglob("*") if path.suffix in (".csv", ".html") and path.parent != place]
    before = {path: path.read_bytes() for path in files}
    # Somebody is no longer in the download.
    moodle(place, both[:1])
    code, said = mark(capsys)
    assert code == 1 and "would change" in said.out and "--apply" in said.out and "Bo Diaz" in said.out
    assert {path: path.read_bytes() for path in files} == before
    assert mark(capsys, "--apply")[0] == 0 and grades(place / "upload" / "grades.csv") == ["4"]


@pytest.mark.slow
def test_prose_is_read_on_a_page_and_taken_in_from_beside_it(place, capsys):
    essay = "q8_3 = 'The six bodies ask for time [joint-report-c09], and \u201cthe right way\u201d is theirs.'"
    class_ = [
        (name, "", {f"{EIGHT}.ipynb": as_bytes(with_answers(EIGHT, {"8.3": f"{essay}\n# {name}"}))})
        for name in ("Ann Ash", "Bo Diaz")
    ]
    moodle(place, class_, top=9)
    code, said = mark(capsys)
    assert code == 1 and "Read 2 answers: open prose/question-8.3.html" in said.out
    rows = rows_of(place / "prose" / "marks-8.3.csv", ("code", "points", "comment"))
    text = "code,points,comment\n" + "".join(f"{row['code']},5,fair\n" for row in rows)
    # As a browser saves it, moved into the class's folder.
    (place / "marks-8.3.csv").write_text(text, encoding="utf-8-sig")
    code, said = mark(capsys)
    states = {mark.student: mark for mark in read_class(place / "marks").marks if mark.question == "8.3"}
    assert {one.state for one in states.values()} == {MARKED} and code == 0, said.out
    assert not (place / "marks-8.3.csv").exists() and "Read " not in said.out
    page = next((place / "marks" / "feedback").glob("ann-ash-*.html")).read_text(encoding="utf-8")
    assert "5 of 6" in Reader(page).text and "fair" in Reader(page).text
    # A later answer is on the page and in the CSV, and the points that are there stay.
    late = [*class_, ("Cy Young", "", {f"{EIGHT}.ipynb": as_bytes(with_answers(EIGHT, {"8.3": essay + "\n# late"}))})]
    moodle(place, late, top=9)
    assert mark(capsys)[0] == 1
    rows = rows_of(place / "prose" / "marks-8.3.csv", ("code", "points", "comment"))
    assert sorted(row["points"] for row in rows) == ["", "5", "5"]


@pytest.mark.slow
def test_what_a_person_changed_in_the_upload_is_never_lost(place, capsys):
    moodle(place, right("Ada Lovelace"))
    mark(capsys)
    path = place / "upload" / "grades.csv"
    path.write_bytes(path.read_bytes().replace(b",4,4.00,", b",3,4.00,"))
    code, said = mark(capsys)
    assert code == 0 and "Yours is kept as grades-changed-by-you-1.csv" in said.out
    assert grades(path) == ["4"] and grades(place / "upload" / "grades-changed-by-you-1.csv") == ["3"]


@pytest.mark.slow
def test_work_handed_in_again_after_the_first_grades_were_uploaded_gets_its_new_grade(place, capsys):
    first = [*right("Ada Lovelace"), ("Bo Diaz", "wrong", {f"{ONE}.ipynb": as_bytes(wrong(ONE))})]
    moodle(place, first)
    mark(capsys)
    uploaded = (place / "upload" / "grades.csv").read_bytes()
    moodle(place, right("Ada Lovelace", "Bo Diaz"))
    (place / "worksheet.csv").write_bytes(uploaded)
    for _ in range(2):
        code, said = mark(capsys)
        assert code == 0 and "left as the worksheet has it" not in said.out
        assert grades(place / "upload" / "grades.csv") == ["4", "4"]
    # What lies about under the name of something that would be read is said.
    for name in ("Late.toml", "by-hand.csv", "marks/by-hand.xlsx", "marks/marks-8.3.csv", "Marks-8.3.csv"):
        (place / name).write_text("")
        code, said = mark(capsys)
        assert code == 1 and f"{name} is not read" in said.out
        (place / name).unlink()
    # Another option shows first what it would change, lines that it adds too.
    code, said = mark(capsys, "--practice")
    assert code == 1 and "--apply" in said.out and grades(place / "upload" / "grades.csv") == ["4", "4"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["essay.docx", "all.zip"])
def test_points_for_a_file_that_is_not_read_are_not_for_another_of_its_name(place, capsys, name):
    def essay(words):
        inner = zipped({"inner.zip": zipped({"essay.docx": words})}) if name == "all.zip" else words
        return [("Di Fox", "", {name: inner})]

    moodle(place, [*right("Ada Lovelace"), *essay(b"PK first")])
    mark(capsys)
    lines = (place / "marks" / "by-hand.csv").read_text(encoding="utf-8")
    (place / "marks" / "by-hand.csv").write_text(f"{lines}Di Fox,,,3,word\n", encoding="utf-8")
    assert mark(capsys)[0] == 0 and grades(place / "upload" / "grades.csv") == ["4", "3"]
    moodle(place, [*right("Ada Lovelace"), *essay(b"PK second")])
    assert mark(capsys)[0] == 1 and grades(place / "upload" / "grades.csv") == ["4", ""]


@pytest.mark.slow
def test_another_exercise_than_was_set_waits_for_a_person_and_has_its_feedback(place, capsys):
    two = "02-pct-managers"
    moodle(place, [*right("Ada Lovelace"), ("Tru Two", "other", {f"{two}.ipynb": as_bytes(worked(two))})])
    code, said = mark(capsys, "--exercise", "01", "--zeros")
    assert code == 1 and "another exercise came than those that are marked (Tru Two)" in said.out
    assert grades(place / "upload" / "grades.csv") == ["4", ""]
    pages = read_zip(place / "upload" / "feedback.zip")
    assert any("Tru Two" in name for name in pages)
    lines = (place / "marks" / "by-hand.csv").read_text(encoding="utf-8")
    (place / "marks" / "by-hand.csv").write_text(f"{lines}Tru Two,,,3,the wrong one\n", encoding="utf-8")
    assert mark(capsys, "--exercise", "01", "--zeros")[0] == 0
    assert grades(place / "upload" / "grades.csv") == ["4", "3"]


@pytest.mark.slow
def test_two_downloads_of_two_platforms_fill_in_nothing(place, capsys):
    class_ = right("Ada Lovelace")
    canvas(place, class_)
    (place / "gradebook.csv").unlink()
    (place / "elsewhere").mkdir()
    moodle(place / "elsewhere", class_)
    os.replace(place / "elsewhere" / "worksheet.csv", place / "worksheet.csv")
    (place / "elsewhere" / "submissions.zip").unlink()
    code, said = mark(capsys)
    assert code == 1 and "submissions.zip is a download of Canvas, and worksheet.csv a worksheet of Moodle" in said.out
    assert not (place / "upload" / "grades.csv").exists() and (place / "marks" / "marks.csv").exists()


@pytest.mark.slow
def test_another_maximum_says_what_to_do_and_keeps_the_marks(place, capsys):
    moodle(place, right("Ada Lovelace"), top=10)
    code, said = mark(capsys)
    assert (
        code == 1
        and "worksheet.csv is not filled in. The worksheet's maximum is 10" in said.out
        and "--scale" in said.out
    )
    assert not (place / "upload" / "grades.csv").exists()
    assert mark(capsys, "--scale")[0] == 0
    assert grades(place / "upload" / "grades.csv") == ["10"]


# --- finding -----------------------------------------------------------------------------------------------------------------


def test_the_downloads_are_found_whatever_they_are_called_and_whatever_lies_about(place):
    moodle(place, hand_ins(2))
    os.rename("submissions.zip", "NHS101-Exercise 01-4711.zip")
    os.rename("worksheet.csv", "Grades-NHS101.csv")
    for name in ("notes.txt", "class list.csv", ".hidden.zip", "marks-8.3.csv"):
        (place / name).write_text("student\nAda\n")
    for name in ("marks", "upload", "prose", "pictures"):
        (place / name).mkdir()
        (place / name / "x.ipynb" if name != "pictures" else place / name / "x.png").write_text("x")
    found = class_folder.class_folder(place)
    assert (found.download.name, found.worksheet.name, found.platform) == (
        "NHS101-Exercise 01-4711.zip",
        "Grades-NHS101.csv",
        "moodle",
    )


def test_a_zip_that_a_browser_unpacked_is_no_second_one(place):
    moodle(place, hand_ins(2))
    (place / "submissions").mkdir()
    (place / "submissions" / "x.ipynb").write_text("{}")
    assert class_folder.class_folder(place).download.name == "submissions.zip"
    (place / "submissions.zip").unlink()
    assert class_folder.class_folder(place).download.name == "submissions"


@pytest.mark.parametrize("extra", ["late.zip", "more/x.ipynb"])
def test_two_things_to_mark_are_said_and_one_can_be_named(place, extra):
    moodle(place, hand_ins(2))
    (place / extra).parent.mkdir(exist_ok=True)
    (place / extra).write_bytes((place / "submissions.zip").read_bytes())
    with pytest.raises(MarkError, match="There are 2 things to mark .*nhsreform mark"):
        class_folder.class_folder(place)
    found = class_folder.class_folder(place / "submissions.zip")
    assert found.download.name == "submissions.zip" and found.marks == place / "marks" and found.platform == "moodle"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", None, "There are 2 worksheets"),
        (
            "worksheet.csv",
            'Identifier,Grade,"Last modified (grade)\n',
            "worksheet.csv: The worksheet's row 1 has a quotation mark",
        ),
    ],
)
def test_worksheets_that_leave_a_doubt_stop_it(place, name, text, told):
    moodle(place, hand_ins(2))
    (place / name).write_bytes((place / "worksheet.csv").read_bytes() if text is None else text.encode())
    with pytest.raises(MarkError, match=told):
        class_folder.class_folder(place)


def test_an_empty_folder_says_what_to_put_there(place, capsys):
    code, said = mark(capsys)
    assert code == 2 and "There is nothing to mark in" in said.err and "do not unzip it" in said.err
    assert list(place.iterdir()) == []


def test_a_class_bundle_beside_it_is_not_the_download(place):
    moodle(place, hand_ins(2))
    from zipfile import ZipFile

    with ZipFile(place / "bundle.zip", "w") as archive:
        archive.writestr("pack/start.py", "")
        archive.writestr("pack/exercises/key.json", json.dumps({}))
    assert class_folder.class_folder(place).download.name == "submissions.zip"
