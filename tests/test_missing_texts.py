"""A copy of the pack without the texts: what works, what says what to type, and the bundle that may be published."""

import base64
import html
import json
import re
import shutil

import pytest

import nhsreform as nr
from nhsreform import commands
from nhsreform.data import validate
from nhsreform.data.sources import SourceError
from nhsreform.errors import PackError
from nhsreform.marking.mark_a_class import Options, mark_a_class
from nhsreform.publish import class_bundle
from nhsreform.questions import key
from tests.conftest import ROOT

QUOTATION = next(name for name, stored in key.questions().items() if stored["kind"] == "quotation")
CHOICE = next(name for name, stored in key.questions().items() if stored["kind"] == "choice")
TEXTS = {row.source_id: (ROOT / "seeds" / row.file).read_bytes() for row in nr.table("sources").itertuples()}


@pytest.fixture
def without_texts(copy_of_data, work_folder):
    """A copy of the checkout's tables and exercises whose seeds/ holds its README alone."""
    shutil.copytree(ROOT / "exercises", copy_of_data / "exercises")
    for path in (copy_of_data / "seeds").glob("*.txt"):
        path.unlink()
    return copy_of_data


WORKS = {
    "tables": lambda: nr.table("claims"),
    "claims": lambda: nr.claims(source_id="mps-inquiry"),
    "positions": lambda: nr.positions("engagement"),
    "cite": lambda: nr.cite("mps-inquiry-c01"),
    "contrast": lambda: nr.contrast("engagement").fallback(),
    "two sources": lambda: nr.contrast(sources=["joint-report", "walk-away"]).fallback(),
    "structure": lambda: nr.structure().fallback(),
    "timeline": lambda: nr.timeline().fallback(),
    "simulator": lambda: nr.simulator("budget-risk"),
    "board": lambda: nr.board(),
    "predict": lambda: nr.predict("02.1"),
    "recall": lambda: nr.recall(3),
    "check": lambda: nr.check(CHOICE, "a"),
    "hint": lambda: nr.hint(CHOICE),
    "progress": lambda: nr.progress(),
}
NEEDS_A_TEXT = {
    "source": lambda: nr.source("mps-inquiry"),
    "reader": lambda: nr.reader("mps-inquiry"),
    "quote": lambda: nr.quote("the right policy direction"),
    "coder": lambda: nr.coder(),
    "check of a quotation": lambda: nr.check(QUOTATION, "some words"),
}


@pytest.mark.parametrize("what", WORKS)
def test_what_the_tables_answer_works_without_the_texts(without_texts, what):
    WORKS[what]()


@pytest.mark.parametrize("what", NEEDS_A_TEXT)
def test_what_needs_a_text_says_what_to_type(without_texts, what):
    with pytest.raises(SourceError) as caught:
        NEEDS_A_TEXT[what]()
    said = str(caught.value)
    assert "is not in this copy of the pack" in said and "start.py --texts FOLDER" in said and "run this again" in said
    assert caught.value._render_traceback_() == [said]


def test_the_cell_works_as_soon_as_the_text_is_there(without_texts):
    with pytest.raises(SourceError):
        nr.source("mps-inquiry")
    file = nr.table("sources").set_index("source_id").file["mps-inquiry"]
    shutil.copy(ROOT / "seeds" / file, without_texts / "seeds")
    assert nr.source("mps-inquiry").text.encode() == TEXTS["mps-inquiry"]
    assert nr.reader("mps-inquiry").fallback()


def test_validate_says_one_sentence_for_each_missing_text(without_texts, capsys):
    assert commands.main(["validate"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("seeds/") and "is missing" in line and "--texts FOLDER" in line for line in lines)


def test_a_fault_in_a_table_is_still_found(without_texts):
    path = without_texts / "data" / "codings.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",sceptic,1,", ",sceptic,0,", 1), encoding="utf-8")
    assert [problem for problem in validate.problems() if problem.column == "strength"]


def test_a_class_is_not_marked_while_a_text_is_missing(without_texts, tmp_path):
    (tmp_path / "class").mkdir()
    options = Options(tmp_path / "class", tmp_path / "marks")
    with pytest.raises(PackError, match="--texts FOLDER"):
        mark_a_class(options)


# The bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "class"
    assert commands.main(["release", str(out), "--without-texts"]) == 0
    return out


def plain(text):
    """Return text as words alone, so that markup, escapes and line breaks hide nothing."""
    return re.sub(
        r"\W+", " ", re.sub(r"<[^>]+>", " ", html.unescape(text.replace("\\n", " ").replace("\\u2019", "\u2019")))
    )


def contents(path):
    """Yield everything that a file says, what is sealed in base64 included."""
    text = path.read_text(encoding="utf-8")
    yield text
    for sealed in re.findall(r'"sealed": "([^"]+)"', text):
        yield base64.b64decode(sealed).decode("utf-8")


def longest(words, said, least=60):
    """Return whether so many words of a text stand together in what is said."""
    return any(" ".join(words[at : at + least]) in said for at in range(0, len(words) - least, 10))


def copied(path):
    found = set()
    for text in contents(path):
        said = plain(text)
        found |= {name for name, raw in TEXTS.items() if longest(plain(raw.decode()).split(), said)}
    return found


def test_no_file_but_the_tables_holds_a_text_or_a_long_stretch_of_one(bundle):
    """The tables quote sentence by sentence; how much that is, the rights note says."""
    assert [path.name for path in (bundle / "seeds").iterdir()] == ["README.md"]
    for path in bundle.rglob("*"):
        if path.is_file() and path.suffix != ".csv":
            assert copied(path) == set(), path.name


def test_that_would_be_seen(tmp_path):
    """The checkout's own files, read by the same eyes: the outputs of the reader hold whole texts."""
    assert copied(ROOT / "notebooks" / "outputs" / "02-pct-managers.json") == {"pct-managers"}
    assert copied(ROOT / "exercises" / "key.json") == set()


def test_the_notebooks_of_the_bundle_have_not_been_run(bundle):
    for path in (bundle / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert cell.get("outputs", []) == [] and cell.get("execution_count") is None


def test_the_bundle_says_how_to_add_the_texts_and_takes_them(bundle, tmp_path, capsys):
    from tests.test_start import load

    assert "start.py --texts FOLDER" in (bundle / "README.md").read_text(encoding="utf-8")
    whole = tmp_path / "whole"
    shutil.copytree(bundle, whole)
    assert load(whole).main(["--texts", str(ROOT / "seeds")]) == 0
    for row in nr.table("sources").itertuples():
        assert (whole / "seeds" / row.file).read_bytes() == TEXTS[row.source_id]


def test_a_checkout_without_texts_makes_only_that_bundle(without_texts, monkeypatch, capsys, tmp_path):
    for name in ("notebooks", "src"):
        shutil.copytree(ROOT / name, without_texts / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in class_bundle._TOP:
        shutil.copy(ROOT / name, without_texts / name)
    # Whoever names the package means it, in whichever pack they are.
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    assert commands.main(["release", str(tmp_path / "a")]) == 2
    assert "--without-texts" in capsys.readouterr().err
    assert commands.main(["release", str(tmp_path / "a"), "--without-texts"]) == 0
    assert "the texts in seeds/" in capsys.readouterr().out
