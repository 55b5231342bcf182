"""Exercises: stubs faithful and fresh, every check alive, every named mistake answered with its own words."""

import json
import re
import shutil
from pathlib import Path

import pytest

from conftest import ROOT
from nhsreform import judge, work
from nhsreform.exercises import build, feedback, key
from nhsreform.notebooks import NotebookError, execute, read
from nhsreform.paths import PackError

EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))
QUESTIONS = {question_id: key.entry(question_id) for question_id in key.questions()}


def text_of(output):
    return "".join(output.get("data", {}).get("text/plain", output.get("text", "")))


@pytest.fixture(scope="module")
def built():
    return build.built(ROOT / "exercises" / "answers", ROOT / "exercises")


def test_stubs_and_key_are_fresh(built):
    for name, text in built.items():
        assert (ROOT / "exercises" / name).read_text(encoding="utf-8") == text, f"{name} is stale: nhsreform build"
    assert {path.name for path in EXERCISES} == set(built) - {"key.json"}


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_untouched_exercise_runs_through_and_nothing_is_tried(path):
    notebook = execute(read(path), path.parent)
    checks = [cell for cell in notebook.cells if build.tag_of(cell) == "check"]
    assert len(checks) >= 3
    for cell in checks:
        assert text_of(cell.outputs[0]).startswith(f"{build.question_of(cell)} not tried yet")


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_worked_answer_is_right_in_its_committed_output(path):
    for cell in read(path.parent / "answers" / path.name).cells:
        if build.tag_of(cell) == "check" and QUESTIONS[build.question_of(cell)]["kind"] != "prose":
            assert re.match(rf"{re.escape(build.question_of(cell))} right\. \w", text_of(cell.outputs[0]))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_a_stub_holds_no_answer_and_no_output(path):
    stub, worked = read(path), read(path.parent / "answers" / path.name)
    answers = {build.question_of(cell): cell.source for cell in worked.cells if build.tag_of(cell) == "answer"}
    for cell in stub.cells:
        assert build.tag_of(cell) != "key"
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        if build.tag_of(cell) == "answer":
            full = answers[build.question_of(cell)]
            assert cell.source != full and build.is_answer_with_holes(cell.source, full)


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_every_named_wrong_answer_gets_its_own_message(question_id):
    entry = QUESTIONS[question_id]
    cases = build.named_wrong(entry)
    assert cases or entry["kind"] in ("prose", "order", "range"), "name at least one wrong answer"
    for value, message in cases:
        result = judge.verdict(value, entry)
        assert result["state"] != judge.RIGHT and message in result["message"]


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_hints_do_not_hold_the_answer(question_id):
    entry = QUESTIONS[question_id]
    if entry["kind"] in ("text", "quotation", "attribution", "number"):
        for hint in entry["hints"][:1]:
            assert judge.fold(str(entry["answer"])) not in judge.fold(hint)


def test_the_key_is_not_readable_at_a_glance():
    text = (ROOT / "exercises" / "key.json").read_text(encoding="utf-8")
    for entry in QUESTIONS.values():
        if isinstance(entry.get("answer"), str) and len(entry["answer"]) > 3:
            assert f'"{entry["answer"]}"' not in text


def test_sealing_and_unsealing_gives_the_entry_back():
    for question_id, stored in key.questions().items():
        assert key.seal(key.unseal(stored)) == stored, question_id


# --- what the learner sees ------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch, work_folder):
    """Collect what is displayed, as text."""
    import IPython.display

    seen = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: seen.append(bundle))
    return seen


def test_check_says_right_not_yet_or_not_tried_and_keeps_the_answer(shown):
    feedback.check("1.1", ...)
    feedback.check("1.1", "suggests")
    feedback.check("1.1", "include")
    first = [bundle["text/plain"].split(". ")[0] for bundle in shown]
    assert first == ["1.1 not tried yet", "1.1 not yet", "1.1 right"]
    assert work.get("answers", "1.1")["state"] == "right"


def test_check_depends_on_the_value_alone(shown):
    for _ in range(3):
        feedback.check("1.1", "suggests")
    assert len({bundle["text/plain"] for bundle in shown}) == 1


def test_what_a_learner_types_is_escaped(shown):
    feedback.check("1.6", "<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"] and "&lt;script&gt;" in shown[0]["text/html"]


def test_hints_come_one_by_one_and_then_end(shown):
    entry = QUESTIONS["1.1"]
    for _ in range(len(entry["hints"]) + 1):
        feedback.hint("1.1")
    told = [bundle["text/plain"] for bundle in shown]
    assert [entry["hints"][i] in told[i] for i in range(len(entry["hints"]))] == [True] * len(entry["hints"])
    assert told[-1].startswith("1.1 no more hints")


def test_answer_shows_the_worked_answer_and_why(shown):
    feedback.answer("1.1")
    assert QUESTIONS["1.1"]["worked"] in shown[0]["text/plain"] and QUESTIONS["1.1"]["why"] in shown[0]["text/plain"]


def test_progress_counts_what_is_right(shown):
    feedback.check("1.1", "include")
    feedback.progress()
    assert shown[-1]["text/plain"].startswith(f"1 of {len(QUESTIONS)} questions right")


def test_an_unknown_question_lists_the_nearest():
    with pytest.raises(PackError, match="There is no question '1.19'"):
        feedback.check("1.19", "x")


def test_a_folder_that_cannot_be_written_does_not_stop_a_check(shown, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "file"))
    feedback.check("1.1", "include")
    assert shown[0]["text/plain"].startswith("1.1 right") and "Not kept" in shown[0]["text/plain"]


# --- break it, and see red ------------------------------------------------------------------------------


@pytest.fixture
def worked_copy(tmp_path):
    folder = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", folder)
    return folder


def change(folder, old, new):
    """Change text in the source of a worked notebook's cells, exactly once."""
    path = next((folder / "answers").glob("01-*.ipynb"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    sources = [cell for cell in notebook["cells"] if old in "".join(cell["source"])]
    assert len(sources) >= 1
    cell = sources[0]
    cell["source"] = "".join(cell["source"]).replace(old, new, 1)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('q1_1 = "include"', 'q1_1 = "suggests"', "is not judged right|gets"),
        ('q1_1 = "include"', "q1_1 = ...", "is its answer|not its answer"),
        ('q1_1 = "include"', 'other = "include"', "is set 0 times"),
        ('nr.check("1.1", q1_1)', 'nr.check("1.1", "include")', "must be one line"),
        ('q1_3 = "will need', 'q1_3 = "will certainly need', "not verbatim|not judged right"),
        ('kind = "text"', 'kind = "guess"', "expected one of"),
        ("core = true", "core = 1", "needs core"),
        ("hints = [", "hint = [", "needs hints"),
        ('kind = "text"', 'kind = "text', "is not TOML"),
        ("minutes = 2", "minutes = 2\ncolour = 3", "a field it should not have: colour|colour"),
        ('"suggests" = ', '"include" = ', "named wrong answer"),
        ("q1_6 = ", "1 / 0\nq1_6 = ", "A cell does not run"),
    ],
)
def test_a_broken_exercise_is_refused_at_build(worked_copy, old, new, told):
    change(worked_copy, old, new)
    with pytest.raises(NotebookError, match=told):
        build.built(worked_copy / "answers", ROOT / "exercises")


@pytest.mark.parametrize(
    "old, new",
    [
        ("Try each word in turn", "Try every word in turn"),
        ("To say that the issues are these", "To state that the issues are these"),
        ("Fill in each blank", "Fill each blank"),
    ],
)
def test_a_changed_hint_reason_or_text_makes_the_built_files_stale(worked_copy, old, new):
    change(worked_copy, old, new)
    files = build.built(worked_copy / "answers", ROOT / "exercises")
    assert any((ROOT / "exercises" / name).read_text(encoding="utf-8") != text for name, text in files.items())


def test_a_stub_that_would_raise_is_refused(worked_copy):
    change(worked_copy, 'q1_1 = "include"', 'q1_1 = "include".lower()')
    change(worked_copy, "minutes = 2", 'minutes = 2\nblanks = ["\\"include\\""]')
    with pytest.raises(NotebookError, match="does not run"):
        build.built(worked_copy / "answers", ROOT / "exercises")


def test_the_folder_of_a_lecturer_s_own_questions_works_the_same(worked_copy):
    files = build.built(worked_copy / "answers", worked_copy)
    for name, text in files.items():
        Path(worked_copy, name).write_text(text, encoding="utf-8")
    assert set(key.read(worked_copy)) == {"1.1", "1.2", "1.3", "1.4", "1.5", "1.6"}


def test_a_damaged_key_is_said(tmp_path):
    (tmp_path / "key.json").write_text("{")
    with pytest.raises(PackError, match="nhsreform build"):
        key.read(tmp_path)
    with pytest.raises(PackError, match="missing"):
        key.read(tmp_path / "none")
