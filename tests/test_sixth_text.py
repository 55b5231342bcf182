"""A sixth text, added as CONTRIBUTING says, in a copy of the checkout: a letter that was invented for this test."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsreform import commands
from nhsreform.checkout import forget
from nhsreform.data import draft as made
from nhsreform.data.draft import DraftError
from nhsreform.questions import build, judge, key
from nhsreform.questions.value import plain
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

LETTER = """\
Letters: Let our doctors hold the purse

The Kingsmere Herald, 14 January 2011. INVENTED FOR A TEST: no such newspaper, place or person exists

Sir, I have been a GP in Kingsmere for 23 years, and I welcome the chance to plan care for my patients. \
Dr. Amos Pell is right that local doctors know what local people need.

I am less sure about the money. Our practice lost 2 clerks last year, and nobody has told us who will do the accounts. \
If the trust goes before the new group is ready, patients will wait longer.

My neighbours ask me whether their hospital will close. I cannot tell them.

Dr Ruth Hallam, Kingsmere
"""
ID = "kingsmere-letter"
NAME = f"10-{ID}"
SOURCE = {
    "short_title": "The Kingsmere letter", "author": "Ruth Hallam (invented)", "outlet": "The Kingsmere Herald (invented)", "genre": "Letter to a newspaper.",
    "audience": "Readers of a local newspaper.", "date_earliest": "2011-01-14", "date_latest": "2011-01-14",
    "date_basis": "Printed.", "stake": "A doctor whose practice would join a group.",
    "not_said": "Which group, and what budget.", "cautions": "Invented for a test.",
    "citation": "Hallam R. Let our doctors hold the purse [letter, invented]. The Kingsmere Herald, 14 January 2011.",
}  # fmt: skip
ACTOR = {
    "actor_id": "hallam", "name": "Ruth Hallam", "kind": "person", "role": "General practitioner (invented)",
    "organisation": "A practice in Kingsmere (invented)", "stake": "Whose practice would hold a budget.",
}  # fmt: skip
SAME = {
    "speaker": "hallam", "voice": "author", "voice_chain": "hallam", "conditional": "none", "asserted": "yes",
}  # fmt: skip
NO_SIDE = {"position": "none", "strength": "0"}
YES, NO = ({"position": position, "strength": "1"} for position in ("enthusiast", "sceptic"))
CONDITION = {"conditional": "condition", "condition": "If the trust goes before the new group is ready"}
# Of each claim: its kind, its theme, the side it takes, and what else its row of claims holds.
CODES = {
    "c01": ("self-description", "engagement", YES, {}),
    "c02": ("evaluation", "engagement", YES, {}),
    "c03": ("evaluation", "budgets-and-risk", NO, {}),
    "c04": ("report of fact", "management-capacity", NO_SIDE, {}),
    "c05": ("warning", "transition-and-pace", NO_SIDE, CONDITION),
    "c06": ("report of fact", "patient-care", NO_SIDE, {}),
    "c07": ("concession", "patient-care", NO_SIDE, {}),
}
FIGURES = {
    "14 January 2011": ("date", "2011", "year", "day of the letter"),
    "23": ("duration", "23", "years", "years as a doctor"),
    "2": ("count", "2", "people", "clerks lost"),
}
EVENT = {
    "date_earliest": "2011-01-14", "date_latest": "2011-01-14", "date_as_said": "14 January 2011", "mark": "D", "source_kind": "newspaper",
    "event": "A doctor in Kingsmere writes to a newspaper (invented for a test).", "citation": "The letter itself.",
}  # fmt: skip
QUESTION = """\
## 10.1 For or against? (core, 5 minutes)

Where do the words “I am less sure about the money.” stand on GPs commissioning? Give a letter, in quotation marks.

- **a** they doubt a part of it
- **b** they are against all of it
"""
KEY = """\
kind = "choice"
core = true
points = 1
minutes = 5
right = "The sentence before it welcomes the plan, so the doubt is about the money alone."
hints = ["Read the sentence before it.", "What is the doubt about?"]
why = "Less sure about the money is a doubt about one part."

[options]
a = "they doubt a part of it"
b = "they are against all of it"

[wrong]
b = "One doubt is not a refusal: read what the writer welcomes."
"""


def pack(root, *arguments):
    """Run nhsreform in the copy, as from a terminal there, but in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(root)
        patch.setenv("NHSREFORM_WORK", str(root.parent / "work"))
        forget()
        try:
            code = commands.main(list(arguments))
        finally:
            patch.undo()
            forget()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def run(root, *arguments):
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(root / "src"),
        "NHSREFORM_WORK": str(root.parent / "work"),
    }
    return subprocess.run([sys.executable, *arguments], cwd=root, env=env, capture_output=True, text=True)


def edit(path, change, *, delimiter=","):
    """Change the rows of a draft as somebody does in a spreadsheet, which saves as it likes."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    columns = next(csv.reader([path.read_text(encoding="utf-8-sig").splitlines()[0]]))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(change(rows))
    path.write_bytes(b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8"))


def coded(row):
    kind, _, _, more = CODES[row["claim_id"][-3:]]
    return row | SAME | {"paraphrase": f"In other words, {row['claim_id']}.", "kind": kind} | more


def sided(row):
    _, theme, side, _ = CODES[row["claim_id"][-3:]]
    return row | {"theme": theme} | side


def figured(row):
    kind, value, unit, measure = FIGURES[row["exact"]]
    return row | {"type": kind, "low": value, "high": value, "unit": unit, "measure": measure}


def fill(draft):
    edit(draft / "sources.csv", lambda rows: [rows[0] | SOURCE], delimiter=";")
    edit(draft / "actors.csv", lambda rows: [ACTOR])
    edit(draft / "claims.csv", lambda rows: [coded(row) for row in rows])
    edit(draft / "codings.csv", lambda rows: [sided(row) for row in rows])
    edit(draft / "figures.csv", lambda rows: [figured(row) for row in rows])
    edit(draft / "events.csv", lambda rows: [rows[0] | EVENT])


def ask(path):
    """Write the question into the worked exercise, as somebody does in JupyterLab."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        cell["source"] = QUESTION if "question" in tags else KEY if "key" in tags else cell["source"]
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A copy of the checkout, with the letter beside it, saved as on Windows under a name with a space."""
    root = tmp_path_factory.mktemp("sixth") / "pack"
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")
    for folder in ("data", "seeds", "src", "notebooks", "exercises", "teaching"):
        shutil.copytree(ROOT / folder, root / folder, ignore=leave)
    for name in ("pyproject.toml", "requirements.txt", "environment.yml", "postBuild"):
        shutil.copy(ROOT / name, root / name)
    (root.parent / "our letter.txt").write_bytes(LETTER.replace("\n", "\r\n").encode())
    return root


@pytest.fixture(scope="module")
def draft(root):
    done = pack(root, "draft", str(root.parent / "our letter.txt"), ID)
    assert done.returncode == 0, done.stderr
    assert "with plain line breaks" in done.stdout and f"nhsreform draft --add my-drafts/{ID}" in done.stdout
    return root / "my-drafts" / ID


@pytest.fixture(scope="module")
def half_done(root, draft):
    """What is said of a draft that nobody has coded."""
    return pack(root, "draft", "--add", str(draft)), pack(root, "validate")


@pytest.fixture(scope="module")
def whole(root, draft, half_done):
    """The copy after each step that CONTRIBUTING names: coded, asked, added, validated, built, run."""
    fill(draft)
    ask(draft / "exercises" / "answers" / f"{NAME}.ipynb")
    said = []
    worked, reading = f"exercises/answers/{NAME}.ipynb", f"notebooks/{NAME}.ipynb"
    for step in (["draft", "--add", str(draft)], ["validate"], ["build"], ["run", reading, worked]):
        done = pack(root, *step)
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
        said.append(done.stdout)
    assert said[1] == "", "nhsreform validate is quiet"
    # The last step is the copy's own nhsreform, in a process of its own.
    done = run(root, "-m", "nhsreform.commands", "build", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(root, table):
    with (root / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_draft_counts_what_can_be_counted_and_judges_nothing(root, draft):
    text = (root / "seeds" / f"{ID}.txt").read_bytes().decode()
    assert text == LETTER
    made = {
        path.stem: list(csv.DictReader(path.open(encoding="utf-8-sig", newline=""))) for path in draft.glob("*.csv")
    }
    if made["claims"][0]["kind"]:
        pytest.skip("the draft has been filled in by a test before this one")
    assert "".join(text[int(row["start"]) : int(row["end"])] for row in made["passages"]) == text
    assert [row["kind"] for row in made["passages"]] == ["context", "context", "claim", "claim", "claim", "context"]
    for row in made["claims"] + made["figures"]:
        assert text[int(row["start"]) : int(row["end"])] == row["exact"]
    assert [row["exact"] for row in made["figures"]] == list(FIGURES)
    assert [row["claim_id"][-3:] for row in made["claims"]] == list(CODES)
    assert all(row[column] == "" for row in made["claims"] for column in ("kind", "voice", "speaker"))
    assert [row["claim_id"] for row in made["codings"]] == [row["claim_id"] for row in made["claims"]]
    assert all(row["theme"] == row["position"] == row["strength"] == "" for row in made["codings"])


def test_a_draft_that_is_not_coded_is_not_added_and_each_blank_is_named(half_done):
    added, validated = half_done
    assert added.returncode == 2
    assert "Nothing was added" in added.stderr
    assert f"claims.csv, {ID}-c03: paraphrase, speaker, voice, voice_chain, kind" in added.stderr
    assert f"codings.csv, {ID}-c03: theme, position, strength" in added.stderr
    assert f"sources.csv, {ID}: short_title, author, outlet" in added.stderr
    assert validated.stdout == f"seeds/{ID}.txt: is not listed in sources.csv\n"


def test_what_the_pack_had_is_as_it_was(whole):
    """Every row that was there is there still, byte for byte; of the glossary, only where a term stands may change."""
    for path in sorted((ROOT / "data").glob("*.csv")):
        before, after = path.read_text(encoding="utf-8"), (whole / "data" / path.name).read_text(encoding="utf-8")
        if path.stem == "glossary":
            assert {row["term"] for row in rows(whole, "glossary") if ID in row["in_texts"].split()} >= {"GP"}
            before = list(csv.DictReader(io.StringIO(before, newline="")))
            after = [row | {"in_texts": row["in_texts"].replace(f" {ID}", "")} for row in rows(whole, "glossary")]
            assert [row | {"in_texts": row["in_texts"].replace(ID, "")} for row in after] == before
            continue
        lines = after.splitlines()
        assert set(before.splitlines()) <= set(lines)
        assert path.stem in made.TABLES or after == before


SHOWN = f"""
import nhsreform as nr
print(nr.source("{ID}").title)
print(len(nr.claims(source_id="{ID}")))
print(nr.reader("{ID}", revealed=True).fallback().replace("\\n", " "))
print(nr.contrast(sources=["joint-report", "{ID}"]).fallback().replace("\\n", " "))
print(nr.contrast("budgets-and-risk").fallback().replace("\\n", " "))
print(nr.timeline().fallback().replace("\\n", " "))
print(nr.quote("patients will wait longer"))
print(nr.cite("{ID}-c05"))
print(nr.claims(speaker="hallam").source_id.unique().tolist())
for answer in ("a", "b", ...):
    nr.check("10.1", answer)
"""


def test_learners_find_the_text_everywhere_and_the_exercise_answers(whole):
    done = run(whole, "-c", SHOWN)
    assert done.returncode == 0, done.stderr
    title, count, reader, contrast, theme, timeline, quote, cite, speaker, *checks = done.stdout.splitlines()
    assert title == LETTER.splitlines()[0] and count == str(len(CODES)) and speaker == f"['{ID}']"
    assert "less sure about the money" in reader and "The Kingsmere Herald" in reader
    assert f"[{ID}-c01]" in contrast and "The Kingsmere Herald" in contrast
    assert f"[{ID}-c03]" in theme and "A doctor in Kingsmere" in timeline
    assert quote.startswith(f"Exact: {ID}, characters") and f"[{ID}-c05]" in cite
    wanted = ("10.1 right. The sentence before", "10.1 not yet. One doubt", "10.1 not tried yet")
    # Outside a notebook a display is printed as the bundle it is.
    assert [f"'text/plain': {start!r}"[:-1] in said for said, start in zip(checks, wanted, strict=True)] == [True] * 3


def test_the_new_notebook_and_the_worked_answers_are_green_under_strict_nbval(whole):
    command = "-m pytest -q -p nhsreform.notebooks.nbval_guard -p no:cacheprovider --nbval --nbval-current-env"
    paths = [f"notebooks/{NAME}.ipynb", f"exercises/answers/{NAME}.ipynb"]
    done = run(whole, *command.split(), "--nbval-cell-timeout=60", *paths)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "9 passed" in done.stdout, done.stdout[-300:]


def test_adding_again_changes_nothing_and_a_mended_row_takes_the_place_of_the_old(whole, draft, tmp_path):
    before = files_in(whole / "data")
    assert pack(whole, "draft", "--add", str(draft)).returncode == 0
    assert files_in(whole / "data") == before
    other = shutil.copytree(draft, tmp_path / "other")

    def split(found):
        """Cut the fourth claim in two, as in a spreadsheet: the words alone, nothing counted."""
        first, second = "Our practice lost 2 clerks last year,", "and nobody has told us who will do the accounts."
        new = found[3] | {"claim_id": f"{ID}-c08", "exact": second, "start": "", "end": ""}
        return [*found[:3], found[3] | {"exact": first}, new, *found[4:]]

    edit(other / "claims.csv", split)
    edit(other / "codings.csv", lambda found: [*found, found[3] | {"claim_id": f"{ID}-c08"}])
    try:
        assert pack(whole, "draft", "--add", str(other)).returncode == 0
        done = pack(whole, "validate")
        assert (done.returncode, done.stdout) == (0, "")
        ours = [row for row in rows(whole, "claims") if row["source_id"] == ID]
        assert [row["claim_id"][-3:] for row in ours] == ["c01", "c02", "c03", "c04", "c08", "c05", "c06", "c07"]
    finally:
        assert pack(whole, "draft", "--add", str(draft)).returncode == 0


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("claims", lambda found: [found[0] | {"exact": "Words that nobody wrote."}, *found[1:]], "does not stand in the text"),
        ("actors", lambda found: [ACTOR | {"actor_id": "field"}], "'field' is in data/actors.csv already"),
        ("sources", lambda found: [], "has 0 rows; expected one"),
        ("codings", lambda found: [*found[:2], found[2] | {"theme": ""}], "codings.csv, kingsmere-letter-c03: theme"),
        ("events", lambda found: [found[0] | {"date_earliest": ""}], "events.csv, kingsmere-letter: date_earliest"),
    ],
)  # fmt: skip
def test_a_draft_with_a_fault_changes_nothing(whole, draft, tmp_path, file, change, told):
    other = shutil.copytree(draft, tmp_path / "other")
    edit(other / f"{file}.csv", change)
    before = files_in(whole / "data")
    done = pack(whole, "draft", "--add", str(other))
    assert done.returncode == 2 and told in done.stderr and files_in(whole / "data") == before


def test_a_spreadsheet_that_saves_otherwise_is_told(whole, draft, tmp_path):
    other = shutil.copytree(draft, tmp_path / "other")
    for raw, told in ((b"a,b\n1,2\n", "no column actor_id or name or kind"), (b"\xe9", "choose Save as")):
        (other / "actors.csv").write_bytes(raw)
        done = pack(whole, "draft", "--add", str(other))
        assert done.returncode == 2 and told in done.stderr


def test_validate_names_a_blank_cell_and_nothing_that_follows_from_it(whole):
    """A source whose row has a fault is still a source: what points to it is not called wrong too."""
    path = whole / "data" / "sources.csv"
    before = path.read_bytes()
    path.write_bytes(
        before.replace(b"Printed.,A doctor", b",A doctor").replace(b"2011-01-14,2011-01-14", b",2011-01-14")
    )
    try:
        said = pack(whole, "validate").stdout
    finally:
        path.write_bytes(before)
    assert "date_earliest: is empty" in said and "is not in sources.csv" not in said and "not listed" not in said


# What will not do


@pytest.mark.parametrize(
    ("name", "raw", "source_id", "told"),
    [
        ("latin.txt", "Café. It is good.".encode("cp1252"), "cafe", "is not UTF-8: byte 3"),
        ("word.docx", b"PK\x03\x04\xff\xfe", "word", "is not UTF-8"),
        ("blank.txt", b" \n\n", "blank", "holds no words"),
        ("zero.txt", b"\0\0a", "zero", "holds no words"),
        ("fine.txt", b"A text.", "joint-report", "There is a source called joint-report already"),
        ("fine.txt", b"A text.", "Our Letter", "Type, for example, our-letter."),
        ("fine.txt", b"A text.", "../evil", "cannot be a source id"),
        ("fine.txt", b"A text.", "con", "Windows keeps that name"),
        ("fine.txt", b"A text.", "9th", "Type, for example, our-letter."),
        ("none.txt", None, "none", "cannot be read"),
        ("long.txt", b"So. " + b"And so on. " * 1100, "long", "more than 999 claims"),
    ],
)
def test_a_text_that_will_not_do_is_a_sentence_and_writes_nothing(copy_of_data, tmp_path, name, raw, source_id, told):
    place = tmp_path / name
    if raw is not None:
        place.write_bytes(raw)
    before = files_in(copy_of_data / "seeds")
    with pytest.raises(DraftError) as caught:
        made.write(place, source_id, tmp_path / "out")
    assert told in str(caught.value)
    assert not (tmp_path / "out").exists() and files_in(copy_of_data / "seeds") == before


@pytest.fixture
def eight_notebooks(copy_of_data):
    (copy_of_data / "notebooks").mkdir()
    (copy_of_data / "notebooks" / "08-your-judgement.ipynb").touch()
    return copy_of_data


def test_nothing_is_overwritten(eight_notebooks, tmp_path):
    (tmp_path / "a text.txt").write_bytes(b"A text. It is short.")
    made.write(tmp_path / "a text.txt", "a-text", tmp_path / "out")
    with pytest.raises(DraftError, match="out exists already"):
        made.write(tmp_path / "a text.txt", "b-text", tmp_path / "out")
    with pytest.raises(DraftError, match=r"seeds/a-text\.txt exists already"):
        made.write(tmp_path / "a text.txt", "a-text", tmp_path / "other")


def test_a_file_that_stands_in_seeds_is_used_as_it_is_or_refused(eight_notebooks, tmp_path):
    own = eight_notebooks / "seeds" / "own.txt"
    own.write_bytes(b"A text.\r\n")
    with pytest.raises(DraftError, match="has Windows line ends"):
        made.write(own, "own", tmp_path / "out")
    own.write_bytes(b"A text.\n")
    made.write(own, "own", tmp_path / "out")
    assert own.read_bytes() == b"A text.\n" and ",own.txt," in (tmp_path / "out" / "sources.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("arguments", [[], ["letter.txt"], ["letter.txt", "letter", "--add", "folder"]])
def test_a_command_that_names_too_little_or_too_much_is_a_sentence(arguments, capsys):
    assert commands.main(["draft", *arguments]) == 2
    assert "nhsreform draft" in capsys.readouterr().err


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="Ab1 .?!\n\u201d\u2026\u00a3,\u00e9", min_size=1, max_size=80))
def test_any_text_is_partitioned_and_every_digit_and_word_of_a_claim_is_covered(text):
    if not re.search(r"\w", text):
        return
    found = made.proposed(text, "x", "x.txt", "0" * 64)
    assert "".join(text[int(row["start"]) : int(row["end"])] for row in found["passages"]) == text
    for name in ("claims", "figures"):
        assert all(text[int(row["start"]) : int(row["end"])] == row["exact"] for row in found[name])

    def covered(at, name):
        return any(int(row["start"]) <= at < int(row["end"]) for row in found[name])

    assert all(covered(match.start(), "figures") for match in re.finditer(r"\d", text))
    for passage in found["passages"]:
        if passage["kind"] == "claim":
            inside = range(int(passage["start"]), int(passage["end"]))
            assert all(covered(at, "claims") for at in inside if text[at].isalnum())


def test_the_exercise_that_a_draft_writes_builds_and_judges_as_it_comes(tmp_path):
    (path, text) = next(pair for pair in made.notebooks(ID, "A letter").items() if pair[0].startswith("exercises/"))
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / path.rpartition("/")[2]).write_text(text, encoding="utf-8")
    files = build.built(answers, tmp_path)
    ((question_id, stored),) = json.loads(files["key.json"])["questions"].items()
    question = key.opened(stored)
    assert judge.verdict(plain("a"), question).state == judge.RIGHT
    assert "Write here" in judge.verdict(plain("b"), question).message
    assert any(f"q{question_id.replace('.', '_')} = ..." in text for text in files.values())
