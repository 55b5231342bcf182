"""The class bundle: whole enough to run, and without what is not for students."""

import base64
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nhsreform import commands
from nhsreform.notebooks.files import execute, read
from nhsreform.publish import class_bundle
from nhsreform.publish.class_bundle import ReleaseError
from nhsreform.questions import key
from tests.marking.made_up_notebooks import ROOT, tags_of, worked

pytestmark = pytest.mark.slow

ONE, THREE = "01-joint-report", "03-mps-inquiry"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle with two exercises, as a folder. What runs in it leaves no compiled files there."""
    out = tmp_path_factory.mktemp("bundle") / "class"
    assert commands.main(["release", str(out), "--exercises", "01, 3"]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patch.setattr(sys, "dont_write_bytecode", True)
        yield out


def text_of(output):
    return output.get("text") or output["data"]["text/plain"]


def in_bundle(bundle, monkeypatch):
    """Let a kernel find the bundle's package and no other."""
    monkeypatch.setenv("PYTHONPATH", str(bundle / "src"))


def filled(bundle, more):
    """The bundle's first exercise with one right answer, one wrong, and cells put behind."""
    from nbformat.v4 import new_code_cell

    notebook = read(bundle / "exercises" / f"{ONE}.ipynb")
    answers = {
        cell["metadata"]["nhsreform"]["question"]: cell["source"]
        for cell in worked(ONE)["cells"]
        if "answer" in tags_of(cell)
    }
    for cell in notebook.cells:
        if "answer" in cell.metadata.get("tags", []) and cell.metadata.nhsreform.question == "1.1":
            cell.source = "".join(answers["1.1"])
    notebook.cells += [new_code_cell(source) for source in more]
    return notebook


def test_an_exercise_runs_in_the_bundle_and_its_answers_are_not_there(bundle, monkeypatch):
    in_bundle(bundle, monkeypatch)
    asked = [
        "import nhsreform, pathlib; print(pathlib.Path(nhsreform.__file__).parents[2])",
        'nr.answer("1.2")',
        'nr.hint("1.2")',
        "nr.progress()",
        "len(nr.claims())",
    ]
    cells = execute(filled(bundle, asked), bundle / "exercises").cells
    said = [text_of(cell.outputs[0]) for cell in cells if cell.cell_type == "code" and cell.outputs]
    assert any(text.startswith("1.1 right. ") for text in said) and any(
        text.startswith("1.2 not tried yet") for text in said
    )
    place, answer, hint, progress, count = said[-5:]
    assert place.strip() == str(bundle)
    assert "not in this copy. Ask whoever gave it to you." in answer
    assert hint.startswith("1.2 hint 1 of")
    assert ONE in progress and THREE in progress and "02-pct-managers" not in progress
    assert int(count) > 100


def test_a_notebook_to_read_runs_in_the_bundle(bundle, monkeypatch):
    in_bundle(bundle, monkeypatch)
    path = bundle / "notebooks" / f"{ONE}.ipynb"
    outputs = [output for cell in execute(read(path), path.parent).cells for output in cell.get("outputs", [])]
    assert outputs and not any(output.output_type == "error" for output in outputs)


def test_the_bundle_validates_its_own_tables_and_texts(bundle):
    run = [sys.executable, "-c", "from nhsreform import commands; raise SystemExit(commands.main(['validate']))"]
    done = subprocess.run(
        run, cwd=bundle, env={**os.environ, "PYTHONPATH": str(bundle / "src")}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_start_and_binder_find_what_they_need(bundle):
    spec = importlib.util.spec_from_file_location("start_of_the_bundle", bundle / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    start.check_place()
    assert Path(start.ROOT) == bundle and (bundle / start.FIRST_NOTEBOOK).is_file()
    assert start.wanted_stamp(start.LEARNER)["packages"]
    command = [Path(sys.executable).parent / "jupyter-repo2docker", "--no-build", "--debug", "."]
    ran = subprocess.run(command, cwd=bundle, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-2000:]
    assert "Building conda environment for python=3.12" in said and "RUN ./postBuild" in said
    assert (bundle / "postBuild").stat().st_mode & stat.S_IXUSR


def test_only_what_was_chosen_is_there(bundle):
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {name for name in names if name.startswith("exercises/")} == {
        "exercises/key.json",
        f"exercises/{ONE}.ipynb",
        f"exercises/{THREE}.ipynb",
    }
    assert not {
        name for name in names if re.match(r"(teaching|tests|benchmarks|my-work|screenshots|\.git/|\.venv)", name)
    }
    assert {name for name in names if name.startswith("notebooks/")} == {
        f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    assert len([name for name in names if name.startswith("seeds/")]) == 6
    code = {
        path.relative_to(ROOT).as_posix()
        for end in ("py", "pyi", "js", "css", "html", "txt", "ipynb")
        for path in (ROOT / "src").rglob(f"*.{end}")
    }
    assert {name for name in names if name.startswith("src/")} == code
    for name in names - {"README.md", "exercises/key.json"}:
        if not name.startswith(("notebooks/", "src/")):
            assert (bundle / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_key_holds_what_check_needs_and_no_worked_answer(bundle):
    stored, full = key.read(bundle / "exercises"), key.read(ROOT / "exercises")
    assert set(stored) == {question for question in full if full[question]["exercise"] in (ONE, THREE)}
    for question in stored:
        entry, whole = key.unseal(stored[question]), key.unseal(full[question])
        assert entry == {name: value for name, value in whole.items() if name not in ("worked", "why")}


def test_no_worked_answer_and_no_reason_is_anywhere(bundle):
    texts = []
    for path in bundle.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            texts.append(text)
            for sealed in re.findall(r'"sealed": "([^"]+)"', text):
                texts.append(base64.b64decode(sealed).decode("utf-8"))
    whole = "\n".join(texts)
    for stored in key.read(ROOT / "exercises").values():
        entry = key.unseal(stored)
        for secret in (entry["worked"], entry.get("why", "")):
            if len(secret) > 15:
                assert secret not in whole and json.dumps(secret, ensure_ascii=False)[1:-1] not in whole


def test_no_exercise_promises_an_answer_that_is_not_there(bundle):
    for path in (bundle / "exercises").glob("*.ipynb"):
        promises = re.findall(r"nr\.answer\([^)]*\)`([^.]*)", path.read_text(encoding="utf-8"))
        assert promises and all("where your copy of the pack holds it" in promise for promise in promises)


def test_no_link_leads_nowhere(bundle):
    # The templates of a draft hold links to a notebook that is yet to be.
    for path in [*bundle.glob("notebooks/*.ipynb"), *bundle.glob("exercises/*.ipynb"), bundle / "README.md"]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        for link in re.findall(r"\]\((?!https?:|#|mailto:|attachment:)([^)#\s]+)", text):
            assert (path.parent / link).exists(), f"{path.name} links to {link}"


def test_a_zip_holds_the_same_is_the_same_each_time_and_unzips_to_a_bundle(tmp_path):
    for name in ("a.zip", "b.zip"):
        assert commands.main(["release", str(tmp_path / name), "--exercises", "01"]) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {name.split("/")[0] for name in archive.namelist()} == {class_bundle.FOLDER}
        made = class_bundle.bundle(["01"]).files
        assert {name.removeprefix(f"{class_bundle.FOLDER}/"): archive.read(name) for name in archive.namelist()} == made
        assert archive.getinfo(f"{class_bundle.FOLDER}/postBuild").external_attr >> 16 & stat.S_IXUSR


def test_it_says_what_it_left_out(tmp_path, capsys):
    assert commands.main(["release", str(tmp_path / "class"), "--exercises", "01"]) == 0
    told = capsys.readouterr().out
    for part in (
        "exercises/answers",
        "teaching",
        "tests and benchmarks",
        "the exercises 02-pct-managers",
        "Still in the key",
    ):
        assert part in told


def test_nothing_is_overwritten_and_the_pack_itself_is_left_alone(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "old.zip").write_text("mine")
    for place, told in (
        ("full", "exists already"),
        ("old.zip", "exists already"),
        (str(ROOT / "new-bundle"), "own folder"),
    ):
        assert commands.main(["release", str(tmp_path / place)]) == 2
        assert told in capsys.readouterr().err
    assert commands.main(["release", str(tmp_path / "none"), "--exercises", "12"]) == 2
    assert "There is no exercise '12'" in capsys.readouterr().err
    assert not (ROOT / "new-bundle").exists() and not (tmp_path / "none").exists()


def test_a_lecturers_own_files_stay_out_or_stop_it(tmp_path, monkeypatch):
    root = tmp_path / "checkout"
    for name in ("data", "seeds", "notebooks", "exercises", "src"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in class_bundle._TOP:
        shutil.copy(ROOT / name, root / name)
    monkeypatch.setattr(class_bundle, "checkout", lambda: root)
    before = set(class_bundle.bundle().files)
    for name in (
        "data/grades.csv",
        "seeds/private.txt",
        "exercises/01-joint-report-solved.ipynb",
        "exercises/exam.ipynb",
        "marks.csv",
        "src/marks.csv",
    ):
        (root / name).write_text("private")
    assert set(class_bundle.bundle().files) == before
    shutil.copy(root / "notebooks" / f"{ONE}.ipynb", root / "notebooks" / f"{ONE}-Copy1.ipynb")
    with pytest.raises(ReleaseError, match="holds both"):
        class_bundle.bundle()
    (root / "notebooks" / f"{ONE}-Copy1.ipynb").unlink()
    (root / "start.py").unlink()
    with pytest.raises(ReleaseError, match="not whole"):
        class_bundle.bundle()
