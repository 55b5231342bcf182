"""Who handed in what: folders, flat files, three platforms' zips, and all that can be wrong with them."""

import io
import os
import stat
import zipfile
from datetime import datetime

import pytest

from nhsreform.errors import PackError
from nhsreform.marking.hand_ins import archives, class_list, collect, handin
from nhsreform.marking.hand_ins.class_list import read_roster
from nhsreform.marking.hand_ins.handin import CollectError
from nhsreform.marking.hand_ins.late_work import LateRule, read_late_rule
from tests.marking.made_up_notebooks import as_bytes, code, hand_in, zipped

NOTEBOOK = as_bytes(code("q1_1 = 'x'"))
EXERCISES = ["01-joint-report", "02-pct-managers"]


def found(root, roster=()):
    handins = collect.collect(root, EXERCISES, roster).handins
    return [(h.student, h.name, h.platform) for h in handins if not h.problem]


def test_a_folder_for_each_student(tmp_path):
    hand_in(tmp_path, "smith", "01-joint-report.ipynb", NOTEBOOK)
    hand_in(tmp_path, "jones", "work/02-pct-managers.ipynb", NOTEBOOK)
    hand_in(tmp_path, "jones", ".ipynb_checkpoints/02-pct-managers-checkpoint.ipynb", NOTEBOOK)
    assert found(tmp_path) == [
        ("jones", "02-pct-managers.ipynb", "folder"),
        ("smith", "01-joint-report.ipynb", "folder"),
    ]


@pytest.mark.parametrize(
    "name, student",
    [
        ("smith_01-joint-report.ipynb", "smith"),
        ("01-joint-report - Ann Lee.ipynb", "Ann Lee"),
        ("u1234.ipynb", "u1234"),
        ("Smith-01-Joint-Report.ipynb.txt", "Smith"),
    ],
)
def test_flat_files(tmp_path, name, student):
    (tmp_path / name).write_bytes(NOTEBOOK)
    assert found(tmp_path) == [(student, name, "flat")]


def test_moodle_namesakes_and_anonymous_participants_stay_apart(tmp_path):
    files = {f"Participant_{n}_assignsubmission_file_/x.ipynb": NOTEBOOK for n in (1, 2)}
    files |= {f"Ann Lee_{n}_assignsubmission_file_/x.ipynb": NOTEBOOK for n in (3, 4)}
    zipped(files | {"Bo Xu_5_assignsubmission_file_/x.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    assert [row[0] for row in found(tmp_path)] == ["Ann Lee 3", "Ann Lee 4", "Bo Xu", "Participant 1", "Participant 2"]


def test_moodle_text_instead_of_a_file_is_said(tmp_path):
    zipped({"Ann Lee_3_assignsubmission_onlinetext_/onlinetext.html": "<p>sorry</p>"}, tmp_path / "a.zip")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert handin.student == "Ann Lee" and "typed into Moodle" in handin.problem


@pytest.mark.parametrize(
    "path, platform, student, number, late, name",
    [
        ("Ann Lee_4711_assignsubmission_file_/01.ipynb", "moodle", "Ann Lee", "4711", None, "01.ipynb"),
        ("Ann Lee_4711_assignsubmission_file/sub/mine.ipynb", "moodle", "Ann Lee", "4711", None, "mine.ipynb"),
        ("Ann Lee_4711_assignsubmission_file_mine.ipynb", "moodle", "Ann Lee", "4711", None, "mine.ipynb"),
        ("leeann_123_456_01-joint-report.ipynb", "canvas", "leeann", "123", False, "01-joint-report.ipynb"),
        ("leeann_LATE_123_456_01-joint-report-1.ipynb", "canvas", "leeann", "123", True, "01-joint-report-1.ipynb"),
        ("leeann_late_123_456_my_2_3_work.ipynb", "canvas", "leeann", "123", True, "my_2_3_work.ipynb"),
        ("anon_Ab3De_456_x.ipynb", "canvas", "anon_Ab3De", "anon_Ab3De", False, "x.ipynb"),
        ("LATE_anon_Ab3De_456_x.ipynb", "canvas", "anon_Ab3De", "anon_Ab3De", True, "x.ipynb"),
        ("d\u00fcrer_7_8_x.ipynb", "canvas", "d\u00fcrer", "7", False, "x.ipynb"),
    ],
)
def test_what_a_platform_s_name_says(tmp_path, path, platform, student, number, late, name):
    archive = zipped({path: NOTEBOOK}, tmp_path / "HIST-Exercise 1-88.zip")
    for root in (archive, tmp_path):
        (handin,) = collect.collect(root, EXERCISES).handins
        assert (handin.platform, handin.student, handin.number) == (platform, student, number)
        assert (handin.late, handin.name, handin.read()) == (late, name, NOTEBOOK)
        assert platform != "moodle" or handin.handed_in is None


def test_blackboard_with_its_text(tmp_path):
    base = "Exercise 1_a_lee_attempt_2010-11-04-10-20-30"
    text = "Name: Ann Lee (a_lee)\nAssignment: Exercise 1\n"
    zipped({f"{base}_01-joint-report.ipynb": NOTEBOOK, f"{base}.txt": text}, tmp_path / "gradebook.zip")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert (handin.student, handin.full_name, handin.platform) == ("a_lee", "Ann Lee", "blackboard")
    assert handin.handed_in == datetime(2010, 11, 4, 10, 20, 30) and handin.name == "01-joint-report.ipynb"


def test_blackboard_without_its_text_and_two_attempts(tmp_path):
    names = [f"Ex_lee_attempt_2010-11-0{day}-10-20-30_x.ipynb" for day in (5, 4)]
    for name in names:
        (tmp_path / name).write_bytes(NOTEBOOK)
    handins = collect.collect(tmp_path, EXERCISES).handins
    assert [h.handed_in.day for h in handins] == [4, 5] and {h.student for h in handins} == {"lee"}


def test_blackboard_attempt_without_a_file_is_not_lost(tmp_path):
    (tmp_path / "Ex_lee_attempt_2010-11-04-10-20-30.txt").write_text("Name: Ann Lee (lee)\n")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert handin.student == "lee" and "no notebook" in handin.problem


def test_a_zip_of_folders_with_one_around_all(tmp_path):
    zipped({f"class/{s}/01-joint-report.ipynb": NOTEBOOK for s in ("lee", "xu")}, tmp_path / "class.zip")
    assert [row[0] for row in found(tmp_path)] == ["lee", "xu"]


def test_a_student_s_own_zip_is_looked_into(tmp_path):
    inner = zipped({"mine/01-joint-report.ipynb": NOTEBOOK, "__MACOSX/._x.ipynb": b"x"})
    zipped({"leeann_1_2_work.zip": inner}, tmp_path / "submissions.zip")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert handin.student == "leeann" and handin.read() == NOTEBOOK


def test_a_file_of_another_kind_is_not_lost_alone_or_beside_a_notebook(tmp_path):
    hand_in(tmp_path, "lee", "essay.docx", b"x")
    hand_in(tmp_path, "lee", "essay.pdf", b"x")
    hand_in(tmp_path, "xu", "readme.txt", b"x")
    hand_in(tmp_path, "xu", "01-joint-report.ipynb", NOTEBOOK)
    handins = collect.collect(tmp_path, EXERCISES).handins
    assert [(h.student, h.problem) for h in handins] == [
        ("lee", "no notebook: essay.docx"),
        ("lee", "no notebook: essay.pdf"),
        ("xu", ""),
        ("xu", "no notebook: readme.txt"),
    ]


# --- what may be wrong with a zip -----------------------------------------------------------------------------------


def test_zip_slip_writes_nothing_anywhere(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = ["../../evil.ipynb", "/evil/evil.ipynb", "..\\..\\evil.ipynb", "C:\\evil\\x.ipynb"]
    zipped(dict.fromkeys(names, NOTEBOOK), folder / "a.zip")
    before = sorted(tmp_path.rglob("*"))
    for one in collect.collect(folder, EXERCISES).handins:
        assert one.read() == NOTEBOOK and ".." not in one.student
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_bomb_is_read_up_to_the_limit_only(tmp_path, monkeypatch):
    for module in (archives, handin):
        monkeypatch.setattr(module, "MAX_FILE", 1 << 20)
    zipped({"lee/x.ipynb": b"\x00" * (60 << 20), "xu/x.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    lee, xu = collect.collect(tmp_path, EXERCISES).handins
    with pytest.raises(CollectError, match="larger than 1 MB"):
        lee.read()
    assert xu.read() == NOTEBOOK


def test_a_zip_of_far_too_many_files_is_refused_unread(tmp_path):
    inner = zipped({f"{n}.ipynb": b"" for n in range(5000)})
    zipped({"lee/x.zip": inner, "xu/x.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    got = collect.collect(tmp_path, EXERCISES)
    assert [h.student for h in got.handins] == ["lee", "xu"] and got.handins[0].problem
    assert "far too many files" in got.notes[0]


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18, b"not a zip"])
def test_a_broken_zip_of_a_student_stops_nobody(tmp_path, data):
    hand_in(tmp_path, "lee", "x.zip", data)
    hand_in(tmp_path, "xu", "x.ipynb", NOTEBOOK)
    got = collect.collect(tmp_path, EXERCISES)
    assert [h.student for h in got.handins] == ["lee", "xu"] and got.notes


def test_a_broken_zip_of_the_platform_is_said(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"nothing")
    assert "cannot be read as a zip" in collect.collect(tmp_path, EXERCISES).notes[0]
    with pytest.raises(CollectError, match="cannot be read as a zip"):
        collect.collect(tmp_path / "a.zip", EXERCISES)


def test_an_encrypted_or_damaged_entry_costs_only_itself(tmp_path):
    path = zipped({"lee/x.ipynb": NOTEBOOK, "xu/x.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    lee, xu = collect.collect(tmp_path, EXERCISES).handins
    with pytest.raises(CollectError, match="cannot be read"):
        lee.read()
    assert xu.read() == NOTEBOOK


# --- links and other things that are no files -----------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")
def test_links_and_pipes_are_not_followed(tmp_path):
    root, secret = tmp_path / "in", tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    hand_in(root, "xu", "x.ipynb", NOTEBOOK)
    (root / "lee").mkdir()
    (root / "lee" / "x.ipynb").symlink_to(secret)
    (root / "mo").symlink_to(root / "xu")
    os.mkfifo(root / "xu" / "pipe.ipynb")
    got = collect.collect(root, EXERCISES)
    read = {h.student: h.read() for h in got.handins if not h.problem}
    assert read == {"xu": NOTEBOOK}
    assert {h.student for h in got.handins if h.problem.startswith("a link")} >= {"lee"}
    assert any("neither a file nor a folder" in note for note in got.notes)


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_link_put_there_after_listing_is_not_followed(tmp_path):
    path = hand_in(tmp_path / "in", "lee", "x.ipynb", NOTEBOOK)
    (handin,) = collect.collect(tmp_path / "in", EXERCISES).handins
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(CollectError):
        handin.read()


def test_a_link_inside_a_zip_is_not_followed(tmp_path):
    info = zipfile.ZipInfo("lee/x.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert handin.problem.startswith("a link") and handin.read() == b""


def test_a_text_that_a_student_hands_in_gives_no_name_in_blackboard(tmp_path):
    own = "Ex_eve_attempt_2010-11-04-10-20-30"
    files = {f"{own}_x.ipynb": NOTEBOOK, f"{own}_y_attempt_2010-11-05-10-20-30.txt": "Name: Ann Lee (lee)\n"}
    zipped(files, tmp_path / "a.zip")
    handins = collect.collect(tmp_path, EXERCISES).handins
    assert [(h.student, h.full_name, h.handed_in.day) for h in handins] == [("eve", "", 4)] * 2


def test_downloads_unzipped_into_folders_are_known(tmp_path):
    for exercise in ("Exercise 1", "Exercise 2"):
        hand_in(tmp_path, exercise, "Ann Lee_4711_assignsubmission_file_/x.ipynb", NOTEBOOK)
        hand_in(tmp_path, exercise, "Bo Xu_4712_assignsubmission_file_x.ipynb", NOTEBOOK)
    assert found(tmp_path) == [(name, "x.ipynb", "moodle") for name in ("Ann Lee", "Ann Lee", "Bo Xu", "Bo Xu")]


def test_the_clock_in_a_student_s_own_zip_is_not_believed(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("x.ipynb", (1999, 1, 1, 0, 0, 0)), NOTEBOOK)
    path = hand_in(tmp_path, "lee", "work.zip", data.getvalue())
    os.utime(path, (1_290_000_000, 1_290_000_000))
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    assert handin.handed_in == datetime.fromtimestamp(1_290_000_000)


def test_two_files_of_one_name_in_a_zip_are_both_read(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("x.ipynb", NOTEBOOK)
        archive.writestr("x.ipynb", NOTEBOOK + b" ")
    hand_in(tmp_path, "lee", "work.zip", data.getvalue())
    assert [h.read() for h in collect.collect(tmp_path, EXERCISES).handins] == [NOTEBOOK, NOTEBOOK + b" "]


def test_canvas_text_or_link_instead_of_a_file_is_said(tmp_path):
    zipped({"leeann_LATE_123_text.html": "<p>sorry</p>", "xubo_7_link.html": "<p>my site</p>"}, tmp_path / "a.zip")
    got = collect.collect(tmp_path, EXERCISES).handins
    assert [(h.student, h.number, h.late, h.platform) for h in got] == [
        ("leeann", "123", True, "canvas"),
        ("xubo", "7", False, "canvas"),
    ]
    assert all("typed into Canvas" in h.problem for h in got)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions as in POSIX")
def test_a_folder_that_cannot_be_opened_stops_nobody(tmp_path, monkeypatch):
    for student in ("lee", "xu"):
        hand_in(tmp_path, student, "x.ipynb", NOTEBOOK)
    real = os.scandir

    def refused(path):
        if os.fspath(path).endswith("lee"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(archives.os, "scandir", refused)
    got = collect.collect(tmp_path, EXERCISES)
    assert [h.student for h in got.handins if not h.problem] == ["xu"]
    assert [(h.student, h.problem) for h in got.handins if h.problem] == [("lee", "the folder cannot be opened")]


# --- names and the class list ---------------------------------------------------------------------------------------


def test_names_cannot_steer_anything(tmp_path):
    zipped({"Ann\x1b[31m\u202e Lee\n_7_assignsubmission_file_/\x1b]0;x\x07.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    (handin,) = collect.collect(tmp_path, EXERCISES).handins
    for text in (handin.student, handin.name, handin.where):
        assert text.isprintable()


def test_a_name_that_only_looks_like_another_s_takes_nothing(tmp_path):
    names = ["Ann Lee", "Ann Lee\u200b", "Ann  Lee"]
    zipped({f"{n}_{i}_assignsubmission_file_/x.ipynb": NOTEBOOK for i, n in enumerate(names)}, tmp_path / "a.zip")
    for roster in ([], [{"student": "s1", "name": "Ann Lee"}]):
        got = collect.collect(tmp_path, EXERCISES, roster)
        label = "s1" if roster else "Ann Lee"
        assert [h.where for h in got.handins if h.student == label] == [
            "a.zip: Ann Lee_0_assignsubmission_file_/x.ipynb"
        ]
        assert len({h.student for h in got.handins}) == 3 and got.notes


def test_the_class_list_gives_the_labels(tmp_path):
    (tmp_path / "list.csv").write_text('Student,Name,SIS\ns1,"O\'Neil, Ann",77\ns2,Bo Xu,78\n', encoding="utf-8-sig")
    roster = read_roster(tmp_path / "list.csv")
    zipped({"oneilann_1_2_x.ipynb": NOTEBOOK, "someone_78_2_x.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    assert [row[0] for row in found(tmp_path, roster)] == ["s1", "s2"]
    assert "list.csv: left aside" in collect.collect(tmp_path, EXERCISES, roster).notes[0]


def test_a_line_that_two_could_claim_is_given_to_neither(tmp_path):
    roster = [{"student": "s1", "name": "ann lee"}]
    zipped({f"{n}/x.ipynb": NOTEBOOK for n in ("Ann Lee", "ANN LEE")}, tmp_path / "a.zip")
    got = collect.collect(tmp_path, EXERCISES, roster)
    assert [h.student for h in got.handins] == ["ANN LEE", "Ann Lee"] and "any of 2" in got.notes[0]


def test_empty_lines_and_cells_left_out_in_a_class_list_are_no_mistake(tmp_path):
    (tmp_path / "list.csv").write_text("student,name\ns1,Ann\n\ns2\n, \n,\n", encoding="utf-8")
    assert read_roster(tmp_path / "list.csv") == [{"student": "s1", "name": "Ann"}, {"student": "s2", "name": ""}]


@pytest.mark.parametrize(
    "text, told",
    [
        ("name\nx\n", "no column student. Its columns are: name"),
        ("student\na\na\n", "row 3: the student 'a' is there twice"),
        ("student,name\na,Ann\n,Bob\n", "row 3: the student is empty"),
        ("student\n\n,\n", "names no student"),
    ],
)
def test_a_class_list_that_cannot_be_used_is_refused_and_says_why(tmp_path, text, told):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(PackError, match=told):
        read_roster(tmp_path / "list.csv")


def test_nobody_can_bury_the_marker_in_files(tmp_path):
    for number in range(60):
        hand_in(tmp_path, "lee", f"x-{number}.ipynb", NOTEBOOK)
    got = collect.collect(tmp_path, EXERCISES)
    assert len(got.handins) == 60 and "only 40 of 60" in got.notes[0]
    assert sum(not h.problem for h in got.handins) == class_list.MAX_PER_STUDENT


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(CollectError, match="There is no folder or zip"):
        collect.collect(tmp_path / "none", EXERCISES)


# --- late work ------------------------------------------------------------------------------------------------------

RULE = """
deadline = 2010-11-04T12:00:00
grace_minutes = 5
rule = "cap"
cap = 0.5
[deadlines]
"02-pct-managers" = 2010-12-01T12:00:00
[extensions]
lee = 2010-11-10T12:00:00
[extensions.xu]
"01-joint-report" = 2010-11-05T12:00:00
"""


def handed(student, when, late=None):
    return collect.Handin(student, "x", "x.ipynb", "folder", handed_in=when and datetime.fromisoformat(when), late=late)


@pytest.mark.parametrize(
    "student, exercise, when, late",
    [
        ("mo", "01-joint-report", "2010-11-04T12:05:00", False),
        ("mo", "01-joint-report", "2010-11-04T12:05:01", True),
        ("mo", "02-pct-managers", "2010-11-20T12:05:01", False),
        ("lee", "01-joint-report", "2010-11-09T12:00:00", False),
        ("lee", "01-joint-report", "2010-11-11T12:00:00", True),
        ("xu", "01-joint-report", "2010-11-05T11:00:00", False),
        ("xu", "02-pct-managers", "2010-12-02T11:00:00", True),
    ],
)
def test_late_is_what_the_rule_says(tmp_path, student, exercise, when, late):
    (tmp_path / "late.toml").write_text(RULE)
    rule = read_late_rule(tmp_path / "late.toml")
    assert rule.late(handed(student, when), exercise)[0] is late


def test_where_the_time_is_not_known_the_platform_s_word_counts_or_it_is_said(tmp_path):
    (tmp_path / "late.toml").write_text(RULE)
    rule = read_late_rule(tmp_path / "late.toml")
    assert rule.late(handed("mo", None, late=True), "01-joint-report") == (True, "late, says the platform")
    assert rule.late(handed("lee", None, late=True), "01-joint-report")[0] is False
    assert "does not say when" in rule.late(handed("mo", None), "01-joint-report")[1]
    assert rule.late(handed("mo", None, late=False), "01-joint-report") == (False, "")
    assert LateRule().late(handed("mo", "2010-01-01"), "x") == (False, "")
    assert LateRule().late(handed("mo", "2010-01-01", late=True), "x") == (False, "the platform calls it late")


def test_a_rule_that_an_editor_of_windows_saved_is_read_or_it_says_what_to_do(tmp_path):
    path = tmp_path / "late.toml"
    path.write_text("deadline = 2010-11-04T12:00:00\r\n", encoding="utf-8-sig")
    assert read_late_rule(path).deadline == datetime(2010, 11, 4, 12)
    path.write_text('[extensions]\n"Zo\u00eb" = 2010-11-04T12:00:00\n', encoding="cp1252")
    with pytest.raises(CollectError, match="late.toml cannot be read: save it in UTF-8"):
        read_late_rule(path)


DUE = "deadline = 2010-11-04T12:00:00\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("deadline = 3", "must be a date and a time"),
        ("deadline = 2010-11-04", "must be a date and a time"),
        (f'{DUE}rule = "harsh"', 'expected "note" or "cap"'),
        (f'{DUE}rule = "cap"\ncap = 2', "a share of the points"),
        (f'{DUE}rule = "cap"', "a share of the points"),
        (f"{DUE}cap = 0.4", "a cap and no rule"),
        ("", "names no deadline"),
        ('rule = "cap"\ncap = 0.4', "names no deadline"),
        ("dead = 3", "unknown dead"),
        ("x", "cannot be read as TOML"),
        (f"{DUE}grace_minutes = -1", "a number of minutes"),
        (f"{DUE}grace_minutes = inf", "a number of minutes"),
        ("deadlines = 2010-11-04T12:00:00", "must be a table"),
        ("extensions = 2010-11-04T12:00:00", "must be a table"),
        ("[deadlines.lee]\n1 = 2010-11-04T12:00:00", "must be a date and a time"),
        (f"{DUE}[extensions.lee.1]\nx = 2010-11-04T12:00:00", "must be a date and a time"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path, text, told):
    (tmp_path / "late.toml").write_text(text)
    with pytest.raises(CollectError, match=f"late.toml.*{told}"):
        read_late_rule(tmp_path / "late.toml")
