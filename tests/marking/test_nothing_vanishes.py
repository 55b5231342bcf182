"""Whatever is handed in, in whatever form, is read or goes to a person: no answer becomes 0 in silence."""

import json
import shutil
from contextlib import closing

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nhsreform.marking.class_key import Key
from nhsreform.marking.hand_ins.collect import collect
from nhsreform.marking.judge_class import Judge, Settings
from nhsreform.marking.record import ABSENT, CRASHED, PERSON, RIGHT, TOO_LONG, UNTRIED, read_record
from nhsreform.marking.sandbox import workers
from nhsreform.marking.sandbox.answers import Answers, answers_of
from nhsreform.marking.sandbox.read_notebook import read
from nhsreform.notebooks.untouched import fingerprint
from nhsreform.questions.value import plain
from tests.marking.made_up_class import Files
from tests.marking.made_up_notebooks import (
    EXERCISES,
    ROOT,
    as_bytes,
    code,
    hand_in,
    notebook,
    question_of,
    tags_of,
    untouched,
    with_answers,
    worked,
    zipped,
)

pytestmark = pytest.mark.slow

FIRST, SECOND = EXERCISES[:2]
KEY = Key([ROOT / "exercises"])
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.text(alphabet="abcdefgh ijklmnopé’", min_size=1).filter(lambda text: any(map(str.isalpha, text)))


@pytest.fixture(scope="module")
def knowing(sandbox):
    """A worker that knows the pack's own lines, as the one of `nhsreform mark` does."""
    with closing(workers.Sandbox(sandbox.kind, "", sandbox.hidden, sandbox.seconds, KEY.shipped).worker(8)) as one:
        yield one


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path)
    yield made
    made.log.close()


# --- one notebook, one answer in another form ------------------------------------------------------------------------------


def cell(kind, source, **metadata):
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "source": source, "metadata": metadata} | extra


# What stands in the answer cell: `variable` is the question's, `quoted` the words in quotation marks, `name` their letters.
INSIDE = {
    "printed": "print({quoted})",
    "printed below": "{variable} = ...\nprint({quoted})",
    "renamed": "my_answer = {quoted}",
    "compared": "{variable} == {quoted}",
    "without marks": "{variable} = {words} and more words",
    "line break": '{variable} = "{words}\n{words}"',
    "comment": "{variable} = ...  # {words}",
    "alone": "{quoted}",
    "nowhere": "{variable} = {name}_nowhere",
    "fails": "{variable} = int({quoted})",
}


def in_another_form(form, words, question="1.1"):
    """Exercise 01 as shipped, with `words` written for one question in another form than the one that is asked for."""
    learner = untouched(FIRST)
    cells = learner["cells"]
    variable = "q" + question.replace(".", "_")
    at = next(i for i, one in enumerate(cells) if question_of(one) == question and "answer" in tags_of(one))
    quoted, name = json.dumps(words, ensure_ascii=False), "".join(filter(str.isalpha, words))
    if form in INSIDE:
        cells[at]["source"] = [INSIDE[form].format(variable=variable, quoted=quoted, words=words, name=name)]
    elif form in ("markdown", "raw"):
        cells[at] = cell(form, f"{variable} = {quoted}", **cells[at]["metadata"])
    elif form == "check cell":
        cells[at + 1]["source"] = [f"nr.check({question!r}, {quoted})"]
    elif form == "check cell broken":
        cells[at + 1]["source"] = [f"nr.check({question!r}, {words} and)"]
    elif form == "question cell":
        cells[at - 1]["source"] = [*cells[at - 1]["source"], f"\n\n{words}"]
    elif form == "deleted":
        del cells[at]
    elif form == "new text":
        cells.insert(at + 1, cell("markdown", words))
    elif form == "new cell":
        cells.insert(at + 1, cell("code", f"mine = {quoted}"))
    elif form == "at the end":
        cells.append(cell("markdown", words))
    elif form == "at the end, numbered":
        cells.append(cell("raw", f"{question} {words}"))
    return learner


FORMS = [
    *INSIDE,
    "markdown",
    "raw",
    "check cell",
    "check cell broken",
    "question cell",
    "deleted",
    "new text",
    "new cell",
]
FORMS += ["at the end", "at the end, numbered"]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=WORDS, question=st.sampled_from(["1.1", "1.3"]))
@example(words="a\u2019", question="1.1")
def test_an_answer_in_another_form_is_read_or_goes_to_a_person(knowing, tmp_path_factory, form, words, question):
    answers = answers_of(knowing, as_bytes(in_another_form(form, words, question)))
    made = Files(tmp_path_factory.mktemp("log"))
    with closing(made.log):
        made.add(answers)
        (mark,) = [mark for mark in made.marks() if mark.question == question]
    if form == "check cell":
        assert mark.state not in (UNTRIED, ABSENT, CRASHED)
    else:
        assert mark.state == PERSON and mark.points is None and mark.reason in mark.note
    # A name holds letters alone.
    stands = ["".join(filter(str.isalpha, words))] if form == "nowhere" else words.split()
    assert form in ("deleted", "check cell") or any(word in mark.text for word in stands), "the text stands beside it"


@pytest.mark.parametrize("name", EXERCISES)
def test_what_the_pack_ships_is_not_taken_for_an_answer(name):
    bare = untouched(name)
    for one in bare["cells"]:
        one["metadata"] = {}
    assert read(as_bytes(bare), KEY.shipped).written.texts == {}


def of_another_version(name, words):
    """An exercise as some other version of the pack might have shipped it: other words in every cell, and in every stub."""
    learner = untouched(name)
    for one in learner["cells"]:
        text = "".join(one["source"])
        if one["cell_type"] == "markdown":
            text = f"{text} {words}\n\n{words}"
        elif "answer" in tags_of(one):
            # A comment of that version's, another label, other words where prose goes; a stub that holds a value.
            text = text.replace("Write here.", words).replace('": ...', f' {words}": ...')
            text = f"# {words}\n" + (
                text.replace("= ...", f"= {words!r}  # ...") if question_of(one) == "1.1" else text
            )
        one["source"] = text
        one["metadata"]["nhsreform"]["shipped"] = fingerprint(text)
    return learner


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(EXERCISES), words=WORDS)
def test_a_stub_of_any_version_that_nobody_touched_is_no_answer_and_the_audit_says_so(
    knowing, tmp_path_factory, name, words
):
    other = of_another_version(name, words)
    stubs = [question_of(one) for one in other["cells"] if "answer" in tags_of(one)]
    made = Files(tmp_path_factory.mktemp("log"))
    with closing(made.log):
        made.add(answers_of(knowing, as_bytes(other)))
        marks = made.marks(practice=True)
        audit = made.log.path.read_text(encoding="ascii")
    assert {mark.state for mark in marks} == {UNTRIED}
    assert json.loads(audit)["untouched"] == stubs
    assert "as another version of the pack has it" in marks[0].note


@pytest.mark.parametrize("tagged", [True, False])
def test_an_answer_that_says_of_itself_that_it_was_shipped_is_an_answer(knowing, files, tagged):
    learner = worked(FIRST)
    for one in learner["cells"]:
        if not tagged:
            one["metadata"].pop("tags", None)
        one["metadata"].setdefault("nhsreform", {})["shipped"] = fingerprint("".join(one["source"]))
    files.add(answers_of(knowing, as_bytes(learner)))
    assert set(files.states().values()) == {RIGHT}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), words=WORDS, at_the_end=st.booleans(), other=st.booleans())
def test_one_word_written_anywhere_in_a_stub_of_any_version_is_read_or_goes_to_a_person(
    knowing, tmp_path_factory, data, words, at_the_end, other
):
    learner = of_another_version(FIRST, "of old") if other else untouched(FIRST)
    cells = [one for one in learner["cells"] if question_of(one) and "check" not in tags_of(one)]
    one = data.draw(st.sampled_from(cells))
    text = "".join(one["source"])
    mine = f"# {words}9" if one["cell_type"] == "code" else f"{words}9"
    one["source"] = f"{text}\n{mine}" if at_the_end else f"{mine}\n{text}"
    made = Files(tmp_path_factory.mktemp("log"))
    with closing(made.log):
        made.add(answers_of(knowing, as_bytes(learner)))
        states = {question: state for (_, question), state in made.states(practice=True).items()}
    mine = states.pop(question_of(one))
    assert mine not in (UNTRIED, ABSENT), "no silent 0"
    assert set(states.values()) == {UNTRIED}, "and no other question is asked about"


@pytest.mark.parametrize(
    "source", ["raise SystemExit\nq1_1 = 1", "while True: pass\nq1_1 = 1", "q1_1 = bytearray(1500 << 20)"]
)
def test_exits_endless_loops_and_memory_stay_what_they_are(knowing, files, source):
    files.add(answers_of(knowing, as_bytes(with_answers(FIRST, {"1.1": source}))))
    assert files.states()["lee", "1.1"] in ("crashed", "timed out")


def test_a_cell_that_was_never_reached_is_for_a_person(knowing, files):
    exits = [f"import os\nos._exit(0)\nq1_{n} = 1" for n in range(2, 7)]
    learner = code(*exits, "q1_1 = 'include'")
    files.add(answers_of(knowing, as_bytes(learner)))
    got = files.states(practice=True)
    assert got["lee", "1.1"] == PERSON and got["lee", "1.2"] == CRASHED


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("base", ["", '||||||| merged common ancestors\n   "source": "q1_1 = ..."\n'])
def test_a_conflict_in_any_of_git_s_styles_is_for_a_person(knowing, files, end, base):
    text = json.dumps(with_answers(FIRST, {"1.1": "q1_1 = 'THERE'"}), indent=1)
    mine = next(line for line in text.split("\n") if "THERE" in line)
    other = mine.replace("THERE", "include")
    text = text.replace(mine, f"<<<<<<< HEAD\n{mine}\n{base}=======\n{other}\n>>>>>>> origin/main")
    files.add(answers_of(knowing, text.replace("\n", end).encode()))
    got = files.states()
    assert got["lee", "1.1"] == PERSON and got["lee", "1.3"] == RIGHT
    assert "the file holds conflict markers" in files.marks()[0].note


# --- files that are not read ------------------------------------------------------------------------------------------------

RIGHT_ONE = Answers(values={"1.1": [plain("include")]}, present=[f"1.{n}" for n in range(1, 7)])
SECOND_ONE = Answers(values={"2.1": [plain("c")]}, present=[f"2.{n}" for n in range(1, 7)])


@QUIET
@given(
    read_ones=st.sets(st.sampled_from([FIRST, SECOND])),
    others=st.lists(
        st.sampled_from(["essay.docx", f"{SECOND}.html", f"{FIRST}.pdf", "photo.png", "work.7z"]), unique=True
    ),
)
def test_who_handed_in_anything_has_no_silent_0(tmp_path_factory, read_ones, others):
    made = Files(tmp_path_factory.mktemp("log"))
    with closing(made.log):
        for exercise in sorted(read_ones):
            made.add(RIGHT_ONE if exercise == FIRST else SECOND_ONE)
        for name in others:
            made.add(name=name, problem=f"no notebook: {name}")
        marks = made.marks(exercises=(FIRST, SECOND))
    handed_in = {"lee"} if read_ones or others else set()
    assert {mark.student for mark in marks} == handed_in, "each hand-in has a row"
    for mark in marks:
        may_hold = [name for name in others if mark.exercise in name or not name.startswith("0")]
        if mark.state in (ABSENT, UNTRIED):
            assert not may_hold
        if mark.state == ABSENT:
            assert mark.exercise not in read_ones
        if mark.state == PERSON:
            assert may_hold and mark.reason


def test_an_answer_that_stands_in_the_file_of_another_exercise_is_for_a_person(files):
    one = Answers(
        values=RIGHT_ONE.values | {"2.1": [plain("c")]},
        present=RIGHT_ONE.present,
        stands=[*RIGHT_ONE.present, "2.1"],
        written={"1.1": "q1_1 = 'include'", "2.1": "q2_1 = 'c'"},
    )
    files.add(one)
    files.add(SECOND_ONE, student="xu")
    got = {mark.question: mark for mark in files.marks() if mark.student == "lee"}
    assert got["2.1"].state == PERSON and got["2.1"].text == "q2_1 = 'c'" and got["2.2"].state == ABSENT


@pytest.mark.parametrize("form", ["folder", "zip", "zip that lists no folders"])
def test_a_folder_with_nothing_but_hidden_files_or_nothing_at_all_has_a_row(tmp_path, form):
    folder = tmp_path / "class"
    hand_in(folder, "nameless", ".ipynb", worked(FIRST))
    hand_in(folder, "checkpoint", ".ipynb_checkpoints/01-joint-report-checkpoint.ipynb", worked(FIRST))
    hand_in(folder, "hidden", ".DS_Store", b"x")
    hand_in(folder, "macOS", "__MACOSX/._01-joint-report.ipynb", b"\0\5\x16\7")
    (folder / "empty").mkdir()
    root = folder if form == "folder" else tmp_path / "class.zip"
    if form == "zip":
        shutil.make_archive(str(tmp_path / "class"), "zip", folder)
    if form == "zip that lists no folders":
        (folder / "empty").rmdir()
        paths = [path for path in folder.rglob("*") if path.is_file()]
        root.write_bytes(zipped({str(path.relative_to(folder)): path.read_bytes() for path in paths}))
    got = {handin.student: handin.problem for handin in collect(root, EXERCISES).handins}
    assert got == {
        "nameless": "",
        "checkpoint": "a checkpoint, which does not count",
        "hidden": "nothing is in it",
        "macOS": "nothing is in it",
    } | ({"empty": "nothing is in it"} if form != "zip that lists no folders" else {})


# --- which file counts ------------------------------------------------------------------------------------------------------


def version(**given):
    values = {name[1:].replace("_", "."): [plain(value)] for name, value in given.items()}
    return Answers(values=values, present=[f"1.{n}" for n in range(1, 7)], written={"1.1": str(given)} if given else {})


NAMES = ["01.ipynb", "01 (1).ipynb", "01-Copy1.ipynb", "01 FINAL.ipynb", "01 old.ipynb", "v9.ipynb", "v10.ipynb"]


@QUIET
@given(
    guesses=st.lists(st.sampled_from(["include", "suggests", "issues", "key"]), min_size=1, max_size=5),
    names=st.permutations(NAMES),
    attempt=st.sampled_from(["latest", "best"]),
    platform=st.sampled_from(["moodle", "canvas", "folder", "flat"]),
)
def test_files_of_one_hand_in_are_no_attempts_whatever_they_are_called(
    tmp_path_factory, guesses, names, attempt, platform
):
    made = Files(tmp_path_factory.mktemp("log"))
    with closing(made.log):
        for guess, name in zip(guesses, names, strict=False):
            made.add(version(q1_1=guess), name=name, platform=platform)
        mark = made.marks(attempt=attempt)[0]
    earned = {guess == "include" for guess in guesses}
    if len(earned) > 1:
        assert mark.state == PERSON and all(name in mark.note for name in names[: len(guesses)])
    else:
        assert mark.state == (RIGHT if earned == {True} else "wrong")


@pytest.mark.parametrize(
    "names", [("01.ipynb", "01 (1).ipynb"), ("01 (1).ipynb", "01.ipynb"), ("old.ipynb", "FINAL.ipynb")]
)
def test_a_blank_copy_and_the_pack_s_own_answers_never_count(knowing, files, names):
    files.add(answers_of(knowing, as_bytes(with_answers(FIRST, {"1.1": "q1_1 = 'suggests'"}))), name=names[0])
    files.add(answers_of(knowing, as_bytes(untouched(FIRST))), name=names[1])
    shipped = notebook("answers", FIRST)
    shipped["cells"].append(cell("markdown", "saved again"))
    files.add(answers_of(knowing, as_bytes(shipped)), name="answers/mine.ipynb")
    files.add(
        answers_of(knowing, as_bytes(json.loads((ROOT / "notebooks" / f"{FIRST}.ipynb").read_text()))), name="n.ipynb"
    )
    first = files.marks()[0]
    assert first.state == "wrong" and names[1] in first.note and "answers/mine.ipynb" in first.note
    alone = Judge(files.submissions[2:3], files.log, KEY, Settings(exercises=(FIRST,))).marks()
    assert {mark.state for mark in alone} == {PERSON}


# --- what else stands beside a notebook -------------------------------------------------------------------------------------

LAST = EXERCISES[7]
JUDGEMENT = as_bytes(worked(LAST))
ESSAY = "The proposals would fail, and this is why."


def text_alone(kind, words):
    alone = code()
    alone["cells"] = [cell(kind, words)]
    return as_bytes(alone)


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("essay.ipynb", text_alone("markdown", ESSAY), PERSON),
        ("essay.ipynb", text_alone("raw", ESSAY), PERSON),
        ("essay.ipynb", text_alone("code", f"print({ESSAY!r})"), PERSON),
        ("essay.ipynb", text_alone("markdown", f"Question 8.1: {ESSAY}"), PERSON),
        (".ipynb_checkpoints/08-your-judgement-checkpoint.ipynb", JUDGEMENT, PERSON),
        (".hidden/x.ipynb", JUDGEMENT, RIGHT),
        (".git/x.ipynb", JUDGEMENT, RIGHT),
        ("._x.ipynb", JUDGEMENT, RIGHT),
        ("~$x.ipynb", JUDGEMENT, RIGHT),
        ("._x.ipynb", b"\x00\x05\x16\x07 a double of macOS's", ABSENT),
        ("__MACOSX/._x.ipynb", b"\x00\x05\x16\x07", ABSENT),
        ("Untitled.ipynb", as_bytes(code()), ABSENT),
        (f"{LAST}-notebook.ipynb", (ROOT / "notebooks" / f"{LAST}.ipynb").read_bytes(), ABSENT),
    ],
)
@pytest.mark.parametrize("how", ["folder", "archive"])
def test_whatever_may_be_an_answer_beside_another_exercise_is_read_or_for_a_person(
    mark, tmp_path, how, name, data, state
):
    root = tmp_path / "class"
    if how == "folder":
        hand_in(root, "lee", f"{FIRST}.ipynb", worked(FIRST))
        hand_in(root, "lee", name, data)
    else:
        hand_in(root, "lee", "work.zip", zipped({f"{FIRST}.ipynb": as_bytes(worked(FIRST)), name: data}))
    _, _, rows = mark(root, exercise=(FIRST, LAST))
    states = {row["question"]: row["state"] for row in rows}
    assert states["1.1"] == RIGHT and states["8.1"] == state
    if name == "essay.ipynb":
        (asked,) = [one for one in read_record(tmp_path / "out").marks if one.question == "8.1"]
        assert ESSAY in asked.text


@pytest.mark.parametrize(
    "source",
    [
        "q1_1 = lambda: 'include'",
        "def q1_1(): return 'include'",
        "class q1_1: answer = 'include'",
        "import pathlib\nq1_1 = pathlib.Path('include')",
        "q1_1 = nr.claims",
        "q1_1 = object()",
    ],
)
def test_a_value_of_which_nothing_comes_back_is_for_a_person(knowing, files, source):
    files.add(answers_of(knowing, as_bytes(with_answers(FIRST, {"1.1": source}))))
    first = files.marks()[0]
    assert first.state == PERSON and "its value is" in first.note
    assert "include" not in source or "include" in first.text, "the text stands beside it"


@pytest.mark.parametrize("source", ["q1_1 = 'include ' * 2_000", "q1_1 = ['include'] * 2_000", "q1_1 = 'x' * 10**7"])
def test_an_answer_that_is_too_long_to_read_is_not_said_to_be_wrong(knowing, files, source):
    files.add(answers_of(knowing, as_bytes(with_answers(FIRST, {"1.1": source}))))
    assert files.states()["lee", "1.1"] == TOO_LONG


def test_prose_that_is_too_long_to_take_in_is_for_a_person(knowing, files):
    files.add(answers_of(knowing, as_bytes(with_answers(LAST, {"8.3": "q8_3 = 'why not ' * 9_000"}))))
    (mark,) = [one for one in files.marks() if one.question == "8.3"]
    assert mark.state == PERSON and mark.points is None


@pytest.mark.parametrize("way", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_notebook_is_read_whatever_saved_it(way, end):
    learner = with_answers(FIRST, {"1.1": "q1_1 = 'Zo\u00eb\u2019s'"})
    text = json.dumps(learner, indent=1, ensure_ascii=False).replace("\n", end)
    reading = read(text.encode(way, "replace"), KEY.shipped)
    assert not reading.doubt and any("Zo\u00eb\u2019s" in one.source for one in reading.cells)
