"""The decks: every word of a source from the tables, a question before its answer, no code too early, the same every time."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import replace

import pytest

from nhsreform import commands
from nhsreform.data.sources import source
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.publish import routes
from nhsreform.publish.slides import deck, slide_kinds
from nhsreform.publish.slides.slide_kinds import SlideError
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted(path.stem for path in ROOT.glob("notebooks/*.ipynb"))
NAMES = ["two-hours", "three-weeks", "eight-weeks"]
KEPT_BACK = set(table("claims").claim_id[table("claims").coder_set])


@pytest.fixture(scope="module")
def decks():
    """Every notebook's slides, made once."""
    return {name: deck.of_notebook(name) for name in deck.decks()}


def words(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


# --- what a deck holds -----------------------------------------------------------------------------------


def test_every_notebook_has_a_deck_of_eight_to_fourteen(decks):
    assert list(decks) == NOTEBOOKS
    for name, slides in decks.items():
        assert 8 <= len(slides) <= 14, name
        assert (slides[0].kind, slides[-1].kind) == ("opening", "points")
        assert {slide.kind for slide in slides} & {"structure", "dates", "bars", "verdicts", "quote", "sides"}
        assert any(slide.notes for slide in slides), name


def test_a_question_stands_alone_on_its_slide(decks):
    """What answers it stands on a slide after it, so nothing that is quoted or counted stands beside it."""
    asked = [slide for slides in decks.values() for slide in slides if slide.kind in ("predict", "task")]
    assert len(asked) > 30
    for slide in asked:
        assert not re.search("<blockquote|<table|<ol", slide.body), slide.heading


def test_every_quotation_is_found_in_its_text(decks):
    bodies = "".join(slide.body for slides in decks.values() for slide in slides)
    quotations = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", bodies, re.S)
    texts = [" ".join(source(each).text.split()) for each in table("sources").source_id]
    assert len(quotations) > 30
    for quotation in quotations:
        assert any(words(quotation) in text for text in texts), quotation


def test_both_sides_stand_on_every_contrast_as_they_are_coded(decks):
    answers = codings().set_index(["claim_id", "theme"]).position
    for name, slides in deck.decks().items():
        for slide, shown in zip(slides, decks[name], strict=True):
            if slide["kind"] == "sides":
                assert shown.body.count("<blockquote") == 2
                for side in ("sceptic", "enthusiast"):
                    assert answers[(slide[side], slide["theme"])] == side, name
                    assert slide[side] not in KEPT_BACK


def test_no_slide_speaks_of_what_is_not_on_it(decks):
    for slides in decks.values():
        for slide in slides:
            assert not re.search(r"table above|cell|the widget|run it", words(slide.body)), slide.heading


def test_counts_are_those_of_the_tables():
    bars = {bar.label: bar.said for bar in slide_kinds.bars("x", "speakers", "", "joint-report").values["bars"]}
    rows = table("claims")
    assert bars["Steve Field"] == str(((rows.source_id == "joint-report") & (rows.speaker == "field")).sum())
    sides = {bar.side: int(bar.said) for bar in slide_kinds.bars("x", "practice", "").values["bars"]}
    answers = codings()
    assert sides == answers[answers.group == "practice"].position.value_counts().to_dict()
    verdicts = slide_kinds.verdicts("x", "").values["rows"]
    assert sum(sum(numbers) for _, numbers in verdicts) == len(table("outcomes"))


def test_no_contact_details_and_no_text_is_given_away_whole(decks):
    for source_id in table("sources").source_id:
        text = source(source_id)
        shown = " ".join(words(slide.body) for slides in decks.values() for slide in slides)
        for secret in text.passages("contact"):
            assert words(secret) not in shown
        lines = [" ".join(line.split()) for line in text.text.splitlines() if len(line.split()) > 6]
        assert sum(line in shown for line in lines) <= len(lines) / 2, source_id


# --- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slide, said",
    [
        ({"kind": "qoute", "claim": "joint-report-c02"}, "no kind 'qoute'. Did you mean quote"),
        ({"kind": "quote"}, "slide 1, of kind 'quote': missing a required argument: 'claim'"),
        ({"kind": "quote", "claim": "joint-report-c02", "size": 3}, "unexpected keyword argument 'size'"),
        ({"kind": "quote", "claim": "joint-reprt-c02"}, "no claim_id 'joint-reprt-c02'. Did you mean joint-report-c"),
        ({"kind": "predict", "prompt": "02.1", "minutes": 1}, "prediction 02.1 is another notebook's"),
        ({"kind": "bars", "of": "speaker", "heading": ""}, "no bars of 'speaker'. Did you mean speakers"),
        ({"kind": "structure", "heading": "", "stages": ["2011"]}, "no stage '2011'"),
        ({"kind": "schemes", "heading": "", "aspect": "monies"}, "no aspect 'monies'. Did you mean money"),
        ({"kind": "bars", "of": "polls", "heading": "", "series": ["x"]}, "no series of polls 'x'"),
        ({"kind": "points", "notes": "Discussion move"}, "no section 'Discussion move'. Did you mean Discussion moves"),
        ({"kind": "sides", "theme": "engagement", "sceptic": "joint-report-c32", "enthusiast": "mps-inquiry-c18"}, "joint-report-c32 is not sceptic on engagement"),
        ({"kind": "sides", "theme": "engagement", "sceptic": sorted(KEPT_BACK)[0], "enthusiast": "mps-inquiry-c18"}, "is kept back for the coding"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence(monkeypatch, slide, said):
    monkeypatch.setattr(deck, "decks", lambda: {"01-joint-report": [slide]})
    with pytest.raises(SlideError, match=re.escape(said)):
        deck.of_notebook("01-joint-report")


def test_an_unknown_deck_lists_the_nearest():
    with pytest.raises(SlideError, match="no deck '01-joint-reprt'. Did you mean 01-joint-report"):
        deck.of_notebook("01-joint-reprt")


def test_a_route_may_not_tell_codes_before_the_coding():
    route = next(each for each in routes.read() if each.name == "three-weeks")
    sessions = tuple(reversed(route.sessions))
    wrong = replace(route, sessions=(replace(sessions[0], slides=("08-your-judgement",)), *sessions[1:]))
    with pytest.raises(SlideError, match="before 06-enthusiasts-and-sceptics"):
        deck.of_route(wrong)


# --- routes, and what is written --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_route_is_made_of_its_notebooks_decks(decks, name):
    route = next(each for each in routes.read() if each.name == name)
    slides = deck.of_route(route)
    assert slides[0].kind == "first" and "Quotations belong to the holders" in slides[0].body
    own = [slide for slide in slides if slide.kind not in ("first", "agenda", "set")]
    assert own == [slide for session in route.sessions for each in session.slides for slide in decks[each]]
    assert [slide.heading for slide in slides if slide.kind == "agenda"] == [
        session.title for session in route.sessions
    ]
    for at, session in zip(re.findall(r'href="#(\d+)"', slides[0].body), route.sessions, strict=True):
        assert slides[int(at) - 1].heading == session.title


def test_the_command_writes_every_deck_the_same_twice(tmp_path, capsys):
    for folder in ("one", "two"):
        assert commands.main(["slides", str(tmp_path / folder)]) == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(f"{name}.html" for name in [*NOTEBOOKS, *NAMES])
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert capsys.readouterr().out.count("written.") == 2 * len(names)
    shutil.rmtree(tmp_path / "one")
    assert commands.main(["slides", str(tmp_path / "one"), "--route", "two-hours"]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["two-hours.html"]


def test_a_page_loads_nothing_and_allows_one_script(decks):
    text = deck.page("x", decks["00-start-here"])
    assert "default-src 'none'" in text and text.count("<script") == 1
    assert not re.search(r"\b(?:src|srcset)=|url\(|@import|<link", text)


def test_a_class_bundle_has_no_slides(tmp_path, monkeypatch):
    monkeypatch.setattr(slide_kinds, "checkout", lambda: tmp_path)
    with pytest.raises(SlideError, match="A class bundle has no slides; use the whole pack"):
        deck.decks()


def test_an_unwritable_folder_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert commands.main(["slides", str(tmp_path / "file"), "--route", "two-hours"]) == commands.FAILED
    assert "Name a folder of your own" in capsys.readouterr().err
