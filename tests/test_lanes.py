"""Two lanes, one summary: on small suites made up here, with the runner and the hooks that the real one has."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

LAB_CONFTEST = "import pytest\n\n\n@pytest.fixture(scope='session')\ndef lab():\n    return 'a server'\n"
PASS = "def test_passes{0}():\n    pass\n"
FAIL = "def test_fails{0}():\n    assert 1 == 2, 'one is not two'\n"
IN_LAB = "def test_in_lab{0}(lab):\n    assert {1}\n"


@pytest.fixture
def suite(tmp_path):
    """A function that writes a suite with these tests of the two lanes, and returns its folder."""
    folder = tmp_path / "suite"

    def write(rest, lab, **more):
        (folder / "tests" / "browser").mkdir(parents=True)
        for package in ("tests", "tests/browser"):
            (folder / package / "__init__.py").touch()
        shutil.copy(ROOT / "tests" / "lanes.py", folder / "tests" / "lanes.py")
        (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\n')
        (folder / "tests" / "conftest.py").write_text("from tests.lanes import *\n")
        (folder / "tests" / "browser" / "conftest.py").write_text(LAB_CONFTEST)
        (folder / "tests" / "test_rest.py").write_text(rest)
        (folder / "tests" / "browser" / "test_lab.py").write_text(lab)
        for name, text in more.items():
            (folder / "tests" / f"{name}.py").write_text(text)
        return folder

    return write


def environment():
    """Nothing of the run that these tests are part of, and no plugin: half of each start would be theirs."""
    theirs = ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run(folder, *arguments):
    """Return the exit code, what was said, and its last line."""
    command = [sys.executable, "-m", "tests.lanes", *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ran = subprocess.run(command, cwd=folder, text=True, env=environment(), timeout=60, **both)
    return ran.returncode, ran.stdout, ran.stdout.splitlines()[-1]


def counted(line):
    """Return the counts of a closing line as pytest words it, or fail."""
    found = re.fullmatch(r"=* ?(.+) in \d+\.\d\ds ?=*", line)
    assert found, line
    return found[1]


def test_both_lanes_pass_and_one_summary_closes_the_run(suite):
    folder = suite(PASS.format("") + PASS.format("_too"), IN_LAB.format("", "lab") + PASS.format("_on_a_page"))
    code, said, last = run(folder)
    assert code == 0 and counted(last) == "4 passed"
    assert len(re.findall(r" in \d+\.\d\ds", said)) == 1, "the summaries of the lanes are left out"
    assert re.search(r"^tests/test_rest.py \.\. ", said, re.M) and "the lab lane runs beside this one" in said


@pytest.mark.parametrize(
    ("rest", "lab"), [(FAIL.format(""), IN_LAB.format("", 1)), (PASS.format(""), IN_LAB.format("", 0))]
)
def test_a_failure_of_either_lane_is_shown_and_told_and_fails_the_run(suite, rest, lab):
    code, said, last = run(suite(rest, lab))
    assert code == 1 and counted(last) == "1 failed, 1 passed"
    where = "test_rest.py::test_fails" if rest.startswith("def test_fails") else "browser/test_lab.py::test_in_lab"
    assert f"\nFAILED tests/{where} - " in said.partition(" short test summary info ")[2]
    assert re.search(r"^E +assert", said, re.M), "the failure itself is shown"


def test_errors_skips_and_the_like_are_counted_as_pytest_counts_them(suite):
    rest = (
        "import pytest\n"
        "@pytest.fixture\ndef broken():\n    raise OSError('no such thing')\n"
        "def test_asks(broken):\n    pass\n"
        "def test_skips():\n    pytest.skip('why not')\n"
        "@pytest.mark.xfail\ndef test_known():\n    assert False\n" + FAIL.format("") + PASS.format("")
    )
    code, said, last = run(suite(rest, IN_LAB.format("", 1)))
    assert code == 1 and counted(last) == "1 failed, 2 passed, 1 skipped, 1 xfailed, 1 error"
    assert "ERROR tests/test_rest.py::test_asks - OSError: no such thing" in said


@pytest.mark.parametrize(
    ("end", "how"), [("os.kill(os.getpid(), 9)", "was ended by signal 9"), ("os._exit(0)", "ended with exit code 0")]
)
def test_a_lane_that_breaks_off_is_an_error_that_is_told(suite, end, how):
    code, said, last = run(suite(PASS.format(""), f"import os\ndef test_dies(lab):\n    {end}\n"))
    assert code == 3 and counted(last) == "1 passed, 1 error"
    assert f"It {how}, before any summary." in said and "test session starts" in said.partition(how)[2]


def test_what_breaks_in_collection_is_told_once_and_nothing_hides_it(suite):
    folder = suite(PASS.format(""), IN_LAB.format("", 1))
    (folder / "tests" / "browser" / "test_broken.py").write_text("import no_such_module_anywhere\n")
    code, said, last = run(folder)
    assert code == 2 and counted(last) == "1 error"
    assert said.count("ERROR tests/browser/test_broken.py") == 1
    (folder / "tests" / "browser" / "test_broken.py").rename(folder / "tests" / "test_broken.py")
    code, said, last = run(folder)
    assert code == 2 and counted(last) == "1 passed, 1 error"


def test_arguments_are_passed_on_and_a_lane_without_tests_is_no_failure(suite):
    folder = suite(FAIL.format("") + PASS.format(""), IN_LAB.format("", 1))
    assert run(folder, "-k", "in_lab or tests")[0] == 1, "the value of -k is no place, though it be the name of one"
    code, said, last = run(folder, "-k", "in_lab")
    assert code == 0 and counted(last) == "1 passed, 2 deselected"
    code, said, last = run(folder, "-q", "-k", "nothing_like_it")
    assert code == 5 and counted(last) == "3 deselected"
    code, said, last = run(folder, "-x", "-q")
    assert code == 1 and counted(last) == "1 failed, 1 passed" and "stopping after 1 failures" in said
    code, said, last = run(folder, "--no-such-option")
    assert code == 4 and "unrecognized arguments: --no-such-option" in said


@pytest.mark.parametrize(
    "line",
    ["tests/test_rest.py", "-q tests", "-x tests/test_rest.py::test_passes", "--lane=rest", "--co", "--junitxml=x.xml"],
)
def test_where_a_place_or_a_lane_is_named_or_one_process_is_needed_there_is_one(suite, line):
    code, said, last = run(suite(PASS.format(""), PASS.format("_on_a_page")), *line.split())
    assert code == 0 and re.search(r"[12] (passed|tests collected) in", last) and "the lab lane runs" not in said


def test_a_quick_run_leaves_out_the_browser_and_what_is_slow(suite):
    slow = "import pytest\n@pytest.mark.slow\ndef test_takes_long():\n    assert 0\n"
    folder = suite(PASS.format("") + slow, IN_LAB.format("", 0) + FAIL.format("_on_a_page"))
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "00-start-here.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    with (folder / "pyproject.toml").open("a") as file:
        file.write('markers = ["slow"]\n')
    # Without plugins there is no -n, with which the quick run goes two ways at once.
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "--nbval", "--quick"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment())
    assert ran.returncode == 0 and counted(ran.stdout.splitlines()[-1]) == "1 passed, 1 deselected", ran.stdout


@pytest.mark.skipif(os.name == "nt", reason="a console of Windows sends Ctrl-C to all at once")
def test_ctrl_c_stops_both_lanes_and_what_they_did_is_told(suite, tmp_path):
    waits = "import pathlib, time\n\ndef test_waits({0}):\n    pathlib.Path(r'{1}').touch()\n    time.sleep(60)\n"
    marks = [tmp_path / "rest", tmp_path / "lab"]
    folder = suite(PASS.format("") + waits.format("", marks[0]), waits.format("lab", marks[1]))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.lanes"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        # A shell that starts the suite in the background has it ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 120
    while not all(mark.exists() for mark in marks):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2 and counted(said.splitlines()[-1]) == "1 passed"
    assert said.count("KeyboardInterrupt") >= 2
