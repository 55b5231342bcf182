"""A beginner's errors in a notebook: each ends in a sentence on what to type, and no check speaks of an answer that is not there."""

import os
import runpy

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nhsreform.questions import cell_errors, learner
from nhsreform.work import store
from tests.conftest import ROOT


@pytest.fixture
def run(work_folder, monkeypatch, capsys):
    """Run cells as a notebook does; return what was shown."""
    shell = InteractiveShell(colors="nocolor")
    monkeypatch.setattr(cell_errors, "_watch", None)
    monkeypatch.setattr(shell, "_showtraceback", lambda kind, error, lines: print("\n".join(lines)))
    monkeypatch.setattr(learner, "_show", lambda first, rest, look, code="", lines=(): print(first, rest, *lines))
    cell_errors.watch(shell)

    def run_cell(*cells):
        for cell in cells:
            capsys.readouterr()
            shell.run_cell(cell)
        return capsys.readouterr().out

    run_cell("import nhsreform as nr")
    yield run_cell
    shell.history_manager.end_session()


MISTAKES = {
    "q1_5 = [b, d]": '"b"',
    'q1_5 = ["b", "d]': "quotation mark is missing",
    'q1_5 = ["b", "d"': "never closed",
    'q1_5 = ["b" "d"]]': "bracket",
    "q1_1 = include": '"include"',
    "q1_1 = “include”": "straight quotation marks",
    "q1_3 = will need time": "Words stand in quotation marks",
    "q6_3 = 70%": "70.",
    "q6_3 = £70": "number stands alone",
    "q6_3 = 70,05": "with a point",
    '  q1_1 = "x"\n q1_1 = "y"': "left edge",
    'q1_5 = "b" + 1': "Give letters from a to f",
    'q3_5 = nr.table("figures").set_index("figure_id").high["mps-inquiry-f99"]': "mps-inquiry-f19",
    'nr.table("glossary").set_index("term").loc["pct"]': "Did you mean PCT?",
    'nr.table("glossary").set_index("term").loc[["PCT", "real terms"]]': "Did you mean Real terms?",
    'nr.table("claims")["speakr"]': "speaker",
    'nr.table("claims").claimid': "claim_id",
    'nr.tabel("claims")': "Did you mean table",
    "nr.table(claims)": '"claims"',
    'nr.table("clams")': "claims",
    'nr.check("1.4", q1_4)': "begins with `q1_4 =`",
    "nr.hint(1, 5)": "brackets",
    "nr.hint(nr)": "Give its number in quotation marks",
    'nr.hint("1.77")': "There is no question '1.77'",
}


@pytest.mark.parametrize("cell", MISTAKES)
def test_a_mistake_ends_in_what_to_type(run, cell):
    shown = run(cell)
    assert MISTAKES[cell] in shown.strip().splitlines()[-1]
    assert len(shown.strip().splitlines()) <= 3


def test_without_the_pack_the_first_cell_is_named(run):
    assert "import nhsreform as nr" in run("del nr", 'nr.table("claims")')


def test_a_kernel_knows_of_the_pack_before_its_first_cell(run, monkeypatch):
    monkeypatch.setenv("PYTHONSTARTUP", "a user's own")
    runpy.run_path(str(ROOT / "jupyter_server_config.py"), {"get_config": Config})
    startup = os.environ["PYTHONSTARTUP"]
    assert "The pack is not loaded yet" in run(f"exec(open({startup!r}).read())", "del nr", 'nr.table("claims")')
    assert run("print('_pack' in globals())") == "False\n"


def test_errors_that_are_no_business_of_the_pack_are_left_alone(run):
    assert "Traceback" in run("x = 1 / 0")


@pytest.mark.parametrize("mistake", ["q1_5 = [b, d]", 'q1_5 = ["b", "d]', 'q1_5 = ["b"\n'])
def test_a_check_after_an_error_says_that_the_answer_is_an_earlier_one(run, mistake):
    run('q1_5 = ["b", "d"]', mistake)
    shown = run('nr.check("1.5", q1_5)')
    assert "earlier answer" in shown and "ended in an error" in shown and 'q1_5 = ["b", "d"]' in shown
    shown = run('q1_5 = ["b", "a"]', 'nr.check("1.5", q1_5)')
    assert "earlier answer" not in shown and 'q1_5 = ["b", "a"]' in shown
    # In one cell with its check, an answer is not an earlier one.
    assert "earlier answer" not in run("q1_5 = [b]", 'q1_5 = ["b", "d"]\nnr.check("1.5", q1_5)')


def test_what_was_right_once_stays_noted_as_right(run):
    run('q1_5 = ["b", "d"]', 'nr.check("1.5", q1_5)', 'nr.check("1.5", ["a"])')
    assert store.get("answers", "1.5")["state"] == "right"
    run('nr.check("1.6", "a")')
    assert store.get("answers", "1.6")["state"] == "wrong"


@pytest.mark.parametrize("asked", ["1.5", '"1.5"', '"q1_5"', '" 1.5 "', '"Question 1.5"', '"1_5"', '"Q1.5"', '"１.５"'])
def test_a_question_that_exists_is_found_however_it_is_named(run, asked):
    assert "1.5 hint 1" in run(f"nr.hint({asked})")


@pytest.mark.parametrize("text, words", [
    ("Six words are far too few.", "6 words, without the ids; 80 to 150"),
    ("word " * 100 + "[joint-report-c99]", "There is no claim joint-report-c99"),
    ("word " * 100 + "[smith-c01]", "There is no claim smith-c01"),
    ("He says “the right political direction” [joint-report-c38]. " + "word " * 90, "you wrote “political”"),
    ("word " * 100 + "[joint-report-c34]", "Cite at least two"),
])  # fmt: skip
def test_prose_is_told_what_a_program_can_see(run, text, words):
    shown = run(f"nr.check('6.6', {text!r})")
    assert words in shown and "A person reads this" in shown


def test_a_task_without_demands_is_asked_for_none(run):
    assert "without the ids" not in run("nr.check('8.6', 'I would ask half of all GPs. I would count them.')")
    assert "There is no claim joint-report-c99" in run("nr.check('8.6', 'I would ask [joint-report-c99] again.')")
