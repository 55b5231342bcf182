"""The committed notebooks: their shape, their words, their outputs."""

import json
import re
import subprocess
import sys

import pytest

import nhsreform as nr
from nhsreform.data.tables import table
from nhsreform.notebooks import files as notebook_files
from nhsreform.notebooks.mime import VIEW
from nhsreform.questions import key
from tests import prose
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORKED = sorted((ROOT / "exercises" / "answers").glob("*.ipynb"))
STUBS = sorted((ROOT / "exercises").glob("*.ipynb"))
MAX_LINES, MAX_WORDS, MAX_BYTES = 8, 1200, 3_000_000
# In 06 too: as committed, nothing is locked, so nothing may be shown.
BEFORE_CODING = [path for path in NOTEBOOKS if path.stem < "07"]


def name(path):
    return path.parent.name + "/" + path.stem


def cells(path, kind=None):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found if kind in (None, cell["cell_type"])]


def words_of_ours(path):
    """Count the words of our Markdown: no code blocks, no quotations set apart, no addresses."""
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    text = re.sub(r"^>.*$", "", text, flags=re.M)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"\w[\w’'-]*", text))


@pytest.mark.parametrize("path", NOTEBOOKS + WORKED, ids=name)
def test_every_cell_was_run_in_order_and_left_nothing_behind(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            data = output.get("data", {})
            assert "text/plain" in data or output["output_type"] == "stream"
            assert "image/png" not in data
            assert not ("text/html" in data and VIEW in data)


@pytest.mark.parametrize("path", NOTEBOOKS + WORKED, ids=name)
def test_the_committed_file_is_tidy(path):
    assert notebook_files.text(notebook_files.tidy(notebook_files.read(path))) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS + STUBS, ids=name)
def test_cells_are_short_and_name_no_paths(path):
    for cell in cells(path, "code"):
        assert len(cell["source"].splitlines()) <= MAX_LINES, cell["source"]
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
    assert "**Next:**" in markdown[-1]["source"] or path.stem.startswith("08")
    if path.stem[:2] in {"01", "02", "03", "04", "05"}:
        assert "## Read" in headings and "## Silences" in headings
        assert any("contrast" in line.lower() for line in headings)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_our_words_keep_to_the_limit(path):
    assert words_of_ours(path) <= MAX_WORDS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_section_asks_for_one_try_at_most(path):
    text = "\n".join(cell["source"] for cell in cells(path, "markdown"))
    for section in re.split(r"^## ", text, flags=re.M):
        assert section.count("**Try it:**") <= 1, section[:60]


@pytest.mark.parametrize("path", NOTEBOOKS + STUBS, ids=name)
def test_links_resolve(path):
    for cell in cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)\s]+)\)", cell["source"]):
            if not target.startswith(("http://", "https://", "#")):
                assert (path.parent / target).resolve().is_file(), target


@pytest.mark.parametrize("path", NOTEBOOKS + STUBS, ids=name)
def test_every_quotation_is_verbatim(path):
    """What stands in a block quotation, or between curly double quotation marks, stands so in a source."""
    for cell in cells(path, "markdown"):
        for quotation in prose.quotations(cell["source"]):
            assert nr.quote(quotation).exact, quotation


@pytest.mark.parametrize("path", NOTEBOOKS + STUBS, ids=name)
def test_ids_that_are_cited_exist(path):
    for cell in cells(path):
        for found in prose.cited_ids(cell["source"]):
            assert found in prose.known_ids()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_outside_fact_carries_its_mark(path):
    """A link to the outside stands in brackets with V, P or D after it, and its address is in a table."""
    for cell in cells(path, "markdown"):
        assert not prose.bad_links(cell["source"])


@pytest.mark.parametrize("path", BEFORE_CODING, ids=name)
def test_no_code_of_the_coder_set_is_shown_before_notebook_06(path):
    kept = table("claims")
    kept = kept[kept.coder_set]
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            data = output.get("data", {})
            shown = "".join(data.get("text/html", "")) + "\n" + "".join(data.get("text/plain", ""))
            if "position" not in shown and "stance" not in shown and "sceptic" not in shown:
                continue
            for claim in kept.itertuples():
                if claim.claim_id in shown:
                    row = next(row for row in re.split(r"</tr>|\n", shown) if claim.claim_id in row)
                    assert "kept back" in row.lower(), f"{claim.claim_id} is shown with its code"
        assert "position ==" not in cell["source"] or "coder_set=False" in all_code(path), cell["source"]


def all_code(path):
    return "\n".join(cell["source"] for cell in cells(path, "code"))


def minutes(text):
    """Return the first number of minutes that a text gives."""
    return int(re.search(r"about (\d+) minutes", text).group(1))


@pytest.mark.parametrize("path", STUBS, ids=name)
def test_minutes_agree_everywhere(path):
    """An exercise says as many minutes as its questions sum to, as its notebook says, and as the README says."""
    said = minutes(cells(path, "markdown")[0]["source"])
    questions = [stored["minutes"] for stored in key.questions().values() if stored["exercise"] == path.stem]
    assert abs(said - sum(questions)) <= 5
    last = cells(ROOT / "notebooks" / path.name, "markdown")[-1]["source"]
    assert minutes(last[last.index("**Practise:**") :]) == said
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\(exercises/{path.name}\), {said}\b", readme)
    row = next(line for line in readme.splitlines() if f"(notebooks/{path.name})" in line)
    head = minutes(cells(ROOT / "notebooks" / path.name, "markdown")[0]["source"])
    assert f"| {head} |" in row


def test_the_notebooks_stay_small_together():
    assert sum(path.stat().st_size for path in NOTEBOOKS) < MAX_BYTES


def test_charts_in_outputs_have_a_sentence():
    for path in NOTEBOOKS:
        for cell in cells(path, "code"):
            for output in cell["outputs"]:
                spec = output.get("data", {}).get("application/vnd.vegalite.v5+json")
                if spec:
                    assert spec.get("description"), f"{path.stem}: a chart has no description"


# --- the harness itself is alive ------------------------------------------------------------------------


def nbval(folder, *paths, seconds=60):
    """Run the strict nbval of the pack on copied notebooks, each cell `seconds` long at most.

    Returns the notebooks with a cell that passed, and what is said of each with a cell that failed: a set, and
    {notebook: text}, named by their path in `folder`.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "nhsreform.notebooks.nbval_guard",
        "--nbval",
        "--nbval-current-env",
    ]
    command += [
        f"--nbval-cell-timeout={seconds}",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        "-c",
        "/dev/null",
    ]
    done = subprocess.run([*command, "-q", "-rp", *paths], cwd=folder, capture_output=True, text=True)
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
# A first cell, and what is said of it.
BROKEN = {
    "a changed output": (cell("print(6 * 7)", 1, printed("41\n")), "Cell outputs differ"),
    "a cell never run": (cell("print(6 * 7)", None), "never run"),
    "a skipped cell": (cell("# NBVAL_SKIP\nprint(6 * 7)", 1), "may not be skipped"),
    "a dead kernel": (cell("import os; os._exit(1)", 1), "kernel died"),
    "a cell without end": (cell("while True: pass", 1), "Timeout"),
}


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    """What one run says of the broken notebooks and of a sound one."""
    folder = tmp_path_factory.mktemp("harness")
    sound = cell("print(6 * 7)", 1, printed("42\n"))
    for name, (first, _) in [*BROKEN.items(), ("sound", (sound, ""))]:
        notebook = {"cells": [first, cell("1", 2, ONE)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    return nbval(folder, ".", seconds=3)


@pytest.mark.slow
@pytest.mark.parametrize("case", BROKEN)
def test_the_harness_fails_what_it_should(harness, case):
    _, failed = harness
    assert BROKEN[case][1] in failed[f"{case}.ipynb"]


@pytest.mark.slow
def test_a_sound_notebook_passes(harness):
    passed, failed = harness
    assert "sound.ipynb" in passed and "sound.ipynb" not in failed
