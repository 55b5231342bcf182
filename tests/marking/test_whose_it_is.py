"""Whose a hand-in is, when it came, and what one student's files may cost: nothing that a student names changes another's."""

import io
import threading
import time
import zipfile
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nhsreform.marking.errors import MarkError
from nhsreform.marking.hand_ins import archives
from nhsreform.marking.hand_ins.collect import Collection, collect
from nhsreform.marking.hand_ins.handed_in_times import moment, with_times
from nhsreform.marking.hand_ins.handin import CollectError, Handin
from nhsreform.marking.hand_ins.late_work import CAP, LateRule
from nhsreform.marking.hand_ins.platform_names import PLATFORMS, platform_of, read_name
from nhsreform.marking.log import Log
from nhsreform.marking.record import UNPROTECTED, read_record
from nhsreform.marking.run_class import CHANGED, OUT_OF_TIME, Progress, Runner, is_shipped
from nhsreform.marking.sandbox import workers
from nhsreform.questions.value import plain
from tests.marking.made_up_notebooks import EXERCISES, ROOT, as_bytes, code, hand_in, worked, zipped

FIRST = EXERCISES[0]
NOTEBOOK = as_bytes(code("q1_1 = 'x'"))
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def named(platform, student, number, file="01-joint-report.ipynb"):
    """A name as a platform writes it."""
    return {
        "moodle": f"{student}_{number}_assignsubmission_file_/{file}",
        "canvas": f"{student}_{number}_9{number}_{file}",
        "blackboard": f"Essay 1_{student}{number}_attempt_2026-11-02-10-00-00_{file}",
    }[platform]


def students(got: Collection):
    return sorted({(handin.student, handin.number) for handin in got.handins})


HOSTILE = [
    "ashann_55_9999_x.ipynb",
    "ashann_late_55_9999_x.ipynb",
    "x_ashann_attempt_2026-11-02-10-00-00_x.ipynb",
    "x_ashann_attempt_2026-99-99-99-99-99_x.ipynb",
    "Ash Ann_55_assignsubmission_file_x.ipynb",
    "LATE_anon_55_66_x.ipynb",
    "ashann_55_text.html",
    "=ashann.ipynb",
    "mu\u0308ller_55_66_x.ipynb",
    "-" * 200 + ".ipynb",
]


@QUIET
@given(
    platform=st.sampled_from(PLATFORMS),
    hostile=st.sampled_from(HOSTILE),
    inside=st.sampled_from(["", "work/", "Ash Ann_55_assignsubmission_file_/", "ashann/"]),
    how=st.sampled_from(["file", "archive"]),
    unpacked=st.booleans(),
    wrapped=st.booleans(),
)
def test_nothing_that_a_student_names_makes_it_another_s(
    tmp_path_factory, platform, hostile, inside, how, unpacked, wrapped
):
    path = tmp_path_factory.mktemp("in")
    own = hostile if how == "file" else "work.zip"
    content = NOTEBOOK if how == "file" else zipped({inside + hostile: NOTEBOOK, f"{inside}two.ipynb": NOTEBOOK})
    files = {named(platform, "ashann", 55): NOTEBOOK, named(platform, "colecy", 66): NOTEBOOK}
    files[named(platform, "birchbob", 77, own)] = content
    if wrapped:
        files = {f"submissions/{name}": data for name, data in files.items()}
    if unpacked:
        for name, data in files.items():
            (path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
            (path / "class" / name).write_bytes(data)
        root = path / "class"
    else:
        root = zipped(files, path / "class.zip")
    got = collect(root, EXERCISES)
    owners = {
        (f"{n}{i}" if platform == "blackboard" else n, i) for n, i in (("ashann", 55), ("birchbob", 77), ("colecy", 66))
    }
    number = (lambda n, i: n) if platform == "blackboard" else (lambda n, i: str(i))
    assert students(got) == sorted((n, number(n, i)) for n, i in owners)
    assert sum(handin.student.startswith("ashann") for handin in got.handins) == 1


@pytest.mark.parametrize("hostile", HOSTILE[:7])
@pytest.mark.parametrize("alone", [True, False])
def test_a_student_s_own_folder_names_nobody(tmp_path, hostile, alone):
    hand_in(tmp_path, "birchbob", hostile, NOTEBOOK)
    for other in () if alone else ("ashann", "colecy"):
        hand_in(tmp_path, other, "01.ipynb", NOTEBOOK)
    got = collect(tmp_path, EXERCISES)
    assert [h.student for h in got.handins if h.path == hostile or hostile in h.where] == ["birchbob"]


@pytest.mark.parametrize(
    "name", ["x_ashann_attempt_2026-11-02-10-00-00_x.ipynb", "Ash Ann_55_assignsubmission_file_x.ipynb"]
)
def test_another_platform_s_pattern_in_a_download_is_listed(tmp_path, name):
    files = {named("canvas", "ashann", 55): NOTEBOOK, named("canvas", "birchbob", 77, name): NOTEBOOK}
    got = collect(zipped(files, tmp_path / "a.zip"), EXERCISES)
    assert any(name in note and "read as Canvas's" in note for note in got.notes)
    files[name] = NOTEBOOK
    got = collect(zipped(files, tmp_path / "b.zip"), EXERCISES)
    odd = [handin for handin in got.handins if handin.platform == "odd"]
    assert [handin.number for handin in odd] == [""] and odd[0].student not in ("ashann", "birchbob")
    assert any("not named as Canvas names files" in note for note in got.notes)


def test_a_file_of_no_platform_in_a_download_hands_in_for_nobody(tmp_path):
    roster = [{"student": "Ann Ash", "name": "ashann"}]
    files = {named("canvas", "colecy", 66): NOTEBOOK, "ashann.ipynb": NOTEBOOK}
    got = collect(zipped(files, tmp_path / "a.zip"), EXERCISES, roster)
    assert "Ann Ash" not in {handin.student for handin in got.handins}


def test_a_number_that_comes_with_two_names_is_listed(tmp_path):
    """Somebody may have named a file by hand, with the number of another."""
    files = {named("canvas", name, 55, f"{name}.ipynb"): NOTEBOOK for name in ("ashann", "birchbob")}
    files[named("canvas", "colecy", 66)] = NOTEBOOK
    got = collect(zipped(files, tmp_path / "a.zip"), EXERCISES)
    (note,) = [note for note in got.notes if "names" in note]
    assert "55" in note and "ashann and birchbob" in note and "colecy" not in note


def test_an_impossible_date_is_listed_and_stops_nobody(tmp_path):
    names = ["Ex_lee_attempt_2026-99-99-99-99-99_x.ipynb", "Ex_xu_attempt_2026-11-02-10-00-00_x.ipynb"]
    got = collect(zipped(dict.fromkeys(names, NOTEBOOK), tmp_path / "a.zip"), EXERCISES)
    assert [(h.student, h.handed_in is None) for h in got.handins] == [("lee", True), ("xu", False)]
    assert "2026-99-99" in got.notes[0]


def test_numbers_tell_people_apart_before_anybody_has_a_label(tmp_path):
    (tmp_path / "in").mkdir()
    zipped({named("canvas", "leeann", 55): NOTEBOOK}, tmp_path / "in" / "1.zip")
    zipped({named("canvas", "leeann", 77): NOTEBOOK, named("canvas", "xu", 8): NOTEBOOK}, tmp_path / "in" / "2.zip")
    assert students(collect(tmp_path / "in", EXERCISES)) == [("leeann 55", "55"), ("leeann 77", "77"), ("xu", "8")]


@pytest.mark.parametrize(
    ("handed_in", "listed", "labels"),
    [
        (["Seminar A-Ada Lovelace", "Seminar A-Adam Smith"], ["Ada Lovelace", "Adam Smith"], ["Ada Lovelace", "Adam Smith"]),
        (["Seminar A-Ada Lovelace", "Seminar B-Jo Li"], ["Ada Lovelace", "Jo Li"], ["Ada Lovelace", "Jo Li"]),
        # Nothing is taken off where a name stands on the list as it is, or only one person came.
        (["Anna-Lena Meyer", "Anna-Maria Kurz"], ["Lena Meyer", "Anna-Maria Kurz"], ["Anna-Lena Meyer", "Anna-Maria Kurz"]),
        (["Anna-Lena Meyer"], ["Lena Meyer"], ["Anna-Lena Meyer"]),
    ],
)  # fmt: skip
def test_a_groups_name_in_front_is_taken_off_where_only_so_the_class_list_fits(tmp_path, handed_in, listed, labels):
    path = zipped({named("moodle", name, n): NOTEBOOK for n, name in enumerate(handed_in, 1)}, tmp_path / "1.zip")
    got = collect(path, EXERCISES, [{"student": name} for name in listed])
    assert [label for label, _ in students(got)] == labels


def test_moodle_namesakes_are_not_merged_by_a_third_download(tmp_path):
    (tmp_path / "in").mkdir()
    zipped({named("moodle", "Ann Lee", n): NOTEBOOK for n in (3, 4)}, tmp_path / "in" / "1.zip")
    zipped({named("moodle", "Ann Lee", 9): NOTEBOOK, named("moodle", "Bo", 8): NOTEBOOK}, tmp_path / "in" / "2.zip")
    got = students(collect(tmp_path / "in", EXERCISES))
    assert got == [("Ann Lee 3", "3"), ("Ann Lee 4", "4"), ("Ann Lee 9", "9"), ("Bo", "8")]


@QUIET
@given(
    st.lists(
        st.text(alphabet="=' @a\u0308A1(2)", min_size=1, max_size=6).filter(str.strip),
        unique=True,
        min_size=2,
        max_size=5,
    )
)
@example(["=ada", "'=ada"])
def test_two_names_stay_two(tmp_path_factory, people):
    files = {f"{person.strip()}_{n}_assignsubmission_file_/x.ipynb": NOTEBOOK for n, person in enumerate(people)}
    got = collect(zipped(files, tmp_path_factory.mktemp("in") / "a.zip"), EXERCISES)
    assert len({handin.student for handin in got.handins}) == len(people)


def test_a_folder_that_may_be_a_student_or_a_class_stops_with_a_sentence(tmp_path):
    path = zipped({"one/two/x.ipynb": NOTEBOOK, "one/two/y.ipynb": NOTEBOOK}, tmp_path / "a.zip")
    with pytest.raises(CollectError, match="cannot be told which of them is the student"):
        collect(path, EXERCISES)


def test_names_are_decoded_first(tmp_path):
    name = "mu\u0308llerzoe\u0308_77_9077_x.ipynb"
    mojibake = name.encode("utf-8").decode("cp437")
    for given_name in (name, mojibake):
        got = collect(zipped({given_name: NOTEBOOK, named("canvas", "xu", 8): NOTEBOOK}, tmp_path / "a.zip"), EXERCISES)
        assert students(got) == [("m\u00fcllerzo\u00eb", "77"), ("xu", "8")]
    assert read_name("canvas", "\u0915\u093f\u0930\u0923_77_9077_x.ipynb").number == "77"


@given(st.text(max_size=60))
def test_any_text_at_all_is_a_name_or_none(text):
    assert platform_of([text]) in ("", *PLATFORMS)


# --- when ---------------------------------------------------------------------------------------------------------------


def worksheet(path, rows):
    lines = ["Identifier,Full name,Status,Grade,Last modified (submission),Last modified (grade)"]
    lines += [f'Participant {number},{name},Submitted for grading,,"{when}",-' for number, name, when in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def test_moodle_s_times_come_from_the_worksheet(tmp_path):
    handins = [
        Handin(name, name, "x.ipynb", "moodle", str(n), full_name=name)
        for n, name in enumerate(["Seminar A-Ann", "Bo", "Cy"])
    ]
    rows = [
        (0, "Ann", "Friday, 20 November 2026, 3:05 PM"),
        (1, "Someone Else", "Friday, 20 November 2026, 3:05 PM"),
        (2, "Cy", "soon"),
    ]
    notes = []
    got = with_times(handins, [worksheet(tmp_path / "w.csv", rows)], notes)
    assert [handin.handed_in for handin in got] == [datetime(2026, 11, 20, 15, 5), None, None]
    assert "not believed" in notes[0] and "cannot be read" in notes[1]
    (tmp_path / "bad.csv").write_text("Identifier,Grade\nParticipant 1,\n")
    with pytest.raises(CollectError, match="does not say when"):
        with_times(handins, [tmp_path / "bad.csv"], notes)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda when: when.replace(second=0, microsecond=0)))
def test_a_moment_is_read_as_moodle_writes_it(when):
    assert moment(f"{when:%A}, {when.day} {when:%B %Y}, {when.hour % 12 or 12}:{when:%M %p}") == when
    assert moment(f"{when:%A}, {when.day} {when:%B %Y}, {when:%H:%M}") == when


@pytest.mark.slow
def test_late_work_in_moodle_is_capped_and_the_summary_says_what_it_cost(mark, tmp_path):
    root = zipped(
        {named("moodle", "Ann", 1): as_bytes(worked(FIRST)), named("moodle", "Bo", 2): as_bytes(worked(FIRST))},
        tmp_path / "a.zip",
    )
    (tmp_path / "late.toml").write_text('deadline = 2026-11-20T12:00:00\nrule = "cap"\ncap = 0.5\n')
    times = worksheet(
        tmp_path / "w.csv", [(1, "Ann", "20 November 2026, 11:00 AM"), (2, "Bo", "20 November 2026, 3:00 PM")]
    )
    _, told, rows = mark(root, late=tmp_path / "late.toml", times=(times,))
    assert {row["points"] for row in rows if row["student"] == "Bo"} == {"0.5", "1"}
    assert {row["points"] for row in rows if row["student"] == "Ann"} == {"1", "2"}
    assert "  Bo, 01-joint-report: late by 0 d 3 h 0 min; points held to 50% in each question; it cost 2" in told
    # Where nobody says when it came, the rule does nothing, and that is said where it is looked for.
    nothing = "nothing says when the work of {} came, so the rule for late work does nothing to it"
    assert not any("nothing says when" in line for line in told)
    code, told, _ = mark(root, out=tmp_path / "untimed", late=tmp_path / "late.toml")
    assert code == 1 and f"  {nothing.format('2 students')}" in told


def test_a_flag_without_a_time_says_that_no_grace_could_be_allowed():
    handin = Handin("lee", "x", "x.ipynb", "canvas", late=True)
    rule = LateRule(datetime(2026, 11, 20), grace=timedelta(minutes=10), rule=CAP, cap=0.5)
    assert rule.late(handin, FIRST)[0] and "grace period of 10 min could not be allowed" in rule.not_allowed(handin)
    assert LateRule(datetime(2026, 11, 20)).not_allowed(handin) == ""


@pytest.mark.parametrize("file", HOSTILE)
def test_no_file_name_sheds_a_flag(tmp_path, file):
    files = {f"birchbob_LATE_77_99_{file}": NOTEBOOK, named("canvas", "ashann", 55): NOTEBOOK}
    got = collect(zipped(files, tmp_path / "a.zip"), EXERCISES)
    assert {handin.student: handin.late for handin in got.handins} == {"birchbob": True, "ashann": False}


# --- what one student's files may cost ------------------------------------------------------------------------------------


def test_only_ordinary_members_of_a_zip_are_read(tmp_path):
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        data = zipped({"x.ipynb": b"\0" * (80 << 20)}, method=method)
        hand_in(tmp_path, f"m{method}", "work.zip", data)
    hand_in(tmp_path, "xu", "x.ipynb", NOTEBOOK)
    for handin in collect(tmp_path, EXERCISES).handins[:2]:
        with pytest.raises(CollectError, match="packed in a way that is not read here"):
            handin.read()


def test_a_second_record_does_not_get_round_the_limit_on_names(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_INNER_NAMES", 10)
    data = zipped({f"{n}.ipynb": b"" for n in range(20)})
    hand_in(tmp_path, "lee", "a.zip", data)
    end = data.rfind(b"PK\x05\x06")
    small = data[:end] + b"PK\x06\x07" + b"\0" * 16 + data[end : end + 10] + b"\1\0" + data[end + 12 :]
    hand_in(tmp_path, "mo", "a.zip", small)
    got = collect(tmp_path, EXERCISES)
    assert len(got.handins) == 2 and all("far too many files" in handin.problem for handin in got.handins)


def test_the_pack_s_own_files_are_known_by_what_they_hold():
    claims = (ROOT / "data" / "claims.csv").read_bytes()
    assert is_shipped(claims) and is_shipped(claims.replace(b"\n", b"\r\n")) and not is_shipped(b"mine")


# --- running: one student's time, a worker that cannot start, a file that changes -------------------------------------------


class Slow:
    """A sandbox in which each notebook takes all the time that there is, by a clock that stands still."""

    kind, seconds = workers.NONE, 1.0

    def __init__(self, clock, started=2):
        self.clock, self.left = clock, started

    def worker(self, slot):
        if not self.left:
            raise workers.SandboxError("no more processes")
        self.left -= 1
        return self

    def close(self):
        pass

    @property
    def sandbox(self):
        return self

    def attempt(self, data, skip):
        self.clock[0] += 7
        from nhsreform.marking.sandbox.answers import Outcome
        from nhsreform.marking.sandbox.student_process import ENDED

        return Outcome(ENDED, [{"read": [["1.1"]]}, {"end": True}])


def handed(student, data, number=0):
    return Handin(student, f"{student}/{number}.ipynb", f"{number}.ipynb", "moodle", open=lambda: data)


def run(tmp_path, handins, sandbox, jobs=1):
    with closing(Log(tmp_path, "engine")) as log:
        return Runner(handins, log, sandbox, Progress(len(handins), io.StringIO())).run(jobs), set(log.places)


def test_one_student_s_files_share_one_budget_and_cost_nobody_else(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("nhsreform.marking.run_class.time.monotonic", lambda: clock[0])
    handins = [handed("eve", b"%d" % n, n) for n in range(6)] + [handed("ann", b"5"), handed("bo", b"own")]
    got, done = run(tmp_path, handins, Slow(clock))
    problems = [one.problem for one in got if one.handin.student == "eve"]
    assert problems.count(OUT_OF_TIME) == 4 and [one.problem for one in got[6:]] == ["", ""]
    assert all(one.sha256 in done for one in got if one.sha256), "what Ann copied of Eve's is run for Ann"


@pytest.mark.parametrize("slow", [False, True])
def test_when_a_second_worker_cannot_start_one_goes_on(tmp_path, monkeypatch, slow):
    """Even where the others have taken their files, and come to start only when the first has run all the rest."""
    first, mine = [], Runner._mine

    def late(self, sha256):
        first.append(threading.get_ident())
        if slow and first[0] != threading.get_ident():
            time.sleep(0.3)
        return mine(self, sha256)

    monkeypatch.setattr(Runner, "_mine", late)
    handins = [handed(f"s{n}", b"%d" % n) for n in range(8)]
    got, done = run(tmp_path, handins, Slow([0.0], started=1), jobs=3)
    assert len(got) == len(done) == 8
    (tmp_path / "none").mkdir()
    with pytest.raises(workers.SandboxError):
        run(tmp_path / "none", handins, Slow([0.0], started=0), jobs=3)


@pytest.mark.parametrize("before", [0, 1])
def test_a_file_that_changes_while_the_class_is_marked_does_not_count(tmp_path, before):
    content = [b"first"]
    changing = Handin("ann", "ann/x.ipynb", "x.ipynb", "moodle", open=lambda: content[0])

    class Meddling(Slow):
        def attempt(self, data, skip):
            content[0] = b"second"
            return super().attempt(data, skip)

    got, _ = run(tmp_path, [*[handed("bo", b"bo")] * before, changing], Meddling([0.0]))
    assert [one.problem for one in got] == [""] * before + [CHANGED] and got[-1].sha256 == ""


def test_answers_that_were_changed_in_the_log_are_not_believed(tmp_path):
    from nhsreform.marking.sandbox.answers import Answers

    with closing(Log(tmp_path, "engine")) as log:
        log.add_answers("a" * 64, Answers(values={"1.1": [plain("wrong")]}))
        path = tmp_path / "audit.jsonl"
        path.write_bytes(path.read_bytes().replace(b"wrong", b"right"))
        with pytest.raises(MarkError, match="was changed"):
            log.answers("a" * 64)


# --- no sandbox, no run -----------------------------------------------------------------------------------------------------


def test_what_the_sandbox_would_show_is_refused():
    with pytest.raises(workers.SandboxError, match="which students' code has to see"):
        workers.choose(workers.REQUIRE, [ROOT / "seeds"])


@pytest.mark.slow
def test_without_a_sandbox_every_line_says_so(mark, tmp_path):
    hand_in(tmp_path / "class", "lee", f"{FIRST}.ipynb", worked(FIRST))
    _, told, rows = mark(tmp_path / "class", sandbox=workers.OFF, timeout=5)
    assert all(UNPROTECTED in row["note"] for row in rows) and UNPROTECTED in " ".join(told)
    assert "NOT in a sandbox" in told[0] and "change every file that you can" in told[0]
    assert told[1] == "Why: you asked for none." and {row["state"] for row in rows} == {"right"}
    assert '"sandbox": "none"' in (tmp_path / "out" / "audit.jsonl").read_text().splitlines()[0]
    assert all(UNPROTECTED in one.note for one in read_record(tmp_path / "out").marks)


@pytest.mark.slow
def test_marks_are_not_written_when_what_counts_was_changed_by_a_notebook(mark, tmp_path):
    out = tmp_path / "out"
    forged = "student,exercise,question,points\nlee,01-joint-report,1.1,1\n"
    source = f"open({str(out / 'by-hand.csv')!r}, 'w').write({forged!r})\nq1_1 = 1"
    hand_in(tmp_path / "class", "lee", f"{FIRST}.ipynb", code(source))
    with pytest.raises(MarkError, match="by-hand.csv changed while students' code ran"):
        mark(tmp_path / "class", sandbox=workers.OFF, timeout=5)
    assert not (out / "marks.csv").exists()
