"""The committed notebooks: their shape, their words, their outputs."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.notebooks import files as notebook_files
from nhsreform.notebooks.mime import CHART, VIEW
from nhsreform.widgets.overview.model import overview_model
from tests import prose
from tests.conftest import ROOT
from tests.prose import answers, count, shown_before_06

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORKED = sorted((ROOT / "exercises" / "answers").glob("*.ipynb"))
STUBS = sorted((ROOT / "exercises").glob("*.ipynb"))
MAX_LINES, MAX_WORDS, MAX_BYTES = 8, 1200, 3_000_000
# A window 1000 pixels wide shows 102 letters of a cell in JupyterLab; a longer line has to be pushed aside.
MAX_LETTERS = 96
# In 06 too: as committed, nothing is locked, so nothing may be shown.
BEFORE_CODING = [path for path in NOTEBOOKS if path.stem < "07"]
# A text with one of these speaks of what a claim answers.
CODE_WORDS = r"(?i)position|stance|sceptic|\benthusiast\b|\bsay(s|ing)? (yes|no)\b|\b(yes|no) to\b|takes? (a|no) side"


def name(path):
    return path.parent.name + "/" + path.stem


def cells(path, kind=None):
    """Return a notebook's cells, each with what it shows, wherever that is kept."""
    found = notebook_files.read_with_outputs(path).cells
    return [dict(cell) for cell in found if kind in (None, cell["cell_type"])]


def words_of_ours(path):
    """Count the words of our Markdown: no code blocks, no quotations set apart, no addresses, no labels of folded parts."""
    text = re.sub(r"```.*?```|<summary>.*?</summary>|<[^>]+>", "", prose.words_of(path), flags=re.S)
    text = re.sub(r"^>.*$", "", text, flags=re.M)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"\w[\w’'-]*", text))


@pytest.mark.parametrize("path", NOTEBOOKS + WORKED, ids=name)
def test_every_cell_was_run_in_order_and_left_nothing_behind(path):
    assert "widgets" not in notebook_files.read(path).metadata
    code = cells(path, "code")
    # In a cell without a number nbval itself compares nothing.
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            data = output.get("data", {})
            assert "text/plain" in data or output["output_type"] == "stream"
            assert "image/png" not in data
            assert not ("text/html" in data and VIEW in data)
            assert CHART not in data or data[CHART].get("description"), "a chart has no description"


@pytest.mark.parametrize("path", NOTEBOOKS + WORKED, ids=name)
def test_the_committed_file_is_tidy(path):
    assert notebook_files.text(notebook_files.tidy(notebook_files.read(path))) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_learner_sees_nothing_of_what_a_cell_shows_before_it_is_run(path):
    assert all(cell.outputs == [] for cell in notebook_files.read(path).cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_what_is_kept_is_what_the_cells_of_today_show(path):
    """Cell for cell, in order; nbval compares the contents."""
    assert list(notebook_files.outputs_of(path)) == [cell["id"] for cell in cells(path, "code")]


def test_outputs_are_kept_for_these_notebooks_and_no_others():
    assert {path.stem for path in (ROOT / "notebooks" / "outputs").iterdir()} == {path.stem for path in NOTEBOOKS}


# Words that ask for a guess, or for something to be done, before the next cell is run.
ASKS_FIRST = re.compile(r"\b(guess (first|before|how)|before you (run|look at) (this|the)|count the)\b", re.IGNORECASE)
# These ask in their own panel, and show nothing until a guess is kept.
ASKS_ITSELF = re.compile(r"^nr\.(predict|simulator|coder|recall)\(", re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_the_words_that_answer_a_guess_are_folded(path):
    """What follows the cell that answers a guess begins with what it shows, in a part that the learner opens."""
    listed = cells(path)
    for place, cell in enumerate(listed):
        last = cell["source"].split("\n\n")[-1]
        if cell["cell_type"] == "markdown" and ASKS_FIRST.search(last):
            answer, after = listed[place + 1 : place + 3]
            assert answer["cell_type"] == "code", last
            assert ASKS_ITSELF.search(answer["source"]) or after["source"].startswith(notebook_files.AFTER_GUESS), last


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_each_guess_is_come_back_to(path):
    """Every prediction of a notebook is asked in it, and set beside what there is to see further down."""
    code = all_code(path)
    asked = re.findall(r'nr\.predict\("([\d.]+)"\)', code)
    compared = re.findall(r'"([\d.]+)"', " ".join(re.findall(r"nr\.compare\(.*?\)", code)))
    assert asked == [prompt for prompt in table("prompts").prompt_id if prompt[:2] == path.stem[:2]]
    assert sorted(compared) == asked
    assert code.rindex("nr.predict(") < code.index("nr.compare(")


@pytest.mark.parametrize("path", NOTEBOOKS + STUBS, ids=name)
def test_cells_are_short_and_name_no_paths(path):
    for cell in cells(path, "code"):
        assert len(cell["source"].splitlines()) <= MAX_LINES, cell["source"]
        assert max(map(len, cell["source"].splitlines())) <= MAX_LETTERS, cell["source"]
        assert not re.search(r"open\(|\.csv|sys\.path|os\.|%|!pip", cell["source"]), cell["source"]
    assert cells(path, "code")[0]["source"] == "import nhsreform as nr"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_has_its_beats(path):
    markdown = cells(path, "markdown")
    head = markdown[0]["source"]
    assert re.match(rf"# {path.stem[:2]} \w", head)
    assert re.search(r"\*\*Time:\*\* about \d+ minutes", head)
    assert "**You will be able to**" in head and "**Questions:**" in head
    headings = [line for cell in markdown for line in cell["source"].splitlines() if line.startswith("#")]
    assert sum(line.startswith("# ") for line in headings) == 1
    levels = [len(line.split()[0]) for line in headings]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert "## Predict" in headings
    assert "## Key points" in headings and headings.index("## Key points") == len(headings) - 1
    assert "**Next:**" in markdown[-1]["source"] or path == NOTEBOOKS[-1]
    if path.stem[:2] in {"01", "02", "03", "04", "05"}:
        assert "## Read" in headings and "## Silences" in headings
        assert any("contrast" in line.lower() for line in headings)


# Tables of more than eight rows, each for a reason.
LONG = {
    "01-joint-report": {"code-14": "every number of the text", "20b36dac": "the eleven questions", "code-24": "each joint claim on a side"},
    "03-mps-inquiry": {"code-12": "each claim with its chain of voices, which is traced there"},
    "05-walk-away": {"code-12": "each chain of voices", "code-24": "each claim of the comments"},
    "07-what-happened-next": {"polls-table": "what the drawing above it shows", "code-24": "the studies behind the sliders"},
    "09-before-and-after": {"code-14": "what was found for and against, of both as much"},
}  # fmt: skip
EVERYWHERE = {"where-am-i": "one row a notebook"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_cell_reads_like_a_sentence(path):
    """What a cell chooses from a table, it chooses by a name: nothing that a beginner must first learn."""
    for cell in cells(path, "code"):
        told = re.search(
            r" [&|] |\.isin\(|\.query\(|\.str\.|\.loc\[|lambda |\bfor \b", re.sub(r'"[^"]*"', '""', cell["source"])
        )
        assert not told, f"{cell['id']}: {told[0]!r}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_table_is_short_enough_to_be_read(path):
    for cell in notebook_files.read_with_outputs(path).cells:
        for output in cell.get("outputs", []):
            shown = output.get("data", {}).get("text/html", "")
            # A widget says its content as a table where nothing runs; a learner sees the widget.
            if "<tr" not in shown or "nhsr-run-it" in shown:
                continue
            table = re.findall(r"<tr.*?</tr>", shown, re.S)
            prose = max(sum(len(each) > 60 for each in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)) for row in table)
            reason = (LONG.get(path.stem, {}) | EVERYWHERE).get(cell["id"])
            assert prose <= 4, cell["id"]
            assert (len(table) - 1 > 8) == bool(reason), (cell["id"], len(table) - 1)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_our_words_keep_to_the_limit_and_a_section_to_one_try(path):
    assert words_of_ours(path) <= MAX_WORDS
    for section in re.split(r"^## ", prose.words_of(path), flags=re.M):
        assert section.count("**Try it:**") <= 1, section[:60]


def shown_codes(text):
    """Return the ids of the claims kept back for notebook 06 that a text shows with a code, though not kept back."""
    if not re.search(CODE_WORDS, text):
        return []
    kept = table("claims").query("coder_set").claim_id
    rows = re.split(r"</tr>|\n", text)
    return [claim for claim in kept for row in rows if claim in row and "kept back" not in row.lower()]


@pytest.mark.parametrize("path", BEFORE_CODING, ids=name)
def test_no_code_of_the_coder_set_is_shown_before_notebook_06(path):
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            data = output.get("data", {})
            shown = "".join(data.get("text/html", "")) + "\n" + "".join(data.get("text/plain", ""))
            assert not shown_codes(shown), "shown with its code"
        assert "position ==" not in cell["source"] or "coder_set=False" in all_code(path), cell["source"]


@pytest.mark.parametrize("path", BEFORE_CODING, ids=name)
def test_our_words_give_no_code_of_the_coder_set_away(path):
    """In prose a claim that is kept back stands in no paragraph that speaks of an answer, by its id or by its words."""
    kept = table("claims").query("coder_set")
    for cell in cells(path, "markdown"):
        for paragraph in re.split(r"\n\s*\n", cell["source"]):
            if re.search(CODE_WORDS, paragraph):
                assert not [claim.claim_id for claim in kept.itertuples() if gives(paragraph, claim)], paragraph


@pytest.mark.parametrize("table_name", ["prompts", "recall", "themes", "sources", "actors"])
def test_no_table_that_is_read_before_notebook_06_gives_a_code_of_the_coder_set_away(table_name):
    kept = table("claims").query("coder_set")
    rows = table(table_name)
    if "notebook" in rows.columns:
        rows = rows[rows.notebook < "06"]
    for row in rows.astype(str).agg(" ".join, axis=1):
        if table_name == "themes" or re.search(CODE_WORDS, row):
            assert not [claim.claim_id for claim in kept.itertuples() if gives(row, claim)], row


def gives(text, claim):
    """Return whether a text names a claim or quotes at least 40 characters of it."""
    return claim.claim_id in text or " ".join(claim.exact[:40].split()) in " ".join(text.split())


# --- the numbers that the prose states ---------------------------------------------------------------------


def prose_of(stem):
    """Return all the words of a notebook on one line."""
    path = next(path for path in NOTEBOOKS if path.stem.startswith(stem))
    return " ".join(prose.words_of(path).split())


def numbers_01():
    claims = shown_before_06("joint-report")
    joint, single = claims[claims.speaker == "six-bodies"], claims[claims.speaker != "six-bodies"]
    principle, practice = (claims[claims.group == group] for group in ("principle", "practice"))
    assert count(principle, position="sceptic") == 0 and set(practice[practice.position == "sceptic"].strength) == {1}
    assert 2 * count(claims, position="none") == len(claims), "Half carry no side"
    kinds = claims.conditional.value_counts()
    return [
        f"On the principle, {count(principle, position='enthusiast')} claims say yes and none says no.",
        f"On the practice, {count(practice, position='enthusiast')} say yes and {count(practice, position='sceptic')} say no,",
        f"{prose.WORDS[kinds['condition']].capitalize()} condition, without an",
        f"And {prose.WORDS[kinds['requirement']]} requirements.",
        f"Of the joint claims that take one, {count(joint, position='sceptic')} say no and "
        f"{count(joint, position='enthusiast')} say yes.",
        f"The single speakers say yes {count(single, position='enthusiast')} times and no "
        f"{count(single, position='sceptic')} times.",
    ]


def numbers_02():
    claims = shown_before_06("pct-managers")
    no, yes = (claims[claims.position == position] for position in ("sceptic", "enthusiast"))
    money, skill = count(no, theme="budgets-and-risk"), count(no, theme="management-capacity")
    principle, rest = count(yes, theme="principle"), yes[yes.theme != "principle"]
    assert money + skill == len(no) and rest.theme.tolist() == ["transition-and-pace"]
    assert not count(yes, theme=["budgets-and-risk", "management-capacity"]), "Nothing pulls the other way"
    return [
        f"{prose.WORDS[len(no)].capitalize()} claims say no, and all of them are about the practice: {prose.WORDS[money]} about the "
        f"money, {prose.WORDS[skill]} about skill and support.",
        f"{prose.WORDS[len(yes)].capitalize()} claims say yes. One of them is an offer of help with the change-over; the other "
        f"{prose.WORDS[principle]} answer the principle, and none of the {prose.WORDS[principle]} praises GPs",
    ]


def numbers_03():
    claims = shown_before_06("mps-inquiry")
    sided = claims[claims.position.isin(["sceptic", "enthusiast"])]
    assert set(sided[sided.speaker == "vautrey"].position) == {"sceptic", "enthusiast"}
    return [
        f"{prose.WORDS[count(sided, position='sceptic')].capitalize()} claims say no and "
        f"{prose.WORDS[count(sided, position='enthusiast')]} say yes, and "
        f"{prose.WORDS[count(sided, theme=['management-capacity', 'budgets-and-risk'])]} of the {prose.WORDS[len(sided)]} are about "
        "managers or money."
    ]


def numbers_04():
    claims = shown_before_06("nuffield-polls")
    no = claims[claims.position == "sceptic"]
    assert claims[claims.position == "enthusiast"].claim_id.tolist() == ["nuffield-polls-c16"]
    return [
        f"{prose.WORDS[count(claims, position='enthusiast')].capitalize()}. {prose.WORDS[len(no)].capitalize()} claims say no, "
        f"{prose.WORDS[count(no, theme='transition-and-pace')]} of them about the change-over"
    ]


def numbers_05():
    claims = shown_before_06("walk-away")
    no, yes = (claims[claims.position == position] for position in ("sceptic", "enthusiast"))
    part = yes[yes.theme == "engagement"]
    reported = count(part, voice=["paraphrase", "indirect speech"])
    assert 2 * count(no, theme=["central-control", "politics"]) > len(no), "Most of the no"
    assert no[no.theme == "principle"].speaker.nunique() == 1, "only one commenter"
    assert not count(claims, theme=["budgets-and-risk", "collaboration-with-hospitals", "patient-care"])
    return [
        f"Of the claims that somebody put forward, {len(no)} say no and {len(yes)} say yes.",
        f"{prose.WORDS[len(part)].capitalize()} of the {prose.WORDS[len(yes)]} say that GPs will take part, and {prose.WORDS[reported]} of "
        f"those {prose.WORDS[len(part)]} are views that Corrigan reports and then doubts.",
    ]


def numbers_06():
    spoken = answers()
    principle, practice = (spoken[spoken.group == group] for group in ("principle", "practice"))
    by_text = {source: part.position.value_counts() for source, part in nr.claims().groupby("source_id")}
    leaning = [source for source, part in by_text.items() if part["enthusiast"] > part["sceptic"]]
    taking = {source: 1 - part["none"] / part.sum() for source, part in by_text.items()}
    assert leaning == ["joint-report"] and min(taking, key=taking.get) == "nuffield-polls"
    assert max(by_text, key=lambda source: by_text[source]["sceptic"]) == "walk-away"
    by_speaker = {speaker: part.position.value_counts() for speaker, part in spoken.groupby("speaker")}
    assert set(by_speaker["field"].index) == {"enthusiast", "none"}
    assert by_speaker["corrigan"]["sceptic"] > 10 * by_speaker["corrigan"]["enthusiast"]
    sides = spoken[spoken.position.isin(["sceptic", "enthusiast"])].groupby(["speaker", "theme"]).position.nunique()
    # Each of the first three has a column, before and after the learner's coding is locked.
    pages = [overview_model(coder_set=coder_set)["columns"]["speakers"] for coder_set in (False, True)]
    columns = set.intersection(*({column["id"] for column in page} for page in pages))
    assert {"vautrey", "smith", "stout"} <= {speaker for speaker, _ in sides[sides == 2].index}
    assert {"field", "corrigan", "vautrey"} <= columns
    return [
        "Field says only yes, Corrigan nearly always no. Vautrey says both, on one and the same question; so do Smith and "
        "Stout.",
        f"{count(principle, position='enthusiast')} say yes to the principle and {count(principle, position='sceptic')} no.",
        f"On the practice {count(practice, position='enthusiast')} answers are yes and "
        f"{count(practice, position='sceptic')} no;",
    ]


def numbers_07():
    scored = table("outcomes").merge(nr.claims(), on="claim_id")
    no, yes = (scored[scored.position == position] for position in ("sceptic", "enthusiast"))
    assert not count(pd.concat([no, yes]), verdict="not"), "nobody who took a side has a plain not"
    return [
        f"Of the {len(no)} sceptical claims that could be scored, {count(no, verdict='cannot tell')} have the verdict "
        f"*cannot tell*; of the {len(yes)} enthusiastic ones, {count(yes, verdict='cannot tell')}."
    ]


STATED = [numbers_01, numbers_02, numbers_03, numbers_04, numbers_05, numbers_06, numbers_07]


@pytest.mark.parametrize("stated", STATED, ids=lambda stated: stated.__name__)
def test_numbers_in_the_prose_are_those_of_the_codings(stated):
    text = prose_of(stated.__name__[-2:])
    for sentence in stated():
        assert sentence in text, sentence


def said_on(theme):
    """Return the answers to a question that somebody put forward: those that say no, and those that say yes."""
    rows = answers()
    return tuple(rows[(rows.theme == theme) & (rows.position == side)] for side in ("sceptic", "enthusiast"))


def test_there_is_a_debate_and_a_question_with_a_thin_side_says_what_that_may_mean():
    assert count(nr.claims(), position=["sceptic", "mixed", "enthusiast"]) >= 90
    thin = [theme for theme in table("themes").theme if min(map(len, said_on(theme))) < 2]
    silences = table("themes").set_index("theme").silence
    assert len(silences) - len(thin) >= 7
    assert [theme for theme in thin if not silences[theme]] == []


# What the silences of the table themes say, by question: (claims that say no, that say yes); None where they give no number.
SILENCES = {
    "principle": ("Only one commenter speaks against the principle", (None, None)),
    "incentives": ("Only one claim on each side.", (1, 1)),
    "accountability": ("Only one claim says yes. All that take a side stand in joint-report", (None, 1)),
    "central-control": ("Only the plan of 2010 promises autonomy.", (None, None)),
    "collaboration-with-hospitals": ("One claim on each side;", (1, 1)),
}


def test_a_silence_says_what_the_codings_hold():
    themes = table("themes").set_index("theme").silence
    assert set(SILENCES) == set(themes[themes != ""].index)
    for theme, (words, numbers) in SILENCES.items():
        assert themes[theme].startswith(words), theme
        assert all(number in (None, len(side)) for number, side in zip(numbers, said_on(theme), strict=True)), theme
    against, _ = said_on("principle")
    assert against.speaker.nunique() == 1 and set(against.voice) == {"reader comment"}
    assert set(pd.concat(said_on("accountability")).source_id) == {"joint-report"}
    assert set(said_on("central-control")[1].source_id) == {"joint-report"}


@pytest.mark.parametrize("source_id", table("sources").source_id)
def test_a_notebook_says_how_many_claims_of_its_text_are_kept_back(source_id):
    kept = table("claims").query("coder_set").source_id.value_counts()
    stem = next(path.stem for path in NOTEBOOKS if path.stem.endswith(source_id))
    assert f"{prose.WORDS[kept[source_id]].capitalize()} claims are kept back" in prose_of(stem)
    assert f"Here are the {prose.WORDS[kept.sum()]} claims that were kept back" in prose_of("06")


# How a notebook says that one side is empty: on the principle, and in its own text.
ONE_SIDED = {
    "joint-report": ("sceptic", "On the principle, 11 claims say yes and none says no."),
    "pct-managers": ("sceptic", "Nobody says no to the principle."),
    "mps-inquiry": ("both", "On the principle no claim shown here takes a side"),
    "nuffield-polls": ("both", "the article says nothing on the principle"),
    "walk-away": ("enthusiast", "On the principle only one commenter says no"),
}


@pytest.mark.parametrize("source_id", ONE_SIDED)
def test_a_text_with_one_side_only_says_so_in_its_notebook(source_id):
    claims = shown_before_06(source_id)
    empty, sentence = ONE_SIDED[source_id]
    for group in ("principle", "practice"):
        rows = claims[claims.group == group]
        sides = [side for side in ("sceptic", "enthusiast") if not count(rows, position=side)]
        expected = ["sceptic", "enthusiast"] if empty == "both" else [empty]
        assert sides == (expected if group == "principle" else []), f"{group}: the notebook has to say so"
    stem = next(path.stem for path in NOTEBOOKS if path.stem.endswith(source_id))
    assert sentence in prose_of(stem)


def test_the_silences_of_the_joint_report_are_the_questions_it_does_not_answer():
    rows = answers()
    rows = rows[rows.claim_id.isin(shown_before_06("joint-report").claim_id)]
    sided = set(rows[rows.position.isin(["sceptic", "mixed", "enthusiast"])].theme)
    silent = [theme for theme in table("themes").theme if theme not in sided]
    assert silent == ["budgets-and-risk", "incentives", "politics"]
    assert (
        f"{prose.WORDS[len(silent)].capitalize()} questions get no answer here, neither yes nor no: whether the money can be held "
        "safely, whether the rewards are such that GPs will do it, and whether the reform has the backing it needs."
    ) in prose_of("01")


def all_code(path):
    return "\n".join(cell["source"] for cell in cells(path, "code"))


def minutes(text):
    """Return the first number of minutes that a text gives."""
    return int(re.search(r"about (\d+) minutes", text).group(1))


@pytest.mark.parametrize("path", STUBS, ids=name)
def test_minutes_agree_everywhere(path):
    """An exercise says as many minutes as its notebook says, and as the README says."""
    said = minutes(cells(path, "markdown")[0]["source"])
    last = cells(ROOT / "notebooks" / path.name, "markdown")[-1]["source"]
    assert minutes(last[last.index("**Practise:**") :]) == said
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\(exercises/{path.name}\), {said} \|", readme)
    row = next(line for line in readme.splitlines() if f"(notebooks/{path.name})" in line)
    head = minutes(cells(ROOT / "notebooks" / path.name, "markdown")[0]["source"])
    assert f"| {head} |" in row


def test_the_notebooks_stay_small_together():
    outputs = map(notebook_files.outputs_file, NOTEBOOKS)
    assert sum(path.stat().st_size for path in (*NOTEBOOKS, *outputs)) < MAX_BYTES


# --- the harness itself is alive ------------------------------------------------------------------------


def nbval(folder, *paths, seconds=60):
    """Run the strict nbval of the pack on copied notebooks, each cell `seconds` long at most.

    Returns the notebooks with a cell that passed, and what is said of each with a cell that failed: a set, and
    {notebook: text}, named by their path in `folder`.
    """
    options = "-m pytest -p nhsreform.notebooks.nbval_guard --nbval --nbval-current-env -p no:cacheprovider -c /dev/null -q -rp"
    command = [sys.executable, *options.split(), f"--nbval-cell-timeout={seconds}", "--rootdir", str(folder), *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    passed = set(re.findall(r"^PASSED (.+?)::", done.stdout, re.MULTILINE))
    # Each failure stands under a line such as ____ notebooks/01-joint-report.ipynb::Cell 2 ____
    _, *pieces = re.split(r"^_+ (?:ERROR at setup of )?(.+?)::.* _+$", done.stdout, flags=re.MULTILINE)
    failed: dict[str, str] = {}
    for path, said in zip(pieces[::2], pieces[1::2], strict=True):
        failed[path] = failed.get(path, "") + said
    assert done.returncode == (1 if failed else 0), done.stdout + done.stderr
    return passed, failed


def cell(source, count, *outputs):
    """Return a code cell as it is saved, numbered `count`."""
    return {"cell_type": "code", "id": f"cell-{count}", "metadata": {}, "source": source, "execution_count": count,
            "outputs": list(outputs)}  # fmt: skip


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


ONE = {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"text/plain": "1"}}
# By notebook: a first cell, what is said of it, and for one whose outputs are kept apart what is kept for it, if anything.
BROKEN = {
    "a changed output": (cell("print(6 * 7)", 1, printed("41\n")), "Cell outputs differ"),
    "a cell never run": (cell("print(6 * 7)", None), "never run"),
    "a skipped cell": (cell("# NBVAL_SKIP\nprint(6 * 7)", 1), "may not be skipped"),
    "a dead kernel": (cell("import os; os._exit(1)", 1), "kernel died"),
    "a cell without end": (cell("while True: pass", 1), "Timeout"),
    "apart/a changed output": (cell("print(6 * 7)", 1), "Cell outputs differ", {"cell-1": [printed("41\n")]}),
    "apart/a cell of which nothing is kept": (cell("print(6 * 7)", 1), "never run", {}),
    "apart/a cell that showed nothing": (cell("print(6 * 7)", 1), "Unexpected output", {"cell-1": []}),
}
SOUND = {
    "sound": (cell("print(6 * 7)", 1, printed("42\n")), ""),
    "apart/sound": (cell("print(6 * 7)", 1), "", {"cell-1": [printed("42\n")]}),
}


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    """What one run says of the broken notebooks and of the sound ones."""
    folder = tmp_path_factory.mktemp("harness")
    outputs = folder / "apart" / "outputs"
    outputs.mkdir(parents=True)
    for name, (first, _, *kept) in {**BROKEN, **SOUND}.items():
        cells = [first, cell("1", 2, *([] if kept else [ONE]))]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
        for shown in kept:
            (outputs / f"{name.removeprefix('apart/')}.json").write_text(json.dumps(shown | {"cell-2": [ONE]}))
    return nbval(folder, ".", seconds=3)


@pytest.mark.slow
@pytest.mark.parametrize("case", BROKEN)
def test_the_harness_fails_what_it_should(harness, case):
    _, failed = harness
    assert BROKEN[case][1] in failed[f"{case}.ipynb"]


@pytest.mark.slow
def test_a_sound_notebook_passes(harness):
    passed, failed = harness
    assert {f"{name}.ipynb" for name in SOUND} <= passed - set(failed)
