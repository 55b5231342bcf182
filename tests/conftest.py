"""What every test shares: the learner's work goes elsewhere, and the checkout's own stays as it was."""

import atexit
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.lanes import pytest_addoption, pytest_collection_modifyitems, pytest_configure, pytest_sessionfinish

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_configure", "pytest_sessionfinish"]

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports the package: tests may not touch the learner's own work, and leave nothing behind. What they
# and their processes put down goes into one folder, which must be empty in the end; pytest's own folders of the last
# three runs stay where pytest has them.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
_ELSEWHERE = Path(tempfile.mkdtemp(prefix="nhsreform-tests-"))
# Some tests look into it as another user, as into the system's own.
_ELSEWHERE.chmod(0o755)
atexit.register(shutil.rmtree, _ELSEWHERE, ignore_errors=True)
TEMPORARY = _ELSEWHERE / "tmp"
TEMPORARY.mkdir()
os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(TEMPORARY)), NHSREFORM_WORK=str(_ELSEWHERE / "work"))
tempfile.tempdir = None
# Several processes of numbers share the cores already: more threads in each only wait for one another.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# No test takes the power away, and to wait for the disk thousands of times takes long.
os.fsync = lambda _file: None


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session", autouse=True)
def own_work_is_untouched():
    """Fail the run when a test wrote into my-work/, data/ or seeds/ of the checkout, or left a temporary file behind."""
    folders = [ROOT / name for name in ("my-work", "data", "seeds")]
    before = [_hashes(folder) for folder in folders]
    yield
    assert [_hashes(folder) for folder in folders] == before, "a test wrote into the checkout"
    left = sorted(path.name for path in TEMPORARY.iterdir())
    assert not left, f"left in the temporary folder: {', '.join(left)}"


@pytest.fixture
def work_folder(tmp_path, monkeypatch):
    """An empty folder for the learner's work."""
    folder = tmp_path / "work"
    monkeypatch.setenv("NHSREFORM_WORK", str(folder))
    return folder


@pytest.fixture
def copy_of_data(tmp_path, monkeypatch):
    """A copy of data/ and seeds/ that the package takes for the checkout; broken freely."""
    from nhsreform import checkout

    root = tmp_path / "copy"
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, root / name)
    # The checkout is the one that the current folder lies in.
    monkeypatch.chdir(root)
    checkout.forget()
    yield root
    checkout.forget()


@pytest.fixture(scope="session")
def site(tmp_path_factory, request):
    """The reading edition, made once for all processes of a run, by its own command."""
    # Each process of a lane has a folder of its own, beside those of the others.
    alone = not hasattr(request.config, "workerinput")
    place = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    folder = place / "edition" / "site"
    with FileLock(place / "edition.lock"):
        if not folder.exists():
            command = [sys.executable, "-m", "nhsreform.commands", "build", "--site", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            assert done.returncode == 0, done.stderr
    return folder


def entry_of(question_id):
    """Return a question's entry of the key, opened, as the dictionary that it is."""
    from nhsreform.questions import key
    from nhsreform.questions.kinds import KINDS

    entry = key.unseal(key.questions()[question_id])
    return KINDS[entry["kind"]].opened(entry)


def judged(value, entry):
    """Return the judge's verdict on any value, for a question or for an entry of the key."""
    from nhsreform.questions import judge
    from nhsreform.questions.kinds import read_question
    from nhsreform.questions.value import plain

    return judge.verdict(plain(value), read_question(entry) if isinstance(entry, dict) else entry)


def luminance(colour):
    colour = "#" + "".join(sign * 2 for sign in colour[1:]) if len(colour) == 4 else colour
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of two colours such as #1772a9 or #fff, as WCAG has it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
