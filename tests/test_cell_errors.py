"""A beginner's errors in a notebook: each ends in a sentence on what to type, and no check speaks of an answer that is not there."""

import os
import runpy

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nhsreform as nr
from nhsreform.notebooks import files
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

    def run_cell(*cells, cell_id=None):
        for cell in cells:
            capsys.readouterr()
            shell.run_cell(cell, cell_id=cell_id)
        return "".join(capsys.readouterr())

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
    'nr.check("1.4")': 'nr.check("1.4", q1_4)',
    "nr.check()": 'nr.check("1.1", q1_1)',
    'nr.check("include", "1.1")': 'nr.check("1.1", q1_1)',
    'nr.Check("1.1", 1)': "Did you mean check?",
    'NR.hint("1.1")': "called nr here, in small letters",
    'chek("1.1", "a")': 'You mean nr.check("1.1", "a")',
    'Hint("1.1")': 'You mean nr.hint("1.1")',
    "charts.stances()": "You mean nr.charts:",
    "claims[0]": "Run the cell that sets it first; if you mean the pack's own, type nr.claims()",
    'hint "1.1"': "nr.hint(...)",
    'hint("1.1"': "nr.hint(...)",
    'nr hint("1.1")': "Type a point after nr and round brackets after hint: nr.hint(...)",
    'nr.hint "1.1"': "Type a point after nr and round brackets after hint: nr.hint(...)",
    'nr_hint("1.1")': 'You mean nr.hint("1.1")',
    'nr.hint["1.1"]': "Type round brackets",
    "nr.hint()": 'nr.hint("1.1")',
    "import NHSReform as nr": "import nhsreform as nr",
    "q1_1 = ": "Nothing stands after the sign =",
    "q1_1 = 'it's'": "An apostrophe ends words in single quotation marks",
    'q1_1 = "he said "so" aloud"': "Double quotation marks inside your words",
    'nr.check("1.1", q1-1)': "Type q1_1 in place of q1-1",
    'nr.check("1.1", q1.1)': "A name has an underscore here: q1_1, and not q1.1",
    'nr.check("1.1", Q1_1)': "Type q1_1 in place of Q1_1",
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


def test_every_public_name_without_nr_is_told_so_and_no_command_of_ipython_takes_it(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in nr.__all__:
        for cell in (f"{name}()", name):
            shown = run(cell).strip().splitlines()
            assert shown[-1] == f"You mean nr.{name}(): the pack's names begin with nr."
            assert shown[0] == f"NameError: name '{name}' is not defined"
    assert 'You mean nr.quote("x"):' in run('quote("x")')
    assert list(tmp_path.iterdir()) == []
    # What somebody asks IPython for, it does; and a name of the learner's own is theirs.
    assert "Missing filename" in run("%save") and str(tmp_path) in run("pwd")
    assert run("save = 3", "print(save)") == "3\n"


def test_no_part_of_the_pack_is_offered_for_a_name():
    assert not {"checkout", "import_module", "sys", "Any"} & set(dir(nr))


# What is typed for `q1_1 = "include"`, and a part of what is said to it.
SLIPS = {
    'Q1_1 = "include"': "You typed Q1_1; the question reads q1_1. Type q1_1 =",
    'q1_l = "include"': "You typed q1_l;",
    'ql_I = "include"': "You typed ql_I;",
    'q11 = "include"': "You typed q11;",
    'q1__1 = "include"': "You typed q1__1;",
    'x = 1\nif x:\n    q_1_1 = "include"': "You typed q_1_1;",
    '%matplotlib inline\nQ1_1 = "include"': "You typed Q1_1;",
    'q1_1 == "include"': "The sign == after q1_1",
    'q1_1: "include"': "A colon after q1_1 sets nothing",
    'q1.1 = "include"': "A name has an underscore here: q1_1, and not q1.1",
    'q1-1 = "include"': "q1_1, and not q1-1",
    'q1–1 = "include"': "q1_1, and not q1–1",
    'q1 1 = "include"': "You typed q1 1;",
    '1.1 = "include"': "q1_1, and not 1.1",
    'q1_1 := "include"': "Type =, and not :=, after q1_1",
    'q1_1 "include"': "The sign = is missing after q1_1",
    "Q1_1 = include": "You typed Q1_1;",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_an_answer_under_another_name_is_not_judged_by_what_stood_before(run, slip):
    # In a fresh kernel, the variable is not set.
    assert SLIPS[slip] in run(slip, 'nr.check("1.1", q1_1)')
    run('q1_1 = "key"', "q1_1 = oops")
    said = run(slip)
    assert SLIPS[slip] in said or "Error" not in said
    for shown in (run('nr.check("1.1", q1_1)'), run("x = 2", 'nr.check("1.1", q1_1)')):
        assert "for your earlier answer" in shown and SLIPS[slip] in shown and 'q1_1 = "key"' in shown
        assert "ended in an error" not in shown
    # What is kept is not what the learner did not mean.
    assert store.get("answers", "1.1") is None
    # Of another question, or of another value, none of this is true.
    assert "earlier" not in run('nr.check("1.6", "a")') and "earlier" not in run('nr.check("1.1", "issues")')
    assert "earlier" not in run('q1_1 = "key"', 'nr.check("1.1", q1_1)')


@pytest.mark.parametrize("cell", [
    'Q1_1 = q1_1 = "key"', 'quote = "include"', 'q = "include"', "q1 = 1", "if q1_1 == 2:\n    pass", "print(q1_1 == 2)",
    "q9_99 = 1", "# q1.1 = 2", 'text = """\nq1.1 = 2\nQ1_1 = 2\n"""', "q1_2 = {}", "answer = 3", "q1_1", "", "x: int = 2",
])  # fmt: skip
def test_a_cell_that_is_not_meant_for_a_question_changes_nothing(run, cell):
    assert "earlier" not in run('q1_1 = "key"', cell, 'nr.check("1.1", q1_1)')


@pytest.mark.parametrize("cell, words", [
    ('answer = "include"', "You set answer in the cell of this question, which reads q1_1. Type q1_1 ="),
    ("q1_2 = {}", "You set q1_2 in the cell of this question"),
    ('"include"', "You gave no name in the cell of this question. Type q1_1 ="),
    ("include", "You gave no name"),
])  # fmt: skip
def test_the_answer_cell_of_a_question_is_known_by_the_notebook(run, monkeypatch, tmp_path, cell, words):
    copy = tmp_path / "01.ipynb"
    copy.write_bytes((ROOT / "exercises" / "01-joint-report.ipynb").read_bytes())
    (tmp_path / "key.json").write_bytes((ROOT / "exercises" / "key.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", f"C:\\somewhere\\{copy.name}")
    check = 'nr.check("1.1", q1_1)'
    own = next(one.id for one in files.read(copy).cells if one.source == "q1_1 = ...")
    run(cell, cell_id=own)
    assert words in run(check)
    run('q1_1 = "key"', cell_id=own)
    assert "earlier" not in run(cell, check)
    run('nr.hint("1.1")', cell_id=own)
    assert "earlier" not in run(check)
    run(cell, cell_id=own)
    assert words in run(check) and "for your earlier answer" in run(check)


@pytest.mark.parametrize("cells, words", [
    (["q1_4 = 3-4", 'nr.check("1.4", q1_4)'], "Python took 3-4 for a sum, and worked it out."),
    (["q1_4 = [3-4]", 'nr.check("1.4", q1_4)'], "Python took 3-4 for a sum"),
    (["q1_3 = 3/4\nnr.check('1.3', q1_3)"], "Python took 3/4 for a sum"),
])  # fmt: skip
def test_a_sum_where_none_is_asked_for_is_named(run, cells, words):
    assert words in run(*cells)
    assert "for a sum" not in run("q1_4 = -1", 'nr.check("1.4", q1_4)')
    # A number may be worked out, and so may what is neither too many nor too few.
    assert "for a sum" not in run("q6_4 = 0.7 - 0.5", 'nr.check("6.4", q6_4)')
    assert "for a sum" not in run("q1_4 = [3-1, 4]", 'nr.check("1.4", q1_4)')


def test_a_text_without_advice_is_told_of_none(run):
    assert "advice" not in run("nr.check('6.6', 'One [joint-report-c34]. ' * 30)")
    assert "whether the advice follows" in run("nr.check('8.3', 'One [joint-report-c34]. ' * 30)")


def test_what_was_given_for_an_answer_and_is_none_is_named(run):
    assert "kept one" in run('q1_5 = ["b" and "d"]', 'nr.check("1.5", q1_5)')
    assert "kept one" not in run('q1_5 = ["a", "b"]', 'nr.check("1.5", q1_5)')
    assert "q1_1 is None" in run('q1_1 = print("include")', 'nr.check("1.1", q1_1)')
    assert "is None" not in run("q1_1 = ...", 'nr.check("1.1", q1_1)')
    assert "out of its quotation marks" in run('nr.check("1.1", "q1_1")')
    shown = run('q1_6 = "b"', 'nr.check("1.1", q1_6)')
    assert "You gave q1_6; this question reads q1_1." in shown and 'Judged: q1_6 = "b"' in shown
    assert store.get("answers", "1.1")["answer"]["value"] == "q1_1"


def test_a_name_without_its_brackets_is_told_of_them(run):
    assert "Type brackets after it: nr.progress()." in run("nr.progress")
    assert "brackets" not in run('nr.hint("1.1")') + run("nr.__version__") + run("nr.charts")
