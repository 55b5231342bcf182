"""What a learner entered is never lost."""

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nhsreform.work import store


def test_keeps_and_gives_back(work_folder):
    store.put("predictions", "01.1", {"answer": "They will ask for time."})
    assert store.get("predictions", "01.1") == {"answer": "They will ask for time."}
    assert store.get("predictions", "01.2", "none") == "none"


def test_reading_creates_nothing(work_folder):
    assert store.get("predictions", "01.1") is None
    assert not work_folder.exists()


def test_survives_a_new_process(work_folder):
    store.put("answers", "1.1", "é “include” \U0001f609")
    code = "from nhsreform.work import store; print(ascii(store.get('answers', '1.1')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii("é “include” \U0001f609")


@pytest.mark.parametrize("keep", [0, 1, 20, -2])
def test_a_file_cut_short_is_put_aside_and_nothing_is_lost(work_folder, capsys, keep):
    store.put("answers", "1.1", "first")
    store.put("answers", "1.2", "second")
    whole = store.work_file().read_bytes()
    store.work_file().write_bytes(whole[:keep])
    assert store.get("answers", "1.2") == "second"
    told = capsys.readouterr().out
    assert "cut short or damaged" in told
    assert "my-work.damaged-1.json" in told
    assert (work_folder / "my-work.damaged-1.json").read_bytes() == whole[:keep]
    store.put("answers", "1.3", "third")
    assert store.sections()["answers"] == {"1.1": "first", "1.2": "second", "1.3": "third"}


def test_two_damaged_files_are_both_kept(work_folder):
    for text in ("{", "["):
        store.put("answers", "1.1", "first")
        store.work_file().write_text(text)
        assert store.get("answers", "1.1") == "first"
    assert sorted(path.name for path in work_folder.glob("*damaged*")) == [
        "my-work.damaged-1.json",
        "my-work.damaged-2.json",
    ]


def test_a_spare_copy_without_its_file_is_used_quietly(work_folder, capsys):
    store.put("answers", "1.1", "first")
    store.work_file().unlink()
    assert store.get("answers", "1.1") == "first"
    store.put("answers", "1.2", "second")
    assert store.sections()["answers"] == {"1.1": "first", "1.2": "second"}
    assert capsys.readouterr().out == ""


@pytest.fixture
def shut(monkeypatch):
    """A function that lets nobody open files of these names, as if they were another user's; called again, it lets them."""
    read = Path.read_bytes

    def shut_them(*names):
        def refused(path, *given, **named):
            if path.name in names:
                raise PermissionError(13, "Permission denied")
            return read(path, *given, **named)

        monkeypatch.setattr(Path, "read_bytes", refused)

    return shut_them


@pytest.mark.parametrize("names", [["my-work.json"], ["my-work.json", "my-work.last-good.json"]])
def test_files_that_cannot_be_opened_are_left_alone(work_folder, shut, names):
    """Made by another user, or in a cloud folder that is offline: what is in them is whole."""
    store.put("answers", "1.1", "first")
    before = {path.name: path.read_bytes() for path in work_folder.glob("*.json")}
    shut(*names)
    for use in (lambda: store.get("answers", "1.1"), lambda: store.put("answers", "1.2", "second")):
        with pytest.raises(store.WorkError, match="cannot be opened"):
            use()
    shut()
    assert {path.name: path.read_bytes() for path in work_folder.glob("*.json")} == before


def test_a_damaged_file_beside_a_spare_that_cannot_be_opened_starts_nothing_afresh(work_folder, shut):
    store.put("answers", "1.1", "first")
    store.work_file().write_text("{")
    spare = work_folder / "my-work.last-good.json"
    before = spare.read_bytes()
    shut(spare.name)
    with pytest.raises(store.WorkError, match="cannot be opened"):
        store.put("answers", "1.2", "second")
    shut()
    assert spare.read_bytes() == before
    assert store.get("answers", "1.1") == "first"


def test_a_newer_file_is_refused_and_left_alone(work_folder):
    work_folder.mkdir()
    newer = json.dumps({"format": "nhsreform-work", "version": 99, "sections": {}})
    store.work_file().write_text(newer)
    with pytest.raises(store.WorkError, match="newer pack"):
        store.put("answers", "1.1", "x")
    assert store.work_file().read_text() == newer


@pytest.mark.parametrize("damaged", [None, "{"])
def test_a_newer_spare_copy_is_refused_and_left_alone(work_folder, damaged):
    work_folder.mkdir()
    spare = work_folder / "my-work.last-good.json"
    newer = json.dumps({"format": "nhsreform-work", "version": 99, "sections": {}})
    spare.write_text(newer)
    if damaged:
        store.work_file().write_text(damaged)
    with pytest.raises(store.WorkError, match="newer pack"):
        store.put("answers", "1.1", "x")
    assert spare.read_text() == newer


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_is_not_json_is_refused_with_a_sentence(work_folder, value):
    store.put("answers", "1.1", "safe")
    with pytest.raises(store.WorkError, match="cannot be kept"):
        store.put("answers", "1.2", value)
    assert store.get("answers", "1.1") == "safe"


def test_a_list_that_holds_itself_is_refused(work_folder):
    loop = []
    loop.append(loop)
    with pytest.raises(store.WorkError, match="cannot be kept"):
        store.put("answers", "1.1", loop)


def test_a_full_disk_leaves_what_was_there(work_folder, monkeypatch):
    store.put("answers", "1.1", "first")
    before = store.work_file().read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(store.WorkError, match="No space left on device"):
            store.put("answers", "1.2", "second")
    assert store.work_file().read_bytes() == before
    assert not list(work_folder.glob("*.new"))


def test_a_folder_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    file = tmp_path / "a-file"
    file.write_text("")
    monkeypatch.setenv("NHSREFORM_WORK", str(file / "below"))
    with pytest.raises(store.WorkError, match="cannot be saved"):
        store.put("answers", "1.1", "x")


def test_save_and_restore_elsewhere(work_folder, tmp_path, monkeypatch, capsys):
    store.put("answers", "1.1", "mine")
    saved = store.save(tmp_path / "mine.json")
    assert "Saved 1 piece" in capsys.readouterr().out
    monkeypatch.setenv("NHSREFORM_WORK", str(tmp_path / "fresh"))
    store.put("answers", "1.2", "kept here")
    store.restore(saved)
    assert store.sections()["answers"] == {"1.1": "mine", "1.2": "kept here"}
    assert "before-restore" in " ".join(path.name for path in (tmp_path / "fresh").iterdir())


@pytest.mark.parametrize("way", ["utf-8-sig", "utf-16"])
def test_work_that_an_editor_saved_again_is_restored(work_folder, tmp_path, way):
    store.put("answers", "1.1", "Zo\u00eb")
    path = store.save(tmp_path / "work.json")
    path.write_bytes(path.read_text(encoding="utf-8").encode(way))
    store.put("answers", "1.1", "other")
    store.restore(path)
    assert store.get("answers", "1.1") == "Zo\u00eb"


def test_saving_nothing_is_said(work_folder):
    with pytest.raises(store.WorkError, match="nothing to save"):
        store.save()


@pytest.mark.parametrize(
    "text, told", [("{", "cut short"), ("{}", "not a file of saved work"), ('"x"', "not a file of saved work")]
)
def test_restoring_something_else_changes_nothing(work_folder, tmp_path, text, told):
    store.put("answers", "1.1", "mine")
    other = tmp_path / "my-work-other.json"
    other.write_text(text)
    with pytest.raises(store.WorkError, match=told):
        store.restore(other)
    assert store.get("answers", "1.1") == "mine"


def test_restoring_a_missing_file_names_those_that_are_there(work_folder, tmp_path):
    (tmp_path / "my-work-2026-01-01.json").write_text("{}")
    with pytest.raises(store.WorkError, match="my-work-2026-01-01.json"):
        store.restore(tmp_path / "my-wrok.json")


def _put_many(number):
    for item in range(10):
        store.put("answers", f"{number}.{item}", item)


@pytest.mark.slow
def test_notebooks_that_save_at_the_same_time_lose_nothing(work_folder):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(_put_many, range(3))
    assert len(store.sections()["answers"]) == 30
