"""The decks: made from the notebooks' own cells, guess before answer, nothing fetched, the same every time."""

import doctest
import html
import json
import re
import shutil

import pytest

from nhsreform import commands
from nhsreform.data.sources import source
from nhsreform.data.tables import table
from nhsreform.notebooks.mime import CHART
from nhsreform.publish import routes
from nhsreform.publish.slides import deck, fit, sections
from nhsreform.publish.slides.sections import SlideError
from nhsreform.text.html_clean import as_html, cleaned
from nhsreform.text.html_clean import words as html_words
from nhsreform.text.markdown import to_html
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NAMES = ["two-hours", "three-weeks", "eight-weeks"]
CODING = "06-enthusiasts-and-sceptics"


@pytest.fixture(scope="module")
def decks():
    """Every route's page and slides, made once."""
    return {route.name: (route, deck.slides(route), deck.page(route)) for route in routes.read()}


@pytest.fixture
def copy_of_notebooks(tmp_path, monkeypatch):
    """A copy of what decks are made from, which they are then made from; changed freely."""
    for folder in ("notebooks", "exercises", "teaching"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for module in (sections, routes):
        monkeypatch.setattr(module, "checkout", lambda: tmp_path)
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def words(markup_text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup_text)).split())


def rows_of(text):
    return re.findall(r"<tr>.*?</tr>", re.sub(r"<thead>.*?</thead>", "", text, flags=re.S), flags=re.S)


# --- from the notebooks, and from nothing else -----------------------------------------------------------


def own_words(name, heading):
    """Return every paragraph, item, code and output text of a section, as the notebook holds it."""
    _, section = sections.section(name, heading)
    found = []
    for kind, part in section.parts:
        nodes = cleaned(to_html(part)) if kind == "words" else []
        if kind == "code":
            found.append(part.source.strip())
            for output in part.outputs:
                data = output.get("data", {})
                found += [output.get("text", "").strip(), data.get("text/plain", "").strip()]
                nodes += cleaned(data.get("text/html", ""))
        for node in nodes:
            found += [html_words(one) for one in [node, *node(["p", "li", "td", "th", "caption"])]]
    return {"".join(one.split()) for one in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_paragraph_stands_in_the_notebook(decks, name):
    route, slides, _ = decks[name]
    chosen = [
        (title, heading) for session in route.sessions for title, headings in session.slides for heading in headings
    ]
    by_title = {routes.title_of(notebook): notebook for notebook, _ in chosen}
    seen = 0
    for slide in slides:
        if slide.foot not in by_title:
            continue
        heading = re.sub(r" \(\d+ of \d+\)$", "", slide.heading)
        known = own_words(by_title[slide.foot], heading)
        nodes = cleaned(slide.body)
        for node in [one for top in nodes for one in [top, *top(["li", "td", "th", "p"])]]:
            tag, text = node.name, html_words(node)
            if tag not in ("p", "li", "td", "th", "pre") or any(
                text in svg for svg in re.findall(r"<svg.*?</svg>", slide.body)
            ):
                continue
            said = "".join(text.split())
            if not said or said.startswith("Openthisinnotebook") or said == "Thistableistoolongforaslide.":
                continue
            assert said in known or any(said in one for one in known if tag == "pre"), f"{slide.heading}: {text[:80]}"
            seen += 1
    assert seen > 100


def test_a_change_in_a_notebook_changes_the_deck(copy_of_notebooks):
    before = deck.page(routes.named("two-hours"))
    change(
        copy_of_notebooks / "notebooks" / "01-joint-report.ipynb",
        "Four claims are kept back",
        "Some claims are kept back",
    )
    after = deck.page(routes.named("two-hours"))
    assert "Four claims are kept back" in before and "Some claims are kept back" not in before
    assert "Some claims are kept back" in after and "Four claims are kept back" not in after


def test_a_heading_that_is_gone_is_named_with_the_nearest(copy_of_notebooks):
    change(copy_of_notebooks / "notebooks" / "05-walk-away.ipynb", "## Trace the echo", "## Trace the echoes")
    with pytest.raises(SlideError, match="no heading 'Trace the echo'. Did you mean Trace the echoes"):
        deck.page(routes.named("two-hours"))


def test_a_notebook_that_is_gone_is_named_with_the_nearest():
    with pytest.raises(SlideError, match="Did you mean 05-walk-away"):
        sections.section("05-walkaway", "Predict")


@pytest.mark.parametrize("name", NAMES)
def test_every_section_that_is_chosen_is_in_the_deck_in_order(decks, name):
    route, slides, _ = decks[name]
    chosen = [heading for session in route.sessions for _, headings in session.slides for heading in headings]
    shown = [re.sub(r" \(\d+ of \d+\)$", "", slide.heading) for slide in slides if re.match(r"\d\d ", slide.foot)]
    runs = [heading for at, heading in enumerate(shown) if at == 0 or shown[at - 1] != heading]
    assert runs == chosen


def test_the_same_notebooks_give_the_same_deck(decks):
    for route, _, page in decks.values():
        assert deck.page(route) == page


# --- guess before answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_whoever_is_asked_answers_before_the_next_output(decks, name):
    """No slide holds both the words that ask for a guess and what answers it."""
    _, slides, _ = decks[name]
    asking = 0
    for slide in slides:
        for found in re.finditer(r"\b[Gg]uess\b", slide.body):
            rest = slide.body[found.end() :]
            asking += 1
            assert "<table" not in rest and "<svg" not in rest, slide.heading
    assert asking >= 2


def test_after_a_prompt_of_a_widget_a_slide_ends():
    _, section = sections.section("04-nuffield-polls", "The contrast: growth or cut?")
    bodies = fit.packed(sections.pieces(section, "04"))
    asked = next(at for at, body in enumerate(bodies) if "By how many percent does" in body)
    assert "2.5%" not in bodies[asked] and "come out exactly" in bodies[asked + 1]


def test_questions_of_one_prediction_stay_together(decks):
    _, slides, _ = decks["two-hours"]
    slide = next(slide for slide in slides if "Whom do you expect to hear most" in slide.body)
    assert all(option in slide.body for option in ("managers", "ministers", "patients", "researchers", "nr.predict"))


def with_slides(name, sessions):
    """Return a route whose first session's slides are these."""
    from dataclasses import replace

    route = routes.named(name)
    first = replace(route.sessions[0], slides=sessions)
    return replace(route, sessions=(first,))


def test_a_deck_may_not_show_before_it_asks():
    with pytest.raises(SlideError, match="'Trace the echo' of 05-walk-away before 'Predict'"):
        deck.slides(with_slides("two-hours", (("05-walk-away", ("05 The walk-away blog", "Trace the echo")),)))
    with pytest.raises(SlideError, match="keep its order"):
        deck.slides(
            with_slides(
                "two-hours",
                (("05-walk-away", ("Trace the echo", "Predict")),)[:0]
                + (("05-walk-away", ("Predict", "05 The walk-away blog")),),
            )
        )


def test_what_came_later_waits_for_the_coding():
    for name in ("07-what-happened-next", "08-your-judgement"):
        with pytest.raises(SlideError, match="Put the coding first"):
            deck.slides(with_slides("two-hours", ((name, ("Predict",)),)))


@pytest.mark.parametrize("name", NAMES)
def test_no_code_of_the_coder_set_before_the_coding(decks, name):
    _, slides, _ = decks[name]
    claims = table("claims")
    kept = claims[claims.coder_set]
    early = []
    for slide in slides:
        if slide.heading.startswith("Code it yourself"):
            break
        early.append(slide)
    else:
        pytest.fail("the deck has no coding")
    assert len(kept) == 20 and len(early) > 10
    for slide in early:
        for row in rows_of(slide.body):
            shown = words(row)
            for claim in kept.itertuples():
                assert claim.claim_id not in shown, f"{slide.heading}: {claim.claim_id}"
                if re.search(r"sceptic|enthusiast|mixed|−|±", shown):
                    assert claim.exact not in shown, f"{slide.heading}: {claim.claim_id}"


def test_a_table_that_names_a_kept_claim_is_refused():
    claims = table("claims")
    kept = claims.claim_id[claims.coder_set].iloc[0]
    early = deck.Slide("A table", f"<table><tbody><tr><td>{kept}</td><td>mixed</td></tr></tbody></table>", "")
    coding = deck.Slide("Code it yourself (1 of 2)", "", "")
    with pytest.raises(SlideError, match=f"shows {kept} before the coding"):
        deck._no_code_too_early(routes.named("two-hours"), [early, coding])
    deck._no_code_too_early(routes.named("two-hours"), [coding, early])


def test_a_deck_is_looked_through_for_kept_claims(monkeypatch):
    claims = table("claims").copy()
    claims.loc[claims.claim_id == "walk-away-c10", "coder_set"] = True
    monkeypatch.setattr(deck, "table", lambda name: claims)
    with pytest.raises(SlideError, match="shows walk-away-c10 before the coding"):
        deck.slides(routes.named("two-hours"))


# --- what is on a slide ----------------------------------------------------------------------------------


def charts_of(route):
    for session in route.sessions:
        for name, headings in session.slides:
            for heading in headings:
                for kind, part in sections.section(name, heading)[1].parts:
                    for output in part.get("outputs", []) if kind == "code" else []:
                        if CHART in output.get("data", {}):
                            yield output.data[CHART]


@pytest.mark.parametrize("name", NAMES)
def test_charts_are_drawn_with_their_sentence(decks, name):
    pytest.importorskip("vl_convert")
    route, _, page = decks[name]
    drawn = re.findall(r'<svg [^>]*role="img" aria-label="([^"]*)"', page)
    assert [html.unescape(one) for one in drawn] == [spec["description"] for spec in charts_of(route)]
    assert drawn


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_used_once(decks, name):
    ids = re.findall(r'\bid="([^"]+)"', decks[name][2])
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", decks[name][2])) <= set(ids)


def test_two_drawings_share_no_id():
    pytest.importorskip("vl_convert")
    spec = {
        "description": "One <dot>.",
        "data": {"values": [{"a": 1, "b": 2}]},
        "mark": {"type": "point", "clip": True},
        "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
    }
    one, two = (sections.chart_svg(spec, key)[0] for key in ("one", "two"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0] and not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", one)) <= ids[0]
    assert 'aria-label="One &lt;dot&gt;."' in one


def test_without_vl_convert_the_numbers_stand_in_a_table(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    _, section = sections.section(CODING, "What each text fights over")
    body = "".join(fit.packed(sections.pieces(section, "06")))
    assert "<svg" not in body and "What each text answers: " in body
    assert ["Is it right?", "The walk-away blog", "−", "2", "sceptic"] in [
        re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows_of(body)
    ]


def test_a_table_is_whole_or_not_there_at_all():
    head = "<thead><tr><th>a</th><th>b</th></tr></thead>"
    for number in (3, 28):
        rows = "".join(f"<tr><td>{at}</td><td>{'word ' * 30}</td></tr>" for at in range(number))
        made = fit.table(cleaned(f"<table>{head}<tbody>{rows}</tbody></table>")[0])
        told = [at for block in made for at in re.findall(r"<td>(\d+)</td>", block.html)]
        assert told == [str(at) for at in range(number)]
        assert all("<thead>" in block.html and block.height - fit.GAP <= fit.HEIGHT for block in made)
    rows = "".join(f"<tr><td>{at}</td><td>{'word ' * 300}</td></tr>" for at in range(20))
    assert fit.table(cleaned(f"<table>{head}<tbody>{rows}</tbody></table>")[0]) == []


def test_two_sides_are_equally_wide_and_stay_on_one_slide():
    _, section = sections.section(CODING, "Both sides at their best")
    blocks = [block.html for block in sections.pieces(section, "06")]
    columns = [
        re.findall(r'<col style="width:(\d+)px">', block) for block in blocks if '<th scope="col">Sceptic (' in block
    ]
    assert columns and all(len(set(widths)) == 1 for widths in columns)
    bodies = fit.packed(sections.pieces(section, "06"))
    assert any("best case for yes" in body and "best case for no" in body for body in bodies)


def test_a_piece_longer_than_a_slide_is_told(copy_of_notebooks):
    change(
        copy_of_notebooks / "notebooks" / "05-walk-away.ipynb",
        "The fourth response is no reader.",
        "The fourth response is no reader. " + "And so on. " * 200,
    )
    with pytest.raises(SlideError, match="'Trace the echo': one piece is longer than a slide"):
        deck.slides(routes.named("two-hours"))


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_given_away_whole_and_no_contact_details_at_all(decks, name):
    shown = words(decks[name][2])
    for passage in table("passages").itertuples():
        text = " ".join(source(passage.source_id).text[passage.start : passage.end].split())
        if passage.kind == "contact" and len(text) > 5:
            assert text not in shown
    for source_id in table("sources").source_id:
        paragraphs = [" ".join(line.split()) for line in source(source_id).text.splitlines() if len(line) > 60]
        assert sum(line in shown for line in paragraphs) <= len(paragraphs) / 2, source_id


@pytest.mark.parametrize("name", NAMES)
def test_a_deck_fetches_nothing(decks, name):
    page = decks[name][2]
    assert not re.search(r"<(?:link|img|iframe|script src|base|object)\b", page)
    assert not re.search(r"url\((?!#)|@import|\bsrc=", page)
    assert "default-src 'none'" in page
    assert set(re.findall(r'href="([^"#][^"]*)"', page)) == {
        link for link in re.findall(r'<a href="(https?://[^"]+)">', page)
    }


def test_what_a_cell_shows_is_text():
    nodes = cleaned(
        '<p onclick="x()">a<script>alert(1)</script><img src=x onerror=y>&lt;b&gt;</p><a href="javascript:z">w</a>'
    )
    assert [as_html(node) for node in nodes] == ["<p>a&lt;b&gt;</p>", "<span>w</span>"]


def test_a_heading_cell_without_words_is_no_heading():
    table_node = cleaned(to_html("| | weak |\n|---|---|\n| **Advice** | unclear |"))[0]
    assert [cell.name for cell in table_node(["th", "td"])] == ["td", "th", "td", "td"]
    assert [html_words(cell) for cell in table_node(["th", "td"])] == ["", "weak", "Advice", "unclear"]


def test_the_examples_in_the_module_hold():
    for module in (fit,):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


# --- the command -----------------------------------------------------------------------------------------


def test_the_command_writes_a_deck_for_each_route(tmp_path, capsys, decks):
    assert commands.main(["slides", str(tmp_path / "decks")]) == 0
    assert sorted(path.stem for path in (tmp_path / "decks").iterdir()) == sorted(NAMES)
    assert (tmp_path / "decks" / "two-hours.html").read_text(encoding="utf-8") == decks["two-hours"][2]
    assert capsys.readouterr().out.count("written.") == 3


def test_one_route_alone_and_a_route_that_is_none(tmp_path, capsys):
    assert commands.main(["slides", str(tmp_path), "--route", "two-hours"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["two-hours.html"]
    assert commands.main(["slides", str(tmp_path), "--route", "two-hour"]) == 2
    assert "Did you mean two-hours" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert commands.main(["slides", str(tmp_path / "file"), "--route", "two-hours"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_notebook_of_a_lecturers_own_makes_slides_too(copy_of_notebooks):
    made = {
        "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 20 Mine\n\nHello."},
            {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "## More\n\n- one\n- two"},
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (copy_of_notebooks / "notebooks" / "20-mine.ipynb").write_text(json.dumps(made))
    slides = deck.slides(with_slides("two-hours", (("20-mine", ("20 Mine", "More")),)))
    assert [words(slide.body) for slide in slides[2:4]] == ["Hello.", "one two"]
