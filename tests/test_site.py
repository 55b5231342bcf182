"""The reading edition as files: complete, its links whole, the same at every build, and telling nothing too early."""

from __future__ import annotations

import filecmp
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from nhsreform import commands
from nhsreform.data import tables
from nhsreform.data.sources import source
from nhsreform.debate.card import KEPT_BACK_SENTENCE
from nhsreform.errors import PackError
from nhsreform.notebooks.files import read, read_with_outputs
from nhsreform.publish import handouts, out_folder
from nhsreform.publish.site import build, live_widgets
from nhsreform.publish.site import pages as texts
from nhsreform.text.html_clean import soup_of
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

KEPT_BACK = build.kept_back()
CODES = ("position", "strength", "kind", "theme", "about", "stance", "paraphrase")


class Page(HTMLParser):
    """What the tests ask of a page: its links, ids, headings, landmarks and scripts."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.ids, self.tags, self.pieces = [], [], [], [], []
        self._in_main = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("script", "img", "iframe", "source", "video", "audio") and given.get("src"):
            self.loads.append(given["src"])
        # The empty icon keeps a browser from asking a server for one.
        if tag == "link" and given["href"] != "data:,":
            self.loads.append(given["href"])

    def handle_data(self, data):
        self.pieces.append(data)


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


def states(site, name):
    """Return the states of a notebook page's widgets, as kind and state."""
    text = (site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    found = re.findall(r'data-widget="(\w+)".*?<script type="application/json">(.*?)</script>', text, re.DOTALL)
    return [(kind, json.loads(state)) for kind, state in found]


# --- complete ------------------------------------------------------------------------------------------


def test_everything_has_its_page(pages):
    for path in (*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("exercises/*.ipynb"), *ROOT.glob("teaching/*.md")):
        assert f"{path.parent.name}/{path.stem}.html" in pages
    for name in tables.names():
        assert f"tables/{name}.html" in pages
    for name in ("index", "run", "texts", "texts-from", "glossary", "codebook", "reliability", "search"):
        assert f"{name}.html" in pages


def test_the_start_page_shows_the_five_texts_and_the_debate(site):
    soup = soup_of((site / "index.html").read_text(encoding="utf-8"))
    cards = soup.select("ul.texts li")
    assert [card.h3.get_text() for card in cards] == tables.table("sources").short_title.tolist()
    for card, source_id in zip(cards, tables.table("sources").source_id, strict=True):
        assert card.a["href"].startswith("notebooks/") and card.a["href"].endswith(f"{source_id}.html")
        words = card.blockquote.get_text().strip("\u201c\u201d")
        assert " ".join(words.split()) in " ".join(source(source_id).text.split())
    assert [live["data-widget"] for live in soup.select(".live")] == ["overview"]
    ways = soup.select("ul.ways li")
    assert len(ways) == 2 and "Read these pages" in ways[0].get_text()


def test_every_page_is_in_reach_of_the_contents(pages):
    listed = {urlsplit(link).path for link in pages["tables/claims.html"].links}
    for name in pages:
        if name != "search.html":
            assert os.path.relpath(name, "tables") in listed or name == "tables/claims.html", name


@pytest.mark.parametrize("name", tables.names())
def test_a_table_page_has_every_row(site, name):
    text = (site / "tables" / f"{name}.html").read_text(encoding="utf-8")
    rows = text.partition('class="wide rows"')[2].count("<tr") - 1
    table = tables.table(name)
    assert rows == (len(table[~table.claim_id.isin(KEPT_BACK)]) if name == "codings" else len(table))
    for field in tables.fields(name):
        assert f"<code>{field['name']}</code>" in text


def test_an_exercise_shows_each_question_and_folds_each_answer(site):
    for path in sorted((ROOT / "exercises" / "answers").glob("*.ipynb")):
        text = (site / "exercises" / f"{path.stem}.html").read_text(encoding="utf-8")
        asked = [cell for cell in read(path).cells if "question" in cell.metadata.get("tags", [])]
        assert text.count('<details class="answer">') == len(asked)
        unfolded = re.sub(r'<details class="answer">.*?</details>', "", text, flags=re.DOTALL)
        assert "q1_1 =" not in unfolded and "nr.check(" not in unfolded and "= ..." not in text
        for cell in asked:
            heading = cell.source.splitlines()[0].removeprefix("## ").split(" (")[0]
            assert heading.split(" ")[0] in unfolded


# --- whole ---------------------------------------------------------------------------------------------


def test_every_link_and_anchor_leads_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in [*page.links, *page.loads]:
            where = urlsplit(link)
            if where.scheme:
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(name), unquote(where.path))) if where.path else name
            if not (site / path).is_file():
                broken.append(f"{name}: {link}")
            elif where.fragment and where.fragment not in pages[path].ids:
                broken.append(f"{name}: {link} (no such anchor)")
    assert not broken, "\n".join(broken[:20])


def test_the_links_of_the_notebooks_land_on_pages_of_the_edition(pages):
    links = pages["notebooks/06-enthusiasts-and-sceptics.html"].links
    assert "../exercises/06-enthusiasts-and-sceptics.html" in links and "../codebook.html" in links
    for name, page in pages.items():
        assert not [link for link in page.links if ".ipynb" in link and not urlsplit(link).scheme], name


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for name, page in pages.items():
        assert not [load for load in page.loads if urlsplit(load).scheme or load.startswith("//")], name
    for path in site.rglob("*.css"):
        assert "url(" not in path.read_text(encoding="utf-8") and "@import" not in path.read_text(encoding="utf-8")


def test_every_page_has_one_heading_of_the_first_rank_landmarks_and_unique_ids(pages):
    for name, page in pages.items():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("h1") == tags.count("main") == tags.count("title") == 1, name
        assert next(given for tag, given in page.tags if tag == "html")["lang"] == "en-GB"
        assert [given["href"] for tag, given in page.tags if tag == "a"][0] == "#text", name
        assert all(given.get("aria-label") for tag, given in page.tags if tag == "nav"), name
        assert len(page.ids) == len(set(page.ids)), name
        ranks = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in zip(ranks, ranks[1:], strict=False)), name


def test_the_edition_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*")) < 15_000_000


def test_two_builds_are_equal_to_the_byte(site, tmp_path):
    again = tmp_path / "another name" / "site"
    command = [sys.executable, "-m", "nhsreform.commands", "build", "--site", str(again)]
    subprocess.run(
        command, check=True, capture_output=True, cwd=ROOT / "notebooks", env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    names = out_folder._files(site)
    assert names == out_folder._files(again)
    same, different, odd = filecmp.cmpfiles(site, again, names, shallow=False)
    assert not different and not odd


def test_no_page_names_this_machine(site):
    for path in site.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert str(ROOT) not in text and "/tmp/" not in text, path.name


# --- nothing too early ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 6))
def test_widgets_keep_back_what_the_notebook_keeps_back(site, number):
    name = next((ROOT / "notebooks").glob(f"0{number}-*.ipynb")).stem
    found = states(site, name)
    assert [kind for kind, _ in found].count("reader") == 2
    for kind, state in found:
        if kind == "contrast":
            assert not KEPT_BACK & set(state["book"]["claims"])
            assert not [claim for claim in KEPT_BACK if claim in json.dumps(state)]
        if kind == "reader":
            for claim in state["page"]["claims"]:
                if claim["id"] in KEPT_BACK:
                    assert claim["kept_back"] and claim["stance"] == "kept-back"
                    assert not claim.get("paraphrase") and not claim.get("kind") and not claim.get("themes")


def test_before_the_coding_is_locked_notebook_06_shows_no_kept_back_code(site):
    found = states(site, "06-enthusiasts-and-sceptics")
    assert {kind for kind, _ in found} >= {"contrast", "overview"}
    for _, state in found:
        told = json.dumps(state)
        assert not [claim for claim in KEPT_BACK if claim in told]


def test_the_tables_keep_back_the_codes(site):
    text = (site / "tables" / "claims.html").read_text(encoding="utf-8")
    names = [field["name"] for field in tables.fields("claims")]
    for claim in KEPT_BACK:
        row = re.search(rf"<tr id='row-{claim}'>(.*?)</tr>", text, re.DOTALL)[1]
        cells = dict(zip(names, re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL), strict=True))
        assert not cells["kind"] and not cells["conditional"] and not cells["note"]
        assert cells["exact"] and cells["paraphrase"] == KEPT_BACK_SENTENCE
    codings = (site / "tables" / "codings.html").read_text(encoding="utf-8")
    assert not [claim for claim in KEPT_BACK if claim in codings]


@pytest.mark.parametrize("name", ["codebook", "reliability"])
def test_the_codebook_folds_what_names_a_kept_back_claim(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    unfolded = re.sub(r"<details class='later'>.*?</details>", "", text, flags=re.DOTALL)
    assert not [claim for claim in KEPT_BACK if claim in unfolded]
    assert "How reliable" in text


# --- words -----------------------------------------------------------------------------------------------


def test_a_term_is_linked_at_its_first_use_and_only_there(pages, site):
    for name, page in pages.items():
        targets = [link for link in page.links if "glossary.html#term-" in link]
        assert len(targets) == len(set(targets)), name
        if name.startswith("notebooks/"):
            assert targets, name
    text = (site / "notebooks" / "01-joint-report.html").read_text(encoding="utf-8")
    assert 'href="../glossary.html#term-white-paper"' in text
    for quote in re.findall(r"<blockquote>.*?</blockquote>", text, re.DOTALL):
        assert "glossary" not in quote


def test_a_term_that_comes_from_outside_says_where_it_was_seen():
    page = texts.glossary_page()
    entry = page[page.index("<dt id='term-payment-by-results'>") :].split("<dt", 2)[1]
    assert (
        "https://www.hsj.co.uk/home/payment-by-results-briefing/159012.article" in entry
        and ", V, trade press." in entry
    )
    assert "Seen in" not in page[page.index("<dt id='term-white-paper'>") :].split("<dt", 2)[1]


def test_saved_outputs_do_not_tell_a_reader_to_run_a_cell(pages):
    for name, page in pages.items():
        said = " ".join(page.pieces)
        assert "Run this cell" not in said and "Run it again" not in said, name


@pytest.mark.parametrize(
    ("address", "led"),
    [
        ("../exercises/01-joint-report.ipynb", "../exercises/01-joint-report.md"),
        ("../data/claims.csv", "../tables/claims.md"),
        ("../data/README.md#claims", "../tables/claims.md"),
        ("../data/codebook.md", "../codebook.md"),
        ("../start.py", None),
        ("https://example.org/x", "https://example.org/x"),
        ("#key-points", "#key-points"),
    ],
)
def test_where_a_link_leads(address, led):
    pages = build._map(ROOT)
    assert pages.link("notebooks/01-joint-report", "notebooks/01-joint-report.ipynb", address) == led
    shown = pages.markdown("notebooks/x", "notebooks/x.ipynb", f"See [the *page*]({address}).\n")
    assert shown == (f"See [the *page*]({led}).\n" if led else "See the *page*.\n")


def test_code_is_left_as_it_is_and_pictures_from_the_web_become_words():
    pages = build._map(ROOT)
    code = "```\n[a](../start.py)\n```\n"
    assert pages.markdown("notebooks/x", "notebooks/x.ipynb", code) == code
    assert pages.markdown("notebooks/x", "notebooks/x.ipynb", "![A badge](https://example.org/b.svg)") == "A badge\n"


def test_what_a_cell_shows_is_folded_where_the_page_has_asked_for_a_guess(site):
    """The chart and the words that say what it shows stand closed under the question, and nothing else of the page does."""
    page = soup_of((site / "notebooks" / "04-nuffield-polls.html").read_text(encoding="utf-8"))
    (fold,) = (fold for fold in page.select("details.later") if "guessed" in fold.summary.get_text())
    assert not fold.has_attr("open")
    assert "Guess before you run this" in fold.find_previous("p").get_text()
    assert fold.select(".chart") and "Four claims say no" in fold.get_text()
    assert not fold.select(".live") and "real terms" not in fold.get_text()


def test_a_saved_output_that_is_stale_is_refused():
    notebook = read_with_outputs(ROOT / "notebooks" / "01-joint-report.ipynb")
    cell = next(cell for cell in notebook.cells if cell.source.startswith("nr.reader"))
    notebook.cells = [cell]
    values = live_widgets.values(
        read(ROOT / "notebooks" / "01-joint-report.ipynb"), ROOT / "notebooks" / "01-joint-report.ipynb"
    )
    reader = next(value for value in values if live_widgets.kind(value) == "reader")
    assert 'data-widget="reader"' in "".join(texts._outputs(cell, "cell-1", "notebooks/01", reader))
    cell.outputs[0].data["text/plain"] = "Reader: something else."
    with pytest.raises(PackError, match="nhsreform run"):
        texts._outputs(cell, "cell-1", "notebooks/01", reader)


def test_a_warning_of_sphinx_is_an_error(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# A page\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    (tmp_path / "static").mkdir()
    with pytest.raises(PackError, match="nowhere"):
        build._run_sphinx(source, tmp_path / "static", tmp_path / "trees", tmp_path / "out", [])


# --- the folder it goes to -------------------------------------------------------------------------------


def test_a_file_is_refused(tmp_path):
    path = tmp_path / "site"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(PackError, match="is a file"):
        out_folder.check(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_strangers_files_are_refused_and_kept(tmp_path, capsys):
    (tmp_path / "essay.txt").write_text("mine", encoding="utf-8")
    assert commands.main(["build", "--site", str(tmp_path)]) == commands.FAILED
    assert "essay.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["essay.txt"]


def test_a_file_put_into_an_edition_later_is_refused_and_kept(tmp_path):
    out, made = tmp_path / "out", tmp_path / "made"
    (made / "a").mkdir(parents=True)
    (made / "a" / "page.html").write_text("1", encoding="utf-8")
    out_folder.replace(out, made)
    (out / "a" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PackError, match="a/notes.txt"):
        out_folder.replace(out, made)
    assert (out / "a" / "notes.txt").exists() and (out / "a" / "page.html").exists()


def test_an_earlier_edition_is_replaced(tmp_path):
    out, made = tmp_path / "out", tmp_path / "made"
    made.mkdir()
    (made / "old.html").write_text("1", encoding="utf-8")
    out_folder.replace(out, made)
    (made / "old.html").unlink()
    (made / "new").mkdir()
    (made / "new" / "page.html").write_text("2", encoding="utf-8")
    out_folder.replace(out, made)
    assert out_folder._files(out) == [out_folder.LIST, "new/page.html"]


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PackError, match="cannot be written to"):
        out_folder.check(tmp_path / "file" / "site")
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if not os.access(locked, os.W_OK):
        with pytest.raises(PackError, match="cannot be written to"):
            out_folder.check(locked / "site")


def test_what_is_missing_is_said_in_a_sentence():
    with pytest.raises(PackError, match=r"made with one, two, .*start\.py test --version"):
        build.needs({"no_such_module_a": "one", "no_such_module_b": "two", "json": "json"})


def test_handouts_need_a_browser(monkeypatch, tmp_path):
    monkeypatch.setenv("NHSREFORM_CHROMIUM", str(tmp_path / "no-such-program"))
    with pytest.raises(PackError, match="NHSREFORM_CHROMIUM"):
        handouts.chromium()


def test_a_page_is_printed(site, tmp_path):
    try:
        program = handouts.chromium()
    except PackError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no Chromium")
    # In a thread of its own: this one may hold the browser of other tests, and Playwright allows no second.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(handouts._print, program, [site / "exercises" / "01-joint-report.html"], tmp_path).result()
    printed = (tmp_path / "exercises" / "01-joint-report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-") and printed.count(b"/Type /Page\n") >= 2
    # Tagged, so that a screen reader finds its headings.
    assert b"/StructTreeRoot" in printed


def test_a_text_without_a_notebook_of_its_own_is_described_all_the_same():
    page = texts.texts_page({"joint-report": "notebooks/01-joint-report"})
    assert "`joint-report`, read in [its notebook](notebooks/01-joint-report.md)." in page
    assert "`walk-away`.\n" in page and page.count("## ") == len(tables.table("sources"))


def test_what_a_search_shows_of_a_page_is_never_what_is_folded(site):
    texts = json.loads(
        (site / "_static" / "page-texts.js").read_text(encoding="utf-8").partition(" = ")[2].rstrip(";\n")
    )
    assert "Guess before you run this" in texts["notebooks/04-nuffield-polls"]
    assert "Four claims say no" not in texts["notebooks/04-nuffield-polls"]
    assert not [
        page for page, text in texts.items() if page.startswith("exercises/") and "The worked answer to" in text
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_an_edition_can_be_read_by_others_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        (tmp_path / "new" / "deeper").mkdir(parents=True)
        (tmp_path / "new" / "deeper" / "page.html").write_text("words")
        out_folder.replace(tmp_path / "site", tmp_path / "new")
    finally:
        os.umask(before)
    for path in (tmp_path / "site", *(tmp_path / "site").rglob("*")):
        assert path.stat().st_mode & 0o044 == 0o044 and (path.is_file() or path.stat().st_mode & 0o011), path
