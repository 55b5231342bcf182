"""Running notebooks: each kind of trouble costs its own question, in the sandbox and without one."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from nhsreform.marking.sandbox import answers as answered
from nhsreform.marking.sandbox import linux, student_process, workers
from nhsreform.marking.sandbox.answers import UNREADABLE, Outcome, answers_of, checked
from nhsreform.marking.sandbox.student_process import ENDED
from nhsreform.marking.sandbox.workers import SandboxError
from nhsreform.questions.value import plain
from tests.marking.made_up_notebooks import ROOT, as_bytes, code

pytestmark = pytest.mark.slow

TEXT = {"type": "text", "value": "x"}


@pytest.fixture
def namespaces(sandbox):
    """Only where a warm process runs in namespaces of its own."""
    if sandbox.kind != workers.NAMESPACES:
        pytest.skip("no namespaces here")


def answers(worker, *sources):
    return answers_of(worker, as_bytes(code(*sources)))


def test_the_pack_s_tables_and_texts_are_there_and_its_exercises_are_not(worker):
    got = answers(
        worker,
        "import nhsreform as nr\nq1_1 = [len(nr.claims()) > 100, nr.quote('the right policy direction').status]",
        "q1_2 = [nr.check('1.1', 3), nr.hint('1.1'), nr.answer('1.1'), nr.progress()]",
        "from nhsreform.questions import key\nq1_3 = key.question('1.1')",
    )
    assert got.values["1.1"] == [plain([True, "exact"])]
    assert got.values["1.2"] == [plain([None] * 4)]
    assert "1.3" not in got.values and got.trouble["1.3"].startswith("crashed: ")


@pytest.mark.parametrize(
    "trouble, what",
    [
        ("q1_2 = 1 / 0", "crashed: ZeroDivisionError"),
        ("q1_2 = (", "crashed: SyntaxError"),
        ("raise SystemExit\nq1_2 = 1", "crashed: SystemExit"),
        ("raise KeyboardInterrupt\nq1_2 = 1", "crashed: KeyboardInterrupt"),
        ("class \u00e9\u00e8(Exception): pass\nraise \u00e9\u00e8\nq1_2 = 1", "crashed: \u00e9\u00e8"),
        ("raise type('a\\x1b[31m', (Exception,), {})\nq1_2 = 1", "crashed: an error"),
        ("import os\nos._exit(0)\nq1_2 = 1", "crashed: the process ended"),
        ("import ctypes\nctypes.string_at(0)\nq1_2 = 1", "crashed: the process ended"),
        ("input()\nq1_2 = 1", "crashed: EOFError"),
        ("x = bytearray(1500 << 20)\nq1_2 = 1", "crashed: MemoryError"),
        ("f = lambda: f()\nf()\nq1_2 = 1", "crashed: RecursionError"),
    ],
)
def test_what_crashes_costs_its_own_question(worker, trouble, what):
    got = answers(worker, "q1_1 = 'x'", trouble, "q1_3 = 'x'")
    assert got.values == {"1.1": [TEXT], "1.3": [TEXT]} and got.trouble == {"1.2": what}


@pytest.mark.parametrize("loop", ["while True: pass", "import time\ntime.sleep(99)"])
def test_what_does_not_end_costs_its_own_question(worker, loop):
    begun = time.monotonic()
    got = answers(worker, "q1_1 = 'x'", f"q1_2 = 0\n{loop}", "q1_3 = 'x'")
    assert got.values == {"1.1": [TEXT], "1.3": [TEXT]} and got.trouble == {"1.2": "timed out"}
    assert time.monotonic() - begun < 3 * worker.sandbox.seconds + 5


def test_without_a_sandbox_it_is_the_same(bare):
    ends, stays = "import os\nos._exit(3)\nq1_2 = 1", "while True: pass\nq1_5 = 1"
    got = answers(bare, "q1_1 = 'x'", ends, "q1_3 = 1 / 0", "q1_4 = 'x'", stays, "q1_6 = 'x'")
    assert got.values == {"1.1": [TEXT], "1.4": [TEXT], "1.6": [TEXT]}
    assert got.trouble == {
        "1.2": "crashed: the process ended",
        "1.3": "crashed: ZeroDivisionError",
        "1.5": "timed out",
    }


def test_values_after_an_error_in_the_same_cell_count_and_the_error_is_kept(worker):
    got = answers(worker, "q1_1 = 'x'\n1 / 0")
    assert got.values == {"1.1": [TEXT]} and got.trouble == {"1.1": "crashed: ZeroDivisionError"}


def test_ipython_s_own_notation_does_no_harm_and_runs_where_it_is_python(worker):
    got = answers(
        worker,
        "%matplotlib inline\n!ls\nq1_1 = 'x'",
        "%%time\nq1_2 = 'x'",
        "display(q1_1)\nget_ipython().system('ls')\nq1_3 = 'x'",
        "%%bash\nls",
        "len?\nq1_4 = 'x'",
    )
    assert got.values == {f"1.{n}": [TEXT] for n in (1, 2, 3, 4)} and not got.trouble


def test_cells_moved_before_what_they_need_are_run_again(worker):
    got = answers(worker, "q1_1 = word", "q1_2 = q1_1", "word = 'x'")
    assert got.values == {"1.1": [TEXT], "1.2": [TEXT]} and not got.trouble
    assert got.notes == ["cells out of order; those that came too early were run again"]


def test_a_name_that_is_nowhere_is_no_sign_of_moved_cells(worker):
    got = answers(worker, "q1_1 = 1 / 0", "nr_check = q1_1", "q1_2 = nowhere", "q1_3 = 'x'")
    assert got.values == {"1.3": [TEXT]} and not got.notes
    assert got.trouble == {"1.1": "crashed: ZeroDivisionError", "1.2": "crashed: NameError"}


def test_a_cell_split_in_two_is_put_together(worker):
    learner = code("q1_1 = [", "'x']", "q1_2 = 'x'")
    for cell in learner["cells"][:2]:
        cell["metadata"] = {"nhsreform": {"question": "1.1"}}
    got = answers_of(worker, as_bytes(learner))
    assert got.values == {"1.1": [plain(["x"])], "1.2": [TEXT]} and not got.trouble
    assert "a cell split in two was put together again" in got.notes


def test_an_answer_given_to_the_check_alone_counts_and_is_said(worker):
    got = answers(worker, "import nhsreform as nr", "mine = 'x'", "nr.check('1.1', mine)")
    assert got.values == {"1.1": [TEXT]} and "nr.check" in got.notes[0]


def test_every_value_of_a_question_set_twice_is_kept(worker):
    got = answers(worker, "q1_1 = 'x'", "q1_1 = ...")
    assert got.values["1.1"] == [TEXT, {"type": "blank"}]


@pytest.mark.parametrize(
    "value, kind",
    [
        ("10 ** 10 ** 5", "other"),
        ("'x' * 10 ** 7", "text"),
        ("(lambda l: (l.append(l), l)[1])([])", "list"),
        ("__import__('functools').reduce(lambda a, _: [a], range(10000), [])", "list"),
        ("list(range(10 ** 6))", "list"),
        ("type('a' * 10 ** 6, (), {})()", "other"),
        ("{'\\ud800': '\\ud800'}", "dict"),
    ],
)
def test_huge_and_cyclic_values_come_back_cut(worker, value, kind):
    got = answers(worker, f"q1_1 = {value}", "q1_2 = 'x'")
    assert got.values["1.1"][0]["type"] == kind and got.values["1.2"] == [TEXT]


def test_a_50_mb_notebook_is_read_and_one_made_to_burst_costs_nobody_else(worker):
    big = code("q1_1 = 'x'")
    big["cells"][0]["outputs"] = [{"data": {"image/png": "A" * (50 << 20)}, "output_type": "display_data"}]
    assert answers_of(worker, as_bytes(big)).values == {"1.1": [TEXT]}
    bomb = answers_of(worker, b'{"cells": [' + b"[]," * (16 << 20) + b"[]]}")
    assert bomb.doubt and not bomb.values
    assert answers(worker, "q1_1 = 'x'").values == {"1.1": [TEXT]}


def test_nothing_stays_from_one_notebook_to_the_next(worker):
    answers(
        worker, "import nhsreform, builtins, os\nnhsreform.mine = builtins.mine = 3\nopen('/tmp/mine', 'w').write('x')"
    )
    answers(worker, "import nhsreform as nr\nnr.table('claims')['claim_id'] = 'spoilt'\nimport random; random.seed(3)")
    got = answers(
        worker,
        "import nhsreform, builtins, os\nq1_1 = hasattr(nhsreform, 'mine') or hasattr(builtins, 'mine') or os.listdir('.')",
        "q1_2 = 'spoilt' in set(nhsreform.table('claims').claim_id)",
        "import random\nq1_3 = random.random()",
    )
    assert got.values["1.1"] == [plain([])] and got.values["1.2"] == [plain(False)]
    assert got.values["1.3"] == answers(worker, "import random\nq1_3 = random.random()").values["1.3"]


def test_a_warm_process_that_dies_is_started_again(sandbox, namespaces):
    with contextlib.closing(sandbox.worker(6)) as one:
        one.process.kill()
        one.process.wait()
        assert answers(one, "q1_1 = 'x'").values == {"1.1": [TEXT]}


def test_no_folder_is_left_even_by_kill_9(sandbox, namespaces):
    with contextlib.closing(sandbox.worker(9)) as one:
        assert not Path(one.folder).exists()
        assert answers(one, "open('x', 'w').close()\nq1_1 = 'x'").values == {"1.1": [TEXT]}


def test_when_the_marker_dies_so_does_everything_it_started(namespaces, tmp_path):
    script = (
        "from nhsreform.marking.sandbox import workers; import sys; w = workers.Sandbox(workers.NAMESPACES).worker(7);"
        "print(w.process.pid, flush=True);"
        f"workers.answers_of(w, {as_bytes(code('import time', 'time.sleep(60)'))!r})"
    )
    marker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    warm = int(marker.stdout.readline())
    time.sleep(0.5)
    below = children(warm)
    assert below, "the keeper is at work"
    marker.kill()
    marker.wait()
    marker.stdout.close()
    end = time.monotonic() + 10
    while time.monotonic() < end and any(alive(pid) for pid in (warm, *below)):
        time.sleep(0.05)
    assert not [pid for pid in (warm, *below) if alive(pid)]


def children(pid):
    """The processes below one, all the way down."""
    with open(f"/proc/{pid}/task/{pid}/children") as stream:
        own = [int(word) for word in stream.read().split()]
    return own + [below for child in own for below in children(child)]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- choosing a sandbox ---------------------------------------------------------------------------------------------


def test_a_key_that_can_be_seen_from_inside_stops_the_sandbox(namespaces):
    with pytest.raises(SandboxError, match="can be seen from inside"):
        workers.Sandbox(workers.NAMESPACES, "", [str(ROOT / "data" / "claims.csv")]).worker(8)


def test_a_warm_process_with_a_second_thread_refuses_to_be_forked(namespaces, monkeypatch):
    start = "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    started = f"student_process._warm = lambda *_: {start}; import threading, time; student_process."
    real = workers._command
    monkeypatch.setattr(
        workers,
        "_command",
        lambda call: [part.replace("student_process.serve", f"{started}serve") for part in real(call)],
    )
    with pytest.raises(SandboxError, match="more than one thread"):
        workers.Sandbox(workers.NAMESPACES).worker(8)


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")
def test_bubblewrap_s_room_is_the_same():
    if workers.shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    wrapped = workers.Fresh(workers.Sandbox(workers.BUBBLEWRAP, "", (), 1.5))
    got = answers(
        wrapped,
        "import os\nq1_1 = sorted(set(os.listdir('/')) & {'home', 'proc', 'sys', 'var', 'run'})",
        f"q1_2 = [os.path.exists(p) for p in ({str(ROOT / 'exercises')!r}, {str(ROOT / '.git')!r})]",
        "import nhsreform as nr\nq1_3 = len(nr.claims()) > 100",
        "os._exit(0)\nq1_4 = 1",
        "q1_5 = 'x'",
        "q1_6 = 1\nx = bytearray(1500 << 20)\nq1_6 = 2",
    )
    assert got.values["1.6"] == [plain(1)] and got.trouble["1.6"] == "crashed: MemoryError", "the same limit on memory"
    assert got.values["1.1"] == [plain([])] and got.values["1.2"] == [plain([False, False])]
    assert got.values["1.3"] == [plain(True)] and got.values["1.5"] == [TEXT]


def elsewhere(learner, before, hidden=(), wrap=(), **how):
    """Run a notebook in the sandbox of another process, which prints its values."""
    script = (
        f"import sys, json; {before}; from nhsreform.marking.sandbox import workers;"
        f"w = workers.Sandbox(workers.NAMESPACES, '', {hidden!r}).worker(0);"
        "print(json.dumps(workers.answers_of(w, sys.stdin.buffer.read()).values)); w.close()"
    )
    command = [*wrap, sys.executable, "-P", "-c", script]
    return subprocess.run(command, input=as_bytes(learner), capture_output=True, **how)


def test_an_ordinary_user_gets_the_same_room(namespaces):
    """Run the marker as a user without any right: inside a namespace of its own, root is such a user."""
    learner = code("import os", "q1_1 = [os.getpid(), os.getuid()]")
    wrap = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    done = elsewhere(learner, "import os; assert os.geteuid() == 1000", wrap=wrap)
    if b"unshare" in done.stderr:
        pytest.skip(f"this system's unshare cannot do it: {done.stderr.strip()}")
    assert json.loads(done.stdout) == {"1.1": [plain([1, 65534])]}, done.stderr


def test_a_command_typed_in_another_checkout_takes_that_one_inside_too(namespaces, tmp_path):
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, tmp_path / name)
    learner = code("from nhsreform.checkout import checkout\nq1_1 = str(checkout())")
    done = elsewhere(learner, f"sys.path.insert(0, {str(ROOT / 'src')!r})", cwd=tmp_path)
    assert json.loads(done.stdout or b"null") == {"1.1": [plain(str(tmp_path))]}, done.stderr


def test_a_cell_of_thousands_of_answers_costs_only_itself(worker):
    many = ";".join(f"q{n // 999 + 1}_{n % 999 + 1}=1" for n in range(1000, 19_000))
    got = answers(worker, "q1_1 = 'x'", many, "q1_2 = 'x'")
    assert (got.values["1.1"], got.values.get("1.2")) == ([TEXT], [TEXT]) and not got.doubt


def test_a_checkout_below_tmp_is_found_from_inside_and_its_key_is_not(namespaces, tmp_path):
    copy = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        for name in ("src", "data", "seeds", "exercises"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        learner = code(
            f"import nhsreform.reliability.coefficients, os\nq1_1 = nhsreform.__file__.startswith({str(copy)!r})",
            "q1_2 = [len(nhsreform.table('claims')) > 100, os.getcwd(), os.path.exists('/tmp/class')]",
        )
        done = elsewhere(learner, f"sys.path.insert(0, {str(copy / 'src')!r})", [str(copy / "exercises")], cwd=copy)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"1.1": [plain(True)], "1.2": [plain([True, linux.OWN, False])]}
    finally:
        shutil.rmtree(copy)


# --- what comes back is read as data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [..., None, True, 3, -2.5, "x", float("inf"), [1, ["a"]], {"a": {1, 2}}, object(), 10**100, {"k": [None, ...]}],
)
def test_what_plain_makes_is_let_through_as_it_is(value):
    assert checked(json.loads(json.dumps(plain(value)))) == plain(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        [],
        {},
        {"type": "right"},
        {"type": "text", "value": 3},
        {"type": "text"},
        {"type": "int", "value": True},
        {"type": "int", "value": "3"},
        {"type": "int", "value": 10**100},
        {"type": "float", "value": float("nan")},
        {"type": "bool", "value": 1},
        {"type": "list"},
        {"type": "list", "items": 3},
        {"type": "list", "items": [{"type": "blank"}] * 501},
        {"type": "dict", "items": [3]},
        {"type": "dict", "items": [[{"type": "blank"}]]},
        {"type": "table", "rows": "x", "columns": []},
        {"type": ["text"], "value": "x"},
    ],
)
def test_what_plain_never_makes_is_no_answer(value):
    assert checked(value) == UNREADABLE


def test_forged_lines_are_values_at_most():
    collected = answered._Collected()
    lines = [
        {"read": [["1.1"], ["1.2"]], "notes": [], "contested": [], "doubt": False},
        {"begin": 0},
        {"read": [["9.9"]], "notes": ["forged"]},
        {"state": "right", "question": "1.1", "points": 99},
        {"question": "1.1", "value": {"type": "text", "value": "guess"}, "cell": 0},
        {"question": "<b>", "value": {"type": "text", "value": "x"}, "cell": 0},
        {"begin": 10**9},
        {"begin": -1},
        {"begin": True},
        {"cell": "x", "error": "x"},
        {"cell": 1, "error": {}},
        {"cell": 1, "error": "=cmd()"},
        {"end": True},
    ]
    begun, ended = collected.take(Outcome(ENDED, lines))
    got = collected.done()
    assert ended and begun == 0 and got.notes == []
    assert set(got.values) == {"1.1"} and got.trouble == {"1.2": "crashed: an error"}
    assert got.values["1.1"] == [UNREADABLE, {"type": "text", "value": "guess"}]


def test_lines_that_are_no_json_are_left_out():
    data = b'{"a": 1}\nnonsense\n' + b"[" * 100_000 + b"\n3\n" + b"9" * 5000 + b"\n\xff\n{"
    assert answered.lines_of(data) == [{"a": 1}]


def test_the_clock_is_stopped_for_a_cell_and_for_the_whole():
    begun = time.monotonic()
    assert student_process.watch(lambda left: time.sleep(left), 0.1, 10) == (student_process.SLOW, b"")

    def talking(left):
        time.sleep(0.05)
        return b"{}\n"

    assert student_process.watch(talking, 0.2, 0.4)[0] == student_process.SLOW
    assert time.monotonic() - begun < 5
    assert student_process.watch(lambda left: b"x" * 65536, 5, 5)[0] == student_process.FLOOD
    assert student_process.watch(lambda left: b"", 5, 5) == (student_process.ENDED, b"")


def test_the_clock_starts_with_the_first_line():
    parts = iter([None, None, b"{}\n"])

    def slow_to_start(left):
        time.sleep(0.1)
        return next(parts, None)

    begun = time.monotonic()
    assert student_process.watch(slow_to_start, 0.15, 0.5, 5) == (student_process.SLOW, b"{}\n")
    assert 0.4 < time.monotonic() - begun < 3


def test_a_flood_of_short_lines_is_cut_off():
    chunks = iter([b'{"read": []}\n', *[b"{}\n" * 9_000] * 9, b""])
    how, got = student_process.watch(lambda _: next(chunks), 9, 9)
    assert how == student_process.FLOOD and got.count(b"\n") < student_process.MAX_LINES + 9_000
