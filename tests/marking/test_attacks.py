"""No mark gained, no hang, no other student touched: every attack in one class, between two honest students.

Each attack is first run without protection, to show that it would work. A mark gained is: right recorded, without the
right value handed in.
"""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing

import pytest

from nhsreform.marking.log import Log
from nhsreform.marking.mark_a_class import NEEDS_A_PERSON, Options, mark_a_class
from nhsreform.marking.record import read_record
from nhsreform.marking.sandbox import workers
from nhsreform.marking.sandbox.answers import answers_of
from tests.marking.attacks import ATTACKS
from tests.marking.made_up_notebooks import ROOT, as_bytes, hand_in, with_answers, worked

pytestmark = pytest.mark.slow

FIRST, SECOND = "01-joint-report", "02-pct-managers"
SECONDS = 1.5
OTHER_WORDS = "neighbour's own words"


@pytest.fixture(scope="module")
def listener():
    """A server on this computer that anyone without a sandbox can reach; counts who does."""
    server = socket.create_server(("127.0.0.1", 0))
    came = []

    def accept():
        while True:
            try:
                came.append(server.accept())
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], came
    server.close()


@pytest.fixture(scope="module")
def places(tmp_path_factory, listener):
    folder = tmp_path_factory.mktemp("attacks")
    return {
        "KEY": str(ROOT / "exercises" / "key.json"),
        "ANSWERS": str(ROOT / "exercises" / "answers"),
        "OTHER": str(folder / "class" / "a first" / f"{FIRST}.ipynb"),
        "PACK": str(ROOT),
        "PORT": str(listener[0]),
        "folder": folder,
    }


def filled(attack, places, plain):
    code = attack.code
    for name in ("KEY", "ANSWERS", "OTHER", "PACK", "PORT"):
        code = code.replace(name, places[name])
    return f"PLAIN = {plain}\n{code}"


def honest(name):
    """A neighbour, all of whose answers are right, and whose notebook holds words to spy out."""
    learner = worked(name)
    learner["cells"][1]["source"] = [*learner["cells"][1]["source"], f"\nmine = {OTHER_WORDS!r} + '!'"]
    return learner


@pytest.fixture(scope="module")
def marked(sandbox, places, listener):
    """Mark the class of all attacks once; return (rows by student, the log's answers by student, seconds, lines told)."""
    folder = places["folder"] / "class"
    for name in (FIRST, SECOND):
        hand_in(folder, "a first", f"{name}.ipynb", honest(name))
        hand_in(folder, "z last", f"{name}.ipynb", honest(name))
    names = {}
    for number, (name, attack) in enumerate(ATTACKS.items()):
        student = names[name] = f"m {number:02d}"
        ending = "\nif 'q1_1' not in globals():\n    q1_1 = ['won', str(got)[:200]] if got else 'nothing'\n"
        learner = with_answers(
            FIRST, {"1.1": f"got = None\n{filled(attack, places, False)}{ending}", "1.2": "q1_2 = got"}
        )
        hand_in(folder, student, f"{FIRST}.ipynb", learner)
    begun, told = time.monotonic(), []
    out = places["folder"] / "out"
    before = len(listener[1])
    options = Options(folder, out, exercise=(FIRST, SECOND), jobs=2, timeout=SECONDS)
    mark_a_class(options, told.append, io.StringIO())
    record = read_record(out)
    with closing(Log(out, record.engine)) as audit:
        log = {
            file.student: audit.answers(file.sha256) for file in record.files if file.where.endswith(f"{FIRST}.ipynb")
        }
    rows = {}
    with (out / "marks.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row["student"], {})[row["question"]] = row
    return {
        "rows": rows,
        "log": log,
        "names": names,
        "seconds": time.monotonic() - begun,
        "told": told,
        "out": out,
        "came": len(listener[1]) - before,
    }


# --- alive: without protection each of them works -------------------------------------------------------------------

ALIVE = "\nimport sys\nsys.exit(0 if got else 9)\n"


@pytest.fixture(scope="module")
def another_honest_file(places):
    path = hand_in(places["folder"] / "class", "a first", f"{FIRST}.ipynb", honest(FIRST))
    assert str(path) == places["OTHER"]


@pytest.mark.skipif(sys.platform != "linux", reason="the attacks are written for Linux")
@pytest.mark.parametrize("name", ATTACKS)
def test_without_protection_it_works(name, places, another_honest_file, tmp_path):
    attack = ATTACKS[name]
    if os.geteuid() != 0 and name in ("becoming root", "mounting something"):
        pytest.skip("nothing to show: this user has no such right anyway")
    script = tmp_path / "attack.py"
    script.write_text("got = None\n" + filled(attack, places, True) + ALIVE, encoding="utf-8")
    environment = os.environ | {"NHSREFORM_WORK": str(tmp_path / "work"), "PYTHONPATH": str(ROOT / "src")}
    limit = 1.5 if attack.alive == "never ends" else 60
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        process.kill()
        process.wait()
    expected = {"wins": code == 0, "ends": code not in (None, 9), "never ends": code is None}
    assert expected[attack.alive], f"exit code {code}"


# --- in the class ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTACKS)
def test_no_mark_is_gained(marked, name):
    rows = marked["rows"][marked["names"][name]]
    assert rows["1.1"]["state"] in ("wrong", "not tried", "crashed", "timed out", "needs a person"), rows["1.1"]
    assert rows["1.1"]["points"] in ("0", "")
    assert rows["1.2"]["points"] in ("0", "")
    # A crash costs its own question: the honest answer beside the attack is right, unless Python itself was broken.
    assert ATTACKS[name].spoils or (rows["1.3"]["state"], rows["1.3"]["points"]) == ("right", "1")


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.inside == "loses"])
def test_it_wins_nothing(marked, name):
    answers = marked["log"][marked["names"][name]]
    for value in answers.values.get("1.1", []):
        assert value == {"type": "text", "value": "nothing"}, value
    assert "1.1" in answers.values, answers.trouble


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.inside in ("dies", "is stopped")])
def test_it_ends_or_is_stopped_and_costs_its_own_question(marked, name):
    row = marked["rows"][marked["names"][name]]["1.1"]
    assert row["state"] == ("timed out" if ATTACKS[name].inside == "is stopped" else "crashed")


def test_no_other_student_is_touched(marked):
    for student in ("a first", "z last"):
        for row in marked["rows"][student].values():
            assert row["state"] == "right", row


def test_nobody_reached_the_network(marked):
    assert marked["came"] == 0


def test_the_class_does_not_hang(marked, sandbox):
    slow = sum(attack.inside == "is stopped" for attack in ATTACKS.values())
    # Bubblewrap starts Python, and loads pandas, anew for each run of a notebook.
    start = 0 if sandbox.kind == workers.NAMESPACES else 3
    assert marked["seconds"] < 20 + 4 * SECONDS * slow + start * len(ATTACKS)


def test_nothing_of_it_steers_a_terminal_or_a_spreadsheet(marked):
    for line in marked["told"]:
        assert line.isprintable()
    for name in ("marks.csv", "audit.jsonl"):
        text = (marked["out"] / name).read_text(encoding="utf-8")
        assert all(line.isprintable() for line in text.split("\n"))
    for row in csv.reader(io.StringIO((marked["out"] / "marks.csv").read_text(encoding="utf-8"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def students_processes():
    """The processes of users that only the sandbox has."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status") as stream:
                user = next(line for line in stream if line.startswith("Uid:")).split()[1]
        except (OSError, StopIteration):
            continue
        found |= {pid} if int(user) > 1_000_000_000 else set()
    return found


def test_nothing_is_left_running(marked):
    if not os.path.isdir("/proc") or os.geteuid() != 0:
        pytest.skip("only root gives each student a user of its own, by which its processes can be told")
    # Other tests may be running students' code at this moment, but not for long.
    left, end = students_processes(), time.monotonic() + 30
    while left and time.monotonic() < end:
        time.sleep(0.2)
        left &= students_processes()
    assert not left


# --- names, zips and files --------------------------------------------------------------------------------------------


def test_names_made_of_escapes_markup_and_formulas_stay_names(mark, tmp_path):
    names = ["=cmd|' /C calc'!A0", "+1+1", "<script>alert(1)</script>", "\x1b]0;owned\x07", "\u202eevil", "@SUM(1)"]
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(f"{name}_{number}_assignsubmission_file_/{FIRST}.ipynb", as_bytes(worked(FIRST)))
    _, told, rows = mark(path)
    assert all(line.isprintable() for line in told)
    students = {row["student"] for row in rows}
    assert len(students) == len(names)
    assert not any(student.startswith(("=", "+", "-", "@")) or not student.isprintable() for student in students)
    assert {row["state"] for row in rows} == {"right"}


def test_bombs_among_the_files_stop_nobody(mark, tmp_path, monkeypatch):
    from nhsreform.marking.hand_ins import archives, handin

    for module in (archives, handin):
        monkeypatch.setattr(module, "MAX_FILE", 8 << 20)
    folder = tmp_path / "class"
    hand_in(folder, "a deep", f"{FIRST}.ipynb", b"[" * 1_000_000)
    hand_in(folder, "b wide", f"{FIRST}.ipynb", b'{"cells": [' + b"[]," * (2 << 20) + b"[]]}")
    hand_in(folder, "c big", f"{FIRST}.ipynb", b"0" * (9 << 20))
    hand_in(folder, "d zip", "work.zip", zip_bomb(f"{FIRST}.ipynb", 64 << 20))
    hand_in(folder, "e slip", "work.zip", zip_bomb("../../../../escaped.ipynb", 10))
    hand_in(folder, "z honest", f"{FIRST}.ipynb", worked(FIRST))
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    code, _, rows = mark(folder)
    assert {path for path in tmp_path.rglob("*") if "out" not in path.parts} == before
    states = {}
    for row in rows:
        states.setdefault(row["student"], set()).add(row["state"])
    assert states.pop("z honest") == {"right"}
    assert set(states) == {"a deep", "b wide", "c big", "d zip", "e slip"}
    assert all(found == {"needs a person"} for found in states.values()) and code == NEEDS_A_PERSON


def zip_bomb(name, size):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\x00" * size)
    return data.getvalue()


def test_without_a_sandbox_no_mark_is_gained_either(bare):
    """On macOS and Windows a student's code can read the key, and the report says so; but it cannot forge a verdict."""
    for name in ("an object equal to everything", "the judge replaced", "lines forged on every open file"):
        code = ATTACKS[name].code
        learner = with_answers(FIRST, {"1.1": f"PLAIN = False\n{code}\nq1_1 = globals().get('q1_1', 'x')"})
        value = answers_of(bare, as_bytes(learner)).values["1.1"][-1]
        assert "include" not in json.dumps(value)
