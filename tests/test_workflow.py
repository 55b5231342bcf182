"""The workflow for the hosting site: what can be held of it without running it there."""

import re

import pytest
import yaml

from tests.conftest import ROOT
from tests.test_start import load

PATH = ROOT / ".github" / "workflows" / "pack.yml"
TEXT = PATH.read_text(encoding="utf-8")
# YAML takes a bare `on` for true, so the triggers stand under True.
WORKFLOW = yaml.safe_load(TEXT)
JOBS = WORKFLOW["jobs"]
RUNS = {f"{job}: {step['run']}": step["run"] for job, parts in JOBS.items() for step in parts["steps"] if "run" in step}
START = load(ROOT)
PUBLISHES = {"pages": "write", "id-token": "write"}


def test_every_action_is_pinned_to_a_commit_and_says_its_version():
    """A tag can be moved to other code; a commit cannot."""
    used = re.findall(r"uses: (.*)", TEXT)
    assert len(used) == sum("uses" in step for job in JOBS.values() for step in job["steps"])
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_one_action_is_one_commit():
    pins = set(re.findall(r"uses: (actions/[a-z-]+)@([0-9a-f]{40})", TEXT))
    assert len(pins) == len({action for action, _ in pins})


def test_no_job_may_do_more_than_it_needs():
    assert WORKFLOW["permissions"] == {}
    for name, job in JOBS.items():
        assert job["permissions"] == (PUBLISHES if name == "publish" else {"contents": "read"}), name
    for job in JOBS.values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_a_stranger_s_pull_request_gets_no_rights_and_no_say_in_a_command():
    assert set(WORKFLOW[True]) == {"push", "pull_request", "workflow_dispatch"}
    assert "secrets." not in TEXT
    for command in RUNS.values():
        assert "${{" not in command


def test_every_job_ends_and_runs_on_a_named_system():
    for job in JOBS.values():
        assert job["timeout-minutes"] <= 40
        systems = job.get("strategy", {}).get("matrix", {}).get("system", [job["runs-on"]])
        assert not [system for system in systems if "latest" in system]


def test_newer_commits_stop_only_the_runs_of_pull_requests_and_never_a_publication():
    assert "github.ref" in WORKFLOW["concurrency"]["group"]
    assert WORKFLOW["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert JOBS["publish"]["concurrency"] == {"group": "pages", "cancel-in-progress": False}


def test_the_suite_runs_on_the_oldest_and_the_newest_python_that_start_says_is_tested():
    tested = [".".join(map(str, version)) for version in (START.OLDEST, START.NEWEST_TESTED)]
    assert JOBS["suite"]["strategy"]["matrix"]["python"] == tested
    (python,) = [s["with"]["python-version"] for s in JOBS["site"]["steps"] if "setup-python" in s.get("uses", "")]
    assert python == tested[1]


def test_the_quick_lane_runs_on_three_systems_and_says_that_it_never_did():
    quick = JOBS["quick"]
    matrix = quick["strategy"]["matrix"]
    assert [system.partition("-")[0] for system in matrix["system"]] == ["ubuntu", "windows", "macos"]
    oldest = ".".join(map(str, START.OLDEST))
    assert matrix["python"] == [oldest, "3.14"]
    # Under CI a missing sandbox is a failure, and two of the three systems have none.
    (test,) = [step for step in quick["steps"] if "run" in step]
    assert test["run"] == "python start.py test --quick" and test["env"] == {"CI": "false"}
    (python,) = [s["with"]["python-version"] for s in quick["steps"] if "setup-python" in s.get("uses", "")]
    assert python == "${{ matrix.python }}" and quick["runs-on"] == "${{ matrix.system }}"
    assert "  # Not yet run" in TEXT.partition("\n  quick:\n")[0].rpartition("\n\n")[2]


def test_what_is_kept_between_runs_is_kept_by_the_lock():
    caches = [s["with"] for job in JOBS.values() for s in job["steps"] if "setup-python" in s.get("uses", "")]
    assert len(caches) == 3
    for kept in caches:
        assert kept["cache-dependency-path"] == "requirements-dev.txt"
        assert (ROOT / kept["cache-dependency-path"]).is_file()


@pytest.mark.parametrize("command", RUNS.values(), ids=RUNS.keys())
def test_a_command_is_one_that_the_readme_or_contributing_names(command):
    told = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    command = command.removeprefix('sudo env "PATH=$PATH" CI=true ')
    words = re.sub(r"^python ", "python3 ", command).split()
    named = " ".join(words[:3] if words[0] == "python3" else words[:2])
    assert named in ("python3 start.py test", "python3 start.py site")
    assert named in told


def test_the_whole_suite_is_run_whole_on_the_newest_python():
    newest = JOBS["suite"]["strategy"]["matrix"]["python"][-1]
    runs = {step["run"].rpartition("CI=true ")[2]: step.get("if") for step in JOBS["suite"]["steps"] if "run" in step}
    # The two conditions are each other's opposite: no Python of the matrix is left without a test.
    assert runs == {
        "python3 start.py test --version": None,
        "python3 start.py test": f"matrix.python == '{newest}'",
        "python3 start.py test --lane rest": f"matrix.python != '{newest}'",
    }


def test_nothing_is_published_before_the_rights_are_settled_and_the_tests_have_passed():
    publish = JOBS["publish"]
    assert set(publish["needs"]) == {"suite", "quick", "site"} and JOBS["site"]["needs"] == "suite"
    said = re.fullmatch(r"(.*) && vars\.(\w+) == 'yes'", publish["if"])
    assert said[1] == "github.ref == 'refs/heads/main' && github.event_name != 'pull_request'"
    guide = (ROOT / "teaching" / "publishing.md").read_text(encoding="utf-8")
    assert f"`{said[2]}`" in guide, "teaching/publishing.md does not name the variable that switches publishing on"


def test_what_is_published_is_what_build_makes():
    (upload,) = [step["with"] for step in JOBS["site"]["steps"] if "upload-pages" in step.get("uses", "")]
    (build,) = [step["run"] for step in JOBS["site"]["steps"] if "run" in step]
    assert build == "python3 start.py site" and upload["path"] == "site/"
