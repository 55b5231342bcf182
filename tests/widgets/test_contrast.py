"""The contrast without a browser: one rule on both sides, nothing hidden, nothing forced onto a side."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import nhsreform as nr
from nhsreform.data.stances import codings
from nhsreform.data.tables import table
from nhsreform.widgets.contrast import contrast as contrasting
from nhsreform.widgets.contrast.model import (
    AN_EMPTY_SIDE,
    CAMPS,
    EVERY_THEME,
    SOURCES,
    SPEAKERS,
    book_of,
    contrast_book,
    contrast_model,
)
from tests.made_up_codings import coded_of
from tests.widgets import html_said

THEMES = [EVERY_THEME, *table("themes").theme]


@pytest.fixture(scope="module")
def book():
    return contrast_book()


@pytest.fixture(scope="module")
def whole_book():
    return contrast_book(coder_set=True, asserted=None)


def made_up(*rows):
    """A table of claims; each row gives what differs from a plain claim of joint-report that takes no side."""
    plain = nr.claims(source_id="joint-report", position="none").iloc[0].to_dict()
    plain |= {"theme": "engagement", "conditional": "none", "condition": "", "coder_set": False}
    made = [plain | {"claim_id": f"joint-report-c{number:02}"} | row for number, row in enumerate(rows, 1)]
    return pd.DataFrame(made)


def ids(*numbers):
    return [f"joint-report-c{number:02}" for number in numbers]


def related(*rows):
    return pd.DataFrame(
        [(*ids(one, other), relation, "because") for one, relation, other in rows],
        columns=["from_claim", "to_claim", "relation", "why"],
    )


def page(every, relations=None, theme="engagement", compare=CAMPS, left="sceptic", right="enthusiast", **options):
    relations = related() if relations is None else relations
    return contrast_model(book_of(every, relations, coded_of(every), **options), theme, compare, left, right)


SCEPTIC = {"position": "sceptic", "strength": 1}
ENTHUSIAST = {"position": "enthusiast", "strength": 1}


# --- who stands where ------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_every_claim_of_a_theme_stands_in_one_place(book, theme):
    view = contrast_model(book, theme, CAMPS, "sceptic", "enthusiast")
    shown = nr.claims(theme=None if theme == EVERY_THEME else theme, coder_set=False)
    for place, position in (("left", "sceptic"), ("right", "enthusiast"), ("mixed", "mixed"), ("none", "none")):
        there = shown[shown.position == position]
        assert sorted(view[place]["ids"]) == sorted(there.claim_id)
        assert view[place]["none"] == []
        words = there.exact.str.split().str.len().sum()
        if len(there):
            assert view[place]["told"].startswith(f"{len(there)} claim")
            assert f", {words:,} word" in view[place]["told"]
        else:
            assert view[place]["told"] == "no claims"


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES)
def test_one_rule_orders_every_side(whole_book, theme):
    """Strong claims first, then reading order: on every side alike, and the same as nr.positions says."""
    order = {claim_id: number for number, claim_id in enumerate(nr.claims(asserted=None).claim_id)}
    on_it = nr.claims(theme=None if theme == EVERY_THEME else theme, asserted=None)
    strength = on_it.set_index("claim_id").strength
    for compare in (CAMPS, SOURCES, SPEAKERS):
        for side in whole_book["sides"][compare][theme].values():
            for said in (side["ids"], side["none"]):
                assert said == sorted(said, key=lambda claim_id: (-strength[claim_id], order[claim_id]))
    asserted = contrast_book(coder_set=True)["sides"][CAMPS][theme]
    positions = nr.positions(None if theme == EVERY_THEME else theme).set_index("position").said
    for position, said in positions.items():
        assert asserted[position]["ids"] == said.split()


@pytest.mark.parametrize("compare", [SOURCES, SPEAKERS])
def test_a_text_or_speaker_keeps_all_its_claims(book, compare):
    column = {SOURCES: "source_id", SPEAKERS: "speaker"}[compare]
    shown = nr.claims(coder_set=False)
    for name, side in book["sides"][compare][EVERY_THEME].items():
        there = shown[shown[column] == name]
        assert sorted(side["ids"] + side["none"]) == sorted(there.claim_id)
        assert sorted(side["none"]) == sorted(there[there.position == "none"].claim_id)


def test_swapping_changes_the_places_and_nothing_else():
    one, other = nr.contrast(), nr.contrast(swapped=True)
    before, after = one.view, other.view
    assert (before["left"], before["right"]) == (after["right"], after["left"])
    for key in set(before) - {"left", "right"}:
        assert before[key] == after[key]


def test_each_claim_is_told_whole(book):
    claims = table("claims").set_index("claim_id")
    for claim_id, claim in book["claims"].items():
        row = claims.loc[claim_id]
        assert claim["words"] == row.exact
        assert claim["condition"] == row.condition
        assert claim["paraphrase"] and claim["speaker"]["label"] and claim["voice"]
        assert claim["chain"][-1] == claim["speaker"]["label"]
        assert claim["stance"] != "kept-back"


# --- what is left out is said -------------------------------------------------------------------------


def test_claims_kept_back_are_nowhere(book):
    kept = set(nr.claims(coder_set=True).claim_id)
    assert kept
    said = json.dumps(book)
    for claim_id in kept:
        assert f'"{claim_id}"' not in said
    for row in nr.claims(coder_set=True).itertuples():
        assert json.dumps(row.paraphrase) not in said
    assert not kept & set(nr.contrast("all").claims.claim_id)


def test_how_many_are_kept_back_is_said_without_giving_a_code_away(book):
    kept = nr.claims(coder_set=True)
    sentence = f"{len(kept)} claims, whatever the question, are kept back: you code them yourself in notebook 06."
    assert {told[0] for told in book["left_out"].values()} == {sentence}
    for source_id, number in kept.source_id.value_counts().items():
        for theme in THEMES:
            assert book["sides"][SOURCES][theme][source_id]["left_out"][0].startswith(f"{number} claim")


def test_two_books_that_differ_in_kept_back_codes_alone_are_one():
    every = nr.claims(asserted=None)
    kept = set(every[every.coder_set].claim_id)
    other = codings()
    other = other[other.main | ~other.claim_id.isin(kept)].copy()
    for column, value in (("position", "mixed"), ("strength", 0), ("theme", "politics")):
        other.loc[other.claim_id.isin(kept), column] = value
    assert contrast_book() == book_of(every, table("relations"), other)


def test_notebook_06_shows_them_all(whole_book):
    assert set(whole_book["claims"]) == set(table("claims").claim_id)
    assert set(whole_book["left_out"][EVERY_THEME]) == set()
    contrast = nr.contrast("all", coder_set=True)
    assert set(nr.claims(coder_set=True).claim_id) <= set(contrast.claims.claim_id)
    assert "kept back" not in contrast.fallback()


def test_imagined_words_are_left_out_and_said():
    imagined = nr.claims(asserted=False)
    contrast = nr.contrast("all")
    assert not set(imagined.claim_id) & set(contrast.claims.claim_id)
    assert f"{len(imagined)} claims that nobody put forward (imagined words) are left out." in contrast.fallback()
    kept = nr.contrast("all", asserted=None)
    assert set(imagined.claim_id) <= set(kept.claims.claim_id)
    assert "imagined words" not in kept.fallback()


# --- empty and one-sided ------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "missing"), [(SCEPTIC, "right"), (ENTHUSIAST, "left")])
def test_an_empty_side_is_said_with_what_it_may_mean(there, missing):
    view = page(made_up(there, {}, there))
    assert view[missing]["ids"] == []
    assert view[missing]["note"] == "Nothing stands here: on this question the five texts hold no such words."
    assert view["empty"].startswith(AN_EMPTY_SIDE[CAMPS])
    for absent in ("no minister at first hand", "patient", "nurse", "hospital doctor", "rejects the whole reform"):
        assert absent in view["empty"]
    assert "One-sided here: no " in view["one_sided"]


def test_both_sides_empty():
    view = page(made_up({}, {"position": "mixed"}))
    assert view["left"]["note"] == view["right"]["note"] != ""
    assert view["empty"]
    assert view["one_sided"] == ""
    assert view["mixed"]["ids"] == ids(2)


def test_a_claim_kept_back_may_stand_on_an_empty_side():
    view = page(made_up(SCEPTIC, ENTHUSIAST | {"coder_set": True}))
    assert "one that is kept back may still belong here" in view["right"]["note"]
    assert page(made_up(SCEPTIC, ENTHUSIAST | {"coder_set": True}), coder_set=True)["right"]["ids"] == ids(2)


def test_no_claim_at_all():
    view = page(made_up(SCEPTIC).iloc[:0])
    assert [view[place]["told"] for place in ("left", "right", "mixed", "none")] == ["no claims"] * 4
    assert view["empty"]


def test_outnumbered_is_said():
    assert "3 sceptic claims to 1 enthusiast" in page(made_up(*[SCEPTIC] * 3, ENTHUSIAST))["one_sided"]
    speakers = [{"speaker": name} for name in ("field", "vautrey", "smith", "ullman")]
    even = [side | who for side, who in zip([SCEPTIC, SCEPTIC, ENTHUSIAST, ENTHUSIAST], speakers, strict=True)]
    even = [row | {"source_id": name} for row, name in zip(even, ["walk-away", "mps-inquiry"] * 2, strict=True)]
    assert page(made_up(*even))["one_sided"] == ""


@pytest.mark.parametrize(
    ("compare", "left", "right", "words"),
    [(SOURCES, "joint-report", "walk-away", "this text makes no claim"),
     (SPEAKERS, "six-bodies", "field", "give this speaker no words")],
)  # fmt: skip
def test_an_empty_text_or_speaker(compare, left, right, words):
    every = made_up(SCEPTIC, {"source_id": "walk-away", "speaker": "field", "theme": "politics"})
    view = page(every, compare=compare, left=left, right=right)
    assert (view["left"]["note"], view["empty"]) == ("", AN_EMPTY_SIDE[compare])
    assert words in view["right"]["note"]
    assert "A silence is not a view" in view["empty"]


# --- common ground and division -----------------------------------------------------------------------


def test_common_ground_and_division_between_the_camps():
    every = made_up(
        SCEPTIC | {"speaker": "field"}, ENTHUSIAST | {"speaker": "vautrey"}, {"speaker": "field"},
        ENTHUSIAST | {"speaker": "field"}, SCEPTIC | {"speaker": "smith", "theme": "politics"},
    )  # fmt: skip
    relations = related(
        (1, "echoes", 2),
        (1, "supports", 3),
        (1, "opposes", 2),
        (1, "opposes", 4),
        (3, "qualifies", 2),
        (5, "opposes", 2),
    )
    view = page(every, relations)
    found = {kind: [(pair["from"], pair["to"]) for pair in view[kind]] for kind in ("common", "division", "limits")}
    assert found == {
        "common": [tuple(ids(1, 2))],  # not 1 and 3: to repeat oneself is no common ground
        "division": [tuple(ids(1, 2)), tuple(ids(1, 4))],  # one speaker on both sides does divide
        "limits": [tuple(ids(3, 2))],
    }
    assert len(page(every, relations, theme=EVERY_THEME)["division"]) == 3


def test_pairs_of_two_texts_join_one_to_the_other():
    every = made_up({}, {"source_id": "walk-away"}, {"source_id": "walk-away"}, {"source_id": "mps-inquiry"})
    relations = related((1, "echoes", 2), (2, "echoes", 3), (3, "opposes", 1), (1, "qualifies", 4))
    view = page(every, relations, compare=SOURCES, left="walk-away", right="joint-report")
    assert [pair["relation"] for pair in view["common"]] == ["echoes"]
    assert [pair["relation"] for pair in view["division"]] == ["opposes"]
    assert view["limits"] == []


def test_a_pair_with_a_claim_kept_back_is_not_shown():
    every = made_up(SCEPTIC, ENTHUSIAST | {"coder_set": True, "speaker": "field"})
    assert page(every, related((1, "opposes", 2)))["division"] == []
    assert len(page(every, related((1, "opposes", 2)), coder_set=True)["division"]) == 1


def test_what_more_than_one_speaker_requires():
    requires = {"conditional": "requirement", "condition": "will need"}
    one_voice = made_up(requires, requires)
    assert page(one_voice)["required"] == []
    two_voices = made_up(SCEPTIC | requires, ENTHUSIAST | requires | {"speaker": "field"}, {"speaker": "smith"})
    assert page(two_voices)["required"] == ids(1, 2)
    speakers = {"compare": SPEAKERS, "left": "six-bodies"}
    assert page(two_voices, right="field", **speakers)["required"] == ids(1, 2)
    assert page(two_voices, right="smith", **speakers)["required"] == []


# --- the widget ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_says_its_content(theme):
    contrast = nr.contrast(theme)
    view = contrast.view
    said = html_said(contrast)
    assert view["left"]["told"] in repr(contrast)
    for place in ("left", "right", "mixed", "none"):
        assert view[place]["told"] in said
    for sentence in (*view["left_out"], view["empty"], view["one_sided"]):
        assert sentence in said
    for place in ("left", "right", "mixed"):
        listed = view[place]["ids"]
        assert all(f"[{claim_id}]" in said for claim_id in listed[: contrasting.MOST_CLAIMS])
        assert len(listed) <= contrasting.MOST_CLAIMS or f"And {len(listed) - contrasting.MOST_CLAIMS} more." in said
    for note in (view["left"]["note"], view["right"]["note"]):
        assert note in said


def test_the_longest_view_stays_small():
    assert html_said(nr.contrast("all", coder_set=True, asserted=None))


@pytest.mark.parametrize("pair", [("joint-report", "walk-away"), ("mps-inquiry", "nuffield-polls")])
def test_two_texts(pair):
    contrast = nr.contrast(sources=pair)
    assert contrast.theme == EVERY_THEME
    assert contrast.claims.groupby("side").source_id.unique().map(list).to_dict() == {
        "left": [pair[0]],
        "right": [pair[1]],
    }
    assert html_said(contrast)
    names = table("sources").set_index("source_id").short_title
    assert repr(contrast).startswith(f"Contrast: All questions together {names[pair[0]]}: ")


def test_two_speakers_on_one_theme():
    contrast = nr.contrast("engagement", speakers=["field", "vautrey"])
    assert (contrast.theme, contrast.compare, contrast.speakers) == ("engagement", SPEAKERS, ("field", "vautrey"))
    rows = contrast.claims
    assert set(rows.speaker) <= {"field", "vautrey"}
    assert (rows.theme == "engagement").all()


def test_claims_in_view_stand_as_on_the_screen():
    contrast = nr.contrast("patient-care", swapped=True)
    rows = contrast.claims
    view = contrast.view
    assert rows.claim_id.tolist() == [
        claim_id for place in ("left", "right", "mixed", "none") for claim_id in view[place]["ids"]
    ]
    assert rows.side.drop_duplicates().tolist() == [
        place for place in ("left", "right", "mixed", "none") if view[place]["ids"]
    ]
    assert set(rows[rows.side == "left"].position) == {"enthusiast"}
    assert "stance" in rows.columns


def test_the_open_claim():
    contrast = nr.contrast()
    assert contrast.claim is None
    contrast.selected = contrast.view["left"]["ids"][0]
    assert contrast.claim.claim_id == contrast.selected
    assert contrast.claim.position == "sceptic"


def test_a_claim_that_leaves_the_view_is_closed():
    contrast = nr.contrast()
    elsewhere = set(nr.claims(theme="incentives").claim_id)
    alone = next(claim for claim in contrast.claims.itertuples() if claim.claim_id not in elsewhere)
    contrast.selected = alone.claim_id
    contrast.swapped = True
    assert contrast.selected == alone.claim_id
    contrast.theme = "incentives"
    assert (contrast.selected, contrast.claim) == (None, None)
