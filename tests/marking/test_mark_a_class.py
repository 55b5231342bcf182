"""`nhsreform mark` as a command: interrupted and resumed, on a full disk, with a changed key, and what it says."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256

import pytest

from nhsreform import commands
from nhsreform.marking.class_key import Key
from nhsreform.marking.errors import MarkError, alone
from nhsreform.marking.mark_a_class import Options, mark_a_class
from nhsreform.marking.record import read_record
from nhsreform.marking.run_class import Progress
from nhsreform.marking.sandbox import workers
from nhsreform.questions import key as keys
from tests.marking.made_up_notebooks import EXERCISES, ROOT, code, hand_in, untouched, with_answers, worked, wrong

pytestmark = pytest.mark.slow

FIRST = EXERCISES[0]


@pytest.fixture
def group(tmp_path):
    """A small class: right, wrong, blank, broken, torn and slow."""
    folder = tmp_path / "class"
    for number in range(12):
        make = (worked, wrong, untouched)[number % 3](FIRST)
        make["cells"].append(code(f"# {number}\nimport time\ntime.sleep(0.05)")["cells"][0])
        hand_in(folder, f"s{number:02d}", f"{FIRST}.ipynb", make)
    hand_in(folder, "t0", f"{FIRST}.ipynb", with_answers(FIRST, {"1.1": "import os\nos._exit(0)"}))
    hand_in(folder, "t1", f"{FIRST}.ipynb", b"{")
    hand_in(folder, "t2", f"{FIRST}.ipynb", with_answers(FIRST, {"1.1": "q1_1 = 1 / 0"}))
    return folder


def command_line(group, out, *more):
    return [sys.executable, "-m", "nhsreform.commands", "mark", str(group), "--out", str(out), "--timeout", "5", *more]


def lines_in(path):
    return path.read_bytes().count(b'"event": "answers"') if path.exists() else 0


def test_killed_half_way_and_resumed_the_marks_are_the_same_byte_for_byte(group, tmp_path):
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    subprocess.run(command_line(group, whole), check=False, capture_output=True)
    wanted = (whole / "marks.csv").read_bytes()
    process = subprocess.Popen(
        command_line(group, torn, "--jobs", "1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while lines_in(torn / "audit.jsonl") < 4 and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = lines_in(torn / "audit.jsonl")
    assert 4 <= done < 15 and not (torn / "marks.csv").exists()
    refused = subprocess.run(command_line(group, torn), capture_output=True, text=True)
    assert refused.returncode == 2 and "--resume" in refused.stderr
    resumed = subprocess.run(command_line(group, torn, "--resume"), capture_output=True, text=True)
    assert resumed.returncode == 1, resumed.stderr
    assert (torn / "marks.csv").read_bytes() == wanted
    assert (torn / "class.json").read_bytes() == (whole / "class.json").read_bytes()
    assert lines_in(torn / "audit.jsonl") == lines_in(whole / "audit.jsonl") == 15


def test_a_second_run_runs_nothing_again_and_changes_nothing(mark, group, tmp_path):
    mark(group)
    before = (tmp_path / "out" / "marks.csv").read_bytes()
    count = lines_in(tmp_path / "out" / "audit.jsonl")
    mark(group)
    assert lines_in(tmp_path / "out" / "audit.jsonl") == count
    assert (tmp_path / "out" / "marks.csv").read_bytes() == before


def test_the_number_of_jobs_changes_nothing(mark, group, tmp_path):
    mark(group, tmp_path / "one", jobs=1)
    mark(group, tmp_path / "three", jobs=3)
    assert (tmp_path / "one" / "marks.csv").read_bytes() == (tmp_path / "three" / "marks.csv").read_bytes()


def test_a_changed_key_shows_who_would_change_and_waits_for_apply(mark, group, tmp_path):
    mark(group)
    before = (tmp_path / "out" / "marks.csv").read_bytes()
    changed = tmp_path / "key"
    changed.mkdir()
    questions = keys.read(ROOT / "exercises")
    questions["1.1"] = keys.seal(
        keys.unseal(keys.questions()["1.1"]) | {"answer": "something else altogether", "accepts": []}
    )
    (changed / "key.json").write_text(json.dumps({"questions": questions}))
    count = lines_in(tmp_path / "out" / "audit.jsonl")
    code, told, _ = mark(group, key=(changed,))
    assert code == 1 and (tmp_path / "out" / "marks.csv").read_bytes() == before
    assert "  s00  1.1: right 1 -> wrong 0" in told and "  s01  1.1: wrong 0 -> right 1" in told
    assert any(line.startswith("8 lines of") and "would change" in line for line in told) and "--apply" in told[-1]
    code, told, rows = mark(group, key=(changed,), apply=True)
    assert {r["student"]: r["state"] for r in rows if r["question"] == "1.1"}["s01"] == "right"
    assert lines_in(tmp_path / "out" / "audit.jsonl") == count, "nothing was run again"
    assert mark(group, key=(changed,))[1][-1].endswith("is written.")


@pytest.mark.skipif(os.name != "posix", reason="the limit on a file's size that POSIX has")
def test_a_full_disk_stops_with_a_sentence_and_loses_nothing(group, tmp_path):
    whole, full = tmp_path / "whole", tmp_path / "full"
    subprocess.run(command_line(group, whole), check=False, capture_output=True)
    size = (whole / "audit.jsonl").stat().st_size
    small = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
    small += "from nhsreform import commands; sys.exit(commands.main(sys.argv[2:]))"
    arguments = command_line(group, full, "--jobs", "1")[3:]
    done = subprocess.run([sys.executable, "-c", small, str(size // 2), *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and "no room left on the disk" in done.stderr and "Traceback" not in done.stderr
    assert not list(full.glob("*.new")) and not (full / "marks.csv").exists()
    assert 0 < lines_in(full / "audit.jsonl") < 15
    resumed = subprocess.run(command_line(group, full, "--resume"), capture_output=True, text=True)
    assert resumed.returncode == 1
    assert (full / "marks.csv").read_bytes() == (whole / "marks.csv").read_bytes()


# --- what it says and refuses -----------------------------------------------------------------------------------------


def refused(capsys, *arguments):
    assert commands.main(["mark", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_what_cannot_be_done_is_said_in_a_sentence(capsys, tmp_path, group):
    out = tmp_path / "out"
    assert "There is no folder or zip" in refused(capsys, tmp_path / "none", "--out", out)
    assert "lie in one another" in refused(capsys, group, "--out", group / "out")
    assert "lie in one another" in refused(capsys, group / "s00", "--out", group)
    assert "Did you mean 01-joint-report" in refused(capsys, group, "--out", out, "--exercise", "01-joint-raport")
    assert "There is no exercise '77'" in refused(capsys, group, "--out", out, "--exercise", "77")
    assert "key.json is missing" in refused(capsys, group, "--out", out, "--key", tmp_path)
    assert "cannot be read" in refused(capsys, group, "--out", out, "--roster", tmp_path / "none.csv")
    late = tmp_path / "late.toml"
    late.write_text("[deadlines]\n01-joint-raport = 2010-11-04T12:00:00\n")
    assert "late.toml: There is no exercise '01-joint-raport'. Did you mean 01-joint-report" in refused(
        capsys, group, "--out", out, "--late", late
    )
    late.write_text("deadline = 2010-11-04T12:00:00\n[extensions.lee]\n77 = 2010-11-04T12:00:00\n")
    assert "late.toml: There is no exercise '77'" in refused(capsys, group, "--out", out, "--late", late)
    late.write_text("[deadlines]\n1 = 2010-11-04T12:00:00\n01-joint-report = 2010-11-05T12:00:00\n")
    assert "late.toml: 01-joint-report is there twice" in refused(capsys, group, "--out", out, "--late", late)
    (tmp_path / "empty").mkdir()
    assert "nothing to mark" in refused(capsys, tmp_path / "empty", "--out", out)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "marks.csv").write_text("mine")
    assert "no class.json beside it: an older pack wrote it" in refused(capsys, group, "--out", tmp_path / "odd")
    assert not out.exists()


def test_require_refuses_and_runs_nothing(capsys, group, tmp_path, monkeypatch):
    monkeypatch.setattr(workers.linux, "unsupported", lambda: "namespaces exist only on Linux")
    monkeypatch.setattr(workers.shutil, "which", lambda name: None)
    told = refused(capsys, group, "--out", tmp_path / "out", "--sandbox", "require")
    assert "There is no sandbox on this machine" in told and "bubblewrap: not installed" in told
    assert "Nothing was run" in told and "--sandbox off" in told and not (tmp_path / "out").exists()


def test_the_summary_says_who_needs_a_person_and_why(mark, tmp_path):
    essay = with_answers("08-your-judgement", {"8.3": "q8_3 = 'The other side says that time is short.'"})
    for student in ("ann", "bo"):
        hand_in(tmp_path / "class", student, "08-your-judgement.ipynb", essay)
    hand_in(tmp_path / "class", "eve", f"{FIRST}.ipynb", b"")
    hand_in(tmp_path / "class", "xu", "essay.docx", b"PK")
    code, told, _ = mark(tmp_path / "class")
    out = tmp_path / "out"
    assert code == 1 and f"Prose to be read (2 of 8.3): nhsreform prose prepare {out} FOLDER" in told
    listed = out / "needs-a-person.csv"
    at = told.index(f"Needs a person: 9 answers of 2 students, in 3 groups. The texts are in {listed}:")
    lines = [line.split() for line in told[at + 1 : at + 4]]
    groups = [" ".join(line[:-4]) for line in lines]
    assert "1 1.1-1.3 part of the file could not be read (eve)" in groups
    assert "1 8.1-8.3 a file that is not read here may hold the answer (xu)" in groups
    assert told[at + 4].endswith(f"One line decides a whole group:  {lines[0][-4]},,,POINTS,why")
    assert "essay.docx" in listed.read_text(encoding="utf-8")


def test_two_runs_do_not_write_into_one_folder(group, tmp_path):
    (tmp_path / "out").mkdir()
    with alone(tmp_path / "out", ""), pytest.raises(MarkError, match="Another run"):
        mark_a_class(Options(group, tmp_path / "out", timeout=1.5), lambda _: None, io.StringIO())
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_the_same_file_from_two_students_is_run_once_and_marked_twice(mark, tmp_path):
    for student in ("lee", "xu", "mo"):
        hand_in(tmp_path / "class", student, f"{FIRST}.ipynb", untouched(FIRST))
    _, _, rows = mark(tmp_path / "class")
    assert len(rows) == 9 and lines_in(tmp_path / "out" / "audit.jsonl") == 1


def test_the_record_holds_files_answers_and_verdicts_and_steers_no_terminal(mark, tmp_path):
    path = hand_in(
        tmp_path / "class", "lee", f"{FIRST}.ipynb", with_answers(FIRST, {"1.1": "q1_1 = 'a\\x1b[31m\\u202eb'"})
    )
    hand_in(tmp_path / "class", "xu", "essay.docx", b"PK")
    _, _, rows = mark(tmp_path / "class")
    text = (tmp_path / "out" / "class.json").read_text(encoding="ascii")
    assert all(line.isprintable() for line in text.splitlines())
    record = read_record(tmp_path / "out")
    assert record.text() == text
    lee, xu = record.files
    assert (lee.student, lee.where) == ("lee", f"lee/{FIRST}.ipynb") and lee.sha256 == sha256(
        path.read_bytes()
    ).hexdigest()
    assert (xu.student, xu.sha256, xu.problem) == ("xu", "", "no notebook: essay.docx")
    assert [(m.student, m.question, m.state) for m in record.marks] == [
        (row["student"], row["question"], row["state"]) for row in rows
    ]
    first = record.marks[0]
    assert first.value == {"type": "text", "value": "a\x1b[31m\u202eb"} and first.message.startswith(
        "\u201ca[31mb\u201d is not it."
    )
    assert record.kinds["8.3"] == "prose" and record.key_sha256 == Key([ROOT / "exercises"]).sha256


def test_points_by_hand_stand_beside_the_record_and_go_with_their_line(mark, tmp_path, capsys):
    hand_in(tmp_path / "class", "=lee", f"{FIRST}.ipynb", wrong(FIRST))
    out = tmp_path / "out"
    mark(tmp_path / "class")
    record = (out / "class.json").read_bytes()
    lines = "student,exercise,question,points,note\n'=lee,01-joint-report,1.1,0.5,=near\n"
    (out / "by-hand.csv").write_text(lines)
    assert commands.main(["report", str(out)]) == 0, "what stands in by-hand.csv counts before it is in marks.csv"
    code, told, _ = mark(tmp_path / "class")
    assert code == 1 and "  '=lee  1.1: wrong 0 -> partly 0.5" in told
    code, _, rows = mark(tmp_path / "class", apply=True)
    assert code == 0 and (rows[0]["state"], rows[0]["points"], rows[0]["note"]) == ("partly", "0.5", "by hand: =near")
    assert (out / "class.json").read_bytes() == record
    (out / "by-hand.csv").unlink()
    assert commands.main(["report", str(out)]) == 2 and "partly 0.5 -> wrong 0" in capsys.readouterr().err
    assert mark(tmp_path / "class", apply=True)[2][0]["state"] == "wrong"
    assert commands.main(["report", str(out)]) == 0


def test_the_log_tells_what_was_marked_with_what(mark, tmp_path):
    path = hand_in(tmp_path / "class", "lee", f"{FIRST}.ipynb", worked(FIRST))
    mark(tmp_path / "class")
    records = [json.loads(line) for line in (tmp_path / "out" / "audit.jsonl").read_text().splitlines()]
    assert [r["event"] for r in records] == ["start", "answers", "hand-in", "end"]
    start, answers, handed, end = records
    assert answers["sha256"] == handed["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert {"pack", "python", "engine", "key_sha256", "sandbox", "time"} <= set(start)
    assert end["marks_sha256"] == sha256((tmp_path / "out" / "marks.csv").read_bytes()).hexdigest()


def test_the_bar_and_the_lines(tmp_path):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, wanted in ((Terminal(), "\r[" + "#" * 30 + "] 3 of 3"), (io.StringIO(), "3 of 3 notebooks")):
        progress = Progress(3, stream)
        for _ in range(3):
            progress.step()
        assert wanted in stream.getvalue()
