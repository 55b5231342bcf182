"""What holds of the words of every notebook, exercise and guide: links, quotations, ids, and pages from outside."""

import re
from functools import cache

import pytest

import nhsreform as nr
from tests import prose
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# The worked notebooks have the same words.
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))
GUIDES = sorted((ROOT / "teaching").glob("*.md"))
EVERY = pytest.mark.parametrize(
    "path", NOTEBOOKS + EXERCISES + GUIDES, ids=lambda path: f"{path.parent.name}/{path.stem}"
)


@cache
def marks_in_notebooks():
    return {link[:2] for path in NOTEBOOKS for link in prose.outside_links(prose.words_of(path))}


@EVERY
def test_links_resolve(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose.words_of(path)):
        if not target.startswith(("http://", "https://", "#")):
            assert (path.parent / target.partition("#")[0]).resolve().exists(), target


@EVERY
def test_every_quotation_is_verbatim(path):
    """What stands in a block quotation, or between curly double quotation marks, stands so in a source."""
    for quotation in prose.quotations(prose.words_of(path)):
        # A guide's lines are broken otherwise than those of a source.
        assert nr.quote(quotation).exact or nr.quote(" ".join(quotation.split())).exact, quotation


@EVERY
def test_ids_that_are_cited_exist(path):
    assert set(prose.cited_ids(prose.words_of(path))) <= prose.known_ids()


@EVERY
def test_every_outside_page_carries_its_mark_and_kind_and_is_in_a_table(path):
    # How Binder is used, the tables do not say.
    assert path.stem == "binder" or not prose.bad_links(prose.words_of(path))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_gives_a_page_the_mark_that_a_table_or_a_notebook_gives_it(path):
    for address, mark, _ in prose.outside_links(prose.words_of(path)) if path.stem != "binder" else []:
        marks = {each for each, _ in prose.known_pages()[address]}
        assert mark in marks or (address, mark) in marks_in_notebooks(), (
            f"{address}: {mark} here, {marks} in the tables"
        )


def test_the_pages_from_outside_are_seen():
    assert sum(len(prose.outside_links(prose.words_of(path))) for path in NOTEBOOKS + EXERCISES + GUIDES) > 150


@pytest.mark.parametrize("path", NOTEBOOKS + EXERCISES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_words_look_like_mathematics(path):
    """The pack's JupyterLab typesets none. Another would take what stands between two dollar signs of a cell for it."""
    for cell in prose.words_of(path).split("\n\n"):
        words = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", cell)
        assert words.count("$") < 2 and not re.search(r"\\[(\[]|\\begin", words), words
