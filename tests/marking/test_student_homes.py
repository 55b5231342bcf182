"""A hub's homes: what a student puts into one leads nowhere else, and what is collected is what `mark` reads."""

import csv
import os
import time
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from nhsreform.commands import FOUND, OK, main
from nhsreform.marking import student_homes
from nhsreform.marking.hand_ins import collect
from tests.marking.made_up_notebooks import EXERCISES, as_bytes, untouched, worked

NAME = f"{EXERCISES[0]}.ipynb"
NOON = datetime(2026, 11, 20, 12).timestamp()
pytestmark = pytest.mark.skipif(os.name == "nt", reason="no hub runs on Windows")
as_root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files away")


def home(folder, student, files=(), owner=None):
    """Make a student's home with exercises in it: {name: bytes}."""
    exercises = folder / student / student_homes.COPY / student_homes.EXERCISES
    exercises.mkdir(parents=True)
    for name, data in dict(files).items():
        (exercises / name).write_bytes(data)
    if owner is not None:
        for path in (folder / student, *(folder / student).rglob("*")):
            os.lchown(path, owner, owner)
    return exercises


def problems(folder, student):
    return {file.name: file.problem for file in student_homes.collect(folder) if file.student == student}


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    return folder


# --- collecting ----------------------------------------------------------------------------------------------------------


def test_what_is_collected_is_what_mark_reads_with_the_time_of_the_last_change(place, tmp_path, capsys):
    done = as_bytes(worked(EXERCISES[0]))
    exercises = home(place, "ada@uni.example", {NAME: done, "notes.txt": b"mine"})
    os.utime(exercises / NAME, (NOON, NOON))
    home(place, "bob", {NAME: as_bytes(untouched(EXERCISES[0]))})
    (place / "zoë").mkdir()
    out = tmp_path / "collected"
    assert main(["collect", str(place), str(out)]) == FOUND
    said = capsys.readouterr()
    assert "2 files of 3 students" in said.out
    assert "zoë, who-commissions: who-commissions: is not there" in said.err
    assert "ada@uni.example, 01-joint-report.ipynb: the file says 2026-11-20 12:00:00, but the disk noted" in said.err
    handins = {handin.student: handin for handin in collect.collect(out, EXERCISES).handins}
    assert set(handins) == {"ada@uni.example", "bob", "zoë"}
    assert handins["ada@uni.example"].read() == done
    assert handins["ada@uni.example"].handed_in == datetime(2026, 11, 20, 12)
    assert handins["zoë"].problem
    with (out / student_homes.LIST).open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["ada@uni.example"]["changed"] == "2026-11-20 12:00:00" and len(rows["bob"]["sha256"]) == 64
    assert out.stat().st_mode & 0o077 == 0


def test_what_was_collected_once_stays_as_it_was(place, tmp_path, capsys):
    home(place, "bob", {NAME: b"{}"})
    out = tmp_path / "collected"
    assert main(["collect", str(place), str(out)]) == OK
    assert main(["collect", str(place), str(out)]) == 2
    assert "stays as it was. Name a new folder" in capsys.readouterr().err


def _folder_link(exercises, other):
    (exercises / NAME).unlink(missing_ok=True)
    exercises.rmdir()
    exercises.symlink_to(other)


def _copy_link(exercises, other):
    exercises.rmdir()
    exercises.parent.rmdir()
    exercises.parent.symlink_to(other.parent)


def _huge(exercises, other):
    with (exercises / NAME).open("wb") as file:
        file.truncate(1 << 40)


def _hard_link(exercises, other):
    os.link(other / NAME, exercises / NAME)


@pytest.mark.parametrize(
    "attack, reason",
    [
        (lambda mine, other: (mine / NAME).symlink_to(other / NAME), "a link to somewhere else, not followed"),
        (_folder_link, "exercises: a link to somewhere else, or no folder; not followed"),
        (_copy_link, "who-commissions: a link to somewhere else, or no folder; not followed"),
        (lambda mine, other: os.mkfifo(mine / NAME), "neither a file nor a folder"),
        (lambda mine, other: (mine / NAME).mkdir(), "a folder, not looked into"),
        (_huge, "larger than 16 MB"),
        pytest.param(
            lambda mine, other: os.mknod(mine / NAME, 0o020600, os.makedev(1, 5)),
            "neither a file nor a folder",
            marks=as_root,
        ),
        pytest.param(_hard_link, "belongs to somebody else", marks=as_root),
    ],
)
def test_what_leads_elsewhere_is_refused_in_words_and_never_followed(place, tmp_path, attack, reason):
    owners = (61001, 61002) if os.geteuid() == 0 else (None, None)
    other = home(place, "ada", {NAME: b"ada's own answers"}, owners[0])
    exercises = home(place, "mallory", {}, owners[1])
    attack(exercises, other)
    if owners[1]:
        for path in (place / "mallory").rglob("*"):
            if attack is not _hard_link or path.name != NAME:
                os.lchown(path, owners[1], owners[1])
    begin = time.monotonic()
    files = student_homes.collect(place)
    assert time.monotonic() - begin < 5
    assert [file.data for file in files if file.student == "ada"] == [b"ada's own answers"]
    assert [file.data for file in files if file.student == "mallory"] == [b""]
    assert reason in problems(place, "mallory").values()
    said = student_homes.write(files, tmp_path / "out")
    assert said == [line for line in said if line.startswith("mallory, ")] and reason in said[0]
    assert not any(b"ada" in path.read_bytes() for path in (tmp_path / "out" / "mallory").iterdir())


def test_a_link_put_there_meanwhile_is_not_followed(place, monkeypatch):
    """Between the listing and the opening a student has all the time that there is."""
    other = home(place, "ada", {NAME: b"ada's own answers"})
    exercises = home(place, "mallory", {NAME: b"mine"})
    real = os.listdir

    def slow(folder):
        names = real(folder)
        if (exercises / NAME).is_file() and not (exercises / NAME).is_symlink() and folder_of(folder) == exercises:
            (exercises / NAME).unlink()
            (exercises / NAME).symlink_to(other / NAME)
        return names

    monkeypatch.setattr(student_homes.os, "listdir", slow)
    files = [file for file in student_homes.collect(place) if file.student == "mallory"]
    assert [(file.data, file.problem) for file in files] == [(b"", "a link to somewhere else, not followed")]


def folder_of(descriptor):
    return Path(os.readlink(f"/proc/self/fd/{descriptor}"))


def test_many_files_and_odd_names_stop_nobody(place, tmp_path):
    home(place, "ada", {f"{number}.ipynb": b"{}" for number in range(student_homes.MAX_FILES + 5)})
    home(place, "=cmd()", {"\x1b[31m.ipynb": b"{}", "a\u202eb.ipynb": b"{}"})
    home(place, "a\nb", {NAME: b"{}"})
    files = student_homes.collect(place)
    said = student_homes.write(files, tmp_path / "out")
    assert (
        f"ada, exercises: only {student_homes.MAX_FILES} of {student_homes.MAX_FILES + 5} notebooks were looked at"
        in said
    )
    assert len(list((tmp_path / "out" / "=cmd()").iterdir())) == 2
    assert (tmp_path / "out" / "'a\\nb'" / NAME).is_file()
    assert "'=cmd()" in (tmp_path / "out" / student_homes.LIST).read_text(encoding="utf-8-sig")


def test_a_folder_that_is_no_folder_of_homes_is_told(tmp_path, capsys):
    assert main(["collect", str(tmp_path / "none"), str(tmp_path / "out")]) == 2
    assert "Give the folder that holds the students' homes" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["collect", str(tmp_path / "empty"), str(tmp_path / "out")]) == 2


# --- feedback ------------------------------------------------------------------------------------------------------------


def feedback(place, student):
    folder = place / student / student_homes.COPY / student_homes.FEEDBACK
    return {path.name: path.read_text() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


def test_each_page_goes_into_its_own_student_s_folder(place):
    for student in ("ada", "bob"):
        home(place, student)
    assert student_homes.hand_back({"ada": "for ada", "bob": "for bob", "eve": "for eve"}, place) == (
        2,
        ["eve: no home is called so"],
    )
    assert feedback(place, "ada") == {"feedback.html": "for ada"} and feedback(place, "bob") == {
        "feedback.html": "for bob"
    }
    path = place / "ada" / student_homes.COPY / student_homes.FEEDBACK / "feedback.html"
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0


def test_a_page_that_is_there_is_never_overwritten(place):
    home(place, "ada")
    for page in ("one", "one", "two"):
        assert student_homes.hand_back({"ada": page}, place) == (1, [])
    assert feedback(place, "ada") == {"feedback.html": "one", "feedback-2.html": "two"}


def test_the_class_list_says_whose_home_it_is(place):
    home(place, "al123")
    roster = [{"student": "Ada Lovelace", "user": "al123"}, {"student": "Bob", "user": "bb1"}]
    assert student_homes.hand_back({"Ada Lovelace": "for ada", "Bob": "for bob"}, place, roster) == (
        1,
        ["Bob: no home is called so"],
    )
    assert feedback(place, "al123") == {"feedback.html": "for ada"}
    # A name that is one student's and another's home is neither's.
    home(place, "bob")
    assert student_homes.hand_back({"bob": "for bob"}, place, [{"student": "bob", "user": "al123"}]) == (
        0,
        ["bob: several homes are called so"],
    )
    assert feedback(place, "bob") == {}


def test_a_home_that_two_lines_name_gets_nobodys_page(place):
    """A column may hold a tutor or a group whose name is another student's: no page goes to a home that is not surely its own."""
    home(place, "bob")
    home(place, "ada")
    roster = [
        {"student": "Ann", "tutor": "bob"},
        {"student": "bob", "tutor": "smith"},
        {"student": "ada", "tutor": "smith"},
    ]
    said = student_homes.hand_back({"Ann": "for ann", "bob": "for bob", "ada": "for ada"}, place, roster)
    assert said == (1, [f"{name}: another student's line names the same home" for name in ("Ann", "bob")])
    assert feedback(place, "bob") == {} and feedback(place, "ada") == {"feedback.html": "for ada"}


@pytest.mark.parametrize("where", ["copy", "feedback", "page"])
def test_feedback_is_not_led_elsewhere(place, where):
    other, number = home(place, "ada"), count()
    exercises = home(place, "mallory")
    ada = place / "ada" / student_homes.COPY
    if where == "copy":
        _copy_link(exercises, other)
    elif where == "feedback":
        (exercises.parent / student_homes.FEEDBACK).symlink_to(ada)
    else:
        (exercises.parent / student_homes.FEEDBACK).mkdir()
        (exercises.parent / student_homes.FEEDBACK / "feedback.html").symlink_to(ada / f"planted-{next(number)}.html")
    handed, said = student_homes.hand_back({"mallory": "for mallory"}, place)
    assert not list(ada.glob("*.html")) and not (ada / student_homes.FEEDBACK).exists()
    if where == "page":
        assert (
            handed == 1 and (exercises.parent / student_homes.FEEDBACK / "feedback-2.html").read_text() == "for mallory"
        )
    else:
        assert handed == 0 and "not followed" in said[0]


@as_root
def test_a_page_belongs_to_its_student(place):
    home(place, "ada", owner=61001)
    student_homes.hand_back({"ada": "for ada"}, place)
    folder = place / "ada" / student_homes.COPY / student_homes.FEEDBACK
    for path in (folder, folder / "feedback.html"):
        assert (path.stat().st_uid, path.stat().st_gid) == (61001, 61001)


def test_from_the_homes_through_mark_and_back(place, tmp_path, mark):
    home(place, "ada", {NAME: as_bytes(worked(EXERCISES[0]))})
    home(place, "bob", {NAME: as_bytes(untouched(EXERCISES[0]))})
    assert main(["collect", str(place), str(tmp_path / "collected")]) == OK
    _, _, rows = mark(tmp_path / "collected")
    assert {row["state"] for row in rows if row["student"] == "ada"} == {"right"}
    assert main(["feedback", str(tmp_path / "out"), "--homes", str(place)]) == OK
    assert "Feedback for ada" in feedback(place, "ada")["feedback.html"]
    assert "Feedback for bob" in feedback(place, "bob")["feedback.html"]
