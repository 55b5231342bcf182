"""Files written whole or not at all, and CSV files as spreadsheets save them."""

import os
import stat

import pytest

from nhsreform.text import atomic
from nhsreform.text.atomic import write_whole
from nhsreform.text.csv_files import CsvError, csv_text, numbered_rows, rows_of
from nhsreform.text.files import read_text

NAMES = ["student", "note"]


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    write_whole(tmp_path / "deep" / "a.txt", "é\r\n\ud83d")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == "é\r\n?".encode()
    write_whole(tmp_path / "a.bin", b"\x00")
    assert (tmp_path / "a.bin").read_bytes() == b"\x00"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_the_old_file_stays_whole_when_the_new_one_cannot_be_written(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_the_new_file_is_on_the_disk_before_it_takes_the_place(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("fsync"), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda old, new: (steps.append("replace"), replace(old, new)))
    write_whole(tmp_path / "a.txt", "new")
    assert steps == ["fsync", "replace"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_who_may_read_the_old_file_may_read_the_new_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o600)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_is_there_is_left_alone_where_asked(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(atomic.os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no links")))
    path = tmp_path / "a.txt"
    write_whole(path, "first", replace=False)
    with pytest.raises(FileExistsError):
        write_whole(path, "second", replace=False)
    assert path.read_text() == "first" and os.listdir(tmp_path) == ["a.txt"]


# --- CSV ---------------------------------------------------------------------------------------------------------------

READ = [(2, {"student": "Zoë", "note": "a, b"}), (4, {"student": "Ann", "note": ""})]


@pytest.mark.parametrize(
    "text",
    [
        'Student,Note\nZoë,"a, b"\n\nAnn,\n',
        'Student,Note\rZoë,"a, b"\r\rAnn,\r',
        'Student;Note\nZoë;"a, b"\n;\nAnn;',
        'Student\tNote\nZoë\ta, b\n\t\n"Ann"\t',
    ],
)
def test_a_cell_may_be_quoted_and_a_row_end_early(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    assert numbered_rows(path, NAMES) == READ
    assert rows_of(path, NAMES) == [row for _, row in READ]


def test_the_columns_asked_for_say_which_sign_stands_between_cells(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('Student;Note;"one, two, three"\nAnn;b;c\n')
    assert rows_of(path, NAMES)[0]["note"] == "b"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Student,Note\nAn\xe9,b\n".encode("latin-1"), "save it as CSV in UTF-8"),
        (b"student,remark\nAnn,b\n", "no column note. Its columns are: student, remark"),
        (b"", "no column student or note. Its columns are: none"),
        (b"student,note,note\nAnn,b,c\n", "the column note more than once"),
        (b"student,note\nAnn\n", "row 2, has 1 cells; expected 2"),
        (b"student,note\nAnn,b,c\n", "row 2, has 3 cells; expected 2"),
        (b'student,note\nAnn,"b\n', "not a whole CSV file"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, data, said):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(CsvError, match=said):
        rows_of(path, NAMES)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CsvError, match="cannot be read: No such file"):
        rows_of(tmp_path / "a.csv", NAMES)


def test_a_row_may_end_where_it_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("student,note,more\nAnn\n")
    assert rows_of(path, NAMES, may_end_after="student") == [{"student": "Ann", "note": "", "more": ""}]


def test_what_is_written_is_no_formula_unless_it_was_guarded_before():
    assert csv_text(NAMES, [["=1", "a\nb"]]) == 'student,note\n\'=1,"a\nb"\n'
    assert csv_text(NAMES, [["=1", "b"]], guard=False, line_end="\r\n") == "student,note\r\n=1,b\r\n"


WAYS_TO_SAVE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b""])
def test_an_empty_file_is_empty(tmp_path, mark):
    (tmp_path / "empty").write_bytes(mark)
    assert read_text(tmp_path / "empty") == ""


@pytest.mark.parametrize("way", WAYS_TO_SAVE)
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("first", ["", "sep={}\n", '"sep={}"\n', "SEP={}{}{}\n", "\n\n", "sep={}\n\n"])
def test_a_table_is_read_whatever_spreadsheet_saved_it(tmp_path, way, sign, first):
    path = tmp_path / "class.csv"
    lines = [sign.join(cells) for cells in ([" Student", "Note"], ["Ada", "x"], ["", ""], ["Zo\u00eb", "y"])]
    text = first.replace("{}", sign) + "\r\n".join(lines)
    path.write_bytes(text.encode(way))
    assert read_text(path) == text.replace("\r\n", "\n")
    start = first.count("\n") + 1
    assert numbered_rows(path, NAMES) == [
        (start + 1, {"student": "Ada", "note": "x"}),
        (start + 3, {"student": "Zo\u00eb", "note": "y"}),
    ]


def test_what_windows_wrote_is_guessed_only_where_that_does_no_harm(tmp_path):
    path = tmp_path / "any.txt"
    path.write_bytes("Zo\u00eb \u2019s\r\n".encode("cp1252"))
    assert read_text(path, guess=True) == "Zo\u00eb \u2019s\n"
    with pytest.raises(UnicodeDecodeError):
        read_text(path)
    damaged = "Zo\u00eb, M\u00fcller, \u017bak".encode() + b"\xff"
    path.write_bytes(damaged)
    assert read_text(path, guess=True) == "Zo\u00eb, M\u00fcller, \u017bak\ufffd", "one damaged sign costs no other"
