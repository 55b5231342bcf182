"""A new kind of question is one file: an invented one is built, judged, checked and exported."""

import subprocess
import sys
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from nhsreform.commands import quiz as command
from nhsreform.questions import build, judge, key, kinds
from nhsreform.questions.export import quiz as quiz_export
from nhsreform.questions.kinds.question import Question
from nhsreform.questions.kinds.quiz_item import Answer, Gap, Shape
from nhsreform.questions.value import plain
from tests.conftest import judged
from tests.test_quiz import Export, own_folder


@dataclass(frozen=True, kw_only=True)
class TrueOrFalse(Question):
    """Is it so? reasons: {"True" or "False": what is said to it when it is wrong}."""

    kind: ClassVar[str] = "true-or-false"
    shape: ClassVar[Shape] = Shape.WORDS
    settings: ClassVar = {"reasons": dict}

    answer: bool
    reasons: dict[str, str] = field(default_factory=dict)

    @classmethod
    def answer_of(cls, value):
        return value["value"] if value["type"] == "bool" else None

    def problem(self):
        return "" if str(not self.answer) in self.reasons else "the key does not say why the other is wrong."

    def named_wrong(self):
        return [(plain(not self.answer), self.reasons[str(not self.answer)])]

    def form(self):
        return "Give True or False, without quotation marks."

    def judge(self, value):
        if value["type"] != "bool":
            return self.not_of_the_form(value)
        return (
            judge.right(self.right) if value["value"] == self.answer else judge.wrong(self.reasons[str(value["value"])])
        )

    def gaps(self, words):
        wrong = str(not self.answer)
        return (Gap((Answer(str(self.answer), 1.0, self.right), Answer(wrong, 0.0, self.reasons[wrong]))),)


TOML = 'kind = "true-or-false"\n[reasons]\nFalse = "Look again at the date."'


@pytest.fixture
def invented(monkeypatch):
    monkeypatch.setitem(kinds.KINDS, TrueOrFalse.kind, TrueOrFalse)


def test_an_invented_kind_is_built_judged_and_exported(invented, tmp_path, monkeypatch, work_folder, capsys):
    folder = own_folder(tmp_path / "own", (TOML, "Is it so?", "ANSWER = True"))
    for name, text in build.built(build.own_answers(folder), folder).items():
        (folder / name).write_text(text, encoding="utf-8")
    assert "q21_1 = ..." in (folder / "21-my-questions.ipynb").read_text(encoding="utf-8")
    monkeypatch.chdir(folder)
    question = key.question("21.1")
    assert isinstance(question, TrueOrFalse) and question.answer is True
    states = {judged(value, question).state for value in (..., None)}
    assert states == {judge.UNTRIED}
    assert judged(True, question) == judge.right("Yes.")
    assert judged(False, question) == judge.wrong("Look again at the date.")
    assert judged("yes", question).message == "Your answer is text. Give True or False, without quotation marks."
    shown = Export(quiz_export.collect([], own=folder))
    for share, told in (
        shown.moodle.mark("nhsreform-21.1", "False"),
        shown.package.items["nhsreform-21-1"].mark(RESPONSE="False"),
    ):
        assert share == 0 and "Look again at the date." in told
    assert shown.rows["21.1"]["kind"] == "true-or-false" and shown.rows["21.1"]["answer"] == "True"
    assert "1 true-or-false" in "".join(command.report(shown.quiz, []))


@pytest.mark.parametrize(
    "toml, code, told",
    [
        (TOML, 'ANSWER = "yes"', "the worked answer is text, which cannot answer a true-or-false"),
        (TOML.replace("False =", "True ="), "ANSWER = True", "does not say why the other is wrong"),
        (
            TOML + '\n[wrong]\na = "b"',
            "ANSWER = True",
            "wrong. A true-or-false may have why, blanks, platform, reasons",
        ),
    ],
)
def test_what_it_does_not_allow_is_refused_at_build(invented, tmp_path, toml, code, told):
    folder = own_folder(tmp_path / "own", (toml, "Is it so?", code))
    with pytest.raises(build.NotebookError, match=told):
        build.built(build.own_answers(folder), folder)


def test_judging_reads_no_file_and_loads_no_table():
    # What the room may load: itself, the room of words, and where the pack says that something is wrong.
    code = (
        "import sys, nhsreform.questions.kinds, nhsreform.questions.judge; "
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('nhsreform.')}; "
        "heavy = [name for name in ('pandas', 'numpy', 'mistune', 'bs4') if name in sys.modules]; "
        "print(sorted(rooms - {'questions', 'text', 'paths', 'checkout', 'errors'}) + heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
