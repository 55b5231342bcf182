"""The command line: help, exit codes, and what it says when something is wrong."""

import re
import sys

import pytest

from nhsreform import checkout, commands
from nhsreform.errors import PackError
from nhsreform.notebooks.files import NotebookError, run
from nhsreform.publish import generated_files
from tests.conftest import ROOT


def test_help_and_the_module_list_the_same_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    in_the_docstring = " ".join(commands.__doc__.split()).split(": ")[1].rstrip(".").split(" | ")
    assert in_the_docstring == re.findall(r"^    ([a-z]+)(?=  |\n)", shown, re.MULTILINE)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["validate", "--loud"]])
def test_a_wrong_command_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_balance_is_printed(capsys):
    assert commands.main(["balance"]) == 0
    shown = capsys.readouterr().out
    assert "one-sided" in shown and "engagement" in shown


def test_outside_a_checkout_it_says_where_it_looked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(checkout, "_upwards", lambda start: None)
    checkout.forget()
    monkeypatch.chdir(tmp_path)
    try:
        assert commands.main(["validate"]) == 2
    finally:
        checkout.forget()
    assert "The pack's folder was not found" in capsys.readouterr().err


@pytest.mark.slow
def test_running_a_notebook_that_fails_leaves_it_as_it_was(tmp_path, capsys):
    from nbformat.v4 import new_code_cell, new_notebook

    from nhsreform.notebooks.files import text

    path = tmp_path / "broken.ipynb"
    path.write_text(text(new_notebook(cells=[new_code_cell("1 / 0")])), encoding="utf-8")
    before = path.read_bytes()
    assert commands.main(["run", str(path)]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_what_is_no_notebook_is_said(tmp_path, content):
    path = tmp_path / "odd.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError, match="cannot be read"):
        run(path)


def test_a_missing_notebook_is_said(tmp_path, capsys):
    assert commands.main(["run", str(tmp_path / "none.ipynb")]) == 2
    assert "There is no notebook" in capsys.readouterr().err


def test_every_generated_file_is_fresh():
    files = generated_files.texts()
    assert generated_files.stale(files, ROOT) == []
    assert {"data/README.md", "data/codebook.md", "environment.yml", "postBuild", "exercises/key.json"} <= set(files)


def test_a_changed_generated_file_is_called_stale(tmp_path):
    (tmp_path / "a.md").write_text("old", encoding="utf-8")
    assert generated_files.stale({"a.md": "new", "b.md": "new"}, tmp_path) == ["a.md", "b.md"]


def test_an_error_meets_a_student_as_one_sentence():
    assert PackError("Type this instead.")._render_traceback_() == ["Type this instead."]


def test_the_command_of_another_pack_is_refused(tmp_path, monkeypatch, capsys):
    """In a copy with last year's key, or from an environment of another copy, nothing is done with the wrong tables."""
    (tmp_path / "copy" / "src" / "nhsreform").mkdir(parents=True)
    for name in ("start.py", "src/nhsreform/checkout.py"):
        (tmp_path / "copy" / name).touch()
    inside = tmp_path / "copy" / "submissions"
    inside.mkdir()
    monkeypatch.chdir(inside)
    # A package that PYTHONPATH names is meant: see below.
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert commands.main(["validate"]) == commands.FAILED
    said = capsys.readouterr().err
    assert str(tmp_path / "copy") in said and "python3 start.py" in said
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "copy" / ".venv"))
    assert commands.main(["validate"]) == commands.FAILED
